//! What the driver keeps to, in virtual time: through failures, hangs, panics, queues, races and drops.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use async_trait::async_trait;
use expect_test::{Expect, expect};
use futures::future::{join, join_all, pending};
use proptest::{collection::vec, prelude::*};
use waypost::{
    chrono::{DateTime, TimeDelta, Utc},
    driver::*,
    policy::FailureClass,
    time::Span,
    *,
};

type Instant = DateTime<Utc>;

fn start() -> Instant {
    "2026-11-21T10:00:00Z".parse().expect("an instant")
}

/// Lets everybody else go first.
async fn let_go() {
    let mut gone = false;
    std::future::poll_fn(|context| match std::mem::replace(&mut gone, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// What happened, in virtual time.
#[derive(Clone)]
struct Log(Virtual, Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: String) {
        let seconds = (self.0.now() - start()).num_seconds();
        self.1.lock().expect("whole").push(format!("{:02}:{:02} {line}", seconds / 60, seconds % 60));
    }

    fn take(&self) -> String {
        let lines = std::mem::take(&mut *self.1.lock().expect("whole"));
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What a transport does with a call.
#[derive(Clone, Copy)]
enum Does {
    Reach(ReceiptKind),
    Fail(DeliveryError),
    Hang,
    Panic,
    /// Hangs, and panics when it is given up.
    PanicLate,
    OtherKey,
    /// After so many seconds.
    Later(i64, &'static Does),
}

const ACCEPTS: Does = Does::Reach(ReceiptKind::Accepted);
const DELIVERS: Does = Does::Reach(ReceiptKind::Delivered);
const OUT: Does = Does::Fail(DeliveryError::NotConnected);
const GONE: Does = Does::Fail(DeliveryError::Rejected { class: FailureClass::HardBounce, detail: None });

const fn busy(seconds: u32) -> Does {
    Does::Fail(DeliveryError::Busy { retry_after: Some(Span::from_secs(seconds)), detail: None })
}

static BUSY: Does = busy(5);

type Script = Box<dyn Fn(usize, &DispatchKey) -> Does + Send + Sync>;

/// A transport with a script: by the number of the call, counted from 1, and the key.
struct Fake {
    descriptor: ChannelDescriptor,
    log: Log,
    script: Script,
    calls: Mutex<Vec<(DispatchKey, String)>>,
    at_once: Mutex<(usize, usize)>,
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("a panic that the test asked for");
        }
    }
}

struct Leaves<'a>(&'a Fake);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.at_once.lock().expect("whole").0 -= 1;
    }
}

impl Fake {
    fn keys(&self) -> Vec<DispatchKey> {
        self.calls.lock().expect("whole").iter().map(|(key, _)| key.clone()).collect()
    }

    fn most_at_once(&self) -> usize {
        self.at_once.lock().expect("whole").1
    }
}

impl Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.descriptor.id)
    }
}

impl Channel for Fake {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }
}

#[async_trait]
impl Transport for Fake {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        let number = {
            let mut calls = self.calls.lock().expect("whole");
            calls.push((delivery.key.clone(), delivery.address.reveal().to_owned()));
            calls.len()
        };
        {
            let mut at_once = self.at_once.lock().expect("whole");
            at_once.0 += 1;
            at_once.1 = at_once.1.max(at_once.0);
        }
        let _leaves = Leaves(self);
        let clock = self.log.0.clone();
        let name = self.descriptor.id;
        self.log.add(format!("{name} gets {}", delivery.key));
        let mut does = (self.script)(number, delivery.key);
        if let Does::Later(seconds, then) = does {
            clock.sleep_until(clock.now() + TimeDelta::seconds(seconds)).await;
            does = *then;
        }
        match does {
            Does::Reach(kind) => Ok(Receipt::reached(delivery.key.clone(), clock.now(), kind)),
            Does::Fail(error) => Err(error),
            Does::Hang => pending().await,
            Does::Panic => panic!("a panic that the test asked for"),
            Does::PanicLate => {
                let _panics = Panics;
                pending().await
            }
            Does::OtherKey => {
                Ok(Receipt::reached("m-9/0.1.1/1".parse().expect("a key"), clock.now(), ReceiptKind::Read))
            }
            Does::Later(..) => unreachable!("later is once"),
        }
    }

    async fn recall(&self, recall: &Recall) -> Result<bool, DeliveryError> {
        let key = &recall.key;
        self.log.add(format!("{} takes back {key}", self.descriptor.id));
        Ok(true)
    }
}

/// Customers `c-0`, `c-1` and so on, who can be reached on every kind and may say no to everything.
struct People {
    log: Log,
    /// How long it takes to look one up.
    takes: i64,
    /// How often nobody knows.
    fails: Mutex<usize>,
    suppressed_from: Option<Instant>,
}

fn person(name: &str) -> ProfileBuilder {
    let endpoint =
        |id: &str, kind, address| Endpoint::new(id.parse().expect("a name"), kind, address).expect("an address");
    CustomerProfile::builder(name.parse().expect("a name"))
        .zone(ZoneEvidence::declared("Europe/Madrid".parse().expect("a zone")))
        .endpoint(endpoint("pixel", ChannelKind::PUSH, "secret-token"))
        .endpoint(endpoint("mobile", ChannelKind::SMS, "+34600111222"))
        .endpoint(endpoint("home", ChannelKind::EMAIL, "secret@example.com"))
}

#[async_trait]
impl Customers for People {
    async fn look_up(&self, customer: &CustomerId, now: Instant) -> Result<Known, Unavailable> {
        let_go().await;
        if self.takes > 0 {
            self.log.0.sleep_until(now + TimeDelta::seconds(self.takes)).await;
        }
        {
            let mut fails = self.fails.lock().expect("whole");
            if *fails > 0 {
                *fails -= 1;
                return Err(Unavailable);
            }
        }
        let mut builder = person(customer.as_str());
        if self.suppressed_from.is_some_and(|from| from <= self.log.0.now()) {
            builder = builder.suppression(Suppression::of(SuppressionClass::Complaint));
        }
        Ok(Known { profile: Arc::new(builder.build().expect("a profile")), facts: Facts::at(now) })
    }
}

/// A ledger that lets others come between, and may fail.
struct SlowLedger(MemoryLedger);

#[async_trait]
impl Ledger for SlowLedger {
    async fn sends(&self, customer: &CustomerId, besides: &DispatchKey) -> Result<(Vec<Sent>, Revision), Unavailable> {
        let_go().await;
        let answer = self.0.sends(customer, besides).await;
        let_go().await;
        answer
    }

    async fn reserve(
        &self,
        customer: &CustomerId,
        key: &DispatchKey,
        sent: Sent,
        as_of: Revision,
    ) -> Result<(), ReserveError> {
        let_go().await;
        let answer = self.0.reserve(customer, key, sent, as_of).await;
        let_go().await;
        answer
    }

    async fn confirm(&self, key: &DispatchKey) -> Result<(), Unavailable> {
        let_go().await;
        self.0.confirm(key).await
    }

    async fn release(&self, key: &DispatchKey) -> Result<(), Unavailable> {
        let_go().await;
        self.0.release(key).await
    }
}

/// Writes down what it is told.
struct Watcher(Log);

impl Observer for Watcher {
    fn confirmed(&self, key: &DispatchKey, _: &Dispatch, answer: &Confirmation) {
        if let Some(reason) = answer.reason() {
            self.0.add(format!("not {key}: {}", reason.code()));
        }
    }

    fn conflicted(&self, key: &DispatchKey) {
        self.0.add(format!("asks again about {key}"));
    }

    fn unavailable(&self, key: &DispatchKey) {
        self.0.add(format!("nobody knows of {key}"));
    }

    fn dropped(&self, key: &DispatchKey) {
        self.0.add(format!("drops {key}"));
    }

    fn panicked(&self, key: &DispatchKey, channel: ChannelId) {
        self.0.add(format!("{channel} panics over {key}"));
    }

    fn misattributed(&self, key: &DispatchKey, channel: ChannelId) {
        self.0.add(format!("{channel} answers another than {key}"));
    }

    fn breaker_opened(&self, channel: ChannelId, until: Instant) {
        self.0.add(format!("{channel} is left alone for {} s", (until - self.0.0.now()).num_seconds()));
    }

    fn breaker_closed(&self, channel: ChannelId) {
        self.0.add(format!("{channel} works again"));
    }

    fn received(&self, receipt: &Receipt, absorbed: Absorbed) {
        let what = match receipt.what {
            Happened::Reached(kind) => kind.to_string(),
            Happened::Failed { class, detail, .. } => {
                detail.map_or(class.to_string(), |detail| format!("{class} ({detail})"))
            }
            Happened::Refused { by, .. } => by.to_string(),
            _ => "unknown".to_owned(),
        };
        self.0.add(format!("{}: {what}, {absorbed}", receipt.key));
    }

    fn happened(&self, message: &MessageId, event: &Event) {
        self.0.add(format!("{message}: {}", event.name));
    }

    fn settled(&self, outcome: &Outcome) {
        self.0.add(format!("{} {}", outcome.message, outcome.ending));
    }
}

/// A driver over scripted transports.
struct Setup {
    policy: String,
    fakes: Vec<(ChannelDescriptor, CallLimits, Script)>,
    takes: i64,
    fails: usize,
    suppressed_from: Option<Instant>,
    journal: Arc<dyn Journal>,
    ledger: Arc<SlowLedger>,
    /// Whether tracing is told in the place of the log.
    traced: bool,
}

struct World {
    clock: Virtual,
    log: Log,
    config: Arc<RouterConfig>,
    driver: Driver,
    fakes: BTreeMap<&'static str, Arc<Fake>>,
    ledger: Arc<SlowLedger>,
}

impl Setup {
    fn new(policy: &str) -> Self {
        Self {
            policy: policy.to_owned(),
            fakes: Vec::new(),
            takes: 0,
            fails: 0,
            suppressed_from: None,
            journal: Arc::new(()),
            ledger: Arc::new(SlowLedger(MemoryLedger::default())),
            traced: false,
        }
    }

    /// With one more transport.
    fn with(
        self,
        id: &'static str,
        kind: ChannelKind,
        script: impl Fn(usize, &DispatchKey) -> Does + Send + Sync + 'static,
    ) -> Self {
        self.within(id, kind, CallLimits::default(), script)
    }

    fn within(
        mut self,
        id: &'static str,
        kind: ChannelKind,
        limits: CallLimits,
        script: impl Fn(usize, &DispatchKey) -> Does + Send + Sync + 'static,
    ) -> Self {
        let descriptor = ChannelDescriptor::new(ChannelId::literal(id), kind).can(Capability::Text);
        self.fakes.push((descriptor.can(Capability::Recall), limits, Box::new(script)));
        self
    }

    fn build(self) -> World {
        let clock = Virtual::at(start());
        let log = Log(clock.clone(), Arc::default());
        let policy = Policy::from_toml(&self.policy).expect("a policy");
        let mut config = RouterConfig::builder().policy(policy);
        let observer: Arc<dyn Observer> = match self.traced {
            #[cfg(feature = "tracing")]
            true => Arc::new(Tracing),
            _ => Arc::new(Watcher(log.clone())),
        };
        let mut gateway = Gateway::builder(clock.clone()).observer(observer);
        let mut fakes = BTreeMap::new();
        for (descriptor, limits, script) in self.fakes {
            let (name, log) = (descriptor.id.to_string().leak() as &str, log.clone());
            let (calls, at_once) = Default::default();
            let fake = Arc::new(Fake { descriptor, log, script, calls, at_once });
            config = config.channel(fake.clone());
            gateway = gateway.transport_within(fake.clone(), limits);
            fakes.insert(name, fake);
        }
        let config = config.build().expect("a configuration");
        let gateway = gateway.build().expect("one transport a channel");
        let Self { takes, suppressed_from, ledger, journal, .. } = self;
        let people = People { log: log.clone(), takes, fails: Mutex::new(self.fails), suppressed_from };
        let driver = Driver::builder(config.clone(), gateway, people).ledger(ledger.clone()).journal(journal).build();
        World { clock, log, config, driver, fakes, ledger }
    }
}

fn message(id: &str) -> Message {
    Message::builder(id.parse().expect("a name"), TopicId::literal("parcel"), Purpose::Transactional)
        .variant(Variant::text("Your secret parcel is at the door"))
        .build()
        .expect("a message")
}

impl World {
    fn execution(&self, customer: &str, message: &Message) -> Execution {
        let now = self.clock.now();
        let profile = person(customer).build().expect("a profile");
        Execution::new(Router::new(self.config.clone(), profile).plan(message, &Facts::at(now)), now)
    }

    async fn send(&self, customer: &str, id: &str) -> Outcome {
        let message = message(id);
        let mut execution = self.execution(customer, &message);
        self.driver.run(&message, &mut execution).await.expect("the journal answers")
    }

    /// Sends `m-1` to `c-0`, and says what happened.
    #[track_caller]
    fn check(&self, expected: Expect) -> Outcome {
        let outcome = self.clock.run(self.send("c-0", "m-1")).expect("nothing is waited for in vain");
        expected.assert_eq(&self.log.take());
        outcome
    }
}

const ORDER: &str = "defaults.order = ['push', 'sms', 'email']\n";
/// Who is content with what a provider takes, and gives up soon.
const QUICK: &str = "defaults.order = ['push', 'sms', 'email']\ndefaults.settle_on = 'accepted'\n";

#[test]
fn what_is_delivered_ends_it() {
    let world = Setup::new(ORDER).with("push", ChannelKind::PUSH, |_, _| DELIVERS).build();
    let outcome = world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:00 m-1/0.1.1/1: delivered, new
        00:00 m-1 reached
    "#]]);
    assert_eq!(outcome.ending, Ending::Reached);
    assert_eq!(world.fakes["push"].calls.lock().expect("whole")[0].1, "secret-token");
    assert_eq!(world.ledger.0.all(&"c-0".parse().expect("a name")).len(), 1);
}

#[test]
fn what_fails_for_good_is_followed_by_the_next() {
    let world = Setup::new(ORDER)
        .with("push", ChannelKind::PUSH, |_, _| GONE)
        .with("sms", ChannelKind::SMS, |_, _| ACCEPTS)
        .with("mail", ChannelKind::EMAIL, |_, _| DELIVERS)
        .build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:00 m-1/0.1.1/1: hard_bounce, new
        00:00 sms gets m-1/0.2.1/1
        00:00 m-1/0.2.1/1: accepted, new
        10:00 mail gets m-1/0.3.1/1
        10:00 m-1/0.3.1/1: delivered, new
        10:00 sms takes back m-1/0.2.1/1
        10:00 m-1 reached
    "#]]);
    let sent = world.ledger.0.all(&"c-0".parse().expect("a name"));
    assert_eq!(sent.len(), 2, "what was refused does not count");
}

#[test]
fn what_a_provider_asks_for_is_heeded() {
    let world = Setup::new(QUICK)
        .with("push", ChannelKind::PUSH, |call, _| if call == 1 { busy(300) } else { ACCEPTS })
        .build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:00 m-1/0.1.1/1: transient, new
        05:00 push gets m-1/0.1.1/2
        05:00 m-1/0.1.1/2: accepted, new
        05:00 m-1 reached
    "#]]);
}

#[test]
fn who_does_not_answer_is_asked_again_under_the_same_key() {
    let slow = |call, _: &DispatchKey| if call < 3 { Does::Hang } else { DELIVERS };
    let world = Setup::new(QUICK).with("push", ChannelKind::PUSH, slow).build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:30 m-1/0.1.1/1: unknown, new
        00:55 push gets m-1/0.1.1/1
        01:25 m-1/0.1.1/1: unknown, new
        02:21 push gets m-1/0.1.1/1
        02:21 m-1/0.1.1/1: delivered, new
        02:21 m-1 reached
    "#]]);
    assert_eq!(world.fakes["push"].keys().iter().collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(world.ledger.0.all(&"c-0".parse().expect("a name")).len(), 1, "three calls, one send");
}

#[test]
fn a_failure_after_a_call_without_an_answer_is_no_answer_to_that_call() {
    let first_lost = |call, _: &DispatchKey| match call {
        1 => Does::Hang,
        2 => busy(1),
        3 => OUT,
        _ => DELIVERS,
    };
    let world = Setup::new(QUICK).with("push", ChannelKind::PUSH, first_lost).build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:30 m-1/0.1.1/1: unknown, new
        00:55 push gets m-1/0.1.1/1
        00:55 m-1/0.1.1/1: unknown, new
        01:51 push gets m-1/0.1.1/1
        01:51 m-1/0.1.1/1: unknown, new
        02:54 push gets m-1/0.1.1/1
        02:54 m-1/0.1.1/1: delivered, new
        02:54 m-1 reached
    "#]]);
    assert_eq!(world.fakes["push"].keys().iter().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_panic_is_contained_and_nobody_knows_what_it_sent() {
    let world = Setup::new(QUICK)
        .with("push", ChannelKind::PUSH, |_, _| Does::Panic)
        .with("sms", ChannelKind::SMS, |_, _| ACCEPTS)
        .build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:00 push panics over m-1/0.1.1/1
        00:00 m-1/0.1.1/1: unknown, new
        00:25 push gets m-1/0.1.1/1
        00:25 push panics over m-1/0.1.1/1
        00:25 m-1/0.1.1/1: unknown, new
        01:21 push gets m-1/0.1.1/1
        01:21 push panics over m-1/0.1.1/1
        01:21 m-1/0.1.1/1: unknown, new
        02:24 push gets m-1/0.1.1/1
        02:24 push panics over m-1/0.1.1/1
        02:24 m-1/0.1.1/1: unknown, new
        02:24 sms gets m-1/0.2.1/1
        02:24 m-1/0.2.1/1: accepted, new
        02:24 push takes back m-1/0.1.1/1
        02:24 m-1 reached
    "#]]);
}

/// Once as its time is up, once as it is repeated while it is out, and once as the run is dropped.
#[test]
fn a_panic_of_what_is_given_up_is_contained_too() {
    let late = || {
        Setup::new(QUICK).with("push", ChannelKind::PUSH, |call, _| if call < 3 { Does::PanicLate } else { DELIVERS })
    };
    let outcome = late().build().check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:30 m-1/0.1.1/1: unknown, new
        00:55 push gets m-1/0.1.1/1
        01:25 m-1/0.1.1/1: unknown, new
        02:21 push gets m-1/0.1.1/1
        02:21 m-1/0.1.1/1: delivered, new
        02:21 m-1 reached
    "#]]);
    assert_eq!(outcome.ending, Ending::Reached);

    let world = late().build();
    let message = message("m-1");
    let mut execution = world.execution("c-0", &message);
    let five = start() + TimeDelta::seconds(5);
    let dropped =
        futures::future::select(Box::pin(world.driver.run(&message, &mut execution)), world.clock.sleep_until(five));
    assert!(matches!(world.clock.run(dropped), Some(futures::future::Either::Right(_))), "it hangs");
    let outcome = world.clock.run(world.driver.run(&message, &mut execution)).expect("it goes on");
    assert_eq!(outcome.map(|outcome| outcome.ending), Ok(Ending::Reached));
}

#[test]
fn an_answer_for_another_key_is_none() {
    let world = Setup::new(QUICK)
        .with("push", ChannelKind::PUSH, |call, _| if call == 1 { Does::OtherKey } else { ACCEPTS })
        .build();
    world.check(expect![[r#"
        00:00 push gets m-1/0.1.1/1
        00:00 push answers another than m-1/0.1.1/1
        00:00 m-1/0.1.1/1: unknown, new
        00:25 push gets m-1/0.1.1/1
        00:25 m-1/0.1.1/1: accepted, new
        00:25 m-1 reached
    "#]]);
}

#[test]
fn one_that_hangs_stops_none_of_the_others() {
    let few = CallLimits { concurrency: 1, timeout: Span::minutes(5) };
    let world = Setup::new("defaults.settle_on = 'accepted'\ndefaults.order = ['push', 'sms']\n")
        .within("push", ChannelKind::PUSH, few, |_, _| Does::Hang)
        .within("sms", ChannelKind::SMS, few, |_, _| ACCEPTS)
        .build();
    let only = |id: &str, kind| {
        let message =
            message(id).to_builder().channels(Override { only: vec![kind], order: vec![] }).build().expect("a message");
        let execution = world.execution("c-0", &message);
        (message, execution)
    };
    let (hangs, mut one) = only("m-1", ChannelKind::PUSH);
    let others: Vec<_> = (2..6).map(|number| only(&format!("m-{number}"), ChannelKind::SMS)).collect();
    let good = join_all(others.into_iter().map(|(message, mut execution)| {
        let world = &world;
        async move { world.driver.run(&message, &mut execution).await.map(|outcome| outcome.ending) }
    }));
    let (_, endings) = world
        .clock
        .run(join(world.driver.run(&hangs, &mut one), async {
            let endings = good.await;
            assert_eq!(world.clock.now(), start(), "nobody waited");
            endings
        }))
        .expect("nothing is waited for in vain");
    assert_eq!(endings, [Ok(Ending::Reached); 4]);
}

/// Scenario 16: the provider is down; the other one takes over, and hands back.
#[test]
fn a_provider_that_is_down_is_left_alone_until_it_works_again() {
    let world = Setup::new("defaults.settle_on = 'accepted'\ndefaults.order = ['sms']\n")
        .with("sms-main", ChannelKind::SMS, |call, _| if call <= 6 { OUT } else { ACCEPTS })
        .with("sms-backup", ChannelKind::SMS, |_, _| ACCEPTS)
        .build();
    let all = async {
        for number in 1..=14 {
            world.send("c-0", &format!("m-{number}")).await;
            world.clock.sleep_until(world.clock.now() + TimeDelta::seconds(10)).await;
        }
    };
    world.clock.run(all).expect("nothing is waited for in vain");
    let log = world.log.take();
    let told = ["gets", "alone", "works"];
    let lines: Vec<_> = log.lines().filter(|line| told.iter().any(|word| line.contains(word))).collect();
    expect![[r#"
        00:00 sms-main gets m-1/0.1.1/1
        00:00 sms-backup gets m-1/0.2.1/1
        00:10 sms-main gets m-2/0.1.1/1
        00:10 sms-backup gets m-2/0.2.1/1
        00:20 sms-main gets m-3/0.1.1/1
        00:20 sms-backup gets m-3/0.2.1/1
        00:30 sms-main gets m-4/0.1.1/1
        00:30 sms-backup gets m-4/0.2.1/1
        00:40 sms-main gets m-5/0.1.1/1
        00:40 sms-main is left alone for 30 s
        00:40 sms-backup gets m-5/0.2.1/1
        00:50 sms-backup gets m-6/0.2.1/1
        01:00 sms-backup gets m-7/0.2.1/1
        01:10 sms-main gets m-8/0.1.1/1
        01:10 sms-main is left alone for 60 s
        01:10 sms-backup gets m-8/0.2.1/1
        01:20 sms-backup gets m-9/0.2.1/1
        01:30 sms-backup gets m-10/0.2.1/1
        01:40 sms-backup gets m-11/0.2.1/1
        01:50 sms-backup gets m-12/0.2.1/1
        02:00 sms-backup gets m-13/0.2.1/1
        02:10 sms-main gets m-14/0.1.1/1
        02:10 sms-main works again"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn no_more_calls_at_once_than_permitted() {
    let limits = CallLimits { concurrency: 3, timeout: Span::minutes(1) };
    let world = Setup::new(QUICK).within("push", ChannelKind::PUSH, limits, |_, _| Does::Later(2, &ACCEPTS)).build();
    let names: Vec<_> = (0..20).map(|number| (format!("c-{number}"), format!("m-{number}"))).collect();
    let all = join_all(names.iter().map(|(customer, message)| world.send(customer, message)));
    let outcomes = world.clock.run(all).expect("nothing is waited for in vain");
    assert!(outcomes.iter().all(|outcome| outcome.ending == Ending::Reached));
    assert_eq!(world.fakes["push"].most_at_once(), 3);
    assert_eq!(world.clock.now(), start() + TimeDelta::seconds(14), "20 calls of 2 s, 3 at once");
}

/// L3: no cap is exceeded, however many plan at once and share a ledger.
#[test]
fn a_cap_holds_whoever_sends_at_once() {
    for limit in [1, 3] {
        let policy = format!("{QUICK}[[defaults.caps]]\nname = 'daily'\nlimit = {limit}\nper = 'calendar_day'\n");
        let world = Setup::new(&policy).with("push", ChannelKind::PUSH, |_, _| ACCEPTS).build();
        let names: Vec<_> = (0..50).map(|number| format!("m-{number}")).collect();
        let day = world.clock.sleep_until(start() + TimeDelta::hours(9));
        let all = join_all(names.iter().map(|message| world.send("c-0", message)));
        world.clock.run(futures::future::select(Box::pin(all), day));
        assert_eq!(world.fakes["push"].calls.lock().expect("whole").len(), limit, "so many on the first day");
        assert_eq!(world.ledger.0.all(&"c-0".parse().expect("a name")).len(), limit);
        assert!(world.log.take().contains("asks again"), "they were in each other's way");
    }
}

/// Keeps what it is given, as text, and may fail from some save on.
struct Shelf {
    kept: Mutex<Vec<String>>,
    fails_from: usize,
}

impl Shelf {
    fn new(fails_from: usize) -> Arc<Self> {
        Arc::new(Self { kept: Mutex::default(), fails_from })
    }

    fn last(&self) -> Option<Execution> {
        let kept = self.kept.lock().expect("whole");
        kept.last().map(|text| Execution::from_json(text).expect("what was written reads"))
    }
}

#[async_trait]
impl Journal for Shelf {
    async fn save(&self, execution: &Execution) -> Result<(), Unavailable> {
        let_go().await;
        {
            let mut kept = self.kept.lock().expect("whole");
            if kept.len() >= self.fails_from {
                return Err(Unavailable);
            }
            kept.push(execution.to_json());
        }
        let_go().await;
        Ok(())
    }
}

#[test]
fn a_key_is_written_down_before_it_goes_out() {
    let shelf = Shelf::new(usize::MAX);
    let kept = shelf.clone();
    let looks = move |_, key: &DispatchKey| {
        let kept = kept.last().expect("it was saved");
        assert!(kept.in_flight().any(|handed| handed.key == *key), "{key} is not written down");
        GONE
    };
    let mut setup =
        Setup::new(ORDER).with("push", ChannelKind::PUSH, looks.clone()).with("sms", ChannelKind::SMS, looks);
    setup.journal = shelf.clone();
    let world = setup.build();
    let outcome = world.clock.run(world.send("c-0", "m-1")).expect("nothing is waited for in vain");
    assert_eq!(outcome.ending, Ending::Failed);
    assert_eq!(outcome.tried.len(), 2, "a panic of the script would have been contained, and repeated");
    assert_eq!(shelf.last().expect("saved").outcome(), outcome);
}

#[test]
fn nothing_is_sent_that_is_not_written_down() {
    for fails_from in 0..3 {
        let mut setup =
            Setup::new(ORDER).with("push", ChannelKind::PUSH, |_, _| GONE).with("sms", ChannelKind::SMS, |_, _| GONE);
        let shelf = Shelf::new(fails_from);
        setup.journal = shelf.clone();
        let world = setup.build();
        let message = message("m-1");
        let mut execution = world.execution("c-0", &message);
        let said = world.clock.run(world.driver.run(&message, &mut execution)).expect("nothing is waited for in vain");
        assert_eq!(said, Err(RunError::Unsaved));
        assert!(world.driver.running().is_empty());
        let kept: Vec<_> = shelf.last().map(|kept| kept.outcome().tried).unwrap_or_default();
        for key in world.fakes.values().flat_map(|fake| fake.keys()) {
            assert!(kept.iter().any(|tried| tried.key == key), "{key}, with {fails_from} saves");
        }
        assert_eq!(fails_from == 0, world.fakes["push"].keys().is_empty());
    }
}

#[test]
fn where_nobody_knows_nothing_is_sent_until_somebody_does() {
    let mut setup = Setup::new(QUICK).with("push", ChannelKind::PUSH, |_, _| ACCEPTS);
    setup.fails = 2;
    setup.build().check(expect![[r#"
        00:00 nobody knows of m-1/0.1.1/1
        00:00 m-1/0.1.1/1: transient (unavailable), new
        00:25 nobody knows of m-1/0.1.1/2
        00:25 m-1/0.1.1/2: transient (unavailable), new
        00:56 push gets m-1/0.1.1/3
        00:56 m-1/0.1.1/3: accepted, new
        00:56 m-1 reached
    "#]]);
}

#[test]
fn a_no_that_is_said_in_the_queue_counts() {
    let limits = CallLimits { concurrency: 1, timeout: Span::minutes(1) };
    let mut setup = Setup::new(QUICK).within("push", ChannelKind::PUSH, limits, |_, _| Does::Later(20, &ACCEPTS)).with(
        "sms",
        ChannelKind::SMS,
        |_, _| ACCEPTS,
    );
    setup.suppressed_from = Some(start() + TimeDelta::seconds(10));
    let world = setup.build();
    let both = join(world.send("c-0", "m-1"), world.send("c-1", "m-2"));
    let (first, second) = world.clock.run(both).expect("nothing is waited for in vain");
    assert_eq!((first.ending, second.ending), (Ending::Reached, Ending::Refused));
    assert_eq!(world.fakes["push"].keys().len() + world.fakes["sms"].keys().len(), 1);
}

#[test]
fn what_the_execution_is_past_leaves_the_queue_unsent() {
    let limits = CallLimits { concurrency: 1, timeout: Span::minutes(9) };
    let policy = format!("{QUICK}defaults.give_up_after = '1m'\n");
    let world = Setup::new(&policy)
        .within("push", ChannelKind::PUSH, limits, |_, _| Does::Later(500, &ACCEPTS))
        .with("sms", ChannelKind::SMS, |_, _| ACCEPTS)
        .build();
    let both = join(world.send("c-0", "m-1"), world.send("c-1", "m-2"));
    let (_, second) = world.clock.run(both).expect("nothing is waited for in vain");
    expect![[r#"
        00:00 push gets m-1/0.1.1/1
        01:00 drops m-2/0.1.1/1
        01:00 sms gets m-1/0.2.1/1
        01:00 m-1/0.2.1/1: accepted, new
        01:00 sms gets m-2/0.2.1/1
        01:00 m-2/0.2.1/1: accepted, new
        01:00 m-2/0.1.1/1: outage (not_sent), late
        01:00 m-2 reached
        08:20 m-1/0.1.1/1: accepted, late
        08:20 push takes back m-1/0.1.1/1
        08:20 m-1 reached
    "#]]
    .assert_eq(&world.log.take());
    assert_eq!(second.tried[0].attempt.failure.map(|failure| failure.class), Some(FailureClass::Outage));
    assert_eq!(feedback::fold(&second).sent.len(), 1, "what did not go out does not count");
    assert_eq!(world.ledger.0.all(&"c-1".parse().expect("a name")).len(), 1);
}

#[test]
fn nothing_goes_out_at_the_expiry_however_long_the_stores_take() {
    for (takes, sent) in [(29, 1), (30, 0), (31, 0)] {
        let mut setup = Setup::new(QUICK).with("push", ChannelKind::PUSH, |_, _| ACCEPTS);
        setup.takes = takes;
        let world = setup.build();
        let message = message("m-1").to_builder().expires(start() + TimeDelta::seconds(30)).build().expect("a message");
        let mut execution = world.execution("c-0", &message);
        let outcome =
            world.clock.run(world.driver.run(&message, &mut execution)).expect("nothing is waited for in vain");
        let outcome = outcome.expect("the journal answers");
        assert_eq!(world.fakes["push"].keys().len(), sent, "after {takes} s");
        assert_eq!(outcome.ending == Ending::Reached, sent == 1);
        assert_eq!(feedback::fold(&outcome).sent.len(), sent, "and nobody counts what did not go out");
    }
}

#[test]
fn receipts_and_events_find_their_run() {
    let world = Setup::new(ORDER)
        .with("push", ChannelKind::PUSH, |_, _| ACCEPTS)
        .with("sms", ChannelKind::SMS, |_, _| ACCEPTS)
        .build();
    let seconds = |count| start() + TimeDelta::seconds(count);
    let receipt =
        |key: &str, second| Receipt::reached(key.parse().expect("a key"), seconds(second), ReceiptKind::Delivered);
    let outside = async {
        world.clock.sleep_until(seconds(5)).await;
        let running: Vec<_> = world.driver.running().iter().map(ToString::to_string).collect();
        assert_eq!(running, ["m-1", "m-2"]);
        let driver = &world.driver;
        assert_eq!(driver.receive(&receipt("m-7/0.1.1/1", 5)).await, None, "nobody runs it");
        assert_eq!(driver.receive(&receipt("m-1/0.2.1/1", 5)).await, Some(Absorbed::Stray));
        assert_eq!(driver.receive(&receipt("m-1/0.1.1/1", 5)).await, Some(Absorbed::New));
        assert_eq!(driver.receive(&receipt("m-1/0.1.1/1", 5)).await, None, "it is over");
        let cancelled = Event::cancelled("m-2".parse().expect("a name"), seconds(5));
        assert_eq!(driver.event(&"c-9".parse().expect("a name"), &cancelled).await, 0, "another customer's");
        assert_eq!(driver.event(&"c-0".parse().expect("a name"), &cancelled).await, 1);
        assert_eq!(driver.event(&"c-0".parse().expect("a name"), &cancelled).await, 0, "it is over");
    };
    let all = join(outside, join(world.send("c-0", "m-1"), world.send("c-0", "m-2")));
    let ((), (one, two)) = world.clock.run(all).expect("nothing is waited for in vain");
    assert_eq!((one.ending, two.ending), (Ending::Reached, Ending::Cancelled));
    assert_eq!(one.strays.len(), 1);
    assert!(world.log.take().contains("push takes back m-2/0.1.1/1"));
}

#[test]
fn one_message_runs_once() {
    let world = Setup::new(ORDER).with("push", ChannelKind::PUSH, |_, _| Does::Later(9, &DELIVERS)).build();
    let (message, other) = (message("m-1"), message("m-2"));
    let mut executions = [0; 3].map(|_| world.execution("c-0", &message));
    let [first, second, third] = &mut executions;
    let runs = join(world.driver.run(&message, first), world.driver.run(&message, second));
    let (first, second) = world.clock.run(runs).expect("nothing is waited for in vain");
    assert_eq!((first.map(|outcome| outcome.ending), second), (Ok(Ending::Reached), Err(RunError::AlreadyRunning)));
    let said = world.clock.run(world.driver.run(&other, third)).expect("it answers at once");
    assert_eq!(said, Err(RunError::OtherMessage));
    let again = world.clock.run(world.driver.run(&message, &mut executions[0])).expect("it answers at once");
    assert_eq!(again.map(|outcome| outcome.ending), Ok(Ending::Reached));
    assert_eq!(world.log.take().matches("m-1 reached").count(), 1, "told once");
}

/// Polls a future so many times, and then is done with it.
struct Polls<F>(Pin<Box<F>>, usize);

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        self.0.as_mut().poll(context).map(Some)
    }
}

/// Dropped after every possible number of polls, and gone on with, from memory or from what was kept: what arrives is what
/// would have arrived, every repetition bears its key, and the end is told once.
#[test]
fn a_run_may_be_dropped_anywhere() {
    let mut drops = 0;
    for from_the_journal in [false, true] {
        for polls in 1.. {
            let shelf = Shelf::new(usize::MAX);
            let mut setup =
                Setup::new(&format!("{QUICK}[[defaults.caps]]\nname = 'two'\nlimit = 2\nper = 'calendar_day'\n"))
                    .with(
                        "push",
                        ChannelKind::PUSH,
                        |_, key| if key.attempt() == 1 { Does::Later(1, &BUSY) } else { GONE },
                    )
                    .with("sms", ChannelKind::SMS, |_, _| Does::Later(1, &ACCEPTS));
            setup.journal = shelf.clone();
            setup.takes = 1;
            let world = setup.build();
            let message = message("m-1");
            let fresh = world.execution("c-0", &message);
            let mut execution = fresh.clone();
            let run = world.driver.run(&message, &mut execution);
            let first = world.clock.run(Polls(Box::pin(run), polls)).expect("nothing is waited for in vain");
            if first.is_some() {
                break;
            }
            drops += 1;
            if from_the_journal {
                execution = shelf.last().unwrap_or(fresh);
            }
            let run = world.driver.run(&message, &mut execution);
            let outcome = world.clock.run(run).expect("nothing is waited for in vain").expect("the journal answers");
            let log = world.log.take();
            assert_eq!(outcome.ending, Ending::Reached, "{polls}: {log}");
            let [push, sms] = ["push", "sms"].map(|name| world.fakes[name].keys().into_iter().collect::<BTreeSet<_>>());
            assert!(push.iter().all(|key| key.step() == 1) && push.len() <= 2, "{polls}: {log}");
            assert_eq!(sms.iter().map(ToString::to_string).collect::<Vec<_>>(), ["m-1/0.2.1/1"], "{polls}: {log}");
            assert!(log.matches("m-1 reached").count() <= 1, "{polls}: {log}");
            let settled = shelf.kept.lock().expect("whole").iter().filter(|text| text.contains("settled_at")).count();
            assert!(settled >= 1, "{polls}: {log}");
            let sent = world.ledger.0.all(&"c-0".parse().expect("a name"));
            assert_eq!(sent.iter().filter(|sent| sent.kind == ChannelKind::SMS).count(), 1, "{polls}: {log}");
        }
    }
    assert!(drops > 40, "{drops}");
}

#[test]
fn the_gateway_always_answers() {
    let world = Setup::new(QUICK).with("push", ChannelKind::PUSH, |_, _| Does::Later(40, &ACCEPTS)).build();
    let message = message("m-1");
    let execution = world.execution("c-0", &message);
    let dispatch = *execution.plan().dispatches().next().expect("a dispatch");
    let router = Router::new(world.config.clone(), person("c-0").build().expect("a profile"));
    let facts = Facts::at(start());
    let fitted = router.fitted(&dispatch, &message, &facts).expect("it fits");
    let key: DispatchKey = "m-1/0.1.1/1".parse().expect("a key");
    let address = router.profile().endpoints()[0].address();
    let at = start();
    let check = |gateway: &Gateway, expected: Happened| {
        let delivery = Delivery { key: &key, dispatch: &dispatch, message: &message, address, fitted: &fitted, at };
        let receipt = world.clock.run(gateway.deliver(&delivery)).expect("it answers");
        assert_eq!((&receipt.key, receipt.what), (&key, expected));
    };
    let failed = |class, detail| Happened::Failed { class, detail: Some(Code::literal(detail)), retry_after: None };
    let empty = Gateway::builder(world.clock.clone()).build().expect("no transport");
    check(&empty, failed(FailureClass::Unfit, "no_transport"));
    for _ in 0..5 {
        check(world.driver.gateway(), Happened::Unknown);
    }
    check(world.driver.gateway(), failed(FailureClass::Outage, "breaker_open"));
    let fake: Arc<dyn Transport> = world.fakes["push"].clone();
    let twice = Gateway::builder(world.clock.clone()).transport(fake.clone()).transport(fake).build();
    assert_eq!(twice.expect_err("one too many").to_string(), "two transports for channel `push`, expected one");
}

/// Nothing that the crate shows of a driver and what it handles has an address or words in it.
#[test]
fn nothing_personal_is_shown() {
    #[track_caller]
    fn check(shown: &str) {
        for secret in ["secret", "600111222", "parcel is"] {
            assert!(!shown.contains(secret), "`{secret}` is shown in: {shown}");
        }
    }
    #[track_caller]
    fn debug(value: &impl Debug) {
        check(&format!("{value:?} {value:#?}"));
    }
    let world = Setup::new(ORDER)
        .with("push", ChannelKind::PUSH, |_, _| GONE)
        .with("sms", ChannelKind::SMS, |_, _| Does::Panic)
        .with("mail", ChannelKind::EMAIL, |_, _| DELIVERS)
        .build();
    let outcome = world.clock.run(world.send("c-0", "m-1")).expect("nothing is waited for in vain");
    debug(&outcome);
    debug(&world.driver);
    debug(world.driver.gateway());
    debug(&world.driver.gateway().breakers());
    debug(&world.ledger.0);
    debug(&world.clock);
    debug(&Gateway::builder(world.clock.clone()).transport(world.fakes["push"].clone()));
    let profile = Arc::new(person("c-0").build().expect("a profile"));
    debug(&Known { profile: profile.clone(), facts: Facts::at(start()) });
    let people = BTreeMap::from([(profile.id().clone(), profile.clone())]);
    let gateway = Gateway::builder(world.clock.clone()).build().expect("no transport");
    debug(&Driver::builder(world.config.clone(), gateway, people));
    let message = message("m-1");
    let execution = world.execution("c-0", &message);
    debug(&execution);
    let dispatch = *execution.plan().dispatches().next().expect("a dispatch");
    let router = Router::new(world.config.clone(), profile.clone());
    let facts = Facts::at(start());
    let fitted = router.fitted(&dispatch, &message, &facts).expect("it fits");
    let (key, address) = ("m-1/0.1.1/1".parse().expect("a key"), profile.endpoints()[0].address());
    debug(&Delivery { key: &key, dispatch: &dispatch, message: &message, address, fitted: &fitted, at: start() });
    check(&world.log.take());
}

/// Every way in which a provider may answer, drawn from a number.
fn drawn(number: u8) -> Does {
    const SLOW: Does = Does::Later(7, &ACCEPTS);
    const LATE: Does = Does::Later(45, &ACCEPTS);
    [ACCEPTS, DELIVERS, SLOW, LATE, OUT, GONE, busy(90), Does::Hang, Does::Panic, Does::OtherKey]
        [usize::from(number) % 10]
}

/// Whether a provider may have sent it.
fn may_have_sent(does: Does) -> bool {
    !matches!(does, Does::Fail(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever the providers do: every message ends, and its end is told once; of one dispatch at most one key may have
    /// arrived; no cap is exceeded by what was taken; no provider has more calls at once than it may.
    #[test]
    fn whatever_the_providers_do(
        pushes in vec(any::<u8>(), 1..12),
        texts in vec(any::<u8>(), 1..12),
        limit in 1..4_usize,
        messages in 1..9_usize,
        customers in 1..3_usize,
        takes in 0..3_i64,
    ) {
        let policy = format!("{QUICK}[[defaults.caps]]\nname = 'few'\nlimit = {limit}\nper = '1d'\n");
        let script = |answers: Vec<u8>| move |call: usize, _: &DispatchKey| drawn(answers[(call - 1) % answers.len()]);
        let few = CallLimits { concurrency: 2, timeout: Span::from_secs(30) };
        let mut setup = Setup::new(&policy)
            .within("push", ChannelKind::PUSH, few, script(pushes.clone()))
            .within("sms", ChannelKind::SMS, few, script(texts.clone()));
        setup.takes = takes;
        let world = setup.build();
        let names: Vec<_> = (0..messages).map(|at| (format!("c-{}", at % customers), format!("m-{at}"))).collect();
        let all = join_all(names.iter().map(|(customer, message)| world.send(customer, message)));
        let outcomes = world.clock.run(all);
        prop_assert!(outcomes.is_some(), "nothing is waited for in vain");
        let log = world.log.take();
        let mut taken: BTreeMap<(String, u16), BTreeSet<DispatchKey>> = BTreeMap::new();
        for (name, answers) in [("push", &pushes), ("sms", &texts)] {
            let fake = &world.fakes[name];
            prop_assert!(fake.most_at_once() <= 2);
            for (call, key) in fake.keys().into_iter().enumerate() {
                if may_have_sent(drawn(answers[call % answers.len()])) {
                    taken.entry((key.message().to_string(), key.step())).or_default().insert(key);
                }
            }
        }
        prop_assert!(taken.values().all(|keys| keys.len() == 1), "{log}");
        for (customer, message) in &names {
            let ends = log.lines().filter(|line| line.split(' ').nth(1) == Some(message) && line.split(' ').count() == 3);
            prop_assert_eq!(ends.count(), 1, "{}", log);
            let sent = world.ledger.0.all(&customer.parse().expect("a name"));
            for last in &sent {
                let day = sent.iter().filter(|sent| sent.at <= last.at && sent.at > last.at - TimeDelta::days(1));
                prop_assert!(day.count() <= limit, "{}", log);
            }
            let counted = outcomes.iter().flatten().filter(|outcome| outcome.customer == *customer.as_str());
            let took: usize = counted.map(|outcome| outcome.tried.iter().filter(|tried| tried.attempt.stage().is_some()).count()).sum();
            prop_assert!(took <= sent.len(), "what was taken counts: {}", log);
        }
    }
}

/// On a real clock and in tasks of their own, where nobody says whose turn it is.
#[cfg(feature = "tokio")]
#[test]
fn it_runs_on_tokio() {
    #[derive(Debug)]
    struct Soon(ChannelDescriptor);

    impl Channel for Soon {
        fn descriptor(&self) -> &ChannelDescriptor {
            &self.0
        }
    }

    #[async_trait]
    impl Transport for Soon {
        async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
            Tokio.sleep_until(Tokio.now() + TimeDelta::milliseconds(2)).await;
            Ok(Receipt::reached(delivery.key.clone(), Tokio.now(), ReceiptKind::Delivered))
        }
    }

    let push = ChannelDescriptor::new(ChannelId::literal("push"), ChannelKind::PUSH).can(Capability::Text);
    let push = Arc::new(Soon(push));
    let config = RouterConfig::builder().channel(push.clone()).build().expect("a configuration");
    let gateway = Gateway::builder(Tokio).transport(push).build().expect("one transport");
    let profile = Arc::new(person("c-0").build().expect("a profile"));
    let people = BTreeMap::from([(profile.id().clone(), profile.clone())]);
    let driver = Arc::new(Driver::builder(config.clone(), gateway, people).build());
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let endings = tokio.block_on(join_all((0..40).map(|number| {
        let (driver, router) = (Arc::clone(&driver), Router::new(config.clone(), profile.clone()));
        tokio.spawn(async move {
            let (message, now) = (message(&format!("m-{number}")), Tokio.now());
            let mut execution = Execution::new(router.plan(&message, &Facts::at(now)), now);
            driver.run(&message, &mut execution).await.map(|outcome| outcome.ending)
        })
    })));
    assert!(endings.iter().all(|ending| matches!(ending, Ok(Ok(Ending::Reached)))), "{endings:?}");
}

/// All that tracing is told, as text.
#[cfg(feature = "tracing")]
mod traced {
    use std::sync::{Arc, Mutex};

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span::{Attributes, Id, Record},
    };

    #[derive(Clone, Default)]
    pub(super) struct Text(pub(super) Arc<Mutex<String>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            self.0 += &format!(" {field}={value:?}");
        }
    }

    impl Subscriber for Text {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "waypost"
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            *self.0.lock().expect("whole") += &(line.0 + "\n");
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }
}

#[cfg(feature = "tracing")]
#[test]
fn tracing_is_told_names_and_codes() {
    let text = traced::Text::default();
    tracing::subscriber::with_default(text.clone(), || {
        let mut setup = Setup::new(QUICK)
            .with("push", ChannelKind::PUSH, |call, _| if call == 1 { Does::Panic } else { GONE })
            .with("sms", ChannelKind::SMS, |_, _| DELIVERS);
        setup.traced = true;
        setup.fails = 1;
        let world = setup.build();
        world.clock.run(world.send("c-0", "m-1")).expect("nothing is waited for in vain");
    });
    let text = text.0.lock().expect("whole").clone();
    expect![[r#"
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:10:00Z) why=Receipt
        WARN message=a store does not answer key=m-1/0.1.1/1
        DEBUG message=received key=m-1/0.1.1/1 what="transient" absorbed="new"
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:00:25.725Z) why=Retry
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:10:00Z) why=Receipt
        DEBUG message=confirmed key=m-1/0.1.1/2 channel=push go=true reason=""
        DEBUG message=handed out key=m-1/0.1.1/2 channel=push
        WARN message=a transport panicked key=m-1/0.1.1/2 channel=push
        DEBUG message=answered key=m-1/0.1.1/2 channel=push what="unknown" millis=0
        DEBUG message=received key=m-1/0.1.1/2 what="unknown" absorbed="new"
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:00:42.840Z) why=Repeat
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:10:00Z) why=Receipt
        DEBUG message=confirmed key=m-1/0.1.1/2 channel=push go=true reason=""
        DEBUG message=handed out key=m-1/0.1.1/2 channel=push
        DEBUG message=answered key=m-1/0.1.1/2 channel=push what="hard_bounce" millis=0
        DEBUG message=received key=m-1/0.1.1/2 what="hard_bounce" absorbed="new"
        DEBUG message=waits of=m-1 until=Some(2026-11-21T10:10:42.840Z) why=Receipt
        DEBUG message=confirmed key=m-1/0.2.1/1 channel=sms go=true reason=""
        DEBUG message=handed out key=m-1/0.2.1/1 channel=sms
        DEBUG message=answered key=m-1/0.2.1/1 channel=sms what="delivered" millis=0
        DEBUG message=received key=m-1/0.2.1/1 what="delivered" absorbed="new"
        INFO message=settled of=m-1 ending="reached" tried=3
    "#]]
    .assert_eq(&text);
    for secret in ["secret", "600111222", "parcel is"] {
        assert!(!text.contains(secret), "`{secret}` is told");
    }
}
