//! Checks: properties of a policy, decided over every message and customer there can be.

mod search;
mod world;

use std::fmt;

use crate::{
    channel::ChannelDescriptor,
    config::{ConfigError, RouterConfig},
    facts::Facts,
    id::TopicId,
    kind::ChannelKind,
    message::Message,
    policy::{Policy, reach::Reach, solve::Work},
    profile::CustomerProfile,
};
use search::Search;

/// A property that a policy should have.
///
/// | code | holds where |
/// | --- | --- |
/// | `marketing_needs_opt_in` | nothing that is judged as marketing is sent to a customer who never said yes |
/// | `safety_reaches_any_verified_endpoint` | a message for `safety` has a candidate as soon as the customer has a verified endpoint on any registered kind |
/// | `topic_never_by_kind` | a message about the topic, whatever its purpose, never goes out on the kind |
///
/// ```
/// use waypost::{ChannelKind, Property, TopicId};
///
/// let property = Property::TopicNeverByKind { topic: TopicId::literal("diagnosis"), kind: ChannelKind::SMS };
/// assert_eq!(property.code(), "topic_never_by_kind");
/// assert_eq!(property.to_string(), "topic `diagnosis` never goes by `sms`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Property {
    /// Marketing is never sent without opt-in.
    MarketingNeedsOptIn,
    /// Every safety message has a candidate whenever the customer has a verified endpoint.
    SafetyReachesAnyVerifiedEndpoint,
    /// A topic never goes by a kind.
    TopicNeverByKind {
        /// The topic.
        topic: TopicId,
        /// The kind.
        kind: ChannelKind,
    },
}

impl Property {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MarketingNeedsOptIn => "marketing_needs_opt_in",
            Self::SafetyReachesAnyVerifiedEndpoint => "safety_reaches_any_verified_endpoint",
            Self::TopicNeverByKind { .. } => "topic_never_by_kind",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarketingNeedsOptIn => f.write_str("marketing is never sent without opt-in"),
            Self::SafetyReachesAnyVerifiedEndpoint => {
                f.write_str("every safety message has a candidate whenever the customer has a verified endpoint")
            }
            Self::TopicNeverByKind { topic, kind } => write!(f, "topic `{topic}` never goes by `{kind}`"),
        }
    }
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Checked {
    /// There is no message and customer for which the property fails.
    Holds,
    /// Here is one, with the plan's own word for it.
    Fails(Box<Counterexample>),
    /// The search was given up, for the conditions are too intricate, or what it found was not confirmed by a plan.
    /// Nothing is claimed: the property may hold or fail.
    Undecided,
}

/// A message and a customer for which a property fails; planning them shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Counterexample {
    /// The customer.
    pub profile: CustomerProfile,
    /// The message.
    pub message: Message,
    /// What is true at that moment.
    pub facts: Facts,
    /// What happens then, in a sentence.
    pub explanation: String,
}

impl Policy {
    /// Decides a property over the whole space of messages and customers, not by sampling.
    ///
    /// Every way in which the policy's settings could break the property is searched for in the space of its
    /// conditions, exactly. A counterexample is planned before it is returned, so it is never a guess.
    ///
    /// # What is assumed
    ///
    /// The policy is judged, and nothing else: the message says something that every channel can carry if it can carry
    /// anything, the endpoint is reachable and verified, every channel is up and its own `admit` lets everything pass,
    /// the customer is there and in an open conversation, nothing is suppressed, no cap is full, and the hour is the
    /// most favourable one. For [`MarketingNeedsOptIn`](Property::MarketingNeedsOptIn) and
    /// [`SafetyReachesAnyVerifiedEndpoint`](Property::SafetyReachesAnyVerifiedEndpoint) there is no word of the customer
    /// on consent; for the latter none on preferences either, and the endpoint is the only one, so that a policy that
    /// denies one kind to safety fails. A topic that is off by default was switched on by the person where that
    /// would make a property fail.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all findings where no router can be built from the policy and these channels.
    ///
    /// ```
    /// use waypost::{Capability, Checked, ChannelDescriptor, ChannelKind, Policy, Property};
    ///
    /// let policy = Policy::from_toml(r#"
    /// [[rules]]
    /// name = "no-sms-abroad"
    /// when.not = { country = "ES" }
    /// then.deny = ["sms"]
    /// "#)?;
    /// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
    ///
    /// assert_eq!(policy.check([&sms], Property::MarketingNeedsOptIn)?, Checked::Holds);
    /// let Checked::Fails(example) = policy.check([&sms], Property::SafetyReachesAnyVerifiedEndpoint)? else { panic!() };
    /// assert_eq!(example.profile.country(), None);
    /// assert_eq!(
    ///     example.explanation,
    ///     "with one verified sms endpoint, nothing is sent: rule `no-sms-abroad` denies it (rules that match: \
    ///      `no-sms-abroad`)",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check<'c>(
        &self,
        channels: impl IntoIterator<Item = &'c ChannelDescriptor>,
        property: Property,
    ) -> Result<Checked, ConfigError> {
        let config = RouterConfig::builder().descriptors(channels.into_iter().cloned()).policy(self.clone()).build()?;
        let topic = match property {
            Property::TopicNeverByKind { topic, .. } => Some(topic),
            _ => None,
        };
        let reach = Reach::of(self, topic);
        let mut search = Search::new(self, &reach, &config, Work::new(Work::USUAL));
        let found = match property {
            Property::MarketingNeedsOptIn => search.marketing_without_opt_in(),
            Property::SafetyReachesAnyVerifiedEndpoint => search.safety_unreached(),
            Property::TopicNeverByKind { topic, kind } => search.topic_by_kind(topic, kind),
        };
        Ok(match found {
            Ok(Some(example)) => Checked::Fails(Box::new(example)),
            Ok(None) if search.is_sure() => Checked::Holds,
            _ => Checked::Undecided,
        })
    }
}
