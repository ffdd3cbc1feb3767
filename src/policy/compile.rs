//! The compiled form: names resolved to dense indexes, rules indexed, so that a decision only looks things up.

use crate::{
    id::{CapId, Code, RuleId, TopicId},
    kind::ChannelKind,
    message::Message,
    policy::{
        CompiledCap, CompiledDigest, CompiledGroup, CompiledInhibition, Condition, Demands, FailureClass, FallThrough,
        Field, KindSet, KindSettings, Lift, OnFailure, Places, Policy, Priors, RankField, Retry, Settings, SettleOn,
        TopicPolicy, index::RuleIndex,
    },
    profile::{Choice, CustomerProfile, Resolution},
    purpose::Purpose,
    time::{Span, Window, ZoneLookup, ZoneName},
};

/// Most kinds that one router may register: a set of kinds is one word.
pub(crate) const MOST_KINDS: usize = 64;
/// Most rules: their numbers are 16 bits wide, and the highest one is kept for "nobody".
pub(crate) const MOST_RULES: usize = u16::MAX as usize - 1;

/// [`Settings`] with their names resolved.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompiledSettings {
    /// One bit for every field that says something.
    said: u32,
    order: Option<Places>,
    rank: Vec<RankField>,
    prefer: Option<Places>,
    only: KindSet,
    pub(crate) deny: KindSet,
    group: Option<CompiledGroup>,
    always: KindSet,
    settle_on: Option<SettleOn>,
    give_up_after: Span,
    accept_within: Span,
    retry: Retry,
    pub(crate) by_kind: Vec<(u8, KindSettings)>,
    on_failure: std::collections::BTreeMap<FailureClass, OnFailure>,
    lifts: [KindSet; Lift::ALL.len()],
    pub(crate) caps: Vec<CompiledCap>,
    hours: Vec<Window>,
    expires_after: Span,
    long_form_only: KindSet,
    no_links: KindSet,
    spread: Span,
    patience: Span,
}

impl CompiledSettings {
    fn of(settings: &Settings, registered: &[ChannelKind], zones: &dyn ZoneLookup) -> Self {
        let set = |kinds: &Option<Vec<ChannelKind>>| KindSet::of(kinds.as_deref().unwrap_or_default(), registered);
        let places = |kinds: &Option<Vec<ChannelKind>>| kinds.as_ref().map(|kinds| Places::of(kinds, registered));
        let mut lifts = [KindSet::NONE; Lift::ALL.len()];
        for (lift, kinds) in &settings.lifts {
            lifts[*lift as usize] = KindSet::of(kinds, registered);
        }
        Self {
            said: settings.said().fold(0, |said, field| said | 1 << field as u32),
            order: places(&settings.order),
            rank: settings.rank.clone().unwrap_or_default(),
            prefer: places(&settings.prefer),
            only: set(&settings.only),
            deny: KindSet::of(&settings.deny, registered),
            group: settings.group.as_ref().and_then(|group| CompiledGroup::of(group, registered)),
            always: set(&settings.always),
            settle_on: settings.settle_on,
            give_up_after: settings.give_up_after.unwrap_or(Span::ZERO),
            accept_within: settings.accept_within.unwrap_or(Span::ZERO),
            retry: settings.retry.unwrap_or_default(),
            by_kind: KindSettings::compiled(&settings.by_kind, registered),
            on_failure: settings.on_failure.clone(),
            lifts,
            caps: settings.caps.iter().map(|cap| CompiledCap::of(cap, zones)).collect(),
            hours: settings.hours.clone().unwrap_or_default(),
            expires_after: settings.expires_after.unwrap_or(Span::ZERO),
            long_form_only: set(&settings.long_form_only),
            no_links: set(&settings.no_links),
            spread: settings.spread.unwrap_or(Span::ZERO),
            patience: settings.patience.unwrap_or(Span::ZERO),
        }
    }
}

/// A [`Rule`](crate::policy::Rule), compiled.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    pub(crate) name: RuleId,
    pub(crate) when: Condition,
    pub(crate) then: CompiledSettings,
}

/// What one purpose demands, with the defaults and the purpose's own settings put together.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPurpose {
    pub(crate) demands: Demands,
    pub(crate) base: CompiledSettings,
    /// The kinds that make no noise.
    pub(crate) silent: KindSet,
    /// The kinds on which a yes has to be confirmed.
    pub(crate) double_opt_in: KindSet,
    /// The kinds on which a registry's answer is asked for.
    pub(crate) registry_fresh: KindSet,
    /// Whether lifts and required topics are void.
    commercial: bool,
}

/// What a policy says of one topic, compiled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompiledTopic {
    pub(crate) off_by_default: bool,
    /// The kinds on which preferences are set aside.
    pub(crate) mandatory: KindSet,
}

/// A [`Policy`], compiled for one list of channels.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPolicy {
    pub(crate) name: Option<Code>,
    pub(crate) zone: Option<ZoneName>,
    pub(crate) resolution: Resolution,
    pub(crate) conversation_window: Span,
    pub(crate) priors: Priors,
    purposes: [CompiledPurpose; 8],
    /// Sorted by topic.
    topics: Vec<(TopicId, CompiledTopic)>,
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) inhibit: Vec<CompiledInhibition>,
    pub(crate) digest: Vec<CompiledDigest>,
    index: RuleIndex,
}

impl CompiledPolicy {
    /// Compiles a policy in which the lint found no error.
    pub(crate) fn of(policy: &Policy, registered: &[ChannelKind], zones: &dyn ZoneLookup) -> Self {
        let unreadable = Purpose::Unrecognized(Code::literal("unrecognized"));
        let purpose = |purpose: Purpose| {
            // What we cannot read is judged as marketing, by the policy's own word on marketing.
            let judged_as = if purpose == unreadable { Purpose::Marketing } else { purpose };
            let said = policy.purposes.get(&judged_as);
            let demands = Demands::of(judged_as);
            let kinds =
                |named: Option<&Vec<ChannelKind>>| named.map_or(KindSet::NONE, |it| KindSet::of(it, registered));
            CompiledPurpose {
                demands: said.map_or(demands, |said| demands.with(said)),
                base: CompiledSettings::of(
                    &said.map_or_else(|| policy.defaults.clone(), |said| policy.defaults.then(&said.then)),
                    registered,
                    zones,
                ),
                silent: kinds(said.map(|said| &said.silent)),
                double_opt_in: kinds(said.map(|said| &said.double_opt_in)),
                registry_fresh: kinds(said.map(|said| &said.registry_fresh)),
                commercial: purpose.is_commercial(),
            }
        };
        let topic = |said: &TopicPolicy| CompiledTopic {
            off_by_default: said.default.is_some_and(|choice| choice != Choice::On),
            mandatory: if said.required { KindSet::of(&said.mandatory, registered) } else { KindSet::NONE },
        };
        let rules: Vec<_> = policy
            .rules
            .iter()
            .map(|rule| CompiledRule {
                name: rule.name,
                when: Condition::of(&rule.when),
                then: CompiledSettings::of(&rule.then, registered, zones),
            })
            .collect();
        Self {
            name: policy.name,
            zone: policy.zone,
            resolution: policy.resolution,
            conversation_window: policy.conversation_window.unwrap_or(Span::hours(24)),
            priors: policy.priors.clone(),
            purposes: [
                purpose(Purpose::Safety),
                purpose(Purpose::Authentication),
                purpose(Purpose::Transactional),
                purpose(Purpose::Service),
                purpose(Purpose::Marketing),
                purpose(Purpose::Research),
                purpose(Purpose::Internal),
                purpose(unreadable),
            ],
            topics: policy.topics.iter().map(|(id, said)| (*id, topic(said))).collect(),
            inhibit: policy.inhibit.iter().map(CompiledInhibition::of).collect(),
            digest: policy.digest.iter().map(CompiledDigest::of).collect(),
            index: RuleIndex::of(&rules),
            rules,
        }
    }

    pub(crate) fn purpose(&self, purpose: Purpose) -> &CompiledPurpose {
        &self.purposes[purpose.index()]
    }

    pub(crate) fn topic(&self, topic: TopicId) -> CompiledTopic {
        match self.topics.binary_search_by_key(&topic, |(id, _)| *id) {
            Ok(at) => self.topics[at].1,
            Err(_) => CompiledTopic::default(),
        }
    }

    /// Every cap that the policy has anywhere, those of the defaults once for every purpose.
    pub(crate) fn caps(&self) -> impl Iterator<Item = &CompiledCap> {
        let purposes = self.purposes.iter().flat_map(|purpose| &purpose.base.caps);
        purposes.chain(self.rules.iter().flat_map(|rule| &rule.then.caps))
    }

    /// The cap of a name; those of one name are one.
    pub(crate) fn cap(&self, name: CapId) -> Option<&CompiledCap> {
        self.caps().find(|cap| cap.name == name)
    }

    /// The rules that match, in the order of the text, into a vector that the caller keeps.
    pub(crate) fn matching<T>(
        &self,
        message: &Message,
        profile: &CustomerProfile,
        into: &mut Vec<T>,
        make: impl Fn(u16, RuleId) -> T,
        number: impl Fn(&T) -> u16,
    ) {
        self.index.candidates(message, profile, |at| {
            let rule = &self.rules[usize::from(at)];
            if rule.when.holds(message, profile) {
                into.push(make(at, rule.name));
            }
        });
        into.sort_unstable_by_key(&number);
        into.dedup_by_key(|rule| number(rule));
    }
}

impl Settings {
    /// These settings, then others: the last word counts, field by field, and what adds up adds up.
    pub(crate) fn then(&self, later: &Self) -> Self {
        let mut both = self.clone();
        for field in later.said() {
            match field {
                Field::Order => both.order = later.order.clone(),
                Field::Rank => both.rank = later.rank.clone(),
                Field::Prefer => both.prefer = later.prefer.clone(),
                Field::Only => both.only = later.only.clone(),
                Field::Deny => both.deny.extend(&later.deny),
                Field::Group => both.group = later.group.clone(),
                Field::Always => both.always = later.always.clone(),
                Field::SettleOn => both.settle_on = later.settle_on,
                Field::GiveUpAfter => both.give_up_after = later.give_up_after,
                Field::AcceptWithin => both.accept_within = later.accept_within,
                Field::Retry => both.retry = later.retry,
                Field::ByKind => {
                    for (kind, said) in &later.by_kind {
                        let known = both.by_kind.entry(*kind).or_default();
                        *known = known.then(*said);
                    }
                }
                Field::OnFailure => both.on_failure.extend(&later.on_failure),
                Field::Lifts => {
                    for (lift, kinds) in &later.lifts {
                        both.lifts.entry(*lift).or_default().extend(kinds);
                    }
                }
                Field::Caps => both.caps.extend(later.caps.iter().cloned()),
                Field::Hours => both.hours = later.hours.clone(),
                Field::ExpiresAfter => both.expires_after = later.expires_after,
                Field::LongFormOnly => both.long_form_only = later.long_form_only.clone(),
                Field::NoLinks => both.no_links = later.no_links.clone(),
                Field::Spread => both.spread = later.spread,
                Field::Patience => both.patience = later.patience,
            }
        }
        both
    }
}

/// The settings that stand for one message and customer.
pub(crate) struct Settled<'p> {
    pub(crate) order: Option<&'p Places>,
    pub(crate) rank: &'p [RankField],
    pub(crate) prefer: Option<&'p Places>,
    pub(crate) only: Option<KindSet>,
    pub(crate) deny: KindSet,
    pub(crate) group: Option<&'p CompiledGroup>,
    pub(crate) always: KindSet,
    pub(crate) settle_on: SettleOn,
    pub(crate) give_up_after: Span,
    pub(crate) accept_within: Option<Span>,
    pub(crate) retry: Retry,
    /// The kinds of which somebody says something else; what, is read where it stands.
    pub(crate) by_kind: KindSet,
    pub(crate) fall_through: FallThrough,
    pub(crate) lifts: [KindSet; Lift::ALL.len()],
    pub(crate) hours: &'p [Window],
    pub(crate) expires_after: Option<Span>,
    pub(crate) long_form_only: KindSet,
    pub(crate) no_links: KindSet,
    pub(crate) spread: Span,
    pub(crate) patience: Option<Span>,
    /// For every field the number of the last rule that set it, or [`NOBODY`].
    pub(crate) owners: [u16; Field::ALL.len()],
}

/// The owner of a field that no rule set.
pub(crate) const NOBODY: u16 = u16::MAX;

impl<'p> Settled<'p> {
    pub(crate) fn new(purpose: &'p CompiledPurpose) -> Self {
        let mut standing = Self {
            order: None,
            rank: RankField::DEFAULT,
            prefer: None,
            only: None,
            deny: KindSet::NONE,
            group: None,
            always: KindSet::NONE,
            settle_on: purpose.demands.settle_on.into(),
            give_up_after: purpose.demands.give_up_after,
            accept_within: None,
            retry: Retry::default(),
            by_kind: KindSet::NONE,
            fall_through: purpose.demands.fall_through,
            lifts: [KindSet::NONE; Lift::ALL.len()],
            hours: &[],
            expires_after: None,
            long_form_only: KindSet::NONE,
            no_links: KindSet::NONE,
            spread: Span::ZERO,
            patience: None,
            owners: [NOBODY; Field::ALL.len()],
        };
        standing.apply(&purpose.base, NOBODY, purpose);
        standing
    }

    /// One more word, by rule `owner`.
    pub(crate) fn apply(&mut self, said: &'p CompiledSettings, owner: u16, purpose: &CompiledPurpose) {
        let mut bits = said.said;
        while bits != 0 {
            // INVARIANT: the bits of `said` are the discriminants of `Field`.
            let field = Field::ALL[bits.trailing_zeros() as usize];
            bits &= bits - 1;
            self.owners[field as usize] = owner;
            match field {
                Field::Order => self.order = said.order.as_ref(),
                Field::Rank => self.rank = &said.rank,
                Field::Prefer => self.prefer = said.prefer.as_ref(),
                Field::Only => self.only = Some(said.only),
                Field::Deny => self.deny = self.deny.union(said.deny),
                Field::Group => self.group = said.group.as_ref(),
                Field::Always => self.always = said.always,
                Field::SettleOn => self.settle_on = said.settle_on.unwrap_or(self.settle_on),
                Field::GiveUpAfter => self.give_up_after = said.give_up_after,
                Field::AcceptWithin => self.accept_within = Some(said.accept_within),
                Field::Retry => self.retry = said.retry,
                Field::ByKind => {
                    let kinds = said.by_kind.iter().map(|(kind, _)| *kind);
                    self.by_kind = self.by_kind.union(KindSet::of_indexes(kinds));
                }
                Field::OnFailure => self.fall_through = self.fall_through.with(&said.on_failure),
                Field::Lifts => {
                    if !purpose.commercial {
                        for (lifted, more) in self.lifts.iter_mut().zip(said.lifts) {
                            *lifted = lifted.union(more);
                        }
                    }
                }
                // Caps add up and are read where they stand.
                Field::Caps => {}
                Field::Hours => self.hours = &said.hours,
                Field::ExpiresAfter => self.expires_after = Some(said.expires_after),
                Field::LongFormOnly => self.long_form_only = said.long_form_only,
                Field::NoLinks => self.no_links = said.no_links,
                Field::Spread => self.spread = said.spread,
                Field::Patience => self.patience = Some(said.patience),
            }
        }
    }

    pub(crate) fn lifts(&self, lift: Lift, kind: u8) -> bool {
        self.lifts[lift as usize].has(kind)
    }

    /// The fields on which this rule had the last word, one bit each.
    pub(crate) fn owned_by(&self, rule: u16) -> u32 {
        self.owners.iter().rev().fold(0, |bits, owner| bits << 1 | u32::from(*owner == rule))
    }

    pub(crate) fn owner(&self, field: Field) -> Option<u16> {
        let owner = self.owners[field as usize];
        (owner != NOBODY).then_some(owner)
    }
}

impl CompiledSettings {
    /// The fields that say something, one bit each.
    pub(crate) fn said(&self) -> u32 {
        self.said
    }
}
