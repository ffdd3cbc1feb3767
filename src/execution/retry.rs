//! Another try of the same dispatch: after what may pass, after what nobody knows, and after what did arrive, none.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    draw::draw,
    execution::{Closed, Execution, Why, after, tries::Phase},
    policy::{FailureClass, OnFailure},
    time::Span,
};

impl Execution {
    /// Nobody knows what became of the last try: it goes out again under its key, or counts as an outage.
    pub(super) fn repeat(&mut self, at: usize, asked: Option<Span>) {
        let Phase::Out { .. } = self.tries[at].phase else { return };
        if self.settled_at.is_some() || self.ended.is_some() {
            return;
        }
        let Some(attempt) = self.tries[at].attempts.last() else { return };
        let (retry, repeats) = (self.step(at).retry(), attempt.repeats);
        if repeats.saturating_add(1) >= retry.attempts.max(1) {
            self.fail(at, FailureClass::Outage);
            return;
        }
        if self.is_covered(at, &self.refusals()) {
            self.tries[at].close(Closed::Refused, self.now);
            return;
        }
        let asked = asked.map_or(TimeDelta::zero(), Span::as_delta);
        let from = self.not_early(at, after(self.now, self.backoff(at, repeats + 1).max(asked)));
        let in_time = self.limit(at).is_none_or(|limit| from < limit);
        let in_time = in_time && self.plan.expires().is_none_or(|expires| from < expires);
        self.tries[at].phase = match in_time {
            true => Phase::Due { from, why: Why::Repeat, again: true },
            false => self.not_again(at),
        };
    }

    /// It went out and is not sent again: its provider's word is not asked for before the end of its time.
    pub(super) fn not_again(&self, at: usize) -> Phase {
        let ends = [self.limit(at), self.plan.expires()];
        Phase::Out { since: ends.into_iter().flatten().min().unwrap_or(self.now) }
    }

    /// Does what follows from what is newly known of the last try of a dispatch.
    pub(super) fn follow(&mut self, at: usize) {
        if self.settled_at.is_some() {
            return;
        }
        if self.tries[at].has_arrived() {
            self.stay_with(at);
            return;
        }
        let tries = &self.tries[at];
        let Some(attempt) = tries.attempts.last() else { return };
        let waiting = match tries.phase {
            Phase::Out { .. } | Phase::Due { again: true, .. } => false,
            // Another try is coming, because this one was said to have failed.
            Phase::Due { .. } => true,
            _ => return,
        };
        if !attempt.is_failed() {
            if !attempt.is_unknown() {
                // What is heard of needs no other try.
                let since = attempt.handed_out;
                self.tries[at].phase = Phase::Out { since };
            }
            return;
        }
        let Some(failure) = attempt.failure else { return };
        let step = self.step(at);
        let tried = tries.attempts.len();
        let may_retry =
            step.on_failure().on(failure.class) == OnFailure::Wait && tried < usize::from(step.retry().attempts.max(1));
        if !may_retry {
            self.fail(at, failure.class);
            return;
        }
        if waiting {
            return;
        }
        let asked = failure.retry_after.map_or(TimeDelta::zero(), |span| span.as_delta());
        // INVARIANT: there are at most 255 tries.
        let from = self.not_early(at, after(self.now, self.backoff(at, tried as u8).max(asked)));
        let in_time = self.limit(at).is_none_or(|limit| from < limit);
        if in_time && self.plan.expires().is_none_or(|expires| from < expires) {
            self.tries[at].phase = Phase::Due { from, why: Why::Retry, again: false };
        } else {
            self.fail(at, failure.class);
        }
    }

    /// A try of it arrived, whatever was said of it or of the others: no other try is made, and where it was given up for
    /// failed, what came up in its place and has not gone out steps back.
    fn stay_with(&mut self, at: usize) {
        let Some(since) = self.tries[at].attempts.last().map(|last| last.handed_out) else { return };
        match self.tries[at].phase {
            Phase::Due { .. } => self.tries[at].phase = Phase::Out { since },
            Phase::Over { why: Closed::Failed(_), .. } if self.limit(at).is_none_or(|limit| self.now < limit) => {
                let number = self.course.lane_of[at];
                let lane = self.course.chains.iter().flatten().flatten().find(|lane| lane.number == number);
                let Some((lane, last)) = lane.zip(self.cursors[number]) else { return };
                let Some(own) = lane.rungs.iter().position(|rung| rung.dispatches.contains(&at)) else { return };
                let came_up = &lane.rungs[last].dispatches;
                let waits = |at: &usize| {
                    matches!(self.tries[*at].phase, Phase::Due { .. }) && self.tries[*at].attempts.is_empty()
                };
                if last != own && !came_up.iter().all(waits) {
                    return;
                }
                if last != own {
                    for other in came_up.clone() {
                        self.tries[other].phase = Phase::Idle;
                    }
                    self.cursors[number] = Some(own);
                }
                self.tries[at].phase = Phase::Out { since };
            }
            _ => {}
        }
    }

    pub(super) fn fail(&mut self, at: usize, class: FailureClass) {
        let now = self.now;
        self.tries[at].close(Closed::Failed(class), now);
    }

    /// A wait between half of what the policy says and all of it, drawn from the seed and the name of the try.
    fn backoff(&self, at: usize, tried: u8) -> TimeDelta {
        let most = self.step(at).retry().wait(tried).as_delta();
        let key = self.key(at, self.tries[at].attempts.len());
        let part = draw(self.plan.seed(), &format!("{key}#{tried}")) % 1_001;
        let half = i128::from(most.num_milliseconds() / 2);
        // INVARIANT: half of a span and at most as much again is a number of milliseconds.
        TimeDelta::milliseconds((half + half * i128::from(part) / 1_000) as i64)
    }

    /// The clock may have been set back since the dispatch was first permitted.
    pub(super) fn not_early(&self, at: usize, from: DateTime<Utc>) -> DateTime<Utc> {
        from.max(self.dispatch(at).earliest())
    }
}
