//! Reading documents from text, with errors that say where.

use std::fmt;

/// What is wrong with a document, and where.
///
/// ```
/// let error = waypost::ChannelList::from_toml("[[channels]]\nid = \"Mail\"\nkind = \"email\"").unwrap_err();
/// assert_eq!((error.line(), error.column()), (2, 6));
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 6: character 0 (counted from 0) may not stand in a channel name: \
///      expected lower-case letters, digits and `_-.:/`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    line: usize,
    column: usize,
    message: String,
}

impl ParseError {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, counted from 1 in characters.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// The line and column, both from 1, of a byte of a text; past the end is the end.
#[cfg_attr(not(feature = "toml"), expect(dead_code, reason = "JSON errors come with their line and column"))]
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(feature = "toml")]
pub(crate) fn toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    ::toml::from_str(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        ParseError { line, column, message: meant(error.message().trim_end().replace('\n', ", ")) }
    })
}

/// Reads one JSON document.
///
/// # Errors
///
/// What is wrong and where; a document that goes on after its end is wrong too.
#[cfg(feature = "json")]
pub(crate) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|error| {
        let shown = error.to_string();
        // serde_json writes the place at the end of the text too; it is said once.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = meant(shown.strip_suffix(&place).unwrap_or(&shown).to_owned());
        ParseError { line: error.line().max(1), column: error.column().max(1), message }
    })
}

/// What serde says of an unknown field, with the one that was probably meant in the place of all that there are.
#[cfg(any(feature = "toml", feature = "json"))]
fn meant(message: String) -> String {
    let Some((field, known)) = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, expected "))
    else {
        return message;
    };
    let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    match crate::similar::similar(field, names.iter().copied()) {
        Some(name) => format!("unknown field `{field}`, did you mean `{name}`?"),
        None if names.contains(&"then") => format!("{message}; what is to be done stands under `then`"),
        None => message,
    }
}

#[cfg(test)]
#[cfg(feature = "toml")]
mod tests {
    use crate::policy::Policy;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Policy::from_toml(text).expect_err("it is misspelt").message(), expected);
    }

    #[test]
    fn an_unknown_field_is_told_with_what_was_meant() {
        check("[defaults]\nordr = []", "unknown field `ordr`, did you mean `order`?");
        check("[default]\norder = []", "unknown field `default`, did you mean `defaults`?");
        let error = Policy::from_toml("[purposes.service]\nhours = []").expect_err("it stands elsewhere");
        assert!(error.message().starts_with("unknown field `hours`, expected one of `consent`, "), "{error}");
        assert!(error.message().ends_with("`then`; what is to be done stands under `then`"), "{error}");
        let error = Policy::from_toml("colour = 1").expect_err("nothing like it");
        assert!(error.message().starts_with("unknown field `colour`, expected one of `version`, "), "{error}");
    }
}
