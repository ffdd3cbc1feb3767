//! The presets: the same choices, and what each product's documentation says comes of them.

use proptest::prelude::*;
use waypost::{
    ChannelKind, Choice, Code, Preference, Preferences, Purpose, Resolution, Resolved, SetBy, TopicId,
    chrono::{DateTime, Utc},
};

use super::world::{KINDS, for_all, origin, preference};

const COUPON: TopicId = TopicId::literal("coupon");
const EMAIL: ChannelKind = ChannelKind::EMAIL;

fn day(day: u32) -> DateTime<Utc> {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant")
}

fn on() -> Preference {
    Preference::new(Choice::On)
}

fn off() -> Preference {
    Preference::new(Choice::Off)
}

fn resolved(choices: &[Preference], by: Resolution) -> Resolved {
    let mut preferences = Preferences::default();
    preferences.choices = choices.to_vec();
    let resolved = preferences.resolve_by(by, COUPON, EMAIL, day(10));
    preferences.choices.reverse();
    assert_eq!(preferences.resolve_by(by, COUPON, EMAIL, day(10)), resolved, "{by}: the order of the choices counts");
    resolved
}

/// What the choices come to for coupons by email, on 10 January, in the order of the table of [`Resolution`].
#[track_caller]
fn check(choices: &[Preference], expected: [&str; 5]) {
    let answers = Resolution::ALL.iter().map(|by| match resolved(choices, *by) {
        Resolved { choice: None, .. } => "-",
        Resolved { choice: Some(Choice::On), .. } => "on",
        Resolved { locked: true, .. } => "locked",
        _ => "off",
    });
    assert_eq!(answers.collect::<Vec<_>>(), expected, "waypost, knock, novu, suprsend, courier");
}

#[test]
fn nobody_chose() {
    check(&[], ["-"; 5]);
    check(&[off().about(TopicId::literal("news")), off().on(ChannelKind::SMS)], ["-"; 5]);
}

/// One choice alone is what it says, whoever made it and wherever it stands.
#[test]
fn one_choice() {
    let spots = [off().about(COUPON).on(EMAIL), off().about(COUPON), off().on(EMAIL), off()];
    for no in spots {
        check(std::slice::from_ref(&no), ["off"; 5]);
        check(&[no.clone().set_by(SetBy::Tenant)], ["off"; 5]);
        check(&[no.set_by(SetBy::Default)], ["off"; 5]);
    }
}

/// Knock: "if a workflow's category is set to false, the notification will not send even if a channel type is explicitly
/// set to true". SuprSend, Courier: a category, a topic is opted out as a whole. Novu: a channel's key beats `all`.
#[test]
fn the_topic_off_and_then_its_cell_on() {
    let topic = off().about(COUPON).at(day(1));
    let cell = on().about(COUPON).on(EMAIL);
    check(&[topic.clone(), cell.clone().at(day(2))], ["on", "off", "on", "off", "off"]);
    // Only our own rules ask which came later.
    check(&[topic, cell], ["off", "off", "on", "off", "off"]);
}

#[test]
fn the_topic_on_and_its_cell_off() {
    check(&[on().about(COUPON).at(day(2)), off().about(COUPON).on(EMAIL).at(day(1))], ["off"; 5]);
}

/// SuprSend: channel-level opt-outs override all. Novu: the subscriber's workflow over the subscriber's global. Knock: all
/// preferences that exist must be true. Courier has no word for the channel, so its `off` stands.
#[test]
fn the_kind_off_and_the_cell_on() {
    let kind = off().on(EMAIL).at(day(1));
    let cell = on().about(COUPON).on(EMAIL);
    check(&[kind.clone(), cell.clone().at(day(2))], ["on", "off", "on", "off", "off"]);
    check(&[kind, cell], ["off", "off", "on", "off", "off"]);
}

#[test]
fn everything_off_and_then_the_cell_on() {
    check(&[off().at(day(1)), on().about(COUPON).on(EMAIL).at(day(2))], ["on", "off", "on", "off", "off"]);
}

/// All of them: recipient over tenant over default, unless the tenant's word is stronger.
#[test]
fn the_person_over_the_tenant_over_the_default() {
    let by = |choice: Preference, who| choice.about(COUPON).set_by(who);
    check(&[by(on(), SetBy::Person), by(off(), SetBy::Tenant)], ["on"; 5]);
    check(&[by(off(), SetBy::Person), by(on(), SetBy::Tenant)], ["off"; 5]);
    check(&[by(on(), SetBy::Tenant), by(off(), SetBy::Default)], ["on"; 5]);
    check(&[by(off(), SetBy::Tenant), by(on(), SetBy::Default)], ["off"; 5]);
}

/// Knock: `__strategy__: replace`. Novu: `readOnly` on `all`. SuprSend: off on the tenant page blocks even those who opted
/// in. Courier has no such word, so the `off` stands.
#[test]
fn a_locked_off_of_the_tenant() {
    let lock = off().about(COUPON).set_by(SetBy::Tenant).locked();
    check(&[on().about(COUPON).at(day(2)), lock], ["locked"; 5]);
}

/// Ours and SuprSend's locks only switch off. Knock's `replace`, Novu's `readOnly` and Courier's `REQUIRED` also keep on.
#[test]
fn a_locked_on_of_the_tenant() {
    let lock = on().about(COUPON).set_by(SetBy::Tenant).locked();
    check(&[off().about(COUPON).at(day(2)), lock], ["off", "on", "on", "off", "on"]);
}

/// Novu: read-only is said of `all`; then the subscriber's channels are ignored too, which Knock replaces key by key.
#[test]
fn a_locked_on_of_the_tenant_and_the_cell_off() {
    let lock = on().about(COUPON).set_by(SetBy::Tenant).locked();
    check(&[off().about(COUPON).on(EMAIL), lock], ["off", "off", "on", "off", "on"]);
}

/// Knock merges key by key: an environment's `channel_types.email` that nobody overrides exists, and must be true.
#[test]
fn the_kind_off_by_default_and_the_cell_on() {
    check(&[off().on(EMAIL).set_by(SetBy::Default), on().about(COUPON).on(EMAIL)], ["on", "off", "on", "on", "on"]);
}

/// SuprSend lifts a restriction with it and Courier knows no such word; Knock still wants the category to be true.
#[test]
fn the_topic_off_by_default_and_the_kind_on() {
    check(&[off().about(COUPON).set_by(SetBy::Default), on().on(EMAIL)], ["on", "off", "on", "off", "off"]);
}

/// Courier: `custom_routing` names the channels of the topic, and no others are used.
#[test]
fn another_kind_chosen_for_the_topic() {
    let sms = on().about(COUPON).on(ChannelKind::SMS);
    check(std::slice::from_ref(&sms), ["-", "-", "-", "-", "off"]);
    check(&[sms.clone(), on().about(COUPON)], ["on", "on", "on", "on", "off"]);
    check(&[sms.clone(), on().about(COUPON).on(EMAIL)], ["on"; 5]);
    // As long as it is chosen.
    check(&[sms.clone().until(day(10)), on().about(COUPON)], ["on"; 5]);
    let routed = resolved(&[sms.clone().until(day(12)), sms.until(day(20))], Resolution::Courier);
    assert_eq!((routed.until, routed.set_by), (Some(day(20)), SetBy::Person));
}

/// Courier: of a tenant and its children the narrower overwrites; the others merge as for a person.
#[test]
fn a_tenants_topic_off_and_its_cell_on() {
    let tenants = |choice: Preference| choice.set_by(SetBy::Tenant);
    check(
        &[tenants(off().about(COUPON)).at(day(1)), tenants(on().about(COUPON).on(EMAIL)).at(day(2))],
        ["on", "off", "on", "off", "on"],
    );
}

/// A choice that has ended is one that was never made, under every preset.
#[test]
fn a_pause_that_is_over() {
    check(&[Preference::pause(day(1), day(10)), on().set_by(SetBy::Tenant)], ["on"; 5]);
    check(&[Preference::pause(day(1), day(11)), on().set_by(SetBy::Tenant)], ["off"; 5]);
    for by in Resolution::ALL {
        assert_eq!(resolved(&[Preference::pause(day(9), day(11))], *by).until, Some(day(11)), "{by}");
        assert_eq!(resolved(&[Preference::pause(day(9), day(11))], *by).since, Some(day(9)), "{by}");
    }
}

/// Whoever it is may switch off, lock an `off`, and switch nothing on.
#[test]
fn an_author_that_nobody_knows() {
    let strange = SetBy::Unrecognized(Code::literal("guardian"));
    check(&[on().about(COUPON).set_by(strange)], ["-"; 5]);
    check(&[off().about(COUPON).set_by(strange), on().about(COUPON).set_by(SetBy::Tenant)], ["off"; 5]);
    check(&[off().about(COUPON).set_by(strange).locked(), on().about(COUPON).at(day(2))], ["locked"; 5]);
}

/// A policy says by whose rules; what it leaves out is our own.
#[test]
fn a_policy_names_the_preset() {
    let policy = |text: &str| waypost::Policy::from_toml(text).map(|policy| policy.resolution);
    assert_eq!(policy(""), Ok(Resolution::Waypost));
    assert_eq!(policy("resolution = \"knock\""), Ok(Resolution::Knock));
    assert!(policy("resolution = \"nock\"").is_err());
}

/// Whatever else the tenant said since, and whatever the person said besides.
#[test]
fn a_locked_off_is_not_hidden() {
    let tenants = |choice: Preference| choice.set_by(SetBy::Tenant);
    let lock = tenants(off().about(COUPON)).at(day(1)).locked();
    let own = on().about(COUPON).on(EMAIL).at(day(9));
    check(&[lock.clone(), tenants(off().about(COUPON)).at(day(2)), own.clone()], ["locked"; 5]);
    check(&[lock.clone(), tenants(on().about(COUPON)).at(day(2)), own.clone()], ["locked"; 5]);
    check(&[lock.clone(), off().about(COUPON).at(day(2)), own.clone()], ["locked"; 5]);
    check(&[lock, off().on(EMAIL).at(day(2)), own], ["locked"; 5]);
    // A set of every channel is not hidden by one of its keys.
    let all = tenants(off()).at(day(1)).locked();
    check(&[all, tenants(off().on(EMAIL)).at(day(2)), on().on(EMAIL).at(day(3))], ["locked"; 5]);
}

/// Novu: read-only says that the subscriber has no word, which is no reason to send what is locked off.
#[test]
fn a_locked_off_opens_nothing() {
    let channel = on().about(COUPON).on(EMAIL).set_by(SetBy::Tenant);
    let own = off().about(COUPON).on(EMAIL);
    check(&[channel.clone(), own.clone()], ["off"; 5]);
    check(&[channel, own, off().about(COUPON).set_by(SetBy::Tenant).locked()], ["locked"; 5]);
}

/// Novu: a workflow that was read-only and is switched off besides does not hear the subscriber's yes.
#[test]
fn an_off_beside_a_lock_opens_nothing() {
    let lock = on().about(COUPON).set_by(SetBy::Tenant).locked().at(day(1));
    let code = off().about(COUPON).on(EMAIL).set_by(SetBy::Default);
    let own = on().about(COUPON).on(EMAIL);
    check(&[lock.clone(), code.clone(), own.clone()], ["on", "on", "locked", "on", "on"]);
    let more = off().about(COUPON).set_by(SetBy::Tenant).at(day(2));
    check(&[lock, code, own, more], ["on", "off", "locked", "on", "on"]);
}

/// An `on` counts from when it was made, an `off` at once.
#[test]
fn a_choice_from_the_future() {
    check(&[off().about(COUPON).on(EMAIL).at(day(1)), on().about(COUPON).on(EMAIL).at(day(11))], ["off"; 5]);
    check(&[on().about(COUPON).on(EMAIL).at(day(10))], ["on"; 5]);
    check(&[on().about(COUPON).on(EMAIL).at(day(1)), off().about(COUPON).on(EMAIL).at(day(11))], ["off"; 5]);
    check(&[on().about(COUPON).on(ChannelKind::SMS).at(day(11))], ["-"; 5]);
}

/// Said since the cell was switched on, a pause counts.
#[test]
fn a_pause_after_a_cell() {
    check(
        &[on().about(COUPON).on(EMAIL).at(day(2)), Preference::pause(day(9), day(11))],
        ["off", "off", "on", "off", "off"],
    );
}

/// Of two that differ in nothing else, in any order.
#[test]
fn the_later_end_holds() {
    for by in Resolution::ALL {
        let pause = |end: Option<_>| {
            let lasting = off().about(COUPON).at(day(1));
            end.into_iter().fold(lasting, Preference::until)
        };
        for (ends, last) in [([Some(day(12)), Some(day(20))], Some(day(20))), ([Some(day(12)), None], None)] {
            assert_eq!(resolved(&ends.map(pause), *by).until, last, "{by}");
            assert_eq!(resolved(&ends.map(|end| pause(end).set_by(SetBy::Tenant).locked()), *by).until, last, "{by}");
        }
    }
}

/// Nobody is kept on for marketing or for what this version cannot read, whoever locked it and by whosever rules.
#[test]
fn a_lock_keeps_nobody_on_for_marketing() {
    let spots = [off().about(COUPON).on(EMAIL), off().about(COUPON), off().on(EMAIL), off()];
    for (own, of_lock) in spots.iter().flat_map(|own| spots.iter().map(move |of_lock| (own, of_lock))) {
        for author in [SetBy::Tenant, SetBy::Default] {
            let mut unlocked = of_lock.clone().set_by(author);
            unlocked.choice = Choice::On;
            let lock = unlocked.clone().locked();
            let unlocked = Preferences::default().with(own.clone()).with(unlocked);
            let preferences = Preferences::default().with(own.clone()).with(lock.clone());
            for by in Resolution::ALL {
                for purpose in [Purpose::Marketing, Purpose::Unrecognized(Code::literal("nudge"))] {
                    let resolved = preferences.resolve_for(purpose, *by, COUPON, EMAIL, day(10));
                    assert_eq!(resolved, unlocked.resolve_by(*by, COUPON, EMAIL, day(10)), "{by}: {own:?}, {lock:?}");
                }
                let resolved = preferences.resolve_for(Purpose::Service, *by, COUPON, EMAIL, day(10));
                assert_eq!(resolved, preferences.resolve_by(*by, COUPON, EMAIL, day(10)));
            }
        }
    }
}

/// Under every preset, and whatever was said before: nobody's no to anything ever switches anything on or takes a lock off.
#[test]
fn a_no_never_widens() {
    let choice = prop_oneof![Just(Choice::On), Just(Choice::Off), Just(Choice::Unrecognized(Code::literal("digest")))];
    let choices = proptest::collection::vec(preference(choice), 0..=6);
    for_all(20_000, (choices, preference(Just(Choice::Off))), |(choices, no)| {
        let before = Preferences::default();
        let before = choices.into_iter().fold(before, Preferences::with);
        let after = before.clone().with(no);
        for by in Resolution::ALL {
            for (kind, purpose) in KINDS[..3].iter().flat_map(|kind| PURPOSES.map(|purpose| (kind, purpose))) {
                let how_far = |said: &Preferences| {
                    let resolved = said.resolve_for(purpose, *by, COUPON, *kind, origin());
                    (resolved.choice == Some(Choice::Off), resolved.locked)
                };
                prop_assert!(how_far(&before) <= how_far(&after), "{by}, {kind}, {purpose}");
            }
        }
        Ok(())
    });
}

const PURPOSES: [Purpose; 2] = [Purpose::Service, Purpose::Marketing];
