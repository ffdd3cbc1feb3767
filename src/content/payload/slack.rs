//! Slack: blocks, and the text that stands in for them.

use crate::content::{
    Field, Unit, measure,
    payload::{
        Compose, Headings, Native, Support,
        document::{constants, documents},
        parts::count,
        plain,
    },
    piece::{Button, Leads, Piece, Shape},
    setting::Setting,
};

constants! {
    /// The type of a button.
    SlackButtonType = "button";
}

documents! {
    /// A request to `chat.postMessage`; the transport adds `channel`.
    ///
    /// Words in `mrkdwn` have `&`, `<` and `>` escaped, so that none of them becomes a link or a mention. Stars,
    /// underscores and backticks have no escape there and mark up what stands between two of them.
    ///
    /// ```
    /// use waypost::content::payload::Slack;
    ///
    /// let request = r#"{"text":"Hi","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Hi"}}]}"#;
    /// let payload: Slack = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Slack {
        /// What a notification shows, and whoever cannot show blocks.
        pub text: String,
        /// The blocks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub blocks: Vec<SlackBlock>,
    }

    /// A block.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum SlackBlock {
        /// A heading.
        Header(SlackHeader),
        /// Words.
        Section(SlackSection),
        /// A picture.
        Image(SlackImage),
        /// Buttons.
        Actions(SlackActions),
        /// Small words.
        Context(SlackContext),
    }

    /// A heading.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackHeader {
        /// The words, plain.
        pub text: SlackText,
    }

    /// Words.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackSection {
        /// The words.
        pub text: SlackText,
    }

    /// A picture.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackImage {
        /// Where it is.
        pub image_url: String,
        /// What it shows in words.
        pub alt_text: String,
    }

    /// Buttons beside each other.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackActions {
        /// The buttons.
        pub elements: Vec<SlackButton>,
    }

    /// Small words.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackContext {
        /// The words.
        pub elements: Vec<SlackText>,
    }

    /// Words, with markup or without.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum SlackText {
        /// Without.
        PlainText(SlackPlain),
        /// With.
        Mrkdwn(SlackMrkdwn),
    }

    /// Words without markup.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackPlain {
        /// The words.
        pub text: String,
        /// Whether the names of emoji between colons become emoji.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub emoji: Option<bool>,
    }

    /// Words with markup.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackMrkdwn {
        /// The words.
        pub text: String,
        /// Whether addresses are left as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub verbatim: Option<bool>,
    }

    /// A button.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct SlackButton {
        /// That it is one.
        #[serde(rename = "type")]
        pub kind: SlackButtonType,
        /// What stands on it, plain.
        pub text: SlackText,
        /// Its name in the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub action_id: Option<String>,
        /// Where it leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub url: Option<String>,
        /// What comes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub value: Option<String>,
    }
}

/// Writes words so that Slack takes none of them for a link or a mention.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl SlackText {
    fn plain(words: &str) -> Self {
        Self::PlainText(SlackPlain { text: words.to_owned(), emoji: None })
    }

    fn mrkdwn(words: String) -> Self {
        Self::Mrkdwn(SlackMrkdwn { text: words, verbatim: None })
    }

    fn words(&self) -> &str {
        match self {
            Self::PlainText(SlackPlain { text, .. }) | Self::Mrkdwn(SlackMrkdwn { text, .. }) => text,
        }
    }
}

impl SlackButton {
    fn of(button: &Button<'_>, place: usize) -> Self {
        let (url, value) = match &button.leads {
            Leads::To(url) => (Some(url.as_ref().to_owned()), None),
            Leads::Back(text) => (None, Some(text.as_ref().to_owned())),
        };
        let action_id = Some(format!("action_{}", place.saturating_add(1)));
        let text = SlackText::plain(button.label.as_str());
        Self { kind: SlackButtonType::Only, text, action_id, url, value }
    }
}

impl SlackBlock {
    fn of(piece: &Piece<'_>) -> Self {
        let words = |piece| {
            let mut words = String::new();
            plain::push(&mut words, piece);
            words
        };
        match &piece.shape {
            Shape::Heading(heading) => Self::Header(SlackHeader { text: SlackText::plain(heading.as_str()) }),
            Shape::Media { url, alt } => {
                Self::Image(SlackImage { image_url: url.as_ref().to_owned(), alt_text: alt.as_str().to_owned() })
            }
            Shape::Legal(legal) => {
                Self::Context(SlackContext { elements: vec![SlackText::mrkdwn(escaped(legal.as_str()))] })
            }
            // A backtick inside would end the mark.
            Shape::Code(code) if !code.as_str().contains('`') => {
                Self::Section(SlackSection { text: SlackText::mrkdwn(format!("`{}`", escaped(code.as_str()))) })
            }
            _ => Self::Section(SlackSection { text: SlackText::mrkdwn(escaped(&words(piece))) }),
        }
    }
}

impl Compose for Slack {
    const NATIVE: Native = Native {
        headings: Headings::All,
        lists: false,
        links: Support::IfCapable,
        replies: Support::IfCapable,
        media: Support::IfCapable,
        one_picture: false,
        sheds: false,
    };

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        let mut blocks: Vec<SlackBlock> = Vec::with_capacity(pieces.len());
        for (place, piece) in pieces.iter().enumerate() {
            let Shape::Action(button) = &piece.shape else {
                blocks.push(SlackBlock::of(piece));
                continue;
            };
            let button = SlackButton::of(button, place);
            match blocks.last_mut() {
                Some(SlackBlock::Actions(actions)) => actions.elements.push(button),
                _ => blocks.push(SlackBlock::Actions(SlackActions { elements: vec![button] })),
            }
        }
        Self { text: escaped(&plain::joined(pieces, "\n")), blocks }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::PlainText, &self.text);
        for block in &self.blocks {
            match block {
                SlackBlock::Header(header) => see(Field::Title, header.text.words()),
                SlackBlock::Section(section) => see(Field::Block, section.text.words()),
                SlackBlock::Image(_) => {}
                SlackBlock::Actions(actions) => {
                    for button in &actions.elements {
                        see(Field::Button, button.text.words());
                        if let Some(value) = &button.value {
                            see(Field::Postback, value);
                        }
                    }
                }
                SlackBlock::Context(context) => {
                    for words in &context.elements {
                        see(Field::Footer, words.words());
                    }
                }
            }
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        match (field, unit) {
            (Field::Block, Unit::Items) => Some(count(self.blocks.len())),
            (Field::Button, Unit::Items) => {
                let buttons = |block: &SlackBlock| match block {
                    SlackBlock::Actions(actions) => actions.elements.len(),
                    _ => 0,
                };
                Some(count(self.blocks.iter().map(buttons).max().unwrap_or(0)))
            }
            // What all blocks say together, for which there is a limit beside that of each.
            (Field::Body, _) => {
                let mut all = 0u32;
                self.fields(&mut |field, words| {
                    if matches!(field, Field::Title | Field::Block | Field::Footer) {
                        all = all.saturating_add(measure::count(words, unit));
                    }
                });
                Some(all)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Slack, super::escaped);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Slack>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "text": "Your parcel\nIt is on its way &amp; arrives &lt;today&gt;.\n- 2 cups\n- 1 *pot*\nA parcel\n4711\nTrack: https://shop.example/t/4711?a=1&amp;b=2\nLater: LATER\nReply STOP to opt out",
              "blocks": [
                {
                  "type": "header",
                  "text": {
                    "type": "plain_text",
                    "text": "Your parcel"
                  }
                },
                {
                  "type": "section",
                  "text": {
                    "type": "mrkdwn",
                    "text": "It is on its way &amp; arrives &lt;today&gt;."
                  }
                },
                {
                  "type": "section",
                  "text": {
                    "type": "mrkdwn",
                    "text": "- 2 cups\n- 1 *pot*"
                  }
                },
                {
                  "type": "image",
                  "image_url": "https://shop.example/p.jpg",
                  "alt_text": "A parcel"
                },
                {
                  "type": "section",
                  "text": {
                    "type": "mrkdwn",
                    "text": "`4711`"
                  }
                },
                {
                  "type": "actions",
                  "elements": [
                    {
                      "type": "button",
                      "text": {
                        "type": "plain_text",
                        "text": "Track"
                      },
                      "action_id": "action_6",
                      "url": "https://shop.example/t/4711?a=1&b=2"
                    },
                    {
                      "type": "button",
                      "text": {
                        "type": "plain_text",
                        "text": "Later"
                      },
                      "action_id": "action_7",
                      "value": "LATER"
                    }
                  ]
                },
                {
                  "type": "context",
                  "elements": [
                    {
                      "type": "mrkdwn",
                      "text": "Reply STOP to opt out"
                    }
                  ]
                }
              ]
            }"#]],
        );
    }

    #[test]
    fn words_only() {
        check(
            &[samples::heading("Hi"), samples::text("a & b")],
            &expect![[r#"
            {
              "text": "Hi\na &amp; b",
              "blocks": [
                {
                  "type": "header",
                  "text": {
                    "type": "plain_text",
                    "text": "Hi"
                  }
                },
                {
                  "type": "section",
                  "text": {
                    "type": "mrkdwn",
                    "text": "a &amp; b"
                  }
                }
              ]
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = Slack::compose(&samples::sample(), &samples::setting(&Content::default()));
        samples::measures(
            &payload,
            &[
                (Field::Title, Unit::CodePoints, 11),
                (Field::Block, Unit::Items, 7),
                (Field::Block, Unit::CodePoints, 45),
                (Field::Body, Unit::CodePoints, 101),
                (Field::Button, Unit::Items, 2),
                (Field::Postback, Unit::CodePoints, 5),
            ],
        );
    }
}
