//! The only part that waits: transports, the clock, and the loop that carries executions out.

mod clock;
mod ledger;
mod memory_ledger;
mod permits;
mod runtime;
#[cfg(feature = "tokio")]
mod tokio;
mod transport;

pub use clock::Virtual;
pub use ledger::{Ledger, ReserveError, Revision, Unavailable};
pub use memory_ledger::MemoryLedger;
pub use runtime::Runtime;
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
pub use transport::{Delivery, DeliveryError, Transport};
