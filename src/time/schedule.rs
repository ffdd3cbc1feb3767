//! Layers of hours, and the next instant that all of them permit.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{OffsetFromUtc, Window};

/// Whose hours a [`Layer`] holds.
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

    /// What the rules say to this reading of the wall clock.
    fn judge(&self, local: Reading) -> Answer {
        let weekday = local.weekday();
        let minute = local.minute();
        let permitted = (self.allow.is_empty() || self.allow.iter().any(|window| window.is_open(weekday, minute)))
            && !self.deny.iter().any(|window| window.is_open(weekday, minute))
            && (self.closed.is_empty() || local.date().is_none_or(|date| !self.closed.contains(&date)));
        if permitted { Answer::Permit } else { Answer::Block }
    }

    /// The next reading at which the rules may answer differently: an edge of some window, or midnight.
    fn edge_after(&self, local: Reading) -> Reading {
        let minute = local.minute();
        let edges = self.allow.iter().chain(self.deny).flat_map(Window::edges);
        let next = edges.filter(|edge| *edge > minute).min();
        local.at_minute(next.unwrap_or(24 * 60))
    }
}

impl<Z: OffsetFromUtc> Layer<'_, Z> {
    /// Does this layer permit sending at `at`?
    pub fn permits(&self, at: DateTime<Utc>) -> bool {
        self.has_no_rules() || self.judge(Reading::of(at.timestamp(), self.zone.offset_seconds(at))) == Answer::Permit
    }

    fn offset_at(&self, second: i64) -> i32 {
        // The walk may look past the last instant that chrono has; the offset does not change there.
        let at = DateTime::from_timestamp(second, 0);
        self.zone.offset_seconds(at.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// The first second in `from..limit` to which the rules give the wanted answer.
    ///
    /// Between two changes of the offset the wall clock runs with UTC, so the rules can only change their answer at
    /// their own edges and at midnight: those readings are tried, and then the stretch after the change.
    fn first(&self, wanted: Answer, from: i64, limit: i64) -> Option<i64> {
        if self.has_no_rules() {
            return (wanted == Answer::Permit && from < limit).then_some(from);
        }
        let mut start = from;
        let mut offset = self.offset_at(start);
        while start < limit {
            if self.judge(Reading::of(start, offset)) == wanted {
                return Some(start);
            }
            let mut end = limit.min(start + LONGEST_PROBE);
            let mut offset_after = self.offset_at(end);
            if offset_after != offset {
                end = self.first_change(offset, start, end);
                offset_after = self.offset_at(end);
            }
            let mut local = self.edge_after(Reading::of(start, offset));
            while local.second_of_utc(offset) < end {
                if self.judge(local) == wanted {
                    return Some(local.second_of_utc(offset));
                }
                local = self.edge_after(local);
            }
            (start, offset) = (end, offset_after);
        }
        None
    }

    /// The second at which the offset stops being `offset`, given that it is so at `start` and no longer at `end`.
    fn first_change(&self, offset: i32, mut start: i64, mut end: i64) -> i64 {
        while end - start > 1 {
            let middle = start + (end - start) / 2;
            if self.offset_at(middle) == offset {
                start = middle;
            } else {
                end = middle;
            }
        }
        end
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Block,
    Permit,
}

/// How far ahead one comparison of offsets looks, in seconds.
///
/// Two changes inside it that cancel out would go unseen. In the IANA tables no two changes of a zone are closer than
/// 344,400 seconds (Freetown, 1939), so six hours are careful.
const LONGEST_PROBE: i64 = 6 * 3600;

const SECONDS_A_DAY: i64 = 24 * 3600;

/// What a wall clock shows: seconds since the midnight that began 1970, on that clock.
///
/// It is a number rather than a [`chrono::NaiveDateTime`] so that the ends of chrono's calendar need no care.
#[derive(Clone, Copy)]
struct Reading {
    seconds: i64,
}

impl Reading {
    const fn of(second: i64, offset: i32) -> Self {
        Self { seconds: second + offset as i64 }
    }

    /// The UTC second at which a clock with this offset shows this reading.
    const fn second_of_utc(self, offset: i32) -> i64 {
        self.seconds - offset as i64
    }

    const fn day(self) -> i64 {
        self.seconds.div_euclid(SECONDS_A_DAY)
    }

    /// 0 for Monday to 6 for Sunday; 1 January 1970 was a Thursday.
    const fn weekday(self) -> u8 {
        (self.day() + 3).rem_euclid(7) as u8
    }

    const fn minute(self) -> u16 {
        (self.seconds.rem_euclid(SECONDS_A_DAY) / 60) as u16
    }

    /// The same day at another minute.
    const fn at_minute(self, minute: u16) -> Self {
        Self { seconds: self.day() * SECONDS_A_DAY + minute as i64 * 60 }
    }

    /// The date, or `None` outside chrono's calendar, where nobody can have closed it.
    fn date(self) -> Option<NaiveDate> {
        const DAYS_BEFORE_1970: i64 = 719_163; // of the common era
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.day() + DAYS_BEFORE_1970).ok()?)
    }
}

/// When a [`Schedule`] permits sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// Later.
    At {
        /// The first permitted instant.
        instant: DateTime<Utc>,
        /// The first instant after it that is not permitted, or `None` if there is none within the horizon.
        open_until: Option<DateTime<Utc>>,
        /// The first layer that blocks now.
        blocked_by: LayerKind,
    },
    /// Not within the time that was searched; nothing is known of the time after.
    NeverWithin {
        /// How far the search went: what was asked for, or [`Schedule::LONGEST_HORIZON`] if that is less.
        horizon: TimeDelta,
        /// The first layer that blocks now.
        blocked_by: LayerKind,
    },
}

/// Layers of hours that must all permit an instant; none at all permit every instant.
///
/// The order of the layers decides only which of them is named when several block.
///
/// # The search
///
/// [`next`](Self::next) and [`open_until`](Self::open_until) are exact to the second for every zone, also where the
/// clocks change, because they only ever ask what the wall clock shows at an instant. Fractions of a second in `at` are
/// kept if `at` is the answer and never matter otherwise.
///
/// The work is bounded whatever the rules. No search goes past [`LONGEST_HORIZON`](Self::LONGEST_HORIZON), and a day of
/// it costs each layer at most six questions for its offset and, per edge of any window of any layer, a judgement of its
/// rules and two questions more; on a day when the clocks change, some 15 more per edge. That is for clocks that change
/// at most once in six hours, as all do.
///
/// # Example: two people's hours
///
/// ```
/// use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
/// use waypost::time::{Layer, LayerKind, Next, Schedule, Window};
///
/// let office: [Window; 1] = ["mon-fri 09:00-17:00".parse()?];
/// let quiet: [Window; 1] = ["22:00-10:00".parse()?];
/// let zone = FixedOffset::east_opt(0).unwrap();
/// let layers = [
///     Layer { allow: &office, ..Layer::open(LayerKind::Sender, zone) },
///     Layer { deny: &quiet, ..Layer::open(LayerKind::Customer, zone) },
/// ];
/// let schedule = Schedule::new(&layers);
///
/// let saturday: DateTime<Utc> = "2026-05-02T12:00:00Z".parse().unwrap();
/// assert_eq!(schedule.permits(saturday), Err(LayerKind::Sender));
///
/// let monday_at_ten: DateTime<Utc> = "2026-05-04T10:00:00Z".parse().unwrap();
/// let next = schedule.next(saturday, TimeDelta::days(8));
/// assert_eq!(
///     next,
///     Next::At {
///         instant: monday_at_ten,
///         open_until: Some(monday_at_ten + TimeDelta::hours(7)),
///         blocked_by: LayerKind::Sender,
///     }
/// );
/// assert_eq!(schedule.next(monday_at_ten, TimeDelta::days(8)), Next::Now);
/// # Ok::<(), waypost::time::InvalidWindow>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'a, Z> {
    layers: &'a [Layer<'a, Z>],
}

impl<'a, Z> Schedule<'a, Z> {
    /// The furthest that any search looks ahead: more than a year, so that yearly closed dates are passed.
    pub const LONGEST_HORIZON: TimeDelta = TimeDelta::days(400);

    /// The schedule of these layers.
    pub const fn new(layers: &'a [Layer<'a, Z>]) -> Self {
        Self { layers }
    }

    /// The layers, as given.
    pub const fn layers(&self) -> &'a [Layer<'a, Z>] {
        self.layers
    }
}

impl<Z: OffsetFromUtc> Schedule<'_, Z> {
    /// Do all layers permit `at`? If not, the first that blocks.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use waypost::time::{Layer, LayerKind, Schedule, Window};
    ///
    /// let never: [Window; 1] = ["00:00-24:00".parse()?];
    /// let layers = [
    ///     Layer::open(LayerKind::Law, Utc),
    ///     Layer { deny: &never, ..Layer::open(LayerKind::Customer, Utc) },
    /// ];
    /// assert_eq!(Schedule::new(&layers).permits(DateTime::UNIX_EPOCH), Err(LayerKind::Customer));
    /// assert_eq!(Schedule::new(&layers[..1]).permits(DateTime::UNIX_EPOCH), Ok(()));
    /// # Ok::<(), waypost::time::InvalidWindow>(())
    /// ```
    pub fn permits(&self, at: DateTime<Utc>) -> Result<(), LayerKind> {
        match self.layers.iter().find(|layer| !layer.permits(at)) {
            Some(layer) => Err(layer.kind),
            None => Ok(()),
        }
    }

    /// The first permitted instant from `at` on and before `at + horizon`.
    ///
    /// If `at` is permitted the answer is [`Next::Now`] whatever the horizon; a horizon that is not positive searches
    /// nothing else.
    ///
    /// # Example: hours that never meet
    ///
    /// ```
    /// use chrono::{DateTime, FixedOffset, TimeDelta};
    /// use waypost::time::{Layer, LayerKind, Next, Schedule, Window};
    ///
    /// let morning: [Window; 1] = ["08:00-12:00".parse()?];
    /// let evening: [Window; 1] = ["18:00-22:00".parse()?];
    /// let zone = FixedOffset::east_opt(0).unwrap();
    /// let layers = [
    ///     Layer { allow: &morning, ..Layer::open(LayerKind::Law, zone) },
    ///     Layer { allow: &evening, ..Layer::open(LayerKind::Sender, zone) },
    /// ];
    /// let horizon = TimeDelta::days(8);
    /// let next = Schedule::new(&layers).next(DateTime::UNIX_EPOCH, horizon);
    /// assert_eq!(next, Next::NeverWithin { horizon, blocked_by: LayerKind::Law });
    /// # Ok::<(), waypost::time::InvalidWindow>(())
    /// ```
    pub fn next(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Next {
        let Err(blocked_by) = self.permits(at) else {
            return Next::Now;
        };
        let horizon = Self::searched(horizon);
        match self.first_open(at, horizon) {
            Some(instant) => {
                let until = self.first_blocked(instant.timestamp(), limit(at, horizon));
                let open_until = until.and_then(|second| DateTime::from_timestamp(second, 0));
                Next::At { instant, open_until, blocked_by }
            }
            None => Next::NeverWithin { horizon, blocked_by },
        }
    }

    /// The first permitted instant from `at` on and before `at + horizon`, or `None` if there is none.
    ///
    /// If `at` is permitted that is `at` itself. For those who need neither reason nor end: it costs half of
    /// [`next`](Self::next).
    ///
    /// ```
    /// use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
    /// use waypost::time::{Layer, LayerKind, Schedule, Window};
    ///
    /// let night: [Window; 1] = ["22:00-06:00".parse()?];
    /// let layers = [Layer { deny: &night, ..Layer::open(LayerKind::Customer, FixedOffset::east_opt(0).unwrap()) }];
    /// let schedule = Schedule::new(&layers);
    ///
    /// let midnight = DateTime::UNIX_EPOCH;
    /// let six = midnight + TimeDelta::hours(6);
    /// assert_eq!(schedule.open_from(midnight, TimeDelta::days(1)), Some(six));
    /// assert_eq!(schedule.open_from(midnight, TimeDelta::hours(6)), None);
    /// assert_eq!(schedule.open_from(six, TimeDelta::days(1)), Some(six));
    /// # Ok::<(), waypost::time::InvalidWindow>(())
    /// ```
    pub fn open_from(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        if self.permits(at).is_ok() {
            return Some(at);
        }
        self.first_open(at, Self::searched(horizon))
    }

    /// The first permitted instant after one that is not.
    fn first_open(&self, blocked: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        let second = self.first_permitted(blocked.timestamp(), limit(blocked, horizon))?;
        DateTime::from_timestamp(second, 0)
    }

    /// The first instant from `at` on and before `at + horizon` that is *not* permitted, or `None` if all are.
    ///
    /// If `at` is not permitted that is `at` itself.
    ///
    /// ```
    /// use chrono::{DateTime, FixedOffset, TimeDelta};
    /// use waypost::time::{Layer, LayerKind, Schedule, Window};
    ///
    /// let night: [Window; 1] = ["22:00-06:00".parse()?];
    /// let layers = [Layer { allow: &night, ..Layer::open(LayerKind::Agent, FixedOffset::east_opt(0).unwrap()) }];
    /// let schedule = Schedule::new(&layers);
    ///
    /// let midnight = DateTime::UNIX_EPOCH;
    /// let six = midnight + TimeDelta::hours(6);
    /// assert_eq!(schedule.open_until(midnight, TimeDelta::days(1)), Some(six));
    /// assert_eq!(schedule.open_until(midnight, TimeDelta::hours(6)), None);
    /// assert_eq!(schedule.open_until(six, TimeDelta::days(1)), Some(six));
    /// # Ok::<(), waypost::time::InvalidWindow>(())
    /// ```
    pub fn open_until(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        if self.permits(at).is_err() {
            return Some(at);
        }
        let second = self.first_blocked(at.timestamp(), limit(at, Self::searched(horizon)))?;
        DateTime::from_timestamp(second, 0)
    }

    fn searched(horizon: TimeDelta) -> TimeDelta {
        horizon.clamp(TimeDelta::zero(), Self::LONGEST_HORIZON)
    }

    /// Each layer in turn moves the candidate to its own next permitted second, until none moves it.
    fn first_permitted(&self, from: i64, limit: i64) -> Option<i64> {
        let mut candidate = from;
        let mut agreed = 0; // layers in a row that permit the candidate
        for layer in self.layers.iter().cycle() {
            let permitted = layer.first(Answer::Permit, candidate, limit)?;
            agreed = if permitted == candidate { agreed + 1 } else { 1 };
            candidate = permitted;
            if agreed == self.layers.len() {
                break;
            }
        }
        Some(candidate)
    }

    fn first_blocked(&self, from: i64, limit: i64) -> Option<i64> {
        self.layers
            .iter()
            .fold(None, |earliest, layer| layer.first(Answer::Block, from, earliest.unwrap_or(limit)).or(earliest))
    }
}

/// The first second that does not lie before `at + horizon`; past the end of chrono's calendar, the first after it.
fn limit(at: DateTime<Utc>, horizon: TimeDelta) -> i64 {
    match at.checked_add_signed(horizon) {
        Some(end) => end.timestamp() + i64::from(end.timestamp_subsec_nanos() > 0),
        None => DateTime::<Utc>::MAX_UTC.timestamp() + 1,
    }
}
