//! Segmentation: how many messages a text takes, and where it is cut.

use super::{alphabet::Alphabet, encoding::Encoding};

/// How the parts of one text name each other (3GPP TS 23.040, 9.2.3.24).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reference {
    /// By a number of 8 bits: a header of 6 octets, or 5 beside others.
    #[default]
    Bits8,
    /// By a number of 16 bits: one octet more.
    Bits16,
}

/// A text as it is cut into messages; it borrows the text and allocates nothing.
///
/// A message holds 140 octets, less its header: 160 septets or 70 UTF-16 units where the text is one message, 153 or 67
/// in a part of several with an 8-bit reference. The earliest part is filled first; an escape stays with its character
/// and a surrogate with its pair, so a part may end a unit short. An empty text is one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segmentation<'t> {
    text: &'t str,
    encoding: Encoding,
    reference: Reference,
    units: usize,
    count: usize,
}

/// One message of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment<'t> {
    /// The stretch of the text.
    pub text: &'t str,
    /// How many septets or UTF-16 units it takes.
    pub units: usize,
}

impl<'t> Segmentation<'t> {
    /// In the basic alphabet where it has every character, else in UCS-2.
    pub fn of(text: &'t str) -> Self {
        Self::with(text, Alphabet::DEFAULT, Reference::Bits8)
    }

    /// In this alphabet where it has every character, else in UCS-2.
    pub fn with(text: &'t str, alphabet: Alphabet, reference: Reference) -> Self {
        let encoding = Encoding::Gsm7(alphabet);
        match Self::in_encoding(text, encoding, reference) {
            Some(found) => found,
            None => Self::measured(text, Encoding::Ucs2, reference, text.encode_utf16().count()),
        }
    }

    /// In this encoding, or `None` where it lacks a character.
    pub fn in_encoding(text: &'t str, encoding: Encoding, reference: Reference) -> Option<Self> {
        let units = text.chars().try_fold(0, |units, c| encoding.units(c).map(|more| units + more))?;
        Some(Self::measured(text, encoding, reference, units))
    }

    fn measured(text: &'t str, encoding: Encoding, reference: Reference, units: usize) -> Self {
        let count = if units <= encoding.capacity(None) {
            1
        } else {
            Parts { rest: text, encoding, capacity: encoding.capacity(Some(reference)) }.count()
        };
        Self { text, encoding, reference, units, count }
    }

    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many septets or UTF-16 units the whole text takes.
    pub fn units(&self) -> usize {
        self.units
    }

    /// How many messages are sent and billed.
    pub fn segments(&self) -> usize {
        self.count
    }

    /// How many units one of its messages holds.
    pub fn capacity(&self) -> usize {
        self.encoding.capacity((self.count > 1).then_some(self.reference))
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = Segment<'t>> {
        let empty = self.text.is_empty().then_some(Segment { text: self.text, units: 0 });
        empty.into_iter().chain(Parts { rest: self.text, encoding: self.encoding, capacity: self.capacity() })
    }
}

struct Parts<'t> {
    rest: &'t str,
    encoding: Encoding,
    capacity: usize,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Segment<'t>;

    fn next(&mut self) -> Option<Segment<'t>> {
        let mut units = 0;
        let mut end = 0;
        for c in self.rest.chars() {
            let more = self.encoding.units(c)?;
            if units + more > self.capacity {
                break;
            }
            units += more;
            end += c.len_utf8();
        }
        if end == 0 {
            return None;
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Segment { text, units })
    }
}
