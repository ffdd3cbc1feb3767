//! The record: what is kept as proof, in the shape that others read.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    id::{Code, CustomerId, EventId},
    profile::CustomerProfile,
    purpose::Purpose,
};

use super::{ConsentAction, ConsentBasis, ConsentEvent, ConsentScope, ConsentSource};

/// What a record says of itself and of the sender, which no profile knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordHeader {
    /// The record's name; the specification recommends a UUID of version 4.
    pub record_id: String,
    /// When the record is made.
    pub created: DateTime<Utc>,
    /// The sender's name for itself: an IRI or a name that its register knows.
    pub controller: String,
    /// Where the text is that the customer was shown, where it has an address.
    pub notice: Option<String>,
}

impl RecordHeader {
    /// Without a notice.
    pub fn new(record_id: impl Into<String>, controller: impl Into<String>, created: DateTime<Utc>) -> Self {
        Self { record_id: record_id.into(), created, controller: controller.into(), notice: None }
    }

    /// The same, with the address of the text that the customer was shown.
    pub fn with_notice(mut self, notice: impl Into<String>) -> Self {
        self.notice = Some(notice.into());
        self
    }
}

/// One customer's consent to one purpose, in the shape of ISO/IEC TS 27560:2023.
///
/// It serialises as JSON-LD: the keys are the specification's field names, and its `@context` gives the terms of the
/// W3C's Data Privacy Vocabulary for them, as in the DPVCG's guide of 2024-08-01 (`w3id.org/dpv/guides/consent-27560`).
/// States and types are DPV's IRIs. What the specification asks for and a router does not know (what data, where kept, how
/// long) is for whoever keeps the record to add.
///
/// | section | fields |
/// | --- | --- |
/// | header | `schema_version`, `record_id`, `pii_principal_id`, `created` |
/// | processing | `pii_processing`: `purposes`, `lawful_basis`, `pii_controllers`, `privacy_notice` |
/// | parties | `party_identification`: `party_id`, `party_role` |
/// | events | `events`: `event_id`, `event_type`, `event_state`, `event_time`, `validity_duration`, `entity_id`, and ours: `scope`, `source`, `evidence`, `notice_version`, `jurisdiction`, `recorded_by` |
///
/// ```
/// use waypost::{ConsentAction, ConsentEvent, ConsentScope, CustomerProfile, Purpose, consent::RecordHeader};
///
/// let at = "2026-01-10T10:00:00Z".parse()?;
/// let yes = ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(Purpose::Marketing), at);
/// let profile = CustomerProfile::builder("c-17".parse()?).consent(yes).build()?;
/// let record = profile.consent_record(Purpose::Marketing, &RecordHeader::new("r-1", "https://shop.example", at));
///
/// let json = serde_json::to_value(&record)?;
/// assert_eq!(json["pii_principal_id"], "c-17");
/// assert_eq!(json["events"][0]["event_state"], "https://w3id.org/dpv#ConsentGiven");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsentRecord {
    #[serde(rename = "@context")]
    context: Context,
    #[serde(rename = "@type")]
    kind: &'static str,
    schema_version: &'static str,
    record_id: String,
    pii_principal_id: CustomerId,
    created: DateTime<Utc>,
    pii_processing: Processing,
    party_identification: Vec<Party>,
    events: Vec<RecordedEvent>,
}

const SCHEMA: &str = "https://w3id.org/dpv/schema/dpv-27560#record";

impl ConsentRecord {
    pub(crate) fn of(profile: &CustomerProfile, purpose: Purpose, header: &RecordHeader) -> Self {
        let subject = profile.id().to_string();
        let mut events: Vec<&ConsentEvent> =
            profile.consents().iter().filter(|event| event.speaks_of(purpose)).collect();
        events.sort_by_key(|event| (event.at, *event));
        let mut bases: Vec<_> = events.iter().filter(|event| event.is_yes()).map(|event| event.basis).collect();
        bases.sort();
        bases.dedup();
        Self {
            context: Context::default(),
            kind: "https://w3id.org/dpv#ConsentRecord",
            schema_version: SCHEMA,
            record_id: header.record_id.clone(),
            pii_principal_id: profile.id().clone(),
            created: header.created,
            pii_processing: Processing {
                purposes: vec![PurposeOf { purpose, purpose_type: purpose_type(purpose) }],
                lawful_basis: bases.into_iter().map(lawful_basis).collect(),
                pii_controllers: vec![header.controller.clone()],
                privacy_notice: header.notice.clone(),
            },
            party_identification: vec![
                Party { party_id: header.controller.clone(), party_role: "https://w3id.org/dpv#DataController" },
                Party { party_id: subject.clone(), party_role: "https://w3id.org/dpv#DataSubject" },
            ],
            events: events.into_iter().map(|event| RecordedEvent::of(event, &subject, &header.controller)).collect(),
        }
    }
}

/// The terms of DPV and Dublin Core for the field names of the specification.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Context {
    dct: &'static str,
    dpv: &'static str,
    schema_version: &'static str,
    record_id: &'static str,
    pii_principal_id: &'static str,
    created: &'static str,
    pii_processing: &'static str,
    purposes: &'static str,
    purpose: &'static str,
    purpose_type: &'static str,
    lawful_basis: &'static str,
    pii_controllers: &'static str,
    privacy_notice: &'static str,
    party_identification: &'static str,
    party_id: &'static str,
    party_role: &'static str,
    events: &'static str,
    event_id: &'static str,
    event_type: &'static str,
    event_state: &'static str,
    event_time: &'static str,
    validity_duration: &'static str,
    entity_id: &'static str,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            dct: "http://purl.org/dc/terms/",
            dpv: "https://w3id.org/dpv#",
            schema_version: "dct:conformsTo",
            record_id: "dct:identifier",
            pii_principal_id: "dpv:hasDataSubject",
            created: "dct:created",
            pii_processing: "dpv:hasProcess",
            purposes: "dpv:hasPurpose",
            purpose: "dct:title",
            purpose_type: "@type",
            lawful_basis: "dpv:hasLegalBasis",
            pii_controllers: "dpv:hasDataController",
            privacy_notice: "dpv:hasNotice",
            party_identification: "dpv:hasEntity",
            party_id: "dpv:hasIdentifier",
            party_role: "@type",
            events: "dpv:hasConsentStatus",
            event_id: "dct:identifier",
            event_type: "dpv:hasLegalBasis",
            event_state: "@type",
            event_time: "dpv:isIndicatedAtTime",
            validity_duration: "dct:valid",
            entity_id: "dpv:isIndicatedBy",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Processing {
    purposes: Vec<PurposeOf>,
    lawful_basis: Vec<&'static str>,
    pii_controllers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    privacy_notice: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct PurposeOf {
    purpose: Purpose,
    purpose_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Party {
    party_id: String,
    party_role: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct RecordedEvent {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    event_type: &'static str,
    event_state: &'static str,
    event_time: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validity_duration: Option<String>,
    entity_id: String,
    /// Our own word for it, of which DPV's is the nearest.
    action: ConsentAction,
    #[serde(skip_serializing_if = "is_everything")]
    scope: ConsentScope,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<ConsentSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice_version: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_by: Option<Code>,
}

fn is_everything(scope: &ConsentScope) -> bool {
    *scope == ConsentScope::everything()
}

impl RecordedEvent {
    fn of(event: &ConsentEvent, subject: &str, controller: &str) -> Self {
        use ConsentAction as Did;
        let (state, by) = match event.action {
            Did::Request => ("https://w3id.org/dpv#ConsentRequested", controller),
            Did::Grant | Did::Confirm => ("https://w3id.org/dpv#ConsentGiven", subject),
            Did::Renew => ("https://w3id.org/dpv#RenewedConsentGiven", subject),
            Did::Refuse => ("https://w3id.org/dpv#ConsentRefused", subject),
            Did::Withdraw => ("https://w3id.org/dpv#ConsentWithdrawn", subject),
            Did::Revoke => ("https://w3id.org/dpv#ConsentRevoked", controller),
            Did::Invalidate => ("https://w3id.org/dpv#ConsentInvalidated", controller),
            Did::Expire => ("https://w3id.org/dpv#ConsentExpired", controller),
            Did::Unrecognized(_) => ("https://w3id.org/dpv#ConsentUnknown", subject),
        };
        // Somebody's word it is only where somebody said it.
        let by = if event.is_yes() && event.basis != ConsentBasis::Consent { controller } else { by };
        Self {
            event_id: event.id,
            event_type: lawful_basis(event.basis),
            event_state: state,
            event_time: event.at,
            validity_duration: event.expires_at.map(|end| duration(end - event.at)),
            entity_id: by.to_owned(),
            action: event.action,
            scope: event.scope.clone(),
            source: event.source,
            evidence: event.evidence,
            notice_version: event.notice_version,
            jurisdiction: event.jurisdiction,
            recorded_by: event.recorded_by,
        }
    }
}

fn purpose_type(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "https://w3id.org/dpv#DirectMarketing",
        Purpose::Authentication => "https://w3id.org/dpv#IdentityVerification",
        Purpose::Transactional | Purpose::Service => "https://w3id.org/dpv#ServiceProvision",
        // The vocabulary's root, where no term was found to mean the same.
        _ => "https://w3id.org/dpv#Purpose",
    }
}

fn lawful_basis(basis: ConsentBasis) -> &'static str {
    match basis {
        ConsentBasis::Consent => "https://w3id.org/dpv#Consent",
        ConsentBasis::SoftOptIn | ConsentBasis::ImpliedRelationship | ConsentBasis::ImpliedInquiry => {
            "https://w3id.org/dpv#ImpliedConsent"
        }
        ConsentBasis::Contract => "https://w3id.org/dpv#Contract",
        ConsentBasis::LegalObligation => "https://w3id.org/dpv#LegalObligation",
        ConsentBasis::LegitimateInterest => "https://w3id.org/dpv#LegitimateInterest",
        ConsentBasis::Vital => "https://w3id.org/dpv#VitalInterest",
        ConsentBasis::Unrecognized(_) => "https://w3id.org/dpv#LegalBasis",
    }
}

/// A stretch in the form of ISO 8601, in days and seconds; one that ends before it begins is none.
fn duration(stretch: TimeDelta) -> String {
    let seconds = stretch.num_seconds().max(0);
    match (seconds / 86_400, seconds % 86_400) {
        (days, 0) => format!("P{days}D"),
        (days, seconds) => format!("P{days}DT{seconds}S"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_on_record_and_a_duration_runs_from_the_event() {
        use crate::{id::CustomerId, profile::ConsentEvent};

        let day = |day: u32| -> DateTime<Utc> { format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant") };
        let strange = || ConsentScope::purpose(Purpose::Unrecognized(Code::literal("commercial")));
        let marketing = || ConsentScope::purpose(Purpose::Marketing);
        let id: CustomerId = "c-17".parse().expect("a name");
        let profile = CustomerProfile::builder(id)
            .consent(ConsentEvent::new(ConsentAction::Grant, strange(), day(1)))
            .consent(ConsentEvent::new(ConsentAction::Grant, marketing(), day(2)).effective(day(5)).until(day(12)))
            .consent(ConsentEvent::new(ConsentAction::Withdraw, strange(), day(3)))
            .build()
            .expect("a profile");
        let record = profile.consent_record(Purpose::Marketing, &RecordHeader::new("r", "https://x.example", day(9)));
        let said: Vec<_> =
            record.events.iter().map(|event| (event.action, event.validity_duration.as_deref())).collect();
        assert_eq!(said, [(ConsentAction::Grant, Some("P10D")), (ConsentAction::Withdraw, None)]);
    }

    #[test]
    fn durations() {
        assert_eq!(duration(TimeDelta::days(730)), "P730D");
        assert_eq!(duration(TimeDelta::hours(25)), "P1DT3600S");
        assert_eq!(duration(TimeDelta::days(-1)), "P0D");
    }
}
