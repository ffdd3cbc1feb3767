//! Preview: what every channel makes of a message, side by side.

use std::fmt::{self, Display};

use crate::{
    channel::{Capability, ChannelDescriptor},
    content::{
        Content, Dialect, Field, FitContext, Fitted, Form, LimitKind, Loss, LossKind, Measure, PartKind, Session,
        Unfit, fit, measure,
    },
    id::ChannelId,
    kind::ChannelKind,
};

/// What every channel makes of a message, in the order in which the channels are declared.
///
/// `Display` shows the words, for whoever wrote them; `Debug` shows measures and losses only.
#[derive(Clone, Debug)]
pub struct Preview<'a> {
    /// One a channel.
    pub channels: Vec<ChannelPreview<'a>>,
}

/// What one channel makes of a message.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChannelPreview<'a> {
    /// The channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// What its provider speaks.
    pub dialect: Dialect,
    /// What comes of the fit, or why there is nothing.
    pub result: Result<Fitted<'a>, Unfit>,
    content: &'a Content,
}

/// The words of one field, split where a reader sees no more without a touch. `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shown {
    /// The field.
    pub field: Field,
    /// What is seen.
    pub seen: String,
    /// What is not, past the narrowest visible limit; mostly nothing.
    pub hidden: String,
}

/// Fits content to every channel.
///
/// The same as [`fit`] for each of them, but for the session, which holds for channels with
/// [sessions](Capability::Session) only. Pure: the same arguments give the same preview.
///
/// ```
/// use waypost::{ChannelList, Content, Purpose, content::{self, Block, FitContext}};
///
/// let channels = ChannelList::from_toml(r#"
/// channels = [
///     { id = "text",  kind = "sms",   capabilities = ["text"], limits = [{ max = 1, unit = "segments" }], price = { micros = 45000, currency = "EUR" } },
///     { id = "robot", kind = "voice", capabilities = ["text"] },
///     { id = "wall",  kind = "pager", capabilities = ["text"], limits = [{ max = 20, unit = "code_points" }] },
/// ]
/// "#)?.channels;
/// let content = Content::of_blocks([
///     Block::text("Your parcel left our warehouse this morning, and the driver should ring at your door tomorrow between ten and noon")
///         .with_short("Your parcel comes tomorrow"),
///     Block::link("Follow it", "https://example.com/p/1"),
///     Block::legal("Reply STOP to opt out"),
/// ]);
/// let context = FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Transactional);
/// assert_eq!(content::preview(&content, &channels, &context).to_string(), "\
/// text: sms
///     body       Your parcel comes tomorrow
///                Follow it: https://example.com/p/1
///                Reply STOP to opt out
///     measured   1 of 1 segment
///                1 of 255 segments
///     billed     1 segment, 0.045 EUR
///     lost       block 1 (text): shortened
///                block 2 (action): flattened to text
///
/// robot: voice
///     body       Your parcel left our warehouse this morning, and the driver should ring at your door tomorrow between ten and noon
///                Follow it: example.com
///                Reply STOP to opt out
///     billed     1 unit
///     lost       block 2 (action): without a link
///
/// wall: pager, plain
///     refused    too long: 48 characters of at most 20
/// ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn preview<'a, 'c>(
    content: &'a Content,
    channels: impl IntoIterator<Item = &'c ChannelDescriptor>,
    context: &FitContext<'_>,
) -> Preview<'a> {
    let open = FitContext { session: Session::Open, ..*context };
    let preview = |channel: &ChannelDescriptor| {
        let context = if channel.capabilities.has(Capability::Session) { context } else { &open };
        ChannelPreview {
            channel: channel.id,
            kind: channel.kind,
            dialect: channel.dialect(),
            result: fit(content, channel, context),
            content,
        }
    };
    Preview { channels: channels.into_iter().map(preview).collect() }
}

impl ChannelPreview<'_> {
    /// The words as a reader gets them, field by field; nothing where it is refused.
    ///
    /// Markup, such as the HTML of an email, is not among them, nor what only a machine reads.
    pub fn words(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        let Ok(fitted) = &self.result else { return shown };
        fitted.payload().fields(&mut |field, words| {
            if !matches!(field, Field::Html | Field::PlainText | Field::Speech | Field::Postback | Field::Payload) {
                let visible = fitted.measures().iter().map(|measure| measure.limit);
                let visible = visible.filter(|limit| limit.kind == LimitKind::Visible && limit.field == field);
                let seen = visible.map(|limit| measure::prefix(words, limit.max, limit.unit).len()).min();
                let (seen, hidden) = words.split_at(seen.unwrap_or(words.len()));
                shown.push(Shown { field, seen: seen.to_owned(), hidden: hidden.to_owned() });
            }
        });
        shown
    }

    /// What is billed, in words: `2 segments, 0.09 EUR`; `None` where it is refused.
    pub fn billed(&self) -> Option<String> {
        let fitted = self.result.as_ref().ok()?;
        let (units, word) = (fitted.units(), if self.dialect == Dialect::Sms { "segment" } else { "unit" });
        let plural = if units == 1 { "" } else { "s" };
        Some(match fitted.price() {
            Some(price) => format!("{units} {word}{plural}, {price}"),
            None => format!("{units} {word}{plural}"),
        })
    }

    /// What was lost, in words, a line for each; blocks are counted from 1, as their author does.
    pub fn losses(&self) -> Vec<String> {
        let Ok(fitted) = &self.result else { return Vec::new() };
        fitted.losses().iter().map(|loss| Lost { loss, part: self.part(fitted, loss) }.to_string()).collect()
    }

    /// Which kind of block a loss is of.
    fn part(&self, fitted: &Fitted<'_>, loss: &Loss) -> Option<PartKind> {
        let choice = fitted.choice();
        let variant = self.content.variants.get(usize::from(choice.variant))?;
        let block = variant.blocks.get(usize::from(loss.block?))?;
        (choice.form == Form::Blocks).then(|| block.part.kind())
    }
}

/// A loss in words.
struct Lost<'l> {
    loss: &'l Loss,
    part: Option<PartKind>,
}

impl Display for Lost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.loss.block, self.part) {
            (Some(block), Some(part)) => write!(f, "block {} ({part}): ", u32::from(block) + 1)?,
            _ => f.write_str("the message: ")?,
        }
        f.write_str(match (self.loss.kind, self.loss.block) {
            (LossKind::Dropped, Some(_)) => "left out",
            (LossKind::Dropped, None) => "without its title",
            (kind, _) => kind.words(),
        })?;
        match (self.loss.kind, self.loss.characters) {
            (LossKind::Respelled, count @ 1..) => write!(f, " in {count} characters"),
            (LossKind::CutAtSentence | LossKind::CutAtWord | LossKind::CutInWord, count @ 1..) => {
                write!(f, ", {count} characters lost")
            }
            _ => Ok(()),
        }
    }
}

/// `62 of 160 septets`, `title: 70 characters, 40 seen`, `161 bytes, billed by 160`.
impl Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, measured } = self;
        let words = limit.unit.words().trim_end_matches(" as read");
        // One of a thing is not many; units of several words are read either way.
        let of = |count: u32| if count == 1 { words.strip_suffix('s').unwrap_or(words) } else { words };
        if limit.field != Field::Body {
            write!(f, "{}: ", limit.field.code().replace('_', " "))?;
        }
        match limit.kind {
            LimitKind::Hard => write!(f, "{measured} of {} {}", limit.max, of(limit.max)),
            LimitKind::Billing => write!(f, "{measured} {}, billed by {}", of(*measured), limit.max),
            LimitKind::Visible if measured > &limit.max => {
                write!(f, "{measured} {}, {} seen", of(*measured), limit.max)
            }
            LimitKind::Visible => write!(f, "{measured} of {} {} seen at once", limit.max, of(limit.max)),
        }
    }
}

impl Display for Preview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, channel) in self.channels.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            channel.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for ChannelPreview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.channel, self.kind)?;
        if self.dialect.code() != self.kind.as_str() {
            write!(f, ", {}", self.dialect)?;
        }
        writeln!(f)?;
        let fitted = match &self.result {
            Ok(fitted) => fitted,
            Err(unfit) => return row(f, "refused", &[unfit.to_string()]),
        };
        for Shown { field, seen, hidden } in self.words() {
            let words = if hidden.is_empty() { seen } else { format!("{seen} | {hidden}") };
            row(f, &field.code().replace('_', " "), &[words])?;
        }
        row(f, "measured", &fitted.measures().iter().map(Measure::to_string).collect::<Vec<_>>())?;
        row(f, "billed", self.billed().as_slice())?;
        row(f, "lost", &self.losses())
    }
}

/// Lines beside the name that they have in common.
fn row(f: &mut fmt::Formatter<'_>, name: &str, words: &[String]) -> fmt::Result {
    for (at, line) in words.iter().flat_map(|words| words.split('\n')).enumerate() {
        let line = format!("    {:<10} {line}", if at == 0 { name } else { "" });
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

impl fmt::Debug for ChannelPreview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelPreview").field("channel", &self.channel).field("result", &self.result).finish()
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({}, {} bytes, {} hidden)", self.field, self.seen.len(), self.hidden.len())
    }
}
