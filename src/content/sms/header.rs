//! The user data header: what the octets before the text say.

use std::fmt;

use super::{
    encoding::Encoding,
    segmentation::{MOST_SEGMENTS, Reference},
};

/// The octets that stand before the text of a message, its own length octet included (3GPP TS 23.040, 9.2.3.24); none
/// where a text is one message in a plain encoding.
///
/// | element | octets |
/// | --- | --- |
/// | concatenation, 8-bit reference | `00 03`, reference, parts, part |
/// | concatenation, 16-bit reference | `08 04`, reference in two, parts, part |
/// | single shift | `24 01`, language |
/// | locking shift | `25 01`, language |
///
/// ```
/// use waypost::content::sms::{Alphabet, Encoding, Language, Reference, Segmentation};
///
/// let turkish = Alphabet { single: Some(Language::Turkish), ..Alphabet::DEFAULT };
/// let text = "ş".repeat(80);
/// let cut = Segmentation::with(&text, turkish, Reference::Bits8).numbered(0x2a);
/// let second = cut.iter().nth(1).and_then(|part| part.header).expect("two parts");
/// assert_eq!(second.octets(), [8, 0x00, 3, 0x2a, 2, 2, 0x24, 1, 1]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    octets: [u8; LONGEST],
    len: u8,
}

/// Its length octet, concatenation by 16 bits, and both shift tables.
const LONGEST: usize = 1 + 6 + 3 + 3;

/// Which part of which text a message is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) reference: Reference,
    pub(super) number: u16,
    pub(super) parts: u8,
    pub(super) part: u8,
}

impl Place {
    /// The one with this number, counted from 1, of so many; `None` where there are more than a header can count.
    pub(super) fn of(reference: Reference, number: u16, parts: usize, part: usize) -> Option<Self> {
        let count = |number: usize| u8::try_from(number).ok().filter(|_| number <= MOST_SEGMENTS);
        Some(Self { reference, number, parts: count(parts)?, part: count(part)? })
    }
}

impl Header {
    pub(super) fn new(encoding: Encoding, place: Option<Place>) -> Self {
        let mut header = Self { octets: [0; LONGEST], len: 0 };
        if let Some(Place { reference, number, parts, part }) = place {
            let [high, low] = number.to_be_bytes();
            match reference {
                Reference::Bits8 => header.put(&[0x00, 3, low, parts, part]),
                Reference::Bits16 => header.put(&[0x08, 4, high, low, parts, part]),
            }
        }
        if let Encoding::Gsm7(alphabet) = encoding {
            for (identifier, language) in [(0x24, alphabet.single), (0x25, alphabet.locked())] {
                if let Some(language) = language {
                    header.put(&[identifier, 1, language.identifier()]);
                }
            }
        }
        header
    }

    /// The octets; empty where there is no header.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    fn put(&mut self, element: &[u8]) {
        // The length octet counts the octets after it.
        let from = usize::from(self.len.max(1));
        self.octets[from..from + element.len()].copy_from_slice(element);
        self.octets[0] += element.len() as u8;
        self.len = self.octets[0] + 1;
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Header(")?;
        self.octets().iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}
