//! What the driver needs of a runtime: the time, and to be woken.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

/// A clock and its timers.
///
/// [`Virtual`](crate::driver::Virtual) is one for tests and simulations, and with the feature `tokio` there is
/// `driver::Tokio`. For another runtime it is these two lines:
///
/// ```
/// use std::thread;
/// use futures::{FutureExt, channel::oneshot, future::BoxFuture};
/// use waypost::{chrono::{DateTime, Utc}, driver::Runtime};
///
/// /// Timers as threads: one for every sleep.
/// struct Threads;
///
/// impl Runtime for Threads {
///     fn now(&self) -> DateTime<Utc> {
///         std::time::SystemTime::now().into()
///     }
///
///     fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
///         let (wake, woken) = oneshot::channel();
///         let length = (at - self.now()).to_std().unwrap_or_default();
///         thread::spawn(move || {
///             thread::sleep(length);
///             let _ = wake.send(());
///         });
///         woken.map(|_| ()).boxed()
///     }
/// }
///
/// let before = Threads.now();
/// let mut sleep = Threads.sleep_until(before + waypost::chrono::TimeDelta::milliseconds(5));
/// assert!((&mut sleep).now_or_never().is_none());
/// ```
pub trait Runtime: Send + Sync {
    /// The time.
    fn now(&self) -> DateTime<Utc>;

    /// Completes when it is this instant or later; at once where it is already.
    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()>;
}

impl<R: Runtime + ?Sized> Runtime for Arc<R> {
    fn now(&self) -> DateTime<Utc> {
        (**self).now()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        (**self).sleep_until(at)
    }
}
