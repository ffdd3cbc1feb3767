//! What is true now: time, past sends, channel health, presence, campaign figures, seed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    discreet::discreet,
    id::{ChannelId, EndpointId, TopicId},
    kind::ChannelKind,
    purpose::Purpose,
    unique,
    version::Version,
};

/// One message that was handed to a provider for this customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sent {
    /// When.
    pub at: DateTime<Utc>,
    /// Through which channel.
    pub channel: ChannelId,
    /// On which kind.
    pub kind: ChannelKind,
    /// To which endpoint, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// Why.
    pub purpose: Purpose,
    /// About what.
    pub topic: TopicId,
}

impl Sent {
    /// A send whose endpoint is not known.
    pub fn new(at: DateTime<Utc>, channel: ChannelId, kind: ChannelKind, purpose: Purpose, topic: TopicId) -> Self {
        Self { at, channel, kind, endpoint: None, purpose, topic }
    }
}

codes! {
    /// How a channel does; a state that this version cannot read counts as `down`.
    open ChannelState, "channel state" {
        /// It works.
        Up = "up",
        /// It works badly; ranked after channels that work.
        Degraded = "degraded",
        /// It does not work, or its breaker is open.
        Down = "down",
    }
}

/// How one channel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelHealth {
    /// How it does.
    pub state: ChannelState,
    /// When its breaker closes, exclusive: at that instant it counts as up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// Where the customer is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// On this kind.
    pub kind: ChannelKind,
    /// With this endpoint; `None` for any of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
}

/// How one kind does in the campaign that the message is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFigure {
    /// Messages delivered on the kind.
    pub delivered: u32,
    /// Those that had the effect wanted.
    pub effective: u32,
}

discreet! {
FactsDocument of "Facts",
/// What is true now.
///
/// A missing fact errs as follows:
///
/// | missing | taken as |
/// | --- | --- |
/// | a past send | not sent: errs towards sending, so hand in all that the caps look back on |
/// | a channel's health | up |
/// | presence | not there: presence-bound channels are refused |
/// | campaign figures | no effect: a kind without figures ranks behind those with any, and where none has any the ranking falls to its next field |
/// | seed | 0 |
///
/// ```
/// use waypost::Facts;
///
/// let facts = Facts::at("2026-11-21T10:00:00Z".parse()?);
/// assert!(facts.history.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// The time; the crate reads no clock.
    pub now: DateTime<Utc>,
    /// What was sent to this customer, in any order; sends after `now` do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Sent>,
    /// How the channels do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub health: BTreeMap<ChannelId, ChannelHealth>,
    /// Where the customer is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presence: Vec<Presence>,
    /// How the kinds do in this campaign.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub campaign: BTreeMap<ChannelKind, CampaignFigure>,
    /// What chance is drawn from: the same seed, the same plan.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
}
}

fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

impl Facts {
    /// This time, and nothing else known.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            version: Version::default(),
            now,
            history: Vec::new(),
            health: BTreeMap::new(),
            presence: Vec::new(),
            campaign: BTreeMap::new(),
            seed: 0,
        }
    }

    /// The same, with one send more.
    pub fn with_sent(mut self, sent: Sent) -> Self {
        self.history.push(sent);
        self
    }

    /// The same, with this state of one channel.
    pub fn with_health(mut self, channel: ChannelId, state: ChannelState, until: Option<DateTime<Utc>>) -> Self {
        self.health.insert(channel, ChannelHealth { state, until });
        self
    }

    /// The same, with the customer present on one kind.
    pub fn with_presence(mut self, kind: ChannelKind) -> Self {
        self.presence.push(Presence { kind, endpoint: None });
        self
    }

    /// How this channel does at `now`; a breaker that has closed counts as up.
    pub(crate) fn state_of(&self, channel: ChannelId) -> ChannelHealth {
        let up = ChannelHealth { state: ChannelState::Up, until: None };
        if self.health.is_empty() {
            return up;
        }
        match self.health.get(&channel) {
            Some(health) if health.until.is_none_or(|until| self.now < until) => *health,
            _ => up,
        }
    }

    pub(crate) fn is_present(&self, kind: ChannelKind, endpoint: EndpointId) -> bool {
        self.presence.iter().any(|there| there.kind == kind && there.endpoint.is_none_or(|id| id == endpoint))
    }
}
