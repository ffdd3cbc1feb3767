//! Why the law lets us write, and how pressing it is.

use crate::codes::codes;

codes! {
    /// Why the law lets us write.
    ///
    /// What each purpose demands (consent, quiet hours, caps) is policy data; see
    /// [`PurposePolicy`](crate::policy::PurposePolicy) for what stands where a policy says nothing.
    ///
    /// ```
    /// use waypost::Purpose;
    ///
    /// assert_eq!("marketing".parse(), Ok(Purpose::Marketing));
    /// let newer: Purpose = "humanitarian".parse()?;
    /// assert_eq!(newer.code(), "humanitarian"); // kept, and judged as strictly as marketing
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    open Purpose, "purpose" {
        /// Danger to life, property or account: fraud alerts, outages, recalls.
        Safety = "safety",
        /// Proof of identity: codes to sign in.
        Authentication = "authentication",
        /// Part of something the customer asked for: receipts, shipping notices.
        Transactional = "transactional",
        /// About the relationship: statements, appointments, answers to questions.
        Service = "service",
        /// To sell.
        Marketing = "marketing",
        /// To learn: surveys.
        Research = "research",
        /// To our own people.
        Internal = "internal",
    }
}

impl Purpose {
    /// Dense index: a purpose this version does not know has the last one.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Safety => 0,
            Self::Authentication => 1,
            Self::Transactional => 2,
            Self::Service => 3,
            Self::Marketing => 4,
            Self::Research => 5,
            Self::Internal => 6,
            Self::Unrecognized(_) => 7,
        }
    }

    /// Whether this is that purpose, as far as this version can tell: one that it cannot read may be any.
    ///
    /// For what forbids and what counts; what allows has to be the very purpose.
    pub(crate) fn may_be(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Unrecognized(_), _) | (_, Self::Unrecognized(_)))
    }

    /// Whether no lift and no `required` topic may ever widen it: selling, and whatever we cannot read.
    pub fn is_commercial(self) -> bool {
        matches!(self, Self::Marketing | Self::Unrecognized(_))
    }
}

codes! {
    /// How pressing a message is; it lifts only what the policy says, never suppression, consent or law.
    ///
    /// An urgency from a newer writer counts as the lowest.
    open Urgency, "urgency" {
        /// May wait.
        Low = "low",
        /// The usual.
        Normal = "normal",
        /// Soon.
        High = "high",
        /// At once.
        Critical = "critical",
    }
}

impl Urgency {
    /// The place on the ladder, from 0; what we cannot read stands lowest.
    pub fn level(self) -> u8 {
        match self {
            Self::Low | Self::Unrecognized(_) => 0,
            Self::Normal => 1,
            Self::High => 2,
            Self::Critical => 3,
        }
    }
}
