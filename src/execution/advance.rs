//! What follows from what is known: which dispatch comes up, which is tried again, which is given up.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    confirmation::Confirmation,
    draw::draw,
    execution::{
        Closed, Coverage, Ended, Execution, HandedOut, Why, after,
        course::{Alternative, Lane, Rung},
        goes_on, is_over,
        tries::{Phase, Tries},
    },
    plan::Step,
    policy::{FailureClass, OnFailure, SettleOn},
    reason::Reason,
    time::Span,
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

/// Waiting for less than this would be asking again at once.
const TICK: TimeDelta = TimeDelta::seconds(1);

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

    /// Closes everything that has not gone out, once the message's time is over.
    fn expire(&mut self) {
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
    fn time_out(&mut self, at: usize) {
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
    fn limit(&self, at: usize) -> Option<DateTime<Utc>> {
        let step = self.step(at);
        let first = self.tries[at].attempts.first()?.handed_out;
        match step.on_failure().on(FailureClass::Silent) {
            OnFailure::Wait => None,
            _ => Some(after(first, step.give_up_after().as_delta().max(TICK))),
        }
    }

    /// By when the provider is to have said something.
    fn accept_by(&self, at: usize, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let within = self.step(at).accept_within()?;
        let attempt = self.tries[at].attempts.last().filter(|attempt| attempt.is_unknown())?;
        let by = after(since, within.as_delta().max(TICK));
        let may_repeat = attempt.repeats < self.step(at).retry().attempts.max(1);
        (may_repeat && self.plan.expires().is_none_or(|expires| by < expires)).then_some(by)
    }

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
    fn not_again(&self, at: usize) -> Phase {
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

    fn fail(&mut self, at: usize, class: FailureClass) {
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
    fn not_early(&self, at: usize, from: DateTime<Utc>) -> DateTime<Utc> {
        from.max(self.dispatch(at).earliest())
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

    /// The dispatch that goes out next, where its time has come.
    pub(super) fn due(&self) -> Option<usize> {
        let is_over = self.plan.expires().is_some_and(|expires| expires <= self.now);
        let from = |at: usize| match self.tries[at].phase {
            Phase::Due { from, .. } if from <= self.now && !is_over => Some(from),
            _ => None,
        };
        (0..self.tries.len()).filter_map(|at| Some((from(at)?, at))).min().map(|(_, at)| at)
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

    /// Which lanes reached the customer: nothing of them is waited for.
    fn reached_lanes(&self) -> Vec<bool> {
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

    /// Whether the customer's no, or the end of the message, keeps anything more of a chain from going out.
    fn is_refused(&self, chain: u16) -> bool {
        let own = self.course.of_chain(chain);
        let stopped = |at: usize, tries: &Tries| {
            matches!(tries.phase, Phase::Over { why: Closed::Stopped(reason), .. }
                if own.contains(&at) || is_over(&reason))
        };
        if own.is_empty() || self.tries.iter().enumerate().any(|(at, tries)| stopped(at, tries)) {
            return !own.is_empty();
        }
        let refusals = self.refusals();
        refusals.iter().any(|(said_to, _)| own.contains(said_to))
            || !refusals.is_empty() && own.clone().all(|at| self.is_covered(at, &refusals))
    }

    /// Closes what would go out against a no that was said to something else: of another chain, for one.
    fn close_refused(&mut self) {
        let refusals = self.refusals();
        for at in 0..self.tries.len() {
            if matches!(self.tries[at].phase, Phase::Due { .. }) && self.is_covered(at, &refusals) {
                self.tries[at].close(Closed::Refused, self.now);
            }
        }
    }

    /// What the customer said no to, and how far that reaches; nearly always nothing.
    fn refusals(&self) -> Vec<(usize, Coverage)> {
        let said = self.tries.iter().enumerate().flat_map(|(at, tries)| {
            let covers =
                tries.attempts.iter().filter_map(|attempt| attempt.refused).map(|refused| refused.covers).max();
            covers.map(|covers| (at, covers))
        });
        said.collect()
    }

    fn is_covered(&self, at: usize, refusals: &[(usize, Coverage)]) -> bool {
        let dispatch = self.dispatch(at);
        refusals.iter().any(|(said_to, covers)| match covers {
            Coverage::Everything => true,
            Coverage::Kind => self.dispatch(*said_to).kind == dispatch.kind,
            Coverage::Endpoint => self.dispatch(*said_to).endpoint == dispatch.endpoint,
        })
    }
}
