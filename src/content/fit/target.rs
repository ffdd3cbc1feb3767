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
    /// The form of the variant: some limits are on one form only.
    pub(super) form: Form,
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
        Self { channel, context, dialect, native: Payload::native(dialect), form }
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
    pub(super) fn limits(&self) -> impl Iterator<Item = Limit> {
        let rows = self.context.limits.iter().filter(|row| {
            row.dialect == self.dialect
                && row.form.is_none_or(|form| form == self.form)
                && row.is_in_force(self.context.at)
        });
        let own = self.channel.limits.iter().copied();
        own.chain(self.segments()).chain(rows.map(|row| row.limit()))
    }

    /// How many segments an SMS may take: what the channel says, and never more than a header can count.
    fn segments(&self) -> Option<Limit> {
        let most = self.channel.sms.max_segments.map_or(sms::MOST_SEGMENTS, |most| usize::from(most.get()));
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        (self.dialect == Dialect::Sms).then(|| Limit::hard(most, Unit::Segments))
    }

    /// The hard limits that a payload is over, in the order of the limits.
    pub(super) fn over(&self, payload: &Payload) -> impl Iterator<Item = Over> {
        self.limits().filter(|limit| limit.kind == LimitKind::Hard).filter_map(|limit| {
            let measured = payload.measure(limit.field, limit.unit);
            (measured > limit.max).then_some(Over { limit, measured })
        })
    }
}
