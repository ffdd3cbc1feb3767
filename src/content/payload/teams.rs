//! Microsoft Teams: a message with an Adaptive Card.

use crate::content::{
    Field, Unit,
    measure::json,
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
    /// The type of an activity that is a message.
    TeamsMessageType = "message";
    /// The type of an attachment that is an Adaptive Card.
    TeamsCardContent = "application/vnd.microsoft.card.adaptive";
    /// The type of a card.
    TeamsCardType = "AdaptiveCard";
    /// The schema of a card.
    TeamsSchema = "http://adaptivecards.io/schemas/adaptive-card.json";
    /// The version of a card.
    TeamsVersion = "1.4";
    /// An answer that is written into the conversation.
    TeamsImBackType = "imBack";
}

documents! {
    /// A message with a card, as a bot or a workflow posts it.
    ///
    /// Words on a card are Markdown; stars, underscores, brackets, backticks and backslashes in them are escaped.
    ///
    /// ```
    /// use waypost::content::payload::{Teams, teams::TeamsElement};
    ///
    /// let message = r#"{"type":"message","attachments":[{
    ///     "contentType": "application/vnd.microsoft.card.adaptive",
    ///     "content": {
    ///         "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
    ///         "body": [{"type": "TextBlock", "text": "Hi"}]
    ///     }
    /// }]}"#;
    /// let payload: Teams = serde_json::from_str(message)?;
    /// assert!(matches!(&payload.attachments[0].content.body[0], TeamsElement::TextBlock(words) if words.text == "Hi"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Teams {
        /// That it is a message.
        #[serde(rename = "type")]
        pub kind: TeamsMessageType,
        /// The card.
        pub attachments: Vec<TeamsAttachment>,
    }

    /// An attachment that is a card.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct TeamsAttachment {
        /// That it is a card.
        pub content_type: TeamsCardContent,
        /// The card.
        pub content: TeamsCard,
    }

    /// A card.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct TeamsCard {
        /// The schema.
        #[serde(rename = "$schema")]
        pub schema: TeamsSchema,
        /// That it is a card.
        #[serde(rename = "type")]
        pub kind: TeamsCardType,
        /// The version.
        pub version: TeamsVersion,
        /// What is shown where the card cannot be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub fallback_text: Option<String>,
        /// What is read out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub speak: Option<String>,
        /// What it says.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub body: Vec<TeamsElement>,
        /// The buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub actions: Vec<TeamsAction>,
    }

    /// Words or a picture.
    #[derive(Eq)]
    #[wire(tag = "type")]
    pub enum TeamsElement {
        /// Words.
        TextBlock(TeamsText),
        /// A picture.
        Image(TeamsImage),
    }

    /// Words.
    #[derive(Default, Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct TeamsText {
        /// The words, in Markdown.
        pub text: String,
        /// Whether they go on in the next line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub wrap: Option<bool>,
        /// `Small`, `Default`, `Medium`, `Large` or `ExtraLarge`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub size: Option<String>,
        /// `Lighter`, `Default` or `Bolder`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub weight: Option<String>,
        /// `Default` or `Monospace`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub font_type: Option<String>,
        /// Whether they stand back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub is_subtle: Option<bool>,
    }

    /// A picture.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct TeamsImage {
        /// Where it is.
        pub url: String,
        /// What it shows in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub alt_text: Option<String>,
    }

    /// A button.
    #[derive(Eq)]
    #[wire(tag = "type")]
    pub enum TeamsAction {
        /// One that leads to an address.
        #[serde(rename = "Action.OpenUrl")]
        OpenUrl(TeamsOpenUrl),
        /// One that answers.
        #[serde(rename = "Action.Submit")]
        Submit(TeamsSubmit),
    }

    /// A button that leads to an address.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TeamsOpenUrl {
        /// What stands on it.
        pub title: String,
        /// Where it leads.
        pub url: String,
    }

    /// A button that answers.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TeamsSubmit {
        /// What stands on it.
        pub title: String,
        /// What it answers.
        pub data: TeamsSubmitData,
    }

    /// What a button answers.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TeamsSubmitData {
        /// What Teams does with it.
        pub msteams: TeamsImBack,
    }

    /// An answer that is written into the conversation.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TeamsImBack {
        /// That it is one.
        #[serde(rename = "type")]
        pub kind: TeamsImBackType,
        /// What is written.
        pub value: String,
    }
}

/// Writes words so that Markdown takes none of them for its own.
///
/// An underscore inside a word marks nothing up, and with a backslash the addresses around it would not be found.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    let mut letters = words.chars().peekable();
    let mut is_after_letter = false;
    while let Some(c) = letters.next() {
        let is_inside = is_after_letter && letters.peek().is_some_and(|next| next.is_alphanumeric());
        if matches!(c, '\\' | '*' | '[' | ']' | '`') || (c == '_' && !is_inside) {
            escaped.push('\\');
        }
        escaped.push(c);
        is_after_letter = c.is_alphanumeric();
    }
    escaped
}

impl TeamsElement {
    fn of(piece: &Piece<'_>) -> Self {
        let mut words = String::new();
        let wrapped = |text: &str| TeamsText { text: escaped(text), wrap: Some(true), ..TeamsText::default() };
        Self::TextBlock(match &piece.shape {
            Shape::Media { url, alt } => {
                return Self::Image(TeamsImage {
                    url: url.as_ref().to_owned(),
                    alt_text: Some(alt.as_str().to_owned()),
                });
            }
            Shape::Heading(heading) => TeamsText {
                size: Some("Large".to_owned()),
                weight: Some("Bolder".to_owned()),
                ..wrapped(heading.as_str())
            },
            Shape::Code(code) => TeamsText { font_type: Some("Monospace".to_owned()), ..wrapped(code.as_str()) },
            Shape::Legal(legal) => {
                TeamsText { size: Some("Small".to_owned()), is_subtle: Some(true), ..wrapped(legal.as_str()) }
            }
            _ => {
                plain::push(&mut words, piece);
                wrapped(&words)
            }
        })
    }
}

impl TeamsAction {
    fn of(button: &Button<'_>) -> Self {
        let title = button.label.as_str().to_owned();
        match &button.leads {
            Leads::To(url) => Self::OpenUrl(TeamsOpenUrl { title, url: url.as_ref().to_owned() }),
            Leads::Back(text) => {
                let msteams = TeamsImBack { kind: TeamsImBackType::Only, value: text.as_ref().to_owned() };
                Self::Submit(TeamsSubmit { title, data: TeamsSubmitData { msteams } })
            }
        }
    }
}

impl Compose for Teams {
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
        let (mut body, mut actions) = (Vec::with_capacity(pieces.len()), Vec::new());
        for piece in pieces {
            match &piece.shape {
                Shape::Action(button) => actions.push(TeamsAction::of(button)),
                _ => body.push(TeamsElement::of(piece)),
            }
        }
        let content = TeamsCard {
            schema: TeamsSchema::Only,
            kind: TeamsCardType::Only,
            version: TeamsVersion::Only,
            fallback_text: Some(plain::joined(pieces, "\n")),
            speak: None,
            body,
            actions,
        };
        let attachment = TeamsAttachment { content_type: TeamsCardContent::Only, content };
        Self { kind: TeamsMessageType::Only, attachments: vec![attachment] }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        for card in self.attachments.iter().map(|attachment| &attachment.content) {
            if let Some(words) = &card.fallback_text {
                see(Field::PlainText, words);
            }
            for element in &card.body {
                if let TeamsElement::TextBlock(words) = element {
                    see(Field::Body, &words.text);
                }
            }
            for action in &card.actions {
                let (TeamsAction::OpenUrl(TeamsOpenUrl { title, .. }) | TeamsAction::Submit(TeamsSubmit { title, .. })) =
                    action;
                see(Field::Button, title);
            }
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        match (field, unit) {
            // Teams counts a message as UTF-16.
            (Field::Payload, Unit::Utf16Units) => Some(json::utf16_length(self)),
            (Field::Button, Unit::Items) => {
                Some(count(self.attachments.iter().map(|attachment| attachment.content.actions.len()).sum()))
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

    samples::property!(Teams, super::escaped);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Teams>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "type": "message",
              "attachments": [
                {
                  "contentType": "application/vnd.microsoft.card.adaptive",
                  "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "fallbackText": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\nA parcel\n4711\nTrack: https://shop.example/t/4711?a=1&b=2\nLater: LATER\nReply STOP to opt out",
                    "body": [
                      {
                        "type": "TextBlock",
                        "text": "Your parcel",
                        "wrap": true,
                        "size": "Large",
                        "weight": "Bolder"
                      },
                      {
                        "type": "TextBlock",
                        "text": "It is on its way & arrives <today>.",
                        "wrap": true
                      },
                      {
                        "type": "TextBlock",
                        "text": "- 2 cups\n- 1 \\*pot\\*",
                        "wrap": true
                      },
                      {
                        "type": "Image",
                        "url": "https://shop.example/p.jpg",
                        "altText": "A parcel"
                      },
                      {
                        "type": "TextBlock",
                        "text": "4711",
                        "wrap": true,
                        "fontType": "Monospace"
                      },
                      {
                        "type": "TextBlock",
                        "text": "Reply STOP to opt out",
                        "wrap": true,
                        "size": "Small",
                        "isSubtle": true
                      }
                    ],
                    "actions": [
                      {
                        "type": "Action.OpenUrl",
                        "title": "Track",
                        "url": "https://shop.example/t/4711?a=1&b=2"
                      },
                      {
                        "type": "Action.Submit",
                        "title": "Later",
                        "data": {
                          "msteams": {
                            "type": "imBack",
                            "value": "LATER"
                          }
                        }
                      }
                    ]
                  }
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
              "type": "message",
              "attachments": [
                {
                  "contentType": "application/vnd.microsoft.card.adaptive",
                  "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "fallbackText": "Hi\na & b",
                    "body": [
                      {
                        "type": "TextBlock",
                        "text": "Hi",
                        "wrap": true,
                        "size": "Large",
                        "weight": "Bolder"
                      },
                      {
                        "type": "TextBlock",
                        "text": "a & b",
                        "wrap": true
                      }
                    ]
                  }
                }
              ]
            }"#]],
        );
    }

    #[test]
    fn markdown_is_escaped() {
        for (words, expected) in
            [("a_b", "a_b"), ("_a_", r"\_a\_"), ("[x](y)", r"\[x\](y)"), (r"\*`", r"\\\*\`"), ("_", r"\_")]
        {
            assert_eq!(escaped(words), expected);
        }
    }

    #[test]
    fn fields() {
        let payload = Teams::compose(&samples::sample(), &samples::setting(&Content::default()));
        let length = serde_json::to_string(&payload).expect("JSON").encode_utf16().count();
        samples::measures(
            &payload,
            &[
                (Field::Body, Unit::Items, 5),
                (Field::Button, Unit::Items, 2),
                (Field::Payload, Unit::Utf16Units, length as u32),
            ],
        );
    }
}
