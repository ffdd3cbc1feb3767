//! The finite space of conditions: for each thing that a condition may ask, the answers that a policy can tell apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    country::Country,
    id::{AttributeId, Segment, Stage, Tag, TenantId, TopicId},
    locale::Locale,
    message::MessageBuilder,
    policy::{
        Policy, When,
        solve::{Formula, TooLarge, Values, Work, solve},
    },
    profile::{AttributeValue, ProfileBuilder},
    purpose::{Purpose, Urgency},
};

/// The space of everything that a policy's conditions can tell apart.
///
/// | variable | values |
/// | --- | --- |
/// | topic | those that the policy names, another one |
/// | purpose | the known ones, those that the policy names, another one |
/// | urgency | the four |
/// | stage, country, tenant, locale | none, those that the policy names, another one |
/// | one for each tag and segment named | has it not, has it |
/// | one for each attribute named | none, each value named, one in each gap between them, one of a type never named |
///
/// A locale is told apart by the nearest named tag on its way to its bare language, so the named ones stand for all
/// that are more special. The table is therefore exact: two messages and customers with the same values are the same
/// to every condition of the policy.
pub(crate) struct Space {
    topics: Vec<TopicId>,
    purposes: Vec<Purpose>,
    stages: Vec<Option<Stage>>,
    countries: Vec<Option<Country>>,
    tenants: Vec<Option<TenantId>>,
    locales: Vec<Option<Locale>>,
    tags: Vec<Tag>,
    segments: Vec<Segment>,
    attributes: Vec<(AttributeId, Vec<Option<AttributeValue>>)>,
    /// How many values each variable has.
    sizes: Vec<usize>,
}

/// The usual one first: it is the one that an example shows where any would do.
const URGENCIES: [Urgency; 4] = [Urgency::Normal, Urgency::Low, Urgency::High, Urgency::Critical];

const TOPIC: usize = 0;
const PURPOSE: usize = 1;
const URGENCY: usize = 2;
const STAGE: usize = 3;
const COUNTRY: usize = 4;
const TENANT: usize = 5;
const LOCALE: usize = 6;
/// The first variable that not every policy has.
const TAGS: usize = 7;

/// One point of the space: for every variable the number of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point(Vec<usize>);

impl Space {
    pub(crate) fn of(policy: &Policy) -> Self {
        let mut named = Named::default();
        named.topics.extend(policy.topics.keys());
        named.purposes.extend(policy.purposes.keys());
        policy.rules.iter().for_each(|rule| named.read(&rule.when));
        let mut purposes = Purpose::KNOWN.to_vec();
        purposes.extend(named.purposes.iter().filter(|purpose| matches!(purpose, Purpose::Unrecognized(_))));
        purposes.extend(other(&purposes, |number| slug(number).map(Purpose::Unrecognized)));
        let mut topics: Vec<_> = named.topics.into_iter().collect();
        topics.extend(other(&topics, slug));
        let mut space = Self {
            topics,
            purposes,
            stages: or_none(named.stages, slug),
            countries: or_none(named.countries, country),
            tenants: or_none(named.tenants, slug),
            locales: or_none(named.locales, language),
            tags: named.tags.into_iter().collect(),
            segments: named.segments.into_iter().collect(),
            attributes: attributes(named.attributes),
            sizes: Vec::new(),
        };
        let sizes = [
            space.topics.len(),
            space.purposes.len(),
            URGENCIES.len(),
            space.stages.len(),
            space.countries.len(),
            space.tenants.len(),
            space.locales.len(),
        ];
        let truths = std::iter::repeat_n(2, space.tags.len() + space.segments.len());
        let values = space.attributes.iter().map(|(_, values)| values.len());
        space.sizes = sizes.into_iter().chain(truths).chain(values).collect();
        space
    }

    /// A point at which all formulas hold, or `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] where the work ran out first.
    pub(crate) fn find(&self, formulas: &[&Formula], work: &mut Work) -> Result<Option<Point>, TooLarge> {
        let all: Vec<_> = self.sizes.iter().map(|size| Values::of(*size, |_| true)).collect();
        let left = solve(all, formulas, work)?;
        // INVARIANT: a solution leaves every variable a value.
        Ok(left.map(|left| Point(left.iter().map(|values| values.first().unwrap_or_default()).collect())))
    }

    /// That a condition holds.
    pub(crate) fn holds(&self, when: &When) -> Formula {
        self.formula(when, true)
    }

    /// That a condition does not hold.
    pub(crate) fn fails(&self, when: &When) -> Formula {
        self.formula(when, false)
    }

    /// That the message's purpose is one of these.
    pub(crate) fn purpose(&self, holds: impl Fn(Purpose) -> bool) -> Formula {
        Formula::Among(PURPOSE, Values::of(self.purposes.len(), |at| holds(self.purposes[at])))
    }

    /// That the message is about this.
    pub(crate) fn topic(&self, topic: TopicId) -> Formula {
        Formula::Among(TOPIC, Values::of(self.topics.len(), |at| self.topics[at] == topic))
    }

    fn formula(&self, when: &When, wanted: bool) -> Formula {
        let mut parts = Vec::new();
        let mut ask = |variable: usize, holds: &dyn Fn(usize) -> bool| {
            parts.push(Formula::Among(variable, Values::of(self.sizes[variable], |value| holds(value) == wanted)));
        };
        if let Some(topics) = &when.topic {
            ask(TOPIC, &|at| topics.contains(&self.topics[at]));
        }
        if let Some(purposes) = &when.purpose {
            ask(PURPOSE, &|at| purposes.contains(&self.purposes[at]));
        }
        if let Some(urgency) = when.urgency {
            ask(URGENCY, &|at| URGENCIES[at].level() >= urgency.level());
        }
        if let Some(stages) = &when.stage {
            ask(STAGE, &|at| self.stages[at].is_some_and(|stage| stages.contains(&stage)));
        }
        if let Some(countries) = &when.country {
            ask(COUNTRY, &|at| self.countries[at].is_some_and(|country| countries.contains(&country)));
        }
        if let Some(tenants) = &when.tenant {
            ask(TENANT, &|at| self.tenants[at].is_some_and(|tenant| tenants.contains(&tenant)));
        }
        if let Some(locales) = &when.locale {
            let among = |first: Locale| locales.iter().any(|locale| first.distance_to(locale).is_some());
            ask(LOCALE, &|at| self.locales[at].is_some_and(among));
        }
        for (id, compare) in &when.attribute {
            if let Ok(at) = self.attributes.binary_search_by_key(id, |(known, _)| *known) {
                let values = &self.attributes[at].1;
                let holds = |at: usize| values[at].as_ref().is_some_and(|value| compare.holds(value));
                ask(TAGS + self.tags.len() + self.segments.len() + at, &holds);
            }
        }
        let has = |variable| Formula::Among(variable, Values::of(2, |value| (value == 1) == wanted));
        if let Some(tags) = &when.tag {
            let known = tags.iter().filter_map(|tag| self.tags.binary_search(tag).ok());
            parts.push(join(!wanted, known.map(|at| has(TAGS + at)).collect()));
        }
        if let Some(segments) = &when.segment {
            let known = segments.iter().filter_map(|segment| self.segments.binary_search(segment).ok());
            parts.push(join(!wanted, known.map(|at| has(TAGS + self.tags.len() + at)).collect()));
        }
        parts.extend(when.all.iter().flatten().map(|inside| self.formula(inside, wanted)));
        if let Some(any) = &when.any {
            parts.push(join(!wanted, any.iter().map(|inside| self.formula(inside, wanted)).collect()));
        }
        if let Some(not) = &when.not {
            parts.push(self.formula(not, !wanted));
        }
        join(wanted, parts)
    }

    /// The topic and purpose of a point.
    pub(crate) fn subject(&self, point: &Point) -> (TopicId, Purpose) {
        (self.topics[point.0[TOPIC]], self.purposes[point.0[PURPOSE]])
    }

    /// A message at this point, of the point's topic and purpose.
    pub(crate) fn message(&self, point: &Point, message: MessageBuilder) -> MessageBuilder {
        let message = message.urgency(URGENCIES[point.0[URGENCY]]);
        let tags = self.tags.iter().zip(&point.0[TAGS..]).filter(|(_, has)| **has == 1);
        tags.fold(message, |message, (tag, _)| message.tag(*tag))
    }

    /// A customer at this point.
    pub(crate) fn profile(&self, point: &Point, mut profile: ProfileBuilder) -> ProfileBuilder {
        if let Some(stage) = self.stages[point.0[STAGE]] {
            profile = profile.stage(stage);
        }
        if let Some(country) = self.countries[point.0[COUNTRY]] {
            profile = profile.country(country);
        }
        if let Some(tenant) = self.tenants[point.0[TENANT]] {
            profile = profile.tenant(tenant);
        }
        if let Some(locale) = self.locales[point.0[LOCALE]] {
            profile = profile.locale(locale);
        }
        let (segments, attributes) = point.0[TAGS + self.tags.len()..].split_at(self.segments.len());
        for (segment, _) in self.segments.iter().zip(segments).filter(|(_, has)| **has == 1) {
            profile = profile.segment(*segment);
        }
        for ((id, values), value) in self.attributes.iter().zip(attributes) {
            if let Some(value) = &values[*value] {
                profile = profile.attribute(*id, value.clone());
            }
        }
        profile
    }
}

/// All of them or, where `all` is not the case, any.
fn join(all: bool, mut parts: Vec<Formula>) -> Formula {
    match parts.len() {
        1 => parts.remove(0),
        _ if all => Formula::All(parts),
        _ => Formula::Any(parts),
    }
}

/// What a policy's conditions name.
#[derive(Default)]
struct Named {
    topics: BTreeSet<TopicId>,
    purposes: BTreeSet<Purpose>,
    stages: BTreeSet<Stage>,
    countries: BTreeSet<Country>,
    tenants: BTreeSet<TenantId>,
    locales: BTreeSet<Locale>,
    tags: BTreeSet<Tag>,
    segments: BTreeSet<Segment>,
    attributes: BTreeMap<AttributeId, Vec<AttributeValue>>,
}

impl Named {
    fn read(&mut self, when: &When) {
        self.topics.extend(when.topic.iter().flatten());
        self.purposes.extend(when.purpose.iter().flatten());
        self.stages.extend(when.stage.iter().flatten());
        self.countries.extend(when.country.iter().flatten());
        self.tenants.extend(when.tenant.iter().flatten());
        self.locales.extend(when.locale.iter().flatten());
        self.tags.extend(when.tag.iter().flatten());
        self.segments.extend(when.segment.iter().flatten());
        for (id, compare) in &when.attribute {
            self.attributes.entry(*id).or_default().extend(compare.values().cloned());
        }
        when.parts().for_each(|inside| self.read(inside));
    }
}

/// The first of numbered names that is not among the known ones; `None` where the numbering ends before.
fn other<T: PartialEq>(known: &[T], name: impl Fn(usize) -> Option<T>) -> Option<T> {
    // One name more than there are known ones: one of them must be new.
    (0..=known.len()).map_while(name).find(|name| !known.contains(name))
}

fn or_none<T: Copy + PartialEq>(named: BTreeSet<T>, name: impl Fn(usize) -> Option<T>) -> Vec<Option<T>> {
    let mut values: Vec<Option<T>> = std::iter::once(None).chain(named.into_iter().map(Some)).collect();
    let another = other(&values, |number| name(number).map(Some));
    values.extend(another);
    values
}

fn slug<T: std::str::FromStr>(number: usize) -> Option<T> {
    let name = if number == 0 { "other".to_owned() } else { format!("other-{}", number + 1) };
    name.parse().ok()
}

/// All codes of two letters, from `QM` on: `QM` to `QZ` are kept for private use.
fn country(number: usize) -> Option<Country> {
    const LETTERS: usize = 26;
    let code = (number < LETTERS * LETTERS).then_some((16 * LETTERS + 12 + number) % (LETTERS * LETTERS))?;
    let letter = |at: usize| char::from(b'A' + at as u8); // below 26
    [letter(code / LETTERS), letter(code % LETTERS)].iter().collect::<String>().parse().ok()
}

/// All languages of three letters from `qaa` on, which are kept for private use, then longer ones.
fn language(number: usize) -> Option<Locale> {
    let (mut letters, mut rest) = (String::new(), number);
    while letters.len() < 2 || rest > 0 {
        letters.insert(0, char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    format!("q{letters}").parse().ok()
}

/// For every attribute: none, then its values.
fn attributes(named: BTreeMap<AttributeId, Vec<AttributeValue>>) -> Vec<(AttributeId, Vec<Option<AttributeValue>>)> {
    let values =
        |named: Vec<AttributeValue>| std::iter::once(None).chain(regions(named).into_iter().map(Some)).collect();
    named.into_iter().map(|(id, named)| (id, values(named))).collect()
}

/// One value of every region that comparisons with the named values can tell apart.
fn regions(named: Vec<AttributeValue>) -> Vec<AttributeValue> {
    let (mut truths, mut numbers, mut texts) = (false, BTreeSet::new(), BTreeSet::new());
    for value in named {
        match value {
            AttributeValue::Truth(_) => truths = true,
            AttributeValue::Number(number) => _ = numbers.insert(number),
            AttributeValue::Text(text) => _ = texts.insert(text),
        }
    }
    let mut regions = Vec::new();
    if truths {
        regions.extend([false, true].map(AttributeValue::Truth));
    }
    let unnamed_type = match () {
        () if numbers.is_empty() => Some(AttributeValue::Number(0)),
        () if texts.is_empty() => Some(AttributeValue::from("other")),
        () if !truths => Some(AttributeValue::Truth(false)),
        () => None,
    };
    regions.extend(unnamed_type);
    // Before the first, each one, and after each one: a neighbour that is named itself closes the gap.
    let before = numbers.first().and_then(|first| first.checked_sub(1));
    let after = numbers.iter().filter_map(|number| number.checked_add(1));
    let gaps: BTreeSet<i64> = before.into_iter().chain(after).collect();
    regions.extend(numbers.union(&gaps).map(|number| AttributeValue::Number(*number)));
    if !texts.is_empty() {
        // The empty text is before all others, and nothing is between a text and itself with a zero byte added.
        let after = texts.iter().map(|text| format!("{text}\0").into());
        let gaps: BTreeSet<Box<str>> = std::iter::once("".into()).chain(after).collect();
        regions.extend(texts.union(&gaps).cloned().map(AttributeValue::Text));
    }
    regions
}
