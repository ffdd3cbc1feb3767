//! Arbitration: what becomes of several messages of one customer before any of them is carried out.

mod collect;
mod face;
mod mute;
mod ruling;
mod tie;
mod waiting;
mod words;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, Utc};

pub use ruling::{Arbitration, Decision, Flush, PendingDigest, Ruling};
pub use waiting::{Handled, Waiting};

use crate::{
    config::RouterConfig,
    facts::Facts,
    id::{DedupeKey, MessageId},
    plan::{Dispatch, Plan},
    policy::goes_by_itself,
    profile::CustomerProfile,
    reason::Reason,
    route,
    version::Version,
};
use collect::{Arrival, Group, State, collect};
use face::Face;
use mute::{Side, Sources};

/// Decides among the messages of one customer that wait, before any of them is carried out.
///
/// A pure function: the order of neither list reaches anything, and each message gets exactly one [ruling](Ruling). A message
/// that stands in the list twice counts once, by the entry that came first. What is decided, in this order:
///
/// | question | rule |
/// | --- | --- |
/// | was it handed over before? | `handled` has its id, or its dedupe key with the same instant of writing: `repeated` |
/// | is there a later one of its dedupe key? | of one key the last written stands, of two the one with the greater id: the others are `superseded`, and so are executions under way |
/// | can it be sent at all? | its plan has a step; else `dropped` |
/// | does another one speak for it? | an [inhibition](crate::policy::Inhibition) of the policy: `muted` |
/// | does it go as one with others? | a [digest](crate::policy::DigestRule) of the policy: `digest` |
/// | is there room? | the more pressing take it first; each is planned with those before it counted as sent: `go` or `wait` |
///
/// More pressing is what has the higher urgency, then what can mute others, then what is over sooner, what was written
/// earlier, and what has the lesser id. A message changes nothing for those that are more pressing, unless they share a
/// dedupe key or a digest.
///
/// Each message that stands costs two plans, three where a digest may take it, each of which counts the sends decided
/// before it as it counts the history. Nothing is left out however many wait.
///
/// The messages of the list must not stand in `facts.pending` too. The answer is good for `facts.now`: carry out what
/// goes, add its [`Handled`](RouterConfig::handled), keep what waits or is collected, and arbitrate again at
/// [`wakes_at`](Arbitration::wakes_at) or when another message comes.
///
/// ```
/// use waypost::*;
///
/// let policy = Policy::from_toml(r#"
/// name = "shop"
/// defaults.caps = [{ name = "daily", limit = 1, per = "1d" }]
/// "#)?;
/// let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text);
/// let config = RouterConfig::builder().descriptors([sms]).policy(policy).build()?;
/// let ana = CustomerProfile::builder("ana".parse()?)
///     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
///     .build()?;
///
/// let now = "2026-11-21T10:00:00Z".parse()?;
/// let visit = |id: &str, urgency| -> Result<Waiting, Box<dyn std::error::Error>> {
///     let message = Message::builder(id.parse()?, "visit".parse()?, Purpose::Service).urgency(urgency);
///     Ok(Waiting::new(message.variant(Variant::text("The plumber comes at ten")).build()?, now))
/// };
/// let waiting = [visit("m-1", Urgency::Normal)?, visit("m-2", Urgency::High)?];
/// let arbitration = arbitrate(&config, &ana, &waiting, &Facts::at(now), &[]);
/// assert_eq!(arbitration.to_string(), "\
/// ana: 2 messages wait
/// 2026-11-21 10:00Z, policy shop
/// m-2  visit  go    by sms
/// m-1  visit  wait  until 2026-11-22 10:00Z: cap `daily` of 1 is reached (policy)
/// ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn arbitrate(
    config: &RouterConfig,
    profile: &CustomerProfile,
    waiting: &[Waiting],
    facts: &Facts,
    handled: &[Handled],
) -> Arbitration {
    let mut decided: Vec<(Pressure<'_>, Decision)> = Vec::with_capacity(waiting.len());
    let once = Once::of(waiting, handled);
    let policy = &config.policy;
    let blank = Sources::new(&policy.inhibit, profile);

    let mut standing: Vec<Standing<'_>> = Vec::new();
    let without_past = facts.without_past();
    for waiting in &once.standing {
        let face = Face::of_waiting(waiting, profile);
        let plan = route::plan(config, profile, &waiting.message, facts);
        let group = group_of(config, profile, waiting, &face);
        let pressure = Pressure::of(waiting, blank.side(&face), plan.expires());
        // What goes inside a digest takes no room by itself, so caps are the digest's to obey.
        let collectable = group.filter(|_| {
            let may_go = || !route::plan(config, profile, &waiting.message, &without_past).is_empty();
            waiting.arrival() <= facts.now && (!plan.is_empty() || may_go())
        });
        if plan.is_empty() && collectable.is_none() {
            decided.push((pressure, Decision::new(waiting, dropped(plan))));
        } else {
            standing.push(Standing { waiting, face, pressure, plan, group: collectable, due: None });
        }
    }
    standing.sort_by(|a, b| a.pressure.cmp(&b.pressure));

    // What was handed over mutes, unless it is superseded here.
    let mut sources = blank;
    let mut sorted: Vec<_> = handled.iter().filter(|handled| !once.supersede.contains(&handled.message)).collect();
    // Of two that mute equally long the first is named.
    sorted.sort_by_key(|handled| &handled.message);
    for handled in sorted {
        sources.add_handled(handled, facts.now);
    }
    let digests = digests(config, profile, &mut standing, handled, facts.now, sources.clone());

    let mut room = facts.clone();
    for Standing { waiting, face, pressure, plan, due, .. } in standing {
        // Nobody is muted here who was not when digests were collected: since then sources were only taken away.
        let ruling = if let Some(muted) = sources.muting(&face) {
            Ruling::Muted { by: muted.by.clone(), rule: muted.rule, until: muted.until }
        } else if let Some(digest) = due.and_then(|at| digests.get(at)) {
            Ruling::Digest { rule: digest.rule, due: digest.due }
        } else {
            let plan = match room.planned() {
                [] => plan,
                _ => route::plan(config, profile, &waiting.message, &room),
            };
            for dispatch in first_dispatches(&plan) {
                let at = dispatch.not_before.max(facts.now);
                room.plan_send(config.sent(profile, dispatch, &waiting.message, at));
            }
            planned(plan, facts.now)
        };
        // Who is muted mutes others all the same: at the end of every chain is one that is not.
        if !matches!(ruling, Ruling::Dropped { .. }) {
            sources.add(&face);
        }
        decided.push((pressure, Decision::new(waiting, ruling)));
    }
    for (waiting, ruling) in once.over {
        let expires = waiting.message.expires();
        decided.push((Pressure::of(waiting, Side::None, expires), Decision::new(waiting, ruling)));
    }
    decided.sort_by(|(a, _), (b, _)| a.cmp(b));
    Arbitration {
        version: Version::CURRENT,
        customer: profile.id().clone(),
        policy: policy.name,
        made_at: facts.now,
        decisions: decided.into_iter().map(|(_, decision)| decision).collect(),
        supersede: once.supersede.into_iter().cloned().collect(),
        digests,
    }
}

/// What surely goes out first: the first step of the chain and of every chain beside it.
pub(crate) fn first_dispatches(plan: &Plan) -> impl Iterator<Item = &Dispatch> {
    let beside = plan.always().iter().filter_map(|chain| chain.first());
    plan.steps().first().into_iter().chain(beside).flat_map(|step| step.dispatches())
}

/// A message that stands.
struct Standing<'a> {
    waiting: &'a Waiting,
    face: Face<'a>,
    pressure: Pressure<'a>,
    /// Its plan if it were alone.
    plan: Plan,
    /// The digest that may take it.
    group: Option<Group<'a>>,
    /// The number of the one that does.
    due: Option<usize>,
}

/// How pressing a message is; the lower, the more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pressure<'a> {
    urgency: Reverse<u8>,
    side: Side,
    expires: DateTime<Utc>,
    created: DateTime<Utc>,
    id: &'a MessageId,
}

impl<'a> Pressure<'a> {
    fn of(waiting: &'a Waiting, side: Side, expires: Option<DateTime<Utc>>) -> Self {
        Self {
            urgency: Reverse(waiting.message.urgency().level()),
            side,
            expires: expires.unwrap_or(DateTime::<Utc>::MAX_UTC),
            created: waiting.created(),
            id: waiting.message.id(),
        }
    }
}

/// Every message once.
struct Once<'a> {
    standing: Vec<&'a Waiting>,
    over: Vec<(&'a Waiting, Ruling)>,
    /// Under way, and no longer wanted.
    supersede: BTreeSet<&'a MessageId>,
}

impl<'a> Once<'a> {
    fn of(waiting: &'a [Waiting], handled: &'a [Handled]) -> Self {
        // Handed in twice, a message is one; the entry that came first stands.
        let mut by_id: BTreeMap<&MessageId, &Waiting> = BTreeMap::new();
        for entry in waiting {
            by_id.entry(entry.message.id()).and_modify(|known| *known = tie::first(known, entry)).or_insert(entry);
        }
        let done: BTreeSet<&MessageId> = handled.iter().map(|handled| &handled.message).collect();
        let mut last_done: BTreeMap<&DedupeKey, (DateTime<Utc>, &MessageId)> = BTreeMap::new();
        for handled in handled {
            if let Some(key) = &handled.dedupe_key {
                let mine = (handled.created, &handled.message);
                last_done.entry(key).and_modify(|last| *last = mine.max(*last)).or_insert(mine);
            }
        }
        let mut last: BTreeMap<&DedupeKey, (DateTime<Utc>, &MessageId)> = BTreeMap::new();
        for entry in by_id.values().filter(|entry| !done.contains(entry.message.id())) {
            if let Some(key) = entry.message.dedupe_key() {
                let mine = (entry.created(), entry.message.id());
                last.entry(key).and_modify(|last| *last = mine.max(*last)).or_insert(mine);
            }
        }
        let mut once = Self { standing: Vec::new(), over: Vec::new(), supersede: BTreeSet::new() };
        for (id, entry) in by_id {
            if done.contains(id) {
                once.over.push((entry, Ruling::Repeated { of: id.clone() }));
                continue;
            }
            let Some(key) = entry.message.dedupe_key() else {
                once.standing.push(entry);
                continue;
            };
            let created = entry.created();
            match (last_done.get(key), last.get(key)) {
                (Some((at, done)), _) if created == *at => {
                    once.over.push((entry, Ruling::Repeated { of: (*done).clone() }));
                }
                (Some((at, done)), _) if created < *at => {
                    once.over.push((entry, Ruling::Superseded { by: (*done).clone() }));
                }
                (_, Some((_, last))) if *last != id => {
                    once.over.push((entry, Ruling::Superseded { by: (*last).clone() }));
                }
                _ => {
                    let of_key = |handled: &&Handled| handled.running && handled.dedupe_key.as_ref() == Some(key);
                    once.supersede.extend(handled.iter().filter(of_key).map(|handled| &handled.message));
                    once.standing.push(entry);
                }
            }
        }
        once
    }
}

/// The digest that may take a message: the first of the policy that it meets.
fn group_of<'a>(
    config: &RouterConfig,
    profile: &CustomerProfile,
    waiting: &Waiting,
    face: &Face<'a>,
) -> Option<Group<'a>> {
    if waiting.is_digest || goes_by_itself(waiting.message.purpose()) {
        return None;
    }
    of_face(config, profile, face)
}

fn of_face<'a>(config: &RouterConfig, profile: &CustomerProfile, face: &Face<'a>) -> Option<Group<'a>> {
    let mut rules = config.policy.digest.iter().enumerate();
    rules.find_map(|(at, rule)| Some((at, face.shares(&rule.by).filter(|_| rule.when.holds(face, profile))?)))
}

/// Collects what is not muted, and tells each message of its digest.
fn digests<'a>(
    config: &'a RouterConfig,
    profile: &'a CustomerProfile,
    standing: &mut [Standing<'a>],
    handled: &'a [Handled],
    now: DateTime<Utc>,
    mut sources: Sources<'a>,
) -> Vec<PendingDigest> {
    let rules = &config.policy.digest;
    if rules.is_empty() {
        return Vec::new();
    }
    let mut groups: BTreeMap<Group<'a>, Vec<Arrival<'a>>> = BTreeMap::new();
    for standing in standing.iter() {
        let muted = sources.muting(&standing.face).is_some();
        sources.add(&standing.face);
        if let Some(group) = standing.group.clone().filter(|_| !muted) {
            let waiting = standing.waiting;
            groups.entry(group).or_default().push(Arrival {
                at: waiting.arrival(),
                created: waiting.created(),
                id: waiting.message.id(),
                urgency: waiting.message.urgency().level(),
                expires: standing.plan.expires(),
                state: State::Waits,
            });
        }
    }
    // What was handed over keeps the window open that a first message began.
    for handled in handled.iter().filter(|handled| !goes_by_itself(handled.purpose)) {
        let group = of_face(config, profile, &Face::of_handled(handled, profile));
        if let Some(arrivals) = group.filter(|(at, _)| rules[*at].leading).and_then(|group| groups.get_mut(&group)) {
            arrivals.push(Arrival {
                at: handled.since,
                created: handled.created,
                id: &handled.message,
                urgency: handled.urgency.level(),
                expires: None,
                state: if handled.collected { State::WentCollected } else { State::Went },
            });
        }
    }
    let digests = collect(rules, groups, now);
    let members = digests.iter().enumerate().flat_map(|(at, digest)| digest.members.iter().map(move |id| (id, at)));
    let numbers: BTreeMap<&MessageId, usize> = members.collect();
    for standing in standing {
        standing.due = numbers.get(standing.waiting.message.id()).copied();
    }
    digests
}

/// What a plan comes to now.
fn planned(plan: Plan, now: DateTime<Utc>) -> Ruling {
    let Some(first) = first_dispatches(&plan).min_by_key(|dispatch| dispatch.not_before).copied() else {
        return dropped(plan);
    };
    if first.not_before <= now {
        return Ruling::Go { plan: Box::new(plan) };
    }
    let of_first = |channel, endpoint| channel == first.channel && endpoint == Some(first.endpoint);
    let mut candidates = plan.trace().candidates().iter();
    let candidate = candidates.find(|candidate| of_first(candidate.channel, candidate.endpoint));
    let until = first.not_before;
    let reason = candidate.and_then(|candidate| candidate.verdict.reason()).unwrap_or(Reason::NotYetDue { until });
    Ruling::Wait { until, reason, plan: Box::new(plan) }
}

fn dropped(plan: Plan) -> Ruling {
    let reasons = plan.trace().candidates().iter().filter_map(|candidate| candidate.verdict.reason());
    let reason = reasons.min_by_key(Reason::authority);
    Ruling::Dropped { reason, plan: Box::new(plan) }
}
