//! The engine that is built in: names in braces.

use crate::{
    content::render::{Render, RenderError, Rendered, Values, is_blank},
    id::Code,
};

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
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '?' | '!' | ' '))
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
        if let Some(((name, default), after)) = inner
            && is_name(name.trim_start_matches('{'))
        {
            self.0 = after;
            let code = name.parse().ok().filter(|_| name.starts_with(|c: char| c.is_ascii_lowercase()));
            return Some(
                code.filter(|_| !default.is_some_and(|words| words.contains('{')))
                    .map(|code| Stretch::Variable(code, default))
                    .ok_or(RenderError::Malformed),
            );
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
                    let given = values.get(name.as_str()).filter(|value| !is_blank(value));
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
