//! RCS Business Messaging: texts and cards with suggestions.

use chrono::{DateTime, Utc};

use crate::content::{
    Field, Unit,
    payload::{
        Compose, Headings, Native, Support,
        document::documents,
        parts::{self, Link, Parts, Places, Reply, count},
    },
    piece::Piece,
    setting::Setting,
};

documents! {
    /// A message of an agent; the transport adds the phone and the message's id to the request.
    ///
    /// A picture makes it a card; without one it is a text, of which the heading is the first line.
    ///
    /// It is billed by the region's rule. Outside the United States a text without suggestions of at most 160 bytes of
    /// UTF-8 is basic and everything else single; there, a text with or without suggestions is billed by segments of 160
    /// bytes, and a card as rich media.
    ///
    /// ```
    /// use waypost::content::payload::Rcs;
    ///
    /// let message = r#"{"contentMessage":{"text":"Hi","suggestions":[{"reply":{"text":"Yes","postbackData":"yes"}}]}}"#;
    /// let payload: Rcs = serde_json::from_str(message)?;
    /// assert!(!payload.is_text_alone());
    /// assert_eq!(serde_json::to_string(&payload)?, message);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct Rcs {
        /// What it says.
        pub content_message: RcsContent,
        /// When it is taken back if it was not delivered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expire_time: Option<DateTime<Utc>>,
    }

    /// What a message says: a text or a card.
    #[derive(Default, Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsContent {
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub text: Option<String>,
        /// The card.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rich_card: Option<RcsRichCard>,
        /// What stands below it to touch.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub suggestions: Vec<RcsSuggestion>,
    }

    /// A card.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsRichCard {
        /// A card that stands alone.
        pub standalone_card: RcsStandaloneCard,
    }

    /// A card that stands alone.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsStandaloneCard {
        /// `VERTICAL` for words below the picture, `HORIZONTAL` for beside it.
        pub card_orientation: String,
        /// On which side the picture is, where they stand beside each other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub thumbnail_image_alignment: Option<String>,
        /// What it says.
        pub card_content: RcsCard,
    }

    /// What a card says.
    #[derive(Default, Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsCard {
        /// The title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        /// The words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub description: Option<String>,
        /// The picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub media: Option<RcsMedia>,
        /// What stands on it to touch.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub suggestions: Vec<RcsSuggestion>,
    }

    /// The picture of a card.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsMedia {
        /// `SHORT`, `MEDIUM` or `TALL`.
        pub height: String,
        /// Where it is.
        pub content_info: RcsContentInfo,
    }

    /// Where a picture is.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsContentInfo {
        /// Where it is.
        pub file_url: String,
        /// Where a smaller one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub thumbnail_url: Option<String>,
        /// Whether what is kept of it is asked for again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub force_refresh: Option<bool>,
    }

    /// Something to touch: an answer or an action.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase")]
    pub enum RcsSuggestion {
        /// An answer.
        Reply(RcsReply),
        /// An action.
        Action(RcsAction),
    }

    /// An answer.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsReply {
        /// What stands on it.
        pub text: String,
        /// What comes back.
        pub postback_data: String,
    }

    /// An action that opens an address.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsAction {
        /// What stands on it.
        pub text: String,
        /// What comes back.
        pub postback_data: String,
        /// What it opens.
        pub open_url_action: RcsOpenUrl,
    }

    /// What an action opens.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct RcsOpenUrl {
        /// The address.
        pub url: String,
    }
}

impl Rcs {
    /// Whether it is a text without anything to touch, which alone can be billed as basic.
    pub fn is_text_alone(&self) -> bool {
        self.content_message.rich_card.is_none() && self.content_message.suggestions.is_empty()
    }

    fn card(&self) -> Option<&RcsCard> {
        self.content_message.rich_card.as_ref().map(|card| &card.standalone_card.card_content)
    }
}

impl From<Link<'_>> for RcsSuggestion {
    fn from(link: Link<'_>) -> Self {
        let url = link.url.to_owned();
        let open_url_action = RcsOpenUrl { url: url.clone() };
        Self::Action(RcsAction { text: link.label.to_owned(), postback_data: url, open_url_action })
    }
}

impl From<Reply<'_>> for RcsSuggestion {
    fn from(reply: Reply<'_>) -> Self {
        Self::Reply(RcsReply { text: reply.label.to_owned(), postback_data: reply.text.to_owned() })
    }
}

impl RcsSuggestion {
    fn words(&self) -> (&str, &str) {
        match self {
            Self::Reply(reply) => (&reply.text, &reply.postback_data),
            Self::Action(action) => (&action.text, &action.postback_data),
        }
    }
}

/// A heading stands on a card, and only a picture makes one.
fn places(pieces: &[Piece<'_>]) -> Places {
    let headings = parts::found(pieces).pictures.min(1);
    Places { headings, links: usize::MAX, replies: usize::MAX, pictures: 1 }
}

impl Compose for Rcs {
    const NATIVE: Native = Native {
        headings: Headings::First,
        lists: false,
        links: Support::IfCapable,
        replies: Support::IfCapable,
        media: Support::IfCapable,
        one_picture: true,
        sheds: false,
    };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let parts = Parts::of(pieces, &places(pieces));
        let replies = parts.replies.iter().copied().map(RcsSuggestion::from);
        let suggestions = replies.chain(parts.links.iter().copied().map(RcsSuggestion::from)).collect();
        let content_message = match parts.picture {
            Some(picture) => {
                let file_url = picture.url.to_owned();
                let content_info = RcsContentInfo { file_url, thumbnail_url: None, force_refresh: None };
                let card_content = RcsCard {
                    title: parts.headings.first().map(|&title| title.to_owned()),
                    description: (!parts.body.is_empty()).then_some(parts.body),
                    media: Some(RcsMedia { height: "MEDIUM".to_owned(), content_info }),
                    suggestions,
                };
                let card_orientation = "VERTICAL".to_owned();
                let standalone_card =
                    RcsStandaloneCard { card_orientation, thumbnail_image_alignment: None, card_content };
                RcsContent { rich_card: Some(RcsRichCard { standalone_card }), ..RcsContent::default() }
            }
            None => RcsContent { text: Some(parts.body), suggestions, ..RcsContent::default() },
        };
        Self { content_message, expire_time: setting.expires }
    }

    fn lines(pieces: &[Piece<'_>]) -> Vec<u16> {
        Parts::of(pieces, &places(pieces)).lines
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        let card = self.card();
        if let Some(card) = card {
            parts::see([(Field::Title, &card.title), (Field::Card, &card.description)], see);
        }
        parts::see([(Field::Body, &self.content_message.text)], see);
        let suggestions = card.map_or(&self.content_message.suggestions, |card| &card.suggestions);
        for (text, postback) in suggestions.iter().map(RcsSuggestion::words) {
            see(Field::Button, text);
            see(Field::Postback, postback);
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        match (field, unit) {
            (Field::Card, Unit::Items) => Some(count(self.card().map_or(0, |card| card.suggestions.len()))),
            (Field::Button, Unit::Items) => Some(count(self.content_message.suggestions.len())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Rcs);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Rcs>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "contentMessage": {
                "richCard": {
                  "standaloneCard": {
                    "cardOrientation": "VERTICAL",
                    "cardContent": {
                      "title": "Your parcel",
                      "description": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
                      "media": {
                        "height": "MEDIUM",
                        "contentInfo": {
                          "fileUrl": "https://shop.example/p.jpg"
                        }
                      },
                      "suggestions": [
                        {
                          "reply": {
                            "text": "Later",
                            "postbackData": "LATER"
                          }
                        },
                        {
                          "action": {
                            "text": "Track",
                            "postbackData": "https://shop.example/t/4711?a=1&b=2",
                            "openUrlAction": {
                              "url": "https://shop.example/t/4711?a=1&b=2"
                            }
                          }
                        }
                      ]
                    }
                  }
                }
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
              "contentMessage": {
                "text": "Hi\na & b"
              }
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let content = Content::default();
        let setting = samples::setting(&content);
        let card = Rcs::compose(&samples::sample(), &setting);
        samples::measures(
            &card,
            &[
                (Field::Title, Unit::CodePoints, 11),
                (Field::Card, Unit::Items, 2),
                (Field::Button, Unit::Items, 0),
                (Field::Button, Unit::CodePoints, 5),
                (Field::Postback, Unit::Bytes, 35),
            ],
        );
        let text = Rcs::compose(&[samples::text("é"), samples::reply("Yes", "y")], &setting);
        samples::measures(&text, &[(Field::Body, Unit::Bytes, 2), (Field::Button, Unit::Items, 1)]);
        assert!(!text.is_text_alone() && !card.is_text_alone());
        assert!(Rcs::compose(&[samples::text("é")], &setting).is_text_alone());
    }
}
