//! Waypost decides, for each message to a customer, which channels, in which order, when and in which words.
#![forbid(unsafe_code)]

mod address;
mod channel;
mod codes;
mod config;
mod content;
mod country;
mod discreet;
mod draw;
mod explain;
mod facts;
mod flip;
mod id;
mod kind;
mod locale;
mod message;
mod money;
mod parse;
mod plan;
pub mod policy;
mod profile;
mod purpose;
mod reason;
mod route;
mod router;
pub mod time;
mod trace;
mod version;

pub use address::{Address, AddressForm, InvalidAddress};
pub use channel::{Capabilities, Capability, Channel, ChannelDescriptor, ChannelList, Limit, OpenHours, ReceiptKind};
pub use codes::UnknownCode;
pub use config::{ConfigError, RouterConfig, RouterConfigBuilder, UnknownKinds};
pub use content::{Content, ContentChoice, Form, Template, Variant};
pub use country::{Country, InvalidCountry};
pub use facts::{CampaignFigure, ChannelHealth, ChannelState, Facts, Presence, Sent};
pub use flip::{Change, Flip};
pub use id::{
    AttributeId, CapId, ChannelId, Code, ConversationId, CustomerId, DedupeKey, EndpointId, InvalidName, MessageId,
    RuleId, Segment, Stage, Tag, TenantId, TopicId,
};
pub use kind::ChannelKind;
pub use locale::{InvalidLocale, Locale};
pub use message::{InvalidMessage, Message, MessageBuilder, Override};
pub use money::{Currency, InvalidCurrency, Money};
pub use parse::ParseError;
pub use plan::{Dispatch, Plan, Step};
pub use policy::Policy;
pub use profile::{
    AttributeValue, Choice, ConsentAction, ConsentEvent, ConsentScope, ConsentState, Conversation, CustomerProfile,
    Endpoint, EndpointHealth, Engagement, InvalidProfile, InvalidZoneEvidence, Preference, Preferences, ProfileBuilder,
    QuietHours, Resolved, SetBy, Suppression, SuppressionClass, ZoneBasis, ZoneEvidence,
};
pub use purpose::{Purpose, Urgency};
pub use reason::{Authority, Reason, Standing, Unit};
pub use route::{confirm, explain, plan};
pub use router::Router;
pub use trace::{AppliedRule, Candidate, DecisionTrace, Fields, Gate, Place, RankFields, RankKey, Refusal, Verdict};
pub use version::Version;
