//! So many at a time, first come, first served.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// Permits for one channel. Whoever is dropped while waiting, or holding one, leaves nothing behind.
pub(super) struct Permits(Mutex<State>);

struct State {
    free: usize,
    next: u64,
    // INVARIANT: who waits, by when they came; whoever finds somebody before them waits too.
    queue: BTreeMap<u64, Waker>,
}

impl Permits {
    pub(super) fn new(permits: usize) -> Self {
        Self(Mutex::new(State { free: permits, next: 0, queue: BTreeMap::new() }))
    }

    /// Waits for a permit.
    pub(super) fn acquire(&self) -> Acquire<'_> {
        Acquire { permits: self, number: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway, so what a panic elsewhere left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whoever is to be woken: the first in the queue, where there is something for them.
    fn first(&self) -> Option<Waker> {
        self.queue.values().next().filter(|_| self.free > 0).cloned()
    }
}

/// Wakes outside of the lock.
fn wake(first: Option<Waker>) {
    if let Some(waker) = first {
        waker.wake();
    }
}

/// A permit, given back when it is dropped.
pub(super) struct Permit<'a>(&'a Permits);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.free += 1;
        let first = state.first();
        drop(state);
        wake(first);
    }
}

pub(super) struct Acquire<'a> {
    permits: &'a Permits,
    number: Option<u64>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit<'a>> {
        let permits = self.permits;
        let mut state = permits.state();
        let number = match self.number {
            Some(number) => number,
            None => {
                state.next += 1;
                state.next
            }
        };
        let is_first = state.queue.keys().next().is_none_or(|first| *first >= number);
        if state.free == 0 || !is_first {
            state.queue.insert(number, context.waker().clone());
            self.number = Some(number);
            return Poll::Pending;
        }
        state.free -= 1;
        state.queue.remove(&number);
        self.number = None;
        // Where two became free at once, only the first was woken.
        let next = state.first();
        drop(state);
        wake(next);
        Poll::Ready(Permit(permits))
    }
}

impl Drop for Acquire<'_> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut state = self.permits.state();
        state.queue.remove(&number);
        // It may have been woken for a permit that it does not take any more.
        let first = state.first();
        drop(state);
        wake(first);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use futures::{
        FutureExt,
        future::{join_all, select},
    };
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::driver::{Runtime, Virtual};

    #[test]
    fn first_come_first_served() {
        let permits = Permits::new(1);
        let held = permits.acquire().now_or_never().expect("free");
        let (mut first, mut second) = (permits.acquire(), permits.acquire());
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        drop(held);
        assert!((&mut second).now_or_never().is_none(), "another was here before");
        assert!(permits.acquire().now_or_never().is_none(), "and who comes now is last");
        let held = (&mut first).now_or_never().expect("free, and nobody before it");
        drop(first);
        drop(held);
        assert!((&mut second).now_or_never().is_some());
    }

    #[test]
    fn who_is_dropped_hands_its_turn_on() {
        let permits = Permits::new(1);
        let held = permits.acquire().now_or_never().expect("free");
        let (mut first, mut second) = (permits.acquire(), permits.acquire());
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        drop(held);
        drop(first);
        assert!((&mut second).now_or_never().is_some());
    }

    proptest! {
        /// Workers who stay for a while, some of whom lose patience: never more than permitted at once, everybody who
        /// waits long enough has a turn, and at the end every permit is back.
        #[test]
        fn never_more_than_permitted(
            permitted in 1..4_usize,
            workers in vec((0..20_i64, 0..9_i64, 1..60_i64), 0..30),
        ) {
            let start = DateTime::UNIX_EPOCH;
            let (clock, permits) = (Virtual::at(start), Permits::new(permitted));
            let at_once = Mutex::new((0_usize, 0_usize));
            let seconds = |count| start + TimeDelta::seconds(count);
            let tasks = workers.iter().map(|&(from, length, patience)| {
                let (clock, permits, at_once) = (&clock, &permits, &at_once);
                async move {
                    clock.sleep_until(seconds(from)).await;
                    let work = async {
                        let _permit = permits.acquire().await;
                        let count = |by: isize| {
                            let mut at_once = at_once.lock().expect("nothing panics");
                            at_once.0 = at_once.0.checked_add_signed(by).expect("nobody leaves who did not come");
                            at_once.1 = at_once.1.max(at_once.0);
                        };
                        count(1);
                        let _left = scope_end(|| count(-1));
                        clock.sleep_until(clock.now() + TimeDelta::seconds(length)).await;
                    };
                    select(Box::pin(work), clock.sleep_until(seconds(from + patience))).await;
                }
            });
            prop_assert!(clock.run(join_all(tasks)).is_some(), "nobody waits for ever");
            let (now, most) = *at_once.lock().expect("nothing panics");
            prop_assert!(now == 0 && most <= permitted);
            let state = permits.state();
            prop_assert!(state.free == permitted && state.queue.is_empty());
        }
    }

    fn scope_end<F: FnMut()>(end: F) -> impl Drop {
        struct End<F: FnMut()>(F);
        impl<F: FnMut()> Drop for End<F> {
            fn drop(&mut self) {
                (self.0)();
            }
        }
        End(end)
    }
}
