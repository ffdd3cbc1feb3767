//! What an execution asks its caller to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    execution::{DispatchKey, Outcome},
    id::Code,
    plan::Dispatch,
    reason::Reason,
};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// Confirm it, and hand it to the provider under its key.
    Dispatch(HandedOut),
    /// Take it back, where the channel can; nothing follows where it cannot.
    Cancel(Recall),
    /// It is over. Said once; nothing is dispatched after it.
    Settle(Box<Outcome>),
    /// Nothing, until a receipt, an event, or this instant.
    Wait {
        /// When [`handle_timeout`](crate::Execution::handle_timeout) is wanted; `None` is never.
        until: Option<DateTime<Utc>>,
        /// What is waited for.
        why: Why,
    },
}

/// A dispatch that goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandedOut {
    /// The provider's idempotency key.
    pub key: DispatchKey,
    /// What the plan says of it.
    pub dispatch: Dispatch,
    /// How often it was handed out before under this key, because nobody knew what had become of it.
    pub repeat: u8,
}

impl HandedOut {
    /// A dispatch that goes out for the first time under its key, as a test of a transport may want one.
    pub fn new(key: DispatchKey, dispatch: Dispatch) -> Self {
        Self { key, dispatch, repeat: 0 }
    }
}

/// A dispatch that should be taken back: another one reached the customer, or the message is pointless by now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recall {
    /// The key under which it went out.
    pub key: DispatchKey,
    /// What the plan says of it.
    pub dispatch: Dispatch,
    /// The provider's own name for it, where a receipt gave one.
    pub reference: Option<Code>,
}

impl Recall {
    /// What went out under a key, to be taken back.
    pub fn new(key: DispatchKey, dispatch: Dispatch) -> Self {
        Self { key, dispatch, reference: None }
    }
}

/// What an execution waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Why {
    /// The time of the next step.
    NotBefore,
    /// A gate that was closed when the dispatch came up.
    Gate(Reason),
    /// The time to try again after a failure.
    Retry,
    /// The time to send again under the same key.
    Repeat,
    /// The provider's word that it took the dispatch.
    Acceptance,
    /// The receipt that settles the step.
    Receipt,
    /// Nothing: it is over.
    Settled,
}
