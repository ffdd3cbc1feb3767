//! What providers answered for executions that a worker could not write, or does not hold any more.

use waypost::{
    Happened, Receipt,
    chrono::{DateTime, Utc},
};

use crate::{
    RunnerError,
    shared::Shared,
    store::{micros, transact},
    writing::{id_of, written},
};

/// Answers that could not be written where they belong, with the instants at which they came.
#[derive(Default)]
pub(crate) struct Unheard(Vec<(Receipt, DateTime<Utc>)>);

impl Unheard {
    pub(crate) fn push(&mut self, receipt: Receipt, now: DateTime<Utc>) {
        self.0.push((receipt, now));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts them in as receipts: whoever takes the executions over is told before anything is repeated.
    pub(crate) async fn pass_on(&mut self, shared: &Shared, now: DateTime<Utc>) -> Result<(), RunnerError> {
        // Where somebody may have taken over, that a call failed is old: theirs may have worked.
        let fresh = shared.config.lease / 3;
        let is_final = |what: &Happened| matches!(what, Happened::Reached(_) | Happened::Refused { .. });
        self.0.retain(|(receipt, since)| is_final(&receipt.what) || now < *since + fresh);
        if self.is_empty() {
            return Ok(());
        }
        let receipts: Vec<_> = self.0.iter().map(|(receipt, _)| (id_of(receipt), written(receipt))).collect();
        let now = micros(now);
        transact!(shared.database, |tx| tx.receive(&receipts, now).await)?;
        self.0.clear();
        Ok(())
    }
}
