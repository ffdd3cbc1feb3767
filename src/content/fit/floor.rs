//! The floor of a measure: how much words come to however they are laid out, so that what is far over a limit is not laid
//! out again for every block that is given up.

use crate::content::{
    Dialect, Field, Limit, LimitKind, Payload, Unit,
    fit::target::Target,
    piece::{Piece, Shape},
};

/// Septets of the longest short message.
const SEGMENT: u64 = 160;

/// A limit that is passed, with the least that the words of each block count towards it.
pub(super) struct Floor {
    limit: Limit,
    /// By block, in order: the blocks that are text.
    least: Vec<(u16, usize, u64)>,
}

impl Floor {
    /// The first limit that a payload is over and for which there is a floor.
    pub(super) fn of(pieces: &[Piece<'_>], target: &Target<'_>, payload: &Payload) -> Option<Self> {
        let has_floor = |limit: Limit| is_sum(target.dialect, limit.field) && least("a", limit.unit) > 0;
        let over = target.over(payload).find(|over| has_floor(over.limit) && over.limit.kind == LimitKind::Hard)?;
        let mut floor = Self { limit: over.limit, least: Vec::with_capacity(pieces.len()) };
        floor.weigh(pieces);
        Some(floor)
    }

    /// Whether the words that are left are over the limit whatever becomes of them.
    pub(super) fn is_passed(&mut self, pieces: &[Piece<'_>]) -> bool {
        self.weigh(pieces);
        let sum: u64 = self.least.iter().map(|(_, _, least)| least).sum();
        let sum = if self.limit.unit == Unit::Segments { sum.div_ceil(SEGMENT) } else { sum };
        sum > u64::from(self.limit.max)
    }

    /// Weighs the texts that are there; those that stand as they did are not counted again.
    fn weigh(&mut self, pieces: &[Piece<'_>]) {
        let known = std::mem::take(&mut self.least);
        let mut known = known.into_iter().peekable();
        for piece in pieces {
            let Shape::Text(words) = &piece.shape else { continue };
            let words = words.as_str();
            while known.next_if(|(block, ..)| *block < piece.block).is_some() {}
            // Nothing on the ladder changes words and leaves their length as it is.
            let same = known.next_if(|(block, length, _)| (*block, *length) == (piece.block, words.len()));
            let least = same.map_or_else(|| least(words, self.limit.unit), |(_, _, least)| least);
            self.least.push((piece.block, words.len(), least));
        }
    }
}

/// Whether all texts of a message count together there, with all their letters and digits.
fn is_sum(dialect: Dialect, field: Field) -> bool {
    match (dialect, field) {
        // Links are not said.
        (Dialect::Voice, _) => false,
        // The limit is on each paragraph by itself.
        (Dialect::Teams, Field::Body) => false,
        (_, field) => matches!(field, Field::Body | Field::Payload),
    }
}

/// The least that words come to: their letters and digits, which nothing takes away, escapes or puts together.
fn least(words: &str, unit: Unit) -> u64 {
    let letters = || words.chars().filter(|c| c.is_alphanumeric());
    match unit {
        Unit::CodePoints | Unit::Utf16Units => letters().count() as u64,
        Unit::Bytes | Unit::JsonBytes => letters().map(|c| c.len_utf8() as u64).sum(),
        // Those of ASCII are a character and a septet each; others may be respelled, put together or left out.
        Unit::Clusters | Unit::Septets | Unit::Segments => {
            words.bytes().filter(u8::is_ascii_alphanumeric).count() as u64
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use crate::{
        channel::{Capability, ChannelDescriptor},
        content::{Block, Content, Dialect, Field, FitContext, Limit, Unit, fit::fitted},
        kind::ChannelKind,
        purpose::Purpose,
    };

    const UNITS: [Unit; 10] = [
        Unit::CodePoints,
        Unit::Utf16Units,
        Unit::Bytes,
        Unit::Clusters,
        Unit::Septets,
        Unit::Segments,
        Unit::Lines,
        Unit::Words,
        Unit::JsonBytes,
        Unit::Seconds,
    ];

    fn words() -> impl Strategy<Value = String> {
        let word = select(
            &[
                "parcel",
                "Ça",
                "e\u{301}te\u{301}",
                "\u{1112}\u{1161}\u{11ab}",
                "नमस्ते",
                "https://a.example/p?q=1",
                "\u{201c}so\u{201d}\u{2026}",
                "<b>&",
                "€[]",
                "你好",
                "👩\u{200d}👩\u{200d}👧",
                "\u{600}7",
                "\r\n",
                "ﬁ",
                "ǅ",
            ][..],
        );
        vec(word, 1..12).prop_map(|words| words.join(" "))
    }

    fn block() -> impl Strategy<Value = Block> {
        let part = prop_oneof![
            6 => words().prop_map(Block::text),
            1 => words().prop_map(Block::heading),
            1 => vec(words(), 1..3).prop_map(Block::list),
            1 => words().prop_map(|label| Block::link(label, "https://example.com/x")),
            1 => words().prop_map(|label| Block::reply(label, "YES")),
            1 => words().prop_map(|alt| Block::media("https://example.com/i.png", alt)),
            1 => Just(Block::legal("Reply STOP")),
        ];
        (part, 0u8..4, proptest::option::weighted(0.3, words())).prop_map(|(block, priority, short)| {
            let block = block.with_priority(priority);
            short.into_iter().fold(block, Block::with_short)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

        #[test]
        fn by_the_floor_it_is_the_same(
            blocks in vec(block(), 1..12),
            dialect in select(Dialect::ALL),
            is_rich in any::<bool>(),
            limits in vec((select(&UNITS[..]), 0u32..400, any::<bool>()), 1..3),
        ) {
            let mut channel = ChannelDescriptor::new("c".parse().expect("a name"), ChannelKind::SMS).can(Capability::Text).speaking(dialect);
            if is_rich {
                channel = channel.can(Capability::RichMedia).can(Capability::Buttons);
            }
            for (unit, max, is_whole) in limits {
                let field = if is_whole { Field::Payload } else { Field::Body };
                channel.limits.push(Limit::hard(if unit == Unit::Segments { max % 4 } else { max }, unit).on(field));
            }
            let content = Content::of_blocks(blocks);
            let context = FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional);
            let fit = |by_floor| {
                fitted::fit_by(by_floor, &content, &content.variants[0], 0, &channel, &context)
                    .map(|fitted| (serde_json::to_string(fitted.payload()).expect("JSON"), fitted.losses().to_vec()))
            };
            prop_assert_eq!(fit(true), fit(false));
        }
    }
}
