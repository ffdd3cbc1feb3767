//! Groups: which kinds go together and which stand in for each other.

use std::fmt;

use serde::{Deserialize, Serialize, de, ser::SerializeMap};

use crate::kind::ChannelKind;

/// How kinds belong together; written out, so that a list is never mistaken for an order or for a broadcast.
///
/// Kinds outside the group are not excluded: they come after it, one by one. To exclude, say `only` or `deny`.
///
/// ```
/// use waypost::{ChannelKind, policy::Group};
///
/// let group: Group = serde_json::from_str(r#"{"one_of": [{"all_of": ["sms", "push"]}, "voice"]}"#)?;
/// assert_eq!(group, Group::OneOf(vec![
///     Group::AllOf(vec![Group::Kind(ChannelKind::SMS), Group::Kind(ChannelKind::PUSH)]),
///     Group::Kind(ChannelKind::VOICE),
/// ]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Group {
    /// Every usable channel of one kind, one after the other.
    Kind(ChannelKind),
    /// One member after the other until one settles; the place in the list is the policy's order.
    OneOf(Vec<Group>),
    /// All members at once; a member that cannot be used leaves the others alone.
    AllOf(Vec<Group>),
}

impl Group {
    /// Every kind named, in the order of the text.
    pub(crate) fn kinds(&self) -> Vec<ChannelKind> {
        match self {
            Self::Kind(kind) => vec![*kind],
            Self::OneOf(members) | Self::AllOf(members) => members.iter().flat_map(Self::kinds).collect(),
        }
    }

    /// How deep groups are nested inside this one.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Kind(_) => 0,
            Self::OneOf(members) | Self::AllOf(members) => 1 + members.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}

impl Serialize for Group {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (key, members) = match self {
            Self::Kind(kind) => return kind.serialize(to),
            Self::OneOf(members) => ("one_of", members),
            Self::AllOf(members) => ("all_of", members),
        };
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry(key, members)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Wire {
            OneOf(Vec<Group>),
            AllOf(Vec<Group>),
        }

        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Group;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a channel kind, `{ one_of = [..] }` or `{ all_of = [..] }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Group, E> {
                text.parse().map(Group::Kind).map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Group, A::Error> {
                Ok(match Wire::deserialize(de::value::MapAccessDeserializer::new(map))? {
                    Wire::OneOf(members) => Group::OneOf(members),
                    Wire::AllOf(members) => Group::AllOf(members),
                })
            }
        }

        from.deserialize_any(Visitor)
    }
}
