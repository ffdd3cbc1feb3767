//! What a turn wants written.

use waypost::{Feedback, Outcome, Receipt, feedback};

use crate::store::{Answer, Change, Claimed, Intent, Learned, Reservation, State};

/// What a turn wants written, in one transaction.
pub(crate) struct Writing {
    pub(crate) change: Change,
    pub(crate) answers: Vec<Answer>,
    pub(crate) intents: Vec<Intent>,
    pub(crate) reservations: Vec<Reservation>,
    pub(crate) absorbed: Vec<i64>,
    /// Receipts that the execution is to be told later.
    pub(crate) heard: Vec<(String, String)>,
    pub(crate) feedback: Option<Learned>,
}

impl Writing {
    /// Sets aside what was claimed, and leaves it as it is.
    pub(crate) fn park(claimed: &Claimed, cause: String) -> Self {
        Self::parked(claimed.id.clone(), claimed.revision, claimed.signalled, cause)
    }

    /// Sets aside by the names that a change goes by.
    pub(crate) fn parked(id: String, revision: i64, signalled: i64, cause: String) -> Self {
        let change = Change {
            id,
            revision,
            execution: None,
            state: State::Parked,
            cause: Some(cause),
            ending: None,
            due: None,
            signalled,
            held: false,
        };
        let (answers, heard) = (vec![], vec![]);
        Self { change, answers, intents: vec![], reservations: vec![], absorbed: vec![], heard, feedback: None }
    }
}

/// What is to be remembered of the customer; sends are remembered as they are reserved.
pub(crate) fn learned_of(outcome: &Outcome) -> Option<Feedback> {
    let mut learned = feedback::fold(outcome);
    learned.sent.clear();
    (!learned.is_empty()).then_some(learned)
}

/// Whether it keeps sends from going out.
pub(crate) fn forbids(learned: &Feedback) -> bool {
    !learned.suppressions.is_empty() || !learned.consents.is_empty()
}

/// The message that a receipt is of.
pub(crate) fn id_of(receipt: &Receipt) -> String {
    receipt.key.message().to_string()
}

/// A receipt as it is stored.
pub(crate) fn written(receipt: &Receipt) -> String {
    serde_json::to_string(receipt).expect("a receipt has text keys and no value that JSON lacks")
}
