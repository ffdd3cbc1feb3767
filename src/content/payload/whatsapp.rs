//! WhatsApp Cloud API: texts, pictures, buttons and approved templates.

use serde::{Deserialize, Serialize};

use crate::content::{
    Field, Template, Unit,
    payload::{
        Compose, Headings, Native, Support,
        document::{constants, documents},
        parts::{self, Parts, Places, count},
    },
    piece::{Piece, Shape},
    setting::Setting,
};

constants! {
    /// The product of Meta that is asked.
    WhatsAppProduct = "whatsapp";
    /// To one customer.
    WhatsAppRecipient = "individual";
    /// The type of a button that answers.
    WhatsAppReplyType = "reply";
}

/// What a message of WhatsApp is; the field of the same name holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhatsAppType {
    /// A text.
    Text,
    /// A picture with words under it.
    Image,
    /// A text with buttons.
    Interactive,
    /// An approved template.
    Template,
}

/// What buttons an interactive message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhatsAppButtons {
    /// Buttons that answer.
    Button,
    /// One that leads to an address.
    CtaUrl,
}

documents! {
    /// A request to `messages`; the transport adds `to`.
    ///
    /// Where there are buttons that answer, links are lines of the text, for WhatsApp has no message with both. A
    /// template is sent with its parameters in order and with nothing else.
    ///
    /// ```
    /// use waypost::content::payload::WhatsApp;
    ///
    /// let request = r#"{"messaging_product":"whatsapp","recipient_type":"individual","type":"text","text":{"body":"Hi"}}"#;
    /// let payload: WhatsApp = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[wire(deny_unknown_fields)]
    pub struct WhatsApp {
        /// The product of Meta that is asked.
        pub messaging_product: WhatsAppProduct,
        /// To one customer.
        pub recipient_type: WhatsAppRecipient,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: WhatsAppType,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub text: Option<WhatsAppText>,
        /// The picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<WhatsAppImage>,
        /// The text with buttons.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub interactive: Option<WhatsAppInteractive>,
        /// The approved template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub template: Option<WhatsAppTemplate>,
    }

    /// A text.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppText {
        /// Whether the first address in it is shown with a preview.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub preview_url: Option<bool>,
        /// The words.
        pub body: String,
    }

    /// A picture.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppImage {
        /// Where it is.
        pub link: String,
        /// The words under it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub caption: Option<String>,
    }

    /// A text with buttons.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppInteractive {
        /// What buttons it has.
        #[serde(rename = "type")]
        pub kind: WhatsAppButtons,
        /// What stands above the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub header: Option<WhatsAppHeader>,
        /// The words.
        pub body: WhatsAppWords,
        /// The words below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub footer: Option<WhatsAppWords>,
        /// The buttons.
        pub action: WhatsAppAction,
    }

    /// What stands above the words of a message with buttons: a line or a picture.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum WhatsAppHeader {
        /// A line.
        Text(WhatsAppWords),
        /// A picture.
        Image(WhatsAppHeaderImage),
    }

    /// Words.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppWords {
        /// The words.
        pub text: String,
    }

    /// A picture above the words.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppHeaderImage {
        /// The picture, without words under it.
        pub image: WhatsAppImage,
    }

    /// The buttons of a message: some that answer, or one that leads to an address.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppAction {
        /// Those that answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub buttons: Vec<WhatsAppButton>,
        /// `cta_url` for the one that leads to an address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        /// The one that leads to an address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub parameters: Option<WhatsAppLink>,
    }

    /// A button that answers.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppButton {
        /// That it answers.
        #[serde(rename = "type")]
        pub kind: WhatsAppReplyType,
        /// What it answers.
        pub reply: WhatsAppReply,
    }

    /// What a button answers.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppReply {
        /// What comes back.
        pub id: String,
        /// What stands on it.
        pub title: String,
    }

    /// A button that leads to an address.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppLink {
        /// What stands on it.
        pub display_text: String,
        /// Where it leads.
        pub url: String,
    }

    /// An approved template.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppTemplate {
        /// The name under which it was approved.
        pub name: String,
        /// The language in which it was approved.
        pub language: WhatsAppLanguage,
        /// The values, by the part of the template in which they stand.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub components: Vec<WhatsAppComponent>,
    }

    /// The language of a template.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppLanguage {
        /// Its code, such as `en_US`.
        pub code: String,
    }

    /// The values of one part of a template.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WhatsAppComponent {
        /// Which part: `body`.
        #[serde(rename = "type")]
        pub kind: String,
        /// The values, in order.
        pub parameters: Vec<WhatsAppParameter>,
    }

    /// A value of a template.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum WhatsAppParameter {
        /// Words.
        Text(WhatsAppWords),
    }
}

impl WhatsApp {
    fn of(kind: WhatsAppType) -> Self {
        Self {
            messaging_product: WhatsAppProduct::Only,
            recipient_type: WhatsAppRecipient::Only,
            kind,
            text: None,
            image: None,
            interactive: None,
            template: None,
        }
    }

    fn with_template(template: &Template, setting: &Setting<'_>) -> Self {
        let locale = setting.locale.or(setting.content.default_locale);
        let code = locale.map_or_else(|| "en".to_owned(), |locale| locale.as_str().replace('-', "_"));
        let parameters: Vec<_> = template.parameters.iter().map(|value| WhatsAppParameter::value(value)).collect();
        let body = (!parameters.is_empty()).then(|| WhatsAppComponent { kind: "body".to_owned(), parameters });
        let template = WhatsAppTemplate {
            name: template.name.as_str().to_owned(),
            language: WhatsAppLanguage { code },
            components: body.into_iter().collect(),
        };
        Self { template: Some(template), ..Self::of(WhatsAppType::Template) }
    }

    fn with_buttons(parts: Parts<'_>) -> Self {
        let picture = parts.picture.map(|picture| {
            let image = WhatsAppImage { link: picture.url.to_owned(), caption: None };
            WhatsAppHeader::Image(WhatsAppHeaderImage { image })
        });
        let heading = parts.headings.first().map(|&heading| WhatsAppWords { text: heading.to_owned() });
        let mut action = WhatsAppAction::default();
        let first = parts.links.first().map(|link| link.label);
        for reply in &parts.replies {
            let reply = WhatsAppReply { id: reply.text.to_owned(), title: reply.label.to_owned() };
            action.buttons.push(WhatsAppButton { kind: WhatsAppReplyType::Only, reply });
        }
        if let Some(link) = parts.links.first() {
            action.name = Some("cta_url".to_owned());
            action.parameters = Some(WhatsAppLink { display_text: link.label.to_owned(), url: link.url.to_owned() });
        }
        // Words are asked for: a heading without any stands there itself, and a button alone says what is on it.
        let (heading, body) = match (heading, parts.body.is_empty()) {
            (Some(heading), true) => (None, heading.text),
            (heading, false) => (heading, parts.body),
            (None, true) => {
                let label = first.or(parts.replies.first().map(|reply| reply.label));
                (None, parts.picture.map(|picture| picture.alt).or(label).unwrap_or_default().to_owned())
            }
        };
        let interactive = WhatsAppInteractive {
            kind: if parts.replies.is_empty() { WhatsAppButtons::CtaUrl } else { WhatsAppButtons::Button },
            header: picture.or(heading.map(WhatsAppHeader::Text)),
            body: WhatsAppWords { text: body },
            footer: None,
            action,
        };
        Self { interactive: Some(interactive), ..Self::of(WhatsAppType::Interactive) }
    }
}

impl WhatsAppParameter {
    /// A value on one line: a template refuses line breaks, tabs and runs of spaces.
    fn value(value: &str) -> Self {
        Self::Text(WhatsAppWords { text: value.split_whitespace().collect::<Vec<_>>().join(" ") })
    }
}

/// A heading stands above buttons that have no picture there, and a link has a button where none answers.
fn places(pieces: &[Piece<'_>]) -> Places {
    let found = parts::found(pieces);
    let has_buttons = found.links + found.replies > 0;
    Places {
        headings: usize::from(has_buttons && found.pictures == 0),
        links: usize::from(found.replies == 0),
        replies: usize::MAX,
        pictures: 1,
    }
}

impl Compose for WhatsApp {
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
        if let Some(template) = setting.template {
            return Self::with_template(template, setting);
        }
        let parts = Parts::of(pieces, &places(pieces));
        if !parts.links.is_empty() || !parts.replies.is_empty() {
            return Self::with_buttons(parts);
        }
        match parts.picture {
            Some(picture) => {
                let caption = (!parts.body.is_empty()).then_some(parts.body);
                let image = WhatsAppImage { link: picture.url.to_owned(), caption };
                Self { image: Some(image), ..Self::of(WhatsAppType::Image) }
            }
            None => {
                let text = WhatsAppText { preview_url: None, body: parts.body };
                Self { text: Some(text), ..Self::of(WhatsAppType::Text) }
            }
        }
    }

    fn lines(pieces: &[Piece<'_>]) -> Vec<u16> {
        let Parts { mut lines, body, .. } = Parts::of(pieces, &places(pieces));
        // A heading without any words below it stands in their place.
        let is_heading = |piece: &&Piece<'_>| matches!(piece.shape, Shape::Heading(_));
        lines.extend(pieces.iter().filter(|piece| body.is_empty() && is_heading(piece)).map(|piece| piece.block));
        lines
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        if let Some(text) = &self.text {
            see(Field::Body, &text.body);
        }
        if let Some(image) = &self.image {
            parts::see([(Field::Caption, &image.caption)], see);
        }
        if let Some(message) = &self.interactive {
            if let Some(WhatsAppHeader::Text(header)) = &message.header {
                see(Field::Header, &header.text);
            }
            see(Field::Card, &message.body.text);
            if let Some(footer) = &message.footer {
                see(Field::Footer, &footer.text);
            }
            for button in &message.action.buttons {
                see(Field::Button, &button.reply.title);
                see(Field::Postback, &button.reply.id);
            }
            if let Some(link) = &message.action.parameters {
                see(Field::Button, &link.display_text);
            }
        }
        for component in self.template.iter().flat_map(|template| &template.components) {
            for WhatsAppParameter::Text(value) in &component.parameters {
                see(Field::Parameter, &value.text);
            }
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        let buttons = || {
            let action = self.interactive.as_ref().map(|message| &message.action);
            action.map_or(0, |action| action.buttons.len() + usize::from(action.parameters.is_some()))
        };
        (field == Field::Button && unit == Unit::Items).then(|| count(buttons()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(WhatsApp);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<WhatsApp>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "messaging_product": "whatsapp",
              "recipient_type": "individual",
              "type": "interactive",
              "interactive": {
                "type": "button",
                "header": {
                  "type": "image",
                  "image": {
                    "link": "https://shop.example/p.jpg"
                  }
                },
                "body": {
                  "text": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nTrack: https://shop.example/t/4711?a=1&b=2\nReply STOP to opt out"
                },
                "action": {
                  "buttons": [
                    {
                      "type": "reply",
                      "reply": {
                        "id": "LATER",
                        "title": "Later"
                      }
                    }
                  ]
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
              "messaging_product": "whatsapp",
              "recipient_type": "individual",
              "type": "text",
              "text": {
                "body": "Hi\na & b"
              }
            }"#]],
        );
    }

    #[test]
    fn a_link_is_a_button_where_nothing_answers() {
        let link = |label, url| samples::link(label, url);
        let pieces = [samples::heading("Hi"), samples::text("There"), link("Go", "https://a"), link("Or", "https://b")];
        check(
            &pieces,
            &expect![[r#"
            {
              "messaging_product": "whatsapp",
              "recipient_type": "individual",
              "type": "interactive",
              "interactive": {
                "type": "cta_url",
                "header": {
                  "type": "text",
                  "text": "Hi"
                },
                "body": {
                  "text": "There\nOr: https://b"
                },
                "action": {
                  "name": "cta_url",
                  "parameters": {
                    "display_text": "Go",
                    "url": "https://a"
                  }
                }
              }
            }"#]],
        );
    }

    #[test]
    fn a_picture_has_its_words_below() {
        check(
            &[samples::media("https://a/b.png", "A cat"), samples::text("Ours")],
            &expect![[r#"
            {
              "messaging_product": "whatsapp",
              "recipient_type": "individual",
              "type": "image",
              "image": {
                "link": "https://a/b.png",
                "caption": "Ours"
              }
            }"#]],
        );
    }

    #[test]
    fn a_button_alone_says_what_is_on_it() {
        let payload = WhatsApp::compose(&[samples::link("Go", "https://a")], &samples::setting(&Content::default()));
        samples::measures(&payload, &[(Field::Card, Unit::CodePoints, 2), (Field::Button, Unit::Items, 1)]);
    }

    #[test]
    fn a_template_is_its_parameters_in_order() {
        let parameters = vec!["Ana".to_owned(), "a\n\tb     c".to_owned()];
        let template = Template { name: crate::id::Code::literal("order_sent"), parameters };
        let content = Content::default();
        let setting = Setting { template: Some(&template), ..samples::setting(&content) };
        samples::check::<WhatsApp>(
            &[],
            &setting,
            &expect![[r#"
            {
              "messaging_product": "whatsapp",
              "recipient_type": "individual",
              "type": "template",
              "template": {
                "name": "order_sent",
                "language": {
                  "code": "es_MX"
                },
                "components": [
                  {
                    "type": "body",
                    "parameters": [
                      {
                        "type": "text",
                        "text": "Ana"
                      },
                      {
                        "type": "text",
                        "text": "a b c"
                      }
                    ]
                  }
                ]
              }
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = WhatsApp::compose(&samples::sample(), &samples::setting(&Content::default()));
        samples::measures(
            &payload,
            &[
                (Field::Button, Unit::Items, 1),
                (Field::Button, Unit::CodePoints, 5),
                (Field::Postback, Unit::CodePoints, 5),
                (Field::Body, Unit::Items, 0),
                (Field::Card, Unit::Lines, 7),
            ],
        );
    }
}
