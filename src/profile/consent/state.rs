//! States: what the events come to at one instant.

use chrono::{DateTime, Utc};

use crate::{id::Code, reason::Authority, time::Span};

use super::{ConsentBasis, ConsentEvent};

/// What the events come to at one instant.
///
/// | state | in DPV's words | a yes | refuses where only a no counts |
/// | --- | --- | --- | --- |
/// | `Unknown` | `ConsentUnknown` | no | no |
/// | `Requested` | `ConsentRequested` | no | no |
/// | `Pending` | `ConsentRequested` | no | no |
/// | `Granted` | `ConsentGiven`, `RenewedConsentGiven` | yes | no |
/// | `Expired` | `ConsentExpired` | no | no |
/// | `Refused` | `ConsentRefused` | no | yes |
/// | `Withdrawn` | `ConsentWithdrawn` | no | yes |
/// | `Revoked` | `ConsentRevoked` | no | yes |
/// | `Invalid` | `ConsentInvalidated` | no | yes |
/// | `Unreadable` | | no | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentState {
    /// Nobody said anything.
    Unknown,
    /// We asked and have no answer.
    Requested {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A yes was given that has to be confirmed and is not.
    Pending {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A yes stands.
    Granted {
        /// Since when.
        since: DateTime<Utc>,
        /// Until when, exclusive; `None` is until something else is said.
        until: Option<DateTime<Utc>>,
    },
    /// A yes has run out, no other stands, and nobody said no.
    Expired {
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// The customer said no when asked.
    Refused {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The customer took the yes back.
    Withdrawn {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// We took the yes back.
    Revoked {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The yes was found invalid.
    Invalid {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// A record that this version cannot read stands; it is taken as a no.
    Unreadable {
        /// When it was recorded.
        at: DateTime<Utc>,
    },
}

/// The answer to a [`ConsentQuery`](crate::ConsentQuery): the state, whose word it is, since when, until when, and by which event.
///
/// ```
/// use waypost::{
///     Authority, ChannelKind, Code, ConsentAction, ConsentEvent, ConsentQuery, ConsentScope, CustomerProfile, Endpoint,
///     Purpose, TopicId, time::Span,
/// };
///
/// let given = "2026-01-10T10:00:00Z".parse()?;
/// let yes = ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(Purpose::Marketing), given)
///     .until("2027-01-10T10:00:00Z".parse()?)
///     .with_evidence(Code::literal("form-2291"));
/// let home = Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?;
/// let asked = ConsentQuery::new(&home, Purpose::Marketing, TopicId::literal("coupon"));
/// let profile = CustomerProfile::builder("c-17".parse()?).endpoint(home).consent(yes).build()?;
///
/// let answer = profile.consent(&asked, "2026-12-20T10:00:00Z".parse()?);
/// assert!(answer.is_granted());
/// assert_eq!(answer.authority(), Authority::Customer);
/// assert_eq!(answer.since(), Some(given));
/// assert_eq!(answer.evidence(), Some(Code::literal("form-2291")));
/// assert!(answer.expiring_within(Span::days(30))); // time to ask for a renewal
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConsentAnswer<'a> {
    /// What the events come to.
    pub state: ConsentState,
    /// The event that decided; `None` where nobody said anything.
    pub event: Option<&'a ConsentEvent>,
    /// The instant of the question.
    pub at: DateTime<Utc>,
}

impl ConsentAnswer<'_> {
    /// Whether a yes stands.
    pub fn is_granted(&self) -> bool {
        matches!(self.state, ConsentState::Granted { .. })
    }

    /// Whose word it is: the customer's; the sender's, where it took the yes back or found another ground for one; the
    /// law's, where it wants a word that there is not.
    pub fn authority(&self) -> Authority {
        match self.state {
            ConsentState::Granted { .. } | ConsentState::Expired { .. } => match self.event.map(|event| event.basis) {
                None | Some(ConsentBasis::Consent) => Authority::Customer,
                Some(ConsentBasis::LegalObligation | ConsentBasis::Vital) => Authority::Law,
                Some(_) => Authority::Policy,
            },
            ConsentState::Refused { .. } | ConsentState::Withdrawn { .. } => Authority::Customer,
            ConsentState::Revoked { .. } => Authority::Policy,
            ConsentState::Unknown | ConsentState::Requested { .. } | ConsentState::Pending { .. } => Authority::Law,
            ConsentState::Invalid { .. } | ConsentState::Unreadable { .. } => Authority::Law,
        }
    }

    /// Since when; of a yes that has run out, when that was.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        match self.state {
            ConsentState::Unknown => None,
            ConsentState::Requested { since }
            | ConsentState::Pending { since }
            | ConsentState::Granted { since, .. }
            | ConsentState::Refused { since }
            | ConsentState::Withdrawn { since }
            | ConsentState::Revoked { since }
            | ConsentState::Invalid { since } => Some(since),
            ConsentState::Expired { at } | ConsentState::Unreadable { at } => Some(at),
        }
    }

    /// Until when, exclusive; `None` is until something else is said.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self.state {
            ConsentState::Granted { until, .. } => until,
            _ => None,
        }
    }

    /// Where the proof of the deciding event is kept.
    pub fn evidence(&self) -> Option<Code> {
        self.event.and_then(|event| event.evidence)
    }

    /// Whether a yes stands and ends before this much time has passed, so that a renewal is worth asking for.
    pub fn expiring_within(&self, span: Span) -> bool {
        // Past the end of the calendar every end is near enough.
        let horizon = self.at.checked_add_signed(span.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.until().is_some_and(|until| until <= horizon)
    }
}
