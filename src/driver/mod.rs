//! The only part that waits: transports, the clock, and the loop that carries executions out.

mod transport;

pub use transport::{Delivery, DeliveryError, Transport};
