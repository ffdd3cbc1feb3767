//! Something that happened in the sender's business and that a message may hang on.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    discreet::discreet,
    id::{Code, MessageId},
};

discreet! {
EventDocument of "Event",
/// Something that happened to the customer in the sender's business: an invoice was paid, an order cancelled.
///
/// Names are the sender's. Two mean something by themselves to the [`message`](Self::message) they name: `cancelled` and
/// `superseded`. Every other one means something to a message that names it in `cancel_on`, or that settles on it.
///
/// ```
/// use waypost::{Code, Event};
///
/// let paid = Event::new(Code::literal("invoice_paid"), "2026-11-21T10:00:00Z".parse()?);
/// assert_eq!(paid.message, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub name: Code,
    /// When.
    pub at: DateTime<Utc>,
    /// The message it happened to; `None` is any of this customer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}
}

impl Event {
    /// The sender took the message back.
    pub const CANCELLED: Code = Code::literal("cancelled");
    /// A later message takes the place of this one.
    pub const SUPERSEDED: Code = Code::literal("superseded");

    /// An event of this name at an instant.
    pub fn new(name: Code, at: DateTime<Utc>) -> Self {
        Self { name, at, message: None }
    }

    /// The sender takes this message back.
    pub fn cancelled(message: MessageId, at: DateTime<Utc>) -> Self {
        Self { name: Self::CANCELLED, at, message: Some(message) }
    }

    /// A later message takes the place of this one.
    pub fn superseded(message: MessageId, at: DateTime<Utc>) -> Self {
        Self { name: Self::SUPERSEDED, at, message: Some(message) }
    }

    /// The same, about one message.
    pub fn about(mut self, message: MessageId) -> Self {
        self.message = Some(message);
        self
    }

    /// Whether it makes a message pointless that names these events.
    pub(crate) fn ends(&self, message: &MessageId, cancel_on: &[Code]) -> bool {
        let meant = self.message.as_ref() == Some(message);
        let own = self.name == Self::CANCELLED || self.name == Self::SUPERSEDED;
        meant && own || (meant || self.message.is_none()) && cancel_on.contains(&self.name)
    }
}
