//! What the model checker and the simulation of waypost share: plans written down step by step, and chance from a seed.

mod chance;
mod draft;

pub use chance::Chance;
pub use draft::{Draft, StepDraft, at, step};
