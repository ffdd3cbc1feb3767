//! Pace: how long words take to say.

use crate::locale::Locale;

/// Words of English a minute, as a voice says them to somebody on the phone.
const ENGLISH: u32 = 150;

/// How many words a minute people read aloud, by language (Trauzettel-Klosinski and Dietz, Investigative Ophthalmology
/// & Visual Science 53, 2012). Voices are slower; how languages compare is what is taken from here.
const ALOUD: [(&str, u32); 15] = [
    ("ar", 138),
    ("de", 179),
    ("en", 228),
    ("es", 218),
    ("fi", 161),
    ("fr", 195),
    ("he", 187),
    ("it", 188),
    ("nl", 202),
    ("pl", 166),
    ("pt", 181),
    ("ru", 184),
    ("sl", 180),
    ("sv", 199),
    ("tr", 166),
];

/// The same in characters, of scripts that are written without spaces: Chinese, Japanese, and the mean of all languages
/// (68 ms a character) for those that the study does not have.
const CHINESE: u32 = 255;
const JAPANESE: u32 = 357;
const OTHER: u32 = 882;

/// How fast a language is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Words a minute that are read aloud.
    words: u32,
    /// Chinese characters a minute that are read aloud.
    han: u32,
}

impl Pace {
    /// Of a language; as English where nothing is known.
    pub(super) fn of(locale: Option<Locale>) -> Self {
        let tag = locale.as_ref().map_or("", Locale::as_str);
        let language = tag.split('-').next().unwrap_or(tag);
        let known = ALOUD.iter().find(|(known, _)| *known == language);
        let han = if language == "ja" { JAPANESE } else { CHINESE };
        Self { words: known.map_or(aloud_in_english(), |(_, words)| *words), han }
    }

    /// How many milliseconds some words take.
    ///
    /// What stands between white space is a word, and every two digits of a number; characters of scripts without spaces
    /// are counted one by one.
    pub(super) fn milliseconds(self, words: &str) -> u64 {
        words.split_whitespace().map(|word| self.word(word)).sum()
    }

    /// How many milliseconds some characters take, said one by one.
    pub(super) fn spelled(self, characters: usize) -> u64 {
        each(self.words) * characters as u64
    }

    fn word(self, word: &str) -> u64 {
        let (mut characters, mut digits, mut has_letters) = (0, 0u64, false);
        for c in word.chars() {
            match c {
                '\u{3041}'..='\u{30ff}' => characters += each(JAPANESE),
                '\u{3005}'..='\u{3007}'
                | '\u{3400}'..='\u{4dbf}'
                | '\u{4e00}'..='\u{9fff}'
                | '\u{f900}'..='\u{faff}'
                | '\u{20000}'..='\u{323af}' => characters += each(self.han),
                // Thai, Lao, Myanmar and Khmer.
                '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => characters += each(OTHER),
                c if c.is_numeric() => digits += 1,
                c => has_letters |= c.is_alphabetic(),
            }
        }
        let words = digits.div_ceil(2) + u64::from(has_letters);
        characters + words * each(self.words)
    }
}

fn aloud_in_english() -> u32 {
    ALOUD.iter().find(|(language, _)| *language == "en").map_or(ENGLISH, |(_, words)| *words)
}

/// How many milliseconds one of so many a minute takes a voice.
fn each(aloud: u32) -> u64 {
    let (aloud, english) = (u64::from(aloud), u64::from(aloud_in_english()));
    (60_000 * english).div_ceil(u64::from(ENGLISH) * aloud)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, words: &str, milliseconds: u64) {
        assert_eq!(Pace::of(language.parse().ok()).milliseconds(words), milliseconds, "{language}: {words}");
    }

    #[test]
    fn words_take_as_long_as_their_language_takes() {
        check("en", "", 0);
        check("en", "one two  three\nfour five", 2000);
        check("en-GB", "one", 400);
        check("xx", "one", 400);
        check("", "one", 400);
        check("tr", "bir", 550);
        check("es-MX", "uno", 419);
    }

    #[test]
    fn numbers_are_longer_than_they_look() {
        check("en", "7", 400);
        check("en", "2026", 800);
        check("en", "A1", 800);
        check("en", "- , !", 0);
    }

    #[test]
    fn characters_count_where_there_are_no_spaces() {
        check("zh", "您的包裹", 4 * 358);
        check("ja", "荷物です", 4 * 256);
        check("", "พัสดุ", 5 * 104);
    }
}
