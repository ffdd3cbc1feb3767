//! A virtual clock: time passes when everything sleeps, and takes none.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::runtime::Runtime;

/// A clock for tests and simulations: it stands still until it is moved, and [`run`](Self::run) moves it to the next
/// wake-up whenever nothing else can go on.
///
/// There are no threads in it and no chance: the same futures are woken in the same order, by instant and then by who
/// began to sleep first. Copies of it are one clock.
///
/// ```
/// use waypost::{chrono::{DateTime, TimeDelta, Utc}, driver::{Runtime, Virtual}};
///
/// let noon: DateTime<Utc> = "2026-11-21T12:00:00Z".parse()?;
/// let clock = Virtual::at(noon);
/// let woken = clock.run(async {
///     clock.sleep_until(noon + TimeDelta::days(3)).await;
///     clock.now()
/// });
/// assert_eq!(woken, Some(noon + TimeDelta::days(3)));
///
/// // What waits for something that cannot come is given up.
/// assert_eq!(clock.run(std::future::pending::<()>()), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Virtual(Arc<Mutex<State>>);

struct State {
    now: DateTime<Utc>,
    next: u64,
    // INVARIANT: everybody in it sleeps past `now`.
    sleepers: BTreeMap<(DateTime<Utc>, u64), Waker>,
}

impl Virtual {
    /// A clock that shows this instant.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(State { now, next: 0, sleepers: BTreeMap::new() })))
    }

    /// Moves the clock forward and wakes everybody whose time has come, in order; they all see the instant moved to.
    ///
    /// An instant that is past changes nothing.
    pub fn advance_to(&self, at: DateTime<Utc>) {
        let woken = {
            let mut state = self.state();
            if at <= state.now {
                return;
            }
            state.now = at;
            let (mut woken, mut asleep) = (Vec::new(), BTreeMap::new());
            for (key, waker) in std::mem::take(&mut state.sleepers) {
                if key.0 <= at {
                    woken.push(waker);
                } else {
                    asleep.insert(key, waker);
                }
            }
            state.sleepers = asleep;
            woken
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// The instant at which the next sleeper wakes.
    pub fn next_wake(&self) -> Option<DateTime<Utc>> {
        self.state().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// Runs a future to its end, moving the clock to the next wake-up whenever nothing can go on.
    ///
    /// `None` where nobody sleeps and nothing can go on: it waits for something that cannot come. What other threads do
    /// is not waited for.
    pub fn run<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            while flag.0.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Some(output);
                }
            }
            self.advance_to(self.next_wake()?);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway, so what a panic elsewhere left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime for Virtual {
    fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        Box::pin(Sleep { clock: self.clone(), at, number: None })
    }
}

impl fmt::Debug for Virtual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Virtual").field("now", &state.now).field("sleepers", &state.sleepers.len()).finish()
    }
}

/// Whether the future asked to be polled again.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

struct Sleep {
    clock: Virtual,
    at: DateTime<Utc>,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.clock.state();
        if state.now >= this.at {
            return Poll::Ready(());
        }
        let number = *this.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        state.sleepers.insert((this.at, number), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.clock.state().sleepers.remove(&(self.at, number));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use futures::future::{join_all, select};

    use super::*;

    fn clock() -> (Virtual, DateTime<Utc>) {
        (Virtual::at(DateTime::UNIX_EPOCH), DateTime::UNIX_EPOCH)
    }

    /// Lets sleepers of so many seconds start in this order, and says in which they woke, and at which second.
    #[track_caller]
    fn check(sleeps: &[i64], expected: &[(usize, i64)]) {
        let (clock, start) = clock();
        let woken = Mutex::new(Vec::new());
        let sleepers = sleeps.iter().enumerate().map(|(number, seconds)| {
            let (clock, woken) = (&clock, &woken);
            async move {
                clock.sleep_until(start + TimeDelta::seconds(*seconds)).await;
                woken.lock().expect("nothing panics").push((number, (clock.now() - start).num_seconds()));
            }
        });
        assert!(clock.run(join_all(sleepers)).is_some());
        assert_eq!(woken.into_inner().expect("nothing panics"), expected);
    }

    #[test]
    fn sleepers_wake_by_instant_and_then_by_who_slept_first() {
        check(&[5, 1, 3], &[(1, 1), (2, 3), (0, 5)]);
        check(&[2, 2, 2], &[(0, 2), (1, 2), (2, 2)]);
        check(&[0, -7], &[(0, 0), (1, 0)]);
    }

    #[test]
    fn who_is_dropped_is_not_waited_for() {
        let (clock, start) = clock();
        let (short, long) = (start + TimeDelta::seconds(1), start + TimeDelta::days(1));
        clock.run(select(clock.sleep_until(short), clock.sleep_until(long)));
        assert_eq!((clock.now(), clock.next_wake()), (short, None));
    }

    #[test]
    fn it_moves_forward_only() {
        let (clock, start) = clock();
        clock.advance_to(start + TimeDelta::seconds(9));
        clock.advance_to(start);
        assert_eq!(clock.now(), start + TimeDelta::seconds(9));
        assert!(clock.run(clock.sleep_until(start)).is_some());
    }

    #[test]
    fn what_cannot_go_on_is_given_up() {
        let (clock, start) = clock();
        let end = start + TimeDelta::seconds(1);
        let stuck = async {
            clock.sleep_until(end).await;
            std::future::pending::<()>().await;
        };
        assert_eq!(clock.run(stuck), None);
        assert_eq!(clock.now(), end);
    }
}
