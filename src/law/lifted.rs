//! What sets a row aside, and the days it closes: words that documents write as one text.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};

use crate::{
    id::{TopicId, text_serde},
    jurisdiction::Jurisdiction,
};

/// What sets a row of law aside.
///
/// | text | set aside where |
/// | --- | --- |
/// | `consent:express` | a yes of the customer's stands for the very endpoint, purpose and topic |
/// | `consent:separate:night` | the same, of a yes whose scope names the topic `night` and so was given apart |
/// | `relationship` | the customer is in a segment that the law data names under `relationship` |
///
/// ```
/// use waypost::law::LiftedBy;
///
/// assert_eq!("consent:express".parse(), Ok(LiftedBy::Express));
/// assert!("urgency".parse::<LiftedBy>().is_err()); // nothing of the sender's own sets law aside
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiftedBy {
    /// By express consent.
    Express,
    /// By consent that was given apart, for this topic.
    Separate(TopicId),
    /// By an established relationship.
    Relationship,
}

/// A text that names nothing by which a row could be set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `consent:express`, `consent:separate:` and a topic, or `relationship`")]
pub struct InvalidLiftedBy;

impl FromStr for LiftedBy {
    type Err = InvalidLiftedBy;

    fn from_str(text: &str) -> Result<Self, InvalidLiftedBy> {
        match text {
            "consent:express" => Ok(Self::Express),
            "relationship" => Ok(Self::Relationship),
            _ => {
                let topic = text.strip_prefix("consent:separate:").ok_or(InvalidLiftedBy)?;
                topic.parse().map(Self::Separate).map_err(|_| InvalidLiftedBy)
            }
        }
    }
}

impl fmt::Display for LiftedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Express => f.write_str("consent:express"),
            Self::Separate(topic) => write!(f, "consent:separate:{topic}"),
            Self::Relationship => f.write_str("relationship"),
        }
    }
}

text_serde!(LiftedBy, "lift of a law row");

/// Days on which a row permits nothing.
///
/// ```
/// use waypost::law::Closing;
///
/// assert_eq!("holidays:FR".parse(), Ok(Closing::Holidays("FR".parse()?)));
/// assert_eq!(Closing::Sundays.to_string(), "sundays");
/// # Ok::<(), waypost::InvalidJurisdiction>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// Every Sunday.
    Sundays,
    /// The public holidays of a region, whose dates the caller supplies.
    Holidays(Jurisdiction),
}

/// A text that names no closed days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `sundays`, or `holidays:` and an ISO 3166 code such as `FR` or `US-FL`")]
pub struct InvalidClosing;

impl FromStr for Closing {
    type Err = InvalidClosing;

    fn from_str(text: &str) -> Result<Self, InvalidClosing> {
        match text.strip_prefix("holidays:") {
            Some(region) => region.parse().map(Self::Holidays).map_err(|_| InvalidClosing),
            None if text == "sundays" => Ok(Self::Sundays),
            None => Err(InvalidClosing),
        }
    }
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sundays => f.write_str("sundays"),
            Self::Holidays(region) => write!(f, "holidays:{region}"),
        }
    }
}

text_serde!(Closing, "kind of closed days");

/// A text, or a list of texts; written as a text where it is only one.
#[derive(Clone, Debug)]
pub(super) struct OneOrMore<T>(pub(super) Vec<T>);

impl<T: Serialize> Serialize for OneOrMore<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(to),
            several => several.serialize(to),
        }
    }
}

impl<'de, T: FromStr<Err: fmt::Display> + Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: FromStr<Err: fmt::Display> + Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = OneOrMore<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMore<T>, E> {
                text.parse().map(|only| OneOrMore(vec![only])).map_err(E::custom)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<OneOrMore<T>, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map(OneOrMore)
            }
        }

        from.deserialize_any(Visitor(std::marker::PhantomData))
    }
}
