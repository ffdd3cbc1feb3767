//! Composition: ranked candidates become steps, at instants that fit the hours and the deadline.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    channel::{Capability, ChannelDescriptor, ReceiptKind},
    id::EndpointId,
    plan::{Branch, Dispatch, Plan, Step},
    policy::CompiledGroup,
    time::Span,
    trace::{Candidate, DecisionTrace, Place, RankFields, Verdict},
    version::Version,
};

use super::{branches::Branches, hours::Opening, pace::Pace, ranking::Ranked, situation::Situation};

/// Numbers of usable candidates that go out together, best first.
type Together = Vec<u16>;

impl<'a> Ranked<'a> {
    pub(super) fn compose(mut self, situation: Situation<'a>) -> Plan {
        let mut always = Vec::new();
        let plain = situation.standing.always.is_empty() && situation.standing.group.is_none();
        let steps = if plain {
            self.chain_of_all(&situation)
        } else {
            let members = (0..self.usable).filter_map(|at| u16::try_from(at).ok());
            let (beside, chained) = self.part(members, |kind| situation.standing.always.has(kind));
            for chain in self.by_kind(beside) {
                let chain: Vec<Together> = chain.into_iter().map(|at| vec![at]).collect();
                // INVARIANT: there are at most as many chains as kinds.
                let number = always.len() as u16;
                let place = |step| Place::Always { chain: number, step };
                always.push(self.lay(&situation, chain, &Branches::default(), place));
            }
            let group = situation.standing.group;
            let (inside, outside) = self.part(chained, |kind| group.is_some_and(|group| group.has(kind)));
            let rank = |kind| inside.iter().copied().find(|at| self.kind_of(*at) == kind);
            let branches = Branches::of(group, rank);
            let mut chain = group.map(|group| self.expand(group, &inside)).unwrap_or_default();
            chain.extend(outside.into_iter().map(|at| vec![at]));
            self.lay(&situation, chain, &branches, Place::Step)
        };
        self.finish(situation, steps, always)
    }

    /// The usual case, every usable candidate a step of its own, without a vector in between.
    fn chain_of_all(&mut self, situation: &Situation<'a>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::with_capacity(self.usable);
        let mut pace = pace(situation);
        if pace.is_bounded() {
            let before = |at: usize| self.candidates[..at].iter().map(|candidate| candidate.endpoint);
            let leads = |at: &usize| !before(*at).any(|known| known == self.candidates[*at].endpoint);
            for at in (0..self.usable).filter(leads) {
                pace.add(situation.terms(self.kind(at)).give_up_after, self.latency(at));
            }
        }
        let mut from = situation.start;
        let mut in_order = true;
        for at in 0..self.usable {
            let stood_for = sent_to(&steps, self.candidates[at].endpoint);
            let wanted = stood_for.unwrap_or(from);
            let Some(dispatch) = self.dispatch(situation, at, wanted, Branch::default()) else { continue };
            let mut terms = situation.terms(self.kind(at));
            terms.give_up_after = pace.wait(terms.give_up_after, self.latency(at));
            if stood_for.is_none() {
                from = after(dispatch.not_before, terms.give_up_after);
            }
            in_order &= steps.last().is_none_or(|last| last.not_before() <= dispatch.not_before);
            self.candidates[at].place = u16::try_from(steps.len()).ok().map(Place::Step);
            steps.push(Step::one(dispatch, terms));
        }
        if !in_order {
            steps.sort_by_key(Step::not_before);
            self.renumber(&steps);
        }
        mark_stand_ins(&mut steps);
        steps
    }

    /// A chain of sets of candidates.
    fn lay(
        &mut self,
        situation: &Situation<'a>,
        chain: Vec<Together>,
        branches: &Branches,
        place: impl Fn(u16) -> Place,
    ) -> Vec<Step> {
        let endpoint = |at: &u16| self.candidates[usize::from(*at)].endpoint;
        let leads = |number: usize| {
            let before = || chain[..number].iter().flatten().map(endpoint);
            chain[number].iter().map(endpoint).any(|mine| !before().any(|known| known == mine))
        };
        // The kind of the first says how a step settles; the slowest says how long it usually takes.
        let terms = |together: &[u16]| together.first().map(|first| situation.terms(self.kind_of(*first)));
        let latency = |together: &[u16]| {
            let latencies = together.iter().map(|at| self.latency(usize::from(*at)));
            latencies.max().unwrap_or(Span::ZERO)
        };
        let mut pace = pace(situation);
        for number in (0..chain.len()).filter(|number| leads(*number)) {
            if let Some(terms) = terms(&chain[number]) {
                pace.add(terms.give_up_after, latency(&chain[number]));
            }
        }
        let mut from = situation.start;
        let mut laid: Vec<Step> = Vec::with_capacity(chain.len());
        let mut members: Vec<Together> = Vec::with_capacity(chain.len());
        for together in chain {
            let Some(mut terms) = terms(&together) else { continue };
            terms.give_up_after = pace.wait(terms.give_up_after, latency(&together));
            let stood_for = |at: &u16| sent_to(&laid, self.candidates[usize::from(*at)].endpoint);
            let leads = together.iter().any(|at| stood_for(at).is_none());
            let wanted = |at: &u16| stood_for(at).filter(|_| !leads).unwrap_or(from);
            let dispatch = |at: &u16| {
                let branch = branches.of_kind(self.kind_of(*at));
                self.dispatch(situation, usize::from(*at), wanted(at), branch)
            };
            let dispatches: Vec<_> = together.iter().filter_map(dispatch).collect();
            // The step is given up once the last of its dispatches had its time.
            if let Some(last) = dispatches.iter().map(|dispatch| dispatch.not_before).max().filter(|_| leads) {
                from = after(last, terms.give_up_after);
            }
            laid.push(match dispatches.as_slice() {
                [only] => Step::one(*only, terms),
                _ => Step::many(dispatches, terms),
            });
            members.push(together);
        }
        let mut order: Vec<usize> = (0..laid.len()).collect();
        order.sort_by_key(|at| laid[*at].not_before());
        for (at, number) in order.iter().zip(0u16..) {
            for member in &members[*at] {
                self.candidates[usize::from(*member)].place = Some(place(number));
            }
        }
        laid.sort_by_key(Step::not_before);
        mark_stand_ins(&mut laid);
        laid
    }

    /// After steps were put in the order of their instants, candidates follow.
    fn renumber(&mut self, steps: &[Step]) {
        for (step, number) in steps.iter().zip(0u16..) {
            for dispatch in step.dispatches() {
                let mine = |candidate: &&mut Candidate| {
                    candidate.channel == dispatch.channel && candidate.endpoint == Some(dispatch.endpoint)
                };
                if let Some(candidate) = self.candidates.iter_mut().find(mine) {
                    candidate.place = Some(Place::Step(number));
                }
            }
        }
    }

    /// The dispatch of a candidate that is wanted from an instant on.
    fn dispatch(&self, situation: &Situation<'a>, at: usize, from: DateTime<Utc>, branch: Branch) -> Option<Dispatch> {
        let candidate = &self.candidates[at];
        let (endpoint, content) = candidate.endpoint.zip(candidate.content)?;
        let ready = ready(situation, candidate);
        let not_before = self.slot(situation, candidate, ready, from);
        let seat = self.seats.at(candidate.seat.0);
        Some(Dispatch {
            channel: candidate.channel,
            kind: candidate.kind,
            endpoint,
            not_before,
            expires: situation.expires,
            content,
            price: situation.price_of(&seat, candidate.content, not_before),
            opens: (ready < not_before).then_some(ready),
            branch,
            recallable: seat.descriptor().capabilities.has(Capability::Recall),
            blind: is_blind(seat.descriptor()),
        })
    }

    /// The first instant from `from` on at which the candidate is permitted and in time; where there is none, the last
    /// instant before that is both. A purpose that drops channels at closed hours drops none here: a fallback that would
    /// come up in such an hour comes up after it.
    fn slot(
        &self,
        situation: &Situation<'a>,
        candidate: &Candidate,
        ready: DateTime<Utc>,
        from: DateTime<Utc>,
    ) -> DateTime<Utc> {
        if from <= ready {
            return ready;
        }
        let seat = self.seats.at(candidate.seat.0);
        let Some(endpoint) = seat.endpoint else { return ready };
        let last_start = situation.last_start();
        let latest = situation.latest(&seat, endpoint).map_or(last_start, |latest| latest.min(last_start)).max(ready);
        match situation.opening(from.min(latest), &seat, endpoint) {
            Opening::Now => from.min(latest),
            Opening::At { instant, .. } if instant <= latest => instant,
            _ => situation.last_permitted(ready, latest, &seat, endpoint),
        }
    }

    /// The steps of a group: members of one-of after each other, members of all-of beside each other.
    fn expand(&self, group: &CompiledGroup, inside: &[u16]) -> Vec<Together> {
        match group {
            CompiledGroup::Kind(kind) => {
                inside.iter().filter(|at| self.kind_of(**at) == *kind).map(|at| vec![*at]).collect()
            }
            CompiledGroup::OneOf(members) => {
                let mut chains: Vec<_> = members.iter().map(|member| self.expand(member, inside)).collect();
                // Numbers are ranks: the member with the best candidate goes first.
                chains.sort_by_key(|chain| chain.iter().flatten().min().copied().unwrap_or(u16::MAX));
                chains.into_iter().flatten().collect()
            }
            CompiledGroup::AllOf(members) => {
                let mut steps: Vec<Together> = Vec::new();
                for chain in members.iter().map(|member| self.expand(member, inside)) {
                    for (at, together) in chain.into_iter().enumerate() {
                        match steps.get_mut(at) {
                            Some(step) => step.extend(together),
                            None => steps.push(together),
                        }
                    }
                }
                steps.iter_mut().for_each(|step| step.sort_unstable());
                steps
            }
        }
    }

    /// Those whose kind is wanted, and the others.
    fn part(&self, members: impl IntoIterator<Item = u16>, wanted: impl Fn(u8) -> bool) -> (Vec<u16>, Vec<u16>) {
        members.into_iter().partition(|at| wanted(self.kind_of(*at)))
    }

    /// Candidates parted by kind, the kind of the best one first.
    fn by_kind(&self, members: Vec<u16>) -> Vec<Vec<u16>> {
        let mut chains: Vec<Vec<u16>> = Vec::new();
        for at in members {
            let kind = self.candidates[usize::from(at)].kind;
            match chains.iter_mut().find(|chain| self.candidates[usize::from(chain[0])].kind == kind) {
                Some(chain) => chain.push(at),
                None => chains.push(vec![at]),
            }
        }
        chains
    }

    fn kind_of(&self, at: u16) -> u8 {
        self.kind(usize::from(at))
    }

    fn kind(&self, at: usize) -> u8 {
        self.seats.at(self.candidates[at].seat.0).kind()
    }

    /// How long a candidate's channel usually takes.
    fn latency(&self, at: usize) -> Span {
        self.seats.at(self.candidates[at].seat.0).descriptor().latency
    }

    fn finish(mut self, situation: Situation<'a>, steps: Vec<Step>, always: Vec<Vec<Step>>) -> Plan {
        // The chain, then what runs beside it, then what is not used, each in the order it had.
        self.candidates.sort_by_key(|candidate| match candidate.place {
            Some(Place::Step(step)) => (0, 0, step),
            Some(Place::Always { chain, step }) => (1, chain, step),
            None => (2, 0, 0),
        });
        let conversation = situation
            .message
            .conversation()
            .or_else(|| situation.conversation.map(|conversation| &conversation.id))
            .cloned();
        let law = situation.applied_law();
        Plan {
            version: Version::CURRENT,
            message: situation.message.id().clone(),
            dedupe_key: situation.message.dedupe_key().cloned(),
            customer: situation.profile.id().clone(),
            topic: situation.message.topic(),
            purpose: situation.message.purpose(),
            urgency: situation.message.urgency(),
            conversation,
            policy: situation.config.policy.name,
            tags: situation.message.shared_tags(),
            brand: situation.brand(),
            counts_toward_caps: situation.purpose.demands.counts_toward_caps,
            cancel_on: situation.message.shared_cancel_on(),
            seed: situation.facts.seed,
            made_at: situation.facts.now,
            expires: situation.expires,
            steps,
            always,
            trace: DecisionTrace {
                ranked_by: RankFields::of(situation.standing.rank),
                zones: Some(situation.config.tables),
                rules: situation.rules,
                law,
                candidates: self.candidates,
            },
        }
    }
}

/// The time until the deadline, to be shared by the steps of a chain.
fn pace(situation: &Situation<'_>) -> Pace {
    let left = situation.expires.map(|expires| (expires - situation.start).num_seconds());
    Pace::until(left.map(|left| u64::try_from(left).unwrap_or(0)))
}

/// The first instant at which a usable candidate is permitted.
fn ready(situation: &Situation<'_>, candidate: &Candidate) -> DateTime<Utc> {
    match candidate.verdict {
        Verdict::Deferred { until, .. } => until,
        _ => situation.start,
    }
}

/// Whether a channel says which receipts it gives, and none of them is of reading.
fn is_blind(channel: &ChannelDescriptor) -> bool {
    channel.receipts.iter().max().is_some_and(|highest| *highest < ReceiptKind::Read)
}

/// When an endpoint is first sent to in steps already laid: another provider for it waits for a failure, not for silence.
fn sent_to(steps: &[Step], endpoint: Option<EndpointId>) -> Option<DateTime<Utc>> {
    let dispatches = steps.iter().flat_map(Step::dispatches);
    dispatches.filter(|dispatch| Some(dispatch.endpoint) == endpoint).map(|dispatch| dispatch.not_before).next()
}

/// Marks the steps of which every endpoint was sent to before.
fn mark_stand_ins(steps: &mut [Step]) {
    for at in 1..steps.len() {
        let (before, rest) = steps.split_at_mut(at);
        let Some(step) = rest.first_mut() else { return };
        let known = |endpoint| before.iter().flat_map(Step::dispatches).any(|earlier| earlier.endpoint == endpoint);
        let stands_in = step.dispatches().iter().all(|dispatch| known(dispatch.endpoint));
        step.set_stand_in(stands_in);
    }
}

fn after(instant: DateTime<Utc>, wait: Span) -> DateTime<Utc> {
    instant
        .checked_add_signed(TimeDelta::try_seconds(i64::try_from(wait.as_secs()).unwrap_or(0)).unwrap_or_default())
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
