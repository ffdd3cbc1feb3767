//! Law as data: dated rows that say where, when, how often and after which word of the customer's may be sent.
//!
//! **This is not legal advice**, nor a promise that the rows are right, complete or current. The crate carries a reader and a
//! dated sample; whoever sends answers for the rows that are loaded, and has them read by somebody who knows.
//!
//! Nothing of it counts until [`RouterConfigBuilder::law`](crate::RouterConfigBuilder::law) is given a [`Jurisdictions`].
//! From then on every row that is in force at the instant of sending, for a place that the customer may be in, binds
//! beside the policy: hours, caps, waits after a refusal, demands on consent. Of several rows the strictest counts, no
//! rule and no urgency lifts any, and every reason names its row.
//!
//! ```
//! use waypost::{Purpose, law::{Jurisdictions, RowKind}, ChannelKind};
//!
//! let law = Jurisdictions::from_toml(r#"
//! [[rows]]
//! id = "us-call-hours"
//! jurisdiction = "US"
//! channels = ["voice"]
//! purposes = ["marketing"]
//! kind = "hours"
//! windows = ["08:00-21:00"]
//! source = "47 CFR 64.1200(c)(1)"
//! verified = "2026-11-21"
//! confidence = "primary"
//! "#)?;
//! let (florida, noon) = ("US-FL".parse()?, "2026-11-23T17:00:00Z".parse()?);
//! let binding = law.applying([florida], ChannelKind::VOICE, Purpose::Marketing, noon);
//! assert_eq!(binding.map(|row| row.provision.kind()).collect::<Vec<_>>(), [RowKind::Hours]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compile;
mod jurisdictions;
mod lifted;
mod lint;
mod row;

pub(crate) use compile::{Act, CompiledLaw, CompiledRow};
pub use jurisdictions::{InvalidLaw, Jurisdictions};
use lifted::OneOrMore;
pub use lifted::{Closing, InvalidClosing, InvalidLiftedBy, LiftedBy};
pub use row::{CapOf, Clock, Confidence, Counts, InvalidRow, Provision, Row, RowKind, Status};
