//! The router: a shared configuration and one customer.

use std::sync::Arc;

use crate::{
    config::RouterConfig,
    facts::Facts,
    message::Message,
    plan::{Dispatch, Plan},
    profile::CustomerProfile,
    route,
    trace::Verdict,
};

/// Routes messages to one customer.
///
/// Two words wide, `Clone`, `Send` and `Sync`: made per customer for the price of a counter. For bulk work over many
/// customers the free function [`plan`](crate::plan) does the same with borrows.
///
/// ```
/// use std::sync::Arc;
/// use waypost::*;
///
/// let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL).can(Capability::Text);
/// let config = RouterConfig::builder().channel(Arc::new(mail)).build()?;
/// let profile = CustomerProfile::builder("c-1".parse()?).build()?;
/// let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
///     .variant(Variant::text("Your parcel is at the door"))
///     .build()?;
///
/// let router = Router::new(config, profile);
/// let plan = router.plan(&message, &Facts::at("2026-11-21T10:00:00Z".parse()?));
/// assert!(plan.is_empty());
/// let why = plan.trace().why("email").unwrap();
/// assert_eq!(why, "`mail` is not used: no email endpoint on file (capability)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Router {
    config: Arc<RouterConfig>,
    profile: Arc<CustomerProfile>,
}

impl Router {
    /// A router for one customer.
    pub fn new(config: Arc<RouterConfig>, profile: impl Into<Arc<CustomerProfile>>) -> Self {
        Self { config, profile: profile.into() }
    }

    /// A router of the same configuration for another profile.
    pub fn with_profile(&self, profile: impl Into<Arc<CustomerProfile>>) -> Self {
        Self { config: Arc::clone(&self.config), profile: profile.into() }
    }

    /// The customer.
    pub fn profile(&self) -> &CustomerProfile {
        &self.profile
    }

    /// The configuration.
    pub fn config(&self) -> &Arc<RouterConfig> {
        &self.config
    }

    /// Decides which channels a message goes by, in which order, when and in which words; see [`plan`](crate::plan).
    pub fn plan(&self, message: &Message, facts: &Facts) -> Plan {
        route::plan(&self.config, &self.profile, message, facts)
    }

    /// The same plan with every gate's answer and the changes that would let refused candidates through; see
    /// [`explain`](crate::explain).
    pub fn explain(&self, message: &Message, facts: &Facts) -> Plan {
        route::explain(&self.config, &self.profile, message, facts)
    }

    /// Judges one dispatch of a plan again, right before it goes out; see [`confirm`](crate::confirm).
    pub fn confirm(&self, dispatch: &Dispatch, message: &Message, facts: &Facts) -> Verdict {
        route::confirm(&self.config, &self.profile, dispatch, message, facts)
    }
}
