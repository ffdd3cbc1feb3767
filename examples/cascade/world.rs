//! The world in virtual time: one queue of what comes next, from the first message to the last report.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indicatif::ProgressBar;
use waypost::{
    Breakers, ChannelKind, Confirmation, DispatchKey, Execution, Facts, HandedOut, Happened, Message, Outcome, Output,
    Receipt, ReceiptKind, Router, RouterConfig,
    chrono::{DateTime, TimeDelta, Utc},
    policy::FailureClass,
};

use super::{arguments::Arguments, carrier::Carrier, crowd::Customer, dice::Dice};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
/// The messages leave over half an hour, so that outages come in the middle of it.
const SPREAD: i64 = 30 * MINUTE;
/// A call without an answer is given up after this long.
const TIMES_OUT: i64 = 10 * SECOND;
/// A report that was lost is repeated after this long, and again after twice as long, so many times.
const REPORTS_AGAIN: (i64, u32) = (MINUTE, 3);

/// What comes next.
enum Next {
    /// A message is planned.
    Begin(usize),
    /// A report or an answer reaches us.
    Receipt(usize, Receipt),
    /// A machine wants to know that time has passed.
    Timer(usize),
    /// A message reaches the customer.
    Arrival(usize, DispatchKey, &'static str),
}

/// One customer's message on its way.
struct Course {
    customer: Customer,
    began: i64,
    carried: Option<(Router, Message, Execution)>,
    /// When it is to be woken, so that no timer is set twice.
    wakes: Option<i64>,
    recalled: BTreeSet<DispatchKey>,
    /// How often the message was shown, by channel.
    shown: BTreeMap<&'static str, u32>,
}

/// What came of one customer's message.
pub(crate) struct Ended {
    pub(crate) began: DateTime<Utc>,
    pub(crate) outcome: Outcome,
    pub(crate) shown: BTreeMap<&'static str, u32>,
}

/// What is counted while it runs.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) dispatches: u64,
    pub(crate) repeats: u64,
    pub(crate) receipts: u64,
    pub(crate) repeated_receipts: u64,
    pub(crate) recalls: u64,
    pub(crate) recalled_unseen: u64,
    pub(crate) held_by_gates: u64,
    pub(crate) breakers_opened: u64,
}

pub(crate) struct World<'a> {
    arguments: &'a Arguments,
    config: Arc<RouterConfig>,
    begin: DateTime<Utc>,
    now: i64,
    queue: BTreeMap<(i64, u64), Next>,
    queued: u64,
    courses: Vec<Course>,
    carriers: Vec<Carrier>,
    breakers: Breakers,
    dice: Dice,
    counts: Counts,
    progress: ProgressBar,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        arguments: &'a Arguments,
        config: Arc<RouterConfig>,
        progress: ProgressBar,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let customers = (0..arguments.customers).map(|number| Customer::new(arguments.seed, number));
        let mut world = Self {
            arguments,
            config,
            begin: "2026-11-21T10:00:00Z".parse()?,
            now: 0,
            queue: BTreeMap::new(),
            queued: 0,
            courses: Vec::with_capacity(arguments.customers),
            carriers: Carrier::all(),
            breakers: Breakers::default(),
            dice: Dice::new(arguments.seed, 0),
            counts: Counts::default(),
            progress,
        };
        for (number, customer) in customers.enumerate() {
            // INVARIANT: there are at most a million customers, so this fits.
            let began = SPREAD * number as i64 / arguments.customers as i64;
            let course = Course {
                customer: customer?,
                began,
                carried: None,
                wakes: None,
                recalled: BTreeSet::new(),
                shown: BTreeMap::new(),
            };
            world.courses.push(course);
            world.put(began, Next::Begin(number));
        }
        Ok(world)
    }

    /// Runs until nothing is under way any more.
    pub(crate) fn run(mut self) -> Result<(Vec<Ended>, Counts), Box<dyn std::error::Error>> {
        while let Some(((at, _), next)) = self.queue.pop_first() {
            self.now = at;
            match next {
                Next::Begin(number) => self.plan(number)?,
                Next::Receipt(number, receipt) => self.hear(number, &receipt),
                Next::Timer(number) => self.wake(number),
                Next::Arrival(number, key, channel) => {
                    let course = &mut self.courses[number];
                    if course.recalled.contains(&key) {
                        self.counts.recalled_unseen += 1;
                    } else {
                        *course.shown.entry(channel).or_default() += 1;
                    }
                }
            }
        }
        let begin = self.begin;
        let ended = self.courses.into_iter().filter_map(|course| {
            let (_, _, execution) = course.carried?;
            let began = begin + TimeDelta::milliseconds(course.began);
            Some(Ended { began, outcome: execution.outcome(), shown: course.shown })
        });
        Ok((ended.collect(), self.counts))
    }

    fn put(&mut self, at: i64, next: Next) {
        self.queued += 1;
        self.queue.insert((at, self.queued), next);
    }

    fn instant(&self, at: i64) -> DateTime<Utc> {
        self.begin + TimeDelta::milliseconds(at)
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::at(self.instant(self.now));
        facts.seed = self.arguments.seed;
        self.breakers.apply(&mut facts);
        facts
    }

    fn plan(&mut self, number: usize) -> Result<(), Box<dyn std::error::Error>> {
        let course = &self.courses[number];
        let id = format!("train-{number:06}");
        let message = Message::builder(id.parse()?, "cancelled_train".parse()?, waypost::Purpose::Service)
            .urgency(waypost::Urgency::High)
            .expires(self.instant(self.now + 120 * MINUTE))
            .variant(waypost::Variant::text("Your train at 13:10 is cancelled. A bus leaves at 13:25 from the square."))
            .build()?;
        let router = Router::new(Arc::clone(&self.config), course.customer.profile.clone());
        let plan = router.plan(&message, &self.facts());
        let execution = Execution::new(plan, self.instant(self.now));
        self.courses[number].carried = Some((router, message, execution));
        self.drain(number);
        Ok(())
    }

    fn hear(&mut self, number: usize, receipt: &Receipt) {
        let now = self.instant(self.now);
        let Some((_, _, execution)) = &mut self.courses[number].carried else { return };
        let absorbed = execution.handle_receipt(receipt, now);
        self.counts.receipts += 1;
        self.counts.repeated_receipts += u64::from(absorbed == waypost::Absorbed::Repeated);
        self.drain(number);
    }

    fn wake(&mut self, number: usize) {
        let now = self.instant(self.now);
        let course = &mut self.courses[number];
        if course.wakes.take_if(|wakes| *wakes <= self.now).is_none() {
            return;
        }
        let Some((_, _, execution)) = &mut course.carried else { return };
        execution.handle_timeout(now);
        self.drain(number);
    }

    /// Everything that follows from one input.
    fn drain(&mut self, number: usize) {
        let now = self.instant(self.now);
        // Taken out for the walk and put back: a send changes the rest of the world.
        let Some((router, message, mut execution)) = self.courses[number].carried.take() else { return };
        let wakes = loop {
            match execution.poll() {
                Output::Dispatch(sent) => match router.confirm(&sent.dispatch, &message, &self.facts()) {
                    Confirmation::Go => self.send(number, &sent),
                    other => {
                        self.counts.held_by_gates += 1;
                        execution.handle_confirmation(&sent.key, other, now);
                    }
                },
                Output::Cancel(recall) => {
                    self.counts.recalls += 1;
                    self.courses[number].recalled.insert(recall.key);
                }
                Output::Settle(_) => self.progress.inc(1),
                Output::Wait { until, .. } => break until,
                _ => unreachable!("this version knows four outputs"),
            }
        };
        self.courses[number].carried = Some((router, message, execution));
        // Rounded up: a timer that goes off too soon changes nothing.
        let wakes = wakes.map(|until| ((until - self.begin).num_microseconds().unwrap_or(i64::MAX) + 999) / 1_000);
        if let Some(at) = wakes.filter(|_| wakes != self.courses[number].wakes) {
            self.put(at.max(self.now), Next::Timer(number));
        }
        self.courses[number].wakes = wakes;
    }

    /// A call to a provider over a line that loses and doubles.
    fn send(&mut self, number: usize, sent: &HandedOut) {
        self.breakers.admit(sent.dispatch.channel, self.instant(self.now));
        if sent.repeat > 0 {
            self.counts.repeats += 1;
        } else {
            self.counts.dispatches += 1;
        }
        let (loss, duplicate) = (self.arguments.loss, self.arguments.duplicate);
        let calls = 1 + u64::from(self.dice.chance(duplicate));
        let mut answer = None;
        for _ in 0..calls {
            if !self.dice.chance(loss) {
                let took = self.take(number, sent);
                answer = answer.or(took);
            }
        }
        let what = answer.filter(|_| !self.dice.chance(loss));
        let outage = matches!(what, Some(Happened::Failed { class: FailureClass::Outage, .. }));
        if let Some(what) = what {
            let after = self.dice.between(50, 400);
            self.report(number, sent, self.now + after, what);
        } else {
            self.report(number, sent, self.now + TIMES_OUT, Happened::Unknown);
        }
        // An answer that was lost says nothing about the provider.
        if what.is_some() {
            let opened = self.breakers.handle(sent.dispatch.channel, !outage, self.instant(self.now));
            self.counts.breakers_opened += u64::from(opened.is_some());
        }
    }

    /// One call that came through to the provider: what it answers.
    fn take(&mut self, number: usize, sent: &HandedOut) -> Option<Happened> {
        let course = &self.courses[number];
        let kind: ChannelKind = sent.dispatch.kind;
        let waited = self.now - course.began;
        let carrier = self.carriers.iter_mut().find(|carrier| sent.dispatch.channel.as_str() == carrier.channel)?;
        let answer = carrier.take(&sent.key, kind, &course.customer, waited, self.now, &mut self.dice);
        let channel = carrier.channel;
        let mut earliest = 0;
        for (after, what) in answer.reports {
            if what == Happened::Reached(ReceiptKind::Delivered) {
                self.put(self.now + after, Next::Arrival(number, sent.key.clone(), channel));
            }
            // A report takes a second or two; where they overtake each other, up to a minute and a half.
            let slow = if self.arguments.is_reordered { self.dice.between(0, 90 * SECOND) } else { 0 };
            let mut arrives = self.now + after + self.dice.between(200, 2 * SECOND) + slow;
            if !self.arguments.is_reordered {
                arrives = arrives.max(earliest);
            }
            earliest = arrives;
            let (mut wait, tries) = REPORTS_AGAIN;
            for _ in 0..tries {
                if !self.dice.chance(self.arguments.loss) {
                    self.report_of(number, sent, self.now + after, arrives, what);
                    break;
                }
                arrives += wait;
                wait *= 2;
            }
        }
        Some(answer.what)
    }

    /// Says what happened at the instant at which it reaches us.
    fn report(&mut self, number: usize, sent: &HandedOut, at: i64, what: Happened) {
        self.report_of(number, sent, at, at, what);
    }

    /// Says what happened at one instant when it reaches us, at another; now and then twice.
    fn report_of(&mut self, number: usize, sent: &HandedOut, happened: i64, arrives: i64, what: Happened) {
        let receipt = Receipt::new(sent.key.clone(), self.instant(happened), what);
        if what != Happened::Unknown && self.dice.chance(self.arguments.duplicate) {
            let later = arrives + self.dice.between(SECOND, 5 * MINUTE);
            self.put(later, Next::Receipt(number, receipt.clone()));
        }
        self.put(arrives, Next::Receipt(number, receipt));
    }
}
