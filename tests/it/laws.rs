//! The laws: one property each, over random worlds.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{prelude::*, sample::select};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use waypost::{
    policy::{Cap, CapScope, CapZone, ConsentRule, Field, Lift, Rule, Settings, When, WhenCapped, WhenClosed},
    time::{BundledZones, Gcra, OffsetFromUtc, Period, ResolvedZone, Span, Window, ZoneName},
    *,
};

use super::{
    oracle::measure,
    world::{KINDS, World, address, consent_event, for_all, preference, suppression, world},
};

const CASES: u32 = 2_000;

type Sends = BTreeSet<(ChannelId, EndpointId)>;

/// What a plan would send through and to, whenever.
fn sends(plan: &Plan) -> Sends {
    plan.dispatches().map(|sent| (sent.channel, sent.endpoint)).collect()
}

fn bytes(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("documents are written")
}

#[track_caller]
fn reread<T: Serialize + DeserializeOwned>(document: &T) -> T {
    let text = bytes(document);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The settings of everybody who has a word on this plan: the defaults, the purpose, the rules that applied.
fn words(world: &World, plan: &Plan) -> Vec<Settings> {
    let World { policy, .. } = world;
    let said = policy.purposes.get(&judged_as(world)).map(|said| said.then.clone()).unwrap_or_default();
    let applied = plan.trace().rules().iter().map(|applied| {
        let rule = policy.rules.iter().find(|rule| rule.name == applied.rule).expect("a rule of the policy");
        rule.then.clone()
    });
    [policy.defaults.clone(), said].into_iter().chain(applied).collect()
}

fn judged_as(world: &World) -> Purpose {
    match world.message.purpose() {
        Purpose::Unrecognized(_) => Purpose::Marketing,
        purpose => purpose,
    }
}

/// Whether two purposes are one, where one that this version cannot read may be any.
fn may_be(one: Purpose, other: Purpose) -> bool {
    one == other || [one, other].iter().any(|purpose| matches!(purpose, Purpose::Unrecognized(_)))
}

fn is_pressing(world: &World) -> bool {
    matches!(judged_as(world), Purpose::Safety | Purpose::Authentication)
}

#[test]
fn l1_nothing_goes_to_the_suppressed_or_unconsented() {
    for_all(CASES, world(), |world| {
        let World { policy, profile, message, facts, .. } = &world;
        let said = policy.purposes.get(&judged_as(&world)).cloned().unwrap_or_default();
        let bases = said.consent_bases.unwrap_or(vec![ConsentBasis::Consent]);
        let rule = said.consent.unwrap_or(match judged_as(&world) {
            Purpose::Safety | Purpose::Authentication => ConsentRule::None,
            Purpose::Marketing | Purpose::Research => ConsentRule::OptIn,
            _ => ConsentRule::OptOut,
        });
        for sent in world.plan().dispatches() {
            let endpoint = profile.endpoint(sent.endpoint).expect("an endpoint of the customer");
            for record in profile.suppressions() {
                let elsewhere = record.endpoint.is_some_and(|id| id != endpoint.id())
                    || record.kind.is_some_and(|kind| kind != endpoint.kind())
                    || record.purpose.is_some_and(|of| !may_be(of, message.purpose()));
                let over = record.until.is_some_and(|until| until <= facts.now);
                prop_assert!(elsewhere || over, "{sent:?} in spite of {record:?}");
            }
            if rule == ConsentRule::None {
                continue;
            }
            // Every single thing that a scope may name, as text: what it does not name it does not restrict.
            let asked = serde_json::json!({
                "kind": endpoint.kind(), "endpoint": endpoint.id(), "purpose": message.purpose(),
                "topic": message.topic(), "tenant": message.brand().or(profile.tenant()),
            });
            let allows = |event: &ConsentEvent| matches!(event.action, ConsentAction::Grant | ConsentAction::Renew);
            let neutral =
                |event: &ConsentEvent| matches!(event.action, ConsentAction::Request | ConsentAction::Confirm);
            let named = |event: &ConsentEvent| match serde_json::to_value(&event.scope) {
                Ok(Value::Object(mut named)) => {
                    // A no for a purpose that cannot be read may be meant for this one, and any for one that cannot.
                    let takes_away = !allows(event) && !neutral(event);
                    if takes_away && event.scope.purpose.is_some_and(|of| may_be(of, message.purpose())) {
                        named.insert("purpose".to_owned(), asked["purpose"].clone());
                    }
                    named
                }
                other => panic!("a scope is an object, not {other:?}"),
            };
            let covering: Vec<_> = profile
                .consents()
                .iter()
                .filter(|event| named(event).iter().all(|(key, value)| asked[key] == *value))
                .collect();
            let all = |did: &dyn Fn(&ConsentEvent) -> bool| -> Vec<_> {
                covering.iter().copied().filter(|event| did(event)).collect()
            };
            let expiries = all(&|event| event.action == ConsentAction::Expire);
            let no = all(&|event| !allows(event) && !neutral(event) && event.action != ConsentAction::Expire);
            let yes = all(&|event| allows(event) && bases.contains(&event.basis));
            let confirms = all(&|event| event.action == ConsentAction::Confirm && event.at <= facts.now);
            let end = |yes: &ConsentEvent| {
                let expired = expiries.iter().filter(|expiry| expiry.at >= yes.at).map(|expiry| expiry.at);
                expired.chain(yes.expires_at).min()
            };
            // The customer's own word re-opens a no where it is later and names at least what the no names.
            let stands = |yes: &&&ConsentEvent| {
                no.iter().all(|no| {
                    let own = yes.basis == ConsentBasis::Consent;
                    own && no.at < yes.at && named(no).keys().all(|key| named(yes).contains_key(key))
                })
            };
            let confirmed = |yes: &&&ConsentEvent| {
                let later = |word: &&&ConsentEvent| yes.action == ConsentAction::Renew || word.at >= yes.at;
                !said.double_opt_in.contains(&endpoint.kind())
                    || yes.basis != ConsentBasis::Consent
                    || confirms.iter().filter(stands).any(|word| later(&word))
            };
            let valid = |yes: &&&ConsentEvent| {
                let begun = yes.at <= facts.now && yes.effective_from.is_none_or(|from| from <= facts.now);
                begun && end(yes).is_none_or(|end| end > sent.not_before)
            };
            let granted = yes.iter().filter(stands).filter(confirmed).filter(valid).count() > 0;
            // Under opt-out a yes that has run out is no longer a yes, but what it re-opened stays open.
            let over = || yes.iter().filter(stands).filter(confirmed).filter_map(|yes| end(yes));
            let reopened = over().any(|end| no.iter().all(|no| no.at < end));
            let silent = rule == ConsentRule::OptOut && (no.is_empty() || reopened);
            prop_assert!(granted || silent, "{sent:?} without consent");
        }
        for sent in world.plan().dispatches().filter(|sent| said.registry_fresh.contains(&sent.kind)) {
            let asked = |check: &&RegistryCheck| {
                check.kind == sent.kind && check.endpoint.is_none_or(|id| id == sent.endpoint) && !check.listed
            };
            let holds = |check: &RegistryCheck| check.checked_at <= facts.now && check.valid_until > sent.not_before;
            prop_assert!(profile.registries().iter().filter(asked).any(holds), "{sent:?} without a registry's answer");
        }
        Ok(())
    });
}

#[test]
fn l2_nothing_goes_out_of_time() {
    let inside = |windows: &[Window], zone: &ZoneName, at: DateTime<Utc>| {
        let zone = ResolvedZone::find(&BundledZones, zone).expect("a zone of the tables");
        let clock = at.naive_utc() + TimeDelta::seconds(zone.offset_seconds(at).into());
        windows.iter().any(|window| window.contains(clock))
    };
    for_all(CASES, world(), move |world| {
        let World { channels, policy, profile, message, facts, .. } = &world;
        let plan = world.plan();
        let words = words(&world, &plan);
        let lifted = |lift: Lift, kind: ChannelKind| {
            let by = |said: &Settings| said.lifts.get(&lift).is_some_and(|kinds| kinds.contains(&kind));
            !message.purpose().is_commercial() && words.iter().any(by)
        };
        let said = policy.purposes.get(&judged_as(&world)).cloned().unwrap_or_default();
        let obeys_quiet_hours = said.obeys_quiet_hours.unwrap_or(!is_pressing(&world));
        let obeys_hours = said.obeys_hours.unwrap_or(!is_pressing(&world));
        let hours = words.iter().rev().find_map(|said| said.hours.clone()).unwrap_or_default();
        let known = |zone: &ZoneName| ResolvedZone::find(&BundledZones, zone).is_some();
        for sent in plan.dispatches() {
            let at = sent.not_before;
            prop_assert!(at >= facts.now);
            prop_assert!(message.not_before().is_none_or(|due| at >= due));
            prop_assert!(message.expires().is_none_or(|end| at < end));
            prop_assert!(plan.expires().is_none_or(|end| at < end));
            let channel = channels.iter().find(|channel| channel.descriptor.id == sent.channel).expect("registered");
            let latency = channel.descriptor.latency.as_delta();
            prop_assert!(plan.expires().is_none_or(|end| at + latency <= end), "{sent:?} arrives too late");
            if let Some(open) = &channel.descriptor.open {
                prop_assert!(inside(&open.windows, &open.zone, at), "{sent:?} while nobody is there");
            }
            let endpoint = profile.endpoint(sent.endpoint).expect("an endpoint of the customer");
            let own = endpoint.zone().filter(known).map(|zone| vec![zone]);
            // Everything goes by the strongest evidence at least, unless it leaves the sender's own zone open.
            let persons = profile.zones().first().map(|evidence| evidence.zones().to_vec());
            let persons = persons.filter(|zones| {
                let own = !message.purpose().is_commercial() && zones.len() > 1;
                zones.iter().all(known) && !(own && policy.zone.is_some_and(|own| zones.contains(&own)))
            });
            let silent = said.when_closed == Some(WhenClosed::Downgrade) && said.silent.contains(&sent.kind);
            let (obeys_quiet_hours, obeys_hours) = (obeys_quiet_hours && !silent, obeys_hours && !silent);
            let undisturbed = profile.quiet_hours().until.filter(|_| obeys_quiet_hours);
            prop_assert!(
                undisturbed.is_none_or(|until| until <= at || lifted(Lift::QuietHours, sent.kind)),
                "{sent:?} disturbs"
            );
            let quiet = &profile.quiet_hours().windows;
            let quiet_binds = obeys_quiet_hours && !quiet.is_empty() && !lifted(Lift::QuietHours, sent.kind);
            let hours_bind = obeys_hours && !hours.is_empty() && !lifted(Lift::SenderHours, sent.kind);
            let zones = own.or(persons);
            if message.purpose().is_commercial() {
                prop_assert!(zones.is_some() || !(quiet_binds || hours_bind), "{sent:?} at nobody knows what hour");
            }
            for zone in zones.unwrap_or_else(|| policy.zone.into_iter().collect()) {
                prop_assert!(!(quiet_binds && inside(quiet, &zone, at)), "{sent:?} in quiet hours of {zone}");
                prop_assert!(!hours_bind || inside(&hours, &zone, at), "{sent:?} outside the hours in {zone}");
            }
        }
        Ok(())
    });
}

#[test]
fn l4_same_inputs_same_bytes() {
    for_all(CASES, world(), |world| {
        let plan = bytes(&world.plan());
        prop_assert_eq!(&plan, &bytes(&world.plan()));
        let World { policy, profile, message, facts, .. } = &world;
        let (profile, message, facts) = (reread(profile), reread(message), reread(facts));
        prop_assert_eq!(
            &plan,
            &bytes(&World { profile, message, facts, ..world.clone() }.under(reread(policy)).plan())
        );
        Ok(())
    });
}

/// One more word against sending.
#[derive(Clone, Debug)]
enum OptOut {
    Consent(Box<ConsentEvent>),
    Suppression(Suppression),
    Preference(Preference),
    Denial(ChannelKind),
}

fn opt_out() -> impl Strategy<Value = OptOut> {
    let no = select(vec![
        ConsentAction::Refuse,
        ConsentAction::Withdraw,
        ConsentAction::Revoke,
        ConsentAction::Invalidate,
        ConsentAction::Expire,
        ConsentAction::Unrecognized(Code::literal("pause")),
    ]);
    prop_oneof![
        consent_event(no).prop_map(|no| OptOut::Consent(Box::new(no))),
        suppression().prop_map(OptOut::Suppression),
        preference(Just(Choice::Off)).prop_map(OptOut::Preference),
        select(&KINDS[..]).prop_map(OptOut::Denial),
    ]
}

#[test]
fn l5_an_opt_out_never_adds_a_dispatch() {
    for_all(2 * CASES, (world(), opt_out(), any::<prop::sample::Index>()), |(world, opt_out, at)| {
        let edit = world.profile.to_builder();
        let stricter = match opt_out {
            OptOut::Denial(kind) => {
                let mut then = Settings::default();
                then.deny = vec![kind];
                let mut policy = world.policy.clone();
                let at = at.index(policy.rules.len() + 1);
                policy.rules.insert(at, Rule::new(RuleId::literal("denial"), When::always(), then));
                world.under(policy)
            }
            OptOut::Consent(event) => with_profile(&world, edit.consent(*event)),
            OptOut::Suppression(record) => with_profile(&world, edit.suppression(record)),
            OptOut::Preference(preference) => with_profile(&world, edit.preference(preference)),
        };
        let (before, after) = (sends(&world.plan()), sends(&stricter.plan()));
        prop_assert!(after.is_subset(&before), "{after:?} where there was {before:?}");
        Ok(())
    });
}

fn with_profile(world: &World, profile: ProfileBuilder) -> World {
    World { profile: profile.build().expect("a profile"), ..world.clone() }
}

fn with_message(world: &World, message: MessageBuilder) -> World {
    World { message: message.build().expect("a message"), ..world.clone() }
}

/// A policy under which urgency decides much: hours and a cap bind, and a rule lifts hours for what is pressing.
fn pressed(world: &World) -> World {
    let mut policy = world.policy.clone();
    let mut lifting = Settings::default();
    lifting.lifts = [Lift::QuietHours, Lift::SenderHours].map(|lift| (lift, KINDS.to_vec())).into();
    let mut when = When::always();
    when.urgency = Some(Urgency::High);
    policy.rules.push(Rule::new(RuleId::literal("pressing"), when, lifting));
    let mut cap = Cap::new(CapId::literal("calm"), 1, Period::sliding(Span::hours(8)).expect("a span"));
    cap.scope = vec![CapScope::Kind];
    policy.defaults.caps.push(cap);
    let purpose = policy.purposes.entry(judged_as(world)).or_default();
    purpose.when_capped = Some(WhenCapped::Drop);
    policy.defaults.hours.get_or_insert_with(|| vec!["08:15-20:45".parse().expect("a window")]);
    world.under(policy)
}

#[test]
fn l6_raising_urgency_never_removes_a_dispatch() {
    for_all(2 * CASES, (world(), any::<bool>()), |(world, press)| {
        let world = if press { pressed(&world) } else { world };
        let mut ladder = vec![world.message.urgency()];
        ladder.extend(Urgency::KNOWN.iter().filter(|urgency| urgency.level() > world.message.urgency().level()));
        let plans = ladder.iter().map(|urgency| {
            let world = with_message(&world, world.message.to_builder().urgency(*urgency));
            sends(&world.plan())
        });
        let plans: Vec<_> = plans.collect();
        for (lower, higher) in plans.iter().zip(&plans[1..]) {
            prop_assert!(lower.is_subset(higher), "{lower:?} became {higher:?}");
        }
        Ok(())
    });
}

#[test]
fn l7_the_ranking_is_a_total_order() {
    for_all(CASES, world(), |world| {
        let plan = world.plan();
        let keys: Vec<RankKey> = plan.trace().candidates().iter().filter_map(|candidate| candidate.key).collect();
        for a in &keys {
            for b in &keys {
                prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
                prop_assert_eq!(a == b, std::ptr::eq(a, b), "two candidates of one rank");
                for c in &keys {
                    prop_assert!(!(a < b && b < c && c <= a), "a circle: {:?}", (a, b, c));
                }
            }
        }
        Ok(())
    });
}

/// Turns the lists around by whose order nothing may depend, at every depth of a document.
fn shuffled(document: &mut Value, by: usize) {
    const UNORDERED: [&str; 12] = [
        "endpoints",
        "consents",
        "suppressions",
        "registries",
        "choices",
        "segments",
        "conversations",
        "zones",
        "tags",
        "history",
        "pending",
        "presence",
    ];
    let Value::Object(fields) = document else { return };
    for (key, value) in fields {
        match value {
            Value::Array(list) if UNORDERED.contains(&key.as_str()) => {
                let length = list.len().max(1);
                list.rotate_left(by % length);
                if by % 2 == 1 {
                    list.reverse();
                }
            }
            _ => shuffled(value, by),
        }
    }
}

#[test]
fn l7_the_order_of_input_reaches_no_answer() {
    fn reordered<T: Serialize + DeserializeOwned>(document: &T, by: usize) -> T {
        let mut value = serde_json::to_value(document).expect("documents are written");
        shuffled(&mut value, by);
        serde_json::from_value(value).expect("documents are read")
    }
    for_all(CASES, (world(), 1usize..6), |(world, by)| {
        let World { profile, message, facts, .. } = &world;
        let (profile, message, facts) = (reordered(profile, by), reordered(message, by), reordered(facts, by));
        let other = World { profile, message, facts, ..world.clone() };
        prop_assert_eq!(bytes(&world.plan()), bytes(&other.plan()));
        Ok(())
    });
}

#[test]
fn l8_content_keeps_every_hard_limit() {
    for_all(CASES, world(), |world| {
        for sent in world.plan().dispatches() {
            let variant = world.message.variant(&sent.content).expect("a variant of the message");
            let mut channels = world.channels.iter().map(|channel| &channel.descriptor);
            let channel = channels.find(|channel| channel.id == sent.channel).expect("registered");
            for limit in &channel.limits {
                prop_assert!(measure(&variant.body, limit.unit) <= limit.max, "{sent:?} is over {limit:?}");
            }
            let needs = match variant.form {
                Form::Text => Capability::Text,
                Form::LongForm => Capability::LongForm,
                Form::Rich => Capability::RichMedia,
                _ => Capability::Template,
            };
            prop_assert!(channel.capabilities.has(needs), "{sent:?} cannot carry {}", variant.form);
            prop_assert!(variant.kinds.is_empty() || variant.kinds.contains(&sent.kind));
            prop_assert_eq!((sent.content.form, sent.content.locale), (variant.form, variant.locale));
            if let (Some(ceiling), Some(price)) = (world.message.price_ceiling(), channel.price) {
                prop_assert!(price.currency == ceiling.currency && price.micros <= ceiling.micros);
            }
        }
        Ok(())
    });
}

#[test]
fn l11_every_channel_is_in_the_trace_once_an_endpoint() {
    for_all(CASES, world(), |world| {
        let plan = world.plan();
        let mut wanted = Vec::new();
        for channel in world.channels.iter().map(|channel| &channel.descriptor) {
            let endpoints = world.profile.endpoints().iter().filter(|endpoint| endpoint.kind() == channel.kind);
            let mut ids: Vec<_> = endpoints.map(|endpoint| Some(endpoint.id())).collect();
            if ids.is_empty() {
                ids.push(None);
            }
            wanted.extend(ids.into_iter().map(|id| (channel.id, id)));
        }
        let candidates = plan.trace().candidates();
        let mut traced: Vec<_> = candidates.iter().map(|candidate| (candidate.channel, candidate.endpoint)).collect();
        traced.sort();
        wanted.sort();
        prop_assert_eq!(traced, wanted);
        for candidate in candidates {
            let placed = candidate.place.is_some();
            prop_assert_eq!(candidate.verdict.is_usable(), placed, "{:?} has neither reason nor place", candidate);
            let step = match candidate.place {
                Some(Place::Step(step)) => &plan.steps()[usize::from(step)],
                Some(Place::Always { chain, step }) => &plan.always()[usize::from(chain)][usize::from(step)],
                _ => continue,
            };
            let mine =
                |sent: &&Dispatch| (sent.channel, Some(sent.endpoint)) == (candidate.channel, candidate.endpoint);
            prop_assert_eq!(step.dispatches().iter().filter(mine).count(), 1, "{:?} is not in its place", candidate);
        }
        // Nothing goes out twice, whatever a group says.
        prop_assert_eq!(plan.dispatches().count(), candidates.iter().filter(|one| one.place.is_some()).count());
        Ok(())
    });
}

/// Whatever the policy says of waits and the channels of latencies, a message that ends leaves room for all of them.
#[test]
fn l11_the_waits_of_a_chain_end_before_its_message() {
    let shared = std::cell::Cell::new(0);
    for_all(CASES, world(), |world| {
        let plan = world.plan();
        let Some(expires) = plan.expires() else { return Ok(()) };
        for chain in [plan.steps()].into_iter().chain(plan.always().iter().map(Vec::as_slice)) {
            // Of two providers for an endpoint the one that goes out first leads, whichever was laid first.
            if chain.is_empty() || chain.iter().any(Step::is_stand_in) {
                continue;
            }
            let waits: u64 = chain.iter().map(|step| step.give_up_after().as_secs()).sum();
            let left = (expires - plan.made_at()).num_seconds();
            prop_assert!(i64::try_from(waits).is_ok_and(|waits| waits <= left), "{waits} s of {left} s: {plan}");
            for sent in chain.iter().flat_map(Step::dispatches) {
                prop_assert!(sent.earliest() >= plan.made_at() && sent.earliest() <= sent.not_before);
                prop_assert!(sent.not_before < expires);
                prop_assert!(sent.opens.is_none_or(|opens| opens < sent.not_before));
            }
            shared.set(shared.get() + u32::from(chain.len() > 1));
        }
        Ok(())
    });
    assert!(shared.get() > CASES / 20, "a deadline is shared in {} of {CASES}", shared.get());
}

#[test]
fn l12_an_unreachable_best_channel_yields_the_next_best() {
    for_all(CASES, world(), |world| {
        let plan = world.plan();
        let Some(best) = plan.dispatches().next().map(|sent| sent.channel) else { return Ok(()) };
        let facts = world.facts.clone().with_health(best, ChannelState::Down, None);
        let without = World { facts, ..world.clone() }.plan();
        let mut left = sends(&plan);
        left.retain(|(channel, _)| *channel != best);
        prop_assert_eq!(sends(&without), left, "the others are not touched");

        // Whoever was next is first, at the instant from which it may be used.
        let words = words(&world, &plan);
        let plain = words.iter().all(|said| said.group.is_none() && said.always.is_none());
        let patient = matches!(judged_as(&world), Purpose::Service | Purpose::Marketing | Purpose::Research);
        let waits = words.iter().any(|said| said.patience.is_some()) || patient;
        let ready = |one: &Candidate| match one.verdict {
            Verdict::Deferred { until, .. } => until,
            _ => world.facts.now,
        };
        let others = plan.trace().candidates().iter().filter(|one| one.channel != best && one.verdict.is_usable());
        if plain
            && !waits
            && let Some(next) = others.min_by_key(|one| (ready(one), one.key))
        {
            let first = without.steps()[0].dispatches()[0];
            prop_assert_eq!((first.channel, Some(first.endpoint)), (next.channel, next.endpoint));
            prop_assert_eq!(first.not_before, ready(next));
        }
        Ok(())
    });
}

#[test]
fn l13_a_preview_equals_what_is_then_sent() {
    for_all(CASES, world(), |world| {
        let World { policy, profile, message, facts, config, .. } = &world;
        let plan = world.plan();
        let router = Router::new(config.clone(), profile.clone());
        prop_assert_eq!(&router.plan(message, facts), &plan);
        prop_assert_eq!(&world.under(policy.clone()).plan(), &plan, "another build of the same configuration");
        prop_assert_eq!(&reread(&plan), &plan, "the plan, read again");
        for sent in plan.dispatches() {
            let mine = |one: &&Candidate| (one.channel, one.endpoint) == (sent.channel, Some(sent.endpoint));
            let candidate = plan.trace().candidates().iter().find(mine).expect("a candidate");
            prop_assert_eq!(router.confirm(sent, message, facts), Confirmation::from(candidate.verdict));
        }
        // An explained plan is the plan.
        let explained = router.explain(message, facts);
        prop_assert_eq!(explained.steps(), plan.steps());
        prop_assert_eq!(explained.to_string(), plan.to_string());
        prop_assert_eq!(&reread(&explained), &explained, "the explained plan, read again");
        Ok(())
    });
}

/// What is extreme in the world: each part by itself.
#[derive(Clone, Debug)]
struct Extremes {
    now: Option<DateTime<Utc>>,
    instants: Vec<DateTime<Utc>>,
    span: Span,
    number: u32,
    spans: Vec<bool>,
    empty: bool,
}

fn extremes() -> impl Strategy<Value = Extremes> {
    let ends = vec![
        DateTime::<Utc>::MIN_UTC,
        DateTime::<Utc>::MIN_UTC + TimeDelta::hours(3),
        DateTime::UNIX_EPOCH,
        DateTime::<Utc>::MAX_UTC - TimeDelta::hours(3),
        DateTime::<Utc>::MAX_UTC,
    ];
    let parts = (
        prop::option::weighted(0.7, select(ends.clone())),
        prop::collection::vec(select(ends), 12),
        select(vec![Span::ZERO, Span::from_secs(1), Span::days(400), Span::days(90_000_000), Span::MAX]),
        select(vec![1, u32::MAX]),
        prop::collection::vec(any::<bool>(), 10),
        prop::bool::weighted(0.05),
    );
    parts.prop_map(|(now, instants, span, number, spans, empty)| Extremes { now, instants, span, number, spans, empty })
}

impl Extremes {
    fn impose(&self, world: &World) -> World {
        let Self { instants, span, number, spans, .. } = self;
        let mut channels = world.channels.clone();
        for channel in &mut channels {
            let descriptor = &mut channel.descriptor;
            if spans[0] {
                descriptor.latency = *span;
            }
            if spans[1] {
                descriptor.session = *span;
            }
            descriptor.limits.iter_mut().for_each(|limit| limit.max = if spans[2] { 0 } else { *number });
            descriptor.price.iter_mut().for_each(|price| price.micros = u64::MAX);
        }
        let mut policy = world.policy.clone();
        let purposes = policy.purposes.values_mut();
        purposes.for_each(|said| said.max_delay = said.max_delay.map(|_| *span));
        let purposes = policy.purposes.values_mut().map(|said| &mut said.then);
        let all = purposes.chain(policy.rules.iter_mut().map(|rule| &mut rule.then)).chain([&mut policy.defaults]);
        for settings in all {
            settings.give_up_after = settings.give_up_after.or(spans[3].then_some(*span));
            let said = [
                &mut settings.give_up_after,
                &mut settings.expires_after,
                &mut settings.spread,
                &mut settings.patience,
            ];
            said.into_iter().flatten().zip(&spans[4..]).filter(|(_, all)| **all).for_each(|(said, _)| *said = *span);
            for cap in &mut settings.caps {
                let span = (*span).max(Span::from_secs(1));
                let per = if spans[8] { Period::sliding(span).expect("a span") } else { cap.per };
                (cap.limit, cap.per) = (per.own_limit().map_or(*number, |own| own.get()), per);
                cap.zone = if per.is_calendar() { cap.zone } else { CapZone::Recipient };
            }
        }
        policy.priors.strength = *number;

        let mut profile = world.profile.to_builder();
        if self.empty {
            profile = CustomerProfile::builder(world.profile.id().clone());
        }
        let conversation = Conversation::new("talk-0".parse().expect("an id"), ChannelKind::WHATSAPP, instants[0]);
        profile = profile.conversation(conversation).engagement(ChannelKind::SMS, Engagement::new(*number, u32::MAX));
        let grant = ConsentEvent::new(ConsentAction::Grant, ConsentScope::everything(), instants[1]);
        profile = profile.consent(grant.until(instants[2]));

        let mut message = world.message.to_builder();
        if spans[4] {
            message = message.created(instants[3]);
        }
        if spans[5] && instants[4] < instants[5] {
            message = message.not_before(instants[4]).expires(instants[5]);
        }

        let mut facts = world.facts.clone();
        facts.now = self.now.unwrap_or(facts.now);
        for (sent, at) in facts.history.iter_mut().zip(&instants[6..]) {
            sent.at = *at;
        }
        for (pending, at) in facts.pending.iter_mut().zip(&instants[4..]) {
            pending.until = *at;
        }
        facts.campaign.values_mut().for_each(|figure| (figure.delivered, figure.effective) = (*number, u32::MAX));
        facts.health.values_mut().for_each(|health| health.until = Some(instants[5]));
        let world = with_message(&with_profile(world, profile), message);
        World { channels, facts, ..world }.under(policy)
    }
}

#[test]
fn l14_no_input_panics() {
    for_all(CASES, (world(), extremes()), |(world, extremes)| {
        let world = extremes.impose(&world);
        let World { profile, message, facts, config, .. } = &world;
        let plan = explain(config, profile, message, facts);
        prop_assert!(!plan.to_string().is_empty() && !plan.trace().to_string().is_empty());
        for candidate in plan.trace().candidates() {
            prop_assert!(plan.trace().why(candidate.channel).is_some());
            prop_assert!(!candidate.flip().to_string().is_empty());
        }
        for sent in plan.dispatches() {
            let answer = confirm(config, profile, sent, message, facts);
            prop_assert!(matches!(answer, Confirmation::Go | Confirmation::Wait { .. }), "{answer:?}");
            prop_assert!(sent.not_before >= facts.now && plan.expires().is_none_or(|end| sent.not_before < end));
        }
        prop_assert_eq!(reread(&plan), plan);
        Ok(())
    });
}

/// The world in which a change is so, made with what any caller has at hand.
fn changed(world: &World, candidate: &Candidate, change: Change) -> World {
    let World { channels, policy, profile, message, facts, .. } = world;
    let endpoint = candidate.endpoint.and_then(|id| profile.endpoint(id));
    let others = profile.to_builder().retain_endpoints(|other| Some(other.id()) != candidate.endpoint);
    let edit = profile.to_builder();
    let rewrite = message.to_builder();
    match change {
        Change::Later { at } => {
            let mut facts = facts.clone();
            facts.now = at;
            World { facts, ..world.clone() }
        }
        Change::WithoutEvent { event } => {
            let mut facts = facts.clone();
            facts.events.retain(|happened| happened.name != event);
            World { facts, ..world.clone() }
        }
        Change::ChannelUp { channel } => {
            let facts = facts.clone().with_health(channel, ChannelState::Up, None);
            World { facts, ..world.clone() }
        }
        Change::Present { kind } => World { facts: facts.clone().with_presence(kind), ..world.clone() },
        Change::Endpoint { kind } => {
            with_profile(world, edit.endpoint(Endpoint::new(NEW, kind, address(kind)).expect("an address").verified()))
        }
        Change::EndpointReachable => {
            let endpoint = endpoint.expect("an endpoint").clone().with_health(EndpointHealth::Reachable);
            with_profile(world, others.endpoint(endpoint))
        }
        Change::EndpointVerified => {
            with_profile(world, others.endpoint(endpoint.expect("an endpoint").clone().verified()))
        }
        Change::Unsuppressed { class } => {
            let edit = edit.retain_suppressions(|record| record.class != class);
            let listed = class == SuppressionClass::Registry;
            with_profile(world, edit.retain_registries(|check| !(listed && check.listed)))
        }
        Change::Registry { kind } => {
            let (now, end) = (facts.now, DateTime::<Utc>::MAX_UTC);
            with_profile(world, edit.registry(RegistryCheck::new(kind, false, now, end)))
        }
        Change::Consent { purpose, kind } => {
            // The narrowest yes that this is: to one endpoint, about one topic, now.
            let scope = ConsentScope::purpose(purpose).on_kind(kind).about(message.topic());
            let scope = candidate.endpoint.map_or(scope.clone(), |id| scope.on_endpoint(id));
            let scope = message.brand().or(profile.tenant()).map_or(scope.clone(), |tenant| scope.of_tenant(tenant));
            // Given, and confirmed at once where it has to be.
            let said = |action| ConsentEvent::new(action, scope.clone(), facts.now);
            with_profile(world, edit.consent(said(ConsentAction::Grant)).consent(said(ConsentAction::Confirm)))
        }
        Change::PreferenceOn { topic, kind } => {
            // As of now: a yes from the future does not count yet.
            with_profile(world, edit.preference(Preference::new(Choice::On).about(topic).on(kind).at(facts.now)))
        }
        Change::ZoneKnown => with_profile(world, edit.zone(ZoneEvidence::declared(ZoneName::UTC))),
        Change::WithoutRule { rule } => {
            let mut policy = policy.clone();
            policy.rules.retain(|other| other.name != rule);
            world.under(policy)
        }
        Change::CapOf { cap, limit } => world.under(with_cap(policy, cap, limit)),
        Change::WithoutOverride => with_message(world, rewrite.channels(None)),
        Change::Expiry { at } => with_message(world, rewrite.expires(at)),
        Change::Ceiling { price } => with_message(world, rewrite.price_ceiling(price)),
        Change::NoCeiling => with_message(world, rewrite.price_ceiling(None)),
        Change::Variant { form: Form::Template, kind } => {
            let template = Variant::template(Code::literal("template"), Vec::new());
            with_message(world, rewrite.variant(template.on(kind)))
        }
        Change::Variant { form, kind } => with_message(world, rewrite.variant(Variant::of(form, "x").on(kind))),
        Change::WithoutLinks => {
            let mut content = message.content().clone();
            content.variants.iter_mut().for_each(|variant| variant.link = None);
            with_message(world, rewrite.content(content))
        }
        Change::Shorter { max, unit } => {
            let mut content = message.content().clone();
            for variant in &mut content.variants {
                while measure(&variant.body, unit) > max {
                    variant.body.pop();
                }
            }
            with_message(world, rewrite.content(content))
        }
        other => panic!("{other:?} cannot be made in {channels:?}"),
    }
}

const NEW: EndpointId = EndpointId::literal("one-more");

fn with_cap(policy: &Policy, cap: CapId, limit: u32) -> Policy {
    let mut policy = policy.clone();
    let purposes = policy.purposes.values_mut().map(|said| &mut said.then);
    let all = purposes.chain(policy.rules.iter_mut().map(|rule| &mut rule.then)).chain([&mut policy.defaults]);
    let caps = all.flat_map(|settings| &mut settings.caps).filter(|known| known.name == cap);
    caps.for_each(|known| {
        known.limit = limit;
        if let Period::Gcra(pace) = known.per {
            let burst = limit.try_into().expect("a limit above zero");
            known.per = Period::Gcra(Gcra::new(pace.every(), burst).expect("a span"));
        }
    });
    policy
}

/// Whether a candidate, or one that stands for it with one endpoint more, is in the plan.
fn is_used(world: &World, candidate: &Candidate) -> bool {
    sends(&world.plan()).contains(&(candidate.channel, candidate.endpoint.unwrap_or(NEW)))
}

#[test]
fn l14_what_would_let_a_candidate_through_does() {
    for_all(CASES, world(), |world| {
        let World { profile, message, facts, config, .. } = &world;
        for candidate in explain(config, profile, message, facts).trace().candidates() {
            match candidate.flip() {
                Flip::InUse => prop_assert!(is_used(&world, candidate)),
                Flip::If { change } => {
                    prop_assert!(
                        is_used(&changed(&world, candidate, change), candidate),
                        "{:?} is not used though {change}",
                        candidate
                    );
                    // The smallest change is the smallest: one less is not enough.
                    let less = match change {
                        Change::CapOf { cap, limit } => Some(Change::CapOf { cap, limit: limit - 1 }),
                        Change::Ceiling { price } => {
                            Some(Change::Ceiling { price: Money::new(price.micros - 1, price.currency) })
                        }
                        _ => None,
                    };
                    if let Some(less) = less {
                        let used = is_used(&changed(&world, candidate, less), candidate);
                        prop_assert!(!used, "{:?} is used if only {less}", candidate);
                    }
                }
                Flip::NoSingleChange => {}
                other => prop_assert!(false, "{other:?} after an explanation"),
            }
        }
        Ok(())
    });
}

#[test]
fn worlds_ask_what_the_laws_are_about() {
    // A law that nothing puts to the test says nothing: raising urgency must change plans, and rules must restrict.
    let (changed, restricted) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    for_all(CASES, world(), |world| {
        let at = |urgency| with_message(&world, world.message.to_builder().urgency(urgency)).plan();
        let (low, critical) = (at(Urgency::Low), at(Urgency::Critical));
        changed.set(changed.get() + u32::from(low.steps() != critical.steps()));
        let restricts = |rule: &AppliedRule| rule.fields.iter().any(Field::restricts);
        restricted.set(restricted.get() + u32::from(low.trace().rules().iter().any(restricts)));
        Ok(())
    });
    assert!(changed.get() > CASES / 100, "urgency changes {} of {CASES}", changed.get());
    assert!(restricted.get() > CASES / 10, "rules restrict {} of {CASES}", restricted.get());
}
