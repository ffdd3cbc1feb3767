//! What a provider or the customer did with a dispatch.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    channel::ReceiptKind, codes::codes, discreet::discreet, execution::DispatchKey, id::Code, policy::FailureClass,
    time::Span,
};

codes! {
    /// How a customer says no to a dispatch, or how it is known that they did.
    closed RefusedBy, "refusal" {
        /// They wrote STOP or unsubscribed.
        OptOut = "opt_out",
        /// They reported the message as unwanted.
        Complaint = "complaint",
        /// The provider keeps them on a list of those who are not to be written to.
        Suppressed = "suppressed",
    }
}

codes! {
    /// How far a refusal reaches; the wider is taken where two are told of one dispatch.
    closed Coverage, "coverage" {
        /// This endpoint.
        Endpoint = "endpoint",
        /// Every endpoint of this kind.
        Kind = "kind",
        /// Every channel.
        Everything = "everything",
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Happened {
    /// It came this far.
    Reached(ReceiptKind),
    /// It failed.
    Failed {
        /// How.
        class: FailureClass,
        /// The provider's own word for it, for reports.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Code>,
        /// How long the provider asks to be left alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Span>,
    },
    /// The customer said no. It never leads to a send on another channel.
    Refused {
        /// How.
        by: RefusedBy,
        /// How far it reaches.
        covers: Coverage,
    },
    /// The call ended without an answer: it may have been sent, or not. It is repeated under the same key.
    Unknown,
}

discreet! {
ReceiptDocument of "Receipt",
/// What a provider or the customer did with one dispatch, by its key.
///
/// ```
/// use waypost::{Happened, Receipt, ReceiptKind};
///
/// let read: Receipt = serde_json::from_str(
///     r#"{"key": "m-1/0.1.1/1", "at": "2026-11-21T10:00:05Z", "what": {"reached": "read"}}"#,
/// )?;
/// assert_eq!(read.what, Happened::Reached(ReceiptKind::Read));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The dispatch it is of.
    pub key: DispatchKey,
    /// When it happened, by the provider's clock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub what: Happened,
    /// The provider's own name for the message, where it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Code>,
}
}

impl Receipt {
    /// This happened to a dispatch at an instant.
    pub fn new(key: DispatchKey, at: DateTime<Utc>, what: Happened) -> Self {
        Self { key, at, what, reference: None }
    }

    /// It came this far.
    pub fn reached(key: DispatchKey, at: DateTime<Utc>, kind: ReceiptKind) -> Self {
        Self::new(key, at, Happened::Reached(kind))
    }

    /// It failed.
    pub fn failed(key: DispatchKey, at: DateTime<Utc>, class: FailureClass) -> Self {
        Self::new(key, at, Happened::Failed { class, detail: None, retry_after: None })
    }

    /// The customer said no; as far as is known, to everything.
    pub fn refused(key: DispatchKey, at: DateTime<Utc>, by: RefusedBy) -> Self {
        Self::new(key, at, Happened::Refused { by, covers: Coverage::Everything })
    }

    /// The same, where it says no, reaching this far.
    pub fn covering(mut self, reach: Coverage) -> Self {
        if let Happened::Refused { covers, .. } = &mut self.what {
            *covers = reach;
        }
        self
    }

    /// The same, where it failed, asking to be left alone for so long.
    pub fn asking_to_wait(mut self, span: Span) -> Self {
        if let Happened::Failed { retry_after, .. } = &mut self.what {
            *retry_after = Some(span);
        }
        self
    }

    /// The same, by the provider's own name for the message.
    pub fn with_reference(mut self, reference: Code) -> Self {
        self.reference = Some(reference);
        self
    }
}
