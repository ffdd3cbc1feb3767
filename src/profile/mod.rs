//! What we know of one customer, and what they told us.

mod attribute;
pub mod consent;
mod endpoint;
mod engagement;
mod erasure;
mod jurisdiction;
mod preference;
mod quiet;
mod registry;
mod resolution;
mod suppression;
mod zone;

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

pub use attribute::AttributeValue;
pub use consent::{
    ConsentAction, ConsentAnswer, ConsentBases, ConsentBasis, ConsentEvent, ConsentQuery, ConsentRecord, ConsentScope,
    ConsentSource, ConsentState,
};
pub(crate) use consent::{after_end, fold};
pub use endpoint::{Endpoint, EndpointHealth};
pub use engagement::{Conversation, Engagement};
pub use erasure::{ErasedSuppression, SuppressionList};
pub use jurisdiction::{InvalidJurisdictionEvidence, JurisdictionBasis, JurisdictionEvidence};
pub use preference::{Choice, Preference, Preferences, Resolved, SetBy};
pub use quiet::QuietHours;
pub use registry::{RegistryAnswer, RegistryCheck};
pub use resolution::Resolution;
pub use suppression::{Suppression, SuppressionClass};
pub(crate) use zone::ZoneEvidences;
pub use zone::{InvalidZoneEvidence, ZoneBasis, ZoneEvidence};

use consent::RecordHeader;

use crate::{
    country::Country,
    discreet,
    id::{AttributeId, CustomerId, EndpointId, Segment, Stage, TenantId},
    kind::ChannelKind,
    locale::Locale,
    purpose::Purpose,
    time::{Span, ZoneName},
    unique,
    version::Version,
};

/// What we know of one customer.
///
/// Endpoints are kept sorted by id and their ids are unique; everything else is what the builder or the document
/// said. `Debug` shows no address and no attribute.
///
/// ```
/// use waypost::{ChannelKind, Choice, CustomerProfile, Endpoint, Preference, TopicId};
///
/// let profile = CustomerProfile::builder("c-17".parse()?)
///     .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
///     .preference(Preference::new(Choice::Off).about(TopicId::literal("newsletter")))
///     .build()?;
/// assert_eq!(profile.endpoints().len(), 1);
///
/// let json = serde_json::to_string(&profile)?;
/// assert_eq!(serde_json::from_str::<CustomerProfile>(&json)?, profile);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CustomerProfile {
    fields: Fields,
}

/// The document form, which the builder fills in too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a profile")]
struct Fields {
    #[serde(default)]
    version: Version,
    id: CustomerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    locales: Vec<Locale>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    #[serde(default, skip_serializing_if = "ZoneEvidences::is_empty")]
    zone: ZoneEvidences,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jurisdictions: Option<JurisdictionEvidence>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<Endpoint>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    consents: Vec<ConsentEvent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    registries: Vec<RegistryCheck>,
    #[serde(default, skip_serializing_if = "is_default")]
    preferences: Preferences,
    #[serde(default, skip_serializing_if = "is_default")]
    quiet_hours: QuietHours,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    segments: Vec<Segment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    attributes: BTreeMap<AttributeId, AttributeValue>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    engagement: BTreeMap<ChannelKind, Engagement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conversations: Vec<Conversation>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What is wrong with a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProfile {
    /// Two endpoints of one name: a plan could not say which it means.
    #[error("two endpoints are named `{0}`")]
    DuplicateEndpoint(EndpointId),
    /// More endpoints than one person has: a plan looks at every channel with every one of them.
    #[error("a profile has at most {MOST_ENDPOINTS} endpoints, not {0}")]
    TooManyEndpoints(usize),
    /// More quiet hours than a week has use for.
    #[error("a profile has at most {MOST_WINDOWS} windows of quiet hours, not {0}")]
    TooManyWindows(usize),
    /// More evidence for the zone than there are ways to learn it.
    #[error("a profile has at most {MOST_EVIDENCE} pieces of evidence for its zone, not {0}")]
    TooMuchEvidence(usize),
    /// More records than one person leaves behind: every one of them is looked at for every endpoint.
    #[error("a profile has at most {MOST_RECORDS} {what}, not {count}")]
    TooManyRecords {
        /// Which list.
        what: &'static str,
        /// How many there are.
        count: usize,
    },
}

/// Most windows of quiet hours: the walk looks at every edge of every one in every zone.
const MOST_WINDOWS: usize = 64;

/// Most pieces of evidence for a zone: each is compared with each.
const MOST_EVIDENCE: usize = 16;

/// Most endpoints of one customer; with at most 255 channels a plan has fewer than 65,536 candidates.
const MOST_ENDPOINTS: usize = 256;
/// Most consent events, suppressions, registry checks and choices of one customer, each.
const MOST_RECORDS: usize = 2048;

impl CustomerProfile {
    /// Starts with nothing but a name.
    pub fn builder(id: CustomerId) -> ProfileBuilder {
        ProfileBuilder {
            fields: Fields {
                version: Version::default(),
                id,
                tenant: None,
                locales: Vec::new(),
                country: None,
                zone: ZoneEvidences::default(),
                jurisdictions: None,
                endpoints: Vec::new(),
                consents: Vec::new(),
                suppressions: Vec::new(),
                registries: Vec::new(),
                preferences: Preferences::default(),
                quiet_hours: QuietHours::default(),
                segments: Vec::new(),
                stage: None,
                attributes: BTreeMap::new(),
                engagement: BTreeMap::new(),
                conversations: Vec::new(),
            },
        }
    }

    /// A builder that starts from this profile, to change something of it.
    pub fn to_builder(&self) -> ProfileBuilder {
        ProfileBuilder { fields: self.fields.clone() }
    }

    /// The customer's name.
    pub fn id(&self) -> &CustomerId {
        &self.fields.id
    }

    /// The brand or tenant whose customer this is.
    pub fn tenant(&self) -> Option<TenantId> {
        self.fields.tenant
    }

    /// Languages, best first.
    pub fn locales(&self) -> &[Locale] {
        &self.fields.locales
    }

    /// The country.
    pub fn country(&self) -> Option<Country> {
        self.fields.country
    }

    /// The zones of every piece of evidence that does not merely repeat a stronger one.
    pub(crate) fn telling_zones(&self) -> Vec<&[ZoneName]> {
        self.fields.zone.telling()
    }

    /// All that speaks for the time zone, strongest first.
    pub fn zones(&self) -> &[ZoneEvidence] {
        self.fields.zone.as_slice()
    }

    /// Whose law may protect the customer, with what speaks for it; where it is left out, the country's does.
    pub fn jurisdictions(&self) -> Option<&JurisdictionEvidence> {
        self.fields.jurisdictions.as_ref()
    }

    /// The endpoints, sorted by id.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.fields.endpoints
    }

    /// The endpoint of this name.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.fields.endpoints.iter().find(|endpoint| endpoint.id() == id)
    }

    /// What happened to the customer's consent.
    pub fn consents(&self) -> &[ConsentEvent] {
        &self.fields.consents
    }

    /// What the events come to for one question at an instant, with the one that decided.
    ///
    /// The order of the events says nothing; see [`ConsentAction`] for what each does. Of two that contradict each other
    /// the later counts, and at one instant the one that takes away. A no covers every narrower yes before it; a yes
    /// re-opens a no only within its own scope.
    ///
    /// ```
    /// use waypost::{
    ///     ChannelKind, ConsentAction, ConsentEvent, ConsentQuery, ConsentScope, ConsentState, CustomerProfile, Endpoint,
    ///     Purpose, TopicId,
    /// };
    ///
    /// let marketing = ConsentScope::purpose(Purpose::Marketing);
    /// let stopped = "2026-11-17T12:00:00Z".parse()?;
    /// let mobile = Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?;
    /// let asked = ConsentQuery::new(&mobile, Purpose::Marketing, TopicId::literal("coupon"));
    /// let profile = CustomerProfile::builder("c-17".parse()?)
    ///     .endpoint(mobile)
    ///     .consent(ConsentEvent::new(ConsentAction::Grant, marketing.clone(), "2026-01-10T10:00:00Z".parse()?))
    ///     .consent(ConsentEvent::new(ConsentAction::Withdraw, marketing, stopped))
    ///     .build()?;
    /// let answer = profile.consent(&asked, "2026-11-21T10:00:00Z".parse()?);
    /// assert_eq!(answer.state, ConsentState::Withdrawn { since: stopped });
    /// assert_eq!(answer.event.map(|event| event.action), Some(ConsentAction::Withdraw));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn consent(&self, asked: &ConsentQuery, at: DateTime<Utc>) -> ConsentAnswer<'_> {
        let asked = ConsentQuery { brand: asked.brand.or(self.fields.tenant), ..*asked };
        let (state, event) = fold(&self.fields.consents, &asked, at);
        ConsentAnswer { state, event, at }
    }

    /// The record of the customer's consent to one purpose, to keep as proof or to hand to the customer.
    ///
    /// It holds the events that speak of the purpose or of every one, and what takes away for one that cannot be read,
    /// oldest first.
    pub fn consent_record(&self, purpose: Purpose, header: &RecordHeader) -> ConsentRecord {
        ConsentRecord::of(self, purpose, header)
    }

    /// The records that forbid.
    pub fn suppressions(&self) -> &[Suppression] {
        &self.fields.suppressions
    }

    /// What registries answered.
    pub fn registries(&self) -> &[RegistryCheck] {
        &self.fields.registries
    }

    /// What is known of an endpoint and the registries at an instant.
    pub fn registry_answer(&self, endpoint: &Endpoint, at: DateTime<Utc>) -> RegistryAnswer {
        RegistryAnswer::of(&self.fields.registries, endpoint, at)
    }

    /// What was chosen.
    pub fn preferences(&self) -> &Preferences {
        &self.fields.preferences
    }

    /// When the customer wants to be left alone.
    pub fn quiet_hours(&self) -> &QuietHours {
        &self.fields.quiet_hours
    }

    /// The groups the customer is in, sorted.
    pub fn segments(&self) -> &[Segment] {
        &self.fields.segments
    }

    /// Where the customer stands in the relationship.
    pub fn stage(&self) -> Option<Stage> {
        self.fields.stage
    }

    /// What else is known.
    pub fn attributes(&self) -> &BTreeMap<AttributeId, AttributeValue> {
        &self.fields.attributes
    }

    /// How the customer answered, by kind.
    pub fn engagement(&self) -> &BTreeMap<ChannelKind, Engagement> {
        &self.fields.engagement
    }

    /// The exchanges that are or were going on.
    pub fn conversations(&self) -> &[Conversation] {
        &self.fields.conversations
    }

    /// Of the exchanges that are open at an instant the one in which the customer spoke last.
    ///
    /// One is open while the customer's last word is less than `window` ago; a word from the future is no word. Of two
    /// at one instant it is the first by name, kind and endpoint, so that the order of input reaches no answer.
    pub fn open_conversation(&self, window: Span, now: DateTime<Utc>) -> Option<&Conversation> {
        let open = self.fields.conversations.iter().filter(|held| held.is_open(window.as_delta(), now));
        open.min_by_key(|held| (Reverse(held.last_inbound), &held.id, held.kind, held.endpoint))
    }
}

impl TryFrom<Fields> for CustomerProfile {
    type Error = InvalidProfile;

    fn try_from(mut fields: Fields) -> Result<Self, InvalidProfile> {
        if fields.endpoints.len() > MOST_ENDPOINTS {
            return Err(InvalidProfile::TooManyEndpoints(fields.endpoints.len()));
        }
        let records = [
            ("consent events", fields.consents.len()),
            ("suppressions", fields.suppressions.len()),
            ("registry checks", fields.registries.len()),
            ("choices", fields.preferences.choices.len()),
        ];
        if let Some((what, count)) = records.into_iter().find(|(_, count)| *count > MOST_RECORDS) {
            return Err(InvalidProfile::TooManyRecords { what, count });
        }
        if fields.quiet_hours.windows.len() > MOST_WINDOWS {
            return Err(InvalidProfile::TooManyWindows(fields.quiet_hours.windows.len()));
        }
        fields.zone.sort();
        if fields.zone.len() > MOST_EVIDENCE {
            return Err(InvalidProfile::TooMuchEvidence(fields.zone.len()));
        }
        fields.endpoints.sort_by_key(Endpoint::id);
        if let Some(pair) = fields.endpoints.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            return Err(InvalidProfile::DuplicateEndpoint(pair[0].id()));
        }
        fields.segments.sort();
        fields.segments.dedup();
        Ok(Self { fields })
    }
}

impl<'de> Deserialize<'de> for CustomerProfile {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        discreet::read::<Fields, D>(from)?.try_into().map_err(de::Error::custom)
    }
}

/// Builds a [`CustomerProfile`] in code.
#[derive(Clone, Debug)]
#[must_use]
pub struct ProfileBuilder {
    fields: Fields,
}

impl ProfileBuilder {
    /// On behalf of this brand or tenant.
    pub fn tenant(mut self, tenant: TenantId) -> Self {
        self.fields.tenant = Some(tenant);
        self
    }

    /// One language more, after those already given.
    pub fn locale(mut self, locale: Locale) -> Self {
        self.fields.locales.push(locale);
        self
    }

    /// In this country.
    pub fn country(mut self, country: Country) -> Self {
        self.fields.country = Some(country);
        self
    }

    /// In this zone, whatever else was said of it.
    pub fn zone(mut self, zone: ZoneEvidence) -> Self {
        self.fields.zone = ZoneEvidences::default();
        self.zone_evidence(zone)
    }

    /// One more piece of evidence for the zone.
    ///
    /// Marketing goes out where the strongest piece, and every one that contradicts those before it, permits in all its
    /// zones; everything else goes by the strongest alone.
    ///
    /// ```
    /// use waypost::{CustomerProfile, ZoneBasis, ZoneEvidence};
    ///
    /// let profile = CustomerProfile::builder("ana".parse()?)
    ///     .zone_evidence(ZoneEvidence::new(["America/New_York".parse()?], ZoneBasis::Prefix)?)
    ///     .zone_evidence(ZoneEvidence::declared("Europe/Madrid".parse()?))
    ///     .build()?;
    /// assert_eq!(profile.zones()[0].basis(), ZoneBasis::Declared);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn zone_evidence(mut self, evidence: ZoneEvidence) -> Self {
        self.fields.zone.push(evidence);
        self
    }

    /// Protected by the law of these places.
    pub fn jurisdictions(mut self, jurisdictions: JurisdictionEvidence) -> Self {
        self.fields.jurisdictions = Some(jurisdictions);
        self
    }

    /// One endpoint more.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.fields.endpoints.push(endpoint);
        self
    }

    /// Keeps only the endpoints for which the answer is yes.
    pub fn retain_endpoints(mut self, keep: impl FnMut(&Endpoint) -> bool) -> Self {
        self.fields.endpoints.retain(keep);
        self
    }

    /// One consent event more.
    pub fn consent(mut self, event: ConsentEvent) -> Self {
        self.fields.consents.push(event);
        self
    }

    /// One record that forbids more.
    pub fn suppression(mut self, record: Suppression) -> Self {
        self.fields.suppressions.push(record);
        self
    }

    /// Keeps only the records for which the answer is yes.
    pub fn retain_suppressions(mut self, keep: impl FnMut(&Suppression) -> bool) -> Self {
        self.fields.suppressions.retain(keep);
        self
    }

    /// One answer of a registry more.
    pub fn registry(mut self, check: RegistryCheck) -> Self {
        self.fields.registries.push(check);
        self
    }

    /// Keeps only the answers for which the answer is yes.
    pub fn retain_registries(mut self, keep: impl FnMut(&RegistryCheck) -> bool) -> Self {
        self.fields.registries.retain(keep);
        self
    }

    /// One choice more.
    pub fn preference(mut self, preference: Preference) -> Self {
        self.fields.preferences.choices.push(preference);
        self
    }

    /// These preferences instead of those already given.
    pub fn preferences(mut self, preferences: Preferences) -> Self {
        self.fields.preferences = preferences;
        self
    }

    /// These quiet hours.
    pub fn quiet_hours(mut self, quiet_hours: QuietHours) -> Self {
        self.fields.quiet_hours = quiet_hours;
        self
    }

    /// In one group more.
    pub fn segment(mut self, segment: Segment) -> Self {
        self.fields.segments.push(segment);
        self
    }

    /// At this stage.
    pub fn stage(mut self, stage: Stage) -> Self {
        self.fields.stage = Some(stage);
        self
    }

    /// One attribute more; the last value given counts.
    pub fn attribute(mut self, id: AttributeId, value: impl Into<AttributeValue>) -> Self {
        self.fields.attributes.insert(id, value.into());
        self
    }

    /// How the customer answered on one kind.
    pub fn engagement(mut self, kind: ChannelKind, engagement: Engagement) -> Self {
        self.fields.engagement.insert(kind, engagement);
        self
    }

    /// One exchange more.
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.fields.conversations.push(conversation);
        self
    }

    /// The profile.
    ///
    /// # Errors
    ///
    /// [`InvalidProfile`] where two endpoints have one name, or there are more of anything than one person has.
    pub fn build(self) -> Result<CustomerProfile, InvalidProfile> {
        self.fields.try_into()
    }
}
