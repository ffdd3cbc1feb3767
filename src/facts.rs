//! What is true now: time, past sends, channel health, presence, campaign figures, seed.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    discreet::discreet,
    event::Event,
    history::{History, Pending, SendScope, Sent},
    id::{ChannelId, EndpointId},
    kind::ChannelKind,
    unique,
    version::Version,
};

codes! {
    /// How a channel does; a state that this version cannot read counts as `down`.
    open ChannelState, "channel state" {
        /// It works.
        Up = "up",
        /// It works badly; ranked after channels that work.
        Degraded = "degraded",
        /// It does not work, or its breaker is open.
        Down = "down",
    }
}

/// How one channel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelHealth {
    /// How it does.
    pub state: ChannelState,
    /// When its breaker closes, exclusive: at that instant it counts as up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// Where the customer is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// On this kind.
    pub kind: ChannelKind,
    /// With this endpoint; `None` for any of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
}

/// How one kind does in the campaign that the message is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFigure {
    /// Messages delivered on the kind.
    pub delivered: u32,
    /// Those that had the effect wanted.
    pub effective: u32,
}

discreet! {
FactsDocument of "Facts",
/// What is true now.
///
/// A missing fact errs as follows:
///
/// | missing | taken as |
/// | --- | --- |
/// | a past send | not sent: errs towards sending, so hand in all that the caps look back on, in `history` or as a [log](Self::with_log) |
/// | a message that waits | not there: nothing is kept for it |
/// | an event | it did not happen: the message goes out |
/// | a channel's health | up |
/// | presence | not there: presence-bound channels are refused |
/// | campaign figures | no effect: a kind without figures ranks behind those with any, and where none has any the ranking falls to its next field |
/// | seed | 0 |
///
/// ```
/// use waypost::Facts;
///
/// let facts = Facts::at("2026-11-21T10:00:00Z".parse()?);
/// assert!(facts.history.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// The time; the crate reads no clock.
    pub now: DateTime<Utc>,
    /// What was sent to this customer, in any order; sends after the second of `now` do not count, so `now` must not lag
    /// behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Sent>,
    #[serde(skip)]
    log: Log,
    /// Sends that are decided and not out yet, from `now` on: they count at their instants, and before them no room is given
    /// away that they will need. No part of the document: an arbitration adds them for as long as it lasts.
    #[serde(skip)]
    planned: Vec<Sent>,
    /// The messages that wait elsewhere for this customer, which keep room under the caps for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// What happened in the sender's business; it ends the messages that wait for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// How the channels do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub health: BTreeMap<ChannelId, ChannelHealth>,
    /// Where the customer is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presence: Vec<Presence>,
    /// How the kinds do in this campaign.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub campaign: BTreeMap<ChannelKind, CampaignFigure>,
    /// What chance is drawn from: the same seed, the same plan.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
}
}

/// A history that the caller keeps; two are one where they are the same object.
#[derive(Clone, Debug, Default)]
struct Log(Option<Arc<dyn History>>);

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
            (mine, theirs) => mine.is_none() && theirs.is_none(),
        }
    }
}

fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

impl Facts {
    /// This time, and nothing else known.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            version: Version::default(),
            now,
            history: Vec::new(),
            log: Log::default(),
            planned: Vec::new(),
            pending: Vec::new(),
            events: Vec::new(),
            health: BTreeMap::new(),
            presence: Vec::new(),
            campaign: BTreeMap::new(),
            seed: 0,
        }
    }

    /// The same, with one send more.
    pub fn with_sent(mut self, sent: Sent) -> Self {
        self.history.push(sent);
        self
    }

    /// The same, with a history that answers for itself, such as a [`SentLog`](crate::SentLog) or the caller's store.
    ///
    /// It counts beside `history`, so a send stands in one of the two. It is no part of the document: whoever records
    /// facts to replay them puts into `history` what the log holds.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use waypost::{Facts, SentLog};
    ///
    /// let facts = Facts::at("2026-11-21T10:00:00Z".parse()?).with_log(Arc::new(SentLog::default()));
    /// assert!(facts.log().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_log(mut self, log: Arc<dyn History>) -> Self {
        self.log = Log(Some(log));
        self
    }

    /// The history that answers for itself, where there is one.
    pub fn log(&self) -> Option<&dyn History> {
        self.log.0.as_deref()
    }

    /// The same, with one message more that waits.
    pub fn with_pending(mut self, pending: Pending) -> Self {
        self.pending.push(pending);
        self
    }

    /// The same, with one event more.
    pub fn with_event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// The same, with this state of one channel.
    pub fn with_health(mut self, channel: ChannelId, state: ChannelState, until: Option<DateTime<Utc>>) -> Self {
        self.health.insert(channel, ChannelHealth { state, until });
        self
    }

    /// The same, with the customer present on one kind.
    pub fn with_presence(mut self, kind: ChannelKind) -> Self {
        self.presence.push(Presence { kind, endpoint: None });
        self
    }

    /// Adds a send that is decided and not out yet.
    pub(crate) fn plan_send(&mut self, sent: Sent) {
        self.planned.push(sent);
    }

    /// The sends that are decided and not out yet.
    pub(crate) fn planned(&self) -> &[Sent] {
        &self.planned
    }

    /// The same as if nothing had been sent and nothing waited.
    pub(crate) fn without_past(&self) -> Self {
        let (history, log, planned, pending) = (Vec::new(), Log::default(), Vec::new(), Vec::new());
        let (health, events) = (self.health.clone(), self.events.clone());
        let (presence, campaign) = (self.presence.clone(), self.campaign.clone());
        Self { history, log, planned, pending, health, events, presence, campaign, ..*self }
    }

    /// Whether anything is there that a cap could count.
    pub(crate) fn may_fill_caps(&self) -> bool {
        !self.history.is_empty() || !self.pending.is_empty() || self.log.0.is_some() || !self.planned.is_empty()
    }

    /// Visits what the history and the log have to say, as [`History::visit`] does.
    pub(crate) fn visit_sent(
        &self,
        scope: &SendScope<'_>,
        after: Option<DateTime<Utc>>,
        visit: &mut dyn FnMut(DateTime<Utc>),
    ) {
        self.history.visit(scope, after, visit);
        if let Some(log) = self.log() {
            log.visit(scope, after, visit);
        }
    }

    /// How this channel does at `now`; a breaker that has closed counts as up.
    pub(crate) fn state_of(&self, channel: ChannelId) -> ChannelHealth {
        let up = ChannelHealth { state: ChannelState::Up, until: None };
        if self.health.is_empty() {
            return up;
        }
        match self.health.get(&channel) {
            Some(health) if health.until.is_none_or(|until| self.now < until) => *health,
            _ => up,
        }
    }

    pub(crate) fn is_present(&self, kind: ChannelKind, endpoint: EndpointId) -> bool {
        self.presence.iter().any(|there| there.kind == kind && there.endpoint.is_none_or(|id| id == endpoint))
    }
}
