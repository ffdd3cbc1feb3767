//! Composition: ranked candidates become steps, at instants that fit the hours and the deadline.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    plan::{Dispatch, Plan, Step, Terms},
    policy::CompiledGroup,
    time::Span,
    trace::{Candidate, DecisionTrace, Place, RankFields, Verdict},
    version::Version,
};

use super::{
    hours::{Lifted, Opening},
    ranking::Ranked,
    situation::Situation,
};

/// Numbers of usable candidates that go out together, best first.
type Together = Vec<u16>;

impl<'a> Ranked<'a> {
    pub(super) fn compose(mut self, situation: Situation<'a>) -> Plan {
        let terms = Terms {
            settle_on: situation.standing.settle_on,
            give_up_after: situation.standing.give_up_after,
            on_failure: situation.standing.fall_through,
        };
        let mut always = Vec::new();
        let plain = situation.standing.always.is_empty() && situation.standing.group.is_none();
        let steps = if plain {
            self.chain_of_all(&situation, terms)
        } else {
            let members = (0..self.usable).filter_map(|at| u16::try_from(at).ok());
            let (beside, chained) = self.part(members, |kind| situation.standing.always.has(kind));
            for chain in self.by_kind(beside) {
                let chain: Vec<Together> = chain.into_iter().map(|at| vec![at]).collect();
                // INVARIANT: there are at most as many chains as kinds.
                let number = always.len() as u16;
                always.push(self.lay(&situation, chain, terms, |step| Place::Always { chain: number, step }));
            }
            let group = situation.standing.group;
            let (inside, outside) = self.part(chained, |kind| group.is_some_and(|group| group.has(kind)));
            let mut chain = group.map(|group| self.expand(group, &inside)).unwrap_or_default();
            chain.extend(outside.into_iter().map(|at| vec![at]));
            self.lay(&situation, chain, terms, Place::Step)
        };
        self.finish(situation, steps, always)
    }

    /// The usual case, every usable candidate a step of its own, without a vector in between.
    fn chain_of_all(&mut self, situation: &Situation<'a>, terms: Terms) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.usable);
        let wait = self.wait(situation, terms.give_up_after, self.usable);
        let mut from = situation.start;
        let mut in_order = true;
        for at in 0..self.usable {
            let Some(dispatch) = self.dispatch(situation, at, from) else { continue };
            in_order &= steps.last().is_none_or(|last: &Step| last.not_before() <= dispatch.not_before);
            from = after(dispatch.not_before, wait);
            self.candidates[at].place = u16::try_from(steps.len()).ok().map(Place::Step);
            steps.push(Step::one(dispatch, Terms { give_up_after: wait, ..terms }));
        }
        if !in_order {
            steps.sort_by_key(Step::not_before);
            self.renumber(&steps);
        }
        steps
    }

    /// A chain of sets of candidates.
    fn lay(
        &mut self,
        situation: &Situation<'a>,
        chain: Vec<Together>,
        terms: Terms,
        place: impl Fn(u16) -> Place,
    ) -> Vec<Step> {
        let wait = self.wait(situation, terms.give_up_after, chain.len());
        let mut from = situation.start;
        let mut laid: Vec<(Step, Together)> = Vec::with_capacity(chain.len());
        for together in chain {
            let dispatches: Vec<_> =
                together.iter().filter_map(|at| self.dispatch(situation, usize::from(*at), from)).collect();
            // The step is given up once the last of its dispatches had its time.
            if let Some(last) = dispatches.iter().map(|dispatch| dispatch.not_before).max() {
                from = after(last, wait);
            }
            let terms = Terms { give_up_after: wait, ..terms };
            let step = match dispatches.as_slice() {
                [only] => Step::one(*only, terms),
                _ => Step::many(dispatches, terms),
            };
            laid.push((step, together));
        }
        laid.sort_by_key(|(step, _)| step.not_before());
        for ((_, together), number) in laid.iter().zip(0u16..) {
            for at in together {
                self.candidates[usize::from(*at)].place = Some(place(number));
            }
        }
        laid.into_iter().map(|(step, _)| step).collect()
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

    /// How long a step may take: the policy's word, or less where the deadline leaves less for each.
    fn wait(&self, situation: &Situation<'a>, give_up_after: Span, steps: usize) -> Span {
        let Some(expires) = situation.expires else { return give_up_after };
        let left = (expires - situation.start).num_seconds().max(0);
        let each = left / i64::try_from(steps.max(1)).unwrap_or(i64::MAX);
        match u32::try_from(each) {
            Ok(each) => give_up_after.min(Span::from_secs(each)),
            Err(_) => give_up_after,
        }
    }

    /// The dispatch of a candidate that is wanted from an instant on.
    fn dispatch(&self, situation: &Situation<'a>, at: usize, from: DateTime<Utc>) -> Option<Dispatch> {
        let candidate = &self.candidates[at];
        let (endpoint, content) = candidate.endpoint.zip(candidate.content)?;
        Some(Dispatch {
            channel: candidate.channel,
            kind: candidate.kind,
            endpoint,
            not_before: self.slot(situation, candidate, from),
            content,
            price: self.seats.find(candidate)?.descriptor().price,
        })
    }

    /// The first instant from `from` on at which the candidate is permitted and in time; where there is none, the
    /// instant at which it was judged, which is both.
    fn slot(&self, situation: &Situation<'a>, candidate: &Candidate, from: DateTime<Utc>) -> DateTime<Utc> {
        let ready = match candidate.verdict {
            Verdict::Deferred { until, .. } => until,
            _ => situation.start,
        };
        if from <= ready {
            return ready;
        }
        let Some(seat) = self.seats.find(candidate) else { return ready };
        let latest = situation.latest(&seat);
        let wanted = latest.map_or(from, |latest| from.min(latest));
        let Some(endpoint) = seat.endpoint else { return ready };
        match situation.opening_from(wanted, &seat, endpoint, Lifted::AsSaid) {
            Opening::Now => wanted,
            Opening::At { instant, .. } if latest.is_none_or(|latest| instant <= latest) => instant,
            _ => ready,
        }
    }

    /// The steps of a group: members of one-of after each other, members of all-of beside each other.
    fn expand(&self, group: &CompiledGroup, inside: &[u16]) -> Vec<Together> {
        match group {
            CompiledGroup::Kind(kind) => {
                inside.iter().filter(|at| self.kind_of(**at) == Some(*kind)).map(|at| vec![*at]).collect()
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
        members.into_iter().partition(|at| self.kind_of(*at).is_some_and(&wanted))
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

    fn kind_of(&self, at: u16) -> Option<u8> {
        self.seats.find(&self.candidates[usize::from(at)]).map(|seat| seat.kind())
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
        Plan {
            version: Version::CURRENT,
            message: situation.message.id().clone(),
            customer: situation.profile.id().clone(),
            topic: situation.message.topic(),
            purpose: situation.message.purpose(),
            urgency: situation.message.urgency(),
            conversation,
            policy: situation.config.policy.name,
            made_at: situation.facts.now,
            expires: situation.expires,
            steps,
            always,
            trace: DecisionTrace {
                ranked_by: RankFields::of(situation.standing.rank),
                rules: situation.rules,
                candidates: self.candidates,
            },
        }
    }
}

fn after(instant: DateTime<Utc>, wait: Span) -> DateTime<Utc> {
    instant
        .checked_add_signed(TimeDelta::try_seconds(i64::try_from(wait.as_secs()).unwrap_or(0)).unwrap_or_default())
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
