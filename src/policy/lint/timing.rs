//! Fallbacks that cannot fit their deadline, and receipts that never come.

use crate::{
    channel::ChannelDescriptor,
    kind::ChannelKind,
    policy::{Demands, FindingCode, Group, Settings, SettleOn, finding::Place},
    time::Span,
};

use super::{Lint, Subject};

impl<'p> Lint<'p> {
    pub(super) fn timing(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        self.receipts(subject, place, settings);
        // A purpose always stands on the defaults; what stands beside a rule depends on the message.
        let defaults = &self.policy.defaults;
        let (whole, give_up_after) = match subject {
            Subject::Purpose(purpose) => {
                let whole = defaults.then(settings);
                let usual = Demands::of(purpose).give_up_after;
                let give_up_after = whole.give_up_after.unwrap_or(usual);
                (whole, Some(give_up_after))
            }
            _ => (settings.clone(), settings.give_up_after),
        };
        let Some(expires_after) = whole.expires_after else { return };
        let said = |field: bool, key| if field { place.key(key) } else { place.clone() };
        let deadline = said(settings.expires_after.is_some(), "expires_after");
        if settings.expires_after.is_some() || settings.only.is_some() || !settings.deny.is_empty() {
            self.latency(subject, &deadline, &whole, expires_after);
        }
        if let Some(give_up_after) = give_up_after
            && (settings.expires_after.is_some() || settings.give_up_after.is_some() || steps_of(settings).is_some())
        {
            self.fallback(subject, &said(settings.give_up_after.is_some(), "give_up_after"), &whole, give_up_after);
        }
        if let Some(spread) = whole.spread
            && spread >= expires_after
            && (settings.spread.is_some() || settings.expires_after.is_some())
        {
            let message = format!("{subject} spreads over {spread} what expires after {expires_after}");
            self.report(FindingCode::LateSpread, &said(settings.spread.is_some(), "spread"), message);
        }
    }

    fn latency(&mut self, subject: Subject, place: &Place, whole: &Settings, expires_after: Span) {
        let usable: Vec<_> = self.usable(whole).collect();
        if let Some(fastest) = usable.iter().map(|channel| channel.latency).min()
            && fastest >= expires_after
        {
            let message = format!(
                "{subject} lets a message expire after {expires_after}, and the fastest channel takes {fastest}"
            );
            self.report(FindingCode::TooSlow, place, message);
        }
    }

    fn fallback(&mut self, subject: Subject, place: &Place, whole: &Settings, give_up_after: Span) {
        let (Some(steps), Some(expires_after)) = (steps_of(whole), whole.expires_after) else { return };
        let of_kind = |kind: &ChannelKind| whole.by_kind.get(kind).and_then(|said| said.give_up_after);
        // The first registered kind of a step stands for it; which one leads is known of a customer only.
        let waits: Vec<_> = steps
            .iter()
            .filter_map(|step| step.iter().find(|kind| self.kinds.contains(kind)))
            .map(|kind| of_kind(kind).unwrap_or(give_up_after))
            .collect();
        let Some((_, before)) = waits.split_last().filter(|(_, before)| !before.is_empty()) else { return };
        let last = before.iter().fold(0u64, |sum, wait| sum.saturating_add(wait.as_secs()));
        if last >= expires_after.as_secs() {
            let each = if waits.iter().all(|wait| *wait == give_up_after) {
                format!(" of {give_up_after} each")
            } else {
                String::new()
            };
            let steps = waits.len();
            let message = format!("{subject} names {steps} steps{each}, and a message expires after {expires_after}");
            let hint = format!("the last step would begin {last} s after the first");
            self.report_with(FindingCode::LateFallback, place, message, Some(hint));
        }
    }

    fn receipts(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        let own = |kind: &ChannelKind| settings.by_kind.get(kind).is_some_and(|said| said.settle_on.is_some());
        let usable: Vec<_> = self.usable(settings).collect();
        let of_all: Vec<_> = usable.iter().copied().filter(|channel| !own(&channel.kind)).collect();
        self.reports(subject, &place.key("settle_on"), settings.settle_on, &of_all);
        for (kind, said) in &settings.by_kind {
            let of_kind: Vec<_> = usable.iter().copied().filter(|channel| channel.kind == *kind).collect();
            let place = place.key("by_kind").name(kind).key("settle_on");
            self.reports(subject, &place, said.settle_on, &of_kind);
        }
    }

    /// That one of these channels can report what is settled on.
    fn reports(&mut self, subject: Subject, place: &Place, on: Option<SettleOn>, channels: &[&ChannelDescriptor]) {
        let Some(SettleOn::Receipt(receipt)) = on else { return };
        // What comes later on the ladder says what comes before it too.
        let can = channels.iter().any(|channel| channel.receipts.iter().any(|given| *given >= receipt));
        if !can && !channels.is_empty() {
            let message = format!("{subject} settles on `{receipt}`, which no channel that may be used can report");
            self.report(FindingCode::NeverSettles, place, message);
        }
    }

    /// The channels that these settings leave.
    fn usable<'s>(&'s self, settings: &'s Settings) -> impl Iterator<Item = &'p ChannelDescriptor> + 's {
        self.channels.iter().copied().filter(|channel| {
            settings.only.as_ref().is_none_or(|only| only.contains(&channel.kind))
                && !settings.deny.contains(&channel.kind)
        })
    }
}

/// The steps that are named one by one, each with its kinds: the members of a group, or else the order.
fn steps_of(settings: &Settings) -> Option<Vec<Vec<ChannelKind>>> {
    match (&settings.group, &settings.order) {
        (Some(Group::OneOf(members)), _) => Some(members.iter().map(Group::kinds).collect()),
        (Some(_), _) => None,
        (None, Some(order)) => Some(order.iter().map(|kind| vec![*kind]).collect()),
        (None, None) => None,
    }
}
