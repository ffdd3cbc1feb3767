//! Escaping for HTML: the words of a page and the values of its attributes.

use std::borrow::Cow;

/// Words as text of a page: `&`, `<` and `>` by name, control characters as spaces.
pub(super) fn text(words: &str) -> Cow<'_, str> {
    escaped(words, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\n' => None,
        c if c.is_control() => Some(" "),
        _ => None,
    })
}

/// Words as the value of an attribute in double quotes.
pub(super) fn attribute(words: &str) -> Cow<'_, str> {
    escaped(words, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        c if c.is_control() => Some(" "),
        _ => None,
    })
}

fn escaped(words: &str, instead: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    let Some(first) = words.find(|c| instead(c).is_some()) else { return Cow::Borrowed(words) };
    let mut text = String::with_capacity(words.len() + words.len() / 8 + 8);
    text.push_str(&words[..first]);
    for c in words[first..].chars() {
        match instead(c) {
            Some(name) => text.push_str(name),
            None => text.push(c),
        }
    }
    Cow::Owned(text)
}
