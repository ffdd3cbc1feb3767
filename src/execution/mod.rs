//! The machine that carries a plan out: what happened goes in, what to do next comes out.

mod advance;
mod attempt;
mod course;
mod key;
mod outcome;
mod output;
mod recall;
mod receipt;
mod refusals;
mod retry;
mod snapshot;
mod timers;
mod tries;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

pub use attempt::{Attempt, Failure, Refused};
pub use key::{DispatchKey, InvalidDispatchKey};
pub use outcome::{Ending, Outcome, Reached, Tried, Untried};
pub use output::{HandedOut, Output, Recall, Why};
pub use receipt::{Coverage, Happened, Receipt, RefusedBy};
pub use tries::Closed;

use crate::{
    channel::ReceiptKind,
    codes::codes,
    confirmation::{Confirmation, class_of},
    event::Event,
    id::Code,
    plan::{Dispatch, Plan, Step},
    policy::{OnFailure, SettleOn},
    reason::Reason,
};

use course::{Course, Place};
use tries::{Phase, Tries};

codes! {
    /// What a receipt was to the execution that took it in.
    closed Absorbed, "absorption" {
        /// It said something new.
        New = "new",
        /// It said what was known.
        Repeated = "repeated",
        /// It said something new about a step that was given up, or after the end. It is recorded.
        Late = "late",
        /// It is of a try that this execution does not know. It is kept.
        Stray = "stray",
    }
}

/// More receipts of unknown tries than a provider sends by mistake; what comes after them is counted out.
const MOST_STRAYS: usize = 1_024;

/// Carries one plan out: through failures, silence, late receipts, restarts and races.
///
/// It does no I/O, reads no clock and waits for nothing. What happened goes in by one of the `handle_` functions, each with
/// the time; what to do next comes out of [`poll`](Self::poll).
///
/// # The law
///
/// One input, then drain: after [`new`](Self::new) and after every `handle_` function, [`poll`](Self::poll) is called until it
/// answers [`Output::Wait`]. A dispatch that comes out is confirmed, and only then handed to the provider, under its key.
///
/// ```
/// use waypost::*;
/// # use std::sync::Arc;
/// # let channels = ChannelList::from_toml("channels = [
/// #     { id = 'app', kind = 'push', capabilities = ['text'] }, { id = 'sms', kind = 'sms', capabilities = ['text'] } ]")?;
/// # let policy = Policy::from_toml("defaults.order = ['push', 'sms']")?;
/// # let config = RouterConfig::builder().descriptors(channels.channels).policy(policy).build()?;
/// # let ana = CustomerProfile::builder("ana".parse()?)
/// #     .endpoint(Endpoint::new("pixel".parse()?, ChannelKind::PUSH, "token")?)
/// #     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?).build()?;
/// # let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
/// #     .variant(Variant::text("Your parcel is at the door")).build()?;
/// # let router = Router::new(config, ana);
/// # let mut now: chrono::DateTime<chrono::Utc> = "2026-11-21T10:00:00Z".parse()?;
/// # let mut sent = Vec::new();
/// let plan = router.plan(&message, &Facts::at(now));
/// let mut execution = Execution::new(plan, now);
/// let outcome = 'over: loop {
///     let until = loop {
///         match execution.poll() {
///             Output::Dispatch(handed) => match router.confirm(&handed.dispatch, &message, &Facts::at(now)) {
///                 Confirmation::Go => {
///                     // Hand it to the provider under `handed.key`; what the provider says is a receipt. Here the push
///                     // token is not valid any more, and the text message arrives.
///                     sent.push(handed.key.to_string());
///                     let receipt = match handed.dispatch.kind {
///                         ChannelKind::PUSH => Receipt::failed(handed.key, now, FailureClass::Unreachable),
///                         _ => Receipt::reached(handed.key, now, ReceiptKind::Delivered),
///                     };
///                     execution.handle_receipt(&receipt, now);
///                 }
///                 other => execution.handle_confirmation(&handed.key, other, now),
///             },
///             Output::Cancel(_) => {} // take it back, where the channel can
///             Output::Settle(outcome) => break 'over outcome,
///             Output::Wait { until, .. } => break until,
///             _ => unreachable!("this version knows four outputs"),
///         }
///     };
///     // Sleep, until then or until a receipt or an event comes in.
///     now = until.expect("something is waited for");
///     execution.handle_timeout(now);
/// };
/// assert_eq!(outcome.ending, Ending::Reached);
/// assert_eq!(sent, ["m-1/0.1.1/1", "m-1/0.2.1/1"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What always holds
///
/// - Any receipt is taken in, in any order, twice or late. What an [`outcome`](Self::outcome) says of a try, and whether one
///   reached the customer, depends on what is known and not on the order in which it became known; what went out because of
///   it went out.
/// - [`Output::Settle`] comes out once, and no dispatch after it.
/// - Nothing goes out before [`Dispatch::earliest`], nor at or after the plan's expiry.
/// - A customer's no ends the chain it was said to, and everything else that it covers. It never leads to another channel.
/// - A key stands for one send: it comes out again only while nobody knows what became of it.
/// - A [snapshot](Self::to_json) taken at any moment goes on as if it had never stopped.
///
/// # What follows what
///
/// | what happens to a dispatch | what follows |
/// | --- | --- |
/// | a receipt of the rung that the step settles on, or a higher one | the lane is over; what has not gone out does not, what went out beside it is recalled where the channel can |
/// | a failure that may pass (`wait` for its class) | another try with a new key after the backoff, or after what the provider asked for, while the step has time |
/// | any other failure | the next step at once, first another provider for the endpoint where that may help; or the end, by the policy's word on the class |
/// | no answer from the provider | the same key again; that such a repetition does not get through says nothing of the send before it |
/// | silence for `give_up_after` | the next step that is not a stand-in, at its time; or the end |
/// | a gate that is closed when it comes up | the next step, or a wait, or the end, by the policy's word on `capped`, `quiet` and `outage`; the last step waits |
/// | the customer says no | the end |
///
/// Where a step failed, the next one need not wait for its time: it goes out from [`Dispatch::earliest`] on.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    plan: Plan,
    course: Course,
    /// By the numbers of the course.
    tries: Vec<Tries>,
    /// The rung that came up last, lane by lane.
    cursors: Vec<Option<usize>>,
    /// The events that it settles on, and when they were first.
    events: BTreeMap<Code, DateTime<Utc>>,
    ended: Option<Ended>,
    settled_at: Option<DateTime<Utc>>,
    strays: BTreeSet<Receipt>,
    now: DateTime<Utc>,
}

/// What ended the whole of it from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Ended {
    Cancelled,
    Superseded,
}

impl Ended {
    /// What an event ends a message as.
    fn by(event: Code) -> Self {
        if event == Event::CANCELLED { Self::Cancelled } else { Self::Superseded }
    }
}

impl Execution {
    /// Begins to carry a plan out.
    ///
    /// # Panics
    ///
    /// If the plan has more than 65,534 chains, steps of a chain or dispatches of a step; none that was planned has.
    pub fn new(plan: Plan, now: DateTime<Utc>) -> Self {
        let course = Course::of(&plan).expect("a plan has at most as many steps as candidates, and they are counted");
        let mut execution = Self {
            tries: vec![Tries::IDLE; course.places.len()],
            cursors: vec![None; course.lanes],
            plan,
            course,
            events: BTreeMap::new(),
            ended: None,
            settled_at: None,
            strays: BTreeSet::new(),
            now,
        };
        execution.advance();
        execution
    }

    /// Takes in what a provider or the customer did, and says what it was to this execution.
    pub fn handle_receipt(&mut self, receipt: &Receipt, now: DateTime<Utc>) -> Absorbed {
        self.now = now;
        let absorbed = self.absorb(receipt);
        self.advance();
        absorbed
    }

    /// Takes in that time has passed.
    pub fn handle_timeout(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.advance();
    }

    /// Takes in something that happened in the sender's business: it may end the message, or settle a step.
    ///
    /// An event of this message, or of none, settles whatever its instant: one that is about something else, or older than
    /// what the message asks for, is not to be handed in.
    pub fn handle_event(&mut self, event: &Event, now: DateTime<Utc>) {
        self.now = now;
        let meant = event.message.as_ref().is_none_or(|message| message == self.plan.message());
        if self.settled_at.is_none() && self.ended.is_none() && event.ends(self.plan.message(), self.plan.cancel_on()) {
            self.ended = Some(Ended::by(event.name));
        }
        let settles = |step: &Step| step.settle_on() == SettleOn::Event(event.name);
        if meant && self.steps().any(settles) {
            let known = self.events.entry(event.name).or_insert(event.at);
            *known = event.at.min(*known);
        }
        self.advance();
    }

    /// Takes in why a dispatch that came out was not handed to its provider.
    ///
    /// [`Confirmation::Go`] changes nothing. Any other answer is about a dispatch that came out last and of which nothing is
    /// known; about others it is void, for they did go out.
    pub fn handle_confirmation(&mut self, key: &DispatchKey, answer: Confirmation, now: DateTime<Utc>) {
        self.now = now;
        if let Some(at) = self.unsent(key) {
            self.withhold(at, answer);
        }
        self.advance();
    }

    /// Says what to do next; to be called until it says [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        loop {
            if let Some(recall) = self.recall() {
                return Output::Cancel(recall);
            }
            let Some(at) = self.due().filter(|_| self.settled_at.is_none()) else { break };
            if let Some(handed) = self.hand_out(at) {
                return Output::Dispatch(handed);
            }
            self.advance();
        }
        if self.settled_at.is_none() && self.is_done() {
            self.settled_at = Some(self.now);
            return Output::Settle(Box::new(self.outcome()));
        }
        let next = self.next_timer();
        let why = match next {
            _ if self.settled_at.is_some() => Why::Settled,
            Some((_, why)) => why,
            None => Why::Receipt,
        };
        Output::Wait { until: next.map(|(at, _)| at), why }
    }

    /// The plan that is carried out.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether it is over. Late receipts are still taken in.
    pub fn is_settled(&self) -> bool {
        self.settled_at.is_some()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next; `None` where only a receipt or an event can change
    /// anything.
    pub fn wakes_at(&self) -> Option<DateTime<Utc>> {
        self.next_timer().map(|(at, _)| at)
    }

    /// What was handed out and of which nothing is known yet: after a restart, each of them may have been sent or not, and
    /// wants [`Happened::Unknown`].
    pub fn in_flight(&self) -> impl Iterator<Item = HandedOut> + '_ {
        (0..self.tries.len()).filter_map(|at| {
            let Tries { phase: Phase::Out { .. }, attempts, .. } = &self.tries[at] else { return None };
            let attempt = attempts.last().filter(|attempt| attempt.is_unknown())?;
            Some(HandedOut { key: self.key(at, attempts.len()), dispatch: *self.dispatch(at), repeat: attempt.repeats })
        })
    }

    /// How it ended, or how it stands.
    pub fn outcome(&self) -> Outcome {
        let mut tried = Vec::new();
        let mut untried = Vec::new();
        for (at, tries) in self.tries.iter().enumerate() {
            let given_up = match tries.phase {
                Phase::Over { at, why: Closed::Silent } => Some(at),
                _ => None,
            };
            let asked = match self.step(at).settle_on() {
                SettleOn::Receipt(kind) => kind,
                SettleOn::Event(_) => ReceiptKind::Delivered,
            };
            for (number, attempt) in tries.attempts.iter().enumerate() {
                let arrived = attempt.reached_at(asked);
                tried.push(Tried {
                    key: self.key(at, number + 1),
                    dispatch: *self.dispatch(at),
                    attempt: attempt.clone(),
                    late: given_up.zip(arrived).is_some_and(|(given_up, arrived)| given_up < arrived),
                });
            }
            if let (Phase::Over { why, .. }, []) = (tries.phase, tries.attempts.as_slice()) {
                untried.push(Untried { dispatch: *self.dispatch(at), why });
            }
        }
        let reached = self.reached();
        Outcome {
            version: Default::default(),
            message: self.plan.message().clone(),
            customer: self.plan.customer().clone(),
            topic: self.plan.topic(),
            purpose: self.plan.purpose(),
            tags: self.plan.tags().to_vec(),
            brand: self.plan.brand(),
            counts_toward_caps: self.plan.counts_toward_caps(),
            ending: self.ending(reached.is_some(), &tried),
            reached,
            settled_at: self.settled_at,
            cost: outcome::cost(&tried),
            tried,
            untried,
            strays: self.strays.iter().cloned().collect(),
        }
    }

    fn ending(&self, reached: bool, tried: &[Tried]) -> Ending {
        let stopped = |tries: &Tries| matches!(tries.phase, Phase::Over { why: Closed::Stopped(reason), .. } if !is_over(&reason));
        let expired = |tries: &Tries| {
            matches!(tries.phase, Phase::Over { why: Closed::Expired | Closed::Stopped(Reason::Expired { .. }), .. })
        };
        match self.ended {
            _ if self.settled_at.is_none() => Ending::Running,
            Some(Ended::Cancelled) => Ending::Cancelled,
            Some(Ended::Superseded) => Ending::Superseded,
            None if reached => Ending::Reached,
            None if tried.iter().any(|tried| tried.attempt.refused.is_some()) => Ending::Refused,
            None if self.tries.iter().any(stopped) => Ending::Refused,
            None if tried.iter().any(|tried| !tried.attempt.is_failed()) => Ending::Unconfirmed,
            None if self.tries.iter().any(expired) => Ending::Expired,
            None if !tried.is_empty() => Ending::Failed,
            None => Ending::NothingSent,
        }
    }

    /// What settled the main chain first; where there is none, any of those beside it.
    fn reached(&self) -> Option<Reached> {
        let chain = if self.plan.steps().is_empty() { 0..self.tries.len() } else { self.course.of_chain(0) };
        let by_receipt = chain.clone().flat_map(|at| {
            let step = self.step(at);
            self.tries[at].attempts.iter().enumerate().filter_map(move |(number, attempt)| {
                let SettleOn::Receipt(kind) = step.settle_on() else { return None };
                let key = Some(self.key(at, number + 1));
                Some(Reached { at: attempt.reached_at(kind)?, key, event: None })
            })
        });
        let by_event = chain.filter_map(|at| {
            let SettleOn::Event(name) = self.step(at).settle_on() else { return None };
            Some(Reached { at: *self.events.get(&name)?, key: None, event: Some(name) })
        });
        by_receipt.chain(by_event).min_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)))
    }

    /// Takes a receipt in, without what follows from it.
    fn absorb(&mut self, receipt: &Receipt) -> Absorbed {
        let Some((at, number)) = self.find(&receipt.key) else {
            let fits = self.strays.len() < MOST_STRAYS;
            let known = self.strays.contains(receipt);
            if fits && !known {
                self.strays.insert(receipt.clone());
            }
            return if known { Absorbed::Repeated } else { Absorbed::Stray };
        };
        let tries = &mut self.tries[at];
        let late = self.settled_at.is_some() || matches!(tries.phase, Phase::Over { .. });
        let is_last = number == tries.attempts.len();
        let attempt = &mut tries.attempts[number - 1];
        let was_unknown = attempt.is_unknown();
        let (what, asked) = attempt.heard(receipt.what);
        let is_new = attempt.absorb(what, receipt.at, receipt.reference);
        // Told twice that nobody knows, it goes out once more and not twice.
        let is_told_again = tries.unknown_at == Some(receipt.at);
        let is_out = matches!(tries.phase, Phase::Out { .. });
        if is_last && what == Happened::Unknown && was_unknown && is_out && !is_told_again {
            tries.unknown_at = Some(receipt.at);
            self.repeat(at, asked);
            return Absorbed::New;
        }
        if is_new && (is_last || self.tries[at].has_arrived()) {
            self.follow(at);
        }
        match (is_new, late) {
            (false, _) => Absorbed::Repeated,
            (true, true) => Absorbed::Late,
            (true, false) => Absorbed::New,
        }
    }

    /// The dispatch and the try of a key, counted from 1, where it was handed out.
    fn find(&self, key: &DispatchKey) -> Option<(usize, usize)> {
        if key.message() != self.plan.message() {
            return None;
        }
        let place = Place { chain: key.chain(), step: key.step() - 1, number: key.number() - 1 };
        let at = self.course.find(place)?;
        let number = usize::from(key.attempt());
        (1..=self.tries[at].attempts.len()).contains(&number).then_some((at, number))
    }

    /// The dispatch of a key that came out last and of which nothing is known.
    fn unsent(&self, key: &DispatchKey) -> Option<usize> {
        let (at, number) = self.find(key)?;
        let Tries { phase: Phase::Out { .. }, attempts, .. } = &self.tries[at] else { return None };
        let last = attempts.last().filter(|_| number == attempts.len())?;
        last.is_unknown().then_some(at)
    }

    fn key(&self, at: usize, attempt: usize) -> DispatchKey {
        let Place { chain, step, number } = self.course.places[at];
        // INVARIANT: places are below the highest number, and tries are as many as `Retry::attempts` can say.
        DispatchKey::new(self.plan.message().clone(), [chain, step + 1, number + 1], attempt as u16)
    }

    fn step(&self, at: usize) -> &Step {
        course::step_of(&self.plan, self.course.places[at])
    }

    fn dispatch(&self, at: usize) -> &Dispatch {
        course::dispatch_of(&self.plan, self.course.places[at])
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.plan.steps().iter().chain(self.plan.always().iter().flatten())
    }
}

/// Whether a reason says that the message is over, and not that somebody refuses.
fn is_over(reason: &Reason) -> bool {
    matches!(reason, Reason::Expired { .. } | Reason::Superseded { .. })
}

/// Whether the policy answers a closed gate by going on.
fn goes_on(step: &Step, reason: &Reason) -> OnFailure {
    step.on_failure().on(class_of(reason))
}

/// An instant a while later; the end of time where there is none.
fn after(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
