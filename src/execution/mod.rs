//! The machine that carries a plan out.

mod key;
mod receipt;

pub use key::{DispatchKey, InvalidDispatchKey};
pub use receipt::{Coverage, Happened, Receipt, RefusedBy};
