//! What follows from the passing of time alone: what is due, what was silent for too long, what is too late.

use chrono::{DateTime, Utc};

use crate::{
    execution::{
        Closed, Execution, Why, after,
        tries::{Phase, TICK},
    },
    policy::{FailureClass, OnFailure},
};

impl Execution {
    /// Closes everything that has not gone out, once the message's time is over.
    pub(super) fn expire(&mut self) {
        let Some(expires) = self.plan.expires().filter(|expires| *expires <= self.now) else { return };
        for at in 0..self.tries.len() {
            let waits_for_ever = self.step(at).on_failure().on(FailureClass::Silent) == OnFailure::Wait;
            let tries = &mut self.tries[at];
            match tries.phase {
                Phase::Due { again: true, .. } | Phase::Out { .. } if waits_for_ever => {
                    tries.close(Closed::Silent, self.now)
                }
                // What may have gone out is not tried again, but it may still arrive.
                Phase::Due { again: true, .. } => tries.phase = Phase::Out { since: expires },
                Phase::Idle | Phase::Due { .. } => tries.close(Closed::Expired, self.now),
                _ => {}
            }
        }
    }

    /// Gives up what was silent for too long, and repeats what its provider did not accept in time.
    pub(super) fn time_out(&mut self, at: usize) {
        let is_over = self.limit(at).is_some_and(|limit| limit <= self.now);
        match self.tries[at].phase {
            // Whoever wakes it late does not give it another try on that account.
            Phase::Due { again, .. } if is_over => {
                let failure = self.tries[at].attempts.last().and_then(|attempt| attempt.failure);
                let why = failure.filter(|_| !again).map_or(Closed::Silent, |failure| Closed::Failed(failure.class));
                self.tries[at].close(why, self.now);
            }
            Phase::Out { .. } if is_over => self.tries[at].close(Closed::Silent, self.now),
            Phase::Out { since } if self.accept_by(at, since).is_some_and(|by| by <= self.now) => self.repeat(at, None),
            _ => {}
        }
    }

    /// When a dispatch that went out is given up; `None` where it is waited for as long as it takes.
    pub(super) fn limit(&self, at: usize) -> Option<DateTime<Utc>> {
        let step = self.step(at);
        let first = self.tries[at].attempts.first()?.handed_out;
        match step.on_failure().on(FailureClass::Silent) {
            OnFailure::Wait => None,
            _ => Some(after(first, step.give_up_after().as_delta().max(TICK))),
        }
    }

    /// By when the provider is to have said something.
    pub(super) fn accept_by(&self, at: usize, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let within = self.step(at).accept_within()?;
        let attempt = self.tries[at].attempts.last().filter(|attempt| attempt.is_unknown())?;
        let by = after(since, within.as_delta().max(TICK));
        let may_repeat = attempt.repeats < self.step(at).retry().attempts.max(1);
        (may_repeat && self.plan.expires().is_none_or(|expires| by < expires)).then_some(by)
    }

    /// The dispatch that goes out next, where its time has come.
    pub(super) fn due(&self) -> Option<usize> {
        let is_over = self.plan.expires().is_some_and(|expires| expires <= self.now);
        let from = |at: usize| match self.tries[at].phase {
            Phase::Due { from, .. } if from <= self.now && !is_over => Some(from),
            _ => None,
        };
        (0..self.tries.len()).filter_map(|at| Some((from(at)?, at))).min().map(|(_, at)| at)
    }

    /// When something changes by the passing of time alone, and what.
    pub(super) fn next_timer(&self) -> Option<(DateTime<Utc>, Why)> {
        if self.settled_at.is_some() {
            return None;
        }
        let mut next: Option<(DateTime<Utc>, Why)> = None;
        let mut wants = |at: DateTime<Utc>, why: Why| {
            if next.is_none_or(|(known, _)| at < known) {
                next = Some((at, why));
            }
        };
        let reached = self.reached_lanes();
        for (at, tries) in self.tries.iter().enumerate() {
            if reached[self.course.lane_of[at]] {
                continue;
            }
            match tries.phase {
                Phase::Due { from, why, .. } => wants(from, why),
                Phase::Out { since } => {
                    if let Some(by) = self.accept_by(at, since) {
                        wants(by, Why::Acceptance);
                    }
                    match (self.limit(at), self.plan.expires()) {
                        (Some(limit), _) => wants(limit, Why::Receipt),
                        (None, Some(expires)) if self.now < expires => wants(expires, Why::Receipt),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        next
    }
}
