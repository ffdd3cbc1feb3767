//! The text that a policy was read from, for findings that say where.

use std::{collections::BTreeMap, sync::Arc};

use crate::policy::finding::{Part, Place};

/// The text that a policy was read from, if it was.
///
/// Two policies that say the same are the same, however they were written: all sources are equal.
#[derive(Clone, Default)]
pub(crate) struct Source(Option<(Format, Arc<str>)>);

#[derive(Clone, Copy)]
#[cfg_attr(not(all(feature = "toml", feature = "json")), expect(dead_code, reason = "a reader is switched off"))]
enum Format {
    Toml,
    Json,
}

impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

// A policy file is long, and `Debug` of the policy says all that it says.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some((_, text)) => write!(f, "Source({} bytes)", text.len()),
            None => f.write_str("Source(none)"),
        }
    }
}

impl Source {
    #[cfg(feature = "toml")]
    pub(crate) fn toml(text: &str) -> Self {
        Self(Some((Format::Toml, text.into())))
    }

    #[cfg(feature = "json")]
    pub(crate) fn json(text: &str) -> Self {
        Self(Some((Format::Json, text.into())))
    }

    /// The line and column of each place, both from 1: where the place itself is not written, those of the nearest
    /// one around it that is; `None` without a text.
    pub(crate) fn locate<'a>(&self, places: impl IntoIterator<Item = &'a Place>) -> Vec<Option<(usize, usize)>> {
        let (outline, text) = match &self.0 {
            Some((format, text)) => (outline(*format, text), &**text),
            None => (None, ""),
        };
        let bytes = places.into_iter().map(|place| outline.as_ref().map(|outline| outline.find(place)));
        let mut bytes: Vec<_> = bytes.enumerate().collect();
        // In the order of the text, so that the lines are counted once.
        bytes.sort_by_key(|(_, byte)| *byte);
        let mut found = vec![None; bytes.len()];
        let (mut read, mut line, mut column) = (0, 1, 1);
        for (at, byte) in bytes {
            let Some(byte) = byte else { continue };
            for (offset, c) in text.get(read..).unwrap_or_default().char_indices() {
                if read + offset >= byte {
                    break;
                }
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            read = byte.max(read);
            found[at] = Some((line, column));
        }
        found
    }
}

fn outline(format: Format, text: &str) -> Option<Outline> {
    match format {
        #[cfg(feature = "toml")]
        Format::Toml => toml::de::DeTable::parse(text).ok().map(|table| Outline::table(0, table.get_ref())),
        #[cfg(feature = "json")]
        Format::Json => json::Walker::new(text).value(0),
        #[cfg(not(all(feature = "toml", feature = "json")))]
        _ => {
            // Without its reader no text of this format ever came in.
            let _ = text;
            None
        }
    }
}

/// Where everything begins, by byte.
#[derive(Default)]
struct Outline {
    byte: usize,
    /// By key: where the key begins, and its value.
    keys: BTreeMap<String, (usize, Outline)>,
    members: Vec<Outline>,
}

impl Outline {
    /// Where the place begins: at its key or, for a member of a list, at its value.
    fn find(&self, place: &Place) -> usize {
        let (mut here, mut byte) = (self, self.byte);
        for part in place.parts() {
            let inside = match part {
                Part::Key(key) => here.keys.get(&**key).map(|(at, value)| (*at, value)),
                Part::Index(index) => here.members.get(*index).map(|value| (value.byte, value)),
            };
            match inside {
                Some((at, value)) => (byte, here) = (at, value),
                None => break,
            }
        }
        byte
    }

    #[cfg(feature = "toml")]
    fn table(byte: usize, table: &toml::de::DeTable<'_>) -> Self {
        let entry = |(key, value): (&toml::Spanned<_>, _)| {
            let name: &toml::de::DeString<'_> = key.get_ref();
            (name.to_string(), (key.span().start, Self::value(value)))
        };
        Self { byte, keys: table.iter().map(entry).collect(), members: Vec::new() }
    }

    #[cfg(feature = "toml")]
    fn value(value: &toml::Spanned<toml::de::DeValue<'_>>) -> Self {
        let byte = value.span().start;
        match value.get_ref() {
            toml::de::DeValue::Table(table) => Self::table(byte, table),
            toml::de::DeValue::Array(list) => {
                Self { byte, members: list.iter().map(Self::value).collect(), ..Self::default() }
            }
            _ => Self { byte, ..Self::default() },
        }
    }
}

/// serde_json keeps no places, so the text, which it has read already, is walked once more.
#[cfg(feature = "json")]
mod json {
    use super::Outline;

    /// Deeper than serde_json reads, so never reached by a text that was.
    const DEEPEST: usize = 256;

    /// Walks over a sound text; gives up with `None` on any other.
    pub(super) struct Walker<'t> {
        text: &'t str,
        at: usize,
    }

    impl<'t> Walker<'t> {
        pub(super) fn new(text: &'t str) -> Self {
            Self { text, at: 0 }
        }

        pub(super) fn value(&mut self, depth: usize) -> Option<Outline> {
            let first = self.peek()?;
            let mut outline = Outline { byte: self.at, ..Outline::default() };
            match first {
                _ if depth > DEEPEST => return None,
                b'{' => {
                    self.at += 1;
                    while self.peek()? != b'}' {
                        let (byte, key) = (self.at, self.string()?);
                        self.take(b':')?;
                        outline.keys.insert(key, (byte, self.value(depth + 1)?));
                        self.comma(b'}')?;
                    }
                    self.at += 1;
                }
                b'[' => {
                    self.at += 1;
                    while self.peek()? != b']' {
                        outline.members.push(self.value(depth + 1)?);
                        self.comma(b']')?;
                    }
                    self.at += 1;
                }
                b'"' => {
                    self.string()?;
                }
                _ => {
                    let rest = self.text.as_bytes().get(self.at..)?;
                    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
                    let length = rest.iter().take_while(|b| plain(b)).count();
                    self.at += if length > 0 { length } else { return None };
                }
            }
            Some(outline)
        }

        /// The next byte that is not white space.
        fn peek(&mut self) -> Option<u8> {
            let rest = self.text.as_bytes().get(self.at..)?;
            self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            self.text.as_bytes().get(self.at).copied()
        }

        fn take(&mut self, wanted: u8) -> Option<()> {
            (self.peek()? == wanted).then(|| self.at += 1)
        }

        /// A comma, or the closing bracket, which stays.
        fn comma(&mut self, closing: u8) -> Option<()> {
            if self.peek()? == closing { Some(()) } else { self.take(b',') }
        }

        fn string(&mut self) -> Option<String> {
            let start = self.at;
            self.take(b'"')?;
            loop {
                match self.text.as_bytes().get(self.at)? {
                    b'"' => break,
                    b'\\' => self.at += 2,
                    _ => self.at += 1,
                }
            }
            self.at += 1;
            serde_json::from_str(self.text.get(start..self.at)?).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &Source, place: Place, expected: (usize, usize)) {
        assert_eq!(source.locate([&place]), [Some(expected)], "{place}");
    }

    #[cfg(feature = "toml")]
    #[test]
    fn places_in_toml() {
        let text = "[defaults]\norder = [\"email\",\n  \"sms\"]\n\n[[rules]]\nname = \"a\"\nthen.deny = [\"sms\"]\n\
                    [[rules]]\nname = \"b\"\nwhen = { topic = \"x\" }\n[rules.then]\ndeny = [\"é\", \"sms\"]\n";
        let source = Source::toml(text);
        check(&source, Place::of("defaults").key("order"), (2, 1));
        check(&source, Place::of("defaults").key("order").at(1), (3, 3));
        check(&source, Place::of("rules").at(0).key("then").key("deny"), (7, 6));
        check(&source, Place::of("rules").at(1).key("name"), (9, 1));
        check(&source, Place::of("rules").at(1).key("then").key("deny").at(1), (12, 14));
        // One name where a list may stand: the key is as near as it gets.
        check(&source, Place::of("rules").at(1).key("when").key("topic").at(0), (10, 10));
        check(&source, Place::of("rules").at(1), (8, 1));
        check(&source, Place::of("channels").at(1), (1, 1));
    }

    #[cfg(feature = "json")]
    #[test]
    fn places_in_json() {
        let source = Source::json("{\"defaults\": {\"or\\u0064er\": [\"email\", -1.5e3,\n {}, true, \"s\\\"\"]}}");
        check(&source, Place::of("defaults"), (1, 2));
        check(&source, Place::of("defaults").key("order"), (1, 15));
        check(&source, Place::of("defaults").key("order").at(1), (1, 39));
        check(&source, Place::of("defaults").key("order").at(4), (2, 12));
        check(&source, Place::of("defaults").key("order").at(5), (1, 15));
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_broken_text_has_no_places() {
        for text in ["", "{", "{\"a\"", "[1,", "\"\\", "[}", "{\"a\": ?}", "\u{e9}", "{\"\\ud800\": 1}"] {
            assert_eq!(Source::json(text).locate([&Place::of("a")]), [None], "{text}");
        }
        assert_eq!(Source::json(&"[".repeat(100_000)).locate([&Place::of("a")]), [None]);
    }
}
