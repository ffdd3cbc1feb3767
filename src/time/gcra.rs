//! Pacing: one at a time at an even rate, with a burst that refills.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{PositiveSpan, Span, span::InvalidSpan};

/// An even rate with a burst: the generic cell rate algorithm.
///
/// One send is paid off `every` so long, and at most `burst` may stand unpaid at once. It paces a sender and its whole
/// state is one instant; it cannot answer "3 in any 24 hours", because within such a stretch it lets through the burst
/// and what the rate refills meanwhile. For that there is [`Period::Sliding`](super::Period::Sliding).
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use waypost::time::{Gcra, Pace, Span};
///
/// let gateway = Gcra::new(Span::minutes(10), 2.try_into()?)?;
/// let start = DateTime::UNIX_EPOCH;
///
/// let pace = gateway.admit(Pace::IDLE, start).unwrap();
/// let pace = gateway.admit(pace, start).unwrap();
/// // Two at once are the burst; the third has to wait until the first is paid off.
/// assert_eq!(gateway.admit(pace, start), Err(start + TimeDelta::minutes(10)));
/// assert!(gateway.admit(pace, start + TimeDelta::minutes(10)).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gcra {
    every: PositiveSpan,
    #[serde(deserialize_with = "super::period::positive")]
    burst: NonZeroU32,
}

impl Gcra {
    /// One send `every` so long, `burst` of them at once.
    ///
    /// # Errors
    ///
    /// If `every` is no time at all, [`InvalidSpan::Zero`].
    pub fn new(every: Span, burst: NonZeroU32) -> Result<Self, InvalidSpan> {
        PositiveSpan::new(every).map(|every| Self { every, burst })
    }

    /// After how long one send is paid off.
    pub const fn every(self) -> Span {
        self.every.as_span()
    }

    /// How many may stand unpaid at once.
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// The state after a send at `now`, or the earliest instant at which one is let through.
    ///
    /// A refusal changes nothing. Instants are taken to the millisecond, and a fraction of one counts against the sender.
    ///
    /// # Errors
    ///
    /// The instant to wait for; past the end of chrono's calendar, its last.
    pub fn admit(self, pace: Pace, now: DateTime<Utc>) -> Result<Pace, DateTime<Utc>> {
        let every = self.every.as_secs() * 1000; // far from overflow: a span is at most 4e14 s
        let earliest = pace.millisecond.saturating_sub(every.saturating_mul(i64::from(self.burst.get()) - 1));
        if now.timestamp_millis() < earliest {
            return Err(DateTime::from_timestamp_millis(earliest).unwrap_or(DateTime::<Utc>::MAX_UTC));
        }
        let now = now.timestamp_millis() + i64::from(!now.timestamp_subsec_nanos().is_multiple_of(1_000_000));
        Ok(Pace { millisecond: pace.millisecond.max(now).saturating_add(every) })
    }

    /// The second at which all of these sends are paid off; they must be in order.
    pub(super) fn paid_off(self, sends: impl Iterator<Item = i64>) -> i64 {
        sends.fold(i64::MIN, |paid_off, send| paid_off.max(send).saturating_add(self.every.as_secs()))
    }

    /// How many sends stand unpaid at a second, if all are paid off at another.
    pub(super) fn unpaid(self, paid_off: i64, second: i64) -> usize {
        let left = paid_off.saturating_sub(second).max(0);
        usize::try_from(left.div_euclid(self.every.as_secs()) + i64::from(left % self.every.as_secs() > 0))
            .unwrap_or(usize::MAX)
    }
}

/// What a [`Gcra`] has to remember of the past: the instant at which everything sent is paid off.
///
/// It is 8 bytes and one number in a document, milliseconds since the beginning of 1970. A fresh state is
/// [`IDLE`](Self::IDLE); a state that is lost and replaced by it lets through one burst too many.
///
/// ```
/// use chrono::DateTime;
/// use waypost::time::{Gcra, Pace, Span};
///
/// let once_a_second = Gcra::new(Span::from_secs(1), 1.try_into()?)?;
/// let pace = once_a_second.admit(Pace::IDLE, DateTime::UNIX_EPOCH).unwrap();
/// assert_eq!(serde_json::to_string(&pace)?, "1000");
/// assert_eq!(size_of::<Pace>(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pace {
    millisecond: i64,
}

impl Pace {
    /// Nothing was ever sent.
    pub const IDLE: Self = Self { millisecond: i64::MIN };
}

impl Default for Pace {
    fn default() -> Self {
        Self::IDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_millisecond_counts_against_the_sender() {
        let gcra = Gcra::new(Span::from_secs(1), NonZeroU32::MIN).expect("a rate");
        let at = |nanos| DateTime::<Utc>::from_timestamp(10, nanos).expect("an instant");
        let pace = gcra.admit(Pace::IDLE, at(1)).expect("idle");
        assert_eq!(pace, Pace { millisecond: 11_001 });
        assert_eq!(
            gcra.admit(pace, at(999_999_999)),
            Err(DateTime::from_timestamp_millis(11_001).expect("an instant"))
        );
    }

    #[test]
    fn the_ends_of_time_are_harmless() {
        let slow = Gcra::new(Span::MAX, NonZeroU32::MAX).expect("a rate");
        let slower = Gcra::new(Span::MAX, NonZeroU32::MIN).expect("a rate");
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let pace = slow.admit(Pace::IDLE, at).expect("idle");
            assert!(slow.admit(pace, at).is_ok());
            assert!(slower.admit(pace, at).is_err());
            assert!(slower.admit(Pace { millisecond: i64::MAX }, at).is_err());
        }
        assert_eq!(slow.paid_off([i64::MAX, i64::MAX].into_iter()), i64::MAX);
        assert_eq!(slow.unpaid(i64::MIN, i64::MAX), 0);
        assert!(slow.unpaid(i64::MAX, i64::MIN) > 0);
    }
}
