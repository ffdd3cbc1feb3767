//! How it stands with one dispatch of the plan.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    channel::ReceiptKind,
    confirmation::class_of,
    execution::{Attempt, Why},
    plan::Step,
    policy::{FailureClass, OnFailure, SettleOn},
    reason::Reason,
};

/// Waiting for less than this would be asking again at once.
pub(super) const TICK: TimeDelta = TimeDelta::seconds(1);

/// One dispatch of the plan with its tries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tries {
    pub(super) phase: Phase,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attempts: Vec<Attempt>,
    /// When it was last said that nobody knows what became of its last try. It says nothing of the try, so it is none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unknown_at: Option<DateTime<Utc>>,
}

/// What is to be done about a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Phase {
    /// Its turn has not come.
    Idle,
    /// It goes out at an instant; `again` under the key it had.
    Due {
        from: DateTime<Utc>,
        why: Why,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// It was handed out last at an instant.
    Out { since: DateTime<Utc> },
    /// It is not tried any more.
    Over { at: DateTime<Utc>, why: Closed },
}

/// Why a dispatch is not tried any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Closed {
    /// It failed.
    Failed(FailureClass),
    /// Nothing was heard of it in the time that the step was given.
    Silent,
    /// It might not go out when it came up; the next step did.
    Skipped(Reason),
    /// It might not go out when it came up, and nothing after it either.
    Stopped(Reason),
    /// The customer had said no to another dispatch, and that covers this one; nothing after it goes out either.
    Refused,
    /// The message's time was over.
    Expired,
    /// There was no need for it any more.
    NotNeeded,
}

impl Closed {
    /// What the policy says should follow.
    pub(super) fn answer(self, step: &Step) -> OnFailure {
        match self {
            Self::Failed(class) => step.on_failure().on(class),
            Self::Silent => step.on_failure().on(FailureClass::Silent),
            Self::Skipped(reason) => step.on_failure().on(class_of(&reason)),
            Self::Stopped(_) | Self::Refused => OnFailure::Stop,
            Self::Expired | Self::NotNeeded => OnFailure::Next,
        }
    }

    /// Whether another provider for the same endpoint may do better.
    pub(super) fn calls_for_stand_in(self) -> bool {
        let class = match self {
            Self::Failed(class) => class,
            // A cap that is full is full for the customer, whoever sends.
            Self::Skipped(reason) if class_of(&reason) == FailureClass::Capped => return false,
            Self::Skipped(reason) => class_of(&reason),
            _ => return false,
        };
        matches!(class, FailureClass::Transient | FailureClass::Outage | FailureClass::Unfit | FailureClass::Capped)
    }
}

impl Tries {
    pub(super) const IDLE: Self = Self { phase: Phase::Idle, attempts: Vec::new(), unknown_at: None };

    /// Whether a try of it is known to have arrived.
    pub(super) fn has_arrived(&self) -> bool {
        self.reached_at(ReceiptKind::Delivered).is_some()
    }

    /// Whether it was never handed out and may still be.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Due { .. })
    }

    /// Whether something of it is still expected.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Due { .. } | Phase::Out { .. })
    }

    pub(super) fn close(&mut self, why: Closed, at: DateTime<Utc>) {
        self.phase = Phase::Over { at, why };
    }

    /// When a try of it came as far as its step asks.
    pub(super) fn settled_at(&self, step: &Step) -> Option<DateTime<Utc>> {
        match step.settle_on() {
            SettleOn::Receipt(kind) => self.reached_at(kind),
            SettleOn::Event(_) => None,
        }
    }

    fn reached_at(&self, kind: ReceiptKind) -> Option<DateTime<Utc>> {
        self.attempts.iter().filter_map(|attempt| attempt.reached_at(kind)).min()
    }
}
