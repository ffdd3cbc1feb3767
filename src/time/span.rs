//! Lengths of time in a policy.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use serde::de;

use super::excerpt;

/// Why something is not a length of time.
///
/// ```
/// use waypost::time::Span;
///
/// let error = "5 minutes".parse::<Span>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a duration such as `90s`, `2m`, `4h`, `3d`, `1w` or `1d12h`, not `5 minutes`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSpan {
    /// The text is not a number with a unit, or several.
    #[error("expected a duration such as `90s`, `2m`, `4h`, `3d`, `1w` or `1d12h`, not `{text}`")]
    Shape {
        /// The text, shortened if it is long.
        text: Box<str>,
    },
    /// The parts of a sum are not in order.
    #[error("expected the larger unit first and each once, such as `1d12h`, not `{text}`")]
    Order {
        /// The text, shortened if it is long.
        text: Box<str>,
    },
    /// The duration is longer than a [`Span`] can be.
    #[error("expected a duration of at most {} days, not `{text}`", u32::MAX)]
    TooLong {
        /// The text, shortened if it is long.
        text: Box<str>,
    },
    /// The duration is none, where there must be one.
    #[error("expected a duration longer than `0s`")]
    Zero,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// From the largest: the letter, the word for one, the word for several, the seconds.
const UNITS: [(char, &str, &str, u64); 5] = [
    ('w', "week", "weeks", WEEK),
    ('d', "day", "days", DAY),
    ('h', "h", "h", HOUR),
    ('m', "min", "min", MINUTE),
    ('s', "s", "s", 1),
];

/// A length of time in whole seconds, such as `90s`, `2m`, `4h`, `3d`, `1w` or the sum `1d12h`.
///
/// A day is 24 hours and a week 7 such days: a span knows no calendar. In a document it may also be a plain number of
/// seconds; it is always written as text, in the largest units, with weeks only if nothing is left over.
///
/// ```
/// use chrono::TimeDelta;
/// use waypost::time::Span;
///
/// let cooldown: Span = "1d12h".parse()?;
/// assert_eq!(cooldown, Span::hours(36));
/// assert_eq!(cooldown.as_delta(), TimeDelta::hours(36));
///
/// assert_eq!("90m".parse::<Span>()?.to_string(), "1h30m");
/// assert_eq!(Span::days(14).to_string(), "2w");
/// assert_eq!(Span::days(10).to_string(), "10d");
/// assert_eq!(Span::ZERO.to_string(), "0s");
/// assert_eq!(Span::minutes(90).words().to_string(), "1 h 30 min");
/// # Ok::<(), waypost::time::InvalidSpan>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    // INVARIANT: at most `Span::MAX`, which a `TimeDelta` holds.
    seconds: u64,
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self { seconds: 0 };
    /// The longest span: 4,294,967,295 days.
    pub const MAX: Self = Self::days(u32::MAX);

    /// A span of this many seconds.
    pub const fn from_secs(seconds: u32) -> Self {
        Self { seconds: seconds as u64 }
    }

    /// A span of this many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self { seconds: minutes as u64 * MINUTE }
    }

    /// A span of this many hours.
    pub const fn hours(hours: u32) -> Self {
        Self { seconds: hours as u64 * HOUR }
    }

    /// A span of this many days of 24 hours.
    pub const fn days(days: u32) -> Self {
        Self { seconds: days as u64 * DAY }
    }

    /// The length in seconds.
    pub const fn as_secs(self) -> u64 {
        self.seconds
    }

    /// The same length for arithmetic with instants.
    ///
    /// An instant plus a span may lie past chrono's calendar, so add with
    /// [`checked_add_signed`](chrono::DateTime::checked_add_signed).
    pub const fn as_delta(self) -> TimeDelta {
        TimeDelta::seconds(self.seconds as i64)
    }

    /// Is this no time at all?
    pub const fn is_zero(self) -> bool {
        self.seconds == 0
    }

    /// The span in words for people.
    ///
    /// ```
    /// use waypost::time::Span;
    ///
    /// assert_eq!(Span::minutes(2).words().to_string(), "2 min");
    /// assert_eq!(Span::days(3).words().to_string(), "3 days");
    /// assert_eq!(Span::hours(25).words().to_string(), "1 day 1 h");
    /// assert_eq!(Span::ZERO.words().to_string(), "0 s");
    /// ```
    pub const fn words(self) -> Words {
        Words(self)
    }

    /// The counts of the units that make up the span, from the largest: weeks alone, or days and less.
    fn parts(self) -> impl Iterator<Item = (u64, char, &'static str)> {
        let units = if self.seconds.is_multiple_of(WEEK) { &UNITS[..] } else { &UNITS[1..] };
        let mut left = self.seconds;
        units.iter().filter_map(move |&(letter, one, several, size)| {
            let count = left / size;
            left %= size;
            // Only nothing at all is shown as zero, in seconds.
            let shown = count > 0 || self.is_zero() && size == 1;
            shown.then_some((count, letter, if count == 1 { one } else { several }))
        })
    }

    const fn new(seconds: u64) -> Option<Self> {
        if seconds <= Self::MAX.seconds { Some(Self { seconds }) } else { None }
    }
}

/// A [`Span`] that is not zero.
///
/// ```
/// use waypost::time::{InvalidSpan, PositiveSpan, Span};
///
/// assert_eq!(PositiveSpan::new(Span::hours(24))?.as_span(), Span::days(1));
/// assert_eq!(PositiveSpan::new(Span::ZERO), Err(InvalidSpan::Zero));
/// # Ok::<(), InvalidSpan>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "Span", try_from = "Span")]
pub struct PositiveSpan(Span);

impl PositiveSpan {
    /// This span, if there is any of it.
    ///
    /// # Errors
    ///
    /// If it is no time at all, [`InvalidSpan::Zero`].
    pub const fn new(span: Span) -> Result<Self, InvalidSpan> {
        if span.is_zero() { Err(InvalidSpan::Zero) } else { Ok(Self(span)) }
    }

    /// The span.
    pub const fn as_span(self) -> Span {
        self.0
    }

    /// The length in seconds, signed for arithmetic with instants.
    pub(super) const fn as_secs(self) -> i64 {
        self.0.seconds as i64
    }
}

impl From<PositiveSpan> for Span {
    fn from(span: PositiveSpan) -> Self {
        span.0
    }
}

impl TryFrom<Span> for PositiveSpan {
    type Error = InvalidSpan;

    fn try_from(span: Span) -> Result<Self, InvalidSpan> {
        Self::new(span)
    }
}

impl fmt::Display for PositiveSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PositiveSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A [`Span`] in words: `2 min`, `1 h 30 min`, `3 days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(Span);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (count, _, word)) in self.0.parts().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{count} {word}")?;
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let shape = || InvalidSpan::Shape { text: excerpt(text) };
        let too_long = || InvalidSpan::TooLong { text: excerpt(text) };
        let mut rest = text;
        let mut smaller = &UNITS[..];
        let mut seconds: u64 = 0;
        while !rest.is_empty() || smaller.len() == UNITS.len() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            let unit = after.chars().next().filter(|_| digits > 0).ok_or_else(shape)?;
            let &(_, _, _, size) = UNITS.iter().find(|(letter, ..)| *letter == unit).ok_or_else(shape)?;
            let place = smaller.iter().position(|(letter, ..)| *letter == unit);
            let place = place.ok_or_else(|| InvalidSpan::Order { text: excerpt(text) })?;
            // Digits that are no `u64` are too many of them.
            let number: u64 = number.parse().map_err(|_| too_long())?;
            seconds = number.checked_mul(size).and_then(|part| seconds.checked_add(part)).ok_or_else(too_long)?;
            smaller = &smaller[place + 1..];
            rest = &after[unit.len_utf8()..];
        }
        Self::new(seconds).ok_or_else(too_long)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|(count, letter, _)| write!(f, "{count}{letter}"))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `90s` or `1d12h`, or a number of seconds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
                let too_long = || InvalidSpan::TooLong { text: seconds.to_string().into() };
                Span::new(seconds).ok_or_else(too_long).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
                match u64::try_from(seconds) {
                    Ok(seconds) => self.visit_u64(seconds),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(seconds), &self)),
                }
            }
        }

        from.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_in_the_largest_units() {
        #[track_caller]
        fn check(text: &str, seconds: u64, written: &str, words: &str) {
            let span: Span = text.parse().expect(text);
            assert_eq!(span.as_secs(), seconds);
            assert_eq!(span.to_string(), written);
            assert_eq!(span.words().to_string(), words);
            assert_eq!(written.parse(), Ok(span));
        }
        check("0s", 0, "0s", "0 s");
        check("0w", 0, "0s", "0 s");
        check("1s", 1, "1s", "1 s");
        check("90s", 90, "1m30s", "1 min 30 s");
        check("120s", 120, "2m", "2 min");
        check("0090m", 5400, "1h30m", "1 h 30 min");
        check("24h", DAY, "1d", "1 day");
        check("1d12h", DAY * 3 / 2, "1d12h", "1 day 12 h");
        check("7d", WEEK, "1w", "1 week");
        check("2w", 2 * WEEK, "2w", "2 weeks");
        check("1w1s", WEEK + 1, "7d1s", "7 days 1 s");
        check("1w2d3h4m5s", WEEK + 2 * DAY + 3 * HOUR + 245, "9d3h4m5s", "9 days 3 h 4 min 5 s");
        check("4294967295d", Span::MAX.as_secs(), "4294967295d", "4294967295 days");
    }

    #[test]
    fn the_refusal_says_what_was_expected() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let error = text.parse::<Span>().expect_err(text).to_string();
            assert!(error.starts_with(expected) && error.contains(&format!("`{text}`")), "{error}");
        }
        for text in ["", "s", "90", "-1s", "+1s", "1.5h", "1 h", " 1h", "1H", "1ms", "1d12", "1y", "1é", "é", "P1D"] {
            check(text, "expected a duration such as `90s`");
        }
        for text in ["1h1d", "1h1h", "1m1h", "1s1w"] {
            check(text, "expected the larger unit first and each once");
        }
        for text in ["4294967295d1s", "99999999999999999999s", "18446744073709551615w", "18446744073709551615s"] {
            check(text, "expected a duration of at most 4294967295 days");
        }
    }

    #[test]
    fn a_document_may_count_seconds() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let read = serde_json::from_str::<Span>(json).map_or_else(|e| e.to_string(), |span| span.to_string());
            assert!(read.starts_with(expected), "{read}");
        }
        check("5400", "1h30m");
        check("\"5400s\"", "1h30m");
        check("0", "0s");
        check(
            "-1",
            "invalid value: integer `-1`, expected a duration such as `90s` or `1d12h`, or a number of seconds",
        );
        check("1.5", "invalid type: floating point `1.5`, expected a duration");
        check("18446744073709551615", "expected a duration of at most 4294967295 days, not `18446744073709551615`");
    }

    #[test]
    fn the_longest_span_is_still_a_delta() {
        assert_eq!(Span::MAX.as_delta().num_days(), i64::from(u32::MAX));
    }
}
