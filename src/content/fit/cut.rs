//! Cuts: where a text may end before its end.

use std::ops::Range;

use crate::content::{boundaries, fit::LossKind, links::links, piece::Words, render::is_invisible};

/// What follows a text that is cut inside a sentence. Three full stops and never U+2026, which would turn a text of
/// septets into UTF-16.
const ELLIPSIS: &str = "...";

/// What says nothing before the dots.
const HANGING: [char; 7] = [',', ';', ':', '-', '–', '—', '('];

/// A way to cut: the finest that keeps the end whole is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Sentence,
    Word,
    Cluster,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Sentence, Self::Word, Self::Cluster];

    pub(super) fn loss(self) -> LossKind {
        match self {
            Self::Sentence => LossKind::CutAtSentence,
            Self::Word => LossKind::CutAtWord,
            Self::Cluster => LossKind::CutInWord,
        }
    }

    /// Where the text may end, in bytes, in order, its own end left out; never inside a link or a value.
    pub(super) fn ends(self, words: &Words<'_>) -> Vec<usize> {
        let text = words.as_str();
        let mut solid: Vec<Range<usize>> = links(text).chain(words.values.iter().cloned()).collect();
        solid.sort_by_key(|solid| (solid.start, solid.end));
        // Of stretches that overlap the one that ends last counts; each end is asked of once.
        let mut solid = solid.into_iter().peekable();
        let mut closed = 0;
        let mut is_shown = false;
        let mut at = 0;
        let mut ends = Vec::new();
        let mut push = |piece: &str| {
            at += piece.len();
            while let Some(next) = solid.next_if(|solid| solid.start < at) {
                closed = closed.max(next.end);
            }
            // A beginning that shows nothing is none.
            is_shown |= piece.contains(|c| !is_invisible(c) && !HANGING.contains(&c));
            if is_shown && at >= closed && !piece.trim().is_empty() && at < text.len() {
                ends.push(at);
            }
        };
        match self {
            Self::Sentence => boundaries::sentences(text).for_each(&mut push),
            Self::Word => boundaries::words(text).for_each(&mut push),
            Self::Cluster => boundaries::clusters(text).for_each(&mut push),
        }
        ends
    }

    /// The text as it ends there.
    pub(super) fn cut<'a>(self, words: &Words<'a>, end: usize) -> Words<'a> {
        let kept = &words.as_str()[..end];
        let kept = match self {
            Self::Sentence => kept.trim_end(),
            // A comma before the dots says nothing.
            Self::Word | Self::Cluster => kept.trim_end().trim_end_matches(HANGING).trim_end(),
        };
        let mut text = kept.to_owned();
        if self != Self::Sentence {
            text.push_str(ELLIPSIS);
        }
        let values = words.values.iter().filter(|value| value.end <= kept.len()).cloned().collect();
        Words { text: text.into(), values }
    }
}
