//! Places in a month, counted from its beginning or from its end.

use std::{fmt, str::FromStr};

use super::{
    excerpt,
    sets::{read_list, set_serde, write_runs},
};

/// Why something is not a set of places in a month.
///
/// ```
/// use waypost::time::{DaysOfMonth, Nth};
///
/// let error = "1..32".parse::<DaysOfMonth>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a day of the month from `1` to `31`, or `-31` to `-1` from its end, not `32`");
/// let error = "7..1".parse::<DaysOfMonth>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a range such as `1..7`, `20..-1` or `-7..-1`, not `7..1`");
/// let error = "0".parse::<Nth>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a place in the month from `1` to `5`, or `-5` to `-1` from its end, not `0`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlaces {
    /// A number lies outside every month.
    #[error("expected {expected}, not `{text}`")]
    Number {
        /// What was expected instead.
        expected: &'static str,
        /// The number, shortened if it is long.
        text: Box<str>,
    },
    /// A range ends before it begins, or would have another length in every month.
    #[error("expected a range such as `1..{example}`, `{from}..-1` or `-{example}..-1`, not `{text}`")]
    Range {
        /// The end of a range that could stand there.
        example: u8,
        /// The beginning of one that runs to the end of the month.
        from: u8,
        /// The range, shortened if it is long.
        text: Box<str>,
    },
    /// The list is empty.
    #[error("expected at least {one}, not `[]`")]
    Empty {
        /// What was expected.
        one: &'static str,
    },
}

macro_rules! places {
    (
        $(#[$doc:meta])*
        $name:ident, $bits:ty, $last:literal, $example:literal, $from:literal,
        $one:literal, $expected:literal, $expecting:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name {
            // INVARIANT: not both 0; bit n is the n-th place, bit 0 is never set.
            from_start: $bits,
            from_end: $bits,
        }

        impl $name {
            /// Every place, which asks nothing.
            pub const ALL: Self = Self { from_start: Self::EVERY, from_end: 0 };

            const EVERY: $bits = (((1_u64 << $last) - 1) << 1) as $bits;

            /// The place with this number, counted from the end if it is negative.
            ///
            /// # Errors
            ///
            /// If no month has it.
            pub fn one(number: i8) -> Result<Self, InvalidPlaces> {
                Self::numbered(number.into())
            }

            fn numbered(number: i64) -> Result<Self, InvalidPlaces> {
                let refused = || InvalidPlaces::Number { expected: $expected, text: number.to_string().into() };
                let place = number.unsigned_abs();
                if !(1..=$last).contains(&place) {
                    return Err(refused());
                }
                let bit: $bits = 1 << place;
                let (from_start, from_end) = if number > 0 { (bit, 0) } else { (0, bit) };
                Ok(Self { from_start, from_end })
            }

            /// The places of both sets.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                let from_start = self.from_start | other.from_start;
                let from_end = self.from_end | other.from_end;
                // Every place has one way to be written.
                if from_start == Self::EVERY || from_end == Self::EVERY {
                    return Self::ALL;
                }
                Self { from_start, from_end }
            }

            /// Is something in the set that comes at this place from the start and at that from the end, from 1?
            pub(super) const fn has(self, from_start: u8, from_end: u8) -> bool {
                (self.from_start >> from_start | self.from_end >> from_end) & 1 == 1
            }

            fn range(first: i64, last: i64) -> Option<Self> {
                let (first, last) = match (first, last) {
                    // Both are the same in every month, however long it is.
                    (1.., -1) => (first, $last),
                    (1, ..0) => (-$last, last),
                    _ => (first, last),
                };
                let is_range = first <= last && (first < 0) == (last < 0);
                is_range.then(|| (first..=last).filter_map(|n| Self::numbered(n).ok()).reduce(Self::union)).flatten()
            }
        }

        impl FromStr for $name {
            type Err = InvalidPlaces;

            fn from_str(text: &str) -> Result<Self, InvalidPlaces> {
                let number = |text: &str| {
                    let refused = || InvalidPlaces::Number { expected: $expected, text: excerpt(text) };
                    let digits = text.strip_prefix('-').unwrap_or(text);
                    let has_sense = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                    let number: i64 = text.parse().ok().filter(|_| has_sense).ok_or_else(refused)?;
                    Self::numbered(number).map(|one| (number, one)).map_err(|_| refused())
                };
                read_list(text, Self::union, |part| match part.split_once("..") {
                    Some((first, last)) => {
                        let (first, last) = (number(first)?.0, number(last)?.0);
                        let refused =
                            || InvalidPlaces::Range { example: $example, from: $from, text: excerpt(part) };
                        Self::range(first, last).ok_or_else(refused)
                    }
                    None => number(part).map(|(_, one)| one),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let places = 1..=$last as i8;
                write_runs(f, places.clone().map(|place| (place, self.from_start >> place & 1 == 1)), "..", "")?;
                let separator = if self.from_start == 0 { "" } else { "," };
                write_runs(f, places.rev().map(|place| (-place, self.from_end >> place & 1 == 1)), "..", separator)
            }
        }

        set_serde!($name, $expecting, $name::numbered, InvalidPlaces::Empty { one: $one });
    };
}

places! {
    /// A set of days of the month, never empty.
    ///
    /// Negative days are counted from the end: -1 is the last day of every month, -2 the one before. A day that a month does not
    /// have does not occur in it: `31` is missing in April, and `29..31` is one day there less and in February mostly none.
    ///
    /// The text is a comma-separated list of days and ranges: `1..7,-1`. A range runs from one day to a later one; `20..-1`
    /// runs to the end of every month and `1..-2` to the day before the last. In a document the set may also be a list
    /// of numbers; it is always written as text.
    ///
    /// ```
    /// use waypost::time::DaysOfMonth;
    ///
    /// let days: DaysOfMonth = "1..7,-1".parse()?;
    /// assert!(days.contains(7, 31) && !days.contains(8, 31));
    /// assert!(days.contains(31, 31) && !days.contains(30, 31) && days.contains(30, 30));
    /// assert_eq!("20..-1".parse::<DaysOfMonth>()?.to_string(), "20..31");
    /// # Ok::<(), waypost::time::InvalidPlaces>(())
    /// ```
    DaysOfMonth, u32, 31, 7, 20,
    "one day of the month", "a day of the month from `1` to `31`, or `-31` to `-1` from its end",
    "days of the month such as `1..7,-1`, or a list of numbers from 1 to 31 or -31 to -1"
}

impl DaysOfMonth {
    /// Is this day, from 1, of a month with so many days in the set?
    pub const fn contains(self, day: u8, days_in_month: u8) -> bool {
        1 <= day && day <= days_in_month && days_in_month <= 31 && self.has(day, days_in_month - day + 1)
    }
}

places! {
    /// Which of the weekdays of one name in a month: the first, the second, the last.
    ///
    /// The text is a comma-separated list of numbers and ranges from `1` to `5`, or `-5` to `-1` from the end: `1,-1` are
    /// the first and the last. In a document the set may also be a list of numbers; it is always written as text.
    ///
    /// ```
    /// use waypost::time::Nth;
    ///
    /// let nth: Nth = "1,-1".parse()?;
    /// // In a month of 31 days the 3rd is the first of its name, and the 25th the last.
    /// assert!(nth.contains(3, 31) && !nth.contains(24, 31) && nth.contains(25, 31));
    /// # Ok::<(), waypost::time::InvalidPlaces>(())
    /// ```
    Nth, u8, 5, 3, 2,
    "one place in the month", "a place in the month from `1` to `5`, or `-5` to `-1` from its end",
    "places in the month such as `1,-1`, or a list of numbers from 1 to 5 or -5 to -1"
}

impl Nth {
    /// Is this day, from 1, of a month with so many days at one of the places among those of its weekday?
    pub const fn contains(self, day: u8, days_in_month: u8) -> bool {
        1 <= day
            && day <= days_in_month
            && days_in_month <= 31
            && self.has(day.div_ceil(7), (days_in_month - day) / 7 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_places_reads_back() {
        for from_start in 0..1 << 5 {
            for from_end in 0..1 << 5 {
                if (from_start, from_end) == (0, 0) || [from_start, from_end].contains(&0b1_1111) {
                    continue;
                }
                let nth = Nth { from_start: from_start << 1, from_end: from_end << 1 };
                assert_eq!(nth.to_string().parse(), Ok(nth), "{nth}");
            }
        }
        assert_eq!(Nth::ALL.to_string(), "1..5");
    }

    #[test]
    fn the_text_is_the_shortest_list() {
        #[track_caller]
        fn check(text: &str, written: &str) {
            assert_eq!(text.parse::<DaysOfMonth>().map(|days| days.to_string()), Ok(written.to_owned()));
            let read_back = written.parse::<DaysOfMonth>();
            assert_eq!(read_back, text.parse());
        }
        check("1", "1");
        check("-1", "-1");
        check("7,5,6", "5..7");
        check("-1,-3,-2,1,2", "1,2,-3..-1");
        check("-31..-1", "1..31");
        check("1..-1", "1..31");
        check("1..-2", "-31..-2");
        check("15..-1", "15..31");
        check("01..07", "1..7");
    }

    #[test]
    fn the_refusal_names_the_part() {
        #[track_caller]
        fn check(text: &str, part: &str) {
            let error = text.parse::<DaysOfMonth>().expect_err(text).to_string();
            assert!(error.ends_with(&format!(", not `{part}`")), "{error}");
        }
        for text in ["", "0", "-0", "32", "-32", "+1", "1-7", "first", "-", "99999999999999999999"] {
            check(text, text);
        }
        check("1,", "");
        check("1..", "");
        check("1..2..3", "2..3");
        for range in ["7..1", "-1..-7", "5..-2", "-7..20"] {
            check(range, range);
        }
        assert!("6".parse::<Nth>().is_err() && "-5..-1".parse() == Ok(Nth::ALL));
    }

    #[test]
    fn a_document_may_list_numbers() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let read =
                serde_json::from_str::<DaysOfMonth>(json).map_or_else(|e| e.to_string(), |days| days.to_string());
            assert!(read.starts_with(expected), "{read}");
        }
        check("[1,2,3,-1]", "1..3,-1");
        check("\"1..3\"", "1..3");
        check("[]", "expected at least one day of the month, not `[]`");
        check("[32]", "expected a day of the month from `1` to `31`, or `-31` to `-1` from its end, not `32`");
        check("[-9223372036854775808]", "expected a day of the month");
        check("5", "invalid type: integer `5`, expected days of the month such as `1..7,-1`");
    }

    #[test]
    fn a_day_outside_the_month_is_in_no_set() {
        for day in [0, 29, 255] {
            assert!(!DaysOfMonth::ALL.contains(day, 28) && !Nth::ALL.contains(day, 28));
        }
        assert!(!DaysOfMonth::ALL.contains(200, 255) && !Nth::ALL.contains(200, 255));
    }
}
