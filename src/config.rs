//! What all routers share: the channels, the compiled policy and the zones, built and checked once.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    channel::{Channel, ChannelDescriptor},
    content::{LimitRow, Limits, Render, Substitution},
    history::{Sent, SentLog},
    kind::ChannelKind,
    law::{CompiledLaw, Jurisdictions},
    message::Message,
    plan::Dispatch,
    policy::{CompiledPolicy, Finding, FindingCode, Policy, Severity},
    profile::CustomerProfile,
    time::{ZoneKey, ZoneLookup, ZoneTables},
};

/// A registered channel, with what a decision needs at hand.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) channel: Arc<dyn Channel>,
    /// A copy: a decision reads what the channel said when the configuration was built.
    pub(crate) descriptor: ChannelDescriptor,
    /// The dense index of its kind.
    pub(crate) kind: u8,
    /// The zone of its open hours.
    pub(crate) zone: Option<ZoneKey>,
    /// The limits of its dialect, past, present and to come.
    pub(crate) limits: Vec<LimitRow>,
}

/// Channels in declared order, a compiled policy and the zones; shared by every router.
///
/// ```
/// use std::sync::Arc;
/// use waypost::{Capability, ChannelDescriptor, ChannelKind, Policy, RouterConfig};
///
/// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
/// let config = RouterConfig::builder().channel(Arc::new(sms)).policy(Policy::default()).build()?;
/// assert_eq!(config.channels().count(), 1);
///
/// let error = RouterConfig::builder().policy(Policy::default()).build().unwrap_err();
/// assert_eq!(error.findings().len(), 1); // no channels
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RouterConfig {
    pub(crate) channels: Vec<Registered>,
    /// The kinds of the channels, in the order in which they were first declared.
    pub(crate) kinds: Vec<ChannelKind>,
    pub(crate) policy: CompiledPolicy,
    pub(crate) zones: Arc<dyn ZoneLookup>,
    /// The rows of law that count; `None` where no law was loaded.
    pub(crate) law: Option<CompiledLaw>,
    pub(crate) tables: ZoneTables,
    /// What puts values into words.
    pub(crate) render: Arc<dyn Render>,
    /// Of the policy, the channels, the law and the limits.
    #[cfg(feature = "digest")]
    pub(crate) digest: crate::digest::Digest,
}

impl RouterConfig {
    /// Starts with no channels and an empty policy.
    pub fn builder() -> RouterConfigBuilder {
        RouterConfigBuilder {
            channels: Vec::new(),
            policy: Policy::default(),
            zones: default_zones(),
            law: None,
            limits: Limits::default(),
            render: Arc::new(Substitution),
        }
    }

    /// What the channels are, in declared order.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelDescriptor> {
        self.channels.iter().map(|registered| &registered.descriptor)
    }

    /// The time zones in use: where they come from and their release.
    pub fn zone_tables(&self) -> ZoneTables {
        self.tables
    }

    /// What to add to the history when a dispatch was accepted; [`Router::sent`](crate::Router::sent) with the customer
    /// at hand.
    pub fn sent(&self, profile: &CustomerProfile, dispatch: &Dispatch, message: &Message, at: DateTime<Utc>) -> Sent {
        let mut sent = Sent::new(at, dispatch.channel, dispatch.kind, message.purpose(), message.topic());
        sent.endpoint = Some(dispatch.endpoint);
        sent.tags = message.tags().to_vec();
        sent.brand = message.brand().or(profile.tenant());
        sent.counts_toward_caps = self.policy.purpose(message.purpose()).demands.counts_toward_caps;
        sent
    }

    /// Drops from a log what no cap of the policy or the law can count any more, from `now` on and for whatever message.
    ///
    /// No decision changes by it. Of a cap for life as many sends are kept as fill it, and of a pace those since it was
    /// last idle; a cap that the policy gets later, or a higher limit, counts only what was kept.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use waypost::*;
    ///
    /// let policy = Policy::from_toml(r#"defaults.caps = [{ name = "weekly", limit = 2, per = "1w" }]"#)?;
    /// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS);
    /// let config = RouterConfig::builder().descriptors([sms.clone()]).policy(policy).build()?;
    ///
    /// let mut log = SentLog::default();
    /// for at in ["2026-11-13T10:00:00Z", "2026-11-20T10:00:00Z"] {
    ///     log.record(&Sent::new(at.parse()?, sms.id, sms.kind, Purpose::Service, TopicId::literal("visit")));
    /// }
    /// config.trim(&mut log, "2026-11-21T10:00:00Z".parse()?);
    /// assert_eq!(log.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trim(&self, log: &mut SentLog, now: DateTime<Utc>) {
        let by_law = |sent: &Sent| self.law.as_ref().is_some_and(|law| law.counts(sent, now));
        self.policy.trim(log, now, by_law);
    }

    /// Whether a message's own word on the kinds can be followed: the door at which a wrong override is an error.
    ///
    /// A plan of a message that was not checked leaves kinds without a channel out of account.
    ///
    /// # Errors
    ///
    /// [`UnknownKinds`] names the kinds that no channel serves.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use waypost::{Capability, ChannelDescriptor, ChannelKind, Message, Override, Policy, Purpose, RouterConfig, TopicId, Variant};
    /// # let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
    /// # let config = RouterConfig::builder().channel(Arc::new(sms)).build()?;
    /// let message = Message::builder("m-1".parse()?, TopicId::literal("news"), Purpose::Service)
    ///     .variant(Variant::text("Hello"))
    ///     .channels(Override { only: vec!["smss".parse()?], order: vec![] })
    ///     .build()?;
    /// let error = config.admit(&message).unwrap_err();
    /// assert_eq!(error.to_string(), "the message names kinds that no channel serves: `smss`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn admit(&self, message: &Message) -> Result<(), UnknownKinds> {
        let named = message.channels().into_iter().flat_map(|channels| channels.only.iter().chain(&channels.order));
        let mut unknown: Vec<_> = named.copied().filter(|kind| !self.kinds.contains(kind)).collect();
        unknown.sort();
        unknown.dedup();
        if unknown.is_empty() { Ok(()) } else { Err(UnknownKinds { kinds: unknown }) }
    }
}

#[cfg(feature = "chrono-tz")]
fn default_zones() -> Arc<dyn ZoneLookup> {
    Arc::new(crate::time::BundledZones)
}

#[cfg(not(feature = "chrono-tz"))]
fn default_zones() -> Arc<dyn ZoneLookup> {
    Arc::new(crate::time::FixedZones)
}

/// Kinds that a message names and no channel serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKinds {
    kinds: Vec<ChannelKind>,
}

impl UnknownKinds {
    /// The kinds.
    pub fn kinds(&self) -> &[ChannelKind] {
        &self.kinds
    }
}

impl fmt::Display for UnknownKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message names kinds that no channel serves: ")?;
        for (at, kind) in self.kinds.iter().enumerate() {
            write!(f, "{}`{kind}`", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownKinds {}

/// Gathers what a [`RouterConfig`] is made of.
#[derive(Clone, Debug)]
#[must_use]
pub struct RouterConfigBuilder {
    channels: Vec<Arc<dyn Channel>>,
    policy: Policy,
    zones: Arc<dyn ZoneLookup>,
    law: Option<Jurisdictions>,
    limits: Limits,
    render: Arc<dyn Render>,
}

impl RouterConfigBuilder {
    /// One channel more, after those already declared.
    pub fn channel(mut self, channel: Arc<dyn Channel>) -> Self {
        self.channels.push(channel);
        self
    }

    /// More channels that are descriptions only, such as those of a [`ChannelList`](crate::ChannelList).
    pub fn descriptors(mut self, descriptors: impl IntoIterator<Item = ChannelDescriptor>) -> Self {
        self.channels.extend(descriptors.into_iter().map(|descriptor| Arc::new(descriptor) as Arc<dyn Channel>));
        self
    }

    /// This policy.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// These zones, instead of those of the `chrono-tz` feature or, without it, fixed offsets.
    pub fn zones(mut self, zones: Arc<dyn ZoneLookup>) -> Self {
        self.zones = zones;
        self
    }

    /// These rows of law, which from then on bind beside the policy; see [`law`](crate::law). Without them none does.
    ///
    /// Marketing to a customer of whom no jurisdiction is known is then refused; everything else passes.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use waypost::*;
    /// let phone = ChannelDescriptor::new("robot".parse()?, ChannelKind::VOICE).can(Capability::Text);
    /// let law = Jurisdictions::shipped();
    /// let config = RouterConfig::builder().channel(Arc::new(phone)).law(law).build()?;
    /// # let marie = CustomerProfile::builder("marie".parse()?)
    /// #     .jurisdictions(JurisdictionEvidence::declared("FR".parse()?))
    /// #     .zone(ZoneEvidence::declared("Europe/Paris".parse()?))
    /// #     .endpoint(Endpoint::new("phone".parse()?, ChannelKind::VOICE, "+33100000000")?)
    /// #     .consent(ConsentEvent::new(ConsentAction::Grant, ConsentScope::everything(), "2026-01-05T10:00:00Z".parse()?))
    /// #     .build()?;
    /// # let message = Message::builder("m-1".parse()?, "offer".parse()?, Purpose::Marketing)
    /// #     .variant(Variant::text("New: our winter catalogue"))
    /// #     .build()?;
    /// // A plan for Marie of Paris, who agreed to calls: express consent lifts the hours, not the cap.
    /// let plan = Router::new(config, marie).plan(&message, &Facts::at("2026-11-23T12:30:00Z".parse()?));
    /// assert_eq!(plan.steps().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn law(mut self, law: Jurisdictions) -> Self {
        self.law = Some(law);
        self
    }

    /// These limits of providers, which from then on every content has to fit, beside the channels' own.
    ///
    /// Without them only the channels' own limits hold; [`Limits::shipped`] are dated ones of the usual providers.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// This engine to put values into words, instead of [`Substitution`].
    pub fn render(mut self, render: Arc<dyn Render>) -> Self {
        self.render = render;
        self
    }

    /// Compiles and checks.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all errors, not the first; warnings are for [`Policy::lint`] to tell.
    pub fn build(self) -> Result<Arc<RouterConfig>, ConfigError> {
        let Self { channels, policy, zones, law, limits, render } = self;
        let descriptors: Vec<_> = channels.iter().map(|channel| channel.descriptor().clone()).collect();
        let mut findings = policy.lint_by(&descriptors, Some(&*zones));
        findings.retain(|finding| finding.severity == Severity::Error);
        findings.extend(assembly(&descriptors));
        findings.extend(law.iter().flat_map(|law| law.unknown_zones(&*zones)));
        if !findings.is_empty() {
            return Err(ConfigError { findings });
        }
        #[cfg(feature = "digest")]
        let digest = crate::digest::public(&(&policy, &descriptors, &law, &limits));
        let mut kinds: Vec<ChannelKind> = Vec::new();
        let channels = channels
            .into_iter()
            .zip(descriptors)
            .map(|(channel, descriptor)| {
                let kind = kinds.iter().position(|known| *known == descriptor.kind).unwrap_or_else(|| {
                    kinds.push(descriptor.kind);
                    kinds.len() - 1
                });
                let zone = descriptor.open.as_ref().and_then(|open| zones.resolve(&open.zone));
                // INVARIANT: the lint refuses more than 64 kinds.
                let dialect = descriptor.dialect();
                let limits = limits.rows().iter().filter(|row| row.dialect == dialect).cloned().collect();
                Registered { channel, descriptor, kind: kind as u8, zone, limits }
            })
            .collect();
        let policy = CompiledPolicy::of(&policy, &kinds, &*zones);
        let law = law.map(|law| CompiledLaw::of(&law, &kinds, &*zones));
        let tables = ZoneTables::of(&*zones);
        Ok(Arc::new(RouterConfig {
            channels,
            kinds,
            policy,
            zones,
            law,
            tables,
            render,
            #[cfg(feature = "digest")]
            digest,
        }))
    }
}

/// Most channels of one router; with at most 256 endpoints of a customer a plan has fewer than 65,536 candidates.
const MOST_CHANNELS: usize = 255;

/// What is wrong with the channels taken together.
fn assembly(channels: &[ChannelDescriptor]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if channels.is_empty() {
        let message = "no channel is registered, expected at least one".to_owned();
        findings.push(Finding::of_router(FindingCode::NoChannels, "channels", message));
    }
    if channels.len() > MOST_CHANNELS {
        let message = format!("{} channels are registered, expected at most {MOST_CHANNELS}", channels.len());
        findings.push(Finding::of_router(FindingCode::TooManyChannels, "channels", message));
    }
    let mut prices = channels.iter().flat_map(|channel| {
        let rows = channel.prices.iter().map(|row| row.price);
        channel.price.into_iter().chain(rows).map(|price| (channel.id, price.currency))
    });
    if let Some((first, currency)) = prices.next()
        && let Some((other, another)) = prices.find(|(_, other)| *other != currency)
    {
        let message = format!("channel `{first}` is priced in {currency} and channel `{other}` in {another}");
        findings.push(Finding::of_router(FindingCode::MixedCurrencies, "channels", message));
    }
    findings
}

/// Everything that keeps a configuration from being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    findings: Vec<Finding>,
}

impl ConfigError {
    /// All that is wrong.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [only] => write!(f, "the router cannot be built: {only}"),
            many => {
                write!(f, "the router cannot be built, {} errors:", many.len())?;
                many.iter().try_for_each(|finding| write!(f, "\n  {finding}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
