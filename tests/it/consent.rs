//! Consent, suppression, registries and pauses: what holds of any events, and what a plan says of single ones.

use expect_test::expect;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use waypost::{
    consent::{
        RecordHeader,
        keyword::{Classified, Inbound, Keyword, classify},
    },
    *,
};

use super::{
    check::{World, check},
    world::{KINDS, consent_action, consent_event, for_all, origin, suppression, world},
};

const CASES: u32 = 2_000;

/// A question, for the endpoint `a` of one of the kinds.
fn question() -> impl Strategy<Value = ConsentQuery> {
    let topics = [TopicId::literal("parcel"), TopicId::literal("coupon")];
    let parts = (
        select(&KINDS[..3]),
        select(vec![Purpose::Marketing, Purpose::Service, Purpose::Unrecognized(Code::literal("humanitarian"))]),
        select(topics.to_vec()),
        select(vec![None, Some(TenantId::literal("north"))]),
        any::<bool>(),
        any::<bool>(),
    );
    parts.prop_map(|(kind, purpose, topic, brand, confirmed, any_ground)| {
        let endpoint = Endpoint::new(EndpointId::literal("a"), kind, super::world::address(kind)).expect("an address");
        let mut asked = ConsentQuery::new(&endpoint, purpose, topic);
        (asked.brand, asked.confirmed) = (brand, confirmed);
        if any_ground { asked.accepting(ConsentBasis::KNOWN.iter().copied()) } else { asked }
    })
}

fn events() -> impl Strategy<Value = Vec<ConsentEvent>> {
    vec(consent_event(consent_action()), 0..=6)
}

fn profile(events: impl IntoIterator<Item = ConsentEvent>) -> CustomerProfile {
    let profile = CustomerProfile::builder("c-1".parse().expect("a name"));
    events.into_iter().fold(profile, ProfileBuilder::consent).build().expect("a profile")
}

/// What a state lets through: nothing, what only a no forbids, or what a yes is needed for.
fn width(state: ConsentState) -> u8 {
    match state {
        ConsentState::Granted { .. } => 2,
        ConsentState::Unknown
        | ConsentState::Requested { .. }
        | ConsentState::Pending { .. }
        | ConsentState::Expired { .. } => 1,
        _ => 0,
    }
}

#[track_caller]
fn narrows(before: ConsentAnswer<'_>, after: ConsentAnswer<'_>) -> Result<(), TestCaseError> {
    prop_assert!(width(after.state) <= width(before.state), "{:?} became {:?}", before.state, after.state);
    if let (ConsentState::Granted { until: before, .. }, ConsentState::Granted { until: after, .. }) =
        (before.state, after.state)
    {
        let end =
            |until: Option<chrono::DateTime<chrono::Utc>>| until.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        prop_assert!(end(after) <= end(before), "{before:?} became {after:?}");
    }
    Ok(())
}

#[test]
fn the_order_of_events_says_nothing() {
    for_all(
        CASES,
        (events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())), question()),
        |((events, shuffled), asked)| {
            let (one, other) = (profile(events), profile(shuffled));
            let (one, other) = (one.consent(&asked, origin()), other.consent(&asked, origin()));
            prop_assert_eq!(one, other);
            prop_assert_eq!(one.event.is_none(), one.state == ConsentState::Unknown);
            prop_assert_eq!(one.since().is_none(), one.state == ConsentState::Unknown);
            Ok(())
        },
    );
}

#[test]
fn a_no_never_widens() {
    let no = select(vec![
        ConsentAction::Refuse,
        ConsentAction::Withdraw,
        ConsentAction::Revoke,
        ConsentAction::Invalidate,
        ConsentAction::Unrecognized(Code::literal("pause")),
    ]);
    for_all(CASES, (events(), consent_event(no), question()), |(events, no, asked)| {
        let before = profile(events.clone());
        let after = profile(events.into_iter().chain([no]));
        narrows(before.consent(&asked, origin()), after.consent(&asked, origin()))
    });
}

/// Once somebody said no, there is that no or a yes, and never again a silence that a rule of opt-out lets through.
#[test]
fn what_was_refused_never_falls_silent() {
    let scope = ConsentScope::everything();
    for_all(CASES, (events(), consent_event(Just(ConsentAction::Withdraw)), question()), |(events, mut no, asked)| {
        no.scope = scope.clone();
        let answer = profile(events.into_iter().chain([no])).consent(&asked, origin()).state;
        prop_assert!(width(answer) != 1, "{:?}", answer);
        Ok(())
    });
}

#[test]
fn a_stop_stands_again_when_the_yes_after_it_has_run_out() {
    let events = json!([
        { "action": "withdraw", "at": "2026-01-01T10:00:00Z" },
        { "action": "grant", "at": "2026-02-01T10:00:00Z", "expires_at": "2026-03-01T10:00:00Z" },
    ]);
    let plan = asking("consent = \"opt_out\"").with(json!({ "profile": { "consents": events } })).plan();
    assert!(plan.is_empty());
    let why = plan.trace().why(ChannelId::literal("sms")).expect("a candidate");
    assert!(why.ends_with("consent withdrawn since 2026-01-01 (customer)"), "{why}");
}

#[test]
fn an_expiry_never_widens() {
    let expire = consent_event(Just(ConsentAction::Expire));
    for_all(CASES, (events(), expire, any::<prop::sample::Index>(), question()), |(events, expire, at, asked)| {
        let before = profile(events.clone());
        let after = profile(events.iter().cloned().chain([expire.clone()]));
        narrows(before.consent(&asked, origin()), after.consent(&asked, origin()))?;
        // The same as an end of a yes that had none, or a later one.
        if let Some(yes) = (!events.is_empty()).then(|| at.index(events.len())) {
            let mut events = events;
            events[yes].expires_at = Some(events[yes].expires_at.map_or(expire.at, |end| end.min(expire.at)));
            narrows(before.consent(&asked, origin()), profile(events).consent(&asked, origin()))?;
        }
        Ok(())
    });
}

#[test]
fn a_yes_never_narrows() {
    let yes = select(vec![ConsentAction::Grant, ConsentAction::Confirm, ConsentAction::Renew]);
    for_all(CASES, (events(), consent_event(yes), question()), |(events, yes, asked)| {
        let before = profile(events.clone());
        let after = profile(events.into_iter().chain([yes]));
        narrows(after.consent(&asked, origin()), before.consent(&asked, origin()))
    });
}

/// Whatever else is said: no consent, choice, lift or urgency lets a suppressed endpoint through.
#[test]
fn suppression_dominates() {
    for_all(500, (world(), suppression()), |(world, mut record)| {
        (record.endpoint, record.kind, record.purpose, record.until) = (None, None, None, None);
        let everything = ConsentEvent::new(ConsentAction::Grant, ConsentScope::everything(), world.facts.now);
        let edit = world.profile.to_builder().suppression(record).consent(everything);
        let suppressed = super::world::World { profile: edit.build().expect("a profile"), ..world };
        prop_assert!(suppressed.plan().is_empty());
        Ok(())
    });
}

/// Any text that holds a word is heard, wherever the word stands; any text at all is read.
#[test]
fn a_stop_word_is_never_overheard() {
    let words = ["stop", "unsubscribe", "cancel", "end", "quit", "revoke", "ARRÊT", "opt out", "Baja", "sair"];
    let parts = (any::<String>(), select(words.to_vec()), any::<String>());
    for_all(CASES, parts, |(before, word, after)| {
        prop_assert_eq!(classify(word), Classified::Certain(Keyword::Stop));
        let text = format!("{before} {word} {after}");
        prop_assert_eq!(classify(&text).keyword(), Some(Keyword::Stop), "{}", text);
        let _ = (classify(&before), classify(&after));
        Ok(())
    });
}

#[test]
fn a_record_in_the_shape_that_others_read() {
    let profile: CustomerProfile = serde_json::from_str(include_str!("wire/consent_profile.json")).expect("a profile");
    let header = RecordHeader::new(
        "a6f58318-72e6-46a2-bfd7-f36d795e30cd",
        "https://shop.example",
        "2026-11-21T10:00:00Z".parse().expect("an instant"),
    );
    let header = header.with_notice("https://shop.example/notices/2026-01");
    let record = profile.consent_record(Purpose::Marketing, &header);
    let written = serde_json::to_string_pretty(&record).expect("it writes");
    expect_test::expect_file!["wire/consent_record.json"].assert_eq(&(written + "\n"));
}

/// Three shops, of which one asks for more than a yes.
fn asking(terms: &str) -> World {
    World::coupon()
        .policy(&format!("[purposes.marketing]\n{terms}\n[defaults]\norder = [\"push\", \"email\", \"sms\"]"))
}

#[test]
fn a_yes_that_has_to_be_confirmed_on_some_kinds() {
    let yes = json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } });
    let world = asking("double_opt_in = [\"email\"]").with(json!({ "profile": { "consents": [yes] } }));
    check(
        world.clone(),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  sms   mobile  if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   mail  home    no           consent given on 2026-01-10 and not confirmed (law)
    "#]],
    );
    let confirm = json!({ "action": "confirm", "at": "2026-01-10T10:05:00Z", "scope": { "purpose": "marketing" } });
    check(
        world.push("/profile/consents", confirm),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  sms   mobile  if it fails  next by the policy's order; text
        4.  call  phone   if it fails  next by the policy's order; text
    "#]],
    );
}

#[test]
fn a_ground_that_the_policy_does_not_accept() {
    let bought = json!({
        "action": "grant", "at": "2026-10-10T10:00:00Z", "scope": { "purpose": "marketing" },
        "basis": "implied_relationship", "expires_at": "2028-10-10T10:00:00Z",
    });
    let with = |terms: &str| asking(terms).with(json!({ "profile": { "consents": [bought.clone()] } }));
    check(
        with(""),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   no  no consent on record for marketing (law)
        -  mail  home    no  no consent on record for marketing (law)
        -  sms   mobile  no  no consent on record for marketing (law)
        -  call  phone   no  no consent on record for marketing (law)
    "#]],
    );
    check(
        with("consent_bases = [\"consent\", \"implied_relationship\"]"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  sms   mobile  if it fails  next by the policy's order; text
        4.  call  phone   if it fails  next by the policy's order; text
    "#]],
    );
}

#[test]
fn every_no_has_its_own_word() {
    for (action, expected) in [
        ("refuse", "consent refused since 2026-11-01 (customer)"),
        ("withdraw", "consent withdrawn since 2026-11-01 (customer)"),
        ("revoke", "consent revoked by the sender since 2026-11-01 (policy)"),
        ("invalidate", "consent found invalid since 2026-11-01 (law)"),
    ] {
        let no = json!({ "action": action, "at": "2026-11-01T08:00:00Z", "scope": { "kind": "sms" } });
        let plan = asking("").push("/profile/consents", no).plan();
        let why = plan.trace().why(ChannelId::literal("sms")).expect("a candidate");
        let said = why.strip_prefix("`sms` to `mobile` is not used: ").expect("a refusal");
        assert_eq!(said, expected, "{action}");
    }
}

#[test]
fn a_dispatch_does_not_outlive_a_consent_that_will_expire() {
    let expire = json!({ "action": "expire", "at": "2026-11-21T12:00:00Z" });
    let due = |at: &str| {
        let later = json!({ "message": { "not_before": at } });
        asking("").push("/profile/consents", expire.clone()).with(later)
    };
    check(
        due("2026-11-21T11:59:59Z"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   at 11:59:59Z  the author wants it no sooner (author); first by the policy's order; text
        2.  mail  home    at 11:59:59Z  the author wants it no sooner (author); next by the policy's order; text
        3.  sms   mobile  at 11:59:59Z  the author wants it no sooner (author); next by the policy's order; text
        4.  call  phone   at 11:59:59Z  the author wants it no sooner (author); next by the policy's order; text
    "#]],
    );
    check(
        due("2026-11-21T12:00:00Z"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   no  consent expired at 2026-11-21 12:00Z (customer)
        -  mail  home    no  consent expired at 2026-11-21 12:00Z (customer)
        -  sms   mobile  no  consent expired at 2026-11-21 12:00Z (customer)
        -  call  phone   no  consent expired at 2026-11-21 12:00Z (customer)
    "#]],
    );
}

#[test]
fn a_registry_that_has_to_be_asked() {
    let checks = |listed: bool, until: &str| {
        let check =
            json!({ "kind": "sms", "listed": listed, "checked_at": "2026-11-01T08:00:00Z", "valid_until": until });
        json!({ "profile": { "registries": [check] } })
    };
    let asking = || asking("registry_fresh = [\"sms\"]");
    check(
        asking(),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   sms   mobile  no           no registry was asked (law)
    "#]],
    );
    check(
        asking().with(checks(false, "2026-11-22T08:00:00Z")),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now                      first by the policy's order; text
        2.  sms   mobile  at 2026-11-22 07:59:59Z  next by the policy's order; text
        3.  mail  home    at 2026-11-22 10:00Z     next, for it opens later; text
        4.  call  phone   at 2026-11-23 07:59:59Z  next by the policy's order; text
    "#]],
    );
    check(
        asking().with(checks(false, "2026-11-21T10:00:00Z")),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   sms   mobile  no           the registry's answer of 2026-11-01 holds no more (law)
    "#]],
    );
    check(
        asking().with(checks(true, "2026-11-22T08:00:00Z")),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   sms   mobile  no           suppressed: registry since 2026-11-01 (law)
    "#]],
    );
    // Without the demand, one who is on the list is still not sold to, stale or not.
    check(
        World::coupon()
            .push("/profile/consents", json!({ "action": "grant", "at": "2026-01-10T10:00:00Z" }))
            .with(checks(true, "2026-11-02T08:00:00Z")),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   sms   mobile  no           suppressed: registry since 2026-11-01 (law)
    "#]],
    );
}

#[test]
fn a_pause_is_refused_and_not_put_off() {
    let pause =
        json!({ "choice": "off", "kind": "sms", "at": "2026-11-20T10:00:00Z", "until": "2026-11-27T10:00:00Z" });
    let world = asking("").with(json!({ "profile": { "preferences": { "choices": [pause] } } }));
    check(
        world.clone(),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now                          first by the policy's order; text
        2.  mail  home    if it fails                  next by the policy's order; text
        3.  call  phone   if it fails                  next by the policy's order; text
        -   sms   mobile  not until 2026-11-27 10:00Z  paused in the preferences since 2026-11-20 (customer)
    "#]],
    );
    let plan = world.plan();
    let sms =
        plan.trace().candidates().iter().find(|candidate| candidate.kind == ChannelKind::SMS).expect("a candidate");
    let reason = sms.verdict.reason().expect("a refusal");
    assert_eq!(reason.standing(), Standing::Until("2026-11-27T10:00:00Z".parse().expect("an instant")));
    assert!(reason.is_refusal() && !sms.verdict.is_usable());
}

#[test]
fn a_pause_within_a_longer_one_ends_with_the_last() {
    let choices = json!([
        { "choice": "off", "kind": "sms", "at": "2026-11-20T10:00:00Z", "until": "2026-11-27T10:00:00Z" },
        { "choice": "off", "at": "2026-11-19T10:00:00Z", "until": "2026-12-01T10:00:00Z" },
    ]);
    let world = asking("").with(json!({ "profile": { "preferences": { "choices": choices } } }));
    check(
        world,
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   not until 2026-12-01 10:00Z  paused in the preferences since 2026-11-19 (customer)
        -  mail  home    not until 2026-12-01 10:00Z  paused in the preferences since 2026-11-19 (customer)
        -  sms   mobile  not until 2026-12-01 10:00Z  paused in the preferences since 2026-11-20 (customer)
        -  call  phone   not until 2026-12-01 10:00Z  paused in the preferences since 2026-11-19 (customer)
    "#]],
    );
}

#[test]
fn suppressions_end_with_the_last() {
    let records = json!([
        { "class": "complaint", "kind": "sms", "since": "2026-01-01T00:00:00Z", "until": "2026-12-01T00:00:00Z" },
        { "class": "stop", "since": "2026-02-01T00:00:00Z", "until": "2027-01-01T00:00:00Z" },
    ]);
    check(
        asking("").with(json!({ "profile": { "suppressions": records } })),
        expect![[r#"
            m-1 for ana: coupon, marketing, normal
            2026-11-21 10:00Z, nothing is sent
            -  app   pixel   not until 2027-01-01 00:00Z  suppressed: STOP since 2026-02-01 (customer)
            -  mail  home    not until 2027-01-01 00:00Z  suppressed: STOP since 2026-02-01 (customer)
            -  sms   mobile  not until 2027-01-01 00:00Z  suppressed: complaint since 2026-01-01 (customer)
            -  call  phone   not until 2027-01-01 00:00Z  suppressed: STOP since 2026-02-01 (customer)
        "#]],
    );
}

/// A START opens the endpoint it came from: another of the same kind, to which nobody said yes, stays closed.
#[test]
fn a_start_opens_no_more_than_where_it_came_from() {
    let instant = |text: &str| text.parse().expect("an instant");
    let number = |id: &'static str, number: &str| {
        Endpoint::new(EndpointId::literal(id), ChannelKind::SMS, number).expect("an endpoint")
    };
    let (mobile, second) = (number("mobile", "+34600111222"), number("second", "+34600111223"));
    let granted = ConsentScope::purpose(Purpose::Marketing).on_endpoint(mobile.id());
    let first = ConsentEvent::new(ConsentAction::Grant, granted, instant("2026-01-10T10:00:00Z"));
    let stop = Inbound::new(ChannelKind::SMS, instant("2026-11-01T10:00:00Z"));
    let start = Inbound::new(ChannelKind::SMS, instant("2026-11-02T10:00:00Z"));
    assert_eq!(classify("START").events(&start), []);
    let start = start.at_endpoint(mobile.id());
    let said = |stop: Inbound| {
        let words = [classify("STOP").events(&stop), classify("START").events(&start)].concat();
        profile([first.clone()].into_iter().chain(words))
    };
    let open = |profile: &CustomerProfile, endpoint: &Endpoint, purpose| {
        let asked = ConsentQuery::new(endpoint, purpose, TopicId::literal("coupon"));
        width(profile.consent(&asked, instant("2026-11-21T10:00:00Z")).state)
    };
    for stopped in [said(stop), said(stop.revoke_all())] {
        assert_eq!(open(&stopped, &mobile, Purpose::Marketing), 2);
        assert_eq!(open(&stopped, &second, Purpose::Marketing), 0);
    }
    assert_eq!(open(&said(stop.revoke_all()), &mobile, Purpose::Service), 0, "a START speaks of marketing only");
}

/// The events that a keyword gives are the ones that forbid, brand by brand.
#[test]
fn a_stop_to_one_brand_is_none_to_another() {
    let at = "2026-11-17T12:00:00Z".parse().expect("an instant");
    let events = classify("Stop!").events(&Inbound::new(ChannelKind::SMS, at).to_brand(TenantId::literal("north")));
    let of_brand = |brand: &str| {
        let world = asking("").with(json!({ "message": { "brand": brand } }));
        events.iter().fold(world, |world, event| {
            world.push("/profile/consents", serde_json::to_value(event).expect("it writes"))
        })
    };
    check(
        of_brand("north"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  call  phone   if it fails  next by the policy's order; text
        -   sms   mobile  no           consent withdrawn since 2026-11-17 (customer)
    "#]],
    );
    check(
        of_brand("south"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    if it fails  next by the policy's order; text
        3.  sms   mobile  if it fails  next by the policy's order; text
        4.  call  phone   if it fails  next by the policy's order; text
    "#]],
    );
}
