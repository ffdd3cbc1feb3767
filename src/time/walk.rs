//! The walk over one wall clock: from edge to edge, and over every change of the offset.

use chrono::{DateTime, NaiveDate, Utc, Weekday};

use super::{CivilDate, OffsetFromUtc};

/// What a rule says to an instant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Block,
    Permit,
}

/// A rule that reads one wall clock.
pub(super) trait ClockRule {
    /// What it says to a second of UTC at which the wall clock shows `local`.
    fn judge(&self, second: i64, local: Reading) -> Answer;

    /// The next reading at which it may answer differently, if the clock runs on as it does.
    fn edge_after(&self, second: i64, local: Reading) -> Reading;
}

/// The first second in `from..limit` to which the rule gives the wanted answer.
///
/// Between two changes of the offset the wall clock runs with UTC, so the rule can only change its answer at its own
/// edges: those readings are tried, and then the stretch after the change.
pub(super) fn first<Z: OffsetFromUtc>(
    rule: &impl ClockRule,
    zone: &Z,
    wanted: Answer,
    from: i64,
    limit: i64,
) -> Option<i64> {
    let mut start = from;
    while start < limit {
        let offset = offset_at(zone, start);
        let local = Reading::of(start, offset);
        if rule.judge(start, local) == wanted {
            return Some(start);
        }
        let mut local = rule.edge_after(start, local);
        let mut steady = start; // up to here the offset is known to hold
        let mut change = None;
        loop {
            let second = local.second_of_utc(offset);
            while change.is_none() && steady < second.min(limit) {
                let probe = limit.min(steady + LONGEST_PROBE);
                if offset_at(zone, probe) == offset {
                    steady = probe;
                } else {
                    change = Some(first_change(zone, offset, steady, probe));
                }
            }
            if second >= change.unwrap_or(limit) {
                break;
            }
            if rule.judge(second, local) == wanted {
                return Some(second);
            }
            local = rule.edge_after(second, local);
        }
        start = change?;
    }
    None
}

/// The offset at a second of UTC, less than a day either way.
pub(super) fn offset_at<Z: OffsetFromUtc>(zone: &Z, second: i64) -> i32 {
    const LARGEST: i32 = SECONDS_A_DAY as i32 - 1;
    // The walk may look past the last instant that chrono has; the offset does not change there.
    let at = DateTime::from_timestamp(second, 0);
    zone.offset_seconds(at.unwrap_or(DateTime::<Utc>::MAX_UTC)).clamp(-LARGEST, LARGEST)
}

/// The second at which the offset stops being `offset`, given that it is so at `start` and no longer at `end`.
fn first_change<Z: OffsetFromUtc>(zone: &Z, offset: i32, mut start: i64, mut end: i64) -> i64 {
    while end - start > 1 {
        let middle = start + (end - start) / 2;
        if offset_at(zone, middle) == offset {
            start = middle;
        } else {
            end = middle;
        }
    }
    end
}

/// How far ahead one comparison of offsets looks, in seconds.
///
/// Two changes inside it that cancel out would go unseen. In the IANA tables no two changes of a zone are closer than
/// 344,400 seconds (Freetown, 1939), so six hours are careful.
const LONGEST_PROBE: i64 = 6 * 3600;

pub(super) const SECONDS_A_DAY: i64 = 24 * 3600;

/// 1 January 1970, counted from Monday as 0.
const THURSDAY: i64 = 3;

/// 0 for Monday to 6 for Sunday, of a day counted from 1 January 1970.
pub(super) const fn weekday_of(day: i64) -> u8 {
    (day + THURSDAY).rem_euclid(7) as u8
}

/// A reading to the minute.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    /// Counted from 1 January 1970.
    pub(super) day: i64,
    /// Of the day, 0 to 1439.
    pub(super) minute: u16,
}

/// What a wall clock shows: seconds since the midnight that began 1970, on that clock.
///
/// It is a number rather than a [`chrono::NaiveDateTime`] so that the ends of chrono's calendar need no care.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reading {
    seconds: i64,
}

impl Reading {
    pub(super) const fn of(second: i64, offset: i32) -> Self {
        Self { seconds: second + offset as i64 }
    }

    /// The UTC second at which a clock with this offset shows this reading.
    pub(super) const fn second_of_utc(self, offset: i32) -> i64 {
        self.seconds - offset as i64
    }

    pub(super) const fn day(self) -> i64 {
        self.seconds.div_euclid(SECONDS_A_DAY)
    }

    /// What the clock shows, as a window reads it.
    pub(super) const fn clock(self) -> Clock {
        Clock { day: self.day(), minute: self.minute() }
    }

    /// Which week, if weeks begin on this day.
    pub(super) const fn week_from(self, start: Weekday) -> i64 {
        (self.day() + THURSDAY - start.num_days_from_monday() as i64).div_euclid(7)
    }

    pub(super) const fn minute(self) -> u16 {
        (self.seconds.rem_euclid(SECONDS_A_DAY) / 60) as u16
    }

    /// The reading so many seconds later, if the clock runs on as it does.
    pub(super) const fn later(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.saturating_add(seconds) }
    }

    /// The same day at another minute.
    pub(super) const fn at_minute(self, minute: u16) -> Self {
        Self { seconds: self.day() * SECONDS_A_DAY + minute as i64 * 60 }
    }

    /// Which month, counted over the years.
    pub(super) const fn month(self) -> i64 {
        let date = CivilDate::of_day(self.day());
        date.year * 12 + date.month as i64
    }

    /// The date, or `None` outside chrono's calendar, where nobody can have closed it.
    pub(super) fn date(self) -> Option<NaiveDate> {
        const DAYS_BEFORE_1970: i64 = 719_163; // of the common era
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.day() + DAYS_BEFORE_1970).ok()?)
    }
}
