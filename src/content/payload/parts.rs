//! Parts: the pieces sorted by what a payload has a place for; everything else is a line of its body.

use crate::content::{
    Field,
    payload::plain,
    piece::{Leads, Piece, Shape},
};

/// A button or a link that leads to an address.
#[derive(Clone, Copy)]
pub(super) struct Link<'p> {
    pub(super) label: &'p str,
    pub(super) url: &'p str,
}

impl Link<'_> {
    /// Whether something else than the address stands on it.
    pub(super) fn has_words(&self) -> bool {
        !self.label.is_empty() && self.label != self.url
    }
}

/// A button that answers.
#[derive(Clone, Copy)]
pub(super) struct Reply<'p> {
    pub(super) label: &'p str,
    pub(super) text: &'p str,
}

/// A picture, with what it shows in words.
#[derive(Clone, Copy)]
pub(super) struct Picture<'p> {
    pub(super) url: &'p str,
    pub(super) alt: &'p str,
}

/// What a payload has a place for; what comes beyond it joins the body.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) headings: usize,
    pub(super) links: usize,
    pub(super) replies: usize,
    pub(super) pictures: usize,
}

/// Pieces, sorted.
#[derive(Default)]
pub(super) struct Parts<'p> {
    pub(super) headings: Vec<&'p str>,
    /// The other pieces, a line each, in their order.
    pub(super) body: String,
    pub(super) links: Vec<Link<'p>>,
    pub(super) replies: Vec<Reply<'p>>,
    pub(super) picture: Option<Picture<'p>>,
    /// The blocks among its lines that are headings, actions or pictures, for which there was no place left.
    pub(super) lines: Vec<u16>,
}

impl<'p> Parts<'p> {
    pub(super) fn of(pieces: &'p [Piece<'_>], places: &Places) -> Self {
        let mut parts = Self::default();
        for piece in pieces {
            match &piece.shape {
                Shape::Heading(words) if parts.headings.len() < places.headings => parts.headings.push(words.as_str()),
                Shape::Action(button) => match &button.leads {
                    Leads::To(url) if parts.links.len() < places.links => {
                        parts.links.push(Link { label: button.label.as_str(), url });
                    }
                    Leads::Back(text) if parts.replies.len() < places.replies => {
                        parts.replies.push(Reply { label: button.label.as_str(), text });
                    }
                    _ => parts.line(piece),
                },
                Shape::Media { url, alt } if parts.picture.is_none() && places.pictures > 0 => {
                    parts.picture = Some(Picture { url, alt: alt.as_str() });
                }
                _ => parts.line(piece),
            }
        }
        parts
    }

    fn line(&mut self, piece: &Piece<'_>) {
        if matches!(piece.shape, Shape::Heading(_) | Shape::Action(_) | Shape::Media { .. }) {
            self.lines.push(piece.block);
        }
        if !self.body.is_empty() {
            self.body.push('\n');
        }
        plain::push(&mut self.body, piece);
    }
}

/// How many buttons have at most so many; [`u32::MAX`] beyond.
pub(super) fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

/// Shows the fields that are there.
pub(super) fn see<'f>(fields: impl IntoIterator<Item = (Field, &'f Option<String>)>, see: &mut dyn FnMut(Field, &str)) {
    for (field, words) in fields {
        if let Some(words) = words {
            see(field, words);
        }
    }
}

/// How many pieces of a kind there are.
#[derive(Default)]
pub(super) struct Found {
    pub(super) links: usize,
    pub(super) replies: usize,
    pub(super) pictures: usize,
}

/// Counts what decides which message a provider is sent.
pub(super) fn found(pieces: &[Piece<'_>]) -> Found {
    let mut found = Found::default();
    for piece in pieces {
        match &piece.shape {
            Shape::Action(button) => match button.leads {
                Leads::To(_) => found.links += 1,
                Leads::Back(_) => found.replies += 1,
            },
            Shape::Media { .. } => found.pictures += 1,
            _ => {}
        }
    }
    found
}
