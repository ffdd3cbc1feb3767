//! Pieces: the parts of a message as they stand for one channel, rendered and in the order in which they are laid out.

use std::{borrow::Cow, ops::Range};

use crate::content::block::Target;

/// Rendered words, with what must not be cut through in them.
#[derive(Clone, PartialEq, Eq, Default)]
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

/// What a piece is; flattened ones have become text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    Text(Words<'a>),
    Heading(Words<'a>),
    List(Vec<Words<'a>>),
    Action {
        label: Words<'a>,
        target: Destination<'a>,
    },
    Media {
        url: Cow<'a, str>,
        alt: Words<'a>,
    },
    Code(Words<'a>),
    Legal(Words<'a>),
}

/// Where an action leads, rendered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Destination<'a> {
    Url(Cow<'a, str>),
    Reply(Cow<'a, str>),
}

/// One part of a message as it stands for one channel.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) form: Form<'a>,
    pub(crate) pinned: bool,
}
