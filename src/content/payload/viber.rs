//! Viber: texts and pictures with a button below.

use serde::{Deserialize, Serialize};

use crate::content::{
    Field, Unit,
    payload::{
        Compose, Headings, Native, Support,
        document::{constants, documents},
        parts::{Parts, Places, count},
    },
    piece::Piece,
    setting::Setting,
};

constants! {
    /// The type of a keyboard.
    ViberKeyboardType = "keyboard";
}

documents! {
    /// A request to `send_message`; the transport adds `receiver` and `sender`.
    ///
    /// Providers of business messages have each their own JSON for the same text, picture and button; this is that of
    /// Viber itself.
    ///
    /// ```
    /// use waypost::content::payload::Viber;
    ///
    /// let request = r#"{"type":"text","text":"Hi"}"#;
    /// let payload: Viber = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct Viber {
        /// What it is.
        #[serde(rename = "type")]
        pub kind: ViberType,
        /// The words.
        pub text: String,
        /// Where the picture is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub media: Option<String>,
        /// The buttons below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub keyboard: Option<ViberKeyboard>,
    }

    /// Buttons below a message.
    #[derive(Eq)]
    #[wire(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct ViberKeyboard {
        /// That it is one.
        #[serde(rename = "Type")]
        pub kind: ViberKeyboardType,
        /// The buttons.
        pub buttons: Vec<ViberButton>,
    }

    /// A button.
    #[derive(Eq)]
    #[wire(rename_all = "PascalCase", deny_unknown_fields)]
    pub struct ViberButton {
        /// What it does.
        pub action_type: ViberAction,
        /// Where it leads or what it answers.
        pub action_body: String,
        /// What stands on it.
        pub text: String,
    }
}

/// What a message of Viber is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ViberType {
    /// A text.
    Text,
    /// A picture with words under it.
    Picture,
}

/// What a button of Viber does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ViberAction {
    /// It leads to an address.
    OpenUrl,
    /// It answers.
    Reply,
}

impl Compose for Viber {
    const NATIVE: Native = Native {
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
        let button = |action_type, text: &str, action_body: &str| ViberButton {
            action_type,
            action_body: action_body.to_owned(),
            text: text.to_owned(),
        };
        let links = parts.links.iter().map(|link| button(ViberAction::OpenUrl, link.label, link.url));
        let replies = parts.replies.iter().map(|reply| button(ViberAction::Reply, reply.label, reply.text));
        let buttons: Vec<_> = links.chain(replies).collect();
        Self {
            kind: if parts.picture.is_some() { ViberType::Picture } else { ViberType::Text },
            text: parts.body,
            media: parts.picture.map(|picture| picture.url.to_owned()),
            keyboard: (!buttons.is_empty()).then_some(ViberKeyboard { kind: ViberKeyboardType::Only, buttons }),
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        let field = match self.kind {
            ViberType::Text => Field::Body,
            ViberType::Picture => Field::Caption,
        };
        see(field, &self.text);
        for button in self.keyboard.iter().flat_map(|keyboard| &keyboard.buttons) {
            see(Field::Button, &button.text);
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        let buttons = || self.keyboard.as_ref().map_or(0, |keyboard| keyboard.buttons.len());
        (field == Field::Button && unit == Unit::Items).then(|| count(buttons()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(Viber);

    #[track_caller]
    fn check(pieces: &[Piece<'_>], expected: &expect_test::Expect) {
        samples::check::<Viber>(pieces, &samples::setting(&Content::default()), expected);
    }

    #[test]
    fn everything() {
        check(
            &samples::sample(),
            &expect![[r#"
            {
              "type": "picture",
              "text": "Your parcel\nIt is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nReply STOP to opt out",
              "media": "https://shop.example/p.jpg",
              "keyboard": {
                "Type": "keyboard",
                "Buttons": [
                  {
                    "ActionType": "open-url",
                    "ActionBody": "https://shop.example/t/4711?a=1&b=2",
                    "Text": "Track"
                  },
                  {
                    "ActionType": "reply",
                    "ActionBody": "LATER",
                    "Text": "Later"
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
              "type": "text",
              "text": "Hi\na & b"
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = Viber::compose(&samples::sample(), &samples::setting(&Content::default()));
        samples::measures(
            &payload,
            &[(Field::Button, Unit::Items, 2), (Field::Body, Unit::Items, 0), (Field::Caption, Unit::Lines, 6)],
        );
    }
}
