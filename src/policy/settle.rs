//! What ends a chain.

use std::{fmt, str::FromStr};

use crate::{
    channel::ReceiptKind,
    id::{Code, InvalidName},
};

/// What ends a chain: a receipt of this rung of the ladder or a higher one, or an event that the sender reports.
///
/// In documents `delivered`, or `event:invoice_paid`.
///
/// ```
/// use waypost::{ReceiptKind, policy::SettleOn};
///
/// assert_eq!("read".parse(), Ok(SettleOn::Receipt(ReceiptKind::Read)));
/// let paid: SettleOn = "event:invoice_paid".parse()?;
/// assert_eq!(paid.to_string(), "event:invoice_paid");
/// assert!("sold".parse::<SettleOn>().is_err());
/// # Ok::<(), waypost::policy::InvalidSettleOn>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettleOn {
    /// A receipt.
    Receipt(ReceiptKind),
    /// An event of this name.
    Event(Code),
}

/// Why a text says nothing that ends a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSettleOn {
    /// It is no receipt.
    #[error("unknown receipt, expected one of {}, or `event:` and a name", Listed)]
    Receipt,
    /// The event has no name that could be one.
    #[error("after `event:`, {0}")]
    Event(InvalidName),
}

/// The receipts, as an error lists them.
struct Listed;

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, kind) in ReceiptKind::ALL.iter().enumerate() {
            write!(f, "{}`{kind}`", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for SettleOn {
    type Err = InvalidSettleOn;

    fn from_str(text: &str) -> Result<Self, InvalidSettleOn> {
        match text.strip_prefix("event:") {
            Some(name) => name.parse().map(Self::Event).map_err(InvalidSettleOn::Event),
            None => text.parse().map(Self::Receipt).map_err(|_| InvalidSettleOn::Receipt),
        }
    }
}

impl From<ReceiptKind> for SettleOn {
    fn from(kind: ReceiptKind) -> Self {
        Self::Receipt(kind)
    }
}

impl fmt::Display for SettleOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt(kind) => kind.fmt(f),
            Self::Event(name) => write!(f, "event:{name}"),
        }
    }
}

crate::id::text_serde!(SettleOn, "receipt, or `event:` and a name");
