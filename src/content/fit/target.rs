//! The target of a fit: one channel's dialect with the limits that hold there.

use crate::{
    channel::ChannelDescriptor,
    content::{
        Dialect, FitContext, Form, Limit, LimitKind, Payload, Unit,
        payload::{Native, Support},
        piece::Piece,
        setting::Setting,
        sms,
    },
};

/// One channel's dialect with the limits that hold there.
pub(super) struct Target<'a> {
    pub(super) channel: &'a ChannelDescriptor,
    pub(super) context: &'a FitContext<'a>,
    pub(super) dialect: Dialect,
    pub(super) native: Native,
    limits: Vec<Limit>,
}

/// A limit that is passed, and how much there is.
#[derive(Clone, Copy)]
pub(super) struct Over {
    pub(super) limit: Limit,
    pub(super) measured: u32,
}

impl<'a> Target<'a> {
    pub(super) fn new(channel: &'a ChannelDescriptor, context: &'a FitContext<'a>, form: Form) -> Self {
        let dialect = channel.dialect();
        let limits = in_force(channel, context, dialect, form).collect();
        Self { channel, context, dialect, native: Payload::native(dialect), limits }
    }

    /// Whether something that a dialect may carry is carried here.
    pub(super) fn carries(&self, support: Support, capability: crate::channel::Capability) -> bool {
        match support {
            Support::Never => false,
            Support::IfCapable => self.channel.capabilities.has(capability),
            Support::Always => true,
        }
    }

    pub(super) fn compose(&self, pieces: &[Piece<'_>], setting: &Setting<'_>) -> Payload {
        Payload::compose(self.dialect, pieces, setting)
    }

    /// Every limit that holds: the channel's own, then those of its dialect.
    pub(super) fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The hard limits that a payload is over, in the order of the limits.
    pub(super) fn over(&self, payload: &Payload) -> impl Iterator<Item = Over> {
        self.limits.iter().copied().filter(|limit| limit.kind == LimitKind::Hard).filter_map(|limit| {
            let measured = payload.measure(limit.field, limit.unit);
            (measured > limit.max).then_some(Over { limit, measured })
        })
    }
}

/// Every limit that holds on a form: the channel's own, then those of its dialect.
pub(super) fn in_force<'a>(
    channel: &'a ChannelDescriptor,
    context: &'a FitContext<'_>,
    dialect: Dialect,
    form: Form,
) -> impl Iterator<Item = Limit> + 'a {
    let rows = context.limits.iter().filter(move |row| {
        row.dialect == dialect && row.form.is_none_or(|known| known == form) && row.is_in_force(context.at)
    });
    channel.limits.iter().copied().chain(segments(channel, dialect)).chain(rows.map(|row| row.limit()))
}

/// How many segments an SMS may take: what the channel says, and never more than a header can count.
fn segments(channel: &ChannelDescriptor, dialect: Dialect) -> Option<Limit> {
    let most = channel.sms.max_segments.map_or(sms::MOST_SEGMENTS, |most| usize::from(most.get()));
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    (dialect == Dialect::Sms).then(|| Limit::hard(most, Unit::Segments))
}
