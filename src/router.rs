//! The router: a shared configuration and one customer.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    arbitrate::{Arbitration, Handled, Waiting, arbitrate},
    config::RouterConfig,
    confirmation::Confirmation,
    content::{Fitted, Unfit},
    facts::Facts,
    history::Sent,
    message::Message,
    plan::{Dispatch, Plan},
    profile::CustomerProfile,
    route,
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

    /// Decides among the messages of the customer that wait; see [`arbitrate`](crate::arbitrate).
    pub fn arbitrate(&self, waiting: &[Waiting], facts: &Facts, handled: &[Handled]) -> Arbitration {
        arbitrate(&self.config, &self.profile, waiting, facts, handled)
    }

    /// Plans again and proves one dispatch of the plan; see [`prove`](crate::prove).
    #[cfg(feature = "digest")]
    pub fn prove(
        &self,
        message: &Message,
        facts: &Facts,
        dispatch: &Dispatch,
        key: &crate::DigestKey,
    ) -> Option<crate::Proof> {
        crate::proof::prove(&self.config, &self.profile, message, facts, dispatch, key)
    }

    /// Judges one dispatch of a plan again, right before it goes out; see [`confirm`](crate::confirm).
    pub fn confirm(&self, dispatch: &Dispatch, message: &Message, facts: &Facts) -> Confirmation {
        route::confirm(&self.config, &self.profile, dispatch, message, facts)
    }

    /// Fits the words of one dispatch of a plan: what its channel's provider is handed; see [`fitted`](crate::fitted).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use waypost::*;
    ///
    /// let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text);
    /// let config = RouterConfig::builder().descriptors([sms]).build()?;
    /// let phone = Endpoint::new("phone".parse()?, ChannelKind::SMS, "+33600000000")?;
    /// let profile = CustomerProfile::builder("ana".parse()?).endpoint(phone).build()?;
    /// let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
    ///     .variant(Variant::text("Your parcel is at the door, {name}"))
    ///     .values([("name".parse()?, "Ana")].into_iter().collect())
    ///     .build()?;
    ///
    /// let (router, facts) = (Router::new(config, profile), Facts::at("2026-11-22T10:00:00Z".parse()?));
    /// let plan = router.plan(&message, &facts);
    /// let fitted = router.fitted(&plan.steps()[0].dispatches()[0], &message, &facts)?;
    /// assert_eq!(fitted.text(), "Your parcel is at the door, Ana");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unfit`] where the variant does not fit any more.
    pub fn fitted<'m>(&self, dispatch: &Dispatch, message: &'m Message, facts: &Facts) -> Result<Fitted<'m>, Unfit> {
        route::fitted(&self.config, &self.profile, dispatch, message, facts)
    }

    /// What to add to the customer's history when a dispatch was accepted by its provider at `at`.
    ///
    /// Only that counts: not what was refused, not what was put off, and not that a provider failed later.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use waypost::*;
    ///
    /// let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL).can(Capability::Text);
    /// let policy = Policy::from_toml(r#"defaults.caps = [{ name = "daily", limit = 1, per = "calendar_day" }]"#)?;
    /// let config = RouterConfig::builder().descriptors([mail]).policy(policy).build()?;
    /// let home = Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?;
    /// let profile = CustomerProfile::builder("ana".parse()?).endpoint(home).build()?;
    /// let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
    ///     .variant(Variant::text("Your parcel is at the door"))
    ///     .build()?;
    ///
    /// let router = Router::new(config, profile);
    /// let mut facts = Facts::at("2026-11-21T10:00:00Z".parse()?);
    /// let plan = router.plan(&message, &facts);
    /// facts.history.push(router.sent(&plan.steps()[0].dispatches()[0], &message, facts.now));
    /// let second = router.plan(&message, &facts);
    /// assert_eq!(second.steps()[0].not_before(), "2026-11-22T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sent(&self, dispatch: &Dispatch, message: &Message, at: DateTime<Utc>) -> Sent {
        self.config.sent(&self.profile, dispatch, message, at)
    }
}
