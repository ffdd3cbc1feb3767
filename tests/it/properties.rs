//! What can be decided about a policy as a whole, with the counterexamples that people read.

use expect_test::{Expect, expect};
use waypost::{
    Capability, ChannelDescriptor, ChannelKind, Checked, Policy, Property, RouterConfig, TopicId, time::Span,
};

const COUPON: TopicId = TopicId::literal("coupon");

fn channels() -> Vec<ChannelDescriptor> {
    let channel = |id: &str, kind| ChannelDescriptor::new(id.parse().expect("a name"), kind);
    vec![
        channel("text", ChannelKind::SMS).can(Capability::Text),
        channel("mail", ChannelKind::EMAIL).can(Capability::LongForm).with_latency(Span::minutes(1)),
    ]
}

#[track_caller]
fn check(property: Property, text: &str, expected: Expect) {
    let policy = Policy::from_toml(text).expect("a policy");
    let shown = match policy.check(&channels(), property).expect("a sound policy") {
        Checked::Holds => "holds".to_owned(),
        Checked::Fails(example) => {
            // The counterexample shows itself to whoever plans it.
            let config = RouterConfig::builder().descriptors(channels()).policy(policy).build().expect("a router");
            let plan = waypost::plan(&config, &example.profile, &example.message, &example.facts);
            let sent = plan.dispatches().map(|dispatch| dispatch.kind).collect::<Vec<_>>();
            assert_eq!(sent.is_empty(), property == Property::SafetyReachesAnyVerifiedEndpoint);
            format!("fails: {}", example.explanation)
        }
        other => format!("{other:?}"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn marketing_asks_for_opt_in_unless_a_policy_says_otherwise() {
    check(
        Property::MarketingNeedsOptIn,
        r#"
[[rules]]
name = "a"
then.lifts = { preferences = ["sms"], caps = ["sms"] }
"#,
        expect![[r#"holds"#]],
    );
    check(
        Property::MarketingNeedsOptIn,
        r#"
[purposes.marketing]
consent = "opt_out"
"#,
        expect![[r#"fails: `other` goes by sms for marketing (no rule matches)"#]],
    );
    check(
        Property::MarketingNeedsOptIn,
        r#"
[purposes.marketing]
consent = "none"
then = { deny = ["sms"], hours = ["sun 10:00-11:00"] }
[topics.coupon]
default = "off"
[[rules]]
name = "b"
when.not = { topic = "coupon" }
then.only = ["sms"]
"#,
        expect![[r#"fails: `coupon` goes by email for marketing (no rule matches)"#]],
    );
    check(
        Property::MarketingNeedsOptIn,
        r#"
[purposes.marketing]
consent = "opt_out"
then.deny = ["sms", "email"]
"#,
        expect![[r#"holds"#]],
    );
}

#[test]
fn terms_of_consent_are_told_from_consent() {
    // Every term is met by a customer who said yes, confirmed it and is on no list.
    check(
        Property::MarketingNeedsOptIn,
        r#"
[purposes.marketing]
consent = "opt_out"
consent_bases = ["consent", "soft_opt_in"]
double_opt_in = ["sms", "email"]
registry_fresh = ["sms", "email"]
"#,
        expect![[r#"fails: `other` goes by sms for marketing (no rule matches)"#]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[purposes.safety]
registry_fresh = ["sms"]
"#,
        expect![[r#"fails: with one verified sms endpoint, nothing is sent: no registry was asked (no rule matches)"#]],
    );
}

#[test]
fn safety_reaches_whoever_can_be_reached() {
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[purposes.marketing.then]
deny = ["sms"]
[[rules]]
name = "a"
when.any = [{ purpose = "service" }, { purpose = "marketing" }]
then.only = ["email"]
"#,
        expect![[r#"holds"#]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[defaults]
only = ["sms"]
[[rules]]
name = "safe"
when.purpose = "safety"
then.only = ["sms", "email"]
"#,
        expect![[r#"holds"#]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[defaults]
only = ["sms"]
[[rules]]
name = "safe"
when = { purpose = "safety", not = { segment = "lost", stage = "gone" } }
then.only = ["sms", "email"]
"#,
        expect![[
            r#"fails: with one verified email endpoint, nothing is sent: the policy allows other kinds only (no rule matches)"#
        ]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[[rules]]
name = "quick"
when.tag = "flash"
then.expires_after = "30s"
"#,
        expect![
            "fails: with one verified email endpoint, nothing is sent: too late: had to leave by 2026-01-05 11:59:30Z (rules that match: `quick`)"
        ],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[[rules]]
name = "secret"
when.attribute = { balance = { lt = 0 } }
then.long_form_only = ["sms"]
[[rules]]
name = "never-mind"
when.attribute = { balance = { le = -1 } }
then.long_form_only = []
"#,
        expect![[r#"holds"#]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[purposes.safety]
consent = "opt_in"
"#,
        expect![[
            r#"fails: with one verified sms endpoint, nothing is sent: no consent on record for safety (no rule matches)"#
        ]],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[purposes.safety]
obeys_preferences = true
[topics.alarm]
default = "off"
required = true
mandatory = ["sms"]
[[rules]]
name = "lift"
when.topic = "alarm"
then.lifts = { preferences = ["sms"] }
"#,
        expect![
            "fails: with one verified email endpoint, nothing is sent: off unless the customer switches it on (rules that match: `lift`)"
        ],
    );
    check(
        Property::SafetyReachesAnyVerifiedEndpoint,
        r#"
[purposes.safety]
obeys_hours = true
[defaults]
hours = ["mon 03:00-03:15"]
"#,
        expect![[r#"holds"#]],
    );
}

#[test]
fn a_topic_never_goes_by_a_kind() {
    let property = Property::TopicNeverByKind { topic: COUPON, kind: ChannelKind::SMS };
    check(
        property,
        r#"

"#,
        expect![[r#"fails: `coupon` goes by sms for safety (no rule matches)"#]],
    );
    check(
        property,
        r#"
[[rules]]
name = "no"
when.topic = "coupon"
then.deny = ["sms"]
"#,
        expect![[r#"holds"#]],
    );
    check(
        property,
        r#"
[[rules]]
name = "no"
when = { topic = "coupon", purpose = ["marketing", "service"] }
then.deny = ["sms"]
[[rules]]
name = "rest"
when = { topic = "coupon", not = { purpose = ["service", "marketing"] } }
then.long_form_only = ["sms"]
"#,
        expect![[r#"holds"#]],
    );
    check(
        property,
        r#"
[[rules]]
name = "no"
when = { topic = "coupon", purpose = ["marketing", "service"] }
then.deny = ["sms"]
[[rules]]
name = "rest"
when = { topic = "coupon", not = { purpose = "service" } }
then.expires_after = "0s"
[[rules]]
name = "again"
when = { tag = "late", purpose = "internal", country = "ES" }
then = { expires_after = "1m", spread = "1h" }
"#,
        expect![[r#"fails: `coupon` goes by sms for internal (rules that match: `rest`, `again`)"#]],
    );
}

#[test]
fn a_kind_that_no_channel_has_carries_nothing() {
    check(Property::TopicNeverByKind { topic: COUPON, kind: ChannelKind::VOICE }, "", expect![[r#"holds"#]]);
}

#[test]
fn a_policy_of_which_no_router_can_be_built_is_not_judged() {
    let policy = Policy::from_toml("[defaults]\norder = [\"smss\"]").expect("a policy");
    let error = policy.check(&channels(), Property::MarketingNeedsOptIn).expect_err("an unknown kind");
    assert_eq!(error.findings().len(), 1);
}
