//! How one execution stands, explained.

use std::fmt;

use serde::Serialize;
use waypost::{
    CustomerId, Ending, Execution, MessageId, Outcome, Output, Plan, Tried, Why,
    chrono::{DateTime, SecondsFormat, Utc},
};

use crate::store::{self, StoredExecution, instant};

/// Where an execution is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// It goes on.
    Active {
        /// When something is done about it next; `None` only when a receipt or an event comes in. While a worker holds it,
        /// that is the end of the lease.
        due: Option<DateTime<Utc>>,
        /// Whether a worker holds it.
        held: bool,
    },
    /// It is over.
    Settled,
    /// It was set aside.
    Parked {
        /// Why.
        cause: String,
    },
}

/// How one execution stands. `Display` is the table of its plan, what was tried, and what it waits for.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// When it was submitted.
    pub submitted: DateTime<Utc>,
    /// Where it is.
    #[serde(flatten)]
    pub state: State,
    /// What the machine waits for.
    pub waits_for: Option<Why>,
    /// Until when it waits for that.
    pub until: Option<DateTime<Utc>>,
    /// How it stands: what was tried, what came of it, what it cost.
    pub outcome: Outcome,
    /// The plan.
    pub plan: Plan,
}

impl Status {
    pub(crate) fn of(stored: &StoredExecution, mut execution: Execution) -> Self {
        let state = match stored.state {
            store::State::Active => State::Active { due: stored.ready_at.map(instant), held: stored.held },
            store::State::Settled => State::Settled,
            store::State::Parked => State::Parked { cause: stored.cause.clone().unwrap_or_default() },
        };
        let (plan, outcome) = (execution.plan().clone(), execution.outcome());
        // On a copy that is thrown away: what it wants done is the worker's to do.
        let (waits_for, until) = match execution.poll() {
            Output::Wait { until, why } => (Some(why), until),
            _ => (None, None),
        };
        Self { submitted: instant(stored.submitted), state, waits_for, until, outcome, plan }
    }

    /// The message.
    pub fn message(&self) -> &MessageId {
        &self.outcome.message
    }

    /// The customer.
    pub fn customer(&self) -> &CustomerId {
        &self.outcome.customer
    }
}

/// An instant as people read it.
fn read(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        for tried in &self.outcome.tried {
            history(tried, f)?;
        }
        for untried in &self.outcome.untried {
            let (dispatch, why) = (&untried.dispatch, words(&untried.why));
            writeln!(f, "not tried: {} to {}: {why}", dispatch.channel, dispatch.endpoint)?;
        }
        match &self.state {
            State::Parked { cause } => return writeln!(f, "parked: {cause}"),
            State::Settled => write!(f, "settled: {}", self.outcome.ending)?,
            State::Active { held: true, .. } => return writeln!(f, "a worker is at it"),
            State::Active { .. } => match (self.waits_for, self.until) {
                (Some(why), Some(until)) => write!(f, "waits for {} until {}", waited_for(why), read(until))?,
                (Some(why), None) => write!(f, "waits for {}", waited_for(why))?,
                (None, _) => write!(f, "waits for a worker")?,
            },
        }
        match &self.outcome.reached {
            Some(reached) if self.outcome.ending == Ending::Reached => writeln!(f, " at {}", read(reached.at)),
            _ => writeln!(f),
        }
    }
}

fn waited_for(why: Why) -> String {
    match why {
        Why::NotBefore => "the time of the next step".to_owned(),
        Why::Gate(reason) => format!("a closed gate ({reason})"),
        Why::Retry => "the time to try again".to_owned(),
        Why::Repeat => "the time to send again under the same key".to_owned(),
        Why::Acceptance => "the provider's answer".to_owned(),
        Why::Receipt => "a receipt".to_owned(),
        _ => "nothing".to_owned(),
    }
}

/// One try: its key, where it went, what is known of it.
fn history(tried: &Tried, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Tried { key, dispatch, attempt, late, .. } = tried;
    write!(f, "{key}: {} to {} at {}", dispatch.channel, dispatch.endpoint, read(attempt.handed_out))?;
    if attempt.repeats > 0 {
        write!(f, ", sent again {} times", attempt.repeats)?;
    }
    for (kind, at) in &attempt.reached {
        write!(f, ", {kind} at {}", read(*at))?;
    }
    if let Some(failure) = attempt.failure {
        write!(f, ", failed ({}) at {}", failure.class, read(failure.at))?;
    }
    if let Some(refused) = attempt.refused {
        write!(f, ", refused ({}) at {}", refused.by, read(refused.at))?;
    }
    if let Some(at) = attempt.recalled {
        write!(f, ", recalled at {}", read(at))?;
    }
    if attempt.is_unknown() {
        write!(f, ", no answer yet")?;
    }
    writeln!(f, "{}", if *late { ", after the step was given up" } else { "" })
}

/// A code with its data as words: the names that the documents use.
fn words(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code.replace('_', " "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
