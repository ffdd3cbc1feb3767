//! Events: what happened to a customer's consent.

use chrono::{DateTime, Months, Utc};
use serde::Serialize;

use crate::{
    codes::codes,
    discreet::discreet,
    id::{Code, EndpointId, EventId, TopicId},
    purpose::Purpose,
};

use super::{ConsentQuery, ConsentScope};

codes! {
    /// What a consent event did.
    ///
    /// | action | effect |
    /// | --- | --- |
    /// | `request` | none: we asked |
    /// | `grant`, `renew` | a yes |
    /// | `confirm` | makes a yes count where it has to be confirmed (double opt-in); alone it is no yes |
    /// | `refuse`, `withdraw`, `revoke`, `invalidate` | a no |
    /// | `expire` | ends every yes before it, without being a no |
    ///
    /// An action that this version cannot read forbids, for it may be a withdrawal.
    open ConsentAction, "consent action" {
        /// We asked.
        Request = "request",
        /// The customer said yes.
        Grant = "grant",
        /// The customer confirmed a yes, such as by the link in a message to the very address.
        Confirm = "confirm",
        /// The customer said yes again.
        Renew = "renew",
        /// The customer said no when asked.
        Refuse = "refuse",
        /// The customer took the yes back.
        Withdraw = "withdraw",
        /// We took the yes back.
        Revoke = "revoke",
        /// The yes was found never to have been a valid one.
        Invalidate = "invalidate",
        /// The yes ran out.
        Expire = "expire",
    }
}

codes! {
    /// On what ground a yes stands; one that this version cannot read is never accepted.
    ///
    /// Only `consent` is the customer's own word: a yes on any other ground re-opens no refusal or withdrawal, and counts
    /// only where the policy's `consent_bases` names the ground.
    open ConsentBasis, "basis of consent" {
        /// The customer said so.
        Consent = "consent",
        /// A sale or talks about one, own similar goods, and a refusal that was offered (UK PECR reg. 22(3), UWG § 7(3)).
        SoftOptIn = "soft_opt_in",
        /// A purchase or contract (CASL s. 10(10)).
        ImpliedRelationship = "implied_relationship",
        /// An inquiry (CASL s. 10(10)).
        ImpliedInquiry = "implied_inquiry",
        /// A contract that the message performs.
        Contract = "contract",
        /// A duty that the sender has.
        LegalObligation = "legal_obligation",
        /// An interest that was weighed against the customer's.
        LegitimateInterest = "legitimate_interest",
        /// Somebody's life.
        Vital = "vital",
    }
}

codes! {
    /// Where the customer said it, or how we know; one that this version cannot read is kept.
    open ConsentSource, "source of consent" {
        /// A form.
        Form = "form",
        /// Another system.
        Api = "api",
        /// A word such as STOP in a message to us.
        Keyword = "keyword",
        /// The one-click unsubscribe of RFC 8058.
        OneClick = "one_click",
        /// The preference centre.
        PreferenceCentre = "preference_centre",
        /// A call.
        Call = "call",
        /// A list that was taken over.
        Import = "import",
        /// Somebody of our own people.
        Operator = "operator",
        /// A message reported as unwanted.
        Complaint = "complaint",
        /// A message that came back.
        Bounce = "bounce",
    }
}

discreet! {
ConsentEventDocument of "ConsentEvent",
/// Something that happened to a customer's consent.
///
/// Events are only ever appended; what they come to is folded from all of them, so their order in the list says nothing.
///
/// ```
/// use waypost::{ConsentAction, ConsentEvent, ConsentScope, Purpose};
///
/// let at = "2026-01-31T10:00:00Z".parse()?;
/// let event = ConsentEvent::new(ConsentAction::Grant, ConsentScope::purpose(Purpose::Marketing), at);
/// assert_eq!(event.action, ConsentAction::Grant);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct ConsentEvent {
    /// What it did.
    pub action: ConsentAction,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it speaks of.
    #[serde(default)]
    pub scope: ConsentScope,
    /// On what ground a yes stands; left out, the customer's own word.
    #[serde(default = "own_word", skip_serializing_if = "is_own_word")]
    pub basis: ConsentBasis,
    /// From when a yes holds, where that is later than when it was given; a no holds at once, whatever stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when a yes holds, exclusive; `None` is until something else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Where the customer said it, such as `form` or `keyword`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ConsentSource>,
    /// Where the proof is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Code>,
    /// The event's own name, as the system that keeps it knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// Which text the customer was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_version: Option<Code>,
    /// Under whose law, such as `es` or `us-fl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Code>,
    /// Who wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<Code>,
}
}

fn own_word() -> ConsentBasis {
    ConsentBasis::Consent
}

fn is_own_word(basis: &ConsentBasis) -> bool {
    *basis == ConsentBasis::Consent
}

impl ConsentEvent {
    /// An event of the customer's own word, without expiry, source or evidence.
    pub fn new(action: ConsentAction, scope: ConsentScope, at: DateTime<Utc>) -> Self {
        Self {
            action,
            at,
            scope,
            basis: ConsentBasis::Consent,
            effective_from: None,
            expires_at: None,
            source: None,
            evidence: None,
            id: None,
            notice_version: None,
            jurisdiction: None,
            recorded_by: None,
        }
    }

    /// Consent implied by a purchase or contract, which Canada's CASL gives two years.
    ///
    /// Two years from the purchase on which it rests: s. 10(10)(a) and (c), by the CRTC's guide at
    /// `crtc.gc.ca/eng/com500/guide.htm`, read in 2026. It counts for purposes whose `consent_bases` name
    /// `implied_relationship`.
    ///
    /// ```
    /// use waypost::{ConsentEvent, ConsentScope, Purpose};
    ///
    /// let bought = "2026-03-01T10:00:00Z".parse()?;
    /// let implied = ConsentEvent::implied_by_purchase(ConsentScope::purpose(Purpose::Marketing), bought);
    /// assert_eq!(implied.expires_at, Some("2028-03-01T10:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn implied_by_purchase(scope: ConsentScope, bought: DateTime<Utc>) -> Self {
        Self::implied(ConsentBasis::ImpliedRelationship, scope, bought, Months::new(24))
    }

    /// Consent implied by an inquiry, which Canada's CASL gives six months.
    ///
    /// Six months from the inquiry: s. 10(10)(e), by the same guide. It counts for purposes whose `consent_bases` name
    /// `implied_inquiry`.
    ///
    /// ```
    /// use waypost::{ConsentEvent, ConsentScope, Purpose};
    ///
    /// let asked = "2026-08-31T10:00:00Z".parse()?;
    /// let implied = ConsentEvent::implied_by_inquiry(ConsentScope::purpose(Purpose::Marketing), asked);
    /// assert_eq!(implied.expires_at, Some("2027-02-28T10:00:00Z".parse()?)); // a shorter month ends earlier
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn implied_by_inquiry(scope: ConsentScope, asked: DateTime<Utc>) -> Self {
        Self::implied(ConsentBasis::ImpliedInquiry, scope, asked, Months::new(6))
    }

    fn implied(basis: ConsentBasis, scope: ConsentScope, at: DateTime<Utc>, holds: Months) -> Self {
        // At the end of the calendar there is no later instant: then it holds for no time at all.
        let end = at.checked_add_months(holds).unwrap_or(at);
        Self::new(ConsentAction::Grant, scope, at).on_basis(basis).until(end)
    }

    /// The one-click unsubscribe of a mailing list: the POST of RFC 8058 takes the consent to that list back, with no
    /// questions asked and whatever the purpose.
    ///
    /// ```
    /// use waypost::{ConsentAction, ConsentEvent, ConsentSource, EndpointId, TopicId};
    ///
    /// let at = "2026-11-21T10:00:00Z".parse()?;
    /// let event = ConsentEvent::one_click(TopicId::literal("newsletter"), EndpointId::literal("home"), at);
    /// assert_eq!((event.action, event.source), (ConsentAction::Withdraw, Some(ConsentSource::OneClick)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn one_click(list: TopicId, endpoint: EndpointId, at: DateTime<Utc>) -> Self {
        let scope = ConsentScope::everything().about(list).on_endpoint(endpoint);
        Self::new(ConsentAction::Withdraw, scope, at).from_source(ConsentSource::OneClick)
    }

    /// The same, a yes until this instant.
    pub fn until(mut self, at: DateTime<Utc>) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// The same, a yes that holds only from this instant.
    pub fn effective(mut self, from: DateTime<Utc>) -> Self {
        self.effective_from = Some(from);
        self
    }

    /// The same, on this ground.
    pub fn on_basis(mut self, basis: ConsentBasis) -> Self {
        self.basis = basis;
        self
    }

    /// The same, from this source.
    pub fn from_source(mut self, source: ConsentSource) -> Self {
        self.source = Some(source);
        self
    }

    /// The same, with the place where its proof is kept.
    pub fn with_evidence(mut self, evidence: Code) -> Self {
        self.evidence = Some(evidence);
        self
    }

    /// From when it holds, as a yes.
    pub(in crate::profile) fn since(&self) -> DateTime<Utc> {
        self.effective_from.map_or(self.at, |from| from.max(self.at))
    }

    pub(in crate::profile) fn is_no(&self) -> bool {
        use ConsentAction as Did;
        !matches!(self.action, Did::Request | Did::Grant | Did::Confirm | Did::Renew | Did::Expire)
    }

    pub(in crate::profile) fn is_yes(&self) -> bool {
        matches!(self.action, ConsentAction::Grant | ConsentAction::Renew)
    }

    /// Whether it is a no that speaks of what is asked, or may.
    pub(crate) fn is_no_to(&self, asked: &ConsentQuery) -> bool {
        self.is_no() && self.covers(asked)
    }

    /// Whether it speaks of a purpose, or takes away and may.
    pub(super) fn speaks_of(&self, purpose: Purpose) -> bool {
        let takes_away = self.is_no() || self.action == ConsentAction::Expire;
        self.scope.purpose.is_none_or(|of| of == purpose || takes_away && of.may_be(purpose))
    }

    pub(super) fn covers(&self, asked: &ConsentQuery) -> bool {
        let takes_away = self.is_no() || self.action == ConsentAction::Expire;
        if takes_away { self.scope.may_cover(asked) } else { self.scope.covers(asked) }
    }
}
