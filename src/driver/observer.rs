//! Whoever watches.

use chrono::{DateTime, TimeDelta, Utc};

use super::transport::DeliveryError;
use crate::{
    confirmation::Confirmation,
    event::Event,
    execution::{Absorbed, DispatchKey, Outcome, Recall, Receipt, Why},
    id::{ChannelId, MessageId},
    plan::Dispatch,
};

/// Is told what the driver does: metrics and logs bind here.
///
/// Every function does nothing unless it is written, so `()` is the observer that watches nothing. None of them is told
/// an address or words. They are called in between, so they return soon and do not panic.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use waypost::{Dispatch, DispatchKey, driver::Observer};
///
/// /// Counts what goes out.
/// #[derive(Default)]
/// struct Sends(AtomicU64);
///
/// impl Observer for Sends {
///     fn handed_out(&self, _: &DispatchKey, _: &Dispatch) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
/// # let _: std::sync::Arc<dyn Observer> = std::sync::Arc::new(Sends::default());
/// ```
#[expect(unused_variables, reason = "the names say what is told, and the defaults do nothing with it")]
pub trait Observer: Send + Sync {
    /// A dispatch came up, and this is what the gates say now.
    fn confirmed(&self, key: &DispatchKey, dispatch: &Dispatch, answer: &Confirmation) {}

    /// Somebody else reserved a send for the customer meanwhile: the gates are asked again.
    fn conflicted(&self, key: &DispatchKey) {}

    /// A store did not answer before a dispatch could go out: it does not, for now.
    fn unavailable(&self, key: &DispatchKey) {}

    /// A dispatch that waited for its turn is not wanted any more: it was not sent.
    fn dropped(&self, key: &DispatchKey) {}

    /// A transport is handed a dispatch.
    fn handed_out(&self, key: &DispatchKey, dispatch: &Dispatch) {}

    /// What came of it, and how long that took.
    fn answered(&self, dispatch: &Dispatch, receipt: &Receipt, took: TimeDelta) {}

    /// A transport panicked over a dispatch. It may have been sent.
    fn panicked(&self, key: &DispatchKey, channel: ChannelId) {}

    /// A transport answered for another key than it was handed. It may have been sent.
    fn misattributed(&self, key: &DispatchKey, channel: ChannelId) {}

    /// A channel failed so often that it is left alone until then.
    fn breaker_opened(&self, channel: ChannelId, until: DateTime<Utc>) {}

    /// A channel works again.
    fn breaker_closed(&self, channel: ChannelId) {}

    /// A receipt went into its execution.
    fn received(&self, receipt: &Receipt, absorbed: Absorbed) {}

    /// An event went into an execution.
    fn happened(&self, message: &MessageId, event: &Event) {}

    /// A dispatch should be taken back: whether it was.
    fn recalled(&self, recall: &Recall, done: Result<bool, DeliveryError>) {}

    /// An execution waits.
    fn waits(&self, message: &MessageId, until: Option<DateTime<Utc>>, why: Why) {}

    /// An execution is over, with all that is known at its end. Said once for each, and not at all where its run was dropped
    /// or not saved at that very moment: what must not be missed is what [`run`](crate::driver::Driver::run) returns.
    fn settled(&self, outcome: &Outcome) {}
}

impl Observer for () {}
