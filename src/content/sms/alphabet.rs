//! Alphabets: what a character costs in septets, and which code it has.

use super::{
    language::Language,
    tables::{DEFAULT, EXTENSION, VOID},
};

/// A GSM 7-bit alphabet: the basic table or a language's locking shift table, with the extension table or a language's
/// single shift table (3GPP TS 23.038, 6.2.1).
///
/// ```
/// use waypost::content::sms::{Alphabet, Language};
///
/// assert_eq!(Alphabet::DEFAULT.septets('a'), Some(1));
/// assert_eq!(Alphabet::DEFAULT.septets('€'), Some(2));
/// assert_eq!(Alphabet::DEFAULT.septets('ş'), None);
/// assert_eq!(Alphabet { single: Some(Language::Turkish), ..Alphabet::DEFAULT }.septets('ş'), Some(2));
/// assert_eq!(Alphabet { locking: Some(Language::Turkish), ..Alphabet::DEFAULT }.septets('ş'), Some(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alphabet {
    /// Whose locking shift table stands in the place of the basic one; a language without one leaves the basic table.
    pub locking: Option<Language>,
    /// Whose single shift table stands in the place of the extension.
    pub single: Option<Language>,
}

/// Where a character stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Basic(u8),
    /// After an escape.
    Shifted(u8),
}

impl Alphabet {
    /// The basic table and its extension, which every phone reads.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// How many septets a character takes, 1 or 2; `None` where the alphabet does not have it.
    pub fn septets(self, c: char) -> Option<u8> {
        match self.code(c)? {
            Code::Basic(_) => Some(1),
            Code::Shifted(_) => Some(2),
        }
    }

    /// How many octets of a message the tables take in its header, without the header's own length octet.
    pub(super) fn header_octets(self) -> usize {
        const ELEMENT: usize = 3; // identifier, length, language
        ELEMENT * (usize::from(self.locking.is_some()) + usize::from(self.single.is_some()))
    }

    pub(super) fn code(self, c: char) -> Option<Code> {
        let basic = match self.locking {
            None => &BASIC_CODES,
            Some(language) => language.locking_codes().unwrap_or(&BASIC_CODES),
        };
        if let Some(code) = basic.code(c) {
            return Some(Code::Basic(code));
        }
        let shifted = self.single.map_or(&EXTENSION_CODES, Language::single_codes);
        shifted.code(c).map(Code::Shifted)
    }
}

/// A table the other way round: the characters sorted, each with its code.
pub(super) struct Codes {
    sorted: [(char, u8); 128],
    len: usize,
}

const BASIC_CODES: Codes = Codes::of(&DEFAULT);
const EXTENSION_CODES: Codes = Codes::of(&EXTENSION);

impl Codes {
    /// Of a character that a table has twice, the lower code counts.
    pub(super) const fn of(table: &[char; 128]) -> Self {
        let mut sorted = [(VOID, 0); 128];
        let mut len = 0;
        let mut code = 0;
        while code < table.len() {
            let c = table[code];
            if c != VOID {
                let mut at = len;
                while at > 0 && sorted[at - 1].0 as u32 > c as u32 {
                    at -= 1;
                }
                if at == 0 || sorted[at - 1].0 as u32 != c as u32 {
                    let mut from = len;
                    while from > at {
                        sorted[from] = sorted[from - 1];
                        from -= 1;
                    }
                    sorted[at] = (c, code as u8);
                    len += 1;
                }
            }
            code += 1;
        }
        Self { sorted, len }
    }

    fn code(&self, c: char) -> Option<u8> {
        let known = &self.sorted[..self.len];
        known.binary_search_by_key(&c, |(known, _)| *known).ok().map(|at| known[at].1)
    }
}
