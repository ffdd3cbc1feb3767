//! Eligibility: every channel and endpoint goes through the gates.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    cap_count::CapCount,
    channel::{Capability, ChannelDescriptor},
    config::Registered,
    confirmation::Confirmation,
    content::{ContentChoice, FitContext, Fitted, Session, Unfit},
    country::Country,
    event::Event,
    facts::ChannelState,
    id::CapId,
    message::Message,
    money::Money,
    plan::Dispatch,
    policy::{Field, Lift, WhenCapped},
    price::Sale,
    profile::{
        ConsentQuery, ConsentState, Endpoint, EndpointHealth, RegistryAnswer, Resolved, Suppression, SuppressionClass,
        fold,
    },
    reason::Reason,
    trace::{Aside, Candidate, Gate, Refusal, SeatNumber, Verdict},
};

use super::{hours::Opening, situation::Situation};

/// One channel with one of the customer's endpoints, or without one.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) registered: &'a Registered,
    pub(super) endpoint: Option<&'a Endpoint>,
}

impl<'a> Seat<'a> {
    pub(super) fn kind(&self) -> u8 {
        self.registered.kind
    }

    pub(super) fn descriptor(&self) -> &'a ChannelDescriptor {
        &self.registered.descriptor
    }
}

/// Candidates with their verdicts, each beside the seat it was judged on, in declared order.
pub(super) struct Judged<'a> {
    pub(super) candidates: Vec<Candidate>,
    pub(super) seats: Seats<'a>,
}

/// Finds the seat of a candidate again without a second vector.
pub(super) struct Seats<'a> {
    channels: &'a [Registered],
    endpoints: &'a [Endpoint],
}

impl<'a> Seats<'a> {
    fn of(situation: &Situation<'a>) -> Self {
        Self { channels: &situation.config.channels, endpoints: situation.profile.endpoints() }
    }

    /// Every channel once per endpoint of its kind, or once without one.
    fn for_each(&self, mut visit: impl FnMut(SeatNumber)) {
        for (registered, channel) in self.channels.iter().zip(0..) {
            let mut alone = true;
            for (endpoint, number) in self.endpoints.iter().zip(0..) {
                if endpoint.kind() == registered.descriptor.kind {
                    alone = false;
                    visit(SeatNumber { channel, endpoint: Some(number) });
                }
            }
            if alone {
                visit(SeatNumber { channel, endpoint: None });
            }
        }
    }

    fn count(&self) -> usize {
        let mut count = 0;
        self.for_each(|_| count += 1);
        count
    }

    /// The seat on which a candidate of this very decision was judged.
    pub(super) fn at(&self, number: SeatNumber) -> Seat<'a> {
        Seat {
            registered: &self.channels[number.channel as usize],
            endpoint: number.endpoint.map(|at| &self.endpoints[at as usize]),
        }
    }

    /// The seat of a candidate of another decision, by name.
    fn find(&self, candidate: &Candidate) -> Option<Seat<'a>> {
        let registered = self.channels.iter().find(|registered| registered.descriptor.id == candidate.channel)?;
        let endpoint = match candidate.endpoint {
            Some(id) => Some(self.endpoints.iter().find(|endpoint| endpoint.id() == id)?),
            None => None,
        };
        Some(Seat { registered, endpoint })
    }
}

pub(super) fn judge<'a>(situation: &Situation<'a>) -> Judged<'a> {
    let seats = Seats::of(situation);
    let mut candidates = Vec::with_capacity(seats.count());
    seats.for_each(|number| candidates.push(candidate(situation, &seats.at(number), number)));
    Judged { candidates, seats }
}

fn candidate(situation: &Situation<'_>, seat: &Seat<'_>, number: SeatNumber) -> Candidate {
    let descriptor = seat.descriptor();
    let (verdict, content) = match situation.judge(seat) {
        Ok(Admitted { held, content }) => (verdict(held), Some(content)),
        Err(reason) => (Verdict::Refused { reason }, None),
    };
    Candidate {
        channel: descriptor.id,
        kind: descriptor.kind,
        endpoint: seat.endpoint.map(Endpoint::id),
        verdict,
        place: None,
        key: None,
        content,
        seat: Aside(number),
        detail: None,
    }
}

/// Every gate that says no to a candidate, and the seat it would need.
pub(super) fn refusals(situation: &Situation<'_>, candidate: &Candidate) -> Option<Vec<Refusal>> {
    let seat = Seats::of(situation).find(candidate)?;
    let mut refusals = Vec::new();
    let _: ControlFlow<(), _> = situation.ask_all(&seat, |gate, reason| {
        refusals.push(Refusal { gate, reason });
        ControlFlow::Continue(())
    });
    Some(refusals)
}

/// Where a candidate is let through, the instant from which it may go out; judged in a situation that may be another
/// one than the candidate's own.
pub(super) fn ready_on(situation: &Situation<'_>, candidate: &Candidate) -> Option<DateTime<Utc>> {
    let seat = Seats::of(situation).find(candidate)?;
    situation.judge(&seat).ok().map(|admitted| admitted.held.map_or(situation.start, |(until, _)| until))
}

/// How full a cap is when it stands in the way of a candidate.
pub(super) fn cap_count(situation: &Situation<'_>, candidate: &Candidate, cap: CapId) -> Option<CapCount> {
    let seat = Seats::of(situation).find(candidate)?;
    let endpoint = seat.endpoint?;
    let later = |hold: Result<Hold, Reason>, ready| hold.ok().flatten().map_or(ready, |(until, _)| until);
    let up = later(situation.channel(&seat, situation.start), situation.start);
    let ready = later(situation.time(&seat, endpoint, up), up);
    situation.cap_count(cap, &seat, endpoint, ready)
}

/// Whether one dispatch may go out now.
pub(super) fn confirmation_of(situation: &Situation<'_>, dispatch: &Dispatch) -> Confirmation {
    let seats = Seats::of(situation);
    let expired = dispatch.expires.filter(|at| *at <= situation.facts.now).map(|at| Reason::Expired { at });
    // The message may be over whatever became of the channel and the endpoint.
    if let Some(reason) = expired.or_else(|| situation.alive().err()) {
        return Confirmation::refused(reason);
    }
    let registered = seats.channels.iter().find(|registered| registered.descriptor.id == dispatch.channel);
    let endpoint = seats.endpoints.iter().find(|endpoint| endpoint.id() == dispatch.endpoint);
    match (registered, endpoint) {
        (Some(registered), Some(endpoint)) if endpoint.kind() == registered.descriptor.kind => {
            let seat = Seat { registered, endpoint: Some(endpoint) };
            match situation.judge(&seat) {
                Ok(admitted) => verdict(admitted.held).into(),
                // A channel that is down as well as refused by the customer is refused: the first gate that says no is
                // not always the one that weighs most.
                Err(reason) => match situation.ask_all(&seat, |_, reason| stop(reason)) {
                    ControlFlow::Break(stop) => stop,
                    ControlFlow::Continue(_) => Confirmation::refused(reason),
                },
            }
        }
        // The channel or the endpoint is gone since the plan was made.
        _ => Confirmation::refused(Reason::NoEndpoint { kind: dispatch.kind }),
    }
}

/// Breaks off at a reason for which no other channel is tried.
fn stop(reason: Reason) -> ControlFlow<Confirmation> {
    match Confirmation::refused(reason) {
        stop @ Confirmation::Stop { .. } => ControlFlow::Break(stop),
        _ => ControlFlow::Continue(()),
    }
}

/// What the channel of a dispatch gets.
pub(super) fn fitted_on<'m>(
    situation: &Situation<'_>,
    dispatch: &Dispatch,
    message: &'m Message,
) -> Result<Fitted<'m>, Unfit> {
    let seats = Seats::of(situation);
    let registered = seats.channels.iter().find(|registered| registered.descriptor.id == dispatch.channel);
    let endpoint = seats.endpoints.iter().find(|endpoint| endpoint.id() == dispatch.endpoint);
    let (Some(registered), Some(endpoint)) = (registered, endpoint) else {
        return Err(Unfit::new(Reason::NoEndpoint { kind: dispatch.kind }));
    };
    let seat = Seat { registered, endpoint: Some(endpoint) };
    let context = situation.fit_context(&seat, endpoint, dispatch.not_before.max(situation.facts.now));
    message.content().fit_choice(dispatch.content, &registered.descriptor, &context)
}

fn verdict(held: Hold) -> Verdict {
    match held {
        Some((until, reason)) => Verdict::Deferred { until, reason },
        None => Verdict::Eligible,
    }
}

/// What came of the gates that pass something on.
struct Admitted {
    /// Until when it has to wait, where it has to, and the last gate that said so.
    held: Hold,
    content: ContentChoice,
}

/// Until when a gate holds a candidate back, where it does, and why.
pub(super) type Hold = Option<(DateTime<Utc>, Reason)>;

impl Situation<'_> {
    /// All gates in order, up to the first refusal.
    fn judge(&self, seat: &Seat<'_>) -> Result<Admitted, Reason> {
        match self.ask_all(seat, |_, reason| ControlFlow::Break(reason)) {
            ControlFlow::Continue(Some(admitted)) => Ok(admitted),
            ControlFlow::Continue(None) => Err(Reason::ContentMissing),
            ControlFlow::Break(reason) => Err(reason),
        }
    }

    /// Asks the gates in the order of [`Gate::ALL`]; whoever hears of a refusal says whether to go on asking.
    ///
    /// `None` where all of them were asked and some had nothing to pass on.
    fn ask_all<B>(
        &self,
        seat: &Seat<'_>,
        mut refused: impl FnMut(Gate, Reason) -> ControlFlow<B>,
    ) -> ControlFlow<B, Option<Admitted>> {
        let mut hear = |gate, answer: Result<(), Reason>| match answer {
            Ok(()) => ControlFlow::Continue(()),
            Err(reason) => refused(gate, reason),
        };
        // The instant at which the send would go out, as far as the gates so far know, and the last that moved it.
        let mut ready = self.start;
        let mut held: Hold = self.held.map(|reason| (self.start, reason));
        let mut wait = |hold: Hold, ready: &mut DateTime<Utc>| {
            if let Some((until, _)) = hold {
                *ready = until;
                held = hold;
            }
        };
        hear(Gate::Alive, self.alive())?;
        let channel = self.channel(seat, ready).map(|hold| wait(hold, &mut ready));
        hear(Gate::Channel, channel)?;
        // Without an endpoint, the gates that judge endpoints have nothing to say: the endpoint gate has said it.
        let Some(endpoint) = seat.endpoint else {
            hear(Gate::Endpoint, Err(Reason::NoEndpoint { kind: seat.descriptor().kind }))?;
            hear(Gate::Policy, self.policy(seat))?;
            return ControlFlow::Continue(None);
        };
        hear(Gate::Endpoint, self.endpoint(endpoint))?;
        hear(Gate::Suppression, self.suppression(seat, endpoint))?;
        let kind = seat.kind();
        hear(Gate::Consent, self.lawful(kind, endpoint, || self.consent_state(kind, endpoint), self.start))?;
        hear(Gate::Preferences, self.preferences(seat))?;
        hear(Gate::Policy, self.policy(seat))?;
        let up = ready;
        let time = self.time(seat, endpoint, ready).map(|hold| wait(hold, &mut ready));
        hear(Gate::Time, time)?;
        let caps = self.capped_but_for_law(seat, endpoint, up);
        let caps = caps.and_then(|()| self.cap(seat, endpoint, ready)).map(|hold| wait(hold, &mut ready));
        hear(Gate::Caps, caps)?;
        let content = match self.content(seat, endpoint, ready) {
            Ok(content) => Some(content),
            Err(reason) => {
                hear(Gate::Content, Err(reason))?;
                None
            }
        };
        hear(Gate::Price, self.price(seat, content, ready))?;
        ControlFlow::Continue(content.map(|content| Admitted { held, content }))
    }

    fn alive(&self) -> Result<(), Reason> {
        match self.expires {
            Some(at) if at <= self.facts.now => return Err(Reason::Expired { at }),
            _ => {}
        }
        let (message, now) = (self.message, self.facts.now);
        let ends = |event: &&Event| event.at <= now && event.ends(message.id(), message.cancel_on());
        // The first is named, by name where several came at once, so that their order reaches no answer.
        match self.facts.events.iter().filter(ends).min_by_key(|event| (event.at, event.name)) {
            Some(event) => Err(Reason::Superseded { event: event.name, at: event.at }),
            None => Ok(()),
        }
    }

    /// A channel whose breaker closes in time is waited for, behind all that are open.
    fn channel(&self, seat: &Seat<'_>, ready: DateTime<Utc>) -> Result<Hold, Reason> {
        let health = self.facts.state_of(seat.descriptor().id);
        let reason = Reason::ChannelDown { until: health.until };
        let hold = match (health.state, health.until) {
            (ChannelState::Up | ChannelState::Degraded, _) => None,
            (_, Some(until)) if until <= ready => None,
            (_, Some(until)) if until <= self.last_start() => Some((until, reason)),
            _ => return Err(reason),
        };
        let Some(endpoint) = seat.endpoint else { return Ok(hold) };
        self.presence(seat, endpoint)?;
        let admitted = seat.registered.channel.admit(endpoint, self.message);
        admitted.map(|()| hold).map_err(|why| Reason::ChannelRefused { why })
    }

    fn presence(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Result<(), Reason> {
        let bound = seat.descriptor().capabilities.has(Capability::PresenceBound);
        if bound && !self.facts.is_present(endpoint.kind(), endpoint.id()) {
            return Err(Reason::NotPresent);
        }
        Ok(())
    }

    fn endpoint(&self, endpoint: &Endpoint) -> Result<(), Reason> {
        match endpoint.health() {
            EndpointHealth::Reachable | EndpointHealth::Suspect => {}
            EndpointHealth::Disabled => return Err(Reason::EndpointDisabled),
            EndpointHealth::HardBounced => return Err(Reason::HardBounced),
            EndpointHealth::Unrecognized(_) => return Err(Reason::EndpointUnknown),
        }
        if self.purpose.demands.verified_only && !endpoint.is_verified() {
            return Err(Reason::Unverified);
        }
        Ok(())
    }

    fn suppression(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Result<(), Reason> {
        let (purpose, now) = (self.message.purpose(), self.facts.now);
        let records = || self.profile.suppressions().iter().filter(|record| record.covers(endpoint, purpose, now));
        // Of several records the one that has stood longest is named, so that their order reaches no answer; a bounce only
        // where nobody refuses, for after a bounce another address may be tried.
        let rank = |record: &&Suppression| (record.class == SuppressionClass::HardBounce, record.since, record.class);
        if let Some(record) = records().min_by_key(rank) {
            // It opens when the last of them ends, and not at all where one has no end.
            let until = records().try_fold(now, |last, record| record.until.map(|until| last.max(until)));
            return Err(Reason::Suppressed { class: record.class, since: record.since, until });
        }
        self.registry(seat, endpoint)
    }

    /// An address on a registry is not sold to, and where the policy asks for an answer one that holds has to be there.
    fn registry(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Result<(), Reason> {
        let asked_for = self.purpose.registry_fresh.has(seat.kind());
        if !asked_for && (self.profile.registries().is_empty() || !self.message.purpose().is_commercial()) {
            return Ok(());
        }
        match self.profile.registry_answer(endpoint, self.facts.now) {
            RegistryAnswer::Fresh { listed: true, checked_at, .. }
            | RegistryAnswer::Stale { listed: true, checked_at } => {
                Err(Reason::Suppressed { class: SuppressionClass::Registry, since: Some(checked_at), until: None })
            }
            RegistryAnswer::Stale { checked_at, .. } if asked_for => {
                Err(Reason::RegistryStale { checked_at: Some(checked_at) })
            }
            RegistryAnswer::Unknown if asked_for => Err(Reason::RegistryStale { checked_at: None }),
            _ => Ok(()),
        }
    }

    pub(super) fn consent_state(&self, kind: u8, endpoint: &Endpoint) -> ConsentState {
        fold(self.profile.consents(), &self.consent_query(kind, endpoint), self.facts.now).0
    }

    pub(super) fn consent_query(&self, kind: u8, endpoint: &Endpoint) -> ConsentQuery {
        ConsentQuery {
            kind: endpoint.kind(),
            endpoint: endpoint.id(),
            purpose: self.message.purpose(),
            topic: self.message.topic(),
            brand: self.brand(),
            bases: self.purpose.demands.bases,
            confirmed: self.purpose.double_opt_in.has(kind),
        }
    }

    fn registry_ends(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Option<(DateTime<Utc>, Reason)> {
        if !self.purpose.registry_fresh.has(seat.kind()) {
            return None;
        }
        match self.profile.registry_answer(endpoint, self.facts.now) {
            RegistryAnswer::Fresh { until, checked_at, .. } => {
                Some((until, Reason::RegistryStale { checked_at: Some(checked_at) }))
            }
            _ => None,
        }
    }

    fn preferences(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        self.unwanted(seat, self.facts.now)
            .map_or(Ok(()), |resolved| Err(self.unwanted_says(seat, self.facts.now, resolved)))
    }

    fn resolved(&self, seat: &Seat<'_>, at: DateTime<Utc>) -> Resolved {
        let (purpose, topic, kind) = (self.message.purpose(), self.message.topic(), seat.descriptor().kind);
        self.profile.preferences().resolve_for(purpose, self.config.policy.resolution, topic, kind, at)
    }

    /// What the choices come to, where it forbids a send at that instant.
    fn unwanted(&self, seat: &Seat<'_>, at: DateTime<Utc>) -> Option<Resolved> {
        if !self.purpose.demands.obeys_preferences {
            return None;
        }
        let resolved = self.resolved(seat, at);
        if !resolved.is_off(self.topic.off_by_default) {
            return None;
        }
        let required = self.topic.mandatory.has(seat.kind()) && !self.message.purpose().is_commercial();
        let overruled = required || self.standing.lifts(Lift::Preferences, seat.kind());
        (resolved.locked || !overruled).then_some(resolved)
    }

    fn unwanted_says(&self, seat: &Seat<'_>, at: DateTime<Utc>, resolved: Resolved) -> Reason {
        let opens = |turn| !self.resolved(seat, turn).is_off(self.topic.off_by_default);
        let until = self.profile.preferences().turns_when(self.message.topic(), at, opens);
        if resolved.locked {
            Reason::TenantLocked { since: resolved.since, until }
        } else {
            Reason::PreferenceOff { set_by: resolved.set_by, since: resolved.since, until }
        }
    }

    /// When the choices that let a message through no longer do.
    fn preference_ends(&self, seat: &Seat<'_>) -> Option<(DateTime<Utc>, Reason)> {
        if !self.purpose.demands.obeys_preferences {
            return None;
        }
        let closes = |turn| self.unwanted(seat, turn).is_some();
        let end = self.profile.preferences().turns_when(self.message.topic(), self.facts.now, closes)?;
        Some((end, self.unwanted_says(seat, end, self.resolved(seat, end))))
    }

    fn policy(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        let kind = seat.kind();
        let rule = |number: u16| self.config.policy.rules[usize::from(number)].name;
        if self.standing.deny.has(kind) {
            let denying = self
                .rules
                .iter()
                .find(|applied| self.config.policy.rules[usize::from(applied.number.0)].then.deny.has(kind));
            return Err(match denying {
                // The defaults or the purpose deny before any rule does.
                _ if self.purpose.base.deny.has(kind) => Reason::DeniedByPolicy,
                Some(applied) => Reason::DeniedByRule { rule: applied.rule },
                None => Reason::DeniedByPolicy,
            });
        }
        if self.standing.only.is_some_and(|only| !only.has(kind)) {
            return Err(Reason::OutsideOnly { rule: self.standing.owner(Field::Only).map(rule) });
        }
        let named = self.message.channels().map(|channels| channels.only.as_slice()).unwrap_or_default();
        if !named.is_empty() && !named.contains(&seat.descriptor().kind) {
            return Err(Reason::OutsideOverride);
        }
        Ok(())
    }

    fn time(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Result<Hold, Reason> {
        let (ready, hold) = match self.opening_to_wait_for(ready, seat, endpoint) {
            Opening::Now => (ready, None),
            Opening::At { instant, reason } => (instant, Some((instant, reason))),
            Opening::Never(reason) => return Err(reason),
        };
        if let Some(latest) = self.in_time(seat).filter(|latest| ready > *latest) {
            return Err(Reason::TooLate { latest });
        }
        match self.permission_ends(seat, endpoint) {
            Some((at, reason)) if ready >= at => Err(reason),
            _ => Ok(hold),
        }
    }

    /// Hours of law that carry a message past a full cap do not save it from being dropped there.
    fn capped_but_for_law(&self, seat: &Seat<'_>, endpoint: &Endpoint, up: DateTime<Utc>) -> Result<(), Reason> {
        if self.purpose.demands.when_capped == WhenCapped::Drop
            && self.law_tells_when(seat.kind(), endpoint)
            && let Some(ready) = self.open_but_for_law(up, seat, endpoint)
        {
            self.cap(seat, endpoint, ready)?;
        }
        Ok(())
    }

    /// When the permission ends without which nothing may be sent to an endpoint, and what is said from then on.
    fn permission_ends(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Option<(DateTime<Utc>, Reason)> {
        let lawful = self.lawful_until(seat.kind(), endpoint);
        let registry = self.registry_ends(seat, endpoint);
        lawful.into_iter().chain(registry).chain(self.preference_ends(seat)).min_by_key(|(at, _)| *at)
    }

    /// The last instant at which a send would still be in time and permitted.
    pub(super) fn latest(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Option<DateTime<Utc>> {
        let permitted = self.permission_ends(seat, endpoint);
        let permitted = permitted.and_then(|(end, _)| end.checked_sub_signed(TimeDelta::seconds(1)));
        match (self.in_time(seat), permitted) {
            (Some(in_time), Some(permitted)) => Some(in_time.min(permitted)),
            (in_time, permitted) => in_time.or(permitted),
        }
    }

    /// The last instant at which a send on this channel would still arrive before the message expires.
    fn in_time(&self, seat: &Seat<'_>) -> Option<DateTime<Utc>> {
        let expires = self.expires?;
        // The expiry itself is too late, so even a channel without latency leaves a second before it.
        let usual = seat.descriptor().latency.as_delta().max(TimeDelta::seconds(1));
        Some(expires.checked_sub_signed(usual).unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    fn content(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Result<ContentChoice, Reason> {
        let context = self.fit_context(seat, endpoint, ready);
        self.message.content().judge(seat.descriptor(), &context)
    }

    /// For whom, when and within what the content of the message is fitted.
    pub(super) fn fit_context<'s>(&'s self, seat: &Seat<'s>, endpoint: &Endpoint, at: DateTime<Utc>) -> FitContext<'s> {
        let mut context = FitContext::new(at, self.message.purpose());
        context.urgency = self.message.urgency();
        context.expires = self.expires;
        context.collapse = self.message.dedupe_key().map(|key| key.as_str());
        context.brand = self.message.brand().or(self.profile.tenant());
        context.locales = self.profile.locales();
        context.country = self.country(endpoint);
        context.values = self.message.values();
        context.render = &*self.config.render;
        context.limits = &seat.registered.limits;
        context.session = self.session(seat.descriptor(), endpoint, at);
        context.long_form_only = self.standing.long_form_only.has(seat.kind());
        context.no_links = self.standing.no_links.has(seat.kind());
        context
    }

    /// Where an endpoint is: the one country of its own evidence, else the customer's.
    fn country(&self, endpoint: &Endpoint) -> Option<Country> {
        let own = endpoint.jurisdictions().map(|evidence| evidence.places());
        match own {
            Some([one]) => Some(one.country()),
            _ => self.profile.country(),
        }
    }

    /// Whether free text may be sent on a channel at an instant.
    fn session(&self, descriptor: &ChannelDescriptor, endpoint: &Endpoint, ready: DateTime<Utc>) -> Session {
        if descriptor.capabilities.has(Capability::Session) {
            let window = descriptor.session.as_delta();
            let here =
                |conversation: &&crate::profile::Conversation| conversation.is_on(descriptor.kind, endpoint.id());
            let last = self.profile.conversations().iter().filter(here).map(|held| held.last_inbound);
            // A word from the future is no word.
            match last.filter(|at| *at <= self.facts.now).max() {
                Some(at) if ready - at < window => Session::Open,
                last => Session::Closed { since: last.and_then(|at| at.checked_add_signed(window)) },
            }
        } else {
            Session::Open
        }
    }

    /// What a candidate costs that is sent at an instant; `None` costs nothing.
    pub(super) fn price_of(&self, seat: &Seat<'_>, content: Option<ContentChoice>, at: DateTime<Utc>) -> Option<Money> {
        seat.descriptor().price_of(&Sale {
            country: seat.endpoint.and_then(|endpoint| self.country(endpoint)),
            purpose: self.message.purpose(),
            form: content.map(|content| content.form),
            at,
            units: content.map_or(1, |content| content.units),
        })
    }

    fn price(&self, seat: &Seat<'_>, content: Option<ContentChoice>, at: DateTime<Utc>) -> Result<(), Reason> {
        let (Some(ceiling), Some(price)) = (self.message.price_ceiling(), self.price_of(seat, content, at)) else {
            return Ok(());
        };
        if price.currency != ceiling.currency {
            return Err(Reason::PriceIncomparable);
        }
        if price.micros > ceiling.micros {
            return Err(Reason::TooExpensive { price: price.micros, ceiling: ceiling.micros });
        }
        Ok(())
    }
}
