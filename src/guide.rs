//! The guide: how to write a policy, how to read a plan.
//!
//! - [`policy`]: every field of a policy, with an example each
//! - [`plans`]: what a plan says and how to ask it why
//! - [`execution`]: how a plan is carried out, from its first send to what is learned from it
//! - [`arbitration`]: several messages of one customer, and which of them go
//! - [`consent`]: who may be written to, on whose word, since when and until when
//! - [`content`]: blocks written once, what each channel makes of them, limits, and what is lost
//! - [`channels`]: what each provider is handed, what it takes, and where that is written
//! - [`sms`]: what a text costs as SMS, where it is cut, how it becomes cheaper
//! - [`email`]: what a message becomes in an inbox, how it is left again, how it goes over the wire
//! - [`law`]: rows of law, how to load and keep them, and what they are not
//! - `driver`: how plans are carried out over transports, with the feature of that name

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/policy.md")]
pub mod policy {}

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/plans.md")]
pub mod plans {}

#[cfg(all(feature = "toml", feature = "json"))]
#[doc = include_str!("../docs/execution.md")]
pub mod execution {}

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/arbitration.md")]
pub mod arbitration {}

#[doc = include_str!("../docs/consent.md")]
pub mod consent {}

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/content.md")]
pub mod content {}

#[doc = include_str!("../docs/email.md")]
pub mod email {}

#[cfg(all(feature = "toml", feature = "chrono-tz"))]
#[doc = include_str!("../docs/law.md")]
pub mod law {}

#[doc = include_str!("../docs/sms.md")]
pub mod sms {}

#[cfg(all(feature = "toml", feature = "json"))]
#[doc = include_str!("../docs/channels.md")]
pub mod channels {}

#[cfg(all(feature = "driver", feature = "toml"))]
#[doc = include_str!("../docs/driver.md")]
pub mod driver {}
