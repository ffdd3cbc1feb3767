//! Defects that the laws and the oracle found, each by name so that it stays mended.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waypost::*;

/// One customer with a mailbox and a phone, on a Saturday at eight in the evening.
struct Case {
    policy: Value,
    profile: Value,
    message: Value,
    facts: Value,
}

impl Case {
    fn new() -> Self {
        Self {
            policy: json!({}),
            profile: json!({"id": "c-1", "zone": "UTC", "endpoints": [
                {"id": "home", "kind": "email", "address": "ana@example.com"},
                {"id": "mobile", "kind": "sms", "address": "+34600111222"},
            ]}),
            message: json!({"id": "m-1", "topic": "parcel", "purpose": "transactional", "content": {"variants": [
                {"body": "Your parcel is at the door"},
            ]}}),
            facts: json!({"now": "2026-03-28T20:00:00Z"}),
        }
    }

    /// Lays the fields of an object over those of one part.
    #[track_caller]
    fn with(mut self, part: fn(&mut Self) -> &mut Value, more: Value) -> Self {
        let Value::Object(more) = more else { panic!("an object is expected") };
        part(&mut self).as_object_mut().expect("parts are objects").extend(more);
        self
    }

    #[track_caller]
    fn plan(&self) -> Plan {
        self.router().plan(&read(&self.message), &read(&self.facts))
    }

    #[track_caller]
    fn router(&self) -> Router {
        let channels = json!([
            {"id": "mail", "kind": "email", "capabilities": ["text"]},
            {"id": "sms", "kind": "sms", "capabilities": ["text"], "limits": [{"max": 10, "unit": "bytes"}]},
            {"id": "texts", "kind": "sms", "capabilities": ["text"]},
        ]);
        let config = RouterConfig::builder().policy(read(&self.policy)).descriptors(read::<Vec<_>>(&channels)).build();
        Router::new(config.expect("a policy without errors"), read::<CustomerProfile>(&self.profile))
    }
}

#[track_caller]
fn read<T: DeserializeOwned>(document: &Value) -> T {
    serde_json::from_value(document.clone()).expect("a document")
}

fn policy(case: &mut Case) -> &mut Value {
    &mut case.policy
}

fn profile(case: &mut Case) -> &mut Value {
    &mut case.profile
}

fn message(case: &mut Case) -> &mut Value {
    &mut case.message
}

fn facts(case: &mut Case) -> &mut Value {
    &mut case.facts
}

#[test]
fn a_plan_that_was_read_back_equals_the_plan() {
    let rules = json!({"rules": [
        {"name": "one", "then": {"order": ["sms"]}},
        {"name": "two", "then": {"prefer": ["email"]}},
    ]});
    let plan = Case::new().with(policy, rules).plan();
    let text = serde_json::to_string(&plan).expect("plans are written");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("plans are read"), plan);
}

#[test]
fn a_step_may_be_given_longer_than_the_calendar_lasts() {
    let plan = Case::new().with(policy, json!({"defaults": {"give_up_after": "4294967295d"}})).plan();
    assert_eq!(plan.steps().len(), 2);
    assert!(plan.explain().contains("mail"), "{plan}");
}

#[test]
fn a_word_from_the_future_hides_no_open_conversation() {
    let talks = json!({"conversations": [
        {"id": "later", "kind": "sms", "last_inbound": "2026-03-29T20:00:00Z"},
        {"id": "open", "kind": "sms", "last_inbound": "2026-03-28T19:00:00Z"},
    ]});
    let plan = Case::new().with(profile, talks).plan();
    assert_eq!(plan.conversation().map(ConversationId::as_str), Some("open"));
    assert_eq!(plan.steps()[0].dispatches()[0].channel, "texts");
}

#[test]
fn of_one_conversation_on_two_kinds_the_order_of_input_decides_nothing() {
    let talk = |kind: &str| json!({"id": "talk", "kind": kind, "last_inbound": "2026-03-28T19:00:00Z"});
    let plan = |talks: [Value; 2]| Case::new().with(profile, json!({ "conversations": talks })).plan();
    assert_eq!(plan([talk("sms"), talk("email")]), plan([talk("email"), talk("sms")]));
}

#[test]
fn of_two_authors_at_one_instant_the_order_of_input_decides_nothing() {
    let off = |by: &str| json!({"choice": "off", "set_by": by, "at": "2026-03-01T00:00:00Z"});
    let plan = |choices: [Value; 2]| Case::new().with(profile, json!({"preferences": {"choices": choices}})).plan();
    assert_eq!(plan([off("guardian"), off("person")]), plan([off("person"), off("guardian")]));
}

#[test]
fn a_lift_that_leads_into_a_full_cap_takes_nothing_away() {
    // At night the mail is put off to the morning, when the cap has room again; lifted, it would go out at once, find
    // the cap full and be dropped: it waits for the cap instead.
    let case = |urgency: &str| {
        let said = json!({
            "purposes": {"transactional": {"when_capped": "drop"}},
            "defaults": {"caps": [{"name": "calm", "limit": 1, "per": "6h", "scope": ["person"]}]},
            "rules": [{"name": "wake", "when": {"urgency": "high"}, "then": {"lifts": {"quiet_hours": ["email"]}}}],
        });
        let sent = json!({"at": "2026-03-28T19:00:00Z", "channel": "mail", "kind": "email", "purpose": "service",
            "topic": "news"});
        Case::new()
            .with(policy, said)
            .with(profile, json!({"quiet_hours": {"windows": ["19:30-07:00"]}}))
            .with(message, json!({ "urgency": urgency }))
            .with(facts, json!({"history": [sent]}))
            .plan()
    };
    assert_eq!(instants(&case("normal"), "mail"), ["2026-03-29T07:00:00Z"]);
    assert_eq!(instants(&case("high"), "mail"), ["2026-03-29T01:00:00Z"]);
}

#[test]
fn a_lift_beside_one_that_always_stands_takes_nothing_away_either() {
    // The sender's hours are lifted at every urgency, and with them set aside too nothing would ever open.
    let case = |urgency: &str| {
        let said = json!({
            "purposes": {"transactional": {"when_capped": "drop"}},
            "defaults": {
                "hours": ["19:30-07:00"],
                "caps": [{"name": "calm", "limit": 1, "per": "6h", "scope": ["person"]}],
            },
            "rules": [
                {"name": "always", "then": {"lifts": {"sender_hours": ["email"]}}},
                {"name": "wake", "when": {"urgency": "high"}, "then": {"lifts": {"quiet_hours": ["email"]}}},
            ],
        });
        let sent = json!({"at": "2026-03-28T19:00:00Z", "channel": "mail", "kind": "email", "purpose": "service",
            "topic": "news"});
        Case::new()
            .with(policy, said)
            .with(profile, json!({"quiet_hours": {"windows": ["19:30-07:00"]}}))
            .with(message, json!({ "urgency": urgency }))
            .with(facts, json!({"history": [sent]}))
            .plan()
    };
    assert_eq!(instants(&case("normal"), "mail"), ["2026-03-29T07:00:00Z"]);
    assert_eq!(instants(&case("high"), "mail"), ["2026-03-29T01:00:00Z"]);
}

#[test]
fn nothing_is_planned_past_the_end_of_the_choice_that_lets_it_through() {
    // Who chose nothing gets none of it; this customer wants it until some instant, and the hours open at 07:00.
    let sent = |until: &str| {
        let said = json!({"topics": {"news": {"default": "off"}}});
        let choices = json!({"choices": [{"topic": "news", "choice": "on", "until": until}]});
        let quiet = json!({"preferences": choices, "quiet_hours": {"windows": ["19:30-07:00"]}});
        let plan = Case::new().with(policy, said).with(profile, quiet).with(message, json!({"topic": "news"})).plan();
        instants(&plan, "mail")
    };
    assert_eq!(sent("2026-03-29T07:00:01Z"), ["2026-03-29T07:00:00Z"]);
    assert!(sent("2026-03-29T07:00:00Z").is_empty());
}

/// When a channel is sent through.
fn instants(plan: &Plan, channel: &str) -> Vec<String> {
    let sent = plan.dispatches().filter(|sent| sent.channel == channel);
    sent.map(|sent| sent.not_before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).collect()
}

#[test]
fn a_fallback_never_goes_out_at_the_instant_at_which_hours_close() {
    // The longest delay ends as the hours close, and the message falls back later than that.
    let said = json!({"defaults": {"hours": ["08:00-20:00"], "give_up_after": "2d"}});
    let plan = Case::new().with(policy, said).with(facts, json!({"now": "2026-03-28T20:00:00Z"})).plan();
    assert_eq!(instants(&plan, "mail"), ["2026-03-29T08:00:00Z"]);
    assert_eq!(instants(&plan, "texts"), ["2026-03-29T19:59:59Z"]);
}

#[test]
fn a_fallback_that_comes_up_at_a_closed_hour_waits_for_the_next_open_one_where_channels_are_dropped() {
    let said = json!({
        "purposes": {"transactional": {"when_closed": "drop", "max_delay": "3d"}},
        "defaults": {"hours": ["08:00-21:00"], "give_up_after": "2h"},
    });
    let plan = Case::new().with(policy, said).plan();
    assert_eq!(instants(&plan, "mail"), ["2026-03-28T20:00:00Z"]);
    assert_eq!(instants(&plan, "texts"), ["2026-03-29T08:00:00Z"]);
}

#[test]
fn of_texts_that_are_too_long_the_shortest_is_measured() {
    let content = json!({"content": {"variants": [{"body": "Your parcel is at the door"}, {"body": "At the door"}]}});
    let plan = Case::new().with(message, content).plan();
    let reason = plan.trace().candidate("sms").and_then(|candidate| candidate.verdict.reason());
    assert_eq!(
        reason,
        Some(Reason::TooLong { field: waypost::content::Field::Body, unit: Unit::Bytes, measured: 11, max: 10 })
    );
}

#[test]
fn the_authors_order_comes_before_the_places_in_a_group() {
    let grouped = json!({"defaults": {"group": {"one_of": ["email", "sms"]}}});
    let plan = Case::new().with(policy, grouped).with(message, json!({"channels": {"order": ["sms"]}})).plan();
    let channels: Vec<_> = plan.dispatches().map(|sent| sent.channel.to_string()).collect();
    assert_eq!(channels, ["texts", "mail"]);
}

#[test]
fn a_step_that_is_wanted_too_late_does_not_go_out_as_the_hours_close() {
    // The text is wanted half an hour after the mail, which waits for its provider; hours close at nine, and that is
    // the last instant from which a text would arrive in time.
    let said = json!({"defaults": {"order": ["email", "sms"], "hours": ["08:00-21:00"], "patience": "1h",
        "give_up_after": "2h", "rank": ["order"]}});
    let plan = Case::new()
        .with(policy, said)
        .with(message, json!({"expires": "2026-03-28T21:00:01Z"}))
        .with(facts, json!({"health": {"mail": {"state": "down", "until": "2026-03-28T20:50:00Z"}}}))
        .plan();
    let sends: Vec<_> = plan.dispatches().map(|sent| (sent.channel.to_string(), sent.not_before.to_string())).collect();
    assert_eq!(
        sends,
        [
            ("mail".to_owned(), "2026-03-28 20:50:00 UTC".to_owned()),
            ("texts".to_owned(), "2026-03-28 20:59:59 UTC".to_owned())
        ]
    );
}

#[test]
fn a_confirmation_does_not_outlive_the_plan() {
    let mut case = Case::new();
    case.policy = json!({"defaults": {"expires_after": "15m"}});
    let plan = case.plan();
    let first = plan.steps()[0].dispatches()[0];
    assert_eq!(first.expires, plan.expires());
    let later = Facts::at("2026-03-28T21:00:00Z".parse().expect("an instant"));
    let router = case.router();
    let answer = router.confirm(&first, &read(&case.message), &later);
    assert!(matches!(answer, Confirmation::Stop { reason: Reason::Expired { .. } }), "{answer:?}");
}

#[test]
fn a_profile_holds_no_more_endpoints_than_a_plan_can_number() {
    let endpoint = |number: usize| {
        let id = format!("e-{number}").parse().expect("a name");
        Endpoint::new(id, ChannelKind::PUSH, "token").expect("an address")
    };
    let with = |count: usize| {
        let builder = CustomerProfile::builder("c-1".parse().expect("a name"));
        (0..count).fold(builder, |builder, number| builder.endpoint(endpoint(number))).build()
    };
    assert!(with(256).is_ok());
    assert_eq!(with(257), Err(InvalidProfile::TooManyEndpoints(257)));
}
