//! Waypost decides, for each message to a customer, which channels, in which order, when and in which words.
#![forbid(unsafe_code)]

mod address;
mod channel;
mod codes;
mod content;
mod country;
mod facts;
mod id;
mod kind;
mod locale;
mod message;
mod money;
mod parse;
pub mod policy;
mod profile;
mod purpose;
mod reason;
pub mod time;
mod version;

pub use address::{Address, AddressForm, InvalidAddress};
pub use channel::{Capabilities, Capability, Channel, ChannelDescriptor, ChannelList, Limit, OpenHours, ReceiptKind};
pub use codes::UnknownCode;
pub use content::{Content, ContentChoice, Form, Template, Variant};
pub use country::{Country, InvalidCountry};
pub use facts::{CampaignFigure, ChannelHealth, ChannelState, Facts, Presence, Sent};
pub use id::{
    AttributeId, CapId, ChannelId, Code, ConversationId, CustomerId, DedupeKey, EndpointId, InvalidName, MessageId,
    RuleId, Segment, Stage, Tag, TenantId, TopicId,
};
pub use kind::ChannelKind;
pub use locale::{InvalidLocale, Locale};
pub use message::{InvalidMessage, Message, MessageBuilder, Override};
pub use money::{Currency, InvalidCurrency, Money};
pub use parse::ParseError;
pub use policy::Policy;
pub use profile::{
    AttributeValue, Choice, ConsentAction, ConsentEvent, ConsentScope, ConsentState, Conversation, CustomerProfile,
    Endpoint, EndpointHealth, Engagement, InvalidProfile, InvalidZoneEvidence, Preference, Preferences, ProfileBuilder,
    QuietHours, Resolved, SetBy, Suppression, SuppressionClass, ZoneBasis, ZoneEvidence,
};
pub use purpose::{Purpose, Urgency};
pub use reason::{Authority, Reason, Standing, Unit};
pub use version::Version;
