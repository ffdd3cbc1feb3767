//! What an arbitration reads: the messages that wait, and what became of earlier ones.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    config::RouterConfig,
    content::Values,
    discreet::discreet,
    id::{ConversationId, DedupeKey, MessageId, Tag, TenantId, TopicId},
    message::Message,
    policy::Common,
    purpose::{Purpose, Urgency},
};

discreet! {
WaitingDocument of "Waiting",
/// A message that waits to be carried out, and since when.
///
/// ```
/// use waypost::*;
///
/// let visit = Message::builder("m-1".parse()?, "visit".parse()?, Purpose::Service)
///     .variant(Variant::text("The plumber comes tomorrow at ten"))
///     .build()?;
/// let waiting = Waiting::new(visit, "2026-11-21T10:00:00Z".parse()?);
/// assert_eq!(waiting.created(), waiting.since); // a message that does not say when it was written
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// When it came in; it must not change from one arbitration to the next.
    pub since: DateTime<Utc>,
    /// Whether it was made out of collected messages, and is not collected itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_digest: bool,
}
}

impl Waiting {
    /// A message that came in at an instant.
    pub fn new(message: Message, since: DateTime<Utc>) -> Self {
        Self { message, since, is_digest: false }
    }

    /// A message that was made out of collected ones; see [`PendingDigest::compose`](super::PendingDigest::compose).
    pub fn digest(message: Message, since: DateTime<Utc>) -> Self {
        Self { is_digest: true, ..Self::new(message, since) }
    }

    /// When it was written or, where it does not say, when it came in.
    pub fn created(&self) -> DateTime<Utc> {
        self.message.created().unwrap_or(self.since)
    }

    /// When a digest counts it as come: not before it may be sent.
    pub(super) fn arrival(&self) -> DateTime<Utc> {
        self.message.not_before().map_or(self.since, |due| due.max(self.since))
    }
}

discreet! {
HandledDocument of "Handled",
/// What is kept of a message that was handed over: enough to know it again, to mute others, and to keep its window.
///
/// [`RouterConfig::handled`] makes one. It may be forgotten once it is older than the longest `for` and the longest window
/// of the policy, and nobody will hand the message in again. Of the values it keeps those that the policy's inhibitions
/// and digests compare, and no others.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Handled {
    /// The message.
    pub message: MessageId,
    /// Its dedupe key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_key: Option<DedupeKey>,
    /// When it was written or, where it does not say, when it came in.
    pub created: DateTime<Utc>,
    /// When it came in, and not before it might be sent.
    pub since: DateTime<Utc>,
    /// When it was handed over.
    pub at: DateTime<Utc>,
    /// Whether its execution still runs: a newer message of the key then supersedes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub running: bool,
    /// Whether it went inside a digest, or is one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collected: bool,
    /// What it was about.
    pub topic: TopicId,
    /// Why it was sent.
    pub purpose: Purpose,
    /// How pressing it was.
    pub urgency: Urgency,
    /// Its labels, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The brand on whose behalf it was sent, where it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<TenantId>,
    /// The conversation that it went on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The values that the policy compares.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub values: Values,
}
}

impl Handled {
    /// The same, with its execution under way.
    pub fn running(self) -> Self {
        Self { running: true, ..self }
    }

    /// The same, as a member of a digest.
    pub fn collected(self) -> Self {
        Self { collected: true, ..self }
    }
}

impl RouterConfig {
    /// What to keep of a message that is handed over at `at`, to be handed in at the next arbitration.
    ///
    /// ```
    /// use waypost::*;
    ///
    /// let policy = Policy::from_toml(r#"
    /// [[inhibit]]
    /// name = "one-per-order"
    /// source = { topic = "cancelled_order" }
    /// target = { topic = "shipping" }
    /// equal = ["value:order"]
    /// for = "1d"
    /// "#)?;
    /// let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS);
    /// let config = RouterConfig::builder().descriptors([sms]).policy(policy).build()?;
    ///
    /// let message = Message::builder("m-1".parse()?, "cancelled_order".parse()?, Purpose::Transactional)
    ///     .variant(Variant::text("Order {order} is cancelled, {name}"))
    ///     .values([("order".parse()?, "A-7"), ("name".parse()?, "Ana")].into_iter().collect())
    ///     .build()?;
    /// let at = "2026-11-21T10:00:00Z".parse()?;
    /// let handled = config.handled(&Waiting::new(message, at), at);
    /// assert_eq!(handled.values.iter().collect::<Vec<_>>(), [("order".parse()?, "A-7")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handled(&self, waiting: &Waiting, at: DateTime<Utc>) -> Handled {
        let message = &waiting.message;
        let inhibit = self.policy.inhibit.iter().flat_map(|inhibition| &inhibition.equal);
        let compared: Vec<_> = inhibit.chain(self.policy.digest.iter().flat_map(|digest| &digest.by)).collect();
        let values = message.values().iter().filter(|(name, _)| compared.contains(&&Common::Value(*name)));
        Handled {
            message: message.id().clone(),
            dedupe_key: message.dedupe_key().cloned(),
            created: waiting.created(),
            since: waiting.arrival(),
            at,
            running: false,
            collected: waiting.is_digest,
            topic: message.topic(),
            purpose: message.purpose(),
            urgency: message.urgency(),
            tags: message.tags().to_vec(),
            brand: message.brand(),
            conversation: message.conversation().cloned(),
            values: values.collect(),
        }
    }
}
