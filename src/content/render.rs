//! Rendering: values put into words, and what happens where one is missing.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Range};

use serde::{Deserialize, Serialize};

use crate::{discreet::Discreet, id::Code};

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

/// The engine that is built in: `{name}` becomes the value of that name, and `{name|friend}` has a default.
///
/// A name is 1 to 31 lower-case letters, digits, `_`, `-`, `.`, `:` and `/`, and begins with a letter. An empty value is
/// no value. A brace that does not begin a name stands for itself; what looks like a name in another spelling, such as
/// `{Name}` or `{{name}}`, is an error, for it would be sent as it stands.
///
/// ```
/// use waypost::content::{Render, Substitution, Values};
///
/// let values: Values = [("name".parse()?, "Ana")].into_iter().collect();
/// assert_eq!(Substitution.render("Hello {name}", &values)?.text, "Hello Ana");
/// assert_eq!(Substitution.render("Hello {title|dear} {name}", &values)?.text, "Hello dear Ana");
/// let missing = Substitution.render("Hello {nom}", &values).unwrap_err();
/// assert_eq!(missing.to_string(), "the variable `nom` has no value");
/// assert!(Substitution.render("Hello {{name}}", &values).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Substitution;

/// The engine that leaves words as they are, for messages whose words are final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbatim;

impl Render for Verbatim {
    fn render<'t>(&self, words: &'t str, _: &Values) -> Result<Rendered<'t>, RenderError> {
        Ok(Rendered::new(words, Vec::new()))
    }

    fn variables(&self, _: &str) -> Result<Vec<Code>, RenderError> {
        Ok(Vec::new())
    }

    fn is_plain(&self, _: &str) -> bool {
        true
    }
}

/// A stretch of words: as they are, or a variable with its default.
enum Stretch<'t> {
    Words(&'t str),
    Variable(Code, Option<&'t str>),
}

/// The stretches of words, in order.
struct Stretches<'t>(&'t str);

/// Whether a writer means this as a name, whatever the spelling.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'))
}

impl<'t> Iterator for Stretches<'t> {
    type Item = Result<Stretch<'t>, RenderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0;
        let brace = rest.find('{').unwrap_or(rest.len());
        if brace > 0 || rest.is_empty() {
            let (words, rest) = rest.split_at(brace);
            self.0 = rest;
            return (!words.is_empty()).then_some(Ok(Stretch::Words(words)));
        }
        let inner = rest[1..].split_once('}');
        let inner =
            inner.map(|(inner, after)| (inner.split_once('|').map_or((inner, None), |(n, d)| (n, Some(d))), after));
        if let Some(((name, default), after)) = inner {
            if is_name(name.trim_start_matches('{')) {
                self.0 = after;
                let code = name.parse().ok().filter(|_| name.starts_with(|c: char| c.is_ascii_lowercase()));
                return Some(code.map(|code| Stretch::Variable(code, default)).ok_or(RenderError::Malformed));
            }
        }
        self.0 = &rest[1..];
        Some(Ok(Stretch::Words(&rest[..1])))
    }
}

impl Render for Substitution {
    fn render<'t>(&self, words: &'t str, values: &Values) -> Result<Rendered<'t>, RenderError> {
        if self.is_plain(words) {
            return Ok(Rendered::new(words, Vec::new()));
        }
        let (mut text, mut places) = (String::with_capacity(words.len()), Vec::new());
        for stretch in Stretches(words) {
            match stretch? {
                Stretch::Words(words) => text.push_str(words),
                Stretch::Variable(name, default) => {
                    let given = values.get(name.as_str()).filter(|value| !value.trim().is_empty());
                    let value = given.or(default).ok_or(RenderError::Missing(name))?;
                    places.push(text.len()..text.len() + value.len());
                    text.push_str(value);
                }
            }
        }
        Ok(Rendered::new(text, places))
    }

    fn variables(&self, words: &str) -> Result<Vec<Code>, RenderError> {
        let mut names = Vec::new();
        for stretch in Stretches(words) {
            if let Stretch::Variable(name, _) = stretch?
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn is_plain(&self, words: &str) -> bool {
        !words.as_bytes().contains(&b'{')
    }
}
