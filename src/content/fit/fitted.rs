//! What came of a fit: the payload, its measures, its price and what was lost; or why there is none.

use serde::Serialize;

use crate::{
    channel::ChannelDescriptor,
    content::{
        Content, ContentChoice, Dialect, Field, FitContext, Limit, LimitKind, ListUnsubscribe, Loss, LossKinds,
        Payload, Unit, Variant,
        fit::{choice::locale_match, draft::Draft, ladder::Ladder, target::Target},
        piece::Piece,
        setting::Setting,
    },
    kind::ChannelKind,
    money::Money,
    price::Sale,
    reason::{Misfit, Reason},
};

/// How much a field has of what a limit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// The limit.
    pub limit: Limit,
    /// How much there is.
    pub measured: u32,
}

/// Content as one channel gets it.
///
/// `Debug` shows measures and losses, never the words.
#[derive(Clone)]
pub struct Fitted<'a> {
    choice: ContentChoice,
    payload: Payload,
    measures: Vec<Measure>,
    price: Option<Money>,
    losses: Vec<Loss>,
    pieces: Vec<Piece<'a>>,
    source: &'a Content,
}

/// Why content does not fit a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unfit {
    reason: Reason,
}

impl Unfit {
    pub(crate) fn new(reason: Reason) -> Self {
        Self { reason }
    }

    /// The reason, as it stands in a trace.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

impl Fitted<'_> {
    /// Which variant it is, in which language and form.
    pub fn choice(&self) -> ContentChoice {
        self.choice
    }

    /// What the provider is handed.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The same, to keep.
    pub fn into_payload(self) -> Payload {
        self.payload
    }

    /// How much there is of everything that a limit is on: hard, billing and visible ones.
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// How many units are billed: segments of an SMS, steps of a billing limit, else one.
    pub fn units(&self) -> u32 {
        self.choice.units
    }

    /// What it costs; `None` costs nothing.
    pub fn price(&self) -> Option<Money> {
        self.price
    }

    /// What was lost, in the order of the blocks.
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// The content as it stands after the fit, in blocks: fitted again, rendered by [`Verbatim`](crate::content::Verbatim)
    /// for its values are in it, it gives the same payload. A template has no words and gives none.
    pub fn content(&self) -> Content {
        let mut content = Content::of_blocks(self.pieces.iter().map(Piece::to_block));
        content.default_locale = self.choice.locale.or(self.source.default_locale);
        content.unsubscribe = self.source.unsubscribe.clone();
        content.push = self.source.push.clone();
        content
    }

    /// The words of the body.
    pub fn text(&self) -> String {
        let (mut text, body) = (String::new(), self.payload.body());
        self.payload.fields(&mut |field, words| {
            if field == body {
                text.push_str(words);
            }
        });
        text
    }
}

impl std::fmt::Debug for Fitted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { choice, payload, measures, price, losses, .. } = self;
        f.debug_struct("Fitted")
            .field("choice", choice)
            .field("payload", payload)
            .field("measures", measures)
            .field("price", price)
            .field("losses", losses)
            .finish_non_exhaustive()
    }
}

/// Fits one variant.
pub(super) fn fit<'a>(
    content: &'a Content,
    variant: &'a Variant,
    at: usize,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Result<Fitted<'a>, Reason> {
    fit_by(true, content, variant, at, channel, context)
}

/// The same, by the floor of the measures or by laying everything out: the result is one.
pub(super) fn fit_by<'a>(
    by_floor: bool,
    content: &'a Content,
    variant: &'a Variant,
    at: usize,
    channel: &ChannelDescriptor,
    context: &FitContext<'_>,
) -> Result<Fitted<'a>, Reason> {
    let target = Target::new(channel, context, variant.form);
    let unsubscribe = unsubscribe(content, &target)?;
    let draft = Draft::of(variant, &target)?;
    let template = draft.template.clone();
    let setting = Setting {
        content,
        locale: variant.locale.or(content.default_locale()),
        purpose: context.purpose,
        urgency: context.urgency,
        at: context.at,
        expires: context.expires,
        collapse: context.collapse,
        template: template.as_deref(),
        unsubscribe: unsubscribe.as_ref(),
        is_shed: false,
        sms: &channel.sms,
        tables: channel.sms.tables_of(context.country),
    };
    let landed = Ladder::new(draft, &target, setting).climb(by_floor).map_err(|over| Reason::TooLong {
        field: over.limit.field,
        unit: over.limit.unit,
        measured: over.measured,
        max: over.limit.max,
    })?;
    if matches!(&landed.payload, Payload::Email(email) if email.subject.is_empty()) {
        return Err(Reason::ContentUnsuited { misfit: Misfit::NoSubject });
    }
    let measure = |limit: Limit| Measure { limit, measured: landed.payload.measure(limit.field, limit.unit) };
    let measures: Vec<_> = target.limits().iter().copied().map(measure).collect();
    let units = units(target.dialect, &landed.payload, &measures);
    let losses: LossKinds = landed.losses.iter().map(|loss| loss.kind).collect();
    Ok(Fitted {
        choice: ContentChoice {
            locale_match: locale_match(content, variant, context.locales),
            ..ContentChoice::of(variant, at, units, losses)
        },
        payload: landed.payload,
        measures,
        price: channel.price_of(&Sale {
            country: context.country,
            purpose: context.purpose,
            form: Some(variant.form),
            at: context.at,
            units,
        }),
        losses: landed.losses,
        pieces: landed.pieces,
        source: content,
    })
}

/// How to unsubscribe from an email; marketing by email does not go without it (RFC 8058).
fn unsubscribe(content: &Content, target: &Target<'_>) -> Result<Option<ListUnsubscribe>, Reason> {
    if target.dialect != Dialect::Email && target.channel.kind != ChannelKind::EMAIL {
        return Ok(None);
    }
    let context = target.context;
    match &content.unsubscribe {
        Some(unsubscribe) => Ok(Some(unsubscribe.render(context.render, context.values)?)),
        None if context.purpose.is_commercial() => Err(Reason::ContentUnsuited { misfit: Misfit::NoUnsubscribe }),
        None => Ok(None),
    }
}

/// How many units are billed.
fn units(dialect: Dialect, payload: &Payload, measures: &[Measure]) -> u32 {
    if dialect == Dialect::Sms {
        return payload.measure(Field::Body, Unit::Segments).max(1);
    }
    let steps = measures.iter().filter(|measure| measure.limit.kind == LimitKind::Billing);
    steps.map(|step| step.measured.div_ceil(step.limit.max.max(1))).max().unwrap_or(1).max(1)
}
