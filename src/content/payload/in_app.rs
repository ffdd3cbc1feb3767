//! Our own screens: the app's message centre, live chat and chatbots.

use chrono::{DateTime, Utc};

use crate::{
    content::{
        Field, Unit,
        payload::{
            Compose, Headings, Native, Support,
            document::documents,
            parts::{self, Parts, Places, count},
        },
        piece::Piece,
        setting::Setting,
    },
    purpose::Urgency,
};

documents! {
    /// A message in the app's own message centre. No provider says how it looks: this is the crate's own document.
    ///
    /// ```
    /// use waypost::content::payload::InApp;
    ///
    /// let document = r#"{"title":"Hi","body":"There you are","actions":[{"label":"Open","url":"app://home"}]}"#;
    /// let payload: InApp = serde_json::from_str(document)?;
    /// assert_eq!(serde_json::to_string(&payload)?, document);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct InApp {
        /// The title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        /// What it says, a line to a block.
        pub body: String,
        /// The picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<InAppImage>,
        /// The buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub actions: Vec<InAppAction>,
        /// The language of the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lang: Option<String>,
        /// How pressing it is, where it is not as usual.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub urgency: Option<Urgency>,
        /// When it is taken away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires: Option<DateTime<Utc>>,
    }

    /// A message in a chat, from a person or a bot. No provider says how it looks: this is the crate's own document.
    ///
    /// ```
    /// use waypost::content::payload::Chat;
    ///
    /// let document = r#"{"text":"There you are","actions":[{"label":"Later","reply":"later"}]}"#;
    /// let payload: Chat = serde_json::from_str(document)?;
    /// assert_eq!(serde_json::to_string(&payload)?, document);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Chat {
        /// What it says, a line to a block.
        pub text: String,
        /// The picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<InAppImage>,
        /// The buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub actions: Vec<InAppAction>,
        /// The language of the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lang: Option<String>,
    }

    /// A picture.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct InAppImage {
        /// Where it is.
        pub url: String,
        /// What it shows in words.
        pub alt: String,
    }

    /// A button: one of `url` and `reply` says what it does.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct InAppAction {
        /// What stands on it.
        pub label: String,
        /// Where it leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub url: Option<String>,
        /// What it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply: Option<String>,
    }
}

impl InAppImage {
    fn of(parts: &Parts<'_>) -> Option<Self> {
        parts.picture.map(|picture| Self { url: picture.url.to_owned(), alt: picture.alt.to_owned() })
    }
}

impl InAppAction {
    fn all(parts: &Parts<'_>) -> Vec<Self> {
        let links = parts.links.iter().map(|link| (link.label, Some(link.url), None));
        let replies = parts.replies.iter().map(|reply| (reply.label, None, Some(reply.text)));
        let action = |(label, url, reply): (&str, Option<&str>, Option<&str>)| Self {
            label: label.to_owned(),
            url: url.map(str::to_owned),
            reply: reply.map(str::to_owned),
        };
        links.chain(replies).map(action).collect()
    }

    fn see(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Button, &self.label);
        parts::see([(Field::Postback, &self.reply)], see);
    }
}

fn places(headings: usize) -> Places {
    Places { headings, links: usize::MAX, replies: usize::MAX, pictures: 1 }
}

fn lang(setting: &Setting<'_>) -> Option<String> {
    setting.locale.map(|locale| locale.as_str().to_owned())
}

impl Compose for InApp {
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
        let parts = Parts::of(pieces, &places(1));
        Self {
            title: parts.headings.first().map(|&title| title.to_owned()),
            image: InAppImage::of(&parts),
            actions: InAppAction::all(&parts),
            body: parts.body,
            lang: lang(setting),
            urgency: (setting.urgency != Urgency::Normal).then_some(setting.urgency),
            expires: setting.expires,
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        parts::see([(Field::Title, &self.title)], see);
        see(Field::Body, &self.body);
        self.actions.iter().for_each(|action| action.see(see));
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        (field == Field::Button && unit == Unit::Items).then(|| count(self.actions.len()))
    }
}

impl Compose for Chat {
    const NATIVE: Native = Native { headings: Headings::None, ..InApp::NATIVE };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let parts = Parts::of(pieces, &places(0));
        Self { image: InAppImage::of(&parts), actions: InAppAction::all(&parts), text: parts.body, lang: lang(setting) }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Body, &self.text);
        self.actions.iter().for_each(|action| action.see(see));
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        (field == Field::Button && unit == Unit::Items).then(|| count(self.actions.len()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(InApp);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<InApp>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "title": "Your parcel",
              "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
              "image": {
                "url": "https://shop.example/p.jpg",
                "alt": "A parcel"
              },
              "actions": [
                {
                  "label": "Track",
                  "url": "https://shop.example/t/4711?a=1&b=2"
                },
                {
                  "label": "Later",
                  "reply": "LATER"
                }
              ],
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn words_only() {
        check(
            &[samples::heading("Hi"), samples::text("a & b")],
            &expect![[r#"
            {
              "title": "Hi",
              "body": "a & b",
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn chat() {
        samples::check::<Chat>(
            &samples::sample(),
            &samples::setting(&Content::default()),
            &expect![[r#"
            {
              "text": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
              "image": {
                "url": "https://shop.example/p.jpg",
                "alt": "A parcel"
              },
              "actions": [
                {
                  "label": "Track",
                  "url": "https://shop.example/t/4711?a=1&b=2"
                },
                {
                  "label": "Later",
                  "reply": "LATER"
                }
              ],
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = InApp::compose(&samples::sample(), &samples::setting(&Content::default()));
        samples::measures(
            &payload,
            &[
                (Field::Title, Unit::CodePoints, 11),
                (Field::Body, Unit::Lines, 5),
                (Field::Button, Unit::Items, 2),
                (Field::Postback, Unit::CodePoints, 5),
            ],
        );
    }
}
