//! Groups that are none, or that name a kind twice.

use std::collections::BTreeSet;

use crate::policy::{FindingCode, Group, finding::Place};

use super::{Lint, Subject};

/// Deeper groups are read by nobody, and every reader of them is called once per level.
const DEEPEST: usize = 8;

impl Lint<'_> {
    pub(super) fn group(&mut self, subject: Subject, place: &Place, group: &Group) {
        if group.depth() > DEEPEST {
            let message = format!("groups are nested deeper than {DEEPEST} in {subject}");
            return self.report(FindingCode::NestedTooDeep, place, message);
        }
        if let Group::Kind(kind) = group {
            self.alone(subject, place, &format!("kind `{kind}`"));
        }
        self.member(subject, place, group, &mut BTreeSet::new());
    }

    fn member(
        &mut self,
        subject: Subject,
        place: &Place,
        group: &Group,
        seen: &mut BTreeSet<crate::kind::ChannelKind>,
    ) {
        let (key, members) = match group {
            Group::Kind(kind) if seen.insert(*kind) => return self.kind(subject, place, *kind),
            Group::Kind(kind) => {
                let message = format!("kind `{kind}` stands twice in one group in {subject}");
                return self.report(FindingCode::DuplicateKind, place, message);
            }
            Group::OneOf(members) => ("one_of", members),
            Group::AllOf(members) => ("all_of", members),
        };
        let place = place.key(key);
        match members.len() {
            0 => self.report(FindingCode::EmptyGroup, &place, format!("a group has no members in {subject}")),
            1 => self.alone(subject, &place, &format!("one member of `{key}`")),
            _ => {}
        }
        for (at, member) in members.iter().enumerate() {
            self.member(subject, &place.at(at), member, seen);
        }
    }

    fn alone(&mut self, subject: Subject, place: &Place, what: &str) {
        let message = format!("{what} makes no group in {subject}");
        let hint = "say `order` to put a kind first, `only` to leave the others out".to_owned();
        self.report_with(FindingCode::GroupOfOne, place, message, Some(hint));
    }
}
