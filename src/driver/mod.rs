//! The only part that waits: transports, the clock, and the loop that carries executions out.

mod clock;
mod gateway;
mod ledger;
mod memory_ledger;
mod observer;
mod permits;
mod runtime;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tracing")]
mod tracing;
mod transport;

pub use clock::Virtual;
pub use gateway::{DuplicateTransport, Gateway, GatewayBuilder, Limits, Place};
pub use ledger::{Ledger, ReserveError, Revision, Unavailable};
pub use memory_ledger::MemoryLedger;
pub use observer::Observer;
pub use runtime::Runtime;
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
#[cfg(feature = "tracing")]
pub use tracing::Tracing;
pub use transport::{Delivery, DeliveryError, Transport};
