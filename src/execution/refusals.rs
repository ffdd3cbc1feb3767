//! How far a customer's no reaches.

use crate::execution::{
    Closed, Coverage, Execution, is_over,
    tries::{Phase, Tries},
};

impl Execution {
    /// Whether the customer's no, or the end of the message, keeps anything more of a chain from going out.
    pub(super) fn is_refused(&self, chain: u16) -> bool {
        let own = self.course.of_chain(chain);
        let stopped = |at: usize, tries: &Tries| {
            matches!(tries.phase, Phase::Over { why: Closed::Stopped(reason), .. }
                if own.contains(&at) || is_over(&reason))
        };
        if own.is_empty() || self.tries.iter().enumerate().any(|(at, tries)| stopped(at, tries)) {
            return !own.is_empty();
        }
        let refusals = self.refusals();
        refusals.iter().any(|(said_to, _)| own.contains(said_to))
            || !refusals.is_empty() && own.clone().all(|at| self.is_covered(at, &refusals))
    }

    /// Closes what would go out against a no that was said to something else: of another chain, for one.
    pub(super) fn close_refused(&mut self) {
        let refusals = self.refusals();
        for at in 0..self.tries.len() {
            if matches!(self.tries[at].phase, Phase::Due { .. }) && self.is_covered(at, &refusals) {
                self.tries[at].close(Closed::Refused, self.now);
            }
        }
    }

    /// What the customer said no to, and how far that reaches; nearly always nothing.
    pub(super) fn refusals(&self) -> Vec<(usize, Coverage)> {
        let said = self.tries.iter().enumerate().flat_map(|(at, tries)| {
            let covers =
                tries.attempts.iter().filter_map(|attempt| attempt.refused).map(|refused| refused.covers).max();
            covers.map(|covers| (at, covers))
        });
        said.collect()
    }

    pub(super) fn is_covered(&self, at: usize, refusals: &[(usize, Coverage)]) -> bool {
        let dispatch = self.dispatch(at);
        refusals.iter().any(|(said_to, covers)| match covers {
            Coverage::Everything => true,
            Coverage::Kind => self.dispatch(*said_to).kind == dispatch.kind,
            Coverage::Endpoint => self.dispatch(*said_to).endpoint == dispatch.endpoint,
        })
    }
}
