//! How often: every period and scope, what is kept for what waits, what counts, and the log that remembers it.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;
use proptest::{collection::vec, option::weighted, prelude::*, sample::select};
use serde_json::{Value, json};
use waypost::{
    policy::{Cap, CapScope, CapZone, PurposePolicy, WhenCapped},
    time::{BundledZones, Gcra, Period, ResolvedZone, Span, ZoneName},
    *,
};

use super::{check, oracle, world};

type Instant = DateTime<Utc>;

fn at(text: &str) -> Instant {
    text.parse().expect(text)
}

/// A coupon to somebody in Madrid, under these caps.
fn coupon(caps: &str) -> check::World {
    let policy = format!("[defaults]\norder = [\"email\", \"sms\"]\ncaps = [{caps}]\n");
    check::World::coupon().policy(&policy)
}

/// A coupon by mail at an instant.
fn mailed(at: &str) -> Value {
    json!({ "at": at, "channel": "mail", "kind": "email", "endpoint": "home", "purpose": "marketing", "topic": "coupon" })
}

fn with_history(world: check::World, sends: impl IntoIterator<Item = Value>) -> check::World {
    world.with(json!({ "facts": { "history": sends.into_iter().collect::<Vec<_>>() } }))
}

/// Why the mail does not go, or `goes`.
#[track_caller]
fn why_no_mail(world: &check::World) -> String {
    let plan = world.explained();
    let mail = plan.trace().candidates().iter().find(|candidate| candidate.channel == "mail").expect("registered");
    match mail.verdict {
        Verdict::Refused { .. } => plan.trace().why("email").expect("registered"),
        _ => "goes".to_owned(),
    }
}

/// What a cap says to coupons that were mailed at some instants, at one instant after the other.
#[track_caller]
fn opens(cap: &str, sends: &[&str], answers: &[(&str, &str)]) {
    let world = with_history(coupon(cap), sends.iter().map(|at| mailed(at)));
    for (now, expected) in answers {
        assert_eq!(why_no_mail(&world.clone().at(now)), *expected, "at {now}");
    }
}

#[test]
fn a_sliding_cap_opens_the_moment_its_oldest_send_is_as_old() {
    let send = ["2026-11-20T09:30:00Z", "2026-11-20T18:00:00Z"];
    opens(
        r#"{ name = "daily", limit = 2, per = "1d" }"#,
        &send,
        &[
            (
                "2026-11-21T09:29:59Z",
                "`mail` to `home` is not used until 2026-11-21 09:30Z: cap `daily` is reached: 2 of 2 in any 1 day (policy)",
            ),
            ("2026-11-21T09:30:00Z", "goes"),
        ],
    );
}

/// 23:30 and midnight are two days, and a day may have 25 hours.
#[test]
fn a_calendar_day_ends_at_the_customers_midnight() {
    let cap = r#"{ name = "daily", limit = 1, per = "calendar_day", zone = "recipient" }"#;
    opens(
        cap,
        &["2026-11-20T22:30:00Z"],
        &[
            (
                "2026-11-20T22:59:00Z",
                "`mail` to `home` is not used until 2026-11-20 23:00Z: cap `daily` is reached: 1 of 1 a calendar day (Europe/Madrid) (policy)",
            ),
            ("2026-11-20T23:00:00Z", "goes"),
        ],
    );
    opens(
        cap,
        &["2026-10-24T22:00:00Z"],
        &[
            (
                "2026-10-25T22:59:59Z",
                "`mail` to `home` is not used until 2026-10-25 23:00Z: cap `daily` is reached: 1 of 1 a calendar day (Europe/Madrid) (policy)",
            ),
            ("2026-10-25T23:00:00Z", "goes"),
        ],
    );
    // And one of 23.
    opens(
        cap,
        &["2026-03-28T23:00:00Z"],
        &[
            (
                "2026-03-29T21:59:59Z",
                "`mail` to `home` is not used until 2026-03-29 22:00Z: cap `daily` is reached: 1 of 1 a calendar day (Europe/Madrid) (policy)",
            ),
            ("2026-03-29T22:00:00Z", "goes"),
        ],
    );
}

#[test]
fn a_week_begins_on_the_day_that_the_policy_says() {
    let sunday = ["2026-11-22T12:00:00Z"];
    opens(
        r#"{ name = "weekly", limit = 1, per = { calendar_week = "mon" } }"#,
        &sunday,
        &[
            (
                "2026-11-22T20:00:00Z",
                "`mail` to `home` is not used until 2026-11-22 23:00Z: cap `weekly` is reached: 1 of 1 a week from mon (Europe/Madrid) (policy)",
            ),
            ("2026-11-22T23:00:00Z", "goes"),
        ],
    );
    opens(
        r#"{ name = "weekly", limit = 1, per = { calendar_week = "sun" } }"#,
        &sunday,
        &[(
            "2026-11-28T22:59:59Z",
            "`mail` to `home` is not used until 2026-11-28 23:00Z: cap `weekly` is reached: 1 of 1 a week from sun (Europe/Madrid) (policy)",
        )],
    );
}

#[test]
fn months_and_rolling_days_go_by_dates() {
    opens(
        r#"{ name = "monthly", limit = 1, per = "calendar_month", zone = "Asia/Tokyo" }"#,
        &["2026-10-31T15:00:00Z"],
        &[
            (
                "2026-11-30T14:59:59Z",
                "`mail` to `home` is not used until 2026-11-30 15:00Z: cap `monthly` is reached: 1 of 1 a calendar month (Asia/Tokyo) (policy)",
            ),
            ("2026-11-30T15:00:00Z", "goes"),
        ],
    );
    // Four in thirty calendar days: the send of 21 October is out of sight on 20 November, from midnight on.
    opens(
        r#"{ name = "four-in-30", limit = 2, per = { rolling_days = 30 } }"#,
        &["2026-10-21T20:00:00Z", "2026-11-10T20:00:00Z"],
        &[
            (
                "2026-11-19T22:00:00Z",
                "`mail` to `home` is not used until 2026-11-19 23:00Z: cap `four-in-30` is reached: 2 of 2 in 30 calendar days (Europe/Madrid) (policy)",
            ),
            ("2026-11-19T23:00:00Z", "goes"),
        ],
    );
}

#[test]
fn fixed_stretches_gaps_and_paces() {
    opens(
        r#"{ name = "hourly", limit = 1, per = { fixed = "1h" } }"#,
        &["2026-11-20T09:59:00Z"],
        &[
            (
                "2026-11-20T09:59:30Z",
                "`mail` to `home` is not used until 2026-11-20 10:00Z: cap `hourly` is reached: 1 of 1 per fixed 1 h (policy)",
            ),
            ("2026-11-20T10:00:00Z", "goes"),
        ],
    );
    opens(
        r#"{ name = "gap", per = { min_gap = "4h" } }"#,
        &["2026-11-20T09:00:00Z", "2026-11-20T03:00:00Z"],
        &[
            (
                "2026-11-20T12:00:00Z",
                "`mail` to `home` is not used until 2026-11-20 13:00Z: cap `gap` is reached: at least 4 h apart (policy)",
            ),
            ("2026-11-20T13:00:00Z", "goes"),
        ],
    );
    opens(
        r#"{ name = "pace", per = { gcra = { every = "2h", burst = 2 } } }"#,
        &["2026-11-20T09:00:00Z", "2026-11-20T09:10:00Z"],
        &[
            (
                "2026-11-20T10:00:00Z",
                "`mail` to `home` is not used until 2026-11-20 11:00Z: cap `pace` is reached: every 2 h, 2 at once (policy)",
            ),
            ("2026-11-20T11:00:00Z", "goes"),
        ],
    );
}

#[test]
fn a_cap_for_life_never_opens() {
    let cap = r#"{ name = "welcome-once", limit = 1, per = "lifetime", scope = ["topic"] }"#;
    let world = with_history(coupon(cap), [mailed("1999-05-04T09:00:00Z")]);
    assert_eq!(
        why_no_mail(&world),
        "`mail` to `home` is not used: cap `welcome-once` is reached: 1 of 1 ever (policy)"
    );
    let plan = world.explained();
    let mail = plan.trace().candidates().iter().find(|candidate| candidate.channel == "mail").expect("registered");
    assert_eq!(mail.verdict.reason().map(|reason| reason.standing()), Some(Standing::Final));
    assert_eq!(mail.flip().to_string(), "would be used if cap `welcome-once` were 2");
    // Not even for those who wait for caps.
    let patient = world.policy(&format!("[defaults]\ncaps = [{cap}]\n[purposes.marketing]\nwhen_capped = \"defer\"\n"));
    assert!(patient.plan().is_empty());
}

/// What the smallest change is, for periods of which the limit is not their own.
#[test]
fn what_would_open_a_gap_or_a_pace() {
    let flip = |cap: &str| {
        let world = with_history(coupon(cap), [mailed("2026-11-21T09:00:00Z"), mailed("2026-11-21T09:30:00Z")]);
        world.explained().trace().flip("email").expect("registered").to_string()
    };
    assert_eq!(flip(r#"{ name = "gap", per = { min_gap = "4h" } }"#), "would be used if it were 2026-11-21 13:30Z");
    assert_eq!(
        flip(r#"{ name = "pace", per = { gcra = { every = "2h", burst = 2 } } }"#),
        "would be used if cap `pace` were 3"
    );
}

/// A cap on the topic that has room does not open one on the kind that has none, in whatever order they stand.
#[test]
fn no_cap_overrides_another() {
    let (kind, topic) = (
        r#"{ name = "mail", limit = 1, per = "1w", scope = ["kind"] }"#,
        r#"{ name = "coupons", limit = 9, per = "1w", scope = ["topic"] }"#,
    );
    for caps in [format!("{kind}, {topic}"), format!("{topic}, {kind}")] {
        let world = with_history(coupon(&caps), [mailed("2026-11-20T10:00:00Z")]);
        assert_eq!(
            why_no_mail(&world),
            "`mail` to `home` is not used until 2026-11-27 10:00Z: cap `mail` is reached: 1 of 1 in any 1 week (policy)"
        );
        // A rule can add one and take none away.
        let rule = format!("[defaults]\ncaps = [{kind}]\n[[rules]]\nname = \"looser\"\nthen.caps = [{topic}]\n");
        assert!(why_no_mail(&world.policy(&rule)).contains("cap `mail` is reached"));
    }
}

/// Of several full caps the one is named that opens last, with the first instant at which all of them are open.
#[test]
fn all_caps_open_before_anything_goes() {
    let caps = r#"{ name = "gap", per = { min_gap = "6h" } },
        { name = "daily", limit = 1, per = "calendar_day" },
        { name = "any-day", limit = 2, per = "1d" }"#;
    let world = with_history(coupon(caps), [mailed("2026-11-20T12:00:00Z"), mailed("2026-11-20T21:00:00Z")]);
    assert_eq!(
        why_no_mail(&world.at("2026-11-20T22:00:00Z")),
        "`mail` to `home` is not used until 2026-11-21 12:00Z: cap `any-day` is reached: 2 of 2 in any 1 day (policy)"
    );
}

#[test]
fn every_scope_counts_what_it_says() {
    // A coupon under two tags, for one brand, by mail from `mail`.
    let message = json!({ "message": { "tags": ["sale", "vip"], "brand": "north" } });
    let full = |scope: &str, send: Value| {
        let cap = format!(r#"{{ name = "one", limit = 1, per = "1w", scope = ["{scope}"] }}"#);
        let mut past = mailed("2026-11-20T10:00:00Z");
        past.as_object_mut().expect("an object").extend(send.as_object().expect("an object").clone());
        past.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        why_no_mail(&with_history(coupon(&cap), [past]).with(message.clone())) != "goes"
    };
    #[track_caller]
    fn is(answer: bool, expected: bool) {
        assert_eq!(answer, expected);
    }
    is(full("person", json!({ "kind": "sms", "channel": "sms", "purpose": "service", "topic": "news" })), true);
    is(full("endpoint", json!({})), true);
    is(full("endpoint", json!({ "endpoint": "work" })), false);
    is(full("endpoint", json!({ "endpoint": null })), true); // it may have been this one
    is(full("channel", json!({ "kind": "sms" })), true);
    is(full("channel", json!({ "channel": "mail-2" })), false);
    is(full("kind", json!({ "channel": "mail-2" })), true);
    is(full("kind", json!({ "kind": "sms" })), false);
    is(full("purpose", json!({ "topic": "news" })), true);
    is(full("purpose", json!({ "purpose": "service" })), false);
    is(full("purpose", json!({ "purpose": "humanitarian" })), true); // a newer code may be any purpose
    is(full("topic", json!({ "purpose": "service" })), true);
    is(full("topic", json!({ "topic": "news" })), false);
    is(full("tag", json!({ "tags": ["vip", "winter"] })), true); // one in common is enough
    is(full("tag", json!({ "tags": ["winter"] })), false);
    is(full("tag", json!({})), false);
    is(full("brand", json!({ "brand": "north" })), true);
    is(full("brand", json!({ "brand": "south" })), false);
    is(full("brand", json!({})), true); // it may have been this one
}

/// Tags count as they were when the message went out: renaming one later changes no count.
#[test]
fn a_tag_renamed_after_the_send_changes_nothing() {
    let cap = r#"{ name = "sales", limit = 1, per = "1w", scope = ["tag"] }"#;
    let world = coupon(cap).with(json!({ "message": { "tags": ["sale"] } }));
    let plan = world.plan();
    let mail = plan.dispatches().find(|sent| sent.channel == "mail").expect("it goes");
    let sent = world.router().sent(mail, &world.message(), at("2026-11-21T10:00:00Z"));
    assert_eq!(sent.tags, [Tag::literal("sale")]);

    let past = serde_json::to_value(&sent).expect("it is written");
    let renamed = with_history(world, [past]).with(json!({ "message": { "tags": ["winter-sale"] } }));
    assert_eq!(why_no_mail(&renamed), "goes");
    let both = renamed.with(json!({ "message": { "tags": ["sale", "winter-sale"] } }));
    assert!(why_no_mail(&both).contains("cap `sales` is reached"));
}

/// Whether a purpose obeys caps and whether it counts toward them are two questions.
#[test]
fn exempt_and_uncounted_are_two_things() {
    #[track_caller]
    fn check(purpose: &str, policy: &str, obeys: bool, counts: bool) {
        let policy = format!(
            "[defaults]\ncaps = [{{ name = \"one\", limit = 1, per = \"1w\", scope = [\"person\"] }}]\n{policy}"
        );
        let world = check::World::coupon().policy(&policy).with(json!({ "message": { "purpose": purpose } }));
        let world = world.push("/profile/consents", json!({ "action": "grant", "at": "2026-01-10T10:00:00Z" }));
        let plan = world.plan();
        let mail = plan.dispatches().find(|sent| sent.channel == "mail").expect("it goes");
        let sent = world.router().sent(mail, &world.message(), at("2026-11-21T10:00:00Z"));
        assert_eq!(sent.counts_toward_caps, counts, "{purpose}");

        let again = with_history(world.clone(), [mailed("2026-11-20T10:00:00Z")]);
        let now = |plan: &Plan| plan.dispatches().any(|sent| sent.not_before == plan.made_at());
        assert_eq!(!now(&again.plan()), obeys, "{purpose}");

        let other = world.with(json!({ "message": { "purpose": "marketing", "topic": "news" } }));
        let past = serde_json::to_value(&sent).expect("it is written");
        assert_eq!(why_no_mail(&with_history(other, [past])) != "goes", counts, "{purpose}");
    }
    check("marketing", "", true, true);
    check("service", "", true, true);
    check("authentication", "", false, false);
    check("safety", "", false, false);
    check("service", "[purposes.service]\nobeys_caps = false", false, true);
    check("service", "[purposes.service]\ncounts_toward_caps = false", true, false);
    check("authentication", "[purposes.authentication]\ncounts_toward_caps = true", false, true);
    check("safety", "[purposes.safety]\nobeys_caps = true", true, false);
}

#[test]
fn a_brand_is_the_messages_or_else_the_customers() {
    let world = coupon("").with(json!({ "profile": { "tenant": "north" } }));
    let brand = |world: &check::World| {
        let plan = world.plan();
        let first = plan.dispatches().next().expect("it goes");
        world.router().sent(first, &world.message(), at("2026-11-21T10:00:00Z")).brand
    };
    assert_eq!(brand(&world), Some(TenantId::literal("north")));
    assert_eq!(brand(&world.with(json!({ "message": { "brand": "south" } }))), Some(TenantId::literal("south")));
}

/// Room is kept for what is more pressing, until its time is over, and never for its equals.
#[test]
fn what_waits_keeps_its_room() {
    let cap = r#"{ name = "weekly", limit = 2, per = "1w", scope = ["purpose", "kind"] }"#;
    let waiting = json!({
        "urgency": "high", "purpose": "marketing", "topic": "offer", "kind": "email", "until": "2026-11-22T08:00:00Z",
    });
    let world = with_history(coupon(cap), [mailed("2026-11-20T10:00:00Z")]);
    let pending = |change: Value| {
        let mut one = waiting.clone();
        one.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        world.clone().with(json!({ "facts": { "pending": [one] } }))
    };
    assert_eq!(why_no_mail(&world), "goes");
    assert_eq!(
        why_no_mail(&pending(json!({}))),
        "`mail` to `home` is not used until 2026-11-22 08:00Z: cap `weekly` is reached: 1 of 2 in any 1 week, 1 kept for what is more pressing (policy)"
    );
    assert_eq!(why_no_mail(&pending(json!({ "urgency": "normal" }))), "goes");
    assert_eq!(why_no_mail(&pending(json!({ "until": "2026-11-21T10:00:00Z" }))), "goes");
    assert_eq!(why_no_mail(&pending(json!({ "kind": "sms" }))), "goes");
    assert_eq!(why_no_mail(&pending(json!({ "purpose": "service" }))), "goes");
    // The message itself becomes as pressing.
    let pressing = pending(json!({})).with(json!({ "message": { "urgency": "high" } }));
    assert_eq!(why_no_mail(&pressing), "goes");
}

#[test]
fn who_moves_takes_their_sends_to_the_new_calendar() {
    // 23:30 in Madrid is 17:30 in New York: two days there, and one here.
    let cap = r#"{ name = "daily", limit = 1, per = "calendar_day" }"#;
    let world = with_history(coupon(cap), [mailed("2026-11-20T22:30:00Z")]).at("2026-11-20T23:30:00Z");
    assert_eq!(why_no_mail(&world), "goes");
    let moved = world.with(json!({ "profile": { "zone": "America/New_York" } }));
    assert_eq!(
        why_no_mail(&moved),
        "`mail` to `home` is not used until 2026-11-21 05:00Z: cap `daily` is reached: 1 of 1 a calendar day (America/New_York) (policy)"
    );
}

#[test]
fn where_several_zones_may_be_the_customers_all_must_permit() {
    let cap = r#"{ name = "daily", limit = 1, per = "calendar_day" }"#;
    let zone = json!({ "zones": ["Europe/Madrid", "America/New_York"], "basis": "country" });
    let world =
        with_history(coupon(cap), [mailed("2026-11-20T22:30:00Z")]).with(json!({ "profile": { "zone": zone } }));
    assert_eq!(
        why_no_mail(&world.at("2026-11-20T23:30:00Z")),
        "`mail` to `home` is not used until 2026-11-21 05:00Z: cap `daily` is reached: 1 of 1 a calendar day (America/New_York) (policy)"
    );
}

/// Nobody guesses whose day it is for marketing; other messages go by the sender's, or else UTC's.
#[test]
fn a_calendar_cap_where_no_zone_is_known() {
    let cap = r#"{ name = "daily", limit = 1, per = "calendar_day" }"#;
    let world =
        with_history(coupon(cap), [mailed("2026-11-21T09:00:00Z")]).with(json!({ "profile": { "zone": null } }));
    assert_eq!(
        why_no_mail(&world),
        "`mail` to `home` is not used: hours bind and the customer's time zone is unknown (policy)"
    );
    // As long as too little was sent to matter, it does not matter.
    assert_eq!(why_no_mail(&world.clone().with(json!({ "facts": { "history": [] } }))), "goes");

    let drop = "[purposes.service]\nwhen_capped = \"drop\"\n";
    let service = |zone: &str| {
        let policy = format!(
            "{zone}\n[defaults]\ncaps = [{{ name = \"daily\", limit = 1, per = \"calendar_day\", scope = [\"person\"] }}]\n{drop}"
        );
        why_no_mail(&world.clone().policy(&policy).with(json!({ "message": { "purpose": "service" } })))
    };
    assert_eq!(
        service(""),
        "`mail` to `home` is not used until 2026-11-22 00:00Z: cap `daily` is reached: 1 of 1 a calendar day (UTC) (policy)"
    );
    assert_eq!(
        service("zone = \"Asia/Tokyo\""),
        "`mail` to `home` is not used until 2026-11-21 15:00Z: cap `daily` is reached: 1 of 1 a calendar day (Asia/Tokyo) (policy)"
    );
}

/// The instant that a refusal names is one at which the hours permit too.
#[test]
fn a_cap_that_opens_at_night_opens_in_the_morning() {
    let policy = "[defaults]\nhours = [\"09:00-21:00\"]\ncaps = [{ name = \"daily\", limit = 1, per = \"1d\" }]\n";
    let world = with_history(coupon("").policy(policy), [mailed("2026-11-20T20:30:00Z")]);
    assert_eq!(
        why_no_mail(&world),
        "`mail` to `home` is not used until 2026-11-22 08:00Z: cap `daily` is reached: 1 of 1 in any 1 day (policy)"
    );
    // Who waits for caps goes at that very instant.
    let patient = world.policy(&format!("{policy}[purposes.marketing]\nwhen_capped = \"defer\"\n"));
    let plan = patient.plan();
    assert_eq!(plan.dispatches().next().map(|sent| sent.not_before), Some(at("2026-11-22T08:00:00Z")));
    check::check(
        patient,
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   at 2026-11-22 08:00Z  cap `daily` of 1 is reached (policy); first by declared order; text
        2.  mail  home    if it fails           cap `daily` of 1 is reached (policy); next by declared order; text
        3.  sms   mobile  if it fails           cap `daily` of 1 is reached (policy); next by declared order; text
        4.  call  phone   at 2026-11-24 10:00Z  cap `daily` of 1 is reached (policy); next by declared order; text
    "#]],
    );
}

/// A caller's store answers as the list does.
#[test]
fn the_history_may_be_the_callers_own() {
    #[derive(Debug)]
    struct Store(Vec<Instant>);
    impl History for Store {
        fn visit(&self, _: &SendScope<'_>, _: Option<Instant>, visit: &mut dyn FnMut(Instant)) {
            // All of them, which is allowed: what is too old is not counted.
            self.0.iter().for_each(|at| visit(*at));
        }
    }
    let world = coupon(r#"{ name = "weekly", limit = 2, per = "1w" }"#);
    let (router, message) = (world.router(), world.message());
    let store = |sends: &[&str]| world.facts().with_log(Arc::new(Store(sends.iter().map(|sent| at(sent)).collect())));
    let goes = |facts: &Facts| router.plan(&message, facts).dispatches().any(|sent| sent.channel == "mail");
    assert!(goes(&store(&["2026-11-01T10:00:00Z", "2026-11-20T10:00:00Z", "2027-01-01T00:00:00Z"])));
    assert!(!goes(&store(&["2026-11-15T10:00:00Z", "2026-11-20T10:00:00Z"])));
    // Both are counted.
    let list: Sent = serde_json::from_value(mailed("2026-11-19T10:00:00Z")).expect("a send");
    assert!(!goes(&store(&["2026-11-20T10:00:00Z"]).with_sent(list)));
    // Two facts are the same where their store is the same, and the document knows of none.
    let facts = store(&[]);
    assert_eq!(facts, facts.clone());
    assert_ne!(facts, store(&[]));
    assert_eq!(serde_json::to_value(&facts).expect("written"), serde_json::to_value(world.facts()).expect("written"));
}

// The log.

fn sent() -> impl Strategy<Value = Sent> {
    let instant = prop_oneof![
        12 => (-700i64..50).prop_map(|hours| world::origin() + TimeDelta::hours(hours)),
        2 => (0i64..3_000_000_000).prop_map(|nanos| world::origin() - TimeDelta::nanoseconds(nanos)),
        1 => select(vec![at("1969-12-31T23:59:59Z"), at("2106-02-07T06:28:16Z"), Instant::MIN_UTC, Instant::MAX_UTC]),
    ];
    let parts = (
        instant,
        select(vec!["mail", "sms", "app"]),
        select(vec![ChannelKind::EMAIL, ChannelKind::SMS]),
        weighted(0.7, select(vec!["home", "work"])),
        select(vec![Purpose::Marketing, Purpose::Service, Purpose::Unrecognized(Code::literal("humanitarian"))]),
        select(vec!["coupon", "news", "parcel"]),
        proptest::sample::subsequence(vec![Tag::literal("vip"), Tag::literal("batch")], 0..=2),
        weighted(0.5, select(vec![TenantId::literal("north"), TenantId::literal("south")])),
        prop::bool::weighted(0.9),
    );
    parts.prop_map(|(at, channel, kind, endpoint, purpose, topic, tags, brand, counts)| {
        let mut sent = Sent::new(at, channel.parse().expect("a name"), kind, purpose, topic.parse().expect("a name"));
        sent.endpoint = endpoint.map(|endpoint| endpoint.parse().expect("a name"));
        (sent.tags, sent.brand, sent.counts_toward_caps) = (tags, brand, counts);
        sent
    })
}

/// What an answer visits, in order.
fn visited(history: &dyn History, scope: &SendScope<'_>, after: Option<Instant>) -> Vec<Instant> {
    let mut found = Vec::new();
    history.visit(scope, after, &mut |at| found.push(at));
    found.sort();
    found
}

fn sorted(log: &SentLog) -> Vec<String> {
    let mut sends: Vec<_> = log.iter().map(|sent| serde_json::to_string(&sent).expect("written")).collect();
    sends.sort();
    sends
}

#[test]
fn the_log_answers_as_the_list() {
    let scopes = (any::<[bool; 7]>(), sent(), weighted(0.5, sent().prop_map(|sent| sent.at)));
    world::for_all(2_000, (vec(sent(), 0..20), scopes), |(sends, (asks, like, after))| {
        let log: SentLog = sends.iter().collect();
        prop_assert_eq!(log.len(), sends.len());
        let mut scope = SendScope::default();
        let [endpoint, channel, kind, purpose, topic, tags, brand] = asks;
        scope.endpoint = like.endpoint.filter(|_| endpoint);
        scope.channel = channel.then_some(like.channel);
        scope.kind = kind.then_some(like.kind);
        scope.purpose = purpose.then_some(like.purpose);
        scope.topic = topic.then_some(like.topic);
        scope.tags = tags.then_some(like.tags.as_slice());
        scope.brand = like.brand.filter(|_| brand);
        prop_assert_eq!(visited(&log, &scope, after), visited(&sends, &scope, after));

        let stored = serde_json::to_string(&log).expect("it is written");
        prop_assert_eq!(&serde_json::from_str::<SentLog>(&stored).expect("it is read"), &log);
        Ok(())
    });
}

#[test]
fn logs_that_parted_are_put_together_again() {
    let three = (vec(sent(), 0..8), vec(sent(), 0..8), vec(sent(), 0..8));
    world::for_all(1_000, three, |(common, left, right)| {
        let log = |parts: &[&[Sent]]| parts.concat().iter().collect::<SentLog>();
        let (mine, theirs) = (log(&[&common, &left]), log(&[&right, &common]));
        let (mut here, mut there) = (mine.clone(), theirs.clone());
        here.merge(&theirs);
        there.merge(&mine);
        prop_assert_eq!(sorted(&here), sorted(&there));
        // All of both, and what both hold once.
        prop_assert!(
            here.len() >= mine.len().max(theirs.len()) && here.len() <= common.len() + left.len() + right.len()
        );
        let again = here.clone();
        here.merge(&mine);
        here.merge(&again);
        prop_assert_eq!(here, again);
        Ok(())
    });
}

#[test]
fn a_log_that_does_not_hold_together_is_refused() {
    #[track_caller]
    fn check(document: &str, expected: &str) {
        let error = serde_json::from_str::<SentLog>(document).expect_err(document).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let names = r#""names": { "channels": ["mail"], "kinds": ["email"], "endpoints": [null], "purposes": ["service"], "topics": ["news"], "tags": [[]], "brands": [null] }"#;
    let log = |row: &str| format!("{{ {names}, \"sends\": [{row}] }}");
    let read: SentLog = serde_json::from_str(&log("[1, 0, 0, 0, 0, 0, 0, 0]")).expect("a log");
    assert_eq!(read.iter().next().map(|sent| sent.at), Some(at("1970-01-01T00:00:01Z")));
    let exempt: SentLog = serde_json::from_str(&log("[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]")).expect("a log");
    assert_eq!(exempt.iter().next().map(|sent| sent.counts_toward_caps), Some(false));
    for row in [
        "[1, 1, 0, 0, 0, 0, 0, 0]",
        "[1, 0, 0, 0, 0, 0, 0, 65536]",
        "[1, 0, 0, 0, 0, 0, 0]",
        "[]",
        "[1, 0, 0, 0, 0, 0, 0, 0, 4000000000]",
        "[1, 0, 0, 0, 0, 0, 0, 0, 0, 1]",
        "[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
    ] {
        check(&log(row), "a send names an instant or a name that the log does not have");
    }
    check(&log("[-1, 0, 0, 0, 0, 0, 0, 0]"), "expected a whole number in range");
    check(r#"{ "version": 2 }"#, "version 2 is not known here");
    check(r#"{ "sent": [] }"#, "unknown field `sent`");
    check(r#"{ "whole": [{ "at": "ana@example.com" }] }"#, "input contains invalid characters");
}

/// One name more than numbers go: it is kept as it is.
#[test]
fn a_log_never_runs_out_of_names() {
    let mut log = SentLog::default();
    let sent = |number: u32| {
        let topic = format!("t-{number}").parse().expect("a name");
        Sent::new(at("2026-11-20T10:00:00Z"), ChannelId::literal("mail"), ChannelKind::EMAIL, Purpose::Service, topic)
    };
    // A few thousand by hand would take as long; the document is quicker.
    let topics: Vec<_> = (0..=65_535).map(|number| format!("t-{number}")).collect();
    let full = json!({ "names": { "topics": topics } });
    log.merge(&serde_json::from_value(full).expect("a log"));
    let mut log: SentLog = serde_json::from_value(json!({ "names": { "topics": topics } })).expect("a log");
    log.record(&sent(65_535));
    log.record(&sent(65_536));
    let mut scope = SendScope::default();
    for number in [65_535, 65_536] {
        scope.topic = Some(format!("t-{number}").parse().expect("a name"));
        assert_eq!(visited(&log, &scope, None).len(), 1, "{number}");
    }
}

/// A plan by the log is the plan by the list, whole or trimmed, now and later.
#[test]
fn a_trimmed_log_changes_no_decision() {
    let trimmed = Cell::new(0u32);
    let worlds = (world::world(), vec(sent(), 0..12), 0i64..400, any::<bool>());
    world::for_all(2_000, worlds, |(world, more, later, every_cap)| {
        let mut facts = world.facts.clone();
        facts.history.extend(more);
        let world = if every_cap { with_every_period(&world) } else { world };
        let mut log: SentLog = facts.history.iter().collect();
        let all = log.len();
        let by_log = |log: &SentLog, now: Instant| {
            let mut facts = facts.clone().with_log(Arc::new(log.clone()));
            facts.history.clear();
            facts.now = now;
            plan(&world.config, &world.profile, &world.message, &facts)
        };
        let then = facts.now + TimeDelta::hours(later);
        let (now_by_list, then_by_list) = {
            let mut at_then = facts.clone();
            at_then.now = then;
            let plan = |facts: &Facts| plan(&world.config, &world.profile, &world.message, facts);
            (plan(&facts), plan(&at_then))
        };
        prop_assert_eq!(&by_log(&log, facts.now), &now_by_list);
        world.config.trim(&mut log, facts.now);
        prop_assert_eq!(&by_log(&log, facts.now), &now_by_list);
        prop_assert_eq!(&by_log(&log, then), &then_by_list);
        trimmed.set(trimmed.get() + (all - log.len()) as u32);
        Ok(())
    });
    assert!(trimmed.get() > 5_000, "hardly anything was dropped: {}", trimmed.get());
}

/// The world under caps of every period, which nothing of the message escapes.
fn with_every_period(world: &world::World) -> world::World {
    let mut policy = world.policy.clone();
    let scopes = [vec![CapScope::Person], vec![CapScope::Purpose], vec![CapScope::Topic, CapScope::Endpoint]];
    for ((number, per), scope) in periods().into_iter().enumerate().zip(scopes.iter().cycle()) {
        let mut cap = Cap::new(format!("every-{number}").parse().expect("a name"), 2, per);
        cap.scope = scope.clone();
        policy.defaults.caps.push(cap);
    }
    world.under(policy)
}

fn periods() -> Vec<Period> {
    let span = Span::hours;
    vec![
        Period::sliding(span(30)).expect("a span"),
        Period::CalendarDay,
        Period::CalendarWeek { start: chrono::Weekday::Sun },
        Period::CalendarMonth,
        Period::RollingDays(4.try_into().expect("not zero")),
        Period::fixed(span(12)).expect("a span"),
        Period::Lifetime,
        Period::min_gap(span(3)).expect("a span"),
        Period::Gcra(Gcra::new(span(5), 3.try_into().expect("not zero")).expect("a span")),
    ]
}

#[test]
fn trimming_drops_all_that_is_out_of_sight() {
    #[track_caller]
    fn check(caps: &str, kept: &[&str]) {
        let router = coupon(caps).router();
        let history = ["2026-11-21T09:00:00Z", "2026-11-20T10:00:00Z", "2026-11-18T10:00:00Z", "2026-09-01T10:00:00Z"];
        let sends: Vec<Sent> = history.iter().map(|at| serde_json::from_value(mailed(at)).expect("a send")).collect();
        let mut log: SentLog = sends.iter().collect();
        router.config().trim(&mut log, at("2026-11-21T10:00:00Z"));
        let mut left: Vec<_> = log.iter().map(|sent| sent.at).collect();
        left.sort();
        assert_eq!(left, kept.iter().rev().map(|kept| at(kept)).collect::<Vec<_>>(), "{caps}");
    }
    check("", &[]);
    check(r#"{ name = "a", limit = 2, per = "1h" }"#, &["2026-11-21T09:00:00Z"]);
    check(r#"{ name = "a", limit = 2, per = "1d" }"#, &["2026-11-21T09:00:00Z", "2026-11-20T10:00:00Z"]);
    check(r#"{ name = "a", limit = 2, per = "lifetime" }"#, &["2026-11-21T09:00:00Z", "2026-11-20T10:00:00Z"]);
    check(r#"{ name = "a", per = { gcra = { every = "2h", burst = 3 } } }"#, &["2026-11-21T09:00:00Z"]);
    check(r#"{ name = "a", per = { gcra = { every = "30m", burst = 3 } } }"#, &[]);
    check(
        r#"{ name = "a", limit = 2, per = "1h" }, { name = "b", limit = 1, per = "5d" }"#,
        &["2026-11-21T09:00:00Z", "2026-11-20T10:00:00Z", "2026-11-18T10:00:00Z"],
    );
}

/// Prints what the docs of `SentLog` say of its size.
#[test]
fn the_size_of_a_log() {
    let channels = [
        ("mail", ChannelKind::EMAIL, "home"),
        ("sms", ChannelKind::SMS, "mobile"),
        ("app", ChannelKind::PUSH, "pixel"),
    ];
    let topics = ["coupon", "news", "order_shipped", "invoice", "visit", "survey"];
    let tags = ["vip", "winter-sale", "restock", "reminder"];
    let sends: Vec<Sent> = (0..20)
        .map(|number: usize| {
            let (channel, kind, endpoint) = channels[number % 3];
            let at = at("2026-11-01T09:00:00Z") + TimeDelta::minutes(2_000 * number as i64);
            let purpose = [Purpose::Marketing, Purpose::Service][number % 2];
            let topic = topics[number % 6].parse().expect("a name");
            let mut sent = Sent::new(at, ChannelId::literal(channel), kind, purpose, topic);
            sent.endpoint = Some(EndpointId::literal(endpoint));
            sent.tags = vec![Tag::literal(tags[number % 4])];
            sent
        })
        .collect();
    let log: SentLog = sends.iter().collect();
    let (mut of_log, mut of_list) = (0, 0);
    let counted = allocation_counter::measure(|| of_log = log.clone().len());
    let list = allocation_counter::measure(|| of_list = sends.clone().len());
    assert_eq!((of_log, of_list), (20, 20));
    let log_bytes = counted.bytes_total as usize + size_of::<SentLog>();
    let list_bytes = list.bytes_total as usize + size_of::<Vec<Sent>>();
    let json = |document: &dyn Fn() -> String| document().len();
    let (log_json, list_json) = (
        json(&|| serde_json::to_string(&log).expect("written")),
        json(&|| serde_json::to_string(&sends).expect("written")),
    );
    println!(
        "20 sends: {log_bytes} bytes in memory against {list_bytes}, {log_json} bytes of JSON against {list_json}"
    );
    expect!["1526 5464 853 2746"].assert_eq(&format!("{log_bytes} {list_bytes} {log_json} {list_json}"));
}

// No cap is ever exceeded.

/// A day in the life of a sender: messages one after the other, each planned when it comes up, confirmed when its turn
/// has come and recorded when it went out.
#[test]
fn planning_and_recording_in_turn_never_exceeds_a_cap() {
    #[derive(Clone, Debug)]
    struct Came {
        after: i64,
        topic: &'static str,
        purpose: Purpose,
        tags: Vec<Tag>,
        channel: usize,
    }
    let came = (
        0i64..40 * 3_600,
        select(vec!["coupon", "news"]),
        select(vec![Purpose::Marketing, Purpose::Service]),
        proptest::sample::subsequence(vec![Tag::literal("vip"), Tag::literal("batch")], 0..=2),
        0usize..2,
    )
        .prop_map(|(after, topic, purpose, tags, channel)| Came { after, topic, purpose, tags, channel });
    let scope = proptest::sample::subsequence(CapScope::ALL.to_vec(), 1..=3);
    let cap = (select(periods()), 1u32..4, scope, prop::bool::weighted(0.3));
    let zone = select(vec!["Europe/Madrid", "Asia/Kathmandu", "America/New_York"]);
    let counted = Cell::new(0u32);
    let days = (vec(cap, 1..=4), vec(came, 1..14), zone, any::<bool>());
    world::for_all(1_500, days, |(caps, messages, zone, waits)| {
        let utc = CapZone::Named(ZoneName::UTC);
        let caps: Vec<Cap> = caps
            .into_iter()
            .enumerate()
            .map(|(number, (per, limit, scope, elsewhere))| {
                let mut cap = Cap::new(format!("cap-{number}").parse().expect("a name"), limit, per);
                cap.scope = scope;
                cap.zone = if elsewhere && per.is_calendar() { utc } else { CapZone::Recipient };
                cap
            })
            .collect();
        let mut policy = Policy::default();
        policy.defaults.caps = caps.clone();
        let mut purpose = PurposePolicy::default();
        purpose.when_capped = Some(if waits { WhenCapped::Defer } else { WhenCapped::Drop });
        purpose.consent = Some(policy::ConsentRule::OptOut);
        policy.purposes = BTreeMap::from([(Purpose::Marketing, purpose.clone()), (Purpose::Service, purpose)]);
        let kinds = [ChannelKind::EMAIL, ChannelKind::SMS];
        let channels = ["mail", "sms"].into_iter().zip(kinds);
        let channels =
            channels.map(|(id, kind)| ChannelDescriptor::new(ChannelId::literal(id), kind).can(Capability::Text));
        let config = RouterConfig::builder().descriptors(channels).policy(policy).build().expect("a policy");
        let mut profile = CustomerProfile::builder("c-1".parse().expect("a name"))
            .zone(ZoneEvidence::declared(zone.parse().expect("a zone")));
        for (id, kind) in ["home", "mobile"].into_iter().zip(kinds) {
            let endpoint = Endpoint::new(EndpointId::literal(id), kind, world::address(kind)).expect("an endpoint");
            profile = profile.endpoint(endpoint);
        }
        let router = Router::new(config, profile.build().expect("a profile"));

        let mut log = SentLog::default();
        let mut queue: Vec<(Instant, usize, Dispatch)> = Vec::new();
        let mut now = at("2026-10-24T09:00:00Z");
        let mut went: Vec<Sent> = Vec::new();
        let built: Vec<Message> = messages
            .iter()
            .map(|came| {
                let topic = came.topic.parse().expect("a name");
                let message = Message::builder("m-1".parse().expect("a name"), topic, came.purpose);
                let only = Override { only: vec![kinds[came.channel]], order: Vec::new() };
                let message = came.tags.iter().fold(message, |message, tag| message.tag(*tag));
                message.variant(Variant::text("ok")).channels(Some(only)).build().expect("a message")
            })
            .collect();
        for (number, came) in messages.iter().enumerate() {
            now += TimeDelta::seconds(came.after);
            let facts = Facts::at(now).with_log(Arc::new(log.clone()));
            let plan = router.plan(&built[number], &facts);
            queue.extend(plan.dispatches().map(|dispatch| (dispatch.not_before, number, *dispatch)));
            // Everything whose turn comes before the next message does.
            let horizon =
                messages.get(number + 1).map_or(Instant::MAX_UTC, |next| now + TimeDelta::seconds(next.after));
            let mut turns = 0;
            while let Some(first) = (0..queue.len()).min_by_key(|at| queue[*at].0).filter(|at| queue[*at].0 < horizon) {
                let (turn, number, dispatch) = queue.swap_remove(first);
                let facts = Facts::at(turn).with_log(Arc::new(log.clone()));
                turns += 1;
                match router.confirm(&dispatch, &built[number], &facts) {
                    Confirmation::Go => {
                        let sent = router.sent(&dispatch, &built[number], turn);
                        log.record(&sent);
                        went.push(sent);
                        router.config().trim(&mut log, turn);
                    }
                    Confirmation::Wait { until, .. } if turns < 100 => {
                        prop_assert!(until > turn);
                        queue.push((until, number, dispatch));
                    }
                    _ => {}
                }
            }
        }
        counted.set(counted.get() + went.len() as u32);

        // By definition, and of everything that ever went: at each send, fewer than the limit counted.
        let zones = |cap: &Cap| if cap.zone == utc { "UTC" } else { zone };
        for (number, sent) in went.iter().enumerate() {
            for cap in &caps {
                let shares = |past: &&Sent| {
                    cap.scope.iter().all(|scope| match scope {
                        CapScope::Endpoint => past.endpoint == sent.endpoint,
                        CapScope::Channel => past.channel == sent.channel,
                        CapScope::Kind => past.kind == sent.kind,
                        CapScope::Purpose => past.purpose == sent.purpose,
                        CapScope::Topic => past.topic == sent.topic,
                        CapScope::Tag => past.tags.iter().any(|tag| sent.tags.contains(tag)),
                        _ => true,
                    })
                };
                let before: Vec<_> = went[..number].iter().filter(shares).map(|past| past.at).collect();
                let zone = zones(cap).parse().expect("a zone");
                let zone = ResolvedZone::find(&BundledZones, &zone).expect("a zone of the tables");
                let counted = oracle::count(cap.per, &before, sent.at, &zone);
                prop_assert!(counted < cap.limit as usize, "{sent:?} is one too many for {cap:?}: {counted}");
            }
        }
        Ok(())
    });
    assert!(counted.get() > 4_000, "hardly anything went out: {}", counted.get());
}

/// A clock that lags by a fraction does not open a cap: sends are counted in whole seconds.
#[test]
fn a_send_within_the_second_counts() {
    let caps = r#"[purposes.marketing.then]
caps = [{ name = "daily", limit = 1, per = "1d" }]"#;
    let sent = json!({ "at": "2026-11-21T10:00:00.900Z", "channel": "mail", "kind": "email", "purpose": "marketing",
        "topic": "coupon" });
    let plan = check::World::coupon().policy(caps).with(json!({ "facts": { "history": [sent] } })).plan();
    assert!(plan.is_empty(), "{plan}");
}
