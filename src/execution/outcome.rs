//! How an execution ended, or how it stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    execution::{Attempt, Closed, DispatchKey, Receipt},
    id::{Code, CustomerId, MessageId, Tag, TenantId, TopicId},
    money::Money,
    plan::Dispatch,
    purpose::Purpose,
    version::Version,
};

codes! {
    /// How an execution ended.
    closed Ending, "ending" {
        /// It has not ended.
        Running = "running",
        /// A step of the main chain settled.
        Reached = "reached",
        /// The customer said no, or the law did right before a send.
        Refused = "refused",
        /// Something happened that made the message pointless.
        Superseded = "superseded",
        /// The sender took the message back.
        Cancelled = "cancelled",
        /// Its time was over before anything went out that did not fail.
        Expired = "expired",
        /// Something went out and did not fail, and nothing more was heard of it.
        Unconfirmed = "unconfirmed",
        /// Everything that went out failed.
        Failed = "failed",
        /// Nothing went out.
        NothingSent = "nothing_sent",
    }
}

/// What settled the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reached {
    /// When, by the clock of whoever reported it.
    pub at: DateTime<Utc>,
    /// By which try; `None` where an event settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<DispatchKey>,
    /// By which event; `None` where a receipt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Code>,
}

/// One try, with what became of it. [`Outcome`] shows how a test gets one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tried {
    /// Its key.
    pub key: DispatchKey,
    /// What was tried.
    pub dispatch: Dispatch,
    /// What is known of it.
    pub attempt: Attempt,
    /// Whether it came as far as its step asks only after the step was given up; where an event settles the step, as far
    /// as the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

impl Tried {
    /// Whether it is charged for, as far as is known: a provider has it, or may have it.
    pub fn is_charged(&self) -> bool {
        !self.attempt.reached.is_empty() || self.attempt.failure.is_none()
    }
}

/// A dispatch of the plan that was closed without being tried to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Untried {
    /// The dispatch.
    pub dispatch: Dispatch,
    /// Why.
    pub why: Closed,
}

/// How an execution ended, or how it stands: every try with what is known of it, and what it cost.
///
/// It is a function of what is known and not of the order in which it became known: a receipt that comes after the end
/// changes it to what it would have been had the receipt come before.
///
/// # In a test
///
/// Outcomes, [`Tried`] and [`Attempt`] are made by an [`Execution`](crate::Execution) and by nobody else. A test of your own
/// code that takes one in drives an execution there by receipts:
///
/// ```
/// use waypost::*;
///
/// /// What is to be tested: whom to ask for a new address.
/// fn to_ask(outcome: &Outcome) -> Vec<EndpointId> {
///     let bounced = |tried: &&Tried| tried.attempt.failure.is_some_and(|it| it.class == FailureClass::HardBounce);
///     outcome.tried.iter().filter(bounced).map(|tried| tried.dispatch.endpoint).collect()
/// }
///
/// let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL).can(Capability::Text);
/// let config = RouterConfig::builder().descriptors([mail]).build()?;
/// let ana = CustomerProfile::builder("ana".parse()?)
///     .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
///     .build()?;
/// let message = Message::builder("m-1".parse()?, "visit".parse()?, Purpose::Service)
///     .variant(Variant::text("The plumber comes tomorrow at ten"))
///     .build()?;
/// let now = "2026-11-21T10:00:00Z".parse()?;
///
/// let mut execution = Execution::new(Router::new(config, ana).plan(&message, &Facts::at(now)), now);
/// let Output::Dispatch(sent) = execution.poll() else { panic!("one email") };
/// execution.handle_receipt(&Receipt::failed(sent.key, now, FailureClass::HardBounce), now);
/// let Output::Settle(outcome) = execution.poll() else { panic!("there is no other way") };
///
/// assert_eq!(outcome.ending, Ending::Failed);
/// assert_eq!(to_ask(&outcome), ["home"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Outcome {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// The message.
    pub message: MessageId,
    /// To whom.
    pub customer: CustomerId,
    /// About what.
    pub topic: TopicId,
    /// Why.
    pub purpose: Purpose,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// On whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<TenantId>,
    /// Whether caps count what was sent.
    pub counts_toward_caps: bool,
    /// How it ended.
    pub ending: Ending,
    /// What settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
    /// Every try, chain by chain and step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// What was not tried, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untried: Vec<Untried>,
    /// What it cost: one sum a currency, in the order of their codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost: Vec<Money>,
    /// Receipts of tries that this execution does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<Receipt>,
}

/// The sum of what is charged, a currency each.
pub(super) fn cost(tried: &[Tried]) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for price in tried.iter().filter(|tried| tried.is_charged()).filter_map(|tried| tried.dispatch.price) {
        match sums.iter_mut().find(|sum| sum.currency == price.currency) {
            Some(sum) => sum.micros = sum.micros.saturating_add(price.micros),
            None => sums.push(price),
        }
    }
    sums.sort_by_key(|sum| sum.currency);
    sums
}
