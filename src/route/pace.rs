//! Pace: how the time until the deadline is shared among the steps of a chain.

use crate::time::Span;

/// The waits of a chain's steps, added up step by step and then shrunk to the deadline.
///
/// Where there is time for all of them, each step gets the policy's word. Where there is not, each keeps the usual latency
/// of its channels, and what goes beyond it shrinks by the same part everywhere; where not even the latencies fit,
/// these do. So the waits together never outlast the deadline, and a slow channel is not given up before it could have
/// answered.
pub(super) struct Pace {
    /// Seconds until the deadline; `None` is no deadline.
    left: Option<u64>,
    /// What the policy says of all steps together, in seconds.
    words: u64,
    /// What their channels usually take, in seconds.
    usual: u64,
}

impl Pace {
    pub(super) fn until(left: Option<u64>) -> Self {
        Self { left, words: 0, usual: 0 }
    }

    /// Whether the steps have to be known before their waits are.
    pub(super) fn is_bounded(&self) -> bool {
        self.left.is_some()
    }

    /// One more step: what the policy says of it, and how long its channels usually take.
    pub(super) fn add(&mut self, word: Span, latency: Span) {
        self.words = self.words.saturating_add(word.as_secs());
        self.usual = self.usual.saturating_add(latency.min(word).as_secs());
    }

    /// How long such a step may take, once all are known.
    pub(super) fn wait(&self, word: Span, latency: Span) -> Span {
        let Some(left) = self.left.filter(|left| *left < self.words) else { return word };
        let usual = latency.min(word).as_secs();
        let seconds = if self.usual > left {
            part(usual, left, self.usual)
        } else {
            // INVARIANT: the words come to more than what is left, and so to more than the latencies.
            usual + part(word.as_secs() - usual, left - self.usual, self.words - self.usual)
        };
        u32::try_from(seconds).map_or(word, Span::from_secs)
    }
}

/// So much of a whole as `of` is of `all`, rounded down.
fn part(whole: u64, of: u64, all: u64) -> u64 {
    // A part is no more than its whole, which fits.
    u64::try_from(u128::from(whole) * u128::from(of) / u128::from(all)).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits in seconds of steps given by word and latency.
    #[track_caller]
    fn check(left: Option<u64>, steps: &[(u32, u32)], expected: &[u64]) {
        let steps: Vec<_> = steps.iter().map(|step| (Span::from_secs(step.0), Span::from_secs(step.1))).collect();
        let mut pace = Pace::until(left);
        steps.iter().for_each(|(word, latency)| pace.add(*word, *latency));
        let waits: Vec<_> = steps.iter().map(|(word, latency)| pace.wait(*word, *latency).as_secs()).collect();
        assert_eq!(waits, expected);
        assert!(left.is_none_or(|left| waits.iter().sum::<u64>() <= left));
    }

    #[test]
    fn with_time_enough_the_policys_word_stands() {
        check(None, &[(600, 0), (600, 9000)], &[600, 600]);
        check(Some(1200), &[(600, 0), (600, 300)], &[600, 600]);
        check(Some(1200), &[(600, 9000), (600, 0)], &[600, 600]);
        check(Some(0), &[], &[]);
        check(Some(0), &[(0, 5)], &[0]);
    }

    #[test]
    fn with_less_the_latencies_stand_and_the_rest_shrinks_alike() {
        // Without latencies, equal shares.
        check(Some(900), &[(600, 0), (600, 0), (600, 0)], &[300, 300, 300]);
        check(Some(100), &[(600, 0), (600, 0), (600, 0)], &[33, 33, 33]);
        // One second less than enough takes no more than a second.
        check(Some(1199), &[(600, 0), (600, 300)], &[599, 599]);
        check(Some(600), &[(600, 0), (600, 300)], &[200, 400]);
        check(Some(300), &[(600, 0), (600, 300)], &[0, 300]);
        // By kind the words differ.
        check(Some(330), &[(600, 0), (60, 0)], &[300, 30]);
    }

    #[test]
    fn with_less_than_the_latencies_these_shrink_alike() {
        check(Some(300), &[(600, 200), (600, 400)], &[100, 200]);
        check(Some(299), &[(600, 0), (600, 300)], &[0, 299]);
        check(Some(0), &[(600, 200), (600, 400)], &[0, 0]);
        // What is usual beyond the policy's word is not waited for.
        check(Some(60), &[(60, 86_400), (60, 60)], &[30, 30]);
    }

    #[test]
    fn nothing_overflows() {
        check(Some(u64::from(u32::MAX)), &[(u32::MAX, 0), (u32::MAX, u32::MAX)], &[0, u64::from(u32::MAX)]);
        check(Some(u64::from(u32::MAX) - 1), &[(u32::MAX, u32::MAX), (u32::MAX, u32::MAX)], &[2147483647, 2147483647]);
    }
}
