//! What a policy says of the steps of one kind.

use serde::{Deserialize, Serialize};

use crate::{
    kind::ChannelKind,
    policy::{Retry, SettleOn},
    time::Span,
};

/// What a policy says of the steps of one kind, where that is not what it says of all.
///
/// A step of several dispatches goes by the kind of its first. What is said of a kind counts before what is said of all,
/// wherever either stands; of several words on one kind the last one counts, field by field.
///
/// ```
/// use waypost::{ChannelKind, ReceiptKind, policy::Policy, time::Span};
///
/// let policy = Policy::from_toml(r#"
/// [defaults]
/// give_up_after = "5m"
///
/// [defaults.by_kind.email]
/// settle_on = "read"
/// give_up_after = "1d"
/// "#)?;
/// let email = policy.defaults.by_kind[&ChannelKind::EMAIL];
/// assert_eq!(email.settle_on, Some(ReceiptKind::Read.into()));
/// assert_eq!((email.give_up_after, email.retry), (Some(Span::days(1)), None));
/// # Ok::<(), waypost::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct KindSettings {
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
}

impl KindSettings {
    /// These, then others: the last word counts, field by field.
    pub(crate) fn then(self, later: Self) -> Self {
        Self {
            settle_on: later.settle_on.or(self.settle_on),
            give_up_after: later.give_up_after.or(self.give_up_after),
            accept_within: later.accept_within.or(self.accept_within),
            retry: later.retry.or(self.retry),
        }
    }

    /// By the dense indexes of the kinds; a kind that is not registered has no steps.
    pub(crate) fn compiled<'s>(
        said: impl IntoIterator<Item = (&'s ChannelKind, &'s Self)>,
        registered: &[ChannelKind],
    ) -> Vec<(u8, Self)> {
        let index = |kind| registered.iter().position(|known| known == kind);
        // INVARIANT: a router registers at most 64 kinds.
        said.into_iter().filter_map(|(kind, said)| Some((index(kind)? as u8, *said))).collect()
    }
}
