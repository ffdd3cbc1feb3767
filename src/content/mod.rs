//! Content: what a message says, and how it is fitted to each channel.
//!
//! ```text
//! Content ─ choose ─► Variant ─ render ─► pieces ─ compose ─► Payload ─ measure ─► Fitted
//!           locale,    values              ▲                              │ over a limit
//!           kind, form                     └──────────── ladder ──────────┘
//! ```
//!
//! A message is written as variants, one a kind or language, or once for all as [`Block`]s. For each channel the variant
//! that suits it best is rendered, laid out in the [`Dialect`] of its provider, measured in the provider's own units and,
//! where it is over a limit, taken down a ladder of losses until it fits or is refused.

mod block;
mod boundaries;
mod dialect;
mod limit;
mod limits;
pub(crate) mod measure;
mod payload;
mod piece;
mod render;
mod setting;
pub mod sms;
mod variables;
mod variant;

use serde::{Deserialize, Serialize};

use crate::{
    channel::ChannelDescriptor,
    discreet::discreet,
    locale::Locale,
    reason::{Misfit, Reason},
};

pub use block::{Action, Block, Media, Part, PartKind, Target};
pub use dialect::Dialect;
pub use limit::{Field, Limit, LimitKind, Unit};
pub use limits::{LimitRow, Limits};
#[cfg(feature = "mime")]
pub use payload::mime;
pub use payload::{Email, HeaderText, InvalidUnsubscribe, ListUnsubscribe, Payload, PlainText, SmsText, Unsubscribe};
#[cfg(feature = "minijinja")]
pub use render::MiniJinja;
pub use render::{Render, RenderError, Rendered, Substitution, Values};
pub use variant::{Form, Template, Variant};

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
    /// How to unsubscribe; marketing by email does not go without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Unsubscribe>,
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
        Self { default_locale: None, variants: variants.into_iter().collect(), unsubscribe: None }
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
                        variant.form.preference(fitting.channel.capabilities),
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
        if !variant.form.suits(channel.capabilities) {
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
        let over = channel.limits.iter().find_map(|limit| {
            let measured = measure::count(&variant.body, limit.unit);
            (measured > limit.max).then_some((*limit, measured))
        });
        match over {
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
