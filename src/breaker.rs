//! Breakers: a channel that keeps failing is left alone for a while.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    facts::{ChannelHealth, ChannelState, Facts},
    id::ChannelId,
    time::Span,
    unique,
    version::Version,
};

/// Which channels are left alone, and until when: a breaker for every channel, moved by what came of its sends.
///
/// | breaker | what it does | an outage | an answer |
/// | --- | --- | --- | --- |
/// | closed | everything goes out | counted; the `threshold`-th in a row opens it for `opens_for` | the count begins anew |
/// | open, `until` not reached | nothing goes out: `down` until then | changes nothing | changes nothing: it is of a send from before |
/// | open, `until` reached | one send goes out as a probe | open again, for twice as long, at most `at_most` | closed, and all is forgotten |
///
/// An answer is whatever shows that the provider is there: an acceptance, and a rejection too. It holds no clock: where
/// `now` goes back, as a wall clock may that is set, an end that is further away than `at_most` counts as reached, so that
/// no channel is left alone for longer. It grows by one entry for every channel that fails.
///
/// ```
/// use waypost::{Breakers, ChannelId, ChannelState, Facts, chrono::{DateTime, TimeDelta, Utc}};
///
/// let (sms, noon): (ChannelId, DateTime<Utc>) = ("sms-main".parse()?, "2026-11-21T12:00:00Z".parse()?);
/// let mut breakers = Breakers::default(); // 5 outages in a row, 30 s, at most 10 min
/// for _ in 0..5 {
///     breakers.handle(sms, false, noon);
/// }
/// let mut facts = Facts::at(noon);
/// breakers.apply(&mut facts);
/// assert_eq!(facts.health[&sms].state, ChannelState::Down);
///
/// let closes = noon + TimeDelta::seconds(30);
/// assert_eq!(facts.health[&sms].until, Some(closes));
/// assert!(breakers.admit(sms, closes)); // the probe
/// assert!(!breakers.admit(sms, closes)); // and nothing beside it
/// breakers.handle(sms, true, closes);
/// assert_eq!(breakers.health(sms, closes).state, ChannelState::Up);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakers {
    #[serde(default)]
    version: Version,
    threshold: u32,
    opens_for: Span,
    at_most: Span,
    // INVARIANT: a channel of which nothing is held against it has no entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    channels: BTreeMap<ChannelId, Breaker>,
}

/// What is held against one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Breaker {
    /// So many outages in a row, and too few.
    Closed { outages: u32 },
    /// Left alone.
    Open {
        until: DateTime<Utc>,
        /// For how long it was opened, which the next time doubles.
        opened_for: Span,
        /// A probe is out; where nothing is heard of it by then, another may go.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probe: Option<DateTime<Utc>>,
    },
}

/// Five, as a provider that fails one send in ten is worth keeping: five in a row are then one in 100,000. 30 seconds and
/// 10 minutes are the waits at which mail servers and SMS centres usually ask to be tried again.
impl Default for Breakers {
    fn default() -> Self {
        Self::new(5, Span::from_secs(30), Span::minutes(10))
    }
}

impl Breakers {
    /// Breakers that open after so many outages in a row, first for so long, and never for longer than that.
    ///
    /// A `threshold` of 0 is taken as 1. With an `opens_for` of zero a breaker lets one send after the other probe.
    pub fn new(threshold: u32, opens_for: Span, at_most: Span) -> Self {
        Self { version: Version::CURRENT, threshold, opens_for, at_most, channels: BTreeMap::new() }
    }

    /// Takes in what came of a send: the provider `worked`, whatever it answered, or there was an outage.
    ///
    /// Returns the instant until which it is left alone where this opened the breaker.
    pub fn handle(&mut self, channel: ChannelId, worked: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let opens_for = match self.channels.get(&channel) {
            Some(Breaker::Open { until, .. }) if self.is_ahead(*until, now) => return None,
            _ if worked => {
                self.channels.remove(&channel);
                return None;
            }
            Some(Breaker::Open { opened_for, .. }) => self.doubled(*opened_for),
            closed => {
                let outages = match closed {
                    Some(Breaker::Closed { outages }) => outages.saturating_add(1),
                    _ => 1,
                };
                if outages < self.threshold {
                    self.channels.insert(channel, Breaker::Closed { outages });
                    return None;
                }
                self.opens_for.min(self.at_most)
            }
        };
        let until = after(now, opens_for);
        self.channels.insert(channel, Breaker::Open { until, opened_for: opens_for, probe: None });
        Some(until)
    }

    /// Whether a send may go out now; where it is the probe, nothing else may until it is [handled](Self::handle).
    ///
    /// A probe of which nothing is heard for as long as the breaker was open is taken as lost.
    pub fn admit(&mut self, channel: ChannelId, now: DateTime<Utc>) -> bool {
        let may = self.down_until(channel, now).is_none();
        if may && let Some(Breaker::Open { opened_for, probe, .. }) = self.channels.get_mut(&channel) {
            *probe = Some(after(now, *opened_for));
        }
        may
    }

    /// How a channel does as far as its breaker knows: up, or down until an instant.
    ///
    /// From the end of its time on it is up, so that something comes to probe it; while a probe is out it is down.
    pub fn health(&self, channel: ChannelId, now: DateTime<Utc>) -> ChannelHealth {
        self.down_until(channel, now).map_or(ChannelHealth { state: ChannelState::Up, until: None }, down)
    }

    /// Whether the breaker is open, or waits for the word of a probe.
    pub fn is_open(&self, channel: ChannelId) -> bool {
        matches!(self.channels.get(&channel), Some(Breaker::Open { .. }))
    }

    /// Writes into the facts that open channels are down, for the instant of the facts.
    ///
    /// What the facts say already stands where it is as strict.
    pub fn apply(&self, facts: &mut Facts) {
        for &channel in self.channels.keys() {
            let Some(until) = self.down_until(channel, facts.now) else { continue };
            let stricter = |health: &ChannelHealth| {
                let works = matches!(health.state, ChannelState::Up | ChannelState::Degraded);
                !works && health.until.is_none_or(|theirs| theirs >= until)
            };
            if !facts.health.get(&channel).is_some_and(stricter) {
                facts.health.insert(channel, down(until));
            }
        }
    }

    fn down_until(&self, channel: ChannelId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Some(Breaker::Open { until, probe, .. }) = self.channels.get(&channel) else { return None };
        // While a probe is out, its end is the later one, unless the clock was set back since.
        let ends = [*probe, Some(*until)].into_iter().flatten();
        ends.filter(|end| self.is_ahead(*end, now)).max()
    }

    /// Whether an instant is to come, and soon enough to be of this clock.
    fn is_ahead(&self, until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < until && until <= after(now, self.at_most)
    }

    fn doubled(&self, opened_for: Span) -> Span {
        let seconds = u32::try_from(opened_for.as_secs().saturating_mul(2));
        seconds.map_or(self.at_most, Span::from_secs).min(self.at_most)
    }
}

fn down(until: DateTime<Utc>) -> ChannelHealth {
    ChannelHealth { state: ChannelState::Down, until: Some(until) }
}

fn after(now: DateTime<Utc>, span: Span) -> DateTime<Utc> {
    now.checked_add_signed(span.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const SMS: ChannelId = ChannelId::literal("sms-main");
    const MAIL: ChannelId = ChannelId::literal("mail");

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Plays sends, `x` an outage and `o` an answer, one a second from second 0, each only where it is admitted; says when
    /// the channel is down after each, in seconds.
    #[track_caller]
    fn check(breakers: Breakers, sends: &[(i64, char)], expected: &[Option<i64>]) {
        let mut breakers = breakers;
        let said: Vec<Option<i64>> = sends
            .iter()
            .map(|&(second, what)| {
                if breakers.admit(SMS, at(second)) {
                    breakers.handle(SMS, what == 'o', at(second));
                }
                breakers.health(SMS, at(second)).until.map(|until| until.timestamp())
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn so_many_in_a_row_open_it() {
        let three = Breakers::new(3, Span::from_secs(30), Span::minutes(2));
        check(three.clone(), &[(0, 'x'), (1, 'x'), (2, 'x')], &[None, None, Some(32)]);
        check(three.clone(), &[(0, 'x'), (1, 'x'), (2, 'o'), (3, 'x')], &[None, None, None, None]);
        check(Breakers::new(0, Span::from_secs(30), Span::minutes(2)), &[(0, 'x')], &[Some(30)]);
        check(Breakers::new(1, Span::minutes(9), Span::minutes(2)), &[(0, 'x')], &[Some(120)]);
        check(Breakers::new(1, Span::ZERO, Span::minutes(2)), &[(0, 'x'), (0, 'x')], &[None, None]);
        check(Breakers::new(1, Span::MAX, Span::MAX), &[(0, 'x')], &[Some(DateTime::<Utc>::MAX_UTC.timestamp())]);
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_no_channel_alone_for_longer() {
        let one = Breakers::new(1, Span::from_secs(30), Span::minutes(1));
        // Opened in the second 5000, until 5030; the clock goes back to 4000, and a probe fails.
        check(one.clone(), &[(5_000, 'x'), (4_000, 'x'), (4_060, 'o')], &[Some(5_030), Some(4_060), None]);
        // It goes back by less than that: the end is still the same.
        check(one.clone(), &[(5_000, 'x'), (4_990, 'o'), (5_030, 'o')], &[Some(5_030), Some(5_030), None]);
        // It goes back while a probe is out.
        let mut lost = one;
        lost.handle(SMS, false, at(5_000));
        assert!(lost.admit(SMS, at(5_030)) && !lost.admit(SMS, at(5_031)));
        assert!(lost.admit(SMS, at(4_000)) && !lost.admit(SMS, at(4_001)));
    }

    #[test]
    fn one_probe_decides_and_each_failure_doubles_up_to_the_cap() {
        let one = Breakers::new(1, Span::from_secs(30), Span::minutes(1));
        let probes = [(0, 'x'), (29, 'o'), (30, 'x'), (89, 'o'), (90, 'x'), (150, 'o'), (151, 'x')];
        check(one, &probes, &[Some(30), Some(30), Some(90), Some(90), Some(150), None, Some(181)]);
    }

    #[test]
    fn what_comes_in_while_it_is_open_changes_nothing() {
        let mut breakers = Breakers::new(1, Span::from_secs(30), Span::minutes(1));
        assert_eq!(breakers.handle(SMS, false, at(0)), Some(at(30)));
        let open = breakers.clone();
        assert_eq!(breakers.handle(SMS, false, at(29)), None);
        assert_eq!(breakers.handle(SMS, true, at(29)), None);
        assert_eq!(breakers, open);
    }

    #[test]
    fn a_probe_of_which_nothing_is_heard_is_followed_by_another() {
        let mut breakers = Breakers::new(1, Span::from_secs(30), Span::minutes(1));
        breakers.handle(SMS, false, at(0));
        assert!(breakers.admit(SMS, at(40)));
        assert_eq!(breakers.health(SMS, at(69)).until, Some(at(70)));
        assert!(!breakers.admit(SMS, at(69)));
        assert!(breakers.admit(SMS, at(70)));
    }

    #[test]
    fn facts_that_are_as_strict_stand() {
        let mut breakers = Breakers::new(1, Span::from_secs(30), Span::minutes(1));
        breakers.handle(SMS, false, at(0));
        let check = |said: Option<(ChannelState, Option<i64>)>, expected: Option<i64>| {
            let mut facts = Facts::at(at(0));
            if let Some((state, until)) = said {
                facts = facts.with_health(SMS, state, until.map(at));
            }
            breakers.apply(&mut facts);
            assert_eq!(facts.health[&SMS].until.map(|until| until.timestamp()), expected);
            assert!(!matches!(facts.health[&SMS].state, ChannelState::Up | ChannelState::Degraded));
            assert_eq!(facts.health.len(), 1);
        };
        check(None, Some(30));
        check(Some((ChannelState::Up, None)), Some(30));
        check(Some((ChannelState::Degraded, Some(90))), Some(30));
        check(Some((ChannelState::Down, Some(20))), Some(30));
        check(Some((ChannelState::Down, Some(90))), Some(90));
        check(Some((ChannelState::Down, None)), None);
    }

    proptest! {
        /// Whatever happens: admitted is what is not down, nothing stays down past the cap, one channel says nothing of
        /// another, and a copy that was written and read goes on alike.
        #[test]
        fn a_breaker_holds_what_it_says(
            (threshold, opens_for, at_most) in (0..4_u32, 0..50_u32, 0..90_u32),
            sends in vec((0..40_i64, any::<bool>(), any::<bool>()), 0..60),
        ) {
            let (opens_for, at_most) = (Span::from_secs(opens_for), Span::from_secs(at_most));
            let mut breakers = Breakers::new(threshold, opens_for, at_most);
            let (mut now, mut row) = (0, 0);
            for (later, worked, answered) in sends {
                now += later;
                let health = breakers.health(SMS, at(now));
                let closed = breakers.channels.get(&SMS).is_none_or(|breaker| matches!(breaker, Breaker::Closed { .. }));
                let may = breakers.admit(SMS, at(now));
                prop_assert_eq!(may, health.state == ChannelState::Up);
                if may && answered {
                    let opened = breakers.handle(SMS, worked, at(now));
                    row = if worked { 0 } else { row + 1 };
                    prop_assert_eq!(opened.is_some(), !worked && (!closed || row >= threshold.max(1)));
                }
                prop_assert!(breakers.health(SMS, at(now)).until.is_none_or(|until| until <= at(now) + at_most.as_delta()));
                prop_assert_eq!(breakers.health(MAIL, at(now)).state, ChannelState::Up);
                let written = serde_json::to_string(&breakers).expect("text keys");
                breakers = serde_json::from_str(&written).expect("what was written reads");
                prop_assert_eq!(serde_json::to_string(&breakers).expect("text keys"), written);
            }
        }
    }
}
