//! Random worlds: channels, a policy, a customer, a message and facts, made of few names so that things collide.
//!
//! Every part is a strategy of its own and shrinks by itself; every world keeps what the lint asks of a policy.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::{btree_map, vec},
    option::weighted,
    prelude::*,
    sample::{select, subsequence},
    test_runner::{RngSeed, TestRunner},
};
use waypost::{
    content::Unsubscribe,
    policy::{
        Cap, CapScope, CapZone, Compare, ConsentRule, FailureClass, Field, FindingCode, Group, KindSettings, Lift,
        OnFailure, Priors, PurposePolicy, RankField, Retry, Rule, Settings, SettleOn, TopicPolicy, When, WhenCapped,
        WhenClosed,
    },
    time::{Gcra, Period, Span, Window, ZoneName},
    *,
};

/// Everything that one decision reads.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) channels: Vec<TestChannel>,
    pub(crate) policy: Policy,
    pub(crate) profile: CustomerProfile,
    pub(crate) message: Message,
    pub(crate) facts: Facts,
    /// What the channels and the policy come to.
    pub(crate) config: Arc<RouterConfig>,
}

impl World {
    /// Takes away what the lint finds only by searching: lifts of rules that can match nothing but marketing.
    fn new(
        channels: Vec<TestChannel>,
        mut policy: Policy,
        profile: CustomerProfile,
        message: Message,
        facts: Facts,
    ) -> Self {
        let config = build(&channels, &policy).or_else(|error| {
            for finding in error.findings() {
                assert_eq!(finding.code, FindingCode::LiftOnMarketing, "{finding}");
                let at = finding.path.trim_start_matches("rules[").split(']').next().and_then(|at| at.parse().ok());
                let rule: usize = at.unwrap_or_else(|| panic!("{finding}"));
                policy.rules[rule].then.lifts.clear();
            }
            build(&channels, &policy)
        });
        let config = config.expect("worlds keep what the lint asks");
        Self { channels, policy, profile, message, facts, config }
    }

    /// The same world under another policy.
    #[track_caller]
    pub(crate) fn under(&self, policy: Policy) -> Self {
        let config = build(&self.channels, &policy).expect("a policy without errors");
        Self { policy, config, ..self.clone() }
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(&self.config, &self.profile, &self.message, &self.facts)
    }
}

fn build(channels: &[TestChannel], policy: &Policy) -> Result<Arc<RouterConfig>, ConfigError> {
    let builder = RouterConfig::builder().policy(policy.clone());
    channels.iter().cloned().fold(builder, |builder, channel| builder.channel(Arc::new(channel))).build()
}

/// The documents of the world, to be read by whoever looks into a failure.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn json(document: &impl serde::Serialize) -> String {
            serde_json::to_string(document).unwrap_or_else(|error| error.to_string())
        }
        for channel in &self.channels {
            writeln!(f, "\nchannel {} refuses {:?}", json(&channel.descriptor), channel.refuses)?;
        }
        writeln!(f, "policy {}", json(&self.policy))?;
        writeln!(f, "profile {}", json(&self.profile))?;
        writeln!(f, "message {}", json(&self.message))?;
        writeln!(f, "facts {}", json(&self.facts))
    }
}

/// A described channel that may decline one endpoint, whatever the message.
#[derive(Clone, Debug)]
pub(crate) struct TestChannel {
    pub(crate) descriptor: ChannelDescriptor,
    pub(crate) refuses: Option<EndpointId>,
}

/// What a [`TestChannel`] says to the endpoint it declines.
pub(crate) const DECLINED: Code = Code::literal("declined");

impl Channel for TestChannel {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }

    fn admit(&self, endpoint: &Endpoint, _message: &Message) -> Result<(), Code> {
        if self.refuses == Some(endpoint.id()) { Err(DECLINED) } else { Ok(()) }
    }
}

/// Runs a property over that many worlds, the same ones every time.
#[track_caller]
pub(crate) fn for_all<S: Strategy>(cases: u32, worlds: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    // A seed, so that a failure on one machine is a failure on every other.
    let config = ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x0077_6179_706f_7374),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    if let Err(error) = TestRunner::new(config).run(&worlds, property) {
        panic!("{error}");
    }
}

pub(crate) const KINDS: [ChannelKind; 6] = [
    ChannelKind::EMAIL,
    ChannelKind::SMS,
    ChannelKind::PUSH,
    ChannelKind::IN_APP,
    ChannelKind::WHATSAPP,
    ChannelKind::VOICE,
];
const TOPICS: [TopicId; 3] = [TopicId::literal("parcel"), TopicId::literal("coupon"), TopicId::literal("news")];
const ENDPOINTS: [EndpointId; 7] = [
    EndpointId::literal("a"),
    EndpointId::literal("b"),
    EndpointId::literal("c"),
    EndpointId::literal("d"),
    EndpointId::literal("e"),
    EndpointId::literal("f"),
    EndpointId::literal("gone"),
];
const TAGS: [Tag; 2] = [Tag::literal("vip"), Tag::literal("batch")];
const SEGMENTS: [Segment; 2] = [Segment::literal("student"), Segment::literal("gold")];
const STAGES: [Stage; 2] = [Stage::literal("new"), Stage::literal("loyal")];
const TENANTS: [TenantId; 2] = [TenantId::literal("north"), TenantId::literal("south")];
const ATTRIBUTES: [AttributeId; 2] = [AttributeId::literal("age"), AttributeId::literal("plan")];
const LOCALES: [&str; 4] = ["es-MX", "es", "en", "pt-BR"];
const COUNTRIES: [&str; 2] = ["ES", "MX"];
const PURPOSES: [Purpose; 7] = [
    Purpose::Transactional,
    Purpose::Service,
    Purpose::Marketing,
    Purpose::Safety,
    Purpose::Authentication,
    Purpose::Research,
    Purpose::Internal,
];
const KNOWN_ZONES: [&str; 4] = ["Europe/Madrid", "UTC", "Asia/Kathmandu", "America/New_York"];
const UNKNOWN_ZONE: &str = "Mars/Phobos";
/// All edges lie on quarters of an hour, so that the oracle need not look closer.
const WINDOWS: [&str; 12] = [
    "22:00-07:00",
    "mon-fri 09:00-18:00",
    "sat,sun 10:00-14:00",
    "08:15-20:45",
    "20:00-22:00",
    "02:00-03:00",
    "12:00-12:15",
    "sun 00:00-24:00",
    "00:00-24:00",
    "15..31 06:00-23:00",
    "-15..-1 mon-sun#3,-1 18:00-15:00",
    "nov-feb 05:30-22:00",
];
const BODIES: [&str; 6] =
    ["ok", "on its way", "Señor, su pedido 🚚", "one\ntwo\nthree", "a b c d e f g h", "short text"];

fn text<T: std::str::FromStr<Err: fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the vocabulary is well formed")
}

/// A Saturday evening before clocks change: in Madrid they go forward at 01:00 UTC.
pub(crate) fn origin() -> DateTime<Utc> {
    text("2026-03-28T20:00:00Z")
}

/// Instants on whole hours from the origin, so that many are equal or exactly a cap's stretch apart.
fn instant(hours: std::ops::Range<i64>) -> impl Strategy<Value = DateTime<Utc>> + Clone {
    hours.prop_map(|hours| origin() + TimeDelta::hours(hours))
}

fn now() -> impl Strategy<Value = DateTime<Utc>> + Clone {
    let loose = (0i64..48 * 60, 0i64..60).prop_map(|(m, s)| origin() + TimeDelta::minutes(m) + TimeDelta::seconds(s));
    prop_oneof![3 => instant(0..48), 1 => loose]
}

fn span<const N: usize>(spans: [Span; N]) -> impl Strategy<Value = Span> + Clone {
    select(spans.to_vec())
}

fn kind() -> impl Strategy<Value = ChannelKind> + Clone {
    // Some kinds are common, so that channels and endpoints meet.
    select([&KINDS[..], &KINDS[..3], &KINDS[..3], &KINDS[..2]].concat())
}

/// Kinds in any order, each once.
fn kinds(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<ChannelKind>> + Clone {
    subsequence(KINDS.to_vec(), count).prop_shuffle()
}

fn windows() -> impl Strategy<Value = Vec<Window>> + Clone {
    subsequence(WINDOWS.map(text::<Window>).to_vec(), 1..=2)
}

fn known_zone() -> impl Strategy<Value = ZoneName> + Clone {
    select(&KNOWN_ZONES[..]).prop_map(text)
}

fn any_zone() -> impl Strategy<Value = ZoneName> + Clone {
    prop_oneof![8 => known_zone(), 1 => Just(text(UNKNOWN_ZONE))]
}

fn purpose() -> impl Strategy<Value = Purpose> + Clone {
    select(&PURPOSES[..])
}

fn one_of<T: Copy + fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = Vec<T>> + Clone {
    subsequence(all.to_vec(), 1..=all.len())
}

fn channel() -> impl Strategy<Value = TestChannel> {
    let can = (weighted(0.95, Just(())), weighted(0.4, Just(())), weighted(0.3, Just(())), weighted(0.4, Just(())));
    let recall = weighted(0.2, Just(()));
    let limit = (
        select(&[4u32, 8, 12, 18, 40][..]),
        select(&[Unit::CodePoints, Unit::Utf16Units, Unit::Bytes, Unit::Lines, Unit::Words][..]),
    );
    let price = prop_oneof![Just(0u64), Just(5_000), Just(45_000), Just(80_000)];
    let receipts = subsequence(ReceiptKind::ALL.to_vec(), 0..=3);
    let parts = (
        kind(),
        can,
        (weighted(0.8, Just(())), recall),
        prop_oneof![3 => Just(Vec::new()), 1 => vec(limit, 1..=2)],
        weighted(0.6, price),
        prop_oneof![3 => Just(Span::ZERO), 1 => span([Span::minutes(1), Span::minutes(10), Span::days(1)])],
        receipts,
        weighted(0.1, (windows(), known_zone())),
        span([Span::hours(24), Span::hours(1)]),
        weighted(0.1, select(&ENDPOINTS[..])),
    );
    parts.prop_map(|(kind, can, bound, limits, price, latency, receipts, open, session, refuses)| {
        let mut descriptor = ChannelDescriptor::new(ChannelId::literal("channel"), kind).with_latency(latency);
        let (short, long, rich, template) = can;
        let (bound, recall) = (bound.0.is_some(), bound.1.is_some());
        for (able, capability) in [
            (short.is_some(), Capability::Text),
            (long.is_some(), Capability::LongForm),
            (rich.is_some(), Capability::RichMedia),
            (template.is_some(), Capability::Template),
            (recall, Capability::Recall),
            (bound && kind == ChannelKind::IN_APP, Capability::PresenceBound),
            (bound && kind == ChannelKind::WHATSAPP, Capability::Session),
        ] {
            if able {
                descriptor = descriptor.can(capability);
            }
        }
        // Only of these two is the body what the author wrote: other dialects lay it out, which the oracle does not know.
        let is_as_written = [ChannelKind::SMS, ChannelKind::PUSH].contains(&kind);
        for (max, unit) in limits.into_iter().filter(|_| is_as_written) {
            descriptor = descriptor.with_limit(max, unit);
        }
        descriptor.price = price.map(euros);
        if let Some((windows, zone)) = open {
            descriptor = descriptor.with_open_hours(windows, zone);
        }
        descriptor.session = session;
        TestChannel { descriptor: descriptor.with_receipts(receipts), refuses }
    })
}

fn euros(micros: u64) -> Money {
    Money::new(micros, text("EUR"))
}

fn channels() -> impl Strategy<Value = Vec<TestChannel>> {
    vec(channel(), 1..=8).prop_map(|mut channels| {
        for (channel, at) in channels.iter_mut().zip(0..) {
            channel.descriptor.id = text(&format!("channel-{at}"));
        }
        channels
    })
}

/// A condition without others inside; urgency only where it may stand.
fn plain_when(urgency: bool) -> impl Strategy<Value = When> + Clone {
    let value = prop_oneof![(16i64..20).prop_map(AttributeValue::from), Just(AttributeValue::from("pro"))];
    let bound = weighted(0.3, value.clone());
    let compare = (
        (bound.clone(), bound.clone(), bound.clone(), bound.clone(), bound.clone(), bound),
        weighted(0.2, vec(value.clone(), 1..=2)),
        value,
    )
        .prop_map(|((eq, ne, lt, le, gt, ge), among, otherwise)| {
            let mut compare = Compare::default();
            (compare.eq, compare.ne, compare.lt, compare.le, compare.gt, compare.ge) = (eq, ne, lt, le, gt, ge);
            compare.among = among;
            if compare == Compare::default() { Compare::eq(otherwise) } else { compare }
        });
    let of_message = (
        weighted(0.2, one_of(&TOPICS)),
        weighted(0.2, subsequence(PURPOSES.to_vec(), 1..=5)),
        weighted(0.2, select(Urgency::KNOWN)),
        weighted(0.15, one_of(&TAGS)),
    );
    let of_customer = (
        weighted(0.15, one_of(&SEGMENTS)),
        weighted(0.1, one_of(&STAGES)),
        weighted(0.1, subsequence(LOCALES.map(text::<Locale>).to_vec(), 1..=2)),
        weighted(0.1, subsequence(COUNTRIES.map(text::<Country>).to_vec(), 1..=2)),
        weighted(0.1, one_of(&TENANTS)),
        weighted(0.15, (select(&ATTRIBUTES[..]), compare)),
    );
    (of_message, of_customer).prop_map(move |(of_message, of_customer)| {
        let mut when = When::always();
        (when.topic, when.purpose, when.urgency, when.tag) = of_message;
        when.urgency = when.urgency.filter(|_| urgency);
        let attribute;
        (when.segment, when.stage, when.locale, when.country, when.tenant, attribute) = of_customer;
        when.attribute = attribute.into_iter().collect();
        when
    })
}

/// A condition with others inside, two deep.
fn when() -> impl Strategy<Value = When> {
    fn around(inner: BoxedStrategy<When>, negated: BoxedStrategy<When>, urgency: bool) -> BoxedStrategy<When> {
        let inside = (
            weighted(0.12, vec(inner.clone(), 1..=2)),
            weighted(0.12, vec(inner, 1..=2)),
            weighted(0.12, negated.prop_map(Box::new)),
        );
        let around = (plain_when(urgency), inside).prop_map(|(mut when, (any, all, not))| {
            (when.any, when.all, when.not) = (any, all, not);
            when
        });
        around.boxed()
    }
    let negated = around(plain_when(false).boxed(), plain_when(false).boxed(), false);
    let inner = around(plain_when(true).boxed(), plain_when(false).boxed(), true);
    around(inner, negated, true)
}

fn asks_urgency(when: &When) -> bool {
    let inside = when.any.iter().chain(&when.all).flatten();
    when.urgency.is_some() || inside.into_iter().any(asks_urgency)
}

/// A group over kinds that are each named once, cut where the bits say.
fn group() -> impl Strategy<Value = Group> + Clone {
    fn cut(kinds: &[ChannelKind], bits: &mut u32) -> Group {
        if let [kind] = kinds {
            return Group::Kind(*kind);
        }
        let at = 1 + *bits as usize % (kinds.len() - 1);
        let all = *bits >> 4 & 1 == 1;
        *bits = bits.rotate_right(5);
        let (first, rest) = kinds.split_at(at);
        let members = vec![cut(first, bits), cut(rest, bits)];
        if all { Group::AllOf(members) } else { Group::OneOf(members) }
    }
    (kinds(2..=5), any::<u32>()).prop_map(|(kinds, mut bits)| cut(&kinds, &mut bits))
}

/// A receipt, and at times an event.
fn settle_on() -> impl Strategy<Value = SettleOn> + Clone {
    let receipts = ReceiptKind::ALL.iter().copied().map(SettleOn::from);
    let events = [Code::literal("paid"), Code::literal("read")].map(SettleOn::Event);
    select(receipts.chain(events).collect::<Vec<_>>())
}

fn retry() -> impl Strategy<Value = Retry> + Clone {
    let waits = [Span::ZERO, Span::from_secs(1), Span::minutes(3), Span::hours(1)];
    (1u8..=9, span(waits), span(waits))
        .prop_map(|(attempts, first, second)| Retry::new(attempts, first.min(second), first.max(second)))
}

/// What is said of the steps of a kind; each field in one of two.
fn kind_settings() -> impl Strategy<Value = KindSettings> + Clone {
    let waits = span([Span::from_secs(45), Span::minutes(30), Span::days(1)]);
    let parts = (
        weighted(0.5, settle_on()),
        weighted(0.5, waits),
        weighted(0.5, span([Span::from_secs(10), Span::minutes(2)])),
        weighted(0.5, retry()),
    );
    parts.prop_map(|(settle_on, give_up_after, accept_within, retry)| {
        let mut said = KindSettings::default();
        (said.settle_on, said.give_up_after) = (settle_on, give_up_after);
        (said.accept_within, said.retry) = (accept_within, retry);
        said
    })
}

const CAPS: usize = 24;

fn cap() -> impl Strategy<Value = Cap> + Clone {
    (0..CAPS).prop_map(numbered_cap)
}

/// A cap by number: caps of one name are one cap.
///
/// All spans are whole quarters of an hour, so that the oracle need not look closer.
fn numbered_cap(number: usize) -> Cap {
    let span = |span| Period::sliding(span).expect("a span");
    // Most of them slide, as most of them do.
    let per = match number {
        12 | 20 => Period::CalendarDay,
        13 => Period::CalendarWeek { start: chrono::Weekday::Mon },
        14 => Period::CalendarMonth,
        15 | 21 => Period::RollingDays(3.try_into().expect("not zero")),
        16 => Period::fixed(Span::hours(6)).expect("a span"),
        17 => Period::Lifetime,
        18 => Period::min_gap(Span::hours(5)).expect("a span"),
        19 => Period::Gcra(Gcra::new(Span::hours(30), 2.try_into().expect("not zero")).expect("a span")),
        _ => span([Span::hours(2), Span::days(1), Span::days(7)][number % 3]),
    };
    let mut cap = Cap::new(text(&format!("cap-{number}")), [1, 2, 1, 3][number % 4], per);
    if number >= 20 && per.is_calendar() {
        cap.zone = CapZone::Named(text(KNOWN_ZONES[number % 4]));
    }
    cap.scope = match number % 8 {
        _ if number == 19 => vec![CapScope::Person],
        0 => vec![CapScope::Person],
        1 => vec![CapScope::Endpoint, CapScope::Purpose],
        2 => vec![CapScope::Channel],
        3 => vec![CapScope::Kind, CapScope::Topic],
        4 => vec![CapScope::Topic],
        5 => vec![CapScope::Tag],
        6 => vec![CapScope::Brand, CapScope::Purpose],
        _ => vec![CapScope::Purpose],
    };
    cap
}

/// Settings of which a field is said with about this probability; groups more often, for they are many things in one.
fn settings(probability: f64) -> impl Strategy<Value = Settings> {
    let p = probability;
    let rarely = probability / 2.0;
    let on_failure = btree_map(select(FailureClass::ALL), select(OnFailure::ALL), 1..=3);
    let lifts = btree_map(select(Lift::ALL), kinds(1..=6), 1..=2);
    let ranking = (
        weighted(p, kinds(1..=6)),
        weighted(p, subsequence(RankField::ALL.to_vec(), 1..=10).prop_shuffle()),
        weighted(p, kinds(1..=3)),
        weighted((3.0 * p).min(1.0), group()),
        weighted((2.0 * p).min(1.0), kinds(1..=2)),
    );
    let restricting = (
        weighted(rarely, kinds(2..=5)),
        weighted(rarely, kinds(1..=2)),
        weighted(p, vec(cap(), 1..=2)),
        weighted(p, windows()),
        weighted(p, span([Span::hours(6), Span::days(2), Span::days(2), Span::days(30)])),
        weighted(rarely, kinds(1..=3)),
        weighted(rarely, kinds(1..=3)),
        weighted(p, span([Span::ZERO, Span::minutes(10), Span::hours(8)])),
    );
    let pace = (
        weighted(p, settle_on()),
        weighted(p, span([Span::ZERO, Span::from_secs(30), Span::minutes(10), Span::hours(6), Span::days(2)])),
        weighted(p, on_failure),
        weighted(p, lifts),
        weighted(p, span([Span::ZERO, Span::hours(1), Span::days(1)])),
        weighted(p, span([Span::from_secs(20), Span::minutes(5)])),
        weighted(p, retry()),
        weighted((2.0 * p).min(1.0), btree_map(kind(), kind_settings(), 1..=3)),
    );
    (ranking, restricting, pace).prop_map(|(ranking, restricting, pace)| {
        let mut settings = Settings::default();
        (settings.order, settings.rank, settings.prefer, settings.group, settings.always) = ranking;
        let (only, deny, caps, hours, expires_after, long_form_only, no_links, spread) = restricting;
        settings.deny = deny.unwrap_or_default();
        settings.deny.retain(|kind| only.as_ref().is_none_or(|only| !only.contains(kind)));
        (settings.only, settings.caps, settings.hours) = (only, caps.unwrap_or_default(), hours);
        (settings.expires_after, settings.long_form_only, settings.no_links) =
            (expires_after, long_form_only, no_links);
        settings.spread = spread;
        let (settle_on, give_up_after, on_failure, lifts, patience, accept_within, retry, by_kind) = pace;
        (settings.accept_within, settings.retry) = (accept_within, retry);
        settings.by_kind = by_kind.unwrap_or_default();
        (settings.settle_on, settings.give_up_after, settings.patience) = (settle_on, give_up_after, patience);
        settings.on_failure = on_failure.unwrap_or_default();
        settings.on_failure.remove(&FailureClass::OptedOut);
        settings.lifts = lifts.unwrap_or_default();
        settings
    })
}

/// What a rule that asks urgency may say.
fn unrestricting(mut settings: Settings) -> Settings {
    settings.deny.clear();
    settings.caps.clear();
    (settings.only, settings.hours, settings.expires_after) = (None, None, None);
    (settings.long_form_only, settings.no_links, settings.spread) = (None, None, None);
    settings.on_failure.retain(|_, answer| *answer != OnFailure::Stop);
    settings
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    vec((when(), settings(0.12)), 0..=5).prop_map(|rules| {
        let rule = |(at, (when, then)): (usize, (When, Settings))| {
            let then = if asks_urgency(&when) { unrestricting(then) } else { then };
            Rule::new(text(&format!("rule-{at}")), when, then)
        };
        rules.into_iter().enumerate().map(rule).collect()
    })
}

fn purpose_policy() -> impl Strategy<Value = PurposePolicy> {
    let demands = (
        weighted(
            0.3,
            prop_oneof![2 => Just(ConsentRule::None), 2 => Just(ConsentRule::OptOut), 1 => Just(ConsentRule::OptIn)],
        ),
        weighted(0.2, any::<bool>()),
        weighted(0.2, any::<bool>()),
        weighted(0.2, any::<bool>()),
        weighted(0.2, (any::<bool>(), any::<bool>())),
        weighted(0.1, any::<bool>()),
        weighted(
            0.2,
            prop_oneof![
                Just((WhenClosed::Defer, vec![])),
                Just((WhenClosed::Drop, vec![])),
                kinds(1..=3).prop_map(|silent| (WhenClosed::Downgrade, silent)),
            ],
        ),
        weighted(0.2, select(WhenCapped::ALL)),
        weighted(0.3, span([Span::ZERO, Span::hours(3), Span::days(1), Span::days(8)])),
    );
    let terms = (
        weighted(0.15, subsequence(ConsentBasis::KNOWN.to_vec(), 1..=5)),
        weighted(0.1, kinds(1..=2)),
        weighted(0.15, kinds(1..=2)),
    );
    (demands, terms, settings(0.1)).prop_map(|(demands, (bases, double_opt_in, registry_fresh), then)| {
        let mut said = PurposePolicy::default();
        let (consent, preferences, quiet_hours, hours, caps, verified_only, when_closed, when_capped, max_delay) =
            demands;
        (said.consent, said.verified_only, said.max_delay) = (consent, verified_only, max_delay);
        (said.when_closed, said.silent) = when_closed.map_or((None, vec![]), |(what, silent)| (Some(what), silent));
        said.when_capped = when_capped;
        (said.obeys_preferences, said.obeys_quiet_hours, said.obeys_hours) = (preferences, quiet_hours, hours);
        (said.obeys_caps, said.counts_toward_caps) = caps.unzip();
        said.consent_bases = bases;
        (said.double_opt_in, said.registry_fresh) =
            (double_opt_in.unwrap_or_default(), registry_fresh.unwrap_or_default());
        said.then = then;
        said
    })
}

fn topics() -> impl Strategy<Value = BTreeMap<TopicId, TopicPolicy>> {
    let topic = (weighted(0.2, select(Choice::KNOWN)), weighted(0.3, kinds(1..=3))).prop_map(|(default, mandatory)| {
        let mut said = TopicPolicy::default();
        said.default = default;
        said.required = mandatory.is_some();
        said.mandatory = mandatory.unwrap_or_default();
        said
    });
    // Where a policy names topics it must name all that its rules ask for.
    weighted(0.5, [topic.clone(), topic.clone(), topic]).prop_map(|topics| match topics {
        Some(topics) => TOPICS.into_iter().zip(topics).collect(),
        None => BTreeMap::new(),
    })
}

fn priors() -> impl Strategy<Value = Priors> {
    let rates = btree_map(select(&SEGMENTS[..]), btree_map(kind(), 0u32..=1000, 1..=3), 0..=2);
    (0u32..=6, rates, 0u32..=300).prop_map(|(strength, rates, otherwise)| {
        let mut priors = Priors::default();
        (priors.strength, priors.rates, priors.otherwise) = (strength, rates, otherwise);
        priors
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let parts = (
        weighted(0.5, known_zone()),
        weighted(0.2, span([Span::hours(1), Span::days(3)])),
        settings(0.1),
        btree_map(purpose(), purpose_policy(), 0..=3),
        topics(),
        weighted(0.3, priors()),
        rules(),
    );
    parts.prop_map(|(zone, window, defaults, mut purposes, topics, priors, rules)| {
        if let Some(marketing) = purposes.get_mut(&Purpose::Marketing) {
            marketing.then.lifts.clear();
        }
        let mut policy = Policy::default();
        (policy.zone, policy.conversation_window) = (zone, window);
        (policy.defaults, policy.purposes, policy.topics) = (defaults, purposes, topics);
        (policy.priors, policy.rules) = (priors.unwrap_or_default(), rules);
        policy
    })
}

pub(crate) fn address(kind: ChannelKind) -> &'static str {
    match kind.address_form() {
        AddressForm::Phone => "+34600111222",
        AddressForm::Email => "ana@example.com",
        AddressForm::Opaque => "token",
    }
}

fn endpoints() -> impl Strategy<Value = Vec<Endpoint>> {
    let health = prop_oneof![
        40 => Just(EndpointHealth::Reachable),
        5 => Just(EndpointHealth::Suspect),
        1 => Just(EndpointHealth::Disabled),
        1 => Just(EndpointHealth::HardBounced),
        1 => Just(EndpointHealth::Unrecognized(Code::literal("asleep"))),
    ];
    let endpoint = (kind(), health, weighted(0.8, Just(())), weighted(0.15, any_zone()));
    let ids = Just(ENDPOINTS[..6].to_vec()).prop_shuffle();
    (ids, prop_oneof![1 => vec(endpoint.clone(), 0..=3), 6 => vec(endpoint, 5..=6)]).prop_map(|(ids, endpoints)| {
        let build = |(id, (kind, health, verified, zone)): (EndpointId, _)| {
            let mut endpoint = Endpoint::new(id, kind, address(kind)).expect("an address").with_health(health);
            if Option::<()>::is_some(&verified) {
                endpoint = endpoint.verified();
            }
            if let Some(zone) = zone {
                endpoint = endpoint.with_zone(zone);
            }
            endpoint
        };
        ids.into_iter().zip(endpoints).map(build).collect()
    })
}

pub(crate) fn consent_event(action: impl Strategy<Value = ConsentAction>) -> impl Strategy<Value = ConsentEvent> {
    let scope = (
        weighted(0.25, kind()),
        weighted(0.15, select(&ENDPOINTS[..])),
        weighted(0.3, prop_oneof![9 => purpose(), 1 => Just(unreadable())]),
        weighted(0.2, select(&TOPICS[..])),
        weighted(0.1, select(&TENANTS[..])),
    );
    let at = prop_oneof![6 => instant(-24 * 30..0), 2 => instant(0..48), 1 => Just(origin())];
    let basis = prop_oneof![
        4 => select(ConsentBasis::KNOWN),
        1 => Just(ConsentBasis::Unrecognized(Code::literal("custom"))),
    ];
    let terms = (weighted(0.2, instant(-48..48)), weighted(0.1, instant(-48..48)), weighted(0.1, basis));
    (action, scope, at, terms).prop_map(|(action, parts, at, (until, effective, basis))| {
        let mut scope = ConsentScope::everything();
        (scope.kind, scope.endpoint, scope.purpose, scope.topic, scope.tenant) = parts;
        let mut event = ConsentEvent::new(action, scope, at);
        (event.expires_at, event.effective_from) = (until, effective);
        event.basis = basis.unwrap_or(ConsentBasis::Consent);
        event
    })
}

/// What a consent event may have done, with some that nobody can read.
pub(crate) fn consent_action() -> impl Strategy<Value = ConsentAction> {
    prop_oneof![
        5 => Just(ConsentAction::Grant),
        1 => Just(ConsentAction::Renew),
        2 => Just(ConsentAction::Confirm),
        1 => Just(ConsentAction::Request),
        1 => Just(ConsentAction::Expire),
        1 => Just(ConsentAction::Refuse),
        1 => Just(ConsentAction::Withdraw),
        1 => Just(ConsentAction::Revoke),
        1 => Just(ConsentAction::Invalidate),
        1 => Just(ConsentAction::Unrecognized(Code::literal("pause"))),
    ]
}

fn consents() -> impl Strategy<Value = Vec<ConsentEvent>> {
    let blanket = |action| ConsentEvent::new(action, ConsentScope::everything(), origin() - TimeDelta::days(60));
    let (given, confirmed) = (blanket(ConsentAction::Grant), blanket(ConsentAction::Confirm));
    let events = prop_oneof![3 => Just(Vec::new()), 1 => vec(consent_event(consent_action()), 1..=3)];
    (weighted(0.9, Just(given)), weighted(0.6, Just(confirmed)), events).prop_map(|(given, confirmed, mut events)| {
        events.extend(given.into_iter().chain(confirmed));
        events
    })
}

fn registry_check() -> impl Strategy<Value = RegistryCheck> {
    let parts =
        (kind(), weighted(0.3, select(&ENDPOINTS[..])), weighted(0.1, Just(())), instant(-48..4), instant(-12..96));
    parts.prop_map(|(kind, endpoint, listed, at, until)| {
        let mut check = RegistryCheck::new(kind, listed.is_some(), at, until);
        check.endpoint = endpoint;
        check
    })
}

pub(crate) fn suppression() -> impl Strategy<Value = Suppression> {
    let class = prop_oneof![
        6 => select(SuppressionClass::KNOWN),
        1 => Just(SuppressionClass::Unrecognized(Code::literal("embargo"))),
    ];
    let parts = (
        class,
        weighted(0.4, select(&ENDPOINTS[..])),
        weighted(0.4, kind()),
        weighted(0.4, prop_oneof![9 => purpose(), 1 => Just(unreadable())]),
        weighted(0.5, instant(-72..72)),
        weighted(0.4, instant(-48..48)),
    );
    parts.prop_map(|(class, endpoint, kind, purpose, since, until)| {
        let mut record = Suppression::of(class);
        (record.endpoint, record.kind, record.purpose) = (endpoint, kind, purpose);
        (record.since, record.until) = (since, until);
        record
    })
}

pub(crate) fn preference(choice: impl Strategy<Value = Choice>) -> impl Strategy<Value = Preference> {
    let set_by = prop_oneof![
        5 => Just(SetBy::Person),
        2 => Just(SetBy::Tenant),
        1 => Just(SetBy::Default),
        1 => Just(SetBy::Unrecognized(Code::literal("guardian"))),
    ];
    let parts = (
        choice,
        weighted(0.6, select(&TOPICS[..])),
        weighted(0.6, kind()),
        set_by,
        weighted(0.7, instant(-4..4)),
        weighted(0.3, Just(())),
        weighted(0.3, instant(-2..60)),
    );
    parts.prop_map(|(choice, topic, kind, set_by, at, locked, until)| {
        let mut preference = Preference::new(choice).set_by(set_by);
        (preference.topic, preference.kind, preference.at, preference.until) = (topic, kind, at, until);
        preference.locked = locked.is_some();
        preference
    })
}

fn preferences() -> impl Strategy<Value = Preferences> {
    let choice = prop_oneof![
        8 => Just(Choice::On),
        3 => Just(Choice::Off),
        1 => Just(Choice::Unrecognized(Code::literal("digest"))),
    ];
    let parts = (
        prop_oneof![3 => Just(Vec::new()), 1 => vec(preference(choice), 1..=4)],
        weighted(0.3, kinds(1..=6)),
        btree_map(select(&TOPICS[..]), kinds(1..=4), 0..=1),
    );
    parts.prop_map(|(choices, order, topic_orders)| {
        let mut preferences = Preferences::default().with_order(order.unwrap_or_default());
        (preferences.choices, preferences.topic_orders) = (choices, topic_orders);
        preferences
    })
}

fn conversation() -> impl Strategy<Value = Conversation> {
    let parts = (select(&["talk-1", "talk-2"][..]), kind(), weighted(0.3, select(&ENDPOINTS[..])), instant(-30..50));
    parts.prop_map(|(id, kind, endpoint, at)| {
        let mut conversation = Conversation::new(text(id), kind, at);
        conversation.endpoint = endpoint;
        conversation
    })
}

fn zone_evidence() -> impl Strategy<Value = Vec<ZoneEvidence>> {
    let piece = (vec(any_zone(), 1..=2), select(ZoneBasis::KNOWN))
        .prop_map(|(zones, basis)| ZoneEvidence::new(zones, basis).expect("one or two zones"));
    prop_oneof![2 => vec(piece.clone(), 1), 1 => vec(piece, 2..=3)]
}

fn profile() -> impl Strategy<Value = CustomerProfile> {
    let person = (
        weighted(0.4, select(&TENANTS[..])),
        subsequence(LOCALES.map(text::<Locale>).to_vec(), 0..=2).prop_shuffle(),
        weighted(0.5, select(&COUNTRIES[..])),
        weighted(0.7, zone_evidence()),
        subsequence(SEGMENTS.to_vec(), 0..=2).prop_shuffle(),
        weighted(0.5, select(&STAGES[..])),
        btree_map(
            select(&ATTRIBUTES[..]),
            prop_oneof![(16i64..20).prop_map(AttributeValue::from), Just(AttributeValue::from("pro"))],
            0..=2,
        ),
    );
    let word = (
        endpoints(),
        consents(),
        prop_oneof![16 => Just(Vec::new()), 1 => vec(suppression(), 1..=2)],
        prop_oneof![1 => Just(Vec::new()), 1 => vec(registry_check(), 1..=3)],
        preferences(),
        (weighted(0.3, windows()), weighted(0.03, instant(-5..120))),
        btree_map(kind(), (0u32..20, 0u32..25).prop_map(|(all, some)| Engagement::new(all, some)), 0..=3),
        vec(conversation(), 0..=3),
    );
    (person, word).prop_map(|(person, word)| {
        let (tenant, locales, country, zone, segments, stage, attributes) = person;
        let (endpoints, consents, suppressions, registries, preferences, quiet_hours, engagement, conversations) = word;
        let (windows, until) = quiet_hours;
        let quiet_hours = QuietHours::new(windows.unwrap_or_default());
        let quiet_hours = until.into_iter().fold(quiet_hours, QuietHours::until);
        let mut profile = CustomerProfile::builder(text("c-1")).preferences(preferences).quiet_hours(quiet_hours);
        profile = locales.into_iter().fold(profile, ProfileBuilder::locale);
        profile = endpoints.into_iter().fold(profile, ProfileBuilder::endpoint);
        profile = consents.into_iter().fold(profile, ProfileBuilder::consent);
        profile = suppressions.into_iter().fold(profile, ProfileBuilder::suppression);
        profile = registries.into_iter().fold(profile, ProfileBuilder::registry);
        profile = segments.into_iter().fold(profile, ProfileBuilder::segment);
        profile = conversations.into_iter().fold(profile, ProfileBuilder::conversation);
        profile = attributes.into_iter().fold(profile, |profile, (id, value)| profile.attribute(id, value));
        profile = engagement.into_iter().fold(profile, |profile, (kind, of)| profile.engagement(kind, of));
        profile = tenant.into_iter().fold(profile, ProfileBuilder::tenant);
        profile = stage.into_iter().fold(profile, ProfileBuilder::stage);
        profile = zone.into_iter().flatten().fold(profile, ProfileBuilder::zone_evidence);
        profile = country.into_iter().fold(profile, |profile, country| profile.country(text(country)));
        profile.build().expect("endpoint ids are unique")
    })
}

fn unreadable() -> Purpose {
    Purpose::Unrecognized(Code::literal("humanitarian"))
}

fn variant() -> impl Strategy<Value = Variant> {
    let parts = (
        prop_oneof![4 => Just(Vec::new()), 1 => kinds(1..=3)],
        weighted(0.5, select(&LOCALES[..])),
        prop_oneof![
            8 => Just(Form::Text),
            2 => Just(Form::LongForm),
            1 => Just(Form::Rich),
            2 => Just(Form::Template),
        ],
        select(&BODIES[..]),
        weighted(0.3, Just("https://example.com")),
    );
    parts.prop_map(|(kinds, locale, form, body, link)| {
        let mut variant = match form {
            Form::Template => Variant::template(Code::literal("welcome"), Vec::new()),
            _ => Variant::of(form, body),
        };
        (variant.kinds, variant.locale, variant.link) = (kinds, locale.map(text), link.map(str::to_owned));
        variant
    })
}

fn message() -> impl Strategy<Value = Message> {
    let urgency = prop_oneof![
        8 => select(Urgency::KNOWN),
        1 => Just(Urgency::Unrecognized(Code::literal("drastic"))),
    ];
    let ceiling = prop_oneof![
        6 => select(&[5_000u64, 44_999, 45_000, 90_000][..]).prop_map(euros),
        1 => Just(Money::new(90_000, text("USD"))),
    ];
    let named = (kinds(0..=4), kinds(0..=4))
        .prop_filter("an override says something", |(only, order)| !(only.is_empty() && order.is_empty()));
    let what = (
        select(&TOPICS[..]),
        prop_oneof![6 => Just(Purpose::Transactional), 12 => purpose(), 1 => Just(unreadable())],
        urgency,
        subsequence(TAGS.to_vec(), 0..=2),
        weighted(0.1, Just("talk-9")),
        weighted(0.15, select(&TENANTS[..])),
    );
    let when = (weighted(0.5, instant(-6..30)), weighted(0.15, instant(-12..72)), weighted(0.25, instant(40..160)));
    let how = (
        vec(variant(), 1..=6),
        weighted(0.2, select(&LOCALES[..])),
        weighted(0.3, ceiling),
        weighted(0.15, named),
        weighted(0.9, Just(())),
        prop_oneof![3 => Just(Vec::new()), 1 => one_of(&EVENTS)],
    );
    (what, when, how).prop_map(|(what, (created, not_before, expires), how)| {
        let (variants, locale, ceiling, named, leave, cancel_on) = how;
        let (topic, purpose, urgency, tags, conversation, brand) = what;
        let mut content = Content::new(variants);
        content.default_locale = locale.map(text);
        content.unsubscribe = leave.map(|()| Unsubscribe::new("https://example.com/unsubscribe"));
        let mut message = Message::builder(text("m-1"), topic, purpose).urgency(urgency).content(content);
        message = tags.into_iter().fold(message, MessageBuilder::tag);
        message = brand.into_iter().fold(message, MessageBuilder::brand).cancel_on(cancel_on);
        message = created.into_iter().fold(message, MessageBuilder::created);
        message = expires.into_iter().fold(message, MessageBuilder::expires);
        let due = not_before.filter(|due| expires.is_none_or(|expires| *due < expires));
        message = due.into_iter().fold(message, MessageBuilder::not_before);
        message = conversation.into_iter().fold(message, |message, id| message.conversation(text(id)));
        let named = named.map(|(only, order)| Override { only, order });
        message.price_ceiling(ceiling).channels(named).build().expect("a message that holds together")
    })
}

fn channel_id() -> impl Strategy<Value = ChannelId> + Clone {
    (0u8..8).prop_map(|at| text(&format!("channel-{at}")))
}

const EVENTS: [Code; 4] = [Code::literal("paid"), Code::literal("moved"), Event::CANCELLED, Event::SUPERSEDED];

/// Something that happened, often before now, to this message, to another or to none.
fn event() -> impl Strategy<Value = Event> {
    let about = weighted(0.7, select(&["m-1", "m-1", "m-2"][..]));
    (select(&EVENTS[..]), instant(-24..60), about).prop_map(|(name, at, about)| {
        let event = Event::new(name, at);
        about.into_iter().fold(event, |event, id| event.about(text(id)))
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let sent = (
        prop_oneof![instant(-30..0), instant(-24 * 8..50)],
        channel_id(),
        kind(),
        weighted(0.7, select(&ENDPOINTS[..])),
        prop_oneof![9 => purpose(), 1 => Just(unreadable())],
        select(&TOPICS[..]),
        (subsequence(TAGS.to_vec(), 0..=2), weighted(0.5, select(&TENANTS[..])), weighted(0.9, Just(()))),
    )
        .prop_map(|(at, channel, kind, endpoint, purpose, topic, (tags, brand, counts))| {
            let mut sent = Sent::new(at, channel, kind, purpose, topic);
            (sent.endpoint, sent.tags, sent.brand, sent.counts_toward_caps) = (endpoint, tags, brand, counts.is_some());
            sent
        });
    let pending = (
        select(Urgency::KNOWN),
        prop_oneof![9 => purpose(), 1 => Just(unreadable())],
        select(&TOPICS[..]),
        instant(-2..60),
        (subsequence(TAGS.to_vec(), 0..=2), weighted(0.5, select(&TENANTS[..]))),
        (weighted(0.4, channel_id()), weighted(0.5, kind()), weighted(0.3, select(&ENDPOINTS[..]))),
    )
        .prop_map(|(urgency, purpose, topic, until, (tags, brand), (channel, kind, endpoint))| {
            let mut pending = Pending::new(urgency, purpose, topic, until);
            (pending.tags, pending.brand) = (tags, brand);
            (pending.channel, pending.kind, pending.endpoint) = (channel, kind, endpoint);
            pending
        });
    let state = prop_oneof![
        3 => Just(ChannelState::Degraded),
        1 => Just(ChannelState::Down),
        1 => Just(ChannelState::Up),
        1 => Just(ChannelState::Unrecognized(Code::literal("limping"))),
    ];
    let health = (state, weighted(0.4, instant(0..48))).prop_map(|(state, until)| ChannelHealth { state, until });
    let presence =
        (kind(), weighted(0.5, select(&ENDPOINTS[..]))).prop_map(|(kind, endpoint)| Presence { kind, endpoint });
    let figure =
        (0u32..4, 0u32..100).prop_map(|(delivered, effective)| CampaignFigure { delivered: delivered * 40, effective });
    let parts = (
        now(),
        (vec(sent, 0..=8), prop_oneof![3 => Just(Vec::new()), 1 => vec(pending, 1..=2)]),
        btree_map(channel_id(), health, 0..=2),
        vec(presence, 0..=3),
        btree_map(kind(), figure, 0..=3),
        prop_oneof![30 => Just(Vec::new()), 1 => vec(event(), 1..=3)],
        any::<u64>(),
    );
    parts.prop_map(|(now, (history, pending), health, presence, campaign, events, seed)| {
        let mut facts = Facts::at(now);
        (facts.pending, facts.events) = (pending, events);
        (facts.history, facts.health, facts.presence) = (history, health, presence);
        (facts.campaign, facts.seed) = (campaign, seed);
        facts
    })
}

/// Any world.
pub(crate) fn world() -> impl Strategy<Value = World> {
    (channels(), policy(), profile(), message(), facts())
        .prop_map(|(channels, policy, profile, message, facts)| World::new(channels, policy, profile, message, facts))
}

/// Every code that a plan can give; `unrecognized` ones only come from documents.
const CODES: &[&str] = &[
    "expired",
    "superseded",
    "not_yet_due",
    "spread",
    "channel_down",
    "channel_closed",
    "not_present",
    "channel_refused",
    "no_endpoint",
    "endpoint_disabled",
    "hard_bounced",
    "endpoint_unknown",
    "unverified",
    "suppressed",
    "registry_stale",
    "consent_missing",
    "consent_pending",
    "consent_refused",
    "consent_withdrawn",
    "consent_revoked",
    "consent_invalid",
    "consent_expired",
    "consent_unreadable",
    "preference_off",
    "tenant_locked",
    "denied_by_rule",
    "denied_by_policy",
    "outside_only",
    "outside_override",
    "do_not_disturb",
    "quiet_hours",
    "sender_hours",
    "never_opens",
    "zone_unknown",
    "too_late",
    "cap_reached",
    "content_missing",
    "content_unsuited",
    "too_long",
    "session_closed",
    "too_expensive",
    "price_incomparable",
];

/// How often worlds show what they are there to show.
#[derive(Default)]
pub(crate) struct Census {
    worlds: u32,
    dispatching: u32,
    falling_back: u32,
    together: u32,
    beside: u32,
    ruled: u32,
    codes: BTreeMap<String, u32>,
    caps: BTreeMap<CapId, u32>,
    fields: BTreeMap<&'static str, u32>,
}

impl Census {
    pub(crate) fn count(&mut self, plan: &Plan) {
        self.worlds += 1;
        self.dispatching += u32::from(!plan.is_empty());
        self.falling_back += u32::from(plan.steps().len() > 1);
        self.together += u32::from(plan.steps().iter().any(|step| step.dispatches().len() > 1));
        self.beside += u32::from(!plan.always().is_empty());
        self.ruled += u32::from(!plan.trace().rules().is_empty());
        for reason in plan.trace().candidates().iter().filter_map(|candidate| candidate.verdict.reason()) {
            *self.codes.entry(reason.code().to_owned()).or_default() += 1;
            if let Reason::CapReached { cap, .. } = reason {
                *self.caps.entry(cap).or_default() += 1;
            }
        }
        for field in plan.trace().rules().iter().flat_map(|rule| rule.fields.iter()) {
            *self.fields.entry(field.code()).or_default() += 1;
        }
    }

    /// That worlds mostly dispatch, and that nothing a plan can show is missing from all of them.
    #[track_caller]
    pub(crate) fn check(&self) {
        let shares = [
            (self.dispatching, 50, "have a dispatch"),
            (self.falling_back, 25, "have a fallback"),
            (self.ruled, 50, "have a rule that matches"),
            (self.together, 1, "have dispatches that go together"),
            (self.beside, 5, "have a chain beside the chain"),
        ];
        for (count, percent, what) in shares {
            let enough = count * 100 > self.worlds * percent;
            assert!(enough, "{count} of {} worlds {what}: {:?}", self.worlds, self.codes);
        }
        let missing: Vec<_> = CODES.iter().filter(|code| !self.codes.contains_key(**code)).collect();
        assert!(missing.is_empty(), "no world shows {missing:?}: {:?}", self.codes);
        let filled = |number: &usize| self.caps.contains_key(&numbered_cap(*number).name);
        for number in 0..CAPS {
            let kind = std::mem::discriminant(&numbered_cap(number).per);
            let alike = (0..CAPS).filter(|other| std::mem::discriminant(&numbered_cap(*other).per) == kind);
            assert!(alike.filter(filled).count() > 0, "no cap like cap-{number} fills up: {:?}", self.caps);
        }
        let unset: Vec<_> = Field::ALL.iter().filter(|field| !self.fields.contains_key(field.code())).collect();
        assert!(unset.is_empty(), "no rule sets {unset:?}");
    }
}
