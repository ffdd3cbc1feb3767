//! Hours and caps together, and the next instant that all of them permit.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Layer, LayerKind, OffsetFromUtc, Quota, walk::Answer};

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
        /// The first that blocks now.
        blocked_by: LayerKind,
    },
    /// Not within the time that was searched; nothing is known of the time after.
    NeverWithin {
        /// How far the search went: what was asked for, or [`Schedule::LONGEST_HORIZON`] if that is less.
        horizon: TimeDelta,
        /// The first that blocks now.
        blocked_by: LayerKind,
    },
}

/// Layers of hours and quotas that must all permit an instant; none at all permit every instant.
///
/// Their order decides only which of them is named when several block; layers come before quotas.
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
/// at most once in six hours, as all do. What a quota adds, [`Quota`] says.
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
    quotas: &'a [Quota<'a, Z>],
}

impl<'a, Z> Schedule<'a, Z> {
    /// The furthest that any search looks ahead: more than a year, so that yearly closed dates are passed.
    pub const LONGEST_HORIZON: TimeDelta = TimeDelta::days(400);

    /// The schedule of these layers.
    pub const fn new(layers: &'a [Layer<'a, Z>]) -> Self {
        Self { layers, quotas: &[] }
    }

    /// The same schedule with these quotas, which must permit as well.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta, Utc};
    /// use waypost::time::{Layer, LayerKind, Next, Period, Quota, Schedule, Span, Window};
    ///
    /// let day: [Window; 1] = ["08:00-20:00".parse()?];
    /// let layers = [Layer { allow: &day, ..Layer::open(LayerKind::Law, Utc) }];
    /// let sent: [DateTime<Utc>; 1] = ["2026-05-04T19:00:00Z".parse().unwrap()];
    /// let quotas = [Quota::new(Period::min_gap(Span::hours(2))?, 1, Utc).with_sent(&sent)];
    /// let schedule = Schedule::new(&layers).with_quotas(&quotas);
    ///
    /// // The gap is over at nine in the evening, when the day is.
    /// let half_past_seven: DateTime<Utc> = "2026-05-04T19:30:00Z".parse().unwrap();
    /// assert_eq!(schedule.permits(half_past_seven), Err(LayerKind::Cap));
    /// let morning: DateTime<Utc> = "2026-05-05T08:00:00Z".parse().unwrap();
    /// assert_eq!(schedule.open_from(half_past_seven, TimeDelta::days(1)), Some(morning));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_quotas(self, quotas: &'a [Quota<'a, Z>]) -> Self {
        Self { quotas, ..self }
    }

    /// The layers, as given.
    pub const fn layers(&self) -> &'a [Layer<'a, Z>] {
        self.layers
    }

    /// The quotas, as given.
    pub const fn quotas(&self) -> &'a [Quota<'a, Z>] {
        self.quotas
    }
}

impl<Z: OffsetFromUtc> Schedule<'_, Z> {
    /// Do all layers and quotas permit `at`? If not, the first that blocks; a quota is [`LayerKind::Cap`].
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
            None if self.quotas.iter().all(|quota| quota.permits(at)) => Ok(()),
            None => Err(LayerKind::Cap),
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

    /// Each layer and quota in turn moves the candidate to its own next permitted second, until none moves it.
    fn first_permitted(&self, from: i64, limit: i64) -> Option<i64> {
        let mut candidate = from;
        let mut agreed = 0; // in a row that permit the candidate
        loop {
            for mover in self.movers() {
                let permitted = mover.first(Answer::Permit, candidate, limit)?;
                agreed = if permitted == candidate { agreed + 1 } else { 1 };
                candidate = permitted;
                if agreed == self.layers.len() + self.quotas.len() {
                    return Some(candidate);
                }
            }
        }
    }

    fn first_blocked(&self, from: i64, limit: i64) -> Option<i64> {
        self.movers()
            .fold(None, |earliest, mover| mover.first(Answer::Block, from, earliest.unwrap_or(limit)).or(earliest))
    }

    fn movers(&self) -> impl Iterator<Item = Mover<'_, Z>> {
        self.layers.iter().map(Mover::Layer).chain(self.quotas.iter().map(Mover::Quota))
    }
}

/// Whoever blocks names its own next instant.
enum Mover<'a, Z> {
    Layer(&'a Layer<'a, Z>),
    Quota(&'a Quota<'a, Z>),
}

impl<Z: OffsetFromUtc> Mover<'_, Z> {
    fn first(&self, wanted: Answer, from: i64, limit: i64) -> Option<i64> {
        match self {
            Self::Layer(layer) => layer.first(wanted, from, limit),
            Self::Quota(quota) => quota.first(wanted, from, limit),
        }
    }
}

/// The first second that does not lie before `at + horizon`; past the end of chrono's calendar, the first after it.
fn limit(at: DateTime<Utc>, horizon: TimeDelta) -> i64 {
    match at.checked_add_signed(horizon) {
        Some(end) => end.timestamp() + i64::from(end.timestamp_subsec_nanos() > 0),
        None => DateTime::<Utc>::MAX_UTC.timestamp() + 1,
    }
}
