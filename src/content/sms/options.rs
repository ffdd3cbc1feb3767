//! What a sender says about its texts.

use std::{collections::BTreeMap, num::NonZeroU8};

use serde::{Deserialize, Serialize};

use super::{
    language::Language,
    segmentation::{Cut, Reference, Segmentation},
};
use crate::{codes::codes, country::Country};

codes! {
    /// Whether characters that an alphabet lacks are written in others.
    #[derive(Default)]
    closed Transliterate, "transliteration" {
        /// Never.
        Off = "off",
        /// Typography (quotes, dashes, spaces, invisible marks), where that lowers the number of messages.
        #[default]
        OnlyIfCheaper = "only_if_cheaper",
        /// Typography, and letters without their accents, emoji left out; wherever the text then goes in septets and takes
        /// no more messages.
        Force = "force",
    }
}

/// How a sender's texts go out by SMS.
///
/// ```
/// use waypost::content::sms::{Language, Options};
///
/// let options: Options = toml::from_str(r#"
/// tables = { TR = ["turkish"] }
/// transliterate = "force"
/// max_segments = 3
/// "#)?;
/// assert_eq!(options.tables_of("TR".parse().ok()), [Language::Turkish]);
/// assert_eq!(options.tables_of("ES".parse().ok()), []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Options {
    /// The languages whose shift tables the phones of a country read; none where nothing is said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<Country, Vec<Language>>,
    /// Whether characters are written in others.
    #[serde(skip_serializing_if = "is_default")]
    pub transliterate: Transliterate,
    /// Whether a grapheme cluster stays in one part.
    #[serde(skip_serializing_if = "is_default")]
    pub keep_clusters: bool,
    /// How parts name each other.
    #[serde(skip_serializing_if = "is_default")]
    pub reference: Reference,
    /// The most messages that one text may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_segments: Option<NonZeroU8>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Options {
    /// The shift tables that may be used on the way to a country; none to an unknown one.
    pub fn tables_of(&self, country: Option<Country>) -> &[Language] {
        country.and_then(|country| self.tables.get(&country)).map_or(&[], Vec::as_slice)
    }

    /// How texts of several messages are cut.
    pub fn cut(&self) -> Cut {
        Cut { reference: self.reference, keep_clusters: self.keep_clusters }
    }

    /// Whether a text can go out: it is within `max_segments`, and sendable at all.
    pub fn admits(&self, text: &Segmentation<'_>) -> bool {
        let max = self.max_segments.map_or(usize::MAX, |max| usize::from(max.get()));
        text.is_sendable() && text.segments() <= max
    }
}
