//! Soon.
#![forbid(unsafe_code)]

mod config;
mod context;
mod error;
mod flight;
mod progress;
mod runner;
mod schema;
mod shared;
mod status;
mod store;
mod turn;
mod worker;

pub use config::{Durability, RunnerConfig};
pub use error::{DatabaseError, RunnerError};
pub use progress::Progress;
pub use runner::{Parked, Received, Runner, Submission, Submitted};
pub use status::{State, Status};
