//! The world that is measured: a shop with 8 channels of 7 kinds and 12 rules, and customers as they come.
//!
//! Cases differ in everything that a decision reads, so that no branch predictor learns one of them by heart.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use waypost::{
    CampaignFigure, Capability, ChannelDescriptor, ChannelId, ChannelKind, ChannelState, Choice, Code, ConsentAction,
    ConsentEvent, ConsentScope, Conversation, CustomerProfile, Endpoint, EndpointHealth, EndpointId, Engagement, Facts,
    Form, Locale, Message, Money, Policy, Preference, Preferences, Purpose, QuietHours, RouterConfig, Segment, Sent,
    SetBy, Stage, Suppression, SuppressionClass, Tag, TopicId, Unit, Urgency, Variant, ZoneEvidence,
    content::Unsubscribe,
    time::{Span, ZoneName},
};

/// What one decision is made from.
pub(crate) struct Case {
    pub(crate) profile: CustomerProfile,
    pub(crate) message: Message,
    pub(crate) facts: Facts,
}

/// Enough that the predictor cannot learn them, few enough that they stay in the second-level cache.
const CASES: u64 = 192;

/// Chance that is the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| _ = dice.roll(2));
        dice
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    /// So many times out of sixteen.
    fn chance(&mut self, sixteenths: u64) -> bool {
        self.roll(16) < sixteenths
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize]
    }
}

pub(crate) const TOPICS: [(TopicId, Purpose); 8] = [
    (TopicId::literal("order_shipped"), Purpose::Transactional),
    (TopicId::literal("invoice"), Purpose::Transactional),
    (TopicId::literal("card_fraud"), Purpose::Safety),
    (TopicId::literal("otp_code"), Purpose::Authentication),
    (TopicId::literal("coupon"), Purpose::Marketing),
    (TopicId::literal("statement"), Purpose::Service),
    (TopicId::literal("appointment"), Purpose::Service),
    (TopicId::literal("survey"), Purpose::Research),
];

/// The policy of which the yardstick is the hand-written twin.
pub(crate) const POLICY: &str = r#"
name = "shop"

[defaults]
order = ["push", "whatsapp", "rcs", "email", "sms", "in_app", "voice"]
hours = ["mon-sat 08:00-21:00", "sun 10:00-20:00"]
caps = [{ name = "daily", limit = 6, per = "1d", scope = ["person"] }]

[purposes.marketing.then]
order = ["email", "push", "whatsapp", "rcs", "sms"]
deny = ["voice"]
caps = [{ name = "promo", limit = 2, per = "1w", scope = ["purpose"] }]

[topics.card_fraud]
required = true
mandatory = ["push", "sms"]

[topics.survey]
default = "off"

[topics]
order_shipped = {}
invoice = {}
otp_code = {}
coupon = {}
statement = {}
appointment = {}

[[rules]]
name = "vip-by-chat"
when = { segment = "vip" }
then = { prefer = ["whatsapp"] }

[[rules]]
name = "no-calls-to-students"
when = { segment = "student" }
then = { deny = ["voice"] }

[[rules]]
name = "newcomers-by-mail"
when = { stage = "new", purpose = ["service", "transactional"] }
then = { prefer = ["email"] }

[[rules]]
name = "fraud"
when = { topic = "card_fraud" }
then = { order = ["voice", "sms", "push"] }

[[rules]]
name = "codes"
when = { topic = "otp_code" }
then = { only = ["sms", "whatsapp", "push"], expires_after = "5m" }

[[rules]]
name = "parcels"
when = { topic = "order_shipped" }
then = { order = ["push", "whatsapp", "email"] }

[[rules]]
name = "coupons"
when = { topic = "coupon" }
then = { caps = [{ name = "coupon", limit = 1, per = "3d", scope = ["topic"] }], no_links = ["sms"] }

[[rules]]
name = "statements"
when = { topic = "statement" }
then = { only = ["email", "push", "in_app"], long_form_only = ["email"] }

[[rules]]
name = "appointments"
when = { topic = "appointment" }
then = { lifts = { quiet_hours = ["push"] } }

[[rules]]
name = "no-texts-abroad"
when = { country = ["MX", "BR"], purpose = "marketing" }
then = { deny = ["sms"] }

[[rules]]
name = "bulk-by-mail"
when = { tag = "bulk" }
then = { deny = ["whatsapp", "rcs"] }

[[rules]]
name = "pressing"
when = { urgency = "high" }
then = { give_up_after = "2m" }
"#;

pub(crate) fn policy() -> Policy {
    Policy::from_toml(POLICY).expect("a sound policy")
}

pub(crate) fn channels() -> Vec<ChannelDescriptor> {
    let euro = |micros| Money::new(micros, "EUR".parse().expect("a currency"));
    let text = |id, kind| ChannelDescriptor::new(ChannelId::literal(id), kind).can(Capability::Text);
    let secs = Span::from_secs;
    vec![
        text("app", ChannelKind::PUSH)
            .can(Capability::RichMedia)
            .with_limit(178, Unit::CodePoints)
            .with_latency(secs(3)),
        text("whatsapp", ChannelKind::WHATSAPP)
            .can(Capability::Template)
            .can(Capability::Session)
            .with_limit(1024, Unit::CodePoints)
            .with_price(euro(52_000))
            .with_latency(secs(5)),
        text("rcs", ChannelKind::RCS)
            .can(Capability::RichMedia)
            .with_limit(2000, Unit::CodePoints)
            .with_price(euro(45_000))
            .with_latency(secs(5)),
        text("mail", ChannelKind::EMAIL).can(Capability::LongForm).with_price(euro(400)).with_latency(secs(60)),
        text("sms-main", ChannelKind::SMS)
            .with_limit(160, Unit::CodePoints)
            .with_price(euro(61_000))
            .with_latency(secs(8)),
        text("sms-backup", ChannelKind::SMS)
            .with_limit(160, Unit::CodePoints)
            .with_price(euro(70_000))
            .with_latency(secs(15)),
        text("inbox", ChannelKind::IN_APP).can(Capability::PresenceBound).can(Capability::LongForm),
        text("calls", ChannelKind::VOICE).with_price(euro(120_000)).with_latency(secs(20)),
    ]
}

pub(crate) fn config(policy: Policy) -> Arc<RouterConfig> {
    RouterConfig::builder().descriptors(channels()).policy(policy).build().expect("a sound configuration")
}

/// What makes a set of cases one of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it comes: by day and by night, quiet hours, full caps, missing consent.
    Mixed,
    /// In the middle of the night, with quiet hours, on purposes that obey them.
    Quiet,
    /// With so many sends on record that caps are full.
    Capped,
}

pub(crate) fn cases(mood: Mood) -> Vec<Case> {
    (1..=CASES).map(|seed| case(seed, mood)).collect()
}

pub(crate) fn case(seed: u64, mood: Mood) -> Case {
    let mut dice = Dice::of(seed);
    let now = now(&mut dice, mood);
    let (topic, purpose) = match mood {
        Mood::Mixed => dice.pick(&TOPICS),
        Mood::Quiet | Mood::Capped => dice.pick(&[TOPICS[0], TOPICS[1], TOPICS[4], TOPICS[6]]),
    };
    let profile = profile(seed, &mut dice, mood, topic, now);
    let message = message(seed, &mut dice, topic, purpose, now);
    let facts = facts(&mut dice, mood, topic, purpose, now);
    Case { profile, message, facts }
}

fn now(dice: &mut Dice, mood: Mood) -> DateTime<Utc> {
    let day = TimeDelta::days(dice.roll(7) as i64);
    let hour = match mood {
        // Noon to 20:00 in Madrid is day-time in every zone of this world.
        Mood::Mixed if dice.chance(12) => 14 + dice.roll(5),
        Mood::Mixed => dice.roll(24),
        Mood::Quiet => 3 + dice.roll(2),
        Mood::Capped => 14 + dice.roll(5),
    };
    let base: DateTime<Utc> = "2026-11-16T00:00:00Z".parse().expect("an instant");
    base + day + TimeDelta::hours(hour as i64) + TimeDelta::seconds(dice.roll(3600) as i64)
}

const HOMES: [(&str, &str, &str); 5] = [
    ("es-ES", "ES", "Europe/Madrid"),
    ("es-MX", "MX", "America/Mexico_City"),
    ("pt-BR", "BR", "America/Sao_Paulo"),
    ("en-GB", "GB", "Europe/London"),
    ("en", "ES", "Europe/Madrid"),
];

fn profile(seed: u64, dice: &mut Dice, mood: Mood, topic: TopicId, now: DateTime<Utc>) -> CustomerProfile {
    let ago = |dice: &mut Dice| now - TimeDelta::minutes(1 + dice.roll(400 * 24 * 60) as i64);
    let (locale, country, zone) = dice.pick(&HOMES);
    let mut profile = CustomerProfile::builder(format!("crm/{seed:06}").parse().expect("a name"))
        .locale(locale.parse().expect("a language"))
        .country(country.parse().expect("a country"));
    if dice.chance(4) {
        profile = profile.locale("en".parse().expect("a language"));
    }
    if mood == Mood::Quiet || dice.chance(15) {
        profile = profile.zone(ZoneEvidence::declared(ZoneName::literal(zone)));
    }
    let endpoints = [
        ("phone", ChannelKind::PUSH, "token-phone", 14),
        ("tablet", ChannelKind::PUSH, "token-tablet", 2),
        ("home", ChannelKind::EMAIL, "ana@example.com", 14),
        ("mobile", ChannelKind::SMS, "+34600111222", 13),
        ("wa", ChannelKind::WHATSAPP, "+34600111222", 11),
        ("rcs", ChannelKind::RCS, "+34600111222", 6),
        ("landline", ChannelKind::VOICE, "+34910111222", 11),
        ("session", ChannelKind::IN_APP, "account-1", 16),
    ];
    for (id, kind, address, likely) in endpoints {
        if !dice.chance(likely) {
            continue;
        }
        let mut endpoint = Endpoint::new(EndpointId::literal(id), kind, address).expect("an endpoint").verified();
        match dice.roll(24) {
            0 => endpoint = endpoint.with_health(EndpointHealth::HardBounced),
            1 => endpoint = endpoint.with_health(EndpointHealth::Disabled),
            2..=4 => endpoint = endpoint.with_health(EndpointHealth::Suspect),
            5 => endpoint = endpoint.with_zone(ZoneName::literal("Europe/Lisbon")),
            _ => {}
        }
        profile = profile.endpoint(endpoint);
    }
    for purpose in [Purpose::Marketing, Purpose::Research] {
        if dice.chance(13) {
            profile =
                profile.consent(ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(purpose), ago(dice)));
        }
    }
    for _ in 0..dice.roll(4) {
        let kind = dice.pick(&[ChannelKind::SMS, ChannelKind::WHATSAPP, ChannelKind::EMAIL, ChannelKind::VOICE]);
        let scope = match dice.roll(3) {
            0 => ConsentScope::everything().on_kind(kind),
            1 => ConsentScope::purpose(Purpose::Marketing).on_kind(kind),
            _ => ConsentScope::purpose(Purpose::Service).on_kind(kind).about(topic),
        };
        let action = dice.pick(&[ConsentAction::Withdraw, ConsentAction::Grant, ConsentAction::Grant]);
        profile = profile.consent(ConsentEvent::new(action, scope, ago(dice)));
    }
    if dice.chance(2) {
        let record = Suppression::of(SuppressionClass::Complaint).on_endpoint(EndpointId::literal("home"));
        profile = profile.suppression(record.since(ago(dice)));
    }
    profile = profile.preferences(preferences(dice, topic, now));
    if mood == Mood::Quiet || dice.chance(12) {
        let windows = ["22:00-08:00", "sat,sun 20:00-10:00"].map(|text| text.parse().expect("a window"));
        let windows = windows.into_iter().take(1 + dice.roll(2) as usize);
        profile = profile.quiet_hours(QuietHours::new(windows));
    }
    for segment in ["vip", "student", "madrid", "loyal", "app-user", "winter-2026"] {
        if dice.chance(4) {
            profile = profile.segment(Segment::literal(segment));
        }
    }
    if dice.chance(12) {
        profile = profile.stage(dice.pick(&[Stage::literal("new"), Stage::literal("established")]));
    }
    for kind in [ChannelKind::PUSH, ChannelKind::EMAIL, ChannelKind::SMS, ChannelKind::WHATSAPP] {
        if dice.chance(8) {
            let delivered = 1 + dice.roll(60) as u32;
            profile = profile.engagement(kind, Engagement::new(delivered, dice.roll(u64::from(delivered)) as u32));
        }
    }
    if dice.chance(6) {
        let last = now - TimeDelta::minutes(dice.roll(3000) as i64);
        let id = format!("talk-{seed}").parse().expect("a name");
        profile = profile.conversation(Conversation::new(id, ChannelKind::WHATSAPP, last));
    }
    profile.build().expect("a sound profile")
}

fn preferences(dice: &mut Dice, topic: TopicId, now: DateTime<Utc>) -> Preferences {
    let mut preferences = Preferences::default();
    for (kind, likely) in [(ChannelKind::SMS, 3), (ChannelKind::EMAIL, 2), (ChannelKind::VOICE, 6)] {
        if dice.chance(likely) {
            preferences = preferences.with(Preference::new(Choice::Off).on(kind).at(now - TimeDelta::days(90)));
        }
    }
    for (about, _) in TOPICS {
        // Nobody gets a survey who did not ask for it.
        if dice.chance(if about.as_str() == "survey" { 13 } else { 3 }) {
            let choice = dice.pick(&[Choice::On, Choice::On, Choice::On, Choice::Off]);
            let cell = Preference::new(choice).about(about).at(now - TimeDelta::days(1 + dice.roll(200) as i64));
            preferences = preferences.with(if dice.chance(8) { cell.on(ChannelKind::PUSH) } else { cell });
        }
    }
    if dice.chance(1) {
        let tenants = Preference::new(Choice::Off).about(topic).on(ChannelKind::RCS).set_by(SetBy::Tenant);
        preferences = preferences.with(tenants.locked());
    }
    if dice.chance(8) {
        let mut kinds = vec![ChannelKind::WHATSAPP, ChannelKind::PUSH, ChannelKind::EMAIL, ChannelKind::SMS];
        kinds.rotate_left(dice.roll(4) as usize);
        preferences = preferences.with_order(kinds);
    }
    preferences
}

fn message(seed: u64, dice: &mut Dice, topic: TopicId, purpose: Purpose, now: DateTime<Utc>) -> Message {
    let locale = |tag: &str| tag.parse::<Locale>().expect("a language");
    let long = "Please read on in the app. ".repeat(4 + dice.roll(6) as usize);
    let mut message = Message::builder(format!("m-{seed:08}").parse().expect("a name"), topic, purpose)
        .created(now - TimeDelta::seconds(dice.roll(310) as i64))
        .unsubscribe(Unsubscribe::new("https://example.com/unsubscribe"))
        .variant(Variant::text("Tienes una novedad en tu cuenta").in_locale(locale("es")))
        .variant(Variant::text("There is news about your account").in_locale(locale("en")))
        .variant(Variant::long_form("Novedades", "Hola,\n\n…\n\nUn saludo").in_locale(locale("es")))
        .variant(Variant::long_form("News", "Hello,\n\n…\n\nRegards").in_locale(locale("en")));
    if dice.chance(8) {
        let card = Variant::of(Form::Rich, long).in_locale(locale("es")).with_link("https://example.com/x");
        message = message.variant(card.on(ChannelKind::RCS).on(ChannelKind::PUSH));
    }
    if dice.chance(8) {
        message = message.variant(Variant::template(Code::literal("news_es"), ["1".into()]).in_locale(locale("es")));
    }
    if dice.chance(6) {
        message = message.urgency(Urgency::High);
    }
    if dice.chance(3) {
        message = message.tag(Tag::literal("bulk"));
    }
    if dice.chance(8) {
        message = message.tag(Tag::literal("winter"));
    }
    if dice.chance(5) {
        message = message.expires(now + TimeDelta::minutes(2 + dice.roll(24 * 60) as i64));
    }
    if dice.chance(3) {
        message = message.price_ceiling(Money::new(60_000, "EUR".parse().expect("a currency")));
    }
    message.build().expect("a sound message")
}

fn facts(dice: &mut Dice, mood: Mood, topic: TopicId, purpose: Purpose, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts::at(now);
    let (sends, minutes) = if mood == Mood::Capped { (8, 20 * 60) } else { (dice.roll(10), 8 * 24 * 60) };
    for _ in 0..sends {
        let (channel, kind) = dice.pick(&[
            (ChannelId::literal("app"), ChannelKind::PUSH),
            (ChannelId::literal("mail"), ChannelKind::EMAIL),
            (ChannelId::literal("sms-main"), ChannelKind::SMS),
        ]);
        let again = dice.chance(if mood == Mood::Capped { 8 } else { 1 });
        let (topic, purpose) = if again { (topic, purpose) } else { dice.pick(&TOPICS) };
        let at = now - TimeDelta::minutes(1 + dice.roll(minutes) as i64);
        facts = facts.with_sent(Sent::new(at, channel, kind, purpose, topic));
    }
    if dice.chance(2) {
        facts = facts.with_health(ChannelId::literal("sms-main"), ChannelState::Degraded, None);
    }
    if dice.chance(2) {
        let until = now + TimeDelta::minutes(3);
        facts = facts.with_health(ChannelId::literal("whatsapp"), ChannelState::Down, Some(until));
    }
    if dice.chance(5) {
        facts = facts.with_presence(ChannelKind::IN_APP);
    }
    if dice.chance(3) {
        facts.campaign.insert(ChannelKind::PUSH, CampaignFigure { delivered: 900, effective: 120 });
        facts.campaign.insert(ChannelKind::EMAIL, CampaignFigure { delivered: 1200, effective: 90 });
    }
    facts
}

/// What rules are told apart by.
#[derive(Clone, Copy)]
pub(crate) enum Hook {
    /// Each rule asks for one of many topics.
    Topics,
    /// Rules ask for segments and tags in turn; customers and messages have several of each.
    Segments,
}

/// So many rules, of which the same three apply to the cases of [`hooked`] whatever their number.
pub(crate) fn rules(count: usize, hook: Hook) -> Policy {
    let (rest, _) = POLICY.split_once("[[rules]]").expect("the policy has rules");
    let mut text = rest.to_owned();
    if let Hook::Topics = hook {
        // A policy that declares topics declares all that its rules ask for.
        (0..count.div_ceil(3)).for_each(|at| text += &format!("topic_{at} = {{}}\n"));
    }
    for at in 0..count {
        let when = match hook {
            Hook::Topics => format!("topic = \"topic_{}\"", at / 3),
            Hook::Segments if at % 2 == 0 => format!("segment = \"segment_{at}\""),
            Hook::Segments => format!("tag = \"tag_{at}\""),
        };
        let then = match at {
            0 => r#"prefer = ["rcs"]"#.to_owned(),
            1 => r#"deny = ["voice"]"#.to_owned(),
            2 => r#"give_up_after = "20m""#.to_owned(),
            _ if at % 4 == 0 => format!(r#"caps = [{{ name = "cap_{at}", limit = 5, per = "1d" }}]"#),
            _ => r#"patience = "5m""#.to_owned(),
        };
        text += &format!("[[rules]]\nname = \"rule_{at}\"\nwhen = {{ {when} }}\nthen = {{ {then} }}\n");
    }
    Policy::from_toml(&text).expect("a sound policy")
}

/// The mixed cases, with messages and customers to which the first three of [`rules`] apply.
pub(crate) fn hooked(hook: Hook) -> Vec<Case> {
    let mut cases = cases(Mood::Mixed);
    for case in &mut cases {
        match hook {
            Hook::Topics => {
                let from = &case.message;
                let mut message = Message::builder(from.id().clone(), TopicId::literal("topic_0"), from.purpose())
                    .urgency(from.urgency());
                message = message.content(from.content().clone());
                case.message = message.build().expect("a sound message");
            }
            Hook::Segments => {
                let mut profile = case.profile.to_builder();
                for segment in ["segment_0", "segment_2", "segment_none", "vip", "loyal", "madrid"] {
                    profile = profile.segment(Segment::literal(segment));
                }
                case.profile = profile.build().expect("a sound profile");
                let message = case.message.to_builder().tag(Tag::literal("tag_1")).tag(Tag::literal("winter"));
                case.message = message.build().expect("a sound message");
            }
        }
    }
    cases
}
