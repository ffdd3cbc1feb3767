//! Text alone: the floor that every channel stands on.

use serde::Serialize;

use crate::content::{
    Field,
    payload::{Compose, Native},
    piece::{Leads, Piece, Shape},
    setting::Setting,
};
use crate::discreet::discreet;

discreet! {
PlainTextDocument of "PlainText",
/// Text alone.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlainText {
    /// The words, a block a line.
    pub text: String,
}
}

impl std::fmt::Debug for PlainText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlainText({} bytes)", self.text.len())
    }
}

impl Compose for PlainText {
    const NATIVE: Native = Native::TEXT;

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        Self { text: joined(pieces, "\n") }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Body, &self.text);
    }
}

/// The words of all pieces, one after the other.
pub(super) fn joined(pieces: &[Piece<'_>], between: &str) -> String {
    let mut text = String::new();
    for piece in pieces {
        if !text.is_empty() {
            text.push_str(between);
        }
        push(&mut text, piece);
    }
    text
}

/// The words of a piece.
pub(super) fn push(text: &mut String, piece: &Piece<'_>) {
    match &piece.shape {
        Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => {
            text.push_str(words.as_str());
        }
        Shape::List(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "- " } else { "\n- " });
                text.push_str(item.as_str());
            }
        }
        Shape::Action(button) => {
            let (Leads::To(target) | Leads::Back(target)) = &button.leads;
            let label = button.label.as_str();
            if !label.is_empty() && label != target {
                text.push_str(label);
                text.push_str(": ");
            }
            text.push_str(target);
        }
        Shape::Media { alt, .. } => text.push_str(alt.as_str()),
    }
}
