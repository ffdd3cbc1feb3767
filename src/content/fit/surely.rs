//! The short way: what can be said of words that are so short that they fit whatever is done to them.

use crate::{
    channel::ChannelDescriptor,
    content::{
        ContentChoice, Dialect, Field, FitContext, Form, Limit, LimitKind, LossKind, LossKinds, Unit, Variant,
        fit::target::Target, payload::Headings, sms::Segmentation,
    },
};

/// What a payload has at most besides its words, in bytes: keys of JSON, or the frame of an email.
const FRAME: u64 = 16 * 1024;

/// What [`fit`](super::fit) would answer, without laying anything out; `None` where one has to look.
///
/// Most messages are a few words that are written for their channel, and most candidates do not win: for those only
/// this is asked.
pub(super) fn surely(
    variant: &Variant,
    at: usize,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Option<ContentChoice> {
    if !matches!(variant.form, Form::Text | Form::LongForm | Form::Rich) {
        return None;
    }
    let words =
        || [variant.title.as_deref(), Some(variant.body.as_str()), variant.link.as_deref()].into_iter().flatten();
    if !words().all(|words| context.render.is_plain(words)) {
        return None;
    }
    let target = Target::new(channel, context, variant.form);
    let bytes: u64 = words().map(|words| words.len() as u64 + 2).sum();
    if !target.limits().all(|limit| is_surely_within(limit, bytes)) {
        return None;
    }
    let is_without_title = variant.title.is_some() && target.native.headings == Headings::None;
    let losses = if is_without_title { LossKinds::NONE.with(LossKind::Dropped) } else { LossKinds::NONE };
    let units = match target.dialect {
        Dialect::Sms if variant.link.is_some() => return None,
        Dialect::Sms => u32::try_from(Segmentation::of(&variant.body).segments()).unwrap_or(u32::MAX),
        _ => 1,
    };
    Some(ContentChoice::of(variant, at, units, losses))
}

/// Whether so many bytes of words are within a limit however they are counted.
fn is_surely_within(limit: Limit, bytes: u64) -> bool {
    let most = match (limit.field, limit.unit) {
        (_, Unit::Segments) => return false,
        // A control character is six bytes of JSON; words may stand in several places.
        (_, Unit::JsonBytes) | (Field::Html | Field::PlainText | Field::Payload, _) => 12 * bytes + FRAME,
        // A byte in UCS-2 is 16 bits, in septets three at most.
        (_, Unit::Septets) => 3 * bytes,
        _ => bytes,
    };
    match limit.kind {
        LimitKind::Hard => most <= u64::from(limit.max),
        LimitKind::Billing => false,
        LimitKind::Visible => true,
    }
}
