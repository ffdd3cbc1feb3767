//! A short message: one text, cut into segments on the air.

use std::ops::Range;

use serde::Serialize;

use crate::content::{
    Field, Loss, LossKind, Unit,
    links::links,
    payload::{Compose, Native, plain},
    piece::{Piece, Shape},
    setting::Setting,
    sms::{self, Encoding, Replacement},
};

/// A short message as it goes on the air.
///
/// ```
/// use waypost::{Capability, ChannelDescriptor, ChannelKind, Content, Purpose, Variant};
/// use waypost::content::{self, FitContext};
///
/// let sms = ChannelDescriptor::new("sms".parse()?, ChannelKind::SMS).can(Capability::Text);
/// let content = Content::new([Variant::text("Your parcel is at the door")]);
/// let fitted = content::fit(&content, &sms, &FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Transactional))?;
/// let json = serde_json::to_string(fitted.payload())?;
/// assert_eq!(json, r#"{"text":"Your parcel is at the door","encoding":"gsm7","units":26,"segments":1}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SmsText {
    /// The words.
    pub text: String,
    /// How they are written.
    #[serde(serialize_with = "as_str")]
    pub encoding: Encoding,
    /// How many septets or UTF-16 units they take.
    pub units: u32,
    /// How many messages are sent and billed.
    pub segments: u32,
    /// What was respelled.
    #[serde(skip)]
    pub replacements: Vec<Replacement>,
    #[serde(skip)]
    is_composed: bool,
}

fn as_str<S: serde::Serializer>(encoding: &Encoding, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(encoding.as_str())
}

impl std::fmt::Debug for SmsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmsText({}, {} units, {} segments)", self.encoding.as_str(), self.units, self.segments)
    }
}

impl Compose for SmsText {
    const NATIVE: Native = Native::TEXT;

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let mut text = String::new();
        let mut protected: Vec<Range<usize>> = Vec::new();
        for piece in pieces {
            if !text.is_empty() {
                text.push('\n');
            }
            let start = text.len();
            plain::push(&mut text, piece);
            if piece.pinned {
                protected.push(start..text.len());
                continue;
            }
            protected.extend(links(&text[start..]).map(|link| link.start + start..link.end + start));
            // A value may be a code or a name, and neither is ours to respell.
            if let Shape::Text(words) | Shape::Heading(words) = &piece.shape {
                protected.extend(words.values.iter().map(|value| value.start + start..value.end + start));
            }
        }
        let prepared = sms::prepare(&text, &protected, setting.tables, setting.sms);
        let (cut, replacements, is_composed) =
            (prepared.segmentation(), prepared.replacements().to_vec(), prepared.is_composed());
        let (encoding, units, segments) = (cut.encoding(), number(cut.units()), number(cut.segments()));
        let changed = (!prepared.is_unchanged()).then(|| prepared.into_text());
        Self { text: changed.unwrap_or(text), encoding, units, segments, replacements, is_composed }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Body, &self.text);
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        match (field, unit) {
            (Field::Body, Unit::Segments) => Some(self.segments),
            // What is not in septets is counted as the septets that its octets would hold.
            (Field::Body, Unit::Septets) => Some(match self.encoding {
                Encoding::Ucs2 => (self.units.saturating_mul(16)).div_ceil(7),
                _ => self.units,
            }),
            _ => None,
        }
    }

    fn losses(&self) -> impl Iterator<Item = Loss> {
        let respelled: usize = self.replacements.iter().map(|replacement| replacement.count).sum();
        let loss = |kind, characters| Loss { block: None, kind, characters: number(characters) };
        let composed = self.is_composed.then(|| loss(LossKind::Composed, 0));
        composed.into_iter().chain((respelled > 0).then(|| loss(LossKind::Respelled, respelled)))
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
