//! How a runner runs.

use std::{fmt, sync::Arc};

use waypost::{
    RouterConfig,
    chrono::TimeDelta,
    driver::{Customers, Gateway, Runtime},
};

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The crash of the machine: every commit is on the disk before it counts. All promises hold.
    #[default]
    Full,
    /// The crash of the process, not of the machine: with the power, the last commits may be lost (on PostgreSQL up to
    /// three times its `wal_writer_delay`, on SQLite those since its last checkpoint). Then executions of that time are
    /// gone, and sends of that time are made again, under their own keys.
    ProcessOnly,
}

/// How a runner runs: by which policy, through which transports, and how much at once.
///
/// Every `with_` function takes what is said of it as it is; numbers below 1 are taken as 1.
#[derive(Clone)]
pub struct RunnerConfig {
    pub(crate) router: Arc<RouterConfig>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) customers: Option<Arc<dyn Customers>>,
    pub(crate) durability: Durability,
    pub(crate) batch: usize,
    pub(crate) in_flight: usize,
    pub(crate) depth: u64,
    pub(crate) lease: TimeDelta,
    pub(crate) poll: TimeDelta,
    pub(crate) takeovers: u32,
}

impl RunnerConfig {
    /// Runs by these channels and this policy, through these transports, and with the gateway's clock.
    pub fn new(router: Arc<RouterConfig>, gateway: impl Into<Arc<Gateway>>) -> Self {
        Self {
            router,
            gateway: gateway.into(),
            customers: None,
            durability: Durability::Full,
            // A claim of 100 costs hardly more than one of 1: the disk is asked once.
            batch: 100,
            // Enough to keep the usual limits of several channels busy while a batch is being written.
            in_flight: 400,
            depth: 1_000_000,
            // Longer than a transport may take by default, so that a send under way is not repeated by another worker.
            lease: TimeDelta::seconds(60),
            poll: TimeDelta::milliseconds(200),
            takeovers: 10,
        }
    }

    /// Looks customers up there, right before every send, in the place of the profiles that [`Runner::put_profile`] keeps.
    ///
    /// Of what executions learn, suppressions and withdrawals count at once, whatever the source says; engagement is the
    /// source's to add up. Where the source does not answer nothing is sent, and the machine goes on as after a failure
    /// that may pass. Where it panics the executions of that customer are parked.
    ///
    /// [`Runner::put_profile`]: crate::Runner::put_profile
    pub fn with_customers(self, customers: Arc<dyn Customers>) -> Self {
        Self { customers: Some(customers), ..self }
    }

    /// What a commit survives; [`Durability::Full`] where nothing is said.
    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// How many executions are claimed at once; 100 where nothing is said.
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch: batch.max(1), ..self }
    }

    /// How many executions one worker holds at once, while their sends are under way; 400 where nothing is said.
    pub fn with_in_flight(self, in_flight: usize) -> Self {
        Self { in_flight: in_flight.max(1), ..self }
    }

    /// How many executions may be active before a submission is refused; 1,000,000 where nothing is said.
    pub fn with_depth(self, depth: u64) -> Self {
        Self { depth: depth.max(1), ..self }
    }

    /// How long a worker keeps what it claimed without saying that it lives; a minute where nothing is said.
    ///
    /// It is extended while sends are under way. After a crash others wait that long. It is counted by the clocks of the
    /// machines, so it is longer than they differ; one that ends too soon only makes a send be repeated under its own key.
    pub fn with_lease(self, lease: TimeDelta) -> Self {
        Self { lease: lease.max(TimeDelta::milliseconds(100)), ..self }
    }

    /// How often the database is asked for what other processes put in; 200 ms where nothing is said.
    ///
    /// What this process puts in is taken up at once, and on PostgreSQL also what a process puts in that runs no worker of
    /// its own, such as one that only answers webhooks: it notifies those that do.
    pub fn with_poll(self, poll: TimeDelta) -> Self {
        Self { poll: poll.max(TimeDelta::milliseconds(1)), ..self }
    }

    /// How often in a row an execution may be taken over from a worker that died holding it; 10 where nothing is said.
    /// With one more it is parked: it may be what kills them.
    pub fn with_takeovers(self, takeovers: u32) -> Self {
        Self { takeovers: takeovers.max(1), ..self }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Runtime> {
        self.gateway.runtime()
    }
}

impl fmt::Debug for RunnerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, durability, batch, in_flight, depth, lease, poll, takeovers, .. } = self;
        f.debug_struct("RunnerConfig")
            .field("gateway", gateway)
            .field("durability", durability)
            .field("batch", batch)
            .field("in_flight", in_flight)
            .field("depth", depth)
            .field("lease", lease)
            .field("poll", poll)
            .field("takeovers", takeovers)
            .finish_non_exhaustive()
    }
}
