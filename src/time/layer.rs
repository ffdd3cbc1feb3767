//! One party's hours.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    OffsetFromUtc, Window,
    walk::{Answer, ClockRule, Reading, first, offset_at},
};

/// Whose hours a [`Layer`] holds, or that it is a cap that blocks.
///
/// Each has the name under which documents and explanations speak of it.
///
/// ```
/// use waypost::time::LayerKind;
///
/// assert_eq!(LayerKind::Law.to_string(), "law");
/// assert!(LayerKind::Law < LayerKind::Customer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LayerKind {
    /// The hours that the law of the recipient's place permits.
    Law,
    /// The hours in which the sender sends.
    Sender,
    /// The customer's quiet hours.
    Customer,
    /// The hours in which a channel works.
    Channel,
    /// The hours in which somebody is there to answer.
    Agent,
    /// Not hours but a cap: how often anybody is reached, a [`Quota`](super::Quota).
    Cap,
}

impl LayerKind {
    /// The name in documents and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Sender => "sender",
            Self::Customer => "customer",
            Self::Channel => "channel",
            Self::Agent => "agent",
            Self::Cap => "cap",
        }
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One party's hours in one zone, borrowed from wherever they are kept.
///
/// | field | says | when empty |
/// | --- | --- | --- |
/// | `allow` | some window must be open | every hour is allowed |
/// | `deny` | no window may be open | nothing is denied |
/// | `closed` | the local date must not be listed, in any order | no date is closed |
///
/// All three must agree. A closed date removes exactly that date, also the early hours that belong to the window of the
/// evening before.
///
/// ```
/// use chrono::FixedOffset;
/// use waypost::time::{Layer, LayerKind, Window};
///
/// let quiet: [Window; 1] = ["22:00-07:00".parse()?];
/// let berlin_in_summer = FixedOffset::east_opt(2 * 3600).unwrap();
/// let layer = Layer { deny: &quiet, ..Layer::open(LayerKind::Customer, berlin_in_summer) };
///
/// assert!(layer.permits("2026-07-01T19:59:59Z".parse().unwrap()));
/// assert!(!layer.permits("2026-07-01T20:00:00Z".parse().unwrap())); // 22:00 there
/// assert!(layer.permits("2026-07-02T05:00:00Z".parse().unwrap()));
/// # Ok::<(), waypost::time::InvalidWindow>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a, Z> {
    /// Whose hours these are.
    pub kind: LayerKind,
    /// Whose wall clock is read.
    pub zone: Z,
    /// Windows of which one must be open; none at all allow every hour.
    pub allow: &'a [Window],
    /// Windows of which none may be open.
    pub deny: &'a [Window],
    /// Local dates on which nothing is permitted.
    pub closed: &'a [NaiveDate],
}

impl<Z> Layer<'_, Z> {
    /// A layer without rules, which permits every instant: the start of a struct update.
    pub const fn open(kind: LayerKind, zone: Z) -> Self {
        Self { kind, zone, allow: &[], deny: &[], closed: &[] }
    }

    const fn has_no_rules(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty() && self.closed.is_empty()
    }
}

impl<Z: OffsetFromUtc> Layer<'_, Z> {
    /// Does this layer permit sending at `at`?
    pub fn permits(&self, at: DateTime<Utc>) -> bool {
        self.has_no_rules() || {
            let second = at.timestamp();
            self.judge(second, Reading::of(second, offset_at(&self.zone, second))) == Answer::Permit
        }
    }

    /// The first second in `from..limit` to which the rules give the wanted answer.
    pub(super) fn first(&self, wanted: Answer, from: i64, limit: i64) -> Option<i64> {
        if self.has_no_rules() {
            return (wanted == Answer::Permit && from < limit).then_some(from);
        }
        first(self, &self.zone, wanted, from, limit)
    }
}

impl<Z> ClockRule for Layer<'_, Z> {
    fn judge(&self, _second: i64, local: Reading) -> Answer {
        let weekday = local.weekday();
        let minute = local.minute();
        let permitted = (self.allow.is_empty() || self.allow.iter().any(|window| window.is_open(weekday, minute)))
            && !self.deny.iter().any(|window| window.is_open(weekday, minute))
            && (self.closed.is_empty() || local.date().is_none_or(|date| !self.closed.contains(&date)));
        if permitted { Answer::Permit } else { Answer::Block }
    }

    fn edge_after(&self, _second: i64, local: Reading) -> Reading {
        let minute = local.minute();
        let edges = self.allow.iter().chain(self.deny).flat_map(Window::edges);
        let next = edges.filter(|edge| *edge > minute).min();
        local.at_minute(next.unwrap_or(24 * 60))
    }
}
