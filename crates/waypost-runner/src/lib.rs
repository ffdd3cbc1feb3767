//! Soon.
#![forbid(unsafe_code)]

mod config;
mod error;
mod schema;
mod store;

pub use config::Durability;
pub use error::{DatabaseError, RunnerError};
