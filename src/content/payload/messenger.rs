//! Messenger and Instagram: texts, buttons that lead somewhere, quick replies.

use crate::content::{
    Field, Unit,
    payload::{
        Compose, Headings, Native, Support,
        document::{constants, documents},
        parts::{self, Parts, Places, count},
    },
    piece::Piece,
    setting::Setting,
};

constants! {
    /// A message that nobody asked for at this moment, inside the window or outside it by leave of Meta.
    MessengerType = "UPDATE";
    /// The type of an attachment that is laid out by a template.
    MessengerTemplateType = "template";
    /// The template of a text with buttons.
    MessengerButtonTemplate = "button";
    /// The type of a button that leads to an address.
    MessengerWebUrl = "web_url";
    /// The type of a quick reply with words.
    MessengerQuickReplyType = "text";
}

documents! {
    /// A request to Messenger's Send API; the transport adds `recipient`, and a `tag` where Meta allows one.
    ///
    /// ```
    /// use waypost::content::payload::Messenger;
    ///
    /// let request = r#"{"messaging_type":"UPDATE","message":{"text":"Hi"}}"#;
    /// let payload: Messenger = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Messenger {
        /// Why it is sent.
        pub messaging_type: MessengerType,
        /// The message.
        pub message: MessengerMessage,
    }

    /// A request to Instagram's Send API; the transport adds `recipient`.
    ///
    /// ```
    /// use waypost::content::payload::Instagram;
    ///
    /// let payload: Instagram = serde_json::from_str(r#"{"message":{"text":"Hi"}}"#)?;
    /// assert_eq!(payload.message.text.as_deref(), Some("Hi"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Instagram {
        /// The message.
        pub message: MessengerMessage,
    }

    /// A message: a text, or a template with buttons, and quick replies below.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct MessengerMessage {
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub text: Option<String>,
        /// The template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub attachment: Option<MessengerAttachment>,
        /// What stands below to touch, until somebody writes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub quick_replies: Vec<MessengerQuickReply>,
    }

    /// What is laid out by a template.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct MessengerAttachment {
        /// That it is a template.
        #[serde(rename = "type")]
        pub kind: MessengerTemplateType,
        /// What it says.
        pub payload: MessengerTemplate,
    }

    /// A text with buttons.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct MessengerTemplate {
        /// Which template.
        pub template_type: MessengerButtonTemplate,
        /// The words.
        pub text: String,
        /// The buttons.
        pub buttons: Vec<MessengerButton>,
    }

    /// A button that leads to an address.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct MessengerButton {
        /// That it leads to an address.
        #[serde(rename = "type")]
        pub kind: MessengerWebUrl,
        /// Where it leads.
        pub url: String,
        /// What stands on it.
        pub title: String,
    }

    /// A quick reply.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct MessengerQuickReply {
        /// That it has words.
        pub content_type: MessengerQuickReplyType,
        /// What stands on it.
        pub title: String,
        /// What comes back.
        pub payload: String,
    }
}

const NATIVE: Native = Native {
    headings: Headings::None,
    lists: false,
    links: Support::IfCapable,
    replies: Support::IfCapable,
    // A picture goes without words, or above two lines of 80 characters: the words are worth more.
    media: Support::Never,
    one_picture: true,
    sheds: false,
};

impl MessengerMessage {
    fn of(pieces: &[Piece<'_>]) -> Self {
        let parts = Parts::of(pieces, &Places { headings: 0, links: usize::MAX, replies: usize::MAX, pictures: 0 });
        let quick_reply = |reply: &parts::Reply<'_>| MessengerQuickReply {
            content_type: MessengerQuickReplyType::Only,
            title: reply.label.to_owned(),
            payload: reply.text.to_owned(),
        };
        let button = |link: &parts::Link<'_>| MessengerButton {
            kind: MessengerWebUrl::Only,
            url: link.url.to_owned(),
            title: link.label.to_owned(),
        };
        let quick_replies = parts.replies.iter().map(quick_reply).collect();
        let buttons: Vec<_> = parts.links.iter().map(button).collect();
        let Some(first) = parts.links.first() else {
            return Self { text: Some(parts.body), quick_replies, ..Self::default() };
        };
        // A template asks for words: buttons alone say what is on the first.
        let text = if parts.body.is_empty() { first.label.to_owned() } else { parts.body };
        let payload = MessengerTemplate { template_type: MessengerButtonTemplate::Only, text, buttons };
        let attachment = MessengerAttachment { kind: MessengerTemplateType::Only, payload };
        Self { attachment: Some(attachment), quick_replies, text: None }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        parts::see([(Field::Body, &self.text)], see);
        if let Some(attachment) = &self.attachment {
            see(Field::Card, &attachment.payload.text);
            for button in &attachment.payload.buttons {
                see(Field::Button, &button.title);
            }
        }
        for reply in &self.quick_replies {
            see(Field::Button, &reply.title);
            see(Field::Postback, &reply.payload);
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        match (field, unit) {
            (Field::Button, Unit::Items) => {
                Some(count(self.attachment.as_ref().map_or(0, |attachment| attachment.payload.buttons.len())))
            }
            (Field::Postback, Unit::Items) => Some(count(self.quick_replies.len())),
            _ => None,
        }
    }
}

impl Compose for Messenger {
    const NATIVE: Native = NATIVE;

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        Self { messaging_type: MessengerType::Only, message: MessengerMessage::of(pieces) }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        self.message.fields(see);
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        self.message.counted(field, unit)
    }
}

impl Compose for Instagram {
    const NATIVE: Native = NATIVE;

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        Self { message: MessengerMessage::of(pieces) }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        self.message.fields(see);
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        self.message.counted(field, unit)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Messenger);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Messenger>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "messaging_type": "UPDATE",
              "message": {
                "attachment": {
                  "type": "template",
                  "payload": {
                    "template_type": "button",
                    "text": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\nA parcel\n4711\nReply STOP to opt out",
                    "buttons": [
                      {
                        "type": "web_url",
                        "url": "https://shop.example/t/4711?a=1&b=2",
                        "title": "Track"
                      }
                    ]
                  }
                },
                "quick_replies": [
                  {
                    "content_type": "text",
                    "title": "Later",
                    "payload": "LATER"
                  }
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
              "messaging_type": "UPDATE",
              "message": {
                "text": "Hi\na & b"
              }
            }"#]],
        );
    }

    #[test]
    fn instagram_is_the_message_alone() {
        samples::check::<Instagram>(
            &[samples::text("Now?"), samples::reply("Yes", "YES")],
            &samples::setting(&Content::default()),
            &expect![[r#"
                {
                  "message": {
                    "text": "Now?",
                    "quick_replies": [
                      {
                        "content_type": "text",
                        "title": "Yes",
                        "payload": "YES"
                      }
                    ]
                  }
                }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = Messenger::compose(&samples::sample(), &samples::setting(&Content::default()));
        samples::measures(
            &payload,
            &[
                (Field::Button, Unit::Items, 1),
                (Field::Postback, Unit::Items, 1),
                (Field::Body, Unit::Items, 0),
                (Field::Card, Unit::Lines, 7),
            ],
        );
    }
}
