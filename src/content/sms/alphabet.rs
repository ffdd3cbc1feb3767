//! Alphabets: which characters they have, and what one costs in septets.

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
    /// Whose locking shift table stands in the place of the basic one; Spanish has none, so it leaves the basic table and
    /// takes no room in a header.
    pub locking: Option<Language>,
    /// Whose single shift table stands in the place of the extension.
    pub single: Option<Language>,
}

impl Alphabet {
    /// The basic table and its extension, which every phone reads.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// How many septets a character takes, 1 or 2; `None` where the alphabet does not have it.
    pub fn septets(self, c: char) -> Option<u8> {
        if self == Self::DEFAULT {
            return default_septets(c);
        }
        let basic = self.locking.and_then(Language::locking_set).unwrap_or(&BASIC);
        if basic.has(c) {
            return Some(1);
        }
        self.single.map_or(&EXTENDED, Language::single_set).has(c).then_some(2)
    }

    /// How many septets a text takes, or `None` where the alphabet lacks a character of it.
    pub(super) fn septets_of(self, text: &str) -> Option<usize> {
        if self != Self::DEFAULT {
            return text.chars().try_fold(0, |septets, c| self.septets(c).map(|more| septets + usize::from(more)));
        }
        if text.is_ascii() {
            let costs = || text.bytes().map(|byte| DEFAULT_SEPTETS[usize::from(byte)]);
            let has_all = costs().fold(true, |has_all, cost| has_all & (cost != 0));
            return has_all.then(|| costs().map(usize::from).sum());
        }
        // By bytes: all of the alphabet takes one or two of them in UTF-8, but the euro sign.
        let mut septets = 0;
        let mut rest = text.as_bytes();
        loop {
            let (code, after) = match rest {
                [] => return Some(septets),
                [one @ 0..0x80, after @ ..] => (usize::from(*one), after),
                [lead @ 0xc0..0xd0, next, after @ ..] => {
                    (usize::from(lead & 0x1f) << 6 | usize::from(next & 0x3f), after)
                }
                [0xe2, 0x82, 0xac, after @ ..] => {
                    septets += 2;
                    rest = after;
                    continue;
                }
                _ => return None,
            };
            match DEFAULT_SEPTETS[code] {
                0 => return None,
                cost => septets += usize::from(cost),
            }
            rest = after;
        }
    }

    /// The language of the locking shift table, where there is one.
    pub(super) fn locked(self) -> Option<Language> {
        self.locking.filter(|language| language.locking_set().is_some())
    }
}

/// The characters of a table.
pub(super) struct Charset {
    ascii: u128,
    /// The others, sorted.
    others: [char; 128],
    len: usize,
}

static BASIC: Charset = Charset::of(&DEFAULT);
static EXTENDED: Charset = Charset::of(&EXTENSION);

impl Charset {
    pub(super) const fn of(table: &[char; 128]) -> Self {
        let mut set = Self { ascii: 0, others: [VOID; 128], len: 0 };
        let mut code = 0;
        while code < table.len() {
            let c = table[code];
            code += 1;
            if c == VOID {
                continue;
            }
            if c.is_ascii() {
                set.ascii |= 1 << c as u32;
                continue;
            }
            let mut at = set.len;
            while at > 0 && set.others[at - 1] as u32 > c as u32 {
                set.others[at] = set.others[at - 1];
                at -= 1;
            }
            set.others[at] = c;
            set.len += 1;
        }
        set
    }

    fn has(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> (c as u32) & 1 == 1;
        }
        self.others[..self.len].binary_search(&c).is_ok()
    }
}

/// What the characters before U+0400 cost in the default alphabet, 0 for those that it lacks: all of it but the euro sign
/// stands there, and one look is faster than a search.
static DEFAULT_SEPTETS: [u8; 0x400] = {
    let mut costs = [0; 0x400];
    let mut code = 0;
    while code < 128 {
        if DEFAULT[code] != VOID {
            costs[DEFAULT[code] as usize] = 1;
        }
        if EXTENSION[code] != VOID && EXTENSION[code] != EURO {
            costs[EXTENSION[code] as usize] = 2;
        }
        code += 1;
    }
    costs
};
const EURO: char = '€';

fn default_septets(c: char) -> Option<u8> {
    match DEFAULT_SEPTETS.get(c as usize) {
        Some(0) => None,
        Some(cost) => Some(*cost),
        None => (c == EURO).then_some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_table_says_what_the_sets_say() {
        for c in '\0'..='\u{1ffff}' {
            let slow: Option<u8> = if BASIC.has(c) { Some(1) } else { EXTENDED.has(c).then_some(2) };
            assert_eq!(default_septets(c), slow, "{c:?}");
            let costs = |text: String| Alphabet::DEFAULT.septets_of(&text);
            let slow = slow.map(usize::from);
            assert_eq!(
                (costs(format!("{c}")), costs(format!("{c}éa{c}"))),
                (slow, slow.map(|one| 2 * one + 2)),
                "{c:?}"
            );
        }
    }
}
