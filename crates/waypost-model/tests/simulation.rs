//! Thousands of small worlds, each from a seed: random policies through the real router, unreliable providers, clocks that
//! step, processes that are killed, a customer who says no, and messages that share caps. The laws are asked of the world:
//! of what providers were given and the customer got.
//!
//! A world that breaks a law is printed as a timeline, with the command that runs it again:
//!
//! ```text
//! WAYPOST_SEED=123 cargo test -p waypost-model --test simulation -- --nocapture
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use waypost::{
    Absorbed, Breakers, ChannelId, ChannelList, Code, Confirmation, Coverage, CustomerProfile, Dispatch, DispatchKey,
    Event, Execution, Facts, HandedOut, Happened, Message, Output, Plan, Policy, Receipt, ReceiptKind, RefusedBy,
    Router, RouterConfig, Sent, feedback,
    policy::{FailureClass, OnFailure},
    time::Span,
};
use waypost_model::{Chance, at};

/// How many worlds there are where nothing else is said; `WAYPOST_SEEDS` says another number.
const SEEDS: u64 = 10_000;

/// Longer than any message here waits for anything.
const HORIZON: i64 = 30 * 86_400;

/// The most that goes by between the answer of the gates and the send.
const HASTE: i64 = 4;

#[derive(Debug)]
enum Happening {
    /// The process looks after an execution whose time has come.
    Wake {
        execution: usize,
        life: u32,
    },
    /// The slot in the ledger is asked for, with what the ledger held when the gates were asked.
    Reserve {
        execution: usize,
        handed: Box<HandedOut>,
        revision: u64,
        life: u32,
    },
    /// The call to the provider returns, or fails to.
    Answer {
        execution: usize,
        receipt: Receipt,
        life: u32,
    },
    /// A webhook comes in.
    Hook {
        execution: usize,
        receipt: Receipt,
    },
    /// Something of the sender's business.
    Told {
        execution: usize,
        event: Event,
    },
    /// The customer takes their consent back.
    Withdraw,
    Kill,
    Start,
    /// The clock of the process is set by so many seconds.
    Set(i64),
}

struct Running {
    message: Message,
    /// What is kept where a kill does not reach it.
    row: String,
    /// What the process holds, while it lives.
    memory: Option<Execution>,
    /// The last wake-up that was asked for.
    wake: Option<DateTime<Utc>>,
    settled: u32,
    refused: Vec<(u16, Coverage, Dispatch)>,
}

/// What a provider did under a key.
struct Held {
    receipt: Receipt,
    arrived: bool,
    /// Whether anybody was told that it failed.
    failed: bool,
}

struct World {
    chance: Chance,
    /// The true time, in seconds.
    now: i64,
    /// By how much the clock of the process is off.
    skew: i64,
    queue: BTreeMap<(i64, u64), Happening>,
    numbered: u64,
    life: u32,
    alive: bool,
    config: Arc<RouterConfig>,
    profile: CustomerProfile,
    withdrawn: Option<i64>,
    executions: Vec<Running>,
    ledger: BTreeMap<DispatchKey, Sent>,
    revision: u64,
    cap: Option<u32>,
    breakers: Breakers,
    provider: BTreeMap<DispatchKey, Held>,
    heard: Vec<(usize, Receipt)>,
    outages: BTreeMap<ChannelId, (i64, i64)>,
    trouble: u64,
    told: String,
}

const KINDS: &[&str] = &["push", "sms", "email", "voice"];

fn draw_config(chance: &mut Chance) -> (Arc<RouterConfig>, Option<u32>) {
    let channel = |id: &str, kind: &str, recall: bool| {
        let capabilities = if recall { json!(["text", "recall"]) } else { json!(["text"]) };
        json!({"id": id, "kind": kind, "capabilities": capabilities, "latency": "5s", "price": {"micros": 10_000, "currency": "EUR"}})
    };
    let channels = json!([
        channel("app", "push", true),
        channel("sms-main", "sms", false),
        channel("sms-backup", "sms", false),
        channel("mail", "email", false),
        channel("call", "voice", false),
    ]);
    let channels: ChannelList = serde_json::from_value(json!({"channels": channels})).expect("channels");
    let mut order = KINDS.to_vec();
    for _ in 0..3 {
        let (one, other) = (chance.below(4), chance.below(4));
        order.swap(usize::try_from(one).expect("small"), usize::try_from(other).expect("small"));
    }
    let mut defaults = json!({
        "order": order,
        "settle_on": chance.one(&["accepted", "delivered", "delivered", "read", "event:paid"]),
        "give_up_after": chance.one(&["1m", "5m", "20m", "2h"]),
        "retry": {"attempts": 1 + chance.below(4), "backoff": chance.one(&["5s", "1m"]), "at_most": "10m"},
    });
    if chance.percent(50) {
        defaults["accept_within"] = chance.one(&["10s", "1m"]).into();
    }
    if chance.percent(50) {
        defaults["expires_after"] = chance.one(&["10m", "1h", "8h"]).into();
    }
    match chance.below(4) {
        0 => defaults["group"] = json!({"one_of": [{"all_of": [order[0], order[1]]}, order[2]]}),
        1 => defaults["group"] = json!({"all_of": [{"one_of": [order[0], order[1]]}, order[2]]}),
        2 => defaults["always"] = json!([order[3]]),
        _ => {}
    }
    let mut answers = json!({});
    for class in FailureClass::ALL {
        if chance.percent(15) {
            let answer = chance.one(OnFailure::ALL);
            let answer = if answer == OnFailure::Wait && chance.percent(50) { OnFailure::Next } else { answer };
            answers[class.to_string()] = json!(answer);
        }
    }
    defaults["on_failure"] = answers;
    let cap = chance.percent(60).then(|| 1 + u32::try_from(chance.below(3)).expect("small"));
    let mut policy = json!({"defaults": defaults, "zone": "UTC"});
    if let Some(limit) = cap {
        policy["purposes"] = json!({"marketing": {"then": {"caps": [{"name": "few", "limit": limit, "per": "1d"}]}}});
    }
    if chance.percent(30) {
        policy["purposes"]["marketing"]["then"]["hours"] = json!(["08:00-20:00"]);
    }
    let build = |policy: &Value| {
        let policy: Policy = serde_json::from_value(policy.clone()).expect("a policy reads");
        RouterConfig::builder().descriptors(channels.channels.clone()).policy(policy).build()
    };
    // What the lint refuses is drawn with too little time or too much of a group; the rest of it stands.
    let config = build(&policy).unwrap_or_else(|_| {
        let defaults = policy["defaults"].as_object_mut().expect("an object");
        for field in ["group", "always", "expires_after", "give_up_after", "on_failure", "accept_within"] {
            defaults.remove(field);
        }
        build(&policy).expect("a plain policy builds")
    });
    (config, cap)
}

fn draw_profile(chance: &mut Chance) -> CustomerProfile {
    let mut endpoints = Vec::new();
    for (kind, id, address) in [
        ("push", "pixel", "token-1"),
        ("sms", "mobile", "+34600111222"),
        ("email", "home", "ana@example.com"),
        ("voice", "line", "+34600111222"),
    ] {
        if chance.percent(75) {
            endpoints.push(json!({"id": id, "kind": kind, "address": address, "verified": true}));
        }
    }
    let profile = json!({
        "id": "ana", "zone": "UTC", "endpoints": endpoints,
        "consents": [{"action": "grant", "scope": {}, "at": "2020-01-01T00:00:00Z"}],
    });
    serde_json::from_value(profile).expect("a profile")
}

impl World {
    fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let (config, cap) = draw_config(&mut chance);
        let profile = draw_profile(&mut chance);
        let trouble = chance.one(&[0, 5, 20, 50]);
        let mut world = Self {
            now: i64::try_from(chance.below(86_400)).expect("small"),
            skew: 0,
            queue: BTreeMap::new(),
            numbered: 0,
            life: 0,
            alive: true,
            config,
            profile,
            withdrawn: None,
            executions: Vec::new(),
            ledger: BTreeMap::new(),
            revision: 0,
            cap,
            breakers: Breakers::default(),
            provider: BTreeMap::new(),
            heard: Vec::new(),
            outages: BTreeMap::new(),
            trouble,
            told: String::new(),
            chance,
        };
        world.lay_out();
        world
    }

    fn lay_out(&mut self) {
        let start = self.now;
        for channel in ["app", "sms-main", "sms-backup", "mail", "call"] {
            if self.chance.percent(self.trouble) {
                let from = start + self.within(3_600);
                let until = from + self.within(7_200);
                self.outages.insert(ChannelId::literal(channel), (from, until));
            }
        }
        for number in 0..=self.chance.below(3) {
            let purpose = self.chance.one(&["marketing", "marketing", "transactional", "authentication"]);
            let topic = self.chance.one(&["coupon", "parcel"]);
            let mut message = json!({
                "id": format!("m-{number}"), "topic": topic, "purpose": purpose,
                "content": {"variants": [{"body": "Teapots, and only today"}]},
            });
            if self.chance.percent(30) {
                message["cancel_on"] = json!(["paid"]);
            }
            let message: Message = serde_json::from_value(message).expect("a message");
            let mut facts = self.facts();
            facts.seed = self.chance.number();
            let plan = Router::new(Arc::clone(&self.config), self.profile.clone()).plan(&message, &facts);
            let execution = Execution::new(plan, self.clock());
            let row = execution.to_json();
            self.executions.push(Running {
                message,
                row,
                memory: Some(execution),
                wake: None,
                settled: 0,
                refused: Vec::new(),
            });
        }
        for execution in 0..self.executions.len() {
            self.after(execution as i64, Happening::Wake { execution, life: 0 });
            if self.chance.percent(25) {
                let after = self.within(7_200);
                let name = self.chance.one(&["paid", "paid", "cancelled", "superseded", "other"]);
                let about = self.executions[execution].message.id().clone();
                let event = Event::new(Code::literal(name), at(start + after)).about(about);
                self.after(after, Happening::Told { execution, event });
            }
        }
        if self.chance.percent(20) {
            let after = self.within(7_200);
            self.after(after, Happening::Withdraw);
        }
        if self.chance.percent(40) {
            for _ in 0..=self.chance.below(3) {
                let after = self.within(7_200);
                self.after(after, Happening::Kill);
            }
        }
        if self.chance.percent(25) {
            for _ in 0..=self.chance.below(2) {
                let after = self.within(7_200);
                let by = self.within(1_200) - 600;
                self.after(after, Happening::Set(by));
            }
        }
    }

    fn within(&mut self, seconds: u64) -> i64 {
        i64::try_from(self.chance.below(seconds)).expect("a day at most")
    }

    fn after(&mut self, seconds: i64, happening: Happening) {
        self.numbered += 1;
        self.queue.insert((self.now + seconds.max(0), self.numbered), happening);
    }

    /// What the clock of the process says.
    fn clock(&self) -> DateTime<Utc> {
        at(self.now + self.skew)
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::at(self.clock());
        facts.history = self.ledger.values().cloned().collect();
        self.breakers.apply(&mut facts);
        facts
    }

    fn tell(&mut self, line: &str) {
        let (now, skew) = (self.now, self.skew);
        let _ = write!(self.told, "{}:{:02}:{:02}", now / 3_600, now / 60 % 60, now % 60);
        let _ = if skew == 0 { writeln!(self.told, " {line}") } else { writeln!(self.told, " ({skew:+}) {line}") };
    }

    #[track_caller]
    fn law(&self, holds: bool, law: &str) {
        assert!(holds, "{law}");
    }

    fn run(&mut self) {
        let mut happenings = 0;
        while let Some(((now, _), happening)) = self.queue.pop_first() {
            if now > HORIZON {
                break;
            }
            happenings += 1;
            self.law(happenings < 20_000, "the world comes to rest");
            self.now = now;
            self.happen(happening);
        }
        self.judge();
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake { execution, life } if life == self.life && self.alive => {
                let now = self.clock();
                let Some(mut memory) = self.executions[execution].memory.take() else { return };
                memory.handle_timeout(now);
                self.drain(execution, memory);
            }
            Happening::Reserve { execution, handed, revision, life } if life == self.life && self.alive => {
                self.reserve(execution, *handed, revision);
            }
            Happening::Answer { execution, receipt, life } if life == self.life && self.alive => {
                let channel = self.channel_of(execution, &receipt.key);
                let worked =
                    !matches!(receipt.what, Happened::Unknown | Happened::Failed { class: FailureClass::Outage, .. });
                let now = self.clock();
                if let Some(channel) = channel {
                    self.breakers.handle(channel, worked, now);
                }
                self.take_in(execution, &receipt);
            }
            Happening::Hook { execution, receipt } => {
                if self.alive {
                    self.take_in(execution, &receipt);
                } else {
                    // Whoever calls a webhook in vain calls again.
                    self.after(60, Happening::Hook { execution, receipt });
                }
            }
            Happening::Told { execution, event } => {
                if !self.alive {
                    self.after(60, Happening::Told { execution, event });
                    return;
                }
                self.tell(&format!("m-{execution} event {}", event.name));
                let now = self.clock();
                let Some(mut memory) = self.executions[execution].memory.take() else { return };
                memory.handle_event(&event, now);
                self.drain(execution, memory);
            }
            Happening::Withdraw => {
                self.tell("the customer withdraws their consent");
                self.withdrawn = Some(self.now);
                let mut profile = serde_json::to_value(&self.profile).expect("a profile writes");
                let consents = profile["consents"].as_array_mut().expect("there is one");
                let said_at = at(self.now - 3_600);
                consents.push(json!({"action": "withdraw", "scope": {}, "at": said_at}));
                profile["suppressions"] = json!([{"class": "stop"}]);
                self.profile = serde_json::from_value(profile).expect("a profile");
            }
            Happening::Kill => {
                if !self.alive {
                    return;
                }
                self.tell("the process is killed");
                (self.alive, self.life) = (false, self.life + 1);
                for running in &mut self.executions {
                    running.memory = None;
                }
                let down = 1 + self.within(900);
                self.after(down, Happening::Start);
            }
            Happening::Start => self.start(),
            Happening::Set(by) => {
                self.skew += by;
                self.tell(&format!("the clock is set by {by} s"));
                // Whoever sleeps until an instant wakes by the new clock.
                for execution in 0..self.executions.len() {
                    let Some(wake) = self.executions[execution].wake else { continue };
                    let after = (wake - self.clock()).num_seconds().max(0) + 1;
                    self.after(after, Happening::Wake { execution, life: self.life });
                }
            }
            _ => {}
        }
    }

    /// Every execution is read again from its row; of what was handed out nobody knows what became.
    fn start(&mut self) {
        self.alive = true;
        self.tell("the process starts");
        let now = self.clock();
        for execution in 0..self.executions.len() {
            let mut memory = Execution::from_json(&self.executions[execution].row).expect("a row reads");
            memory.handle_timeout(now);
            let in_flight: Vec<_> = memory.in_flight().map(|handed| handed.key).collect();
            for key in in_flight {
                memory.handle_receipt(&Receipt::new(key, now, Happened::Unknown), now);
            }
            self.drain(execution, memory);
        }
    }

    fn take_in(&mut self, execution: usize, receipt: &Receipt) {
        let now = self.clock();
        let Some(mut memory) = self.executions[execution].memory.take() else { return };
        let absorbed = memory.handle_receipt(receipt, now);
        self.tell(&format!("{} {} is {absorbed}", receipt.key, word(&receipt.what)));
        if receipt.what != Happened::Unknown {
            self.heard.push((execution, receipt.clone()));
        }
        if let Some(held) = self.provider.get_mut(&receipt.key) {
            held.failed |= matches!(receipt.what, Happened::Failed { .. });
        }
        if let Happened::Refused { covers, .. } = receipt.what
            && absorbed != Absorbed::Stray
            && let Some(said_to) = find(memory.plan(), &receipt.key)
        {
            self.executions[execution].refused.push((receipt.key.chain(), covers, said_to));
        }
        self.drain(execution, memory);
    }

    /// The canonical loop, with the row written before anything is sent.
    fn drain(&mut self, execution: usize, mut memory: Execution) {
        let now = self.clock();
        let mut outputs = 0;
        loop {
            outputs += 1;
            self.law(outputs < 100, "polling comes to a wait");
            match memory.poll() {
                Output::Dispatch(handed) => {
                    let expires = memory.plan().expires();
                    self.law(self.executions[execution].settled == 0, "L9: nothing goes out after the end");
                    self.law(handed.dispatch.earliest() <= now, "L2: nothing goes out before it is permitted");
                    self.law(
                        expires.is_none_or(|expires| now < expires),
                        "L2: nothing goes out after the end of its time",
                    );
                    let covers = |(chain, covers, said_to): &(u16, Coverage, Dispatch)| {
                        *chain == handed.key.chain()
                            || match covers {
                                Coverage::Kind => said_to.kind == handed.dispatch.kind,
                                Coverage::Endpoint => said_to.endpoint == handed.dispatch.endpoint,
                                _ => true,
                            }
                    };
                    let refused = self.executions[execution].refused.iter().any(covers);
                    self.law(!refused, "L1: nothing goes out after a no that covers it");
                    match self.confirm(execution, &handed) {
                        Confirmation::Go => {
                            let revision = self.revision;
                            let after = self.within(3);
                            let handed = Box::new(handed);
                            self.after(after, Happening::Reserve { execution, handed, revision, life: self.life });
                        }
                        other => self.hold(&mut memory, &handed, other),
                    }
                }
                Output::Cancel(recall) => {
                    self.tell(&format!("{} recall", recall.key));
                    let takes = recall.dispatch.recallable;
                    self.law(takes, "only what can be taken back is recalled");
                }
                Output::Settle(outcome) => {
                    self.tell(&format!("m-{execution} settle {}", outcome.ending));
                    self.executions[execution].settled += 1;
                    self.law(self.executions[execution].settled == 1, "L9: it settles once");
                    if let Ok(profile) = feedback::fold(&outcome).apply(&self.profile) {
                        self.profile = profile;
                    }
                }
                Output::Wait { until, .. } => {
                    self.law(until.is_none_or(|until| now < until), "what is waited for is later");
                    self.executions[execution].wake = until;
                    if let Some(until) = until {
                        let millis = (until - now).num_milliseconds();
                        // Sometimes it oversleeps.
                        let lag = if self.chance.percent(10) { self.within(600) } else { 0 };
                        let life = self.life;
                        self.after((millis + 999) / 1_000 + lag, Happening::Wake { execution, life });
                    }
                    break;
                }
                _ => {}
            }
        }
        let running = &mut self.executions[execution];
        running.row = memory.to_json();
        running.memory = Some(memory);
    }

    fn confirm(&self, execution: usize, handed: &HandedOut) -> Confirmation {
        let router = Router::new(Arc::clone(&self.config), self.profile.clone());
        let mut facts = self.facts();
        // A send that is counted already is not in its own way.
        facts.history =
            self.ledger.iter().filter(|(key, _)| **key != handed.key).map(|(_, sent)| sent.clone()).collect();
        router.confirm(&handed.dispatch, &self.executions[execution].message, &facts)
    }

    fn hold(&mut self, memory: &mut Execution, handed: &HandedOut, answer: Confirmation) {
        let now = self.clock();
        let word = match answer {
            Confirmation::Wait { .. } => "waits",
            Confirmation::Skip { .. } => "is skipped",
            _ => "is stopped",
        };
        let reason = answer.reason().map_or_else(String::new, |reason| reason.code().to_owned());
        self.tell(&format!("{} {word}: {reason}", handed.key));
        memory.handle_confirmation(&handed.key, answer, now);
    }

    /// Where nobody reserved anything since the gates were asked the slot is taken, and the dispatch goes to its provider;
    /// else they are asked again.
    fn reserve(&mut self, execution: usize, handed: HandedOut, revision: u64) {
        let answer = self.confirm(execution, &handed);
        let Some(mut memory) = self.executions[execution].memory.take() else { return };
        let is_known = !memory.in_flight().any(|known| known.key == handed.key) || memory.is_settled();
        if is_known {
            // Something was heard in between: it is not sent.
            self.executions[execution].memory = Some(memory);
            return;
        }
        if !answer.is_go() {
            self.hold(&mut memory, &handed, answer);
            self.drain(execution, memory);
            return;
        }
        if revision != self.revision && !self.ledger.contains_key(&handed.key) {
            self.tell(&format!("{} asks the ledger again", handed.key));
        }
        if !self.ledger.contains_key(&handed.key) {
            let router = Router::new(Arc::clone(&self.config), self.profile.clone());
            let sent = router.sent(&handed.dispatch, &self.executions[execution].message, self.clock());
            self.ledger.insert(handed.key.clone(), sent);
            self.revision += 1;
        }
        self.executions[execution].memory = Some(memory);
        self.send(execution, &handed);
    }

    /// What the provider does, and what comes back of it.
    fn send(&mut self, execution: usize, handed: &HandedOut) {
        let key = handed.key.clone();
        let channel = handed.dispatch.channel;
        let again = if handed.repeat > 0 { " again" } else { "" };
        self.tell(&format!("{key} goes out by {channel}{again}"));
        if let Some(withdrawn) = self.withdrawn {
            self.law(self.now <= withdrawn + HASTE, "L1: nothing goes out after consent is withdrawn");
        }
        let life = self.life;
        let latency = self.within(5);
        let is_down = self.outages.get(&channel).is_some_and(|(from, until)| (*from..*until).contains(&self.now));
        if is_down {
            let what = match self.chance.percent(50) {
                true => Happened::Unknown,
                false => failed(FailureClass::Outage, None),
            };
            let receipt = Receipt::new(key, self.clock(), what);
            self.after(latency, Happening::Answer { execution, receipt, life });
            return;
        }
        let is_lost = self.chance.percent(self.trouble / 2);
        if let Some(held) = self.provider.get(&key) {
            // An idempotent provider says what it said.
            let receipt =
                if is_lost { Receipt::new(key, self.clock(), Happened::Unknown) } else { held.receipt.clone() };
            self.after(latency, Happening::Answer { execution, receipt, life });
            return;
        }
        if self.chance.percent(self.trouble / 2) {
            // Lost on the way there.
            let receipt = Receipt::new(key, self.clock(), Happened::Unknown);
            self.after(latency + 5, Happening::Answer { execution, receipt, life });
            return;
        }
        let what = if self.chance.percent(self.trouble) {
            let class = self.chance.one(&[
                FailureClass::Transient,
                FailureClass::Transient,
                FailureClass::HardBounce,
                FailureClass::Unreachable,
                FailureClass::Unfit,
            ]);
            let asked = [None, Some(Span::minutes(2)), Some(Span::days(2))];
            failed(class, if class == FailureClass::Transient { self.chance.one(&asked) } else { None })
        } else {
            Happened::Reached(ReceiptKind::Accepted)
        };
        let receipt = Receipt::new(key.clone(), self.clock(), what);
        let arrived = !matches!(what, Happened::Failed { .. });
        if arrived {
            let place = |key: &DispatchKey| (key.message().clone(), key.chain(), key.step(), key.number());
            let twice =
                self.provider.iter().any(|(other, held)| place(other) == place(&key) && held.arrived && !held.failed);
            self.law(!twice, "L10: nothing arrives twice, unless the first is known to have failed");
        }
        self.provider.insert(key.clone(), Held { receipt: receipt.clone(), arrived, failed: false });
        let answer = if is_lost { Receipt::new(key.clone(), self.clock(), Happened::Unknown) } else { receipt };
        self.after(latency, Happening::Answer { execution, receipt: answer, life });
        if arrived {
            self.echo(execution, &key);
        }
    }

    /// The receipts that follow on their own: lost, twice, in any order.
    fn echo(&mut self, execution: usize, key: &DispatchKey) {
        let mut said = Vec::new();
        if self.chance.percent(80) {
            said.push(Happened::Reached(ReceiptKind::Delivered));
        }
        if self.chance.percent(40) {
            said.push(Happened::Reached(ReceiptKind::Read));
        }
        if self.chance.percent(self.trouble / 4) {
            said.push(failed(FailureClass::HardBounce, None));
        }
        if self.chance.percent(4) {
            let by = self.chance.one(&[RefusedBy::OptOut, RefusedBy::Complaint, RefusedBy::Suppressed]);
            said.push(Happened::Refused { by, covers: self.chance.one(Coverage::ALL) });
        }
        for what in said {
            let receipt = Receipt::new(key.clone(), self.clock(), what);
            if self.chance.percent(self.trouble / 2) {
                continue;
            }
            let copies = if self.chance.percent(20) { 2 } else { 1 };
            for _ in 0..copies {
                let far = self.chance.one(&[10, 600, 7_200]);
                let after = self.within(far);
                self.after(after, Happening::Hook { execution, receipt: receipt.clone() });
            }
        }
    }

    fn channel_of(&self, execution: usize, key: &DispatchKey) -> Option<ChannelId> {
        let plan = self.executions[execution].memory.as_ref()?.plan();
        Some(find(plan, key)?.channel)
    }

    /// What holds when everything is over.
    fn judge(&mut self) {
        for execution in 0..self.executions.len() {
            let running = &self.executions[execution];
            let memory = running.memory.as_ref().expect("the process lives in the end");
            let waits = |plan: &Plan| {
                let forever = |step: &waypost::Step| step.on_failure().on(FailureClass::Silent) == OnFailure::Wait;
                plan.expires().is_none() && plan.steps().iter().chain(plan.always().iter().flatten()).any(forever)
            };
            let over = running.settled == 1 || memory.wakes_at().is_none() && waits(memory.plan());
            self.law(over, "every execution settles");
            let again = Execution::from_json(&running.row).expect("a row reads");
            self.law(&again == memory, "L10: the row is the execution");

            let mut replayed = memory.clone();
            let before = replayed.outcome();
            for (of, receipt) in self.heard.iter().rev().filter(|(of, _)| *of == execution) {
                self.law(*of == execution, "a receipt is of its execution");
                replayed.handle_receipt(receipt, self.clock());
            }
            self.law(replayed.outcome() == before, "L9: receipts that come again say the same");

            let mut known: BTreeSet<_> = before.tried.iter().map(|tried| tried.key.clone()).collect();
            known.extend(before.strays.iter().map(|stray| stray.key.clone()));
            let given = self.provider.keys().filter(|key| key.message() == running.message.id());
            self.law(given.clone().all(|key| known.contains(key)), "whatever went out is in the outcome");
            let _ = feedback::fold(&before);
        }
        if let Some(cap) = self.cap {
            let mut counted: Vec<_> =
                self.ledger.values().filter(|sent| sent.purpose == waypost::Purpose::Marketing).collect();
            counted.sort_by_key(|sent| sent.at);
            for sent in &counted {
                let day = sent.at - TimeDelta::days(1);
                let within = counted.iter().filter(|other| day < other.at && other.at <= sent.at).count();
                self.law(within <= cap as usize, "L3: no cap is exceeded");
            }
        }
    }
}

/// The dispatch of a key.
fn find(plan: &Plan, key: &DispatchKey) -> Option<Dispatch> {
    let chain = match key.chain() {
        0 => plan.steps(),
        chain => plan.always().get(usize::from(chain) - 1)?,
    };
    let dispatches = chain.get(usize::from(key.step()) - 1)?.dispatches();
    dispatches.get(usize::from(key.number()) - 1).copied()
}

fn failed(class: FailureClass, retry_after: Option<Span>) -> Happened {
    Happened::Failed { class, detail: None, retry_after }
}

fn word(what: &Happened) -> String {
    match what {
        Happened::Reached(kind) => kind.to_string(),
        Happened::Failed { class, retry_after: None, .. } => format!("failed: {class}"),
        Happened::Failed { class, retry_after: Some(after), .. } => format!("failed: {class}, retry after {after}"),
        Happened::Refused { by, covers } => format!("refused: {by}, {covers}"),
        _ => "unknown".to_owned(),
    }
}

/// Runs one world; the timeline of it where it breaks a law.
fn run(seed: u64) -> Result<Figures, String> {
    let mut world = World::of(seed);
    let ran = catch_unwind(AssertUnwindSafe(|| world.run()));
    match ran {
        Ok(()) => Ok(Figures {
            worlds: 1,
            sent: world.provider.len(),
            settled: world.executions.iter().filter(|running| running.settled == 1).count(),
            kills: world.life as usize,
            receipts: world.heard.len(),
        }),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
            for running in &world.executions {
                let plan = running.memory.as_ref().map_or_else(String::new, |memory| memory.plan().explain());
                world.told.insert_str(0, &format!("{plan}\n"));
            }
            Err(format!(
                "{}seed {seed}: {said}\n    WAYPOST_SEED={seed} cargo test -p waypost-model --test simulation -- --nocapture",
                world.told
            ))
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Figures {
    worlds: usize,
    sent: usize,
    settled: usize,
    kills: usize,
    receipts: usize,
}

#[test]
fn every_world_keeps_the_laws() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("WAYPOST_SEED") {
        let mut world = World::of(seed);
        let ran = catch_unwind(AssertUnwindSafe(|| world.run()));
        for running in &world.executions {
            println!("{}", running.memory.as_ref().map_or_else(String::new, |memory| memory.plan().explain()));
        }
        println!("{}", world.told);
        assert!(ran.is_ok(), "seed {seed} breaks a law");
        return;
    }
    let seeds = number("WAYPOST_SEEDS").unwrap_or(SEEDS);
    let started = Instant::now();
    let sum = Mutex::new(Figures::default());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (sum, broken) = (&sum, &broken);
            scope.spawn(move || {
                for seed in (0..seeds).filter(|seed| seed % 2 == worker) {
                    match run(seed) {
                        Ok(one) => {
                            let mut sum = sum.lock().expect("nobody panics with it");
                            sum.worlds += one.worlds;
                            sum.sent += one.sent;
                            sum.settled += one.settled;
                            sum.kills += one.kills;
                            sum.receipts += one.receipts;
                        }
                        Err(timeline) => broken.lock().expect("nobody panics with it").push((seed, timeline)),
                    }
                    if broken.lock().expect("nobody panics with it").len() > 4 {
                        return;
                    }
                }
            });
        }
    });
    let Figures { worlds, sent, settled, kills, receipts } = sum.into_inner().expect("nobody panics with it");
    println!(
        "{worlds} worlds, {sent} sends, {receipts} receipts, {kills} kills, {settled} settled, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    let mut broken = broken.into_inner().expect("nobody panics with it");
    broken.sort();
    for (_, timeline) in &broken {
        println!("{timeline}\n");
    }
    assert!(broken.is_empty(), "{} worlds break a law", broken.len());
    assert!(seeds < SEEDS || sent > worlds && kills > worlds / 10 && receipts > sent, "the worlds are eventful");
}

#[test]
fn a_seed_is_one_world() {
    for seed in 0..20 {
        let (mut one, mut other) = (World::of(seed), World::of(seed));
        let _ = catch_unwind(AssertUnwindSafe(|| one.run()));
        let _ = catch_unwind(AssertUnwindSafe(|| other.run()));
        assert_eq!(one.told, other.told);
    }
}
