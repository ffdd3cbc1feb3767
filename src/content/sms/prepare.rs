//! A text made ready to be sent: composed, and transliterated where the policy says so.

use std::{borrow::Cow, fmt, ops::Range};

use super::{
    alphabet::Alphabet,
    cheapest::{alphabets, cheapest, cost},
    encoding::Encoding,
    language::Language,
    options::{Options, Transliterate},
    rewrite::Rewrite,
    segmentation::{Measure, Segmentation},
};
use crate::content::boundaries::composed;

/// A character that was written as another one, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Replacement {
    /// What stood there.
    pub from: char,
    /// What stands there now; empty where it was left out.
    pub to: &'static str,
    /// How often.
    pub count: usize,
}

/// A text as it is sent, with what was changed on the way. `Debug` shows the measures, never the words.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared<'t> {
    text: Cow<'t, str>,
    protected: Cow<'t, [Range<usize>]>,
    measure: Measure,
    is_composed: bool,
    replacements: Vec<Replacement>,
}

/// Makes a text ready to be sent, as cheap as these options and the shift tables of these languages allow.
///
/// | in this order | where |
/// | --- | --- |
/// | as it is, in the cheapest encoding ([`Segmentation::cheapest`]) | always |
/// | composed to normalisation form C | that takes fewer messages, or a more common alphabet, or fewer units |
/// | characters replaced that force UCS-2 or a dearer table | `transliterate` says so, the whole text then goes in septets, and it takes fewer messages (with `force`: no more) |
///
/// A text that goes out in UCS-2 all the same goes out as it was written. The `protected` ranges, in bytes, are never
/// touched: codes, links, an opt-out line. Of several ways the one with the fewest messages is taken, then the one with
/// the fewest replacements. What is prepared stays as it is when it is prepared again. Where nothing is changed, nothing
/// is allocated.
///
/// ```
/// use waypost::content::sms::{Options, prepare};
///
/// let text = "Your parcel\u{2019}s on its way\u{2026} Give the driver this code: 4821. Not at home? Choose another day or a \
///             shop nearby at example.com/p";
/// let ready = prepare(text, &[], &[], &Options::default());
/// assert_eq!(ready.text(), text.replace('\u{2019}', "'").replace('\u{2026}', "..."));
/// assert_eq!(ready.segmentation().segments(), 1);
/// let shown: Vec<_> = ready.replacements().iter().map(|one| (one.from, one.to, one.count)).collect();
/// assert_eq!(shown, [('\u{2019}', "'", 1), ('\u{2026}', "...", 1)]);
///
/// // One message either way: it goes out as it is.
/// assert_eq!(prepare("It\u{2019}s here", &[], &[], &Options::default()).text(), "It\u{2019}s here");
/// ```
pub fn prepare<'t>(
    text: &'t str,
    protected: &'t [Range<usize>],
    tables: &[Language],
    options: &Options,
) -> Prepared<'t> {
    let mut prepared = Prepared {
        text: Cow::Borrowed(text),
        protected: Cow::Borrowed(protected),
        measure: cheapest(text, tables, options.cut()),
        is_composed: false,
        replacements: Vec::new(),
    };
    // A step makes room for another one where what it wrote composes or fits a further table. Every step is cheaper than
    // the one before, so the second is mostly the last.
    while prepared.compose(tables, options) || prepared.transliterate(tables, options) {}
    prepared
}

impl Prepared<'_> {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is cut, and what it comes to.
    pub fn segmentation(&self) -> Segmentation<'_> {
        Segmentation::measured(&self.text, self.measure)
    }

    /// Whether nothing was changed.
    pub fn is_unchanged(&self) -> bool {
        !self.is_composed && self.replacements.is_empty()
    }

    /// Whether decomposed characters were composed, which changes no meaning.
    pub fn is_composed(&self) -> bool {
        self.is_composed
    }

    /// What was replaced, by character.
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }

    /// Where the protected ranges stand now, in the order in which they were given.
    pub fn protected(&self) -> &[Range<usize>] {
        &self.protected
    }

    /// The text without its measures.
    pub fn into_text(self) -> String {
        self.text.into_owned()
    }

    /// Composes where that is cheaper.
    fn compose(&mut self, tables: &[Language], options: &Options) -> bool {
        // The default alphabet has nothing that composes.
        if self.measure.encoding == Encoding::DEFAULT {
            return false;
        }
        // Of a composed text every stretch is composed.
        if matches!(composed(&self.text), Cow::Borrowed(_)) {
            return false;
        }
        let rewrite = Rewrite::of(&self.text, &self.protected, |piece, into| into.push_str(&composed(piece)));
        if rewrite.text == *self.text {
            return false;
        }
        let measure = cheapest(&rewrite.text, tables, options.cut());
        let is_cheaper = cost(&measure) < cost(&self.measure);
        if is_cheaper {
            self.is_composed = true;
            self.become_rewritten(rewrite, measure);
        }
        is_cheaper
    }

    /// Replaces what forces a dearer encoding, where the policy says so.
    fn transliterate(&mut self, tables: &[Language], options: &Options) -> bool {
        let Measure { encoding, segments, cut, .. } = self.measure;
        let most = match options.transliterate {
            _ if encoding == Encoding::DEFAULT => return false,
            Transliterate::Force if encoding == Encoding::Ucs2 => segments,
            Transliterate::OnlyIfCheaper | Transliterate::Force if segments > 1 => segments - 1,
            _ => return false,
        };
        let ways = [Alphabet::DEFAULT].into_iter().chain(alphabets(tables)).filter_map(|alphabet| {
            let spelled = self.spelled(alphabet, options.transliterate)?;
            // At best every part is full.
            let encoding = Encoding::Gsm7(alphabet);
            let is_hopeless =
                spelled.units > encoding.capacity(None).max(encoding.capacity(Some(cut.reference)) * most);
            if is_hopeless {
                return None;
            }
            let rewrite = self.respelled(alphabet, options.transliterate);
            let measure = Measure::of(&rewrite.text, encoding, cut).filter(|measure| measure.segments <= most)?;
            Some(((measure.segments, spelled.replaced, measure.units), rewrite, alphabet))
        });
        let Some(((_, replaced, _), rewrite, alphabet)) = ways.min_by_key(|(key, ..)| *key) else { return false };
        if replaced == 0 {
            return false;
        }
        self.list_replacements(alphabet, options.transliterate);
        let measure = cheapest(&rewrite.text, tables, cut);
        self.become_rewritten(rewrite, measure);
        true
    }

    /// What the text comes to once it is spelled in an alphabet; `None` where the alphabet and the spelling lack a character.
    fn spelled(&self, alphabet: Alphabet, tier: Transliterate) -> Option<Spelled> {
        let mut spelled = Spelled { units: 0, replaced: 0 };
        for (at, c) in self.text.char_indices() {
            if let Some(septets) = alphabet.septets(c) {
                spelled.units += usize::from(septets);
                continue;
            }
            let written = tier.spelling(c).filter(|_| !self.is_protected(at, c))?;
            spelled.units += alphabet.septets_of(written)?;
            spelled.replaced += 1;
        }
        Some(spelled)
    }

    fn respelled(&self, alphabet: Alphabet, tier: Transliterate) -> Rewrite {
        Rewrite::of(&self.text, &self.protected, |piece, into| {
            let mut done = 0;
            for (at, c) in piece.char_indices().filter(|(_, c)| alphabet.septets(*c).is_none()) {
                if let Some(written) = tier.spelling(c) {
                    into.push_str(&piece[done..at]);
                    into.push_str(written);
                    done = at + c.len_utf8();
                }
            }
            into.push_str(&piece[done..]);
        })
    }

    fn list_replacements(&mut self, alphabet: Alphabet, tier: Transliterate) {
        let text = &self.text;
        // INVARIANT: the alphabet has every protected character, or the text would not have been spelled in it.
        let lacking = text.char_indices().filter(|(_, c)| alphabet.septets(*c).is_none());
        for (from, to) in lacking.filter_map(|(_, c)| Some((c, tier.spelling(c)?))) {
            let known = self.replacements.binary_search_by_key(&from, |one| one.from);
            match known {
                Ok(at) => self.replacements[at].count += 1,
                Err(at) => self.replacements.insert(at, Replacement { from, to, count: 1 }),
            }
        }
    }

    fn is_protected(&self, at: usize, c: char) -> bool {
        self.protected.iter().any(|range| range.start < at + c.len_utf8() && at < range.end)
    }

    fn become_rewritten(&mut self, rewrite: Rewrite, measure: Measure) {
        self.text = Cow::Owned(rewrite.text);
        self.protected = Cow::Owned(rewrite.protected);
        self.measure = measure;
    }
}

/// What a text comes to once it is spelled in an alphabet.
struct Spelled {
    units: usize,
    replaced: usize,
}

impl fmt::Debug for Prepared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({:?}, {} replacements)", self.segmentation(), self.replacements.len())
    }
}
