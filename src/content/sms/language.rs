//! The national languages of 3GPP TS 23.038.

use super::{alphabet::Codes, tables};

/// A language with shift tables of its own, by its identifier (3GPP TS 23.038, 6.2.1.2.4).
///
/// Receivers that do not know the tables show the wrong characters, so they are used only where the destination is
/// known to read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Language {
    /// Turkish.
    Turkish = 1,
    /// Spanish, which has a single shift table only.
    Spanish = 2,
    /// Portuguese.
    Portuguese = 3,
    /// Bengali.
    Bengali = 4,
    /// Gujarati.
    Gujarati = 5,
    /// Hindi.
    Hindi = 6,
    /// Kannada.
    Kannada = 7,
    /// Malayalam.
    Malayalam = 8,
    /// Oriya.
    Oriya = 9,
    /// Punjabi.
    Punjabi = 10,
    /// Tamil.
    Tamil = 11,
    /// Telugu.
    Telugu = 12,
    /// Urdu.
    Urdu = 13,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Turkish,
        Self::Spanish,
        Self::Portuguese,
        Self::Bengali,
        Self::Gujarati,
        Self::Hindi,
        Self::Kannada,
        Self::Malayalam,
        Self::Oriya,
        Self::Punjabi,
        Self::Tamil,
        Self::Telugu,
        Self::Urdu,
    ];

    /// Its identifier in a header.
    pub const fn identifier(self) -> u8 {
        self as u8
    }

    /// The language of an identifier.
    pub fn from_identifier(identifier: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.identifier() == identifier)
    }

    pub(super) fn locking_codes(self) -> Option<&'static Codes> {
        static CODES: [Codes; 12] = [
            Codes::of(&tables::TURKISH),
            Codes::of(&tables::PORTUGUESE),
            Codes::of(&tables::BENGALI),
            Codes::of(&tables::GUJARATI),
            Codes::of(&tables::HINDI),
            Codes::of(&tables::KANNADA),
            Codes::of(&tables::MALAYALAM),
            Codes::of(&tables::ORIYA),
            Codes::of(&tables::PUNJABI),
            Codes::of(&tables::TAMIL),
            Codes::of(&tables::TELUGU),
            Codes::of(&tables::URDU),
        ];
        match self {
            Self::Turkish => Some(&CODES[0]),
            Self::Spanish => None,
            other => CODES.get(usize::from(other.identifier()) - 2),
        }
    }

    pub(super) fn single_codes(self) -> &'static Codes {
        static CODES: [Codes; 13] = [
            Codes::of(&tables::TURKISH_SHIFT),
            Codes::of(&tables::SPANISH_SHIFT),
            Codes::of(&tables::PORTUGUESE_SHIFT),
            Codes::of(&tables::BENGALI_SHIFT),
            Codes::of(&tables::GUJARATI_SHIFT),
            Codes::of(&tables::HINDI_SHIFT),
            Codes::of(&tables::KANNADA_SHIFT),
            Codes::of(&tables::MALAYALAM_SHIFT),
            Codes::of(&tables::ORIYA_SHIFT),
            Codes::of(&tables::PUNJABI_SHIFT),
            Codes::of(&tables::TAMIL_SHIFT),
            Codes::of(&tables::TELUGU_SHIFT),
            Codes::of(&tables::URDU_SHIFT),
        ];
        &CODES[usize::from(self.identifier()) - 1]
    }
}
