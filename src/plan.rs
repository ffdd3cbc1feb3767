//! The plan: which dispatches, in which order, when, what settles them and when to move on.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    content::ContentChoice,
    explain,
    id::{ChannelId, Code, ConversationId, CustomerId, DedupeKey, EndpointId, MessageId, Tag, TenantId, TopicId},
    kind::ChannelKind,
    money::Money,
    policy::{FallThrough, Retry, SettleOn},
    purpose::{Purpose, Urgency},
    shared::Shared,
    time::Span,
    trace::DecisionTrace,
    version::Version,
};

/// One send: through which channel, to which endpoint, with which words, not before when.
///
/// It names the endpoint and the variant; the address stays in the profile and the words in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dispatch {
    /// The channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Not before this instant.
    pub not_before: DateTime<Utc>,
    /// Not at or after this instant: the plan's expiry, so that whoever sends later need not keep the plan beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// The variant of the content.
    pub content: ContentChoice,
    /// What it costs; `None` costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The first instant at which it is permitted, where that is sooner than `not_before`: what waits only for the step
    /// before it may go out from here on once that step failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<DateTime<Utc>>,
    /// Its place in the groups of the policy.
    #[serde(default, skip_serializing_if = "Branch::is_trunk")]
    pub branch: Branch,
    /// Whether the channel can take it back; see [`Capability::Recall`](crate::Capability::Recall).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recallable: bool,
    /// Whether the channel cannot tell that it was read: silence then says nothing of the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
}

impl Dispatch {
    /// The first instant at which it is permitted.
    pub fn earliest(&self) -> DateTime<Utc> {
        self.opens.map_or(self.not_before, |opens| opens.min(self.not_before))
    }
}

/// Where a dispatch stands in the groups of the policy.
///
/// Alternatives come one after the other: the next begins where nobody was reached by the one before. The lanes of an
/// alternative run beside each other, each until it settles by itself: they are the members of an `all_of`. Without
/// groups everything is one lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The alternative, counted from 0.
    #[serde(default)]
    pub alternative: u8,
    /// The lane, counted from 0.
    #[serde(default)]
    pub lane: u8,
}

impl Branch {
    fn is_trunk(&self) -> bool {
        *self == Self::default()
    }
}

/// The dispatches of one step: nearly always one, which is then kept without an allocation.
#[derive(Clone, Debug)]
enum Dispatches {
    One(Dispatch),
    Many(Vec<Dispatch>),
}

impl Dispatches {
    fn as_slice(&self) -> &[Dispatch] {
        match self {
            Self::One(dispatch) => std::slice::from_ref(dispatch),
            Self::Many(dispatches) => dispatches,
        }
    }
}

impl PartialEq for Dispatches {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Serialize for Dispatches {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Dispatches {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::Many)
    }
}

/// One step of a chain: dispatches that go out together, and when the next step begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    dispatches: Dispatches,
    settle_on: SettleOn,
    give_up_after: Span,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accept_within: Option<Span>,
    #[serde(default, skip_serializing_if = "Retry::is_default")]
    retry: Retry,
    on_failure: FallThrough,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stand_in: bool,
}

impl Step {
    pub(crate) fn one(dispatch: Dispatch, terms: Terms) -> Self {
        Self::new(Dispatches::One(dispatch), terms)
    }

    pub(crate) fn many(dispatches: Vec<Dispatch>, terms: Terms) -> Self {
        Self::new(Dispatches::Many(dispatches), terms)
    }

    fn new(dispatches: Dispatches, terms: Terms) -> Self {
        let Terms { settle_on, give_up_after, accept_within, retry, on_failure } = terms;
        Self { dispatches, settle_on, give_up_after, accept_within, retry, on_failure, stand_in: false }
    }

    pub(crate) fn set_stand_in(&mut self, stand_in: bool) {
        self.stand_in = stand_in;
    }

    /// Whether the step reaches only endpoints that an earlier step reaches by another provider.
    ///
    /// It goes out where that provider fails, and never because the customer is silent: they would get the message
    /// twice.
    pub fn is_stand_in(&self) -> bool {
        self.stand_in
    }

    /// What goes out together, best first.
    pub fn dispatches(&self) -> &[Dispatch] {
        self.dispatches.as_slice()
    }

    /// The receipt or event that ends the chain.
    pub fn settle_on(&self) -> SettleOn {
        self.settle_on
    }

    /// How long a provider may take to accept a dispatch, before the send is repeated under the same key.
    pub fn accept_within(&self) -> Option<Span> {
        self.accept_within
    }

    /// How often and when a dispatch is tried again after a failure that may pass.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// How long after its last dispatch first went out the step is given up, tries and all.
    pub fn give_up_after(&self) -> Span {
        self.give_up_after
    }

    /// What follows a failure.
    pub fn on_failure(&self) -> FallThrough {
        self.on_failure
    }

    /// The instant before which nothing of the step goes out.
    pub fn not_before(&self) -> DateTime<Utc> {
        self.dispatches().iter().map(|dispatch| dispatch.not_before).min().unwrap_or_default()
    }
}

/// What a policy says of a step, whatever it sends.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) settle_on: SettleOn,
    pub(crate) give_up_after: Span,
    pub(crate) accept_within: Option<Span>,
    pub(crate) retry: Retry,
    pub(crate) on_failure: FallThrough,
}

/// The answer to one message: what is to be sent, and why nothing else is.
///
/// Planning never fails: a plan without steps carries all its refusals in the [`trace`](Self::trace). `Display` and
/// [`explain`](Self::explain) give the table that people read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    #[serde(default)]
    pub(crate) version: Version,
    pub(crate) message: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dedupe_key: Option<DedupeKey>,
    pub(crate) customer: CustomerId,
    pub(crate) topic: TopicId,
    pub(crate) purpose: Purpose,
    pub(crate) urgency: Urgency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<Code>,
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(crate) tags: Shared<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) brand: Option<TenantId>,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(crate) counts_toward_caps: bool,
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(crate) cancel_on: Shared<Code>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) seed: u64,
    pub(crate) made_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) always: Vec<Vec<Step>>,
    pub(crate) trace: DecisionTrace,
}

fn yes() -> bool {
    true
}

fn is_yes(answer: &bool) -> bool {
    *answer
}

fn is_empty<T>(list: &Shared<T>) -> bool {
    list.is_empty()
}

fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

impl Plan {
    /// The message it is for.
    pub fn message(&self) -> &MessageId {
        &self.message
    }

    /// The message's dedupe key: a later plan of the same key for this customer supersedes this one.
    pub fn dedupe_key(&self) -> Option<&DedupeKey> {
        self.dedupe_key.as_ref()
    }

    /// The customer it is for.
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    /// What the message is about.
    pub fn topic(&self) -> TopicId {
        self.topic
    }

    /// Why it may be sent.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// How pressing it is.
    pub fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// The conversation that it goes on with: the message's own, else the one that is open with the customer.
    pub fn conversation(&self) -> Option<&ConversationId> {
        self.conversation.as_ref()
    }

    /// The name of the policy by which it was made.
    pub fn policy(&self) -> Option<Code> {
        self.policy
    }

    /// The message's labels, which a cap may count by.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// On whose behalf it is sent.
    pub fn brand(&self) -> Option<TenantId> {
        self.brand
    }

    /// Whether caps count what it sends.
    pub fn counts_toward_caps(&self) -> bool {
        self.counts_toward_caps
    }

    /// The events that make the message pointless.
    pub fn cancel_on(&self) -> &[Code] {
        &self.cancel_on
    }

    /// What chance is drawn from while it is carried out.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The instant for which it was made.
    pub fn made_at(&self) -> DateTime<Utc> {
        self.made_at
    }

    /// The instant from which nothing of it may go out any more.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.expires
    }

    /// The chain: one step after the other until one settles.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The chains that run beside it whatever becomes of it, one a kind.
    pub fn always(&self) -> &[Vec<Step>] {
        &self.always
    }

    /// Whether nothing at all is to be sent.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.always.is_empty()
    }

    /// Every dispatch there may be, chain by chain.
    pub fn dispatches(&self) -> impl Iterator<Item = &Dispatch> {
        self.steps.iter().chain(self.always.iter().flatten()).flat_map(Step::dispatches)
    }

    /// Every candidate with what was decided about it, and why.
    pub fn trace(&self) -> &DecisionTrace {
        &self.trace
    }

    /// Reads a plan that was written as JSON.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::json(text)
    }

    /// The plan as one line of JSON, to keep and to ask later.
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a plan has text keys and no value that JSON lacks")
    }

    /// The plan as a table for people; the same as `Display`.
    pub fn explain(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        explain::plan(self, f)
    }
}
