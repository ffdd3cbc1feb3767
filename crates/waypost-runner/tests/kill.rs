//! Kills worker processes at random moments, and asks at the end whether anything was lost, done twice or done too often.
//!
//! ```text
//! cargo test -p waypost-runner --test kill                              SQLite; with WAYPOST_POSTGRES, PostgreSQL too
//! WAYPOST_KILL_EXECUTIONS=500 WAYPOST_KILL_TIMES=5 cargo test ...       a quick run
//! WAYPOST_KILL_SEED=7 cargo test ...                                    the same chance again
//! ```
//!
//! This process is the sender, who submits messages all the while, and the providers: it listens on loopback, knows keys
//! again, fails and falls silent by chance, and hands receipts back. The workers are processes of their own, started from
//! this same binary.

use std::{
    collections::BTreeMap,
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use waypost::{
    chrono::TimeDelta,
    driver::{CallLimits, Delivery, DeliveryError, Gateway, Runtime, Tokio, Transport},
    time::Span,
    *,
};
use waypost_runner::{Durability, Runner, RunnerConfig, Submission};

/// Push, then email, with time enough for a lease to end and the key to be repeated; at most `CAP` sends to a customer.
const POLICY: &str = r#"
[defaults]
order = ["push", "email"]
give_up_after = "12s"
retry = { attempts = 8, backoff = "1s", at_most = "1s" }
caps = [{ name = "all", limit = 12, per = "1d" }]

[purposes.transactional]
when_capped = "drop"
"#;
const CAP: usize = 12;
/// Of 20 messages each, so that caps are met.
const MESSAGES: usize = 20;
/// What a crash costs in time.
const LEASE: TimeDelta = TimeDelta::seconds(4);
const TIME_LIMIT: Duration = Duration::from_secs(150);

fn main() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    if let (Ok(url), Ok(provider)) = (std::env::var("WAYPOST_KILL_WORKER"), std::env::var("WAYPOST_KILL_PROVIDER")) {
        runtime.block_on(work(&url, &provider));
        return ExitCode::SUCCESS;
    }
    // What `cargo test` may ask of any test: its name, and whether it is meant.
    if std::env::args().any(|argument| argument == "--list") {
        println!("kill: test");
        return ExitCode::SUCCESS;
    }
    if std::env::args().skip(1).any(|argument| !argument.starts_with('-') && !"kill".contains(&argument)) {
        return ExitCode::SUCCESS;
    }
    let mut faults = 0;
    let file = std::env::temp_dir().join(format!("waypost-kill-{}.db", std::process::id()));
    faults += runtime.block_on(kill("SQLite, 1 process", &format!("sqlite:{}", file.display()), 1));
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
    match std::env::var("WAYPOST_POSTGRES") {
        Ok(url) => {
            let url = runtime.block_on(schema(&url));
            faults += runtime.block_on(kill("PostgreSQL, 3 processes", &url, 3));
        }
        Err(_) => println!("PostgreSQL is left out: WAYPOST_POSTGRES is not set, see tests/postgres.sh"),
    }
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The whole of it on one database; returns how many promises were broken.
async fn kill(name: &str, url: &str, processes: usize) -> usize {
    let number = |name: &str, default: usize| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number in the environment"))
    };
    let (executions, times) = (number("WAYPOST_KILL_EXECUTIONS", 5_000), number("WAYPOST_KILL_TIMES", 50));
    let seed = number("WAYPOST_KILL_SEED", (Tokio.now().timestamp_subsec_nanos() as usize) | 1);
    println!("{name}: {executions} executions, {times} kills, seed {seed}");
    let begin = Instant::now();
    let mut chance = Chance(seed as u64);

    let runner = Runner::open(url, config("nowhere")).await.expect("the database opens");
    let provider = Arc::new(Provider::new(url, seed as u64, runner.clone()).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback listens");
    let address = listener.local_addr().expect("it has an address").to_string();
    let serving = tokio::spawn(Arc::clone(&provider).serve(listener));
    let returning = tokio::spawn(Arc::clone(&provider).return_receipts());

    let customers = executions.div_ceil(MESSAGES);
    for customer in 0..customers {
        runner.put_profile(&profile(customer)).await.expect("the profile is kept");
    }
    let mut workers: Vec<Child> = (0..processes).map(|_| start(url, &address)).collect();
    let mut submitted = 0;
    for round in 0..times {
        let until = executions * (round + 1) / times;
        let batch: Vec<_> = (submitted..until).map(|number| submission(number, customers)).collect();
        submitted = until;
        for answer in runner.submit_all(batch).await.expect("the messages are kept") {
            answer.expect("each of them is");
        }
        tokio::time::sleep(Duration::from_millis(50 + chance.below(700))).await;
        let victim = &mut workers[chance.below(processes as u64) as usize];
        victim.kill().expect("it is killed");
        victim.wait().expect("it is dead");
        *victim = start(url, &address);
    }
    let progress = loop {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let progress = runner.progress().await.expect("the database counts");
        if progress.active == 0 || begin.elapsed() > TIME_LIMIT {
            break progress;
        }
    };
    for worker in &mut workers {
        worker.kill().expect("it is killed");
        worker.wait().expect("it is dead");
    }
    serving.abort();
    returning.abort();

    let parked = runner.parked(3).await.expect("reads");
    let seen = provider.seen.lock().expect("nothing panics");
    let mut faults = Vec::new();
    let mut expect = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    expect(progress.settled == executions as u64, format!("not every execution is settled: {progress}"));
    expect(parked.is_empty(), format!("some are parked: {parked:?}"));
    let accepted: Vec<&String> = seen.keys.iter().filter(|(_, key)| key.accepted).map(|(key, _)| key).collect();
    let mut by_customer: BTreeMap<&str, usize> = BTreeMap::new();
    for key in &accepted {
        *by_customer.entry(key.split('-').next().expect("a customer")).or_default() += 1;
    }
    let most = by_customer.values().max().copied().unwrap_or_default();
    expect(most <= CAP, format!("a customer was sent {most} messages, at most {CAP} are allowed"));
    expect(most == CAP, format!("no customer met the cap of {CAP}, the most is {most}: the test asks too little"));
    let unintended = &seen.unintended;
    expect(unintended.is_empty(), format!("sent without an open intent: {unintended:?}"));
    let sends: usize = seen.keys.values().map(|key| key.sends).sum();
    let repeated = seen.keys.values().filter(|key| key.sends > 1).count();
    expect(repeated > 0, "no key was repeated: the test asks too little".to_owned());
    // Each try on one channel has its own key, and nothing is tried anew that may have arrived.
    let twice = duplicates(&seen.keys);
    expect(twice.is_empty(), format!("a second key for what was accepted under a first: {twice:?}"));
    println!(
        "{name}: {} settled in {:.1} s; {} keys accepted, {sends} sends, {repeated} keys sent more than once; at most {most} to a customer (cap {CAP})",
        progress.settled,
        begin.elapsed().as_secs_f64(),
        accepted.len(),
    );
    for fault in &faults {
        println!("{name}: BROKEN: {fault}");
    }
    if faults.is_empty() {
        println!("{name}: every promise held");
    }
    faults.len()
}

/// Dispatches that were accepted under more than one key.
fn duplicates(keys: &BTreeMap<String, Key>) -> Vec<String> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, _) in keys.iter().filter(|(_, key)| key.accepted) {
        let (place, _) = key.rsplit_once('/').expect("a key ends with its try");
        *places.entry(place).or_default() += 1;
    }
    places.into_iter().filter(|(_, keys)| *keys > 1).map(|(place, _)| place.to_owned()).collect()
}

fn start(url: &str, provider: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program is a file"))
        .env("WAYPOST_KILL_WORKER", url)
        .env("WAYPOST_KILL_PROVIDER", provider)
        .stdin(Stdio::null())
        .spawn()
        .expect("a process starts")
}

/// What a worker process does, until it is killed.
async fn work(url: &str, provider: &str) {
    let runner = Runner::open(url, config(provider)).await.expect("the database opens");
    let watch = async {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if let Some(failure) = runner.progress().await.ok().and_then(|progress| progress.last_failure) {
                eprintln!("worker {}: {failure}", std::process::id());
            }
        }
    };
    tokio::select! {
        () = runner.run(std::future::pending()) => {}
        () = watch => {}
    }
}

fn config(provider: &str) -> RunnerConfig {
    let channels = [("app", ChannelKind::PUSH), ("mail", ChannelKind::EMAIL)];
    let wires = channels.map(|(id, kind)| {
        let descriptor = ChannelDescriptor::new(id.parse().expect("a name"), kind).can(Capability::Text);
        Arc::new(Wire { descriptor, provider: provider.to_owned() })
    });
    let policy = Policy::from_toml(POLICY).expect("the policy is sound");
    let descriptors = wires.clone().map(|wire| wire.descriptor.clone());
    let router = RouterConfig::builder().descriptors(descriptors).policy(policy).build().expect("it fits");
    let limits = CallLimits { concurrency: 32, timeout: Span::from_secs(3) };
    // The provider fails by chance and never as a whole: its breaker would only slow the test down.
    let mut gateway =
        Gateway::builder(Tokio).breakers(Breakers::new(1_000_000, Span::from_secs(1), Span::from_secs(1)));
    for wire in wires {
        gateway = gateway.transport_within(wire, limits);
    }
    // A process is killed here and no machine.
    RunnerConfig::new(router, gateway.build().expect("each channel once"))
        .with_durability(Durability::ProcessOnly)
        .with_lease(LEASE)
        .with_in_flight(150)
        .with_batch(50)
        .with_poll(TimeDelta::milliseconds(50))
}

fn profile(customer: usize) -> CustomerProfile {
    let name = |text: &str| text.parse().expect("a name");
    CustomerProfile::builder(format!("c{customer}").parse().expect("a name"))
        .endpoint(Endpoint::new(name("pixel"), ChannelKind::PUSH, "token").expect("a token"))
        .endpoint(Endpoint::new(name("home"), ChannelKind::EMAIL, "somebody@example.com").expect("an address"))
        .build()
        .expect("a profile")
}

/// Messages go round the customers, so that every batch has several of one.
fn submission(number: usize, customers: usize) -> Submission {
    let customer = number / 4 % customers;
    let id = format!("c{customer}-m{number}").parse().expect("a name");
    let message = Message::builder(id, TopicId::literal("parcel"), Purpose::Transactional)
        .variant(Variant::text("Your parcel is at the door"))
        .build()
        .expect("a message");
    Submission::new(format!("c{customer}").parse().expect("a name"), message)
}

/// A transport that hands keys to the provider, a line each.
#[derive(Debug)]
struct Wire {
    descriptor: ChannelDescriptor,
    provider: String,
}

impl Channel for Wire {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }
}

#[async_trait]
impl Transport for Wire {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        let stream = TcpStream::connect(&self.provider).await.map_err(|_| DeliveryError::NotConnected)?;
        let mut stream = BufReader::new(stream);
        let line = format!("{} {}\n", delivery.dispatch.channel, delivery.key);
        stream.write_all(line.as_bytes()).await.map_err(|_| DeliveryError::TimedOut)?;
        let mut answer = String::new();
        match stream.read_line(&mut answer).await {
            Ok(_) if answer == "accepted\n" => Ok(delivery.accepted()),
            Ok(_) if answer == "refused\n" => {
                Err(DeliveryError::Rejected { class: policy::FailureClass::Unreachable, detail: None })
            }
            Ok(_) if answer == "busy\n" => {
                Err(DeliveryError::Busy { retry_after: Some(Span::from_secs(1)), detail: None })
            }
            _ => Err(DeliveryError::TimedOut),
        }
    }
}

/// What the provider knows of a key.
#[derive(Debug, Default)]
struct Key {
    sends: usize,
    accepted: bool,
}

#[derive(Default)]
struct Seen {
    keys: BTreeMap<String, Key>,
    /// Keys that came in while the database had no intent of them, or had an answer already.
    unintended: Vec<String>,
    receipts: Vec<(Instant, Receipt)>,
}

struct Provider {
    seed: u64,
    runner: Runner,
    attempts: Attempts,
    seen: Mutex<Seen>,
}

impl Provider {
    async fn new(url: &str, seed: u64, runner: Runner) -> Self {
        Self { seed, runner, attempts: Attempts::open(url).await, seen: Mutex::default() }
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let provider = Arc::clone(&self);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                if stream.read_line(&mut line).await.is_ok()
                    && let Some((channel, key)) = line.trim_end().split_once(' ')
                    && let Some(answer) = provider.take(channel, key).await
                {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    }

    /// Takes a key in; `None` hangs up without a word.
    async fn take(&self, channel: &str, key: &str) -> Option<&'static str> {
        let is_intended = self.attempts.are_open(key).await;
        // By the key alone, so that what it does does not depend on who comes when.
        let chance = Chance::of(self.seed, key).below(100);
        tokio::time::sleep(Duration::from_millis(chance % 7)).await;
        let mut seen = self.seen.lock().expect("nothing panics");
        if !is_intended {
            seen.unintended.push(key.to_owned());
        }
        let known = seen.keys.entry(key.to_owned()).or_default();
        known.sends += 1;
        let first = known.sends == 1;
        match chance {
            // It hangs up before or after it took it; the next time it answers.
            0..4 if first => return None,
            4..8 if first => known.accepted = true,
            8..16 if channel == "app" => return Some("refused\n"),
            16..20 if key.ends_with("/1") => return Some("busy\n"),
            _ => known.accepted = true,
        }
        // A third of the phones are off, and nothing is heard of them.
        if channel == "mail" || !(20..50).contains(&chance) {
            let receipt = Receipt::reached(key.parse().expect("a key"), Tokio.now(), ReceiptKind::Delivered);
            let after = Instant::now() + Duration::from_millis(chance * 5);
            seen.receipts.push((after, receipt.clone()));
            if chance.is_multiple_of(10) {
                seen.receipts.push((after + Duration::from_millis(300), receipt));
            }
        }
        (chance >= 8 || !first).then_some("accepted\n")
    }

    async fn return_receipts(self: Arc<Self>) {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = Instant::now();
            let due: Vec<Receipt> = {
                let mut seen = self.seen.lock().expect("nothing panics");
                seen.receipts.extract_if(.., |(at, _)| *at <= now).map(|(_, receipt)| receipt).collect()
            };
            if !due.is_empty() {
                self.runner.receive_all(&due).await.expect("receipts are kept");
            }
        }
    }
}

/// A look into the database that is not the runner's.
enum Attempts {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Attempts {
    async fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            Self::Postgres(sqlx::PgPool::connect(url).await.expect("it opens"))
        } else {
            Self::Sqlite(sqlx::SqlitePool::connect(url).await.expect("it opens"))
        }
    }

    /// Whether the database says that a send under this key may be under way.
    async fn are_open(&self, key: &str) -> bool {
        let sql = "select count(*) from waypost_attempts where key = $1 and answer is null";
        let count: i64 = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).bind(key).fetch_one(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(sql).bind(key).fetch_one(pool).await,
        }
        .expect("the database counts");
        count == 1
    }
}

/// The URL of a new schema there.
async fn schema(url: &str) -> String {
    let name = format!("waypost_kill_{}", std::process::id());
    let pool = sqlx::PgPool::connect(url).await.expect("PostgreSQL is there");
    let sql = sqlx::AssertSqlSafe(format!("create schema {name}"));
    sqlx::query(sql).execute(&pool).await.expect("a schema can be made");
    format!("{url}&options=-c%20search_path%3D{name}")
}

/// Chance from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn of(seed: u64, text: &str) -> Self {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(text.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
