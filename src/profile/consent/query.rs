//! Questions: what is asked of the events.

use crate::{
    id::{EndpointId, TenantId, TopicId},
    kind::ChannelKind,
    profile::Endpoint,
    purpose::Purpose,
};

use super::ConsentBasis;

/// Whether consent stands for one endpoint, one purpose and one topic, on behalf of one brand.
///
/// ```
/// use waypost::{ConsentQuery, ConsentState, ChannelKind, CustomerProfile, Endpoint, Purpose, TopicId};
///
/// let mobile = Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?;
/// let asked = ConsentQuery::new(&mobile, Purpose::Marketing, TopicId::literal("coupon"));
/// let profile = CustomerProfile::builder("c-17".parse()?).endpoint(mobile).build()?;
/// assert_eq!(profile.consent(&asked, "2026-11-21T10:00:00Z".parse()?).state, ConsentState::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsentQuery {
    /// On which kind.
    pub kind: ChannelKind,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// For which purpose.
    pub purpose: Purpose,
    /// About which topic.
    pub topic: TopicId,
    /// On whose behalf; `None` stands for the profile's own tenant.
    pub brand: Option<TenantId>,
    /// The grounds that a yes may stand on.
    pub bases: ConsentBases,
    /// Whether a yes has to be confirmed (double opt-in).
    pub confirmed: bool,
}

impl ConsentQuery {
    /// Whether the customer's own yes stands, confirmed or not, for the profile's own tenant.
    pub fn new(endpoint: &Endpoint, purpose: Purpose, topic: TopicId) -> Self {
        Self {
            kind: endpoint.kind(),
            endpoint: endpoint.id(),
            purpose,
            topic,
            brand: None,
            bases: ConsentBases::CONSENT,
            confirmed: false,
        }
    }

    /// The same, on behalf of this brand.
    pub fn of_brand(mut self, brand: TenantId) -> Self {
        self.brand = Some(brand);
        self
    }

    /// The same, where a yes may stand on any of these grounds and on no other.
    pub fn accepting(mut self, bases: impl IntoIterator<Item = ConsentBasis>) -> Self {
        self.bases = bases.into_iter().collect();
        self
    }

    /// The same, where a yes counts only once it is confirmed.
    pub fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
    }
}

/// A set of grounds that a yes may stand on; a ground that this version cannot read is in none.
///
/// ```
/// use waypost::{ConsentBases, ConsentBasis};
///
/// let accepted: ConsentBases = [ConsentBasis::Consent, ConsentBasis::SoftOptIn].into_iter().collect();
/// assert!(accepted.has(ConsentBasis::SoftOptIn));
/// assert!(!ConsentBases::CONSENT.has(ConsentBasis::SoftOptIn));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentBases(u16);

impl ConsentBases {
    /// The customer's own yes and nothing else.
    pub const CONSENT: Self = Self(1);

    /// Whether this ground is among them.
    pub fn has(self, basis: ConsentBasis) -> bool {
        self.0 & Self::bit(basis) != 0
    }

    fn bit(basis: ConsentBasis) -> u16 {
        let at = match basis {
            ConsentBasis::Consent => 0,
            ConsentBasis::SoftOptIn => 1,
            ConsentBasis::ImpliedRelationship => 2,
            ConsentBasis::ImpliedInquiry => 3,
            ConsentBasis::Contract => 4,
            ConsentBasis::LegalObligation => 5,
            ConsentBasis::LegitimateInterest => 6,
            ConsentBasis::Vital => 7,
            ConsentBasis::Unrecognized(_) => return 0,
        };
        1 << at
    }
}

impl FromIterator<ConsentBasis> for ConsentBases {
    fn from_iter<I: IntoIterator<Item = ConsentBasis>>(bases: I) -> Self {
        Self(bases.into_iter().fold(0, |set, basis| set | Self::bit(basis)))
    }
}
