//! Consent: an append-only list of events, folded at an instant.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    id::{Code, EndpointId, TenantId, TopicId},
    kind::ChannelKind,
    purpose::Purpose,
};

codes! {
    /// What a consent event did.
    ///
    /// `grant` and `renew` allow; `refuse`, `withdraw` and `revoke` forbid; `request` does neither. An action that
    /// this version cannot read forbids, for it may be a withdrawal.
    open ConsentAction, "consent action" {
        /// We asked.
        Request = "request",
        /// The customer said yes.
        Grant = "grant",
        /// The customer said yes again.
        Renew = "renew",
        /// The customer said no when asked.
        Refuse = "refuse",
        /// The customer took the yes back.
        Withdraw = "withdraw",
        /// We took the yes back.
        Revoke = "revoke",
    }
}

/// What a consent event speaks of; what is left out is not restricted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsentScope {
    /// Only this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// Only this endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// Only this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Only this topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// Only this tenant or brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
}

impl ConsentScope {
    /// Everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Everything for one purpose.
    pub fn purpose(purpose: Purpose) -> Self {
        Self { purpose: Some(purpose), ..Self::default() }
    }

    /// The same, on one kind only.
    pub fn on_kind(mut self, kind: ChannelKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same, on one endpoint only.
    pub fn on_endpoint(mut self, endpoint: EndpointId) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The same, about one topic only.
    pub fn about(mut self, topic: TopicId) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same, for one tenant only.
    pub fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    fn covers(&self, asked: &ConsentQuery) -> bool {
        self.kind.is_none_or(|kind| kind == asked.kind)
            && self.endpoint.is_none_or(|endpoint| endpoint == asked.endpoint)
            && self.purpose.is_none_or(|purpose| purpose == asked.purpose)
            && self.topic.is_none_or(|topic| topic == asked.topic)
            && self.tenant.is_none_or(|tenant| Some(tenant) == asked.tenant)
    }

    /// The scope as that of a no: where either purpose cannot be read by this version, the no may well speak of the one
    /// that is asked about, so it does, and only a later yes to exactly that one re-opens it.
    fn of_no(&self, asked: &ConsentQuery) -> Self {
        match self.purpose {
            Some(purpose) if purpose.may_be(asked.purpose) => Self { purpose: Some(asked.purpose), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// Whether `self` speaks of nothing that `wider` does not speak of.
    fn is_within(&self, wider: &Self) -> bool {
        fn part<T: PartialEq>(narrow: &Option<T>, wide: &Option<T>) -> bool {
            wide.is_none() || narrow == wide
        }
        part(&self.kind, &wider.kind)
            && part(&self.endpoint, &wider.endpoint)
            && part(&self.purpose, &wider.purpose)
            && part(&self.topic, &wider.topic)
            && part(&self.tenant, &wider.tenant)
    }
}

/// Something that happened to a customer's consent.
///
/// ```
/// use waypost::{ConsentAction, ConsentEvent, ConsentScope, Purpose};
///
/// let at = "2026-01-31T10:00:00Z".parse()?;
/// let event = ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(Purpose::Marketing), at);
/// assert_eq!(event.action, ConsentAction::Grant);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsentEvent {
    /// What it did.
    pub action: ConsentAction,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it speaks of.
    #[serde(default)]
    pub scope: ConsentScope,
    /// Until when a yes holds, exclusive; `None` is until something else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Where the customer said it, such as `form` or `keyword`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Code>,
    /// Where the proof is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Code>,
}

impl ConsentEvent {
    /// An event without expiry, source or evidence.
    pub fn new(action: ConsentAction, scope: ConsentScope, at: DateTime<Utc>) -> Self {
        Self { action, at, scope, expires_at: None, source: None, evidence: None }
    }

    /// The same, a yes until this instant.
    pub fn until(mut self, at: DateTime<Utc>) -> Self {
        self.expires_at = Some(at);
        self
    }
}

impl ConsentEvent {
    /// Whether it is a no that speaks of what is asked, or may.
    pub(crate) fn is_no_to(&self, asked: &ConsentQuery) -> bool {
        forbids(self.action) && self.covers(asked)
    }

    fn covers(&self, asked: &ConsentQuery) -> bool {
        if forbids(self.action) { self.scope.of_no(asked).covers(asked) } else { self.scope.covers(asked) }
    }
}

/// What is asked of the events: one endpoint, one purpose, one topic, on behalf of one tenant.
pub(crate) struct ConsentQuery {
    pub(crate) kind: ChannelKind,
    pub(crate) endpoint: EndpointId,
    pub(crate) purpose: Purpose,
    pub(crate) topic: TopicId,
    pub(crate) tenant: Option<TenantId>,
}

/// What the events come to at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentState {
    /// Nobody said anything.
    Unknown,
    /// A yes stands.
    Granted {
        /// Since when.
        since: DateTime<Utc>,
        /// Until when, exclusive; `None` is until something else is said.
        until: Option<DateTime<Utc>>,
    },
    /// A yes has run out and no other stands.
    Expired {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// A no stands.
    Withdrawn {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A record that this version cannot read stands; it is taken as a no.
    Unreadable {
        /// When it was recorded.
        at: DateTime<Utc>,
    },
}

/// Folds the events, in any order, into the state at `now`.
///
/// A yes stands where every no that covers the question was re-opened by it: the yes is later and speaks of nothing
/// that the no does not speak of. So a later yes to one thing re-opens only that thing, a no at equal time wins,
/// and adding a no never turns the answer into a yes.
///
/// A yes from the future does not count yet; a no from the future already does, since a clock may be wrong.
pub(crate) fn fold(events: &[ConsentEvent], asked: &ConsentQuery, now: DateTime<Utc>) -> ConsentState {
    let mut granted: Option<DateTime<Utc>> = None;
    // The end of the yes that lasts longest, while every one has an end.
    let mut until: Option<DateTime<Utc>> = Some(DateTime::<Utc>::MIN_UTC);
    let mut expired: Option<DateTime<Utc>> = None;
    let mut refused: Option<&ConsentEvent> = None;
    for event in events.iter().filter(|event| event.covers(asked)) {
        match event.action {
            ConsentAction::Request => {}
            ConsentAction::Grant | ConsentAction::Renew => {
                if event.at > now || !stands(event, events, asked) {
                    continue;
                }
                match event.expires_at {
                    Some(end) if end <= now => expired = expired.max(Some(end)),
                    end => {
                        granted = granted.max(Some(event.at));
                        until = until.zip(end).map(|(known, end)| known.max(end));
                    }
                }
            }
            _ => {
                if refused.is_none_or(|known| (known.at, known.action) < (event.at, event.action)) {
                    refused = Some(event);
                }
            }
        }
    }
    match (granted, refused, expired) {
        (Some(since), _, _) => ConsentState::Granted { since, until },
        (None, Some(event), Some(end)) if end > event.at => ConsentState::Expired { at: end },
        (None, Some(event), _) => match event.action {
            ConsentAction::Unrecognized(_) => ConsentState::Unreadable { at: event.at },
            _ => ConsentState::Withdrawn { since: event.at },
        },
        (None, None, Some(at)) => ConsentState::Expired { at },
        (None, None, None) => ConsentState::Unknown,
    }
}

fn forbids(action: ConsentAction) -> bool {
    !matches!(action, ConsentAction::Request | ConsentAction::Grant | ConsentAction::Renew)
}

/// Whether `yes` re-opened every no that covers the question.
fn stands(yes: &ConsentEvent, events: &[ConsentEvent], asked: &ConsentQuery) -> bool {
    events
        .iter()
        .filter(|no| forbids(no.action) && no.covers(asked))
        .all(|no| no.at < yes.at && yes.scope.is_within(&no.scope.of_no(asked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-01-01T{hour:02}:00:00Z").parse().expect("an instant")
    }

    fn asked() -> ConsentQuery {
        ConsentQuery {
            kind: ChannelKind::SMS,
            endpoint: EndpointId::literal("mobile"),
            purpose: Purpose::Marketing,
            topic: TopicId::literal("coupon"),
            tenant: None,
        }
    }

    fn yes(hour: u32, scope: ConsentScope) -> ConsentEvent {
        ConsentEvent::new(ConsentAction::Grant, scope, at(hour))
    }

    fn no(hour: u32, scope: ConsentScope) -> ConsentEvent {
        ConsentEvent::new(ConsentAction::Withdraw, scope, at(hour))
    }

    fn marketing() -> ConsentScope {
        ConsentScope::purpose(Purpose::Marketing)
    }

    #[track_caller]
    fn check(mut events: Vec<ConsentEvent>, expected: ConsentState) {
        assert_eq!(fold(&events, &asked(), at(12)), expected);
        events.reverse();
        assert_eq!(fold(&events, &asked(), at(12)), expected, "the order of the events must not matter");
    }

    #[test]
    fn a_later_wider_no_covers_a_narrower_yes() {
        check(
            vec![yes(1, marketing().on_kind(ChannelKind::SMS)), no(2, marketing())],
            ConsentState::Withdrawn { since: at(2) },
        );
    }

    #[test]
    fn a_later_narrower_yes_reopens_its_own_scope_only() {
        let sms = marketing().on_kind(ChannelKind::SMS);
        check(vec![no(1, marketing()), yes(2, sms)], ConsentState::Granted { since: at(2), until: None });
        let email = marketing().on_kind(ChannelKind::EMAIL);
        check(vec![no(1, marketing()), yes(2, email)], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn a_later_wider_yes_does_not_reopen_a_narrower_no() {
        check(
            vec![no(1, marketing().on_kind(ChannelKind::SMS)), yes(2, marketing())],
            ConsentState::Withdrawn { since: at(1) },
        );
    }

    #[test]
    fn at_equal_times_the_no_wins() {
        check(vec![yes(3, marketing()), no(3, marketing())], ConsentState::Withdrawn { since: at(3) });
    }

    #[test]
    fn a_yes_runs_out_and_is_not_asked_before_its_time() {
        check(vec![yes(1, marketing()).until(at(12))], ConsentState::Expired { at: at(12) });
        check(vec![yes(1, marketing()).until(at(13))], ConsentState::Granted { since: at(1), until: Some(at(13)) });
        check(vec![yes(13, marketing())], ConsentState::Unknown);
        check(vec![yes(1, marketing()), no(13, marketing())], ConsentState::Withdrawn { since: at(13) });
    }

    #[test]
    fn what_cannot_be_read_is_a_no() {
        let strange = ConsentEvent::new(ConsentAction::Unrecognized(Code::literal("pause")), marketing(), at(2));
        check(vec![yes(1, marketing()), strange], ConsentState::Unreadable { at: at(2) });
    }

    #[test]
    fn an_unreadable_purpose_narrows_and_never_widens() {
        let strange = ConsentScope::purpose(Purpose::Unrecognized(Code::literal("commercial")));
        check(vec![yes(1, strange.clone())], ConsentState::Unknown);
        check(vec![yes(1, marketing()), no(2, strange.clone())], ConsentState::Withdrawn { since: at(2) });
        check(vec![no(1, strange.clone()), yes(2, marketing())], ConsentState::Granted { since: at(2), until: None });
        check(vec![no(1, strange), yes(2, ConsentScope::everything())], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn other_scopes_say_nothing() {
        check(vec![yes(1, ConsentScope::purpose(Purpose::Service))], ConsentState::Unknown);
        check(vec![yes(1, marketing().of_tenant(TenantId::literal("brand")))], ConsentState::Unknown);
    }
}
