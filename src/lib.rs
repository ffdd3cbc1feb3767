//! Waypost decides, for each message to a customer, which channels, in which order, when and in which words.
#![forbid(unsafe_code)]

mod id;
pub mod time;

pub use id::{
    AttributeId, CapId, ChannelId, Code, ConversationId, CustomerId, DedupeKey, EndpointId, InvalidName, MessageId,
    RuleId, Segment, Stage, Tag, TenantId, TopicId,
};
