//! A short message: one text, cut into segments on the air.

use serde::{Deserialize, Serialize};

use crate::content::{
    Field, Unit,
    payload::{Compose, Native, plain},
    piece::Piece,
    setting::Setting,
    sms::Segmentation,
};

/// A short message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsText {
    /// The words.
    pub text: String,
}

impl std::fmt::Debug for SmsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsText({} bytes)", self.text.len())
    }
}

impl Compose for SmsText {
    const NATIVE: Native = Native::TEXT;

    fn compose(pieces: &[Piece<'_>], _: &Setting<'_>) -> Self {
        Self { text: plain::joined(pieces, "\n") }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Body, &self.text);
    }

    fn counted(&self, _: Field, unit: Unit) -> Option<u32> {
        (unit == Unit::Segments).then(|| u32::try_from(Segmentation::of(&self.text).segments()).unwrap_or(u32::MAX))
    }
}
