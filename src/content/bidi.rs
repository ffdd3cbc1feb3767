//! Direction: values that run against the words around them are kept together.

use crate::content::{links::links, piece::Words};

/// Opens a stretch with a direction of its own, and closes it (UAX 9, FSI and PDI).
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    LeftToRight,
    RightToLeft,
}

/// The direction of the first character that has one.
fn direction(text: &str) -> Option<Direction> {
    text.chars().find_map(|c| match c {
        '\u{590}'..='\u{8FF}'
        | '\u{FB1D}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}' => c.is_alphabetic().then_some(Direction::RightToLeft),
        _ => c.is_alphabetic().then_some(Direction::LeftToRight),
    })
}

/// Wraps every value that runs against the words around it, so that the punctuation beside it stays where it belongs.
///
/// Such a text is never in the GSM alphabet, so the marks turn no septets into UTF-16. A link is left alone: programmes
/// that find links in text would take the mark for a part of it.
pub(crate) fn isolated(words: Words<'_>) -> Words<'_> {
    let text = words.as_str();
    let around = direction(&without(text, &words.values));
    let against = |value: &std::ops::Range<usize>| {
        let inside = direction(&text[value.clone()]);
        around.zip(inside).is_some_and(|(around, inside)| around != inside)
            && links(&text[value.clone()]).next().is_none()
    };
    if !words.values.iter().any(against) {
        return words;
    }
    let mut marked = Words::default();
    let out = marked.text.to_mut();
    let mut end = 0;
    for value in &words.values {
        out.push_str(&text[end..value.start]);
        let start = out.len();
        let (open, close) = if against(value) { (Some(ISOLATE.0), Some(ISOLATE.1)) } else { (None, None) };
        out.extend(open);
        out.push_str(&text[value.clone()]);
        out.extend(close);
        marked.values.push(start..out.len());
        end = value.end;
    }
    out.push_str(&text[end..]);
    marked
}

/// The words between the values.
fn without(text: &str, values: &[std::ops::Range<usize>]) -> String {
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for value in values {
        rest.push_str(&text[end..value.start]);
        end = value.end;
    }
    rest.push_str(&text[end..]);
    rest
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a list of one range is what is meant")]
mod tests {
    use super::*;

    fn check(before: &str, value: &str, after: &str, expected: &str) {
        let text = format!("{before}{value}{after}");
        let values = vec![before.len()..before.len() + value.len()];
        assert_eq!(isolated(Words { text: text.into(), values }).as_str(), expected);
    }

    #[test]
    fn values_against_the_words_are_kept_together() {
        check("Hello ", "Ana", "!", "Hello Ana!");
        check("Hello ", "דנה", "!", "Hello \u{2068}דנה\u{2069}!");
        check("שלום ", "Ana (2)", "!", "שלום \u{2068}Ana (2)\u{2069}!");
        check("שלום ", "דנה", "!", "שלום דנה!");
        check("שלום ", "https://example.com/a", "!", "שלום https://example.com/a!");
        check("שלום ", "42", "!", "שלום 42!");
    }
}
