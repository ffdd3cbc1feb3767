//! One message to one customer: what it is about, why it may be sent, how pressing it is, what it says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    content::{Content, ContentChoice, Form, PushOptions, Unsubscribe, Values, Variant},
    discreet,
    id::{Code, ConversationId, DedupeKey, MessageId, Tag, TenantId, TopicId},
    kind::ChannelKind,
    money::Money,
    purpose::{Purpose, Urgency},
    shared::Shared,
    version::Version,
};

/// One message to one customer.
///
/// ```
/// use waypost::{Message, Purpose, TopicId, Urgency, Variant};
///
/// let message = Message::builder("m-1".parse()?, TopicId::literal("order_shipped"), Purpose::Transactional)
///     .urgency(Urgency::High)
///     .variant(Variant::text("Your order is on its way"))
///     .created("2026-11-21T10:00:00Z".parse()?)
///     .build()?;
/// assert_eq!(message.urgency(), Urgency::High);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Message {
    fields: Fields,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a message")]
struct Fields {
    #[serde(default)]
    version: Version,
    id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dedupe_key: Option<DedupeKey>,
    topic: TopicId,
    purpose: Purpose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<TenantId>,
    #[serde(default = "normal")]
    urgency: Urgency,
    #[serde(default, skip_serializing_if = "is_empty")]
    tags: Shared<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<DateTime<Utc>>,
    content: Content,
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    values: Values,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price_ceiling: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channels: Option<Override>,
    #[serde(default, skip_serializing_if = "is_empty")]
    cancel_on: Shared<Code>,
}

fn is_empty<T>(list: &Shared<T>) -> bool {
    list.is_empty()
}

fn normal() -> Urgency {
    Urgency::Normal
}

/// The author's word on the kinds of one message, on top of the policy: it narrows and orders, it never widens.
///
/// An order and a restriction are two words here, so that a list is never mistaken for a broadcast.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Override {
    /// No kind but these; empty does not restrict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<ChannelKind>,
    /// These kinds first, in this order, in the place of the policy's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<ChannelKind>,
}

// Not derived: a derived one reads a list as the fields in their order, and a list is what it must not take.
impl<'de> Deserialize<'de> for Override {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            #[serde(default)]
            only: Vec<ChannelKind>,
            #[serde(default)]
            order: Vec<ChannelKind>,
        }

        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Override;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("kinds under `only` or under `order`")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Override, A::Error> {
                let Wire { only, order } = Wire::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Override { only, order })
            }
        }

        from.deserialize_map(Visitor)
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// It says nothing.
    #[error("content has no variants, expected at least one")]
    NoContent,
    /// It says too many things.
    #[error("content has {0} variants, expected at most {max}", max = MOST_VARIANTS)]
    TooManyVariants(usize),
    /// A variant has no words, or a template without a name.
    #[error("variant {0} (counted from 0) of form `{1}` is empty: expected {expected}", expected = expected(*.1))]
    EmptyVariant(usize, Form),
    /// A way to unsubscribe that nobody could take.
    #[error("the content's `unsubscribe` {0}")]
    Unsubscribe(&'static str),
    /// Blocks stand in a variant of another form.
    #[error("variant {0} (counted from 0) of form `{1}` has blocks, expected form `blocks`")]
    StrayBlocks(usize, Form),
    /// A variant has more blocks than anybody reads.
    #[error("variant {0} (counted from 0) has {1} blocks, expected at most {max}", max = MOST_BLOCKS)]
    TooManyBlocks(usize, usize),
    /// A block has nothing to say.
    #[error("block {1} of variant {0} (both counted from 0) {2}")]
    FaultyBlock(usize, usize, &'static str),
    /// What is said of notifications makes no sense.
    #[error("in content.push, {0}")]
    FaultyPush(&'static str),
    /// It is over before it may begin.
    #[error("the message expires before it may be sent")]
    NeverDue,
    /// An override that names nothing, or one kind twice.
    #[error("channels.{0} names `{1}` twice")]
    RepeatedKind(&'static str, ChannelKind),
    /// An override that says nothing.
    #[error("channels says neither `only` nor `order`, expected at least one kind in one of them")]
    EmptyOverride,
}

/// More variants than kinds times languages ever need; a plan refers to a variant by a 16-bit number.
const MOST_VARIANTS: usize = 4096;

/// Every attempt to fit goes over all blocks, and there is one a block: this bounds both.
const MOST_BLOCKS: usize = 256;

fn expected(form: Form) -> &'static str {
    match form {
        Form::Template => "a `template`",
        Form::Blocks => "`blocks`",
        _ => "a `body`",
    }
}

impl Message {
    /// Starts with what every message has.
    pub fn builder(id: MessageId, topic: TopicId, purpose: Purpose) -> MessageBuilder {
        MessageBuilder {
            fields: Fields {
                version: Version::default(),
                id,
                dedupe_key: None,
                topic,
                purpose,
                brand: None,
                urgency: Urgency::Normal,
                tags: Shared::default(),
                created: None,
                not_before: None,
                expires: None,
                content: Content::default(),
                values: Values::default(),
                price_ceiling: None,
                conversation: None,
                channels: None,
                cancel_on: Shared::default(),
            },
        }
    }

    /// A builder that starts from this message, to change something of it.
    pub fn to_builder(&self) -> MessageBuilder {
        MessageBuilder { fields: self.fields.clone() }
    }

    /// Its name.
    pub fn id(&self) -> &MessageId {
        &self.fields.id
    }

    /// Messages of one key are one to the customer: the later supersedes.
    pub fn dedupe_key(&self) -> Option<&DedupeKey> {
        self.fields.dedupe_key.as_ref()
    }

    /// What it is about.
    pub fn topic(&self) -> TopicId {
        self.fields.topic
    }

    /// Why it may be sent.
    pub fn purpose(&self) -> Purpose {
        self.fields.purpose
    }

    /// The brand on whose behalf it is sent; where it names none, the customer's tenant.
    pub fn brand(&self) -> Option<TenantId> {
        self.fields.brand
    }

    /// How pressing it is.
    pub fn urgency(&self) -> Urgency {
        self.fields.urgency
    }

    /// The sender's labels, sorted.
    pub fn tags(&self) -> &[Tag] {
        &self.fields.tags
    }

    pub(crate) fn shared_tags(&self) -> Shared<Tag> {
        self.fields.tags.clone()
    }

    pub(crate) fn shared_cancel_on(&self) -> Shared<Code> {
        self.fields.cancel_on.clone()
    }

    /// When it was written, where known.
    pub fn created(&self) -> Option<DateTime<Utc>> {
        self.fields.created
    }

    /// What is put into its words.
    pub fn values(&self) -> &Values {
        &self.fields.values
    }

    /// The first instant at which it may be sent; `None` is at once.
    pub fn not_before(&self) -> Option<DateTime<Utc>> {
        self.fields.not_before
    }

    /// The instant from which it must not be sent any more; `None` is never.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.fields.expires
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.fields.content
    }

    /// The variant that a plan chose; `None` where the plan was made for another message.
    pub fn variant(&self, choice: &ContentChoice) -> Option<&Variant> {
        self.fields.content.variants.get(usize::from(choice.variant))
    }

    /// The most that one send may cost.
    pub fn price_ceiling(&self) -> Option<Money> {
        self.fields.price_ceiling
    }

    /// The conversation it goes on with.
    pub fn conversation(&self) -> Option<&ConversationId> {
        self.fields.conversation.as_ref()
    }

    /// The events that make it pointless, sorted; see [`Event`](crate::Event).
    pub fn cancel_on(&self) -> &[Code] {
        &self.fields.cancel_on
    }

    /// The author's word on the kinds.
    pub fn channels(&self) -> Option<&Override> {
        self.fields.channels.as_ref()
    }
}

impl TryFrom<Fields> for Message {
    type Error = InvalidMessage;

    fn try_from(mut fields: Fields) -> Result<Self, InvalidMessage> {
        let variants = &fields.content.variants;
        if variants.is_empty() {
            return Err(InvalidMessage::NoContent);
        }
        if variants.len() > MOST_VARIANTS {
            return Err(InvalidMessage::TooManyVariants(variants.len()));
        }
        let empty = |variant: &Variant| match variant.form {
            Form::Template => variant.template.is_none(),
            Form::Blocks => variant.blocks.is_empty(),
            _ => variant.body.trim().is_empty(),
        };
        if let Some(at) = variants.iter().position(empty) {
            return Err(InvalidMessage::EmptyVariant(at, variants[at].form));
        }
        if let Some(fault) = fields.content.unsubscribe.as_ref().and_then(|unsubscribe| unsubscribe.fault()) {
            return Err(InvalidMessage::Unsubscribe(fault));
        }
        for (at, variant) in variants.iter().enumerate() {
            if variant.form != Form::Blocks && !variant.blocks.is_empty() {
                return Err(InvalidMessage::StrayBlocks(at, variant.form));
            }
            if variant.blocks.len() > MOST_BLOCKS {
                return Err(InvalidMessage::TooManyBlocks(at, variant.blocks.len()));
            }
            let fault = variant.blocks.iter().enumerate().find_map(|(place, block)| Some((place, block.fault()?)));
            if let Some((place, fault)) = fault {
                return Err(InvalidMessage::FaultyBlock(at, place, fault));
            }
        }
        if let Some(fault) = fields.content.push.as_ref().and_then(PushOptions::fault) {
            return Err(InvalidMessage::FaultyPush(fault));
        }
        if let (Some(begin), Some(end)) = (fields.not_before, fields.expires)
            && end <= begin
        {
            return Err(InvalidMessage::NeverDue);
        }
        if let Some(channels) = &fields.channels {
            if channels.only.is_empty() && channels.order.is_empty() {
                return Err(InvalidMessage::EmptyOverride);
            }
            for (field, kinds) in [("only", &channels.only), ("order", &channels.order)] {
                let repeated = kinds.iter().enumerate().find(|(at, kind)| kinds[..*at].contains(kind));
                if let Some((_, kind)) = repeated {
                    return Err(InvalidMessage::RepeatedKind(field, *kind));
                }
            }
        }
        fields.tags = Shared::set(fields.tags.to_vec());
        fields.cancel_on = Shared::set(fields.cancel_on.to_vec());
        Ok(Self { fields })
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        discreet::read::<Fields, D>(from)?.try_into().map_err(de::Error::custom)
    }
}

/// Builds a [`Message`] in code.
#[derive(Clone, Debug)]
#[must_use]
pub struct MessageBuilder {
    fields: Fields,
}

impl MessageBuilder {
    /// One with other messages of this key.
    pub fn dedupe_key(mut self, key: DedupeKey) -> Self {
        self.fields.dedupe_key = Some(key);
        self
    }

    /// Sent on behalf of this brand, where the customer's tenant is another or none.
    pub fn brand(mut self, brand: TenantId) -> Self {
        self.fields.brand = Some(brand);
        self
    }

    /// This pressing.
    pub fn urgency(mut self, urgency: Urgency) -> Self {
        self.fields.urgency = urgency;
        self
    }

    /// One label more.
    pub fn tag(mut self, tag: Tag) -> Self {
        self.fields.tags = [&*self.fields.tags, &[tag]].concat().into();
        self
    }

    /// Written at this instant.
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.fields.created = Some(at);
        self
    }

    /// Not to be sent before this instant.
    pub fn not_before(mut self, at: DateTime<Utc>) -> Self {
        self.fields.not_before = Some(at);
        self
    }

    /// Not to be sent at or after this instant.
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.fields.expires = Some(at);
        self
    }

    /// One variant more.
    pub fn variant(mut self, variant: Variant) -> Self {
        self.fields.content.variants.push(variant);
        self
    }

    /// This content instead of the variants already given.
    pub fn content(mut self, content: Content) -> Self {
        self.fields.content = content;
        self
    }

    /// To be unsubscribed from in this way; marketing by email does not go without one.
    pub fn unsubscribe(mut self, way: Unsubscribe) -> Self {
        self.fields.content.unsubscribe = Some(way);
        self
    }

    /// With these values put into its words.
    pub fn values(mut self, values: Values) -> Self {
        self.fields.values = values;
        self
    }

    /// At most this much a send; `None` for no ceiling.
    pub fn price_ceiling(mut self, ceiling: impl Into<Option<Money>>) -> Self {
        self.fields.price_ceiling = ceiling.into();
        self
    }

    /// Going on with this conversation.
    pub fn conversation(mut self, id: ConversationId) -> Self {
        self.fields.conversation = Some(id);
        self
    }

    /// Pointless once one of these happened, such as `invoice_paid`; each counts once.
    pub fn cancel_on(mut self, events: impl IntoIterator<Item = Code>) -> Self {
        self.fields.cancel_on = events.into_iter().collect::<Vec<_>>().into();
        self
    }

    /// With the author's word on the kinds; `None` leaves them to the policy.
    pub fn channels(mut self, channels: impl Into<Option<Override>>) -> Self {
        self.fields.channels = channels.into();
        self
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] says what is wrong with it.
    pub fn build(self) -> Result<Message, InvalidMessage> {
        self.fields.try_into()
    }
}
