//! A letter: the message at length, for paper.

use serde::{Deserialize, Serialize};

use crate::content::{
    Field, boundaries,
    payload::{Compose, Headings, Native, Support, plain},
    piece::{Leads, Piece, Shape},
    setting::Setting,
};

/// A letter's words; how they are set is the printer's.
///
/// The first heading is its title, further ones are paragraphs. Of a button that leads to an address the label stands in
/// the text with a number, and the address in a note of that number. A code is set in groups that are easy to copy, and
/// what law asks for comes last.
///
/// ```
/// use waypost::{Capability, ChannelDescriptor, ChannelKind, Content, Purpose, content::{self, Block, FitContext}};
///
/// let content = Content::of_blocks([
///     Block::heading("Your new card"),
///     Block::legal("Issued by Example Bank"),
///     Block::text("To switch it on, type this code."),
///     Block::code("48151623"),
///     Block::link("How it is done", "https://example.com/card"),
/// ]);
/// let post = ChannelDescriptor::new("post".parse()?, ChannelKind::POSTAL).can(Capability::LongForm);
/// let fitted = content::fit(&content, &post, &FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Service))?;
/// let content::Payload::Print(letter) = fitted.into_payload() else { panic!("a letter") };
/// assert_eq!(letter.to_text(), "Your new card\n\nTo switch it on, type this code.\n\n4815 1623\n\nHow it is done [1]\n\n\
///     [1] https://example.com/card\n\nIssued by Example Bank\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Letter {
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The paragraphs, with an empty line between two.
    pub body: String,
    /// The addresses of the notes, numbered from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What law or a contract asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal: Vec<String>,
}

impl Letter {
    /// The whole letter as text: title, paragraphs, notes and what law asks for.
    pub fn to_text(&self) -> String {
        let notes: Vec<_> = (1..).zip(&self.notes).map(|(number, note)| format!("[{number}] {note}")).collect();
        let notes = notes.join("\n");
        let parts = [self.title.as_deref().unwrap_or_default(), &self.body, &notes];
        let mut text = String::new();
        for part in parts.into_iter().chain(self.legal.iter().map(String::as_str)).filter(|part| !part.is_empty()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(part);
            text.push('\n');
        }
        text
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} bytes, {} notes)", self.body.len(), self.notes.len())
    }
}

impl Compose for Letter {
    const NATIVE: Native = Native { headings: Headings::First, lists: true, links: Support::Always, ..Native::TEXT };

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        let mut letter = Self::default();
        for piece in pieces {
            match &piece.shape {
                Shape::Heading(words) if letter.title.is_none() => letter.title = Some(words.as_str().to_owned()),
                Shape::Legal(words) => letter.legal.push(words.as_str().to_owned()),
                Shape::Code(words) => letter.paragraph().push_str(&grouped(words.as_str())),
                Shape::Action(button) => match &button.leads {
                    Leads::To(url) if !button.label.as_str().is_empty() && button.label.text != *url => {
                        letter.notes.push(url.clone().into_owned());
                        let line = format!("{} [{}]", button.label.as_str(), letter.notes.len());
                        letter.paragraph().push_str(&line);
                    }
                    _ => plain::push(letter.paragraph(), piece),
                },
                _ => plain::push(letter.paragraph(), piece),
            }
        }
        letter
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        if let Some(title) = &self.title {
            see(Field::Title, title);
        }
        see(Field::Body, &self.body);
        self.notes.iter().chain(&self.legal).for_each(|line| see(Field::Footer, line));
    }
}

impl Letter {
    /// The body, after an empty line.
    fn paragraph(&mut self) -> &mut String {
        if !self.body.is_empty() {
            self.body.push_str("\n\n");
        }
        &mut self.body
    }
}

/// A code in groups of three or four, unless its author grouped it or it is short.
fn grouped(code: &str) -> String {
    let characters: Vec<_> = boundaries::clusters(code).collect();
    let is_whole = code.chars().all(char::is_alphanumeric);
    if !is_whole || characters.len() <= 4 {
        return code.to_owned();
    }
    let size = if characters.len() % 3 == 0 && characters.len() % 4 != 0 { 3 } else { 4 };
    let groups: Vec<String> = characters.chunks(size).map(<[&str]>::concat).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Content, payload::samples};

    #[test]
    fn a_letter_ends_with_what_law_asks_for() {
        let pieces = samples::flattened(|shape| match shape {
            Shape::Action(button) => matches!(button.leads, Leads::To(_)),
            shape => !matches!(shape, Shape::Media { .. }),
        });
        let expected = expect_test::expect![[r#"
            {
              "title": "Your parcel",
              "body": "It is on its way & arrives <today>.\n\n- 2 cups\n- 1 *pot*\n\nA parcel\n\n4711\n\nTrack [1]\n\nLater: LATER",
              "notes": [
                "https://shop.example/t/4711?a=1&b=2"
              ],
              "legal": [
                "Reply STOP to opt out"
              ]
            }"#]];
        samples::check::<Letter>(&pieces, &samples::setting(&Content::default()), &expected);
    }

    #[test]
    fn codes_are_set_to_be_copied() {
        for (code, set) in [
            ("4711", "4711"),
            ("481516", "481 516"),
            ("48151623", "4815 1623"),
            ("4815162", "4815 162"),
            ("A1B2C3D4E", "A1B 2C3 D4E"),
            ("481-516", "481-516"),
            ("", ""),
        ] {
            assert_eq!(grouped(code), set);
        }
    }
}
