//! What follows from what is known: which dispatch comes up, which is tried again, which is given up.

use crate::{
    confirmation::Confirmation,
    execution::{
        Closed, Ended, Execution, HandedOut, Why, after,
        course::{Alternative, Lane, Rung},
        goes_on,
        tries::{Phase, TICK},
    },
    plan::Step,
    policy::{OnFailure, SettleOn},
    reason::Reason,
};

/// How it stands with a lane.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Running,
    Reached,
    /// Nobody was reached; whether another alternative may be tried, and whether it may be at once.
    Finished {
        stopped: bool,
        failed: bool,
    },
}

impl Execution {
    /// Brings everything to where it is by what is known now.
    pub(super) fn advance(&mut self) {
        if self.settled_at.is_some() {
            return;
        }
        self.expire();
        self.close_refused();
        let reached = self.reached_lanes();
        for at in 0..self.tries.len() {
            if !reached[self.course.lane_of[at]] {
                self.time_out(at);
            }
        }
        // Taken apart for the walk and put back: lanes read the course and change the tries.
        let chains = std::mem::take(&mut self.course.chains);
        for (chain, number) in chains.iter().zip(0u16..) {
            self.advance_chain(number, chain);
        }
        self.course.chains = chains;
    }

    /// Whether every chain is over.
    pub(super) fn is_done(&self) -> bool {
        if self.ended.is_some() {
            return true;
        }
        self.course.chains.iter().zip(0u16..).all(|(chain, number)| {
            let reached = |alternative: &Alternative| alternative.iter().any(|lane| self.is_reached(lane));
            let idle = |at: usize| !self.tries[at].is_running();
            let over = |lane: &Lane| self.is_reached(lane) || lane.dispatches().all(idle);
            if self.is_refused(number) {
                return true;
            }
            match chain.iter().find(|alternative| reached(alternative)) {
                Some(alternative) => alternative.iter().all(over),
                None => chain.iter().flatten().all(over),
            }
        })
    }

    fn advance_chain(&mut self, number: u16, chain: &[Alternative]) {
        let mut is_over = self.ended.is_some() || self.is_refused(number);
        let mut failed = false;
        for alternative in chain {
            if is_over {
                for lane in alternative {
                    self.drop_open(lane, Closed::NotNeeded);
                }
                continue;
            }
            let standings: Vec<_> = alternative.iter().map(|lane| self.advance_lane(lane, failed)).collect();
            let reached = standings.contains(&Standing::Reached);
            let running = standings.contains(&Standing::Running);
            let stopped = |standing: &Standing| matches!(standing, Standing::Finished { stopped: true, .. });
            is_over = reached || running || standings.iter().any(stopped);
            failed = standings.iter().all(|standing| matches!(standing, Standing::Finished { failed: true, .. }));
            if running && !reached {
                // Those after it may still be wanted.
                return;
            }
        }
    }

    fn advance_lane(&mut self, lane: &Lane, early: bool) -> Standing {
        if self.is_reached(lane) {
            self.drop_open(lane, Closed::NotNeeded);
            return Standing::Reached;
        }
        let mut early = early;
        loop {
            if lane.dispatches().any(|at| self.tries[at].is_running()) {
                return Standing::Running;
            }
            let next = match self.cursors[lane.number] {
                None => Some(0),
                Some(last) => {
                    let last = &lane.rungs[last];
                    let answers =
                        last.dispatches.iter().map(|at| self.closed(*at).map(|why| why.answer(self.step(*at))));
                    if answers.flatten().any(|answer| answer == OnFailure::Stop) {
                        self.drop_open(lane, Closed::NotNeeded);
                        return Standing::Finished { stopped: true, failed: false };
                    }
                    early = self.is_early(last);
                    self.next_rung(lane, last)
                }
            };
            let Some(next) = next else {
                self.drop_open(lane, Closed::NotNeeded);
                return Standing::Finished { stopped: false, failed: early };
            };
            self.cursors[lane.number] = Some(next);
            for at in &lane.rungs[next].dispatches {
                self.bring_up(*at, early);
            }
        }
    }

    /// The rung to come up after one that is over: a stand-in for what failed, else the next that is none.
    fn next_rung(&self, lane: &Lane, last: &Rung) -> Option<usize> {
        let is_unused = |rung: &Rung| rung.dispatches.iter().all(|at| self.tries[*at].phase == Phase::Idle);
        let unused = || lane.rungs.iter().enumerate().filter(|(_, rung)| is_unused(rung));
        let calls = |at: &usize| self.closed(*at).is_some_and(Closed::calls_for_stand_in);
        let helps = |rung: &Rung, failed: &mut dyn Iterator<Item = usize>| {
            let endpoints = || rung.dispatches.iter().map(|at| self.dispatch(*at).endpoint);
            rung.stands_in && failed.filter(calls).any(|at| endpoints().any(|it| it == self.dispatch(at).endpoint))
        };
        let is_open = |rung: &Rung| rung.dispatches.iter().any(|at| self.dispatch(*at).earliest() <= self.now);
        // One that has to wait itself, for its breaker or its hours, holds up no other channel.
        let at_once = unused().find(|(_, rung)| is_open(rung) && helps(rung, &mut last.dispatches.iter().copied()));
        let next = at_once.or_else(|| unused().find(|(_, rung)| !rung.stands_in));
        next.or_else(|| unused().find(|(_, rung)| helps(rung, &mut lane.dispatches()))).map(|(at, _)| at)
    }

    /// Whether what follows a rung need not wait for its time: the rung failed, or was itself ahead of its time.
    fn is_early(&self, rung: &Rung) -> bool {
        let silent = |at: &usize| self.closed(*at) == Some(Closed::Silent);
        let ahead = |at: &usize| {
            let first = self.tries[*at].attempts.first();
            first.is_some_and(|first| first.handed_out < self.dispatch(*at).not_before)
        };
        !rung.dispatches.iter().any(silent) || rung.dispatches.iter().any(ahead)
    }

    fn bring_up(&mut self, at: usize, early: bool) {
        if self.is_covered(at, &self.refusals()) {
            self.tries[at].close(Closed::Refused, self.now);
            return;
        }
        let dispatch = self.dispatch(at);
        let from = if early { dispatch.earliest().max(self.now) } else { dispatch.not_before.max(self.now) };
        if self.plan.expires().is_some_and(|expires| expires <= from) {
            self.tries[at].close(Closed::Expired, self.now);
        } else {
            self.tries[at].phase = Phase::Due { from, why: Why::NotBefore, again: false };
        }
    }

    /// Takes back that a dispatch was handed out, for it was not.
    pub(super) fn withhold(&mut self, at: usize, answer: Confirmation) {
        if answer.is_go() {
            return;
        }
        let again = match self.tries[at].attempts.last_mut() {
            Some(attempt) if attempt.repeats > 0 => {
                attempt.repeats -= 1;
                true
            }
            _ => {
                self.tries[at].attempts.pop();
                false
            }
        };
        let now = self.now;
        match answer {
            Confirmation::Go => {}
            Confirmation::Wait { until, reason } => {
                let from = self.not_early(at, until.max(after(now, TICK)));
                let in_time = self.plan.expires().is_none_or(|expires| from < expires)
                    && self.limit(at).is_none_or(|limit| from < limit);
                let waits = match goes_on(self.step(at), &reason) {
                    OnFailure::Wait => true,
                    OnFailure::Next => !self.has_more(at, reason),
                    OnFailure::Stop => false,
                };
                if waits && in_time {
                    self.tries[at].phase = Phase::Due { from, why: Why::Gate(reason), again };
                } else if again {
                    // It may have gone out before.
                    self.tries[at].phase = self.not_again(at);
                } else {
                    self.tries[at].close(Closed::Skipped(reason), now);
                }
            }
            Confirmation::Skip { reason } => self.tries[at].close(Closed::Skipped(reason), now),
            Confirmation::Stop { reason } => {
                self.tries[at].close(Closed::Stopped(reason), now);
                if let Reason::Superseded { event, .. } = reason
                    && self.ended.is_none()
                {
                    self.ended = Some(Ended::by(event));
                }
            }
        }
    }

    /// Whether something of the chain could still come up in the place of a dispatch.
    fn has_more(&self, at: usize, reason: Reason) -> bool {
        let place = self.course.places[at];
        let branch = self.dispatch(at).branch;
        let refusals = self.refusals();
        self.course.of_chain(place.chain).any(|other| {
            let further = self.dispatch(other).branch;
            let follows = further.alternative > branch.alternative || further == branch;
            let same_endpoint = self.dispatch(other).endpoint == self.dispatch(at).endpoint;
            let helps = same_endpoint && Closed::Skipped(reason).calls_for_stand_in();
            let serves = !self.step(other).is_stand_in() || helps;
            let waits = self.tries[other].phase == Phase::Idle && !self.is_covered(other, &refusals);
            other != at && follows && serves && waits
        })
    }

    /// Hands a dispatch out; `None` where it turns out to be known already that it was.
    pub(super) fn hand_out(&mut self, at: usize) -> Option<HandedOut> {
        let Phase::Due { again, .. } = self.tries[at].phase else { return None };
        let now = self.now;
        let tries = &mut self.tries[at];
        match tries.attempts.last_mut() {
            Some(attempt) if again => attempt.repeats = attempt.repeats.saturating_add(1),
            _ => tries.attempts.push(super::Attempt::new(now)),
        }
        tries.phase = Phase::Out { since: now };
        let repeat = tries.attempts.last().map_or(0, |attempt| attempt.repeats);
        let key = self.key(at, self.tries[at].attempts.len());
        // A snapshot from before the send may meet the receipts of the send.
        let known: Vec<_> = self.strays.iter().filter(|stray| stray.key == key).cloned().collect();
        let mut is_known = false;
        for receipt in &known {
            self.strays.remove(receipt);
            // That nobody knew what became of an earlier send of it says nothing about this one.
            if receipt.what != super::Happened::Unknown {
                is_known = true;
                self.absorb(receipt);
            }
        }
        (!is_known).then(|| HandedOut { key, dispatch: *self.dispatch(at), repeat })
    }

    /// Which lanes reached the customer: nothing of them is waited for.
    pub(super) fn reached_lanes(&self) -> Vec<bool> {
        let mut reached = vec![false; self.course.lanes];
        for (at, lane) in self.course.lane_of.iter().enumerate() {
            reached[*lane] |= self.is_settled_by(at, self.step(at));
        }
        reached
    }

    fn closed(&self, at: usize) -> Option<Closed> {
        match self.tries[at].phase {
            Phase::Over { why, .. } => Some(why),
            _ => None,
        }
    }

    fn drop_open(&mut self, lane: &Lane, why: Closed) {
        for at in lane.dispatches() {
            match self.tries[at].phase {
                Phase::Due { again: true, .. } => self.tries[at].phase = self.not_again(at),
                _ if self.tries[at].is_open() => self.tries[at].close(why, self.now),
                _ => {}
            }
        }
    }

    /// Whether a dispatch of the lane came as far as its step asks.
    fn is_reached(&self, lane: &Lane) -> bool {
        lane.dispatches().any(|at| self.is_settled_by(at, self.step(at)))
    }

    fn is_settled_by(&self, at: usize, step: &Step) -> bool {
        match step.settle_on() {
            SettleOn::Receipt(_) => self.tries[at].settled_at(step).is_some(),
            SettleOn::Event(name) => self.events.contains_key(&name),
        }
    }
}
