//! Scopes: what an event speaks of.

use serde::Serialize;

use crate::{
    discreet::discreet,
    id::{EndpointId, TenantId, TopicId},
    kind::ChannelKind,
    purpose::Purpose,
};

use super::ConsentQuery;

discreet! {
ConsentScopeDocument of "ConsentScope",
/// What a consent event speaks of; what is left out is not restricted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct ConsentScope {
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// Only this endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// Only this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Only this topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// Only this tenant or brand; a no to one also counts where nobody knows on whose behalf is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
}
}

impl ConsentScope {
    /// Everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Everything for one purpose.
    pub fn purpose(purpose: Purpose) -> Self {
        Self { purpose: Some(purpose), ..Self::default() }
    }

    /// The same, on one kind only.
    pub fn on_kind(mut self, kind: ChannelKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same, on one endpoint only.
    pub fn on_endpoint(mut self, endpoint: EndpointId) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The same, about one topic only.
    pub fn about(mut self, topic: TopicId) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same, for one tenant only.
    pub fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    pub(super) fn covers(&self, asked: &ConsentQuery) -> bool {
        self.purpose.is_none_or(|purpose| purpose == asked.purpose)
            && self.tenant.is_none_or(|tenant| Some(tenant) == asked.brand)
            && self.covers_the_rest(asked)
    }

    /// As the scope of what takes away: where either purpose cannot be read by this version, it may well be the one that
    /// is asked about; where nobody knows the brand that is asked about, it may well be this one.
    pub(super) fn may_cover(&self, asked: &ConsentQuery) -> bool {
        self.purpose.is_none_or(|purpose| purpose.may_be(asked.purpose))
            && self.tenant.is_none_or(|tenant| asked.brand.is_none_or(|brand| brand == tenant))
            && self.covers_the_rest(asked)
    }

    fn covers_the_rest(&self, asked: &ConsentQuery) -> bool {
        self.kind.is_none_or(|kind| kind == asked.kind)
            && self.endpoint.is_none_or(|endpoint| endpoint == asked.endpoint)
            && self.topic.is_none_or(|topic| topic == asked.topic)
    }

    /// Whether `self`, the scope of a yes, speaks of nothing that `no` does not speak of; a no of which the purpose may be
    /// the one that is asked about is re-opened only by a yes to exactly that one.
    pub(super) fn reopens(&self, no: &Self, asked: &ConsentQuery) -> bool {
        fn within<T: PartialEq>(narrow: Option<T>, wide: Option<T>) -> bool {
            wide.is_none() || narrow == wide
        }
        // INVARIANT: `no` may cover the question, so its purpose is none or may be the one that is asked about.
        let purpose = no.purpose.map(|_| asked.purpose);
        within(self.purpose, purpose)
            && within(self.kind, no.kind)
            && within(self.endpoint, no.endpoint)
            && within(self.topic, no.topic)
            && within(self.tenant, no.tenant)
    }
}
