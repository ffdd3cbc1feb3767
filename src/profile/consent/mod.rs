//! Consent: what happened to it, what that comes to at an instant, what people write back, and the record of it all.
//!
//! - [`ConsentEvent`] is one thing that happened; a profile keeps them in a list that is only ever appended to.
//! - [`CustomerProfile::consent`](crate::CustomerProfile::consent) answers a [`ConsentQuery`] with a [`ConsentAnswer`].
//! - [`keyword`] reads STOP, START and HELP, and gives the events to append.
//! - [`ConsentRecord`] is the export, in the shape of ISO/IEC TS 27560:2023 and the terms of the W3C's DPV.

mod event;
mod fold;
pub mod keyword;
mod query;
mod record;
mod scope;
mod state;

pub use event::{ConsentAction, ConsentBasis, ConsentEvent, ConsentSource};
pub(crate) use fold::{after_end, fold};
pub use query::{ConsentBases, ConsentQuery};
pub use record::{ConsentRecord, RecordHeader};
pub use scope::ConsentScope;
pub use state::{ConsentAnswer, ConsentState};
