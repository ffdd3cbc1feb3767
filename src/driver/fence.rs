//! A fence: what somebody else's future panics with ends here.

use std::{
    any::Any,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// A future whose panics end here, whether it is polled, done or given up half way; one that panicked is `None`.
///
/// Nothing is seen of what a panic left broken but by the calls after it, which stand behind the same fence.
pub(super) struct Fenced<F>(Option<Pin<Box<F>>>);

impl<F: Future> Fenced<F> {
    pub(super) fn new(future: F) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<F> Fenced<F> {
    fn give_up(&mut self) {
        let future = self.0.take();
        fence(|| drop(future));
    }
}

impl<F: Future> Future for Fenced<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Some(future) = &mut self.0 else { return Poll::Ready(None) };
        let output = match fence(|| future.as_mut().poll(context)) {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(output)) => Some(output),
            None => None,
        };
        self.give_up();
        Poll::Ready(output)
    }
}

impl<F> Drop for Fenced<F> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// What it comes to; `None` where it panics.
fn fence<T>(it: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(it)).map_err(discard).ok()
}

/// Drops what a panic carries. That may panic again, and what that carries is left where it is: it has to end somewhere.
fn discard(carried: Box<dyn Any + Send>) {
    if let Err(carried) = catch_unwind(AssertUnwindSafe(|| drop(carried))) {
        mem::forget(carried);
    }
}

#[cfg(test)]
mod tests {
    use std::{future, panic::panic_any};

    use futures::FutureExt;

    use super::*;

    struct Panics;

    impl Drop for Panics {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("a panic that the test asked for");
            }
        }
    }

    #[track_caller]
    fn check<T: PartialEq + std::fmt::Debug>(future: impl Future<Output = T>, expected: Option<Option<T>>) {
        assert_eq!(Fenced::new(future).now_or_never(), expected);
    }

    #[test]
    fn wherever_it_panics_that_ends_here() {
        check(async { 7 }, Some(Some(7)));
        check(async { panic!("a panic that the test asked for") }, Some(None::<u8>));
        check(async { panic_any(Panics) }, Some(None::<u8>));
        // What it answered before it panicked on its way out, it answered as little as in the middle.
        let leaves = async {
            let _panics = Panics;
            7
        };
        check(leaves, Some(None));
        let hangs = async {
            let _panics = Panics;
            future::pending::<u8>().await
        };
        check(hangs, None);
    }
}
