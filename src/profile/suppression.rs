//! Suppression: records that forbid, whatever else is said.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{codes::codes, discreet::discreet, id::EndpointId, kind::ChannelKind, profile::Endpoint, purpose::Purpose};

codes! {
    /// What kind of record forbids; one that this version cannot read forbids all the same.
    open SuppressionClass, "suppression class" {
        /// The address does not exist any more.
        HardBounce = "hard_bounce",
        /// The customer reported a message as unwanted.
        Complaint = "complaint",
        /// The customer wrote STOP or used one-click unsubscribe.
        Stop = "stop",
        /// A do-not-call or do-not-contact registry.
        Registry = "registry",
        /// The customer died.
        Deceased = "deceased",
        /// A court or an authority.
        Legal = "legal",
        /// The account is in the wrong hands.
        Fraud = "fraud",
    }
}

impl SuppressionClass {
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::HardBounce => "hard bounce",
            Self::Complaint => "complaint",
            Self::Stop => "STOP",
            Self::Registry => "registry",
            Self::Deceased => "deceased",
            Self::Legal => "legal",
            Self::Fraud => "fraud",
            Self::Unrecognized(code) => code.as_str(),
        }
    }
}

discreet! {
SuppressionDocument of "Suppression",
/// A record that forbids: everything, or one endpoint, kind or purpose.
///
/// What is left out is not restricted: a record with neither endpoint, kind nor purpose forbids everything.
///
/// ```
/// use waypost::{Purpose, Suppression, SuppressionClass};
///
/// let record = Suppression::of(SuppressionClass::Complaint).on_endpoint("home".parse()?).for_purpose(Purpose::Marketing);
/// assert_eq!(record.class, SuppressionClass::Complaint);
/// # Ok::<(), waypost::InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Suppression {
    /// What kind of record.
    pub class: SuppressionClass,
    /// Only this endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// Only this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Since when; a record from the future already forbids, since a clock may be wrong and a refusal may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Until when, exclusive; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}
}

impl Suppression {
    /// Forbids everything, for ever.
    pub fn of(class: SuppressionClass) -> Self {
        Self { class, endpoint: None, kind: None, purpose: None, since: None, until: None }
    }

    /// The same, for one endpoint only.
    pub fn on_endpoint(mut self, endpoint: EndpointId) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The same, for one kind only.
    pub fn on_kind(mut self, kind: ChannelKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same, for one purpose only.
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// The same, on record since this instant.
    pub fn since(mut self, at: DateTime<Utc>) -> Self {
        self.since = Some(at);
        self
    }

    pub(crate) fn covers(&self, endpoint: &Endpoint, purpose: Purpose, at: DateTime<Utc>) -> bool {
        self.endpoint.is_none_or(|id| id == endpoint.id())
            && self.kind.is_none_or(|kind| kind == endpoint.kind())
            && self.purpose.is_none_or(|covered| covered.may_be(purpose))
            && self.until.is_none_or(|until| at < until)
    }
}
