//! The searches of one lint, which share their work.

use crate::{
    policy::{
        Field,
        reach::Reach,
        solve::{TooLarge, Work},
        space::Point,
    },
    purpose::Purpose,
};

/// The conditions of a policy and how much they may still be searched.
pub(super) struct Search<'r> {
    pub(super) reach: &'r Reach<'r>,
    work: Work,
}

impl<'r> Search<'r> {
    pub(super) fn new(reach: &'r Reach<'r>) -> Self {
        Self { reach, work: Work::new(Work::USUAL) }
    }

    pub(super) fn ask<T>(
        &mut self,
        question: impl FnOnce(&Reach<'r>, &mut Work) -> Result<T, TooLarge>,
    ) -> Result<T, TooLarge> {
        question(self.reach, &mut self.work)
    }

    /// Where no rule has a word on a field, for some purposes.
    pub(super) fn no_word(&mut self, field: Field, asked: impl Fn(Purpose) -> bool) -> Result<Option<Point>, TooLarge> {
        let purposes = self.reach.space.purpose(asked);
        self.reach.no_word(field, &purposes, &mut self.work)
    }
}
