//! A message that waits for its time, and the budget that it keeps.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{ChannelId, EndpointId, Tag, TenantId, TopicId},
    kind::ChannelKind,
    purpose::{Purpose, Urgency},
};

use super::{
    SendScope,
    sent::{may_be, share_one},
};

/// A message to this customer that waits elsewhere and shall not find its caps filled by less pressing ones.
///
/// Of every cap in which it would count it keeps one unit, until its `until`, from messages of a **lower urgency** than
/// its own. Urgency alone decides: messages of one urgency take the room as they come, so that of two that wait neither
/// waits for the other. What it does not name counts as shared, like the unknown endpoint of a past send.
///
/// ```
/// use waypost::{Pending, Purpose, TopicId, Urgency};
///
/// let until = "2026-11-21T18:00:00Z".parse()?;
/// let offer = Pending::new(Urgency::High, Purpose::Marketing, TopicId::literal("offer"), until);
/// assert!(offer.outranks(Urgency::Normal));
/// assert!(!offer.outranks(Urgency::High));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Pending {
    /// How pressing it is.
    pub urgency: Urgency,
    /// Why it will be sent.
    pub purpose: Purpose,
    /// About what.
    pub topic: TopicId,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// On whose behalf, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<TenantId>,
    /// On which kind, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// Through which channel, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// To which endpoint, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// The instant from which nothing is kept for it any more.
    pub until: DateTime<Utc>,
}

impl Pending {
    /// A message of which only this is known.
    pub fn new(urgency: Urgency, purpose: Purpose, topic: TopicId, until: DateTime<Utc>) -> Self {
        Self {
            urgency,
            purpose,
            topic,
            tags: Vec::new(),
            brand: None,
            kind: None,
            channel: None,
            endpoint: None,
            until,
        }
    }

    /// Whether it keeps room from a message of this urgency.
    pub fn outranks(&self, urgency: Urgency) -> bool {
        self.urgency.level() > urgency.level()
    }
}

impl SendScope<'_> {
    /// Whether a message that waits would count here.
    pub fn covers_pending(&self, pending: &Pending) -> bool {
        may_be(self.kind, pending.kind)
            && may_be(self.channel, pending.channel)
            && may_be(self.endpoint, pending.endpoint)
            && may_be(self.brand, pending.brand)
            && self.purpose.is_none_or(|purpose| purpose.may_be(pending.purpose))
            && self.topic.is_none_or(|topic| topic == pending.topic)
            && self.tags.is_none_or(|tags| share_one(tags, &pending.tags))
    }
}
