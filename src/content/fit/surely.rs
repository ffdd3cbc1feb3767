//! The short way: what can be said of words without laying them out, because they fit whatever is done to them, or never.

use std::borrow::Cow;

use crate::{
    channel::ChannelDescriptor,
    content::{
        Content, ContentChoice, Dialect, Field, FitContext, Form, Limit, LimitKind, LossKind, LossKinds, Payload, Unit,
        Variant, boundaries,
        fit::target::in_force,
        links::{is_safe, links},
        measure,
        payload::{Headings, email::leads},
        render::is_blank,
        sms::{Alphabet, Encoding, Segmentation},
    },
    kind::ChannelKind,
    reason::Reason,
};

/// What a payload has at most besides its words, in bytes: keys of JSON, or the frame of an email.
const FRAME: u64 = 16 * 1024;

/// What [`fit`](super::fit) would answer, without laying anything out; `None` where one has to look.
///
/// Most messages are a few words that are written for their channel, and most candidates do not win: for those only
/// this is asked.
pub(super) fn surely(
    content: &Content,
    variant: &Variant,
    at: usize,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Option<Result<ContentChoice, Reason>> {
    if variant.form == Form::Blocks {
        return None;
    }
    let parameters = variant.template.iter().flat_map(|template| &template.parameters).map(String::as_str);
    let around = [variant.title.as_deref(), variant.link.as_deref()].into_iter().flatten();
    let mut words = around.chain([variant.body.as_str()]).chain(parameters);
    let mut bytes = 0;
    let is_plain = words.all(|words| {
        bytes += words.len() as u64 + 2;
        context.render.is_plain(words)
    });
    if !is_plain {
        return None;
    }
    // What the policy or safety has to say of links, the draft says.
    if (context.no_links && has_link(variant))
        || variant.link.as_deref().is_some_and(|link| !is_safe(link))
        || says_nothing(variant)
    {
        return None;
    }
    let (dialect, native) = (channel.dialect(), Payload::native(channel.dialect()));
    match dialect {
        // How to leave is rendered and checked, unless it is plain to see.
        dialect if is_email(dialect, channel) && !may_leave(content, context) => return None,
        // Where a heading is a line of text, and what is no link in an email, the payload says.
        Dialect::WhatsApp | Dialect::Rcs if variant.title.is_some() => return None,
        Dialect::Email if variant.link.as_deref().is_some_and(|link| !leads(link)) => return None,
        // Links are not spoken, which is a loss.
        Dialect::Voice if variant.link.is_some() || links(&variant.body).next().is_some() => return None,
        _ => {}
    }
    let body = as_written(variant, dialect);
    let segments = match dialect {
        Dialect::Sms if variant.form != Form::Template => Some(segments(body?, channel)?),
        _ => None,
    };
    for limit in in_force(channel, context, dialect, variant.form) {
        let is_within = match (limit.field, limit.unit, segments) {
            (Field::Body, Unit::Segments, Some(segments)) => segments <= limit.max,
            _ => is_surely_within(limit, bytes, body, dialect),
        };
        if !is_within {
            return Some(Err(too_long(limit, body?)?));
        }
    }
    let is_without_title = variant.title.is_some() && native.headings == Headings::None;
    let losses = if is_without_title { LossKinds::NONE.with(LossKind::Untitled) } else { LossKinds::NONE };
    Some(Ok(ContentChoice::of(variant, at, segments.unwrap_or(1), losses)))
}

/// That a body is over a limit, where that is sure: nothing shortens words that were written for their channel, but to put
/// letters and accents together.
fn too_long(limit: Limit, body: &str) -> Option<Reason> {
    let Limit { max, unit, field, kind } = limit;
    let is_counted = !matches!(unit, Unit::Segments | Unit::Septets | Unit::Seconds | Unit::Items | Unit::JsonBytes);
    if (field, kind, is_counted) != (Field::Body, LimitKind::Hard, true) {
        return None;
    }
    let measured = measure::count(body, unit);
    let is_composed = matches!(boundaries::composed(body), Cow::Borrowed(_));
    (measured > max && is_composed).then_some(Reason::TooLong { field, unit, measured, max })
}

fn is_email(dialect: Dialect, channel: &ChannelDescriptor) -> bool {
    dialect == Dialect::Email || channel.kind == ChannelKind::EMAIL
}

/// Whether an email may go as far as its way out is concerned, without putting values into it.
fn may_leave(content: &Content, context: &FitContext<'_>) -> bool {
    match &content.unsubscribe {
        Some(way) => way.is_plain_and_sound(context.render),
        None => !context.purpose.is_commercial(),
    }
}

/// The body, where the dialect leaves it as its author wrote it.
fn as_written(variant: &Variant, dialect: Dialect) -> Option<&str> {
    let is_alone = variant.link.is_none();
    let is_left_alone = match dialect {
        Dialect::Plain | Dialect::Sms => is_alone,
        // The link of a notification has a place of its own, and the title its own field.
        Dialect::Apns | Dialect::Fcm | Dialect::WebPush => true,
        Dialect::InApp => is_alone,
        dialect => is_alone && variant.title.is_none() && !escapes(dialect),
    };
    is_left_alone.then_some(variant.body.as_str())
}

fn says_nothing(variant: &Variant) -> bool {
    match &variant.template {
        Some(template) => template.parameters.iter().any(|parameter| is_blank(parameter)),
        None => variant.form != Form::Template && is_blank(&variant.body),
    }
}

fn has_link(variant: &Variant) -> bool {
    let parameters = variant.template.iter().flat_map(|template| &template.parameters).map(String::as_str);
    let words = [variant.title.as_deref(), Some(variant.body.as_str())].into_iter().flatten().chain(parameters);
    variant.link.is_some() || words.into_iter().any(|words| links(words).next().is_some())
}

/// Whether a dialect writes words in another way than they are authored, which makes them longer.
fn escapes(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Email | Dialect::Voice | Dialect::Print | Dialect::Slack | Dialect::Teams)
}

/// How many messages a text takes that every phone reads as it is; `None` of another.
fn segments(text: &str, channel: &ChannelDescriptor) -> Option<u32> {
    let cut = Segmentation::with(text, Alphabet::DEFAULT, channel.sms.cut());
    (cut.encoding() != Encoding::Ucs2).then(|| u32::try_from(cut.segments()).unwrap_or(u32::MAX))
}

/// Whether so many bytes of words are within a limit however they are counted, or the body is as it is.
fn is_surely_within(limit: Limit, bytes: u64, body: Option<&str>, dialect: Dialect) -> bool {
    match limit.kind {
        LimitKind::Billing => return false,
        LimitKind::Visible => return true,
        LimitKind::Hard => {}
    }
    let max = u64::from(limit.max);
    match (limit.field, limit.unit) {
        (_, Unit::Segments | Unit::Seconds | Unit::Items) => false,
        // A control character is six bytes of JSON, and words may stand in several places.
        (_, Unit::JsonBytes) | (Field::Html | Field::PlainText | Field::Payload, _) => 12 * bytes + FRAME <= max,
        (_, Unit::Septets) => 3 * bytes <= max,
        (Field::Body, unit) => match body {
            Some(body) => bytes <= max || u64::from(measure::count(body, unit)) <= max,
            None if escapes(dialect) => 8 * bytes + 64 <= max,
            // What stands between title, words and link.
            None => bytes + 64 <= max,
        },
        _ => bytes <= max,
    }
}
