//! Encodings: septets of an alphabet, or UTF-16 units.

use super::{
    alphabet::Alphabet,
    header::{Header, Place},
    segmentation::Reference,
};

/// How a text goes on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Septets of an alphabet.
    Gsm7(Alphabet),
    /// UTF-16 units, which the standard calls UCS-2; a code point past U+FFFF takes two.
    Ucs2,
}

/// What a message holds, its header included, in octets (3GPP TS 23.040, 9.2.3.16).
const OCTETS: usize = 140;

impl Encoding {
    /// The default alphabet, which every phone reads.
    pub const DEFAULT: Self = Self::Gsm7(Alphabet::DEFAULT);

    /// `gsm7` or `ucs2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7(_) => "gsm7",
            Self::Ucs2 => "ucs2",
        }
    }

    /// How many units a character takes, or `None` where the encoding does not have it.
    pub fn units(self, c: char) -> Option<usize> {
        match self {
            Self::Gsm7(alphabet) => alphabet.septets(c).map(usize::from),
            Self::Ucs2 => Some(c.len_utf16()),
        }
    }

    /// How many units a text takes, or `None` where the encoding lacks a character of it.
    ///
    /// ```
    /// use waypost::content::sms::Encoding;
    ///
    /// assert_eq!(Encoding::DEFAULT.units_of("10 €"), Some(5));
    /// assert_eq!(Encoding::DEFAULT.units_of("10 ₺"), None);
    /// assert_eq!(Encoding::Ucs2.units_of("10 ₺"), Some(4));
    /// ```
    pub fn units_of(self, text: &str) -> Option<usize> {
        match self {
            Self::Gsm7(alphabet) => alphabet.septets_of(text),
            Self::Ucs2 => Some(text.chars().count() + astral(text)),
        }
    }

    /// How many units one message holds: the only one, or a part of several. Its header takes from 140 octets.
    ///
    /// | header | octets | septets | UTF-16 units |
    /// | --- | --- | --- | --- |
    /// | none | 0 | 160 | 70 |
    /// | one shift table | 4 | 155 | |
    /// | both shift tables | 7 | 152 | |
    /// | 8-bit reference | 6 | 153 | 67 |
    /// | 8-bit reference, one shift table | 9 | 149 | |
    /// | 8-bit reference, both shift tables | 12 | 146 | |
    /// | 16-bit reference | 7 | 152 | 66 |
    /// | 16-bit reference, one shift table | 10 | 148 | |
    /// | 16-bit reference, both shift tables | 13 | 145 | |
    pub fn capacity(self, reference: Option<Reference>) -> usize {
        let place = reference.map(|reference| Place { reference, number: 0, parts: 0, part: 0 });
        let room = OCTETS - Header::new(self, place).octets().len();
        match self {
            Self::Gsm7(_) => room * 8 / 7,
            Self::Ucs2 => room / 2,
        }
    }
}

/// How many characters of a text are past U+FFFF; in UTF-8 they begin with F0 to F4.
fn astral(text: &str) -> usize {
    // Few enough are counted at a time for one byte, which the compiler does sixteen at once.
    let counts = text.as_bytes().chunks(255).map(|chunk| chunk.iter().map(|byte| u8::from(*byte >= 0xf0)).sum::<u8>());
    counts.map(usize::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sms::Language;

    #[test]
    fn a_header_takes_from_140_octets() {
        #[track_caller]
        fn check(locking: Option<Language>, single: Option<Language>, expected: [usize; 3]) {
            let encoding = Encoding::Gsm7(Alphabet { locking, single });
            let references = [None, Some(Reference::Bits8), Some(Reference::Bits16)];
            assert_eq!(references.map(|reference| encoding.capacity(reference)), expected);
        }
        let turkish = Some(Language::Turkish);
        check(None, None, [160, 153, 152]);
        check(None, turkish, [155, 149, 148]);
        check(turkish, None, [155, 149, 148]);
        check(turkish, turkish, [152, 146, 145]);
        // Spanish has no locking shift table, so no header names one.
        let spanish = Some(Language::Spanish);
        check(spanish, None, [160, 153, 152]);
        check(spanish, spanish, [155, 149, 148]);
        let ucs2 = [None, Some(Reference::Bits8), Some(Reference::Bits16)];
        assert_eq!(ucs2.map(|reference| Encoding::Ucs2.capacity(reference)), [70, 67, 66]);
    }
}
