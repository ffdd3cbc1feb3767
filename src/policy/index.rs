//! Which rules can match at all: every rule hangs on the rarest thing it asks for, and only the hooks that a
//! message and its customer have are looked at.

use crate::{
    country::Country,
    id::{Segment, Stage, Tag, TenantId, TopicId},
    message::Message,
    policy::{CompiledRule, Condition},
    profile::CustomerProfile,
    purpose::Purpose,
};

/// Rule numbers by the one thing that the rule cannot match without.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleIndex {
    topics: Hooks<TopicId>,
    tags: Hooks<Tag>,
    segments: Hooks<Segment>,
    tenants: Hooks<TenantId>,
    stages: Hooks<Stage>,
    countries: Hooks<Country>,
    purposes: Hooks<Purpose>,
    /// Rules that ask for nothing by which they could be found.
    always: Vec<u16>,
}

impl RuleIndex {
    pub(crate) fn of(rules: &[CompiledRule]) -> Self {
        let mut index = Self::default();
        for (rule, number) in rules.iter().zip(0u16..) {
            index.hang(&rule.when, number);
        }
        index.sort();
        index
    }

    /// Hangs a rule on the question with the most possible answers, which are listed rarest first.
    fn hang(&mut self, when: &Condition, number: u16) {
        let alone = std::slice::from_ref(when);
        let questions = if let Condition::All(parts) = when { parts.as_slice() } else { alone };
        let asked = |rank: u8| questions.iter().find(|question| rarity(question) == Some(rank));
        match (0..7).find_map(asked) {
            Some(Condition::Topic(values)) => self.topics.hang(values, number),
            Some(Condition::Tag(values)) => self.tags.hang(values, number),
            Some(Condition::Segment(values)) => self.segments.hang(values, number),
            Some(Condition::Tenant(values)) => self.tenants.hang(values, number),
            Some(Condition::Stage(values)) => self.stages.hang(values, number),
            Some(Condition::Country(values)) => self.countries.hang(values, number),
            Some(Condition::Purpose(values)) => self.purposes.hang(values, number),
            _ => self.always.push(number),
        }
    }

    fn sort(&mut self) {
        self.topics.sort();
        self.tags.sort();
        self.segments.sort();
        self.tenants.sort();
        self.stages.sort();
        self.countries.sort();
        self.purposes.sort();
    }

    /// Hands over every rule that could match, in no order; a rule found by two hooks is handed over twice.
    pub(crate) fn candidates(&self, message: &Message, profile: &CustomerProfile, mut take: impl FnMut(u16)) {
        self.topics.find(Some(&message.topic()), &mut take);
        self.purposes.find(Some(&message.purpose()), &mut take);
        self.tags.find(message.tags(), &mut take);
        self.segments.find(profile.segments(), &mut take);
        self.tenants.find(profile.tenant().as_ref(), &mut take);
        self.stages.find(profile.stage().as_ref(), &mut take);
        self.countries.find(profile.country().as_ref(), &mut take);
        self.always.iter().copied().for_each(take);
    }
}

fn rarity(question: &Condition) -> Option<u8> {
    Some(match question {
        Condition::Topic(_) => 0,
        Condition::Tag(_) => 1,
        Condition::Segment(_) => 2,
        Condition::Tenant(_) => 3,
        Condition::Stage(_) => 4,
        Condition::Country(_) => 5,
        Condition::Purpose(_) => 6,
        _ => return None,
    })
}

/// Rule numbers by one value that the rule asks for, sorted by value.
#[derive(Clone, Debug)]
struct Hooks<K>(Vec<(K, u16)>);

impl<K> Default for Hooks<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord> Hooks<K> {
    fn hang(&mut self, values: &[K], number: u16) {
        self.0.extend(values.iter().map(|value| (*value, number)));
    }

    fn sort(&mut self) {
        self.0.sort_unstable();
    }

    fn find<'a>(&self, values: impl IntoIterator<Item = &'a K>, take: &mut impl FnMut(u16))
    where
        K: 'a,
    {
        if self.0.is_empty() {
            return;
        }
        for value in values {
            let first = self.0.partition_point(|(known, _)| known < value);
            self.0[first..].iter().take_while(|(known, _)| known == value).for_each(|(_, number)| take(*number));
        }
    }
}
