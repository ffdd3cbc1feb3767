//! The oracle: the whole router once more, from the documents as their authors write them, slowly and plainly.
//!
//! It knows no index and no compiled form, walks through time quarter by quarter, and shares no code with the router
//! but the getters of public types and the offsets of zones.

use std::{cell::RefCell, cmp::Reverse};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use proptest::prelude::*;
use waypost::{
    policy::{
        Cap, CapScope, CapZone, ConsentRule, FailureClass, Field, Group, KindSettings, Lift, OnFailure, RankField,
        Retry, Settings, SettleOn, When, WhenCapped, WhenClosed,
    },
    time::{BundledZones, LayerKind, OffsetFromUtc, Period, ResolvedZone, Span, Window, ZoneName},
    *,
};

use super::world::{Census, DECLINED, TestChannel, World, for_all, world};

type Instant = DateTime<Utc>;

/// What a closed hour is called, once it is known until when.
type Closed = fn(Instant) -> Reason;

/// All that is compared: a plan without its names and numbers.
#[derive(Debug, PartialEq)]
struct Answer {
    candidates: Vec<(ChannelId, Option<EndpointId>, Verdict, Option<u16>)>,
    steps: Vec<StepSaid>,
    always: Vec<Vec<StepSaid>>,
    expires: Option<Instant>,
    conversation: Option<ConversationId>,
    rules: Vec<(RuleId, Vec<Field>)>,
}

/// What each dispatch is, and the terms of the step.
#[derive(Clone, Debug, PartialEq)]
struct StepSaid {
    dispatches: Vec<Said>,
    settle_on: SettleOn,
    give_up_after: Span,
    accept_within: Option<Span>,
    retry: Retry,
    on_failure: Vec<OnFailure>,
    stand_in: bool,
}

/// One dispatch: by whom to where, when, from when on and where in the groups, with what for how much.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    channel: ChannelId,
    endpoint: EndpointId,
    at: Instant,
    opens: Instant,
    /// Alternative and lane.
    branch: (usize, usize),
    recallable: bool,
    variant: u16,
    price: Option<Money>,
}

impl Answer {
    fn of(plan: &Plan) -> Self {
        let dispatch = |sent: &Dispatch| Said {
            channel: sent.channel,
            endpoint: sent.endpoint,
            at: sent.not_before,
            opens: sent.opens.unwrap_or(sent.not_before),
            branch: (sent.branch.alternative.into(), sent.branch.lane.into()),
            recallable: sent.recallable,
            variant: sent.content.variant,
            price: sent.price,
        };
        let step = |step: &Step| StepSaid {
            dispatches: step.dispatches().iter().map(dispatch).collect(),
            settle_on: step.settle_on(),
            give_up_after: step.give_up_after(),
            accept_within: step.accept_within(),
            retry: step.retry(),
            on_failure: FailureClass::ALL.iter().map(|class| step.on_failure().on(*class)).collect(),
            stand_in: step.is_stand_in(),
        };
        let candidate = |c: &Candidate| (c.channel, c.endpoint, c.verdict, c.content.map(|content| content.variant));
        Self {
            candidates: plan.trace().candidates().iter().map(candidate).collect(),
            steps: plan.steps().iter().map(step).collect(),
            always: plan.always().iter().map(|chain| chain.iter().map(step).collect()).collect(),
            expires: plan.expires(),
            conversation: plan.conversation().cloned(),
            rules: plan.trace().rules().iter().map(|rule| (rule.rule, rule.fields.iter().collect())).collect(),
        }
    }
}

/// What a purpose demands: the table of `PurposePolicy`, with the policy's word.
struct Demands {
    consent: ConsentRule,
    bases: Vec<ConsentBasis>,
    confirmed: Vec<ChannelKind>,
    registered: Vec<ChannelKind>,
    preferences: bool,
    quiet_hours: bool,
    hours: bool,
    caps: bool,
    verified: bool,
    closed: WhenClosed,
    silent: Vec<ChannelKind>,
    capped: WhenCapped,
    longest: Span,
    patience: Span,
    settle_on: ReceiptKind,
    give_up_after: Span,
    discreet: bool,
}

/// Every lift of hours there is.
const ALL_LIFTS: [Lift; 2] = [Lift::QuietHours, Lift::SenderHours];

struct Oracle<'w> {
    world: &'w World,
    demands: Demands,
    /// The defaults, the purpose, the rules that match: everybody who has a word, in order.
    words: Vec<(Option<RuleId>, Settings)>,
    start: Instant,
    held: Option<Reason>,
    expires: Option<Instant>,
}

/// A candidate that may be used, and when.
#[derive(Clone)]
struct Usable<'w> {
    channel: &'w ChannelDescriptor,
    endpoint: &'w Endpoint,
    verdict: Verdict,
    ready: Instant,
    variant: u16,
    declared: usize,
}

impl<'w> Oracle<'w> {
    fn new(world: &'w World) -> Self {
        let World { policy, profile, message, facts, .. } = world;
        let judged_as =
            if let Purpose::Unrecognized(_) = message.purpose() { Purpose::Marketing } else { message.purpose() };
        let said = policy.purposes.get(&judged_as).cloned().unwrap_or_default();
        let (read, delivered) = (ReceiptKind::Read, ReceiptKind::Delivered);
        let (consent, obeys, settle_on, give_up_after, longest) = match judged_as {
            Purpose::Safety => (ConsentRule::None, false, read, Span::minutes(2), Span::days(1)),
            Purpose::Authentication => (ConsentRule::None, false, delivered, Span::from_secs(30), Span::hours(1)),
            Purpose::Service => (ConsentRule::OptOut, true, delivered, Span::hours(1), Span::days(3)),
            Purpose::Marketing => (ConsentRule::OptIn, true, delivered, Span::days(1), Span::days(3)),
            Purpose::Research => (ConsentRule::OptIn, true, delivered, Span::days(1), Span::days(7)),
            _ => (ConsentRule::OptOut, true, delivered, Span::minutes(10), Span::days(1)),
        };
        let discreet = matches!(judged_as, Purpose::Marketing | Purpose::Research);
        let relaxed =
            (discreet || judged_as == Purpose::Service) && message.urgency().level() <= Urgency::Normal.level();
        let demands = Demands {
            consent: said.consent.unwrap_or(consent),
            bases: said.consent_bases.unwrap_or(vec![ConsentBasis::Consent]),
            confirmed: said.double_opt_in,
            registered: said.registry_fresh,
            preferences: said.obeys_preferences.unwrap_or(obeys),
            quiet_hours: said.obeys_quiet_hours.unwrap_or(obeys),
            hours: said.obeys_hours.unwrap_or(obeys),
            caps: said.obeys_caps.unwrap_or(obeys),
            verified: said.verified_only.unwrap_or(false),
            closed: said.when_closed.unwrap_or(WhenClosed::Defer),
            silent: said.silent,
            capped: said.when_capped.unwrap_or(if discreet { WhenCapped::Drop } else { WhenCapped::Defer }),
            longest: said.max_delay.unwrap_or(longest),
            patience: if relaxed { Span::hours(12) } else { Span::ZERO },
            settle_on,
            give_up_after,
            discreet,
        };
        let mut words = vec![(None, policy.defaults.clone()), (None, said.then)];
        let matching = policy.rules.iter().filter(|rule| holds(&rule.when, message, profile));
        words.extend(matching.map(|rule| (Some(rule.name), rule.then.clone())));

        let mut oracle = Self { world, demands, words, start: facts.now, held: None, expires: message.expires() };
        if let Some((_, span)) = oracle.last(|said| said.expires_after) {
            let end = message.created().unwrap_or(facts.now) + span.as_delta();
            oracle.expires = Some(oracle.expires.map_or(end, |authors| authors.min(end)));
        }
        if let Some(until) = message.not_before().filter(|due| *due > facts.now) {
            (oracle.start, oracle.held) = (until, Some(Reason::NotYetDue { until }));
        }
        let spread = oracle.last(|said| said.spread).map_or(Span::ZERO, |(_, spread)| spread);
        if let Some(from) = message.not_before().or(message.created())
            && !spread.is_zero()
        {
            let moment = drawn(facts.seed, profile.id().as_str()) % spread.as_secs();
            let until = from + TimeDelta::seconds(moment as i64);
            if until > oracle.start && oracle.expires.is_none_or(|expires| until < expires) {
                (oracle.start, oracle.held) = (until, Some(Reason::Spread { until }));
            }
        }
        oracle
    }

    /// The last word on a field, and whose it was.
    fn last<T>(&self, field: impl Fn(&Settings) -> Option<T>) -> Option<(Option<RuleId>, T)> {
        self.words.iter().rev().find_map(|(who, said)| Some((*who, field(said)?)))
    }

    fn last_kinds(&self, field: impl Fn(&Settings) -> Option<Vec<ChannelKind>>, kind: ChannelKind) -> bool {
        self.last(field).is_some_and(|(_, kinds)| kinds.contains(&kind))
    }

    fn lifts(&self, lift: Lift, kind: ChannelKind) -> bool {
        let lifted = |said: &Settings| said.lifts.get(&lift).is_some_and(|kinds| kinds.contains(&kind));
        !self.world.message.purpose().is_commercial() && self.words.iter().any(|(_, said)| lifted(said))
    }

    fn answer(&self) -> Answer {
        let World { channels, profile, message, .. } = self.world;
        let mut usable = Vec::new();
        let mut refused = Vec::new();
        let mut declared = 0;
        for channel in channels {
            let descriptor = &channel.descriptor;
            let mut endpoints: Vec<_> = profile.endpoints().iter().filter(|e| e.kind() == descriptor.kind).collect();
            endpoints.sort_by_key(|endpoint| endpoint.id());
            if endpoints.is_empty() {
                let nowhere = self.channel(channel, None).err().unwrap_or(Reason::NoEndpoint { kind: descriptor.kind });
                refused.push((descriptor.id, None, Verdict::Refused { reason: nowhere }, None));
                declared += 1;
            }
            for endpoint in endpoints {
                match self.judge(channel, endpoint) {
                    Err(reason) => {
                        refused.push((descriptor.id, Some(endpoint.id()), Verdict::Refused { reason }, None));
                    }
                    Ok((ready, reason, variant)) => {
                        let verdict = match reason {
                            Some(reason) => Verdict::Deferred { until: ready, reason },
                            None => Verdict::Eligible,
                        };
                        let channel = descriptor;
                        usable.push(Usable { channel, endpoint, verdict, ready, variant, declared });
                    }
                }
                declared += 1;
            }
        }
        let patience = self.last(|said| said.patience).map_or(self.demands.patience, |(_, patience)| patience);
        // What opens within the policy's patience is compared by rank, the rest follows as it opens.
        usable.sort_by_key(|used| {
            let late = Some(used.ready).filter(|ready| *ready > self.start + patience.as_delta());
            (late, self.key(used))
        });

        let always = self.last(|said| said.always.clone()).map_or(Vec::new(), |(_, kinds)| kinds);
        let (beside, chained): (Vec<_>, Vec<_>) =
            usable.iter().partition::<Vec<&Usable<'_>>, _>(|used| always.contains(&used.channel.kind));
        let mut by_kind: Vec<Vec<Vec<&Usable<'_>>>> = Vec::new();
        for used in beside {
            match by_kind.iter_mut().find(|chain| chain[0][0].channel.kind == used.channel.kind) {
                Some(chain) => chain.push(vec![used]),
                None => by_kind.push(vec![vec![used]]),
            }
        }
        let mut chain = match self.last(|said| said.group.clone()) {
            Some((_, group)) => self.grouped(&group, &chained),
            None => Vec::new(),
        };
        let inside: Vec<_> = chain.iter().flatten().map(|used| used.declared).collect();
        chain.extend(chained.iter().filter(|used| !inside.contains(&used.declared)).map(|used| vec![*used]));

        let alternatives = match self.last(|said| said.group.clone()) {
            Some((_, group)) if self.has_all_of(&group) => self.alternatives(&group, &chained),
            _ => Vec::new(),
        };
        let steps = self.laid(chain, &alternatives);
        let always: Vec<_> = by_kind.into_iter().map(|chain| self.laid(chain, &[])).collect();
        let placed = steps.iter().chain(always.iter().flatten()).flat_map(|step| &step.dispatches);
        let mut candidates: Vec<_> = placed
            .map(|sent| {
                let mine = |used: &&Usable<'_>| (used.channel.id, used.endpoint.id()) == (sent.channel, sent.endpoint);
                let used = usable.iter().find(mine).expect("what is dispatched is usable");
                (sent.channel, Some(sent.endpoint), used.verdict, Some(used.variant))
            })
            .collect();
        candidates.extend(refused);
        let open = self.conversation().map(|held| held.id.clone());
        Answer {
            candidates,
            steps,
            always,
            expires: self.expires,
            conversation: message.conversation().cloned().or(open),
            rules: self.rules(),
        }
    }

    /// Every rule that matches, with the fields on which no later one had the last word.
    fn rules(&self) -> Vec<(RuleId, Vec<Field>)> {
        let document = |said: &Settings| serde_json::to_value(said).expect("settings are data");
        let said: Vec<_> = self.words.iter().map(|(_, said)| document(said)).collect();
        let says = |at: usize, field: Field| said[at].get(field.code()).is_some();
        let stands = |at: usize, field: Field| {
            says(at, field) && (field.adds_up() || (at + 1..said.len()).all(|later| !says(later, field)))
        };
        let fields = |at| Field::ALL.iter().copied().filter(|field| stands(at, *field)).collect();
        self.words.iter().enumerate().filter_map(|(at, (who, _))| Some(((*who)?, fields(at)))).collect()
    }

    /// The gates in the order of `Gate`: the instant from which the candidate may be used, why not before, its variant.
    fn judge(&self, channel: &TestChannel, endpoint: &'w Endpoint) -> Result<(Instant, Option<Reason>, u16), Reason> {
        let (mut ready, mut reason) = (self.start, self.held);
        if let Some(until) = self.channel(channel, Some(endpoint))?.filter(|until| *until > ready) {
            (ready, reason) = (until, Some(Reason::ChannelDown { until: Some(until) }));
        }
        match endpoint.health() {
            EndpointHealth::Reachable | EndpointHealth::Suspect => {}
            EndpointHealth::Disabled => return Err(Reason::EndpointDisabled),
            EndpointHealth::HardBounced => return Err(Reason::HardBounced),
            _ => return Err(Reason::EndpointUnknown),
        }
        if self.demands.verified && !endpoint.is_verified() {
            return Err(Reason::Unverified);
        }
        self.suppression(endpoint)?;
        self.registry(endpoint)?;
        self.consent(endpoint)?;
        let (descriptor, kind) = (&channel.descriptor, endpoint.kind());
        self.preference(kind)?;
        self.policy(kind)?;
        let latest = self.latest(descriptor, endpoint);
        let too_late = |at| latest.is_some_and(|latest| at > latest);

        let (open, closed) = self.opening(descriptor, endpoint, ready, &ALL_LIFTS)?;
        if let Some(latest) = self.in_time(descriptor).filter(|latest| open > *latest) {
            return Err(Reason::TooLate { latest });
        }
        if let Some((_, reason)) = self.permission_ends(endpoint).filter(|(end, _)| open >= *end) {
            return Err(reason);
        }
        (ready, reason) = (open, closed.or(reason));
        if let Some((cap, opens)) = self.full(descriptor, endpoint, ready)? {
            let full = |until| Reason::CapReached { cap: cap.name, limit: cap.limit, until };
            let Some(opens) = opens else { return Err(full(None)) };
            // The instant that is named is one at which the hours permit too, if they ever do.
            let forbids = self.hours(descriptor, endpoint, &ALL_LIFTS)?;
            let caps = self.budgets(descriptor, endpoint, opens)?;
            let both = |at: &Instant| forbids(*at).is_none() && caps.iter().all(|cap| cap.permits(*at));
            let within = |at: &Instant| *at < opens + TimeDelta::days(400);
            let until = std::iter::once(opens).chain(quarters(opens)).take_while(within).find(both);
            let full = full(Some(until.unwrap_or(opens)));
            // A lift never takes away: it does not lead into a cap past which the hours would have carried the message.
            let carried_past = [&[][..], &[Lift::QuietHours], &[Lift::SenderHours]].into_iter().any(|lifting| {
                let with_less = self.opening(descriptor, endpoint, ready, lifting);
                with_less.is_ok_and(|(at, closed)| closed.is_some() && at >= opens)
            });
            let waits = self.demands.capped == WhenCapped::Defer || carried_past;
            let closed = self.opening(descriptor, endpoint, opens, &ALL_LIFTS);
            let in_time = closed.is_ok() && opens <= self.last_start();
            let until = until.filter(|until| waits && in_time && !too_late(*until)).ok_or(full)?;
            (ready, reason) = (until, Some(full));
        }
        let variant = self.variant(descriptor, endpoint, ready)?;
        self.price(descriptor)?;
        Ok((ready, reason, variant))
    }

    /// The gates that come before the endpoint; where the channel is down for a while, until when.
    fn channel(&self, channel: &TestChannel, endpoint: Option<&Endpoint>) -> Result<Option<Instant>, Reason> {
        let (facts, descriptor) = (&self.world.facts, &channel.descriptor);
        if let Some(at) = self.expires.filter(|at| *at <= facts.now) {
            return Err(Reason::Expired { at });
        }
        self.alive()?;
        let health = self.health(descriptor.id);
        let until = match health.state {
            ChannelState::Up | ChannelState::Degraded => None,
            _ => match health.until.filter(|until| *until <= self.last_start()) {
                Some(until) => Some(until),
                None => return Err(Reason::ChannelDown { until: health.until }),
            },
        };
        let Some(endpoint) = endpoint else { return Ok(until) };
        let here =
            |there: &Presence| there.kind == descriptor.kind && there.endpoint.is_none_or(|id| id == endpoint.id());
        if descriptor.capabilities.has(Capability::PresenceBound) && !facts.presence.iter().any(here) {
            return Err(Reason::NotPresent);
        }
        if channel.refuses == Some(endpoint.id()) {
            return Err(Reason::ChannelRefused { why: DECLINED });
        }
        Ok(until)
    }

    /// The first of all that happened by now and makes the message pointless.
    fn alive(&self) -> Result<(), Reason> {
        let World { message, facts, .. } = self.world;
        let mut events: Vec<_> = facts.events.iter().filter(|event| event.at <= facts.now).collect();
        events.sort_by_key(|event| (event.at, event.name));
        for event in events {
            let named = message.cancel_on().contains(&event.name);
            let own = ["cancelled", "superseded"].contains(&event.name.as_str());
            let pointless = match &event.message {
                Some(about) => about == message.id() && (named || own),
                None => named,
            };
            if pointless {
                return Err(Reason::Superseded { event: event.name, at: event.at });
            }
        }
        Ok(())
    }

    /// How a channel does now: up, where nobody says otherwise or the breaker has closed.
    fn health(&self, channel: ChannelId) -> ChannelHealth {
        let facts = &self.world.facts;
        let known = facts.health.get(&channel).filter(|health| health.until.is_none_or(|until| facts.now < until));
        known.copied().unwrap_or(ChannelHealth { state: ChannelState::Up, until: None })
    }

    fn suppression(&self, endpoint: &Endpoint) -> Result<(), Reason> {
        let covers = |record: &&Suppression| {
            record.endpoint.is_none_or(|id| id == endpoint.id())
                && record.kind.is_none_or(|kind| kind == endpoint.kind())
                && record.purpose.is_none_or(|of| may_be(of, self.world.message.purpose()))
                && record.until.is_none_or(|until| self.world.facts.now < until)
        };
        let standing: Vec<_> = self.world.profile.suppressions().iter().filter(covers).collect();
        let bounced = |r: &Suppression| r.class == SuppressionClass::HardBounce;
        let longest = standing.iter().min_by_key(|r| (bounced(r), r.since, r.class));
        let ends = standing.iter().map(|r| r.until.unwrap_or(Instant::MAX_UTC)).max();
        let until = ends.filter(|end| *end < Instant::MAX_UTC);
        longest.map_or(Ok(()), |r| Err(Reason::Suppressed { class: r.class, since: r.since, until }))
    }

    /// Whether a registry forbids; where its answer is asked for, when that ends, and what is said from then on.
    fn registry(&self, endpoint: &Endpoint) -> Result<Option<(Instant, Reason)>, Reason> {
        let World { profile, message, facts, .. } = self.world;
        let asked_for = self.demands.registered.contains(&endpoint.kind());
        let about: Vec<_> = profile
            .registries()
            .iter()
            .filter(|check| check.kind == endpoint.kind() && check.endpoint.is_none_or(|id| id == endpoint.id()))
            .filter(|check| check.listed || check.checked_at <= facts.now)
            .collect();
        // Of each registry what it answered last; one that lists forbids whatever the others say.
        let key = |check: &&&RegistryCheck| (check.checked_at, check.listed, Reverse(check.valid_until));
        let latest = |of: Option<Code>| about.iter().filter(|check| check.registry == of).max_by_key(key);
        let last = about
            .iter()
            .filter_map(|check| latest(check.registry))
            .max_by_key(|check| (check.listed, key(check), Reverse(check.registry)));
        let checked_at = last.map(|check| check.checked_at);
        let stale = Reason::RegistryStale { checked_at };
        match last {
            Some(check) if check.listed && (asked_for || message.purpose().is_commercial()) => {
                Err(Reason::Suppressed { class: SuppressionClass::Registry, since: checked_at, until: None })
            }
            _ if !asked_for => Ok(None),
            Some(check) if facts.now < check.valid_until => Ok(Some((check.valid_until, stale))),
            _ => Err(stale),
        }
    }

    /// Whether consent stands; where it is needed and ends, when it does and what is said from then on.
    fn consent(&self, endpoint: &Endpoint) -> Result<Option<(Instant, Reason)>, Reason> {
        use ConsentAction as Did;
        let World { profile, message, facts, .. } = self.world;
        if self.demands.consent == ConsentRule::None {
            return Ok(None);
        }
        let gives =
            |event: &ConsentEvent| matches!(event.action, Did::Request | Did::Grant | Did::Confirm | Did::Renew);
        // What takes away for a purpose that nobody can read does so for the one that is asked about, and any for one
        // that nobody can.
        let events = profile.consents().iter().cloned().map(|mut event| {
            if !gives(&event) && event.scope.purpose.is_some_and(|of| may_be(of, message.purpose())) {
                event.scope.purpose = Some(message.purpose());
            }
            event
        });
        let covering: Vec<_> = events
            .filter(|event| {
                let scope = &event.scope;
                scope.kind.is_none_or(|kind| kind == endpoint.kind())
                    && scope.endpoint.is_none_or(|id| id == endpoint.id())
                    && scope.purpose.is_none_or(|purpose| purpose == message.purpose())
                    && scope.topic.is_none_or(|topic| topic == message.topic())
                    && scope.tenant.is_none_or(|tenant| match message.brand().or(profile.tenant()) {
                        Some(brand) => brand == tenant,
                        None => !gives(event),
                    })
            })
            .collect();
        let no: Vec<_> = covering.iter().filter(|event| !gives(event) && event.action != Did::Expire).collect();
        let reopens = |yes: &ConsentEvent, no: &ConsentEvent| {
            let (y, n) = (&yes.scope, &no.scope);
            let within = (n.kind.is_none() || n.kind == y.kind)
                && (n.endpoint.is_none() || n.endpoint == y.endpoint)
                && (n.purpose.is_none() || n.purpose == y.purpose)
                && (n.topic.is_none() || n.topic == y.topic)
                && (n.tenant.is_none() || n.tenant == y.tenant);
            no.at < yes.at && within && yes.basis == ConsentBasis::Consent
        };
        let stands = |yes: &ConsentEvent| no.iter().all(|no| reopens(yes, no));
        let from = |event: &ConsentEvent| event.effective_from.map_or(event.at, |from| from.max(event.at));
        // Every stretch for which a yes holds by now, each confirmation by itself, and those that wait for one.
        let (mut stretches, mut waiting) = (Vec::new(), Vec::new());
        for yes in covering.iter().filter(|event| matches!(event.action, Did::Grant | Did::Renew)) {
            if !self.demands.bases.contains(&yes.basis) || !stands(yes) || from(yes) > facts.now {
                continue;
            }
            let expires = covering.iter().filter(|event| event.action == Did::Expire && event.at >= yes.at);
            let end = expires.map(|event| event.at).chain(yes.expires_at).min().unwrap_or(Instant::MAX_UTC);
            if !self.demands.confirmed.contains(&endpoint.kind()) || yes.basis != ConsentBasis::Consent {
                stretches.push(end);
                continue;
            }
            let renewed = yes.action == Did::Renew;
            let confirms: Vec<_> = covering
                .iter()
                .filter(|event| event.action == Did::Confirm && stands(event) && from(event) <= facts.now)
                .filter(|event| renewed || event.at >= yes.at)
                .map(|event| if renewed { end } else { end.min(event.expires_at.unwrap_or(Instant::MAX_UTC)) })
                .collect();
            if confirms.is_empty() && facts.now < end {
                waiting.push(from(yes));
            }
            stretches.extend(confirms);
        }
        let refused = no.iter().max_by_key(|no| (no.at, no.action)).map(|no| match no.action {
            Did::Refuse => Reason::ConsentRefused { since: no.at },
            Did::Revoke => Reason::ConsentRevoked { since: no.at },
            Did::Invalidate => Reason::ConsentInvalid { since: no.at },
            Did::Unrecognized(_) => Reason::ConsentUnreadable { at: no.at },
            _ => Reason::ConsentWithdrawn { since: no.at },
        });
        if let Some(end) = stretches.iter().copied().filter(|end| facts.now < *end).max() {
            // What was refused is so again when the yes that re-opened it ends.
            let needed = self.demands.consent == ConsentRule::OptIn || refused.is_some();
            let from_then = refused.unwrap_or(Reason::ConsentExpired { at: end });
            return Ok(Some((end, from_then)).filter(|(end, _)| needed && *end < Instant::MAX_UTC));
        }
        let ended = stretches.into_iter().max();
        if let Some(refused) = refused {
            return Err(refused);
        }
        match (self.demands.consent, waiting.into_iter().max(), ended) {
            (ConsentRule::OptOut, ..) => Ok(None),
            (_, Some(since), _) => Err(Reason::ConsentPending { since }),
            (_, None, Some(at)) => Err(Reason::ConsentExpired { at }),
            (_, None, None) => Err(Reason::ConsentMissing { purpose: message.purpose() }),
        }
    }

    fn preference(&self, kind: ChannelKind) -> Result<(), Reason> {
        self.preference_from(kind, self.world.facts.now)
    }

    /// The instants from which a choice counts or no longer does, after this one.
    fn turns(&self, after: Instant) -> Vec<Instant> {
        let choices = &self.world.profile.preferences().choices;
        let mut turns: Vec<_> = choices.iter().flat_map(|said| said.until.into_iter().chain(said.at)).collect();
        turns.retain(|turn| *turn > after);
        turns.sort();
        turns
    }

    fn preference_from(&self, kind: ChannelKind, now: Instant) -> Result<(), Reason> {
        let refused = self.preference_at(kind, now);
        // It opens at the first turn of a choice, however far away, at which it is no longer off.
        let opens = || self.turns(now).into_iter().find(|turn| !self.is_off_at(kind, *turn));
        refused.map_err(|reason| match reason {
            Reason::PreferenceOff { set_by, since, .. } => Reason::PreferenceOff { set_by, since, until: opens() },
            Reason::TenantLocked { since, .. } => Reason::TenantLocked { since, until: opens() },
            other => other,
        })
    }

    /// The first turn of a choice at which what is let through now no longer is.
    fn preference_ends(&self, kind: ChannelKind) -> Option<(Instant, Reason)> {
        let turns = self.turns(self.world.facts.now).into_iter();
        turns.filter_map(|turn| Some((turn, self.preference_from(kind, turn).err()?))).next()
    }

    /// Whether the choices come to an `off`, whatever is made of that.
    fn is_off_at(&self, kind: ChannelKind, now: Instant) -> bool {
        self.resolved_at(kind, now).2
    }

    /// The lock, the choice that decides, and whether that is an `off`.
    fn resolved_at(&self, kind: ChannelKind, now: Instant) -> (Option<&'w Preference>, Option<&'w Preference>, bool) {
        let World { policy, profile, message, .. } = self.world;
        let off = |said: &Preference| said.choice != Choice::On;
        let about: Vec<_> = profile
            .preferences()
            .choices
            .iter()
            .filter(|said| said.topic.is_none_or(|topic| topic == message.topic()))
            .filter(|said| said.kind.is_none_or(|of| of == kind))
            .filter(|said| said.until.is_none_or(|until| now < until))
            // A yes has to have been said by then.
            .filter(|said| off(said) || said.at.is_none_or(|at| at <= now))
            // Somebody whom nobody knows may switch off as a person or a tenant, and nothing on.
            .filter(|said| off(said) || !matches!(said.set_by, SetBy::Unrecognized(_)))
            .collect();
        let locked = |said: &&&Preference| {
            matches!(said.set_by, SetBy::Tenant | SetBy::Unrecognized(_)) && said.locked && off(said)
        };
        let lock = about.iter().filter(locked).max_by_key(|said| (said.at, Reverse(said.set_by)));
        // Each author's word by itself: the cell, unless it is `on` and a wider `off` is as recent; else the wider ones.
        let layer = |author: fn(SetBy) -> bool| {
            let mine = about.iter().copied().filter(|said| author(said.set_by));
            let (cells, wider): (Vec<_>, Vec<_>) = mine.partition(|said| said.topic.is_some() && said.kind.is_some());
            let (wider_off, wider_on): (Vec<_>, Vec<_>) = wider.into_iter().partition(|said| off(said));
            let latest = |said: Vec<&'w Preference>| {
                said.into_iter().max_by_key(|said| (said.at, off(said), Reverse(said.set_by)))
            };
            match (latest(cells), latest(wider_off)) {
                (Some(cell), Some(wider)) if !off(cell) && wider.at >= cell.at => Some(wider),
                (Some(cell), _) => Some(cell),
                (None, wider) => wider.or_else(|| latest(wider_on)),
            }
        };
        let decides = layer(|by| !matches!(by, SetBy::Tenant | SetBy::Default))
            .or_else(|| layer(|by| by == SetBy::Tenant))
            .or_else(|| layer(|by| by == SetBy::Default));
        let topic = policy.topics.get(&message.topic()).cloned().unwrap_or_default();
        let is_off = lock.is_some() || decides.map_or(topic.default == Some(Choice::Off), off);
        (lock.copied(), decides, is_off)
    }

    fn preference_at(&self, kind: ChannelKind, now: Instant) -> Result<(), Reason> {
        let World { policy, message, .. } = self.world;
        if !self.demands.preferences {
            return Ok(());
        }
        let (lock, decides, is_off) = self.resolved_at(kind, now);
        let topic = policy.topics.get(&message.topic()).cloned().unwrap_or_default();
        let mandatory = topic.required && topic.mandatory.contains(&kind) && !message.purpose().is_commercial();
        match lock {
            Some(lock) => Err(Reason::TenantLocked { since: lock.at, until: None }),
            None if !is_off || mandatory => Ok(()),
            None if self.lifts(Lift::Preferences, kind) => Ok(()),
            None => Err(Reason::PreferenceOff {
                set_by: decides.map_or(SetBy::Default, |said| said.set_by),
                since: decides.and_then(|said| said.at),
                until: None,
            }),
        }
    }

    fn policy(&self, kind: ChannelKind) -> Result<(), Reason> {
        if let Some((who, _)) = self.words.iter().find(|(_, said)| said.deny.contains(&kind)) {
            return Err(who.map_or(Reason::DeniedByPolicy, |rule| Reason::DeniedByRule { rule }));
        }
        if let Some((rule, only)) = self.last(|said| said.only.clone())
            && !only.contains(&kind)
        {
            return Err(Reason::OutsideOnly { rule });
        }
        let named = self.world.message.channels().map(|channels| channels.only.clone()).unwrap_or_default();
        if named.is_empty() || named.contains(&kind) { Ok(()) } else { Err(Reason::OutsideOverride) }
    }

    /// The last instant at which a send would still be in time and permitted.
    fn latest(&self, channel: &ChannelDescriptor, endpoint: &Endpoint) -> Option<Instant> {
        let permitted = self.permission_ends(endpoint).map(|(end, _)| end - TimeDelta::seconds(1));
        self.in_time(channel).into_iter().chain(permitted).min()
    }

    /// When consent, a registry's answer or a choice ends without which nothing may be sent, and what is said from then on.
    fn permission_ends(&self, endpoint: &Endpoint) -> Option<(Instant, Reason)> {
        let consent = self.consent(endpoint).ok().flatten();
        let registry = self.registry(endpoint).ok().flatten();
        let preference = self.preference_ends(endpoint.kind());
        consent.into_iter().chain(registry).chain(preference).min_by_key(|(end, _)| *end)
    }

    /// The last instant at which a send would still arrive before the message expires.
    fn in_time(&self, channel: &ChannelDescriptor) -> Option<Instant> {
        // A second, because the expiry itself is too late.
        Some(self.expires? - channel.latency.as_delta().max(TimeDelta::seconds(1)))
    }

    /// The last instant to which anything may be put off.
    fn last_start(&self) -> Instant {
        self.start + self.demands.longest.as_delta()
    }

    /// From an instant on, the first one that all hours permit, by trying; why, if that is not the instant itself.
    fn opening(
        &self,
        channel: &ChannelDescriptor,
        endpoint: &Endpoint,
        from: Instant,
        lifting: &[Lift],
    ) -> Result<(Instant, Option<Reason>), Reason> {
        let forbids = self.hours(channel, endpoint, lifting)?;
        let Some(reason) = forbids(from) else { return Ok((from, None)) };
        let undisturbed = self.world.profile.quiet_hours().until;
        if let Some(until) = undisturbed.filter(|until| *until >= self.last_start())
            && reason(until) == (Reason::DoNotDisturb { until })
        {
            return Err(Reason::DoNotDisturb { until });
        }
        match quarters(from).take_while(|at| *at < self.last_start()).find(|at| forbids(*at).is_none()) {
            None => {
                let by = match reason(from) {
                    Reason::DoNotDisturb { .. } | Reason::QuietHours { .. } => LayerKind::Customer,
                    Reason::ChannelClosed { .. } => LayerKind::Channel,
                    _ => LayerKind::Sender,
                };
                Err(Reason::NeverOpens { within: self.demands.longest, by })
            }
            Some(until) if self.demands.closed != WhenClosed::Defer => Err(reason(until)),
            Some(until) => Ok((until, Some(reason(until)))),
        }
    }

    /// What the hours say of any instant: nothing, or whose they are that forbid it.
    fn hours(
        &self,
        channel: &ChannelDescriptor,
        endpoint: &Endpoint,
        lifting: &[Lift],
    ) -> Result<impl Fn(Instant) -> Option<Closed>, Reason> {
        let World { policy, profile, message, .. } = self.world;
        let kind = channel.kind;
        let lifted = |lift| lifting.contains(&lift) && self.lifts(lift, kind);
        let quiet = &profile.quiet_hours().windows;
        let hours = self.last(|said| said.hours.clone()).map_or(Vec::new(), |(_, hours)| hours);
        let silent = self.demands.closed == WhenClosed::Downgrade && self.demands.silent.contains(&kind);
        let comfort = self.demands.quiet_hours && !silent && !lifted(Lift::QuietHours);
        let undisturbed = profile.quiet_hours().until.filter(|_| comfort);
        let quiet_bind = comfort && !quiet.is_empty();
        let hours_bind = self.demands.hours && !silent && !hours.is_empty() && !lifted(Lift::SenderHours);

        let known = |zone: &ZoneName| ResolvedZone::find(&BundledZones, zone);
        let commercial = message.purpose().is_commercial() && (quiet_bind || hours_bind);
        let persons = self.person_zones();
        if commercial && endpoint.zone().is_some_and(|zone| known(&zone).is_none()) {
            return Err(Reason::ZoneUnknown);
        }
        let zones: Vec<ZoneName> = match (endpoint.zone().filter(|zone| known(zone).is_some()), persons, policy.zone) {
            (Some(own), ..) => vec![own],
            (None, Some(persons), _) => persons,
            (None, None, _) if commercial => return Err(Reason::ZoneUnknown),
            (None, None, senders) => senders.into_iter().collect(),
        };
        let inside = move |windows: &[Window], zone: &ZoneName, at: Instant| {
            let offset = known(zone).expect("a zone of the tables").offset_seconds(at);
            let clock = at.naive_utc() + TimeDelta::seconds(offset.into());
            windows.iter().any(|window| window.contains(clock))
        };
        // Whose hours are the first to forbid an instant: the channel's, then the sender's, then the customer's.
        Ok(move |at: Instant| -> Option<Closed> {
            if undisturbed.is_some_and(|until| at < until) {
                return Some(|until| Reason::DoNotDisturb { until });
            }
            if channel.open.as_ref().is_some_and(|open| !inside(&open.windows, &open.zone, at)) {
                return Some(|until| Reason::ChannelClosed { until });
            }
            zones.iter().find_map(|zone| -> Option<Closed> {
                if hours_bind && !inside(&hours, zone, at) {
                    return Some(|until| Reason::SenderHours { until });
                }
                (quiet_bind && inside(quiet, zone, at)).then_some(|until| Reason::QuietHours { until })
            })
        })
    }

    /// Where the customer may be: everything goes by the strongest evidence, marketing also by whatever contradicts what
    /// is stronger; `None` where nobody knows, or where the sender's own zone will do.
    fn person_zones(&self) -> Option<Vec<ZoneName>> {
        let World { policy, profile, message, .. } = self.world;
        let commercial = message.purpose().is_commercial();
        let mut persons: Vec<ZoneName> = Vec::new();
        for evidence in profile.zones() {
            let contradicts = !evidence.zones().iter().any(|zone| persons.contains(zone));
            if persons.is_empty() || (commercial && contradicts) {
                persons.extend(evidence.zones());
            }
        }
        let senders_will_do = !commercial && persons.len() > 1 && policy.zone.is_some_and(|own| persons.contains(&own));
        let all_known = persons.iter().all(|zone| ResolvedZone::find(&BundledZones, zone).is_some());
        Some(persons).filter(|zones| !zones.is_empty() && all_known && !senders_will_do)
    }

    /// Of the caps that are full at an instant, the one that opens last, and when all are open.
    fn full(
        &self,
        channel: &ChannelDescriptor,
        endpoint: &Endpoint,
        ready: Instant,
    ) -> Result<Option<(&Cap, Option<Instant>)>, Reason> {
        let budgets = self.budgets(channel, endpoint, ready)?;
        let full = budgets.iter().filter(|budget| !budget.permits(ready));
        let opening = full.map(|budget| (budget.opens(ready), budget.cap));
        let last = opening.max_by_key(|(opens, _)| opens.unwrap_or(Instant::MAX_UTC));
        Ok(last.map(|(opens, cap)| {
            let all = |at: &Instant| budgets.iter().all(|budget| budget.permits(*at));
            let opens = opens.and_then(|opens| std::iter::once(opens).chain(quarters(opens)).find(all));
            (cap, opens)
        }))
    }

    /// The caps that bind, each with what counts in it.
    fn budgets(
        &self,
        channel: &ChannelDescriptor,
        endpoint: &Endpoint,
        ready: Instant,
    ) -> Result<Vec<Budget<'_>>, Reason> {
        let World { policy, profile, message, facts, .. } = self.world;
        if !self.demands.caps || self.lifts(Lift::Caps, channel.kind) {
            return Ok(Vec::new());
        }
        fn may_be_one<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        let brand = message.brand().or(profile.tenant());
        let tagged = |tags: &[Tag]| tags.iter().any(|tag| message.tags().contains(tag));
        let sent_in = |sent: &Sent, scope: &CapScope| match scope {
            CapScope::Person => true,
            CapScope::Endpoint => may_be_one(sent.endpoint, Some(endpoint.id())),
            CapScope::Channel => sent.channel == channel.id,
            CapScope::Kind => sent.kind == channel.kind,
            CapScope::Purpose => may_be(sent.purpose, message.purpose()),
            CapScope::Topic => sent.topic == message.topic(),
            CapScope::Tag => tagged(&sent.tags),
            CapScope::Brand => may_be_one(sent.brand, brand),
            other => unreachable!("{other} is not known here"),
        };
        let waits_in = |pending: &Pending, scope: &CapScope| match scope {
            CapScope::Person => true,
            CapScope::Endpoint => may_be_one(pending.endpoint, Some(endpoint.id())),
            CapScope::Channel => may_be_one(pending.channel, Some(channel.id)),
            CapScope::Kind => may_be_one(pending.kind, Some(channel.kind)),
            CapScope::Purpose => may_be(pending.purpose, message.purpose()),
            CapScope::Topic => pending.topic == message.topic(),
            CapScope::Tag => tagged(&pending.tags),
            CapScope::Brand => may_be_one(pending.brand, brand),
            other => unreachable!("{other} is not known here"),
        };
        let known = |zone: &ZoneName| ResolvedZone::find(&BundledZones, zone);
        let persons = self.person_zones();
        let utc = ZoneName::UTC;
        let mut budgets = Vec::new();
        for cap in self.words.iter().flat_map(|(_, said)| &said.caps) {
            let counts = |sent: &&Sent| {
                sent.at <= facts.now && sent.counts_toward_caps && cap.scope.iter().all(|scope| sent_in(sent, scope))
            };
            let sent: Vec<_> = facts.history.iter().filter(counts).map(|sent| sent.at).collect();
            let reserves = |pending: &&Pending| {
                pending.urgency.level() > message.urgency().level()
                    && cap.scope.iter().all(|scope| waits_in(pending, scope))
            };
            let reserved: Vec<_> = facts.pending.iter().filter(reserves).map(|pending| pending.until).collect();
            let zones = match (cap.zone, &persons) {
                _ if !cap.per.is_calendar() => vec![utc],
                (CapZone::Named(zone), _) => vec![zone],
                (_, Some(persons)) => persons.to_vec(),
                (_, None) if message.purpose().is_commercial() => {
                    // Nobody may guess whose day it is, where as much was sent lately as fills the cap.
                    let reach = cap.per.reach().expect("a calendar reaches so far").as_delta();
                    let late = sent.iter().filter(|at| ready - reach - TimeDelta::seconds(1) < **at).count();
                    if late + reserved.len() >= cap.limit as usize {
                        return Err(Reason::ZoneUnknown);
                    }
                    continue;
                }
                (_, None) => vec![policy.zone.unwrap_or(utc)],
            };
            let zones = zones.iter().map(|zone| known(zone).expect("a zone of the tables")).collect();
            budgets.push(Budget { cap, sent, reserved, zones });
        }
        Ok(budgets)
    }

    /// The variant to send, by the table of `Content`; else the reason of those that came furthest.
    fn variant(&self, channel: &ChannelDescriptor, endpoint: &Endpoint, ready: Instant) -> Result<u16, Reason> {
        let World { profile, message, facts, .. } = self.world;
        let kind = channel.kind;
        let long_only = self.last_kinds(|said| said.long_form_only.clone(), kind);
        let no_links = self.last_kinds(|said| said.no_links.clone(), kind);
        let here = |held: &&Conversation| {
            held.kind == kind && held.endpoint.is_none_or(|id| id == endpoint.id()) && held.last_inbound <= facts.now
        };
        let last_word = profile.conversations().iter().filter(here).map(|held| held.last_inbound).max();
        let session_end = last_word.map(|word| word + channel.session.as_delta());
        let in_session = !channel.capabilities.has(Capability::Session) || session_end.is_some_and(|end| ready < end);

        let refusal = |variant: &Variant| -> Option<(u8, u32, Reason)> {
            if !variant.kinds.is_empty() && !variant.kinds.contains(&kind) {
                return Some((0, 0, Reason::ContentMissing));
            }
            if !channel.capabilities.has(form(variant.form).0) {
                return Some((1, 0, Reason::ContentUnsuited { misfit: Misfit::Form }));
            }
            if long_only && variant.form != Form::LongForm {
                return Some((2, 0, Reason::ContentUnsuited { misfit: Misfit::NotLongForm }));
            }
            if no_links && variant.link.is_some() {
                return Some((3, 0, Reason::ContentUnsuited { misfit: Misfit::Link }));
            }
            if !in_session && variant.form != Form::Template {
                return Some((4, 0, Reason::SessionClosed { since: session_end }));
            }
            let is_selling = matches!(message.purpose(), Purpose::Marketing | Purpose::Unrecognized(_));
            if kind == ChannelKind::EMAIL && is_selling && message.content().unsubscribe.is_none() {
                return Some((5, 0, Reason::ContentUnsuited { misfit: Misfit::NoUnsubscribe }));
            }
            // A text message has no place of its own for a link: it is one more line. A notification has.
            let body = match &variant.link {
                Some(link) if kind == ChannelKind::SMS && !variant.body.contains(link.as_str()) => {
                    format!("{}\n{link}", variant.body)
                }
                _ => variant.body.clone(),
            };
            // Of a template the provider holds the words.
            let limits = if variant.form == Form::Template { &[] } else { channel.limits.as_slice() };
            let over = limits.iter().find(|limit| measure(&body, limit.unit) > limit.max)?;
            let measured = measure(&body, over.unit);
            Some((5, measured, Reason::TooLong { field: over.field, unit: over.unit, measured, max: over.max }))
        };
        let content = message.content();
        let default = content.default_locale.or(content.variants[0].locale);
        let locale_rank = |variant: &Variant| {
            let written = variant.locale.or(default);
            let wanted =
                profile.locales().iter().flat_map(|locale| std::iter::successors(Some(*locale), Locale::parent));
            match wanted.into_iter().position(|locale| Some(locale) == written) {
                Some(place) => place,
                None if written == default => 100,
                None => 101,
            }
        };
        let numbered = || (0u16..).zip(&content.variants);
        let best = numbered()
            .filter(|(_, variant)| refusal(variant).is_none())
            .min_by_key(|(_, variant)| (locale_rank(variant), variant.kinds.is_empty(), form(variant.form).1));
        best.map(|(at, _)| at).ok_or_else(|| {
            let refusals = numbered().filter_map(|(_, variant)| refusal(variant));
            // The furthest door; of several texts that are too long, the shortest.
            refusals.min_by_key(|(door, measured, _)| (Reverse(*door), *measured)).expect("no variant fits").2
        })
    }

    fn price(&self, channel: &ChannelDescriptor) -> Result<(), Reason> {
        match (self.world.message.price_ceiling(), channel.price) {
            (Some(ceiling), Some(price)) if ceiling.currency != price.currency => Err(Reason::PriceIncomparable),
            (Some(ceiling), Some(price)) if price.micros > ceiling.micros => {
                Err(Reason::TooExpensive { price: price.micros, ceiling: ceiling.micros })
            }
            _ => Ok(()),
        }
    }

    /// The exchange in which the customer spoke last, if it is still open.
    fn conversation(&self) -> Option<&'w Conversation> {
        let window = self.world.policy.conversation_window.unwrap_or(Span::hours(24));
        let now = self.world.facts.now;
        let open = |held: &&Conversation| held.last_inbound <= now && now < held.last_inbound + window.as_delta();
        let place = |held: &&Conversation| (Reverse(held.last_inbound), held.id.clone(), held.kind, held.endpoint);
        self.world.profile.conversations().iter().filter(open).min_by_key(place)
    }

    fn key(&self, used: &Usable<'_>) -> Vec<u64> {
        let World { policy, profile, message, facts, .. } = self.world;
        let kind = used.channel.kind;
        let place = |kinds: &[ChannelKind]| kinds.iter().position(|of| *of == kind).map(|at| at as u64);
        let fields = self.last(|said| said.rank.clone()).map_or(RankField::DEFAULT.to_vec(), |(_, rank)| rank);
        let field = |field: &RankField| match field {
            RankField::Health => {
                let shaky = self.health(used.channel.id).state != ChannelState::Up;
                u64::from(shaky) + u64::from(used.endpoint.health() == EndpointHealth::Suspect)
            }
            RankField::Stated => place(profile.preferences().order_for(message.topic())).unwrap_or(u64::MAX),
            RankField::Conversation => {
                let on =
                    |held: &Conversation| held.kind == kind && held.endpoint.is_none_or(|id| id == used.endpoint.id());
                u64::from(!self.conversation().is_some_and(on))
            }
            RankField::Prefer => {
                self.last(|said| said.prefer.clone()).map_or(0, |(_, kinds)| place(&kinds).unwrap_or(u64::MAX))
            }
            RankField::Affinity => {
                let own = profile.engagement().get(&kind).copied().unwrap_or_default();
                let rates =
                    profile.segments().iter().filter_map(|segment| policy.priors.rates.get(segment)?.get(&kind));
                let prior = u64::from(*rates.max().unwrap_or(&policy.priors.otherwise));
                let strength = u64::from(policy.priors.strength.max(1));
                let engaged = u64::from(own.engaged.min(own.delivered));
                1000 - (strength * prior + engaged * 1000) / (strength + u64::from(own.delivered))
            }
            RankField::Campaign => match facts.campaign.get(&kind) {
                Some(figure) if figure.delivered > 0 => {
                    1000 - u64::from(figure.effective.min(figure.delivered)) * 1000 / u64::from(figure.delivered)
                }
                _ => 1000,
            },
            RankField::Order => {
                let authors = message.channels().map(|channels| channels.order.clone()).unwrap_or_default();
                let grouped = self.last(|said| said.group.clone()).map_or(Vec::new(), |(_, group)| named(&group));
                let policys = self.last(|said| said.order.clone()).map_or(Vec::new(), |(_, order)| order);
                let whole = [authors, grouped, policys].concat();
                place(&whole).unwrap_or(u64::MAX)
            }
            RankField::Price => used.channel.price.map_or(0, |price| price.micros),
            RankField::Latency => used.channel.latency.as_secs(),
            RankField::Presence => {
                let here =
                    |there: &Presence| there.kind == kind && there.endpoint.is_none_or(|id| id == used.endpoint.id());
                u64::from(!facts.presence.iter().any(here))
            }
            other => unreachable!("{other} is not known here"),
        };
        let mut key: Vec<_> = fields.iter().map(field).collect();
        key.push(used.declared as u64);
        key
    }

    /// The steps of a group, over candidates in their order.
    fn grouped<'u>(&self, group: &Group, ranked: &[&'u Usable<'w>]) -> Vec<Vec<&'u Usable<'w>>> {
        let rank = |used: &Usable<'_>| ranked.iter().position(|other| other.declared == used.declared);
        match group {
            Group::Kind(kind) => {
                ranked.iter().filter(|used| used.channel.kind == *kind).map(|used| vec![*used]).collect()
            }
            Group::OneOf(members) => {
                let mut chains: Vec<_> = members.iter().map(|member| self.grouped(member, ranked)).collect();
                chains.retain(|chain| !chain.is_empty());
                chains.sort_by_key(|chain| chain.iter().flatten().map(|used| rank(used)).min());
                chains.concat()
            }
            Group::AllOf(members) => {
                let chains: Vec<_> = members.iter().map(|member| self.grouped(member, ranked)).collect();
                let longest = chains.iter().map(Vec::len).max().unwrap_or(0);
                let step = |at| {
                    let mut together: Vec<&Usable<'_>> =
                        chains.iter().filter_map(|chain| chain.get(at)).flatten().copied().collect();
                    together.sort_by_key(|used| rank(used));
                    together
                };
                (0..longest).map(step).collect()
            }
            other => unreachable!("{other:?} is not known here"),
        }
    }

    /// Whether kinds that there are go together.
    fn has_all_of(&self, group: &Group) -> bool {
        let registered = |kind: &ChannelKind| self.world.channels.iter().any(|known| known.descriptor.kind == *kind);
        match group {
            Group::AllOf(_) => named(group).iter().any(registered),
            Group::OneOf(members) => members.iter().any(|member| self.has_all_of(member)),
            _ => false,
        }
    }

    /// The lanes of each alternative of a group, by their kinds; only of what can be used.
    fn alternatives(&self, group: &Group, ranked: &[&Usable<'_>]) -> Vec<Vec<Vec<ChannelKind>>> {
        let rank = |member: &Group| ranked.iter().position(|used| named(member).contains(&used.channel.kind));
        match group {
            Group::AllOf(members) => {
                let lanes: Vec<_> = members.iter().filter(|member| rank(member).is_some()).map(named).collect();
                if lanes.is_empty() { Vec::new() } else { vec![lanes] }
            }
            Group::OneOf(members) if self.has_all_of(group) => {
                let mut members: Vec<_> = members.iter().filter(|member| rank(member).is_some()).collect();
                members.sort_by_key(|member| rank(member));
                members.into_iter().flat_map(|member| self.alternatives(member, ranked)).collect()
            }
            other => vec![vec![named(other)]],
        }
    }

    /// The last word on a field of the steps of a kind, or else on that field of all steps.
    fn term<T>(
        &self,
        kind: ChannelKind,
        of_kind: impl Fn(&KindSettings) -> Option<T>,
        of_all: impl Fn(&Settings) -> Option<T>,
    ) -> Option<T> {
        let own = self.last(|said| said.by_kind.get(&kind).and_then(&of_kind));
        own.or_else(|| self.last(of_all)).map(|(_, term)| term)
    }

    /// Steps one after the other, each given its time, or less where the deadline leaves less.
    fn laid(&self, chain: Vec<Vec<&Usable<'_>>>, alternatives: &[Vec<Vec<ChannelKind>>]) -> Vec<StepSaid> {
        let endpoints = |step: &[&Usable<'_>]| step.iter().map(|used| used.endpoint.id()).collect::<Vec<_>>();
        let stands_in = |at: usize| {
            let before: Vec<_> = chain[..at].iter().flat_map(|step| endpoints(step)).collect();
            endpoints(&chain[at]).iter().all(|id| before.contains(id))
        };
        // In seconds: what the policy says of a step, and how much of that its slowest channel usually takes.
        let kind = |at: usize| chain[at][0].channel.kind;
        let word = |at: usize| {
            let said = self.term(kind(at), |said| said.give_up_after, |said| said.give_up_after);
            u128::from(said.unwrap_or(self.demands.give_up_after).as_secs())
        };
        let usual = |at: usize| {
            let slowest = chain[at].iter().map(|used| used.channel.latency.as_secs()).max().expect("no step is empty");
            word(at).min(slowest.into())
        };
        // Only what leads takes time.
        let leading: Vec<_> = (0..chain.len()).filter(|at| !stands_in(*at)).collect();
        let words: u128 = leading.iter().map(|at| word(*at)).sum();
        let latencies: u128 = leading.iter().map(|at| usual(*at)).sum();
        let left = self.expires.map_or(u128::MAX, |end| (end - self.start).num_seconds().max(0) as u128);
        let give_up_after = |at: usize| {
            let seconds = if left >= words {
                word(at)
            } else if left >= latencies {
                usual(at) + (word(at) - usual(at)) * (left - latencies) / (words - latencies)
            } else {
                usual(at) * left / latencies
            };
            Span::from_secs(seconds as u32)
        };
        let answers = FailureClass::ALL.iter().map(|class| match class {
            FailureClass::OptedOut => OnFailure::Stop,
            class => {
                self.last(|said| said.on_failure.get(class).copied()).map_or_else(|| self.usual(*class), |(_, on)| on)
            }
        });
        let on_failure: Vec<_> = answers.collect();
        let branch = |kind: ChannelKind| {
            for (alternative, lanes) in alternatives.iter().enumerate() {
                if let Some(lane) = lanes.iter().position(|kinds| kinds.contains(&kind)) {
                    return (alternative, lane);
                }
            }
            (alternatives.len(), 0)
        };
        let mut from = self.start;
        let mut steps: Vec<StepSaid> = Vec::new();
        let first = |steps: &[StepSaid], endpoint: EndpointId| {
            steps.iter().flat_map(|step| &step.dispatches).find(|sent| sent.endpoint == endpoint).map(|sent| sent.at)
        };
        for (at, together) in chain.iter().enumerate() {
            let dispatches: Vec<_> = together
                .iter()
                .map(|used| {
                    // Another provider for the same endpoint waits for a failure, not for silence.
                    let stood_for = first(&steps, used.endpoint.id()).filter(|_| stands_in(at));
                    let slot = self.slot(used, stood_for.unwrap_or(from));
                    Said {
                        channel: used.channel.id,
                        endpoint: used.endpoint.id(),
                        at: slot,
                        opens: used.ready.min(slot),
                        branch: branch(used.channel.kind),
                        recallable: used.channel.capabilities.has(Capability::Recall),
                        variant: used.variant,
                        price: used.channel.price,
                    }
                })
                .collect();
            let give_up_after = give_up_after(at);
            if !stands_in(at) {
                from =
                    dispatches.iter().map(|sent| sent.at).max().expect("no step is empty") + give_up_after.as_delta();
            }
            let settle_on = self.term(kind(at), |said| said.settle_on, |said| said.settle_on);
            let retry = self.term(kind(at), |said| said.retry, |said| said.retry);
            steps.push(StepSaid {
                dispatches,
                settle_on: settle_on.unwrap_or(self.demands.settle_on.into()),
                give_up_after,
                accept_within: self.term(kind(at), |said| said.accept_within, |said| said.accept_within),
                retry: retry.unwrap_or_default(),
                on_failure: on_failure.clone(),
                stand_in: false,
            });
        }
        steps.sort_by_key(|step| step.dispatches.iter().map(|sent| sent.at).min());
        for at in 0..steps.len() {
            let known = |endpoint| first(&steps[..at], endpoint).is_some();
            steps[at].stand_in = steps[at].dispatches.iter().all(|sent| known(sent.endpoint));
        }
        steps
    }

    /// The table of `FallThrough`.
    fn usual(&self, class: FailureClass) -> OnFailure {
        match class {
            FailureClass::Silent | FailureClass::Capped | FailureClass::Quiet if self.demands.discreet => {
                OnFailure::Stop
            }
            FailureClass::Transient => OnFailure::Wait,
            _ => OnFailure::Next,
        }
    }

    /// When a candidate goes out that is wanted from an instant on: at the first permitted instant from then on that is
    /// in time, else at the last one before.
    fn slot(&self, used: &Usable<'_>, from: Instant) -> Instant {
        if from <= used.ready {
            return used.ready;
        }
        let latest =
            self.latest(used.channel, used.endpoint).map_or(self.last_start(), |latest| latest.min(self.last_start()));
        let latest = latest.max(used.ready);
        let wanted = from.min(latest);
        let forbids = self.hours(used.channel, used.endpoint, &ALL_LIFTS).expect("it was judged");
        let permitted = |at: &Instant| forbids(*at).is_none();
        let from_then_on = std::iter::once(wanted).chain(quarters(wanted)).take_while(|at| *at <= latest);
        let end = latest.timestamp().div_euclid(QUARTER) * QUARTER - 1;
        let before = (0..).map(|quarter| seconds(end - quarter * QUARTER)).take_while(|at| *at >= used.ready);
        from_then_on.chain(before).find(permitted).unwrap_or(used.ready)
    }
}

/// A cap with what counts in it.
struct Budget<'p> {
    cap: &'p Cap,
    sent: Vec<Instant>,
    /// Until when each unit is held back.
    reserved: Vec<Instant>,
    zones: Vec<ResolvedZone<'static>>,
}

impl Budget<'_> {
    fn permits(&self, at: Instant) -> bool {
        let held_back = self.reserved.iter().filter(|until| at < **until).count();
        let counted = |zone| count(self.cap.per, &self.sent, at, zone);
        self.zones.iter().all(|zone| counted(zone) + held_back < self.cap.limit as usize)
    }

    /// The first instant from one on at which it permits.
    fn opens(&self, from: Instant) -> Option<Instant> {
        if self.cap.per == Period::Lifetime && self.sent.len() >= self.cap.limit as usize {
            return None;
        }
        std::iter::once(from).chain(quarters(from)).find(|at| self.permits(*at))
    }
}

/// How many sends count at an instant: the table of `Period`.
pub(crate) fn count(per: Period, sent: &[Instant], at: Instant, zone: &ResolvedZone<'_>) -> usize {
    let clock = |at: Instant| at.naive_utc() + TimeDelta::seconds(zone.offset_seconds(at).into());
    let today = clock(at).date();
    let counts = |send: &&Instant| {
        let date = clock(**send).date();
        match per {
            Period::Sliding(span) | Period::MinGap(span) => at < **send + span.as_span().as_delta(),
            Period::CalendarDay => date == today,
            Period::CalendarWeek { start } => date.week(start) == today.week(start),
            Period::CalendarMonth => (date.year(), date.month()) == (today.year(), today.month()),
            Period::RollingDays(days) => date > today - chrono::Days::new(days.get().into()),
            Period::Fixed(span) => {
                let stretch = |at: Instant| at.timestamp().div_euclid(span.as_span().as_secs() as i64);
                stretch(**send) == stretch(at)
            }
            Period::Lifetime => true,
            other => unreachable!("{other} is not counted one by one"),
        }
    };
    match per {
        Period::Gcra(pace) => {
            let mut sends = sent.to_vec();
            sends.sort();
            let pay = |paid_off: Instant, send: Instant| paid_off.max(send) + pace.every().as_delta();
            let paid_off = sends.into_iter().fold(Instant::MIN_UTC, pay);
            let (left, every) = ((paid_off - at).num_seconds().max(0), pace.every().as_secs() as i64);
            (left as usize).div_ceil(every as usize)
        }
        _ => sent.iter().filter(counts).count(),
    }
}

/// Every window and every offset of these worlds has its edges on quarters of an hour.
const QUARTER: i64 = 15 * 60;

/// The quarters of an hour after an instant.
fn quarters(after: Instant) -> impl Iterator<Item = Instant> {
    let begun = after.timestamp().div_euclid(QUARTER);
    (begun + 1..).map(|quarter| seconds(quarter * QUARTER))
}

fn seconds(since_epoch: i64) -> Instant {
    DateTime::from_timestamp(since_epoch, 0).expect("in range")
}

fn may_be(one: Purpose, other: Purpose) -> bool {
    one == other || [one, other].iter().any(|purpose| matches!(purpose, Purpose::Unrecognized(_)))
}

fn holds(when: &When, message: &Message, profile: &CustomerProfile) -> bool {
    fn among<T: PartialEq>(wanted: &Option<Vec<T>>, is: impl IntoIterator<Item = T>) -> bool {
        let is: Vec<T> = is.into_iter().collect();
        wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| is.contains(one)))
    }
    let language = profile.locales().first().into_iter();
    let languages = language.flat_map(|locale| std::iter::successors(Some(*locale), Locale::parent));
    among(&when.topic, [message.topic()])
        && among(&when.purpose, [message.purpose()])
        && when.urgency.is_none_or(|urgency| message.urgency().level() >= urgency.level())
        && among(&when.tag, message.tags().iter().copied())
        && among(&when.segment, profile.segments().iter().copied())
        && among(&when.stage, profile.stage())
        && among(&when.locale, languages)
        && among(&when.country, profile.country())
        && among(&when.tenant, profile.tenant())
        && when.attribute.iter().all(|(id, compare)| profile.attributes().get(id).is_some_and(|is| compare.holds(is)))
        && when.any.as_ref().is_none_or(|any| any.iter().any(|part| holds(part, message, profile)))
        && when.all.iter().flatten().all(|part| holds(part, message, profile))
        && !when.not.as_ref().is_some_and(|part| holds(part, message, profile))
}

/// What a form needs, and how late it is preferred.
fn form(form: Form) -> (Capability, u8) {
    match form {
        Form::LongForm => (Capability::LongForm, 0),
        Form::Rich => (Capability::RichMedia, 1),
        Form::Text => (Capability::Text, 2),
        Form::Template => (Capability::Template, 3),
        other => unreachable!("{other} is not known here"),
    }
}

pub(crate) fn measure(body: &str, unit: Unit) -> u32 {
    let count = match unit {
        Unit::CodePoints => body.chars().count(),
        Unit::Utf16Units => body.chars().map(char::len_utf16).sum(),
        Unit::Bytes => body.len(),
        Unit::Lines => body.lines().count(),
        Unit::Words => body.split_whitespace().count(),
        other => unreachable!("{other} is not known here"),
    };
    count as u32
}

fn named(group: &Group) -> Vec<ChannelKind> {
    match group {
        Group::Kind(kind) => vec![*kind],
        Group::OneOf(members) | Group::AllOf(members) => members.iter().flat_map(named).collect(),
        other => unreachable!("{other:?} is not known here"),
    }
}

/// FNV-1a over the name from the seed on, then the finisher of SplitMix64: fixed for ever, so written out once more.
fn drawn(seed: u64, name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

#[test]
fn the_router_agrees_with_the_oracle() {
    let census = RefCell::new(Census::default());
    for_all(20_000, world(), |world| {
        let plan = world.plan();
        prop_assert_eq!(Answer::of(&plan), Oracle::new(&world).answer());
        census.borrow_mut().count(&plan);
        Ok(())
    });
    census.into_inner().check();
}
