//! What an outcome teaches: the changes that the caller stores for next time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    channel::ReceiptKind,
    execution::{Coverage, Outcome, RefusedBy, Tried},
    history::Sent,
    kind::ChannelKind,
    policy::FailureClass,
    profile::{
        ConsentAction, ConsentEvent, ConsentScope, ConsentSource, CustomerProfile, Engagement, InvalidProfile,
        Suppression, SuppressionClass,
    },
};

/// What to add to a customer's history, suppressions, consents and engagement.
///
/// | what happened to a try | what follows |
/// | --- | --- |
/// | a provider took it, or may have | one [`Sent`] for the caps, at the instant it was handed out |
/// | it bounced for good | a suppression of the endpoint |
/// | the customer reported it as unwanted | a suppression and a withdrawal, for its purpose, as far as it covers |
/// | the customer opted out, or the provider keeps them on its list | the same, as `stop` |
/// | it arrived, through a channel that could tell of its reading | one delivered on its kind |
/// | it was read, clicked or led to what it was for | one engaged on its kind |
///
/// A complaint about a message that was read is still a complaint. Whatever is folded twice says the same twice: store the
/// events under the message's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Feedback {
    /// What caps count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// Records that forbid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// Withdrawals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentEvent>,
    /// What to add to the engagement of each kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub engagement: BTreeMap<ChannelKind, Engagement>,
}

/// Reads an outcome as the events to store.
///
/// ```
/// use waypost::{Outcome, feedback};
///
/// let bounced: Outcome = serde_json::from_str(r#"{
///     "message": "m-1", "customer": "ana", "topic": "parcel", "purpose": "transactional", "counts_toward_caps": true,
///     "ending": "failed",
///     "tried": [{
///         "key": "m-1/0.1.1/1",
///         "dispatch": {
///             "channel": "sms-main", "kind": "sms", "endpoint": "mobile", "not_before": "2026-11-21T10:00:00Z",
///             "content": { "variant": 0, "form": "text" }
///         },
///         "attempt": {
///             "handed_out": "2026-11-21T10:00:00Z",
///             "reached": { "accepted": "2026-11-21T10:00:01Z" },
///             "failure": { "class": "hard_bounce", "at": "2026-11-21T10:00:09Z" }
///         }
///     }]
/// }"#)?;
/// let feedback = feedback::fold(&bounced);
/// assert_eq!(feedback.sent.len(), 1);
/// assert_eq!(feedback.suppressions[0].endpoint, Some("mobile".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fold(outcome: &Outcome) -> Feedback {
    let mut feedback = Feedback::default();
    // A dispatch that was tried several times counts as delivered once and as engaged with once, whichever of its tries
    // it was.
    let mut counted: BTreeMap<(ChannelKind, u16, u16, u16), Option<DateTime<Utc>>> = BTreeMap::new();
    for tried in &outcome.tried {
        let Tried { dispatch, attempt, key, .. } = tried;
        if tried.is_charged() {
            feedback.sent.push(sent(outcome, tried));
        }
        if let Some(failure) = attempt.failure
            && failure.class == FailureClass::HardBounce
            && attempt.is_failed()
        {
            let record = Suppression::of(SuppressionClass::HardBounce).on_endpoint(dispatch.endpoint);
            feedback.suppress(record.since(failure.at));
        }
        if let Some(refused) = attempt.refused {
            feedback.refuse(outcome, tried, refused.by, refused.covers, refused.at);
        }
        let read = attempt.reached_at(ReceiptKind::Read);
        // Where nobody could have heard of it, that it was not read is not known.
        let tells = !dispatch.blind || read.is_some();
        if tells && attempt.reached_at(ReceiptKind::Delivered).is_some() {
            let engaged = counted.entry((dispatch.kind, key.chain(), key.step(), key.number())).or_default();
            *engaged = (*engaged).max(read);
        }
    }
    for ((kind, ..), engaged) in counted {
        let known = feedback.engagement.entry(kind).or_default();
        known.delivered += 1;
        known.engaged += u32::from(engaged.is_some());
        known.last_engaged = known.last_engaged.max(engaged);
    }
    feedback
}

/// What is in the one list and not in the other, as often as it is there more.
fn beyond<T: Clone + PartialEq>(all: &[T], stored: &[T]) -> Vec<T> {
    let mut stored: Vec<&T> = stored.iter().collect();
    let mut more = Vec::new();
    for one in all {
        match stored.iter().position(|known| *known == one) {
            Some(at) => drop(stored.swap_remove(at)),
            None => more.push(one.clone()),
        }
    }
    more
}

fn sent(outcome: &Outcome, Tried { dispatch, attempt, .. }: &Tried) -> Sent {
    let mut sent = Sent::new(attempt.handed_out, dispatch.channel, dispatch.kind, outcome.purpose, outcome.topic);
    sent.endpoint = Some(dispatch.endpoint);
    sent.tags = outcome.tags.clone();
    sent.brand = outcome.brand;
    sent.counts_toward_caps = outcome.counts_toward_caps;
    sent
}

impl Feedback {
    fn refuse(&mut self, outcome: &Outcome, tried: &Tried, by: RefusedBy, covers: Coverage, at: DateTime<Utc>) {
        let (class, source) = match by {
            RefusedBy::Complaint => (SuppressionClass::Complaint, ConsentSource::Complaint),
            RefusedBy::OptOut => (SuppressionClass::Stop, ConsentSource::Keyword),
            RefusedBy::Suppressed => (SuppressionClass::Stop, ConsentSource::Api),
        };
        let (kind, endpoint) = (tried.dispatch.kind, tried.dispatch.endpoint);
        let record = Suppression::of(class).for_purpose(outcome.purpose).since(at);
        let scope = ConsentScope::purpose(outcome.purpose);
        let (record, scope) = match covers {
            Coverage::Endpoint => (record.on_endpoint(endpoint), scope.on_endpoint(endpoint)),
            Coverage::Kind => (record.on_kind(kind), scope.on_kind(kind)),
            Coverage::Everything => (record, scope),
        };
        let scope = match outcome.brand {
            Some(brand) => scope.of_tenant(brand),
            None => scope,
        };
        self.suppress(record);
        let withdrawal = ConsentEvent::new(ConsentAction::Withdraw, scope, at).from_source(source);
        if !self.consents.contains(&withdrawal) {
            self.consents.push(withdrawal);
        }
    }

    fn suppress(&mut self, record: Suppression) {
        if !self.suppressions.contains(&record) {
            self.suppressions.push(record);
        }
    }

    /// What this says beyond what was stored of the same execution before: for an outcome that a late receipt changed.
    ///
    /// Suppressions and withdrawals that were stored stay stored, whatever is known now.
    ///
    /// ```
    /// use waypost::{Outcome, feedback};
    ///
    /// let tried = |attempt: &str| serde_json::from_str::<Outcome>(&format!(r#"{{
    ///     "message": "m-1", "customer": "ana", "topic": "order_shipped", "purpose": "marketing",
    ///     "counts_toward_caps": true, "ending": "reached",
    ///     "tried": [{{
    ///         "key": "m-1/0.1.1/1",
    ///         "dispatch": {{
    ///             "channel": "sms-main", "kind": "sms", "endpoint": "mobile", "not_before": "2026-11-21T10:00:00Z",
    ///             "content": {{ "variant": 0, "form": "text" }}
    ///         }},
    ///         "attempt": {{
    ///             "handed_out": "2026-11-21T10:00:00Z", "reached": {{ "delivered": "2026-11-21T10:00:04Z" }}{attempt}
    ///         }}
    ///     }}]
    /// }}"#));
    /// let stored = feedback::fold(&tried("")?);
    /// let stop = r#", "refused": { "by": "opt_out", "covers": "endpoint", "at": "2026-11-21T18:00:00Z" }"#;
    /// let more = feedback::fold(&tried(stop)?).since(&stored);
    /// assert_eq!((more.sent.len(), more.engagement.len()), (0, 0)); // these are stored
    /// assert_eq!((more.suppressions.len(), more.consents.len()), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(&self, stored: &Self) -> Self {
        let engagement = self.engagement.iter().filter_map(|(kind, learned)| {
            let known = stored.engagement.get(kind).copied().unwrap_or_default();
            let more = Engagement {
                delivered: learned.delivered.saturating_sub(known.delivered),
                engaged: learned.engaged.saturating_sub(known.engaged),
                last_engaged: learned.last_engaged.filter(|_| learned.last_engaged > known.last_engaged),
            };
            let says_more = more.delivered > 0 || more.engaged > 0 || more.last_engaged.is_some();
            says_more.then_some((*kind, more))
        });
        Self {
            sent: beyond(&self.sent, &stored.sent),
            suppressions: beyond(&self.suppressions, &stored.suppressions),
            consents: beyond(&self.consents, &stored.consents),
            engagement: engagement.collect(),
        }
    }

    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The profile with suppressions, withdrawals and engagement added; the history is no part of it.
    ///
    /// What the profile has already is not added again, but engagement adds up: apply an outcome once.
    ///
    /// # Errors
    ///
    /// [`InvalidProfile`] where the profile would have more records than one may.
    pub fn apply(&self, profile: &CustomerProfile) -> Result<CustomerProfile, InvalidProfile> {
        let mut builder = profile.to_builder();
        for record in self.suppressions.iter().filter(|record| !profile.suppressions().contains(record)) {
            builder = builder.suppression(record.clone());
        }
        for event in self.consents.iter().filter(|event| !profile.consents().contains(event)) {
            builder = builder.consent(event.clone());
        }
        for (kind, learned) in &self.engagement {
            let mut sum = profile.engagement().get(kind).copied().unwrap_or_default();
            sum.delivered = sum.delivered.saturating_add(learned.delivered);
            sum.engaged = sum.engaged.saturating_add(learned.engaged);
            sum.last_engaged = sum.last_engaged.max(learned.last_engaged);
            builder = builder.engagement(*kind, sum);
        }
        builder.build()
    }
}
