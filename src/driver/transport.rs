//! Transports: channels that deliver.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    address::Address,
    channel::{Channel, ReceiptKind},
    content::Fitted,
    execution::{Coverage, DispatchKey, Happened, Recall, Receipt, RefusedBy},
    id::Code,
    message::Message,
    plan::Dispatch,
    policy::FailureClass,
    time::Span,
};

/// One dispatch with everything that a provider is handed: the key, the address and the words.
///
/// `Debug` shows neither the address nor the words.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// What the provider is to recognise a repetition by.
    pub key: &'a DispatchKey,
    /// What the plan says of it.
    pub dispatch: &'a Dispatch,
    /// The message.
    pub message: &'a Message,
    /// Where it goes.
    pub address: &'a Address,
    /// The words, laid out for the channel.
    pub fitted: &'a Fitted<'a>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Delivery<'_> {
    /// The receipt of a provider that took it.
    pub fn accepted(&self) -> Receipt {
        Receipt::reached(self.key.clone(), self.at, ReceiptKind::Accepted)
    }
}

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("key", self.key).field("dispatch", self.dispatch).finish_non_exhaustive()
    }
}

/// Why a provider did not take a dispatch, by who should do what.
///
/// | error | was it sent | what follows |
/// | --- | --- | --- |
/// | `Rejected` | no, and it never will be | by the policy's word on its class, usually the next step |
/// | `OptedOut` | no | the message ends |
/// | `Busy` | no | again, not before `retry_after` |
/// | `NotConnected` | no | as an outage: a stand-in, or the next step |
/// | `TimedOut` | maybe | again under the same key |
/// | `Invalid` | no | as content that does not fit; somebody should look |
///
/// No text of the provider stands in it: such texts hold addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// Rejected for good.
    #[error("rejected for good: {class}{}", Detail(.detail))]
    Rejected {
        /// How.
        class: FailureClass,
        /// The provider's own code, for reports.
        detail: Option<Code>,
    },
    /// The provider knows that the customer said no.
    #[error("the customer said no: {by}")]
    OptedOut {
        /// How.
        by: RefusedBy,
        /// How far it reaches.
        covers: Coverage,
    },
    /// Rejected for now.
    #[error("rejected for now{}", Detail(.detail))]
    Busy {
        /// How long the provider asks to be left alone.
        retry_after: Option<Span>,
        /// The provider's own code, for reports.
        detail: Option<Code>,
    },
    /// Nobody answered: nothing was sent.
    #[error("not connected")]
    NotConnected,
    /// No answer in time: it may have been sent.
    #[error("no answer in time, it may have been sent")]
    TimedOut,
    /// The request is wrong: a fault of the transport or of its configuration.
    #[error("the request is wrong{}", Detail(.detail))]
    Invalid {
        /// In what.
        detail: Option<Code>,
    },
}

/// A code behind a colon, where there is one.
struct Detail<'a>(&'a Option<Code>);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, ": {code}"))
    }
}

impl DeliveryError {
    /// Whether the same may be tried again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::NotConnected | Self::TimedOut)
    }

    /// Whether it says that the provider does not work, as a breaker counts it.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::NotConnected | Self::TimedOut)
    }

    /// What an execution is told.
    pub fn happened(&self) -> Happened {
        match *self {
            Self::Rejected { class, detail } => Happened::Failed { class, detail, retry_after: None },
            Self::OptedOut { by, covers } => Happened::Refused { by, covers },
            Self::Busy { retry_after, detail } => {
                Happened::Failed { class: FailureClass::Transient, detail, retry_after }
            }
            Self::NotConnected => {
                Happened::Failed { class: FailureClass::Outage, detail: Some(NOT_CONNECTED), retry_after: None }
            }
            Self::TimedOut => Happened::Unknown,
            Self::Invalid { detail } => Happened::Failed { class: FailureClass::Unfit, detail, retry_after: None },
        }
    }
}

const NOT_CONNECTED: Code = Code::literal("not_connected");

/// A channel that delivers.
///
/// Routing needs only the [`Channel`]; an `Arc<dyn Transport>` is an `Arc<dyn Channel>` too, so one registration serves both.
/// A transport hands the key to its provider as the idempotency key, and may be dropped at any `await`.
#[async_trait]
pub trait Transport: Channel {
    /// Hands a dispatch to the provider.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`] says what is known of the send; where nothing is, `TimedOut`.
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError>;

    /// Takes back what was sent under a key, where the channel can; returns whether it did.
    ///
    /// # Errors
    ///
    /// As [`deliver`](Self::deliver).
    async fn recall(&self, recall: &Recall) -> Result<bool, DeliveryError> {
        let _ = recall;
        Ok(false)
    }
}
