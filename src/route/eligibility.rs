//! Eligibility: every channel and endpoint goes through the gates.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    channel::{Capability, ChannelDescriptor},
    config::Registered,
    content::{ContentChoice, Fitting},
    facts::{ChannelState, Sent},
    plan::Dispatch,
    policy::{CapScope, CompiledCap, ConsentRule, Field, Lift},
    profile::{Choice, ConsentQuery, ConsentState, Endpoint, EndpointHealth, fold},
    reason::Reason,
    trace::{Candidate, Gate, Refusal, Verdict},
};

use super::{
    hours::{Lifted, Opening},
    situation::Situation,
};

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
    fn for_each(&self, mut visit: impl FnMut(Seat<'a>)) {
        for registered in self.channels {
            let mut alone = true;
            for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.kind() == registered.descriptor.kind) {
                alone = false;
                visit(Seat { registered, endpoint: Some(endpoint) });
            }
            if alone {
                visit(Seat { registered, endpoint: None });
            }
        }
    }

    /// The seat of a candidate, by name.
    pub(super) fn find(&self, candidate: &Candidate) -> Option<Seat<'a>> {
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
    let mut candidates = Vec::with_capacity(seats.channels.len());
    seats.for_each(|seat| candidates.push(candidate(situation, &seat)));
    Judged { candidates, seats }
}

fn candidate(situation: &Situation<'_>, seat: &Seat<'_>) -> Candidate {
    let descriptor = seat.descriptor();
    let (verdict, content) = match situation.judge(seat) {
        Ok(Admitted { opening, content }) => (verdict(situation, opening), Some(content)),
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
        detail: None,
    }
}

/// Every gate that says no to a candidate, and the seat it would need.
pub(super) fn refusals(situation: &Situation<'_>, candidate: &Candidate) -> Option<Vec<Refusal>> {
    let seat = Seats::of(situation).find(candidate)?;
    let mut refusals = Vec::new();
    let mut ready = situation.start;
    for &gate in Gate::ALL {
        match situation.ask(gate, &seat, ready) {
            Ok(Answer::Pass | Answer::Content(_)) => {}
            Ok(Answer::Opens(Opening::At { instant, .. })) => ready = instant,
            Ok(Answer::Opens(_)) => {}
            Err(reason) => refusals.push(Refusal { gate, reason }),
        }
    }
    Some(refusals)
}

/// Where a candidate is let through, the instant from which it may go out; judged in a situation that may be another
/// one than the candidate's own.
pub(super) fn ready_on(situation: &Situation<'_>, candidate: &Candidate) -> Option<DateTime<Utc>> {
    let seat = Seats::of(situation).find(candidate)?;
    situation.judge(&seat).ok().map(|admitted| match admitted.opening {
        Opening::At { instant, .. } => instant,
        _ => situation.start,
    })
}

/// What is decided about one dispatch now.
pub(super) fn verdict_on(situation: &Situation<'_>, dispatch: &Dispatch) -> Verdict {
    let seats = Seats::of(situation);
    let registered = seats.channels.iter().find(|registered| registered.descriptor.id == dispatch.channel);
    let endpoint = seats.endpoints.iter().find(|endpoint| endpoint.id() == dispatch.endpoint);
    match (registered, endpoint) {
        (Some(registered), Some(endpoint)) if endpoint.kind() == registered.descriptor.kind => {
            match situation.judge(&Seat { registered, endpoint: Some(endpoint) }) {
                Ok(admitted) => verdict(situation, admitted.opening),
                Err(reason) => Verdict::Refused { reason },
            }
        }
        // The channel or the endpoint is gone since the plan was made.
        _ => Verdict::Refused { reason: Reason::NoEndpoint { kind: dispatch.kind } },
    }
}

fn verdict(situation: &Situation<'_>, opening: Opening) -> Verdict {
    match (opening, situation.held) {
        (Opening::At { instant, reason }, _) => Verdict::Deferred { until: instant, reason },
        (_, Some(reason)) => Verdict::Deferred { until: situation.start, reason },
        _ => Verdict::Eligible,
    }
}

/// What came of the gates that pass something on.
struct Admitted {
    opening: Opening,
    content: ContentChoice,
}

/// What a gate that lets through passes on.
enum Answer {
    Pass,
    Opens(Opening),
    Content(ContentChoice),
}

impl Situation<'_> {
    /// All gates in order, up to the first refusal.
    fn judge(&self, seat: &Seat<'_>) -> Result<Admitted, Reason> {
        let mut opening = Opening::Now;
        let mut ready = self.start;
        let mut content = None;
        for &gate in Gate::ALL {
            let answer = match (gate, self.ask(gate, seat, ready), seat.endpoint) {
                (Gate::Caps, Err(full), Some(endpoint)) => {
                    self.wait_after_all(seat, endpoint, ready).ok_or(full).map(Answer::Opens)
                }
                (_, answer, _) => answer,
            };
            match answer? {
                Answer::Pass => {}
                Answer::Content(choice) => content = Some(choice),
                Answer::Opens(found) => {
                    opening = found;
                    if let Opening::At { instant, .. } = found {
                        ready = instant;
                    }
                }
            }
        }
        match content {
            Some(content) => Ok(Admitted { opening, content }),
            None => Err(Reason::ContentMissing),
        }
    }

    /// One gate; `ready` is the instant at which the send would go out, from the time gate on.
    fn ask(&self, gate: Gate, seat: &Seat<'_>, ready: DateTime<Utc>) -> Result<Answer, Reason> {
        // Without an endpoint, the gates that judge endpoints have nothing to say: the endpoint gate has said it.
        let Some(endpoint) = seat.endpoint else {
            return match gate {
                Gate::Alive => self.alive(),
                Gate::Channel => self.channel(seat),
                Gate::Endpoint => Err(Reason::NoEndpoint { kind: seat.descriptor().kind }),
                Gate::Policy => self.policy(seat),
                _ => Ok(()),
            }
            .map(|()| Answer::Pass);
        };
        match gate {
            Gate::Alive => self.alive()?,
            Gate::Channel => {
                self.channel(seat)?;
                self.presence(seat, endpoint)?;
                let refused = seat.registered.channel.admit(endpoint, self.message);
                refused.map_err(|why| Reason::ChannelRefused { why })?;
            }
            Gate::Endpoint => self.endpoint(endpoint)?,
            Gate::Suppression => self.suppression(endpoint)?,
            Gate::Consent => self.consent(endpoint)?,
            Gate::Preferences => self.preferences(seat)?,
            Gate::Policy => self.policy(seat)?,
            Gate::Time => return self.time(seat, endpoint).map(Answer::Opens),
            Gate::Caps => self.cap(seat, endpoint, ready)?,
            Gate::Content => return self.content(seat, endpoint, ready).map(Answer::Content),
            Gate::Price => self.price(seat)?,
        }
        Ok(Answer::Pass)
    }

    fn alive(&self) -> Result<(), Reason> {
        match self.expires {
            Some(at) if at <= self.facts.now => Err(Reason::Expired { at }),
            _ => Ok(()),
        }
    }

    fn channel(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        let health = self.facts.state_of(seat.descriptor().id);
        match health.state {
            ChannelState::Up | ChannelState::Degraded => Ok(()),
            _ => Err(Reason::ChannelDown { until: health.until }),
        }
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

    fn suppression(&self, endpoint: &Endpoint) -> Result<(), Reason> {
        let records = self.profile.suppressions().iter();
        // Of several records the one that has stood longest is named, so that their order reaches no answer.
        let first = records
            .filter(|record| record.covers(endpoint, self.message.purpose(), self.facts.now))
            .min_by_key(|record| (record.since, record.class));
        match first {
            Some(record) => Err(Reason::Suppressed { class: record.class, since: record.since }),
            None => Ok(()),
        }
    }

    fn consent(&self, endpoint: &Endpoint) -> Result<(), Reason> {
        let rule = self.purpose.demands.consent;
        if rule == ConsentRule::None {
            return Ok(());
        }
        let purpose = self.message.purpose();
        let asked = ConsentQuery {
            kind: endpoint.kind(),
            endpoint: endpoint.id(),
            purpose,
            topic: self.message.topic(),
            tenant: self.profile.tenant(),
        };
        match fold(self.profile.consents(), &asked, self.facts.now) {
            ConsentState::Granted { .. } => Ok(()),
            ConsentState::Withdrawn { since } => Err(Reason::ConsentWithdrawn { since }),
            ConsentState::Unreadable { at } => Err(Reason::ConsentUnreadable { at }),
            _ if rule == ConsentRule::OptOut => Ok(()),
            ConsentState::Unknown => Err(Reason::ConsentMissing { purpose }),
            ConsentState::Expired { at } => Err(Reason::ConsentExpired { at }),
        }
    }

    fn preferences(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        if !self.purpose.demands.obeys_preferences {
            return Ok(());
        }
        let (topic, kind) = (self.message.topic(), seat.descriptor().kind);
        let resolved = self.profile.preferences().resolve(topic, kind);
        let off = match resolved.choice {
            Some(choice) => choice != Choice::On,
            None => self.topic.off_by_default,
        };
        if !off {
            return Ok(());
        }
        let commercial = self.message.purpose().is_commercial();
        if self.topic.mandatory.has(seat.kind()) && !commercial {
            return Ok(());
        }
        if resolved.locked {
            return Err(Reason::TenantLocked { since: resolved.since });
        }
        if self.standing.lifts(Lift::Preferences, seat.kind()) {
            return Ok(());
        }
        Err(Reason::PreferenceOff { set_by: resolved.set_by, since: resolved.since })
    }

    fn policy(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        let kind = seat.kind();
        let rule = |number: u16| self.config.policy.rules[usize::from(number)].name;
        if self.standing.deny.has(kind) {
            let denying = self
                .rules
                .iter()
                .find(|applied| self.config.policy.rules[usize::from(applied.number)].then.deny.has(kind));
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

    fn time(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Result<Opening, Reason> {
        let opening = self.opening(seat, endpoint);
        let ready = match opening {
            Opening::Now => self.start,
            Opening::At { instant, .. } => instant,
            Opening::Never(reason) => return Err(reason),
        };
        match self.latest(seat) {
            Some(latest) if ready > latest => Err(Reason::TooLate { latest }),
            _ => Ok(opening),
        }
    }

    /// The last instant at which a send on this channel would still arrive before the message expires.
    pub(super) fn latest(&self, seat: &Seat<'_>) -> Option<DateTime<Utc>> {
        let expires = self.expires?;
        // The expiry itself is too late, so even a channel without latency leaves a second before it.
        let usual = seat.descriptor().latency.as_delta().max(TimeDelta::seconds(1));
        Some(expires.checked_sub_signed(usual).unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    fn cap(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Result<(), Reason> {
        if !self.purpose.demands.obeys_caps
            || self.facts.history.is_empty()
            || self.standing.lifts(Lift::Caps, seat.kind())
        {
            return Ok(());
        }
        // Of several full caps the one that opens last is named: before that nothing goes out.
        let full = self.caps().filter_map(|cap| self.full_until(&cap, seat, endpoint, ready)).max_by_key(|full| full.1);
        match full {
            Some((cap, until)) => Err(Reason::CapReached { cap: cap.name, limit: cap.limit, until }),
            None => Ok(()),
        }
    }

    /// The opening of a candidate for which hours were lifted, as if they were not.
    ///
    /// A lift never takes away: where all it does is lead into a cap that is full now and will not be at the hour that
    /// was lifted, the candidate waits for that hour. Otherwise raising urgency could remove it.
    fn wait_after_all(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Option<Opening> {
        if !(self.standing.lifts(Lift::QuietHours, seat.kind()) || self.standing.lifts(Lift::SenderHours, seat.kind()))
        {
            return None;
        }
        let opening = self.opening_from(self.start, seat, endpoint, Lifted::No);
        let Opening::At { instant, .. } = opening else { return None };
        let in_time = self.latest(seat).is_none_or(|latest| instant <= latest);
        let waits = in_time && instant > ready && self.cap(seat, endpoint, instant).is_ok();
        waits.then_some(opening)
    }

    /// Whether a cap is full at an instant, and when it lets the next message through.
    fn full_until(
        &self,
        cap: &CompiledCap,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        ready: DateTime<Utc>,
    ) -> Option<(CompiledCap, DateTime<Utc>)> {
        let opens_after = |at: DateTime<Utc>| at.checked_add_signed(cap.per.as_delta());
        let counts = |sent: &&Sent| {
            sent.at <= self.facts.now
                // A send exactly `per` ago no longer counts; one that no calendar lets go of counts for ever.
                && opens_after(sent.at).is_none_or(|opens| opens > ready)
                && self.is_in_scope(cap, sent, seat, endpoint)
        };
        let limit = cap.limit as usize;
        if self.facts.history.iter().filter(counts).count() < limit {
            return None;
        }
        let mut counted: Vec<_> = self.facts.history.iter().filter(counts).map(|sent| sent.at).collect();
        counted.sort_unstable();
        // The limit-th newest is the one whose leaving makes room.
        let leaving = counted.len().checked_sub(limit).and_then(|at| counted.get(at));
        let until = leaving.and_then(|at| opens_after(*at)).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Some((*cap, until))
    }

    fn is_in_scope(&self, cap: &CompiledCap, sent: &Sent, seat: &Seat<'_>, endpoint: &Endpoint) -> bool {
        let shares = |scope, shared: bool| !cap.counts_by(scope) || shared;
        shares(CapScope::Endpoint, sent.endpoint.is_none_or(|id| id == endpoint.id()))
            && shares(CapScope::Channel, sent.channel == seat.descriptor().id)
            && shares(CapScope::Kind, sent.kind == seat.descriptor().kind)
            && shares(CapScope::Purpose, sent.purpose == self.message.purpose())
            && shares(CapScope::Topic, sent.topic == self.message.topic())
    }

    fn content(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Result<ContentChoice, Reason> {
        let descriptor = seat.descriptor();
        let session = if descriptor.capabilities.has(Capability::Session) {
            let window = descriptor.session.as_delta();
            let here =
                |conversation: &&crate::profile::Conversation| conversation.is_on(descriptor.kind, endpoint.id());
            let last = self.profile.conversations().iter().filter(here).map(|held| held.last_inbound);
            // A word from the future is no word.
            match last.filter(|at| *at <= self.facts.now).max() {
                Some(at) if ready - at < window => Ok(()),
                last => Err(last.and_then(|at| at.checked_add_signed(window))),
            }
        } else {
            Ok(())
        };
        self.message.content().choose(&Fitting {
            channel: descriptor,
            locales: self.profile.locales(),
            session,
            long_form_only: self.standing.long_form_only.has(seat.kind()),
            no_links: self.standing.no_links.has(seat.kind()),
        })
    }

    fn price(&self, seat: &Seat<'_>) -> Result<(), Reason> {
        let (Some(ceiling), Some(price)) = (self.message.price_ceiling(), seat.descriptor().price) else {
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
