//! The wire: documents of version 1 keep reading, nothing unknown is swallowed, and codes from a newer writer are
//! kept and never widen anything.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use waypost::{
    Authority, ChannelKind, ChannelList, Code, CustomerProfile, Ending, Execution, Facts, Flip, Gate, Message, Output,
    Plan, Policy, Reason, Router, RouterConfig, Standing, Verdict,
};

const PROFILE: &str = include_str!("wire/profile.json");
const MESSAGE: &str = include_str!("wire/message.json");
const FACTS: &str = include_str!("wire/facts.json");
const CHANNELS: &str = include_str!("wire/channels.json");
const CHANNELS_TOML: &str = include_str!("wire/channels.toml");
const POLICY: &str = include_str!("wire/policy.json");
const POLICY_TOML: &str = include_str!("wire/policy.toml");
const PLAN: &str = include_str!("wire/plan.json");
const PLAN_EXPLAINED: &str = include_str!("wire/plan_explained.json");
const REASONS: &str = include_str!("wire/reasons.json");
const FLIPS: &str = include_str!("wire/flips.json");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// A golden document reads, and what was read is written as the same value and reads as the same again.
#[track_caller]
fn check_golden<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> T {
    let read: T = serde_json::from_str(text).expect("a golden document reads");
    assert_eq!(serde_json::to_value(&read).expect("it writes"), parsed(text));
    let written = serde_json::to_string(&read).expect("it writes");
    assert_eq!(serde_json::from_str::<T>(&written).expect("what was written reads"), read);
    assert_eq!(serde_json::from_value::<T>(parsed(&written)).expect("in whatever order"), read);
    read
}

mod golden {
    use super::*;

    #[test]
    fn a_profile() {
        let profile = check_golden::<CustomerProfile>(PROFILE);
        // As full as can be: a field that is added and left out here would go untested.
        assert_eq!(parsed(PROFILE).as_object().map(serde_json::Map::len), Some(16));
        assert_eq!(profile.endpoints().len(), 5);
        assert_eq!(profile.to_builder().build(), Ok(profile));
    }

    #[test]
    fn a_profile_with_all_that_can_be_said_of_consent() {
        let profile = check_golden::<CustomerProfile>(include_str!("wire/consent_profile.json"));
        let sources: Vec<_> = profile.consents().iter().filter_map(|event| event.source).collect();
        assert!(sources.iter().any(|source| source.code() == "court_clerk"), "an unknown source is kept: {sources:?}");
    }

    #[test]
    fn an_execution_in_the_middle_of_its_life() {
        let mut execution = check_golden::<Execution>(include_str!("wire/execution.json"));
        assert_eq!(Execution::from_json(&execution.to_json()).as_ref(), Ok(&execution));
        // It goes on where it stopped: it waits for a gate, and then for receipts.
        let waits = execution.wakes_at().expect("it waits for a gate");
        execution.handle_timeout(waits);
        let handed = std::iter::from_fn(|| match execution.poll() {
            Output::Dispatch(handed) => Some(handed.key.to_string()),
            _ => None,
        });
        assert!(handed.count() > 0);
        let outcome = execution.outcome();
        assert_eq!((outcome.ending, outcome.strays.len(), outcome.tried.len() > 2), (Ending::Running, 1, true));
    }

    #[test]
    fn a_policy_with_all_that_can_be_asked_of_consent() {
        let policy = check_golden::<Policy>(
            r#"{
                "version": 1,
                "resolution": "suprsend",
                "defaults": {},
                "purposes": {
                    "marketing": {
                        "consent": "opt_in",
                        "consent_bases": ["consent", "soft_opt_in"],
                        "double_opt_in": ["email"],
                        "registry_fresh": ["voice"]
                    }
                }
            }"#,
        );
        assert_eq!(policy.resolution, waypost::Resolution::SuprSend);
    }

    #[test]
    fn a_list_of_suppressions_that_outlived_their_customers() {
        let list = check_golden::<waypost::SuppressionList>(
            r#"{
                "version": 1,
                "entries": {
                    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7": [
                        { "class": "stop", "kind": "sms", "purpose": "marketing", "since": "2025-03-03T03:03:03Z" },
                        { "class": "deceased" },
                        { "class": "court_order", "until": "2030-01-01T00:00:00Z" }
                    ]
                }
            }"#,
        );
        assert_eq!(list.entries.len(), 1);
    }

    #[test]
    fn a_message() {
        let message = check_golden::<Message>(MESSAGE);
        assert_eq!(parsed(MESSAGE).as_object().map(serde_json::Map::len), Some(15));
        assert_eq!(message.to_builder().build(), Ok(message));
    }

    #[test]
    fn facts() {
        check_golden::<Facts>(FACTS);
        assert_eq!(parsed(FACTS).as_object().map(serde_json::Map::len), Some(9));
    }

    #[test]
    fn channels_in_both_languages() {
        let channels = check_golden::<ChannelList>(CHANNELS);
        assert_eq!(ChannelList::from_toml(CHANNELS_TOML).as_ref(), Ok(&channels));
        assert_eq!(ChannelList::from_json(CHANNELS).as_ref(), Ok(&channels));
        let written = toml::to_string(&channels).expect("it writes");
        assert_eq!(ChannelList::from_toml(&written), Ok(channels));
    }

    /// Everything in a policy that is settings.
    fn settings(policy: &Value) -> Vec<&Value> {
        let purposes = policy["purposes"].as_object().expect("a map").values().map(|purpose| &purpose["then"]);
        let rules = policy["rules"].as_array().expect("a list").iter().map(|rule| &rule["then"]);
        [&policy["defaults"]].into_iter().chain(purposes).chain(rules).collect()
    }

    #[test]
    fn a_policy_in_both_languages() {
        let policy = check_golden::<Policy>(POLICY);
        assert_eq!(parsed(POLICY).as_object().map(serde_json::Map::len), Some(14));
        let document = parsed(POLICY);
        let settings = settings(&document);
        for field in waypost::policy::Field::ALL {
            assert!(settings.iter().any(|said| said.get(field.code()).is_some()), "{field} is said nowhere");
        }
        let ranked = document["defaults"]["rank"].as_array().map(Vec::len);
        assert_eq!(ranked, Some(waypost::policy::RankField::ALL.len()));
        assert_eq!(document["purposes"]["marketing"].as_object().map(serde_json::Map::len), Some(11));
        assert_eq!(Policy::from_toml(POLICY_TOML).as_ref(), Ok(&policy));
        assert_eq!(Policy::from_json(POLICY).as_ref(), Ok(&policy));
        let written = toml::to_string(&policy).expect("it writes");
        assert_eq!(Policy::from_toml(&written), Ok(policy));
    }

    /// Plans are kept for years and compared byte by byte.
    #[test]
    fn plans_to_the_byte() {
        for text in [PLAN, PLAN_EXPLAINED] {
            let plan = check_golden::<Plan>(text);
            let written = serde_json::to_string_pretty(&plan).expect("it writes");
            assert_eq!(written, text.trim_end());
            let trace = serde_json::to_string(plan.trace()).expect("it writes");
            assert_eq!(serde_json::from_str::<waypost::DecisionTrace>(&trace).as_ref().ok(), Some(plan.trace()));
        }
        // As full as can be, and one of a time that knew less.
        assert_eq!(parsed(PLAN).as_object().map(serde_json::Map::len), Some(18));
        assert_eq!(parsed(PLAN)["steps"][0].as_object().map(serde_json::Map::len), Some(6));
        let plan = check_golden::<Plan>(PLAN);
        assert_eq!((plan.tags().len(), plan.cancel_on().len(), plan.counts_toward_caps()), (2, 2, false));
        let early = plan.steps()[0].dispatches()[1];
        assert_eq!((early.branch.lane, early.recallable, early.earliest() < early.not_before), (1, true, true));
        let plan = check_golden::<Plan>(PLAN_EXPLAINED);
        assert_eq!((plan.tags().len(), plan.seed(), plan.counts_toward_caps()), (0, 0, true));
        let known = plan.steps()[0].dispatches()[0];
        assert_eq!((known.branch.lane, known.recallable, known.earliest() == known.not_before), (0, false, true));
        let stand_ins = |plan: &Plan| plan.always().iter().flatten().filter(|step| step.is_stand_in()).count();
        assert_eq!(stand_ins(&check_golden::<Plan>(PLAN)), 1);
        let plan = check_golden::<Plan>(PLAN_EXPLAINED);
        assert!(plan.steps().iter().any(|step| step.dispatches().len() > 1) && !plan.always().is_empty());
    }

    /// A plan of a time with fewer ranking fields did not compare by the others, one of a newer time says more.
    #[test]
    fn rank_keys_of_any_length() {
        for (fields, last) in [(json!([7]), 0), (json!([7, 0, 0, 0, 0, 0, 0, 0, 0]), 0), (json!(vec![7; 12]), 7)] {
            let key = json!({ "fields": fields, "declared": 3 });
            let key = serde_json::from_value::<waypost::RankKey>(key).expect("a key");
            assert_eq!((key.value(0), key.value(9), key.value(10)), (Some(7), Some(last), None));
        }
    }

    #[test]
    fn every_reason() {
        let reasons = check_golden::<Vec<Reason>>(REASONS);
        for (reason, document) in reasons.iter().zip(parsed(REASONS).as_array().expect("a list")) {
            assert!(!matches!(reason, Reason::Unrecognized { .. }), "{document} is known");
            assert_eq!(Some(reason.code()), document["code"].as_str());
            // Inside a verdict, where the tags of both stand side by side.
            let verdict = json!({ "verdict": "refused", "reason": document });
            assert_eq!(serde_json::from_value(verdict).ok(), Some(Verdict::Refused { reason: *reason }));
        }
    }

    #[test]
    fn every_change() {
        assert_eq!(check_golden::<Vec<Flip>>(FLIPS).len(), 25);
    }

    #[test]
    fn every_verdict() {
        check_golden::<Verdict>(r#"{"verdict": "eligible"}"#);
        check_golden::<Verdict>(
            r#"{"verdict": "deferred", "until": "2026-11-21T17:00:00Z",
                "reason": {"code": "quiet_hours", "until": "2026-11-21T17:00:00Z"}}"#,
        );
        check_golden::<Verdict>(r#"{"verdict": "refused", "reason": {"code": "not_present"}}"#);
    }
}

/// What stands nowhere in the documentation is a slip of the pen, and a slip in a policy may cost a customer.
mod unknown_fields {
    use super::*;

    #[track_caller]
    fn check_toml(text: &str, place: (usize, usize), message: &str) {
        let error = Policy::from_toml(text).expect_err("an unknown field");
        assert_eq!((error.line(), error.column()), place, "{error}");
        assert!(error.message().starts_with(message), "{error}");
    }

    #[test]
    fn in_a_policy_in_toml() {
        check_toml("nme = \"x\"", (1, 1), "unknown field `nme`");
        check_toml("[defaults]\norder = [\"sms\"]\nordr = [\"sms\"]", (3, 1), "unknown field `ordr`");
        check_toml("[purposes.marketing]\nconsnt = \"opt_in\"", (2, 1), "unknown field `consnt`");
        check_toml("[defaults.by_kind.sms]\nretri = {}", (2, 1), "unknown field `retri`");
        check_toml("[defaults.retry]\nattempt = 3", (2, 1), "unknown field `attempt`");
        check_toml("[purposes.marketing.then]\n  spred = \"1h\"", (2, 3), "unknown field `spred`");
        check_toml("[topics.coupon]\nrequird = true", (2, 1), "unknown field `requird`");
        check_toml("[priors]\nstrenght = 2", (2, 1), "unknown field `strenght`");
        let rule = "[[rules]]\nname = \"r\"\n";
        check_toml(&format!("{rule}wen = {{}}\nthen = {{}}"), (3, 1), "unknown field `wen`");
        check_toml(&format!("{rule}when = {{ topc = \"a\" }}\nthen = {{}}"), (3, 10), "unknown field `topc`");
        check_toml(
            &format!("{rule}when = {{ any = [{{ topic = \"a\" }}, {{ not = {{ tpic = \"b\" }} }}] }}\nthen = {{}}"),
            (3, 44),
            "unknown field `tpic`",
        );
        check_toml(
            &format!("{rule}when = {{ attribute = {{ age = {{ gee = 18 }} }} }}\nthen = {{}}"),
            (3, 32),
            "unknown field `gee`",
        );
        check_toml(
            &format!("{rule}[rules.then]\ncaps = [{{ name = \"c\", limit = 1, pre = \"1d\" }}]"),
            (4, 34),
            "unknown field `pre`",
        );
        check_toml(
            &format!("{rule}[rules.then]\ngroup = {{ one_off = [\"sms\"] }}"),
            (4, 11),
            "unknown variant `one_off`, expected `one_of` or `all_of`",
        );
        check_toml(
            &format!("{rule}[rules.then]\nlifts = {{ law = [\"sms\"] }}"),
            (4, 11),
            "unknown variant `law`, expected one of",
        );
        check_toml(&format!("{rule}then = {{ settle_on = \"sold\" }}"), (3, 22), "unknown receipt, expected one of");
    }

    #[track_caller]
    fn check_json(text: &str, place: (usize, usize), message: &str) {
        let error = Policy::from_json(text).expect_err("an unknown field");
        assert_eq!((error.line(), error.column()), place, "{error}");
        assert!(error.message().starts_with(message), "{error}");
    }

    /// A JSON reader notices at the end of the name.
    #[test]
    fn in_a_policy_in_json() {
        check_json("{\n  \"nme\": \"x\"}", (2, 7), "unknown field `nme`");
        check_json("{\"defaults\": {\n\"ordr\": []}}", (2, 6), "unknown field `ordr`");
        let rules = |inside: &str| format!("{{\"rules\": [\n{{\"name\": \"r\",\n{inside}}}]}}");
        check_json(&rules("\"wen\": {}"), (3, 5), "unknown field `wen`");
        check_json(&rules("\"when\": {\n\"topc\": \"a\"}, \"then\": {}"), (4, 6), "unknown field `topc`");
        check_json(&rules("\"when\": {\"any\": [{\"not\":\n{\"tpic\": 1}}]}"), (4, 7), "unknown field `tpic`");
        check_json(&rules("\"when\": {\"attribute\": {\"age\":\n{\"gee\": 1}}}"), (4, 6), "unknown field `gee`");
        check_json(&rules("\"then\": {\"caps\": [{\"name\": \"c\",\n\"pre\": 1}]}"), (4, 5), "unknown field `pre`");
        check_json(&rules("\"then\": {\"group\":\n{\"one_off\": []}}"), (4, 10), "unknown variant `one_off`");
    }

    /// Adds a field to every map of a document that is not keyed by names of the integrator's own.
    #[track_caller]
    fn check_everywhere<T: DeserializeOwned + Debug>(text: &str, keyed: &[&str]) {
        let document = parsed(text);
        let mut places = vec![String::new()];
        while let Some(place) = places.pop() {
            match document.pointer(&place).expect("a place of the document") {
                Value::Object(map) => {
                    places.extend(map.keys().map(|key| format!("{place}/{key}")));
                    if keyed.contains(&place.as_str()) {
                        continue;
                    }
                    let mut changed = document.clone();
                    changed.pointer_mut(&place).expect("the same place")["surprise"] = json!(1);
                    let error = serde_json::from_value::<T>(changed).expect_err(&place).to_string();
                    assert!(error.starts_with("unknown field `surprise`"), "{place}: {error}");
                }
                Value::Array(list) => places.extend((0..list.len()).map(|at| format!("{place}/{at}"))),
                _ => {}
            }
        }
    }

    #[test]
    fn in_every_part_of_the_other_documents() {
        check_everywhere::<CustomerProfile>(PROFILE, &["/attributes", "/engagement", "/preferences/topic_orders"]);
        check_everywhere::<Message>(MESSAGE, &[]);
        check_everywhere::<Facts>(FACTS, &["/health", "/campaign"]);
        check_everywhere::<ChannelList>(CHANNELS, &[]);
    }
}

/// The last of two words would win silently; in a policy that is a rule nobody reads.
mod keys_said_twice {
    use super::*;

    #[track_caller]
    fn check<T: DeserializeOwned + Debug>(text: &str, key: &str) {
        let error = serde_json::from_str::<T>(text).expect_err(text).to_string();
        assert!(error.starts_with(&format!("`{key}` stands twice in one map")), "{text}: {error}");
        assert!(!error.contains("4711"), "{error}");
    }

    #[test]
    fn in_a_policy() {
        check::<Policy>(r#"{"purposes": {"service": {}, "marketing": {}, "service": {}}}"#, "service");
        check::<Policy>(r#"{"topics": {"news": {}, "news": {"required": true}}}"#, "news");
        check::<Policy>(r#"{"defaults": {"lifts": {"caps": ["sms"], "caps": []}}}"#, "caps");
        check::<Policy>(r#"{"defaults": {"by_kind": {"sms": {}, "sms": {}}}}"#, "sms");
        check::<Policy>(r#"{"defaults": {"on_failure": {"silent": "stop", "silent": "next"}}}"#, "silent");
        let rules = r#"{"rules": [{"name": "r", "when": {"attribute": {"age": 1, "age": 4711}}, "then": {}}]}"#;
        check::<Policy>(rules, "age");
        check::<Policy>(r#"{"priors": {"rates": {"student": {}, "student": {}}}}"#, "student");
        check::<Policy>(r#"{"priors": {"rates": {"student": {"sms": 1, "sms": 2}}}}"#, "sms");
        let error = Policy::from_json("{\"topics\": {\"news\": {},\n\"news\": {}}}").expect_err("two words");
        assert_eq!((error.line(), error.message()), (2, "`news` stands twice in one map"));
    }

    #[test]
    fn in_what_is_known_of_the_customer() {
        let profile = |part: &str| format!(r#"{{"id": "c-1", {part}}}"#);
        check::<CustomerProfile>(&profile(r#""attributes": {"pin": 4711, "pin": 4711}"#), "pin");
        let engaged = r#"{"delivered": 4711, "engaged": 0}"#;
        let engagement = profile(&format!(r#""engagement": {{"sms": {engaged}, "sms": {engaged}}}"#));
        check::<CustomerProfile>(&engagement, "sms");
        let orders = profile(r#""preferences": {"topic_orders": {"news": ["sms"], "news": []}}"#);
        check::<CustomerProfile>(&orders, "news");
        let facts = |part: &str| format!(r#"{{"now": "2026-11-21T12:00:00Z", {part}}}"#);
        check::<Facts>(&facts(r#""health": {"mail": {"state": "up"}, "mail": {"state": "down"}}"#), "mail");
        let figure = r#"{"delivered": 4711, "effective": 0}"#;
        check::<Facts>(&facts(&format!(r#""campaign": {{"sms": {figure}, "sms": {figure}}}"#)), "sms");
    }
}

/// Fields have names. serde also derives readers that take them from a list by their place, which no document means.
mod lists_in_place_of_fields {
    use super::*;

    /// Replaces every map of a document by the list of its values.
    #[track_caller]
    fn check_everywhere<T: DeserializeOwned + Debug>(text: &str) {
        let document = parsed(text);
        let mut places = vec![String::new()];
        while let Some(place) = places.pop() {
            match document.pointer(&place).expect("a place of the document") {
                Value::Object(map) => {
                    places.extend(map.keys().map(|key| format!("{place}/{key}")));
                    let mut changed = document.clone();
                    let values = map.values().cloned().collect();
                    *changed.pointer_mut(&place).expect("the same place") = Value::Array(values);
                    let error = serde_json::from_value::<T>(changed).expect_err(&place).to_string();
                    assert!(error.starts_with("invalid type: list, expected "), "{place}: {error}");
                    let mut changed = document.clone();
                    *changed.pointer_mut(&place).expect("the same place") = json!([]);
                    serde_json::from_value::<T>(changed).expect_err(&place);
                }
                Value::Array(list) => places.extend((0..list.len()).map(|at| format!("{place}/{at}"))),
                _ => {}
            }
        }
    }

    #[test]
    fn in_every_part_of_the_personal_documents() {
        check_everywhere::<CustomerProfile>(PROFILE);
        check_everywhere::<Message>(MESSAGE);
        check_everywhere::<Facts>(FACTS);
    }
}

mod versions {
    use super::*;

    #[track_caller]
    fn check<T: DeserializeOwned + Debug>(text: &str) {
        let mut document = parsed(text);
        for (version, expected) in [
            (json!(2), "version 2 is not known here, expected 1"),
            (json!(0), "version 0 is not known here, expected 1"),
            (json!(4_294_967_296_u64), ""),
            (json!("1"), ""),
            (json!(1.0), ""),
            (Value::Null, ""),
        ] {
            document["version"] = version;
            let error = serde_json::from_value::<T>(document.clone()).expect_err("another version");
            assert!(error.to_string().contains(expected), "{error}");
        }
        document.as_object_mut().expect("a map").remove("version");
        serde_json::from_value::<T>(document).expect("a document without a version is of the first");
    }

    #[test]
    fn a_newer_document_is_refused_and_one_without_is_the_first() {
        check::<CustomerProfile>(PROFILE);
        check::<Message>(MESSAGE);
        check::<Facts>(FACTS);
        check::<Policy>(POLICY);
        check::<Plan>(PLAN);
    }

    #[test]
    fn a_newer_policy_is_refused_where_it_says_so() {
        let error = Policy::from_toml("name = \"x\"\nversion = 2").expect_err("a newer version");
        assert_eq!(error.to_string(), "line 2, column 11: version 2 is not known here, expected 1");
    }
}

/// Each unknown code is read, kept, written back, and read in the narrowest way that there is; a policy, which the
/// sender writes for this very version, is read as kindly and refused by the lint.
mod unknown_codes {
    use super::*;

    struct World {
        policy: Value,
        profile: Value,
        message: Value,
        facts: Value,
    }

    /// A customer with a telephone and a mailbox, to whom a message of this purpose may be sent at once.
    fn world(purpose: &str) -> World {
        World {
            policy: json!({
                "zone": "UTC",
                "topics": { "news": { "purposes": [] } },
                "purposes": { "marketing": { "then": {
                    "hours": ["08:00-20:00"],
                    "caps": [{ "name": "weekly", "limit": 1, "per": "1w" }],
                } } },
            }),
            profile: json!({
                "id": "c-1",
                "zone": "UTC",
                "endpoints": [
                    { "id": "mobile", "kind": "sms", "address": "+34600111222" },
                    { "id": "home", "kind": "email", "address": "ana@example.com" },
                ],
                "consents": [{ "action": "grant", "at": "2026-01-01T00:00:00Z", "scope": { "purpose": purpose } }],
            }),
            message: json!({
                "id": "m-1", "topic": "news", "purpose": purpose, "content": {
                    "variants": [{ "body": "Hello" }], "unsubscribe": { "url": "https://example.com/unsubscribe" },
                },
            }),
            facts: json!({ "now": "2026-11-21T12:00:00Z" }),
        }
    }

    /// A document reads, and keeps its codes when it is written again.
    #[track_caller]
    fn kept<T: DeserializeOwned + Serialize>(document: &Value) -> T {
        let read: T = serde_json::from_value(document.clone()).expect("it reads");
        let written = serde_json::to_string(&read).expect("it writes");
        let text = document.to_string();
        for code in text.split('"').filter(|code| code.starts_with("new-")) {
            assert!(written.contains(code), "{code} is kept in {written}");
        }
        read
    }

    impl World {
        fn add_consent(&mut self, event: Value) {
            self.profile["consents"].as_array_mut().expect("a list").push(event);
        }

        /// What keeps the policy from being used.
        #[track_caller]
        fn check_refused(&self, expected: &str) {
            let error = self.config().expect_err("a policy with a code that is not known");
            assert_eq!(error.to_string(), format!("the router cannot be built: {expected}"));
        }

        fn config(&self) -> Result<std::sync::Arc<RouterConfig>, waypost::ConfigError> {
            let channels = ChannelList::from_toml(
                "[[channels]]\nid = \"sms\"\nkind = \"sms\"\ncapabilities = [\"text\"]\n\
                 [[channels]]\nid = \"mail\"\nkind = \"email\"\ncapabilities = [\"text\"]",
            );
            RouterConfig::builder()
                .descriptors(channels.expect("channels").channels)
                .policy(kept::<Policy>(&self.policy))
                .build()
        }

        #[track_caller]
        fn plan(&self) -> Plan {
            let config = self.config().expect("a configuration");
            let router = Router::new(config, kept::<CustomerProfile>(&self.profile));
            router.plan(&kept::<Message>(&self.message), &kept::<Facts>(&self.facts))
        }

        /// Why a channel is used or not, or `used`.
        #[track_caller]
        fn check(&self, channel: &str, expected: &str) {
            let plan = self.plan();
            let candidate = plan.trace().candidate(channel).expect("a channel");
            let reason = candidate.verdict.reason().map_or("used".to_owned(), |reason| reason.to_string());
            assert_eq!(reason, expected, "{channel}");
        }
    }

    #[test]
    fn the_world_itself_lets_messages_through() {
        for purpose in ["marketing", "service", "safety", "new-purpose"] {
            world(purpose).check("sms", "used");
            world(purpose).check("mail", "used");
        }
    }

    #[test]
    fn a_suppression_class_forbids() {
        let mut world = world("safety");
        world.profile["suppressions"] = json!([{ "class": "new-class", "endpoint": "mobile" }]);
        world.check("sms", "suppressed: new-class");
        world.check("mail", "used");
    }

    #[test]
    fn the_purpose_of_a_suppression_is_every_purpose() {
        let mut world = world("safety");
        world.profile["suppressions"] = json!([{ "class": "legal", "kind": "sms", "purpose": "new-purpose" }]);
        world.check("sms", "suppressed: legal");
        world.check("mail", "used");
    }

    #[test]
    fn a_consent_action_is_a_no() {
        let mut world = world("marketing");
        world.add_consent(json!({ "action": "new-action", "at": "2026-02-01T00:00:00Z", "scope": { "kind": "sms" } }));
        world.check("sms", "a consent record of 2026-02-01 00:00Z cannot be read");
        world.check("mail", "used");
    }

    #[test]
    fn the_purpose_of_a_yes_is_no_other() {
        let mut world = world("marketing");
        world.profile["consents"][0]["scope"]["purpose"] = json!("new-purpose");
        world.check("sms", "no consent on record for marketing");
    }

    #[test]
    fn the_purpose_of_a_no_is_every_purpose_that_asks_for_consent() {
        let no = json!({ "action": "withdraw", "at": "2026-02-01T00:00:00Z",
            "scope": { "purpose": "new-purpose", "kind": "sms" } });
        for (purpose, expected) in [
            ("marketing", "consent withdrawn since 2026-02-01"),
            ("service", "consent withdrawn since 2026-02-01"),
            ("new-purpose", "consent withdrawn since 2026-02-01"),
            ("safety", "used"),
        ] {
            let mut world = world(purpose);
            world.add_consent(no.clone());
            world.check("sms", expected);
            world.check("mail", "used");
        }
    }

    #[test]
    fn the_purpose_of_a_message_is_judged_as_marketing() {
        let mut unasked = world("new-purpose");
        unasked.profile["consents"] = json!([]);
        unasked.check("sms", "no consent on record for new-purpose");

        // Nothing is lifted for it, and nothing is required of it.
        let mut locked = world("new-purpose");
        locked.profile["preferences"] = json!({ "choices": [{ "choice": "off", "kind": "sms" }] });
        locked.policy["topics"] = json!({ "news": { "required": true, "mandatory": ["sms"] } });
        locked.policy["defaults"] = json!({ "lifts": { "preferences": ["sms"] } });
        locked.check("sms", "switched off in the preferences");

        // Marketing is not sent to somebody whose time nobody knows.
        let mut lost = world("new-purpose");
        lost.profile.as_object_mut().expect("a map").remove("zone");
        lost.check("sms", "hours bind and the customer's time zone is unknown");
    }

    #[test]
    fn the_purpose_of_a_policy_is_refused() {
        let mut world = world("marketing");
        world.policy["purposes"]["new-purpose"] = json!({ "consent": "none" });
        world.check_refused("error[unknown_purpose] purposes.new-purpose: unknown purpose `new-purpose`");
    }

    #[test]
    fn the_purpose_of_a_past_send_fills_every_cap() {
        let mut world = world("marketing");
        world.facts["history"] = json!([{ "at": "2026-11-20T12:00:00Z", "channel": "sms", "kind": "sms",
            "purpose": "new-purpose", "topic": "other" }]);
        world.check("sms", "cap `weekly` of 1 is reached");
        world.facts["history"][0]["purpose"] = json!("service");
        world.check("sms", "used");
    }

    #[test]
    fn an_endpoint_health_is_unusable() {
        let mut world = world("safety");
        world.profile["endpoints"][0]["health"] = json!("new-health");
        world.check("sms", "the endpoint's health cannot be read");
        world.check("mail", "used");
    }

    #[test]
    fn a_channel_state_is_down() {
        let mut world = world("safety");
        world.facts["health"] = json!({ "sms": { "state": "new-state" } });
        world.check("sms", "the channel is down");
        world.check("mail", "used");
    }

    #[test]
    fn a_choice_is_off() {
        let mut world = world("service");
        world.profile["preferences"] = json!({ "choices": [{ "choice": "new-choice", "kind": "sms" }] });
        world.check("sms", "switched off in the preferences");
        world.check("mail", "used");

        world.profile["preferences"] = json!({});
        world.policy["topics"]["news"] = json!({ "default": "new-choice" });
        world.check_refused(
            "error[unknown_choice] topics.news.default: unknown choice `new-choice` in topic `news`; \
             help: expected `on` or `off`",
        );
    }

    #[test]
    fn an_author_of_a_choice_can_switch_off_and_not_on() {
        let mut world = world("service");
        world.profile["preferences"] = json!({ "choices": [
            { "choice": "off", "kind": "sms", "set_by": "new-author" },
            { "choice": "on", "kind": "sms", "set_by": "tenant" },
            { "choice": "on", "kind": "email", "topic": "news", "set_by": "new-author" },
            { "choice": "off", "kind": "email", "set_by": "default" },
        ] });
        world.check("sms", "switched off in the preferences");
        world.check("mail", "off unless the customer switches it on");
        world.profile["preferences"] = json!({ "choices": [
            { "choice": "off", "kind": "sms", "set_by": "new-author", "locked": true },
            { "choice": "on", "kind": "sms", "topic": "news", "at": "2026-11-21T00:00:00Z" },
        ] });
        world.check("sms", "switched off and locked by the tenant");
    }

    #[test]
    fn an_urgency_presses_nothing() {
        let mut world = world("service");
        world.message["urgency"] = json!("new-urgency");
        world.profile["preferences"] = json!({ "choices": [{ "choice": "off", "kind": "sms" }] });
        let lifts = json!({ "lifts": { "preferences": ["sms"] } });
        world.policy["rules"] = json!([{ "name": "pressing", "when": { "urgency": "normal" }, "then": lifts }]);
        world.check("sms", "switched off in the preferences");
        world.message["urgency"] = json!("normal");
        world.check("sms", "used");
    }

    #[test]
    fn a_zone_basis_binds_as_much_as_a_known_one() {
        let mut world = world("marketing");
        world.facts["now"] = json!("2026-11-21T22:00:00Z");
        world.profile["zone"] = json!({ "zones": ["Asia/Tokyo", "America/New_York"], "basis": "new-basis" });
        // Tokyo reads 07:00 and New York 17:00: both must be inside 08:00 to 20:00.
        world.check("sms", "outside the sender's hours");
    }

    #[test]
    fn a_reason_refuses_and_keeps_its_code() {
        let document = r#"{"code": "new-reason", "until": "2027-01-01T00:00:00Z", "more": {"of": ["it"]}}"#;
        let code = "new-reason".parse::<Code>().expect("a code");
        let reason = Reason::Unrecognized { code };
        assert_eq!(serde_json::from_str::<Reason>(document).ok(), Some(reason));
        assert_eq!(serde_json::to_value(reason).ok(), Some(json!({ "code": "new-reason" })));
        assert_eq!(
            (reason.code(), reason.authority(), reason.standing()),
            ("new-reason", Authority::Law, Standing::Final)
        );
        assert!(reason.is_refusal());

        // Wherever a plan holds a reason: in a verdict that is flattened into its candidate, and in every gate's answer.
        let mut plan = parsed(PLAN_EXPLAINED);
        let mut replaced = 0;
        for candidate in plan["trace"]["candidates"].as_array_mut().expect("candidates") {
            if candidate.get("reason").is_some() {
                candidate["reason"] = parsed(document);
                replaced += 1;
            }
            for refusal in candidate["detail"]["refusals"].as_array_mut().expect("answers") {
                refusal["reason"] = parsed(document);
                replaced += 1;
            }
        }
        assert!(replaced > 5);
        let plan = kept::<Plan>(&plan);
        let refused = plan.trace().candidate("app").expect("a channel");
        assert_eq!(refused.verdict, Verdict::Refused { reason });
        assert_eq!(refused.refusals().map(|refusals| refusals[0].reason), Some(reason));
        assert!(!refused.verdict.is_usable());
        assert!(plan.explain().contains("new-reason (a code of a newer version) (law)"), "{plan}");
        let again = serde_json::to_string(&plan).expect("it writes");
        assert_eq!(serde_json::from_str::<Plan>(&again).ok(), Some(plan));
    }

    #[test]
    fn a_known_reason_in_a_new_shape_is_kept_by_its_code() {
        let reason = serde_json::from_str::<Reason>(r#"{"code": "cap_reached", "caps": ["a", "b"]}"#);
        assert_eq!(reason.ok(), Some(Reason::Unrecognized { code: "cap_reached".parse().expect("a code") }));
        // More than is known beside what is known is passed over.
        let reason = serde_json::from_str::<Reason>(r#"{"code": "no_endpoint", "kind": "sms", "of": 3}"#);
        assert_eq!(reason.ok(), Some(Reason::NoEndpoint { kind: ChannelKind::SMS }));
        for nonsense in ["{}", r#"{"code": null}"#, r#"{"code": "Not A Code"}"#, "null", r#""expired""#] {
            assert!(serde_json::from_str::<Reason>(nonsense).is_err(), "{nonsense}");
        }
    }

    /// What the crate itself decides by is a closed set: a gate that is not known cannot be passed over.
    #[test]
    fn closed_codes_are_refused_with_the_known_ones() {
        let error = serde_json::from_str::<Gate>(r#""weather""#).expect_err("no gate");
        assert!(error.to_string().starts_with("unknown variant `weather`, expected one of `alive`"), "{error}");
    }
}
