//! The only part that waits: transports, the clock, and the loop that carries executions out.

mod clock;
mod customers;
mod drive;
mod fence;
mod gateway;
mod journal;
mod ledger;
mod memory_ledger;
mod observer;
mod permits;
mod runtime;
mod sending;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tracing")]
mod tracing;
mod transport;

pub use clock::Virtual;
pub use customers::{Customers, Known};
pub use drive::{Driver, DriverBuilder, RunError};
pub use gateway::{CallLimits, DuplicateTransport, Gateway, GatewayBuilder, Turn};
pub use journal::Journal;
pub use ledger::{Ledger, ReserveError, Revision, Unavailable};
pub use memory_ledger::MemoryLedger;
pub use observer::Observer;
pub use runtime::Runtime;
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
#[cfg(feature = "tracing")]
pub use tracing::Tracing;
pub use transport::{Delivery, DeliveryError, Transport};
