//! The plain alternative of an email: the same pieces as text, wrapped.

use crate::content::{
    payload::plain,
    piece::{Piece, Shape},
};

/// Characters in a line, without its end (RFC 5322 section 2.1.1).
const WIDTH: usize = 78;

/// Lays the pieces out as text, with an empty line between two of them and the links spelled out.
pub(super) fn lay_out(pieces: &[Piece<'_>], unsubscribe: Option<(&str, &str)>) -> String {
    let mut text = String::new();
    for piece in pieces {
        let mut words = String::new();
        plain::push(&mut words, piece);
        let hang = if matches!(piece.shape, Shape::List(_)) { "  " } else { "" };
        add(&mut text, &words, hang);
    }
    if let Some((label, url)) = unsubscribe {
        add(&mut text, &format!("{label}: {url}"), "");
    }
    text
}

fn add(text: &mut String, words: &str, hang: &str) {
    let words = clean(words);
    if words.trim().is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    wrap(text, words.trim_matches('\n'), WIDTH, hang);
}

/// Line ends as `\n`, other control characters but tabs as spaces.
pub(super) fn clean(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut characters = words.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                characters.next_if_eq(&'\n');
                text.push('\n');
            }
            '\n' | '\t' => text.push(c),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}

/// Breaks lines at spaces; the author's own breaks stay, and so does a word that is longer than a line.
pub(super) fn wrap(text: &mut String, words: &str, width: usize, hang: &str) {
    for (at, line) in words.split('\n').enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let line = line.trim_end_matches([' ', '\t']);
        let mut used = 0;
        let mut rest = line;
        while !rest.is_empty() {
            // The spaces before a word belong to it, unless the line breaks there.
            let start = rest.find(|c| c != ' ').unwrap_or(rest.len());
            let end = rest[start..].find(' ').map_or(rest.len(), |length| start + length);
            let length = rest[..end].chars().count();
            if used > hang.len() && used + length > width {
                text.push('\n');
                text.push_str(hang);
                text.push_str(&rest[start..end]);
                used = hang.len() + length - start;
            } else {
                text.push_str(&rest[..end]);
                used += length;
            }
            rest = &rest[end..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, width: usize, hang: &str, expected: &str) {
        let mut text = String::new();
        wrap(&mut text, words, width, hang);
        assert_eq!(text, expected);
    }

    #[test]
    fn lines_break_at_spaces_and_nowhere_else() {
        check("one two three", 7, "", "one two\nthree");
        check("one two three", 20, "", "one two three");
        check("  one  two ", 20, "", "  one  two");
        check("a https://example.com/long b", 6, "", "a\nhttps://example.com/long\nb");
        check("- one two\n- six", 6, "  ", "- one\n  two\n- six");
        check("äöü äöü", 7, "", "äöü äöü");
        check("a\n\n\nb", 7, "", "a\n\n\nb");
        check("", 7, "", "");
    }

    #[test]
    fn control_characters_are_cleaned() {
        assert_eq!(clean("a\r\nb\rc\nd\0e\u{85}f\tg"), "a\nb\nc\nd e f\tg");
    }
}
