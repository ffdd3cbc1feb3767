//! A worker: claims what is due, carries it on, writes intents, sends, writes answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::Arc,
};

use futures::future::{FusedFuture, FutureExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use waypost::{
    CustomerId, Facts,
    chrono::{DateTime, TimeDelta, Utc},
};

use crate::{
    RunnerError,
    context::Context,
    flight::{Flight, recall},
    shared::Shared,
    store::{InputKind, Lease, instant, micros, transact},
    turn::{Held, Landed, Turn, Written},
    unheard::Unheard,
    writing::Writing,
};

/// One worker. What it holds is leased in the database, so that another takes over where this one ends.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    owner: String,
    held: BTreeMap<String, Held>,
    /// Sends and recalls under way, those of executions that were lost meanwhile included.
    flying: usize,
    landings: UnboundedReceiver<(String, Landed)>,
    lander: UnboundedSender<(String, Landed)>,
    landed: Vec<(String, Landed)>,
    /// What providers answered for executions that are not held any more; whoever holds them next is told.
    unheard: Unheard,
    extended: DateTime<Utc>,
}

/// How long to wait after the database failed; doubled each time up to `LONGEST_PAUSE`.
const PAUSE: TimeDelta = TimeDelta::milliseconds(100);
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(5);

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let (lander, landings) = unbounded_channel();
        let owner = shared.new_owner();
        let extended = shared.now();
        let (landed, unheard) = (Vec::new(), Unheard::default());
        Self { shared, owner, held: BTreeMap::new(), flying: 0, landings, lander, landed, unheard, extended }
    }

    /// Works until it is told to stop; then ends the sends under way, writes what came of them and gives everything back.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop.fuse());
        let mut pause = PAUSE;
        let mut next_claim = self.shared.now();
        let mut stopped: Option<DateTime<Utc>> = None;
        loop {
            // It is asked here too: a worker that always has something to do never comes to wait.
            if !stop.is_terminated() {
                let _ = stop.as_mut().now_or_never();
            }
            let stopping = stop.is_terminated();
            let now = self.shared.now();
            if stopping && self.flying == 0 {
                let since = *stopped.get_or_insert(now);
                // A database that does not come back holds nobody up for longer than a lease.
                if (self.unheard.is_empty() && self.landed.is_empty()) || since + self.lease() <= now {
                    return;
                }
            }
            // A clock that was set back does not make it wait for longer.
            next_claim = next_claim.min(now + self.shared.config.poll);
            let room = !stopping && self.held.len() < self.shared.config.in_flight;
            let claim = room && next_claim <= now;
            if !claim && self.landed.is_empty() {
                let wake_at = if room { next_claim } else { DateTime::<Utc>::MAX_UTC };
                let wake_at =
                    if self.held.is_empty() { wake_at } else { wake_at.min(self.extended + self.lease() / 3) };
                tokio::select! {
                    biased;
                    () = &mut stop, if !stopping => {}
                    Some(landed) = self.landings.recv(), if self.flying > 0 => self.landed.push(landed),
                    () = self.shared.wake.notified(), if room => next_claim = now,
                    () = sleep_until(&self.shared, wake_at, self.shared.config.poll) => {}
                }
            }
            match self.cycle(claim).await {
                Ok(true) => pause = PAUSE,
                Ok(false) => {
                    pause = PAUSE;
                    if claim {
                        next_claim = self.next_claim().await;
                    }
                }
                Err(error) => {
                    self.shared.failed(&error);
                    sleep_until(&self.shared, self.shared.now() + pause, pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Works until nothing is due at this instant; returns the next one at which something will be.
    pub(crate) async fn run_until_idle(mut self) -> Result<Option<DateTime<Utc>>, RunnerError> {
        loop {
            let room = self.held.len() < self.shared.config.in_flight;
            if self.cycle(room).await? {
                continue;
            }
            if self.flying > 0 {
                if let Some(landed) = self.landings.recv().await {
                    self.landed.push(landed);
                }
            } else if room && self.landed.is_empty() && self.unheard.is_empty() {
                let mut reading = self.shared.database.begin_reading().await?;
                return Ok(reading.next_ready().await?.map(instant));
            }
        }
    }

    fn lease(&self) -> TimeDelta {
        self.shared.config.lease
    }

    /// When to claim next, where nothing was due.
    async fn next_claim(&self) -> DateTime<Utc> {
        let poll = self.shared.now() + self.shared.config.poll;
        let next = async { self.shared.database.begin_reading().await?.next_ready().await };
        match next.await {
            Ok(Some(ready)) => poll.min(instant(ready)),
            // What went wrong shows with the next claim.
            _ => poll,
        }
    }

    /// Writes down what landed, claims where it may; returns whether it claimed anything.
    async fn cycle(&mut self, claim: bool) -> Result<bool, RunnerError> {
        while let Ok(landed) = self.landings.try_recv() {
            self.landed.push(landed);
        }
        let now = self.shared.now();
        self.unheard.pass_on(&self.shared, now).await?;
        self.extend(now).await?;
        let mut turns = if claim { self.claim(now).await? } else { Vec::new() };
        let claimed = !turns.is_empty();
        let mut landing: BTreeMap<String, Turn> = BTreeMap::new();
        for (id, landed) in std::mem::take(&mut self.landed) {
            self.flying -= 1;
            if let Some(held) = self.held.remove(&id) {
                landing.insert(id.clone(), Turn::of(held));
            }
            match (landing.get_mut(&id), landed) {
                (Some(turn), landed) => turn.land(landed, now),
                // What was lost meanwhile is the business of whoever has it now.
                (None, Landed::Answered(_, receipt)) => self.unheard.push(receipt, now),
                (None, _) => {}
            }
        }
        turns.extend(landing.into_values());
        if let Err(error) = self.finish(&mut turns, now).await {
            // They are taken over when their lease ends, and what is known by now is told then.
            turns.iter().flat_map(Turn::heard).for_each(|receipt| self.unheard.push(receipt.clone(), now));
            return Err(error);
        }
        Ok(claimed)
    }

    /// Says that it lives.
    async fn extend(&mut self, now: DateTime<Utc>) -> Result<(), RunnerError> {
        if self.held.is_empty() || now < self.extended + self.lease() / 3 {
            return Ok(());
        }
        let held: Vec<_> = self.held.iter().map(|(id, held)| (id.as_str(), held.revision)).collect();
        let lease = Lease { owner: &self.owner, until: micros(now + self.lease()) };
        let kept = transact!(self.shared.database, |tx| tx.extend(&held, lease).await)?;
        let kept: BTreeSet<String> = kept.into_iter().collect();
        self.held.retain(|id, _| kept.contains(id));
        self.extended = now;
        Ok(())
    }

    async fn claim(&mut self, now: DateTime<Utc>) -> Result<Vec<Turn>, RunnerError> {
        let config = &self.shared.config;
        let most = config.batch.min(config.in_flight - self.held.len()) as i64;
        let lease = Lease { owner: &self.owner, until: micros(now + config.lease) };
        let now_micros = micros(now);
        let (claimed, inputs, unanswered) = transact!(self.shared.database, |tx| {
            let claimed = tx.claim(lease, now_micros, most).await?;
            if claimed.is_empty() {
                return Ok((claimed, Vec::new(), Vec::new()));
            }
            let inputs = tx.inbox(claimed.iter().map(|one| one.id.as_str())).await?;
            let unanswered = tx.unanswered(claimed.iter().map(|one| one.id.as_str())).await?;
            Ok((claimed, inputs, unanswered))
        })?;
        let mut turns = Vec::with_capacity(claimed.len());
        let mut unreadable = Vec::new();
        for one in &claimed {
            match Held::of(one, config.takeovers) {
                Ok(held) => {
                    let from = inputs.partition_point(|input| input.message < one.id);
                    let to = inputs.partition_point(|input| input.message <= one.id);
                    let mut turn = Turn::of(held);
                    turn.take_over(&inputs[from..to], &unanswered, now);
                    turns.push(turn);
                }
                Err(cause) => unreadable.push(Writing::park(one, cause)),
            }
        }
        if !unreadable.is_empty() {
            self.write(&unreadable, &BTreeMap::new(), now).await?;
        }
        Ok(turns)
    }

    /// Brings turns to their end: judged, written, sent.
    ///
    /// Where the database fails, those are left that were not written.
    async fn finish(&mut self, turns: &mut Vec<Turn>, now: DateTime<Utc>) -> Result<(), RunnerError> {
        let mut contexts: BTreeMap<CustomerId, Context> = BTreeMap::new();
        while !turns.is_empty() {
            self.judge(turns, &mut contexts, now).await?;
            let revisions: BTreeMap<String, i64> = turns
                .iter()
                .filter(|turn| turn.reserves())
                .filter_map(|turn| {
                    let customer = &turn.held.customer;
                    Some((customer.to_string(), contexts.get(customer)?.revision))
                })
                .collect();
            let writings: Vec<Writing> = turns.iter().map(Turn::writing).collect();
            let Done { saved, conflicted } = self.write(&writings, &revisions, now).await?;
            let mut again = Vec::new();
            for mut turn in turns.drain(..) {
                if turn.reserves() && conflicted.contains(turn.held.customer.as_str()) {
                    contexts.remove(&turn.held.customer);
                    turn.judge_again();
                    again.push(turn);
                } else if saved.contains(turn.held.id.as_str())
                    && let Some(written) = turn.written()
                {
                    self.launch(written);
                }
            }
            *turns = again;
        }
        Ok(())
    }

    /// Lets every turn go on until its machine waits, with what is known of the customers where that is wanted.
    async fn judge(
        &self,
        turns: &mut [Turn],
        contexts: &mut BTreeMap<CustomerId, Context>,
        now: DateTime<Utc>,
    ) -> Result<(), RunnerError> {
        let health = |facts: &mut Facts| self.shared.config.gateway.apply_health(facts);
        loop {
            let mut wanted = BTreeSet::new();
            for turn in turns.iter_mut() {
                let context = contexts.get_mut(&turn.held.customer);
                if !turn.go_on(context, now, &health) {
                    wanted.insert(turn.held.customer.clone());
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
            let mut found = self.shared.contexts(&wanted).await?;
            for turn in turns.iter_mut() {
                match found.get(&turn.held.customer) {
                    Some(Err(RunnerError::Unavailable(_))) => turn.unavailable(now),
                    Some(Err(error)) => turn.park(error.to_string()),
                    _ => {}
                }
            }
            for customer in wanted {
                let Some(Ok(mut context)) = found.remove(&customer) else { continue };
                // What came in for one of them counts for all that are judged now.
                let mut of_customer: Vec<&mut Turn> =
                    turns.iter_mut().filter(|turn| turn.held.customer == customer).collect();
                let mut learned = of_customer.iter().filter_map(|turn| turn.learned());
                match learned.try_for_each(|learned| context.learn(&learned)) {
                    Ok(()) => _ = contexts.insert(customer, context),
                    Err(error) => of_customer.iter_mut().for_each(|turn| turn.park(error.to_string())),
                }
            }
        }
    }

    /// Writes turns in one transaction; those whose customer has another revision by now are left out.
    async fn write(
        &self,
        writings: &[Writing],
        revisions: &BTreeMap<String, i64>,
        now: DateTime<Utc>,
    ) -> Result<Done, RunnerError> {
        let lease = Lease { owner: &self.owner, until: micros(now + self.lease()) };
        let now = micros(now);
        let forbidding = writings.iter().filter_map(|one| one.feedback.as_ref()).filter(|learned| learned.forbids);
        let forbidding = forbidding.map(|learned| learned.customer.clone());
        let touched: BTreeSet<String> = revisions.keys().cloned().chain(forbidding).collect();
        transact!(self.shared.database, |tx| {
            let mut conflicted = BTreeSet::new();
            if !touched.is_empty() {
                let locked = tx.lock_customers(touched.iter().map(String::as_str)).await?;
                let stale = |(customer, revision): &(&String, &i64)| locked.get(*customer) != Some(*revision);
                conflicted = revisions.iter().filter(stale).map(|(customer, _)| customer.clone()).collect();
            }
            let left_out = |writing: &Writing| {
                writing.reservations.first().is_some_and(|reservation| conflicted.contains(&reservation.customer))
            };
            let changes: Vec<_> = writings.iter().filter(|one| !left_out(one)).map(|one| one.change.clone()).collect();
            let saved: BTreeSet<String> = tx.save(&changes, lease, now).await?.into_iter().collect();
            let kept: Vec<&Writing> = writings.iter().filter(|one| saved.contains(&one.change.id)).collect();
            tx.reserve(&kept.iter().flat_map(|one| one.reservations.clone()).collect::<Vec<_>>()).await?;
            // Answers before intents: one turn may answer a key and send it again.
            tx.answer(&kept.iter().flat_map(|one| one.answers.clone()).collect::<Vec<_>>(), now).await?;
            tx.intend(&kept.iter().flat_map(|one| one.intents.clone()).collect::<Vec<_>>(), now).await?;
            tx.put_in(InputKind::Receipt, &kept.iter().flat_map(|one| one.heard.clone()).collect::<Vec<_>>(), now)
                .await?;
            tx.absorbed(&kept.iter().flat_map(|one| one.absorbed.clone()).collect::<Vec<_>>()).await?;
            tx.put_feedback(&kept.iter().filter_map(|one| one.feedback.clone()).collect::<Vec<_>>()).await?;
            Ok(Done { saved, conflicted })
        })
    }

    /// Sends what may go out now that its intent is written.
    fn launch(&mut self, written: Written) {
        let Written { held, going, recalls, settled } = written;
        let id = held.id.to_string();
        let gateway = &self.shared.config.gateway;
        self.shared.figures.sent(going.len() as u64);
        for going in going {
            let flight = Flight {
                gateway: Arc::clone(gateway),
                router: going.router,
                message: Arc::clone(&held.message),
                facts: going.facts,
                handed: going.handed,
            };
            let (id, lander) = (id.clone(), self.lander.clone());
            self.flying += 1;
            // Where the worker is gone the answer is lost, and the lease ends: it is repeated under its key.
            tokio::spawn(async move {
                let _ = lander.send((id, flight.fly().await));
            });
        }
        for proposed in recalls {
            let (id, lander, gateway) = (id.clone(), self.lander.clone(), Arc::clone(gateway));
            self.flying += 1;
            tokio::spawn(async move {
                let _ = lander.send((id, recall(gateway, proposed).await));
            });
        }
        if let Some(outcome) = settled {
            self.shared.figures.settled(1);
            self.shared.left();
            gateway.observer().settled(&outcome);
        }
        if held.flying > 0 {
            self.held.insert(id, held);
        }
    }
}

/// Sleeps until an instant of the clock, at most so long by the wall: the clock may be set back meanwhile.
async fn sleep_until(shared: &Shared, at: DateTime<Utc>, at_most: TimeDelta) {
    tokio::select! {
        () = shared.config.clock().sleep_until(at) => {}
        () = tokio::time::sleep(at_most.to_std().unwrap_or_default()) => {}
    }
}

/// What came of a transaction.
struct Done {
    saved: BTreeSet<String>,
    conflicted: BTreeSet<String>,
}
