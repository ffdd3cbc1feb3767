//! The answer to "may this go out now?".

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{policy::FailureClass, profile::SuppressionClass, reason::Reason, trace::Verdict};

/// What to do with a dispatch that is about to go out.
///
/// | the gates say | answer |
/// | --- | --- |
/// | it may be used | `go` |
/// | it may be used later | `wait` |
/// | the message is over, or the customer or the law refuses | `stop`: no other channel is tried for it |
/// | anything else: the channel is down, the address is gone, the words do not fit | `skip`: the next step comes up |
///
/// [`Execution::handle_confirmation`](crate::Execution::handle_confirmation) takes it from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Confirmation {
    /// Send it.
    Go,
    /// Not yet.
    Wait {
        /// Ask again then.
        until: DateTime<Utc>,
        /// Why not now.
        reason: Reason,
    },
    /// Not this one; go on with the next step.
    Skip {
        /// Why not.
        reason: Reason,
    },
    /// Not this one, and none after it.
    Stop {
        /// Why not.
        reason: Reason,
    },
}

impl Confirmation {
    /// What a refusal for this reason means.
    pub(crate) fn refused(reason: Reason) -> Self {
        if ends_the_message(&reason) { Self::Stop { reason } } else { Self::Skip { reason } }
    }

    /// Whether it may be sent now.
    pub fn is_go(&self) -> bool {
        matches!(self, Self::Go)
    }

    /// Why not, or not now.
    pub fn reason(&self) -> Option<Reason> {
        match *self {
            Self::Go => None,
            Self::Wait { reason, .. } | Self::Skip { reason } | Self::Stop { reason } => Some(reason),
        }
    }
}

impl From<Verdict> for Confirmation {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Eligible => Self::Go,
            Verdict::Deferred { until, reason } => Self::Wait { until, reason },
            Verdict::Refused { reason } => Self::refused(reason),
        }
    }
}

/// Whether no other channel is tried after it. An address that bounced is a fact about the address and no refusal.
fn ends_the_message(reason: &Reason) -> bool {
    match reason {
        Reason::Expired { .. } | Reason::Superseded { .. } => true,
        Reason::Suppressed { class: SuppressionClass::HardBounce, .. } => false,
        other => other.is_refusal(),
    }
}

/// As which failure a policy answers a dispatch that may not go out now.
pub(crate) fn class_of(reason: &Reason) -> FailureClass {
    match reason {
        Reason::CapReached { .. } | Reason::LawCap { .. } => FailureClass::Capped,
        Reason::ChannelDown { .. } => FailureClass::Outage,
        Reason::NoEndpoint { .. } | Reason::EndpointDisabled | Reason::EndpointUnknown | Reason::NotPresent => {
            FailureClass::Unreachable
        }
        Reason::HardBounced | Reason::Suppressed { class: SuppressionClass::HardBounce, .. } => {
            FailureClass::HardBounce
        }
        Reason::ContentMissing
        | Reason::ContentUnsuited { .. }
        | Reason::TooLong { .. }
        | Reason::VariableMissing { .. }
        | Reason::SessionClosed { .. }
        | Reason::TooExpensive { .. }
        | Reason::PriceIncomparable
        // Neither the customer's word nor the hour: this channel will not do, another one may.
        | Reason::ChannelRefused { .. }
        | Reason::Unverified
        | Reason::DeniedByRule { .. }
        | Reason::DeniedByPolicy
        | Reason::OutsideOnly { .. }
        | Reason::OutsideOverride
        | Reason::TooLate { .. } => FailureClass::Unfit,
        refusal if refusal.is_refusal() => FailureClass::OptedOut,
        _ => FailureClass::Quiet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kind::ChannelKind, profile::SetBy, time::LayerKind, time::Span};

    #[test]
    fn what_ends_a_message_and_only_that_is_a_no() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let suppressed = |class| Reason::Suppressed { class, since: None, until: None };
        for (reason, expected) in [
            (Reason::ChannelDown { until: None }, FailureClass::Outage),
            (Reason::NoEndpoint { kind: ChannelKind::SMS }, FailureClass::Unreachable),
            (Reason::HardBounced, FailureClass::HardBounce),
            (suppressed(SuppressionClass::HardBounce), FailureClass::HardBounce),
            (suppressed(SuppressionClass::Complaint), FailureClass::OptedOut),
            (Reason::PreferenceOff { set_by: SetBy::Person, since: None, until: None }, FailureClass::OptedOut),
            (Reason::JurisdictionUnknown, FailureClass::OptedOut),
            (Reason::QuietHours { until: at }, FailureClass::Quiet),
            (Reason::NeverOpens { within: Span::days(1), by: LayerKind::Sender }, FailureClass::Quiet),
            (Reason::TooLate { latest: at }, FailureClass::Unfit),
            (Reason::Unverified, FailureClass::Unfit),
            (Reason::DeniedByPolicy, FailureClass::Unfit),
            (Reason::ContentMissing, FailureClass::Unfit),
        ] {
            assert_eq!(class_of(&reason), expected, "{reason}");
            let stops = matches!(Confirmation::refused(reason), Confirmation::Stop { .. });
            assert_eq!(stops, expected == FailureClass::OptedOut, "{reason}");
        }
    }
}
