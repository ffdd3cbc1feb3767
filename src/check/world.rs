//! Worlds: a message, a customer and a moment at a point of the space, as favourable as can be.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    address::AddressForm,
    channel::ChannelDescriptor,
    config::RouterConfig,
    content::{Content, FitContext, Form, Template, Unsubscribe, Variant},
    draw::draw,
    facts::Facts,
    id::{Code, EndpointId},
    kind::ChannelKind,
    message::Message,
    policy::{
        Condition, Policy, Settings,
        reach::{Reach, judged_as},
        space::{Point, Space},
    },
    profile::{
        Choice, ConsentAction, ConsentEvent, ConsentScope, Conversation, CustomerProfile, Endpoint, Preference,
        RegistryCheck, ZoneEvidence,
    },
    time::{Layer, LayerKind, Next, ResolvedZone, Schedule, Window, ZoneName},
};

/// Noon on Monday, 5 January 2026: no clock changes for weeks.
const NOON: TimeDelta = TimeDelta::seconds(1_767_614_400);

/// The customer's word on consent and preferences.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// None, and no registry was asked about them.
    None,
    /// The topic was switched on where it is off by default, and every registry knows nothing of them; no consent.
    TopicOn,
    /// The same, and consent to everything.
    Consent,
}

/// A message, a customer and a moment.
pub(super) struct World {
    pub(super) profile: CustomerProfile,
    pub(super) message: Message,
    pub(super) facts: Facts,
}

impl World {
    /// The customer has one endpoint, on this kind.
    ///
    /// `None` where no such profile or message can be written; nothing is concluded from that.
    pub(super) fn at(
        policy: &Policy,
        config: &RouterConfig,
        space: &Space,
        (point, kind, word): (&Point, ChannelKind, Word),
    ) -> Option<Self> {
        let noon = DateTime::<Utc>::UNIX_EPOCH + NOON;
        let (topic, purpose) = space.subject(point);
        let message = Message::builder("example".parse().ok()?, topic, purpose).content(content());
        let message = space.message(point, message).build().ok()?;
        let endpoint = EndpointId::literal("endpoint");
        let address = match kind.address_form() {
            AddressForm::Email => "customer@example.com",
            AddressForm::Phone => "+12025550123",
            AddressForm::Opaque => "address",
        };
        let mut profile = CustomerProfile::builder("customer".parse().ok()?)
            .endpoint(Endpoint::new(endpoint, kind, address).ok()?.verified());
        let off_by_default = policy.topics.get(&topic).and_then(|said| said.default).is_some_and(|it| it != Choice::On);
        if word != Word::None && off_by_default {
            profile = profile.preference(Preference::new(Choice::On).about(topic).on(kind));
        }
        if word != Word::None {
            let (first, last) = (DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
            profile = profile.registry(RegistryCheck::new(kind, false, first, last));
        }
        if word == Word::Consent {
            let said = |action| ConsentEvent::new(action, ConsentScope::everything(), DateTime::<Utc>::UNIX_EPOCH);
            profile = profile.consent(said(ConsentAction::Grant)).consent(said(ConsentAction::Confirm));
            let bases = policy.purposes.get(&judged_as(purpose)).and_then(|said| said.consent_bases.clone());
            for basis in bases.unwrap_or_default() {
                profile = profile.consent(said(ConsentAction::Grant).on_basis(basis));
            }
        }
        let profile = space.profile(point, profile).build().ok()?;
        let standing = standing(policy, &message, &profile);
        let (zone, now) = favourable(config, kind, &standing, noon).unwrap_or((ZoneName::UTC, noon));
        let mut facts = Facts::at(now).with_presence(kind);
        if let Some(spread) = standing.spread.filter(|spread| !spread.is_zero()) {
            let moment = |seed: &u64| draw(*seed, profile.id().as_str()) % spread.as_secs();
            // Of a thousand draws the earliest is early enough for any spread that leaves time to send.
            facts.seed = (0..1000).min_by_key(moment).unwrap_or_default();
        }
        let conversation = Conversation::new("conversation".parse().ok()?, kind, now);
        let profile =
            profile.to_builder().zone(ZoneEvidence::declared(zone)).conversation(conversation).build().ok()?;
        Some(Self { profile, message, facts })
    }
}

/// What the policy says of a message and customer, before any gate.
pub(super) fn standing(policy: &Policy, message: &Message, profile: &CustomerProfile) -> Settings {
    let matching = policy.rules.iter().filter(|rule| Condition::of(&rule.when).holds(message, profile));
    matching.fold(Reach::base_of(policy, message.purpose()), |standing, rule| standing.then(&rule.then))
}

/// The least that can be said, in every form.
fn content() -> Content {
    let template = Template { name: Code::literal("example"), parameters: Vec::new() };
    let forms = [Form::Text, Form::LongForm, Form::Rich].map(|form| Variant::of(form, "x"));
    let mut variants = forms.to_vec();
    variants.push(Variant::template(template.name, template.parameters));
    let mut content = Content::new(variants);
    content.unsubscribe = Some(Unsubscribe::new("https://example.com/unsubscribe"));
    content
}

/// Whether a channel can carry anything at all.
pub(super) fn carries(channel: &ChannelDescriptor, long_form_only: bool) -> bool {
    let mut context = FitContext::new(DateTime::<Utc>::MIN_UTC, crate::purpose::Purpose::Transactional);
    context.long_form_only = long_form_only;
    content().judge(channel, &context).is_ok()
}

/// A zone for the customer and an instant at which the sender's hours and those of a channel of the kind are open.
///
/// Zones are tried at every quarter of an hour that a clock on earth may be off, so that hours which can meet do.
fn favourable(
    config: &RouterConfig,
    kind: ChannelKind,
    standing: &Settings,
    from: DateTime<Utc>,
) -> Option<(ZoneName, DateTime<Utc>)> {
    let hours = standing.hours.as_deref().unwrap_or_default();
    let channels: Vec<_> = config.channels.iter().filter(|channel| channel.descriptor.kind == kind).collect();
    (0..=14 * 4).chain(-12 * 4..0).find_map(|quarters: i32| {
        let zone = offset(quarters)?;
        let customers = ResolvedZone::find(&*config.zones, &zone)?;
        channels.iter().find_map(|channel| {
            let sender =
                (!hours.is_empty()).then(|| Layer { allow: hours, ..Layer::open(LayerKind::Sender, customers) });
            let own = channel.descriptor.open.as_ref().zip(channel.zone).map(|(open, key)| {
                let zone = ResolvedZone::new(&*config.zones, key);
                Layer { allow: &open.windows, ..Layer::open(LayerKind::Channel, zone) }
            });
            let layers: Vec<_> = sender.into_iter().chain(own).collect();
            let weekly = layers.iter().flat_map(|layer| layer.allow).all(Window::is_weekly);
            let horizon = if weekly { TimeDelta::days(8) } else { Schedule::<ResolvedZone<'_>>::LONGEST_HORIZON };
            match Schedule::new(&layers).next(from, horizon) {
                Next::Now => Some((zone, from)),
                Next::At { instant, .. } => Some((zone, instant)),
                Next::NeverWithin { .. } => None,
            }
        })
    })
}

fn offset(quarters: i32) -> Option<ZoneName> {
    if quarters == 0 {
        return Some(ZoneName::UTC);
    }
    let (sign, quarters) = (if quarters < 0 { '-' } else { '+' }, quarters.abs());
    format!("{sign}{:02}:{:02}", quarters / 4, quarters % 4 * 15).parse().ok()
}
