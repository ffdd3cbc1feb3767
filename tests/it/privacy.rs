//! No address, no word to a customer and no attribute in a log, an error, an explanation or a plan.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waypost::{
    Address, AddressForm, AttributeValue, ChannelList, ConsentEvent, Content, Conversation, CustomerProfile, Digest,
    Endpoint, Engagement, Facts, JurisdictionEvidence, Message, Policy, Preference, Preferences, QuietHours,
    RegistryCheck, Router, RouterConfig, Suppression, SuppressionList, Template, Variant, ZoneEvidence,
};

const PROFILE: &str = include_str!("wire/profile.json");
const MESSAGE: &str = include_str!("wire/message.json");
const FACTS: &str = include_str!("wire/facts.json");

/// Pieces of every address, attribute, title, body, link and parameter in the documents above.
const SECRETS: &[&str] = &[
    "dGhlLXB1c2gt",
    "ana.secret",
    "ana.office",
    "example.com",
    "5512345678",
    "turquoise",
    "998877",
    "Solo hoy",
    "tetera",
    "esperamos",
    "eapots",
    "secret-coupon",
    "shop.example",
    "Ana Secreta",
    "20%",
];

#[track_caller]
fn check(shown: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!shown.contains(secret), "`{secret}` is shown in: {shown}");
    }
}

#[track_caller]
fn check_debug(value: &impl Debug) {
    check(&format!("{value:?}"), SECRETS);
    check(&format!("{value:#?}"), SECRETS);
}

fn world() -> (CustomerProfile, Message, Facts, std::sync::Arc<RouterConfig>) {
    let policy = Policy::from_toml(include_str!("wire/policy.toml")).expect("a policy");
    let channels = ChannelList::from_toml(include_str!("wire/channels.toml")).expect("channels");
    let config =
        RouterConfig::builder().descriptors(channels.channels).policy(policy).build().expect("a configuration");
    let read = "the golden documents read";
    (
        serde_json::from_str(PROFILE).expect(read),
        serde_json::from_str(MESSAGE).expect(read),
        serde_json::from_str(FACTS).expect(read),
        config,
    )
}

#[test]
fn debug_shows_nothing_personal() {
    let (profile, message, facts, config) = world();
    check_debug(&profile);
    check_debug(&profile.to_builder());
    profile.endpoints().iter().for_each(|endpoint| check_debug(endpoint));
    profile.endpoints().iter().for_each(|endpoint| check_debug(endpoint.address()));
    profile.attributes().values().for_each(|value| check_debug(value));
    check_debug(&message);
    check_debug(&message.to_builder());
    check_debug(message.content());
    message.content().variants.iter().for_each(|variant| check_debug(variant));
    message.content().variants.iter().for_each(|variant| check_debug(&variant.template));
    check_debug(&facts);
    check_debug(&*config);
    let policy = Policy::from_toml(include_str!("wire/policy.toml")).expect("a policy");
    check_debug(&policy);
    check_debug(&RouterConfig::builder().policy(policy));
    check_debug(&Router::new(config, profile));
}

#[test]
fn plans_and_explanations_hold_names_only() {
    let (profile, message, facts, config) = world();
    let router = Router::new(config, profile);
    for plan in [router.plan(&message, &facts), router.explain(&message, &facts)] {
        check_debug(&plan);
        check(&plan.explain(), SECRETS);
        check(&plan.trace().to_string(), SECRETS);
        check(&serde_json::to_string(&plan).expect("JSON"), SECRETS);
        for candidate in plan.trace().candidates() {
            check(&plan.trace().why(candidate.channel).expect("a channel of the plan"), SECRETS);
            check(&plan.trace().flip(candidate.channel).expect("a channel of the plan").to_string(), SECRETS);
        }
        for dispatch in plan.dispatches() {
            check_debug(&router.confirm(dispatch, &message, &facts));
        }
    }
}

/// What somebody may write in the wrong place, and what of it must not come back.
fn misplaced() -> [Value; 9] {
    [
        json!("carla@private.example"),
        json!("+34600111222"),
        json!("Carla, your code is \"4711\", expected `soon`"),
        json!(34600111222_u64),
        json!(-34600111222_i64),
        json!(34600111.5),
        json!(["carla@private.example", 34600111222_u64]),
        json!({ "carla@private.example": 34600111222_u64 }),
        json!({ "address": "carla@private.example", "+34600111222": true }),
    ]
}

const MISPLACED: &[&str] = &["carla", "Carla", "private", "34600111", "4711"];

/// Reads a document in every way there is and looks through the errors.
#[track_caller]
fn check_refusal<T: DeserializeOwned>(document: &Value) {
    let text = document.to_string();
    let from_text = serde_json::from_str::<T>(&text).err();
    let from_value = serde_json::from_value::<T>(document.clone()).err();
    for error in from_text.into_iter().chain(from_value) {
        check(&error.to_string(), SECRETS);
        check(&error.to_string(), MISPLACED);
        check(&format!("{error:?}"), MISPLACED);
    }
}

/// Every value of a document replaced, every map given one entry more.
#[track_caller]
fn check_everywhere<T: DeserializeOwned>(document: &str) {
    let seen = check_places::<T>(&serde_json::from_str(document).expect("JSON"));
    assert!(seen > 20, "the document is a full one");
}

#[track_caller]
fn check_places<T: DeserializeOwned>(document: &Value) -> usize {
    let mut places = vec![String::new()];
    let mut seen = 0;
    while let Some(place) = places.pop() {
        seen += 1;
        let here = document.pointer(&place).expect("a place of the document");
        match here {
            Value::Object(map) => places.extend(map.keys().map(|key| format!("{place}/{key}"))),
            Value::Array(list) => places.extend((0..list.len()).map(|at| format!("{place}/{at}"))),
            _ => {}
        }
        for wrong in misplaced() {
            let mut changed = document.clone();
            *changed.pointer_mut(&place).expect("the same place") = wrong.clone();
            check_refusal::<T>(&changed);
            if here.is_object() {
                for key in ["carla@private.example", "+34600111222", "Carla, this is \"you\""] {
                    let mut changed = document.clone();
                    changed.pointer_mut(&place).expect("the same place")[key] = wrong.clone();
                    check_refusal::<T>(&changed);
                }
            }
        }
    }
    seen
}

#[test]
fn no_error_repeats_a_value_of_a_profile() {
    check_everywhere::<CustomerProfile>(PROFILE);
}

#[test]
fn no_error_repeats_a_value_of_a_message() {
    check_everywhere::<Message>(MESSAGE);
}

#[test]
fn no_error_repeats_a_value_of_the_facts() {
    check_everywhere::<Facts>(FACTS);
}

#[test]
fn parts_that_are_read_alone_are_as_discreet() {
    for wrong in misplaced() {
        check_refusal::<AttributeValue>(&wrong);
        check_refusal::<Endpoint>(&wrong);
        check_refusal::<Endpoint>(&json!({ "id": "home", "kind": "email", "address": wrong.clone() }));
        check_refusal::<Content>(&json!({ "variants": wrong.clone() }));
        check_refusal::<Variant>(&json!({ "body": wrong.clone(), "form": wrong.clone() }));
        check_refusal::<Template>(&json!({ "name": "t", "parameters": wrong }));
    }
}

/// What is kept beside a profile and read by itself.
#[test]
fn records_that_are_read_alone_are_as_discreet() {
    check_record::<ConsentEvent>(json!({
        "action": "grant", "at": "2026-01-01T00:00:00Z", "basis": "soft_opt_in", "source": "form", "evidence": "e-1",
        "scope": { "kind": "email", "endpoint": "home", "purpose": "marketing", "topic": "coupon", "tenant": "brand" },
        "effective_from": "2026-01-02T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z", "id": "e-9",
        "notice_version": "v1", "jurisdiction": "es", "recorded_by": "crm",
    }));
    check_record::<Suppression>(json!({
        "class": "stop", "endpoint": "home", "kind": "sms", "purpose": "marketing", "since": "2026-01-01T00:00:00Z",
        "until": "2027-01-01T00:00:00Z",
    }));
    check_record::<RegistryCheck>(json!({
        "kind": "sms", "endpoint": "home", "listed": true, "checked_at": "2026-01-01T00:00:00Z",
        "valid_until": "2026-02-01T00:00:00Z", "registry": "sg-dnc",
    }));
    check_record::<Preferences>(json!({
        "choices": [{
            "topic": "coupon", "kind": "sms", "choice": "off", "set_by": "tenant", "at": "2026-01-01T00:00:00Z",
            "until": "2026-02-01T00:00:00Z", "locked": true,
        }],
        "order": ["email"], "topic_orders": { "coupon": ["sms"] },
    }));
    check_record::<Preference>(json!({ "topic": "coupon", "choice": "off", "locked": true }));
    check_record::<ZoneEvidence>(json!({ "zones": ["Europe/Madrid"], "basis": "declared" }));
    check_record::<JurisdictionEvidence>(json!({ "places": ["ES"], "basis": "declared" }));
    check_record::<QuietHours>(json!({ "windows": ["22:00-07:00"], "until": "2026-02-01T00:00:00Z" }));
    check_record::<Engagement>(json!({ "delivered": 3, "engaged": 1, "last_engaged": "2026-02-01T00:00:00Z" }));
    check_record::<Conversation>(json!({ "id": "talk", "kind": "chat", "last_inbound": "2026-02-01T00:00:00Z" }));
    check_record::<Digest>(json!("0f".repeat(32)));
    check_record::<SuppressionList>(
        json!({ "entries": { "0f".repeat(32): [{ "class": "stop", "kind": "sms", "since": "2026-01-01T00:00:00Z" }] } }),
    );
}

/// A record that reads, with every value replaced.
#[track_caller]
fn check_record<T: DeserializeOwned>(record: Value) {
    serde_json::from_value::<T>(record.clone()).expect("a record that reads");
    check_places::<T>(&record);
}

#[test]
fn a_text_cut_off_anywhere_is_refused_discreetly() {
    for end in (0..PROFILE.len()).filter(|end| PROFILE.is_char_boundary(*end)) {
        if let Err(error) = serde_json::from_str::<CustomerProfile>(&PROFILE[..end]) {
            check(&error.to_string(), SECRETS);
        }
    }
}

#[test]
fn a_wrong_address_or_name_is_not_repeated() {
    let long = "carla".repeat(100);
    for text in ["carla@private", "carla private", "+34600111", "34600111222", "", &long] {
        for form in [AddressForm::Phone, AddressForm::Email, AddressForm::Opaque] {
            if let Err(error) = Address::new(form, text) {
                check(&format!("{error} {error:?}"), MISPLACED);
            }
        }
        let errors = [
            text.parse::<waypost::EndpointId>().err().map(|error| format!("{error} {error:?}")),
            text.parse::<waypost::CustomerId>().err().map(|error| format!("{error} {error:?}")),
            text.parse::<waypost::Code>().err().map(|error| format!("{error} {error:?}")),
            text.parse::<waypost::Locale>().err().map(|error| format!("{error} {error:?}")),
            text.parse::<waypost::Country>().err().map(|error| format!("{error} {error:?}")),
            text.parse::<waypost::ReceiptKind>().err().map(|error| format!("{error} {error:?}")),
        ];
        errors.iter().flatten().for_each(|shown| check(shown, MISPLACED));
    }
}

#[test]
fn an_error_still_says_where_and_what_was_expected() {
    #[track_caller]
    fn check(document: &str, expected: &str) {
        let error = serde_json::from_str::<CustomerProfile>(document).expect_err("a wrong profile");
        assert_eq!(error.to_string(), expected);
    }
    check(
        "{\"id\": \"c\",\n \"endpoints\": [{\"id\": \"a\", \"kind\": \"sms\", \"address\": 600111222}]}",
        "invalid type: integer, expected a string at line 2 column 62",
    );
    check(
        r#"{"id": "c", "endpoints": [{"id": "a", "kind": "sms", "adress": "+34600111222"}]}"#,
        "unknown field `adress`, expected one of `id`, `kind`, `address`, `health`, `verified`, `verified_at`, `zone`, `jurisdictions` \
         at line 1 column 61",
    );
    check(
        r#"{"id": "c", "attributes": {"age": 1.5}}"#,
        "invalid type: floating point number, expected a truth, a whole number of at most 63 bits or a text \
         at line 1 column 37",
    );
    check(
        r#"{"id": "c", "quiet_hours": {"windows": ["carla"]}}"#,
        "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00` at line 1 column 48",
    );
    check(
        r#"{"id": "c", "engagement": {"sms": {"delivered": "many", "engaged": 0}}}"#,
        "expected a whole number in range at line 1 column 54",
    );
}

/// Policies are the sender's own, so their errors may and should repeat what is wrong.
#[test]
fn a_policy_is_told_what_it_said() {
    let error = Policy::from_json(r#"{"defaults": {"give_up_after": "soon"}}"#).expect_err("no duration");
    assert!(error.to_string().contains("`soon`"), "{error}");
}

#[test]
fn a_document_read_by_its_own_function_is_as_discreet() {
    use serde::Deserialize;
    let values = json!({"now": MARK, "default_locale": MARK, "kinds": MARK, "name": [MARK]});
    let errors = [
        Facts::deserialize(&values).expect_err("no instant").to_string(),
        Content::deserialize(&values).expect_err("no content").to_string(),
        Variant::deserialize(&values).expect_err("no variant").to_string(),
        Template::deserialize(&values).expect_err("no template").to_string(),
    ];
    assert!(errors.iter().all(|error| !error.contains(MARK)), "{errors:?}");
}

/// A value that stands nowhere else.
const MARK: &str = "mark@example.com";
