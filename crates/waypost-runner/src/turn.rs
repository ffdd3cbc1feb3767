//! A turn of one execution: what came in, what follows from it, what is written, what is sent then.

use std::{panic::AssertUnwindSafe, sync::Arc};

use waypost::{
    Code, Confirmation, CustomerId, Event, Execution, Facts, Feedback, HandedOut, Happened, Message, MessageId,
    Outcome, Output, Recall, Receipt, Router,
    chrono::{DateTime, Utc},
    policy::FailureClass,
};

use crate::{
    RunnerError,
    context::{Context, read},
    store::{Answer, Change, Claimed, Input, InputKind, Intent, Learned, Reservation, State, micros},
    writing::{Writing, forbids, id_of, learned_of, written},
};

/// An execution that a worker holds.
pub(crate) struct Held {
    pub(crate) id: MessageId,
    pub(crate) customer: CustomerId,
    pub(crate) message: Arc<Message>,
    pub(crate) execution: Execution,
    pub(crate) revision: i64,
    pub(crate) signalled: i64,
    pub(crate) submitted: i64,
    /// Sends under way.
    pub(crate) flying: usize,
}

/// What a send came to.
#[derive(Debug)]
pub(crate) enum Landed {
    /// The provider's answer, or that there is none.
    Answered(HandedOut, Receipt),
    /// The gates closed while it waited for its turn: nothing was sent.
    Withheld(HandedOut, Confirmation),
    /// It panicked.
    Panicked,
    /// A recall is done with.
    Recalled,
}

/// A send that may go out once its intent is written.
pub(crate) struct Going {
    pub(crate) handed: HandedOut,
    pub(crate) router: Router,
    pub(crate) facts: Facts,
    reservation: Reservation,
}

/// A turn under way.
pub(crate) struct Turn {
    pub(crate) held: Held,
    answers: Vec<Answer>,
    /// Of those, what providers said: it is known whatever becomes of the turn.
    heard: Vec<(Answer, Receipt)>,
    absorbed: Vec<i64>,
    /// Handed out by the machine, and not judged yet.
    unjudged: Vec<HandedOut>,
    going: Vec<Going>,
    recalls: Vec<Recall>,
    due: Option<DateTime<Utc>>,
    parked: Option<String>,
    settled: Option<Box<Outcome>>,
    learned: bool,
    done: bool,
}

/// What is left of a turn when it is written.
pub(crate) struct Written {
    pub(crate) held: Held,
    pub(crate) going: Vec<Going>,
    pub(crate) recalls: Vec<Recall>,
    pub(crate) settled: Option<Box<Outcome>>,
}

const PANICKED: &str = "it panicked while it was carried on";

impl Held {
    /// Reads what was claimed.
    ///
    /// # Errors
    ///
    /// The cause for which it is to be parked.
    pub(crate) fn of(claimed: &Claimed, takeovers: u32) -> Result<Self, String> {
        if claimed.takeovers > i64::from(takeovers) {
            return Err(format!("{} workers in a row ended while they held it", claimed.takeovers));
        }
        let id = claimed.id.parse().map_err(|error| format!("its message id cannot be read: {error}"))?;
        let customer = claimed.customer.parse().map_err(|error| format!("its customer cannot be read: {error}"))?;
        let message: Message = read("the message", &claimed.message).map_err(|error| error.to_string())?;
        let execution = Execution::from_json(&claimed.execution)
            .map_err(|error| format!("what is stored of the execution cannot be read: {error}"))?;
        Ok(Self {
            id,
            customer,
            message: Arc::new(message),
            execution,
            revision: claimed.revision,
            signalled: claimed.signalled,
            submitted: claimed.submitted,
            flying: 0,
        })
    }
}

impl Turn {
    pub(crate) fn of(held: Held) -> Self {
        Self {
            held,
            answers: Vec::new(),
            heard: Vec::new(),
            absorbed: Vec::new(),
            unjudged: Vec::new(),
            going: Vec::new(),
            recalls: Vec::new(),
            due: None,
            parked: None,
            settled: None,
            learned: false,
            done: false,
        }
    }

    /// Takes in what came while nobody held it, and that of what was under way then nothing is known.
    pub(crate) fn take_over(&mut self, inputs: &[Input], unanswered: &[String], now: DateTime<Utc>) {
        self.guarded(|turn| {
            for input in inputs {
                match input.kind {
                    InputKind::Receipt => {
                        let receipt: Receipt = read("a receipt", &input.content)?;
                        turn.held.execution.handle_receipt(&receipt, now);
                        turn.learned = true;
                    }
                    InputKind::Event => {
                        let event: Event = read("an event", &input.content)?;
                        turn.held.execution.handle_event(&event, now);
                    }
                }
                turn.absorbed.push(input.seq);
            }
            let flying: Vec<HandedOut> = turn.held.execution.in_flight().collect();
            for handed in flying.iter().filter(|handed| unanswered.contains(&handed.key.to_string())) {
                let receipt = Receipt::new(handed.key.clone(), now, Happened::Unknown);
                turn.held.execution.handle_receipt(&receipt, now);
                turn.answers.push(Answer { key: handed.key.to_string(), receipt: UNKNOWN.to_owned(), counts: None });
            }
            turn.held.execution.handle_timeout(now);
            Ok(())
        });
    }

    /// Takes in what a send came to.
    pub(crate) fn land(&mut self, landed: Landed, now: DateTime<Utc>) {
        self.held.flying = self.held.flying.saturating_sub(1);
        if let Landed::Answered(handed, receipt) = &landed {
            // A repetition that failed says nothing of the send before it.
            let counts = match receipt.what {
                Happened::Reached(_) => Some(true),
                Happened::Unknown => None,
                _ => (handed.repeat == 0).then_some(false),
            };
            let answer = Answer { key: handed.key.to_string(), receipt: written(receipt), counts };
            self.answers.push(answer.clone());
            self.heard.push((answer, receipt.clone()));
        }
        self.guarded(|turn| {
            match landed {
                Landed::Answered(_, receipt) => {
                    turn.held.execution.handle_receipt(&receipt, now);
                    turn.learned = true;
                }
                Landed::Withheld(handed, answer) => {
                    let counts = (handed.repeat == 0).then_some(false);
                    turn.answers.push(Answer { key: handed.key.to_string(), receipt: WITHHELD.to_owned(), counts });
                    turn.held.execution.handle_confirmation(&handed.key, answer, now);
                }
                Landed::Panicked => turn.parked = Some(PANICKED.to_owned()),
                Landed::Recalled => {}
            }
            Ok(())
        });
    }

    /// Goes on until the machine waits; returns whether it could, or else wants to know the customer.
    pub(crate) fn go_on(
        &mut self,
        context: Option<&mut Context>,
        now: DateTime<Utc>,
        health: &dyn Fn(&mut Facts),
    ) -> bool {
        if self.done || self.parked.is_some() {
            return true;
        }
        let mut context = context;
        let mut wants_context = false;
        self.guarded(|turn| {
            loop {
                let handed = match turn.unjudged.pop() {
                    Some(handed) => handed,
                    None => match turn.held.execution.poll() {
                        Output::Dispatch(handed) => handed,
                        Output::Cancel(recall) => {
                            turn.recalls.push(recall);
                            continue;
                        }
                        Output::Settle(outcome) => {
                            turn.settled = Some(outcome);
                            continue;
                        }
                        Output::Wait { until, .. } => {
                            turn.due = until;
                            turn.done = true;
                            return Ok(());
                        }
                        _ => {
                            return Err(RunnerError::Unreadable {
                                what: "an output",
                                cause: "it is not known here".into(),
                            });
                        }
                    },
                };
                let Some(context) = context.as_deref_mut() else {
                    turn.unjudged.push(handed);
                    wants_context = true;
                    return Ok(());
                };
                turn.judge(handed, context, now, health);
            }
        });
        !wants_context
    }

    fn judge(&mut self, handed: HandedOut, context: &mut Context, now: DateTime<Utc>, health: &dyn Fn(&mut Facts)) {
        let Held { execution, message, submitted, customer, .. } = &mut self.held;
        let mut facts = context.facts(message, *submitted, now);
        facts.seed = execution.plan().seed();
        health(&mut facts);
        match context.confirm(&handed, message, facts) {
            (_, Some((facts, sent))) => {
                let reservation = Reservation {
                    key: handed.key.to_string(),
                    message: message.id().to_string(),
                    customer: customer.to_string(),
                    at: micros(sent.at),
                    sent: serde_json::to_string(&sent).expect("a send has text keys and no value that JSON lacks"),
                };
                self.going.push(Going { handed, router: context.router.clone(), facts, reservation });
            }
            (answer, None) => execution.handle_confirmation(&handed.key, answer, now),
        }
    }

    /// Nobody can say whether it may go out, so it does not.
    pub(crate) fn unavailable(&mut self, now: DateTime<Utc>) {
        self.guarded(|turn| {
            for handed in std::mem::take(&mut turn.unjudged) {
                let failed = Happened::Failed {
                    class: FailureClass::Transient,
                    detail: Some(Code::literal("unavailable")),
                    retry_after: None,
                };
                // Where it may have been sent before, that is as open as it was.
                let what = if handed.repeat == 0 { failed } else { Happened::Unknown };
                turn.held.execution.handle_receipt(&Receipt::new(handed.key, now, what), now);
            }
            Ok(())
        });
    }

    /// Somebody else reserved for the customer meanwhile: what was to go is judged again.
    pub(crate) fn judge_again(&mut self) {
        self.done = false;
        self.unjudged.extend(self.going.drain(..).rev().map(|going| going.handed));
    }

    /// Whether it reserves anything, so that the customer's revision has to be what it was.
    pub(crate) fn reserves(&self) -> bool {
        self.parked.is_none() && !self.going.is_empty()
    }

    pub(crate) fn park(&mut self, cause: String) {
        self.parked = Some(cause);
        self.going.clear();
    }

    pub(crate) fn writing(&self) -> Writing {
        let Self { held, answers, absorbed, going, recalls, due, parked, learned, .. } = self;
        let id = held.id.to_string();
        if let Some(cause) = parked {
            // Nothing of the turn is kept: when it is released, it is as it was before. But what providers answered is known,
            // and it is told so then.
            let parked = Writing::parked(id, held.revision, held.signalled, cause.clone());
            let answers = self.heard.iter().map(|(answer, _)| answer.clone()).collect();
            let heard = self.heard().map(|receipt| (id_of(receipt), written(receipt))).collect();
            return Writing { answers, heard, ..parked };
        }
        let outcome = held.execution.outcome();
        let change = Change {
            id: id.clone(),
            revision: held.revision,
            execution: Some(held.execution.to_json()),
            state: if held.execution.is_settled() { State::Settled } else { State::Active },
            cause: None,
            ending: Some(outcome.ending.to_string()),
            due: due.map(micros),
            signalled: held.signalled,
            held: held.flying + going.len() + recalls.len() > 0,
        };
        let intent = |going: &Going| Intent {
            key: going.reservation.key.clone(),
            message: id.clone(),
            channel: going.handed.dispatch.channel.to_string(),
        };
        Writing {
            change,
            answers: answers.clone(),
            intents: going.iter().map(intent).collect(),
            reservations: going.iter().map(|going| going.reservation.clone()).collect(),
            absorbed: absorbed.clone(),
            heard: vec![],
            feedback: learned.then(|| learned_of(&outcome)).flatten().map(|learned| Learned {
                message: id,
                customer: held.customer.to_string(),
                forbids: forbids(&learned),
                feedback: serde_json::to_string(&learned).expect("feedback has text keys"),
            }),
        }
    }

    /// What providers answered in this turn.
    pub(crate) fn heard(&self) -> impl Iterator<Item = &Receipt> {
        self.heard.iter().map(|(_, receipt)| receipt)
    }

    /// What this turn learned that forbids sends to its customer.
    pub(crate) fn learned(&self) -> Option<Feedback> {
        let told = self.learned && self.parked.is_none();
        let mut learned = told.then(|| learned_of(&self.held.execution.outcome())).flatten()?;
        learned.engagement.clear();
        forbids(&learned).then_some(learned)
    }

    /// The turn is written: what is to be sent comes out.
    pub(crate) fn written(mut self) -> Option<Written> {
        if self.parked.is_some() {
            return None;
        }
        self.held.revision += 1;
        self.held.flying += self.going.len() + self.recalls.len();
        Some(Written { held: self.held, going: self.going, recalls: self.recalls, settled: self.settled })
    }

    /// Does something with the machine; where it cannot be done, or panics, the execution is parked.
    fn guarded(&mut self, act: impl FnOnce(&mut Self) -> Result<(), RunnerError>) {
        if self.parked.is_some() {
            return;
        }
        // A turn that panicked is parked, and nothing of it is written: what is left of it is not looked at again.
        match std::panic::catch_unwind(AssertUnwindSafe(|| act(self))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.park(error.to_string()),
            Err(_) => self.park(PANICKED.to_owned()),
        }
    }
}

const UNKNOWN: &str = "\"unknown\"";
const WITHHELD: &str = "\"withheld\"";
