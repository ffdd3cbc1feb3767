//! Behaviour that other routers get wrong, one test each.

use expect_test::{Expect, expect};
use serde_json::json;
use waypost::{
    ChannelList, ConfigError, Confirmation, Message, Override, Policy, Reason, RouterConfig, Verdict,
    policy::{Field, Group, Settings},
};

use crate::check::{World, check, yes_to_marketing};

// A user's own order.

#[test]
fn a_users_own_order_never_switches_policy_conditions_off() {
    let policy = r#"
        [defaults]
        order = ["push", "email", "sms", "voice"]
        [[rules]]
        name = "no-calls-to-new-customers"
        when = { stage = "new" }
        then = { deny = ["voice"] }
        [[rules]]
        name = "shipping-in-writing"
        when = { topic = "order_shipped" }
        then = { only = ["email", "sms", "voice"] }
    "#;
    let world = World::usual().policy(policy);
    let with_order = json!({ "profile": { "stage": "new", "preferences": { "order": ["voice", "push", "sms"] } } });
    check(
        world.with(with_order),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, rules no-calls-to-new-customers + shipping-in-writing, until delivered
        1.  sms   mobile  now           first by the customer's own order; text
        2.  mail  home    after 10 min  next by the customer's own order; text
        -   app   pixel   no            rule `shipping-in-writing` allows other kinds only (policy)
        -   call  phone   no            rule `no-calls-to-new-customers` denies it (policy)
    "#]],
    );
}

#[test]
fn a_users_own_order_for_a_topic_goes_before_the_one_for_everything() {
    let preferences = json!({ "order": ["voice"], "topic_orders": { "order_shipped": ["sms"] } });
    check(
        World::usual().with(json!({ "profile": { "preferences": preferences } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   mobile  now           first by the customer's own order; text
        2.  app   pixel   after 10 min  next by the customer's own order; text
        3.  mail  home    after 10 min  next by the policy's order; text
        4.  call  phone   after 10 min  next by the policy's order; text
    "#]],
    );
}

// What cannot be reached.

#[test]
fn an_unreachable_best_channel_yields_the_next() {
    let down = json!({ "facts": { "health": { "app": { "state": "down" } } } });
    check(
        World::usual().with(down),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  mail  home    now           first by the policy's order; text
        2.  sms   mobile  after 10 min  next by the policy's order; text
        3.  call  phone   after 10 min  next by the policy's order; text
        -   app   pixel   no            the channel is down (health)
    "#]],
    );

    let disabled = json!([
        { "id": "pixel", "kind": "push", "address": "token", "health": "disabled" },
        { "id": "mobile", "kind": "sms", "address": "+34600111222" },
    ]);
    check(
        World::usual().with(json!({ "profile": { "endpoints": disabled } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   mobile  now  the only step; text
        -   app   pixel   no   switched off on the customer's side (customer)
        -   mail  -       no   no email endpoint on file (capability)
        -   call  -       no   no voice endpoint on file (capability)
    "#]],
    );
}

#[test]
fn a_channel_that_is_not_configured_for_the_customer_is_a_skip_with_a_reason() {
    let only_mail = json!([{ "id": "home", "kind": "email", "address": "ana@example.com" }]);
    check(
        World::usual().with(json!({ "profile": { "endpoints": only_mail } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  mail  home  now  the only step; text
        -   app   -     no   no push endpoint on file (capability)
        -   sms   -     no   no sms endpoint on file (capability)
        -   call  -     no   no voice endpoint on file (capability)
    "#]],
    );
}

#[test]
fn a_kind_that_the_policy_orders_and_nobody_registered_is_left_out_of_account() {
    let policy = r#"
        [defaults]
        order = ["whatsapp", "sms", "email"]
        group = { one_of = [{ all_of = ["whatsapp", "sms"] }, "email"] }
    "#;
    check(
        World::usual().policy(policy),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   mobile  now           first by the policy's order; text
        2.  mail  home    after 10 min  next by the policy's order; text
        3.  app   pixel   after 10 min  next by the policy's order; text
        4.  call  phone   after 10 min  next by declared order; text
    "#]],
    );
}

#[test]
fn nothing_at_all_is_an_answer() {
    check(
        World::usual().with(json!({ "profile": { "endpoints": [] } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   -  no  no push endpoint on file (capability)
        -  mail  -  no  no email endpoint on file (capability)
        -  sms   -  no  no sms endpoint on file (capability)
        -  call  -  no  no voice endpoint on file (capability)
    "#]],
    );
}

// Urgency.

#[test]
fn critical_never_wipes_consent() {
    let policy = r#"
        [[rules]]
        name = "urgent"
        when = { urgency = "high" }
        then = { lifts = { quiet_hours = ["sms", "push"], caps = ["sms", "push"], preferences = ["sms", "push"] } }
    "#;
    let withdrawn = json!({ "action": "withdraw", "at": "2026-11-01T08:00:00Z", "scope": { "kind": "sms" } });
    let world = World::usual().policy(policy).with(json!({
        "profile": {
            "consents": [withdrawn],
            "preferences": { "choices": [{ "choice": "off" }, { "kind": "voice", "choice": "off", "set_by": "tenant", "locked": true }] },
            "suppressions": [{ "class": "complaint", "kind": "email" }],
        },
        "message": { "urgency": "critical" },
    }));
    check(
        world,
        expect![[r#"
            m-1 for ana: order_shipped, transactional, critical
            2026-11-21 10:00Z, rules urgent, until delivered
            1.  app   pixel   now  the only step; text
            -   mail  home    no   suppressed: complaint (customer)
            -   sms   mobile  no   consent withdrawn since 2026-11-01 (customer)
            -   call  phone   no   switched off and locked by the tenant (tenant)
        "#]],
    );
}

#[test]
fn raising_urgency_removes_nothing() {
    let policy = r#"
        [purposes.transactional]
        when_capped = "drop"
        [purposes.transactional.then]
        caps = [{ name = "daily", limit = 1, per = "1d" }]
        [[rules]]
        name = "urgent"
        when = { urgency = "high" }
        then = { lifts = { caps = ["sms"], quiet_hours = ["voice"] } }
    "#;
    let sent = json!({ "at": "2026-11-21T09:00:00Z", "channel": "mail", "kind": "email", "purpose": "transactional", "topic": "receipt" });
    let world = World::usual().policy(policy).with(json!({
        "profile": { "quiet_hours": { "windows": ["10:00-12:00"] } },
        "facts": { "history": [sent] },
    }));
    let mut before = 0;
    for urgency in ["low", "normal", "high", "critical"] {
        let plan = world.clone().with(json!({ "message": { "urgency": urgency } })).plan();
        let usable = plan.trace().candidates().iter().filter(|candidate| candidate.verdict.is_usable()).count();
        assert!(usable >= before, "{urgency}: {usable} of {before} candidates left\n{plan}");
        before = usable;
    }
    assert_eq!(before, 1, "the rule lets one kind through at last");
}

// Together and one after the other.

/// A list of kinds that go together, of which one is refused and one is down.
fn together() -> World {
    World::usual().policy(
        r#"
        [defaults]
        order = ["push", "email", "sms", "voice"]
        group = { all_of = ["sms", "push", "email"] }
    "#,
    )
}

#[test]
fn a_channel_that_fails_leaves_the_others_alone() {
    check(
        together(),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   mobile  now           first by the policy's order; text
        1.  app   pixel   now           together with sms; text
        1.  mail  home    now           together with sms; text
        2.  call  phone   after 10 min  next by the policy's order; text
    "#]],
    );

    let refused = json!({
        "profile": { "consents": [{ "action": "withdraw", "at": "2026-11-01T08:00:00Z", "scope": { "kind": "sms" } }] },
        "facts": { "health": { "mail": { "state": "down" } } },
    });
    check(
        together().with(refused),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now           first by the policy's order; text
        2.  call  phone   after 10 min  next by the policy's order; text
        -   mail  home    no            the channel is down (health)
        -   sms   mobile  no            consent withdrawn since 2026-11-01 (customer)
    "#]],
    );
}

#[test]
fn an_order_is_never_a_broadcast() {
    let order = World::usual().plan();
    assert_eq!(order.steps().iter().map(|step| step.dispatches().len()).collect::<Vec<_>>(), [1, 1, 1, 1]);

    let together = together().plan();
    assert_eq!(together.steps().iter().map(|step| step.dispatches().len()).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn a_list_where_a_group_is_expected_is_an_error_that_says_what_was_expected() {
    let error = serde_json::from_str::<Group>(r#"["sms", "push"]"#).expect_err("neither an order nor a broadcast");
    expect![
        "invalid type: sequence, expected a channel kind, `{ one_of = [..] }` or `{ all_of = [..] }` at line 1 column 1"
    ]
    .assert_eq(&error.to_string());
    let error = toml::from_str::<Settings>(r#"group = ["sms", "push"]"#).expect_err("neither an order nor a broadcast");
    expect!["invalid type: sequence, expected a channel kind, `{ one_of = [..] }` or `{ all_of = [..] }`"]
        .assert_eq(error.message());
}

#[test]
fn what_is_always_sent_does_not_wait_for_the_chain_and_the_chain_not_for_it() {
    let policy = r#"
        [defaults]
        order = ["push", "sms"]
        always = ["email"]
    "#;
    let world = World::usual().policy(policy);
    check(
        world.clone(),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now           first by the policy's order; text
        2.  sms   mobile  after 10 min  next by the policy's order; text
        3.  call  phone   after 10 min  next by the policy's order; text
        +   mail  home    now           always, beside the chain; text
    "#]],
    );
    check(
        world.with(json!({ "facts": { "health": { "mail": { "state": "down" } } } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  app   pixel   now           first by the policy's order; text
        2.  sms   mobile  after 10 min  next by the policy's order; text
        3.  call  phone   after 10 min  next by the policy's order; text
        -   mail  home    no            the channel is down (health)
    "#]],
    );
}

// Limits.

fn config(policy: &str) -> Result<(), ConfigError> {
    let policy = Policy::from_toml(policy).expect("a policy that can be read");
    let channels = ChannelList::from_toml("[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\n");
    let channels = channels.expect("a channel").channels;
    RouterConfig::builder().descriptors(channels).policy(policy).build().map(|_| ())
}

#[test]
fn zero_is_refused_as_a_limit() {
    let error = config("[defaults]\ncaps = [{ name = \"none\", limit = 0, per = \"1d\" }]").expect_err("zero");
    expect!["the router cannot be built: error[zero_cap] defaults.caps[0].limit (line 2, column 26): cap `none` in the defaults has a limit of zero; help: say `deny` to forbid, leave the cap out for no limit"].assert_eq(&error.to_string());
    // A cap over no time cannot even be read.
    let error =
        Policy::from_toml("[defaults]\ncaps = [{ name = \"ever\", limit = 1, per = \"0s\" }]").expect_err("no time");
    expect!["line 2, column 43: expected a duration longer than `0s`"].assert_eq(&error.to_string());
}

fn sent(at: &str, kind: &str) -> serde_json::Value {
    let channel = if kind == "email" { "mail" } else { kind };
    json!({ "at": at, "channel": channel, "kind": kind, "purpose": "marketing", "topic": "coupon" })
}

/// A cap on a topic does not loosen the cap on the kind: all that apply must hold.
#[test]
fn caps_add_up() {
    let policy = r#"
        [purposes.marketing.then]
        order = ["sms", "email"]
        caps = [{ name = "sms-weekly", limit = 1, per = "1w", scope = ["kind"] }]
        [[rules]]
        name = "coupons-may-come-often"
        when = { topic = "coupon" }
        then = { caps = [{ name = "coupons", limit = 10, per = "1w", scope = ["topic"] }] }
    "#;
    let world =
        World::coupon().policy(policy).with(json!({ "facts": { "history": [sent("2026-11-19T10:00:00Z", "sms")] } }));
    check(
        world,
        expect![[r#"
            m-1 for ana: coupon, marketing, normal
            2026-11-21 10:00Z, rules coupons-may-come-often, until delivered
            1.  mail  home    now                          first by the policy's order; text
            2.  app   pixel   if it fails                  next by the policy's order; text
            3.  call  phone   if it fails                  next by declared order; text
            -   sms   mobile  not until 2026-11-26 10:00Z  cap `sms-weekly` of 1 is reached (policy)
        "#]],
    );
}

/// The window slides: two sends around midnight are two sends within a day.
#[test]
fn a_cap_knows_no_midnight() {
    let policy = r#"
        [purposes.marketing.then]
        caps = [{ name = "daily", limit = 1, per = "1d" }]
    "#;
    let world =
        World::coupon().policy(policy).with(json!({ "facts": { "history": [sent("2026-11-20T23:59:00Z", "sms")] } }));
    let refusal = |now: &str| world.clone().at(now).plan().trace().candidate("sms").map(|sms| sms.verdict.is_usable());
    assert_eq!(refusal("2026-11-21T00:01:00Z"), Some(false));
    assert_eq!(refusal("2026-11-21T23:58:59Z"), Some(false));
    assert_eq!(refusal("2026-11-21T23:59:00Z"), Some(true), "exactly a day later, not a moment later");
}

// Two endpoints of a kind, two channels of a kind.

fn two_phones() -> World {
    World::usual().with(json!({ "profile": { "endpoints": [
        { "id": "private", "kind": "sms", "address": "+34600111222" },
        { "id": "work", "kind": "sms", "address": "+34600333444" },
    ] } }))
}

#[test]
fn two_endpoints_of_a_kind_have_their_own_consent() {
    let no = json!([{ "action": "withdraw", "at": "2026-11-01T08:00:00Z", "scope": { "endpoint": "private" } }]);
    check(
        two_phones().with(json!({ "profile": { "consents": no } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   work     now  the only step; text
        -   app   -        no   no push endpoint on file (capability)
        -   mail  -        no   no email endpoint on file (capability)
        -   sms   private  no   consent withdrawn since 2026-11-01 (customer)
        -   call  -        no   no voice endpoint on file (capability)
    "#]],
    );
}

#[test]
fn two_endpoints_of_a_kind_have_their_own_health() {
    let phones = json!([
        { "id": "private", "kind": "sms", "address": "+34600111222", "health": "suspect" },
        { "id": "work", "kind": "sms", "address": "+34600333444" },
        { "id": "old", "kind": "sms", "address": "+34600555666", "health": "hard_bounced" },
    ]);
    check(
        two_phones().with(json!({ "profile": { "endpoints": phones } })),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   work     now           first, in better health; text
        2.  sms   private  after 10 min  next, in poorer health; text
        -   app   -        no            no push endpoint on file (capability)
        -   mail  -        no            no email endpoint on file (capability)
        -   sms   old      no            the address bounced for good (health)
        -   call  -        no            no voice endpoint on file (capability)
    "#]],
    );
}

#[test]
fn two_endpoints_of_a_kind_have_their_own_zone() {
    let phones = json!([
        { "id": "private", "kind": "sms", "address": "+34600111222" },
        { "id": "travels", "kind": "sms", "address": "+34600333444", "zone": "America/New_York" },
    ]);
    let night = json!({ "profile": { "endpoints": phones, "quiet_hours": { "windows": ["22:00-08:00"] } } });
    check(
        two_phones().with(night),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered
        1.  sms   private  now        first by declared order; text
        2.  sms   travels  at 13:00Z  quiet hours (customer); next by declared order; text
        -   app   -        no         no push endpoint on file (capability)
        -   mail  -        no         no email endpoint on file (capability)
        -   call  -        no         no voice endpoint on file (capability)
    "#]],
    );
}

#[test]
fn two_channels_of_a_kind_stand_in_for_each_other() {
    let backup = "id = \"sms-backup\"\nkind = \"sms\"\ncapabilities = [\"text\"]\n";
    let policy = "[defaults]\norder = [\"sms\"]\nonly = [\"sms\"]";
    // Declared order, where nothing else differs.
    let world = World::usual().policy(policy).channel(backup);
    check(
        world.clone(),
        expect![[r#"
            m-1 for ana: order_shipped, transactional, normal
            2026-11-21 10:00Z, until delivered
            1.  sms         mobile  now           first by declared order; text
            2.  sms-backup  mobile  if sms fails  next by declared order; text
            -   app         pixel   no            the policy allows other kinds only (policy)
            -   mail        home    no            the policy allows other kinds only (policy)
            -   call        phone   no            the policy allows other kinds only (policy)
        "#]],
    );
    // Health before all.
    check(
        world.with(json!({ "facts": { "health": { "sms": { "state": "degraded" } } } })),
        expect![[r#"
            m-1 for ana: order_shipped, transactional, normal
            2026-11-21 10:00Z, until delivered
            1.  sms-backup  mobile  now                  first, in better health; text
            2.  sms         mobile  if sms-backup fails  next, in poorer health; text
            -   app         pixel   no                   the policy allows other kinds only (policy)
            -   mail        home    no                   the policy allows other kinds only (policy)
            -   call        phone   no                   the policy allows other kinds only (policy)
        "#]],
    );

    // Then the price.
    let priced = r#"
        [[channels]]
        id = "dear"
        kind = "sms"
        capabilities = ["text"]
        price = { micros = 60000, currency = "EUR" }

        [[channels]]
        id = "cheap"
        kind = "sms"
        capabilities = ["text"]
        price = { micros = 45000, currency = "EUR" }
    "#;
    check(
        World::usual().policy(policy).channels(priced),
        expect![[r#"
            m-1 for ana: order_shipped, transactional, normal
            2026-11-21 10:00Z, until delivered
            1.  cheap  mobile  now             first by price; text; 0.045 EUR
            2.  dear   mobile  if cheap fails  next by price; text; 0.06 EUR
        "#]],
    );
}

// The author's own word.

#[test]
fn an_invalid_override_is_an_error_at_the_door() {
    let world = World::usual();
    let message = |channels: serde_json::Value| {
        let document = json!({
            "id": "m-1", "topic": "news", "purpose": "service",
            "content": { "variants": [{ "body": "Hello" }] }, "channels": channels,
        });
        serde_json::from_value::<Message>(document)
    };
    #[track_caller]
    fn refused(result: Result<Message, serde_json::Error>, expected: Expect) {
        expected.assert_eq(&result.expect_err("an override that nobody can follow").to_string());
    }
    refused(
        message(json!({})),
        expect!["channels says neither `only` nor `order`, expected at least one kind in one of them"],
    );
    refused(
        message(json!({ "only": [] })),
        expect!["channels says neither `only` nor `order`, expected at least one kind in one of them"],
    );
    refused(message(json!({ "order": ["sms", "push", "sms"] })), expect!["channels.order names `sms` twice"]);
    refused(
        message(json!({ "only": ["SMS"] })),
        expect![
            "character 0 (counted from 0) may not stand in a channel kind name: expected lower-case letters, digits and `_-.:/`"
        ],
    );
    refused(message(json!(["sms"])), expect!["invalid type: list, expected kinds under `only` or under `order`"]);
    refused(
        message(json!([["sms"], ["push"]])),
        expect!["invalid type: list, expected kinds under `only` or under `order`"],
    );

    // What reads well may still name a kind that no channel serves; the router says so before it plans.
    let unknown = message(json!({ "only": ["smss"], "order": ["pager"] })).expect("a message that can be read");
    let error = world.router().config().admit(&unknown).expect_err("kinds that no channel serves");
    expect!["the message names kinds that no channel serves: `pager`, `smss`"].assert_eq(&error.to_string());
    let known = message(json!({ "only": ["sms"] })).expect("a message that can be read");
    assert_eq!(world.router().config().admit(&known), Ok(()));
}

#[test]
fn a_message_that_was_not_admitted_still_gets_a_plan() {
    let astray = Override { only: vec!["pager".parse().expect("a kind")], order: Vec::new() };
    let world = World::usual().with(json!({ "message": { "channels": astray } }));
    check(
        world,
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   no  the message names other kinds only (author)
        -  mail  home    no  the message names other kinds only (author)
        -  sms   mobile  no  the message names other kinds only (author)
        -  call  phone   no  the message names other kinds only (author)
    "#]],
    );
}

#[test]
fn an_override_narrows_and_orders_and_never_widens() {
    let policy = "[defaults]\norder = [\"push\", \"email\", \"sms\"]\ndeny = [\"voice\"]";
    let channels = json!({ "only": ["voice", "sms", "email"], "order": ["sms"] });
    check(
        World::usual().policy(policy).with(json!({ "message": { "channels": channels } })),
        expect![[r#"
            m-1 for ana: order_shipped, transactional, normal
            2026-11-21 10:00Z, until delivered
            1.  sms   mobile  now           first by the message's own order; text
            2.  mail  home    after 10 min  next by the message's own order; text
            -   app   pixel   no            the message names other kinds only (author)
            -   call  phone   no            the policy denies this kind (policy)
        "#]],
    );
}

// Preview and delivery.

#[test]
fn a_preview_equals_what_is_then_sent() {
    let world = World::usual().with(json!({ "profile": { "quiet_hours": { "windows": ["10:00-12:00"] } } }));
    let plan = world.plan();
    assert!(!plan.is_empty());
    for dispatch in plan.dispatches() {
        assert!(matches!(world.confirm(dispatch), Confirmation::Wait { until, .. } if until <= dispatch.not_before));
        let then = world.clone().at(&dispatch.not_before.to_rfc3339());
        assert_eq!(then.confirm(dispatch), Confirmation::Go, "at its instant it may go");
    }
}

#[test]
fn what_changed_since_the_preview_stops_the_dispatch() {
    let world =
        World::coupon().policy("[purposes.marketing.then]\ncaps = [{ name = \"daily\", limit = 1, per = \"1d\" }]");
    let plan = world.plan();
    let first = plan.dispatches().next().expect("a coupon to send");

    let withdrawn = json!({ "action": "withdraw", "at": "2026-11-21T10:00:00Z", "scope": { "purpose": "marketing" } });
    let answer = world.clone().push("/profile/consents", withdrawn).confirm(first);
    assert!(matches!(answer, Confirmation::Stop { reason: Reason::ConsentWithdrawn { .. } }), "{answer:?}");

    let capped = world.clone().with(json!({ "facts": { "history": [sent("2026-11-21T09:59:00Z", "sms")] } }));
    assert!(matches!(capped.confirm(first), Confirmation::Skip { reason: Reason::CapReached { .. } }));

    let gone = world.with(json!({ "profile": { "endpoints": [] } }));
    assert!(matches!(gone.confirm(first), Confirmation::Skip { reason: Reason::NoEndpoint { .. } }));
}

/// What is answered about the first dispatch of a coupon once something is otherwise.
#[track_caller]
fn check_confirmation(policy: &str, otherwise: serde_json::Value, expected: &str) {
    let world = World::coupon().policy(policy);
    let plan = world.plan();
    let first = plan.dispatches().next().expect("a coupon to send");
    assert_eq!(world.confirm(first), Confirmation::Go);
    let answer = world.with(otherwise.clone()).confirm(first);
    let said = match answer {
        Confirmation::Go => "go".to_owned(),
        Confirmation::Wait { until, reason } => format!("wait: {} until {until:?}", reason.code()),
        Confirmation::Skip { reason } => format!("skip: {}", reason.code()),
        Confirmation::Stop { reason } => format!("stop: {}", reason.code()),
        other => panic!("{other:?} is not known here"),
    };
    assert_eq!(said, expected, "{otherwise}");
    assert_eq!((answer.is_go(), answer.reason().is_none()), (expected == "go", expected == "go"));
}

#[test]
fn a_refusal_ends_the_message_and_a_fault_only_the_dispatch() {
    let check = |otherwise, expected| check_confirmation("", otherwise, expected);
    let profile = |patch| json!({ "profile": patch });
    let suppressed = |records| profile(json!({ "suppressions": records }));
    let withdrawn = json!([yes_to_marketing(), { "action": "withdraw", "at": "2026-11-21T09:00:00Z", "scope": {} }]);
    let gone = json!([{ "id": "home", "kind": "email", "address": "ana@example.com" }]);
    let bounced = json!([{ "id": "pixel", "kind": "push", "address": "token", "health": "hard_bounced" }]);

    // The customer, the tenant or the law says no.
    check(profile(json!({ "consents": withdrawn })), "stop: consent_withdrawn");
    check(profile(json!({ "consents": [] })), "stop: consent_missing");
    let off = json!([{ "choice": "off", "topic": "coupon", "kind": "push" }]);
    check(profile(json!({ "preferences": { "choices": off } })), "stop: preference_off");
    let locked = json!([{ "choice": "off", "set_by": "tenant", "locked": true }]);
    check(profile(json!({ "preferences": { "choices": locked } })), "stop: tenant_locked");
    for class in ["stop", "complaint", "registry", "deceased", "legal", "fraud", "from-a-newer-version"] {
        check(suppressed(json!([{ "class": class }])), "stop: suppressed");
    }

    // The message is over, whatever became of the endpoint.
    check(json!({ "message": { "expires": "2026-11-21T10:00:00Z" } }), "stop: expired");
    let taken_back = json!([{ "name": "cancelled", "at": "2026-11-21T10:00:00Z", "message": "m-1" }]);
    check(json!({ "facts": { "events": taken_back } }), "stop: superseded");
    check(json!({ "facts": { "events": taken_back }, "profile": { "endpoints": gone } }), "stop: superseded");

    // What is wrong with this dispatch says nothing about the next.
    check(profile(json!({ "endpoints": gone })), "skip: no_endpoint");
    check(profile(json!({ "endpoints": bounced })), "skip: hard_bounced");
    check(suppressed(json!([{ "class": "hard_bounce", "endpoint": "pixel" }])), "skip: suppressed");
    check(json!({ "facts": { "health": { "app": { "state": "down" } } } }), "skip: channel_down");
    check(json!({ "message": { "channels": { "only": ["sms"] } } }), "skip: outside_override");
    let mail = json!({ "variants": [{ "kinds": ["email"], "body": "Teapots" }] });
    check(json!({ "message": { "content": mail } }), "skip: content_missing");
}

/// A bounce may be answered by another address; it hides no refusal that stands beside it.
#[test]
fn a_fault_hides_no_refusal() {
    let check = |otherwise, expected| check_confirmation("", otherwise, expected);
    let bounce = json!({ "class": "hard_bounce", "since": "2026-01-01T00:00:00Z" });
    let stop = json!({ "class": "stop", "since": "2026-11-21T09:00:00Z" });
    check(json!({ "profile": { "suppressions": [bounce, stop] } }), "stop: suppressed");
    check(json!({ "profile": { "suppressions": [stop, bounce] } }), "stop: suppressed");
    let down = json!({ "health": { "app": { "state": "down" } } });
    check(json!({ "facts": down, "profile": { "suppressions": [stop] } }), "stop: suppressed");
    let bounced = json!([{ "id": "pixel", "kind": "push", "address": "token", "health": "hard_bounced" }]);
    check(json!({ "profile": { "endpoints": bounced, "consents": [] } }), "stop: consent_missing");
    // Who is refused is not waited for.
    let back_soon = json!({ "health": { "app": { "state": "down", "until": "2026-11-21T11:00:00Z" } } });
    check(json!({ "facts": back_soon, "profile": { "consents": [] } }), "stop: consent_missing");
}

#[test]
fn what_passes_by_itself_is_waited_for() {
    let capped = "[purposes.marketing]\nwhen_capped = \"defer\"\n[purposes.marketing.then]\n\
        caps = [{ name = \"daily\", limit = 1, per = \"1d\" }]";
    let history = json!({ "facts": { "history": [sent("2026-11-21T09:00:00Z", "sms")] } });
    check_confirmation(capped, history.clone(), "wait: cap_reached until 2026-11-22T09:00:00Z");
    // A purpose that drops at a full cap waits for nothing, and whoever follows the plan asks its `on_failure`.
    let dropped = capped.replace("defer", "drop");
    check_confirmation(&dropped, history, "skip: cap_reached");

    let quiet = json!({ "profile": { "quiet_hours": { "windows": ["10:00-12:00"] } } });
    check_confirmation("", quiet, "wait: quiet_hours until 2026-11-21T11:00:00Z");
    let down = json!({ "facts": { "health": { "app": { "state": "down", "until": "2026-11-21T10:05:00Z" } } } });
    check_confirmation("", down, "wait: channel_down until 2026-11-21T10:05:00Z");
    let due = json!({ "message": { "not_before": "2026-11-21T10:30:00Z" } });
    check_confirmation("", due, "wait: not_yet_due until 2026-11-21T10:30:00Z");
}

// The terms of a step.

#[test]
fn steps_go_by_their_kind() {
    let policy = r#"
        [defaults]
        order = ["push", "email", "sms", "voice"]
        settle_on = "delivered"
        accept_within = "20s"

        [defaults.by_kind]
        push = { give_up_after = "1m", retry = { attempts = 2, backoff = "5s", at_most = "5s" } }
        email = { settle_on = "read", give_up_after = "1d" }

        [[rules]]
        name = "hurry"
        then = { give_up_after = "2m", by_kind = { email = { give_up_after = "2h", accept_within = "5m" } } }
    "#;
    let plan = World::usual().policy(policy).plan();
    let terms = |step: &waypost::Step| {
        let within = step.accept_within().map(|span| span.to_string()).unwrap_or_default();
        let (after, tries) = (step.give_up_after(), step.retry().attempts);
        format!("{} until {} {after} {within} {tries}", step.dispatches()[0].channel, step.settle_on())
    };
    // What is said of a kind stands over what a later rule says of all.
    assert_eq!(
        plan.steps().iter().map(terms).collect::<Vec<_>>(),
        [
            "app until delivered 1m 20s 2",
            "mail until read 2h 5m 4",
            "sms until delivered 2m 20s 4",
            "call until delivered 2m 20s 4",
        ]
    );
    check(
        World::usual().policy(policy),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, rules hurry, until delivered or read
        1.  app   pixel   now          first by the policy's order; text
        2.  mail  home    after 1 min  next by the policy's order; text
        3.  sms   mobile  after 2 h    next by the policy's order; text
        4.  call  phone   after 2 min  next by the policy's order; text
    "#]],
    );
    assert_eq!(plan.trace().rule_for(Field::ByKind).map(|rule| rule.to_string()).as_deref(), Some("hurry"));
}

/// What goes together goes by the kind of its first, and whoever follows the plan sees which lanes there are.
#[test]
fn lanes_and_alternatives_are_told_apart() {
    let branches = |policy: &str| {
        let plan = World::usual().policy(policy).plan();
        let shown =
            |sent: &waypost::Dispatch| format!("{} {}.{}", sent.channel, sent.branch.alternative, sent.branch.lane);
        plan.steps().iter().map(|step| step.dispatches().iter().map(shown).collect()).collect::<Vec<Vec<_>>>()
    };
    let group = |group: &str| format!("[defaults]\ngroup = {group}");
    assert_eq!(branches(""), [["app 0.0"], ["mail 0.0"], ["sms 0.0"], ["call 0.0"]]);
    assert_eq!(
        branches(&group(r#"{ all_of = ["push", { one_of = ["email", "sms"] }] }"#)),
        [vec!["app 0.0", "mail 0.1"], vec!["sms 0.1"], vec!["call 1.0"]]
    );
    assert_eq!(
        branches(&group(r#"{ one_of = [{ all_of = ["sms", "push"] }, "voice"] }"#)),
        [vec!["sms 0.0", "app 0.1"], vec!["call 1.0"], vec!["mail 2.0"]]
    );
}

/// Where the deadline leaves less time than the waits, a slow channel keeps the time that it usually takes.
#[test]
fn a_slow_channel_is_not_given_up_before_it_could_have_answered() {
    let channels = r#"
        [[channels]]
        id = "app"
        kind = "push"
        capabilities = ["text", "recall"]
        latency = "2s"
        [[channels]]
        id = "mail"
        kind = "email"
        capabilities = ["text"]
        latency = "4m"
        [[channels]]
        id = "sms"
        kind = "sms"
        capabilities = ["text"]
        latency = "10s"
    "#;
    let world = World::usual().channels(channels).with(json!({ "message": { "expires": "2026-11-21T10:10:00Z" } }));
    let plan = world.plan();
    let waits: Vec<_> = plan.steps().iter().map(|step| step.give_up_after().as_secs()).collect();
    // Of the 600 s, 252 s are the latencies; the other 348 s are 348 of 1548 parts of what the waits have beyond them.
    assert_eq!(waits, [2 + 598 * 348 / 1548, 240 + 360 * 348 / 1548, 10 + 590 * 348 / 1548]);
    let opens: Vec<_> = plan.dispatches().map(|sent| (sent.opens.is_some(), sent.recallable)).collect();
    assert_eq!(opens, [(false, true), (true, false), (true, false)]);
    assert!(plan.dispatches().all(|sent| sent.earliest() == plan.made_at()));
    check(
        world,
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 10:00Z, until delivered, expires 2026-11-21 10:10Z
        1.  app   pixel   now               first by the policy's order; text
        2.  mail  home    after 2 min 16 s  next by the policy's order; text
        3.  sms   mobile  after 5 min 20 s  next by the policy's order; text
    "#]],
    );
}

// What happened meanwhile.

/// Which event, if any, makes the message `m-1` pointless that names some of them in `cancel_on`.
#[track_caller]
fn check_events(cancel_on: &[&str], events: serde_json::Value, expected: Option<&str>) {
    let patch = json!({ "message": { "cancel_on": cancel_on }, "facts": { "events": events } });
    let plan = World::usual().with(patch).plan();
    for candidate in plan.trace().candidates() {
        let ended = match candidate.verdict.reason() {
            Some(Reason::Superseded { event, at }) => Some(format!("{event} {at:?}")),
            _ => None,
        };
        assert_eq!(ended.as_deref(), expected, "{plan}");
    }
    assert_eq!(plan.is_empty(), expected.is_some());
}

#[test]
fn an_event_that_the_message_names_ends_it() {
    let paid = |at: &str| json!({ "name": "invoice_paid", "at": at });
    let ended = Some("invoice_paid 2026-11-21T09:00:00Z");
    check_events(&["invoice_paid"], json!([paid("2026-11-21T09:00:00Z")]), ended);
    check_events(&["moved", "invoice_paid"], json!([paid("2026-11-21T09:00:00Z")]), ended);
    check_events(&[], json!([paid("2026-11-21T09:00:00Z")]), None);
    check_events(&["moved"], json!([paid("2026-11-21T09:00:00Z")]), None);
    // What is about a message is about no other.
    let about = |message: &str| json!([{ "name": "invoice_paid", "at": "2026-11-21T09:00:00Z", "message": message }]);
    check_events(&["invoice_paid"], about("m-1"), ended);
    check_events(&["invoice_paid"], about("m-2"), None);
    // It has to have happened.
    check_events(&["invoice_paid"], json!([paid("2026-11-21T10:00:00Z")]), Some("invoice_paid 2026-11-21T10:00:00Z"));
    check_events(&["invoice_paid"], json!([paid("2026-11-21T10:00:01Z")]), None);
    // The first of several is named, in whatever order they are told.
    let both = json!([paid("2026-11-21T09:30:00Z"), { "name": "moved", "at": "2026-11-21T10:30:00Z" },
        paid("2026-11-21T09:00:00Z")]);
    check_events(&["moved", "invoice_paid"], both, ended);
}

#[test]
fn a_message_that_is_taken_back_is_over() {
    for name in ["cancelled", "superseded"] {
        let event = json!({ "name": name, "at": "2026-11-21T09:00:00Z" });
        let about = |message: &str| {
            let mut event = event.clone();
            event["message"] = json!(message);
            json!([event])
        };
        let ended = format!("{name} 2026-11-21T09:00:00Z");
        check_events(&[], about("m-1"), Some(&ended));
        check_events(&[], about("m-2"), None);
        check_events(&[name], about("m-2"), None);
        // About no message it is an event like any other.
        check_events(&[], json!([event]), None);
        check_events(&[name], json!([event]), Some(&ended));
    }
}

// Time.

/// A window is half-open: at its end it is over, the whole last minute included before that.
#[test]
fn the_end_of_quiet_hours_is_not_quiet() {
    let world = World::usual().with(json!({ "profile": { "quiet_hours": { "windows": ["22:00-08:00"] } } }));
    // Madrid is an hour ahead of UTC in November.
    let verdict = |now: &str| world.clone().at(now).plan().trace().candidates()[0].verdict;
    assert_eq!(verdict("2026-11-21T20:59:59Z"), Verdict::Eligible);
    assert!(matches!(verdict("2026-11-21T21:00:00Z"), Verdict::Deferred { .. }));
    assert!(matches!(verdict("2026-11-21T06:59:59Z"), Verdict::Deferred { .. }));
    assert_eq!(verdict("2026-11-21T07:00:00Z"), Verdict::Eligible);
}

/// Nobody's night is guessed: an unknown zone is never taken for UTC.
#[test]
fn an_unknown_zone_is_not_utc() {
    let quiet = json!({ "profile": { "zone": null, "quiet_hours": { "windows": ["22:00-08:00"] } } });
    // Marketing is refused, at every hour of UTC.
    let coupon = World::coupon().with(quiet.clone());
    check(
        coupon.clone(),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   no  hours bind and the customer's time zone is unknown (policy)
        -  mail  home    no  hours bind and the customer's time zone is unknown (policy)
        -  sms   mobile  no  hours bind and the customer's time zone is unknown (policy)
        -  call  phone   no  hours bind and the customer's time zone is unknown (policy)
    "#]],
    );
    check(
        coupon.at("2026-11-21T23:00:00Z"),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 23:00Z, nothing is sent
        -  app   pixel   no  hours bind and the customer's time zone is unknown (policy)
        -  mail  home    no  hours bind and the customer's time zone is unknown (policy)
        -  sms   mobile  no  hours bind and the customer's time zone is unknown (policy)
        -  call  phone   no  hours bind and the customer's time zone is unknown (policy)
    "#]],
    );
    // Other purposes keep the sender's time, which the policy names.
    let policy = "zone = \"Europe/Istanbul\"\n[defaults]\norder = [\"sms\"]\nonly = [\"sms\"]";
    check(
        World::usual().policy(policy).with(quiet).at("2026-11-21T19:00:00Z"),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 19:00Z, until delivered
        1.  sms   mobile  at 2026-11-22 05:00Z  quiet hours (customer); the only step; text
        -   app   pixel   no                    the policy allows other kinds only (policy)
        -   mail  home    no                    the policy allows other kinds only (policy)
        -   call  phone   no                    the policy allows other kinds only (policy)
    "#]],
    );
}

#[test]
fn a_customer_between_zones_is_left_alone_where_any_of_them_is_at_night() {
    let zone = json!({ "zones": ["America/New_York", "America/Los_Angeles"], "basis": "prefix" });
    let world = World::usual().policy("[defaults]\nonly = [\"sms\"]");
    let quiet = json!({ "profile": { "zone": zone, "quiet_hours": { "windows": ["21:00-08:00"] } } });
    check(
        world.with(quiet).at("2026-11-21T14:00:00Z"),
        expect![[r#"
        m-1 for ana: order_shipped, transactional, normal
        2026-11-21 14:00Z, until delivered
        1.  sms   mobile  at 16:00Z  quiet hours (customer); the only step; text
        -   app   pixel   no         the policy allows other kinds only (policy)
        -   mail  home    no         the policy allows other kinds only (policy)
        -   call  phone   no         the policy allows other kinds only (policy)
    "#]],
    );
}

#[test]
fn a_yes_to_one_kind_is_no_yes_to_another() {
    let yes = json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing", "kind": "email" } });
    check(
        World::coupon().with(json!({ "profile": { "consents": [yes] } })),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, until delivered
        1.  mail  home    now  the only step; text
        -   app   pixel   no   no consent on record for marketing (law)
        -   sms   mobile  no   no consent on record for marketing (law)
        -   call  phone   no   no consent on record for marketing (law)
    "#]],
    );
    let later = json!({ "action": "withdraw", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } });
    check(
        World::coupon().with(json!({ "profile": { "consents": [yes_to_marketing(), later] } })),
        expect![[r#"
        m-1 for ana: coupon, marketing, normal
        2026-11-21 10:00Z, nothing is sent
        -  app   pixel   no  consent withdrawn since 2026-01-10 (customer)
        -  mail  home    no  consent withdrawn since 2026-01-10 (customer)
        -  sms   mobile  no  consent withdrawn since 2026-01-10 (customer)
        -  call  phone   no  consent withdrawn since 2026-01-10 (customer)
    "#]],
    );
}
