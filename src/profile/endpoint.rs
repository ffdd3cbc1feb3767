//! Endpoints: the addresses of one customer, each with its own health, verification and zone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    address::{Address, InvalidAddress},
    codes::codes,
    discreet,
    id::EndpointId,
    kind::ChannelKind,
    profile::JurisdictionEvidence,
    time::ZoneName,
};

codes! {
    /// What is known of an endpoint's reachability.
    open EndpointHealth, "endpoint health" {
        /// Nothing speaks against it.
        Reachable = "reachable",
        /// Recent sends failed for now; ranked after healthy ones.
        Suspect = "suspect",
        /// Switched off on the customer's side, such as push in the phone's settings.
        Disabled = "disabled",
        /// The address does not exist any more.
        HardBounced = "hard_bounced",
    }
}

/// One address of the customer on one kind.
///
/// ```
/// use waypost::{ChannelKind, Endpoint};
///
/// let phone = Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?.verified();
/// assert!(phone.is_verified());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Endpoint {
    id: EndpointId,
    kind: ChannelKind,
    address: Address,
    #[serde(skip_serializing_if = "is_reachable")]
    health: EndpointHealth,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<ZoneName>,
    // Behind a pointer: few endpoints have one, and a profile holds many.
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdictions: Option<Box<JurisdictionEvidence>>,
}

fn is_reachable(health: &EndpointHealth) -> bool {
    *health == EndpointHealth::Reachable
}

impl Endpoint {
    /// A reachable, unverified endpoint.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] where the address is not of the form that the kind asks for.
    pub fn new(id: EndpointId, kind: ChannelKind, address: &str) -> Result<Self, InvalidAddress> {
        let address = Address::new(kind.address_form(), address)?;
        let health = EndpointHealth::Reachable;
        Ok(Self { id, kind, address, health, verified: false, verified_at: None, zone: None, jurisdictions: None })
    }

    /// The same, verified.
    pub fn verified(mut self) -> Self {
        self.verified = true;
        self
    }

    /// The same, verified at this instant.
    pub fn verified_since(mut self, at: DateTime<Utc>) -> Self {
        self.verified = true;
        self.verified_at = Some(at);
        self
    }

    /// The same, with this health.
    pub fn with_health(mut self, health: EndpointHealth) -> Self {
        self.health = health;
        self
    }

    /// The same, in a zone of its own (a device that travels).
    pub fn with_zone(mut self, zone: ZoneName) -> Self {
        self.zone = Some(zone);
        self
    }

    /// The same, of which these places' law has a word besides that of the customer's own: a number's prefix.
    pub fn with_jurisdictions(mut self, jurisdictions: JurisdictionEvidence) -> Self {
        self.jurisdictions = Some(Box::new(jurisdictions));
        self
    }

    /// Its name.
    pub fn id(&self) -> EndpointId {
        self.id
    }

    /// Its kind.
    pub fn kind(&self) -> ChannelKind {
        self.kind
    }

    /// Where it is reached.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What is known of its reachability.
    pub fn health(&self) -> EndpointHealth {
        self.health
    }

    /// Whether the customer proved that it is theirs.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// When they did, where known.
    pub fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.verified_at
    }

    /// Its own zone, where it has one.
    pub fn zone(&self) -> Option<ZoneName> {
        self.zone
    }

    /// Whose law has a word besides that of the customer's own jurisdictions.
    pub fn jurisdictions(&self) -> Option<&JurisdictionEvidence> {
        self.jurisdictions.as_deref()
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, expecting = "an endpoint")]
        struct Wire {
            id: EndpointId,
            kind: ChannelKind,
            address: String,
            #[serde(default)]
            health: Option<EndpointHealth>,
            #[serde(default)]
            verified: bool,
            #[serde(default)]
            verified_at: Option<DateTime<Utc>>,
            #[serde(default)]
            zone: Option<ZoneName>,
            #[serde(default)]
            jurisdictions: Option<JurisdictionEvidence>,
        }
        let wire: Wire = discreet::read(from)?;
        let mut endpoint = Self::new(wire.id, wire.kind, &wire.address)
            .map_err(|error| de::Error::custom(format_args!("endpoint `{}`: {error}", wire.id)))?;
        endpoint.health = wire.health.unwrap_or(EndpointHealth::Reachable);
        // The instant of a verification is a verification.
        endpoint.verified = wire.verified || wire.verified_at.is_some();
        endpoint.verified_at = wire.verified_at;
        endpoint.zone = wire.zone;
        endpoint.jurisdictions = wire.jurisdictions.map(Box::new);
        Ok(endpoint)
    }
}
