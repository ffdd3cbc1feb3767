//! Header text: what may stand in a field of a message's header.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::discreet::Discreet;

/// Text for the header of an email: one line without control characters.
///
/// Whatever it is made from, line ends, tabs and control characters (U+0000 to U+001F, U+007F to U+009F, U+2028, U+2029)
/// become spaces, and several spaces become one: no value can begin a header of its own. What would be read as an encoded
/// word (`=?utf-8?Q?…?=`, RFC 2047), and so as other words than it is, gets a space behind its `=`. `Debug` shows the length.
///
/// ```
/// use waypost::content::payload::email::HeaderText;
///
/// let subject = HeaderText::new("Your order\r\nBcc: everybody@example.com");
/// assert_eq!(subject.as_str(), "Your order Bcc: everybody@example.com");
/// assert_eq!(HeaderText::new("=?utf-8?Q?Bank?=").as_str(), "= ?utf-8?Q?Bank?=");
/// assert_eq!(HeaderText::new("What is 1+1=?").as_str(), "What is 1+1=?");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HeaderText(String);

impl HeaderText {
    /// This text, cleaned.
    pub fn new(text: &str) -> Self {
        let breaks = |c: char| c.is_control() || matches!(c, ' ' | '\u{2028}' | '\u{2029}');
        let mut clean = String::with_capacity(text.len());
        for word in text.split(breaks).filter(|word| !word.is_empty()) {
            if !clean.is_empty() {
                clean.push(' ');
            }
            clean.push_str(word);
        }
        let is_encoded = clean.split_once("=?").is_some_and(|(_, word)| word.contains("?="));
        Self(if is_encoded { clean.replace("=?", "= ?") } else { clean })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeaderText({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for HeaderText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(Discreet(from)).map(|text| Self::new(&text)).map_err(|error| error.0)
    }
}
