//! The sender's rules as data: what a policy can say, how it is checked, and how it is compiled.
//!
//! ```
//! use waypost::policy::Policy;
//!
//! let policy = Policy::from_toml(r#"
//! version = 1
//! name = "corner-shop"
//! zone = "Europe/Madrid"
//!
//! [defaults]
//! order = ["push", "email", "sms"]
//!
//! [purposes.marketing.then]
//! caps = [{ name = "promo", limit = 2, per = "1w" }]
//! hours = ["mon-sat 09:00-21:00"]
//! "#)?;
//! assert_eq!(policy.name.as_ref().map(|name| name.as_str()), Some("corner-shop"));
//! # Ok::<(), waypost::ParseError>(())
//! ```

mod by_kind;
mod cap;
mod compile;
mod condition;
mod digest;
mod failure;
mod finding;
mod group;
mod index;
mod inhibit;
mod kinds;
mod lint;
mod purpose;
mod question;
pub(crate) mod reach;
mod retry;
mod settings;
mod settle;
pub(crate) mod solve;
mod source;
pub(crate) mod space;
mod trim;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use by_kind::KindSettings;
pub(crate) use cap::CompiledCap;
pub use cap::{Cap, CapScope, CapZone};
pub(crate) use compile::*;
pub use condition::{Compare, When};
pub(crate) use digest::CompiledDigest;
pub use digest::DigestRule;
pub use failure::{FailureClass, FallThrough, OnFailure};
pub use finding::{Finding, FindingCode, Severity};
pub use group::Group;
pub use inhibit::{Common, Inhibition, InvalidCommon};
pub(crate) use inhibit::{CompiledInhibition, goes_by_itself};
pub(crate) use kinds::{CompiledGroup, KindSet, Places};
pub(crate) use purpose::Demands;
pub use purpose::{ConsentRule, PurposePolicy, WhenCapped, WhenClosed};
pub(crate) use question::{Condition, Told};
pub use retry::Retry;
pub use settings::{Field, Lift, RankField, Settings};
pub use settle::{InvalidSettleOn, SettleOn};

use crate::{
    id::{Code, RuleId, Segment, Stage, Tag, TopicId},
    kind::ChannelKind,
    policy::source::Source,
    profile::{Choice, Resolution},
    purpose::Purpose,
    time::{Span, ZoneName},
    unique,
    version::Version,
};

/// A rule: when its condition holds, its settings apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, which the trace gives; no two rules share one.
    pub name: RuleId,
    /// When it applies; left out, always.
    #[serde(default)]
    pub when: When,
    /// What then.
    pub then: Settings,
}

impl Rule {
    /// A rule.
    pub fn new(name: RuleId, when: When, then: Settings) -> Self {
        Self { name, when, then }
    }
}

/// What a policy says of one topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TopicPolicy {
    /// Whether a customer who chose nothing gets it; left out, yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Choice>,
    /// Whether the customer's preferences are set aside on the `mandatory` kinds; never for marketing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The kinds on which a required topic is sent whatever the preferences say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mandatory: Vec<ChannelKind>,
    /// The purposes for which the topic is sent, for the lint; empty says nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
}

/// The sender's rules, as versioned data.
///
/// Reads from TOML and JSON; an unknown field is an error with line and column. [`Policy::lint`] finds what is
/// wrong or doubtful, [`Policy::check`] decides properties over every message and customer there can be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// The policy's own name, which the trace gives, such as `bank-2026-11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Code>,
    /// The sender's zone: where the customer's is unknown, hours are taken in this one, except for marketing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
    /// By whose rules the customers' choices resolve; by default our own.
    #[serde(default, skip_serializing_if = "is_ours")]
    pub resolution: Resolution,
    /// How long after the customer's last word a conversation counts as open in the ranking; by default 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_window: Option<Span>,
    /// The settings that stand where nothing else is said.
    #[serde(default)]
    pub defaults: Settings,
    /// What each purpose demands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub purposes: BTreeMap<Purpose, PurposePolicy>,
    /// What is said of single topics; where any are named, the lint knows all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub topics: BTreeMap<TopicId, TopicPolicy>,
    /// The segments there are, for the lint; empty says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// The lifecycle stages there are, for the lint; empty says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// The tags there are, for the lint; empty says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// What customers of a segment do on average.
    #[serde(default, skip_serializing_if = "Priors::is_empty")]
    pub priors: Priors,
    /// The rules, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Which messages mute which, among those of one customer; see [`arbitrate`](crate::arbitrate).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inhibit: Vec<Inhibition>,
    /// Which messages are collected and go as one, the first digest that one meets taking it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digest: Vec<DigestRule>,
    /// The text it was read from, so that findings say where; no part of what the policy says.
    #[serde(skip)]
    source: Source,
}

fn is_ours(resolution: &Resolution) -> bool {
    *resolution == Resolution::Waypost
}

/// What customers of a segment do on average, for those of whom little is known.
///
/// A customer's affinity to a kind is `(strength × prior + engaged) / (strength + delivered)`, so own interactions
/// outweigh the prior after `strength` messages.
///
/// ```
/// use waypost::policy::Priors;
///
/// let priors: Priors = toml::from_str(r#"
/// strength = 2
/// [rates.student]
/// telegram = 300
/// email = 80
/// "#)?;
/// assert_eq!(priors.rates.len(), 1);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Priors {
    /// How many messages of their own a customer needs to weigh as much as the prior; at least 1 is taken.
    pub strength: u32,
    /// By segment and kind: how many of a thousand messages are acted on. Of several segments the highest counts.
    #[serde(deserialize_with = "unique::map_of_maps")]
    pub rates: BTreeMap<Segment, BTreeMap<ChannelKind, u32>>,
    /// For a customer in none of the segments, or a kind they do not name: how many of a thousand.
    pub otherwise: u32,
}

impl Default for Priors {
    fn default() -> Self {
        // One in ten acted on is the order of magnitude of public mail logs; with no rates named it is the same for
        // every kind, so it only says how far own interactions must lead.
        Self { strength: 4, rates: BTreeMap::new(), otherwise: 100 }
    }
}

impl Priors {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Policy {
    /// Reads a policy from TOML.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    ///
    /// ```
    /// let error = waypost::policy::Policy::from_toml("[defaults]\nordr = [\"sms\"]").unwrap_err();
    /// assert_eq!((error.line(), error.column()), (2, 1));
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, crate::ParseError> {
        Ok(Self { source: Source::toml(text), ..crate::parse::toml(text)? })
    }

    /// Reads a policy from JSON.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        Ok(Self { source: Source::json(text), ..crate::parse::json(text)? })
    }
}
