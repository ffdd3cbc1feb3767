//! Measuring: how much of a unit some words have.

pub(crate) mod json;

use crate::content::{Unit, boundaries, sms::Segmentation};

/// How much of a unit some words have, [`u32::MAX`] where it is more than that.
///
/// Units that only a whole payload has, such as seconds of speech, are counted there.
pub(crate) fn count(words: &str, unit: Unit) -> u32 {
    let count = match unit {
        // Of ASCII every character is one of these, and a line break of two is one cluster.
        Unit::CodePoints | Unit::Utf16Units if words.is_ascii() => words.len(),
        Unit::Clusters if words.is_ascii() => words.len() - words.matches("\r\n").count(),
        Unit::CodePoints => words.chars().count(),
        Unit::Utf16Units => words.encode_utf16().count(),
        Unit::Bytes | Unit::JsonBytes => words.len(),
        Unit::Clusters => boundaries::clusters(words).count(),
        Unit::Septets => {
            let text = Segmentation::of(words);
            match text.encoding() {
                crate::content::sms::Encoding::Ucs2 => (text.units() * 16).div_ceil(7),
                _ => text.units(),
            }
        }
        Unit::Segments => Segmentation::of(words).segments(),
        Unit::Lines => words.lines().count(),
        Unit::Words => words.split_whitespace().count(),
        Unit::Seconds | Unit::Items => 0,
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The longest beginning of some words that is within a limit.
pub(crate) fn prefix(words: &str, max: u32, unit: Unit) -> &str {
    if count(words, unit) <= max {
        return words;
    }
    // More words never have less of a unit, so the ends that are within the limit come first.
    let ends: Vec<usize> = words.char_indices().map(|(at, _)| at).collect();
    let within = ends.partition_point(|end| count(&words[..*end], unit) <= max);
    &words[..within.checked_sub(1).map_or(0, |last| ends[last])]
}
