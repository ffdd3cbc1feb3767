//! Where a text may be cut: clusters, words and sentences; and its composed form.
//!
//! With feature `unicode` by the rules of Unicode (UAX 29, UAX 15); without it by a coarse rule that keeps marks, joiners
//! and flags with what they belong to, and leaves the composition as it is. Pieces put together are the text again.

#[cfg(not(feature = "unicode"))]
use coarse as rules;
#[cfg(feature = "unicode")]
use exact as rules;

/// The grapheme clusters: what a reader takes for one character.
pub(crate) fn clusters(text: &str) -> impl Iterator<Item = &str> + Clone {
    rules::clusters(text)
}

/// The words and what stands between them, white space included.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    rules::words(text)
}

/// The sentences, each with the white space after it.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = &str> + Clone {
    rules::sentences(text)
}

/// The text in normalisation form C; borrowed where it is composed already.
pub(crate) use rules::composed;

/// The letter under the accents, where a letter is composed of one and marks.
pub(crate) use rules::base_letter;

#[cfg(feature = "unicode")]
mod exact {
    use std::borrow::Cow;

    use unicode_normalization::{IsNormalized, UnicodeNormalization, char as composition, is_nfc, is_nfc_quick};
    use unicode_segmentation::UnicodeSegmentation;

    pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> + Clone {
        text.graphemes(true)
    }

    pub(super) fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
        text.split_word_bounds()
    }

    pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> + Clone {
        text.split_sentence_bounds()
    }

    pub(crate) fn composed(text: &str) -> Cow<'_, str> {
        if text.chars().all(stands_alone) {
            return Cow::Borrowed(text);
        }
        match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => Cow::Borrowed(text),
            IsNormalized::Maybe if is_nfc(text) => Cow::Borrowed(text),
            IsNormalized::Maybe | IsNormalized::No => Cow::Owned(text.nfc().collect()),
        }
    }

    /// Whether a character is composed and composes with nothing before it, by whole stretches of what texts are mostly
    /// made of: Latin, Greek, Cyrillic, punctuation, currencies, ideographs, Hangul, emoji. A few comparisons are cheaper
    /// than the tables.
    pub(super) fn stands_alone(c: char) -> bool {
        c < '\u{300}'
            || matches!(c,
                '\u{388}'..='\u{482}'
                | '\u{48a}'..='\u{52f}'
                | '\u{2010}'..='\u{2027}'
                | '\u{2030}'..='\u{205e}'
                | '\u{20a0}'..='\u{20bf}'
                | '\u{4e00}'..='\u{9fff}'
                | '\u{ac00}'..='\u{d7a3}'
                | '\u{1f300}'..='\u{1faff}')
    }

    pub(crate) fn base_letter(c: char) -> Option<char> {
        let mut base = None;
        let mut has_marks_only = true;
        composition::decompose_canonical(c, |part| match base {
            None => base = Some(part),
            Some(_) => has_marks_only &= composition::is_combining_mark(part),
        });
        base.filter(|base| *base != c && has_marks_only && base.is_alphabetic())
    }
}

#[cfg(any(not(feature = "unicode"), test))]
#[cfg_attr(feature = "unicode", allow(dead_code, reason = "tests compare it with the exact rules"))]
mod coarse {
    use std::borrow::Cow;

    /// Cuts where `is_end` says so of what stands before and after.
    fn pieces(text: &str, mut is_end: impl FnMut(&str, char) -> bool + Clone) -> impl Iterator<Item = &str> + Clone {
        let mut rest = text;
        std::iter::from_fn(move || {
            let mut ends = rest.char_indices().skip(1);
            let end = ends.find(|(at, next)| is_end(&rest[..*at], *next)).map_or(rest.len(), |(at, _)| at);
            let (piece, after) = rest.split_at(end);
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    }

    pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> + Clone {
        pieces(text, |before, next| {
            let Some(last) = before.chars().next_back() else { return false };
            // A flag is two letters: a third begins the next one.
            let is_half_flag = is_flag_letter(last) && before.chars().filter(|c| is_flag_letter(*c)).count() % 2 == 1;
            let belongs = match last {
                '\r' => next == '\n',
                '\n' => false,
                '\u{200d}' => !next.is_whitespace(),
                _ => extends(next) || (is_half_flag && is_flag_letter(next)),
            };
            !belongs
        })
    }

    pub(super) fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
        pieces(text, |before, next| {
            before.chars().next_back().is_some_and(|last| last.is_whitespace() != next.is_whitespace())
        })
    }

    pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> + Clone {
        pieces(text, |before, next| {
            if next.is_whitespace() {
                return before.ends_with('\n');
            }
            let said = before.trim_end();
            let has_ended = said.ends_with(['.', '!', '?', '\u{2026}', '\u{964}', '\u{6d4}', '\u{61f}']);
            before.ends_with('\n')
                || (said.len() < before.len() && has_ended)
                || said.ends_with(['\u{3002}', '\u{ff01}', '\u{ff1f}'])
        })
    }

    pub(crate) fn composed(text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    pub(crate) fn base_letter(_: char) -> Option<char> {
        None
    }

    fn is_flag_letter(c: char) -> bool {
        matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
    }

    /// Marks, vowel signs, joiners, variation selectors, skin tones and tags, by whole stretches of Unicode.
    fn extends(c: char) -> bool {
        match c {
            '\u{0}'..='\u{2ff}' => false,
            // The ten scripts of India have the same layout, a block of 128 each.
            '\u{900}'..='\u{dff}' => {
                matches!(c as u32 % 0x80, 0x00..=0x03 | 0x3a..=0x3c | 0x3e..=0x4f | 0x51..=0x57 | 0x62..=0x63)
            }
            '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6dc}'
            | '\u{6df}'..='\u{6ed}'
            | '\u{e31}'
            | '\u{e34}'..='\u{e3a}'
            | '\u{e47}'..='\u{e4e}'
            | '\u{1160}'..='\u{11ff}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{200c}'..='\u{200d}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{3099}'..='\u{309a}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0020}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}' => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<'t>(pieces: impl Iterator<Item = &'t str>, expected: &[&str]) {
        assert_eq!(pieces.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_cluster_is_one_character_to_a_reader() {
        for clusters in [|text| clusters(text).collect::<Vec<_>>(), |text| coarse::clusters(text).collect::<Vec<_>>()] {
            check(clusters("").into_iter(), &[]);
            check(clusters("ab").into_iter(), &["a", "b"]);
            check(clusters("e\u{301}a\r\n\n").into_iter(), &["e\u{301}", "a", "\r\n", "\n"]);
            check(clusters("👨‍👩‍👧x👍🏽").into_iter(), &["👨‍👩‍👧", "x", "👍🏽"]);
            check(clusters("🇪🇸🇫🇷🇩").into_iter(), &["🇪🇸", "🇫🇷", "🇩"]);
            check(clusters("❤\u{fe0f}!").into_iter(), &["❤\u{fe0f}", "!"]);
            check(clusters("नि\u{200c}").into_iter(), &["नि\u{200c}"]);
        }
    }

    #[test]
    fn words_and_sentences_put_together_are_the_text() {
        for words in [|text| words(text).collect::<Vec<_>>(), |text| coarse::words(text).collect::<Vec<_>>()] {
            check(words("Your  parcel\n").into_iter(), &["Your", "  ", "parcel", "\n"]);
        }
        for sentences in
            [|text| sentences(text).collect::<Vec<_>>(), |text| coarse::sentences(text).collect::<Vec<_>>()]
        {
            check(sentences("It is here. Come!  Now?").into_iter(), &["It is here. ", "Come!  ", "Now?"]);
            check(sentences("At 10.30 it opens\nBye").into_iter(), &["At 10.30 it opens\n", "Bye"]);
            check(sentences("").into_iter(), &[]);
        }
    }

    #[cfg(feature = "unicode")]
    #[test]
    fn what_is_composed_is_borrowed() {
        use std::borrow::Cow;

        use unicode_normalization::{IsNormalized, char::canonical_combining_class, is_nfc_quick};

        for c in ('\0'..=char::MAX).filter(|c| exact::stands_alone(*c)) {
            let (mark, is_composed) = (canonical_combining_class(c), is_nfc_quick(std::iter::once(c)));
            assert_eq!((mark, is_composed), (0, IsNormalized::Yes), "{c:?}");
        }
        assert!(matches!(composed("caf\u{e9} 한 नि"), Cow::Borrowed(_)));
        assert_eq!(composed("cafe\u{301}"), "caf\u{e9}");
        assert_eq!((base_letter('é'), base_letter('ế'), base_letter('ş')), (Some('e'), Some('e'), Some('s')));
        assert_eq!((base_letter('e'), base_letter('ß'), base_letter('한'), base_letter('≠')), (None, None, None, None));
    }
}
