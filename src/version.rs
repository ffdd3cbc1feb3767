//! Versions of documents.

use serde::{Deserialize, Serialize, de};

/// The version of a document; a document without one is of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Version(u32);

impl Version {
    /// The newest that this crate reads and the one it writes.
    pub const CURRENT: Self = Self(1);
}

impl Default for Version {
    fn default() -> Self {
        Self::CURRENT
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A newer document may restrict in ways that this version would not see, so it is refused, not guessed at.
        match u32::deserialize(from)? {
            1 => Ok(Self(1)),
            other => Err(de::Error::custom(format_args!("version {other} is not known here, expected 1"))),
        }
    }
}
