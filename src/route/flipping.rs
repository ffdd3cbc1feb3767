//! Looking for the smallest change that would let a refused candidate through, by judging again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    address::AddressForm,
    config::RouterConfig,
    content::{Form, Template, Variant, measure},
    facts::{ChannelState, Facts, Presence},
    flip::{Change, Flip},
    history::SendScope,
    id::{Code, EndpointId},
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    message::Message,
    money::Money,
    profile::{
        Choice, ConsentAction, ConsentEvent, ConsentScope, CustomerProfile, Endpoint, EndpointHealth,
        JurisdictionEvidence, Preference, RegistryCheck, SuppressionClass, ZoneEvidence,
    },
    reason::{Misfit, Reason},
    time::{Period, ZoneName},
    trace::{Candidate, Detail, Verdict},
};

use super::{
    eligibility,
    situation::{Situation, Tweak},
};

/// The whole of what a decision reads, to be changed in one thing.
#[derive(Clone)]
struct World<'a> {
    config: &'a RouterConfig,
    profile: CustomerProfile,
    message: Message,
    facts: Facts,
    tweak: Tweak,
}

/// Every gate's answer for a candidate and, where it is refused, the smallest change that would let it through.
pub(super) fn detail(
    config: &RouterConfig,
    profile: &CustomerProfile,
    message: &Message,
    facts: &Facts,
    candidate: &Candidate,
) -> Option<Box<Detail>> {
    let situation = Situation::new(config, profile, message, facts, Tweak::None);
    let refusals = eligibility::refusals(&situation, candidate)?;
    let flip = match candidate.verdict {
        Verdict::Refused { reason } => {
            let (profile, message, facts) = (profile.clone(), message.clone(), facts.clone());
            World { config, profile, message, facts, tweak: Tweak::None }.flip(candidate, reason)
        }
        _ => Flip::InUse,
    };
    let cap = match candidate.verdict.reason() {
        Some(Reason::CapReached { cap, .. }) => eligibility::cap_count(&situation, candidate, cap),
        _ => None,
    };
    Some(Box::new(Detail { refusals, flip, cap }))
}

/// The name of the endpoint that stands for "one more"; it is never sent to.
const NEW_ENDPOINT: EndpointId = EndpointId::literal("waypost:one-more");

impl World<'_> {
    /// Tries the changes that answer a reason, the smallest first, and keeps the first that lets the candidate through.
    fn flip(&self, candidate: &Candidate, reason: Reason) -> Flip {
        let tries = self.changes(candidate, reason);
        match tries.into_iter().find(|change| self.ready_with(candidate, change).is_some()) {
            Some(change) => Flip::If { change },
            None => Flip::NoSingleChange,
        }
    }

    /// The instant from which the candidate may go out once this one thing is otherwise; `None` where it still may not.
    fn ready_with(&self, candidate: &Candidate, change: &Change) -> Option<DateTime<Utc>> {
        let changed = self.clone().with(candidate, change)?;
        let situation = Situation::new(self.config, &changed.profile, &changed.message, &changed.facts, changed.tweak);
        let endpoint = candidate.endpoint.or(Some(NEW_ENDPOINT));
        eligibility::ready_on(&situation, &Candidate { endpoint, detail: None, ..candidate.clone() })
    }

    /// The changes that answer a reason, the smallest first.
    fn changes(&self, candidate: &Candidate, reason: Reason) -> Vec<Change> {
        let (channel, kind) = (candidate.channel, candidate.kind);
        let descriptor = self.config.channels().find(|known| known.id == channel);
        match reason {
            Reason::Expired { .. } | Reason::TooLate { .. } => {
                // Were it never to expire, the candidate would go out at this instant, and arrive a latency later.
                let never = Change::Expiry { at: DateTime::<Utc>::MAX_UTC };
                let usual = descriptor.map_or(TimeDelta::zero(), |known| known.latency.as_delta());
                let arrives = self
                    .ready_with(candidate, &never)
                    .and_then(|ready| ready.checked_add_signed(usual.max(TimeDelta::seconds(1))));
                arrives.map(|at| Change::Expiry { at }).into_iter().collect()
            }
            Reason::Superseded { event, .. } => vec![Change::WithoutEvent { event }],
            Reason::ChannelDown { .. } => vec![Change::ChannelUp { channel }],
            Reason::NotPresent => vec![Change::Present { kind }],
            Reason::NoEndpoint { .. } => vec![Change::Endpoint { kind }],
            Reason::EndpointDisabled | Reason::HardBounced | Reason::EndpointUnknown => {
                vec![Change::EndpointReachable]
            }
            Reason::Unverified => vec![Change::EndpointVerified],
            Reason::Suppressed { class, .. } => vec![Change::Unsuppressed { class }],
            Reason::RegistryStale { .. } | Reason::LawRegistry { .. } => vec![Change::Registry { kind }],
            Reason::ConsentMissing { .. }
            | Reason::ConsentPending { .. }
            | Reason::ConsentRefused { .. }
            | Reason::ConsentWithdrawn { .. }
            | Reason::ConsentRevoked { .. }
            | Reason::ConsentInvalid { .. }
            | Reason::ConsentExpired { .. }
            | Reason::LawConsent { .. }
            | Reason::ConsentUnreadable { .. } => {
                vec![Change::Consent { purpose: self.message.purpose(), kind }]
            }
            Reason::PreferenceOff { .. } => vec![Change::PreferenceOn { topic: self.message.topic(), kind }],
            Reason::DeniedByRule { rule } | Reason::OutsideOnly { rule: Some(rule) } => {
                vec![Change::WithoutRule { rule }]
            }
            Reason::OutsideOverride => vec![Change::WithoutOverride],
            Reason::DoNotDisturb { until }
            | Reason::QuietHours { until }
            | Reason::SenderHours { until }
            | Reason::ChannelClosed { until }
            | Reason::LawHours { until, .. }
            | Reason::LawCap { until: Some(until), .. }
            | Reason::CoolOff { until: Some(until), .. } => {
                vec![Change::Later { at: until }]
            }
            Reason::ZoneUnknown => vec![Change::ZoneKnown],
            Reason::JurisdictionUnknown => vec![Change::JurisdictionKnown],
            Reason::CapReached { cap, limit, until } => {
                let later = until.map(|at| Change::Later { at });
                if matches!(self.config.policy.cap(cap).map(|cap| cap.per), Some(Period::MinGap(_))) {
                    // Between two sends there is one gap, whatever the limit.
                    return later.into_iter().collect();
                }
                // A limit above the number of sends on record is never reached, and a higher one never refuses more.
                let mut on_record = self.facts.pending.len();
                self.facts.visit_sent(&SendScope::default(), None, &mut |_| on_record += 1);
                let highest = u32::try_from(on_record).unwrap_or(u32::MAX).saturating_add(1);
                let (mut low, mut high) = (limit.saturating_add(1), highest.max(limit.saturating_add(1)));
                while low < high {
                    let limit = low + (high - low) / 2;
                    match self.ready_with(candidate, &Change::CapOf { cap, limit }) {
                        Some(_) => high = limit,
                        None => low = limit + 1,
                    }
                }
                std::iter::once(Change::CapOf { cap, limit: low }).chain(later).collect()
            }
            Reason::ContentUnsuited { misfit: Misfit::Link } => vec![Change::WithoutLinks],
            Reason::ContentUnsuited { misfit: Misfit::NotLongForm } => {
                vec![Change::Variant { form: Form::LongForm, kind }]
            }
            Reason::ContentMissing | Reason::ContentUnsuited { .. } => {
                [Form::Text, Form::LongForm, Form::Rich, Form::Template]
                    .map(|form| Change::Variant { form, kind })
                    .to_vec()
            }
            Reason::SessionClosed { .. } => vec![Change::Variant { form: Form::Template, kind }],
            Reason::TooLong { unit, max, .. } => vec![Change::Shorter { max, unit }],
            Reason::TooExpensive { price, .. } => {
                let currency = descriptor.and_then(|known| known.price).map(|price| price.currency);
                currency.map(|currency| Change::Ceiling { price: Money::new(price, currency) }).into_iter().collect()
            }
            Reason::PriceIncomparable => vec![Change::NoCeiling],
            // What a newer version or the channel itself says, and what no single thing could change.
            _ => Vec::new(),
        }
    }

    /// The world in which this one thing is otherwise; `None` where that cannot be.
    fn with(mut self, candidate: &Candidate, change: &Change) -> Option<Self> {
        let edit = self.profile.to_builder();
        let profile = match *change {
            Change::Endpoint { kind } => edit.endpoint(new_endpoint(kind)?),
            Change::EndpointReachable => {
                self.replace(candidate, |endpoint| endpoint.with_health(EndpointHealth::Reachable))?
            }
            Change::EndpointVerified => self.replace(candidate, Endpoint::verified)?,
            Change::Unsuppressed { class } => edit
                .retain_suppressions(|record| record.class != class)
                .retain_registries(|check| !(check.listed && class == SuppressionClass::Registry)),
            // At the end of the calendar, so that no delay outlives it.
            Change::Registry { kind } => {
                edit.registry(RegistryCheck::new(kind, false, self.facts.now, DateTime::<Utc>::MAX_UTC))
            }
            Change::Consent { purpose, kind } => {
                let scope = ConsentScope {
                    kind: Some(kind),
                    endpoint: candidate.endpoint,
                    purpose: Some(purpose),
                    topic: Some(self.message.topic()),
                    tenant: self.message.brand().or(self.profile.tenant()),
                };
                let said = |action| ConsentEvent::new(action, scope.clone(), self.facts.now);
                edit.consent(said(ConsentAction::Grant)).consent(said(ConsentAction::Confirm))
            }
            Change::PreferenceOn { topic, kind } => {
                edit.preference(Preference::new(Choice::On).about(topic).on(kind).at(self.facts.now))
            }
            Change::JurisdictionKnown => edit.jurisdictions(JurisdictionEvidence::declared(Jurisdiction::NOWHERE)),
            Change::ZoneKnown => edit.zone(ZoneEvidence::declared(ZoneName::UTC)),
            _ => edit,
        };
        self.profile = profile.build().ok()?;

        let edit = self.message.to_builder();
        let message = match *change {
            Change::Expiry { at } => edit.expires(at),
            Change::WithoutOverride => edit.channels(None),
            Change::Variant { form, kind } => edit.variant(new_variant(form).on(kind)),
            Change::WithoutLinks => {
                let mut content = self.message.content().clone();
                content.variants.iter_mut().for_each(|variant| variant.link = None);
                edit.content(content)
            }
            Change::Shorter { max, unit } => {
                let mut content = self.message.content().clone();
                content
                    .variants
                    .iter_mut()
                    .for_each(|variant| variant.body = measure::prefix(&variant.body, max, unit).to_owned());
                edit.content(content)
            }
            Change::Ceiling { price } => edit.price_ceiling(price),
            Change::NoCeiling => edit.price_ceiling(None),
            _ => edit,
        };
        self.message = message.build().ok()?;

        match *change {
            Change::Later { at } => self.facts.now = at,
            Change::WithoutEvent { event } => self.facts.events.retain(|happened| happened.name != event),
            Change::ChannelUp { channel } => self.facts = self.facts.with_health(channel, ChannelState::Up, None),
            Change::Present { kind } => self.facts.presence.push(Presence { kind, endpoint: candidate.endpoint }),
            Change::WithoutRule { rule } => {
                let number = self.config.policy.rules.iter().position(|known| known.name == rule)?;
                self.tweak = Tweak::WithoutRule(u16::try_from(number).ok()?);
            }
            Change::CapOf { cap, limit } => self.tweak = Tweak::CapOf(cap, limit),
            _ => {}
        }
        Some(self)
    }

    /// The profile with the candidate's endpoint changed.
    fn replace(
        &self,
        candidate: &Candidate,
        change: impl Fn(Endpoint) -> Endpoint,
    ) -> Option<crate::profile::ProfileBuilder> {
        let mine = self.profile.endpoint(candidate.endpoint?)?.clone();
        let others = self.profile.to_builder().retain_endpoints(|endpoint| endpoint.id() != mine.id());
        Some(others.endpoint(change(mine)))
    }
}

fn new_endpoint(kind: ChannelKind) -> Option<Endpoint> {
    let address = match kind.address_form() {
        AddressForm::Phone => "+10000000",
        AddressForm::Email => "a@b",
        AddressForm::Opaque => "x",
    };
    Some(Endpoint::new(NEW_ENDPOINT, kind, address).ok()?.verified())
}

fn new_variant(form: Form) -> Variant {
    match form {
        Form::Template => {
            let template = Template { name: Code::literal("template"), parameters: Vec::new() };
            Variant { template: Some(template), ..Variant::of(form, "") }
        }
        _ => Variant::of(form, "x"),
    }
}
