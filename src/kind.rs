//! Channel kinds: the open set of ways to reach somebody.

use crate::{
    address::AddressForm,
    id::{in_slug, slug},
};

slug! {
    /// A way to reach somebody: well-known ones are constants, any other name is as good.
    ///
    /// ```
    /// use waypost::ChannelKind;
    ///
    /// let pager: ChannelKind = "pager".parse()?;
    /// assert_ne!(pager, ChannelKind::SMS);
    /// assert_eq!("sms".parse(), Ok(ChannelKind::SMS));
    /// assert!("SMS".parse::<ChannelKind>().is_err()); // one spelling, so that two are never two kinds
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    ChannelKind, 31, "channel kind", in_slug
}

impl ChannelKind {
    /// Electronic mail.
    pub const EMAIL: Self = Self::literal("email");
    /// Text message to a phone number.
    pub const SMS: Self = Self::literal("sms");
    /// Notification to a mobile app's device token.
    pub const PUSH: Self = Self::literal("push");
    /// Notification through a browser's push service.
    pub const WEB_PUSH: Self = Self::literal("web_push");
    /// Message inside the app while it is open.
    pub const IN_APP: Self = Self::literal("in_app");
    /// WhatsApp business message.
    pub const WHATSAPP: Self = Self::literal("whatsapp");
    /// Rich Communication Services message.
    pub const RCS: Self = Self::literal("rcs");
    /// Facebook Messenger message.
    pub const MESSENGER: Self = Self::literal("messenger");
    /// Instagram direct message.
    pub const INSTAGRAM: Self = Self::literal("instagram");
    /// Telegram message.
    pub const TELEGRAM: Self = Self::literal("telegram");
    /// LINE message.
    pub const LINE: Self = Self::literal("line");
    /// Viber message.
    pub const VIBER: Self = Self::literal("viber");
    /// Slack message.
    pub const SLACK: Self = Self::literal("slack");
    /// Microsoft Teams message.
    pub const TEAMS: Self = Self::literal("teams");
    /// Phone call that speaks the message.
    pub const VOICE: Self = Self::literal("voice");
    /// Chat with a human agent.
    pub const LIVE_CHAT: Self = Self::literal("live_chat");
    /// Chat with a machine.
    pub const CHATBOT: Self = Self::literal("chatbot");
    /// Public or private message on a social network without a kind of its own.
    pub const SOCIAL: Self = Self::literal("social");
    /// Letter on paper.
    pub const POSTAL: Self = Self::literal("postal");

    /// Every well-known kind.
    pub const KNOWN: &'static [Self] = &[
        Self::EMAIL,
        Self::SMS,
        Self::PUSH,
        Self::WEB_PUSH,
        Self::IN_APP,
        Self::WHATSAPP,
        Self::RCS,
        Self::MESSENGER,
        Self::INSTAGRAM,
        Self::TELEGRAM,
        Self::LINE,
        Self::VIBER,
        Self::SLACK,
        Self::TEAMS,
        Self::VOICE,
        Self::LIVE_CHAT,
        Self::CHATBOT,
        Self::SOCIAL,
        Self::POSTAL,
    ];

    /// What an address of this kind looks like; a kind that is not well known takes any text.
    pub fn address_form(&self) -> AddressForm {
        match *self {
            Self::EMAIL => AddressForm::Email,
            Self::SMS | Self::VOICE | Self::WHATSAPP | Self::RCS | Self::VIBER => AddressForm::Phone,
            _ => AddressForm::Opaque,
        }
    }
}
