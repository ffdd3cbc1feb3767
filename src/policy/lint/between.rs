//! Inhibitions and digests: what a policy says of several messages at once.

use std::collections::BTreeMap;

use crate::{
    id::RuleId,
    policy::{Common, DigestRule, FindingCode, When, finding::Place, goes_by_itself, solve::TooLarge},
};

use super::{Lint, Subject, search::Search};

impl Lint<'_> {
    /// What can be said of each by itself.
    pub(super) fn between(&mut self) {
        let policy = self.policy;
        self.named_once("inhibit", policy.inhibit.iter().map(|inhibition| inhibition.name));
        self.named_once("digest", policy.digest.iter().map(|digest| digest.name));
        for (at, inhibition) in policy.inhibit.iter().enumerate() {
            let (subject, place) = (Subject::Inhibition(inhibition.name), Place::of("inhibit").at(at));
            self.picks(subject, &place.key("source"), &inhibition.source);
            self.picks(subject, &place.key("target"), &inhibition.target);
            self.asks_no_urgency(subject, &place.key("target"), &inhibition.target);
            self.common(subject, &place.key("equal"), &inhibition.equal);
        }
        for (at, digest) in policy.digest.iter().enumerate() {
            let (subject, place) = (Subject::Digest(digest.name), Place::of("digest").at(at));
            self.picks(subject, &place.key("when"), &digest.when);
            self.asks_no_urgency(subject, &place.key("when"), &digest.when);
            self.common(subject, &place.key("by"), &digest.by);
            self.window(subject, &place, digest);
            if let Some(urgency) = digest.flush_at {
                self.urgency(subject, &place.key("flush_at"), urgency);
            }
        }
    }

    fn named_once(&mut self, list: &'static str, names: impl Iterator<Item = RuleId>) {
        let mut first = BTreeMap::new();
        for (at, name) in names.enumerate() {
            let before = *first.entry(name).or_insert(at);
            if before != at {
                let message = format!("`{name}` is the name of {list}[{before}] too");
                self.report(FindingCode::DuplicateRule, &Place::of(list).at(at).key("name"), message);
            }
        }
    }

    fn asks_no_urgency(&mut self, subject: Subject, place: &Place, when: &When) {
        if when.depth() <= super::condition::DEEPEST && when.asks_urgency() {
            let message = format!("{subject} holds back by urgency: raising it could take a message away");
            self.report(FindingCode::UrgencyRestricts, place, message);
        }
    }

    fn common(&mut self, subject: Subject, place: &Place, common: &[Common]) {
        for (at, one) in common.iter().enumerate().filter(|(at, one)| common[..*at].contains(one)) {
            let message = format!("`{one}` stands twice in one list in {subject}");
            self.report(FindingCode::DuplicateCommon, &place.at(at), message);
        }
    }

    fn window(&mut self, subject: Subject, place: &Place, digest: &DigestRule) {
        let (key, wrong) = match (digest.window, digest.sliding, digest.at_most) {
            (Some(window), None, None) if window.is_zero() => ("window", "has a window of no length".to_owned()),
            (None, Some(sliding), Some(_)) if sliding.is_zero() => ("sliding", "has a window of no length".to_owned()),
            (None, Some(sliding), Some(at_most)) if at_most < sliding => {
                ("at_most", format!("slides by {sliding} and lasts at most {at_most}"))
            }
            (Some(_), None, None) | (None, Some(_), Some(_)) => return self.size(subject, place, digest),
            (Some(_), _, _) => ("window", "has a fixed window and a sliding one".to_owned()),
            (None, Some(_), None) => ("sliding", "slides without an end".to_owned()),
            (None, None, Some(_)) => ("at_most", "has an end and no window".to_owned()),
            (None, None, None) => ("name", "has no window".to_owned()),
        };
        let hint = "say `window`, or `sliding` with `at_most`".to_owned();
        self.report_with(FindingCode::DigestWindow, &place.key(key), format!("{subject} {wrong}"), Some(hint));
        self.size(subject, place, digest);
    }

    fn size(&mut self, subject: Subject, place: &Place, digest: &DigestRule) {
        if let Some(size) = digest.size.filter(|size| *size < 2) {
            let message = format!("{subject} is full with {size}, which collects nothing");
            self.report(FindingCode::DigestSize, &place.key("size"), message);
        }
    }

    /// What can never mute, be muted or be collected.
    pub(super) fn between_all(&mut self, search: &mut Search<'_>) -> Result<(), TooLarge> {
        let policy = self.policy;
        let space = &search.reach.space;
        let held_back = space.purpose(|purpose| !goes_by_itself(purpose));
        for (at, inhibition) in policy.inhibit.iter().enumerate() {
            let (subject, place) = (Subject::Inhibition(inhibition.name), Place::of("inhibit").at(at));
            if !self.is_plain(&place) {
                continue;
            }
            let (source, target) = (space.holds(&inhibition.source), space.holds(&inhibition.target));
            if search.ask(|reach, work| reach.space.find(&[&source], work))?.is_none() {
                let message = format!("no message and customer meet the source of {subject}");
                self.report(FindingCode::NeverMatches, &place.key("source"), message);
            } else if search.ask(|reach, work| reach.space.find(&[&target, &held_back], work))?.is_none() {
                let message = format!("no message that may be muted meets the target of {subject}");
                self.report(FindingCode::NeverMatches, &place.key("target"), message);
            } else {
                let (no_source, no_target) = (space.fails(&inhibition.source), space.fails(&inhibition.target));
                let one_sided = search.ask(|reach, work| {
                    let target_only = reach.space.find(&[&target, &held_back, &no_source], work)?;
                    Ok(target_only.or(reach.space.find(&[&source, &no_target], work)?))
                })?;
                if one_sided.is_none() {
                    let message = format!("{subject} mutes nothing: its sources are its targets");
                    self.report(FindingCode::IdleInhibition, &place, message);
                }
            }
        }
        for (at, digest) in policy.digest.iter().enumerate() {
            let (subject, place) = (Subject::Digest(digest.name), Place::of("digest").at(at));
            let when = space.holds(&digest.when);
            if self.is_plain(&place)
                && search.ask(|reach, work| reach.space.find(&[&when, &held_back], work))?.is_none()
            {
                let message = format!("no message that may be collected meets the condition of {subject}");
                self.report(FindingCode::NeverMatches, &place.key("when"), message);
            }
        }
        Ok(())
    }

    /// Whether the conditions below a place mean what they say.
    fn is_plain(&self, place: &Place) -> bool {
        let below = |found: &Place| found.parts().starts_with(place.parts());
        !self.found.iter().any(|(found, finding)| finding.code == FindingCode::EmptyCondition && below(found))
    }
}
