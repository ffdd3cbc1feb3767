//! Purposes and topics that no registered kind can ever carry.

use crate::{
    id::TopicId,
    kind::ChannelKind,
    policy::{FindingCode, finding::Place, solve::TooLarge},
    purpose::Purpose,
};

use super::{Lint, search::Search};

impl Lint<'_> {
    pub(super) fn reach(&mut self, search: &mut Search<'_>) -> Result<(), TooLarge> {
        let kinds = self.kinds.clone();
        if kinds.is_empty() {
            return Ok(());
        }
        let mut served = Vec::new();
        for purpose in Purpose::KNOWN {
            if carries(search, &kinds, &[*purpose], None)? {
                served.push(*purpose);
            }
        }
        if served.is_empty() {
            let message = "the policy leaves no registered kind for anything";
            self.report(FindingCode::UnservedPurpose, &Place::of("defaults"), message);
            return Ok(());
        }
        for purpose in Purpose::KNOWN.iter().filter(|purpose| !served.contains(purpose)) {
            let message = format!("the policy leaves no registered kind for purpose `{purpose}`");
            self.report(FindingCode::UnservedPurpose, &Place::of("purposes").name(purpose), message);
        }
        for (topic, said) in &self.policy.topics {
            let place = Place::of("topics").name(topic);
            let concerned = |purpose: &&Purpose| said.purposes.is_empty() || said.purposes.contains(*purpose);
            let purposes: Vec<_> = served.iter().filter(concerned).copied().collect();
            if purposes.is_empty() {
                // Said of the purposes already.
                continue;
            }
            if !carries(search, &kinds, &purposes, Some(*topic))? {
                let message = format!("the policy leaves no registered kind for topic `{topic}`");
                self.report(FindingCode::UnservedTopic, &place, message);
            } else if said.required && !said.mandatory.is_empty() {
                let mandatory: Vec<_> = kinds.iter().filter(|kind| said.mandatory.contains(kind)).copied().collect();
                if !carries(search, &mandatory, &purposes, Some(*topic))? {
                    let message = format!("topic `{topic}` is required, but none of its mandatory kinds can carry it");
                    self.report(FindingCode::UnservedTopic, &place.key("mandatory"), message);
                }
            }
        }
        Ok(())
    }
}

/// Whether one of the kinds can carry one of the purposes, about the topic if there is one.
fn carries(
    search: &mut Search<'_>,
    kinds: &[ChannelKind],
    purposes: &[Purpose],
    topic: Option<TopicId>,
) -> Result<bool, TooLarge> {
    let topic = topic.map(|topic| search.reach.space.topic(topic));
    let and: Vec<_> = topic.iter().collect();
    for purpose in purposes {
        for kind in kinds {
            if search.ask(|reach, work| reach.permits(*kind, *purpose, &and, work))?.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
