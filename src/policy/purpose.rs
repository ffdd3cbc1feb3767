//! What each purpose demands.

use serde::{Deserialize, Serialize};

use crate::{
    channel::ReceiptKind,
    codes::codes,
    kind::ChannelKind,
    policy::{FallThrough, Settings},
    purpose::Purpose,
    time::Span,
};

codes! {
    /// What the law asks of the customer's consent before a purpose may be served.
    closed ConsentRule, "consent rule" {
        /// Nothing: only a suppression forbids.
        None = "none",
        /// That the customer did not say no.
        OptOut = "opt_out",
        /// That the customer said yes.
        OptIn = "opt_in",
    }
}

codes! {
    /// What to do with a message that a full cap keeps from going out now.
    closed WhenCapped, "answer to a full cap" {
        /// Wait until it opens, for at most the longest delay.
        Defer = "defer",
        /// Give the channel up.
        Drop = "drop",
    }
}

codes! {
    /// What to do with a message that a closed hour keeps from going out now.
    closed WhenClosed, "answer to a closed hour" {
        /// Wait for the first permitted instant, for at most the longest delay.
        Defer = "defer",
        /// Give the channel up.
        Drop = "drop",
        /// Go by the kinds that make no noise, which the customer's quiet hours and the sender's hours then do not
        /// bind, and give the others up. A channel's own hours and the law's bind them all the same.
        Downgrade = "downgrade",
    }
}

/// What a policy says of one purpose; what it leaves out stands as in this table.
///
/// | purpose | consent | preferences | hours | caps | settles on | gives up after | longest delay | patience |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | `safety` | none | ignored | ignored | ignored | read | 2 min | 1 day | none |
/// | `authentication` | none | ignored | ignored | ignored | delivered | 30 s | 1 hour | none |
/// | `transactional` | opt-out | obeyed | obeyed | defer | delivered | 10 min | 1 day | none |
/// | `service` | opt-out | obeyed | obeyed | defer | delivered | 1 hour | 3 days | 12 hours |
/// | `marketing` | opt-in | obeyed | obeyed | drop | delivered | 1 day | 3 days | 12 hours |
/// | `research` | opt-in | obeyed | obeyed | drop | delivered | 1 day | 7 days | 12 hours |
/// | `internal` | opt-out | obeyed | obeyed | defer | delivered | 10 min | 1 day | none |
///
/// Hours are the customer's quiet hours and the sender's hours; a message waits for them, and for a full cap where the
/// table says `defer`. The patience of the table is for urgencies up to `normal`: what is pressing goes by what is open. A purpose that this version cannot read is judged
/// as marketing.
///
/// ```
/// use waypost::policy::{ConsentRule, PurposePolicy};
///
/// let marketing: PurposePolicy = toml::from_str(r#"
/// consent = "opt_in"
/// max_delay = "2d"
/// [then]
/// order = ["email", "sms"]
/// "#)?;
/// assert_eq!(marketing.consent, Some(ConsentRule::OptIn));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PurposePolicy {
    /// What is asked of the customer's consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentRule>,
    /// Whether the customer's preferences count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obeys_preferences: Option<bool>,
    /// Whether the customer's quiet hours count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obeys_quiet_hours: Option<bool>,
    /// Whether the sender's hours count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obeys_hours: Option<bool>,
    /// Whether caps count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obeys_caps: Option<bool>,
    /// Whether only verified endpoints will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_only: Option<bool>,
    /// What to do at a closed hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_closed: Option<WhenClosed>,
    /// The kinds that make no noise, for `when_closed = "downgrade"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<ChannelKind>,
    /// What to do at a full cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_capped: Option<WhenCapped>,
    /// The longest that a message may be put off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay: Option<Span>,
    /// The settings for this purpose.
    #[serde(skip_serializing_if = "is_silent")]
    pub then: Settings,
}

fn is_silent(settings: &Settings) -> bool {
    *settings == Settings::default()
}

/// What stands for a purpose once a policy's word and the table are put together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demands {
    pub(crate) consent: ConsentRule,
    pub(crate) obeys_preferences: bool,
    pub(crate) obeys_quiet_hours: bool,
    pub(crate) obeys_hours: bool,
    pub(crate) obeys_caps: bool,
    pub(crate) verified_only: bool,
    pub(crate) when_closed: WhenClosed,
    pub(crate) when_capped: WhenCapped,
    pub(crate) max_delay: Span,
    /// For urgencies up to normal, where the settings say nothing.
    pub(crate) patience: Span,
    pub(crate) settle_on: ReceiptKind,
    pub(crate) give_up_after: Span,
    pub(crate) fall_through: FallThrough,
}

impl Demands {
    /// The table above.
    pub(crate) fn of(purpose: Purpose) -> Self {
        let usual = Self {
            consent: ConsentRule::OptOut,
            obeys_preferences: true,
            obeys_quiet_hours: true,
            obeys_hours: true,
            obeys_caps: true,
            verified_only: false,
            when_closed: WhenClosed::Defer,
            when_capped: WhenCapped::Defer,
            max_delay: Span::days(1),
            patience: Span::ZERO,
            settle_on: ReceiptKind::Delivered,
            give_up_after: Span::minutes(10),
            fall_through: FallThrough::PERSISTENT,
        };
        let pressing = Self {
            consent: ConsentRule::None,
            obeys_preferences: false,
            obeys_quiet_hours: false,
            obeys_hours: false,
            obeys_caps: false,
            ..usual
        };
        let discreet = Self {
            consent: ConsentRule::OptIn,
            when_capped: WhenCapped::Drop,
            patience: Span::hours(12),
            give_up_after: Span::days(1),
            fall_through: FallThrough::DISCREET,
            ..usual
        };
        match purpose {
            Purpose::Safety => Self { settle_on: ReceiptKind::Read, give_up_after: Span::minutes(2), ..pressing },
            Purpose::Authentication => {
                Self { give_up_after: Span::from_secs(30), max_delay: Span::hours(1), ..pressing }
            }
            Purpose::Transactional | Purpose::Internal => usual,
            Purpose::Service => {
                Self { give_up_after: Span::hours(1), max_delay: Span::days(3), patience: Span::hours(12), ..usual }
            }
            Purpose::Marketing | Purpose::Unrecognized(_) => Self { max_delay: Span::days(3), ..discreet },
            Purpose::Research => Self { max_delay: Span::days(7), ..discreet },
        }
    }

    /// The same, with the policy's word.
    pub(crate) fn with(self, said: &PurposePolicy) -> Self {
        Self {
            consent: said.consent.unwrap_or(self.consent),
            obeys_preferences: said.obeys_preferences.unwrap_or(self.obeys_preferences),
            obeys_quiet_hours: said.obeys_quiet_hours.unwrap_or(self.obeys_quiet_hours),
            obeys_hours: said.obeys_hours.unwrap_or(self.obeys_hours),
            obeys_caps: said.obeys_caps.unwrap_or(self.obeys_caps),
            verified_only: said.verified_only.unwrap_or(self.verified_only),
            when_closed: said.when_closed.unwrap_or(self.when_closed),
            when_capped: said.when_capped.unwrap_or(self.when_capped),
            max_delay: said.max_delay.unwrap_or(self.max_delay),
            ..self
        }
    }
}
