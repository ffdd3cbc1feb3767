//! Telegram Bot API: texts and pictures with entities and a keyboard below.

use serde::{Deserialize, Serialize};

use crate::{
    content::{
        Field, Unit,
        payload::{
            Compose, Headings, Native, Support,
            document::documents,
            parts::{self, count},
            plain,
        },
        piece::{Button, Leads, Piece, Shape},
        setting::Setting,
    },
    purpose::Urgency,
};

documents! {
    /// The parameters of `sendMessage` or `sendPhoto`; the transport adds `chat_id`.
    ///
    /// What is bold or typed is said by entities beside the text and not by signs in it, so that nothing in the words has
    /// to be escaped.
    ///
    /// ```
    /// use waypost::content::payload::Telegram;
    ///
    /// let parameters = r#"{"text":"Hi","entities":[{"type":"bold","offset":0,"length":2}]}"#;
    /// let payload: Telegram = serde_json::from_str(parameters)?;
    /// assert_eq!(payload.method(), "sendMessage");
    /// assert_eq!(serde_json::to_string(&payload)?, parameters);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(untagged)]
    pub enum Telegram {
        /// A picture with words under it.
        Photo(TelegramPhoto),
        /// A text.
        Text(TelegramText),
    }

    /// The parameters of `sendPhoto`.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TelegramPhoto {
        /// Where the picture is.
        pub photo: String,
        /// The words under it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub caption: Option<String>,
        /// What is bold or typed in them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub caption_entities: Vec<TelegramEntity>,
        /// Whether it comes without a sound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disable_notification: Option<bool>,
        /// The buttons below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_markup: Option<TelegramKeyboard>,
    }

    /// The parameters of `sendMessage`.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TelegramText {
        /// The words.
        pub text: String,
        /// What is bold or typed in them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub entities: Vec<TelegramEntity>,
        /// Whether it comes without a sound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disable_notification: Option<bool>,
        /// The buttons below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_markup: Option<TelegramKeyboard>,
    }

    /// A stretch of the words that is not as the rest.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TelegramEntity {
        /// How it is written.
        #[serde(rename = "type")]
        pub kind: TelegramStyle,
        /// Where it begins, in UTF-16 units.
        pub offset: u32,
        /// How long it is, in UTF-16 units.
        pub length: u32,
    }

    /// Buttons below a message.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TelegramKeyboard {
        /// The rows of buttons.
        pub inline_keyboard: Vec<Vec<TelegramButton>>,
    }

    /// A button: one of `url` and `callback_data` says what it does.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct TelegramButton {
        /// What stands on it.
        pub text: String,
        /// Where it leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub url: Option<String>,
        /// What comes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub callback_data: Option<String>,
    }
}

/// How a stretch of words is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TelegramStyle {
    /// Heavy.
    Bold,
    /// As typed; a touch copies it.
    Code,
}

impl Telegram {
    /// The method that takes these parameters.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Photo(_) => "sendPhoto",
            Self::Text(_) => "sendMessage",
        }
    }

    fn buttons(&self) -> impl Iterator<Item = &TelegramButton> {
        let (Self::Photo(TelegramPhoto { reply_markup, .. }) | Self::Text(TelegramText { reply_markup, .. })) = self;
        reply_markup.iter().flat_map(|keyboard| &keyboard.inline_keyboard).flatten()
    }
}

/// Words with their length in UTF-16 units, kept so that no offset is counted twice.
#[derive(Default)]
struct Styled {
    text: String,
    units: usize,
    entities: Vec<TelegramEntity>,
}

impl Styled {
    fn line(&mut self, piece: &Piece<'_>) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.units += 1;
        }
        let (from, offset) = (self.text.len(), self.units);
        plain::push(&mut self.text, piece);
        let length = self.text[from..].encode_utf16().count();
        self.units += length;
        let style = match piece.shape {
            Shape::Heading(_) => TelegramStyle::Bold,
            Shape::Code(_) => TelegramStyle::Code,
            _ => return,
        };
        if length > 0 {
            self.entities.push(TelegramEntity { kind: style, offset: count(offset), length: count(length) });
        }
    }
}

impl TelegramButton {
    fn of(button: &Button<'_>) -> Self {
        let (url, callback_data) = match &button.leads {
            Leads::To(url) => (Some(url.as_ref().to_owned()), None),
            Leads::Back(text) => (None, Some(text.as_ref().to_owned())),
        };
        Self { text: button.label.as_str().to_owned(), url, callback_data }
    }
}

impl Compose for Telegram {
    const NATIVE: Native = Native {
        headings: Headings::All,
        lists: false,
        links: Support::IfCapable,
        replies: Support::IfCapable,
        media: Support::IfCapable,
        one_picture: true,
        sheds: false,
    };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let (mut words, mut rows, mut photo) = (Styled::default(), Vec::new(), None);
        for piece in pieces {
            match &piece.shape {
                Shape::Action(button) => rows.push(vec![TelegramButton::of(button)]),
                Shape::Media { url, .. } if photo.is_none() => photo = Some(url.as_ref().to_owned()),
                _ => words.line(piece),
            }
        }
        let reply_markup = (!rows.is_empty()).then_some(TelegramKeyboard { inline_keyboard: rows });
        let disable_notification = (setting.urgency.level() < Urgency::Normal.level()).then_some(true);
        match photo {
            Some(photo) => Self::Photo(TelegramPhoto {
                photo,
                caption: (!words.text.is_empty()).then_some(words.text),
                caption_entities: words.entities,
                disable_notification,
                reply_markup,
            }),
            None => Self::Text(TelegramText {
                text: words.text,
                entities: words.entities,
                disable_notification,
                reply_markup,
            }),
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        match self {
            Self::Photo(photo) => parts::see([(Field::Caption, &photo.caption)], see),
            Self::Text(text) => see(Field::Body, &text.text),
        }
        for button in self.buttons() {
            see(Field::Button, &button.text);
            parts::see([(Field::Postback, &button.callback_data)], see);
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        (field == Field::Button && unit == Unit::Items).then(|| count(self.buttons().count()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Telegram);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Telegram>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "photo": "https://shop.example/p.jpg",
              "caption": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
              "caption_entities": [
                {
                  "type": "bold",
                  "offset": 0,
                  "length": 11
                },
                {
                  "type": "code",
                  "offset": 67,
                  "length": 4
                }
              ],
              "reply_markup": {
                "inline_keyboard": [
                  [
                    {
                      "text": "Track",
                      "url": "https://shop.example/t/4711?a=1&b=2"
                    }
                  ],
                  [
                    {
                      "text": "Later",
                      "callback_data": "LATER"
                    }
                  ]
                ]
              }
            }"#]],
        );
    }

    #[test]
    fn words_only() {
        check(
            &[samples::heading("Hi"), samples::text("a & b")],
            &expect![[r#"
            {
              "text": "Hi\na & b",
              "entities": [
                {
                  "type": "bold",
                  "offset": 0,
                  "length": 2
                }
              ]
            }"#]],
        );
    }

    #[test]
    fn entities_are_counted_in_utf16() {
        check(
            &[samples::text("😀"), samples::heading("Ana 😀"), samples::piece(Shape::Code("4711".into()))],
            &expect![[r#"
                {
                  "text": "😀\nAna 😀\n4711",
                  "entities": [
                    {
                      "type": "bold",
                      "offset": 3,
                      "length": 6
                    },
                    {
                      "type": "code",
                      "offset": 10,
                      "length": 4
                    }
                  ]
                }"#]],
        );
    }

    #[test]
    fn fields() {
        let content = Content::default();
        let setting = Setting { urgency: Urgency::Low, ..samples::setting(&content) };
        let text = Telegram::compose(&[samples::text("😀"), samples::reply("Yes", "é")], &setting);
        samples::measures(
            &text,
            &[
                (Field::Body, Unit::Utf16Units, 2),
                (Field::Caption, Unit::Items, 0),
                (Field::Postback, Unit::Bytes, 2),
                (Field::Button, Unit::Items, 1),
            ],
        );
        assert_eq!(text.method(), "sendMessage");
        let photo = Telegram::compose(&samples::sample(), &setting);
        samples::measures(&photo, &[(Field::Body, Unit::Items, 0), (Field::Caption, Unit::Items, 1)]);
        assert_eq!(photo.method(), "sendPhoto");
    }
}
