//! Proof: what a regulator asks for about one dispatch, and how it is checked later.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    config::RouterConfig,
    digest::{Digest, DigestKey},
    facts::Facts,
    id::{Code, CustomerId, MessageId},
    message::Message,
    plan::{Dispatch, Plan},
    policy::ConsentRule,
    profile::{ConsentEvent, CustomerProfile},
    route,
    time::ZoneTables,
    trace::AppliedLaw,
    version::Version,
};

codes! {
    /// One thing that a [`Proof`] holds fast.
    closed Proven, "part of a proof" {
        /// The policy, the channels and the law.
        Config = "config",
        /// The tables of time zones.
        Zones = "zones",
        /// The customer's profile.
        Profile = "profile",
        /// The message.
        Message = "message",
        /// What was true at the time.
        Facts = "facts",
        /// The plan, to the byte.
        Plan = "plan",
        /// The consent that the dispatch stood on.
        Consent = "consent",
        /// The dispatch, which the plan has to hold.
        Dispatch = "dispatch",
    }
}

/// Digests of everything that a plan was made of, and of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Digests {
    /// Of the policy, the channels and the law; without a key, for it holds nothing personal.
    pub config: Digest,
    /// Of the profile.
    pub profile: Digest,
    /// Of the message.
    pub message: Digest,
    /// Of the facts. A history that the caller answers itself is no part of them.
    pub facts: Digest,
    /// Of the plan.
    pub plan: Digest,
}

/// The consent that a dispatch stood on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentGround {
    /// What the purpose asked for.
    pub asked: ConsentRule,
    /// The event that decided; `None` where nobody ever said anything, or nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ConsentEvent>,
}

/// What a regulator asks for about one dispatch: on which consent it stood, by which policy, law and clocks it was
/// decided, and digests by which its inputs and its plan are known again.
///
/// It holds no address and no content. Whoever has kept the inputs can [`check`](Self::check) that they are the same
/// and still give the same plan, to the byte. The digests are keyed (HMAC-SHA-256), for a plain one of a profile that
/// is little more than a phone number could be found by trying all numbers.
///
/// ```
/// use waypost::*;
///
/// # let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
/// # let config = RouterConfig::builder().channel(std::sync::Arc::new(sms)).build()?;
/// let agreed = ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(Purpose::Marketing), "2026-01-31T10:00:00Z".parse()?)
///     .with_evidence(Code::literal("form-2291"));
/// let profile = CustomerProfile::builder("c-1".parse()?)
///     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
///     .consent(agreed)
///     .build()?;
/// let message = Message::builder("m-1".parse()?, TopicId::literal("sale"), Purpose::Marketing)
///     .variant(Variant::text("Everything must go"))
///     .build()?;
/// let facts = Facts::at("2026-11-21T10:00:00Z".parse()?);
/// let router = Router::new(config, profile);
/// let plan = router.plan(&message, &facts);
///
/// let key = DigestKey::new(*b"thirty-two bytes from a good rng");
/// let dispatch = plan.dispatches().next().unwrap();
/// let proof = router.prove(&message, &facts, dispatch, &key).unwrap();
/// assert_eq!(proof.consent.event.as_ref().and_then(|event| event.evidence), Some(Code::literal("form-2291")));
/// assert_eq!(proof.check(&router, &message, &facts, &key), []);
///
/// let later = Facts::at("2026-11-22T10:00:00Z".parse()?);
/// assert_eq!(proof.check(&router, &message, &later, &key), [Proven::Facts, Proven::Plan, Proven::Dispatch]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proof {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// The message.
    pub message: MessageId,
    /// The customer.
    pub customer: CustomerId,
    /// The dispatch.
    pub dispatch: Dispatch,
    /// The instant for which it was planned.
    pub made_at: DateTime<Utc>,
    /// The name of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Code>,
    /// The tables of time zones.
    pub zones: ZoneTables,
    /// The rows of law that spoke of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub law: Vec<AppliedLaw>,
    /// The consent that it stood on.
    pub consent: ConsentGround,
    /// Digests of the inputs and of the plan.
    pub digests: Digests,
}

/// Plans again and proves one dispatch of the plan; `None` where the plan does not hold it.
///
/// [`Router::prove`](crate::Router::prove) is this with the customer at hand.
pub fn prove(
    config: &RouterConfig,
    profile: &CustomerProfile,
    message: &Message,
    facts: &Facts,
    dispatch: &Dispatch,
    key: &DigestKey,
) -> Option<Proof> {
    let plan = route::plan(config, profile, message, facts);
    plan.dispatches().find(|held| *held == dispatch)?;
    let (asked, event) = route::consent_of(config, profile, message, facts, dispatch)?;
    Some(Proof {
        version: Version::CURRENT,
        message: message.id().clone(),
        customer: profile.id().clone(),
        dispatch: *dispatch,
        made_at: plan.made_at(),
        policy: plan.policy(),
        zones: config.zone_tables(),
        law: plan.trace().law().to_vec(),
        consent: ConsentGround { asked, event: event.cloned() },
        digests: digests(config, profile, message, facts, &plan, key),
    })
}

fn digests(
    config: &RouterConfig,
    profile: &CustomerProfile,
    message: &Message,
    facts: &Facts,
    plan: &Plan,
    key: &DigestKey,
) -> Digests {
    Digests {
        config: config.digest,
        profile: key.document("profile", profile),
        message: key.document("message", message),
        facts: key.document("facts", facts),
        plan: key.document("plan", plan),
    }
}

impl Proof {
    /// What of kept inputs is no longer as it was proven, in the order of [`Proven`]; nothing where all of it is.
    ///
    /// An input that changed mostly changes the plan, and is named before it.
    pub fn check(&self, router: &crate::Router, message: &Message, facts: &Facts, key: &DigestKey) -> Vec<Proven> {
        let (config, profile) = (router.config(), router.profile());
        let plan = route::plan(config, profile, message, facts);
        let found = digests(config, profile, message, facts, &plan, key);
        let consent = route::consent_of(config, profile, message, facts, &self.dispatch);
        let same_consent =
            consent.is_some_and(|(asked, event)| asked == self.consent.asked && event == self.consent.event.as_ref());
        let differs = [
            (Proven::Config, found.config != self.digests.config),
            (Proven::Zones, config.zone_tables() != self.zones),
            (Proven::Profile, found.profile != self.digests.profile),
            (Proven::Message, found.message != self.digests.message),
            (Proven::Facts, found.facts != self.digests.facts),
            (Proven::Plan, found.plan != self.digests.plan),
            (Proven::Consent, !same_consent),
            (Proven::Dispatch, !plan.dispatches().any(|held| *held == self.dispatch)),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Dispatch { channel, endpoint, not_before, .. } = &self.dispatch;
        let at = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%SZ");
        writeln!(
            f,
            "{} for {}: `{channel}` to `{endpoint}`, not before {}",
            self.message,
            self.customer,
            at(*not_before)
        )?;
        write!(f, "planned  {}", at(self.made_at))?;
        if let Some(policy) = self.policy {
            write!(f, ", policy {policy}")?;
        }
        writeln!(f, ", time zones of {}", self.zones)?;
        write!(f, "consent  {}", self.consent.asked)?;
        match &self.consent.event {
            Some(event) => write!(f, ": {} of {}", event.action, at(event.at))?,
            None => f.write_str(": nothing on record")?,
        }
        if let Some(source) = self.consent.event.as_ref().and_then(|event| event.source) {
            write!(f, ", by {source}")?;
        }
        if let Some(evidence) = self.consent.event.as_ref().and_then(|event| event.evidence) {
            write!(f, ", evidence {evidence}")?;
        }
        f.write_str("\n")?;
        for law in &self.law {
            writeln!(f, "law      {} {}, verified {}", law.row, law.bearing, law.verified)?;
        }
        let Digests { config, profile, message, facts, plan } = &self.digests;
        let named = [("config", config), ("profile", profile), ("message", message), ("facts", facts), ("plan", plan)];
        named.into_iter().try_for_each(|(name, digest)| writeln!(f, "{name:<8} {digest}"))
    }
}
