//! Why a candidate is not used, or not yet: what, whose word it was, and until when.

use std::fmt;

use chrono::{DateTime, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    content::{Field, Unit},
    id::{CapId, Code, LawId, RuleId},
    kind::ChannelKind,
    money::Amount,
    profile::{SetBy, SuppressionClass},
    purpose::Purpose,
    time::{LayerKind, Span},
};

codes! {
    /// Whose word a reason is; the first ones weigh most.
    closed Authority, "authority" {
        /// The law, or a record that forbids whatever else is said.
        Law = "law",
        /// The customer.
        Customer = "customer",
        /// The tenant or brand.
        Tenant = "tenant",
        /// The sender's policy.
        Policy = "policy",
        /// The author of the message.
        Author = "author",
        /// What the channel can do.
        Capability = "capability",
        /// What works at the moment.
        Health = "health",
    }
}

/// Whether a reason passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Not by the passing of time.
    Final,
    /// At this instant, as far as is known now.
    Until(DateTime<Utc>),
}

codes! {
    /// In what a content does not suit a channel.
    closed Misfit, "misfit" {
        /// The channel carries none of its forms.
        Form = "form",
        /// The policy asks for long form here and there is none.
        NotLongForm = "not_long_form",
        /// The policy wants no links here and every variant has one.
        Link = "link",
        /// The words are no template of the engine that renders them.
        Template = "template",
        /// Opening a link of it might run something.
        UnsafeLink = "unsafe_link",
        /// It is marketing by email and says no way out in one click.
        NoUnsubscribe = "no_unsubscribe",
        /// It is an email of nothing but codes, and a code is no subject.
        NoSubject = "no_subject",
    }
}

/// Documents from before it was kept spoke of the body.
fn body() -> Field {
    Field::Body
}

fn is_body(field: &Field) -> bool {
    *field == Field::Body
}

/// Documents from before it was kept spoke of the sender's hours.
fn sender() -> LayerKind {
    LayerKind::Sender
}

/// Why a candidate is not used, or not yet.
///
/// Small and `Copy`: names and instants, never an address and never content. [`code`](Self::code) is for machines,
/// `Display` for people, [`authority`](Self::authority) says whose word it was and
/// [`standing`](Self::standing) until when.
///
/// | gate | codes |
/// | --- | --- |
/// | alive | `expired`, `superseded` |
/// | channel | `channel_down`, `not_present`, `channel_refused` |
/// | endpoint | `no_endpoint`, `endpoint_disabled`, `hard_bounced`, `endpoint_unknown`, `unverified` |
/// | suppression | `suppressed`, `registry_stale` |
/// | consent | `consent_missing`, `consent_pending`, `consent_refused`, `consent_withdrawn`, `consent_revoked`, `consent_invalid`, `consent_expired`, `consent_unreadable`, `law_consent`, `law_registry`, `cool_off`, `jurisdiction_unknown` |
/// | preferences | `preference_off`, `tenant_locked` |
/// | policy | `denied_by_rule`, `denied_by_policy`, `outside_only`, `outside_override` |
/// | time | `not_yet_due`, `spread`, `do_not_disturb`, `quiet_hours`, `sender_hours`, `law_hours`, `channel_closed`, `never_opens`, `law_never_opens`, `zone_unknown`, `too_late` |
/// | caps | `cap_reached`, `law_cap`, `zone_unknown` |
/// | content | `content_missing`, `content_unsuited`, `too_long`, `variable_missing`, `session_closed` |
/// | price | `too_expensive`, `price_incomparable` |
///
/// ```
/// use waypost::{Authority, Reason, Standing};
///
/// let reason = Reason::NoEndpoint { kind: waypost::ChannelKind::SMS };
/// assert_eq!(reason.code(), "no_endpoint");
/// assert_eq!(reason.to_string(), "no sms endpoint on file");
/// assert_eq!(reason.authority(), Authority::Capability);
/// assert_eq!(reason.standing(), Standing::Final);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The message's time is over.
    Expired {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// Something happened that makes the message pointless.
    Superseded {
        /// What.
        event: Code,
        /// When.
        at: DateTime<Utc>,
    },
    /// The author said not before.
    NotYetDue {
        /// The author's instant.
        until: DateTime<Utc>,
    },
    /// The policy spreads a crowd, and this customer's moment is later.
    Spread {
        /// The customer's moment.
        until: DateTime<Utc>,
    },
    /// The channel's breaker is open, or the channel was reported down.
    ChannelDown {
        /// When the breaker closes, where known.
        until: Option<DateTime<Utc>>,
    },
    /// Nobody is there: outside the channel's own hours.
    ChannelClosed {
        /// When it opens.
        until: DateTime<Utc>,
    },
    /// A channel that only reaches those who are there, and the customer is not.
    NotPresent,
    /// The channel's own `admit` said no.
    ChannelRefused {
        /// The channel's word for it.
        why: Code,
    },
    /// Nothing of this kind on file: a skip, not a failure.
    NoEndpoint {
        /// The kind.
        kind: ChannelKind,
    },
    /// The customer switched the device or account off.
    EndpointDisabled,
    /// The address does not exist any more.
    HardBounced,
    /// A health code this version cannot read: taken as unusable.
    EndpointUnknown,
    /// The purpose asks for a verified endpoint.
    Unverified,
    /// A record forbids it.
    Suppressed {
        /// What kind of record.
        class: SuppressionClass,
        /// Since when, where known.
        since: Option<DateTime<Utc>>,
        /// Until when, where every record that forbids it has an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// The policy asks for a registry's answer, and there is none that still holds.
    RegistryStale {
        /// When the registry was asked last; `None` where it never was.
        checked_at: Option<DateTime<Utc>>,
    },
    /// A row of law asks for a registry's answer, and there is none that is fresh enough.
    LawRegistry {
        /// The row.
        row: LawId,
        /// When the registry was asked last; `None` where it never was.
        checked_at: Option<DateTime<Utc>>,
    },
    /// The purpose asks for consent and none is on record.
    ConsentMissing {
        /// The purpose.
        purpose: Purpose,
    },
    /// The policy asks for a confirmed yes, and the customer's was not confirmed.
    ConsentPending {
        /// When it was given.
        since: DateTime<Utc>,
    },
    /// The customer said no when asked.
    ConsentRefused {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The customer took the yes back.
    ConsentWithdrawn {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The sender took the yes back.
    ConsentRevoked {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The yes was found never to have been a valid one.
    ConsentInvalid {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The customer's yes has run out.
    ConsentExpired {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// A newer consent record that this version cannot read: taken as a no.
    ConsentUnreadable {
        /// When it was recorded.
        at: DateTime<Utc>,
    },
    /// A row of law asks for a consent that is not there, or will when the message would go out.
    LawConsent {
        /// The row.
        row: LawId,
    },
    /// The customer said no, and a row of law keeps everybody quiet for a while.
    CoolOff {
        /// The row.
        row: LawId,
        /// When the while is over; `None` is never.
        until: Option<DateTime<Utc>>,
    },
    /// Law is loaded, and nobody knows whose law protects the customer.
    JurisdictionUnknown,
    /// Switched off in the preferences.
    PreferenceOff {
        /// Who switched it off.
        set_by: SetBy,
        /// Since when, where known.
        since: Option<DateTime<Utc>>,
        /// Until when, where it is a pause: it is refused now, and what is asked for then is another message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// Switched off by the tenant and locked against the customer's own word.
    TenantLocked {
        /// Since when, where known.
        since: Option<DateTime<Utc>>,
        /// Until when, where it has an end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// A rule denies the kind.
    DeniedByRule {
        /// The first rule that does.
        rule: RuleId,
    },
    /// The policy's defaults, or its word on the purpose, deny the kind.
    DeniedByPolicy,
    /// The kind is not among those that the policy allows here.
    OutsideOnly {
        /// The rule that said so; `None` where it was the defaults or the purpose.
        rule: Option<RuleId>,
    },
    /// The message itself names other kinds.
    OutsideOverride,
    /// The customer does not want to be disturbed.
    DoNotDisturb {
        /// The first permitted instant after that.
        until: DateTime<Utc>,
    },
    /// The customer's quiet hours.
    QuietHours {
        /// When they end.
        until: DateTime<Utc>,
    },
    /// The sender's hours.
    SenderHours {
        /// When they begin.
        until: DateTime<Utc>,
    },
    /// The hours of a row of law.
    LawHours {
        /// The row.
        row: LawId,
        /// When everything that binds is open.
        until: DateTime<Utc>,
    },
    /// A row of law blocks, and no instant within the longest delay is permitted.
    LawNeverOpens {
        /// The row that blocks at the beginning.
        row: LawId,
        /// The longest delay.
        within: Span,
    },
    /// No instant within the longest delay is permitted.
    NeverOpens {
        /// The longest delay.
        within: Span,
        /// Whose hours are closed at the beginning.
        #[serde(default = "sender")]
        by: LayerKind,
    },
    /// Hours bind and nobody knows what time it is for the customer.
    ZoneUnknown,
    /// The first permitted instant is past the last one at which sending would still be in time.
    TooLate {
        /// The last useful instant.
        latest: DateTime<Utc>,
    },
    /// A frequency cap is full.
    CapReached {
        /// The cap.
        cap: CapId,
        /// Its limit.
        limit: u32,
        /// When it lets the next message through, at an hour that permits it; `None` for never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// A row of law lets no more through for now.
    LawCap {
        /// The row.
        row: LawId,
        /// Its limit.
        limit: u32,
        /// When everything that binds is open; `None` for never, or not within the time that was searched.
        until: Option<DateTime<Utc>>,
    },
    /// The message has nothing for this kind.
    ContentMissing,
    /// What the message has does not suit the channel or what the policy asks of it.
    ContentUnsuited {
        /// In what.
        misfit: Misfit,
    },
    /// Every suited variant is over a hard limit.
    TooLong {
        /// Where.
        #[serde(default = "body", skip_serializing_if = "is_body")]
        field: Field,
        /// What is counted.
        unit: Unit,
        /// How much the shortest one has.
        measured: u32,
        /// How much is allowed.
        max: u32,
    },
    /// A variable in the words has no value.
    VariableMissing {
        /// Its name.
        name: Code,
    },
    /// The session is over and the message has no approved template.
    SessionClosed {
        /// When it ended; `None` where there was none.
        since: Option<DateTime<Utc>>,
    },
    /// Over the message's price ceiling, in micros of the ceiling's currency.
    TooExpensive {
        /// The channel's price.
        price: u64,
        /// The ceiling.
        ceiling: u64,
    },
    /// The ceiling is in a currency that the channel's price is not in.
    PriceIncomparable,
    /// A reason from a newer writer; it refuses all the same.
    #[serde(untagged)]
    Unrecognized {
        /// The code as it was read.
        code: Code,
    },
}

impl Reason {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Expired { .. } => "expired",
            Self::Superseded { .. } => "superseded",
            Self::NotYetDue { .. } => "not_yet_due",
            Self::Spread { .. } => "spread",
            Self::ChannelDown { .. } => "channel_down",
            Self::ChannelClosed { .. } => "channel_closed",
            Self::NotPresent => "not_present",
            Self::ChannelRefused { .. } => "channel_refused",
            Self::NoEndpoint { .. } => "no_endpoint",
            Self::EndpointDisabled => "endpoint_disabled",
            Self::HardBounced => "hard_bounced",
            Self::EndpointUnknown => "endpoint_unknown",
            Self::Unverified => "unverified",
            Self::Suppressed { .. } => "suppressed",
            Self::RegistryStale { .. } => "registry_stale",
            Self::LawRegistry { .. } => "law_registry",
            Self::ConsentMissing { .. } => "consent_missing",
            Self::ConsentPending { .. } => "consent_pending",
            Self::ConsentRefused { .. } => "consent_refused",
            Self::ConsentWithdrawn { .. } => "consent_withdrawn",
            Self::ConsentRevoked { .. } => "consent_revoked",
            Self::ConsentInvalid { .. } => "consent_invalid",
            Self::ConsentExpired { .. } => "consent_expired",
            Self::ConsentUnreadable { .. } => "consent_unreadable",
            Self::LawConsent { .. } => "law_consent",
            Self::CoolOff { .. } => "cool_off",
            Self::JurisdictionUnknown => "jurisdiction_unknown",
            Self::PreferenceOff { .. } => "preference_off",
            Self::TenantLocked { .. } => "tenant_locked",
            Self::DeniedByRule { .. } => "denied_by_rule",
            Self::DeniedByPolicy => "denied_by_policy",
            Self::OutsideOnly { .. } => "outside_only",
            Self::OutsideOverride => "outside_override",
            Self::DoNotDisturb { .. } => "do_not_disturb",
            Self::QuietHours { .. } => "quiet_hours",
            Self::SenderHours { .. } => "sender_hours",
            Self::LawHours { .. } => "law_hours",
            Self::LawNeverOpens { .. } => "law_never_opens",
            Self::NeverOpens { .. } => "never_opens",
            Self::ZoneUnknown => "zone_unknown",
            Self::TooLate { .. } => "too_late",
            Self::CapReached { .. } => "cap_reached",
            Self::LawCap { .. } => "law_cap",
            Self::ContentMissing => "content_missing",
            Self::ContentUnsuited { .. } => "content_unsuited",
            Self::TooLong { .. } => "too_long",
            Self::VariableMissing { .. } => "variable_missing",
            Self::SessionClosed { .. } => "session_closed",
            Self::TooExpensive { .. } => "too_expensive",
            Self::PriceIncomparable => "price_incomparable",
            Self::Unrecognized { code } => code.as_str(),
        }
    }

    /// Whose word it was.
    pub fn authority(&self) -> Authority {
        match self {
            Self::Suppressed { class: SuppressionClass::Stop | SuppressionClass::Complaint, .. } => Authority::Customer,
            Self::Suppressed { .. } | Self::ConsentMissing { .. } | Self::ConsentUnreadable { .. } => Authority::Law,
            Self::ConsentPending { .. } | Self::ConsentInvalid { .. } | Self::RegistryStale { .. } => Authority::Law,
            Self::LawConsent { .. } | Self::LawRegistry { .. } | Self::CoolOff { .. } => Authority::Law,
            Self::LawHours { .. } | Self::LawNeverOpens { .. } | Self::LawCap { .. } => Authority::Law,
            Self::JurisdictionUnknown | Self::Unrecognized { .. } => Authority::Law,
            Self::ConsentRefused { .. } | Self::ConsentWithdrawn { .. } => Authority::Customer,
            Self::ConsentExpired { .. } => Authority::Customer,
            Self::ConsentRevoked { .. } => Authority::Policy,
            Self::DoNotDisturb { .. } | Self::QuietHours { .. } | Self::EndpointDisabled => Authority::Customer,
            Self::PreferenceOff { set_by: SetBy::Person, .. } => Authority::Customer,
            Self::PreferenceOff { set_by: SetBy::Tenant, .. } | Self::TenantLocked { .. } => Authority::Tenant,
            Self::PreferenceOff { .. } | Self::DeniedByRule { .. } | Self::OutsideOnly { .. } => Authority::Policy,
            Self::DeniedByPolicy => Authority::Policy,
            Self::NeverOpens { by: LayerKind::Customer, .. } => Authority::Customer,
            Self::NeverOpens { by: LayerKind::Channel | LayerKind::Agent, .. } => Authority::Capability,
            Self::SenderHours { .. } | Self::NeverOpens { .. } | Self::CapReached { .. } => Authority::Policy,
            Self::Spread { .. } => Authority::Policy,
            Self::ContentUnsuited { misfit: Misfit::Form } => Authority::Capability,
            Self::ContentUnsuited {
                misfit: Misfit::NoUnsubscribe | Misfit::NoSubject | Misfit::Template | Misfit::UnsafeLink,
            } => Authority::Author,
            Self::ContentUnsuited { .. } | Self::Unverified | Self::ZoneUnknown => Authority::Policy,
            Self::Expired { .. } | Self::Superseded { .. } | Self::NotYetDue { .. } => Authority::Author,
            Self::OutsideOverride => Authority::Author,
            Self::ContentMissing
            | Self::VariableMissing { .. }
            | Self::TooExpensive { .. }
            | Self::PriceIncomparable => Authority::Author,
            Self::TooLate { .. } => Authority::Author,
            Self::NoEndpoint { .. } | Self::NotPresent | Self::ChannelRefused { .. } => Authority::Capability,
            Self::TooLong { .. } | Self::SessionClosed { .. } | Self::ChannelClosed { .. } => Authority::Capability,
            Self::ChannelDown { .. } | Self::HardBounced | Self::EndpointUnknown => Authority::Health,
        }
    }

    /// Whether it passes by itself, and when.
    pub fn standing(&self) -> Standing {
        match *self {
            Self::NotYetDue { until }
            | Self::Spread { until }
            | Self::ChannelDown { until: Some(until) }
            | Self::ChannelClosed { until }
            | Self::DoNotDisturb { until }
            | Self::QuietHours { until }
            | Self::SenderHours { until }
            | Self::Suppressed { until: Some(until), .. }
            | Self::PreferenceOff { until: Some(until), .. }
            | Self::TenantLocked { until: Some(until), .. }
            | Self::LawHours { until, .. }
            | Self::LawCap { until: Some(until), .. }
            | Self::CoolOff { until: Some(until), .. }
            | Self::CapReached { until: Some(until), .. } => Standing::Until(until),
            _ => Standing::Final,
        }
    }

    /// Whether the customer or the law refuses: such a refusal is never answered by trying another channel later.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Suppressed { .. }
                | Self::RegistryStale { .. }
                | Self::LawRegistry { .. }
                | Self::ConsentMissing { .. }
                | Self::ConsentPending { .. }
                | Self::ConsentRefused { .. }
                | Self::ConsentWithdrawn { .. }
                | Self::ConsentRevoked { .. }
                | Self::ConsentInvalid { .. }
                | Self::ConsentExpired { .. }
                | Self::ConsentUnreadable { .. }
                | Self::LawConsent { .. }
                | Self::CoolOff { .. }
                | Self::JurisdictionUnknown
                | Self::PreferenceOff { .. }
                | Self::TenantLocked { .. }
                | Self::Unrecognized { .. }
        )
    }
}

/// An instant as the explanations write it: UTC, and seconds only where there are any.
pub(crate) struct At(pub(crate) DateTime<Utc>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.0.second() == 0 { "%Y-%m-%d %H:%MZ" } else { "%Y-%m-%d %H:%M:%SZ" };
        write!(f, "{}", self.0.format(form))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Expired { at } => write!(f, "the message expired at {}", At(at)),
            Self::Superseded { event, .. } => write!(f, "the message is pointless since `{event}`"),
            Self::NotYetDue { .. } => f.write_str("the author wants it no sooner"),
            Self::Spread { .. } => f.write_str("the crowd is spread over time"),
            Self::ChannelDown { until: Some(_) } => f.write_str("the channel is down, its breaker is open"),
            Self::ChannelDown { until: None } => f.write_str("the channel is down"),
            Self::ChannelClosed { .. } => f.write_str("outside the channel's hours"),
            Self::NotPresent => f.write_str("the customer is not there"),
            Self::ChannelRefused { why } => write!(f, "the channel declines: {why}"),
            Self::NoEndpoint { kind } => write!(f, "no {kind} endpoint on file"),
            Self::EndpointDisabled => f.write_str("switched off on the customer's side"),
            Self::HardBounced => f.write_str("the address bounced for good"),
            Self::EndpointUnknown => f.write_str("the endpoint's health cannot be read"),
            Self::Unverified => f.write_str("the endpoint is not verified"),
            Self::Suppressed { class, since, .. } => {
                write!(f, "suppressed: {}", class.words())?;
                Since(since).fmt(f)
            }
            Self::ConsentMissing { purpose } => write!(f, "no consent on record for {purpose}"),
            Self::ConsentWithdrawn { since } => write!(f, "consent withdrawn{}", Since(Some(since))),
            Self::RegistryStale { checked_at: Some(at) } => {
                write!(f, "the registry's answer of {} holds no more", at.format("%Y-%m-%d"))
            }
            Self::RegistryStale { checked_at: None } => f.write_str("no registry was asked"),
            Self::LawRegistry { row, checked_at: Some(at) } => {
                write!(f, "the registry's answer of {} is too old for {row}", at.format("%Y-%m-%d"))
            }
            Self::LawRegistry { row, checked_at: None } => write!(f, "no registry was asked, as {row} asks"),
            Self::ConsentPending { since } => {
                write!(f, "consent given on {} and not confirmed", since.format("%Y-%m-%d"))
            }
            Self::ConsentRefused { since } => write!(f, "consent refused{}", Since(Some(since))),
            Self::ConsentRevoked { since } => write!(f, "consent revoked by the sender{}", Since(Some(since))),
            Self::ConsentInvalid { since } => write!(f, "consent found invalid{}", Since(Some(since))),
            Self::ConsentExpired { at } => write!(f, "consent expired at {}", At(at)),
            Self::ConsentUnreadable { at } => write!(f, "a consent record of {} cannot be read", At(at)),
            Self::LawConsent { row } => write!(f, "no consent on record, which law `{row}` asks"),
            Self::CoolOff { row, until: Some(_) } => {
                write!(f, "the customer said no, and law `{row}` lets some time pass")
            }
            Self::CoolOff { row, until: None } => {
                write!(f, "the customer said no, and by law `{row}` that is for good")
            }
            Self::JurisdictionUnknown => f.write_str("nobody knows whose law protects the customer"),
            Self::PreferenceOff { set_by: SetBy::Default, .. } => f.write_str("off unless the customer switches it on"),
            Self::PreferenceOff { since, until: Some(_), .. } => {
                write!(f, "paused in the preferences{}", Since(since))
            }
            Self::PreferenceOff { since, .. } => write!(f, "switched off in the preferences{}", Since(since)),
            Self::TenantLocked { since, .. } => write!(f, "switched off and locked by the tenant{}", Since(since)),
            Self::DeniedByPolicy => f.write_str("the policy denies this kind"),
            Self::DeniedByRule { rule } => write!(f, "rule `{rule}` denies it"),
            Self::OutsideOnly { rule: Some(rule) } => write!(f, "rule `{rule}` allows other kinds only"),
            Self::OutsideOnly { rule: None } => f.write_str("the policy allows other kinds only"),
            Self::OutsideOverride => f.write_str("the message names other kinds only"),
            Self::DoNotDisturb { .. } => f.write_str("do not disturb"),
            Self::QuietHours { .. } => f.write_str("quiet hours"),
            Self::SenderHours { .. } => f.write_str("outside the sender's hours"),
            Self::LawHours { row, .. } => write!(f, "outside the hours of law `{row}`"),
            Self::LawNeverOpens { row, within } => {
                write!(f, "no hour permitted by law `{row}` and by what else binds within {}", within.words())
            }
            Self::NeverOpens { within, .. } => write!(f, "no permitted hour within {}", within.words()),
            Self::ZoneUnknown => f.write_str("hours bind and the customer's time zone is unknown"),
            Self::TooLate { latest } => write!(f, "too late: had to leave by {}", At(latest)),
            Self::CapReached { cap, limit, .. } => write!(f, "cap `{cap}` of {limit} is reached"),
            Self::LawCap { row, limit, .. } => write!(f, "the cap of {limit} of law `{row}` is reached"),
            Self::ContentMissing => f.write_str("the message has nothing to say here"),
            Self::ContentUnsuited { misfit: Misfit::Form } => f.write_str("the channel carries no form of the content"),
            Self::ContentUnsuited { misfit: Misfit::NotLongForm } => {
                f.write_str("the policy asks for long form and the message has none")
            }
            Self::ContentUnsuited { misfit: Misfit::Link } => {
                f.write_str("the policy wants no links and the content has one")
            }
            Self::ContentUnsuited { misfit: Misfit::UnsafeLink } => {
                f.write_str("a link of the content might run something where it is opened")
            }
            Self::ContentUnsuited { misfit: Misfit::Template } => f.write_str("the words are no template"),
            Self::ContentUnsuited { misfit: Misfit::NoUnsubscribe } => {
                f.write_str("marketing by email without a way to unsubscribe in one click")
            }
            Self::ContentUnsuited { misfit: Misfit::NoSubject } => {
                f.write_str("an email of nothing but codes, without words for a subject")
            }
            Self::TooLong { field: Field::Body, unit, measured, max } => {
                write!(f, "too long: {measured} {} of at most {max}", unit.words())
            }
            Self::TooLong { field, unit, measured, max } => {
                write!(f, "{field} too long: {measured} {} of at most {max}", unit.words())
            }
            Self::VariableMissing { name } => write!(f, "the variable `{name}` has no value"),
            Self::SessionClosed { since: Some(since) } => {
                write!(f, "the session closed at {} and there is no template", At(since))
            }
            Self::SessionClosed { since: None } => f.write_str("no session is open and there is no template"),
            Self::TooExpensive { price, ceiling } => {
                write!(f, "costs {}, over the message's ceiling of {}", Amount(price), Amount(ceiling))
            }
            Self::PriceIncomparable => f.write_str("the price ceiling is in another currency"),
            Self::Unrecognized { code } => write!(f, "{code} (a code of a newer version)"),
        }
    }
}

struct Since(Option<DateTime<Utc>>);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, " since {}", at.format("%Y-%m-%d")),
            None => Ok(()),
        }
    }
}
