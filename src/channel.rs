//! Channels: what one way of sending can do, and the trait that an integrator may implement.

use std::fmt;

use serde::{Deserialize, Serialize, ser::SerializeSeq};

use crate::{
    codes::codes,
    content::{Dialect, Limit, Unit, sms},
    id::{ChannelId, Code},
    kind::ChannelKind,
    message::Message,
    money::Money,
    price::{PriceRow, Sale},
    profile::Endpoint,
    time::{Span, Window, ZoneName},
};

codes! {
    /// Something a channel can do.
    closed Capability, "capability" {
        /// Carries a short text.
        Text = "text",
        /// Carries a text of many paragraphs.
        LongForm = "long_form",
        /// Carries images, video or cards.
        RichMedia = "rich_media",
        /// Carries buttons.
        Buttons = "buttons",
        /// Opens a place inside an app.
        DeepLink = "deep_link",
        /// Carries files.
        Attachment = "attachment",
        /// Carries templates that were approved beforehand.
        Template = "template",
        /// Carries free text only while a session is open; see [`ChannelDescriptor::session`].
        Session = "session",
        /// Reaches only those who are there at the moment.
        PresenceBound = "presence_bound",
        /// Arrives without a sound.
        Silent = "silent",
        /// What was sent can be taken back: a push replaced by its collapse id, an item withdrawn, a message deleted.
        Recall = "recall",
    }
}

/// A set of capabilities; in documents a list of their codes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u16);

impl Capabilities {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// The same with one more.
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u16)
    }

    /// Whether this one is among them.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u16 != 0
    }

    /// Those in the set, in the order of [`Capability::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.iter().copied().filter(move |capability| self.has(*capability))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Capabilities {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(None)?;
        for capability in self.iter() {
            list.serialize_element(&capability)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Capabilities {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::<Capability>::deserialize(from).map(Self::from_iter)
    }
}

codes! {
    /// What a provider or the customer did with a message, in the order of the ladder.
    closed ReceiptKind, "receipt" {
        /// The provider took it.
        Accepted = "accepted",
        /// The provider sent it on.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It was opened or shown.
        Read = "read",
        /// A link or button was used.
        Clicked = "clicked",
        /// What the message was for came about.
        Converted = "converted",
    }
}

/// The hours in which somebody is there, in one zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// The windows; open inside any of them.
    pub windows: Vec<Window>,
    /// Where those who are there live.
    pub zone: ZoneName,
}

/// One way to send: on a kind, through one provider.
///
/// Sync, pure and object-safe. The crate ships one implementation, [`ChannelDescriptor`], which is enough wherever
/// a channel can be described; implement the trait to add a judgement of your own in [`admit`](Self::admit).
pub trait Channel: fmt::Debug + Send + Sync {
    /// What the channel is and can do; read once, when the router's configuration is built.
    fn descriptor(&self) -> &ChannelDescriptor;

    /// The channel's own word on one endpoint and message, asked after the other gates of the channel.
    ///
    /// The answer depends on nothing but the arguments: a plan is a pure function, and a preview must equal what is
    /// then sent.
    ///
    /// # Errors
    ///
    /// A code for the refusal; it stands in the trace as `channel_refused`.
    fn admit(&self, endpoint: &Endpoint, message: &Message) -> Result<(), Code> {
        let _ = (endpoint, message);
        Ok(())
    }
}

/// What a channel is and can do, as data; itself a [`Channel`].
///
/// ```
/// use waypost::{Capability, Channel, ChannelDescriptor, ChannelKind};
///
/// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
/// assert!(sms.capabilities.has(Capability::Text));
/// assert_eq!(sms.descriptor().id.as_str(), "sms-main");
/// # Ok::<(), waypost::InvalidName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChannelDescriptor {
    /// Its name; no two channels of a router share one.
    pub id: ChannelId,
    /// Its kind; channels of one kind are providers that stand in for each other.
    pub kind: ChannelKind,
    /// What it can do.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// What its provider speaks; `None` is what its kind usually does, see [`Dialect::of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// How it writes short messages, for the dialect of that name.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub sms: sms::Options,
    /// Its own limits, beside those of its dialect; all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// The price of one billed unit: a message, or a segment of an SMS; `None` costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Other prices for some destinations, purposes, forms and days: the first that matches counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<PriceRow>,
    /// How long a message usually takes to arrive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub latency: Span,
    /// The receipts it can give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<ReceiptKind>,
    /// The hours in which it is staffed; `None` is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenHours>,
    /// How long a session stays open after the customer's last word, on a channel with sessions.
    #[serde(default = "day", skip_serializing_if = "is_day")]
    pub session: Span,
}

fn is_usual(sms: &sms::Options) -> bool {
    *sms == sms::Options::default()
}

fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

/// WhatsApp's customer service window is 24 hours; the other kinds with sessions known to us use the same.
fn day() -> Span {
    Span::hours(24)
}

fn is_day(span: &Span) -> bool {
    *span == day()
}

impl ChannelDescriptor {
    /// A channel that can do nothing yet, costs nothing and is always there.
    pub fn new(id: ChannelId, kind: ChannelKind) -> Self {
        Self {
            id,
            kind,
            capabilities: Capabilities::NONE,
            dialect: None,
            sms: sms::Options::default(),
            limits: Vec::new(),
            price: None,
            prices: Vec::new(),
            latency: Span::ZERO,
            receipts: Vec::new(),
            open: None,
            session: day(),
        }
    }

    /// The same, able to do this too.
    pub fn can(mut self, capability: Capability) -> Self {
        self.capabilities = self.capabilities.with(capability);
        self
    }

    /// The same, at this price a message.
    pub fn with_price(mut self, price: Money) -> Self {
        self.price = Some(price);
        self
    }

    /// The same, speaking this dialect.
    pub fn speaking(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// What its provider speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or_else(|| Dialect::of(self.kind))
    }

    /// What a send costs; `None` costs nothing.
    pub(crate) fn price_of(&self, sale: &Sale) -> Option<Money> {
        let row = self.prices.iter().find(|row| row.matches(sale));
        let price = row.map(|row| row.price).or(self.price)?;
        Some(Money::new(price.micros.saturating_mul(sale.units.into()), price.currency))
    }

    /// The same, writing short messages in this way.
    pub fn with_sms(mut self, sms: sms::Options) -> Self {
        self.sms = sms;
        self
    }

    /// The same, with one more hard limit on the body.
    pub fn with_limit(mut self, max: u32, unit: Unit) -> Self {
        self.limits.push(Limit::hard(max, unit));
        self
    }

    /// The same, usually this slow.
    pub fn with_latency(mut self, latency: Span) -> Self {
        self.latency = latency;
        self
    }

    /// The same, able to give these receipts.
    pub fn with_receipts(mut self, receipts: impl IntoIterator<Item = ReceiptKind>) -> Self {
        self.receipts = receipts.into_iter().collect();
        self
    }

    /// The same, staffed in these hours.
    pub fn with_open_hours(mut self, windows: impl IntoIterator<Item = Window>, zone: ZoneName) -> Self {
        self.open = Some(OpenHours { windows: windows.into_iter().collect(), zone });
        self
    }
}

impl Channel for ChannelDescriptor {
    fn descriptor(&self) -> &ChannelDescriptor {
        self
    }
}

/// Channels in declared order, as a document: `[[channels]]` tables in TOML, an array under `channels` in JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelList {
    /// The channels, in declared order.
    pub channels: Vec<ChannelDescriptor>,
}

impl ChannelList {
    /// Reads channels from TOML.
    ///
    /// # Errors
    ///
    /// What is wrong and where, by line and column.
    ///
    /// ```
    /// let list = waypost::ChannelList::from_toml(r#"
    /// [[channels]]
    /// id = "mail"
    /// kind = "email"
    /// capabilities = ["text", "long_form"]
    /// latency = "20s"
    /// "#)?;
    /// assert_eq!(list.channels[0].kind, waypost::ChannelKind::EMAIL);
    /// # Ok::<(), waypost::ParseError>(())
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::toml(text)
    }

    /// Reads channels from JSON.
    ///
    /// # Errors
    ///
    /// What is wrong and where, by line and column.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::json(text)
    }
}
