//! Questions: a condition as a tree that a message and a customer answer.

use crate::{
    country::Country,
    id::{AttributeId, Segment, Stage, Tag, TenantId, TopicId},
    locale::Locale,
    message::Message,
    policy::{Compare, When},
    profile::CustomerProfile,
    purpose::{Purpose, Urgency},
};

/// What a condition asks of a message, or of what is kept of one.
pub(crate) trait Told {
    fn topic(&self) -> TopicId;
    fn purpose(&self) -> Purpose;
    fn urgency(&self) -> Urgency;
    fn tags(&self) -> &[Tag];
}

impl Told for Message {
    fn topic(&self) -> TopicId {
        self.topic()
    }

    fn purpose(&self) -> Purpose {
        self.purpose()
    }

    fn urgency(&self) -> Urgency {
        self.urgency()
    }

    fn tags(&self) -> &[Tag] {
        self.tags()
    }
}

/// A [`When`] as a tree of single questions.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Topic(Vec<TopicId>),
    Purpose(Vec<Purpose>),
    Urgency(u8),
    Tag(Vec<Tag>),
    Segment(Vec<Segment>),
    Stage(Vec<Stage>),
    Locale(Vec<Locale>),
    Country(Vec<Country>),
    Tenant(Vec<TenantId>),
    Attribute(AttributeId, Compare),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    pub(crate) fn of(when: &When) -> Self {
        let mut all = Vec::new();
        let mut ask = |question: Option<Self>| all.extend(question);
        ask(when.topic.clone().map(Self::Topic));
        ask(when.purpose.clone().map(Self::Purpose));
        ask(when.urgency.map(|urgency| Self::Urgency(urgency.level())));
        ask(when.tag.clone().map(Self::Tag));
        ask(when.segment.clone().map(Self::Segment));
        ask(when.stage.clone().map(Self::Stage));
        ask(when.locale.clone().map(Self::Locale));
        ask(when.country.clone().map(Self::Country));
        ask(when.tenant.clone().map(Self::Tenant));
        all.extend(when.attribute.iter().map(|(id, compare)| Self::Attribute(*id, compare.clone())));
        if let Some(every) = &when.all {
            all.extend(every.iter().map(Self::of));
        }
        if let Some(any) = &when.any {
            all.push(Self::Any(any.iter().map(Self::of).collect()));
        }
        if let Some(not) = &when.not {
            all.push(Self::Not(Box::new(Self::of(not))));
        }
        if all.len() == 1 { all.remove(0) } else { Self::All(all) }
    }

    pub(crate) fn holds(&self, message: &impl Told, profile: &CustomerProfile) -> bool {
        match self {
            Self::Topic(topics) => topics.contains(&message.topic()),
            Self::Purpose(purposes) => purposes.contains(&message.purpose()),
            Self::Urgency(level) => message.urgency().level() >= *level,
            Self::Tag(tags) => tags.iter().any(|tag| message.tags().contains(tag)),
            Self::Segment(segments) => segments.iter().any(|segment| profile.segments().contains(segment)),
            Self::Stage(stages) => profile.stage().is_some_and(|stage| stages.contains(&stage)),
            Self::Locale(locales) => profile
                .locales()
                .first()
                .is_some_and(|first| locales.iter().any(|locale| first.distance_to(locale).is_some())),
            Self::Country(countries) => profile.country().is_some_and(|country| countries.contains(&country)),
            Self::Tenant(tenants) => profile.tenant().is_some_and(|tenant| tenants.contains(&tenant)),
            Self::Attribute(id, compare) => profile.attributes().get(id).is_some_and(|value| compare.holds(value)),
            Self::All(parts) => parts.iter().all(|part| part.holds(message, profile)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(message, profile)),
            Self::Not(part) => !part.holds(message, profile),
        }
    }
}
