//! Rendering: values put into words, and what happens where one is missing.

#[cfg(feature = "minijinja")]
mod minijinja;
mod substitution;
mod verbatim;

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Range};

use serde::{Deserialize, Serialize};

use crate::{discreet::Discreet, id::Code};

#[cfg(feature = "minijinja")]
pub use minijinja::MiniJinja;
pub use substitution::Substitution;
pub use verbatim::Verbatim;

/// What is put into the words of one message, by name; `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<Code, String>);

impl Values {
    /// No values.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        // A name that is no code is nobody's.
        name.parse().ok().and_then(|code: Code| self.0.get(&code)).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values with their names, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (Code, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl<V: Into<String>> FromIterator<(Code, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (Code, V)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values({})", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::unique::map(Discreet(from)).map(Self).map_err(|error| error.0)
    }
}

/// Words with the values in their places.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered<'t> {
    /// The words.
    pub text: Cow<'t, str>,
    /// Where values stand in them, in bytes and in order: a cut never goes through one.
    pub values: Vec<Range<usize>>,
}

impl<'t> Rendered<'t> {
    /// Words with the values at these places.
    pub fn new(text: impl Into<Cow<'t, str>>, values: Vec<Range<usize>>) -> Self {
        Self { text: text.into(), values }
    }
}

// The words are content, and the values personal.
impl fmt::Debug for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rendered({} bytes, {} values)", self.text.len(), self.values.len())
    }
}

/// Why words could not be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A variable has no value.
    #[error("the variable `{0}` has no value")]
    Missing(Code),
    /// The template is not one.
    #[error("the words are no template of this engine")]
    Malformed,
}

/// An engine that puts values into words.
///
/// Pure: the same words and values give the same text. A value that is missing is an error and never a gap or a
/// placeholder, for what it stood in would reach a customer.
pub trait Render: fmt::Debug + Send + Sync {
    /// Puts the values into the words.
    ///
    /// # Errors
    ///
    /// [`RenderError`], which refuses the variant.
    fn render<'t>(&self, words: &'t str, values: &Values) -> Result<Rendered<'t>, RenderError>;

    /// The names that the words ask for, each once, in the order of their first use.
    ///
    /// # Errors
    ///
    /// [`RenderError::Malformed`].
    fn variables(&self, words: &str) -> Result<Vec<Code>, RenderError>;

    /// Whether the words are certainly without variables, so that they need not be rendered.
    fn is_plain(&self, words: &str) -> bool;
}

/// Whether words show nothing at all.
pub(crate) fn is_blank(words: &str) -> bool {
    !words.contains(|c| !is_invisible(c))
}

/// Whether a character shows nothing: a value of such is no value.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
