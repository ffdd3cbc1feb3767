//! Segmentation: how many messages a text takes, and where it is cut.

use std::fmt;

use super::{
    alphabet::Alphabet,
    encoding::Encoding,
    header::{Header, Place},
};
use crate::{codes::codes, content::boundaries::clusters};

codes! {
    /// How the parts of one text name each other (3GPP TS 23.040, 9.2.3.24).
    #[derive(Default)]
    closed Reference, "reference of a part" {
        /// By a number of 8 bits: a header of 6 octets, or 5 beside others.
        #[default]
        Bits8 = "bits8",
        /// By a number of 16 bits: one octet more, and 256 times as long until a number comes again.
        Bits16 = "bits16",
    }
}

/// How a text of several messages is cut.
///
/// What is one character to a reader may be several code points. A phone joins the parts before it shows them, so a cut
/// through one does no harm there; where a part may be seen alone, keeping them whole costs a little room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cut {
    /// How the parts name each other.
    pub reference: Reference,
    /// Whether a grapheme cluster stays in one part; one that is larger than a part is cut all the same.
    pub keep_clusters: bool,
}

impl From<Reference> for Cut {
    fn from(reference: Reference) -> Self {
        Self { reference, keep_clusters: false }
    }
}

/// As many messages can name each other as parts of one text: their number is one octet.
pub const MOST_SEGMENTS: usize = 255;

/// A text as it is cut into messages; it borrows the text and allocates nothing.
///
/// A message holds 140 octets, less its header: 160 septets or 70 UTF-16 units where the text is one message, 153 or 67
/// in a part of several with an 8-bit reference. The earliest part is filled first; an escape stays with its character
/// and a surrogate with its pair, so a part may end a unit short. An empty text is one message.
///
/// `Debug` shows the measures, never the words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Segmentation<'t> {
    text: &'t str,
    measure: Measure,
    number: u16,
}

/// What a text comes to in an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) encoding: Encoding,
    pub(super) cut: Cut,
    pub(super) units: usize,
    pub(super) segments: usize,
}

/// One message of a text. `Debug` shows the measures, never the words.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment<'t> {
    /// The stretch of the text.
    pub text: &'t str,
    /// How many septets or UTF-16 units it takes.
    pub units: usize,
    /// What stands before it; `None` where the text has more than [`MOST_SEGMENTS`] parts, which no header can count.
    pub header: Option<Header>,
}

impl Measure {
    /// In this encoding, or `None` where it lacks a character.
    pub(super) fn of(text: &str, encoding: Encoding, cut: Cut) -> Option<Self> {
        let units = encoding.units_of(text)?;
        let segments = if units <= encoding.capacity(None) {
            1
        } else {
            let capacity = encoding.capacity(Some(cut.reference));
            let is_even = units == text.chars().count();
            let has_clusters = cut.keep_clusters && (!text.is_ascii() || text.contains('\r'));
            if is_even && !has_clusters {
                units.div_ceil(capacity)
            } else {
                Parts { rest: text, encoding, capacity, keep_clusters: cut.keep_clusters }.count()
            }
        };
        Some(Self { encoding, cut, units, segments })
    }

    /// In UCS-2, which has every character.
    pub(super) fn in_ucs2(text: &str, cut: Cut) -> Self {
        Self::of(text, Encoding::Ucs2, cut).expect("UCS-2 lacks no character")
    }
}

impl<'t> Segmentation<'t> {
    /// In the default alphabet where it has every character, else in UCS-2.
    ///
    /// ```
    /// use waypost::content::sms::Segmentation;
    ///
    /// let text = "a".repeat(161);
    /// let cut = Segmentation::of(&text);
    /// assert_eq!(cut.iter().map(|part| part.units).collect::<Vec<_>>(), [153, 8]);
    /// ```
    pub fn of(text: &'t str) -> Self {
        Self::with(text, Alphabet::DEFAULT, Cut::default())
    }

    /// In this alphabet where it has every character, else in UCS-2.
    pub fn with(text: &'t str, alphabet: Alphabet, cut: impl Into<Cut>) -> Self {
        let cut = cut.into();
        let measure = Measure::of(text, Encoding::Gsm7(alphabet), cut);
        Self::measured(text, measure.unwrap_or_else(|| Measure::in_ucs2(text, cut)))
    }

    /// In this encoding, or `None` where it lacks a character.
    pub fn in_encoding(text: &'t str, encoding: Encoding, cut: impl Into<Cut>) -> Option<Self> {
        Some(Self::measured(text, Measure::of(text, encoding, cut.into())?))
    }

    pub(super) fn measured(text: &'t str, measure: Measure) -> Self {
        Self { text, measure, number: 0 }
    }

    /// The same, its headers with this reference number; of 8 bits the lower octet counts, and 0 where nobody says.
    ///
    /// Texts on their way to the same phone at the same time must not have the same number.
    pub fn numbered(mut self, number: u16) -> Self {
        self.number = number;
        self
    }

    /// The text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.measure.encoding
    }

    /// How it is cut.
    pub fn cut(&self) -> Cut {
        self.measure.cut
    }

    /// How many septets or UTF-16 units the whole text takes.
    pub fn units(&self) -> usize {
        self.measure.units
    }

    /// How many messages are sent and billed.
    pub fn segments(&self) -> usize {
        self.measure.segments
    }

    /// Whether its parts can be counted: at most [`MOST_SEGMENTS`]. Operators and vendors stop far sooner.
    pub fn is_sendable(&self) -> bool {
        self.segments() <= MOST_SEGMENTS
    }

    /// How many units one of its messages holds.
    pub fn capacity(&self) -> usize {
        self.encoding().capacity(self.reference())
    }

    /// The messages in order.
    pub fn iter(&self) -> impl Iterator<Item = Segment<'t>> + Clone + use<'t> {
        let Self { text, measure: Measure { encoding, cut, segments, .. }, number } = *self;
        let reference = self.reference();
        let header = move |part| match reference {
            None => Some(Header::new(encoding, None)),
            Some(reference) => {
                Place::of(reference, number, segments, part).map(|place| Header::new(encoding, Some(place)))
            }
        };
        let empty = text.is_empty().then_some((text, 0));
        let parts = Parts { rest: text, encoding, capacity: self.capacity(), keep_clusters: cut.keep_clusters };
        let numbered = empty.into_iter().chain(parts).zip(1..);
        numbered.map(move |((text, units), part)| Segment { text, units, header: header(part) })
    }

    fn reference(&self) -> Option<Reference> {
        (self.segments() > 1).then_some(self.measure.cut.reference)
    }
}

impl fmt::Debug for Segmentation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measure { encoding, units, segments, .. } = self.measure;
        write!(f, "Segmentation({encoding:?}, {units} units, {segments} segments)")
    }
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment({} units, {:?})", self.units, self.header)
    }
}

/// The stretches of a text, each with its units.
#[derive(Clone)]
struct Parts<'t> {
    rest: &'t str,
    encoding: Encoding,
    capacity: usize,
    keep_clusters: bool,
}

impl<'t> Iterator for Parts<'t> {
    type Item = (&'t str, usize);

    fn next(&mut self) -> Option<(&'t str, usize)> {
        let (end, units) =
            if self.keep_clusters { self.whole_clusters() } else { self.filled(self.rest, self.capacity) };
        if end == 0 {
            return None;
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((text, units))
    }
}

impl Parts<'_> {
    /// As many characters as there is room for: where they end, and how many units they take.
    fn filled(&self, text: &str, room: usize) -> (usize, usize) {
        match self.encoding {
            Encoding::Ucs2 => fill(text, room, |c| Some(c.len_utf16())),
            Encoding::Gsm7(alphabet) => fill(text, room, |c| alphabet.septets(c).map(usize::from)),
        }
    }

    fn whole_clusters(&self) -> (usize, usize) {
        let (mut end, mut units) = (0, 0);
        for cluster in clusters(self.rest) {
            let Some(more) = self.encoding.units_of(cluster) else { break };
            if units + more <= self.capacity {
                units += more;
                end += cluster.len();
                continue;
            }
            // No part could hold it, so it need not wait for the next one.
            if more > self.capacity {
                let (further, more) = self.filled(cluster, self.capacity - units);
                (end, units) = (end + further, units + more);
            }
            break;
        }
        (end, units)
    }
}

fn fill(text: &str, room: usize, units: impl Fn(char) -> Option<usize>) -> (usize, usize) {
    let mut filled = 0;
    for (at, c) in text.char_indices() {
        match units(c) {
            Some(more) if filled + more <= room => filled += more,
            _ => return (at, filled),
        }
    }
    (text.len(), filled)
}
