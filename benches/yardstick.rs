//! The yardstick: the same shop, its channels, purposes and rules written out by hand as one straight function.
//!
//! This is what a good engineer writes who has one policy and no wish for another: constants for `if`s, no trace, no
//! rule that could be changed without a release. It reads the same inputs as the router and agrees with it on every
//! step and on every reason, which the benches assert before they measure. Only the arithmetic of clocks is the
//! crate's own, for nobody writes that by hand.

use chrono::{DateTime, TimeDelta, Utc};
use waypost::{
    CapId, ChannelId, ChannelKind, ChannelState, Choice, ConsentAction, ConsentEvent, CustomerProfile, Endpoint,
    EndpointHealth, EndpointId, Facts, Form, Message, Misfit, Money, Purpose, Reason, RouterConfig, RuleId, Segment,
    Sent, Stage, Tag, TopicId, Unit, Urgency, Variant,
    time::{BundledZones, Layer, LayerKind, ResolvedZone, Schedule, Span, Window},
};

use crate::world::Case;

/// What is to be sent, in order, and why everything else is not.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) steps: Vec<Send>,
    pub(crate) skipped: Vec<Skip>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Send {
    pub(crate) channel: ChannelId,
    pub(crate) endpoint: EndpointId,
    pub(crate) variant: u16,
    pub(crate) at: DateTime<Utc>,
    /// Why not at once.
    pub(crate) held: Option<Reason>,
    /// Another provider for an endpoint that an earlier step reaches.
    pub(crate) stand_in: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Skip {
    pub(crate) channel: ChannelId,
    pub(crate) endpoint: Option<EndpointId>,
    pub(crate) reason: Reason,
}

/// A channel, as far as its code path differs from the others'.
struct Line {
    id: ChannelId,
    kind: ChannelKind,
    rich: bool,
    long_form: bool,
    template: bool,
    session: bool,
    presence_bound: bool,
    longest: usize,
    price: u64,
    latency: i64,
}

impl Line {
    /// How long before the expiry is the latest: the expiry itself is too late.
    fn ahead(&self) -> TimeDelta {
        TimeDelta::seconds(self.latency.max(1))
    }
}

const PLAIN: Line = Line {
    id: ChannelId::literal("plain"),
    kind: ChannelKind::SMS,
    rich: false,
    long_form: false,
    template: false,
    session: false,
    presence_bound: false,
    longest: usize::MAX,
    price: 0,
    latency: 0,
};

const LINES: [Line; 8] = [
    Line { id: ChannelId::literal("app"), kind: ChannelKind::PUSH, rich: true, longest: 178, latency: 3, ..PLAIN },
    Line {
        id: ChannelId::literal("whatsapp"),
        kind: ChannelKind::WHATSAPP,
        template: true,
        session: true,
        longest: 1024,
        price: 52_000,
        latency: 5,
        ..PLAIN
    },
    Line {
        id: ChannelId::literal("rcs"),
        kind: ChannelKind::RCS,
        rich: true,
        longest: 2000,
        price: 45_000,
        latency: 5,
        ..PLAIN
    },
    Line {
        id: ChannelId::literal("mail"),
        kind: ChannelKind::EMAIL,
        long_form: true,
        price: 400,
        latency: 60,
        ..PLAIN
    },
    Line { id: ChannelId::literal("sms-main"), longest: 160, price: 61_000, latency: 8, ..PLAIN },
    Line { id: ChannelId::literal("sms-backup"), longest: 160, price: 70_000, latency: 15, ..PLAIN },
    Line { id: ChannelId::literal("inbox"), kind: ChannelKind::IN_APP, long_form: true, presence_bound: true, ..PLAIN },
    Line { id: ChannelId::literal("calls"), kind: ChannelKind::VOICE, price: 120_000, latency: 20, ..PLAIN },
];

const USUAL_ORDER: [ChannelKind; 7] = [
    ChannelKind::PUSH,
    ChannelKind::WHATSAPP,
    ChannelKind::RCS,
    ChannelKind::EMAIL,
    ChannelKind::SMS,
    ChannelKind::IN_APP,
    ChannelKind::VOICE,
];
const MARKETING_ORDER: [ChannelKind; 5] =
    [ChannelKind::EMAIL, ChannelKind::PUSH, ChannelKind::WHATSAPP, ChannelKind::RCS, ChannelKind::SMS];
const FRAUD_ORDER: [ChannelKind; 3] = [ChannelKind::VOICE, ChannelKind::SMS, ChannelKind::PUSH];
const PARCEL_ORDER: [ChannelKind; 3] = [ChannelKind::PUSH, ChannelKind::WHATSAPP, ChannelKind::EMAIL];
const CODE_KINDS: [ChannelKind; 3] = [ChannelKind::SMS, ChannelKind::WHATSAPP, ChannelKind::PUSH];
const STATEMENT_KINDS: [ChannelKind; 3] = [ChannelKind::EMAIL, ChannelKind::PUSH, ChannelKind::IN_APP];

const FRAUD: TopicId = TopicId::literal("card_fraud");
const CODE: TopicId = TopicId::literal("otp_code");
const PARCEL: TopicId = TopicId::literal("order_shipped");
const COUPON: TopicId = TopicId::literal("coupon");
const STATEMENT: TopicId = TopicId::literal("statement");
const APPOINTMENT: TopicId = TopicId::literal("appointment");
const SURVEY: TopicId = TopicId::literal("survey");
const VIP: Segment = Segment::literal("vip");
const STUDENT: Segment = Segment::literal("student");
const NEW: Stage = Stage::literal("new");
const BULK: Tag = Tag::literal("bulk");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Consent {
    NotAsked,
    OptOut,
    OptIn,
}

/// One candidate that is let through, with what it is ranked by.
struct Usable<'a> {
    line: &'a Line,
    endpoint: &'a Endpoint,
    variant: u16,
    ready: DateTime<Utc>,
    held: Option<Reason>,
    key: (Option<DateTime<Utc>>, [u32; 9], usize),
    hours: Option<Hours<'a>>,
}

/// The sender's hours and the customer's quiet hours, in one zone.
type Hours<'a> = [Layer<'a, ResolvedZone<'a>>; 2];

/// The first permitted instant and, where that is later, why; or why never.
type Opening = Result<(DateTime<Utc>, Option<Reason>), Reason>;

/// The name of a cap, its limit and when it opens.
type FullCap = (CapId, u32, DateTime<Utc>);

/// What a program would keep in a static: the sender's hours, parsed once.
pub(crate) struct Shop {
    hours: [Window; 2],
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { hours: ["mon-sat 08:00-21:00", "sun 10:00-20:00"].map(|text| text.parse().expect("a window")) }
    }

    pub(crate) fn route(&self, profile: &CustomerProfile, message: &Message, facts: &Facts) -> Routed {
        let (now, topic, purpose) = (facts.now, message.topic(), message.purpose());

        // What the purpose demands.
        let pressing = matches!(purpose, Purpose::Safety | Purpose::Authentication);
        let marketing = purpose == Purpose::Marketing;
        let (consent, mut give_up_after, max_delay) = match purpose {
            Purpose::Safety => (Consent::NotAsked, 120, Span::days(1)),
            Purpose::Authentication => (Consent::NotAsked, 30, Span::hours(1)),
            Purpose::Service => (Consent::OptOut, 3600, Span::days(3)),
            Purpose::Marketing => (Consent::OptIn, 86_400, Span::days(3)),
            Purpose::Research => (Consent::OptIn, 86_400, Span::days(7)),
            _ => (Consent::OptOut, 600, Span::days(1)),
        };
        let waits_for_caps = !matches!(purpose, Purpose::Marketing | Purpose::Research);
        let waits_for_better = matches!(purpose, Purpose::Service | Purpose::Marketing | Purpose::Research)
            && message.urgency().level() <= Urgency::Normal.level();

        // The rules.
        let mut order: &[ChannelKind] = if marketing { &MARKETING_ORDER } else { &USUAL_ORDER };
        let mut prefer: Option<ChannelKind> = None;
        let mut only: Option<(&str, &[ChannelKind])> = None;
        let mut expires = message.expires();
        let student = profile.segments().contains(&STUDENT);
        if profile.segments().contains(&VIP) {
            prefer = Some(ChannelKind::WHATSAPP);
        }
        if profile.stage() == Some(NEW) && matches!(purpose, Purpose::Service | Purpose::Transactional) {
            prefer = Some(ChannelKind::EMAIL);
        }
        let coupon = topic == COUPON;
        let statement = topic == STATEMENT;
        if topic == FRAUD {
            order = &FRAUD_ORDER;
        } else if topic == CODE {
            only = Some(("codes", &CODE_KINDS));
            let end = message.created().unwrap_or(now) + TimeDelta::minutes(5);
            expires = Some(expires.map_or(end, |expires| expires.min(end)));
        } else if topic == PARCEL {
            order = &PARCEL_ORDER;
        } else if statement {
            only = Some(("statements", &STATEMENT_KINDS));
        }
        let abroad = marketing && profile.country().is_some_and(|country| matches!(country.as_str(), "MX" | "BR"));
        let bulk = message.tags().contains(&BULK);
        if message.urgency().level() >= Urgency::High.level() {
            give_up_after = 120;
        }

        // What is the same for every candidate.
        let start = message.not_before().unwrap_or(now).max(now);
        let last_start = start + TimeDelta::seconds(max_delay.as_secs() as i64);
        let patient = if waits_for_better { start + TimeDelta::hours(12) } else { start };
        let stated = profile.preferences().order_for(topic);
        let talk = profile.open_conversation(Span::hours(24), now);
        let zones = profile.zones().first().map(|evidence| evidence.zones()).unwrap_or_default();
        let zone = zones.first().and_then(|zone| ResolvedZone::find(&BundledZones, zone));
        // The customer's own zone is the same for nearly all endpoints.
        let mut opening_at_home: [Option<Opening>; 2] = [None; 2];
        // And so are, at one instant, the caps that are full.
        let mut last_asked: Option<(DateTime<Utc>, Option<FullCap>)> = None;
        let mut full_then = |ready| match last_asked {
            Some((then, full)) if then == ready => full,
            _ => {
                let full = full_cap(facts, purpose, topic, ready);
                last_asked = Some((ready, full));
                full
            }
        };

        let mut usable: Vec<Usable<'_>> = Vec::with_capacity(LINES.len());
        let mut skipped: Vec<Skip> = Vec::with_capacity(LINES.len());
        let mut declared = 0;
        for line in &LINES {
            let mut endpoints = profile.endpoints().iter().filter(|endpoint| endpoint.kind() == line.kind).peekable();
            let health = facts.health.get(&line.id).filter(|health| health.until.is_none_or(|until| now < until));
            let down = health.filter(|health| !matches!(health.state, ChannelState::Up | ChannelState::Degraded));
            let (mut dead, mut up_at) = (None, None);
            if let Some(at) = expires.filter(|at| *at <= now) {
                dead = Some(Reason::Expired { at });
            } else if let Some(health) = down {
                match health.until {
                    Some(until) if until <= start => {}
                    Some(until) if until <= last_start => up_at = Some(until),
                    until => dead = Some(Reason::ChannelDown { until }),
                }
            }
            if endpoints.peek().is_none() {
                let reason = dead.unwrap_or(Reason::NoEndpoint { kind: line.kind });
                skipped.push(Skip { channel: line.id, endpoint: None, reason });
                declared += 1;
                continue;
            }
            for endpoint in endpoints {
                let mut judge = || -> Result<Usable<'_>, Reason> {
                    if let Some(reason) = dead {
                        return Err(reason);
                    }
                    if line.presence_bound && !is_present(facts, endpoint) {
                        return Err(Reason::NotPresent);
                    }
                    match endpoint.health() {
                        EndpointHealth::Reachable | EndpointHealth::Suspect => {}
                        EndpointHealth::Disabled => return Err(Reason::EndpointDisabled),
                        EndpointHealth::HardBounced => return Err(Reason::HardBounced),
                        _ => return Err(Reason::EndpointUnknown),
                    }
                    suppressed(profile, endpoint, purpose, now)?;
                    if consent != Consent::NotAsked {
                        consented(profile, endpoint, message, consent, now)?;
                    }
                    if !pressing {
                        preferred(profile, endpoint.kind(), topic, facts.now)?;
                    }

                    // The rules' denials, in the order of the rules.
                    if marketing && line.kind == ChannelKind::VOICE {
                        return Err(Reason::DeniedByPolicy);
                    }
                    if student && line.kind == ChannelKind::VOICE {
                        return Err(Reason::DeniedByRule { rule: RuleId::literal("no-calls-to-students") });
                    }
                    if abroad && line.kind == ChannelKind::SMS {
                        return Err(Reason::DeniedByRule { rule: RuleId::literal("no-texts-abroad") });
                    }
                    if bulk && matches!(line.kind, ChannelKind::WHATSAPP | ChannelKind::RCS) {
                        return Err(Reason::DeniedByRule { rule: RuleId::literal("bulk-by-mail") });
                    }
                    if let Some((rule, kinds)) = only
                        && !kinds.contains(&line.kind)
                    {
                        return Err(Reason::OutsideOnly { rule: Some(RuleId::literal(rule)) });
                    }

                    // Hours.
                    let quiet = !(topic == APPOINTMENT && line.kind == ChannelKind::PUSH);
                    let latest = expires.map(|expires| expires - line.ahead());
                    let own = endpoint.zone().and_then(|zone| ResolvedZone::find(&BundledZones, &zone));
                    let hours = own.or(zone).filter(|_| !pressing).map(|zone| self.hours(zone, quiet, profile));
                    let (mut ready, mut held) = (start, (start > now).then_some(Reason::NotYetDue { until: start }));
                    if let Some(until) = up_at {
                        (ready, held) = (until, Some(Reason::ChannelDown { until: Some(until) }));
                    }
                    let opening = match &hours {
                        None if marketing => Err(Reason::ZoneUnknown),
                        None => Ok((ready, None)),
                        Some(hours) if own.is_some() || up_at.is_some() => {
                            open_from(hours, ready, last_start, max_delay)
                        }
                        Some(hours) => *opening_at_home[usize::from(quiet)]
                            .get_or_insert_with(|| open_from(hours, ready, last_start, max_delay)),
                    };
                    if let (opens, Some(closed)) = opening? {
                        (ready, held) = (opens, Some(closed));
                    }
                    if let Some(latest) = latest.filter(|latest| ready > *latest) {
                        return Err(Reason::TooLate { latest });
                    }

                    // Caps, until all of them let it through at an hour that is permitted.
                    while !pressing && let Some((cap, limit, until)) = full_then(ready) {
                        // The refusal names the instant at which the hours permit too.
                        let far = until + TimeDelta::days(400);
                        let opens = match &hours {
                            Some(hours) => open_from(hours, until, far, max_delay).map_or(until, |(at, _)| at),
                            None => until,
                        };
                        let full = Reason::CapReached { cap, limit, until: Some(opens) };
                        if !waits_for_caps || opens > last_start || opens == last_start && opens != until {
                            return Err(full);
                        }
                        ready = opens;
                        if latest.is_some_and(|latest| ready > latest) {
                            return Err(full);
                        }
                        held = Some(full);
                    }

                    let variant = choose(message, profile, line, endpoint, facts, ready, coupon, statement)?;
                    if let Some(ceiling) = message.price_ceiling() {
                        afforded(line, ceiling)?;
                    }
                    let key = [
                        u32::from(health.is_some_and(|health| health.state != ChannelState::Up))
                            + u32::from(endpoint.health() != EndpointHealth::Reachable),
                        place(stated, line.kind),
                        u32::from(!talk.is_some_and(|talk| {
                            talk.kind == line.kind && talk.endpoint.is_none_or(|id| id == endpoint.id())
                        })),
                        prefer.map_or(0, |kind| if kind == line.kind { 0 } else { 255 }),
                        1000 - affinity(profile, line.kind),
                        1000 - effect(facts, line.kind),
                        place(order, line.kind),
                        line.price as u32,
                        u32::from(!is_present(facts, endpoint)),
                    ];
                    let opens = (ready > patient).then_some(ready);
                    Ok(Usable { line, endpoint, variant, ready, held, key: (opens, key, declared), hours })
                };
                match judge() {
                    Ok(candidate) => usable.push(candidate),
                    Err(reason) => {
                        skipped.push(Skip { channel: line.id, endpoint: Some(endpoint.id()), reason });
                    }
                }
                declared += 1;
            }
        }
        usable.sort_by_key(|candidate| candidate.key);

        // One after the other, each with its time, or where less is left with its latency and its part of the rest.
        // Another provider for an endpoint that was sent to before stands in for the first one: it takes no time of its
        // own.
        let is_first = |at: &usize| usable[..*at].iter().all(|known| known.endpoint.id() != usable[*at].endpoint.id());
        let (mut left, mut words, mut usual) = (i64::MAX, 0, 0);
        if let Some(expires) = expires {
            left = (expires - start).num_seconds().max(0);
            for at in (0..usable.len()).filter(is_first) {
                words += give_up_after;
                usual += usable[at].line.latency.min(give_up_after);
            }
        }
        let wait = |latency: i64| match latency.min(give_up_after) {
            _ if words <= left => give_up_after,
            latency if usual > left => latency * left / usual,
            latency => latency + (give_up_after - latency) * (left - usual) / (words - usual),
        };
        let mut steps: Vec<Send> = Vec::with_capacity(usable.len());
        let mut from = start;
        for &Usable { line, endpoint, variant, ready, held, ref hours, .. } in &usable {
            let first = steps.iter().find(|step| step.endpoint == endpoint.id()).map(|step| step.at);
            let wanted = first.unwrap_or(from);
            let mut at = ready;
            if wanted > ready {
                let in_time = expires.map(|expires| expires - line.ahead());
                let latest = in_time.map_or(last_start, |in_time| in_time.min(last_start)).max(ready);
                at = wanted.min(latest);
                if let Some(hours) = hours {
                    at = match open_from(hours, at, last_start, max_delay) {
                        Ok((opens, _)) if opens <= latest => opens,
                        _ => last_open(hours, ready, latest),
                    };
                }
            }
            if first.is_none() {
                from = at + TimeDelta::seconds(wait(line.latency));
            }
            steps.push(Send { channel: line.id, endpoint: endpoint.id(), variant, at, held, stand_in: false });
        }
        steps.sort_by_key(|step| step.at);
        for at in 1..steps.len() {
            steps[at].stand_in = steps[..at].iter().any(|known| known.endpoint == steps[at].endpoint);
        }
        Routed { steps, skipped }
    }

    fn hours<'a>(&'a self, zone: ResolvedZone<'a>, quiet: bool, profile: &'a CustomerProfile) -> Hours<'a> {
        let windows: &[Window] = if quiet { &profile.quiet_hours().windows } else { &[] };
        [
            Layer { allow: &self.hours, ..Layer::open(LayerKind::Sender, zone) },
            Layer { deny: windows, ..Layer::open(LayerKind::Customer, zone) },
        ]
    }
}

/// The first instant from `from` on at which the hours permit, up to the last one to which a message is put off.
fn open_from(hours: &Hours<'_>, from: DateTime<Utc>, last_start: DateTime<Utc>, max_delay: Span) -> Opening {
    let schedule = Schedule::new(hours);
    let Err(blocked_by) = schedule.permits(from) else { return Ok((from, None)) };
    match schedule.open_from(from, last_start - from) {
        Some(until) if blocked_by == LayerKind::Customer => Ok((until, Some(Reason::QuietHours { until }))),
        Some(until) => Ok((until, Some(Reason::SenderHours { until }))),
        None => Err(Reason::NeverOpens { within: max_delay, by: blocked_by }),
    }
}

/// The last permitted instant up to `latest`, given that `ready` is one.
fn last_open(hours: &Hours<'_>, ready: DateTime<Utc>, latest: DateTime<Utc>) -> DateTime<Utc> {
    let schedule = Schedule::new(hours);
    let second = TimeDelta::seconds(1);
    let mut open = ready;
    loop {
        // Searches end before their horizon, and the latest instant is one that counts.
        let Some(closes) = schedule.open_until(open, latest - open + second) else { return latest };
        match schedule.open_from(closes, latest - closes + second) {
            Some(opens) if opens <= latest => open = opens,
            _ => return (closes - second).max(open),
        }
    }
}

/// The router and the yardstick send the same by the same ways at the same time, and refuse for the same reasons.
pub(crate) fn assert_agreement(config: &RouterConfig, shop: &Shop, cases: &[Case]) {
    for Case { profile, message, facts } in cases {
        let plan = waypost::plan(config, profile, message, facts);
        let routed = shop.route(profile, message, facts);
        let sent = plan.steps().iter().flat_map(|step| step.dispatches().iter().map(|sent| (sent, step.is_stand_in())));
        let steps: Vec<_> = sent
            .map(|(sent, stand_in)| (sent.channel, sent.endpoint, sent.content.variant, sent.not_before, stand_in))
            .collect();
        let sends: Vec<_> = routed
            .steps
            .iter()
            .map(|step| (step.channel, step.endpoint, step.variant, step.at, step.stand_in))
            .collect();
        let candidates = plan.trace().candidates();
        let reasons: Vec<_> = candidates
            .iter()
            .map(|candidate| (candidate.channel, candidate.endpoint, candidate.verdict.reason()))
            .collect();
        let held = routed.steps.iter().map(|step| (step.channel, Some(step.endpoint), step.held));
        let skips = routed.skipped.iter().map(|skip| (skip.channel, skip.endpoint, Some(skip.reason)));
        assert_eq!(reasons, held.chain(skips).collect::<Vec<_>>(), "the reasons of {}", message.id());
        assert_eq!(steps, sends, "the steps of {}", message.id());
    }
}

fn is_present(facts: &Facts, endpoint: &Endpoint) -> bool {
    let here = |id: Option<EndpointId>| id.is_none_or(|id| id == endpoint.id());
    facts.presence.iter().any(|there| there.kind == endpoint.kind() && here(there.endpoint))
}

fn suppressed(
    profile: &CustomerProfile,
    endpoint: &Endpoint,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<(), Reason> {
    let covers = |record: &&waypost::Suppression| {
        record.endpoint.is_none_or(|id| id == endpoint.id())
            && record.kind.is_none_or(|kind| kind == endpoint.kind())
            && record.purpose.is_none_or(|covered| covered == purpose)
            && record.until.is_none_or(|until| now < until)
    };
    let standing = || profile.suppressions().iter().filter(covers);
    match standing()
        .min_by_key(|record| (record.class == waypost::SuppressionClass::HardBounce, record.since, record.class))
    {
        Some(record) => {
            let until = standing().try_fold(now, |last, record| record.until.map(|until| last.max(until)));
            Err(Reason::Suppressed { class: record.class, since: record.since, until })
        }
        None => Ok(()),
    }
}

/// A yes stands where it is later and no wider than every no.
fn consented(
    profile: &CustomerProfile,
    endpoint: &Endpoint,
    message: &Message,
    asked: Consent,
    now: DateTime<Utc>,
) -> Result<(), Reason> {
    let (topic, purpose, tenant) = (message.topic(), message.purpose(), message.brand().or(profile.tenant()));
    let covers = |event: &&ConsentEvent| {
        let scope = &event.scope;
        scope.purpose.is_none_or(|wanted| wanted == purpose)
            && scope.kind.is_none_or(|kind| kind == endpoint.kind())
            && scope.endpoint.is_none_or(|id| id == endpoint.id())
            && scope.topic.is_none_or(|wanted| wanted == topic)
            && scope.tenant.is_none_or(|wanted| Some(wanted) == tenant)
    };
    let is_yes = |event: &ConsentEvent| matches!(event.action, ConsentAction::Grant | ConsentAction::Renew);
    let is_no = |event: &ConsentEvent| !is_yes(event) && event.action != ConsentAction::Request;
    let events = || profile.consents().iter().filter(covers);
    let reopens = |yes: &ConsentEvent, no: &ConsentEvent| {
        no.at < yes.at
            && (no.scope.kind.is_none() || no.scope.kind == yes.scope.kind)
            && (no.scope.endpoint.is_none() || no.scope.endpoint == yes.scope.endpoint)
            && (no.scope.purpose.is_none() || no.scope.purpose == yes.scope.purpose)
            && (no.scope.topic.is_none() || no.scope.topic == yes.scope.topic)
            && (no.scope.tenant.is_none() || no.scope.tenant == yes.scope.tenant)
    };
    let mut expired: Option<DateTime<Utc>> = None;
    for yes in events().filter(|event| is_yes(event) && event.at <= now) {
        if events().filter(|event| is_no(event)).all(|no| reopens(yes, no)) {
            match yes.expires_at.filter(|end| *end <= now) {
                Some(end) => expired = expired.max(Some(end)),
                None => return Ok(()),
            }
        }
    }
    let last_no = events().filter(|event| is_no(event)).max_by_key(|event| (event.at, event.action));
    match (last_no, expired) {
        (Some(no), _) if expired.is_none_or(|end| end <= no.at) => match no.action {
            ConsentAction::Unrecognized(_) => Err(Reason::ConsentUnreadable { at: no.at }),
            _ => Err(Reason::ConsentWithdrawn { since: no.at }),
        },
        _ if asked == Consent::OptOut => Ok(()),
        (_, Some(at)) => Err(Reason::ConsentExpired { at }),
        _ => Err(Reason::ConsentMissing { purpose }),
    }
}

fn preferred(profile: &CustomerProfile, kind: ChannelKind, topic: TopicId, now: DateTime<Utc>) -> Result<(), Reason> {
    let resolved = profile.preferences().resolve(topic, kind, now);
    match resolved.choice {
        Some(Choice::On) => Ok(()),
        None if topic != SURVEY => Ok(()),
        _ if resolved.locked => Err(Reason::TenantLocked { since: resolved.since, until: None }),
        _ => Err(Reason::PreferenceOff { set_by: resolved.set_by, since: resolved.since, until: None }),
    }
}

/// Of the caps that are full, the one that opens last.
fn full_cap(facts: &Facts, purpose: Purpose, topic: TopicId, ready: DateTime<Utc>) -> Option<FullCap> {
    let mut last: Option<FullCap> = None;
    let mut check = |name, limit: u32, per: TimeDelta, counts: &dyn Fn(&Sent) -> bool| {
        let since = ready - per;
        let counted = || {
            let recent = facts.history.iter().filter(|sent| sent.at <= facts.now && sent.at > since);
            recent.filter(|sent| counts(sent)).map(|sent| sent.at)
        };
        let full = counted().count();
        if full < limit as usize {
            return;
        }
        let mut counted: Vec<_> = counted().collect();
        counted.sort_unstable();
        let opens = counted[full - limit as usize] + per;
        if last.is_none_or(|(_, _, known)| known <= opens) {
            last = Some((name, limit, opens));
        }
    };
    check(CapId::literal("daily"), 6, TimeDelta::days(1), &|_| true);
    if purpose == Purpose::Marketing {
        check(CapId::literal("promo"), 2, TimeDelta::days(7), &|sent| sent.purpose == Purpose::Marketing);
    }
    if topic == COUPON {
        check(CapId::literal("coupon"), 1, TimeDelta::days(3), &|sent| sent.topic == COUPON);
    }
    last
}

/// The variant in the customer's language, the most specific and fullest that the channel carries.
#[expect(clippy::too_many_arguments, reason = "what a function grows into that was once short")]
fn choose(
    message: &Message,
    profile: &CustomerProfile,
    line: &Line,
    endpoint: &Endpoint,
    facts: &Facts,
    ready: DateTime<Utc>,
    coupon: bool,
    statement: bool,
) -> Result<u16, Reason> {
    let mut closed: Option<Reason> = None;
    if line.session {
        let talks = profile.conversations().iter().filter(|talk| {
            talk.kind == line.kind
                && talk.endpoint.is_none_or(|id| id == endpoint.id())
                && talk.last_inbound <= facts.now
        });
        let day = TimeDelta::hours(24);
        let last = talks.map(|talk| talk.last_inbound).max();
        if last.is_none_or(|last| ready - last >= day) {
            closed = Some(Reason::SessionClosed { since: last.map(|last| last + day) });
        }
    }
    let fits = |variant: &Variant| {
        if !variant.kinds.is_empty() && !variant.kinds.contains(&line.kind) {
            return Err((0, Reason::ContentMissing));
        }
        let carried = match variant.form {
            Form::Text => true,
            Form::LongForm => line.long_form,
            Form::Rich => line.rich,
            Form::Template => line.template,
            _ => false,
        };
        if !carried {
            return Err((1, Reason::ContentUnsuited { misfit: Misfit::Form }));
        }
        if statement && line.kind == ChannelKind::EMAIL && variant.form != Form::LongForm {
            return Err((2, Reason::ContentUnsuited { misfit: Misfit::NotLongForm }));
        }
        if coupon && line.kind == ChannelKind::SMS && variant.link.is_some() {
            return Err((3, Reason::ContentUnsuited { misfit: Misfit::Link }));
        }
        if let Some(reason) = closed
            && variant.form != Form::Template
        {
            return Err((4, reason));
        }
        if variant.body.len() > line.longest {
            let measured = variant.body.chars().count();
            if measured > line.longest {
                let (measured, max) = (measured as u32, line.longest as u32);
                return Err((
                    5,
                    Reason::TooLong { field: waypost::content::Field::Body, unit: Unit::CodePoints, measured, max },
                ));
            }
        }
        Ok(())
    };
    let content = message.content();
    let first = content.default_locale.or_else(|| content.variants.first().and_then(|variant| variant.locale));
    let language = |variant: &Variant| {
        let Some(written) = variant.locale.or(first) else { return u32::MAX - 1 };
        for (locale, place) in profile.locales().iter().zip(0u32..) {
            // The tag itself, then its parents.
            let mut tag = locale.as_str();
            let mut step = 0;
            loop {
                if tag == written.as_str() {
                    return place * 16 + step;
                }
                let Some((parent, _)) = tag.rsplit_once('-') else { break };
                (tag, step) = (parent, step + 1);
            }
        }
        if Some(written) == first { u32::MAX - 1 } else { u32::MAX }
    };
    let mut furthest = (0, Reason::ContentMissing);
    let mut best: Option<((u32, bool, u8), usize)> = None;
    for (at, variant) in content.variants.iter().enumerate() {
        match fits(variant) {
            // Where several are too long, the shortest is named.
            Err((_, Reason::TooLong { measured, .. })) if matches!(furthest.1, Reason::TooLong { measured: known, .. } if known <= measured) =>
                {}
            Err(failure) if failure.0 >= furthest.0 => furthest = failure,
            Err(_) => {}
            Ok(()) => {
                let form = match variant.form {
                    Form::LongForm => 0,
                    Form::Rich => 1,
                    Form::Text => 2,
                    _ => 3,
                };
                let rank = (language(variant), variant.kinds.is_empty(), form);
                if best.is_none_or(|(known, _)| rank < known) {
                    best = Some((rank, at));
                }
            }
        }
    }
    best.map(|(_, at)| at as u16).ok_or(furthest.1)
}

fn afforded(line: &Line, ceiling: Money) -> Result<(), Reason> {
    if line.price == 0 {
        return Ok(());
    }
    if ceiling.currency.as_str() != "EUR" {
        return Err(Reason::PriceIncomparable);
    }
    if line.price > ceiling.micros {
        return Err(Reason::TooExpensive { price: line.price, ceiling: ceiling.micros });
    }
    Ok(())
}

fn place(order: &[ChannelKind], kind: ChannelKind) -> u32 {
    order.iter().position(|listed| *listed == kind).map_or(u32::MAX, |place| place as u32)
}

/// Per mille of what was delivered, with four messages of one in ten to begin with.
fn affinity(profile: &CustomerProfile, kind: ChannelKind) -> u32 {
    let own = profile.engagement().get(&kind).copied().unwrap_or_default();
    (4 * 100 + own.engaged.min(own.delivered) * 1000) / (4 + own.delivered)
}

fn effect(facts: &Facts, kind: ChannelKind) -> u32 {
    match facts.campaign.get(&kind) {
        Some(figure) if figure.delivered > 0 => figure.effective * 1000 / figure.delivered,
        _ => 0,
    }
}
