//! How many executions a second the runner carries through, and how many a loop of one at a time.
//!
//! ```text
//! cargo run --release -p waypost-runner --example load [-- --executions 10000] [--naive 500] [--process-only]
//! crates/waypost-runner/tests/postgres.sh cargo run --release -p waypost-runner --example load
//! ```
//!
//! An execution is a message that is submitted, planned, claimed, confirmed, reserved, sent through a transport that
//! delivers at once, and settled. The naive loop does the same by the same code with batches of one: every claim, intent and
//! answer is a transaction of its own, and so is every submission.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use lexopt::prelude::*;
use waypost::{
    driver::{CallLimits, Delivery, DeliveryError, Gateway, Tokio, Transport},
    time::Span,
    *,
};
use waypost_runner::{Durability, Runner, RunnerConfig, Submission};

/// Submissions in one transaction, as a campaign would make them.
const AT_ONCE: usize = 500;
const CUSTOMERS: usize = 1_000;

#[derive(Clone, Copy)]
struct Load {
    executions: usize,
    naive: usize,
    durability: Durability,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut load = Load { executions: 10_000, naive: 500, durability: Durability::Full };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("executions") => load.executions = arguments.value()?.parse()?,
            Long("naive") => load.naive = arguments.value()?.parse()?,
            Long("process-only") => load.durability = Durability::ProcessOnly,
            Long("bench") => {}
            other => return Err(other.unexpected().into()),
        }
    }
    println!(
        "{:<12} {:>10} {:>12} {:>12} {:>12}  commits survive {:?}",
        "", "executions", "submitted/s", "settled/s", "in all/s", load.durability
    );
    let name = format!("waypost_load_{}", std::process::id());
    let file = std::env::temp_dir().join(format!("{name}.db"));
    compare("SQLite", &format!("sqlite:{}", file.display()), load).await?;
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
    match std::env::var("WAYPOST_POSTGRES") {
        Ok(url) => {
            let pool = sqlx::PgPool::connect(&url).await?;
            sqlx::query(sqlx::AssertSqlSafe(format!("create schema {name}"))).execute(&pool).await?;
            compare("PostgreSQL", &format!("{url}&options=-c%20search_path%3D{name}"), load).await?;
        }
        Err(_) => println!("PostgreSQL is left out: WAYPOST_POSTGRES is not set, see tests/postgres.sh"),
    }
    Ok(())
}

async fn compare(name: &str, url: &str, load: Load) -> Result<(), Box<dyn std::error::Error>> {
    let naive = carry(url, "n", load.naive, 1, config(load.durability)?.with_batch(1).with_in_flight(1)).await?;
    let batches = carry(url, "b", load.executions, AT_ONCE, config(load.durability)?).await?;
    for (how, count, Took { submitting, settling }) in
        [("one by one", load.naive, naive), ("in batches", load.executions, batches)]
    {
        let rate = |took: Duration| count as f64 / took.as_secs_f64();
        let all = rate(submitting + settling);
        println!("{name:<12} {count:>10} {:>12.0} {:>12.0} {all:>12.0}  {how}", rate(submitting), rate(settling));
    }
    let each = |took: Took, count: usize| (took.submitting + took.settling).as_secs_f64() / count as f64;
    println!(
        "{name:<12} in batches is {:.1} times one by one",
        each(naive, load.naive) / each(batches, load.executions)
    );
    Ok(())
}

#[derive(Clone, Copy)]
struct Took {
    submitting: Duration,
    settling: Duration,
}

/// Submits so many, and works until all are settled.
async fn carry(
    url: &str,
    prefix: &str,
    executions: usize,
    at_once: usize,
    config: RunnerConfig,
) -> Result<Took, Box<dyn std::error::Error>> {
    let runner = Runner::open(url, config).await?;
    for customer in 0..CUSTOMERS.min(executions) {
        runner.put_profile(&profile(customer)?).await?;
    }
    let submissions: Vec<Submission> =
        (0..executions).map(|number| submission(prefix, number, executions)).collect::<Result<_, _>>()?;
    let settled = runner.progress().await?.settled;
    let begin = Instant::now();
    for batch in submissions.chunks(at_once) {
        for answer in runner.submit_all(batch.to_vec()).await? {
            answer?;
        }
    }
    let submitting = begin.elapsed();
    let begin = Instant::now();
    runner.run_until_idle().await?;
    let settling = begin.elapsed();
    let settled = runner.progress().await?.settled - settled;
    if settled != executions as u64 {
        return Err(format!("{settled} of {executions} are settled: {}", runner.progress().await?).into());
    }
    runner.close().await;
    Ok(Took { submitting, settling })
}

fn config(durability: Durability) -> Result<RunnerConfig, Box<dyn std::error::Error>> {
    let channels = [("app", ChannelKind::PUSH), ("mail", ChannelKind::EMAIL), ("text", ChannelKind::SMS)];
    let sinks = channels.map(|(id, kind)| {
        let descriptor = ChannelDescriptor::new(id.parse().expect("a name"), kind).can(Capability::Text);
        Arc::new(Sink(descriptor))
    });
    let policy = Policy::from_toml(
        "defaults.order = ['push', 'email', 'sms']
         defaults.caps = [{ name = 'daily', limit = 100, per = '1d' }]",
    )?;
    let router =
        RouterConfig::builder().descriptors(sinks.clone().map(|sink| sink.0.clone())).policy(policy).build()?;
    let mut gateway = Gateway::builder(Tokio);
    for sink in sinks {
        gateway = gateway.transport_within(sink, CallLimits { concurrency: 256, timeout: Span::from_secs(10) });
    }
    Ok(RunnerConfig::new(router, gateway.build()?).with_durability(durability))
}

/// A transport that delivers at once.
#[derive(Debug)]
struct Sink(ChannelDescriptor);

impl Channel for Sink {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }
}

#[async_trait]
impl Transport for Sink {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        Ok(Receipt::reached(delivery.key.clone(), delivery.at, ReceiptKind::Delivered))
    }
}

fn profile(customer: usize) -> Result<CustomerProfile, Box<dyn std::error::Error>> {
    Ok(CustomerProfile::builder(format!("c{customer}").parse()?)
        .endpoint(Endpoint::new("pixel".parse()?, ChannelKind::PUSH, "token")?)
        .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "somebody@example.com")?)
        .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
        .build()?)
}

fn submission(prefix: &str, number: usize, executions: usize) -> Result<Submission, Box<dyn std::error::Error>> {
    let message = Message::builder(format!("{prefix}-{number}").parse()?, TopicId::literal("parcel"), Purpose::Service)
        .variant(Variant::text("Your parcel is at the door"))
        .build()?;
    Ok(Submission::new(format!("c{}", number % CUSTOMERS.min(executions)).parse()?, message))
}
