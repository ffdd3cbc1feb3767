//! Engagement: how one customer answered on one kind, and the conversation that is open.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    discreet::discreet,
    id::{ConversationId, EndpointId},
    kind::ChannelKind,
};

discreet! {
EngagementDocument of "Engagement",
/// How one customer answered on one kind so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Engagement {
    /// Messages delivered.
    pub delivered: u32,
    /// Messages answered, clicked or otherwise acted on, each once; more than `delivered` counts as all.
    pub engaged: u32,
    /// The last time, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_engaged: Option<DateTime<Utc>>,
}
}

impl Engagement {
    /// So many delivered, so many of them acted on.
    pub fn new(delivered: u32, engaged: u32) -> Self {
        Self { delivered, engaged, last_engaged: None }
    }
}

discreet! {
ConversationDocument of "Conversation",
/// An exchange with the customer on one kind.
///
/// On a kind with sessions (WhatsApp: 24 hours from the customer's last message) it decides whether free text may
/// be sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Conversation {
    /// Its name; the plan carries it, so that nobody has to explain again.
    pub id: ConversationId,
    /// Where it is held.
    pub kind: ChannelKind,
    /// With which endpoint; `None` for any of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// When the customer last wrote or spoke.
    pub last_inbound: DateTime<Utc>,
}
}

impl Conversation {
    /// A conversation on a kind, with the customer's last word at an instant.
    pub fn new(id: ConversationId, kind: ChannelKind, last_inbound: DateTime<Utc>) -> Self {
        Self { id, kind, endpoint: None, last_inbound }
    }

    /// Whether it is held on this endpoint of this kind.
    pub(crate) fn is_on(&self, kind: ChannelKind, endpoint: EndpointId) -> bool {
        self.kind == kind && self.endpoint.is_none_or(|id| id == endpoint)
    }

    /// Whether the customer's last word is less than `window` ago; a word from the future is no word.
    pub(crate) fn is_open(&self, window: TimeDelta, now: DateTime<Utc>) -> bool {
        self.last_inbound <= now && now - self.last_inbound < window
    }
}
