//! Links in running text.

use std::ops::Range;

/// Where links stand in a text, in bytes and in order.
pub(crate) fn links(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find("https://").or_else(|| text[from..].find("http://"))?;
        let length = text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
        from = start + length;
        Some(start..from)
    })
}
