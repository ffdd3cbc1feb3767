//! The driver: carries executions out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt, mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use futures::{
    FutureExt, StreamExt,
    channel::{mpsc, oneshot},
    future::{AbortHandle, BoxFuture, abortable, pending},
    stream::FuturesUnordered,
};

use super::{
    customers::Customers,
    gateway::Gateway,
    journal::Journal,
    ledger::Ledger,
    memory_ledger::MemoryLedger,
    sending::{Sending, Told},
};
use crate::{
    config::RouterConfig,
    event::Event,
    execution::{Absorbed, DispatchKey, Execution, HandedOut, Happened, Outcome, Output, Receipt, Why},
    id::{Code, CustomerId, MessageId},
    message::Message,
    policy::FailureClass,
};

/// Why a run ended before its execution did. The execution is where it was, and can be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The message is not the one that the execution is of.
    #[error("the execution is of another message")]
    OtherMessage,
    /// This driver runs an execution of the message already.
    #[error("an execution of the message runs already")]
    AlreadyRunning,
    /// The journal did not keep it, and nothing is sent that is not written down.
    #[error("the journal does not answer")]
    Unsaved,
}

/// Carries executions out over the transports of a [`Gateway`].
///
/// Before a dispatch goes out, the customer is [looked up](Customers) again, the gates are asked again with what the
/// [`Ledger`] holds and the channels that are down, and the send is reserved; if somebody else reserved meanwhile, all
/// that is done once more. Then the transport has it. Dispatches that come out together go out together.
///
/// # Where it stops
///
/// A run may be dropped at any `await`: the execution then is as if the process had died, and [`run`](Self::run) goes on
/// with it. What was under way is repeated under its keys. For real crashes a [`Journal`] keeps it.
///
/// # Example: a text that goes out
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
/// use waypost::{*, driver::*};
///
/// #[derive(Debug)]
/// struct Sms(ChannelDescriptor);
///
/// impl Channel for Sms {
///     fn descriptor(&self) -> &ChannelDescriptor {
///         &self.0
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl Transport for Sms {
///     async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
///         assert_eq!(delivery.fitted.text(), "Your parcel is at the door");
///         Ok(Receipt::reached(delivery.key.clone(), delivery.at, ReceiptKind::Delivered))
///     }
/// }
///
/// let sms = Arc::new(Sms(ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text)));
/// let config = RouterConfig::builder().channel(sms.clone()).build()?;
/// let phone = Endpoint::new("phone".parse()?, ChannelKind::SMS, "+34600111222")?;
/// let ana = Arc::new(CustomerProfile::builder("ana".parse()?).endpoint(phone).build()?);
/// let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
///     .variant(Variant::text("Your parcel is at the door"))
///     .build()?;
///
/// let now = "2026-11-21T10:00:00Z".parse()?;
/// let clock = Virtual::at(now); // `driver::Tokio` in a service
/// let gateway = Gateway::builder(clock.clone()).transport(sms).build()?;
/// let driver = Driver::builder(config.clone(), gateway, BTreeMap::from([(ana.id().clone(), ana.clone())])).build();
///
/// let plan = Router::new(config, ana).plan(&message, &Facts::at(now));
/// let mut execution = Execution::new(plan, now);
/// let outcome = clock.run(driver.run(&message, &mut execution)).expect("nothing is waited for in vain")?;
/// assert_eq!(outcome.ending, Ending::Reached);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Driver {
    pub(super) config: Arc<RouterConfig>,
    pub(super) gateway: Gateway,
    pub(super) customers: Arc<dyn Customers>,
    pub(super) ledger: Arc<dyn Ledger>,
    journal: Arc<dyn Journal>,
    running: Mutex<BTreeMap<MessageId, Route>>,
}

/// Makes a [`Driver`].
pub struct DriverBuilder {
    driver: Driver,
}

impl DriverBuilder {
    /// Counts sends in this ledger, in the place of a [`MemoryLedger`].
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.driver.ledger = ledger;
        self
    }

    /// Keeps executions in this journal; without it they live as long as their runs.
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.driver.journal = journal;
        self
    }

    /// The driver.
    pub fn build(self) -> Driver {
        self.driver
    }
}

/// How a run is reached from outside.
struct Route {
    customer: CustomerId,
    inputs: mpsc::UnboundedSender<Input>,
}

/// What comes in from outside, and where to say that it did.
enum Input {
    Receipt(Receipt, oneshot::Sender<Absorbed>),
    Event(Event, oneshot::Sender<Absorbed>),
}

impl Driver {
    /// A driver that judges by this configuration, whose channels have their transports in the gateway. It has the
    /// gateway's runtime and observer.
    pub fn builder(config: Arc<RouterConfig>, gateway: Gateway, customers: impl Customers + 'static) -> DriverBuilder {
        let driver = Self {
            config,
            gateway,
            customers: Arc::new(customers),
            ledger: Arc::new(MemoryLedger::default()),
            journal: Arc::new(()),
            running: Mutex::default(),
        };
        DriverBuilder { driver }
    }

    /// The transports and their breakers.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Runs an execution to its end, and says how it ended.
    ///
    /// One call runs one; many are run by as many calls at once. What the execution handed out before and of which
    /// nothing is known, is repeated under its key. An execution that has settled is drained and answered at once. A send
    /// that is under way when it settles is waited for.
    ///
    /// # Errors
    ///
    /// [`RunError`]; the execution is where it was, and can be run again.
    pub async fn run(&self, message: &Message, execution: &mut Execution) -> Result<Outcome, RunError> {
        if execution.plan().message() != message.id() {
            return Err(RunError::OtherMessage);
        }
        let (inputs, received) = mpsc::unbounded();
        let customer = execution.plan().customer().clone();
        let _registered = self.register(message.id(), Route { customer, inputs })?;
        let run = Run {
            driver: self,
            message,
            execution,
            received,
            tasks: FuturesUnordered::new(),
            done: VecDeque::new(),
            sends: BTreeMap::new(),
            unsent: BTreeSet::new(),
            acknowledged: Vec::new(),
            is_changed: true,
            is_over: false,
        };
        run.run().await
    }

    /// Hands a receipt to the run that it belongs to, and says what it was to it once that is saved.
    ///
    /// `None` where no run has taken it: nobody runs that message here, or the run ended before. Keep it then, and hand
    /// it in again, or [handle](Execution::handle_receipt) it.
    pub async fn receive(&self, receipt: &Receipt) -> Option<Absorbed> {
        let (acknowledge, absorbed) = oneshot::channel();
        let inputs = self.routes().get(receipt.key.message()).map(|route| route.inputs.clone())?;
        inputs.unbounded_send(Input::Receipt(receipt.clone(), acknowledge)).ok()?;
        absorbed.await.ok()
    }

    /// Hands an event of a customer to every run that it is about, and says how many have taken it and saved that.
    ///
    /// Those that begin later learn of it by their [facts](crate::Facts::events).
    pub async fn event(&self, customer: &CustomerId, event: &Event) -> usize {
        let meant = |message: &MessageId| event.message.as_ref().is_none_or(|meant| meant == message);
        let sent: Vec<_> = {
            let routes = self.routes();
            let routes = routes.iter().filter(|(message, route)| route.customer == *customer && meant(message));
            let send = |(_, route): (_, &Route)| {
                let (acknowledge, absorbed) = oneshot::channel();
                route.inputs.unbounded_send(Input::Event(event.clone(), acknowledge)).ok().map(|()| absorbed)
            };
            routes.filter_map(send).collect()
        };
        let mut taken = 0;
        for absorbed in sent {
            taken += usize::from(absorbed.await.is_ok());
        }
        taken
    }

    /// The messages that run, in the order of their names.
    pub fn running(&self) -> Vec<MessageId> {
        self.routes().keys().cloned().collect()
    }

    fn register<'a>(&'a self, message: &'a MessageId, route: Route) -> Result<Registered<'a>, RunError> {
        let mut routes = self.routes();
        if routes.contains_key(message) {
            return Err(RunError::AlreadyRunning);
        }
        routes.insert(message.clone(), route);
        Ok(Registered { driver: self, message })
    }

    fn routes(&self) -> MutexGuard<'_, BTreeMap<MessageId, Route>> {
        // Nothing in here panics halfway, so what a panic elsewhere left is whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.routes().len();
        f.debug_struct("Driver").field("gateway", &self.gateway).field("running", &running).finish_non_exhaustive()
    }
}

impl fmt::Debug for DriverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverBuilder").field("gateway", &self.driver.gateway).finish_non_exhaustive()
    }
}

/// That a message runs, until this is dropped.
struct Registered<'a> {
    driver: &'a Driver,
    message: &'a MessageId,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.driver.routes().remove(self.message);
    }
}

/// One execution while it runs.
struct Run<'a> {
    driver: &'a Driver,
    message: &'a Message,
    execution: &'a mut Execution,
    received: mpsc::UnboundedReceiver<Input>,
    tasks: FuturesUnordered<BoxFuture<'a, Done>>,
    /// What was done and is not taken in yet.
    done: VecDeque<Done>,
    sends: BTreeMap<DispatchKey, Send>,
    /// Keys under which surely nothing went out, though the execution handed them out.
    unsent: BTreeSet<DispatchKey>,
    /// Who is told once the execution is saved.
    acknowledged: Vec<(oneshot::Sender<Absorbed>, Absorbed)>,
    /// Whether anything went in since it was saved.
    is_changed: bool,
    /// Whether it ended in this run.
    is_over: bool,
}

/// A dispatch on its way out.
struct Send {
    stop: AbortHandle,
    out: Arc<AtomicBool>,
    first: bool,
}

/// What a task came to.
enum Done {
    Sent { key: DispatchKey, told: Box<Told>, out: Arc<AtomicBool> },
    Other,
}

/// What goes into an execution next.
enum Next {
    Done(Done),
    Input(Input),
    Time,
}

const NOT_SENT: Code = Code::literal("not_sent");

impl Run<'_> {
    async fn run(mut self) -> Result<Outcome, RunError> {
        let now = self.now();
        let in_flight: Vec<HandedOut> = self.execution.in_flight().collect();
        for HandedOut { key, .. } in in_flight {
            self.take_in(&Receipt::new(key, now, Happened::Unknown));
        }
        self.execution.handle_timeout(now);
        loop {
            let until = self.drain().await?;
            if self.execution.is_settled() && self.tasks.is_empty() && self.done.is_empty() {
                break;
            }
            match self.next(until).await {
                Next::Done(Done::Other) => {}
                Next::Done(Done::Sent { key, told, out }) => self.handle(key, *told, &out),
                Next::Input(Input::Receipt(receipt, acknowledge)) => {
                    let absorbed = self.take_in(&receipt);
                    self.acknowledged.push((acknowledge, absorbed));
                }
                Next::Input(Input::Event(event, acknowledge)) => {
                    let now = self.now();
                    self.execution.handle_event(&event, now);
                    self.is_changed = true;
                    self.driver.gateway.observer().happened(self.message.id(), &event);
                    self.acknowledged.push((acknowledge, Absorbed::New));
                }
                Next::Time => {
                    let now = self.now();
                    self.execution.handle_timeout(now);
                    self.is_changed = true;
                }
            }
        }
        let outcome = self.execution.outcome();
        if self.is_over {
            self.driver.gateway.observer().settled(&outcome);
        }
        Ok(outcome)
    }

    /// Drains the execution, saves it, and only then begins what it wants done; says until when it waits.
    async fn drain(&mut self) -> Result<Option<DateTime<Utc>>, RunError> {
        let (mut dispatches, mut recalls) = (Vec::new(), Vec::new());
        let until = loop {
            match self.execution.poll() {
                Output::Dispatch(handed) => dispatches.push(handed),
                Output::Cancel(recall) => recalls.push(recall),
                Output::Settle(_) => self.is_over = true,
                Output::Wait { until, why } => {
                    if why != Why::Settled {
                        self.driver.gateway.observer().waits(self.message.id(), until, why);
                    }
                    break until;
                }
            }
        };
        self.stop_what_is_unwanted();
        recalls.retain(|recall| !self.unsent.contains(&recall.key));
        if self.execution.is_settled() {
            self.tell_what_was_not_sent();
        }
        if mem::take(&mut self.is_changed) {
            self.save().await?;
        }
        for (acknowledge, absorbed) in mem::take(&mut self.acknowledged) {
            // Who does not wait for the answer does not want it.
            let _ = acknowledge.send(absorbed);
        }
        dispatches.into_iter().for_each(|handed| self.begin(handed));
        let driver = self.driver;
        for recall in recalls {
            let task = async move {
                let done = driver.gateway.recall(&recall).await;
                driver.gateway.observer().recalled(&recall, done);
                Done::Other
            };
            self.tasks.push(task.boxed());
        }
        Ok(until)
    }

    /// Saves the execution, while what is under way goes on.
    async fn save(&mut self) -> Result<(), RunError> {
        let Self { driver, execution, tasks, done, .. } = self;
        let mut saving = driver.journal.save(execution).fuse();
        loop {
            futures::select_biased! {
                saved = saving => return saved.map_err(|_| RunError::Unsaved),
                task = tasks.select_next_some() => done.push_back(task),
            }
        }
    }

    async fn next(&mut self, until: Option<DateTime<Utc>>) -> Next {
        if let Some(done) = self.done.pop_front() {
            return Next::Done(done);
        }
        let mut time = match until {
            Some(at) => self.driver.gateway.runtime().sleep_until(at),
            None => pending().boxed(),
        }
        .fuse();
        futures::select_biased! {
            done = self.tasks.select_next_some() => Next::Done(done),
            input = self.received.select_next_some() => Next::Input(input),
            () = time => Next::Time,
        }
    }

    /// Begins to send a dispatch, in the place of what was under way under its key.
    fn begin(&mut self, handed: HandedOut) {
        let key = handed.key.clone();
        if let Some(before) = self.sends.remove(&key) {
            self.stop(key.clone(), &before);
        }
        let was_unsent = self.unsent.remove(&key);
        let first = handed.repeat == 0 || was_unsent;
        let (driver, message, customer) = (self.driver, self.message, self.execution.plan().customer().clone());
        let sending = Sending { driver, message, customer, handed, first };
        let out = Arc::new(AtomicBool::new(false));
        let task = {
            let (key, out) = (key.clone(), Arc::clone(&out));
            async move {
                let told = Box::new(sending.send(&out).await);
                Done::Sent { key, told, out }
            }
        };
        let (task, stop) = abortable(task);
        self.tasks.push(task.map(|done| done.unwrap_or(Done::Other)).boxed());
        self.sends.insert(key, Send { stop, out, first });
    }

    /// Takes in what came of a send.
    fn handle(&mut self, key: DispatchKey, told: Told, out: &Arc<AtomicBool>) {
        let first = self.sends.get(&key).filter(|send| Arc::ptr_eq(&send.out, out)).map(|send| send.first);
        if first.is_some() {
            self.sends.remove(&key);
        }
        match told {
            Told::Answer(answer) => {
                let is_waited_for = self.execution.in_flight().any(|handed| handed.key == key);
                if first == Some(true) && !is_waited_for {
                    self.unsent.insert(key.clone());
                }
                let now = self.now();
                self.execution.handle_confirmation(&key, answer, now);
                self.is_changed = true;
            }
            Told::Receipt(receipt) => {
                let driver = self.driver;
                if let Happened::Reached(_) = receipt.what {
                    let task = async move {
                        // It goes on to count either way.
                        if driver.ledger.confirm(&key).await.is_err() {
                            driver.gateway.observer().unavailable(&key);
                        }
                        Done::Other
                    };
                    self.tasks.push(task.boxed());
                }
                self.take_in(&receipt);
            }
        }
    }

    fn take_in(&mut self, receipt: &Receipt) -> Absorbed {
        let now = self.now();
        let absorbed = self.execution.handle_receipt(receipt, now);
        self.is_changed = true;
        self.driver.gateway.observer().received(receipt, absorbed);
        absorbed
    }

    /// Stops sends that have not begun and that the execution does not wait for any more: it is past them, and they would
    /// come beside what it sends now.
    fn stop_what_is_unwanted(&mut self) {
        let wanted: BTreeSet<DispatchKey> = match self.execution.is_settled() {
            true => BTreeSet::new(),
            false => self.execution.in_flight().map(|handed| handed.key).collect(),
        };
        let is_stopped = |key: &DispatchKey, send: &Send| !send.out.load(Ordering::Acquire) && !wanted.contains(key);
        let stopped: Vec<_> = self.sends.iter().filter(|(key, send)| is_stopped(key, send)).collect();
        for key in stopped.into_iter().map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            if let Some(send) = self.sends.remove(&key) {
                self.stop(key, &send);
            }
        }
    }

    fn stop(&mut self, key: DispatchKey, send: &Send) {
        send.stop.abort();
        if send.first && !send.out.load(Ordering::Acquire) {
            self.driver.gateway.observer().dropped(&key);
            self.unsent.insert(key);
        }
    }

    /// At the end: says of what was never sent that it was not, so that nobody counts it, and gives its room back.
    fn tell_what_was_not_sent(&mut self) {
        let unsent = mem::take(&mut self.unsent);
        if unsent.is_empty() {
            return;
        }
        let tried = self.execution.outcome().tried;
        let unknown = tried.into_iter().filter(|tried| tried.attempt.is_unknown()).map(|tried| tried.key);
        for key in unknown.filter(|key| unsent.contains(key)) {
            let what = Happened::Failed { class: FailureClass::Outage, detail: Some(NOT_SENT), retry_after: None };
            self.take_in(&Receipt::new(key, self.now(), what));
        }
        let driver = self.driver;
        for key in unsent {
            let task = async move {
                if driver.ledger.release(&key).await.is_err() {
                    driver.gateway.observer().unavailable(&key);
                }
                Done::Other
            };
            self.tasks.push(task.boxed());
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.driver.gateway.runtime().now()
    }
}
