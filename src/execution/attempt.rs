//! What is known of one try.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    channel::ReceiptKind,
    execution::{Coverage, Happened, RefusedBy},
    id::Code,
    policy::FailureClass,
    time::Span,
};

/// How a try failed, by the most telling receipt that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Failure {
    /// How.
    pub class: FailureClass,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
    /// The provider's own word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Code>,
    /// How long the provider asked to be left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
}

impl Failure {
    /// Of two failures of one try the more final one counts, of two alike the earlier.
    fn weight(&self) -> impl Ord + use<> {
        let finality = match self.class {
            FailureClass::HardBounce => 6,
            FailureClass::Unreachable => 5,
            FailureClass::Unfit => 4,
            FailureClass::Outage => 3,
            FailureClass::Transient => 2,
            _ => 1,
        };
        (finality, self.class, std::cmp::Reverse(self.at), self.retry_after, self.detail)
    }
}

/// How the customer said no to a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Refused {
    /// How.
    pub by: RefusedBy,
    /// How far it reaches.
    pub covers: Coverage,
    /// When, by the provider's clock.
    pub at: DateTime<Utc>,
}

/// What is known of one try: the sum of its receipts, which does not depend on their order nor on how often they came.
///
/// Of every rung of the ladder the earliest instant is kept, of failures the most final, of refusals the widest.
/// [`Outcome`](crate::Outcome) shows how a test gets one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Attempt {
    /// When it was first handed out.
    pub handed_out: DateTime<Utc>,
    /// How often it was handed out again under its key, because nobody knew what had become of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: u8,
    /// How far it came, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reached: BTreeMap<ReceiptKind, DateTime<Utc>>,
    /// How it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How the customer said no to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// The provider's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Code>,
    /// When its recall was proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<DateTime<Utc>>,
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl Attempt {
    pub(super) fn new(handed_out: DateTime<Utc>) -> Self {
        Self {
            handed_out,
            repeats: 0,
            reached: BTreeMap::new(),
            failure: None,
            refused: None,
            reference: None,
            recalled: None,
        }
    }

    /// How far it came.
    pub fn stage(&self) -> Option<ReceiptKind> {
        self.reached.last_key_value().map(|(kind, _)| *kind)
    }

    /// When it came at least this far, as far as is known: the earliest receipt of this rung or a higher one.
    pub fn reached_at(&self, kind: ReceiptKind) -> Option<DateTime<Utc>> {
        self.reached.range(kind..).map(|(_, at)| *at).min()
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.reached.is_empty() && self.failure.is_none() && self.refused.is_none()
    }

    /// Whether it failed, for all that is known: what arrived did not fail, whatever else is said.
    pub fn is_failed(&self) -> bool {
        self.failure.is_some() && self.reached_at(ReceiptKind::Delivered).is_none()
    }

    /// What a receipt says of the try, and how long the provider asks to be left alone.
    ///
    /// Where a key went out more than once, that a provider was busy or away says nothing of the sends before: one of them
    /// may have gone through, and a new key would then reach the customer twice.
    pub(super) fn heard(&self, what: Happened) -> (Happened, Option<Span>) {
        match what {
            Happened::Failed { class: FailureClass::Transient | FailureClass::Outage, retry_after, .. }
                if self.repeats > 0 =>
            {
                (Happened::Unknown, retry_after)
            }
            other => (other, None),
        }
    }

    /// Takes a receipt in; returns whether anything is known that was not before.
    pub(super) fn absorb(&mut self, what: Happened, at: DateTime<Utc>, reference: Option<Code>) -> bool {
        let before = self.clone();
        match what {
            Happened::Reached(kind) => {
                let known = self.reached.entry(kind).or_insert(at);
                *known = at.min(*known);
            }
            // However it is put, a no is a no.
            Happened::Failed { class: FailureClass::OptedOut, .. } => {
                self.refuse(RefusedBy::OptOut, Coverage::Everything, at);
            }
            Happened::Failed { class, detail, retry_after } => {
                let failure = Failure { class, at, detail, retry_after };
                if self.failure.is_none_or(|known| known.weight() < failure.weight()) {
                    self.failure = Some(failure);
                }
            }
            Happened::Refused { by, covers } => self.refuse(by, covers, at),
            Happened::Unknown => {}
        }
        self.reference = match (self.reference, reference) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        *self != before
    }

    fn refuse(&mut self, by: RefusedBy, covers: Coverage, at: DateTime<Utc>) {
        let known = self.refused.get_or_insert(Refused { by, covers, at });
        *known = Refused { by: known.by.max(by), covers: known.covers.max(covers), at: known.at.min(at) };
    }
}
