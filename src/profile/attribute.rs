//! Attributes: what else is known of a customer, as values that rules can compare.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::discreet::Discreet;

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
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
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
impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = AttributeValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a truth, a whole number of at most 63 bits or a text")
            }

            fn visit_bool<E>(self, value: bool) -> Result<AttributeValue, E> {
                Ok(AttributeValue::from(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<AttributeValue, E> {
                Ok(AttributeValue::from(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<AttributeValue, E> {
                let number = i64::try_from(value).map(AttributeValue::from);
                number.map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
            }

            fn visit_str<E>(self, value: &str) -> Result<AttributeValue, E> {
                Ok(AttributeValue::from(value))
            }
        }

        Discreet(from).deserialize_any(Visitor).map_err(|error| error.0)
    }
}
