//! Blocks: a message written once, in parts that every channel lays out in its own way.

use serde::{Deserialize, Serialize};

use crate::{
    codes::codes,
    content::render::is_blank,
    discreet::{Discreet, discreet},
    kind::ChannelKind,
};

codes! {
    /// What kind of part a block is.
    closed PartKind, "part" {
        /// Words.
        Text = "text",
        /// A title or a heading.
        Heading = "heading",
        /// Items.
        List = "list",
        /// A button or a link.
        Action = "action",
        /// A picture or a film.
        Media = "media",
        /// A code to type or to copy.
        Code = "code",
        /// Words that law or a contract asks for, such as how to opt out.
        Legal = "legal",
    }
}

/// Where an action leads.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// To an address on the web or in the app.
    Url(String),
    /// Back to the sender, as this text.
    Reply(String),
}

/// A button or a link.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    /// What stands on it.
    pub label: String,
    /// What stands on it where that is too long.
    pub short: Option<String>,
    /// Where it leads.
    pub target: Target,
}

discreet! {
MediaDocument of "Media",
/// A picture or a film.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Media {
    /// Where it is.
    pub url: String,
    /// What it shows, in words; it stands where the picture cannot.
    pub alt: String,
}
}

/// What a block holds.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Words.
    Text(String),
    /// A title or a heading; the first one of a content is its subject or title.
    Heading(String),
    /// Items.
    List(Vec<String>),
    /// A button or a link.
    Action(Action),
    /// A picture or a film.
    Media(Media),
    /// A code to type or to copy.
    Code(String),
    /// Words that law or a contract asks for.
    Legal(String),
}

impl Part {
    /// Which kind of part it is.
    pub fn kind(&self) -> PartKind {
        match self {
            Self::Text(_) => PartKind::Text,
            Self::Heading(_) => PartKind::Heading,
            Self::List(_) => PartKind::List,
            Self::Action(_) => PartKind::Action,
            Self::Media(_) => PartKind::Media,
            Self::Code(_) => PartKind::Code,
            Self::Legal(_) => PartKind::Legal,
        }
    }

    /// Whether it is empty, which no block may be.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Heading(text) | Self::Code(text) | Self::Legal(text) => is_blank(text),
            Self::List(items) => items.is_empty() || items.iter().any(|item| is_blank(item)),
            Self::Action(Action { label, short, target: Target::Url(to) | Target::Reply(to) }) => {
                is_blank(label) || is_blank(to) || short.as_deref().is_some_and(is_blank)
            }
            Self::Media(media) => is_blank(&media.url) || is_blank(&media.alt),
        }
    }
}

/// One part of a message that is written once for all channels.
///
/// In documents a block is named by what it holds: `{"text": "…"}`, `{"heading": "…"}`, `{"list": ["…"]}`,
/// `{"action": {"label": "…", "url": "…"}}`, `{"media": {"url": "…", "alt": "…"}}`, `{"code": "…"}`, `{"legal": "…"}`.
/// `Debug` shows the kind and the length, never the words.
///
/// ```
/// use waypost::content::Block;
///
/// let block: Block = serde_json::from_str(r#"{"text": "Your parcel left our warehouse", "short": "Parcel sent", "priority": 7}"#)?;
/// assert_eq!(block, Block::text("Your parcel left our warehouse").with_short("Parcel sent").with_priority(7));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// What it holds.
    pub part: Part,
    /// How long it is kept where not all of them fit: the lowest goes first, of equals the last one. 5 unless said.
    pub priority: u8,
    /// The same in fewer words, for where the whole does not fit.
    pub short: Option<String>,
    /// No kinds but these; empty is every kind.
    pub only: Vec<ChannelKind>,
    /// Not these kinds.
    pub not: Vec<ChannelKind>,
    /// What stands in its place on a channel that has no form of its own for it.
    pub fallback: Option<Box<Block>>,
    /// Whether it stands as it is written or not at all, and the message does not go without it: it is never
    /// shortened, dropped, cut or respelled. Codes and legal words are pinned unless it is said otherwise.
    pub pinned: bool,
    /// Whether it is never cut: said in full, in its short form or not at all.
    pub whole: bool,
}

/// Neither high nor low.
const PRIORITY: u8 = 5;

impl Block {
    /// This part, as it is by default.
    pub fn new(part: Part) -> Self {
        let pinned = matches!(part, Part::Code(_) | Part::Legal(_));
        Self {
            part,
            priority: PRIORITY,
            short: None,
            only: Vec::new(),
            not: Vec::new(),
            fallback: None,
            pinned,
            whole: false,
        }
    }

    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Part::Text(text.into()))
    }

    /// A title or a heading.
    pub fn heading(text: impl Into<String>) -> Self {
        Self::new(Part::Heading(text.into()))
    }

    /// Items.
    pub fn list<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::new(Part::List(items.into_iter().map(Into::into).collect()))
    }

    /// A button or link that leads to an address.
    pub fn link(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(Part::Action(Action { label: label.into(), short: None, target: Target::Url(url.into()) }))
    }

    /// A button that answers with this text.
    pub fn reply(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Part::Action(Action { label: label.into(), short: None, target: Target::Reply(text.into()) }))
    }

    /// A picture or a film, with what it shows in words.
    pub fn media(url: impl Into<String>, alt: impl Into<String>) -> Self {
        Self::new(Part::Media(Media { url: url.into(), alt: alt.into() }))
    }

    /// A code, pinned.
    pub fn code(code: impl Into<String>) -> Self {
        Self::new(Part::Code(code.into()))
    }

    /// Words that law or a contract asks for, pinned.
    pub fn legal(text: impl Into<String>) -> Self {
        Self::new(Part::Legal(text.into()))
    }

    /// The same, with this shorter way to say it; of an action, its shorter label.
    pub fn with_short(mut self, short: impl Into<String>) -> Self {
        match &mut self.part {
            Part::Action(action) => action.short = Some(short.into()),
            _ => self.short = Some(short.into()),
        }
        self
    }

    /// The same, kept this long; the higher, the longer.
    pub fn with_priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// The same, on this kind only.
    pub fn only_on(mut self, kind: ChannelKind) -> Self {
        self.only.push(kind);
        self
    }

    /// The same, not on this kind.
    pub fn not_on(mut self, kind: ChannelKind) -> Self {
        self.not.push(kind);
        self
    }

    /// The same, with this in its place where a channel has no form for it.
    pub fn with_fallback(mut self, block: Self) -> Self {
        self.fallback = Some(Box::new(block));
        self
    }

    /// The same, never changed and never left out.
    pub fn pinned(mut self) -> Self {
        self.pinned = true;
        self
    }

    /// The same, never cut.
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Whether it is written for this kind.
    pub fn is_for(&self, kind: ChannelKind) -> bool {
        (self.only.is_empty() || self.only.contains(&kind)) && !self.not.contains(&kind)
    }

    /// What is wrong with it, in words that do not repeat its own.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.part.is_empty() {
            return Some("is empty");
        }
        if self.short.as_deref().is_some_and(|short| short.trim().is_empty()) {
            return Some("has an empty `short`");
        }
        match &self.fallback {
            // One substitute is enough to end in words; a chain of them would have no bound.
            Some(fallback) if fallback.fallback.is_some() => Some("has a fallback with a fallback of its own"),
            Some(fallback) => fallback.fault().map(|_| "has an empty fallback"),
            None => None,
        }
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({})", self.kind())
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({} bytes, {:?})", self.label.len(), self.target)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(url) => write!(f, "Url({} bytes)", url.len()),
            Self::Reply(reply) => write!(f, "Reply({} bytes)", reply.len()),
        }
    }
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Media({} bytes)", self.alt.len())
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = match &self.part {
            Part::Text(text) | Part::Heading(text) | Part::Code(text) | Part::Legal(text) => text.len(),
            Part::List(items) => items.iter().map(String::len).sum(),
            Part::Action(action) => action.label.len(),
            Part::Media(media) => media.alt.len(),
        };
        write!(f, "Block({}, {length} bytes)", self.part.kind())
    }
}

/// A block as it is written: one of the first seven says what it holds.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a block")]
struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heading: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<ActionWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media: Option<MediaWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only: Vec<ChannelKind>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not: Vec<ChannelKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<Box<Wire>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a picture or a film")]
struct MediaWire {
    url: String,
    alt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an action")]
struct ActionWire {
    label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

impl TryFrom<ActionWire> for Action {
    type Error = &'static str;

    fn try_from(wire: ActionWire) -> Result<Self, &'static str> {
        let target = match (wire.url, wire.reply) {
            (Some(url), None) => Target::Url(url),
            (None, Some(reply)) => Target::Reply(reply),
            _ => return Err("an action leads either to a `url` or back as a `reply`, expected exactly one of them"),
        };
        Ok(Self { label: wire.label, short: wire.short, target })
    }
}

impl TryFrom<Wire> for Block {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        let action = wire.action.map(Action::try_from).transpose()?;
        let parts = [
            wire.text.map(Part::Text),
            wire.heading.map(Part::Heading),
            wire.list.map(Part::List),
            action.map(Part::Action),
            wire.media.map(|MediaWire { url, alt }| Part::Media(Media { url, alt })),
            wire.code.map(Part::Code),
            wire.legal.map(Part::Legal),
        ];
        let mut parts = parts.into_iter().flatten();
        let (Some(part), None) = (parts.next(), parts.next()) else {
            return Err(
                "a block holds one thing, expected exactly one of text, heading, list, action, media, code, legal",
            );
        };
        let mut block = Self::new(part);
        block.priority = wire.priority.unwrap_or(block.priority);
        block.pinned = wire.pinned.unwrap_or(block.pinned);
        if wire.short.is_some() && block.part.kind() == PartKind::Action {
            return Err("the `short` label of an action stands inside the action");
        }
        let fallback = wire.fallback.map(|wire| Self::try_from(*wire).map(Box::new)).transpose()?;
        Ok(Self { short: wire.short, only: wire.only, not: wire.not, fallback, whole: wire.whole, ..block })
    }
}

impl From<&Block> for Wire {
    fn from(block: &Block) -> Self {
        let plain = Block::new(block.part.clone());
        let mut wire = Self {
            priority: (block.priority != plain.priority).then_some(block.priority),
            short: block.short.clone(),
            only: block.only.clone(),
            not: block.not.clone(),
            fallback: block.fallback.as_deref().map(|block| Box::new(Self::from(block))),
            pinned: (block.pinned != plain.pinned).then_some(block.pinned),
            whole: block.whole,
            ..Self::default()
        };
        match plain.part {
            Part::Text(text) => wire.text = Some(text),
            Part::Heading(text) => wire.heading = Some(text),
            Part::List(items) => wire.list = Some(items),
            Part::Action(Action { label, short, target }) => {
                let (url, reply) = match target {
                    Target::Url(url) => (Some(url), None),
                    Target::Reply(reply) => (None, Some(reply)),
                };
                wire.action = Some(ActionWire { label, short, url, reply });
            }
            Part::Media(Media { url, alt }) => wire.media = Some(MediaWire { url, alt }),
            Part::Code(code) => wire.code = Some(code),
            Part::Legal(text) => wire.legal = Some(text),
        }
        wire
    }
}

impl Serialize for Block {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Wire::from(self).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(Discreet(from)).map_err(|error| error.0)?;
        Self::try_from(wire).map_err(serde::de::Error::custom)
    }
}
