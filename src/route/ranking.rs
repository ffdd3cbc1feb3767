//! Ranking: a total order over whole numbers, compared field by field.

use crate::{
    content::ContentChoice,
    facts::ChannelState,
    policy::{CompiledGroup, RankField},
    profile::{Endpoint, EndpointHealth},
    trace::{Candidate, Ordered, RANK_FIELDS, RankKey, Verdict},
};

use super::{
    eligibility::{Judged, Seat, Seats},
    situation::Situation,
};

/// Candidates in the order in which the plan takes them: usable ones by rank, then the refused in declared order.
pub(super) struct Ranked<'a> {
    pub(super) candidates: Vec<Candidate>,
    /// How many of them are usable.
    pub(super) usable: usize,
    pub(super) seats: Seats<'a>,
}

/// Per mille of everything: what rates are measured in.
const WHOLE: u32 = 1000;

impl<'a> Judged<'a> {
    pub(super) fn rank(self, situation: &Situation<'a>) -> Ranked<'a> {
        let Self { mut candidates, seats } = self;
        let mut usable = 0;
        for (candidate, declared) in candidates.iter_mut().zip(0u32..) {
            if candidate.verdict.is_usable() {
                usable += 1;
                candidate.key = Some(situation.key(&seats.at(candidate.seat.0), candidate.content, declared));
            }
        }
        let patient = situation.start.checked_add_signed(situation.patience().as_delta());
        let place = |candidate: &Candidate| {
            // A channel that opens within the policy's patience is worth waiting for; later ones come as they open.
            let opens = match candidate.verdict {
                Verdict::Deferred { until, .. } if patient.is_some_and(|patient| until > patient) => Some(until),
                _ => None,
            };
            (!candidate.verdict.is_usable(), opens)
        };
        // Stable, so that the refused stay in declared order, and without an allocation for a handful.
        candidates.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.key.cmp(&b.key)));
        Ranked { candidates, usable, seats }
    }
}

impl Situation<'_> {
    fn key(&self, seat: &Seat<'_>, content: Option<ContentChoice>, declared: u32) -> RankKey {
        let mut fields = [0; RANK_FIELDS];
        for (place, field) in fields.iter_mut().zip(self.standing.rank) {
            *place = self.rank_in(*field, seat, content);
        }
        RankKey { fields, declared }
    }

    /// What one field comes to for one candidate; the lower, the better.
    fn rank_in(&self, field: RankField, seat: &Seat<'_>, content: Option<ContentChoice>) -> u32 {
        let (descriptor, kind) = (seat.descriptor(), seat.kind());
        match field {
            RankField::Health => {
                let channel = self.facts.state_of(descriptor.id).state != ChannelState::Up;
                let suspect = seat.endpoint.is_some_and(|endpoint| endpoint.health() != EndpointHealth::Reachable);
                u32::from(channel) + u32::from(suspect)
            }
            RankField::Stated => {
                let stated = self.profile.preferences().order_for(self.message.topic());
                let place = stated.iter().position(|kind| *kind == descriptor.kind);
                place.map_or(u32::MAX, |place| u32::try_from(place).unwrap_or(u32::MAX))
            }
            RankField::Conversation => {
                let held = self.conversation.zip(seat.endpoint);
                u32::from(!held.is_some_and(|(talk, endpoint)| talk.is_on(descriptor.kind, endpoint.id())))
            }
            RankField::Prefer => self.standing.prefer.map_or(0, |places| u32::from(places.of_kind(kind))),
            RankField::Affinity => WHOLE - self.affinity(seat),
            RankField::Campaign => {
                let figure = self.facts.campaign.get(&descriptor.kind);
                WHOLE - figure.map_or(0, |figure| per_mille(figure.effective.into(), figure.delivered.into()))
            }
            RankField::Order => self.order_of(seat),
            RankField::Price => self
                .price_of(seat, content, self.start)
                .map_or(0, |price| u32::try_from(price.micros).unwrap_or(u32::MAX)),
            RankField::Presence => {
                let is_there = |endpoint: &Endpoint| self.facts.is_present(descriptor.kind, endpoint.id());
                u32::from(!seat.endpoint.is_some_and(is_there))
            }
            RankField::Latency => u32::try_from(descriptor.latency.as_secs()).unwrap_or(u32::MAX),
        }
    }

    /// How much of what is delivered on a kind the customer acts on, per mille, shrunk towards their segments.
    fn affinity(&self, seat: &Seat<'_>) -> u32 {
        let priors = &self.config.policy.priors;
        let kind = seat.descriptor().kind;
        let own = self.profile.engagement().get(&kind).copied().unwrap_or_default();
        if own.delivered == 0 && priors.rates.is_empty() {
            return priors.otherwise.min(WHOLE);
        }
        let named = self.profile.segments().iter().filter_map(|segment| priors.rates.get(segment)?.get(&kind));
        let prior = u64::from(named.max().copied().unwrap_or(priors.otherwise).min(WHOLE));
        let (strength, delivered) = (u64::from(priors.strength.max(1)), u64::from(own.delivered));
        let engaged = u64::from(own.engaged.min(own.delivered));
        // (strength × prior + engaged) / (strength + delivered), with the prior already per mille.
        let rate = (strength * prior + engaged * u64::from(WHOLE)) / (strength + delivered);
        u32::try_from(rate).unwrap_or(WHOLE).min(WHOLE)
    }

    /// The place in the message's own order, then in the policy's: that of its group, then that of its `order`.
    fn order_of(&self, seat: &Seat<'_>) -> u32 {
        let authors = self.message.channels().map(|channels| channels.order.as_slice()).unwrap_or_default();
        if let Some(place) = authors.iter().position(|kind| *kind == seat.descriptor().kind) {
            return u32::try_from(place).unwrap_or(u32::MAX).min(Ordered::PLACES - 1);
        }
        let within = self.standing.group.and_then(|group| group.place_of(seat.kind()));
        if let Some(place) = within {
            return Ordered::PLACES + place;
        }
        2 * Ordered::PLACES + self.standing.order.map_or(0, |places| u32::from(places.of_kind(seat.kind())))
    }
}

fn per_mille(part: u64, whole: u64) -> u32 {
    if whole == 0 {
        return 0;
    }
    // A part is at most the whole, so the quotient is at most 1000.
    u32::try_from(part.min(whole) * u64::from(WHOLE) / whole).unwrap_or(WHOLE)
}

impl CompiledGroup {
    /// The place of a kind in the text of the group.
    fn place_of(&self, kind: u8) -> Option<u32> {
        fn walk(group: &CompiledGroup, kind: u8, place: &mut u32) -> bool {
            match group {
                CompiledGroup::Kind(here) => {
                    let found = *here == kind;
                    *place += u32::from(!found);
                    found
                }
                CompiledGroup::OneOf(members) | CompiledGroup::AllOf(members) => {
                    members.iter().any(|member| walk(member, kind, place))
                }
            }
        }
        let mut place = 0;
        walk(self, kind, &mut place).then_some(place.min(254))
    }

    pub(super) fn has(&self, kind: u8) -> bool {
        self.place_of(kind).is_some()
    }
}
