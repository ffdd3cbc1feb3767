//! Dialects: what the provider behind a channel speaks.

use crate::{codes::codes, kind::ChannelKind};

codes! {
    /// What the provider behind a channel speaks: it says how a message is laid out, escaped and measured.
    closed Dialect, "dialect" {
        /// Text alone.
        Plain = "plain",
        /// Short messages of 3GPP TS 23.040.
        Sms = "sms",
        /// Email.
        Email = "email",
        /// Apple Push Notification service.
        Apns = "apns",
        /// Firebase Cloud Messaging, HTTP v1.
        Fcm = "fcm",
        /// Web Push (RFC 8030), for the service worker of the Notifications API.
        WebPush = "web_push",
        /// WhatsApp Cloud API.
        WhatsApp = "whatsapp",
        /// RCS Business Messaging.
        Rcs = "rcs",
        /// Messenger Send API.
        Messenger = "messenger",
        /// Instagram messaging.
        Instagram = "instagram",
        /// Telegram Bot API.
        Telegram = "telegram",
        /// LINE Messaging API.
        Line = "line",
        /// Viber business messages.
        Viber = "viber",
        /// Slack blocks.
        Slack = "slack",
        /// Microsoft Teams, by Adaptive Cards.
        Teams = "teams",
        /// The app's own message centre.
        InApp = "in_app",
        /// Live chat and chatbots.
        Chat = "chat",
        /// Speech, by SSML.
        Voice = "voice",
        /// Paper.
        Print = "print",
    }
}

impl Dialect {
    /// Whether its payload has a form of its own for approved templates.
    pub(crate) fn has_templates(self) -> bool {
        self == Self::WhatsApp
    }

    /// The dialect of a kind where its channel names none.
    ///
    /// Of `push` it is [`Fcm`](Self::Fcm), which reaches both families of phones; a channel that goes to Apple itself
    /// says so in [`ChannelDescriptor::dialect`](crate::ChannelDescriptor::dialect).
    ///
    /// ```
    /// use waypost::{ChannelKind, content::Dialect};
    ///
    /// assert_eq!(Dialect::of(ChannelKind::LIVE_CHAT), Dialect::Chat);
    /// assert_eq!(Dialect::of("pager".parse()?), Dialect::Plain);
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    pub fn of(kind: ChannelKind) -> Self {
        const DIALECTS: [(ChannelKind, Dialect); 18] = [
            (ChannelKind::SMS, Dialect::Sms),
            (ChannelKind::EMAIL, Dialect::Email),
            (ChannelKind::PUSH, Dialect::Fcm),
            (ChannelKind::WEB_PUSH, Dialect::WebPush),
            (ChannelKind::IN_APP, Dialect::InApp),
            (ChannelKind::WHATSAPP, Dialect::WhatsApp),
            (ChannelKind::RCS, Dialect::Rcs),
            (ChannelKind::MESSENGER, Dialect::Messenger),
            (ChannelKind::INSTAGRAM, Dialect::Instagram),
            (ChannelKind::TELEGRAM, Dialect::Telegram),
            (ChannelKind::LINE, Dialect::Line),
            (ChannelKind::VIBER, Dialect::Viber),
            (ChannelKind::SLACK, Dialect::Slack),
            (ChannelKind::TEAMS, Dialect::Teams),
            (ChannelKind::VOICE, Dialect::Voice),
            (ChannelKind::LIVE_CHAT, Dialect::Chat),
            (ChannelKind::CHATBOT, Dialect::Chat),
            (ChannelKind::POSTAL, Dialect::Print),
        ];
        DIALECTS.iter().find(|(known, _)| *known == kind).map_or(Self::Plain, |(_, dialect)| *dialect)
    }
}
