//! What the runner and its workers share.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, future::join_all};
use tokio::sync::Notify;
use waypost::{
    CustomerId,
    chrono::{DateTime, TimeDelta, Utc},
};

use crate::{RunnerConfig, RunnerError, context::Context, store::Database};

/// What the runner and its workers share.
pub(crate) struct Shared {
    pub(crate) config: RunnerConfig,
    pub(crate) database: Database,
    /// Something came in.
    pub(crate) wake: Notify,
    /// How many workers run in this process.
    workers: AtomicUsize,
    /// Held by the one that listens for what comes in elsewhere.
    listening: tokio::sync::Mutex<()>,
    pub(crate) figures: Figures,
    depth: Mutex<Depth>,
}

/// How many executions are active, as counted lately and moved since by what this process did.
#[derive(Default)]
struct Depth {
    active: u64,
    counted: Option<DateTime<Utc>>,
}

/// A count of all rows is asked for no more often than this.
const COUNT_EVERY: TimeDelta = TimeDelta::seconds(1);

impl Shared {
    pub(crate) fn new(config: RunnerConfig, database: Database) -> Self {
        let figures = Figures::default();
        let (wake, depth) = (Notify::new(), Mutex::default());
        Self { config, database, wake, workers: AtomicUsize::new(0), listening: Default::default(), figures, depth }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.config.clock().now()
    }

    /// Something came in: a worker is woken, of this process or where it has none of others.
    pub(crate) async fn came_in(&self) {
        self.wake.notify_one();
        if self.workers.load(Ordering::Relaxed) == 0 {
            self.database.announce().await;
        }
    }

    /// Counts as a worker until it is dropped.
    pub(crate) fn at_work(&self) -> AtWork<'_> {
        self.workers.fetch_add(1, Ordering::Relaxed);
        AtWork(&self.workers)
    }

    /// Wakes workers for what comes in elsewhere, unless another is at it; never ends.
    pub(crate) async fn listen(&self) {
        let _one = self.listening.lock().await;
        self.database.listen(&self.wake).await;
    }

    /// A name that no other worker has, in any process.
    pub(crate) fn new_owner(&self) -> String {
        let chance = RandomState::new().build_hasher().finish();
        format!("{}-{chance:016x}", std::process::id())
    }

    /// What is known of customers; of each, or why it cannot be used.
    pub(crate) async fn contexts(
        &self,
        customers: &BTreeSet<CustomerId>,
    ) -> Result<BTreeMap<CustomerId, Result<Context, RunnerError>>, RunnerError> {
        let mut reading = self.database.begin_reading().await?;
        let known = reading.known(customers.iter().map(CustomerId::as_str)).await?;
        drop(reading);
        let none = Default::default();
        let (router, now) = (&self.config.router, self.now());
        let context = async |customer: &CustomerId| {
            let known = known.get(customer.as_str()).unwrap_or(&none);
            let Some(source) = &self.config.customers else { return Context::kept(router, customer, known) };
            let looked_up = AssertUnwindSafe(async { source.look_up(customer, now).await }).catch_unwind().await;
            let looked_up = looked_up.map_err(|_| RunnerError::Panicked(customer.clone()))?;
            Context::looked_up(router, looked_up.map_err(|_| RunnerError::Unavailable(customer.clone()))?, known)
        };
        let found = join_all(customers.iter().map(context)).await;
        Ok(customers.iter().cloned().zip(found).collect())
    }

    /// Refuses where more would be active than the depth allows.
    pub(crate) async fn admit(&self, more: u64) -> Result<(), RunnerError> {
        let now = self.now();
        let stale = self.depth().counted.is_none_or(|at| now < at || at + COUNT_EVERY <= now);
        if stale {
            let counted = self.database.begin_reading().await?.active().await?;
            *self.depth() = Depth { active: counted, counted: Some(now) };
        }
        let mut held = self.depth();
        let depth = self.config.depth;
        if held.active + more > depth {
            return Err(RunnerError::Full { active: held.active, depth });
        }
        held.active += more;
        Ok(())
    }

    /// One is not active any more.
    pub(crate) fn left(&self) {
        let mut held = self.depth();
        held.active = held.active.saturating_sub(1);
    }

    pub(crate) fn failed(&self, error: &RunnerError) {
        self.figures.failures.fetch_add(1, Ordering::Relaxed);
        *lock(&self.figures.last_failure) = Some(error.to_string());
    }

    fn depth(&self) -> MutexGuard<'_, Depth> {
        lock(&self.depth)
    }
}

/// A worker at work.
pub(crate) struct AtWork<'s>(&'s AtomicUsize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nothing here panics halfway, so what a panic elsewhere left is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What this process did.
#[derive(Default)]
pub(crate) struct Figures {
    sent: AtomicU64,
    settled: AtomicU64,
    failures: AtomicU64,
    last_failure: Mutex<Option<String>>,
    samples: Mutex<VecDeque<Sample>>,
}

#[derive(Clone, Copy)]
struct Sample {
    at: DateTime<Utc>,
    sent: u64,
    settled: u64,
}

/// Rates are over the last minute, of samples at least a second apart.
const WINDOW: TimeDelta = TimeDelta::seconds(60);
const APART: TimeDelta = TimeDelta::seconds(1);

impl Figures {
    pub(crate) fn sent(&self, more: u64) {
        self.sent.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn settled(&self, more: u64) {
        self.settled.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn failures(&self) -> (u64, Option<String>) {
        (self.failures.load(Ordering::Relaxed), lock(&self.last_failure).clone())
    }

    /// Sends and settlements a second, over the last minute.
    pub(crate) fn rates(&self, now: DateTime<Utc>) -> (f64, f64) {
        let newest =
            Sample { at: now, sent: self.sent.load(Ordering::Relaxed), settled: self.settled.load(Ordering::Relaxed) };
        let mut samples = lock(&self.samples);
        if samples.back().is_none_or(|last| last.at + APART <= now) {
            samples.push_back(newest);
        }
        while samples.len() > 2 && samples.get(1).is_some_and(|second| second.at + WINDOW <= now) {
            samples.pop_front();
        }
        let Some(oldest) = samples.front() else { return (0.0, 0.0) };
        let seconds = (now - oldest.at).as_seconds_f64();
        if seconds <= 0.0 {
            return (0.0, 0.0);
        }
        ((newest.sent - oldest.sent) as f64 / seconds, (newest.settled - oldest.settled) as f64 / seconds)
    }
}

/// A shared of these.
pub(crate) type Handle = Arc<Shared>;
