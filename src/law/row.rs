//! A row of law: where, on which kinds, for which purposes, what it asks, since when, and who says so.

use std::{borrow::Cow, num::NonZeroU16};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    codes::codes,
    id::LawId,
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    law::{Closing, LiftedBy, OneOrMore},
    policy::ConsentRule,
    purpose::Purpose,
    time::{Period, Window, ZoneName},
};

codes! {
    /// What a row is about.
    ///
    /// The router acts on the first five; the others are knowledge that it reports beside a decision and leaves to
    /// people and to other programs.
    closed RowKind, "kind of law row" {
        /// When may be sent.
        Hours = "hours",
        /// How often may be sent.
        Cap = "cap",
        /// How long a refusal keeps everybody quiet, whatever was agreed since.
        CoolOff = "cool_off",
        /// What is asked of the customer's consent.
        Consent = "consent",
        /// How old the answer of a registry may be.
        Freshness = "freshness",
        /// How consent is taken back, and within which time that is honoured.
        Revocation = "revocation",
        /// For how long proof is kept.
        Retention = "retention",
        /// Where senders or campaigns have to be registered.
        Registration = "registration",
        /// How often consent has to be confirmed again.
        Renewal = "renewal",
        /// Anything else worth knowing.
        Notice = "notice",
    }
}

impl RowKind {
    /// Whether the router acts upon it.
    pub fn acts(self) -> bool {
        matches!(self, Self::Hours | Self::Cap | Self::CoolOff | Self::Consent | Self::Freshness)
    }
}

codes! {
    /// Whether a row is law at all; only what is in force is acted upon, and only within its dates.
    closed Status, "status of a law row" {
        /// It binds.
        InForce = "in_force",
        /// It was passed, and its beginning was put off.
        Postponed = "postponed",
        /// It was proposed.
        Draft = "draft",
        /// It bound once.
        Repealed = "repealed",
    }
}

codes! {
    /// How well a row is founded.
    closed Confidence, "confidence in a law row" {
        /// The primary text was read.
        Primary = "primary",
        /// Somebody's account of it was read.
        Secondary = "secondary",
        /// Accounts contradict each other: each is a row of its own, and the strictest counts.
        Disputed = "disputed",
    }
}

codes! {
    /// What the sends that a cap counts have in common, besides kind and purpose.
    closed CapOf, "scope of a law's cap" {
        /// The customer.
        Person = "person",
        /// The customer and the topic.
        Topic = "topic",
    }
}

codes! {
    /// Which instant has to lie in the hours.
    closed Counts, "counted instant" {
        /// That of the delivery: the router stops the [margin](crate::Jurisdictions::margin) before the hours close.
        Delivery = "delivery",
        /// That of the dispatch.
        Dispatch = "dispatch",
    }
}

/// Whose wall clock is read for hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Clock {
    /// The customer's: in every zone that the customer may be in.
    #[default]
    Recipient,
    /// That of one zone.
    Fixed(ZoneName),
    /// Both.
    Both(ZoneName),
}

/// What a row asks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Provision {
    /// Sending is permitted in some window, and on no closed day.
    Hours {
        /// Whose wall clock is read.
        clock: Clock,
        /// The windows; none at all leave every hour of the days that are not closed.
        windows: Vec<Window>,
        /// Days on which nothing is permitted.
        closed: Vec<Closing>,
        /// Which instant has to lie inside.
        counts: Counts,
    },
    /// At most so many sends.
    Cap {
        /// The most.
        limit: u32,
        /// Over which time.
        per: Period,
        /// Of what.
        scope: CapOf,
    },
    /// No sends for so many calendar days after the day of a refusal; `None` is for ever.
    CoolOff {
        /// How many.
        days: Option<NonZeroU16>,
    },
    /// What is asked of the customer's consent.
    Consent {
        /// The least.
        rule: ConsentRule,
    },
    /// Sending needs an answer of the registry that is at most so many days old; reported only, for the caller to ask.
    Freshness {
        /// How many.
        days: NonZeroU16,
    },
    /// Knowledge of this kind, which the router only reports.
    Told(RowKind),
}

impl Provision {
    /// What it is about.
    pub fn kind(&self) -> RowKind {
        match self {
            Self::Hours { .. } => RowKind::Hours,
            Self::Cap { .. } => RowKind::Cap,
            Self::CoolOff { .. } => RowKind::CoolOff,
            Self::Consent { .. } => RowKind::Consent,
            Self::Freshness { .. } => RowKind::Freshness,
            Self::Told(kind) => *kind,
        }
    }
}

/// A row of law.
///
/// In documents it is flat, with its [kind](RowKind) under `kind` and the fields of the [`Provision`] beside the others:
///
/// | kind | its own fields |
/// | --- | --- |
/// | `hours` | `clock`, `windows`, `closed`, `counts` |
/// | `cap` | `limit`, `per` (a [`Period`]), `scope` |
/// | `cool_off` | `days` or `for_ever` |
/// | `consent` | `rule` |
/// | `freshness` | `days` |
///
/// ```
/// use waypost::law::{Row, RowKind};
///
/// let row: Row = toml::from_str(r#"
/// id = "fr-call-hours"
/// jurisdiction = "FR"
/// channels = ["voice"]
/// purposes = ["marketing"]
/// kind = "hours"
/// windows = ["mon-fri 10:00-13:00", "mon-fri 14:00-20:00"]
/// closed = "holidays:FR"
/// lifted_by = "consent:express"
/// effective_from = "2023-03-01"
/// source = "Code de la consommation D.223-9"
/// verified = "2026-11-21"
/// confidence = "primary"
/// "#)?;
/// assert_eq!(row.provision.kind(), RowKind::Hours);
/// assert!(row.is_in_force("2026-11-23T11:00:00Z".parse().unwrap()));
/// assert!(!row.is_in_force("2023-02-27T11:00:00Z".parse().unwrap()));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
#[non_exhaustive]
pub struct Row {
    /// Its name, which reasons give; no two rows share one.
    pub id: LawId,
    /// Where it binds, parts included.
    pub jurisdiction: Jurisdiction,
    /// On which kinds; empty is on all.
    pub channels: Vec<ChannelKind>,
    /// For which purposes; one that cannot be read may be any of them.
    pub purposes: Vec<Purpose>,
    /// What it asks.
    pub provision: Provision,
    /// What sets it aside.
    pub lifted_by: Vec<LiftedBy>,
    /// Whether it is law.
    pub status: Status,
    /// The first day on which it binds.
    pub effective_from: Option<NaiveDate>,
    /// The last day on which it binds.
    pub effective_to: Option<NaiveDate>,
    /// Where it is written.
    pub source: Box<str>,
    /// When that was written.
    pub source_date: Option<NaiveDate>,
    /// When somebody last looked.
    pub verified: NaiveDate,
    /// How well it is founded.
    pub confidence: Confidence,
    /// What else is to be said.
    pub note: Option<Box<str>>,
}

/// A row that makes no sense, or that says something which means nothing for its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row `{row}`: `{field}` {problem}")]
pub struct InvalidRow {
    row: LawId,
    field: &'static str,
    problem: Cow<'static, str>,
}

impl InvalidRow {
    pub(crate) fn new(row: LawId, field: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { row, field, problem: problem.into() }
    }

    /// The row.
    pub fn row(&self) -> LawId {
        self.row
    }

    /// The field.
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// Most windows of one row: a week of lunch breaks has 14.
const MOST_WINDOWS: usize = 64;
/// Most days that a cool-off or a registry looks back: what is longer is for ever.
const MOST_DAYS: u16 = 366;
/// Longest citation or note, in bytes.
const LONGEST_TEXT: usize = 1000;
/// The first place of the earth where a date begins, and the last where it ends.
const FIRST_TO_BEGIN: TimeDelta = TimeDelta::hours(14);
const LAST_TO_END: TimeDelta = TimeDelta::hours(12);

impl Row {
    /// A row that is in force without end, on every kind, founded on a primary text.
    pub fn new(
        id: LawId,
        jurisdiction: Jurisdiction,
        purposes: Vec<Purpose>,
        provision: Provision,
        source: &str,
        verified: NaiveDate,
    ) -> Self {
        Self {
            id,
            jurisdiction,
            channels: Vec::new(),
            purposes,
            provision,
            lifted_by: Vec::new(),
            status: Status::InForce,
            effective_from: None,
            effective_to: None,
            source: source.into(),
            source_date: None,
            verified,
            confidence: Confidence::Primary,
            note: None,
        }
    }

    /// Whether it binds at an instant.
    ///
    /// A day begins where on earth it begins first and ends where it ends last, so a row binds everywhere in its
    /// jurisdiction on every day on which it binds anywhere.
    pub fn is_in_force(&self, at: DateTime<Utc>) -> bool {
        self.status == Status::InForce && self.begins() <= at && at < self.ends()
    }

    /// Whether it speaks of a kind.
    pub fn speaks_of(&self, kind: ChannelKind) -> bool {
        self.channels.is_empty() || self.channels.contains(&kind)
    }

    /// Whether it is about a purpose, as far as this version can tell.
    pub fn is_about(&self, purpose: Purpose) -> bool {
        self.purposes.iter().any(|about| about.may_be(purpose))
    }

    /// The first instant at which it binds anywhere.
    pub(crate) fn begins(&self) -> DateTime<Utc> {
        let midnight = self.effective_from.map(|day| day.and_time(NaiveTime::MIN).and_utc());
        midnight.map_or(DateTime::<Utc>::MIN_UTC, |at| {
            at.checked_sub_signed(FIRST_TO_BEGIN).unwrap_or(DateTime::<Utc>::MIN_UTC)
        })
    }

    /// The first instant at which it binds nowhere any more.
    pub(crate) fn ends(&self) -> DateTime<Utc> {
        let midnight =
            self.effective_to.and_then(|day| day.succ_opt()).map(|day| day.and_time(NaiveTime::MIN).and_utc());
        midnight.and_then(|at| at.checked_add_signed(LAST_TO_END)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// What every row must keep, wherever it was written.
    pub(crate) fn check(&self) -> Result<(), InvalidRow> {
        let wrong = |field, problem: &'static str| Err(InvalidRow::new(self.id, field, problem));
        if self.purposes.is_empty() {
            return wrong("purposes", "names none, expected at least one");
        }
        if self.source.trim().is_empty() {
            return wrong("source", "is empty, expected where the law is written");
        }
        for (field, text) in [("source", Some(&self.source)), ("note", self.note.as_ref())] {
            if text.is_some_and(|text| text.len() > LONGEST_TEXT) {
                return wrong(field, "is longer than 1000 bytes");
            }
        }
        if let (Some(from), Some(to)) = (self.effective_from, self.effective_to)
            && to < from
        {
            return wrong("effective_to", "lies before `effective_from`");
        }
        let days = |days: NonZeroU16| if days.get() > MOST_DAYS { wrong("days", "is over 366") } else { Ok(()) };
        match &self.provision {
            Provision::Hours { windows, closed, .. } => {
                if windows.is_empty() && closed.is_empty() {
                    return wrong("windows", "names none and no day is `closed`, expected at least one window");
                }
                if windows.len() > MOST_WINDOWS {
                    return wrong("windows", "names more than 64");
                }
                if closed.len() > MOST_WINDOWS {
                    return wrong("closed", "names more than 64");
                }
            }
            Provision::Cap { limit, per, .. } => {
                if *limit == 0 {
                    return wrong("limit", "is 0, which forbids: expected at least 1");
                }
                if matches!(per, Period::RollingDays(days) if *days > Period::MOST_DAYS) {
                    return wrong("per", "rolls over more than 366 days: expected at most so many");
                }
                if per.own_limit().is_some() {
                    return wrong("per", "brings a limit of its own: expected a stretch of time or of the calendar");
                }
            }
            Provision::CoolOff { days: count } => count.map_or(Ok(()), days)?,
            Provision::Consent { rule } => {
                if *rule == ConsentRule::None {
                    return wrong("rule", "is `none`, which asks nothing: expected `opt_out` or `opt_in`");
                }
            }
            Provision::Freshness { days: count } => days(*count)?,
            Provision::Told(kind) => {
                if kind.acts() {
                    return wrong("kind", "is one that asks something, without what it asks");
                }
                if !self.lifted_by.is_empty() {
                    return wrong("lifted_by", "sets nothing aside in a row that is only reported");
                }
            }
        }
        Ok(())
    }
}

/// A row as documents have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a row of law")]
struct Flat {
    id: LawId,
    jurisdiction: Jurisdiction,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_kinds")]
    channels: Option<Vec<ChannelKind>>,
    purposes: Vec<Purpose>,
    kind: RowKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<Clock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    windows: Option<Vec<Window>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed: Option<OneOrMore<Closing>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_ever: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<CapOf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<ConsentRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifted_by: Option<OneOrMore<LiftedBy>>,
    #[serde(default = "in_force")]
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_to: Option<NaiveDate>,
    source: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_date: Option<NaiveDate>,
    verified: NaiveDate,
    confidence: Confidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Box<str>>,
}

fn in_force() -> Status {
    Status::InForce
}

/// An empty list would read as no kind and mean every kind.
fn some_kinds<'de, D: de::Deserializer<'de>>(from: D) -> Result<Option<Vec<ChannelKind>>, D::Error> {
    let kinds = Vec::<ChannelKind>::deserialize(from)?;
    if kinds.is_empty() {
        return Err(de::Error::custom("`channels` names no kind: leave it out for all kinds"));
    }
    Ok(Some(kinds))
}

impl TryFrom<Flat> for Row {
    type Error = InvalidRow;

    fn try_from(flat: Flat) -> Result<Self, InvalidRow> {
        let (id, kind) = (flat.id, flat.kind);
        let days = match flat.days {
            Some(days) => {
                let days = NonZeroU16::new(days);
                Some(days.ok_or_else(|| InvalidRow::new(id, "days", "is 0, expected at least 1"))?)
            }
            None => None,
        };
        let missing = |field| InvalidRow::new(id, field, format!("is missing, and a row of kind `{kind}` needs it"));
        // Fields that say nothing for the kind are slips: dropping one could drop a restriction.
        let own: &[&str] = match kind {
            RowKind::Hours => &["clock", "windows", "closed", "counts"],
            RowKind::Cap => &["limit", "per", "scope"],
            RowKind::CoolOff => &["days", "for_ever"],
            RowKind::Consent => &["rule"],
            RowKind::Freshness => &["days"],
            _ => &[],
        };
        let said = [
            ("clock", flat.clock.is_some()),
            ("windows", flat.windows.is_some()),
            ("closed", flat.closed.is_some()),
            ("counts", flat.counts.is_some()),
            ("limit", flat.limit.is_some()),
            ("per", flat.per.is_some()),
            ("days", flat.days.is_some()),
            ("for_ever", flat.for_ever.is_some()),
            ("scope", flat.scope.is_some()),
            ("rule", flat.rule.is_some()),
        ];
        if let Some((field, _)) = said.iter().find(|(field, said)| *said && !own.contains(field)) {
            return Err(InvalidRow::new(id, field, format!("says nothing for a row of kind `{kind}`")));
        }
        let provision = match kind {
            RowKind::Hours => Provision::Hours {
                clock: flat.clock.unwrap_or_default(),
                windows: flat.windows.unwrap_or_default(),
                closed: flat.closed.map(|OneOrMore(closed)| closed).unwrap_or_default(),
                counts: flat.counts.unwrap_or(Counts::Delivery),
            },
            RowKind::Cap => Provision::Cap {
                limit: flat.limit.ok_or_else(|| missing("limit"))?,
                per: flat.per.ok_or_else(|| missing("per"))?,
                scope: flat.scope.unwrap_or(CapOf::Person),
            },
            RowKind::CoolOff => Provision::CoolOff {
                days: match (days, flat.for_ever) {
                    (Some(days), None) => Some(days),
                    (None, Some(true)) => None,
                    (Some(_), Some(_)) => {
                        return Err(InvalidRow::new(id, "for_ever", "stands beside `days`, expected one"));
                    }
                    (None, Some(false)) => return Err(InvalidRow::new(id, "for_ever", "is false: say `days`")),
                    (None, None) => return Err(missing("days")),
                },
            },
            RowKind::Consent => Provision::Consent { rule: flat.rule.ok_or_else(|| missing("rule"))? },
            RowKind::Freshness => Provision::Freshness { days: days.ok_or_else(|| missing("days"))? },
            told => Provision::Told(told),
        };
        let row = Self {
            id,
            jurisdiction: flat.jurisdiction,
            channels: flat.channels.unwrap_or_default(),
            purposes: flat.purposes,
            provision,
            lifted_by: flat.lifted_by.map(|OneOrMore(lifted_by)| lifted_by).unwrap_or_default(),
            status: flat.status,
            effective_from: flat.effective_from,
            effective_to: flat.effective_to,
            source: flat.source,
            source_date: flat.source_date,
            verified: flat.verified,
            confidence: flat.confidence,
            note: flat.note,
        };
        row.check()?;
        Ok(row)
    }
}

impl From<Row> for Flat {
    fn from(row: Row) -> Self {
        fn listed<T>(list: Vec<T>) -> Option<OneOrMore<T>> {
            (!list.is_empty()).then_some(OneOrMore(list))
        }
        let mut flat = Self {
            id: row.id,
            jurisdiction: row.jurisdiction,
            channels: Some(row.channels).filter(|kinds| !kinds.is_empty()),
            purposes: row.purposes,
            kind: row.provision.kind(),
            clock: None,
            windows: None,
            closed: None,
            counts: None,
            limit: None,
            per: None,
            days: None,
            for_ever: None,
            scope: None,
            rule: None,
            lifted_by: listed(row.lifted_by),
            status: row.status,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            source: row.source,
            source_date: row.source_date,
            verified: row.verified,
            confidence: row.confidence,
            note: row.note,
        };
        match row.provision {
            Provision::Hours { clock, windows, closed, counts } => {
                (flat.clock, flat.windows, flat.closed) = (Some(clock), Some(windows), listed(closed));
                flat.counts = Some(counts).filter(|counts| *counts != Counts::Delivery);
            }
            Provision::Cap { limit, per, scope } => {
                (flat.limit, flat.per, flat.scope) = (Some(limit), Some(per), Some(scope));
            }
            Provision::CoolOff { days } => {
                (flat.days, flat.for_ever) = (days.map(NonZeroU16::get), days.is_none().then_some(true))
            }
            Provision::Consent { rule } => flat.rule = Some(rule),
            Provision::Freshness { days } => flat.days = Some(days.get()),
            Provision::Told(_) => {}
        }
        flat
    }
}
