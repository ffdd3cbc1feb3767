//! What is kept, and the statements that keep it.

mod context;
mod database;
mod executions;
mod inbox;
mod notify;
mod postgres;
mod prune;
mod row;
mod sends;
mod sqlite;

pub(crate) use context::{Known, Learned};
pub(crate) use database::{Database, Patience, transact};
pub(crate) use executions::{Change, Claimed, Lease, NewExecution, State, StoredExecution, Submitted};
pub(crate) use inbox::{Input, InputKind, Received};
pub(crate) use prune::{OldSend, Taught};
pub(crate) use sends::{Answer, Intent, Reservation};

use waypost::chrono::{DateTime, Utc};

/// An instant as it is stored.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// A stored instant.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
pub(crate) mod tests;
