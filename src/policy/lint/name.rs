//! Names that nobody knows, with the one that was probably meant.

use std::fmt;

use crate::{
    kind::ChannelKind,
    policy::{FindingCode, When, finding::Place},
    profile::Choice,
    purpose::{Purpose, Urgency},
    similar::similar,
};

use super::{Lint, Subject};

impl Lint<'_> {
    /// A kind that no channel has.
    pub(super) fn kind(&mut self, subject: Subject, place: &Place, kind: ChannelKind) {
        if self.kinds.binary_search(&kind).is_ok() {
            return;
        }
        if ChannelKind::KNOWN.contains(&kind) {
            let message = format!("no channel is registered for kind `{kind}` in {subject}");
            return self.report(FindingCode::UnregisteredKind, place, message);
        }
        let known = self.kinds.iter().chain(ChannelKind::KNOWN).map(ChannelKind::as_str);
        let hint = did_you_mean(kind.as_str(), known);
        self.report_with(FindingCode::UnknownKind, place, format!("unknown kind `{kind}` in {subject}"), hint);
    }

    /// Kinds in a list: each known, and none twice.
    pub(super) fn kinds(&mut self, subject: Subject, place: &Place, kinds: &[ChannelKind]) {
        let mut seen = std::collections::BTreeSet::new();
        for (at, kind) in kinds.iter().enumerate() {
            let place = place.at(at);
            if seen.insert(kind) {
                self.kind(subject, &place, *kind);
            } else {
                let message = format!("kind `{kind}` stands twice in one list in {subject}");
                self.report(FindingCode::DuplicateKind, &place, message);
            }
        }
    }

    /// A name that the policy's own list does not hold; an empty list says nothing.
    pub(super) fn name<T: Ord + fmt::Display + AsText>(
        &mut self,
        code: FindingCode,
        what: &str,
        (subject, place): (Subject, &Place),
        name: T,
        declared: &[T],
    ) {
        if declared.is_empty() || declared.contains(&name) {
            return;
        }
        let hint = did_you_mean(name.text(), declared.iter().map(AsText::text));
        self.report_with(code, place, format!("unknown {what} `{name}` in {subject}"), hint);
    }

    pub(super) fn purpose(&mut self, subject: Option<Subject>, place: &Place, purpose: Purpose) {
        if let Purpose::Unrecognized(code) = purpose {
            let hint = did_you_mean(code.as_str(), Purpose::KNOWN.iter().map(Purpose::code));
            let message = format!("unknown purpose `{code}`{}", Within(subject));
            self.report_with(FindingCode::UnknownPurpose, place, message, hint);
        }
    }

    pub(super) fn urgency(&mut self, subject: Subject, place: &Place, urgency: Urgency) {
        if let Urgency::Unrecognized(code) = urgency {
            let hint = did_you_mean(code.as_str(), Urgency::KNOWN.iter().map(Urgency::code));
            let message = format!("unknown urgency `{code}` in {subject}");
            self.report_with(FindingCode::UnknownUrgency, place, message, hint);
        }
    }

    pub(super) fn choice(&mut self, subject: Subject, place: &Place, choice: Choice) {
        if let Choice::Unrecognized(code) = choice {
            let message = format!("unknown choice `{code}` in {subject}");
            let hint = "expected `on` or `off`".to_owned();
            self.report_with(FindingCode::UnknownChoice, place, message, Some(hint));
        }
    }

    /// Every name in a condition.
    pub(super) fn names(&mut self, subject: Subject, place: &Place, when: &When) {
        let policy = self.policy;
        let topics: Vec<_> = policy.topics.keys().copied().collect();
        let each = |key: &'static str, at: usize| place.key(key).at(at);
        for (at, topic) in when.topic.iter().flatten().enumerate() {
            self.name(FindingCode::UnknownTopic, "topic", (subject, &each("topic", at)), *topic, &topics);
        }
        for (at, purpose) in when.purpose.iter().flatten().enumerate() {
            self.purpose(Some(subject), &each("purpose", at), *purpose);
        }
        if let Some(urgency) = when.urgency {
            self.urgency(subject, &place.key("urgency"), urgency);
        }
        for (at, tag) in when.tag.iter().flatten().enumerate() {
            self.name(FindingCode::UnknownTag, "tag", (subject, &each("tag", at)), *tag, &policy.tags);
        }
        for (at, segment) in when.segment.iter().flatten().enumerate() {
            let place = (subject, &each("segment", at));
            self.name(FindingCode::UnknownSegment, "segment", place, *segment, &policy.segments);
        }
        for (at, stage) in when.stage.iter().flatten().enumerate() {
            self.name(FindingCode::UnknownStage, "stage", (subject, &each("stage", at)), *stage, &policy.stages);
        }
    }
}

/// A name that can be compared letter by letter.
pub(super) trait AsText {
    fn text(&self) -> &str;
}

impl<T: std::borrow::Borrow<str>> AsText for T {
    fn text(&self) -> &str {
        self.borrow()
    }
}

struct Within(Option<Subject>);

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |subject| write!(f, " in {subject}"))
    }
}

pub(super) fn did_you_mean<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    similar(typed, known).map(|name| format!("did you mean `{name}`?"))
}
