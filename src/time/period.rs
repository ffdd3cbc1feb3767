//! How a cap counts.

use std::{
    fmt,
    num::{NonZeroU16, NonZeroU32, NonZeroU64},
};

use chrono::Weekday;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Days, Gcra, PositiveSpan, Span, span::InvalidSpan, walk::Reading};

/// How a cap counts past sends: which of them count when the next one is judged.
///
/// | period | which sends count at an instant `t` | in a document |
/// | --- | --- | --- |
/// | [`Sliding`](Self::Sliding) | later than `t` less the span; one exactly that old no longer does | `"1d"`, or `{"sliding": "1d"}` |
/// | [`CalendarDay`](Self::CalendarDay) | on the local date of `t` | `"calendar_day"` |
/// | [`CalendarWeek`](Self::CalendarWeek) | in its local week, from the named day on | `{"calendar_week": "mon"}` |
/// | [`CalendarMonth`](Self::CalendarMonth) | in its local month of its local year | `"calendar_month"` |
/// | [`RollingDays`](Self::RollingDays) | on its local date or one of the so many less one before it | `{"rolling_days": 30}` |
/// | [`Fixed`](Self::Fixed) | in the same stretch, counted from the beginning of 1970 UTC | `{"fixed": "1h"}` |
/// | [`Lifetime`](Self::Lifetime) | all | `"lifetime"` |
/// | [`MinGap`](Self::MinGap) | as sliding, and the limit is 1 | `{"min_gap": "2h"}` |
/// | [`Gcra`](Self::Gcra) | those that are not paid off, and the limit is the burst | `{"gcra": {"every": "10m", "burst": 3}}` |
///
/// Sends later than `t` never count. A calendar period compares local dates and is no number of hours: days of 23 or 25
/// hours, dates that never were and a date that comes back follow from that. "3 in any 24 hours" is sliding, "once a
/// day" is a calendar day in the person's zone, and products disagree on when a week begins, so it has to be said.
///
/// A plain span in a document slides. No period of no length can be built:
///
/// ```
/// use chrono::Weekday;
/// use waypost::time::{InvalidSpan, Period, Span};
///
/// let day: Period = serde_json::from_str(r#""1d""#)?;
/// assert_eq!(day, Period::sliding(Span::hours(24))?);
/// let week: Period = serde_json::from_str(r#"{"calendar_week": "sun"}"#)?;
/// assert_eq!(week, Period::CalendarWeek { start: Weekday::Sun });
///
/// assert_eq!(Period::sliding(Span::ZERO), Err(InvalidSpan::Zero));
/// assert_eq!(format!("at most 3 {day}, at most 5 {week}"), "at most 3 in any 1 day, at most 5 a week from sun");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Period {
    /// Any stretch of this length.
    Sliding(PositiveSpan),
    /// The local date.
    CalendarDay,
    /// The local week.
    CalendarWeek {
        /// The day on which a week begins.
        start: Weekday,
    },
    /// The local month.
    CalendarMonth,
    /// Today and the days before it, so many in all.
    RollingDays(NonZeroU16),
    /// A stretch of this length, one after the other from the beginning of 1970 UTC.
    Fixed(PositiveSpan),
    /// From the first send to the last.
    Lifetime,
    /// The distance from one send to the next.
    MinGap(PositiveSpan),
    /// An even rate with a burst; for a sender's own pacing.
    Gcra(Gcra),
}

impl Period {
    /// The most days over which a cap of a policy or of the law rolls: every past send is compared with each of them.
    pub const MOST_DAYS: NonZeroU16 = NonZeroU16::new(366).expect("366 is not 0");

    /// Any stretch of this length.
    ///
    /// # Errors
    ///
    /// If it is no time at all, [`InvalidSpan::Zero`]; so for all periods with a span.
    pub fn sliding(span: Span) -> Result<Self, InvalidSpan> {
        PositiveSpan::new(span).map(Self::Sliding)
    }

    /// Stretches of this length, one after the other.
    ///
    /// # Errors
    ///
    /// As [`sliding`](Self::sliding).
    pub fn fixed(span: Span) -> Result<Self, InvalidSpan> {
        PositiveSpan::new(span).map(Self::Fixed)
    }

    /// At least this long from one send to the next.
    ///
    /// # Errors
    ///
    /// As [`sliding`](Self::sliding).
    pub fn min_gap(span: Span) -> Result<Self, InvalidSpan> {
        PositiveSpan::new(span).map(Self::MinGap)
    }

    /// Does it read a wall clock, so that a zone matters?
    ///
    /// ```
    /// use waypost::time::Period;
    ///
    /// assert!(Period::CalendarMonth.is_calendar());
    /// assert!(!Period::Lifetime.is_calendar());
    /// ```
    pub const fn is_calendar(self) -> bool {
        matches!(self, Self::CalendarDay | Self::CalendarWeek { .. } | Self::CalendarMonth | Self::RollingDays(_))
    }

    /// The limit that the period brings along, beside which no other is asked: 1 for a gap, the burst for a rate.
    pub const fn own_limit(self) -> Option<NonZeroU32> {
        match self {
            Self::MinGap(_) => Some(NonZeroU32::MIN),
            Self::Gcra(gcra) => Some(gcra.burst()),
            _ => None,
        }
    }

    /// The age from which on a send no longer counts whatever the zone, or `None` if one may count for ever.
    ///
    /// For whoever keeps the history: what is older may be forgotten. A calendar period reaches two days further than
    /// its name says, as far as two offsets can lie apart.
    ///
    /// ```
    /// use waypost::time::{Period, Span};
    ///
    /// assert_eq!(Period::sliding(Span::hours(24))?.reach(), Some(Span::hours(24)));
    /// assert_eq!(Period::CalendarDay.reach(), Some(Span::days(3)));
    /// assert_eq!(Period::Lifetime.reach(), None);
    /// # Ok::<(), waypost::time::InvalidSpan>(())
    /// ```
    pub const fn reach(self) -> Option<Span> {
        const APART: u32 = 2;
        match self {
            Self::Sliding(span) | Self::Fixed(span) | Self::MinGap(span) => Some(span.as_span()),
            Self::CalendarDay => Some(Span::days(1 + APART)),
            Self::CalendarWeek { .. } => Some(Span::days(7 + APART)),
            Self::CalendarMonth => Some(Span::days(31 + APART)),
            Self::RollingDays(days) => Some(Span::days(days.get() as u32 + APART)),
            Self::Lifetime | Self::Gcra(_) => None,
        }
    }

    /// Does a send with this local reading count at that one? Of a period that reads a wall clock.
    pub(super) fn counts(self, sent: Reading, now: Reading) -> bool {
        match self {
            Self::CalendarDay => sent.day() == now.day(),
            Self::CalendarWeek { start } => sent.week_from(start) == now.week_from(start),
            Self::CalendarMonth => sent.month() == now.month(),
            Self::RollingDays(days) => sent.day() > now.day() - i64::from(days.get()),
            _ => true,
        }
    }
}

/// Reads after a count, and for a period with its own limit in its place: `in any 1 day`, `a calendar month`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sliding(span) => write!(f, "in any {}", span.as_span().words()),
            Self::CalendarDay => f.write_str("a calendar day"),
            Self::CalendarWeek { start } => write!(f, "a week from {}", Days::one(*start)),
            Self::CalendarMonth => f.write_str("a calendar month"),
            Self::RollingDays(days) => write!(f, "in {days} calendar days"),
            Self::Fixed(span) => write!(f, "per fixed {}", span.as_span().words()),
            Self::Lifetime => f.write_str("ever"),
            Self::MinGap(span) => write!(f, "at least {} apart", span.as_span().words()),
            Self::Gcra(gcra) => write!(f, "every {}, {} at once", gcra.every().words(), gcra.burst()),
        }
    }
}

/// The period as it stands in a document, but for a sliding one that is a plain span.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Document {
    Sliding(PositiveSpan),
    CalendarDay,
    CalendarWeek(WeekStart),
    CalendarMonth,
    RollingDays(#[serde(deserialize_with = "positive")] NonZeroU16),
    Fixed(PositiveSpan),
    Lifetime,
    MinGap(PositiveSpan),
    Gcra(Gcra),
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Sliding(span) => return span.serialize(to),
            Self::CalendarDay => Document::CalendarDay,
            Self::CalendarWeek { start } => Document::CalendarWeek(WeekStart(start)),
            Self::CalendarMonth => Document::CalendarMonth,
            Self::RollingDays(days) => Document::RollingDays(days),
            Self::Fixed(span) => Document::Fixed(span),
            Self::Lifetime => Document::Lifetime,
            Self::MinGap(span) => Document::MinGap(span),
            Self::Gcra(gcra) => Document::Gcra(gcra),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Period;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a period such as `1d`, `calendar_day` or `{ rolling_days = 30 }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Period, E> {
                match text {
                    "calendar_day" => Ok(Period::CalendarDay),
                    "calendar_month" => Ok(Period::CalendarMonth),
                    "lifetime" => Ok(Period::Lifetime),
                    "calendar_week" => {
                        Err(E::custom("expected the day a week begins on, `{ calendar_week = \"mon\" }`"))
                    }
                    _ if text.starts_with(|c: char| c.is_ascii_digit()) => {
                        text.parse().and_then(Period::sliding).map_err(E::custom)
                    }
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Period, E> {
                PositiveSpan::deserialize(de::value::U64Deserializer::new(seconds)).map(Period::Sliding)
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Period, E> {
                PositiveSpan::deserialize(de::value::I64Deserializer::new(seconds)).map(Period::Sliding)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Period, A::Error> {
                Ok(match Document::deserialize(de::value::MapAccessDeserializer::new(map))? {
                    Document::Sliding(span) => Period::Sliding(span),
                    Document::CalendarDay => Period::CalendarDay,
                    Document::CalendarWeek(WeekStart(start)) => Period::CalendarWeek { start },
                    Document::CalendarMonth => Period::CalendarMonth,
                    Document::RollingDays(days) => Period::RollingDays(days),
                    Document::Fixed(span) => Period::Fixed(span),
                    Document::Lifetime => Period::Lifetime,
                    Document::MinGap(span) => Period::MinGap(span),
                    Document::Gcra(gcra) => Period::Gcra(gcra),
                })
            }
        }

        from.deserialize_any(Visitor)
    }
}

/// A weekday by its name, `mon` to `sun`.
struct WeekStart(Weekday);

impl Serialize for WeekStart {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Days::one(self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for WeekStart {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let days = Days::deserialize(from)?;
        let mut each = days.iter();
        match (each.next(), each.next()) {
            (Some(start), None) => Ok(Self(start)),
            _ => Err(de::Error::custom(format_args!("a week begins on one day, not on `{days}`"))),
        }
    }
}

/// A whole number above zero, refused in words that name no type.
pub(super) fn positive<'de, D, N>(from: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<NonZeroU64>,
{
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = NonZeroU64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number above 0")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<NonZeroU64, E> {
            NonZeroU64::new(number).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<NonZeroU64, E> {
            let positive = u64::try_from(number).ok().and_then(NonZeroU64::new);
            positive.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
        }
    }

    let number = from.deserialize_u64(Visitor)?;
    N::try_from(number).map_err(|_| de::Error::custom(format_args!("`{number}` is too large here")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_period_reads_back() {
        #[track_caller]
        fn check(json: &str, words: &str, written: &str) {
            let period: Period = serde_json::from_str(json).expect(json);
            assert_eq!(period.to_string(), words);
            assert_eq!(serde_json::to_string(&period).expect("a document"), written);
            assert_eq!(serde_json::from_str::<Period>(written).expect(written), period);
        }
        check(r#""36h""#, "in any 1 day 12 h", r#""1d12h""#);
        check("3600", "in any 1 h", r#""1h""#);
        check(r#"{"sliding":"1w"}"#, "in any 1 week", r#""1w""#);
        check(r#""calendar_day""#, "a calendar day", r#""calendar_day""#);
        check(r#"{"calendar_week":"mon"}"#, "a week from mon", r#"{"calendar_week":"mon"}"#);
        check(r#"{"calendar_week":[7]}"#, "a week from sun", r#"{"calendar_week":"sun"}"#);
        check(r#""calendar_month""#, "a calendar month", r#""calendar_month""#);
        check(r#"{"rolling_days":30}"#, "in 30 calendar days", r#"{"rolling_days":30}"#);
        check(r#"{"fixed":"1h"}"#, "per fixed 1 h", r#"{"fixed":"1h"}"#);
        check(r#""lifetime""#, "ever", r#""lifetime""#);
        check(r#"{"min_gap":"2h"}"#, "at least 2 h apart", r#"{"min_gap":"2h"}"#);
        let rate = r#"{"gcra":{"every":"10m","burst":3}}"#;
        check(rate, "every 10 min, 3 at once", rate);
    }

    #[test]
    fn the_refusal_says_what_was_expected() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let error = serde_json::from_str::<Period>(json).expect_err(json).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        check(r#""0s""#, "expected a duration longer than `0s`");
        check("0", "expected a duration longer than `0s`");
        check("-1", "invalid value: integer `-1`, expected a duration");
        check(r#""1y""#, "expected a duration such as `90s`");
        check(r#""week""#, r#"invalid value: string "week", expected a period such as `1d`, `calendar_day` or"#);
        check(r#""calendar_week""#, "expected the day a week begins on");
        check(r#"{"calendar_week":"mon-tue"}"#, "a week begins on one day, not on `mon,tue`");
        check(r#"{"rolling_days":0}"#, "invalid value: integer `0`, expected a whole number above 0");
        check(r#"{"rolling_days":65536}"#, "`65536` is too large here");
        check(r#"{"min_gap":"0s"}"#, "expected a duration longer than `0s`");
        check(r#"{"gcra":{"every":"1m","burst":0}}"#, "invalid value: integer `0`, expected a whole number above 0");
        check(r#"{"gcra":{"every":"0s","burst":1}}"#, "expected a duration longer than `0s`");
        check(r#"{"hourly":"1h"}"#, "unknown variant `hourly`");
        check("true", "invalid type: boolean `true`, expected a period");
    }
}
