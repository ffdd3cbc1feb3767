//! Variants: one way to say a message, in one form and one language.

use serde::Serialize;

use crate::{
    channel::{Capabilities, Capability},
    codes::codes,
    content::Block,
    discreet::discreet,
    id::{Code, TenantId},
    kind::ChannelKind,
    locale::Locale,
};

codes! {
    /// The form of a variant; it says what a channel must be able to do to carry it.
    closed Form, "content form" {
        /// A short text; needs `text`.
        Text = "text",
        /// A text of many paragraphs; needs `long_form`.
        LongForm = "long_form",
        /// A text with media or cards; needs `rich_media`.
        Rich = "rich",
        /// A template approved beforehand; needs `template`, and no open session.
        Template = "template",
        /// Blocks, written once for every channel; needs `text`, `long_form` or `rich_media`.
        Blocks = "blocks",
    }
}

impl Form {
    /// Whether a channel carries it.
    pub(crate) fn suits(self, channel: Capabilities) -> bool {
        match self {
            Self::Text => channel.has(Capability::Text),
            Self::LongForm => channel.has(Capability::LongForm),
            Self::Rich => channel.has(Capability::RichMedia),
            Self::Template => channel.has(Capability::Template),
            Self::Blocks => [Self::Text, Self::LongForm, Self::Rich].into_iter().any(|form| form.suits(channel)),
        }
    }

    /// The form in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongForm => "long form",
            Self::Rich => "rich text",
            Self::Template => "template",
            Self::Blocks => "blocks",
        }
    }

    /// Where a channel can carry several forms, the fuller one is preferred; a template only where nothing else goes.
    ///
    /// Blocks come before a short text where the channel carries more than one, and after it where it does not.
    pub(crate) fn preference(self, channel: Capabilities) -> u8 {
        let is_full = channel.has(Capability::LongForm) || channel.has(Capability::RichMedia);
        match self {
            Self::LongForm => 0,
            Self::Rich => 1,
            Self::Blocks if is_full => 2,
            Self::Text => 3,
            Self::Blocks => 4,
            Self::Template => 5,
        }
    }
}

discreet! {
TemplateDocument of "Template",
/// An approved template and its ordered parameters.
#[derive(Clone, PartialEq, Serialize)]
pub struct Template {
    /// The name under which it was approved.
    pub name: Code,
    /// The values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
}
}

// The parameters are content; only their number is shown.
impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({}, {} parameters)", self.name, self.parameters.len())
    }
}

discreet! {
VariantDocument of "Variant",
/// One way to say the message.
///
/// `Debug` shows the form and the length, never the words.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Variant {
    /// The kinds it was written for; empty for every kind that can carry its form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<ChannelKind>,
    /// Its language; `None` for the content's default language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// The brand it was written for; `None` for every brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<TenantId>,
    /// Its form.
    #[serde(default = "text", skip_serializing_if = "is_text")]
    pub form: Form,
    /// Subject or title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The words; empty for a template and for blocks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The blocks, for that form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// Where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The template, for that form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
}
}

fn text() -> Form {
    Form::Text
}

fn is_text(form: &Form) -> bool {
    *form == Form::Text
}

impl Variant {
    /// A short text for every kind.
    pub fn text(body: impl Into<String>) -> Self {
        Self::of(Form::Text, body)
    }

    /// A long text for every kind.
    pub fn long_form(title: impl Into<String>, body: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..Self::of(Form::LongForm, body) }
    }

    /// A text of this form for every kind.
    pub fn of(form: Form, body: impl Into<String>) -> Self {
        Self {
            kinds: Vec::new(),
            locale: None,
            brand: None,
            form,
            title: None,
            body: body.into(),
            blocks: Vec::new(),
            link: None,
            template: None,
        }
    }

    /// An approved template for every kind that takes templates.
    pub fn template(name: Code, parameters: impl IntoIterator<Item = String>) -> Self {
        let template = Template { name, parameters: parameters.into_iter().collect() };
        Self { template: Some(template), ..Self::of(Form::Template, "") }
    }

    /// Blocks, for every kind that carries text.
    pub fn blocks(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { blocks: blocks.into_iter().collect(), ..Self::of(Form::Blocks, "") }
    }

    /// Whether it says things at length on a channel.
    pub(crate) fn is_long(&self, channel: Capabilities) -> bool {
        match self.form {
            Form::LongForm => true,
            Form::Blocks => channel.has(Capability::LongForm),
            _ => false,
        }
    }

    /// The same, written for this kind.
    pub fn on(mut self, kind: ChannelKind) -> Self {
        self.kinds.push(kind);
        self
    }

    /// The same, in this language.
    pub fn in_locale(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    /// The same, for this brand only.
    pub fn for_brand(mut self, brand: TenantId) -> Self {
        self.brand = Some(brand);
        self
    }

    /// The same, leading here.
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variant({}, {} bytes)", self.form, self.body.len())
    }
}
