//! One line of questions: layers and caps at an instant, or a rate and arrivals.

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc, Weekday};
use serde::{Deserialize, Deserializer, de};
use waypost::time::{Gcra, LayerKind, Period, PositiveSpan, Window, ZoneName};

/// How instants are read and written: UTC, whole seconds.
pub(crate) const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// What a line asks.
pub(crate) enum Question {
    Opening(Opening),
    Rate(Rate),
}

/// When is the next send permitted?
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) layers: Vec<Hours>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) sent: Vec<DateTime<Utc>>,
    pub(crate) horizon_days: u16,
}

/// Which of these arrivals does a rate let through?
pub(crate) struct Rate {
    pub(crate) id: String,
    pub(crate) gcra: Gcra,
    /// Seconds since 1970, in order.
    pub(crate) arrivals: Vec<i64>,
}

/// One layer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// Whose hours they are; the sender's where nothing is said.
    #[serde(default = "senders")]
    pub(crate) kind: LayerKind,
    pub(crate) zone: ZoneName,
    #[serde(default)]
    pub(crate) allow: Vec<Window>,
    #[serde(default)]
    pub(crate) deny: Vec<Window>,
    #[serde(default)]
    pub(crate) closed: Vec<NaiveDate>,
}

fn senders() -> LayerKind {
    LayerKind::Sender
}

/// One cap.
pub(crate) struct Cap {
    pub(crate) period: Period,
    pub(crate) limit: u32,
    /// UTC where the period asks none.
    pub(crate) zone: ZoneName,
}

impl Question {
    /// Reads a line; the error names the column, counted from 1, and what was expected there.
    pub(crate) fn read(line: &str) -> Result<Self, String> {
        let asked: Asked = serde_json::from_str(line).map_err(|error| {
            let text = error.to_string();
            let cause = text.rsplit_once(" at line ").map_or(&*text, |(cause, _)| cause);
            format!("column {}: {cause}", error.column())
        })?;
        asked.question()
    }
}

/// All keys of a line, answers that it may carry included.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the answers that a line carries are not read")]
struct Asked {
    id: String,
    #[serde(default, deserialize_with = "some_instant")]
    at: Option<DateTime<Utc>>,
    kind: Option<LayerKind>,
    zone: Option<ZoneName>,
    allow: Option<Vec<Window>>,
    deny: Option<Vec<Window>>,
    closed: Option<Vec<NaiveDate>>,
    all_of: Option<Vec<Hours>>,
    caps: Option<Vec<CapAsked>>,
    #[serde(default, deserialize_with = "instants")]
    sent: Vec<DateTime<Utc>>,
    horizon_days: Option<u16>,

    emission_seconds: Option<PositiveSpan>,
    burst: Option<u32>,
    arrivals: Option<Vec<i64>>,

    tag: Option<de::IgnoredAny>,
    permitted: Option<de::IgnoredAny>,
    allowed: Option<de::IgnoredAny>,
    next: Option<de::IgnoredAny>,
    until: Option<de::IgnoredAny>,
    counts: Option<de::IgnoredAny>,
    retry_at: Option<de::IgnoredAny>,
}

/// More than a month of closed days, and any week.
const HORIZON_DAYS: u16 = 40;
/// As far as a schedule looks.
const LONGEST_HORIZON_DAYS: u16 = 400;

impl Asked {
    fn question(self) -> Result<Question, String> {
        if self.emission_seconds.is_some() || self.burst.is_some() || self.arrivals.is_some() {
            return self.rate().map(Question::Rate);
        }
        let has_rules = self.kind.is_some() || self.allow.is_some() || self.deny.is_some() || self.closed.is_some();
        let single = match self.zone {
            Some(zone) => Some(Hours {
                kind: self.kind.unwrap_or_else(senders),
                zone,
                allow: self.allow.unwrap_or_default(),
                deny: self.deny.unwrap_or_default(),
                closed: self.closed.unwrap_or_default(),
            }),
            None if has_rules => return Err("expected a `zone` beside the rules of a layer".to_owned()),
            None => None,
        };
        if single.is_none() && self.all_of.is_none() && self.caps.is_none() {
            return Err(
                "expected a layer (`zone`), layers (`all_of`), `caps`, or a rate (`emission_seconds`)".to_owned()
            );
        }
        let horizon_days = self.horizon_days.unwrap_or(HORIZON_DAYS);
        if horizon_days > LONGEST_HORIZON_DAYS {
            return Err(format!("expected `horizon_days` up to {LONGEST_HORIZON_DAYS}, not {horizon_days}"));
        }
        Ok(Question::Opening(Opening {
            id: self.id,
            at: self.at.ok_or("expected an instant `at`")?,
            layers: single.into_iter().chain(self.all_of.unwrap_or_default()).collect(),
            caps: self.caps.unwrap_or_default().into_iter().map(CapAsked::cap).collect::<Result<_, _>>()?,
            sent: self.sent,
            horizon_days,
        }))
    }

    fn rate(self) -> Result<Rate, String> {
        let every = self.emission_seconds.ok_or("expected `emission_seconds` beside `burst` and `arrivals`")?;
        let burst = self.burst.ok_or("expected a `burst` beside `emission_seconds`")?;
        let arrivals = self.arrivals.ok_or("expected `arrivals` beside `emission_seconds`")?;
        if !arrivals.is_sorted() {
            return Err("expected `arrivals` in order".to_owned());
        }
        // Whoever keeps to the calendar asks about instants that it has.
        if let Some(second) = arrivals.iter().find(|second| DateTime::from_timestamp(**second, 0).is_none()) {
            return Err(format!("expected `arrivals` in seconds since 1970, not {second}"));
        }
        Ok(Rate { id: self.id, gcra: gcra(every, burst)?, arrivals })
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum CapAsked {
    Sliding { limit: u32, seconds: PositiveSpan },
    Fixed { limit: u32, seconds: PositiveSpan },
    CalendarDay { limit: u32, zone: ZoneName },
    CalendarWeek { limit: u32, zone: ZoneName, week_start: u8 },
    CalendarMonth { limit: u32, zone: ZoneName },
    RollingDays { limit: u32, zone: ZoneName, days: u16 },
    Lifetime { limit: u32 },
    MinGap { seconds: PositiveSpan },
    Gcra { emission_seconds: PositiveSpan, burst: u32 },
}

impl CapAsked {
    fn cap(self) -> Result<Cap, String> {
        let (period, limit, zone) = match self {
            Self::Sliding { limit, seconds } => (Period::Sliding(seconds), limit, ZoneName::UTC),
            Self::Fixed { limit, seconds } => (Period::Fixed(seconds), limit, ZoneName::UTC),
            Self::CalendarDay { limit, zone } => (Period::CalendarDay, limit, zone),
            Self::CalendarWeek { limit, zone, week_start } => {
                let day = week_start.checked_sub(1).and_then(|day| Weekday::try_from(day).ok());
                let expected = || format!("expected `week_start` from 1 (Monday) to 7 (Sunday), not {week_start}");
                (Period::CalendarWeek { start: day.ok_or_else(expected)? }, limit, zone)
            }
            Self::CalendarMonth { limit, zone } => (Period::CalendarMonth, limit, zone),
            Self::RollingDays { limit, zone, days } => {
                (Period::RollingDays(days.try_into().map_err(|_| "expected `days` above 0")?), limit, zone)
            }
            Self::Lifetime { limit } => (Period::Lifetime, limit, ZoneName::UTC),
            Self::MinGap { seconds } => (Period::MinGap(seconds), 1, ZoneName::UTC),
            Self::Gcra { emission_seconds, burst } => {
                (Period::Gcra(gcra(emission_seconds, burst)?), burst, ZoneName::UTC)
            }
        };
        if limit == 0 {
            return Err("expected a `limit` above 0".to_owned());
        }
        Ok(Cap { period, limit, zone })
    }
}

fn gcra(every: PositiveSpan, burst: u32) -> Result<Gcra, String> {
    let burst = NonZeroU32::new(burst).ok_or("expected a `burst` above 0")?;
    Gcra::new(every.as_span(), burst).map_err(|error| error.to_string())
}

/// An instant as these lines write it: UTC, whole seconds.
struct Instant(DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let read = NaiveDateTime::parse_from_str(&text, FORMAT).ok();
        let read = read.filter(|read| text.len() == 20 && read.nanosecond() == 0);
        let refused =
            || de::Error::custom(format_args!("expected an instant such as `2026-05-04T09:00:00Z`, not `{text}`"));
        Ok(Self(read.ok_or_else(refused)?.and_utc()))
    }
}

fn some_instant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Instant::deserialize(from).map(|instant| Some(instant.0))
}

fn instants<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<DateTime<Utc>>, D::Error> {
    Ok(Vec::<Instant>::deserialize(from)?.into_iter().map(|instant| instant.0).collect())
}
