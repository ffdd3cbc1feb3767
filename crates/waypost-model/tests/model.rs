//! Every interleaving of receipts, timers, crashes, races, gates and events, for small plans, over the real machine.
//!
//! A state is what two workers, their shared row, the provider and the customer know; an action is the next thing that
//! happens to any of them. The row is written before anything is sent, and a write by a worker whose copy is old is refused.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use stateright::{Checker, HasDiscoveries, Model, Property};
use waypost::{
    Code, Confirmation, Coverage, DispatchKey, Event, Execution, HandedOut, Happened, Output, Plan, Reason, Receipt,
    ReceiptKind, RefusedBy,
    policy::{FailureClass, FailureClass::*},
};
use waypost_model::{Chance, Draft, at, step};

const L1: &str = "L1: nothing goes out after a no that covers it was known";
const L2: &str = "L2: nothing goes out before it is permitted, nor once the message is over";
const L3: &str = "L3: a key is reserved once, and no more keys than the cap has room for";
const L9: &str = "L9: receipts say the same in any order and however often";
const ONCE: &str = "L9: it settles once, and nothing goes out afterwards";
const L10: &str = "L10: what is restored from a snapshot goes on alike";
const SINGLE: &str = "L10: nothing is sent twice unless the first is known to have failed";
const ENDS: &str = "time alone settles it";
const WAITS: &str = "polling comes to a wait, and that for later";

/// What may still happen to a plan, so that its states are finite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Left {
    crashes: u8,
    lost_writes: u8,
    races: u8,
    events: u8,
    opt_outs: u8,
    gates: u8,
    leaps: u8,
    steps_back: u8,
    receipts: u8,
}

/// A plan, with what may happen to it.
struct Scene {
    name: &'static str,
    plan: Plan,
    left: Left,
    says: &'static [Happened],
    events: &'static [&'static str],
    /// How many keys a cap has room for.
    room: usize,
    /// How many receipts a provider gives of one key.
    of_each: u32,
    /// How many actions are interleaved at most.
    depth: usize,
    /// Whether a policy waits for the customer for as long as it takes.
    waits_for_ever: bool,
}

/// An execution, with its fingerprint.
#[derive(Debug)]
struct Copy {
    execution: Execution,
    /// The chains of which a confirmation said that they stop.
    stopped: u8,
    print: u64,
}

impl Copy {
    fn of(execution: Execution, stopped: u8) -> Arc<Self> {
        let mut hasher = DefaultHasher::new();
        execution.to_json().hash(&mut hasher);
        stopped.hash(&mut hasher);
        Arc::new(Self { execution, stopped, print: hasher.finish() })
    }
}

#[derive(Clone, Debug)]
struct Worker {
    copy: Arc<Copy>,
    /// Whether somebody else has written the row since it was read.
    stale: bool,
    /// Written down as handed out, and not yet with the provider.
    outbox: Vec<DispatchKey>,
}

/// What a provider has under a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Held {
    /// What it said of it, by the numbers of the scene.
    said: u32,
    failed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Gate {
    Open,
    Wait,
    Skip,
}

#[derive(Clone, Debug)]
struct World {
    now: i64,
    row: Arc<Copy>,
    before: Arc<Copy>,
    workers: [Option<Worker>; 2],
    provider: BTreeMap<DispatchKey, Held>,
    reserved: Vec<DispatchKey>,
    opted_out: bool,
    gate: Gate,
    left: Left,
    fault: Option<&'static str>,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.now, self.row.print, self.opted_out, self.gate, self.left, self.fault).hash(hasher);
        if self.left.lost_writes > 0 {
            self.before.print.hash(hasher);
        }
        for worker in &self.workers {
            worker.as_ref().map(|worker| (worker.copy.print, worker.stale, &worker.outbox)).hash(hasher);
        }
        self.provider.hash(hasher);
        self.reserved.hash(hasher);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let print = |world: &Self| {
            let mut hasher = DefaultHasher::new();
            world.hash(&mut hasher);
            hasher.finish()
        };
        print(self) == print(other)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    /// Time passes to the next instant at which a worker wants to be woken; the first worker wakes then, the other may lag.
    Pass,
    /// The same, and an hour more: whoever slept overslept.
    Leap,
    /// The clock is set back by half an hour.
    StepBack,
    Wake(usize),
    Send(usize),
    Crash(usize),
    /// A crash, after which the last write turns out to be lost.
    LoseWrite,
    /// Another worker takes the execution too.
    Race,
    Receive(DispatchKey, usize),
    Happen(usize),
    OptOut,
    Turn(Gate),
}

fn instant(now: i64) -> DateTime<Utc> {
    at(now)
}

fn seconds(instant: DateTime<Utc>) -> i64 {
    // Instants between seconds come of backoffs; the next whole one is late enough.
    let millis = (instant - at(0)).num_milliseconds();
    millis.div_euclid(1_000) + i64::from(millis.rem_euclid(1_000) > 0)
}

/// More outputs than a plan of four steps has in one go.
const MOST_OUTPUTS: usize = 64;

impl Scene {
    fn new(name: &'static str, draft: Draft) -> Self {
        let left = Left {
            crashes: 1,
            lost_writes: 0,
            races: 0,
            events: 0,
            opt_outs: 0,
            gates: 0,
            leaps: 0,
            steps_back: 0,
            receipts: 2,
        };
        Self {
            name,
            plan: draft.plan(),
            left,
            says: USUAL,
            events: &[],
            room: 99,
            of_each: 2,
            depth: 40,
            waits_for_ever: false,
        }
    }

    fn says(mut self, says: &'static [Happened]) -> Self {
        self.says = says;
        self
    }

    fn left(mut self, more: fn(&mut Left)) -> Self {
        more(&mut self.left);
        self
    }

    fn events(mut self, events: &'static [&'static str]) -> Self {
        self.events = events;
        self.left.events = 1;
        self
    }

    fn room(mut self, room: usize) -> Self {
        self.room = room;
        self
    }

    fn of_each(mut self, of_each: u32) -> Self {
        self.of_each = of_each;
        self
    }

    fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    fn waits_for_ever(mut self) -> Self {
        self.waits_for_ever = true;
        self
    }

    fn confirm(&self, world: &World, handed: &HandedOut) -> Confirmation {
        let until = instant(world.now + 420);
        if world.opted_out {
            return Confirmation::Stop { reason: Reason::Unverified };
        }
        match world.gate {
            Gate::Wait => return Confirmation::Wait { until, reason: Reason::ChannelClosed { until } },
            Gate::Skip => return Confirmation::Skip { reason: Reason::ChannelDown { until: None } },
            Gate::Open => {}
        }
        if !world.reserved.contains(&handed.key) && world.reserved.len() >= self.room {
            return Confirmation::Skip { reason: Reason::NotPresent };
        }
        Confirmation::Go
    }

    /// What a worker does after an input: it polls, asks again, writes the row, and lays out what is to be sent.
    fn drain(&self, world: &mut World, number: usize, mut execution: Execution) {
        let Some(worker) = world.workers[number].clone() else { return };
        let now = instant(world.now);
        let mut stopped = worker.copy.stopped;
        let mut outbox = worker.outbox;
        let mut outputs = 0;
        loop {
            let was_settled = execution.is_settled();
            outputs += 1;
            if outputs > MOST_OUTPUTS {
                world.fault = Some(WAITS);
                return;
            }
            match execution.poll() {
                Output::Dispatch(handed) => {
                    let expires = self.plan.expires();
                    if was_settled {
                        world.fault = Some(ONCE);
                    }
                    if now < handed.dispatch.earliest() || expires.is_some_and(|expires| expires <= now) {
                        world.fault = Some(L2);
                    }
                    if stopped & 1 << handed.key.chain() != 0 || is_refused(&execution, &handed) {
                        world.fault = Some(L1);
                    }
                    if !follows_a_failure(&execution, &handed) {
                        world.fault = Some(SINGLE);
                    }
                    match self.confirm(world, &handed) {
                        Confirmation::Go => {
                            if !world.reserved.contains(&handed.key) {
                                world.reserved.push(handed.key.clone());
                                world.reserved.sort();
                            }
                            outbox.push(handed.key);
                        }
                        other => {
                            if matches!(other, Confirmation::Stop { .. }) {
                                stopped |= 1 << handed.key.chain();
                            }
                            execution.handle_confirmation(&handed.key, other, now);
                        }
                    }
                }
                Output::Settle(outcome) if was_settled || outcome.settled_at != Some(now) => {
                    world.fault = Some(ONCE);
                }
                Output::Wait { until, .. } => {
                    if until.is_some_and(|until| until <= now) || until != execution.wakes_at() {
                        world.fault = Some(WAITS);
                    }
                    break;
                }
                _ => {}
            }
        }
        self.write(world, number, Worker { copy: Copy::of(execution, stopped), stale: worker.stale, outbox });
    }

    /// Writes the row, unless somebody else did since it was read: then what was done is thrown away, but for what a hasty
    /// worker has sent by then.
    fn write(&self, world: &mut World, number: usize, worker: Worker) {
        if worker.stale {
            world.workers[number] = match number {
                0 => Some(Worker { copy: Arc::clone(&world.row), stale: false, outbox: Vec::new() }),
                _ if worker.outbox.is_empty() => None,
                _ => Some(worker),
            };
            return;
        }
        if worker.copy.print != world.row.print {
            world.before = std::mem::replace(&mut world.row, Arc::clone(&worker.copy));
            if let Some(other) = &mut world.workers[1 - number] {
                other.stale = true;
            }
        }
        world.workers[number] = Some(worker);
    }

    /// A worker starts from the row: of what was handed out nobody knows what became.
    fn restart(&self, world: &mut World, number: usize) {
        let copy = Arc::clone(&world.row);
        let mut execution = copy.execution.clone();
        world.workers[number] = Some(Worker { copy, stale: false, outbox: Vec::new() });
        let now = instant(world.now);
        let in_flight: Vec<_> = execution.in_flight().map(|handed| handed.key).collect();
        execution.handle_timeout(now);
        for key in in_flight {
            execution.handle_receipt(&Receipt::new(key, now, Happened::Unknown), now);
        }
        self.drain(world, number, execution);
    }

    /// The worker that takes inputs from outside: with the row as it is.
    fn current(&self, world: &mut World) -> Execution {
        if let Some(worker) = &mut world.workers[0]
            && worker.stale
        {
            *worker = Worker { copy: Arc::clone(&world.row), stale: false, outbox: Vec::new() };
        }
        world.workers[0].as_ref().unwrap_or_else(|| unreachable!("it always runs")).copy.execution.clone()
    }

    /// Where the time of a worker has come, it looks after its execution.
    fn wake(&self, world: &mut World, number: usize) {
        let Some(worker) = &world.workers[number] else { return };
        if worker.copy.execution.wakes_at().is_some_and(|wake| seconds(wake) <= world.now) {
            let mut execution = worker.copy.execution.clone();
            execution.handle_timeout(instant(world.now));
            self.drain(world, number, execution);
        }
    }

    fn send(&self, world: &mut World, number: usize) {
        let Some(worker) = &mut world.workers[number] else { return };
        let key = worker.outbox.remove(0);
        if worker.stale && worker.outbox.is_empty() {
            world.workers[number] = None;
            if number == 0 {
                self.restart(world, 0);
            }
        }
        let place = |key: &DispatchKey| (key.chain(), key.step(), key.number());
        let alike = |(other, held): (&DispatchKey, &Held)| *other != key && place(other) == place(&key) && !held.failed;
        if world.provider.iter().any(alike) {
            world.fault = Some(SINGLE);
        }
        if world.reserved.iter().filter(|reserved| **reserved == key).count() != 1 || world.reserved.len() > self.room {
            world.fault = Some(L3);
        }
        world.provider.entry(key).or_default();
    }

    fn receipt(&self, key: &DispatchKey, what: usize, now: DateTime<Utc>) -> Receipt {
        Receipt::new(key.clone(), now, self.says[what])
    }
}

/// Whether the execution itself knows of a no that covers a dispatch.
fn is_refused(execution: &Execution, handed: &HandedOut) -> bool {
    execution.outcome().tried.iter().any(|tried| {
        tried.attempt.refused.is_some_and(|refused| {
            tried.key.chain() == handed.key.chain()
                || match refused.covers {
                    Coverage::Kind => tried.dispatch.kind == handed.dispatch.kind,
                    Coverage::Endpoint => tried.dispatch.endpoint == handed.dispatch.endpoint,
                    _ => true,
                }
        })
    })
}

/// Whether every earlier try of a dispatch is known to have failed.
fn follows_a_failure(execution: &Execution, handed: &HandedOut) -> bool {
    let place = |key: &DispatchKey| (key.chain(), key.step(), key.number());
    execution
        .outcome()
        .tried
        .iter()
        .all(|tried| place(&tried.key) != place(&handed.key) || tried.key == handed.key || tried.attempt.is_failed())
}

impl Model for Scene {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let copy = Copy::of(Execution::new(self.plan.clone(), at(0)), 0);
        let mut world = World {
            now: 0,
            row: Arc::clone(&copy),
            before: Arc::clone(&copy),
            workers: [None, None],
            provider: BTreeMap::new(),
            reserved: Vec::new(),
            opted_out: false,
            gate: Gate::Open,
            left: self.left,
            fault: None,
        };
        self.restart(&mut world, 0);
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let Left { crashes, lost_writes, races, opt_outs, gates, leaps, steps_back, receipts, events } = world.left;
        let workers =
            || world.workers.iter().enumerate().filter_map(|(number, worker)| Some((number, worker.as_ref()?)));
        let wake = |worker: &Worker| worker.copy.execution.wakes_at().map(seconds);
        let mut later = false;
        for (number, worker) in workers() {
            match wake(worker) {
                Some(wake) if wake <= world.now => actions.push(Action::Wake(number)),
                Some(_) => later = true,
                None => {}
            }
            if !worker.outbox.is_empty() {
                actions.push(Action::Send(number));
            }
            if crashes > 0 {
                actions.push(Action::Crash(number));
            }
        }
        let is_over = world.row.execution.is_settled();
        if later {
            actions.push(Action::Pass);
        }
        if leaps > 0 && later {
            actions.push(Action::Leap);
        }
        if steps_back > 0 && !is_over {
            actions.push(Action::StepBack);
        }
        if lost_writes > 0 {
            actions.push(Action::LoseWrite);
        }
        if races > 0 && !is_over {
            actions.push(Action::Race);
        }
        if opt_outs > 0 && !is_over {
            actions.push(Action::OptOut);
        }
        if gates > 0 && !is_over {
            for gate in [Gate::Open, Gate::Wait, Gate::Skip] {
                if gate != world.gate {
                    actions.push(Action::Turn(gate));
                }
            }
        }
        if events > 0 {
            actions.extend((0..self.events.len()).map(Action::Happen));
        }
        if receipts > 0 {
            for (key, held) in &world.provider {
                if held.said.count_ones() < self.of_each {
                    let unsaid = (0..self.says.len()).filter(|what| held.said & 1 << what == 0);
                    actions.extend(unsaid.map(|what| Action::Receive(key.clone(), what)));
                }
            }
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        let left = &mut next.left;
        match action {
            Action::Pass | Action::Leap => {
                let wakes = world.workers.iter().flatten().filter_map(|worker| worker.copy.execution.wakes_at());
                next.now = wakes.map(seconds).filter(|wake| *wake > world.now).min()?;
                if action == Action::Leap {
                    left.leaps -= 1;
                    next.now += 3_600;
                }
                self.wake(&mut next, 0);
            }
            Action::StepBack => {
                left.steps_back -= 1;
                next.now -= 1_800;
            }
            Action::Wake(number) => self.wake(&mut next, number),
            Action::Send(number) => self.send(&mut next, number),
            Action::Crash(number) => {
                left.crashes -= 1;
                if number == 0 {
                    self.restart(&mut next, 0);
                } else {
                    next.workers[number] = None;
                }
            }
            Action::LoseWrite => {
                left.lost_writes -= 1;
                next.row = Arc::clone(&world.before);
                next.workers[1] = None;
                self.restart(&mut next, 0);
            }
            Action::Race => {
                left.races -= 1;
                next.workers[1] = Some(Worker { copy: Arc::clone(&world.row), stale: false, outbox: Vec::new() });
            }
            Action::Receive(key, what) => {
                left.receipts -= 1;
                let held = next.provider.get_mut(&key)?;
                held.said |= 1 << what;
                held.failed |= matches!(self.says[what], Happened::Failed { .. });
                let mut execution = self.current(&mut next);
                let now = instant(next.now);
                execution.handle_receipt(&self.receipt(&key, what, now), now);
                self.drain(&mut next, 0, execution);
            }
            Action::Happen(number) => {
                left.events -= 1;
                let now = instant(next.now);
                let mut execution = self.current(&mut next);
                let event = Event::new(Code::literal(self.events[number]), now).about(self.plan.message().clone());
                execution.handle_event(&event, now);
                self.drain(&mut next, 0, execution);
            }
            Action::OptOut => {
                left.opt_outs -= 1;
                next.opted_out = true;
            }
            Action::Turn(gate) => {
                left.gates -= 1;
                next.gate = gate;
            }
        }
        Some(next)
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.fault.is_none()
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(L1, |_, world: &World| world.fault != Some(L1)),
            Property::always(L2, |_, world: &World| world.fault != Some(L2)),
            Property::always(L3, |_, world: &World| world.fault != Some(L3)),
            Property::always(ONCE, |_, world: &World| world.fault != Some(ONCE)),
            Property::always(SINGLE, |_, world: &World| world.fault != Some(SINGLE)),
            Property::always(WAITS, |_, world: &World| world.fault != Some(WAITS)),
            Property::always(L9, says_the_same),
            Property::always(L10, goes_on_alike),
            Property::always(ENDS, ends),
        ]
    }
}

/// Some receipts, in several orders and with repetitions, leave the same behind.
fn says_the_same(scene: &Scene, world: &World) -> bool {
    let keys: Vec<_> = world.provider.keys().collect();
    if keys.is_empty() {
        return true;
    }
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    let mut chance = Chance::of(hasher.finish());
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let what = loop {
            let what = chance.below(scene.says.len() as u64) as usize;
            if scene.says[what] != Happened::Unknown {
                break what;
            }
        };
        let said_at = instant(world.now - chance.below(4) as i64 * 45);
        receipts.push(scene.receipt(chance.one(&keys), what, said_at));
    }
    let after = |order: &[usize]| {
        let mut execution = world.row.execution.clone();
        for number in order {
            execution.handle_receipt(&receipts[*number], instant(world.now));
        }
        execution.outcome()
    };
    let plain = after(&[0, 1, 2]);
    [&[2, 1, 0][..], &[1, 1, 2, 0, 1], &[2, 0, 2, 0, 1]].into_iter().all(|order| {
        let other = after(order);
        (other.reached, other.ending, other.tried, other.strays, other.cost)
            == (plain.reached.clone(), plain.ending, plain.tried.clone(), plain.strays.clone(), plain.cost.clone())
    })
}

fn goes_on_alike(_: &Scene, world: &World) -> bool {
    let execution = &world.row.execution;
    let again = Execution::from_json(&execution.to_json());
    again.is_ok_and(|again| again == *execution)
}

/// More wake-ups than any plan here has from start to end.
const MOST_WAKES: usize = 100;

/// Where nothing is heard any more and every send is let through, it settles.
fn ends(scene: &Scene, world: &World) -> bool {
    let mut execution = world.row.execution.clone();
    let mut now = instant(world.now);
    execution.handle_timeout(now);
    for _ in 0..MOST_WAKES {
        let until = loop {
            match execution.poll() {
                Output::Wait { until, .. } => break until,
                Output::Dispatch(_) if execution.is_settled() => return false,
                _ => {}
            }
        };
        match until {
            Some(until) if until > now => now = until,
            Some(_) => return false,
            None => return execution.is_settled() || scene.waits_for_ever,
        }
        execution.handle_timeout(now);
    }
    false
}

const fn failed(class: FailureClass) -> Happened {
    Happened::Failed { class, detail: None, retry_after: None }
}

const fn refused(by: RefusedBy, covers: Coverage) -> Happened {
    Happened::Refused { by, covers }
}

const ACCEPTED: Happened = Happened::Reached(ReceiptKind::Accepted);
const DELIVERED: Happened = Happened::Reached(ReceiptKind::Delivered);
const READ: Happened = Happened::Reached(ReceiptKind::Read);
const STOP: Happened = refused(RefusedBy::OptOut, Coverage::Everything);
const USUAL: &[Happened] = &[ACCEPTED, DELIVERED, READ, failed(Transient), failed(HardBounce), STOP, Happened::Unknown];
const FAILURES: &[Happened] = &[
    ACCEPTED,
    DELIVERED,
    failed(Transient),
    failed(HardBounce),
    failed(Unreachable),
    failed(Unfit),
    failed(Outage),
    failed(OptedOut),
    Happened::Unknown,
];
const REFUSALS: &[Happened] = &[
    DELIVERED,
    failed(Unreachable),
    refused(RefusedBy::Suppressed, Coverage::Endpoint),
    refused(RefusedBy::Complaint, Coverage::Kind),
    STOP,
];

fn scenes() -> Vec<Scene> {
    let chain = || {
        Draft::of([
            step("push", "push/pixel", 0).opens(0).recallable(),
            step("sms", "sms/mobile", 600).opens(0).recallable(),
        ])
    };
    vec![
        Scene::new("one step", Draft::of([step("sms", "sms/mobile", 0).attempts(3).accept_within(30)]).expires(3_600))
            .depth(12)
            .left(|left| {
                left.races = 1;
                left.leaps = 1;
            }),
        Scene::new("one step on accepted", Draft::of([step("sms", "sms/mobile", 60).settle_on("accepted")]))
            .left(|left| left.opt_outs = 1)
            .of_each(3),
        Scene::new("a chain of two with recall", chain().expires(3_600)).depth(12).left(|left| left.races = 1),
        Scene::new("a chain of two, every failure", chain()).says(FAILURES),
        Scene::new("a chain of two, the clock steps", chain().expires(2_400)).left(|left| {
            left.steps_back = 1;
            left.leaps = 1;
        }),
        Scene::new("a chain of two, a lost write", chain()).left(|left| left.lost_writes = 1),
        Scene::new("a chain of two, gates", chain().expires(3_000)).left(|left| {
            left.gates = 2;
            left.receipts = 2;
        }),
        Scene::new("a chain of two, events", chain().cancel_on("paid").expires(2_400))
            .events(&["paid", "cancelled", "superseded"])
            .left(|left| left.gates = 1),
        Scene::new(
            "three steps settle on an event",
            Draft::of([
                step("push", "push/pixel", 0).settle_on("event:paid").recallable(),
                step("sms", "sms/mobile", 600).settle_on("event:paid"),
                step("mail", "email/home", 1_200).settle_on("event:paid").opens(0),
            ])
            .expires(2_000),
        )
        .events(&["paid", "other"])
        .depth(12)
        .left(|left| {
            left.events = 2;
            left.receipts = 2;
        }),
        Scene::new(
            "a stand-in",
            Draft::of([
                step("sms-main", "sms/mobile", 0).accept_within(60),
                step("sms-backup", "sms/mobile", 0).stand_in(),
                step("mail", "email/home", 600).opens(0),
            ]),
        )
        .says(FAILURES),
        Scene::new(
            "lanes",
            Draft::of([
                step("push", "push/pixel", 0).branch(0, 0).with(step("sms", "sms/mobile", 0).branch(0, 1)),
                step("mail", "email/home", 600).branch(0, 0).settle_on("read"),
            ]),
        ),
        Scene::new(
            "alternatives of lanes",
            Draft::of([
                step("push", "push/pixel", 0).branch(0, 0).with(step("sms", "sms/mobile", 0).branch(0, 1)),
                step("mail", "email/home", 600).branch(1, 0).opens(60).recallable(),
                step("voice", "voice/mobile", 1_200).branch(1, 0),
            ])
            .expires(1_500),
        ),
        Scene::new(
            "a chain beside it",
            Draft::of([step("push", "push/pixel", 0), step("sms", "sms/mobile", 600)])
                .always([step("sms", "sms/mobile", 0), step("mail", "email/home", 600)]),
        )
        .says(REFUSALS)
        .left(|left| left.opt_outs = 1),
        Scene::new(
            "four steps",
            Draft::of([
                step("push", "push/pixel", 0).settle_on("read"),
                step("sms", "sms/mobile", 300).give_up_after(300),
                step("mail", "email/home", 600).give_up_after(300),
                step("voice", "voice/mobile", 900).give_up_after(300),
            ])
            .expires(1_100),
        )
        .left(|left| left.opt_outs = 1),
        Scene::new("a full cap", chain()).room(2).left(|left| left.races = 1),
        Scene::new(
            "silence is waited out",
            Draft::of([
                step("sms", "sms/mobile", 0).on("silent", "wait").accept_within(60),
                step("mail", "email/home", 600),
            ]),
        )
        .depth(12)
        .waits_for_ever()
        .left(|left| left.races = 1),
        Scene::new(
            "nobody is chased",
            Draft::of([
                step("push", "push/pixel", 0).on("silent", "stop").on("quiet", "stop").on("outage", "stop"),
                step("mail", "email/home", 600).on("silent", "stop"),
            ])
            .expires(3_000),
        )
        .left(|left| {
            left.gates = 1;
            left.opt_outs = 1;
        }),
    ]
}

#[test]
fn every_interleaving_keeps_the_laws() {
    let only = std::env::var("WAYPOST_SCENE").ok();
    let mut total = 0;
    let started = Instant::now();
    let mut faults = Vec::new();
    for scene in scenes() {
        let (name, depth) = (scene.name, scene.depth);
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let began = Instant::now();
        let builder = scene.checker().threads(2).target_max_depth(depth).finish_when(HasDiscoveries::AnyFailures);
        let checker = builder.spawn_bfs().join();
        println!(
            "{:>9} states, depth {:>2}, {:>5.1} s: {name}",
            checker.unique_state_count(),
            checker.max_depth(),
            began.elapsed().as_secs_f64()
        );
        total += checker.unique_state_count();
        for (law, path) in checker.discoveries() {
            let actions = path.into_actions();
            faults.push(format!("{name}: {law}\n    {actions:?}"));
        }
    }
    println!("{total:>9} states in all, {:.0} s", started.elapsed().as_secs_f64());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(only.is_some() || total >= 1_000_000, "{total} states");
}

#[test]
fn seconds_are_never_early() {
    for (millis, expected) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (-1, 0), (-1_000, -1)] {
        assert_eq!(seconds(at(0) + TimeDelta::milliseconds(millis)), expected, "{millis}");
    }
}
