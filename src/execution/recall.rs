//! What is to be taken back: a send that only stood in for one that arrived, or of a message that is pointless by now.

use crate::{
    channel::ReceiptKind,
    execution::{Attempt, Execution, Recall},
    policy::SettleOn,
};

impl Execution {
    /// A dispatch to take back that was not yet proposed.
    pub(super) fn recall(&mut self) -> Option<Recall> {
        let found = (0..self.tries.len()).find_map(|at| {
            if !self.dispatch(at).recallable {
                return None;
            }
            let number = self.tries[at].attempts.iter().position(|attempt| {
                let unseen = attempt.stage().is_none_or(|stage| stage < ReceiptKind::Read);
                attempt.recalled.is_none() && unseen && !attempt.is_failed()
            })?;
            (self.ended.is_some() || self.is_outdone(at, number)).then_some((at, number))
        });
        let (at, number) = found?;
        self.tries[at].attempts[number].recalled = Some(self.now);
        let reference = self.tries[at].attempts[number].reference;
        Some(Recall { reference, ..Recall::new(self.key(at, number + 1), *self.dispatch(at)) })
    }

    /// Whether the customer was reached by another try that this one was only a substitute for.
    fn is_outdone(&self, at: usize, number: usize) -> bool {
        let settles = |other: usize, attempt: &Attempt| match self.step(other).settle_on() {
            SettleOn::Receipt(kind) => attempt.reached_at(kind).is_some(),
            SettleOn::Event(_) => false,
        };
        if settles(at, &self.tries[at].attempts[number]) {
            return false;
        }
        let place = self.course.places[at];
        let branch = self.dispatch(at).branch;
        self.course.of_chain(place.chain).any(|other| {
            let rival = self.dispatch(other).branch;
            let same_lane = other == at || self.course.places[other].step != place.step;
            let substitutes = rival == branch && same_lane || rival.alternative < branch.alternative;
            substitutes && self.tries[other].attempts.iter().any(|attempt| settles(other, attempt))
        })
    }
}
