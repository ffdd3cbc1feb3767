//! A request: everything that one decision reads, as one document.

use serde::{Deserialize, Serialize};

use crate::{discreet, facts::Facts, message::Message, profile::CustomerProfile};

/// A customer, a message and the facts: what one decision reads, as one document to log, to replay or to ask with.
///
/// ```
/// use waypost::Request;
///
/// let request = Request::from_json(r#"{
///     "profile": {"id": "c-1"},
///     "message": {"id": "m-1", "topic": "news", "purpose": "service", "content": {"variants": [{"body": "Hello"}]}},
///     "facts": {"now": "2026-11-21T10:00:00Z"}
/// }"#)?;
/// assert_eq!(request.message.id().as_str(), "m-1");
/// # Ok::<(), waypost::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// To whom.
    pub profile: CustomerProfile,
    /// What.
    pub message: Message,
    /// When, and what else is true.
    pub facts: Facts,
}

impl Request {
    /// These three.
    pub fn new(profile: CustomerProfile, message: Message, facts: Facts) -> Self {
        Self { profile, message, facts }
    }

    /// Reads a request from JSON.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::json(text)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, expecting = "a request")]
        struct Wire {
            profile: CustomerProfile,
            message: Message,
            facts: Facts,
        }
        let Wire { profile, message, facts } = discreet::read(from)?;
        Ok(Self { profile, message, facts })
    }
}
