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

mod bidi;
mod block;
mod boundaries;
mod dialect;
mod fit;
mod limit;
mod limits;
mod links;
pub(crate) mod measure;
pub mod payload;
mod piece;
mod preview;
mod push;
mod render;
mod setting;
pub mod sms;
mod variables;
mod variant;

use serde::Serialize;

use crate::{discreet::discreet, locale::Locale};

pub use block::{Action, Block, Media, Part, PartKind, Target};
pub use dialect::Dialect;
pub use fit::{
    ContentChoice, FitContext, Fitted, LocaleMatch, Loss, LossKind, LossKinds, Measure, Session, Unfit, fit,
};
pub use limit::{Field, Limit, LimitKind, Unit};
pub use limits::{LimitRow, Limits};
pub use payload::{
    Payload,
    email::{InvalidUnsubscribe, ListUnsubscribe, Unsubscribe},
};
pub use preview::{ChannelPreview, Preview, Shown, preview};
pub use push::{InterruptionLevel, PushOptions};
#[cfg(feature = "minijinja")]
pub use render::MiniJinja;
pub use render::{Render, RenderError, Rendered, Substitution, Values, Verbatim};
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
    /// What is said of the notification, where a channel sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushOptions>,
}
}

impl Content {
    /// These variants.
    pub fn new(variants: impl IntoIterator<Item = Variant>) -> Self {
        Self { variants: variants.into_iter().collect(), ..Self::default() }
    }

    /// One variant of blocks, for every kind.
    pub fn of_blocks(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self::new([Variant::blocks(blocks)])
    }

    /// The language to use where none of the customer's is written.
    pub(crate) fn default_locale(&self) -> Option<Locale> {
        self.default_locale.or_else(|| self.variants.first().and_then(|first| first.locale))
    }

    /// Whether there is data beside the words that a notification may do without.
    pub(crate) fn has_data_to_shed(&self) -> bool {
        self.push.as_ref().is_some_and(|push| push.data.keys().any(|name| !push.is_required(name)))
    }
}
