//! The smallest change that would have let a refused candidate through.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    content::Form,
    content::Unit,
    id::{CapId, ChannelId, Code, RuleId, TopicId},
    kind::ChannelKind,
    money::Money,
    profile::SuppressionClass,
    purpose::Purpose,
    reason::At,
};

/// Whether a single change would have let a candidate through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flip", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flip {
    /// It is in the plan.
    InUse,
    /// It would be used if this were so; found by judging again.
    If {
        /// The change.
        change: Change,
    },
    /// No single change of those that are tried is enough.
    NoSingleChange,
    /// The plan was made without looking; ask [`Router::explain`](crate::Router::explain).
    NotSearched,
}

impl fmt::Display for Flip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("it is used"),
            Self::If { change } => write!(f, "would be used if {change}"),
            Self::NoSingleChange => f.write_str("no single change that was tried would let it through"),
            Self::NotSearched => f.write_str("not looked for"),
        }
    }
}

/// One thing that could be otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The time.
    Later {
        /// The earliest instant that would do.
        at: DateTime<Utc>,
    },
    /// The message's expiry.
    Expiry {
        /// The earliest that would do.
        at: DateTime<Utc>,
    },
    /// The channel's health.
    ChannelUp {
        /// The channel.
        channel: ChannelId,
    },
    /// The customer's presence.
    Present {
        /// On which kind.
        kind: ChannelKind,
    },
    /// An endpoint on file.
    Endpoint {
        /// Of which kind.
        kind: ChannelKind,
    },
    /// The endpoint's health.
    EndpointReachable,
    /// The endpoint's verification.
    EndpointVerified,
    /// A suppression record.
    Unsuppressed {
        /// Of which class.
        class: SuppressionClass,
    },
    /// A registry's answer.
    Registry {
        /// About addresses of which kind.
        kind: ChannelKind,
    },
    /// Consent.
    Consent {
        /// For which purpose.
        purpose: Purpose,
        /// On which kind.
        kind: ChannelKind,
    },
    /// A preference.
    PreferenceOn {
        /// About which topic.
        topic: TopicId,
        /// On which kind.
        kind: ChannelKind,
    },
    /// A rule.
    WithoutRule {
        /// The rule.
        rule: RuleId,
    },
    /// The message's own word on the kinds.
    WithoutOverride,
    /// A cap.
    CapOf {
        /// The cap.
        cap: CapId,
        /// The lowest limit that would do.
        limit: u32,
    },
    /// A variant more.
    Variant {
        /// Of which form.
        form: Form,
        /// For which kind.
        kind: ChannelKind,
    },
    /// Variants without links.
    WithoutLinks,
    /// A shorter text.
    Shorter {
        /// The longest that would do.
        max: u32,
        /// What is counted.
        unit: Unit,
    },
    /// The price ceiling.
    Ceiling {
        /// The lowest that would do.
        price: Money,
    },
    /// No price ceiling.
    NoCeiling,
    /// What happened and made the message pointless.
    WithoutEvent {
        /// What.
        event: Code,
    },
    /// The customer's time zone.
    ZoneKnown,
    /// The customer's jurisdiction.
    JurisdictionKnown,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Later { at } => write!(f, "it were {}", At(at)),
            Self::Expiry { at } => write!(f, "the message expired at {} or later", At(at)),
            Self::ChannelUp { channel } => write!(f, "channel `{channel}` were up"),
            Self::Present { kind } => write!(f, "the customer were present on {kind}"),
            Self::Endpoint { kind } => write!(f, "a verified endpoint of kind {kind} were on file"),
            Self::EndpointReachable => f.write_str("the endpoint were reachable"),
            Self::EndpointVerified => f.write_str("the endpoint were verified"),
            Self::Unsuppressed { class } => write!(f, "the record that forbids it ({}) were lifted", class.words()),
            Self::Registry { kind } => write!(f, "a registry had just answered that the {kind} address is not on it"),
            Self::Consent { purpose, kind } => write!(f, "consent for {purpose} by {kind} were given"),
            Self::PreferenceOn { topic, kind } => write!(f, "the customer switched on `{topic}` by {kind}"),
            Self::WithoutRule { rule } => write!(f, "rule `{rule}` did not apply"),
            Self::WithoutOverride => f.write_str("the message did not name its kinds"),
            Self::CapOf { cap, limit } => write!(f, "cap `{cap}` were {limit}"),
            Self::Variant { form, kind } => write!(f, "the message had a {} for {kind}", form.words()),
            Self::WithoutLinks => f.write_str("the content had no link"),
            Self::Shorter { max, unit } => write!(f, "the text had {max} {} at most", unit.words()),
            Self::Ceiling { price } => write!(f, "the price ceiling were {price}"),
            Self::NoCeiling => f.write_str("the message had no price ceiling"),
            Self::WithoutEvent { event } => write!(f, "`{event}` had not happened"),
            Self::JurisdictionKnown => {
                f.write_str("it were known whose law protects the customer, and that law allowed it")
            }
            Self::ZoneKnown => f.write_str("the customer's time zone were known, and it were open there"),
        }
    }
}
