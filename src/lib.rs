//! Waypost decides, for each message to a customer, which channels, in which order, when and in which words, and says
//! why.
//!
//! It sends nothing, stores nothing and reads no clock: the same message, profile, facts and policy give the same plan,
//! to the byte. Whoever sends hands in what is true now and gets a [`Plan`] that explains itself.
//!
//! ```
//! use waypost::*;
//!
//! let policy = Policy::from_toml(r#"
//! name = "corner-shop"
//! zone = "Europe/Madrid"
//!
//! [defaults]
//! order = ["push", "email", "sms", "voice"]
//!
//! [purposes.service.then]
//! hours = ["mon-sat 09:00-21:00"]
//! give_up_after = "15m"
//! "#)?;
//! let channels = ChannelList::from_toml(r#"
//! channels = [
//!     { id = "app",   kind = "push",  capabilities = ["text"] },
//!     { id = "mail",  kind = "email", capabilities = ["text", "long_form"] },
//!     { id = "text",  kind = "sms",   capabilities = ["text"], price = { micros = 45000, currency = "EUR" } },
//!     { id = "robot", kind = "voice", capabilities = ["text"] },
//! ]
//! "#)?.channels;
//! let config = RouterConfig::builder().descriptors(channels).policy(policy).build()?;
//!
//! let ana = CustomerProfile::builder("ana".parse()?)
//!     .zone(ZoneEvidence::declared("Europe/Madrid".parse()?))
//!     .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
//!     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
//!     .endpoint(Endpoint::new("phone".parse()?, ChannelKind::VOICE, "+34600111222")?)
//!     .preferences(Preferences::default()
//!         .with_order([ChannelKind::SMS])
//!         .with(Preference::new(Choice::Off).on(ChannelKind::VOICE)))
//!     .build()?;
//! let message = Message::builder("m-1".parse()?, "visit".parse()?, Purpose::Service)
//!     .variant(Variant::text("The plumber comes tomorrow at ten"))
//!     .build()?;
//!
//! let plan = Router::new(config, ana).plan(&message, &Facts::at("2026-11-20T22:30:00Z".parse()?));
//! assert_eq!(plan.to_string(), "\
//! m-1 for ana: visit, service, normal
//! 2026-11-20 22:30Z, policy corner-shop, until delivered
//! 1.  text   mobile  at 2026-11-21 08:00Z  outside the sender's hours (policy); first by the customer's own order; text; 0.045 EUR
//! 2.  mail   home    after 15 min          outside the sender's hours (policy); next by the customer's own order; text
//! -   app    -       no                    no push endpoint on file (capability)
//! -   robot  phone   no                    switched off in the preferences (customer)
//! ");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The way through
//!
//! ```text
//!  Message ─┐
//!  Profile ─┼─► eligibility ─► ranking ─► composition ─► Plan + DecisionTrace
//!  Facts  ──┘     gates         a key       steps, hours
//! ```
//!
//! - [`RouterConfig`] holds the channels and the compiled [`Policy`]; it is built once and refuses what the
//!   [lint](Policy::lint) calls an error. [`Router`] adds one customer and is two words wide; [`plan`] does the same with
//!   borrows.
//! - A [`Channel`] describes one way to send; a [`ChannelDescriptor`] is one by itself.
//! - [`CustomerProfile`], [`Message`] and [`Facts`] say to whom, what, and what is true now.
//! - [`Plan`] has [`Step`]s of [`Dispatch`]es; its [`DecisionTrace`] has every candidate with its [`Verdict`], and the
//!   [`Reason`] where it is refused.
//! - [`Router::explain`] adds every gate's answer and the smallest [change](Flip) that would have let a channel through.
//!
//! The [guide] leads through the policy, field by field.
//!
//! # What always holds
//!
//! - Nothing goes to a suppressed endpoint, nor without the consent that the purpose asks for.
//! - Nothing goes out inside hours that bind, nor at or after the expiry.
//! - Adding an opt-out, a suppression or a denial never adds a dispatch; raising the urgency never removes one.
//! - Every registered channel stands in the trace, once per endpoint or once without one, with a place or a reason.
//! - Planning never fails, never panics and does bounded work.
//!
//! # Features
//!
//! By default `toml` and `json` (documents from text), `chrono-tz` (the IANA zones) and `unicode` (better cuts). Beside them
//! `driver` with `tokio` and `tracing`, `digest` (erasure and proof), `mime`, `minijinja` and `system-zones`. None changes a
//! decision.
//!
//! # What it is not
//!
//! Waypost does not store profiles, render designers' templates, run campaigns on a schedule, deliver anything or give
//! legal advice.
#![forbid(unsafe_code)]

mod address;
mod arbitrate;
mod breaker;
mod cap_count;
mod channel;
mod check;
mod codes;
mod config;
mod confirmation;
pub mod content;
mod country;
mod digest;
mod discreet;
mod draw;
#[cfg(feature = "driver")]
pub mod driver;
mod event;
mod execution;
mod explain;
mod facts;
pub mod feedback;
mod flip;
pub mod guide;
mod history;
mod id;
mod jurisdiction;
mod kind;
pub mod law;
mod locale;
mod message;
mod money;
mod parse;
mod plan;
pub mod policy;
mod price;
mod profile;
#[cfg(feature = "digest")]
mod proof;
mod purpose;
mod reason;
mod request;
mod route;
mod router;
mod shared;
mod similar;
pub mod time;
mod trace;
mod unique;
mod version;

pub use chrono;

pub use address::{Address, AddressForm, InvalidAddress};
pub use arbitrate::{Arbitration, Decision, Flush, Handled, PendingDigest, Ruling, Waiting, arbitrate};
pub use breaker::Breakers;
pub use cap_count::CapCount;
pub use channel::{Capabilities, Capability, Channel, ChannelDescriptor, ChannelList, OpenHours, ReceiptKind};
pub use check::{Checked, Counterexample, Property};
pub use codes::UnknownCode;
pub use config::{ConfigError, RouterConfig, RouterConfigBuilder, UnknownKinds};
pub use confirmation::Confirmation;
pub use content::{Content, ContentChoice, Form, Limit, Template, Unit, Variant};
pub use country::{Country, InvalidCountry};
pub use digest::Digest;
#[cfg(feature = "digest")]
pub use digest::DigestKey;
pub use event::Event;
pub use execution::{
    Absorbed, Attempt, Closed, Coverage, DispatchKey, Ending, Execution, Failure, HandedOut, Happened,
    InvalidDispatchKey, Outcome, Output, Reached, Recall, Receipt, Refused, RefusedBy, Tried, Untried, Why,
};
pub use facts::{CampaignFigure, ChannelHealth, ChannelState, Facts, Presence};
pub use feedback::Feedback;
pub use flip::{Change, Flip};
pub use history::{History, Pending, SendScope, Sent, SentLog};
pub use id::{
    AttributeId, CapId, ChannelId, Code, ConversationId, CustomerId, DedupeKey, EndpointId, EventId, InvalidName,
    LawId, MessageId, RuleId, Segment, Stage, Tag, TenantId, TopicId,
};
pub use jurisdiction::{InvalidJurisdiction, Jurisdiction};
pub use kind::ChannelKind;
pub use law::Jurisdictions;
pub use locale::{InvalidLocale, Locale};
pub use message::{InvalidMessage, Message, MessageBuilder, Override};
pub use money::{Currency, InvalidCurrency, Money};
pub use parse::ParseError;
pub use plan::{Branch, Dispatch, Plan, Step};
pub use policy::{FailureClass, Policy};
pub use price::PriceRow;
pub use profile::consent;
pub use profile::{
    AttributeValue, Choice, ConsentAction, ConsentAnswer, ConsentBases, ConsentBasis, ConsentEvent, ConsentQuery,
    ConsentRecord, ConsentScope, ConsentSource, ConsentState, Conversation, CustomerProfile, Endpoint, EndpointHealth,
    Engagement, ErasedSuppression, InvalidJurisdictionEvidence, InvalidProfile, InvalidZoneEvidence, JurisdictionBasis,
    JurisdictionEvidence, Preference, Preferences, ProfileBuilder, QuietHours, RegistryAnswer, RegistryCheck,
    Resolution, Resolved, SetBy, Suppression, SuppressionClass, SuppressionList, ZoneBasis, ZoneEvidence,
};
#[cfg(feature = "digest")]
pub use proof::{ConsentGround, Digests, Proof, Proven, prove};
pub use purpose::{Purpose, Urgency};
pub use reason::{Authority, Misfit, Reason, Standing};
pub use request::Request;
pub use route::{confirm, explain, fitted, plan};
pub use router::Router;
pub use trace::{
    AppliedLaw, AppliedRule, Bearing, Candidate, DecisionTrace, Fields, Gate, Place, RankFields, RankKey, Refusal,
    Verdict,
};
pub use version::Version;
