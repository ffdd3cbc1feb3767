//! How much room a cap has left, and when it has more.

use chrono::{DateTime, Utc};

use super::{
    OffsetFromUtc, Period,
    walk::{Answer, ClockRule, Reading, SECONDS_A_DAY, first, offset_at},
};

/// One cap with the sends that it counts: at most `limit` of them in the period.
///
/// | field | says |
/// | --- | --- |
/// | `period` | which sends count at an instant |
/// | `limit` | a send is permitted while fewer than this many count; 0 permits none. A gap and a rate bring [their own](Period::own_limit) |
/// | `zone` | whose local dates a calendar period compares; others do not ask it |
/// | `sent` | the past sends, in any order; those later than the instant that is asked about do not count yet |
/// | `reserved` | until when one unit each is held back for something pending that goes first; the instant itself is free again |
/// | `ahead` | those of `sent` that are decided and lie ahead: no room is given away that one of them will need |
///
/// Where several zones may be the customer's, one quota for each of them makes all of them permit.
///
/// # Whole seconds
///
/// Sends and questions are taken in whole seconds, and a fraction counts against the sender: a send at 10.5 s counts
/// from 10 s on and leaves a sliding stretch of 5 s at 16 s. No rounding lets a limit be passed.
///
/// # The search
///
/// In a [`Schedule`](super::Schedule) a quota names its own next instant, exact to the second: the leaving of the send
/// that makes room, the next stretch, the local midnight, or a change of the clocks. A date that comes back (St John's
/// put its clocks back at a minute past midnight until 2011) fills a calendar period once more. A search passes over the
/// sends some 30 times, or for a calendar period twice for each day until it opens, and once more for each send that
/// lies ahead of it.
///
/// ```
/// use chrono::{DateTime, FixedOffset, Utc};
/// use waypost::time::{Period, Quota, Span};
///
/// let sent: [DateTime<Utc>; 2] = ["2026-05-04T09:00:00Z".parse().unwrap(), "2026-05-04T21:30:00Z".parse().unwrap()];
/// let berlin_in_summer = FixedOffset::east_opt(2 * 3600).unwrap();
/// let late: DateTime<Utc> = "2026-05-04T21:59:59Z".parse().unwrap();
/// let midnight: DateTime<Utc> = "2026-05-04T22:00:00Z".parse().unwrap(); // there
///
/// let daily = Quota::new(Period::CalendarDay, 2, berlin_in_summer).with_sent(&sent);
/// assert_eq!((daily.count(late), daily.permits(late)), (2, false));
/// assert_eq!((daily.count(midnight), daily.permits(midnight)), (0, true));
///
/// let in_24_hours = Quota::new(Period::sliding(Span::days(1))?, 2, berlin_in_summer).with_sent(&sent);
/// assert!(!in_24_hours.permits(midnight));
/// # Ok::<(), waypost::time::InvalidSpan>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quota<'a, Z> {
    /// Which sends count.
    pub period: Period,
    /// A send is permitted while fewer than this many count.
    pub limit: u32,
    /// Whose local dates are compared.
    pub zone: Z,
    /// The past sends, in any order.
    pub sent: &'a [DateTime<Utc>],
    /// Until when one unit each is held back.
    pub reserved: &'a [DateTime<Utc>],
    /// Sends that are decided and lie ahead; they stand in `sent` too.
    pub ahead: &'a [DateTime<Utc>],
}

impl<'a, Z> Quota<'a, Z> {
    /// A quota of which nothing is used.
    pub const fn new(period: Period, limit: u32, zone: Z) -> Self {
        Self { period, limit, zone, sent: &[], reserved: &[], ahead: &[] }
    }

    /// The same quota with these past sends.
    #[must_use]
    pub fn with_sent(self, sent: &'a [DateTime<Utc>]) -> Self {
        Self { sent, ..self }
    }

    /// The same quota with one unit held back until each of these instants.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use waypost::time::{Period, Quota};
    ///
    /// let noon: DateTime<Utc> = "2026-05-04T12:00:00Z".parse().unwrap();
    /// let pending = [noon];
    /// let once = Quota::new(Period::Lifetime, 1, Utc).with_reserved(&pending);
    /// assert!(!once.permits("2026-05-04T11:59:59Z".parse().unwrap()));
    /// assert!(once.permits(noon));
    /// ```
    #[must_use]
    pub fn with_reserved(self, reserved: &'a [DateTime<Utc>]) -> Self {
        Self { reserved, ..self }
    }

    /// The same quota with these of its sends known to lie ahead.
    ///
    /// Before each of them one unit is held back wherever a send would still count when it goes out. A rate holds it back
    /// for as long as a whole burst takes to be paid off.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use waypost::time::{Period, Quota, Span};
    ///
    /// let at = |time: &str| -> DateTime<Utc> { format!("2026-05-04T{time}Z").parse().unwrap() };
    /// let noon = [at("12:00:00")];
    /// let gap = Quota::new(Period::min_gap(Span::hours(2))?, 1, Utc).with_sent(&noon).with_ahead(&noon);
    /// assert!(gap.permits(at("09:59:59")));
    /// assert!(!gap.permits(at("11:00:00"))); // it would be too near to the one at noon
    /// assert!(!gap.permits(at("13:00:00")));
    /// assert!(gap.permits(at("14:00:00")));
    /// # Ok::<(), waypost::time::InvalidSpan>(())
    /// ```
    #[must_use]
    pub fn with_ahead(self, ahead: &'a [DateTime<Utc>]) -> Self {
        Self { ahead, ..self }
    }

    /// How many units there are.
    fn units(&self) -> usize {
        let limit = self.period.own_limit().map_or(self.limit, |limit| limit.get());
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Whether no instant at all can find the quota full.
    fn is_never_full(&self) -> bool {
        self.sent.len() + self.reserved.len() < self.units()
    }

    /// The sends up to a second.
    fn sent_by(&self, second: i64) -> impl Iterator<Item = DateTime<Utc>> {
        self.sent.iter().copied().filter(move |sent| sent.timestamp() <= second)
    }

    fn reserved_at(&self, second: i64) -> usize {
        self.reserved.iter().filter(|until| second < whole_second_from(**until)).count()
    }

    fn next_send_after(&self, second: i64) -> Option<i64> {
        self.sent.iter().map(DateTime::timestamp).filter(|sent| *sent > second).min()
    }

    /// The second from which on a unit is held back for a send ahead. Of a period that reads no wall clock.
    ///
    /// A fraction of the send before it is not known, so the second at which the two may just be apart is held back too.
    fn held_from(&self, ahead: DateTime<Utc>) -> i64 {
        let second = ahead.timestamp();
        match self.period {
            Period::Sliding(span) | Period::MinGap(span) => second.saturating_sub(span.as_secs()),
            Period::Fixed(span) => second.div_euclid(span.as_secs()).saturating_mul(span.as_secs()),
            Period::Gcra(gcra) => {
                let every = i64::try_from(gcra.every().as_secs()).unwrap_or(i64::MAX);
                second.saturating_sub(every.saturating_mul(i64::from(gcra.burst().get())))
            }
            _ => i64::MIN,
        }
    }

    /// How many units are held back at a second for sends ahead, of those for which one is at `known` already. Of a period
    /// that reads no wall clock.
    fn held(&self, known: i64, second: i64) -> usize {
        let held = |ahead: &&DateTime<Utc>| self.held_from(**ahead) <= known && second < ahead.timestamp();
        self.ahead.iter().filter(held).count()
    }

    /// The next second at which the quota may fill up: a send, or the first at which a unit is held back for one.
    fn next_filling_after(&self, second: i64) -> Option<i64> {
        let held = self.ahead.iter().map(|ahead| self.held_from(*ahead)).filter(|from| *from > second).min();
        [self.next_send_after(second), held].into_iter().flatten().min()
    }
}

impl<Z: OffsetFromUtc> Quota<'_, Z> {
    /// How many sends count at `at`; for a [rate](Period::Gcra), how many are not paid off.
    pub fn count(&self, at: DateTime<Utc>) -> usize {
        let second = at.timestamp();
        if self.period.is_calendar() { self.count_local(second, self.local(second)) } else { self.left(second)(second) }
    }

    /// Does the quota permit a send at `at`?
    pub fn permits(&self, at: DateTime<Utc>) -> bool {
        self.is_never_full() || self.count(at) + self.held_back(at) < self.units()
    }

    /// How many units are held back at `at`, for what is pending and for sends ahead.
    pub(crate) fn held_back(&self, at: DateTime<Utc>) -> usize {
        let second = at.timestamp();
        let ahead = match self.period.is_calendar() {
            _ if self.ahead.is_empty() => 0,
            true => self.held_local(second, self.local(second)),
            false => self.held(second, second),
        };
        self.reserved_at(second) + ahead
    }

    /// The first second in `from..limit` to which the quota gives the wanted answer.
    pub(super) fn first(&self, wanted: Answer, from: i64, limit: i64) -> Option<i64> {
        if self.is_never_full() {
            return (wanted == Answer::Permit && from < limit).then_some(from);
        }
        if self.period.is_calendar() {
            let limit = if wanted == Answer::Block { limit.min(self.empty_from()) } else { limit };
            return first(self, &self.zone, wanted, from, limit);
        }
        let mut second = from;
        while second < limit {
            // What is known at a second only ever leaves; a send that lies ahead is met when the search gets there.
            let left = self.left(second);
            let is_full = |at| left(at) + self.reserved_at(at) + self.held(second, at) >= self.units();
            second = match (wanted, is_full(second)) {
                (Answer::Permit, false) | (Answer::Block, true) => return Some(second),
                (Answer::Permit, true) => match self.period {
                    Period::Sliding(span) | Period::MinGap(span) if self.is_nearly_empty() => {
                        self.room_after(span.as_secs(), second).filter(|room| *room < limit)?
                    }
                    _ => first_failing(is_full, second, limit)?,
                },
                (Answer::Block, false) => self.next_filling_after(second)?,
            };
        }
        None
    }

    /// Whether going from one leaving to the next is less work than searching all that time.
    fn is_nearly_empty(&self) -> bool {
        self.sent.len() + self.reserved.len() + self.ahead.len() <= 16
    }

    /// The second at which a full sliding period has room, as far as is known at `second`; `None` for never.
    fn room_after(&self, span: i64, second: i64) -> Option<i64> {
        let leaves = |sent| whole_second_from(sent).saturating_add(span);
        let leaving = || {
            let sent = self.sent_by(second).map(leaves);
            let ahead = self.ahead.iter().filter(|ahead| self.held_from(**ahead) <= second).map(DateTime::timestamp);
            let reserved = self.reserved.iter().map(|until| whole_second_from(*until));
            sent.chain(reserved).chain(ahead).filter(|leaves| second < *leaves)
        };
        // So many have to leave that one more goes in.
        let mut to_leave = (leaving().count() + 1).checked_sub(self.units())?;
        if self.units() == 0 {
            return None;
        }
        let mut last = second;
        while to_leave > 0 {
            let next = leaving().filter(|leaves| last < *leaves).min()?;
            to_leave = to_leave.saturating_sub(leaving().filter(|leaves| *leaves == next).count());
            last = next;
        }
        Some(last)
    }

    /// How many of the sends up to `known` still count at a later second. Of a period that reads no wall clock.
    fn left(&self, known: i64) -> impl Fn(i64) -> usize {
        let paid_off = if let Period::Gcra(gcra) = self.period { self.paid_off(gcra, known) } else { 0 };
        move |second| match self.period {
            Period::Sliding(span) | Period::MinGap(span) => {
                let leaves = |sent| whole_second_from(sent).saturating_add(span.as_secs());
                self.sent_by(known).filter(|sent| second < leaves(*sent)).count()
            }
            Period::Fixed(span) => {
                let stretch = |second: i64| second.div_euclid(span.as_secs());
                self.sent_by(known).filter(|sent| stretch(sent.timestamp()) == stretch(second)).count()
            }
            Period::Gcra(gcra) => gcra.unpaid(paid_off, second),
            _ => self.sent_by(known).count(),
        }
    }

    /// When a rate has paid off the sends up to a second.
    fn paid_off(&self, gcra: super::Gcra, known: i64) -> i64 {
        let sends = || self.sent_by(known).map(whole_second_from);
        if self.sent.is_sorted() {
            return gcra.paid_off(sends());
        }
        let mut sorted: Vec<_> = sends().collect();
        sorted.sort_unstable();
        gcra.paid_off(sorted.into_iter())
    }

    fn local(&self, second: i64) -> Reading {
        Reading::of(second, offset_at(&self.zone, second))
    }

    /// How many sends count at a second at which the wall clock shows `now`. Of a period that reads one.
    fn count_local(&self, second: i64, now: Reading) -> usize {
        // Most of a long history is too old whatever its local dates are.
        let oldest = second.saturating_sub(self.reach());
        let near = self.sent_by(second).map(|sent| sent.timestamp()).filter(|sent| oldest < *sent);
        near.filter(|sent| self.period.counts(self.local(*sent), now)).count()
    }

    /// How many of the sends ahead would count a send at a second at which the wall clock shows `now`. Of a period that
    /// reads one.
    fn held_local(&self, second: i64, now: Reading) -> usize {
        let newest = second.saturating_add(self.reach());
        let near = self.ahead.iter().map(DateTime::timestamp).filter(|ahead| second < *ahead && *ahead < newest);
        near.filter(|ahead| self.period.counts(now, self.local(*ahead))).count()
    }

    fn reach(&self) -> i64 {
        self.period.reach().map_or(i64::MAX, |reach| reach.as_delta().num_seconds())
    }

    /// The second from which on nothing counts.
    fn empty_from(&self) -> i64 {
        let last_send = self.sent.iter().max().map_or(i64::MIN, |sent| sent.timestamp().saturating_add(self.reach()));
        self.reserved.iter().max().map_or(last_send, |until| whole_second_from(*until).max(last_send))
    }
}

impl<Z: OffsetFromUtc> ClockRule for Quota<'_, Z> {
    fn judge(&self, second: i64, local: Reading) -> Answer {
        let taken = self.count_local(second, local) + self.reserved_at(second) + self.held_local(second, local);
        if taken < self.units() { Answer::Permit } else { Answer::Block }
    }

    fn edge_after(&self, second: i64, local: Reading) -> Reading {
        let released =
            self.reserved.iter().map(|until| whole_second_from(*until)).filter(|until| *until > second).min();
        let midnight = local.at_minute((SECONDS_A_DAY / 60) as u16);
        let events = [self.next_send_after(second), released];
        events.into_iter().flatten().map(|event| local.later(event - second)).fold(midnight, Reading::min)
    }
}

/// The first whole second that does not lie before an instant.
fn whole_second_from(at: DateTime<Utc>) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

/// The first second in `from + 1..limit` at which a condition fails that holds at `from` and, once it fails, for ever.
fn first_failing(holds: impl Fn(i64) -> bool, from: i64, limit: i64) -> Option<i64> {
    let (mut holding, mut failing) = (from, limit);
    while failing - holding > 1 {
        let middle = holding + (failing - holding) / 2;
        if holds(middle) {
            holding = middle;
        } else {
            failing = middle;
        }
    }
    (failing < limit).then_some(failing)
}
