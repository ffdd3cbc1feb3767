//! Options of a notification: what its author says beyond its words.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{codes::codes, discreet::Discreet};

codes! {
    /// How far a notification breaks in on somebody (Apple's interruption levels).
    closed InterruptionLevel, "interruption level" {
        /// Into the list, without light or sound.
        Passive = "passive",
        /// With light and sound, where the customer has not silenced them.
        Active = "active",
        /// Through a focus that allows what is time-sensitive.
        TimeSensitive = "time-sensitive",
        /// Through silence; only for apps that Apple let do this.
        Critical = "critical",
    }
}

/// What the author of a message says of its notification beyond its words; all of it may be left unsaid.
///
/// It is used where the channel's dialect is that of a notification ([`Apns`](crate::content::Dialect::Apns),
/// [`Fcm`](crate::content::Dialect::Fcm), [`WebPush`](crate::content::Dialect::WebPush)), as far as that has a place for
/// it. Names of [`data`](Self::data) that the payloads use themselves are refused: `aps`, `from`, `image`, `label`,
/// `link`, `message_type`, `url`, these with a number (`link_2`), and what begins with `gcm`, `google` or `label_`,
/// `link_`, `url_`.
///
/// `Debug` shows how much there is, never the words.
///
/// ```
/// use waypost::content::PushOptions;
///
/// let options: PushOptions = serde_json::from_str(
///     r#"{"thread_id": "orders", "data": {"order": "A-1", "campaign": "spring"}, "required": ["order"]}"#,
/// )?;
/// assert!(options.is_required("order") && !options.is_required("campaign"));
/// assert!(serde_json::from_str::<PushOptions>(r#"{"data": {"aps": "mine"}}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct PushOptions {
    /// The conversation with which it is grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// The kind of notification, by which the app knows which buttons to show; on Android, the action of a touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The sound, by its name in the app; `default` is the phone's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The number on the app's sign; 0 takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge: Option<u32>,
    /// How far it breaks in; unless said, it follows the urgency of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interruption_level: Option<InterruptionLevel>,
    /// Its weight among others of the app, in thousandths, at most 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevance_permille: Option<u16>,
    /// Whether the app may change it before it is shown; a picture asks for that by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mutable_content: bool,
    /// What a later notification of the same name replaces; unless said, the name under which the message is collapsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapse_id: Option<String>,
    /// For how many seconds it is kept for a phone that is away, where the message does not expire before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
    /// Data for the app.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// The names of the data without which the app cannot do; the rest is left out where the payload is too long.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub required: BTreeSet<String>,
}

impl PushOptions {
    /// No options.
    pub(crate) const NONE: &'static Self = &Self {
        thread_id: None,
        category: None,
        sound: None,
        badge: None,
        interruption_level: None,
        relevance_permille: None,
        mutable_content: false,
        collapse_id: None,
        ttl_seconds: None,
        data: BTreeMap::new(),
        required: BTreeSet::new(),
    };

    /// Whether the app cannot do without this datum.
    pub fn is_required(&self, name: &str) -> bool {
        self.required.contains(name)
    }

    /// The data that go with the notification: all of them, or those that are required.
    pub(crate) fn carried(&self, is_shed: bool) -> impl Iterator<Item = (&String, &String)> {
        self.data.iter().filter(move |(name, _)| !is_reserved(name) && (!is_shed || self.is_required(name)))
    }

    /// What is wrong with them, in words that do not repeat their own.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.relevance_permille.is_some_and(|weight| weight > 1_000) {
            return Some("a relevance is at most 1000 thousandths");
        }
        if self.data.keys().any(|name| is_reserved(name)) {
            return Some("a name of the data belongs to the payload itself");
        }
        if self.required.iter().any(|name| !self.data.contains_key(name)) {
            return Some("a required name is not among the data");
        }
        None
    }
}

/// Whether a name of data belongs to a provider or to the payload itself.
fn is_reserved(name: &str) -> bool {
    const NAMES: [&str; 7] = ["aps", "from", "image", "label", "link", "message_type", "url"];
    const BEGINNINGS: [&str; 5] = ["gcm", "google", "label_", "link_", "url_"];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

impl std::fmt::Debug for PushOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushOptions({} data, {} required)", self.data.len(), self.required.len())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "options of a notification", remote = "PushOptions")]
struct Wire {
    thread_id: Option<String>,
    category: Option<String>,
    sound: Option<String>,
    badge: Option<u32>,
    interruption_level: Option<InterruptionLevel>,
    relevance_permille: Option<u16>,
    mutable_content: bool,
    collapse_id: Option<String>,
    ttl_seconds: Option<u32>,
    #[serde(deserialize_with = "crate::unique::map")]
    data: BTreeMap<String, String>,
    required: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for PushOptions {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let options = Wire::deserialize(Discreet(from)).map_err(|error| error.0)?;
        options.fault().map_or(Ok(options), |fault| Err(serde::de::Error::custom(fault)))
    }
}

#[cfg(test)]
mod tests {
    use super::PushOptions;

    #[track_caller]
    fn check(document: &str, expected: Option<&str>) {
        let read: Result<PushOptions, _> = serde_json::from_str(document);
        match (read, expected) {
            (Ok(options), None) => {
                let written = serde_json::to_value(&options).expect("JSON");
                let given: serde_json::Value = serde_json::from_str(document).expect("JSON");
                assert_eq!(written, given);
            }
            (Err(error), Some(expected)) => {
                let error = error.to_string();
                assert!(error.contains(expected), "{error}");
                assert!(!error.contains("secret"), "{error}");
            }
            (read, _) => panic!("{document} read as {read:?}"),
        }
    }

    #[test]
    fn reads_and_refuses() {
        check("{}", None);
        check(
            r#"{"thread_id": "t", "category": "c", "sound": "default", "badge": 0, "interruption_level": "time-sensitive",
                "relevance_permille": 1000, "mutable_content": true, "collapse_id": "x", "ttl_seconds": 60,
                "data": {"order": "1"}, "required": ["order"]}"#,
            None,
        );
        check(r#"{"relevance_permille": 1001}"#, Some("at most 1000"));
        check(r#"{"data": {"link_2": "secret"}}"#, Some("belongs to the payload"));
        check(r#"{"data": {"google.id": "secret"}}"#, Some("belongs to the payload"));
        check(r#"{"required": ["secret"]}"#, Some("not among the data"));
        check(r#"{"interruption_level": "secret"}"#, Some("unknown code"));
        check(r#"{"badge": "secret"}"#, Some("expected a whole number"));
        check(r#"{"alert": "secret"}"#, Some("unknown field"));
    }
}
