//! Snapshots: an execution as a document, at any moment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    execution::{
        Ended, Execution, Receipt,
        course::Course,
        tries::{Phase, Tries},
    },
    id::Code,
    plan::Plan,
    version::Version,
};

/// An execution as it is written.
#[derive(Serialize)]
struct Written<'a> {
    version: Version,
    plan: &'a Plan,
    tries: &'a [Tries],
    cursors: &'a [Option<usize>],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    events: &'a BTreeMap<Code, DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Ended>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    strays: &'a BTreeSet<Receipt>,
    now: DateTime<Utc>,
}

/// An execution as it is read, before it is known to make sense.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an execution")]
struct Read {
    #[serde(default)]
    #[expect(dead_code, reason = "reading it refuses a newer one")]
    version: Version,
    plan: Plan,
    tries: Vec<Tries>,
    cursors: Vec<Option<usize>>,
    #[serde(default)]
    events: BTreeMap<Code, DateTime<Utc>>,
    #[serde(default)]
    ended: Option<Ended>,
    #[serde(default)]
    settled_at: Option<DateTime<Utc>>,
    #[serde(default)]
    strays: BTreeSet<Receipt>,
    now: DateTime<Utc>,
}

impl Serialize for Execution {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            version: Version::CURRENT,
            plan: &self.plan,
            tries: &self.tries,
            cursors: &self.cursors,
            events: &self.events,
            ended: self.ended,
            settled_at: self.settled_at,
            strays: &self.strays,
            now: self.now,
        };
        written.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Execution {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::discreet::read::<Read, D>(from)?.try_into().map_err(de::Error::custom)
    }
}

/// What in a snapshot contradicts its own plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Contradiction {
    #[error("the plan has more steps than can be counted")]
    Steps,
    #[error("`tries` has {0} members, and the plan has {1} dispatches")]
    Tries(usize, usize),
    #[error("`cursors` has {0} members, and the plan has {1} lanes")]
    Cursors(usize, usize),
    #[error("cursor {0} (counted from 0) is past the end of its lane")]
    Cursor(usize),
    #[error("lane {0} (counted from 0) has no cursor, and a dispatch that came up")]
    NoCursor(usize),
    #[error("`tries[{0}]` has more tries than its step allows")]
    Attempts(usize),
    #[error("`tries[{0}]` was handed out and has no try, or has one and was not")]
    Phase(usize),
    #[error("`strays` has {0} members, expected at most {max}", max = super::MOST_STRAYS)]
    Strays(usize),
}

impl TryFrom<Read> for Execution {
    type Error = Contradiction;

    fn try_from(read: Read) -> Result<Self, Contradiction> {
        let Read { plan, tries, cursors, events, ended, settled_at, strays, now, version: _ } = read;
        let course = Course::of(&plan).ok_or(Contradiction::Steps)?;
        if tries.len() != course.places.len() {
            return Err(Contradiction::Tries(tries.len(), course.places.len()));
        }
        if cursors.len() != course.lanes {
            return Err(Contradiction::Cursors(cursors.len(), course.lanes));
        }
        let past = |lane: &&super::course::Lane| cursors[lane.number].is_some_and(|at| lane.rungs.len() <= at);
        if let Some(lane) = course.chains.iter().flatten().flatten().find(past) {
            return Err(Contradiction::Cursor(lane.number));
        }
        let came_up = |at: usize| tries[at].is_running() || !tries[at].attempts.is_empty();
        let strange = |lane: &&super::course::Lane| cursors[lane.number].is_none() && lane.dispatches().any(came_up);
        if let Some(lane) = course.chains.iter().flatten().flatten().find(strange) {
            return Err(Contradiction::NoCursor(lane.number));
        }
        if strays.len() > super::MOST_STRAYS {
            return Err(Contradiction::Strays(strays.len()));
        }
        for (at, tries) in tries.iter().enumerate() {
            let tried = !tries.attempts.is_empty();
            let contradicts = match tries.phase {
                Phase::Idle => tried,
                Phase::Out { .. } | Phase::Due { again: true, .. } => !tried,
                _ => false,
            };
            if contradicts {
                return Err(Contradiction::Phase(at));
            }
            let step = super::course::step_of(&plan, course.places[at]);
            if tries.attempts.len() > usize::from(step.retry().attempts.max(1)) {
                return Err(Contradiction::Attempts(at));
            }
        }
        Ok(Self { plan, course, tries, cursors, events, ended, settled_at, strays, now })
    }
}

impl Execution {
    /// Reads an execution that was written as JSON: it goes on as if it had never stopped.
    ///
    /// Its clock stands where it stood: tell it what was heard meanwhile, or else the time by
    /// [`handle_timeout`](Self::handle_timeout), before the first [`poll`](Self::poll).
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::json(text)
    }

    /// The execution as one line of JSON, to keep while it waits.
    ///
    /// It holds names and instants, no address and no words.
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an execution has text keys and no value that JSON lacks")
    }
}
