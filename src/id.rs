//! Names: short `Copy` slugs for what the integrator names, strings for what comes from outside.
//!
//! A plan copies names often, so the names an integrator chooses (channels, topics, rules, …) are kept inline and
//! cost no reference counter and no allocation. Names that other systems choose (customers, messages,
//! conversations) may be long, so they are owned, and inline only where they are short.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::de;

/// Why a text is not a name.
///
/// ```
/// use waypost::{InvalidName, TopicId};
///
/// let error = "Order Shipped".parse::<TopicId>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "character 0 (counted from 0) may not stand in a topic name: expected lower-case letters, digits and `_-.:/`"
/// );
/// assert_eq!("".parse::<TopicId>(), Err(InvalidName::Empty { what: "topic" }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// The text is empty.
    #[error("a {what} name must not be empty")]
    Empty {
        /// What was being named.
        what: &'static str,
    },
    /// The text is longer than the name may be.
    #[error("a {what} name holds at most {max} bytes, not {len}")]
    TooLong {
        /// What was being named.
        what: &'static str,
        /// Most bytes allowed.
        max: usize,
        /// Bytes given.
        len: usize,
    },
    /// The text holds a character that the name may not hold.
    // The text itself stays out of the message: somebody may have put an address into an id.
    #[error("character {at} (counted from 0) may not stand in a {what} name: expected {expected}")]
    Character {
        /// What was being named.
        what: &'static str,
        /// Index of the offending character, counted in characters from 0.
        at: usize,
        /// What may stand there, in words.
        expected: &'static str,
    },
}

/// A short name kept inline, nearly always of ASCII; zero padded, so that comparing the bytes is comparing the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slug<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Slug<N> {
    /// For the constants of the well-known names; a bad literal stops the build.
    pub(crate) const fn literal(text: &str) -> Self {
        let text = text.as_bytes();
        assert!(!text.is_empty() && text.len() <= N, "a literal name must fit");
        let mut bytes = [0; N];
        let mut at = 0;
        while at < text.len() {
            bytes[at] = text[at];
            at += 1;
        }
        Self { bytes, len: text.len() as u8 }
    }

    pub(crate) fn parse(text: &str, what: &'static str, allowed: fn(char) -> bool) -> Result<Self, InvalidName> {
        if text.is_empty() {
            return Err(InvalidName::Empty { what });
        }
        if let Some(at) = text.chars().position(|c| !c.is_ascii() || !allowed(c)) {
            let expected = match allowed('A') {
                true => "letters, digits and `_-.:/`",
                false => "lower-case letters, digits and `_-.:/`",
            };
            return Err(InvalidName::Character { what, at, expected });
        }
        if text.len() > N {
            return Err(InvalidName::TooLong { what, max: N, len: text.len() });
        }
        Ok(Self::literal(text))
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(crate) fn starts_with(&self, beginning: &Self) -> bool {
        self.bytes.starts_with(&beginning.bytes[..usize::from(beginning.len)])
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("slugs hold whole texts")
    }
}

/// Lower-case names: what a policy author types.
pub(crate) fn in_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | ':' | '/')
}

/// Names that a database may have made, such as a UUID in capitals.
pub(crate) fn in_key(c: char) -> bool {
    in_slug(c) || c.is_ascii_uppercase()
}

/// Reads a name from a document without asking for an owned string.
pub(crate) struct NameVisitor<T>(pub(crate) &'static str, pub(crate) std::marker::PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> de::Visitor<'_> for NameVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// What every type that reads and writes as one text needs from serde.
macro_rules! text_serde {
    ($name:ident, $what:literal) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str($crate::id::NameVisitor($what, ::std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use text_serde;

/// An inline name type over [`Slug`].
macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $size:literal, $what:literal, $allowed:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::Slug<$size>);

        impl $name {
            /// A name known when the program is written.
            ///
            /// # Panics
            ///
            /// If the text is empty or too long; in a `const` the build stops instead. Text from outside goes
            /// through [`str::parse`], which checks every character and answers with an error.
            pub const fn literal(text: &str) -> Self {
                Self($crate::id::Slug::literal(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::InvalidName;

            fn from_str(text: &str) -> Result<Self, $crate::id::InvalidName> {
                $crate::id::Slug::parse(text, $what, $allowed).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{}", self.as_str())
            }
        }

        impl ::std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        $crate::id::text_serde!($name, $what);
    };
}
pub(crate) use slug;

slug! {
    /// One registered way to send: a kind through one provider, such as `sms-main`.
    ///
    /// ```
    /// use waypost::ChannelId;
    ///
    /// let id: ChannelId = "sms-main".parse()?;
    /// assert_eq!(id.as_str(), "sms-main");
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    ChannelId, 31, "channel", in_slug
}
slug! {
    /// What a message is about, such as `order_shipped`; the customer's preferences speak of topics.
    TopicId, 31, "topic", in_slug
}
slug! {
    /// The name of a rule in a policy.
    RuleId, 31, "rule", in_slug
}
slug! {
    /// The name of a frequency cap in a policy.
    CapId, 31, "cap", in_slug
}
slug! {
    /// The name of a row of law, such as `fr-call-hours`.
    LawId, 31, "law row", in_slug
}
slug! {
    /// A label that the sender puts on messages.
    Tag, 31, "tag", in_slug
}
slug! {
    /// A group of customers, such as `student`.
    Segment, 31, "segment", in_slug
}
slug! {
    /// Where the customer stands in the relationship, such as `new` or `established`.
    Stage, 31, "lifecycle stage", in_slug
}
slug! {
    /// The brand or tenant on whose behalf a message goes out.
    TenantId, 31, "tenant", in_slug
}
slug! {
    /// The name of a customer attribute, such as `age` or `plan`.
    AttributeId, 31, "attribute", in_slug
}
slug! {
    /// A code written by another version of this crate or by the integrator, kept as it was read.
    Code, 31, "code", in_slug
}
slug! {
    /// The name of a recorded event, as the system that keeps it knows it; a UUID fits.
    EventId, 39, "event", in_key
}
slug! {
    /// One address of a customer, by the name the integrator gives it; a UUID fits.
    ///
    /// The id appears in plans and logs, so it is never the address itself.
    EndpointId, 39, "endpoint", in_key
}

/// Longest name from outside, in bytes: longer ones are a mistake (a whole document as an id), not a name.
const LONGEST_KEY: usize = 255;

fn check_key(text: &str, what: &'static str) -> Result<(), InvalidName> {
    if text.is_empty() {
        return Err(InvalidName::Empty { what });
    }
    if let Some(at) = text.chars().position(char::is_control) {
        return Err(InvalidName::Character { what, at, expected: "anything but control characters" });
    }
    if text.len() > LONGEST_KEY {
        return Err(InvalidName::TooLong { what, max: LONGEST_KEY, len: text.len() });
    }
    Ok(())
}

/// An owned text; a short one, and a UUID is one, is copied without an allocation.
// INVARIANT: short wherever it fits, so that one text has one form.
#[derive(Clone, PartialEq, Eq)]
enum Key {
    Short(Slug<39>),
    Long(Box<str>),
}

impl Key {
    fn new(text: &str) -> Self {
        if text.len() <= 39 { Self::Short(Slug::literal(text)) } else { Self::Long(text.into()) }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Short(slug) => slug.as_str(),
            Self::Long(text) => text,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// As its text, for whoever looks it up by its text.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// A name chosen by another system: any text of 1 to 255 bytes without control characters.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Key);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                check_key(text, $what)?;
                Ok(Self(Key::new(text)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        text_serde!($name, $what);
    };
}

key! {
    /// The customer, by the caller's name for them; never an address.
    ///
    /// ```
    /// use waypost::CustomerId;
    ///
    /// let id: CustomerId = "crm/84-113".parse()?;
    /// assert_eq!(id.as_str(), "crm/84-113");
    /// assert!("two\nlines".parse::<CustomerId>().is_err());
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    CustomerId, "customer"
}
key! {
    /// One message to one customer.
    MessageId, "message"
}
key! {
    /// Messages with the same key are the same to the customer: the later one supersedes.
    DedupeKey, "dedupe key"
}
key! {
    /// A conversation that goes on across channels.
    ConversationId, "conversation"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_slugs_is_order_of_text() {
        let mut names: Vec<TopicId> = ["b", "a-b", "a", "ab"].iter().map(|t| t.parse().expect("valid")).collect();
        names.sort();
        assert_eq!(names, ["a", "a-b", "ab", "b"]);
    }

    #[test]
    fn the_longest_name_fits_and_one_more_does_not() {
        let longest = "x".repeat(31);
        assert_eq!(longest.parse::<RuleId>().map(|r| r.as_str().len()), Ok(31));
        let error = "x".repeat(32).parse::<RuleId>().expect_err("32 bytes");
        assert_eq!(error.to_string(), "a rule name holds at most 31 bytes, not 32");
    }

    #[test]
    fn a_uuid_names_an_endpoint() {
        let uuid = "9F1C7C1E-5D0B-4c36-9c62-7e2a0d1f7b11";
        assert_eq!(uuid.parse::<EndpointId>().map(|e| e.to_string()), Ok(uuid.to_owned()));
    }

    #[test]
    fn keys_are_their_text_whether_short_or_long() {
        let key = |text: &str| text.parse::<CustomerId>().expect("a name");
        let (short, long) = ("ñ".repeat(19), "a".repeat(40));
        assert_eq!([key(&short).as_str(), key(&long).as_str()], [short.as_str(), long.as_str()]);
        assert!(key(&long) < key("b") && key("b") < key(&short), "ordered as text");
        let found = std::collections::BTreeMap::from([(key(&long), 1), (key(&short), 2)]);
        assert_eq!([found.get(long.as_str()), found.get(short.as_str())], [Some(&1), Some(&2)]);
    }

    #[test]
    fn slugs_are_as_wide_as_promised() {
        assert_eq!(size_of::<ChannelId>(), 32);
        assert_eq!(size_of::<EndpointId>(), 40);
    }
}
