//! Inhibition: one message mutes others of the same customer.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    id::{Code, InvalidName, RuleId},
    policy::{Condition, When},
    purpose::Purpose,
    time::Span,
};

/// Something that two messages may have in common.
///
/// | text | in common where |
/// | --- | --- |
/// | `topic`, `purpose` | it is the same |
/// | `brand` | they are sent on behalf of the same brand, or both of none |
/// | `conversation` | both go on with the same conversation |
/// | `tags` | both have the same tags, and at least one |
/// | `value:NAME` | both have a value of this name, and it is the same |
///
/// ```
/// use waypost::policy::Common;
///
/// assert_eq!("topic".parse(), Ok(Common::Topic));
/// assert_eq!("value:order".parse::<Common>()?.to_string(), "value:order");
/// assert!("order".parse::<Common>().is_err());
/// # Ok::<(), waypost::policy::InvalidCommon>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Common {
    /// The topic.
    Topic,
    /// The purpose.
    Purpose,
    /// The brand.
    Brand,
    /// The conversation.
    Conversation,
    /// All tags.
    Tags,
    /// The value of this name.
    Value(Code),
}

/// Why a text names nothing that messages may have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCommon {
    /// It is none of the words.
    #[error("expected `topic`, `purpose`, `brand`, `conversation`, `tags` or `value:` and a name")]
    Unknown,
    /// What follows `value:` is no name.
    #[error("after `value:`, {0}")]
    Name(#[from] InvalidName),
}

impl FromStr for Common {
    type Err = InvalidCommon;

    fn from_str(text: &str) -> Result<Self, InvalidCommon> {
        match text {
            "topic" => Ok(Self::Topic),
            "purpose" => Ok(Self::Purpose),
            "brand" => Ok(Self::Brand),
            "conversation" => Ok(Self::Conversation),
            "tags" => Ok(Self::Tags),
            _ => match text.strip_prefix("value:") {
                Some(name) => Ok(Self::Value(name.parse()?)),
                None => Err(InvalidCommon::Unknown),
            },
        }
    }
}

impl fmt::Display for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic => f.write_str("topic"),
            Self::Purpose => f.write_str("purpose"),
            Self::Brand => f.write_str("brand"),
            Self::Conversation => f.write_str("conversation"),
            Self::Tags => f.write_str("tags"),
            Self::Value(name) => write!(f, "value:{name}"),
        }
    }
}

crate::id::text_serde!(Common, "thing in common");

/// A message that meets `source` mutes those that meet `target` and have all of `equal` in common with it.
///
/// | what | rule |
/// | --- | --- |
/// | which sources | one that waits or is under way, and one that was handed over less than `for` ago |
/// | which targets | those of no higher urgency than the source; never `safety` and `authentication` |
/// | both at once | what meets both conditions is not muted by what meets both too, itself included |
/// | what is missing | is not in common: a mute is sure or it is none |
///
/// ```
/// use waypost::{policy::{Common, Inhibition}, time::Span};
///
/// let outage: Inhibition = toml::from_str(r#"
/// name = "outage-first"
/// source = { topic = "outage" }
/// target = { topic = ["slow_line", "visit"] }
/// equal = ["value:area"]
/// for = "6h"
/// "#)?;
/// assert_eq!(outage.lasts, Some(Span::hours(6)));
/// assert_eq!(outage.equal, ["value:area".parse::<Common>()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Inhibition {
    /// Its name, which the ruling gives; no two share one.
    pub name: RuleId,
    /// What mutes.
    pub source: When,
    /// What is muted; it may not ask urgency, for raising that would remove a message.
    pub target: When,
    /// What the two must have in common; empty is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equal: Vec<Common>,
    /// How long a source mutes after it was handed over; left out, only while it waits or is under way.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Span>,
}

impl Inhibition {
    /// One message mutes another, whatever they have in common, while it waits or is under way.
    pub fn new(name: RuleId, source: When, target: When) -> Self {
        Self { name, source, target, equal: Vec::new(), lasts: None }
    }
}

/// An [`Inhibition`] with its conditions as questions.
#[derive(Clone, Debug)]
pub(crate) struct CompiledInhibition {
    pub(crate) name: RuleId,
    pub(crate) source: Condition,
    pub(crate) target: Condition,
    pub(crate) equal: Vec<Common>,
    pub(crate) lasts: Span,
}

impl CompiledInhibition {
    pub(crate) fn of(inhibition: &Inhibition) -> Self {
        Self {
            name: inhibition.name,
            source: Condition::of(&inhibition.source),
            target: Condition::of(&inhibition.target),
            equal: inhibition.equal.clone(),
            lasts: inhibition.lasts.unwrap_or(Span::ZERO),
        }
    }
}

/// Whether a message of this purpose is never held back for another: neither muted nor collected.
pub(crate) fn goes_by_itself(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Safety | Purpose::Authentication)
}
