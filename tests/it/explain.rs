//! Why not, and what would have let it through: for every kind of refusal, the words that support agents read.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use waypost::Plan;

use crate::check::World;

/// In a world, SMS is refused with this code, for this reason, and this single change would let it through.
#[track_caller]
fn check(world: World, code: &str, expected: Expect) {
    let plan = world.explained();
    let sms = plan.trace().candidate("sms").expect("the usual world has SMS");
    assert_eq!(sms.verdict.reason().as_ref().map(|reason| reason.code()), Some(code), "{plan}");
    assert!(!sms.verdict.is_usable(), "{plan}");
    expected.assert_eq(&answers(&plan));
}

/// What the record of a plan answers about SMS.
#[track_caller]
fn answers(plan: &Plan) -> String {
    let stored = serde_json::to_string(plan).expect("every plan can be written");
    let recorded: Plan = serde_json::from_str(&stored).expect("every plan that was written can be read");
    let trace = recorded.trace();
    format!("{}\n{}\n", trace.why("sms").expect("SMS"), trace.flip("sms").expect("SMS"))
}

fn profile(patch: Value) -> World {
    World::usual().with(json!({ "profile": patch }))
}

fn message(patch: Value) -> World {
    World::usual().with(json!({ "message": patch }))
}

fn health(state: Value) -> World {
    World::usual().with(json!({ "facts": { "health": { "sms": state } } }))
}

fn phone(patch: Value) -> World {
    let mut phone = json!({ "id": "mobile", "kind": "sms", "address": "+34600111222" });
    phone.as_object_mut().expect("an object").extend(patch.as_object().cloned().unwrap_or_default());
    profile(json!({ "endpoints": [phone] }))
}

#[test]
fn the_message_is_over() {
    check(
        message(json!({ "expires": "2026-11-21T09:30:00Z" })),
        "expired",
        expect![[r#"
            `sms` to `mobile` is not used: the message expired at 2026-11-21 09:30Z (author)
            would be used if the message expired at 2026-11-21 10:00:01Z or later
        "#]],
    );
    let policy = "[defaults]\nexpires_after = \"10m\"";
    let created = message(json!({ "created": "2026-11-21T09:00:00Z" })).policy(policy);
    check(
        created,
        "expired",
        expect![[r#"
            `sms` to `mobile` is not used: the message expired at 2026-11-21 09:10Z (author)
            no single change that was tried would let it through
        "#]],
    );
}

#[test]
fn the_message_is_pointless() {
    let paid = json!({ "message": { "cancel_on": ["invoice_paid"] },
        "facts": { "events": [{ "name": "invoice_paid", "at": "2026-11-21T09:00:00Z" }] } });
    check(
        World::usual().with(paid),
        "superseded",
        expect![[r#"
            `sms` to `mobile` is not used: the message is pointless since `invoice_paid` (author)
            would be used if `invoice_paid` had not happened
        "#]],
    );
}

#[test]
fn the_channel_does_not_work() {
    check(
        health(json!({ "state": "down" })),
        "channel_down",
        expect![[r#"
        `sms` to `mobile` is not used: the channel is down (health)
        would be used if channel `sms` were up
    "#]],
    );
    check(
        health(json!({ "state": "down", "until": "2026-11-23T10:05:30Z" })),
        "channel_down",
        expect![[r#"
            `sms` to `mobile` is not used until 2026-11-23 10:05:30Z: the channel is down, its breaker is open (health)
            would be used if channel `sms` were up
        "#]],
    );
}

#[test]
fn the_customer_is_not_there() {
    let bound = "[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\", \"presence_bound\"]\n";
    check(
        World::usual().channels(bound),
        "not_present",
        expect![[r#"
        `sms` to `mobile` is not used: the customer is not there (capability)
        would be used if the customer were present on sms
    "#]],
    );
}

#[test]
fn the_endpoint_will_not_do() {
    check(
        profile(json!({ "endpoints": [] })),
        "no_endpoint",
        expect![[r#"
            `sms` is not used: no sms endpoint on file (capability)
            would be used if a verified endpoint of kind sms were on file
        "#]],
    );
    check(
        phone(json!({ "health": "disabled" })),
        "endpoint_disabled",
        expect![[r#"
        `sms` to `mobile` is not used: switched off on the customer's side (customer)
        would be used if the endpoint were reachable
    "#]],
    );
    check(
        phone(json!({ "health": "hard_bounced" })),
        "hard_bounced",
        expect![[r#"
        `sms` to `mobile` is not used: the address bounced for good (health)
        would be used if the endpoint were reachable
    "#]],
    );
    check(
        phone(json!({ "health": "snoozed" })),
        "endpoint_unknown",
        expect![[r#"
        `sms` to `mobile` is not used: the endpoint's health cannot be read (health)
        would be used if the endpoint were reachable
    "#]],
    );
    let verified_only = "[purposes.transactional]\nverified_only = true";
    check(
        World::usual().policy(verified_only),
        "unverified",
        expect![[r#"
        `sms` to `mobile` is not used: the endpoint is not verified (policy)
        would be used if the endpoint were verified
    "#]],
    );
}

#[test]
fn a_record_forbids() {
    let record = json!({ "class": "complaint", "since": "2026-03-02T12:00:00Z", "endpoint": "mobile" });
    check(
        profile(json!({ "suppressions": [record] })),
        "suppressed",
        expect![[r#"
            `sms` to `mobile` is not used: suppressed: complaint since 2026-03-02 (customer)
            would be used if the record that forbids it (complaint) were lifted
        "#]],
    );
    // Two records of different classes are two changes.
    let records = json!([{ "class": "deceased" }, { "class": "stop", "kind": "sms" }]);
    check(
        profile(json!({ "suppressions": records })),
        "suppressed",
        expect![[r#"
            `sms` to `mobile` is not used: suppressed: STOP (customer)
            no single change that was tried would let it through
        "#]],
    );
}

#[test]
fn consent_does_not_stand() {
    let coupon = |consents: Value| World::coupon().with(json!({ "profile": { "consents": consents } }));
    let marketing = json!({ "purpose": "marketing" });
    check(
        coupon(json!([])),
        "consent_missing",
        expect![[r#"
        `sms` to `mobile` is not used: no consent on record for marketing (law)
        would be used if consent for marketing by sms were given
    "#]],
    );
    let no = json!([{ "action": "withdraw", "at": "2026-10-03T09:12:00Z", "scope": marketing }]);
    check(
        coupon(no),
        "consent_withdrawn",
        expect![[r#"
        `sms` to `mobile` is not used: consent withdrawn since 2026-10-03 (customer)
        would be used if consent for marketing by sms were given
    "#]],
    );
    let over = json!([{ "action": "grant", "at": "2025-01-01T00:00:00Z", "expires_at": "2026-01-01T00:00:00Z" }]);
    check(
        coupon(over),
        "consent_expired",
        expect![[r#"
        `sms` to `mobile` is not used: consent expired at 2026-01-01 00:00Z (customer)
        would be used if consent for marketing by sms were given
    "#]],
    );
    let strange = json!([{ "action": "pause", "at": "2026-10-03T09:12:00Z" }]);
    check(
        coupon(strange),
        "consent_unreadable",
        expect![[r#"
        `sms` to `mobile` is not used: a consent record of 2026-10-03 09:12Z cannot be read (law)
        would be used if consent for marketing by sms were given
    "#]],
    );
}

#[test]
fn the_preferences_say_no() {
    let choices = |choice: Value| profile(json!({ "preferences": { "choices": [choice] } }));
    let at = "2026-05-04T18:00:00Z";
    check(
        choices(json!({ "kind": "sms", "choice": "off", "at": at })),
        "preference_off",
        expect![[r#"
            `sms` to `mobile` is not used: switched off in the preferences since 2026-05-04 (customer)
            would be used if the customer switched on `order_shipped` by sms
        "#]],
    );
    let tenants = json!({ "topic": "order_shipped", "choice": "off", "set_by": "tenant", "at": at });
    check(
        choices(tenants),
        "preference_off",
        expect![[r#"
            `sms` to `mobile` is not used: switched off in the preferences since 2026-05-04 (tenant)
            would be used if the customer switched on `order_shipped` by sms
        "#]],
    );
    let locked = json!({ "kind": "sms", "choice": "off", "set_by": "tenant", "locked": true, "at": at });
    check(
        choices(locked),
        "tenant_locked",
        expect![[r#"
            `sms` to `mobile` is not used: switched off and locked by the tenant since 2026-05-04 (tenant)
            no single change that was tried would let it through
        "#]],
    );
    let by_default = World::usual().policy("[topics.order_shipped]\ndefault = \"off\"");
    check(
        by_default,
        "preference_off",
        expect![[r#"
            `sms` to `mobile` is not used: off unless the customer switches it on (policy)
            would be used if the customer switched on `order_shipped` by sms
        "#]],
    );
}

#[test]
fn the_policy_says_no() {
    let rule = |then: &str| {
        World::usual().policy(&format!(
            "[[rules]]\nname = \"by-day\"\nwhen = {{ topic = \"order_shipped\" }}\nthen = {{ {then} }}"
        ))
    };
    check(
        rule("deny = [\"sms\"]"),
        "denied_by_rule",
        expect![[r#"
        `sms` to `mobile` is not used: rule `by-day` denies it (policy)
        would be used if rule `by-day` did not apply
    "#]],
    );
    check(
        rule("only = [\"email\"]"),
        "outside_only",
        expect![[r#"
        `sms` to `mobile` is not used: rule `by-day` allows other kinds only (policy)
        would be used if rule `by-day` did not apply
    "#]],
    );
    check(
        World::usual().policy("[defaults]\ndeny = [\"sms\"]"),
        "denied_by_policy",
        expect![[r#"
            `sms` to `mobile` is not used: the policy denies this kind (policy)
            no single change that was tried would let it through
        "#]],
    );
    check(
        World::usual().policy("[defaults]\nonly = [\"email\"]"),
        "outside_only",
        expect![[r#"
            `sms` to `mobile` is not used: the policy allows other kinds only (policy)
            no single change that was tried would let it through
        "#]],
    );
    check(
        message(json!({ "channels": { "only": ["email"] } })),
        "outside_override",
        expect![[r#"
        `sms` to `mobile` is not used: the message names other kinds only (author)
        would be used if the message did not name its kinds
    "#]],
    );
}

#[test]
fn the_hour_is_not_permitted() {
    let drop = "[purposes.transactional]\nwhen_closed = \"drop\"\n";
    let quiet = profile(json!({ "quiet_hours": { "windows": ["10:00-12:00"] } }));
    check(
        quiet.clone().policy(drop),
        "quiet_hours",
        expect![[r#"
        `sms` to `mobile` is not used until 2026-11-21 11:00Z: quiet hours (customer)
        would be used if it were 2026-11-21 11:00Z
    "#]],
    );
    let hours = format!("{drop}[defaults]\nhours = [\"mon-sat 12:00-18:00\"]");
    check(
        World::usual().policy(&hours),
        "sender_hours",
        expect![[r#"
        `sms` to `mobile` is not used until 2026-11-21 11:00Z: outside the sender's hours (policy)
        would be used if it were 2026-11-21 11:00Z
    "#]],
    );
    let staffed = |hours: &str| {
        let open = format!("open = {{ windows = [\"{hours}\"], zone = \"Europe/Madrid\" }}");
        format!("[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\n{open}")
    };
    check(
        World::usual().policy(drop).channels(&staffed("mon-sat 12:00-18:00")),
        "channel_closed",
        expect![[r#"
        `sms` to `mobile` is not used until 2026-11-21 11:00Z: outside the channel's hours (capability)
        would be used if it were 2026-11-21 11:00Z
    "#]],
    );
    check(
        World::usual().channels(&staffed("mon-fri 09:00-18:00")),
        "never_opens",
        expect![[r#"
            `sms` to `mobile` is not used: no permitted hour within 1 day (capability)
            no single change that was tried would let it through
        "#]],
    );
    check(
        quiet.with(json!({ "message": { "expires": "2026-11-21T10:30:00Z" } })),
        "too_late",
        expect![[r#"
        `sms` to `mobile` is not used: too late: had to leave by 2026-11-21 10:29:59Z (author)
        would be used if the message expired at 2026-11-21 11:00:01Z or later
    "#]],
    );
    let nowhere = json!({ "profile": { "zone": null, "quiet_hours": { "windows": ["22:00-08:00"] } } });
    check(
        World::coupon().with(nowhere),
        "zone_unknown",
        expect![[r#"
            `sms` to `mobile` is not used: hours bind and the customer's time zone is unknown (policy)
            would be used if the customer's time zone were known, and it were open there
        "#]],
    );
}

#[test]
fn a_cap_is_reached() {
    let policy = "[purposes.marketing.then]\ncaps = [{ name = \"promo\", limit = 2, per = \"1w\" }]";
    let sent = |at: &str| json!({ "at": at, "channel": "sms", "kind": "sms", "purpose": "marketing", "topic": "sale" });
    let world = World::coupon().policy(policy);
    let twice = json!([sent("2026-11-18T10:00:00Z"), sent("2026-11-19T10:00:00Z")]);
    check(
        world.clone().with(json!({ "facts": { "history": twice } })),
        "cap_reached",
        expect![[r#"
            `sms` to `mobile` is not used until 2026-11-25 10:00Z: cap `promo` is reached: 2 of 2 in any 1 week (policy)
            would be used if cap `promo` were 3
        "#]],
    );
    // A cap that was overrun must be raised by more than one.
    let often = json!([
        sent("2026-11-17T10:00:00Z"),
        sent("2026-11-18T10:00:00Z"),
        sent("2026-11-19T10:00:00Z"),
        sent("2026-11-20T10:00:00Z"),
    ]);
    check(
        world.with(json!({ "facts": { "history": often } })),
        "cap_reached",
        expect![[r#"
            `sms` to `mobile` is not used until 2026-11-26 10:00Z: cap `promo` is reached: 4 of 2 in any 1 week (policy)
            would be used if cap `promo` were 5
        "#]],
    );
}

#[test]
fn the_content_does_not_fit() {
    let variant = |variant: Value| message(json!({ "content": { "variants": [variant] } }));
    check(
        variant(json!({ "kinds": ["email"], "body": "Hello" })),
        "content_missing",
        expect![[r#"
        `sms` to `mobile` is not used: the message has nothing to say here (author)
        would be used if the message had a text for sms
    "#]],
    );
    check(
        variant(json!({ "form": "long_form", "body": "Hello" })),
        "content_unsuited",
        expect![[r#"
            `sms` to `mobile` is not used: the channel carries no form of the content (capability)
            would be used if the message had a text for sms
        "#]],
    );
    let no_links = World::usual().policy("[defaults]\nno_links = [\"sms\"]").with(json!({
        "message": { "content": { "variants": [{ "body": "Hello", "link": "https://example.com" }] } },
    }));
    check(
        no_links,
        "content_unsuited",
        expect![[r#"
            `sms` to `mobile` is not used: the policy wants no links and the content has one (policy)
            would be used if the content had no link
        "#]],
    );
    let short = "[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\nlimits = [{ max = 12, unit = \"code_points\" }]\n";
    check(
        World::usual().channels(short),
        "too_long",
        expect![[r#"
        `sms` to `mobile` is not used: too long: 24 characters of at most 12 (capability)
        would be used if the text had 12 characters at most
    "#]],
    );
    let session = "[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\", \"template\", \"session\"]\n";
    check(
        World::usual().channels(session),
        "session_closed",
        expect![[r#"
        `sms` to `mobile` is not used: no session is open and there is no template (capability)
        would be used if the message had a template for sms
    "#]],
    );
    let spoke = json!({ "conversations": [{ "id": "case-1", "kind": "sms", "last_inbound": "2026-11-19T09:00:00Z" }] });
    check(
        profile(spoke).channels(session),
        "session_closed",
        expect![[r#"
        `sms` to `mobile` is not used: the session closed at 2026-11-20 09:00Z and there is no template (capability)
        would be used if the message had a template for sms
    "#]],
    );
}

#[test]
fn the_price_is_too_high() {
    let dear = "[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\nprice = { micros = 45000, currency = \"EUR\" }\n";
    let ceiling = |currency: &str| message(json!({ "price_ceiling": { "micros": 20000, "currency": currency } }));
    check(
        ceiling("EUR").channels(dear),
        "too_expensive",
        expect![[r#"
        `sms` to `mobile` is not used: costs 0.045, over the message's ceiling of 0.02 (author)
        would be used if the price ceiling were 0.045 EUR
    "#]],
    );
    check(
        ceiling("USD").channels(dear),
        "price_incomparable",
        expect![[r#"
        `sms` to `mobile` is not used: the price ceiling is in another currency (author)
        would be used if the message had no price ceiling
    "#]],
    );
}

#[test]
fn two_things_in_the_way_are_no_single_change() {
    let world = World::coupon().with(json!({
        "profile": { "consents": [], "preferences": { "choices": [{ "topic": "coupon", "choice": "off" }] } },
        "message": { "content": { "variants": [{ "form": "long_form", "body": "Hello" }] } },
    }));
    check(
        world,
        "consent_missing",
        expect![[r#"
            `sms` to `mobile` is not used: no consent on record for marketing (law); also switched off in the preferences (customer), the channel carries no form of the content (capability)
            no single change that was tried would let it through
        "#]],
    );
}

/// What is not refused but put off says whose word that was, in the table and in the sentence.
#[test]
fn put_off_is_not_refused() {
    let quiet = profile(json!({ "quiet_hours": { "windows": ["10:00-12:00"] } }));
    expect![[r#"
        `sms` to `mobile` is step 3, not before 2026-11-21 11:00Z: quiet hours (customer); next by the policy's order; text
        it is used
    "#]]
    .assert_eq(&answers(&quiet.explained()));
    let down = health(json!({ "state": "down", "until": "2026-11-21T10:05:30Z" }));
    expect![[r#"
        `sms` to `mobile` is step 4, not before 2026-11-21 10:05:30Z: the channel is down, its breaker is open (health); next, in poorer health; text
        it is used
    "#]].assert_eq(&answers(&down.explained()));
    let daily = "[purposes.transactional.then]\ncaps = [{ name = \"daily\", limit = 1, per = \"1d\" }]";
    let sent = json!({
        "at": "2026-11-21T09:00:00Z", "channel": "mail", "kind": "email", "purpose": "transactional", "topic": "receipt",
    });
    let capped = World::usual().policy(daily).with(json!({ "facts": { "history": [sent] } }));
    expect![[r#"
        `sms` to `mobile` is step 3, not before 2026-11-22 09:00Z: cap `daily` is reached: 1 of 1 in any 1 day (policy); next by declared order; text
        it is used
    "#]].assert_eq(&answers(&capped.explained()));
    let later = message(json!({ "not_before": "2026-11-22T08:00:00Z" }));
    expect![[r#"
        `sms` to `mobile` is step 3, not before 2026-11-22 08:00Z: the author wants it no sooner (author); next by the policy's order; text
        it is used
    "#]]
    .assert_eq(&answers(&later.explained()));
    let spread = message(json!({ "created": "2026-11-21T10:00:00Z" })).policy("[defaults]\nspread = \"4h\"");
    expect![[r#"
        `sms` to `mobile` is step 3, not before 2026-11-21 13:04:02Z: the crowd is spread over time (policy); next by declared order; text
        it is used
    "#]]
    .assert_eq(&answers(&spread.explained()));
}

/// Of two channels, the words say by what the first is before the second, and by what the second is behind.
#[test]
fn the_place_in_the_chain_has_a_reason() {
    #[track_caller]
    fn check(world: World, expected: Expect) {
        let plan = world.with(json!({ "profile": { "endpoints": [
            { "id": "home", "kind": "email", "address": "ana@example.com" },
            { "id": "mobile", "kind": "sms", "address": "+34600111222" },
        ] } }));
        let plan = plan.plan();
        let why = |which: &str| plan.trace().why(which).expect("a channel in the plan");
        expected.assert_eq(&format!("{}\n{}\n", why("email"), why("sms")));
    }
    let two = "[[channels]]\nid = \"mail\"\nkind = \"email\"\ncapabilities = [\"text\"]\n\n[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\n";
    let usual = World::usual().channels(two).policy("");
    check(
        usual.clone(),
        expect![[r#"
        `mail` to `home` is step 1: first by declared order; text
        `sms` to `mobile` is step 2: next by declared order; text
    "#]],
    );
    check(
        usual.clone().policy("[defaults]\norder = [\"sms\"]"),
        expect![[r#"
        `mail` to `home` is step 2: next by the policy's order; text
        `sms` to `mobile` is step 1: first by the policy's order; text
    "#]],
    );
    check(
        usual.clone().policy("[[rules]]\nname = \"texts\"\nthen = { order = [\"sms\"] }"),
        expect![[r#"
        `mail` to `home` is step 2: next by the order of rule `texts`; text
        `sms` to `mobile` is step 1: first by the order of rule `texts`; text
    "#]],
    );
    check(
        usual.clone().policy("[[rules]]\nname = \"texts\"\nthen = { prefer = [\"sms\"] }"),
        expect![[r#"
        `mail` to `home` is step 2: next by the policy's preference (rule `texts`); text
        `sms` to `mobile` is step 1: first by the policy's preference (rule `texts`); text
    "#]],
    );
    check(
        usual.clone().with(json!({ "message": { "channels": { "order": ["sms"] } } })),
        expect![[r#"
        `mail` to `home` is step 2: next by the message's own order; text
        `sms` to `mobile` is step 1: first by the message's own order; text
    "#]],
    );
    check(
        usual.clone().with(json!({ "profile": { "preferences": { "order": ["sms"] } } })),
        expect![[r#"
        `mail` to `home` is step 2: next by the customer's own order; text
        `sms` to `mobile` is step 1: first by the customer's own order; text
    "#]],
    );
    check(
        usual.clone().with(json!({ "facts": { "health": { "mail": { "state": "degraded" } } } })),
        expect![[r#"
        `mail` to `home` is step 2: next, in poorer health; text
        `sms` to `mobile` is step 1: first, in better health; text
    "#]],
    );
    let spoke = json!([{ "id": "case-1", "kind": "sms", "last_inbound": "2026-11-21T09:00:00Z" }]);
    check(
        usual.clone().with(json!({ "profile": { "conversations": spoke } })),
        expect![[r#"
        `mail` to `home` is step 2: next, with no conversation open; text
        `sms` to `mobile` is step 1: first, where the conversation is open; text
    "#]],
    );
    let answers = json!({ "sms": { "delivered": 4, "engaged": 3 } });
    check(
        usual.clone().with(json!({ "profile": { "engagement": answers } })),
        expect![[r#"
        `mail` to `home` is step 2: next by expected response; text
        `sms` to `mobile` is step 1: first by expected response; text
    "#]],
    );
    let figures =
        json!({ "sms": { "delivered": 100, "effective": 90 }, "email": { "delivered": 100, "effective": 12 } });
    check(
        usual.clone().with(json!({ "facts": { "campaign": figures } })),
        expect![[r#"
        `mail` to `home` is step 2: next by how the campaign goes; text
        `sms` to `mobile` is step 1: first by how the campaign goes; text
    "#]],
    );
    check(
        usual.policy("[[rules]]\nname = \"both\"\nthen = { group = { all_of = [\"email\", \"sms\"] } }"),
        expect![[r#"
        `mail` to `home` is step 1: the only step; text
        `sms` to `mobile` is step 1: together with mail (rule `both`); text
    "#]],
    );
}

#[test]
fn a_plan_that_nobody_asked_why_says_so() {
    let plan = World::usual().with(json!({ "profile": { "endpoints": [] } })).plan();
    assert_eq!(plan.trace().flip("sms").map(|flip| flip.to_string()).as_deref(), Some("not looked for"));
    assert_eq!(plan.trace().why("pigeon"), None);
}
