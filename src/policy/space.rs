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
    /// The space of a policy, and of a topic that it need not name.
    pub(crate) fn of(policy: &Policy, topic: Option<TopicId>) -> Self {
        let mut named = Named::default();
        named.topics.extend(topic);
        named.topics.extend(policy.topics.keys());
        named.purposes.extend(policy.purposes.keys());
        policy.rules.iter().for_each(|rule| named.read(&rule.when));
        policy
            .inhibit
            .iter()
            .flat_map(|inhibition| [&inhibition.source, &inhibition.target])
            .for_each(|when| named.read(when));
        policy.digest.iter().for_each(|digest| named.read(&digest.when));
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

    /// Every point, for slow twins; nothing where there are too many to look at each.
    #[cfg(test)]
    pub(crate) fn points(&self) -> Option<Vec<Point>> {
        let many = self.sizes.iter().try_fold(1usize, |many, size| many.checked_mul(*size))?;
        (many <= 20_000).then(|| {
            let longer = |points: Vec<Vec<usize>>, size: &usize| {
                let with = |point: Vec<usize>| (0..*size).map(move |value| [&point[..], &[value]].concat());
                points.into_iter().flat_map(with).collect()
            };
            self.sizes.iter().fold(vec![Vec::new()], longer).into_iter().map(Point).collect()
        })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        content::Variant,
        message::Message,
        policy::{Compare, Condition, Rule, Settings},
        profile::CustomerProfile,
    };

    fn names<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug + Clone + 'static>(
        names: &'static [&'static str],
    ) -> impl Strategy<Value = Vec<T>> {
        let name = prop::sample::select(names).prop_map(|name| name.parse().expect("a name"));
        prop::collection::vec(name, 1..3)
    }

    fn value() -> impl Strategy<Value = AttributeValue> {
        prop_oneof![
            any::<bool>().prop_map(AttributeValue::from),
            prop::sample::select(&[i64::MIN, -1, 3, 4, 6, i64::MAX][..]).prop_map(AttributeValue::from),
            prop::sample::select(&["", "\0", "a", "a\0", "b"][..]).prop_map(AttributeValue::from),
        ]
    }

    fn compare() -> impl Strategy<Value = Compare> {
        (0..7, value(), value()).prop_map(|(which, value, other)| {
            let mut compare = Compare::default();
            match which {
                0 => compare.eq = Some(value),
                1 => compare.ne = Some(value),
                2 => compare.lt = Some(value),
                3 => compare.le = Some(value),
                4 => compare.gt = Some(value),
                5 => (compare.ge, compare.lt) = (Some(value), Some(other)),
                _ => compare.among = Some(vec![value, other]),
            }
            compare
        })
    }

    fn when() -> impl Strategy<Value = When> {
        let question = prop_oneof![
            names(&["a", "b"]).prop_map(When::topic),
            names(&["marketing", "safety", "humanitarian"]).prop_map(When::purpose),
            prop::sample::select(Urgency::KNOWN).prop_map(|asked| When { urgency: Some(asked), ..When::default() }),
            names(&["x", "y"]).prop_map(|tag| When { tag: Some(tag), ..When::default() }),
            names(&["s", "t"]).prop_map(|segment| When { segment: Some(segment), ..When::default() }),
            names(&["new", "other"]).prop_map(|stage| When { stage: Some(stage), ..When::default() }),
            names(&["es", "es-MX", "en-US", "qaa"]).prop_map(|locale| When { locale: Some(locale), ..When::default() }),
            names(&["ES", "QM"]).prop_map(|country| When { country: Some(country), ..When::default() }),
            names(&["brand"]).prop_map(|tenant| When { tenant: Some(tenant), ..When::default() }),
            compare().prop_map(|compare| {
                let attribute = [(AttributeId::literal("age"), compare)].into_iter().collect();
                When { attribute, ..When::default() }
            }),
        ];
        question.prop_recursive(3, 6, 3, |inside| {
            let several = prop::collection::vec(inside.clone(), 0..3);
            prop_oneof![
                several.clone().prop_map(|any| When { any: Some(any), ..When::default() }),
                several.prop_map(|all| When { all: Some(all), ..When::default() }),
                inside.prop_map(|not| When { not: Some(Box::new(not)), ..When::default() }),
            ]
        })
    }

    fn policy(conditions: &[When]) -> Policy {
        let name = crate::id::RuleId::literal("r");
        let rule = |when: &When| Rule::new(name, when.clone(), Settings::default());
        Policy { rules: conditions.iter().map(rule).collect(), ..Policy::default() }
    }

    fn world(space: &Space, point: &Point) -> (Message, CustomerProfile) {
        let (topic, purpose) = space.subject(point);
        let message = Message::builder("m".parse().expect("a name"), topic, purpose).variant(Variant::text("hello"));
        let profile = CustomerProfile::builder("c".parse().expect("a name"));
        let message = space.message(point, message).build().expect("a message");
        (message, space.profile(point, profile).build().expect("a profile"))
    }

    /// Whether the first condition holds and the second does not, by the evaluator that plans use.
    fn sound(conditions: &[When; 2], message: &Message, profile: &CustomerProfile) -> bool {
        Condition::of(&conditions[0]).holds(message, profile) && !Condition::of(&conditions[1]).holds(message, profile)
    }

    fn find(space: &Space, conditions: &[When; 2]) -> Option<Point> {
        let formulas = [space.holds(&conditions[0]), space.fails(&conditions[1])];
        space.find(&[&formulas[0], &formulas[1]], &mut Work::new(Work::USUAL)).expect("enough work")
    }

    fn locale() -> impl Strategy<Value = Option<Locale>> {
        let tags = ["es", "es-MX", "es-419", "en", "en-US-x-shop", "qaa", "qab-ES"];
        prop::option::of(prop::sample::select(tags.map(|tag| tag.parse().expect("a tag")).to_vec()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, max_global_rejects: 20_000, ..ProptestConfig::default() })]

        /// The slow twin looks at every point, and asks what plans ask.
        #[test]
        fn the_search_agrees_with_looking_everywhere(conditions in [when(), when()]) {
            let space = Space::of(&policy(&conditions), None);
            let points = space.points();
            prop_assume!(points.is_some());
            let expected = points.into_iter().flatten().any(|point| {
                let (message, profile) = world(&space, &point);
                sound(&conditions, &message, &profile)
            });
            let found = find(&space, &conditions);
            prop_assert_eq!(found.is_some(), expected);
            if let Some(point) = found {
                let (message, profile) = world(&space, &point);
                prop_assert!(sound(&conditions, &message, &profile));
            }
        }

        /// What really comes in has its place in the space, whatever it is.
        #[test]
        fn no_message_and_customer_are_outside_the_space(
            conditions in [when(), when()],
            topic in names(&["a", "b", "c"]),
            purpose in names(&["marketing", "safety", "service", "humanitarian", "unheard"]),
            tags in names(&["x", "y", "z"]),
            locale in locale(),
            stage in prop::option::of(names(&["new", "other", "old"])),
            country in prop::option::of(names(&["ES", "QM", "QN"])),
            age in prop::option::of(prop_oneof![value(), any::<i64>().prop_map(AttributeValue::from)]),
        ) {
            let space = Space::of(&policy(&conditions), None);
            let message = Message::builder("m".parse().expect("a name"), topic[0], purpose[0]);
            let message = message.tag(tags[0]).variant(Variant::text("hello")).build().expect("a message");
            let mut profile = CustomerProfile::builder("c".parse().expect("a name"));
            profile = locale.into_iter().fold(profile, ProfileBuilder::locale);
            profile = stage.into_iter().fold(profile, |profile, stage: Vec<Stage>| profile.stage(stage[0]));
            profile = country.into_iter().fold(profile, |profile, country: Vec<Country>| profile.country(country[0]));
            profile = age.into_iter().fold(profile, |profile, age| profile.attribute(AttributeId::literal("age"), age));
            let profile = profile.build().expect("a profile");
            if sound(&conditions, &message, &profile) {
                prop_assert!(find(&space, &conditions).is_some());
            }
        }
    }

    #[test]
    fn another_country_and_language_are_found_even_where_many_are_named() {
        assert_eq!(country(0).map(|code| code.to_string()), Some("QM".to_owned()));
        assert_eq!(country(675).map(|code| code.to_string()), Some("QL".to_owned()));
        assert_eq!(country(676), None);
        assert_eq!(language(0).map(|tag| tag.to_string()), Some("qaa".to_owned()));
        assert_eq!(language(26 * 26).map(|tag| tag.to_string()), Some("qbaa".to_owned()));
        let all: Vec<_> = (0..676).filter_map(country).collect();
        assert_eq!(other(&all, country), None);
    }
}
