//! The searches: every way in which settings could break a property, one after the other.

use crate::{
    channel::ChannelDescriptor,
    config::RouterConfig,
    id::TopicId,
    kind::ChannelKind,
    plan::Plan,
    policy::{
        ConsentRule, Demands, Field, Lift, Policy, Settings,
        reach::{Reach, judged_as},
        solve::{Formula, TooLarge, Work},
        space::Point,
    },
    profile::Choice,
    purpose::Purpose,
    time::Span,
};

use super::{
    Counterexample,
    world::{Word, World, carries, standing},
};

pub(super) struct Search<'p> {
    policy: &'p Policy,
    reach: &'p Reach<'p>,
    config: &'p RouterConfig,
    work: Work,
    /// Whether everything that was found was confirmed or explained.
    sure: bool,
}

type Found = Result<Option<Counterexample>, TooLarge>;

impl<'p> Search<'p> {
    pub(super) fn new(policy: &'p Policy, reach: &'p Reach<'p>, config: &'p RouterConfig, work: Work) -> Self {
        Self { policy, reach, config, work, sure: true }
    }

    /// Whether finding nothing means that there is nothing.
    pub(super) fn is_sure(&self) -> bool {
        self.sure
    }

    /// Consent is asked by purpose alone and nothing lifts it; so only a purpose that does not ask can break this.
    pub(super) fn marketing_without_opt_in(&mut self) -> Found {
        if self.demands(Purpose::Marketing).consent == ConsentRule::OptIn {
            return Ok(None);
        }
        for kind in self.config.kinds.clone() {
            let found = self.sent(kind, Purpose::Marketing, &[], Word::TopicOn)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    pub(super) fn topic_by_kind(&mut self, topic: TopicId, kind: ChannelKind) -> Found {
        if !self.config.kinds.contains(&kind) {
            return Ok(None);
        }
        let about = self.reach.space.topic(topic);
        for purpose in Purpose::KNOWN {
            let found = self.sent(kind, *purpose, &[&about], Word::Consent)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// A message for a purpose that goes out on a kind, where something else holds.
    ///
    /// What `only` and `deny` leave open may still be too late or of the wrong form; the words that make it so are
    /// named, and the search goes on without them.
    fn sent(&mut self, kind: ChannelKind, purpose: Purpose, and: &[&Formula], word: Word) -> Found {
        if !self.channels(kind).any(|channel| carries(channel, false)) {
            return Ok(None);
        }
        let mut without: Vec<Formula> = Vec::new();
        loop {
            let and: Vec<_> = and.iter().copied().chain(&without).collect();
            let Some(point) = self.reach.permits(kind, purpose, &and, &mut self.work)? else { return Ok(None) };
            let Some(world) = self.world(&point, kind, word) else { return Ok(None) };
            let plan = crate::plan(self.config, &world.profile, &world.message, &world.facts);
            if plan.dispatches().any(|dispatch| dispatch.kind == kind) {
                let topic = world.message.topic();
                let purpose = world.message.purpose();
                let explanation = format!("`{topic}` goes by {kind} for {purpose} {}", matching(&plan));
                return Ok(Some(Self::example(world, explanation)));
            }
            let fields = self.in_the_way(kind, &standing(self.policy, &world.message, &world.profile));
            if fields.is_empty() {
                self.sure = false;
                return Ok(None);
            }
            let others = fields.into_iter().map(|field| {
                let owner = self.reach.owner(field, &world.message, &world.profile);
                self.reach.another_word(owner, field)
            });
            without.push(Formula::Any(others.collect()));
        }
    }

    /// The fields that keep a kind which is permitted from carrying anything, whatever the message and the hour.
    fn in_the_way(&self, kind: ChannelKind, standing: &Settings) -> Vec<Field> {
        let long_form_only = standing.long_form_only.as_ref().is_some_and(|kinds| kinds.contains(&kind));
        let Some(fastest) = self.fastest(kind, long_form_only) else { return vec![Field::LongFormOnly] };
        match standing.expires_after {
            Some(expires_after) if expires_after < fastest && long_form_only => {
                vec![Field::ExpiresAfter, Field::LongFormOnly]
            }
            Some(expires_after) if expires_after < fastest => vec![Field::ExpiresAfter],
            _ => Vec::new(),
        }
    }

    pub(super) fn safety_unreached(&mut self) -> Found {
        let safety = self.reach.space.purpose(|purpose| purpose == Purpose::Safety);
        for kind in self.config.kinds.clone() {
            for cause in self.causes(kind) {
                let asked: Vec<_> = std::iter::once(&safety).chain(&cause).collect();
                let Some(point) = self.reach.space.find(&asked, &mut self.work)? else { continue };
                let Some(world) = self.world(&point, kind, Word::None) else { continue };
                let plan = crate::plan(self.config, &world.profile, &world.message, &world.facts);
                if !plan.is_empty() {
                    self.sure = false;
                    continue;
                }
                let reason = plan.trace().candidates().iter().filter(|candidate| candidate.kind == kind);
                let reason = reason.filter_map(|candidate| candidate.verdict.reason()).next();
                let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let matching = matching(&plan);
                let explanation = format!("with one verified {kind} endpoint, nothing is sent{reason} {matching}");
                return Ok(Some(Self::example(world, explanation)));
            }
        }
        Ok(None)
    }

    /// Everything in the policy that could keep a safety message from a kind, each as what must hold for it.
    fn causes(&self, kind: ChannelKind) -> Vec<Vec<Formula>> {
        let base = self.reach.base(Purpose::Safety);
        let demands = self.demands(Purpose::Safety);
        let lists = |kinds: &Option<Vec<ChannelKind>>| kinds.as_ref().is_some_and(|kinds| kinds.contains(&kind));
        let words = |field: Field| {
            let rules = self.reach.saying(field).map(|rule| (Some(rule), &self.policy.rules[rule].then));
            std::iter::once((None, &base)).chain(rules)
        };
        let mut causes = Vec::new();
        let mute = !self.channels(kind).any(|channel| carries(channel, false));
        // Nobody asks a registry before a warning goes out.
        let registered =
            self.policy.purposes.get(&Purpose::Safety).is_some_and(|said| said.registry_fresh.contains(&kind));
        if mute || base.deny.contains(&kind) || demands.consent == ConsentRule::OptIn || registered {
            causes.push(Vec::new());
        }
        let denying = self.policy.rules.iter().enumerate().filter(|(_, rule)| rule.then.deny.contains(&kind));
        causes.extend(denying.map(|(rule, _)| vec![self.reach.matches(rule).clone()]));
        let excluding = words(Field::Only).filter(|(_, said)| said.only.is_some() && !lists(&said.only));
        causes.extend(excluding.map(|(owner, _)| self.reach.has_word(owner, Field::Only)));
        for (owner, said) in words(Field::LongFormOnly) {
            let binding = lists(&said.long_form_only);
            let fastest = self.fastest(kind, binding);
            let form = self.reach.has_word(owner, Field::LongFormOnly);
            if binding && fastest.is_none() {
                causes.push(form);
                continue;
            }
            for (owner, said) in words(Field::ExpiresAfter) {
                if fastest.is_some_and(|fastest| said.expires_after.is_some_and(|span| span < fastest)) {
                    causes.push([form.clone(), self.reach.has_word(owner, Field::ExpiresAfter)].concat());
                }
            }
        }
        if demands.obeys_preferences {
            let lifted =
                |said: &Settings| said.lifts.get(&Lift::Preferences).is_some_and(|kinds| kinds.contains(&kind));
            let lifting = self.policy.rules.iter().enumerate().filter(|(_, rule)| lifted(&rule.then));
            let unlifted: Vec<_> = lifting.map(|(rule, _)| self.reach.fails(rule).clone()).collect();
            let off = self.policy.topics.iter().filter(|(_, said)| {
                let mandatory = said.required && said.mandatory.contains(&kind);
                said.default.is_some_and(|choice| choice != Choice::On) && !mandatory && !lifted(&base)
            });
            causes.extend(off.map(|(topic, _)| [unlifted.clone(), vec![self.reach.space.topic(*topic)]].concat()));
        }
        causes
    }

    fn world(&mut self, point: &Point, kind: ChannelKind, word: Word) -> Option<World> {
        let world = World::at(self.policy, self.config, &self.reach.space, (point, kind, word));
        self.sure &= world.is_some();
        world
    }

    fn channels(&self, kind: ChannelKind) -> impl Iterator<Item = &'p ChannelDescriptor> {
        self.config.channels().filter(move |channel| channel.kind == kind)
    }

    /// The shortest time before its expiry at which a message can still go out; `None` where nothing can be carried.
    fn fastest(&self, kind: ChannelKind, long_form_only: bool) -> Option<Span> {
        let able = self.channels(kind).filter(|channel| carries(channel, long_form_only));
        // The expiry itself is too late, so a channel without latency needs a second too.
        able.map(|channel| channel.latency.max(Span::from_secs(1))).min()
    }

    fn demands(&self, purpose: Purpose) -> Demands {
        let demands = Demands::of(purpose);
        self.policy.purposes.get(&judged_as(purpose)).map_or(demands, |said| demands.with(said))
    }

    fn example(world: World, explanation: String) -> Counterexample {
        let World { profile, message, facts } = world;
        Counterexample { profile, message, facts, explanation }
    }
}

/// The rules that match, as an aside.
fn matching(plan: &Plan) -> String {
    let rules: Vec<_> = plan.trace().rules().iter().map(|applied| format!("`{}`", applied.rule)).collect();
    match rules.as_slice() {
        [] => "(no rule matches)".to_owned(),
        rules => format!("(rules that match: {})", rules.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        channel::Capability,
        check::{Checked, Property},
        id::{RuleId, Segment},
        policy::{PurposePolicy, Rule, TopicPolicy, When},
        purpose::Urgency,
        time::Span,
    };

    const A: TopicId = TopicId::literal("a");
    const KINDS: [ChannelKind; 3] = [ChannelKind::EMAIL, ChannelKind::SMS, ChannelKind::PUSH];

    fn channels() -> Vec<ChannelDescriptor> {
        let channel = |kind: ChannelKind| ChannelDescriptor::new(kind.as_str().parse().expect("a name"), kind);
        vec![
            channel(ChannelKind::EMAIL).can(Capability::LongForm).with_latency(Span::minutes(1)),
            channel(ChannelKind::SMS).can(Capability::Text).can(Capability::Session),
            channel(ChannelKind::PUSH).can(Capability::Text).can(Capability::PresenceBound),
        ]
    }

    fn kinds() -> impl Strategy<Value = Vec<ChannelKind>> {
        prop::sample::subsequence(KINDS.to_vec(), 1..3)
    }

    fn settings() -> impl Strategy<Value = Settings> {
        let hours = prop::sample::select(vec!["mon 09:00-10:00", "22:00-06:00", "sat,sun 00:00-24:00"]);
        let field = prop_oneof![
            kinds().prop_map(|kinds| Settings { only: Some(kinds), ..Settings::default() }),
            kinds().prop_map(|deny| Settings { deny, ..Settings::default() }),
            kinds().prop_map(|kinds| Settings { long_form_only: Some(kinds), ..Settings::default() }),
            prop::sample::select(vec![0, 1, 59, 60])
                .prop_map(|seconds| Settings { expires_after: Some(Span::from_secs(seconds)), ..Settings::default() }),
            hours.prop_map(|window| Settings {
                hours: Some(vec![window.parse().expect("a window")]),
                ..Settings::default()
            }),
            kinds().prop_map(|kinds| Settings {
                lifts: [(Lift::Preferences, kinds)].into_iter().collect(),
                ..Settings::default()
            }),
        ];
        prop::collection::vec(field, 1..3)
            .prop_map(|fields| fields.iter().fold(Settings::default(), |all, one| all.then(one)))
    }

    fn when() -> impl Strategy<Value = When> {
        let question = prop_oneof![
            Just(When::topic([A])),
            Just(When { segment: Some(vec![Segment::literal("s")]), ..When::default() }),
            prop::sample::select(Purpose::KNOWN).prop_map(|purpose| When::purpose([purpose])),
        ];
        question.prop_recursive(2, 4, 2, |inside| {
            prop_oneof![
                prop::collection::vec(inside.clone(), 1..3).prop_map(|any| When { any: Some(any), ..When::default() }),
                inside.prop_map(|not| When { not: Some(Box::new(not)), ..When::default() }),
            ]
        })
    }

    fn policy() -> impl Strategy<Value = Policy> {
        let rules = prop::collection::vec((when(), settings()), 0..4);
        let consent = prop::option::of(prop::sample::select(ConsentRule::ALL));
        let urgent = prop::option::of(Just(When { urgency: Some(Urgency::High), ..When::default() }));
        (settings(), any::<[bool; 4]>(), consent, rules, urgent).prop_map(
            |(defaults, flags, consent, rules, urgent)| {
                let [base, obeys, off, required] = flags;
                let mut policy = Policy::default();
                if base {
                    policy.defaults = defaults;
                }
                let said = PurposePolicy { consent, obeys_preferences: Some(obeys), ..PurposePolicy::default() };
                policy.purposes = [(Purpose::Safety, said.clone()), (Purpose::Marketing, said)].into_iter().collect();
                let default = off.then_some(Choice::Off);
                let mandatory = vec![ChannelKind::SMS];
                policy.topics.insert(A, TopicPolicy { default, required, mandatory, ..TopicPolicy::default() });
                policy.topics.insert(TopicId::literal("b"), TopicPolicy::default());
                let rule = |(at, (when, then)): (usize, _)| {
                    Rule::new(format!("r{at}").parse::<RuleId>().expect("a name"), when, then)
                };
                policy.rules = rules.into_iter().enumerate().map(rule).collect();
                if let Some(when) = urgent {
                    let lifts = [(Lift::QuietHours, vec![ChannelKind::SMS])].into_iter().collect();
                    let then = Settings { lifts, ..Settings::default() };
                    policy.rules.push(Rule::new(RuleId::literal("urgent"), when, then));
                }
                policy
            },
        )
    }

    /// The slow twin plans at every point of the space that is asked about.
    fn planned(
        policy: &Policy,
        config: &RouterConfig,
        word: Word,
        asked: impl Fn(TopicId, Purpose, ChannelKind) -> bool,
    ) -> Option<Vec<(ChannelKind, Plan)>> {
        let reach = Reach::of(policy, Some(A));
        let mut plans = Vec::new();
        for point in reach.space.points()? {
            let (topic, purpose) = reach.space.subject(&point);
            for kind in KINDS.into_iter().filter(|kind| asked(topic, purpose, *kind)) {
                let world = World::at(policy, config, &reach.space, (&point, kind, word)).expect("a world");
                plans.push((kind, crate::plan(config, &world.profile, &world.message, &world.facts)));
            }
        }
        Some(plans)
    }

    fn goes((kind, plan): &(ChannelKind, Plan)) -> bool {
        plan.dispatches().any(|dispatch| dispatch.kind == *kind)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 20_000, ..ProptestConfig::default() })]

        #[test]
        fn a_check_agrees_with_planning_everywhere(policy in policy(), kind in prop::sample::select(KINDS.to_vec())) {
            let config = RouterConfig::builder().descriptors(channels()).policy(policy.clone()).build();
            prop_assume!(config.is_ok());
            let config = config.expect("assumed");
            let marketing = planned(&policy, &config, Word::TopicOn, |_, purpose, _| purpose.is_commercial());
            prop_assume!(marketing.is_some());
            let safety = planned(&policy, &config, Word::None, |_, purpose, _| purpose == Purpose::Safety);
            let about = planned(&policy, &config, Word::Consent, |topic, _, on| topic == A && on == kind);
            let fails = [
                (Property::MarketingNeedsOptIn, marketing.iter().flatten().any(goes)),
                (Property::SafetyReachesAnyVerifiedEndpoint, !safety.iter().flatten().all(goes)),
                (Property::TopicNeverByKind { topic: A, kind }, about.iter().flatten().any(goes)),
            ];
            for (property, fails) in fails {
                match policy.check(&channels(), property).expect("a sound policy") {
                    Checked::Holds => prop_assert!(!fails, "{property} was said to hold"),
                    Checked::Fails(example) => prop_assert!(fails, "{property}: {}", example.explanation),
                    Checked::Undecided => prop_assert!(false, "{property} was left undecided"),
                }
            }
        }
    }
}
