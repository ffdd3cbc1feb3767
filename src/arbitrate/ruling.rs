//! The answer of an arbitration: what becomes of each message, and why.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    id::{Code, CustomerId, MessageId, RuleId, TopicId},
    message::Message,
    plan::Plan,
    reason::Reason,
    version::Version,
};

use super::{tie, waiting::Waiting, words};

codes! {
    /// Why a digest goes.
    closed Flush, "flush" {
        /// Its window is over.
        Window = "window",
        /// It has as many messages as it may.
        Size = "size",
        /// A message came that would be over by the time it is due.
        Expiry = "expiry",
        /// A message came that is too pressing to wait.
        Urgency = "urgency",
    }
}

/// What becomes of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ruling", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ruling {
    /// It is carried out now.
    Go {
        /// How.
        plan: Box<Plan>,
    },
    /// It goes on waiting: hand it in again then.
    Wait {
        /// The first instant at which anything of it may go out.
        until: DateTime<Utc>,
        /// Why not now.
        reason: Reason,
        /// How it would be carried out, as far as is known now.
        plan: Box<Plan>,
    },
    /// It is collected, to go as one with others: hand it in again until it went.
    Digest {
        /// The digest of the policy.
        rule: RuleId,
        /// When the digest goes, as far as is known now.
        due: DateTime<Utc>,
    },
    /// A later message of its key stands: it is over.
    Superseded {
        /// The later one.
        by: MessageId,
    },
    /// It was handed over before: it is over.
    Repeated {
        /// The message that was.
        of: MessageId,
    },
    /// Another message mutes it. Who drops it loses it; handed in again, it goes once nothing mutes it any more.
    Muted {
        /// The other one.
        by: MessageId,
        /// The inhibition of the policy.
        rule: RuleId,
        /// Until when; `None` as long as the other one waits or is under way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// Nothing can be sent: it is over.
    Dropped {
        /// The weightiest of the plan's refusals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// The empty plan with all of them.
        plan: Box<Plan>,
    },
}

impl Ruling {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Go { .. } => "go",
            Self::Wait { .. } => "wait",
            Self::Digest { .. } => "digest",
            Self::Superseded { .. } => "superseded",
            Self::Repeated { .. } => "repeated",
            Self::Muted { .. } => "muted",
            Self::Dropped { .. } => "dropped",
        }
    }

    /// The plan, with its trace, where there is one.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Go { plan } | Self::Wait { plan, .. } | Self::Dropped { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// Whether the message has to be handed in again.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Wait { .. } | Self::Digest { .. })
    }
}

/// What becomes of one message, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// The message.
    pub message: MessageId,
    /// What it is about.
    pub topic: TopicId,
    /// What becomes of it.
    #[serde(flatten)]
    pub ruling: Ruling,
}

impl Decision {
    pub(super) fn new(waiting: &Waiting, ruling: Ruling) -> Self {
        Self { message: waiting.message.id().clone(), topic: waiting.message.topic(), ruling }
    }
}

/// Messages that go as one, now or later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PendingDigest {
    /// The digest of the policy.
    pub rule: RuleId,
    /// Its messages, in the order in which they came.
    pub members: Vec<MessageId>,
    /// When it goes, as far as is known now.
    pub due: DateTime<Utc>,
    /// Why it goes now; `None` while it is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flush: Option<Flush>,
}

impl PendingDigest {
    /// One message out of its members, whose words are the caller's.
    ///
    /// Put it into the list in the place of its members and arbitrate once more: it is not collected again, and goes by
    /// the caps and hours of its own topic and purpose. The members come in the order in which they arrived.
    ///
    /// ```
    /// # use waypost::*;
    /// # let policy = Policy::from_toml(r#"
    /// # [[digest]]
    /// # name = "comments"
    /// # when = { topic = "comment" }
    /// # window = "30m"
    /// # "#)?;
    /// # let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text);
    /// # let config = RouterConfig::builder().descriptors([sms]).policy(policy).build()?;
    /// # let ana = CustomerProfile::builder("ana".parse()?)
    /// #     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
    /// #     .build()?;
    /// # let comment = |id: &str, since: &str| -> Result<Waiting, Box<dyn std::error::Error>> {
    /// #     let message = Message::builder(id.parse()?, "comment".parse()?, Purpose::Service);
    /// #     Ok(Waiting::new(message.variant(Variant::text("Ben wrote: Hello")).build()?, since.parse()?))
    /// # };
    /// let now = "2026-11-21T10:30:00Z".parse()?;
    /// let mut waiting = vec![comment("m-1", "2026-11-21T10:00:00Z")?, comment("m-2", "2026-11-21T10:10:00Z")?];
    /// let first = arbitrate(&config, &ana, &waiting, &Facts::at(now), &[]);
    /// for digest in first.digests.iter().filter(|digest| digest.flush.is_some()) {
    ///     let id = format!("digest-{}", digest.members[0]).parse()?;
    ///     let one = digest.compose(&waiting, now, |members| {
    ///         let words = format!("You have {} new comments", members.len());
    ///         Message::builder(id, "comment".parse().unwrap(), Purpose::Service)
    ///             .variant(Variant::text(words))
    ///             .build()
    ///             .unwrap()
    ///     });
    ///     waiting.retain(|waiting| !digest.members.contains(waiting.message.id()));
    ///     waiting.push(one);
    /// }
    /// let second = arbitrate(&config, &ana, &waiting, &Facts::at(now), &[]);
    /// assert_eq!(second.why("digest-m-1").as_deref(), Some("`digest-m-1` goes now, by sms"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compose<'w>(
        &self,
        waiting: &'w [Waiting],
        now: DateTime<Utc>,
        write: impl FnOnce(&[&'w Message]) -> Message,
    ) -> Waiting {
        let find = |id: &MessageId| waiting.iter().filter(|entry| entry.message.id() == id).reduce(tie::first);
        let members: Vec<_> = self.members.iter().filter_map(find).map(|entry| &entry.message).collect();
        Waiting::digest(write(&members), now)
    }
}

/// What becomes of every message of one customer that waits.
///
/// `Display` gives the table that people read, [`why`](Self::why) a sentence about one message; the plan of a
/// [ruling](Ruling::plan) has the trace of every channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Arbitration {
    #[serde(default)]
    pub(super) version: Version,
    /// The customer.
    pub customer: CustomerId,
    /// The name of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Code>,
    /// The instant for which it was made.
    pub made_at: DateTime<Utc>,
    /// One for each message, the most pressing first.
    pub decisions: Vec<Decision>,
    /// Messages under way that a waiting one takes the place of, sorted: tell their executions by
    /// [`Event::superseded`](crate::Event::superseded).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersede: Vec<MessageId>,
    /// The digests, in the order in which they are due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<PendingDigest>,
}

impl Arbitration {
    /// What becomes of a message.
    pub fn ruling(&self, message: &str) -> Option<&Ruling> {
        self.decisions.iter().find(|decision| decision.message == *message).map(|decision| &decision.ruling)
    }

    /// The plans to be carried out now, the most pressing first.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.decisions.iter().filter_map(|decision| match &decision.ruling {
            Ruling::Go { plan } => Some(&**plan),
            _ => None,
        })
    }

    /// When to arbitrate again if nothing happens before; `None` where nothing waits.
    ///
    /// A digest that is full or due is due now, or was: compose it and take its members out before you sleep.
    pub fn wakes_at(&self) -> Option<DateTime<Utc>> {
        let waits = self.decisions.iter().filter_map(|decision| match decision.ruling {
            Ruling::Wait { until, .. } => Some(until),
            _ => None,
        });
        waits.chain(self.digests.iter().map(|digest| digest.due)).min()
    }

    /// What becomes of a message and why, in a sentence.
    pub fn why(&self, message: &str) -> Option<String> {
        self.decisions.iter().find(|decision| decision.message == *message).map(words::why)
    }
}

impl fmt::Display for Arbitration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::table(self, f)
    }
}
