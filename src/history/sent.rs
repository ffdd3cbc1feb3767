//! One past send, and what a later message must share with it for it to count.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{ChannelId, EndpointId, Tag, TenantId, TopicId},
    kind::ChannelKind,
    purpose::Purpose,
};

/// One message that was accepted for dispatch to this customer.
///
/// What counts is what was handed to a provider: a refusal and a deferral leave no record, a delivery that failed later
/// does. Everything is as it was when it was sent, so that a tag renamed since changes no count.
/// [`Router::sent`](crate::Router::sent) makes one from a dispatch.
///
/// ```
/// use waypost::{ChannelId, ChannelKind, Purpose, Sent, Tag, TopicId};
///
/// let mut sent = Sent::new(
///     "2026-11-20T17:00:00Z".parse()?,
///     ChannelId::literal("mail"),
///     ChannelKind::EMAIL,
///     Purpose::Marketing,
///     TopicId::literal("coupon"),
/// );
/// sent.tags = vec![Tag::literal("black-friday")];
/// assert!(sent.counts_toward_caps);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// The labels that the message had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// On whose behalf, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<TenantId>,
    /// Whether caps count it; see [`PurposePolicy`](crate::policy::PurposePolicy).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub counts_toward_caps: bool,
}

fn yes() -> bool {
    true
}

fn is_yes(answer: &bool) -> bool {
    *answer
}

impl Sent {
    /// A send that counts, of which neither endpoint nor brand is known and which had no tags.
    pub fn new(at: DateTime<Utc>, channel: ChannelId, kind: ChannelKind, purpose: Purpose, topic: TopicId) -> Self {
        Self {
            at,
            channel,
            kind,
            endpoint: None,
            purpose,
            topic,
            tags: Vec::new(),
            brand: None,
            counts_toward_caps: true,
        }
    }
}

/// What a past send must share to be counted; what is `None` need not be shared.
///
/// What is not known counts: a send without an endpoint or a brand may have been to this one, and a purpose that this
/// version cannot read may be any. Of tags one in common is enough, and who has none shares none.
///
/// ```
/// use waypost::{ChannelId, ChannelKind, Purpose, SendScope, Sent, TopicId};
///
/// let at = "2026-11-20T17:00:00Z".parse()?;
/// let sent = Sent::new(at, ChannelId::literal("mail"), ChannelKind::EMAIL, Purpose::Service, TopicId::literal("visit"));
/// let mut scope = SendScope::default();
/// assert!(scope.covers(&sent)); // every send to the person
/// scope.kind = Some(ChannelKind::SMS);
/// assert!(!scope.covers(&sent));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendScope<'a> {
    /// The endpoint.
    pub endpoint: Option<EndpointId>,
    /// The channel.
    pub channel: Option<ChannelId>,
    /// The kind.
    pub kind: Option<ChannelKind>,
    /// The purpose.
    pub purpose: Option<Purpose>,
    /// The topic.
    pub topic: Option<TopicId>,
    /// One of these tags.
    pub tags: Option<&'a [Tag]>,
    /// The brand.
    pub brand: Option<TenantId>,
    /// Sends that do not count toward the policy's caps too: the law counts them.
    pub uncounted: bool,
}

impl SendScope<'_> {
    /// Whether a send counts here: it counts toward caps at all, and shares what must be shared.
    pub fn covers(&self, sent: &Sent) -> bool {
        (self.uncounted || sent.counts_toward_caps)
            && self.kind.is_none_or(|kind| kind == sent.kind)
            && self.channel.is_none_or(|channel| channel == sent.channel)
            && self.purpose.is_none_or(|purpose| purpose.may_be(sent.purpose))
            && self.topic.is_none_or(|topic| topic == sent.topic)
            && may_be(self.endpoint, sent.endpoint)
            && may_be(self.brand, sent.brand)
            && self.tags.is_none_or(|tags| share_one(tags, &sent.tags))
    }
}

/// Whether two may be one, where either may be unknown.
pub(super) fn may_be<T: PartialEq>(asked: Option<T>, known: Option<T>) -> bool {
    match (asked, known) {
        (Some(asked), Some(known)) => asked == known,
        _ => true,
    }
}

pub(super) fn share_one(some: &[Tag], others: &[Tag]) -> bool {
    some.iter().any(|tag| others.contains(tag))
}
