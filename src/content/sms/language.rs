//! The national languages of 3GPP TS 23.038.

use super::{alphabet::Charset, tables};
use crate::codes::codes;

codes! {
    /// A language with shift tables of its own (3GPP TS 23.038, 6.2.1.2.4).
    ///
    /// Receivers that do not know the tables show the wrong characters, so they are used only where the destination is
    /// known to read them.
    closed Language, "language of a shift table" {
        /// Turkish.
        Turkish = "turkish",
        /// Spanish, which has a single shift table only.
        Spanish = "spanish",
        /// Portuguese.
        Portuguese = "portuguese",
        /// Bengali.
        Bengali = "bengali",
        /// Gujarati.
        Gujarati = "gujarati",
        /// Hindi.
        Hindi = "hindi",
        /// Kannada.
        Kannada = "kannada",
        /// Malayalam.
        Malayalam = "malayalam",
        /// Oriya.
        Oriya = "oriya",
        /// Punjabi.
        Punjabi = "punjabi",
        /// Tamil.
        Tamil = "tamil",
        /// Telugu.
        Telugu = "telugu",
        /// Urdu.
        Urdu = "urdu",
    }
}

impl Language {
    /// Its identifier in a header, from 1 to 13.
    ///
    /// ```
    /// use waypost::content::sms::Language;
    ///
    /// assert_eq!(Language::Turkish.identifier(), 1);
    /// assert_eq!(Language::from_identifier(13), Some(Language::Urdu));
    /// ```
    pub const fn identifier(self) -> u8 {
        // INVARIANT: they are declared in the order of their identifiers.
        self as u8 + 1
    }

    /// The language of an identifier.
    pub fn from_identifier(identifier: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.identifier() == identifier)
    }

    pub(super) fn locking_set(self) -> Option<&'static Charset> {
        static SETS: [Charset; 12] = [
            Charset::of(&tables::TURKISH),
            Charset::of(&tables::PORTUGUESE),
            Charset::of(&tables::BENGALI),
            Charset::of(&tables::GUJARATI),
            Charset::of(&tables::HINDI),
            Charset::of(&tables::KANNADA),
            Charset::of(&tables::MALAYALAM),
            Charset::of(&tables::ORIYA),
            Charset::of(&tables::PUNJABI),
            Charset::of(&tables::TAMIL),
            Charset::of(&tables::TELUGU),
            Charset::of(&tables::URDU),
        ];
        match self {
            Self::Turkish => Some(&SETS[0]),
            Self::Spanish => None,
            other => SETS.get(usize::from(other.identifier()) - 2),
        }
    }

    pub(super) fn single_set(self) -> &'static Charset {
        static SETS: [Charset; 13] = [
            Charset::of(&tables::TURKISH_SHIFT),
            Charset::of(&tables::SPANISH_SHIFT),
            Charset::of(&tables::PORTUGUESE_SHIFT),
            Charset::of(&tables::BENGALI_SHIFT),
            Charset::of(&tables::GUJARATI_SHIFT),
            Charset::of(&tables::HINDI_SHIFT),
            Charset::of(&tables::KANNADA_SHIFT),
            Charset::of(&tables::MALAYALAM_SHIFT),
            Charset::of(&tables::ORIYA_SHIFT),
            Charset::of(&tables::PUNJABI_SHIFT),
            Charset::of(&tables::TAMIL_SHIFT),
            Charset::of(&tables::TELUGU_SHIFT),
            Charset::of(&tables::URDU_SHIFT),
        ];
        &SETS[usize::from(self.identifier()) - 1]
    }
}
