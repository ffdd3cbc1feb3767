//! Months of the year.

use std::{fmt, str::FromStr};

use chrono::Month;

use super::{
    excerpt,
    sets::{read_list, set_serde, write_runs},
};

/// Why something is not a set of months.
///
/// ```
/// use waypost::time::Months;
///
/// let error = "jan-mer".parse::<Months>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a month from `jan` to `dec`, not `mer`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMonths {
    /// A part of the text names no month.
    #[error("expected a month from `jan` to `dec`, not `{text}`")]
    Name {
        /// The part, shortened if it is long.
        text: Box<str>,
    },
    /// A number in a list names no month.
    #[error("expected a month from 1 to 12, not `{number}`")]
    Number {
        /// The number.
        number: i64,
    },
    /// The list is empty.
    #[error("expected at least one month, not `[]`")]
    Empty,
}

const NAMES: [(&str, Month); 12] = [
    ("jan", Month::January),
    ("feb", Month::February),
    ("mar", Month::March),
    ("apr", Month::April),
    ("may", Month::May),
    ("jun", Month::June),
    ("jul", Month::July),
    ("aug", Month::August),
    ("sep", Month::September),
    ("oct", Month::October),
    ("nov", Month::November),
    ("dec", Month::December),
];

/// A set of months, never empty.
///
/// The text is a comma-separated list of months and ranges; a range may run over the new year. In a document the set may
/// also be a list of numbers from 1 to 12; it is always written as text.
///
/// ```
/// use chrono::Month;
/// use waypost::time::Months;
///
/// let season: Months = "nov-jan,jun".parse()?;
/// assert!(season.contains(Month::December) && !season.contains(Month::February));
/// assert_eq!(season.to_string(), "jan,jun,nov,dec");
/// # Ok::<(), waypost::time::InvalidMonths>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Months {
    // INVARIANT: never 0; bit 1 is January, bit 12 is December, no other is ever set.
    bits: u16,
}

impl Months {
    /// The whole year.
    pub const ALL: Self = Self { bits: 0b1_1111_1111_1110 };

    /// Only this month.
    pub const fn one(month: Month) -> Self {
        Self { bits: 1 << month.number_from_month() }
    }

    /// From the first month to the last, both included; a last month before the first is in the next year.
    pub fn from_to(first: Month, last: Month) -> Self {
        let mut months = Self::one(first);
        let mut month = first;
        while month != last {
            month = month.succ();
            months = months.union(Self::one(month));
        }
        months
    }

    /// The months of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits }
    }

    /// Is this month in the set?
    pub const fn contains(self, month: Month) -> bool {
        self.has(month.number_from_month() as u8)
    }

    /// [`contains`](Self::contains) by number, 1 to 12.
    pub(super) const fn has(self, month: u8) -> bool {
        self.bits >> month & 1 == 1
    }
}

impl From<Month> for Months {
    fn from(month: Month) -> Self {
        Self::one(month)
    }
}

/// The month of this name, in any case.
pub(super) fn month_named(text: &str) -> Option<Month> {
    NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, month)| *month)
}

fn month_numbered(number: i64) -> Result<Month, InvalidMonths> {
    let month = u8::try_from(number).ok().and_then(|number| Month::try_from(number).ok());
    month.ok_or(InvalidMonths::Number { number })
}

impl FromStr for Months {
    type Err = InvalidMonths;

    fn from_str(text: &str) -> Result<Self, InvalidMonths> {
        let named = |text: &str| month_named(text).ok_or_else(|| InvalidMonths::Name { text: excerpt(text) });
        read_list(text, Self::union, |part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Ok(Self::from_to(named(first)?, named(last)?))
        })
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_runs(f, NAMES.map(|(name, month)| (name, self.contains(month))), "-", "")
    }
}

set_serde!(
    Months,
    "months such as `jan-mar`, or a list of numbers from 1 to 12",
    |number| month_numbered(number).map(Months::one),
    InvalidMonths::Empty
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_reads_back() {
        for bits in 1..1 << 12 {
            let months = Months { bits: bits << 1 };
            assert_eq!(months.to_string().parse(), Ok(months));
        }
        assert_eq!(Months::ALL.to_string(), "jan-dec");
        assert_eq!("feb-jan".parse(), Ok(Months::ALL));
    }

    #[test]
    fn a_document_may_number_the_months() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let read = serde_json::from_str::<Months>(json).map_or_else(|e| e.to_string(), |months| months.to_string());
            assert!(read.starts_with(expected), "{read}");
        }
        check("[12,1,2]", "jan,feb,dec");
        check("\"Mar-MAY\"", "mar-may");
        check("\"march\"", "expected a month from `jan` to `dec`, not `march`");
        check("[]", "expected at least one month, not `[]`");
        check("[0]", "expected a month from 1 to 12, not `0`");
        check("[257]", "expected a month from 1 to 12, not `257`");
        check("5", "invalid type: integer `5`, expected months such as `jan-mar`");
    }
}
