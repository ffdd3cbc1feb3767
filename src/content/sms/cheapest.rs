//! The cheapest of the encodings that say a text as it is.

use super::{
    alphabet::Alphabet,
    encoding::Encoding,
    language::Language,
    segmentation::{Cut, Measure, Segmentation},
};

impl<'t> Segmentation<'t> {
    /// In the cheapest encoding that has every character, of the default alphabet, the shift tables of these languages and
    /// UCS-2.
    ///
    /// | of all that have every character | |
    /// | --- | --- |
    /// | 1 | the fewest messages |
    /// | 2 | the default alphabet, then alphabets with shift tables, then UCS-2 |
    /// | 3 | the fewest septets |
    /// | 4 | a single shift table, a locking shift table, both; then the lower identifiers |
    ///
    /// ```
    /// use waypost::content::sms::{Language, Segmentation};
    ///
    /// let text = "Sayın müşterimiz, siparişiniz yola çıktı. Teslimat yarın 10.00 ile 12.00 arasında.";
    /// assert_eq!(Segmentation::cheapest(text, &[], Default::default()).segments(), 2);
    /// let turkish = Segmentation::cheapest(text, &[Language::Turkish], Default::default());
    /// assert_eq!((turkish.encoding().as_str(), turkish.segments()), ("gsm7", 1));
    /// ```
    pub fn cheapest(text: &'t str, tables: &[Language], cut: Cut) -> Self {
        Self::measured(text, cheapest(text, tables, cut))
    }
}

pub(super) fn cheapest(text: &str, tables: &[Language], cut: Cut) -> Measure {
    let plain = Measure::of(text, Encoding::DEFAULT, cut);
    if let Some(plain) = plain.filter(|plain| plain.segments == 1 || tables.is_empty()) {
        return plain;
    }
    let shifted = alphabets(tables).filter_map(|alphabet| Measure::of(text, Encoding::Gsm7(alphabet), cut));
    // Where the default alphabet has every character, UCS-2 is never cheaper: a part holds 76 characters of two septets.
    let last = plain.unwrap_or_else(|| Measure::in_ucs2(text, cut));
    // Of several that are as cheap, `min_by_key` takes the first.
    shifted.chain([last]).min_by_key(cost).unwrap_or(last)
}

/// What is compared: messages, then how many phones read them, then units, which are of one kind by then.
pub(super) fn cost(measure: &Measure) -> (usize, u8, usize) {
    let rarity = match measure.encoding {
        Encoding::DEFAULT => 0,
        Encoding::Gsm7(_) => 1,
        Encoding::Ucs2 => 2,
    };
    (measure.segments, rarity, measure.units)
}

/// The alphabets with these shift tables, the plainer ones first; each once, whatever the list repeats.
pub(super) fn alphabets(tables: &[Language]) -> impl Iterator<Item = Alphabet> + '_ {
    let allowed = || Language::ALL.iter().copied().filter(|language| tables.contains(language));
    let single = move |locking| allowed().map(move |single| Alphabet { locking, single: Some(single) });
    let lockings = move || allowed().filter(|language| language.locking_set().is_some()).map(Some);
    single(None).chain(lockings().map(|locking| Alphabet { locking, single: None })).chain(lockings().flat_map(single))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plainer_alphabets_come_first_and_none_twice() {
        let shown = |tables: &[Language]| {
            let name = |language: Option<Language>| language.map_or(0, Language::identifier);
            alphabets(tables).map(|alphabet| (name(alphabet.locking), name(alphabet.single))).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), []);
        assert_eq!(shown(&[Language::Spanish, Language::Spanish]), [(0, 2)]);
        let two = [Language::Portuguese, Language::Turkish];
        assert_eq!(shown(&two), [(0, 1), (0, 3), (1, 0), (3, 0), (1, 1), (1, 3), (3, 1), (3, 3)]);
    }

    #[test]
    fn the_cheapest_is_chosen() {
        #[track_caller]
        fn check(text: &str, tables: &[Language], expected: (Encoding, usize, usize)) {
            let Measure { encoding, units, segments, .. } = cheapest(text, tables, Cut::default());
            assert_eq!((encoding, units, segments), expected);
        }
        let (turkish, portuguese) = (Language::Turkish, Language::Portuguese);
        let single = |language| Encoding::Gsm7(Alphabet { locking: None, single: Some(language) });
        let locking = |language| Encoding::Gsm7(Alphabet { locking: Some(language), single: None });
        check("", Language::ALL, (Encoding::DEFAULT, 0, 1));
        check("10 €", Language::ALL, (Encoding::DEFAULT, 5, 1));
        check(&"€".repeat(81), &[], (Encoding::DEFAULT, 162, 2));
        // The euro sign stands in the basic place of the Turkish locking shift table.
        check(&"€".repeat(81), &[turkish], (locking(turkish), 81, 1));
        check("ş", &[portuguese], (Encoding::Ucs2, 1, 1));
        check("şa", &[turkish], (locking(turkish), 2, 1));
        check("şa中", Language::ALL, (Encoding::Ucs2, 3, 1));
        check("ñç", &[Language::Spanish], (single(Language::Spanish), 3, 1));
        // Three messages of septets or two of UTF-16 units cannot be, and equal numbers go in septets.
        check(&"ı".repeat(70), &[Language::Portuguese, turkish], (locking(turkish), 70, 1));
    }
}
