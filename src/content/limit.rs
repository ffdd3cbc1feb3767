//! Limits: how much of a field a provider takes, bills as one or shows, and in which unit it counts.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

codes! {
    /// What a limit counts: a length is a number and a unit, and "characters" is none.
    closed Unit, "unit" {
        /// Unicode code points.
        CodePoints = "code_points",
        /// UTF-16 code units.
        Utf16Units = "utf16_units",
        /// UTF-8 bytes.
        Bytes = "bytes",
        /// Grapheme clusters, what a reader calls a character (UAX 29); without the feature `unicode`, code points.
        Clusters = "clusters",
        /// Septets of the basic GSM alphabet; a text that needs UCS-2 counts as the septets its octets would hold.
        Septets = "septets",
        /// Messages that an SMS is cut into.
        Segments = "segments",
        /// Bytes of the whole payload as compact JSON in UTF-8.
        JsonBytes = "json_bytes",
        /// Lines.
        Lines = "lines",
        /// Words between white space.
        Words = "words",
        /// Seconds of speech, estimated.
        Seconds = "seconds",
        /// Items of the field, such as buttons.
        Items = "items",
    }
}

impl Unit {
    /// The unit in words, in the plural.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::CodePoints => "characters",
            Self::Utf16Units => "UTF-16 units",
            Self::Bytes => "bytes",
            Self::Clusters => "characters as read",
            Self::Septets => "septets",
            Self::Segments => "segments",
            Self::JsonBytes => "bytes of JSON",
            Self::Lines => "lines",
            Self::Words => "words",
            Self::Seconds => "seconds of speech",
            Self::Items => "items",
        }
    }
}

codes! {
    /// What happens past a limit.
    closed LimitKind, "kind of limit" {
        /// The provider refuses the message, or cuts it.
        Hard = "hard",
        /// The next unit is billed.
        Billing = "billing",
        /// The rest is not seen without a touch.
        Visible = "visible",
    }
}

codes! {
    /// A place in a payload that holds words.
    closed Field, "field" {
        /// What the message says.
        Body = "body",
        /// The line above it: a notification's title, a card's.
        Title = "title",
        /// The line below the title.
        Subtitle = "subtitle",
        /// The subject of an email.
        Subject = "subject",
        /// What an inbox shows after the subject.
        Preheader = "preheader",
        /// The HTML alternative of an email.
        Html = "html",
        /// The plain alternative of an email.
        PlainText = "plain_text",
        /// The text above the body of an interactive message.
        Header = "header",
        /// The text below it.
        Footer = "footer",
        /// The words under an image.
        Caption = "caption",
        /// The words of a card or of a message with buttons, where the provider takes fewer there than in a plain text;
        /// in [`Unit::Items`], how many buttons the card has.
        Card = "card",
        /// A button's label; in [`Unit::Items`], how many buttons there are.
        Button = "button",
        /// What a button sends back; in [`Unit::Items`], how many replies stand apart from the buttons.
        Postback = "postback",
        /// A parameter of a template.
        Parameter = "parameter",
        /// A block or section of a payload; in [`Unit::Items`], how many there are.
        Block = "block",
        /// The speech of a call.
        Speech = "speech",
        /// The whole payload.
        Payload = "payload",
    }
}

/// How much of a field is carried, billed as one or shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Limit {
    /// The most, inclusive.
    pub max: u32,
    /// What is counted.
    pub unit: Unit,
    /// Where.
    #[serde(default = "body", skip_serializing_if = "is_body")]
    pub field: Field,
    /// What happens past it.
    #[serde(default = "hard", skip_serializing_if = "is_hard")]
    pub kind: LimitKind,
}

fn body() -> Field {
    Field::Body
}

fn is_body(field: &Field) -> bool {
    *field == Field::Body
}

fn hard() -> LimitKind {
    LimitKind::Hard
}

fn is_hard(kind: &LimitKind) -> bool {
    *kind == LimitKind::Hard
}

impl Limit {
    /// A hard limit on the body.
    pub const fn hard(max: u32, unit: Unit) -> Self {
        Self { max, unit, field: Field::Body, kind: LimitKind::Hard }
    }

    /// The same, on another field.
    pub const fn on(self, field: Field) -> Self {
        Self { field, ..self }
    }

    /// The same, of another kind.
    pub const fn of_kind(self, kind: LimitKind) -> Self {
        Self { kind, ..self }
    }
}
