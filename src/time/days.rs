//! Days of the week.

use std::{fmt, str::FromStr};

use chrono::Weekday;

use super::{
    excerpt,
    sets::{read_list, set_serde, write_runs},
};

/// Why something is not a set of weekdays.
///
/// ```
/// use waypost::time::Days;
///
/// let error = "mon-fry".parse::<Days>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a day from `mon` to `sun`, not `fry`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDays {
    /// A part of the text names no day.
    #[error("expected a day from `mon` to `sun`, not `{text}`")]
    Name {
        /// The part, shortened if it is long.
        text: Box<str>,
    },
    /// A number in a list names no day.
    #[error("expected a day from 1 (Monday) to 7 (Sunday), not `{number}`")]
    Number {
        /// The number.
        number: i64,
    },
    /// The list is empty.
    #[error("expected at least one day, not `[]`")]
    Empty,
}

const NAMES: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// A set of weekdays, never empty.
///
/// The text is a comma-separated list of days and ranges; a range may run over the weekend. In a document the set may
/// also be a list of ISO numbers, 1 for Monday to 7 for Sunday; it is always written as text.
///
/// ```
/// use chrono::Weekday;
/// use waypost::time::Days;
///
/// let days: Days = "mon-wed,sat".parse()?;
/// assert!(days.contains(Weekday::Tue) && !days.contains(Weekday::Fri));
/// assert_eq!(Days::from_to(Weekday::Mon, Weekday::Wed).union(Days::one(Weekday::Sat)), days);
///
/// // A range over the weekend; written, the week starts on Monday.
/// assert_eq!("fri-mon".parse::<Days>()?.to_string(), "mon,fri-sun");
/// # Ok::<(), waypost::time::InvalidDays>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Days {
    // INVARIANT: never 0; bit 0 is Monday, bit 6 is Sunday, bit 7 is never set.
    bits: u8,
}

impl Days {
    /// The whole week.
    pub const ALL: Self = Self { bits: 0b111_1111 };

    /// Only this day.
    pub const fn one(day: Weekday) -> Self {
        Self { bits: 1 << day.num_days_from_monday() }
    }

    /// From the first day to the last, both included; a last day before the first is in the next week.
    pub fn from_to(first: Weekday, last: Weekday) -> Self {
        let mut days = Self::one(first);
        let mut day = first;
        while day != last {
            day = day.succ();
            days = days.union(Self::one(day));
        }
        days
    }

    /// The days of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits }
    }

    /// Is this day in the set?
    pub const fn contains(self, day: Weekday) -> bool {
        self.has(day.num_days_from_monday() as u8)
    }

    /// The days in order, from Monday.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        NAMES.into_iter().map(|(_, day)| day).filter(move |day| self.contains(*day))
    }

    /// [`contains`](Self::contains) by number: 0 is Monday, 6 is Sunday.
    pub(super) const fn has(self, weekday: u8) -> bool {
        self.bits >> weekday & 1 == 1
    }
}

impl From<Weekday> for Days {
    fn from(day: Weekday) -> Self {
        Self::one(day)
    }
}

fn day_named(text: &str) -> Result<Weekday, InvalidDays> {
    let named = NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    named.map(|(_, day)| *day).ok_or_else(|| InvalidDays::Name { text: excerpt(text) })
}

fn day_numbered(number: i64) -> Result<Weekday, InvalidDays> {
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    index.and_then(|index| NAMES.get(index)).map(|(_, day)| *day).ok_or(InvalidDays::Number { number })
}

impl FromStr for Days {
    type Err = InvalidDays;

    fn from_str(text: &str) -> Result<Self, InvalidDays> {
        read_list(text, Self::union, |part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Ok(Self::from_to(day_named(first)?, day_named(last)?))
        })
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_runs(f, NAMES.map(|(name, day)| (name, self.contains(day))), "-", "")
    }
}

set_serde!(
    Days,
    "days such as `mon-fri`, or a list of numbers from 1 (Monday) to 7 (Sunday)",
    |number| day_numbered(number).map(Days::one),
    InvalidDays::Empty
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_reads_back() {
        for bits in 1..=Days::ALL.bits {
            let days = Days { bits };
            assert_eq!(days.to_string().parse(), Ok(days));
            assert_eq!(days.iter().map(Days::one).reduce(Days::union), Some(days));
        }
    }

    #[test]
    fn the_text_is_the_shortest_list_from_monday() {
        #[track_caller]
        fn check(text: &str, written: &str) {
            assert_eq!(text.parse::<Days>().map(|days| days.to_string()), Ok(written.to_owned()));
        }
        check("mon", "mon");
        check("mon-mon", "mon");
        check("Sat,SUN", "sat,sun");
        check("sun,sat,fri", "fri-sun");
        check("tue-mon", "mon-sun");
        check("sun-tue,thu", "mon,tue,thu,sun");
    }

    #[test]
    fn the_refusal_names_the_part() {
        #[track_caller]
        fn check(text: &str, part: &str) {
            assert_eq!(text.parse::<Days>(), Err(InvalidDays::Name { text: part.into() }));
        }
        check("", "");
        check("mon,", "");
        check("mon-", "");
        check("mon-tue-wed", "tue-wed");
        check("mon, tue", " tue");
        check("monday", "monday");
    }

    #[test]
    fn a_document_may_number_the_days() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let read = serde_json::from_str::<Days>(json).map_or_else(|e| e.to_string(), |days| days.to_string());
            assert!(read.starts_with(expected), "{read}");
        }
        check("[1,2,3,7]", "mon-wed,sun");
        check("\"sat\"", "sat");
        check("[]", "expected at least one day, not `[]`");
        check("[0]", "expected a day from 1 (Monday) to 7 (Sunday), not `0`");
        check("[8]", "expected a day from 1 (Monday) to 7 (Sunday), not `8`");
        check("[-9223372036854775808]", "expected a day from 1 (Monday) to 7 (Sunday), not `-9223372036854775808`");
        check("5", "invalid type: integer `5`, expected days such as `mon-fri`");
    }
}
