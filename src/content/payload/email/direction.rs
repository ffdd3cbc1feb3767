//! Direction: which way a language is written.

use crate::locale::Locale;

/// Scripts that are written from right to left (Unicode bidirectional classes R and AL).
const SCRIPTS: [&str; 9] = ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"];

/// Languages whose usual script is one of them (CLDR, likely subtags).
const LANGUAGES: [&str; 16] =
    ["ar", "arc", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "mzn", "nqo", "ps", "sd", "ug", "ur", "yi"];

/// The value of `dir`: `auto` where the language is not known.
pub(super) fn of(locale: Option<Locale>) -> &'static str {
    let Some(locale) = locale else { return "auto" };
    let mut parts = locale.as_str().split('-');
    let language = parts.next().unwrap_or_default();
    // A script that is named decides; a single letter begins what says nothing of it.
    let script = parts
        .take_while(|part| part.len() > 1)
        .find(|part| part.len() == 4 && !part.starts_with(|c: char| c.is_ascii_digit()));
    let is_rtl = match script.or(locale.usual_script()) {
        Some(script) => SCRIPTS.contains(&script),
        None => LANGUAGES.contains(&language),
    };
    if is_rtl { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_before_language() {
        for (locale, direction) in [
            ("ar", "rtl"),
            ("he-IL", "rtl"),
            ("fa", "rtl"),
            ("ur-PK", "rtl"),
            ("ur-Latn", "ltr"),
            ("az-Arab", "rtl"),
            ("az-IR", "rtl"),
            ("pa-PK", "rtl"),
            ("pa", "ltr"),
            ("en-US", "ltr"),
            ("de-1996", "ltr"),
        ] {
            assert_eq!(of(Some(locale.parse().expect("a tag"))), direction, "{locale}");
        }
        assert_eq!(of(None), "auto");
    }
}
