//! Payloads: what a channel's provider is handed, typed, in the shape that the provider documents.

pub mod apns;
mod document;
pub mod email;
pub mod fcm;
pub mod in_app;
pub mod line;
pub mod messenger;
mod notification;
mod pace;
mod parts;
mod plain;
pub mod print;
pub mod rcs;
#[cfg(test)]
mod samples;
pub mod slack;
mod sms;
pub mod teams;
pub mod telegram;
mod template;
pub mod viber;
pub mod voice;
pub mod web_push;
pub mod whatsapp;

use serde::Serialize;

use crate::content::{
    Dialect, Field, Loss, Unit,
    measure::{self, json},
    piece::Piece,
    setting::Setting,
};

pub use apns::Apns;
pub use email::Email;
pub use fcm::Fcm;
pub use in_app::{Chat, InApp};
pub use line::Line;
pub use messenger::{Instagram, Messenger};
pub use plain::PlainText;
pub use print::Letter;
pub use rcs::Rcs;
pub use slack::Slack;
pub use sms::SmsText;
pub use teams::Teams;
pub use telegram::Telegram;
pub use template::TemplateCall;
pub use viber::Viber;
pub use voice::Speech;
pub use web_push::WebPush;
pub use whatsapp::WhatsApp;

/// What a dialect has a form of its own for; the rest comes to it as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    /// Which headings it shows as such.
    pub(crate) headings: Headings,
    /// Lists.
    pub(crate) lists: bool,
    /// Buttons and links that lead to an address.
    pub(crate) links: Support,
    /// Buttons that answer.
    pub(crate) replies: Support,
    /// Pictures.
    pub(crate) media: Support,
    /// Whether it has a place for one picture only.
    pub(crate) one_picture: bool,
    /// Whether it is a notification, of which the title and where it leads go last: data, picture, subtitle, words.
    pub(crate) sheds: bool,
}

/// Which headings a dialect shows as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Headings {
    /// None: a heading is a line of text.
    None,
    /// The first, as title or subject.
    First,
    /// The first two, as title and subtitle.
    Two,
    /// All.
    All,
}

/// Whether a dialect carries something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Never,
    /// Where the channel has the capability for it.
    IfCapable,
    Always,
}

impl Native {
    /// Text alone.
    pub(crate) const TEXT: Self = Self {
        headings: Headings::None,
        lists: false,
        links: Support::Never,
        replies: Support::Never,
        media: Support::Never,
        one_picture: true,
        sheds: false,
    };
}

/// What each payload does.
pub(crate) trait Compose: Serialize + Sized {
    /// What it has a form for.
    const NATIVE: Native;

    /// Lays the pieces out; every piece has a place in the result.
    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self;

    /// Shows every field that a limit may be on, with its words.
    fn fields(&self, see: &mut dyn FnMut(Field, &str));

    /// How much of a unit it has that is not counted in the words of one field.
    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        let _ = (field, unit);
        None
    }

    /// The blocks that it lays out as lines of text, though the dialect has a form for such, because of what else is
    /// there: a link beside answers, a heading without a card.
    fn lines(pieces: &[Piece<'_>]) -> Vec<u16> {
        let _ = pieces;
        Vec::new()
    }

    /// What it gave up by itself.
    fn losses(&self) -> impl Iterator<Item = Loss> {
        std::iter::empty()
    }
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $variant:ident($type:ty) for $($dialect:ident)|+,)+) => {
        /// What a channel's provider is handed, in the shape that the provider documents; it serialises as that.
        ///
        /// `Debug` shows the dialect, never the words.
        #[derive(Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum Payload {
            $($(#[$doc])* $variant($type),)+
            /// A template, of a dialect that has no form of its own for one.
            Template(TemplateCall),
        }

        impl Payload {
            /// What a dialect has a form for.
            pub(crate) fn native(dialect: Dialect) -> Native {
                match dialect {
                    $($(Dialect::$dialect)|+ => <$type as Compose>::NATIVE,)+
                }
            }

            pub(crate) fn compose(dialect: Dialect, pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
                if let (Some(template), false) = (setting.template, dialect.has_templates()) {
                    return Self::Template(TemplateCall::of(template, setting));
                }
                match dialect {
                    $($(Dialect::$dialect)|+ => Self::$variant(Compose::compose(pieces, setting)),)+
                }
            }

            /// The blocks that a payload of these pieces has as lines of text, though the dialect has a form for such.
            pub(crate) fn lines(dialect: Dialect, pieces: &[Piece<'_>]) -> Vec<u16> {
                match dialect {
                    $($(Dialect::$dialect)|+ => <$type as Compose>::lines(pieces),)+
                }
            }

            /// Shows every field that has words, in the order in which they are laid out.
            pub fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
                match self { $(Self::$variant(payload) => payload.fields(see),)+ Self::Template(call) => call.fields(see) }
            }

            /// What it gave up by itself, such as characters that were respelled.
            pub(crate) fn losses(&self, losses: &mut Vec<Loss>) {
                match self { $(Self::$variant(payload) => losses.extend(payload.losses()),)+ Self::Template(_) => {} }
            }

            fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
                match self { $(Self::$variant(payload) => payload.counted(field, unit),)+ Self::Template(_) => None }
            }
        }

        impl std::fmt::Debug for Payload {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant(_) => concat!("Payload(", stringify!($variant), ")"),)+ Self::Template(_) => "Payload(Template)" })
            }
        }
    };
}

payloads! {
    /// Text alone.
    Plain(PlainText) for Plain,
    /// An email.
    Email(Email) for Email,
    /// A short message.
    Sms(SmsText) for Sms,
    /// A notification for Apple's devices.
    Apns(Apns) for Apns,
    /// A notification for phones of both families.
    Fcm(Fcm) for Fcm,
    /// A notification for browsers.
    WebPush(WebPush) for WebPush,
    /// A message of WhatsApp.
    WhatsApp(WhatsApp) for WhatsApp,
    /// A message of RCS.
    Rcs(Rcs) for Rcs,
    /// A message of Messenger.
    Messenger(Messenger) for Messenger,
    /// A message of Instagram.
    Instagram(Instagram) for Instagram,
    /// A message of Telegram.
    Telegram(Telegram) for Telegram,
    /// A message of LINE.
    Line(Line) for Line,
    /// A message of Viber.
    Viber(Viber) for Viber,
    /// A message of Slack.
    Slack(Slack) for Slack,
    /// A message of Teams.
    Teams(Teams) for Teams,
    /// A message in the app's own message centre.
    InApp(InApp) for InApp,
    /// A message in a chat.
    Chat(Chat) for Chat,
    /// A call.
    Voice(Speech) for Voice,
    /// A letter.
    Print(Letter) for Print,
}

impl Payload {
    /// How much of a unit a field has; of several with one name, such as buttons, the one that has most.
    ///
    /// Where words have no body, because they stand on a card or under a picture, those are their body.
    pub fn measure(&self, field: Field, unit: Unit) -> u32 {
        let field = if field == Field::Body { self.body() } else { field };
        if let Some(count) = self.counted(field, unit) {
            return count;
        }
        match unit {
            Unit::JsonBytes => json::length(self),
            Unit::Items => {
                let mut items = 0;
                self.fields(&mut |seen, _| items += u32::from(seen == field));
                items
            }
            _ => {
                let mut most = 0;
                self.fields(&mut |seen, words| {
                    if seen == field {
                        most = most.max(measure::count(words, unit));
                    }
                });
                most
            }
        }
    }

    /// The field that the body stands in.
    pub(crate) fn body(&self) -> Field {
        let (mut place, mut has_body) = (Field::Body, false);
        self.fields(&mut |field, _| match field {
            Field::Body => has_body = true,
            Field::Card | Field::Caption => place = field,
            _ => {}
        });
        if has_body { Field::Body } else { place }
    }
}
