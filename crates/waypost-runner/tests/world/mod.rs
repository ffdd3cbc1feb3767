//! A small world: three channels that do as they are told, a few customers, every database that is there.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use waypost::{
    chrono::{DateTime, TimeDelta, Utc},
    driver::{Delivery, DeliveryError, Gateway, Transport, Virtual},
    *,
};
use waypost_runner::{Runner, RunnerConfig, Submission};

/// What a transport does with the next delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Accept,
    Deliver,
    Fail(DeliveryError),
    /// A moment later, by the clock on the wall.
    FailLater(DeliveryError),
    Panic,
    /// Never answers.
    Hang,
}

#[derive(Debug)]
/// A transport that writes down what it is handed and does as it is told; without word, it accepts.
pub(crate) struct Puppet {
    descriptor: ChannelDescriptor,
    deeds: Mutex<VecDeque<Deed>>,
    pub(crate) sent: Mutex<Vec<String>>,
    pub(crate) recalled: Mutex<Vec<String>>,
}

impl Puppet {
    pub(crate) fn new(id: &str, kind: ChannelKind) -> Arc<Self> {
        let descriptor =
            ChannelDescriptor::new(id.parse().expect("a name"), kind).can(Capability::Text).can(Capability::Recall);
        Arc::new(Self { descriptor, deeds: Mutex::default(), sent: Mutex::default(), recalled: Mutex::default() })
    }

    pub(crate) fn will(&self, deeds: impl IntoIterator<Item = Deed>) {
        self.deeds.lock().expect("nothing panics").extend(deeds);
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys = self.sent.lock().expect("nothing panics").clone();
        keys.sort();
        keys
    }
}

impl Channel for Puppet {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }
}

#[async_trait]
impl Transport for Puppet {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        self.sent.lock().expect("nothing panics").push(delivery.key.to_string());
        let deed = self.deeds.lock().expect("nothing panics").pop_front();
        match deed {
            None | Some(Deed::Accept) => Ok(delivery.accepted()),
            Some(Deed::Deliver) => Ok(Receipt::reached(delivery.key.clone(), delivery.at, ReceiptKind::Delivered)),
            Some(Deed::Fail(error)) => Err(error),
            Some(Deed::FailLater(error)) => {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                Err(error)
            }
            Some(Deed::Panic) => panic!("as told"),
            Some(Deed::Hang) => std::future::pending().await,
        }
    }

    async fn recall(&self, recall: &Recall) -> Result<bool, DeliveryError> {
        let key = &recall.key;
        self.recalled.lock().expect("nothing panics").push(key.to_string());
        Ok(true)
    }
}

/// The clock, the transports, and how runners are opened here.
pub(crate) struct World {
    pub(crate) clock: Virtual,
    pub(crate) push: Arc<Puppet>,
    pub(crate) mail: Arc<Puppet>,
    pub(crate) text: Arc<Puppet>,
    policy: String,
}

pub(crate) const START: &str = "2026-11-21T10:00:00Z";

pub(crate) fn start() -> DateTime<Utc> {
    START.parse().expect("an instant")
}

/// Push, then email, then SMS, a quarter of an hour each.
pub(crate) const POLICY: &str = r#"
[defaults]
order = ["push", "email", "sms"]
give_up_after = "15m"
"#;

impl World {
    pub(crate) fn new(policy: &str) -> Self {
        Self {
            clock: Virtual::at(start()),
            push: Puppet::new("app", ChannelKind::PUSH),
            mail: Puppet::new("mail", ChannelKind::EMAIL),
            text: Puppet::new("text", ChannelKind::SMS),
            policy: policy.to_owned(),
        }
    }

    pub(crate) fn puppets(&self) -> [Arc<Puppet>; 3] {
        [Arc::clone(&self.push), Arc::clone(&self.mail), Arc::clone(&self.text)]
    }

    pub(crate) fn config(&self) -> RunnerConfig {
        let descriptors = self.puppets().map(|puppet| puppet.descriptor.clone());
        let policy = Policy::from_toml(&self.policy).expect("the policy is sound");
        let router = RouterConfig::builder().descriptors(descriptors).policy(policy).build().expect("it fits");
        let mut gateway = Gateway::builder(self.clock.clone());
        for puppet in self.puppets() {
            gateway = gateway.transport(puppet);
        }
        RunnerConfig::new(router, gateway.build().expect("each channel once"))
    }

    /// Goes on until nothing is due any more before an instant; returns the next at which something is.
    pub(crate) async fn run_until(&self, runner: &Runner, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        loop {
            let next = runner.run_until_idle().await.expect("the database works");
            match next {
                Some(next) if next <= end => self.clock.advance_to(next),
                _ => {
                    self.clock.advance_to(end);
                    return next;
                }
            }
        }
    }

    pub(crate) fn later(&self, minutes: i64) -> DateTime<Utc> {
        use waypost::driver::Runtime;
        self.clock.now() + TimeDelta::minutes(minutes)
    }
}

/// A customer with every endpoint.
pub(crate) fn customer(name: &str) -> CustomerProfile {
    CustomerProfile::builder(name.parse().expect("a name"))
        .endpoint(Endpoint::new("pixel".parse().expect("a name"), ChannelKind::PUSH, "token").expect("a token"))
        .endpoint(
            Endpoint::new("home".parse().expect("a name"), ChannelKind::EMAIL, "ana@example.com").expect("an address"),
        )
        .endpoint(Endpoint::new("mobile".parse().expect("a name"), ChannelKind::SMS, "+34600111222").expect("a number"))
        .build()
        .expect("a profile")
}

pub(crate) fn message(id: &str) -> Message {
    builder(id).build().expect("a message")
}

pub(crate) fn builder(id: &str) -> MessageBuilder {
    Message::builder(id.parse().expect("a name"), TopicId::literal("parcel"), Purpose::Transactional)
        .variant(Variant::text("Your parcel is at the door"))
}

pub(crate) fn submission(customer: &str, message: Message) -> Submission {
    Submission::new(customer.parse().expect("a name"), message)
}

pub(crate) fn receipt(key: &str, at: DateTime<Utc>, kind: ReceiptKind) -> Receipt {
    Receipt::reached(key.parse().expect("a key"), at, kind)
}

/// A URL of an empty database of each kind; PostgreSQL only where `tests/postgres.sh` started one.
pub(crate) async fn empty_databases() -> Vec<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name =
        format!("waypost_{}_{}_{}", module_path!().len(), std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut urls = vec![format!("sqlite:{}", std::env::temp_dir().join(format!("{name}.db")).display())];
    match std::env::var("WAYPOST_POSTGRES") {
        Ok(url) => urls.push(postgres_schema(&url, &name).await),
        Err(_) => eprintln!("PostgreSQL is left out: WAYPOST_POSTGRES is not set, see tests/postgres.sh"),
    }
    urls
}

/// The URL of a new schema there.
pub(crate) async fn postgres_schema(url: &str, name: &str) -> String {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.expect("PostgreSQL is there");
    let sql = sqlx::AssertSqlSafe(format!("create schema {name}"));
    sqlx::query(sql).execute(&mut connection).await.expect("a schema can be made");
    format!("{url}&options=-c%20search_path%3D{name}")
}

/// Counts by what is counted.
pub(crate) fn count<T: Ord>(things: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

/// A runner on every database, each in a world of its own.
pub(crate) async fn everywhere(policy: &str) -> Vec<(World, Runner, String)> {
    let mut all = Vec::new();
    for url in empty_databases().await {
        let world = World::new(policy);
        let runner = Runner::open(&url, world.config()).await.expect("it opens");
        for name in ["ana", "bo"] {
            runner.put_profile(&customer(name)).await.expect("kept");
        }
        all.push((world, runner, url));
    }
    all
}

/// How a message ended.
pub(crate) async fn ending(runner: &Runner, id: &str) -> Ending {
    runner.status(&id.parse().expect("a name")).await.expect("reads").expect("is known").outcome.ending
}

/// Three sends a day.
pub(crate) const CAPPED: &str = r#"
[defaults]
order = ["push"]
give_up_after = "15m"
caps = [{ name = "daily", limit = 3, per = "1d" }]
on_failure = { capped = "wait" }
"#;

/// A message that may wait for three days.
pub(crate) fn visit(id: &str) -> Message {
    Message::builder(id.parse().expect("a name"), TopicId::literal("visit"), Purpose::Service)
        .variant(Variant::text("The plumber comes tomorrow"))
        .build()
        .expect("a message")
}

/// Changes what is stored behind the runner.
pub(crate) async fn spoil(url: &str, sql: &'static str) {
    use sqlx::Connection;
    if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(url).await.expect("opens");
        sqlx::query(sql).execute(&mut connection).await.expect("changes");
    } else {
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("opens");
        sqlx::query(sql).execute(&mut connection).await.expect("changes");
    }
}
