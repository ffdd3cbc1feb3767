//! Terms of steps that do nothing: waits that never run out, tries that are none.

use crate::{
    policy::{FindingCode, KindSettings, Retry, Settings, finding::Place},
    time::Span,
};

use super::{Lint, Subject};

impl Lint<'_> {
    /// What is said of all steps, and of those of each kind.
    pub(super) fn steps(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        self.tries(subject, place, settings.retry);
        self.acceptance(subject, place, settings.accept_within, settings.give_up_after);
        for (kind, said) in &settings.by_kind {
            let place = place.key("by_kind").name(kind);
            self.kind(subject, &place, *kind);
            if *said == KindSettings::default() {
                let message = format!("`by_kind` says nothing of `{kind}` in {subject}");
                self.report(FindingCode::EmptyByKind, &place, message);
            }
            self.tries(subject, &place, said.retry);
            // Where one of the two is said of the kind, it stands against what is said of all.
            if said.accept_within.is_some() || said.give_up_after.is_some() {
                let accept_within = said.accept_within.or(settings.accept_within);
                let give_up_after = said.give_up_after.or(settings.give_up_after);
                self.acceptance(subject, &place, accept_within, give_up_after);
            }
        }
    }

    fn tries(&mut self, subject: Subject, place: &Place, retry: Option<Retry>) {
        let Some(retry) = retry else { return };
        let place = place.key("retry");
        if retry.attempts == 0 {
            let message = format!("`retry` has no attempts in {subject}, which is taken as one");
            let hint = "say 1 to try once, `deny` to send nothing".to_owned();
            self.report_with(FindingCode::IdleRetry, &place.key("attempts"), message, Some(hint));
        }
        if retry.backoff > retry.at_most {
            let (first, longest) = (retry.backoff, retry.at_most);
            let message = format!("the first wait of {first} is longer than the longest of {longest} in {subject}");
            self.report(FindingCode::IdleRetry, &place.key("backoff"), message);
        }
    }

    fn acceptance(
        &mut self,
        subject: Subject,
        place: &Place,
        accept_within: Option<Span>,
        give_up_after: Option<Span>,
    ) {
        let (Some(accept), Some(give_up)) = (accept_within, give_up_after) else { return };
        if accept >= give_up {
            let message =
                format!("a provider may take {accept} to accept in {subject}, and the step is over after {give_up}");
            let hint = "no send is repeated before the next step begins: make it shorter".to_owned();
            self.report_with(FindingCode::IdleAcceptWithin, &place.key("accept_within"), message, Some(hint));
        }
    }
}
