//! LINE Messaging API: texts, pictures, buttons and quick replies.

use crate::content::{
    Field, Unit,
    payload::{
        Compose, Headings, Native, Support,
        document::{constants, documents},
        parts::{Link, Parts, Places, Reply, count},
    },
    piece::Piece,
    setting::Setting,
};

constants! {
    /// The type of an item of a quick reply.
    LineQuickReplyType = "action";
}

documents! {
    /// A request to `message/push`; the transport adds `to`.
    ///
    /// A picture is a message of its own before the words. Links are buttons of a template, with the answers among them;
    /// answers alone are quick replies below a text, which may be longer than a template's.
    ///
    /// ```
    /// use waypost::content::payload::Line;
    ///
    /// let request = r#"{"messages":[{"type":"text","text":"Hi"}]}"#;
    /// let payload: Line = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Line {
        /// The messages, which are billed as one.
        pub messages: Vec<LineMessage>,
    }

    /// A message.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum LineMessage {
        /// A text.
        Text(LineText),
        /// A picture.
        Image(LineImage),
        /// A text with buttons.
        Template(LineTemplateMessage),
    }

    /// A text.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct LineText {
        /// The words.
        pub text: String,
        /// What stands below to touch, until somebody writes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub quick_reply: Option<LineQuickReply>,
    }

    /// A picture.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct LineImage {
        /// Where it is; https.
        pub original_content_url: String,
        /// Where a smaller one is; https.
        pub preview_image_url: String,
    }

    /// A text with buttons.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct LineTemplateMessage {
        /// What a notification shows, and whoever cannot show buttons.
        pub alt_text: String,
        /// The text and the buttons.
        pub template: LineTemplate,
    }

    /// A template.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum LineTemplate {
        /// A text with buttons.
        Buttons(LineButtons),
    }

    /// The text and the buttons of a template.
    #[derive(Eq)]
    #[wire(rename_all = "camelCase", deny_unknown_fields)]
    pub struct LineButtons {
        /// The words.
        pub text: String,
        /// The buttons.
        pub actions: Vec<LineAction>,
    }

    /// What stands below a text to touch.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct LineQuickReply {
        /// The items.
        pub items: Vec<LineQuickReplyItem>,
    }

    /// One thing to touch below a text.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct LineQuickReplyItem {
        /// That it is an action.
        #[serde(rename = "type")]
        pub kind: LineQuickReplyType,
        /// The action.
        pub action: LineAction,
    }

    /// What a button does.
    #[derive(Eq)]
    #[wire(tag = "type", rename_all = "snake_case")]
    pub enum LineAction {
        /// It leads to an address.
        Uri(LineUri),
        /// It writes something as the customer.
        Message(LineReply),
    }

    /// A button that leads to an address.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct LineUri {
        /// What stands on it.
        pub label: String,
        /// Where it leads.
        pub uri: String,
    }

    /// A button that writes something as the customer.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct LineReply {
        /// What stands on it.
        pub label: String,
        /// What is written.
        pub text: String,
    }
}

impl From<Link<'_>> for LineAction {
    fn from(link: Link<'_>) -> Self {
        Self::Uri(LineUri { label: link.label.to_owned(), uri: link.url.to_owned() })
    }
}

impl From<Reply<'_>> for LineAction {
    fn from(reply: Reply<'_>) -> Self {
        Self::Message(LineReply { label: reply.label.to_owned(), text: reply.text.to_owned() })
    }
}

impl LineMessage {
    fn actions(&self) -> impl Iterator<Item = &LineAction> {
        let (buttons, items) = match self {
            Self::Template(LineTemplateMessage { template: LineTemplate::Buttons(buttons), .. }) => {
                (Some(&buttons.actions), None)
            }
            Self::Text(LineText { quick_reply, .. }) => (None, quick_reply.as_ref().map(|reply| &reply.items)),
            Self::Image(_) => (None, None),
        };
        buttons.into_iter().flatten().chain(items.into_iter().flatten().map(|item| &item.action))
    }
}

impl Compose for Line {
    const NATIVE: Native = Native {
        // The title of a template takes 100 of the 160 characters of its text.
        headings: Headings::None,
        lists: false,
        links: Support::IfCapable,
        replies: Support::IfCapable,
        media: Support::IfCapable,
        one_picture: true,
        sheds: false,
    };

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        let parts = Parts::of(pieces, &Places { headings: 0, links: usize::MAX, replies: usize::MAX, pictures: 1 });
        let mut messages = Vec::with_capacity(2);
        if let Some(picture) = parts.picture {
            let url = picture.url.to_owned();
            messages.push(LineMessage::Image(LineImage { original_content_url: url.clone(), preview_image_url: url }));
        }
        let replies = parts.replies.iter().copied().map(LineAction::from);
        if let Some(first) = parts.links.first() {
            // A template asks for words: buttons alone say what is on the first.
            let text = if parts.body.is_empty() { first.label.to_owned() } else { parts.body };
            let actions = parts.links.iter().copied().map(LineAction::from).chain(replies).collect();
            let template = LineTemplate::Buttons(LineButtons { text: text.clone(), actions });
            messages.push(LineMessage::Template(LineTemplateMessage { alt_text: text, template }));
        } else if !parts.body.is_empty() || !parts.replies.is_empty() || messages.is_empty() {
            let item = |action| LineQuickReplyItem { kind: LineQuickReplyType::Only, action };
            let items: Vec<_> = replies.map(item).collect();
            let quick_reply = (!items.is_empty()).then_some(LineQuickReply { items });
            // Nor does a text go without words.
            let first = parts.replies.first().map(|reply| reply.label);
            let text = if parts.body.is_empty() { first.unwrap_or_default().to_owned() } else { parts.body };
            messages.push(LineMessage::Text(LineText { text, quick_reply }));
        }
        Self { messages }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        for message in &self.messages {
            match message {
                LineMessage::Text(text) => see(Field::Body, &text.text),
                LineMessage::Image(_) => {}
                LineMessage::Template(LineTemplateMessage { template: LineTemplate::Buttons(buttons), .. }) => {
                    see(Field::Card, &buttons.text);
                }
            }
            for action in message.actions() {
                match action {
                    LineAction::Uri(uri) => see(Field::Button, &uri.label),
                    LineAction::Message(reply) => {
                        see(Field::Button, &reply.label);
                        see(Field::Postback, &reply.text);
                    }
                }
            }
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        let most = |is_template: bool| {
            let of_kind = |message: &&LineMessage| matches!(message, LineMessage::Template(_)) == is_template;
            let counts = self.messages.iter().filter(of_kind).map(|message| message.actions().count());
            count(counts.max().unwrap_or(0))
        };
        match (field, unit) {
            (Field::Card, Unit::Items) => Some(most(true)),
            (Field::Postback, Unit::Items) => Some(most(false)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Line);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Line>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "messages": [
                {
                  "type": "image",
                  "originalContentUrl": "https://shop.example/p.jpg",
                  "previewImageUrl": "https://shop.example/p.jpg"
                },
                {
                  "type": "template",
                  "altText": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
                  "template": {
                    "type": "buttons",
                    "text": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
                    "actions": [
                      {
                        "type": "uri",
                        "label": "Track",
                        "uri": "https://shop.example/t/4711?a=1&b=2"
                      },
                      {
                        "type": "message",
                        "label": "Later",
                        "text": "LATER"
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
              "messages": [
                {
                  "type": "text",
                  "text": "Hi\na & b"
                }
              ]
            }"#]],
        );
    }

    #[test]
    fn answers_alone_stand_below_a_text() {
        check(
            &[samples::text("Now?"), samples::reply("Yes", "YES"), samples::reply("No", "NO")],
            &expect![[r#"
            {
              "messages": [
                {
                  "type": "text",
                  "text": "Now?",
                  "quickReply": {
                    "items": [
                      {
                        "type": "action",
                        "action": {
                          "type": "message",
                          "label": "Yes",
                          "text": "YES"
                        }
                      },
                      {
                        "type": "action",
                        "action": {
                          "type": "message",
                          "label": "No",
                          "text": "NO"
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
    fn fields() {
        let content = Content::default();
        let setting = samples::setting(&content);
        let card = Line::compose(&samples::sample(), &setting);
        samples::measures(
            &card,
            &[(Field::Card, Unit::Items, 2), (Field::Postback, Unit::Items, 0), (Field::Button, Unit::Clusters, 5)],
        );
        let text = Line::compose(&[samples::text("Now?"), samples::reply("Yes", "YES")], &setting);
        samples::measures(
            &text,
            &[(Field::Card, Unit::Items, 0), (Field::Postback, Unit::Items, 1), (Field::Body, Unit::Utf16Units, 4)],
        );
    }
}
