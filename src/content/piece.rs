//! Pieces: the blocks of a message as they stand for one channel, rendered, in the order in which they are laid out.

use std::{borrow::Cow, ops::Range};

use crate::content::Block;

/// Rendered words, with what must not be cut through in them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Words<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Where values stand, in bytes and in order.
    pub(crate) values: Vec<Range<usize>>,
}

impl Words<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl<'a> From<&'a str> for Words<'a> {
    fn from(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), values: Vec::new() }
    }
}

/// What a piece holds. What a dialect has no form for comes as [`Text`](Self::Text).
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    Text(Words<'a>),
    Heading(Words<'a>),
    List(Vec<Words<'a>>),
    Action(Button<'a>),
    Media { url: Cow<'a, str>, alt: Words<'a> },
    Code(Words<'a>),
    Legal(Words<'a>),
}

/// A button or a link, rendered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Button<'a> {
    pub(crate) label: Words<'a>,
    pub(crate) short: Option<Words<'a>>,
    pub(crate) leads: Leads<'a>,
}

/// Where a button leads, rendered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Leads<'a> {
    To(Cow<'a, str>),
    Back(Cow<'a, str>),
}

/// One block as it stands for one channel.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// The place of its block in the variant, from 0.
    pub(crate) block: u16,
    pub(crate) shape: Shape<'a>,
    pub(crate) short: Option<Words<'a>>,
    pub(crate) priority: u8,
    pub(crate) pinned: bool,
    pub(crate) whole: bool,
}

impl Piece<'_> {
    /// The piece as a block, with nothing left to lose that was lost.
    pub(crate) fn to_block(&self) -> Block {
        let owned = |words: &Words<'_>| words.text.clone().into_owned();
        let mut block = match &self.shape {
            Shape::Text(words) => Block::text(owned(words)),
            Shape::Heading(words) => Block::heading(owned(words)),
            Shape::List(items) => Block::list(items.iter().map(owned)),
            Shape::Action(button) => match &button.leads {
                Leads::To(to) => Block::link(owned(&button.label), &**to),
                Leads::Back(back) => Block::reply(owned(&button.label), &**back),
            },
            Shape::Media { url, alt } => Block::media(&**url, owned(alt)),
            Shape::Code(words) => Block::code(owned(words)),
            Shape::Legal(words) => Block::legal(owned(words)),
        };
        block.short = self.short.as_ref().map(owned);
        block.priority = self.priority;
        block.pinned = self.pinned;
        block.whole = self.whole;
        block
    }

    /// The words of a piece that is nothing but words.
    pub(crate) fn words(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => {
                Some(words.as_str())
            }
            _ => None,
        }
    }
}
