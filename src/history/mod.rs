//! What was sent to a customer: the question that a cap asks, and two answers to it.

mod log;
mod pending;
mod sent;

use std::fmt;

use chrono::{DateTime, Utc};

pub use log::SentLog;
pub use pending::Pending;
pub use sent::{SendScope, Sent};

/// The past sends of one customer, as far as caps ask for them.
///
/// [`SentLog`] answers it, a list of [`Sent`] does, and so may a store of the caller's. It is asked once per cap and
/// candidate while a plan is made, so it should answer from memory: whoever keeps the history elsewhere fetches it
/// first.
///
/// ```
/// use waypost::{ChannelId, ChannelKind, History, Purpose, SendScope, Sent, TopicId, chrono::{DateTime, Utc}};
///
/// /// One counter for everything, as a store may have it.
/// #[derive(Debug)]
/// struct Instants(Vec<DateTime<Utc>>);
///
/// impl History for Instants {
///     fn visit(&self, _: &SendScope<'_>, after: Option<DateTime<Utc>>, visit: &mut dyn FnMut(DateTime<Utc>)) {
///         self.0.iter().filter(|at| after.is_none_or(|after| **at > after)).for_each(|at| visit(*at));
///     }
/// }
///
/// let at = "2026-11-20T17:00:00Z".parse()?;
/// let store: &dyn History = &Instants(vec![at]);
/// let mut found = Vec::new();
/// store.visit(&SendScope::default(), None, &mut |at| found.push(at));
/// assert_eq!(found, [at]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait History: fmt::Debug + Send + Sync {
    /// Visits the instant of every send that the scope covers and that was after `after`, in any order.
    ///
    /// Older ones may be visited too and are then not counted; one that is left out errs towards sending.
    fn visit(&self, scope: &SendScope<'_>, after: Option<DateTime<Utc>>, visit: &mut dyn FnMut(DateTime<Utc>));
}

impl History for [Sent] {
    fn visit(&self, scope: &SendScope<'_>, after: Option<DateTime<Utc>>, visit: &mut dyn FnMut(DateTime<Utc>)) {
        let counts = |sent: &&Sent| after.is_none_or(|after| sent.at > after) && scope.covers(sent);
        self.iter().filter(counts).for_each(|sent| visit(sent.at));
    }
}

impl History for Vec<Sent> {
    fn visit(&self, scope: &SendScope<'_>, after: Option<DateTime<Utc>>, visit: &mut dyn FnMut(DateTime<Utc>)) {
        self.as_slice().visit(scope, after, visit);
    }
}
