//! Attributes: what else is known of a customer, as values that rules can compare.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The value of an attribute: a truth, a whole number or a text.
///
/// Values of different types are never equal and never ordered. There are no fractions, so that a comparison is
/// exact on every machine: keep an amount in its smallest unit.
///
/// ```
/// use waypost::AttributeValue;
///
/// assert_eq!(AttributeValue::from(65), AttributeValue::Number(65));
/// assert_ne!(AttributeValue::from("65"), AttributeValue::from(65));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum AttributeValue {
    /// A truth.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A text, compared byte by byte.
    Text(Box<str>),
}

impl AttributeValue {
    /// The order of two values of one type.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Truth(a), Self::Truth(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

// A customer's attribute may be personal: only its type is shown.
impl std::fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Truth(_) => "Truth(..)",
            Self::Number(_) => "Number(..)",
            Self::Text(_) => "Text(..)",
        })
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Truth(value)
    }
}

impl From<i64> for AttributeValue {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for AttributeValue {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}
