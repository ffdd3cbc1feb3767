//! The ledger: what was sent to whom, so that caps hold however many send at once.

use async_trait::async_trait;

use crate::{execution::DispatchKey, history::Sent, id::CustomerId};

/// How often something was reserved for one customer; what was reserved since makes a decision stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// A store did not answer, so nobody knows.
///
/// The cause is for the log of whoever implements the store: here it could carry an address out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store does not answer")]
pub struct Unavailable;

/// Why something was not reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReserveError {
    /// Something was reserved for the customer since: read again, and decide again.
    #[error("something else was reserved for the customer since")]
    Conflict,
    /// The ledger did not answer.
    #[error("the ledger does not answer")]
    Unavailable,
}

impl From<Unavailable> for ReserveError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What was sent to each customer, and what is about to be.
///
/// Caps of every form hold, those of the law too, because the gates themselves judge: whoever sends reads the
/// [`sends`](Self::sends), asks [`confirm`](crate::confirm) with them as the history, and reserves `as_of` the revision it
/// read. Only one of several who read the same succeeds; the others read and ask again.
///
/// ```text
/// sends ─► confirm ─► reserve ─► the send ─► accepted      ─► confirm: it stays
///   ▲                    │ conflict      ├─► surely not sent ─► release: there is room again
///   └────────────────────┘               └─► nobody knows   ─► it stays reserved, and counts
/// ```
///
/// | call | when it fails | errs |
/// | --- | --- | --- |
/// | `sends` | nothing is sent, and it is asked again | towards sending less |
/// | `reserve`, unavailable | nothing is sent; it may be reserved, and then counts until its key comes again or is released | towards sending less |
/// | `confirm` | what is reserved goes on to count | not at all |
/// | `release` | what was not sent goes on to count | towards sending less |
///
/// A store keeps at least the sends that the caps look back on; one that forgets them sooner errs towards sending.
/// [`MemoryLedger`](crate::driver::MemoryLedger) keeps them in this process.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// What was sent to a customer or is reserved, in any order, without what stands under `besides`; and as of when.
    ///
    /// `besides` is the key that is about to go out: what it reserved itself before does not stand in its way.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where the ledger does not answer.
    async fn sends(&self, customer: &CustomerId, besides: &DispatchKey) -> Result<(Vec<Sent>, Revision), Unavailable>;

    /// Reserves a send under its key, where nothing was reserved for the customer since `as_of`.
    ///
    /// It counts as sent from now on. A key has one send: where it has one already, this one takes its place, under the
    /// same condition.
    ///
    /// # Errors
    ///
    /// [`ReserveError::Conflict`] where something was reserved since, [`ReserveError::Unavailable`] where the ledger does
    /// not answer.
    async fn reserve(
        &self,
        customer: &CustomerId,
        key: &DispatchKey,
        sent: Sent,
        as_of: Revision,
    ) -> Result<(), ReserveError>;

    /// It was sent: it can be released no more. An unknown key changes nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where the ledger does not answer.
    async fn confirm(&self, key: &DispatchKey) -> Result<(), Unavailable>;

    /// It was surely not sent: it does not count any more. A key that is unknown or was confirmed changes nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where the ledger does not answer.
    async fn release(&self, key: &DispatchKey) -> Result<(), Unavailable>;
}
