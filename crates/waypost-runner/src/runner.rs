//! The runner: what comes in, what is asked, and the workers.

use std::{collections::BTreeSet, fmt, sync::Arc};

use waypost::{
    CustomerId, CustomerProfile, Event, Execution, Message, MessageId, Plan, Receipt,
    chrono::{DateTime, TimeDelta, Utc},
};

use crate::{
    Progress, Pruned, RunnerConfig, RunnerError, Status,
    context::{read, superseded},
    prune, schema,
    shared::{Handle, Shared},
    store::{self, Database, NewExecution, instant, micros, transact},
    worker::Worker,
};

/// Carries executions out over a database; see the [crate's documentation](crate).
///
/// Copies of it are one runner.
#[derive(Clone)]
pub struct Runner {
    shared: Handle,
}

/// A message that is handed in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Submission {
    /// To whom.
    pub customer: CustomerId,
    /// What.
    pub message: Message,
    /// The plan to carry out; without one it is planned by what is known of the customer now.
    pub plan: Option<Plan>,
}

impl Submission {
    /// A message to a customer, which is to be planned.
    pub fn new(customer: CustomerId, message: Message) -> Self {
        Self { customer, message, plan: None }
    }

    /// A message with its plan, such as [`arbitrate`](waypost::arbitrate) left it.
    pub fn planned(message: Message, plan: Plan) -> Self {
        Self { customer: plan.customer().clone(), message, plan: Some(plan) }
    }
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is kept, and will be carried out.
    New,
    /// The same was submitted before; nothing changed.
    Same,
}

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Its execution will be told.
    New,
    /// The same came in before; nothing changed.
    Repeated,
    /// Nobody knows its message. It is kept, and told should the message be submitted.
    Unmatched,
}

/// An execution that was set aside. What comes in about it is kept, and told when it is released.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// The message.
    pub message: MessageId,
    /// Why.
    pub cause: String,
}

impl Runner {
    /// Opens a database, and makes its tables where they are missing.
    ///
    /// | URL | database |
    /// | --- | --- |
    /// | `sqlite:waypost.db` | a file, made where it is missing; several processes may share it |
    /// | `sqlite::memory:` | for tests |
    /// | `postgres://user@host/database` | PostgreSQL 12 or newer |
    ///
    /// # Errors
    ///
    /// [`RunnerError::Url`], [`RunnerError::SchemaTooNew`], and [`RunnerError::Database`] where it cannot be reached.
    pub async fn open(url: &str, config: RunnerConfig) -> Result<Self, RunnerError> {
        let database = Database::connect(url, config.durability).await?;
        schema::migrate(&database).await?;
        Ok(Self { shared: Arc::new(Shared::new(config, database)) })
    }

    /// How it runs.
    pub fn config(&self) -> &RunnerConfig {
        &self.shared.config
    }

    /// Keeps a profile, in the place of the one before. What executions learned of the customer is kept apart and stays.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn put_profile(&self, profile: &CustomerProfile) -> Result<(), RunnerError> {
        let (customer, text) = (profile.id().as_str(), json(profile));
        transact!(self.shared.database, |tx| tx.put_profile(customer, &text).await)
    }

    /// Takes a message in. When this returns, it is kept and will be carried out.
    ///
    /// The same message again is the same submission, however often. What runs for this customer under the same dedupe key
    /// is superseded, in the same transaction.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Conflict`] where another message was submitted under this id, [`RunnerError::Full`] where too many are
    /// active, [`RunnerError::UnknownCustomer`] where there is no profile to plan by, [`RunnerError::UnknownKinds`] and
    /// [`RunnerError::OtherPlan`] where it is wrong in itself, [`RunnerError::Unavailable`] and [`RunnerError::Panicked`] where
    /// the source of profiles does not say, and [`RunnerError::Database`].
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, RunnerError> {
        let answers = self.submit_all(vec![submission]).await?;
        answers.into_iter().next().unwrap_or(Ok(Submitted::Same))
    }

    /// Takes many messages in, in one transaction; each has its own answer, as [`submit`](Self::submit) gives it.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Full`] and [`RunnerError::Database`]: then none was taken in.
    pub async fn submit_all(
        &self,
        submissions: Vec<Submission>,
    ) -> Result<Vec<Result<Submitted, RunnerError>>, RunnerError> {
        let shared = &self.shared;
        shared.admit(submissions.len() as u64).await?;
        let now = shared.now();
        let unplanned = submissions.iter().filter(|one| one.plan.is_none()).map(|one| one.customer.clone());
        let unplanned: BTreeSet<CustomerId> = unplanned.collect();
        let contexts = if unplanned.is_empty() { Default::default() } else { shared.contexts(&unplanned).await? };
        let (mut batch, mut refused) = (Vec::new(), Vec::new());
        for (at, Submission { customer, message, plan }) in submissions.into_iter().enumerate() {
            let plan = plan.map_or_else(
                || {
                    shared.config.router.admit(&message)?;
                    let context = match contexts.get(&customer) {
                        Some(Ok(context)) => context,
                        Some(Err(error)) => return Err(error.again()),
                        None => return Err(RunnerError::UnknownCustomer(customer.clone())),
                    };
                    let mut facts = context.facts(&message, micros(now), now);
                    shared.config.gateway.apply_health(&mut facts);
                    Ok(context.router.plan(&message, &facts))
                },
                |plan| match plan.message() == message.id() {
                    true => Ok(plan),
                    false => {
                        Err(RunnerError::OtherPlan { plan: plan.message().clone(), message: message.id().clone() })
                    }
                },
            );
            match plan {
                Ok(plan) => batch.push(new_execution(&customer, &message, plan, now)),
                Err(error) => refused.push((at, error)),
            }
        }
        let (ids, now) = (batch.iter().map(|new| new.id.clone()).collect::<Vec<_>>(), micros(now));
        let answers =
            transact!(shared.database, |tx| if batch.is_empty() { Ok(vec![]) } else { tx.submit(&batch, now).await })?;
        shared.came_in().await;
        let answer = |(answer, id): (store::Submitted, String)| match answer {
            store::Submitted::New => Ok(Submitted::New),
            store::Submitted::Same => Ok(Submitted::Same),
            store::Submitted::Conflict => Err(RunnerError::Conflict(id.parse().expect("it was a message id"))),
        };
        let mut answers: Vec<_> = answers.into_iter().zip(ids).map(answer).collect();
        for _ in answers.iter().filter(|answer| !matches!(answer, Ok(Submitted::New))) {
            shared.left();
        }
        for (at, error) in refused {
            shared.left();
            answers.insert(at, Err(error));
        }
        Ok(answers)
    }

    /// Takes a receipt in. When this returns, it is kept.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn receive(&self, receipt: &Receipt) -> Result<Received, RunnerError> {
        let answers = self.receive_all(std::slice::from_ref(receipt)).await?;
        Ok(answers.into_iter().next().unwrap_or(Received::Repeated))
    }

    /// Takes many receipts in, in one transaction.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`]: then none was taken in.
    pub async fn receive_all(&self, receipts: &[Receipt]) -> Result<Vec<Received>, RunnerError> {
        let batch: Vec<_> = receipts.iter().map(|receipt| (receipt.key.message().to_string(), json(receipt))).collect();
        let now = micros(self.shared.now());
        let answers = transact!(self.shared.database, |tx| tx.receive(&batch, now).await)?;
        self.shared.came_in().await;
        let answer = |answer| match answer {
            store::Received::New => Received::New,
            store::Received::Repeated => Received::Repeated,
            store::Received::Unmatched => Received::Unmatched,
        };
        Ok(answers.into_iter().map(answer).collect())
    }

    /// Takes an event of a customer in, and tells the executions that it is about; returns how many they are.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn event(&self, customer: &CustomerId, event: &Event) -> Result<u64, RunnerError> {
        let (content, message) = (json(event), event.message.as_ref().map(MessageId::as_str));
        let (at, now) = (micros(event.at), micros(self.shared.now()));
        let told = transact!(self.shared.database, |tx| tx.event(customer.as_str(), message, &content, at, now).await)?;
        self.shared.came_in().await;
        Ok(told)
    }

    /// Works until `stop` completes, then ends the sends under way, writes down what came of them, and returns.
    ///
    /// While the database fails it waits and tries again; [`progress`](Self::progress) tells of it. Dropping the future is
    /// as a crash: nothing is lost, and what was under way is taken over when its lease ends. Several may run at once, in
    /// one process or in many.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let _at_work = self.shared.at_work();
        tokio::select! {
            () = Worker::new(Arc::clone(&self.shared)).run(stop) => {}
            () = self.shared.listen() => {}
        }
    }

    /// Works until nothing is due at this instant of the clock; returns the next instant at which something will be.
    ///
    /// With a [virtual clock](waypost::driver::Virtual) that is how tests go through days.
    ///
    /// # Errors
    ///
    /// The first failure of the database.
    pub async fn run_until_idle(&self) -> Result<Option<DateTime<Utc>>, RunnerError> {
        Worker::new(Arc::clone(&self.shared)).run_until_idle().await
    }

    /// How one execution stands; `None` where the message is not known.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`], and [`RunnerError::Unreadable`] where what is stored cannot be read: then it is parked, or
    /// soon will be.
    pub async fn status(&self, message: &MessageId) -> Result<Option<Status>, RunnerError> {
        let mut reading = self.shared.database.begin_reading().await?;
        let Some(stored) = reading.execution(message.as_str()).await? else { return Ok(None) };
        drop(reading);
        let execution = Execution::from_json(&stored.execution)
            .map_err(|error| RunnerError::Unreadable { what: "the execution", cause: error.to_string() })?;
        Ok(Some(Status::of(&stored, execution)))
    }

    /// What was set aside, with its causes, by message; at most `most`.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn parked(&self, most: u32) -> Result<Vec<Parked>, RunnerError> {
        let parked = self.shared.database.begin_reading().await?.parked(most.into()).await?;
        let read = |(id, cause): (String, String)| {
            let unreadable = |error: waypost::InvalidName| RunnerError::Unreadable {
                what: "a message id",
                cause: error.to_string(),
            };
            Ok(Parked { message: id.parse().map_err(unreadable)?, cause })
        };
        parked.into_iter().map(read).collect()
    }

    /// Lets what was set aside run again; returns whether there was such a message.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn release(&self, message: &MessageId) -> Result<bool, RunnerError> {
        let now = micros(self.shared.now());
        let released = transact!(self.shared.database, |tx| tx.release(message.as_str(), now).await)?;
        self.shared.came_in().await;
        Ok(released)
    }

    /// Receipts of messages that nobody knows, as they came; at most `most`.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`], and [`RunnerError::Unreadable`].
    pub async fn unmatched(&self, most: u32) -> Result<Vec<Receipt>, RunnerError> {
        let unmatched = self.shared.database.begin_reading().await?.unmatched(most.into()).await?;
        unmatched.iter().map(|content| read("a receipt", content)).collect()
    }

    /// Deletes what is over: executions that settled before an instant, with all that was kept for them.
    ///
    /// What is decided later stays as it was:
    ///
    /// | what | goes |
    /// | --- | --- |
    /// | executions, their attempts, what they were told | once they settled before `before` |
    /// | what they taught of their customers: suppressions, withdrawals, engagement | never: it is folded together, customer by customer |
    /// | their sends | once no cap of the policy and no law counts them, see [`RouterConfig::trim`]; so a cap that the policy gets later finds what those of today need |
    /// | events | once they happened and came in before `before`, and nothing runs for their customer |
    /// | receipts of messages that nobody knows | once they came in before `before` |
    ///
    /// What is active or parked is left alone, and what settled with a receipt still to be told. So are profiles.
    ///
    /// A pruned message is forgotten. [`status`](Self::status) does not know it, and a receipt that comes later is of an
    /// unknown message: a complaint too, so let `before` lie as far back as providers report, some of them for weeks. The same message
    /// submitted again is [`New`](Submitted::New) and goes out again, under the keys that it had: a provider that remembers
    /// those may take it for the first and send nothing. Its sends count beside those that are left of the first.
    ///
    /// It works in batches, a transaction each, beside workers and in any process; where it is dropped or fails, what it did
    /// stays done. It reads the sends that are left of every customer, so once a night is often enough. The file of SQLite
    /// does not become smaller: what is free in it is used again.
    ///
    /// ```no_run
    /// # async fn nightly(runner: waypost_runner::Runner, now: waypost::chrono::DateTime<waypost::chrono::Utc>)
    /// # -> Result<(), waypost_runner::RunnerError> {
    /// let pruned = runner.prune(now - waypost::chrono::TimeDelta::days(90)).await?;
    /// println!("{} executions and {} sends deleted", pruned.executions, pruned.sends);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    ///
    /// [`RouterConfig::trim`]: waypost::RouterConfig::trim
    pub async fn prune(&self, before: DateTime<Utc>) -> Result<Pruned, RunnerError> {
        prune::prune(&self.shared, before).await
    }

    /// How it gets on.
    ///
    /// # Errors
    ///
    /// [`RunnerError::Database`].
    pub async fn progress(&self) -> Result<Progress, RunnerError> {
        let counts = self.shared.database.begin_reading().await?.counts().await?;
        let now = self.shared.now();
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let (sends_per_second, settled_per_second) = self.shared.figures.rates(now);
        let (database_failures, last_failure) = self.shared.figures.failures();
        Ok(Progress {
            active: count(counts.active),
            settled: count(counts.settled),
            parked: count(counts.parked),
            held: count(counts.held),
            lag: counts.oldest_ready.map_or(TimeDelta::zero(), |at| (now - instant(at)).max(TimeDelta::zero())),
            sends_per_second,
            settled_per_second,
            database_failures,
            last_failure,
        })
    }

    /// Closes the connections, when workers and calls are done with them.
    pub async fn close(&self) {
        self.shared.database.close().await;
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

fn json(document: &impl serde::Serialize) -> String {
    serde_json::to_string(document).expect("the crate's documents have text keys and no value that JSON lacks")
}

fn new_execution(customer: &CustomerId, message: &Message, plan: Plan, now: DateTime<Utc>) -> NewExecution {
    let first = plan.dispatches().map(|dispatch| dispatch.earliest()).min();
    NewExecution {
        id: message.id().to_string(),
        customer: customer.to_string(),
        dedupe_key: message.dedupe_key().map(ToString::to_string),
        message: json(message),
        // One that sends nothing is settled at once.
        ready_at: micros(first.map_or(now, |first| first.max(now))),
        execution: Execution::new(plan, now).to_json(),
        superseding: superseded,
    }
}
