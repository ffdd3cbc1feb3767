//! Choice: which variant of a content is used on a channel.

use serde::{Deserialize, Serialize};

use crate::{
    channel::ChannelDescriptor,
    codes::codes,
    content::{
        Content, FitContext, Form, LossKinds, Session, Variant,
        fit::{fitted, surely::surely},
    },
    locale::Locale,
    reason::{Misfit, Reason},
};

codes! {
    /// How the language of a variant was found.
    closed LocaleMatch, "locale match" {
        /// It is one that the customer asked for, or the customer asked for none.
        Exact = "exact",
        /// It is a wider one than the customer asked for: `pt` for `pt-BR`.
        Wider = "wider",
        /// It is the content's default.
        Default = "default",
        /// It is any, for there is none of these.
        Any = "any",
    }
}

impl LocaleMatch {
    /// In words, where there is something to say.
    pub(crate) fn words(self) -> Option<&'static str> {
        match self {
            // Whoever asks for `es-MX` reads `es`.
            Self::Exact | Self::Wider => None,
            Self::Default => Some("the default language"),
            Self::Any => Some("not the customer's language"),
        }
    }
}

/// Which variant of a message's content is used, in which language, and what comes of fitting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContentChoice {
    /// The variant's place in the content, from 0.
    pub variant: u16,
    /// Its form.
    pub form: Form,
    /// Its language, where the author said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// How that was found.
    #[serde(default = "exact", skip_serializing_if = "is_exact")]
    pub locale_match: LocaleMatch,
    /// How many units are billed, such as the segments of an SMS.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub units: u32,
    /// What was lost so that it fits.
    #[serde(default, skip_serializing_if = "LossKinds::is_empty")]
    pub losses: LossKinds,
}

fn exact() -> LocaleMatch {
    LocaleMatch::Exact
}

fn is_exact(found: &LocaleMatch) -> bool {
    *found == LocaleMatch::Exact
}

fn one() -> u32 {
    1
}

fn is_one(units: &u32) -> bool {
    *units == 1
}

impl ContentChoice {
    pub(crate) fn of(variant: &Variant, at: usize, units: u32, losses: LossKinds) -> Self {
        // INVARIANT: `Message` refuses content of more than u16::MAX variants at the door.
        let place = u16::try_from(at).unwrap_or(u16::MAX);
        let locale_match = LocaleMatch::Exact;
        Self { variant: place, form: variant.form, locale: variant.locale, locale_match, units, losses }
    }
}

impl Content {
    /// Chooses the variant for one channel and customer, and says what comes of it without its words.
    pub(crate) fn judge(&self, channel: &ChannelDescriptor, context: &FitContext<'_>) -> Result<ContentChoice, Reason> {
        first_that_fits(self, channel, context, |variant, at| {
            let choice = match surely(self, variant, at, channel, context) {
                Some(known) => known?,
                None => return Ok(fitted::fit(self, variant, at, channel, context)?.choice()),
            };
            Ok(ContentChoice { locale_match: locale_match(self, variant, context.locales), ..choice })
        })
    }
}

/// How long a text is that is too long: of several, the shortest is named.
fn length(reason: Reason) -> Option<u32> {
    match reason {
        Reason::TooLong { measured, .. } => Some(measured),
        _ => None,
    }
}

/// The variants that suit, in this order, until one fits:
///
/// | | |
/// | --- | --- |
/// | 1 | the customer's languages in order, each before its parents (`es-MX`, `es`), then the default language, then any |
/// | 2 | written for the brand on whose behalf it is sent before written for all; never what is written for another |
/// | 3 | written for this kind before written for all |
/// | 4 | long form, rich, text, template: the fullest that the channel carries; blocks as [`Form`] says |
/// | 5 | declared order |
pub(super) fn first_that_fits<'a, T>(
    content: &'a Content,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
    mut fit: impl FnMut(&'a Variant, usize) -> Result<T, Reason>,
) -> Result<T, Reason> {
    // Variants fail at different doors; the reason is that of the variant which came furthest.
    let mut furthest = (0u8, Reason::ContentMissing);
    let mut fail = |failure: (u8, Reason)| {
        if failure.0 > furthest.0 || (failure.0 == furthest.0 && length(failure.1) < length(furthest.1)) {
            furthest = failure;
        }
    };
    let mut last = None;
    loop {
        let mut best: Option<(Rank, &'a Variant)> = None;
        for (at, variant) in content.variants.iter().enumerate() {
            match suits(variant, channel, context) {
                // Said once, in the first round.
                Err(failure) if last.is_none() => fail(failure),
                Err(_) => {}
                Ok(()) => {
                    let rank = rank(content, variant, at, channel, context.locales);
                    if last.is_none_or(|last| rank > last) && best.is_none_or(|(known, _)| rank < known) {
                        best = Some((rank, variant));
                    }
                }
            }
        }
        let Some((rank, variant)) = best else { return Err(furthest.1) };
        match fit(variant, rank.4) {
            Ok(fitted) => return Ok(fitted),
            Err(reason) => fail((5, reason)),
        }
        last = Some(rank);
    }
}

/// Language, for all brands, for all kinds, fullness, place: the lower, the better, and no two alike.
type Rank = (u32, bool, bool, u8, usize);

fn rank(content: &Content, variant: &Variant, at: usize, channel: &ChannelDescriptor, locales: &[Locale]) -> Rank {
    (
        locale_rank(content, variant, locales),
        variant.brand.is_none(),
        variant.kinds.is_empty(),
        variant.form.preference(channel.capabilities),
        at,
    )
}

/// Whether a variant may be used on a channel at all, and otherwise how far it came.
pub(super) fn suits(
    variant: &Variant,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Result<(), (u8, Reason)> {
    if !variant.kinds.is_empty() && !variant.kinds.contains(&channel.kind) {
        return Err((0, Reason::ContentMissing));
    }
    if variant.brand.is_some() && variant.brand != context.brand {
        return Err((0, Reason::ContentMissing));
    }
    if !variant.form.suits(channel.capabilities) {
        return Err((1, Reason::ContentUnsuited { misfit: Misfit::Form }));
    }
    if context.long_form_only && !variant.is_long(channel.capabilities) {
        return Err((2, Reason::ContentUnsuited { misfit: Misfit::NotLongForm }));
    }
    if context.no_links && variant.link.is_some() {
        return Err((3, Reason::ContentUnsuited { misfit: Misfit::Link }));
    }
    match context.session {
        Session::Closed { since } if variant.form != Form::Template => Err((4, Reason::SessionClosed { since })),
        _ => Ok(()),
    }
}

/// How the language of a variant was found.
pub(super) fn locale_match(content: &Content, variant: &Variant, locales: &[Locale]) -> LocaleMatch {
    match locale_rank(content, variant, locales) {
        _ if locales.is_empty() => LocaleMatch::Exact,
        u32::MAX => LocaleMatch::Any,
        FOUND_BY_DEFAULT => LocaleMatch::Default,
        rank if rank % STEPS == 0 => LocaleMatch::Exact,
        _ => LocaleMatch::Wider,
    }
}

/// A tag has at most a dozen parts, so a place in the customer's languages never reaches the next one.
const STEPS: u32 = 16;

const FOUND_BY_DEFAULT: u32 = u32::MAX - 1;

fn locale_rank(content: &Content, variant: &Variant, locales: &[Locale]) -> u32 {
    let default = content.default_locale();
    let Some(written) = variant.locale.or(default) else { return FOUND_BY_DEFAULT };
    let wanted = locales
        .iter()
        .zip(0u32..)
        .find_map(|(locale, place)| locale.distance_to(&written).map(|step| place * STEPS + u32::from(step)));
    match wanted {
        Some(rank) => rank,
        None if Some(written) == default => FOUND_BY_DEFAULT,
        None => u32::MAX,
    }
}
