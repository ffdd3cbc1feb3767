//! Losses: what of a message did not reach its payload as it was written.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

codes! {
    /// What happened to a block so that the message fits, from the least to the worst.
    closed LossKind, "loss" {
        /// Letters and their accents were put together, which changes no meaning (normalisation form C).
        Composed = "composed",
        /// Characters were replaced by plainer ones.
        Respelled = "respelled",
        /// It stands as text, for the channel has no form of its own for it.
        Flattened = "flattened",
        /// The block's own fallback stands in its place.
        Substituted = "substituted",
        /// Its short form stands in its place.
        Shortened = "shortened",
        /// It was left out with its link, for the policy wants none here; or of a link only the domain is said.
        Unlinked = "unlinked",
        /// The title of words that were written for other channels as well was left out.
        Untitled = "untitled",
        /// Data that the author does not require was left out; of a block, what stands on the link that a touch on the
        /// notification leads to.
        Shed = "shed",
        /// It was left out.
        Dropped = "dropped",
        /// It was cut at the end of a sentence.
        CutAtSentence = "cut_at_sentence",
        /// It was cut at the end of a word.
        CutAtWord = "cut_at_word",
        /// It was cut inside a word.
        CutInWord = "cut_in_word",
    }
}

impl LossKind {
    /// The loss in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Composed => "accents put together",
            Self::Respelled => "respelled",
            Self::Flattened => "flattened to text",
            Self::Substituted => "a substitute in its place",
            Self::Shortened => "shortened",
            Self::Unlinked => "without a link",
            Self::Untitled => "without its title",
            Self::Shed => "without spare data",
            Self::Dropped => "in part left out",
            Self::CutAtSentence => "cut after a sentence",
            Self::CutAtWord => "cut after a word",
            Self::CutInWord => "cut in a word",
        }
    }
}

/// What happened to one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loss {
    /// The place of the block in its variant, from 0; `None` for the message as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u16>,
    /// What happened.
    pub kind: LossKind,
    /// How many characters, as they are read, were lost or replaced; 0 where that is not what happened.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub characters: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Loss {
    pub(crate) fn of(block: u16, kind: LossKind) -> Self {
        Self { block: Some(block), kind, characters: 0 }
    }
}

/// A set of losses: what a plan says of them, without saying which block.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct LossKinds(u16);

impl LossKinds {
    /// Nothing was lost.
    pub const NONE: Self = Self(0);

    /// The same with one more.
    pub const fn with(self, kind: LossKind) -> Self {
        Self(self.0 | 1 << kind as u16)
    }

    /// Whether this one is among them.
    pub const fn has(self, kind: LossKind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }

    /// Whether nothing was lost.
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Those in the set, from the least to the worst.
    pub fn iter(self) -> impl Iterator<Item = LossKind> {
        LossKind::ALL.iter().copied().filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<LossKind> for LossKinds {
    fn from_iter<I: IntoIterator<Item = LossKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Debug for LossKinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for LossKinds {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for LossKinds {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::<LossKind>::deserialize(from).map(Self::from_iter)
    }
}
