//! Settings: what a policy can say about a message, in its defaults, for a purpose, or in a rule.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    kind::ChannelKind,
    policy::{Cap, FailureClass, Group, KindSettings, OnFailure, Retry, SettleOn},
    time::{Span, Window},
    unique,
};

codes! {
    /// One field of the ranking; channels are compared field by field.
    closed RankField, "rank field" {
        /// Working channels and endpoints before shaky ones.
        Health = "health",
        /// The person's own order of kinds.
        Stated = "stated",
        /// The kind on which a conversation is open.
        Conversation = "conversation",
        /// The kinds that the policy's `prefer` names.
        Prefer = "prefer",
        /// How the customer answered so far, shrunk towards what their segment does.
        Affinity = "affinity",
        /// How the kinds do in this campaign.
        Campaign = "campaign",
        /// The policy's (or the message's own) order of kinds.
        Order = "order",
        /// The price of one message.
        Price = "price",
        /// The usual latency.
        Latency = "latency",
        /// Where the customer is at the moment.
        Presence = "presence",
    }
}

impl RankField {
    /// The order of the fields where a policy says nothing; after them come, always, the declared order of the
    /// channels and the id of the endpoint, so that the ranking is a total order.
    pub const DEFAULT: &'static [Self] = &[
        Self::Health,
        Self::Stated,
        Self::Conversation,
        Self::Prefer,
        Self::Affinity,
        Self::Campaign,
        Self::Order,
        Self::Price,
        Self::Presence,
    ];
}

codes! {
    /// A gate that a policy may lift, on the kinds it names and never for marketing. There is none for suppression,
    /// consent or a tenant's lock.
    closed Lift, "lift" {
        /// The customer's quiet hours.
        QuietHours = "quiet_hours",
        /// The sender's hours.
        SenderHours = "sender_hours",
        /// Frequency caps.
        Caps = "caps",
        /// Preferences that are off.
        Preferences = "preferences",
    }
}

/// What a policy can say about a message. Everything is optional.
///
/// Settings apply in this order: the policy's `defaults`, its word on the purpose, then every rule that matches, in
/// the order of the text. For one field the last word counts, except for `deny`, `lifts` and `caps`, which add up: no
/// later rule takes a denial or a cap back. Of `on_failure` the last word on each class counts, of `by_kind` the last word
/// on each field of each kind.
///
/// | field | says |
/// | --- | --- |
/// | `order` | kinds, best first; kinds left out come after them |
/// | `rank` | the fields by which channels are compared |
/// | `prefer` | kinds to put before learned affinity, but after the person's own order |
/// | `only` | no other kinds |
/// | `deny` | not these kinds |
/// | `group` | kinds that go together or stand in for each other |
/// | `always` | kinds to send on beside the chain, whatever becomes of it |
/// | `settle_on` | the receipt, or the `event:` by its name, that ends the chain |
/// | `give_up_after` | how long a step may take, tries and all, before the next begins |
/// | `accept_within` | how long a provider may take to accept a dispatch before the send is repeated under the same key |
/// | `retry` | how often and when a dispatch is tried again after a failure that may pass |
/// | `by_kind` | `settle_on`, `give_up_after`, `accept_within` and `retry` of the steps of one kind, which count before what is said of all; see [`KindSettings`] |
/// | `on_failure` | what follows a failure, by class |
/// | `lifts` | gates to lift, with the kinds on which they are lifted |
/// | `caps` | how often one customer may be reached |
/// | `hours` | when the sender sends, in the customer's time |
/// | `expires_after` | how long after its creation a message is worth sending |
/// | `long_form_only` | kinds that carry long form or nothing |
/// | `no_links` | kinds that carry no links |
/// | `spread` | a stretch from the message's `not_before` or creation over which a crowd is spread, each customer at their own moment |
/// | `patience` | how long a better channel that is closed may hold the message up; left out, see [`PurposePolicy`](crate::policy::PurposePolicy) |
///
/// ```
/// use waypost::{ChannelKind, policy::Settings};
///
/// let settings: Settings = toml::from_str(r#"
/// order = ["push", "sms"]
/// give_up_after = "2m"
/// lifts = { quiet_hours = ["push"] }
/// on_failure = { silent = "next", transient = "wait" }
/// "#)?;
/// assert_eq!(settings.order.as_deref(), Some(&[ChannelKind::PUSH, ChannelKind::SMS][..]));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Kinds, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<ChannelKind>>,
    /// The fields by which channels are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<Vec<RankField>>,
    /// Kinds to put before learned affinity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<Vec<ChannelKind>>,
    /// No other kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<ChannelKind>>,
    /// Not these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<ChannelKind>,
    /// Kinds that go together or stand in for each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Kinds to send on beside the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Vec<ChannelKind>>,
    /// The receipt or event that ends the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settle_on: Option<SettleOn>,
    /// How long a step may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub give_up_after: Option<Span>,
    /// How long a provider may take to accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_within: Option<Span>,
    /// How often and when it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// What is otherwise for the steps of a kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub by_kind: BTreeMap<ChannelKind, KindSettings>,
    /// What follows a failure; classes left out stay as they were.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub on_failure: BTreeMap<FailureClass, OnFailure>,
    /// Gates to lift, with the kinds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub lifts: BTreeMap<Lift, Vec<ChannelKind>>,
    /// How often one customer may be reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// When the sender sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<Window>>,
    /// How long after its creation a message is worth sending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Span>,
    /// Kinds that carry long form or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_form_only: Option<Vec<ChannelKind>>,
    /// Kinds that carry no links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_links: Option<Vec<ChannelKind>>,
    /// A stretch over which a crowd is spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Span>,
    /// How long a better channel that is closed may hold the message up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Span>,
}

codes! {
    /// One field of [`Settings`]; the trace names the rule that set it.
    closed Field, "field" {
        /// `order`
        Order = "order",
        /// `rank`
        Rank = "rank",
        /// `prefer`
        Prefer = "prefer",
        /// `only`
        Only = "only",
        /// `deny`
        Deny = "deny",
        /// `group`
        Group = "group",
        /// `always`
        Always = "always",
        /// `settle_on`
        SettleOn = "settle_on",
        /// `give_up_after`
        GiveUpAfter = "give_up_after",
        /// `on_failure`
        OnFailure = "on_failure",
        /// `lifts`
        Lifts = "lifts",
        /// `caps`
        Caps = "caps",
        /// `hours`
        Hours = "hours",
        /// `expires_after`
        ExpiresAfter = "expires_after",
        /// `long_form_only`
        LongFormOnly = "long_form_only",
        /// `no_links`
        NoLinks = "no_links",
        /// `spread`
        Spread = "spread",
        /// `patience`
        Patience = "patience",
        /// `accept_within`
        AcceptWithin = "accept_within",
        /// `retry`
        Retry = "retry",
        /// `by_kind`
        ByKind = "by_kind",
    }
}

impl Field {
    /// The fields on which several words add up, one bit each.
    pub(crate) const ADDING_UP: u32 = {
        let mut bits = 0;
        let mut at = 0;
        while at < Self::ALL.len() {
            bits |= (Self::ALL[at].adds_up() as u32) << at;
            at += 1;
        }
        bits
    };

    /// Whether several words on it add up; otherwise the last one counts.
    pub const fn adds_up(self) -> bool {
        matches!(self, Self::Deny | Self::Lifts | Self::Caps | Self::OnFailure | Self::ByKind)
    }

    /// Whether a word on it can take a channel away; a rule that asks urgency may not say one.
    pub const fn restricts(self) -> bool {
        matches!(
            self,
            Self::Only
                | Self::Deny
                | Self::Caps
                | Self::Hours
                | Self::ExpiresAfter
                | Self::LongFormOnly
                | Self::NoLinks
                | Self::Spread
        )
    }
}

impl Settings {
    /// The fields that say something.
    pub(crate) fn said(&self) -> impl Iterator<Item = Field> + '_ {
        Field::ALL.iter().copied().filter(|field| match field {
            Field::Order => self.order.is_some(),
            Field::Rank => self.rank.is_some(),
            Field::Prefer => self.prefer.is_some(),
            Field::Only => self.only.is_some(),
            Field::Deny => !self.deny.is_empty(),
            Field::Group => self.group.is_some(),
            Field::Always => self.always.is_some(),
            Field::SettleOn => self.settle_on.is_some(),
            Field::GiveUpAfter => self.give_up_after.is_some(),
            Field::OnFailure => !self.on_failure.is_empty(),
            Field::Lifts => !self.lifts.is_empty(),
            Field::Caps => !self.caps.is_empty(),
            Field::Hours => self.hours.is_some(),
            Field::ExpiresAfter => self.expires_after.is_some(),
            Field::LongFormOnly => self.long_form_only.is_some(),
            Field::NoLinks => self.no_links.is_some(),
            Field::Spread => self.spread.is_some(),
            Field::Patience => self.patience.is_some(),
            Field::AcceptWithin => self.accept_within.is_some(),
            Field::Retry => self.retry.is_some(),
            Field::ByKind => !self.by_kind.is_empty(),
        })
    }
}
