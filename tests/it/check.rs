//! The one check: a world goes in, the explained plan comes out and stands beside it.

use std::{fs, path::Path};

use expect_test::Expect;
use serde_json::{Value, json};
use waypost::{ChannelList, Confirmation, Dispatch, Facts, Message, Plan, Policy, Router, RouterConfig};

/// Everything that one decision reads, as documents: a sender's policy and channels, and one request.
#[derive(Clone)]
pub(crate) struct World {
    policy: String,
    channels: String,
    request: Value,
}

/// What a sender with four channels and a plain order has.
const POLICY: &str = r#"
[defaults]
order = ["push", "email", "sms", "voice"]
"#;

const CHANNELS: &str = r#"
[[channels]]
id = "app"
kind = "push"
capabilities = ["text"]

[[channels]]
id = "mail"
kind = "email"
capabilities = ["text", "long_form"]

[[channels]]
id = "sms"
kind = "sms"
capabilities = ["text"]

[[channels]]
id = "call"
kind = "voice"
capabilities = ["text"]
"#;

/// A file below `tests/it/scenarios`.
#[track_caller]
fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scenarios").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl World {
    /// A customer who is reached on four kinds, on a Saturday at 10:00 UTC, and a short text about an order.
    pub(crate) fn usual() -> Self {
        let request = json!({
            "profile": {
                "id": "ana",
                "zone": "Europe/Madrid",
                "endpoints": [
                    { "id": "pixel", "kind": "push", "address": "token" },
                    { "id": "home", "kind": "email", "address": "ana@example.com" },
                    { "id": "mobile", "kind": "sms", "address": "+34600111222" },
                    { "id": "phone", "kind": "voice", "address": "+34600111222" },
                ],
            },
            "message": {
                "id": "m-1",
                "topic": "order_shipped",
                "purpose": "transactional",
                "content": { "variants": [{ "body": "Your order is on its way" }] },
            },
            "facts": { "now": "2026-11-21T10:00:00Z" },
        });
        Self { policy: POLICY.to_owned(), channels: CHANNELS.to_owned(), request }
    }

    /// The usual world with a coupon to sell, to which the customer has agreed.
    pub(crate) fn coupon() -> Self {
        Self::usual().with(json!({
            "profile": { "consents": [yes_to_marketing()] },
            "message": { "topic": "coupon", "purpose": "marketing" },
        }))
    }

    /// Policy and channels of a sender, and a request, both below `tests/it/scenarios`.
    #[track_caller]
    pub(crate) fn scenario(sender: &str, request: &str) -> Self {
        let text = read(request);
        Self::of(sender, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{request}: {error}")))
    }

    #[track_caller]
    fn of(sender: &str, request: Value) -> Self {
        Self {
            policy: read(&format!("{sender}/policy.toml")),
            channels: read(&format!("{sender}/channels.toml")),
            request,
        }
    }

    /// Policy and channels of a sender, once with each of many requests, one a line.
    #[track_caller]
    pub(crate) fn scenarios(sender: &str, requests: &str) -> Vec<Self> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let world = Self::of(sender, Value::Null);
        read(requests).lines().map(|line| Self { request: parse(line), ..world.clone() }).collect()
    }

    /// The same under another policy.
    pub(crate) fn policy(self, policy: &str) -> Self {
        Self { policy: policy.to_owned(), ..self }
    }

    /// The same under its own policy, with one part of the text replaced.
    #[track_caller]
    pub(crate) fn amended(self, part: &str, by: &str) -> Self {
        assert!(self.policy.contains(part), "the policy says `{part}`");
        Self { policy: self.policy.replace(part, by), ..self }
    }

    /// The same with other channels.
    pub(crate) fn channels(self, channels: &str) -> Self {
        Self { channels: channels.to_owned(), ..self }
    }

    /// The same with one channel more, after the others.
    pub(crate) fn channel(mut self, channel: &str) -> Self {
        self.channels.push_str("\n[[channels]]\n");
        self.channels.push_str(channel);
        self
    }

    /// The same with another request: objects are merged, `null` takes away, everything else replaces.
    pub(crate) fn with(mut self, patch: Value) -> Self {
        merge(&mut self.request, patch);
        self
    }

    /// The same at another time.
    pub(crate) fn at(self, now: &str) -> Self {
        self.with(json!({ "facts": { "now": now } }))
    }

    /// The same with one more member of a list of the request, such as `/profile/consents`.
    #[track_caller]
    pub(crate) fn push(mut self, list: &str, member: Value) -> Self {
        let list = self.request.pointer_mut(list).and_then(Value::as_array_mut);
        list.expect("a list of the request").push(member);
        self
    }

    #[track_caller]
    fn part<T: serde::de::DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_value(self.request[name].clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    pub(crate) fn router(&self) -> Router {
        let policy = Policy::from_toml(&self.policy).unwrap_or_else(|error| panic!("policy: {error}"));
        let list = ChannelList::from_toml(&self.channels).unwrap_or_else(|error| panic!("channels: {error}"));
        let config = RouterConfig::builder().descriptors(list.channels).policy(policy).build();
        Router::new(config.unwrap_or_else(|error| panic!("{error}")), self.part::<waypost::CustomerProfile>("profile"))
    }

    #[track_caller]
    pub(crate) fn message(&self) -> Message {
        let mut world = self.clone();
        // Marketing by email goes with a way out only, which is not what most situations are about.
        if let Some(content) = world.request["message"]["content"].as_object_mut() {
            content.entry("unsubscribe").or_insert(json!({ "url": "https://example.com/unsubscribe" }));
        }
        world.part("message")
    }

    #[track_caller]
    pub(crate) fn facts(&self) -> Facts {
        self.part("facts")
    }

    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        self.router().plan(&self.message(), &self.facts())
    }

    /// The plan with every gate's answer and the changes that would let refused candidates through.
    #[track_caller]
    pub(crate) fn explained(&self) -> Plan {
        self.router().explain(&self.message(), &self.facts())
    }

    /// What is decided about a dispatch right before it goes out in this world.
    #[track_caller]
    pub(crate) fn confirm(&self, dispatch: &Dispatch) -> Confirmation {
        self.router().confirm(dispatch, &self.message(), &self.facts())
    }
}

/// A customer's yes to marketing on every kind.
pub(crate) fn yes_to_marketing() -> Value {
    json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } })
}

fn merge(into: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !into.is_object() {
                *into = json!({});
            }
            let fields = into.as_object_mut().expect("an object, as of the line above");
            for (name, value) in patch {
                if value.is_null() {
                    fields.remove(&name);
                } else {
                    merge(fields.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        value => *into = value,
    }
}

/// The explained plan of a world is this text.
///
/// On the way, what holds of every plan: a preview equals what is then sent, asking why changes nothing, and a plan
/// that was put away explains itself as before.
#[track_caller]
pub(crate) fn check(world: World, expected: Expect) {
    let plan = world.plan();
    for dispatch in plan.dispatches() {
        let planned =
            plan.trace().candidates().iter().find(|candidate| {
                candidate.channel == dispatch.channel && candidate.endpoint == Some(dispatch.endpoint)
            });
        let planned = planned.map(|candidate| Confirmation::from(candidate.verdict));
        assert_eq!(planned, Some(world.confirm(dispatch)), "preview and delivery");
    }
    assert_eq!(world.explained().explain(), plan.explain(), "asking why must change nothing");
    let stored = serde_json::to_string(&plan).expect("every plan can be written");
    let restored: Plan = serde_json::from_str(&stored).expect("every plan that was written can be read");
    assert_eq!(restored.explain(), plan.explain(), "a plan that was put away explains itself as before");
    expected.assert_eq(&plan.explain());
}
