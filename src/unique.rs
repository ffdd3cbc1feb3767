//! Reading maps that say each key once: which of two words would stand, nobody could tell from the text.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};

/// A map of a document, each key once.
pub(crate) struct Unique<K, V>(BTreeMap<K, V>);

/// Reads a map; TOML refuses a second key by itself, JSON lets the last one win.
pub(crate) fn map<'de, D, K, V>(from: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    Unique::deserialize(from).map(|Unique(map)| map)
}

/// Reads a map of maps.
pub(crate) fn map_of_maps<'de, D, K, L, V>(from: D) -> Result<BTreeMap<K, BTreeMap<L, V>>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    L: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    let outer: BTreeMap<K, Unique<L, V>> = map(from)?;
    Ok(outer.into_iter().map(|(key, Unique(inner))| (key, inner)).collect())
}

impl<'de, K, V> Deserialize<'de> for Unique<K, V>
where
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Visitor(PhantomData)).map(Self)
    }
}

struct Visitor<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> de::Visitor<'de> for Visitor<K, V>
where
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    type Value = BTreeMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = entries.next_key::<K>()? {
            // The key is a name that was read as one; the values stay unsaid.
            if map.contains_key(&key) {
                return Err(de::Error::custom(format_args!("`{key}` stands twice in one map")));
            }
            map.insert(key, entries.next_value()?);
        }
        Ok(map)
    }
}
