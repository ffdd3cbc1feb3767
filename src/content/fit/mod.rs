//! Fitting: the words of a message made right for one channel, measured, priced, and what was lost listed.

mod choice;
mod context;
mod cut;
mod draft;
mod fitted;
mod floor;
mod ladder;
mod loss;
mod surely;
mod target;

pub use choice::{ContentChoice, LocaleMatch};
pub use context::{FitContext, Session};
pub use fitted::{Fitted, Measure, Unfit};
pub use loss::{Loss, LossKind, LossKinds};

use crate::{channel::ChannelDescriptor, content::Content, reason::Reason};

/// Fits content to one channel.
///
/// Of the variants that suit the channel, the one that ranks first and fits is taken; it is rendered, laid out in the
/// channel's dialect and, where it is over a hard limit, taken down the ladder of losses. Pure: the same arguments give
/// the same bytes.
///
/// # Errors
///
/// [`Unfit`]: no variant suits the channel, a value is missing, or what is pinned alone is over a limit.
///
/// ```
/// use waypost::{ChannelDescriptor, Capability, ChannelKind, Content, Purpose, Unit, content::{self, Block, FitContext}};
///
/// let content = Content::of_blocks([
///     Block::text("Your parcel left our warehouse this morning and should be with you tomorrow").with_short("Parcel sent"),
///     Block::link("Follow it", "https://example.com/p/1"),
///     Block::legal("Reply STOP to opt out"),
/// ]);
/// let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text).with_limit(80, Unit::Septets);
/// let fitted = content::fit(&content, &sms, &FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Transactional))?;
/// assert_eq!(fitted.text(), "Parcel sent\nFollow it: https://example.com/p/1\nReply STOP to opt out");
/// assert_eq!(fitted.losses().len(), 2); // the text is shortened, the button a line of text
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit<'a>(
    content: &'a Content,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Result<Fitted<'a>, Unfit> {
    choice::first_that_fits(content, channel, context, |variant, at| {
        fitted::fit(content, variant, at, channel, context)
    })
    .map_err(Unfit::new)
}

impl Content {
    /// Fits the variant that a plan chose.
    pub(crate) fn fit_choice<'a>(
        &'a self,
        choice: ContentChoice,
        channel: &ChannelDescriptor,
        context: &FitContext<'_>,
    ) -> Result<Fitted<'a>, Unfit> {
        let at = usize::from(choice.variant);
        let variant = self.variants.get(at).ok_or(Unfit::new(Reason::ContentMissing))?;
        choice::suits(variant, channel, context).map_err(|(_, reason)| Unfit::new(reason))?;
        fitted::fit(self, variant, at, channel, context).map_err(Unfit::new)
    }
}
