//! Spelling: what a character that an alphabet lacks is written as instead.

use super::options::Transliterate;
use crate::content::boundaries::base_letter;

impl Transliterate {
    /// What a character is written as where an alphabet lacks it, or `None` where nothing stands for it.
    ///
    /// ```
    /// use waypost::content::sms::Transliterate;
    ///
    /// assert_eq!(Transliterate::OnlyIfCheaper.spelling('\u{2026}'), Some("..."));
    /// assert_eq!(Transliterate::OnlyIfCheaper.spelling('ł'), None);
    /// assert_eq!(Transliterate::Force.spelling('ł'), Some("l"));
    /// ```
    pub fn spelling(self, c: char) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::OnlyIfCheaper => typography(c),
            Self::Force => typography(c).or_else(|| letters(c)),
        }
    }
}

/// What a typesetter or an editor put there, and a reader does not miss. Letters, digits and words are left alone.
fn typography(c: char) -> Option<&'static str> {
    Some(match c {
        // Quotes and what is typed for them.
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2039}' | '\u{203a}' | '\u{275b}' | '\u{275c}'
        | '\u{2032}' | '\u{2035}' | '\u{60}' | '\u{b4}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{275d}' | '\u{275e}'
        | '\u{2033}' | '\u{2036}' | '\u{301d}' | '\u{301e}' => "\"",
        // Hyphens, dashes, the minus sign, bullets.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => "-",
        '\u{2022}' | '\u{2023}' | '\u{2043}' | '\u{25aa}' | '\u{25cf}' | '\u{25e6}' => "-",
        '\u{2044}' | '\u{2215}' => "/",
        '\u{2024}' => ".",
        '\u{2025}' => "..",
        '\u{2026}' => "...",
        '\u{203c}' => "!!",
        '\u{2047}' => "??",
        '\u{2048}' => "?!",
        '\u{2049}' => "!?",
        '\u{37e}' => ";",
        // Spaces of any width, and the ends of lines that are not written as such.
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        // What is not seen: soft hyphens, joiners, marks of direction, variation selectors, the byte order mark.
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => "",
        '\u{2190}' => "<-",
        '\u{2192}' | '\u{2794}' | '\u{279c}' => "->",
        '\u{2194}' => "<->",
        '\u{21d0}' => "<=",
        '\u{21d2}' => "=>",
        '\u{a9}' => "(C)",
        '\u{ae}' => "(R)",
        '\u{2122}' => "(TM)",
        // Ligatures of type, and signs that Unicode itself takes for a letter.
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' | '\u{fb06}' => "st",
        '\u{2126}' => "\u{3a9}",
        '\u{212a}' => "K",
        '\u{212b}' => "\u{c5}",
        '\u{ffe1}' => "£",
        '\u{ffe5}' => "¥",
        // Backtick and quotes of full width, as those of usual width.
        '\u{ff40}' => "'",
        '\u{ff01}'..='\u{ff5e}' => ascii(c as u32 - 0xfee0)?,
        _ => return None,
    })
}

/// What somebody loses who reads it: accents, letters that look like others, emoji.
fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ª' => "a",
        'º' => "o",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ħ' => "h",
        'Ħ' => "H",
        'ŧ' => "t",
        'Ŧ' => "T",
        'ı' => "i",
        'ſ' => "s",
        'þ' => "th",
        'Þ' => "Th",
        'œ' => "oe",
        'Œ' => "OE",
        'ĳ' => "ij",
        'Ĳ' => "IJ",
        'ẞ' => "SS",
        'ʼ' | 'ʻ' => "'",
        // Greek capitals that look like Latin ones; the alphabet has only the others.
        'Α' => "A",
        'Β' => "B",
        'Ε' => "E",
        'Ζ' => "Z",
        'Η' => "H",
        'Ι' => "I",
        'Κ' => "K",
        'Μ' => "M",
        'Ν' => "N",
        'Ο' => "O",
        'Ρ' => "P",
        'Τ' => "T",
        'Υ' => "Y",
        'Χ' => "X",
        '\u{300}'..='\u{36f}' => "",
        _ if is_pictograph(c) => "",
        _ => ascii(base_letter(c).filter(char::is_ascii_alphabetic)? as u32)?,
    })
}

/// Emoji and dingbats, by whole blocks, and what makes one of a digit, a flag or a face.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{20e3}' | '\u{231a}'..='\u{231b}' | '\u{23e9}'..='\u{23fa}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}'..='\u{2b1c}' | '\u{2b50}' | '\u{2b55}'
        | '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}

const PRINTED: &str =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// A printed character of ASCII as a text.
fn ascii(code: u32) -> Option<&'static str> {
    let at = usize::try_from(code.checked_sub(0x20)?).ok()?;
    PRINTED.get(at..=at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sms::{Alphabet, Encoding};

    #[test]
    fn what_stands_for_a_character_is_in_the_default_alphabet() {
        for c in '\0'..=char::MAX {
            for tier in Transliterate::ALL {
                let Some(spelled) = tier.spelling(c) else { continue };
                assert!(Encoding::DEFAULT.units_of(spelled).is_some(), "{c:?} is written as {spelled:?}");
            }
            assert!(typography(c).is_none() || Alphabet::DEFAULT.septets(c).is_none(), "{c:?} is read everywhere");
        }
    }

    #[test]
    fn meaning_is_kept_and_letters_are_not_touched() {
        #[track_caller]
        fn check(c: char, kept: Option<&str>, forced: Option<&str>) {
            assert_eq!(Transliterate::OnlyIfCheaper.spelling(c), kept, "{c:?}");
            assert_eq!(Transliterate::Force.spelling(c), forced, "{c:?}");
            assert_eq!(Transliterate::Off.spelling(c), None);
        }
        check('…', Some("..."), Some("..."));
        check('\u{a0}', Some(" "), Some(" "));
        check('\u{200d}', Some(""), Some(""));
        check('Ａ', Some("A"), Some("A"));
        check('～', Some("~"), Some("~"));
        check('ł', None, Some("l"));
        check('😀', None, Some(""));
        check('½', None, None);
        check('中', None, None);
        check('ж', None, None);
        check('·', None, None);
        if cfg!(feature = "unicode") {
            check('ç', None, Some("c"));
            check('Ş', None, Some("S"));
        }
    }
}
