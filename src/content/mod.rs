//! Content: what a message says, as variants by kind and language, and which of them suits a channel.

#[allow(dead_code, reason = "the fitting of texts uses all of it")]
mod boundaries;
pub mod sms;

use serde::{Deserialize, Serialize};

use crate::{
    channel::{Capability, ChannelDescriptor, Limit},
    codes::codes,
    discreet::discreet,
    id::Code,
    kind::ChannelKind,
    locale::Locale,
    reason::{Misfit, Reason, Unit},
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
    }
}

impl Form {
    fn needs(self) -> Capability {
        match self {
            Self::Text => Capability::Text,
            Self::LongForm => Capability::LongForm,
            Self::Rich => Capability::RichMedia,
            Self::Template => Capability::Template,
        }
    }

    /// The form in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongForm => "long form",
            Self::Rich => "rich text",
            Self::Template => "template",
        }
    }

    /// Where a channel can carry several forms, the fuller one is preferred; a template only where nothing else goes.
    fn preference(self) -> u8 {
        match self {
            Self::LongForm => 0,
            Self::Rich => 1,
            Self::Text => 2,
            Self::Template => 3,
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
    /// Its form.
    #[serde(default = "text", skip_serializing_if = "is_text")]
    pub form: Form,
    /// Subject or title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The words; empty for a template.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
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
        Self { kinds: Vec::new(), locale: None, form, title: None, body: body.into(), link: None, template: None }
    }

    /// An approved template for every kind that takes templates.
    pub fn template(name: Code, parameters: impl IntoIterator<Item = String>) -> Self {
        let template = Template { name, parameters: parameters.into_iter().collect() };
        Self { template: Some(template), ..Self::of(Form::Template, "") }
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

    /// The same, leading here.
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }

    fn measure(&self, unit: Unit) -> u32 {
        let count = match unit {
            Unit::CodePoints => self.body.chars().count(),
            Unit::Utf16Units => self.body.encode_utf16().count(),
            Unit::Bytes => self.body.len(),
            Unit::Lines => self.body.lines().count(),
            Unit::Words => self.body.split_whitespace().count(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The first limit that the body is over, with the measure.
    fn over(&self, limits: &[Limit]) -> Option<(Limit, u32)> {
        limits.iter().find_map(|limit| {
            // A text has at most as many units as it has bytes: short ones are within most limits without counting.
            if self.body.len() <= limit.max as usize && limit.unit != Unit::Lines {
                return None;
            }
            let measured = self.measure(limit.unit);
            (measured > limit.max).then_some((*limit, measured))
        })
    }
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variant({}, {} bytes)", self.form, self.body.len())
    }
}

discreet! {
ContentDocument of "Content",
/// What a message says: one or more variants.
///
/// ```
/// use waypost::{ChannelKind, Content, Variant};
///
/// let content = Content::new([
///     Variant::text("Your parcel is on its way").on(ChannelKind::SMS),
///     Variant::long_form("On its way", "Dear customer, …").on(ChannelKind::EMAIL),
/// ]);
/// assert_eq!(content.variants.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Content {
    /// The language to use where none of the customer's is written; `None` for that of the first variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_locale: Option<Locale>,
    /// The variants, in declared order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}
}

/// Which variant of a message's content is used, and in which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentChoice {
    /// The variant's place in the content, from 0.
    pub variant: u16,
    /// Its form.
    pub form: Form,
    /// Its language, where the author said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
}

/// What content is being chosen for.
pub(crate) struct Fitting<'a> {
    pub(crate) channel: &'a ChannelDescriptor,
    pub(crate) locales: &'a [Locale],
    /// `Ok` where free text may be sent; otherwise when the session closed, where there was one.
    pub(crate) session: Result<(), Option<chrono::DateTime<chrono::Utc>>>,
    pub(crate) long_form_only: bool,
    pub(crate) no_links: bool,
}

/// How long a text is that is too long: of several, the shortest is named.
fn length(reason: Reason) -> Option<u32> {
    match reason {
        Reason::TooLong { measured, .. } => Some(measured),
        _ => None,
    }
}

impl Content {
    /// These variants.
    pub fn new(variants: impl IntoIterator<Item = Variant>) -> Self {
        Self { default_locale: None, variants: variants.into_iter().collect() }
    }

    /// Chooses the variant for one channel and customer.
    ///
    /// | among those that fit | |
    /// | --- | --- |
    /// | 1 | the customer's languages in order, each before its parents (`es-MX`, `es`), then the default language, then any |
    /// | 2 | written for this kind before written for all |
    /// | 3 | long form, rich, text, template: the fullest that the channel carries |
    /// | 4 | declared order |
    pub(crate) fn choose(&self, fitting: &Fitting<'_>) -> Result<ContentChoice, Reason> {
        // Variants fail at different doors; the reason is that of the variant which came furthest.
        let mut furthest = (0u8, Reason::ContentMissing);
        let mut best: Option<((u32, bool, u8), usize, &Variant)> = None;
        for (at, variant) in self.variants.iter().enumerate() {
            match self.fits(variant, fitting) {
                Err(failure) => {
                    if failure.0 > furthest.0 || (failure.0 == furthest.0 && length(failure.1) < length(furthest.1)) {
                        furthest = failure;
                    }
                }
                Ok(()) => {
                    let rank = (
                        self.locale_rank(variant, fitting.locales),
                        variant.kinds.is_empty(),
                        variant.form.preference(),
                    );
                    if best.is_none_or(|(known, _, _)| rank < known) {
                        best = Some((rank, at, variant));
                    }
                }
            }
        }
        match best {
            Some((_, at, variant)) => Ok(ContentChoice {
                // INVARIANT: `Message` refuses content of more than u16::MAX variants at the door.
                variant: u16::try_from(at).unwrap_or(u16::MAX),
                form: variant.form,
                locale: variant.locale,
            }),
            None => Err(furthest.1),
        }
    }

    fn fits(&self, variant: &Variant, fitting: &Fitting<'_>) -> Result<(), (u8, Reason)> {
        let channel = fitting.channel;
        if !variant.kinds.is_empty() && !variant.kinds.contains(&channel.kind) {
            return Err((0, Reason::ContentMissing));
        }
        if !channel.capabilities.has(variant.form.needs()) {
            return Err((1, Reason::ContentUnsuited { misfit: Misfit::Form }));
        }
        if fitting.long_form_only && variant.form != Form::LongForm {
            return Err((2, Reason::ContentUnsuited { misfit: Misfit::NotLongForm }));
        }
        if fitting.no_links && variant.link.is_some() {
            return Err((3, Reason::ContentUnsuited { misfit: Misfit::Link }));
        }
        if let (Err(since), false) = (fitting.session, variant.form == Form::Template) {
            return Err((4, Reason::SessionClosed { since }));
        }
        match variant.over(&channel.limits) {
            Some((limit, measured)) => Err((5, Reason::TooLong { unit: limit.unit, measured, max: limit.max })),
            None => Ok(()),
        }
    }

    fn locale_rank(&self, variant: &Variant, locales: &[Locale]) -> u32 {
        let default = self.default_locale.or_else(|| self.variants.first().and_then(|first| first.locale));
        let Some(written) = variant.locale.or(default) else { return u32::MAX - 1 };
        let wanted = locales.iter().zip(0u32..).find_map(|(locale, place)| {
            // A tag has at most a dozen parts, so a place never reaches the next one.
            locale.distance_to(&written).map(|step| place * 16 + u32::from(step))
        });
        match wanted {
            Some(rank) => rank,
            None if Some(written) == default => u32::MAX - 1,
            None => u32::MAX,
        }
    }
}
