//! Caps that are none, that contradict each other, or that never fill up.

use crate::{
    policy::{Cap, CapScope, CapZone, FindingCode, Settings, finding::Place},
    time::{Period, Span},
};

use super::{Lint, Subject};

impl Lint<'_> {
    pub(super) fn caps(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        let place = place.key("caps");
        for (at, cap) in settings.caps.iter().enumerate() {
            self.cap(subject, &place.at(at), cap);
            // Caps add up, so these always stand beside it: those of the same settings and the defaults.
            let defaults = if matches!(subject, Subject::Defaults) { &[][..] } else { &self.policy.defaults.caps };
            let beside = settings.caps.iter().enumerate().filter(|(other, _)| *other != at);
            let beside = beside.map(|(other, cap)| (other < at, cap)).chain(defaults.iter().map(|cap| (true, cap)));
            let fuller = beside.filter(|(first, other)| fills_first(other, cap, *first)).map(|(_, other)| other.name);
            if let Some(other) = fuller.min() {
                let message =
                    format!("cap `{}` in {subject} never fills up: cap `{other}` always does before", cap.name);
                self.report(FindingCode::IdleCap, &place.at(at), message);
            }
        }
    }

    fn cap(&mut self, subject: Subject, place: &Place, cap: &Cap) {
        let named = format!("cap `{}` in {subject}", cap.name);
        if cap.limit == 0 {
            let hint = "say `deny` to forbid, leave the cap out for no limit".to_owned();
            self.report_with(
                FindingCode::ZeroCap,
                &place.key("limit"),
                format!("{named} has a limit of zero"),
                Some(hint),
            );
        }
        if let Period::RollingDays(days) = cap.per
            && days > Period::MOST_DAYS
        {
            let message = format!("{named} rolls over {days} days, at most {} can be", Period::MOST_DAYS);
            let hint = "say `lifetime`, or a span such as `800d`".to_owned();
            self.report_with(FindingCode::CapTooLong, &place.key("per"), message, Some(hint));
        }
        if let Some(own) = cap.per.own_limit()
            && cap.limit != own.get()
            && cap.limit > 0
        {
            let message = format!("{named} has a limit of {} beside that of its period, which is {own}", cap.limit);
            let hint = "leave `limit` out".to_owned();
            self.report_with(FindingCode::CapWithTwoLimits, &place.key("limit"), message, Some(hint));
        }
        if cap.zone != CapZone::Recipient && !cap.per.is_calendar() {
            let message = format!("{named} names a zone, but its period reads no calendar");
            let hint = "leave `zone` out, or say a calendar period".to_owned();
            self.report_with(FindingCode::CapZoneUnused, &place.key("zone"), message, Some(hint));
        }
        if cap.scope.is_empty() {
            let hint = "say `person` to count every send".to_owned();
            self.report_with(
                FindingCode::CapWithoutScope,
                &place.key("scope"),
                format!("{named} counts by nothing"),
                Some(hint),
            );
        }
    }

    /// Caps of one name: the trace and a ledger know them by it, so they must be one cap.
    pub(super) fn cap_names(&mut self) {
        let mut known = std::collections::BTreeMap::new();
        for (subject, place, settings) in self.settings() {
            for (at, cap) in settings.caps.iter().enumerate() {
                let (first, first_subject) = *known.entry(cap.name).or_insert((cap, subject));
                if first != cap {
                    let message = format!("cap `{}` in {subject} differs from that in {first_subject}", cap.name);
                    self.report(FindingCode::ContradictoryCaps, &place.key("caps").at(at), message);
                }
            }
        }
    }
}

/// Whether whatever fills `cap` has filled `other` before; of two that fill together, the one that stands `first`.
///
/// So it is where the other counts at least the same sends, over at least the same time, up to at most the same limit.
fn fills_first(other: &Cap, cap: &Cap, first: bool) -> bool {
    let narrows = |scope: &&CapScope| **scope != CapScope::Person;
    let counts = other.scope.iter().filter(narrows).all(|scope| cap.scope.contains(scope));
    let same = other.limit == cap.limit
        && reaches(cap, other)
        && cap.scope.iter().filter(narrows).all(|scope| other.scope.contains(scope));
    let sound = |cap: &Cap| cap.limit > 0 && !cap.scope.is_empty();
    counts
        && other.name != cap.name
        && reaches(other, cap)
        && other.limit <= cap.limit
        && (first || !same)
        && sound(other)
        && sound(cap)
}

/// Whether a cap looks back at least as far as another at every instant.
fn reaches(cap: &Cap, other: &Cap) -> bool {
    let slides = |period: Period| -> Option<Span> {
        match period {
            Period::Sliding(span) | Period::MinGap(span) => Some(span.as_span()),
            _ => None,
        }
    };
    match (cap.per, other.per) {
        (Period::Gcra(pace), Period::Gcra(other)) => pace.every() >= other.every(),
        (_, Period::Gcra(_)) | (Period::Gcra(_), _) => false,
        (Period::Lifetime, _) => true,
        (Period::RollingDays(days), Period::RollingDays(others)) => days >= others && cap.zone == other.zone,
        (Period::RollingDays(_), Period::CalendarDay) => cap.zone == other.zone,
        (per, others) => match (slides(per), slides(others)) {
            (Some(span), Some(others)) => span >= others,
            // A fixed stretch is never longer than what slides over it.
            (Some(span), None) => matches!(others, Period::Fixed(fixed) if span >= fixed.as_span()),
            _ => per == others && cap.zone == other.zone,
        },
    }
}
