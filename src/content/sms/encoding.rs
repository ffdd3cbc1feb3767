//! Encodings: septets of an alphabet, or UTF-16 units.

use super::{alphabet::Alphabet, segmentation::Reference};

/// How a text goes on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Septets of an alphabet.
    Gsm7(Alphabet),
    /// UTF-16 units, which the standard calls UCS-2; a code point past U+FFFF takes two.
    Ucs2,
}

/// What a message holds besides its own header, in octets (3GPP TS 23.040, 9.2.3.16).
const OCTETS: usize = 140;

impl Encoding {
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

    /// How many units one message holds: the only one, or a part of several.
    pub fn capacity(self, reference: Option<Reference>) -> usize {
        let concatenation = match reference {
            None => 0,
            Some(Reference::Bits8) => 5,
            Some(Reference::Bits16) => 6,
        };
        let elements = concatenation
            + match self {
                Self::Gsm7(alphabet) => alphabet.header_octets(),
                Self::Ucs2 => 0,
            };
        // A header has a length octet of its own.
        let header = if elements == 0 { 0 } else { elements + 1 };
        match self {
            Self::Gsm7(_) => (OCTETS - header) * 8 / 7,
            Self::Ucs2 => (OCTETS - header) / 2,
        }
    }
}
