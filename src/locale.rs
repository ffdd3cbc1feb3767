//! Languages: BCP 47 tags in their canonical case, with the chain of parents to fall back along.

use std::{fmt, str::FromStr};

use crate::id::{Slug, text_serde};

/// A BCP 47 language tag of at most 23 bytes, such as `es-MX` or `zh-Hant-TW`.
///
/// Case is normalised (language lower, script title, region upper) and `_` is read as `-`.
///
/// ```
/// use waypost::Locale;
///
/// let locale: Locale = "pt_br".parse()?;
/// assert_eq!(locale.as_str(), "pt-BR");
/// assert_eq!(locale.parent().map(|l| l.to_string()), Some("pt".to_owned()));
/// # Ok::<(), waypost::InvalidLocale>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(Slug<23>);

impl Locale {
    /// The tag in canonical case.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The tag without its last part (RFC 4647 lookup), or `None` for a bare language.
    pub fn parent(&self) -> Option<Self> {
        parent_of(self.as_str()).map(|parent| Self(Slug::literal(parent)))
    }

    /// The script that this is usually written in, of a language that has several and where the tag names none.
    pub(crate) fn usual_script(&self) -> Option<&'static str> {
        let (language, rest) = parts_of(self.as_str());
        let usual = USUAL.iter().find(|usual| usual.language == language)?;
        let mut parts = rest.split('-').take_while(|part| part.len() != 1);
        let next = parts.next().unwrap_or_default();
        if is_script(next) {
            return None;
        }
        let elsewhere = usual.elsewhere.iter().find(|(_, regions)| regions.contains(&next));
        Some(elsewhere.map_or(usual.script, |(script, _)| script))
    }

    /// This tag or a parent of it equals `other`: at which step of the fall-back.
    ///
    /// Where the language is written in several scripts, a tag without one stands for the one with its usual script, and
    /// the other way round: `zh-TW` goes by `zh-Hant-TW` and `zh-Hant` to `zh`, and `zh-Hant-TW` by `zh-TW`.
    pub(crate) fn distance_to(&self, other: &Self) -> Option<u8> {
        if self == other {
            return Some(0);
        }
        if let Some(step) = self.distance_by_script(other) {
            return step;
        }
        // A parent is a beginning, so most tags are told apart without going up.
        if !self.0.starts_with(&other.0) {
            return None;
        }
        let mut step = 0;
        let mut at = self.as_str();
        while let Some(parent) = parent_of(at) {
            step += 1;
            if parent.len() == other.0.len() {
                return Some(step);
            }
            at = parent;
        }
        None
    }
}

impl Locale {
    /// The same for a language of several scripts; `None` of every other, and of tags of two languages.
    fn distance_by_script(&self, other: &Self) -> Option<Option<u8>> {
        let (language, rest) = parts_of(self.as_str());
        if !USUAL.iter().any(|usual| usual.language == language) || parts_of(other.as_str()).0 != language {
            return None;
        }
        let usual = self.usual_script();
        let named = rest.split('-').next().filter(|part| is_script(part));
        // INVARIANT: a tag of 23 bytes has at most seven parents, so with two steps each the sum is below 16.
        let mut step = 0;
        let mut tag = self.as_str();
        loop {
            let (_, rest) = parts_of(tag);
            let is_parent = tag.len() < self.as_str().len();
            let as_it_is = tag == other.as_str();
            let twin = match (usual, named) {
                (Some(script), _) => is_made_of(other.as_str(), language, script, rest),
                (None, Some(script)) => {
                    let bare = rest.strip_prefix(script).unwrap_or(rest).trim_start_matches('-');
                    !bare.is_empty()
                        && is_made_of(other.as_str(), language, "", bare)
                        && other.usual_script() == Some(script)
                }
                (None, None) => false,
            };
            // A language alone comes last: what is written in the right script comes before it.
            let order = if rest.is_empty() && is_parent { [twin, as_it_is] } else { [as_it_is, twin] };
            for is_it in order {
                if is_it {
                    return Some(Some(step));
                }
                step += 1;
            }
            match parent_of(tag) {
                Some(parent) => tag = parent,
                None => return Some(None),
            }
        }
    }
}

/// A language that is written in several scripts.
struct Usual {
    language: &'static str,
    /// The usual script.
    script: &'static str,
    /// The usual ones in these regions.
    elsewhere: &'static [(&'static str, &'static [&'static str])],
}

/// The languages of which people expect to find another script by the region (Unicode CLDR, `likelySubtags.xml`, release
/// 37 to 46).
const USUAL: [Usual; 7] = [
    Usual { language: "az", script: "Latn", elsewhere: &[("Arab", &["IQ", "IR"]), ("Cyrl", &["RU"])] },
    Usual { language: "bs", script: "Latn", elsewhere: &[] },
    Usual { language: "pa", script: "Guru", elsewhere: &[("Arab", &["PK"])] },
    Usual { language: "sr", script: "Cyrl", elsewhere: &[("Latn", &["ME", "RO", "TR"])] },
    Usual { language: "uz", script: "Latn", elsewhere: &[("Arab", &["AF"]), ("Cyrl", &["CN"])] },
    Usual { language: "yue", script: "Hant", elsewhere: &[("Hans", &["CN"])] },
    Usual {
        language: "zh",
        script: "Hans",
        elsewhere: &[(
            "Hant",
            &["AU", "BN", "GB", "GF", "HK", "ID", "MO", "PA", "PF", "PH", "SR", "TH", "TW", "US", "VN"],
        )],
    },
];

fn is_script(part: &str) -> bool {
    part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The language, and what follows it.
fn parts_of(tag: &str) -> (&str, &str) {
    tag.split_once('-').unwrap_or((tag, ""))
}

/// Whether a tag is of these parts, of which some may be empty.
fn is_made_of(tag: &str, language: &str, script: &str, rest: &str) -> bool {
    let mut parts = [language, script, rest].into_iter().filter(|part| !part.is_empty());
    let mut left = parts.next().and_then(|part| tag.strip_prefix(part));
    for part in parts {
        left = left.and_then(|left| left.strip_prefix('-')?.strip_prefix(part));
    }
    left == Some("")
}

fn parent_of(tag: &str) -> Option<&str> {
    let (parent, _) = tag.rsplit_once('-')?;
    // RFC 4647 section 3.4: a single-letter part is removed together with what follows it.
    Some(match parent.rsplit_once('-') {
        Some((shorter, part)) if part.len() == 1 => shorter,
        _ => parent,
    })
}

/// A text that is not a language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a BCP 47 language tag of at most 23 bytes: expected a form such as `es`, `pt-BR` or `zh-Hant-TW`")]
pub struct InvalidLocale;

impl FromStr for Locale {
    type Err = InvalidLocale;

    fn from_str(text: &str) -> Result<Self, InvalidLocale> {
        let mut tag = String::with_capacity(text.len());
        for (at, part) in text.split(['-', '_']).enumerate() {
            let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
            let sound = (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
            if !sound || (at == 0 && !(alphabetic && (2..=8).contains(&part.len()))) {
                return Err(InvalidLocale);
            }
            if at > 0 {
                tag.push('-');
            }
            match (at, part.len()) {
                (1.., 2) if alphabetic => tag.push_str(&part.to_ascii_uppercase()),
                (1.., 4) if alphabetic => {
                    tag.push_str(&part[..1].to_ascii_uppercase());
                    tag.push_str(&part[1..].to_ascii_lowercase());
                }
                _ => tag.push_str(&part.to_ascii_lowercase()),
            }
        }
        Slug::parse(&tag, "locale", |_| true).map(Self).map_err(|_| InvalidLocale)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_serde!(Locale, "language tag");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_case() {
        let canonical = |text: &str| text.parse::<Locale>().map(|l| l.to_string());
        assert_eq!(canonical("ES"), Ok("es".to_owned()));
        assert_eq!(canonical("zh_hANT_tw"), Ok("zh-Hant-TW".to_owned()));
        assert_eq!(canonical("es-419"), Ok("es-419".to_owned()));
        for text in ["", "e", "es-", "-es", "es--MX", "12", "español", "en-abcdefghi", "en-US-x-twenty-three-bytes"] {
            assert_eq!(canonical(text), Err(InvalidLocale), "{text}");
        }
    }

    #[test]
    fn a_lone_letter_goes_with_what_follows_it() {
        let tag: Locale = "en-US-x-shop".parse().expect("a tag");
        assert_eq!(tag.parent().map(|l| l.to_string()), Some("en-US".to_owned()));
    }

    #[test]
    fn distance_counts_the_steps() {
        let mexican: Locale = "es-MX".parse().expect("a tag");
        assert_eq!(mexican.distance_to(&mexican), Some(0));
        assert_eq!(mexican.distance_to(&"es".parse().expect("a tag")), Some(1));
        assert_eq!(mexican.distance_to(&"es-ES".parse().expect("a tag")), None);
    }

    #[test]
    fn the_region_says_the_script() {
        let check = |wanted: &str, chain: &[&str], never: &[&str]| {
            let wanted: Locale = wanted.parse().expect("a tag");
            let steps: Vec<_> = chain
                .iter()
                .map(|tag| {
                    wanted.distance_to(&tag.parse().expect("a tag")).unwrap_or_else(|| panic!("{wanted} to {tag}"))
                })
                .collect();
            assert!(steps.is_sorted_by(|a, b| a < b) && steps.iter().all(|step| *step < 16), "{wanted}: {steps:?}");
            assert_eq!(steps.first(), Some(&0), "{wanted}");
            for tag in never {
                assert_eq!(wanted.distance_to(&tag.parse().expect("a tag")), None, "{wanted} to {tag}");
            }
        };
        check("zh-TW", &["zh-TW", "zh-Hant-TW", "zh-Hant", "zh"], &["zh-Hans", "zh-HK", "zh-Hant-HK", "en"]);
        check("zh-HK", &["zh-HK", "zh-Hant-HK", "zh-Hant", "zh"], &["zh-TW", "zh-Hans"]);
        check("zh-CN", &["zh-CN", "zh-Hans-CN", "zh-Hans", "zh"], &["zh-Hant"]);
        check("zh-SG", &["zh-SG", "zh-Hans-SG", "zh-Hans", "zh"], &["zh-Hant"]);
        check("zh", &["zh", "zh-Hans"], &["zh-Hant", "zh-CN"]);
        check("zh-Hant-TW", &["zh-Hant-TW", "zh-TW", "zh-Hant", "zh"], &["zh-HK", "zh-Hans"]);
        check("zh-Hant-SG", &["zh-Hant-SG", "zh-Hant", "zh"], &["zh-SG"]);
        check("zh-Hans", &["zh-Hans", "zh"], &["zh-CN", "zh-Hant"]);
        check("zh-TW-x-shop", &["zh-TW-x-shop", "zh-Hant-TW-x-shop", "zh-TW", "zh-Hant-TW", "zh-Hant", "zh"], &[]);
        check("yue-CN", &["yue-CN", "yue-Hans", "yue"], &["zh", "yue-Hant"]);
        check("sr-ME", &["sr-ME", "sr-Latn-ME", "sr-Latn", "sr"], &["sr-Cyrl"]);
        check("sr-RS", &["sr-RS", "sr-Cyrl", "sr"], &["sr-Latn"]);
        check("sr-Latn-RS", &["sr-Latn-RS", "sr-Latn", "sr"], &["sr-RS", "sr-Cyrl"]);
        check("uz-AF", &["uz-AF", "uz-Arab", "uz"], &["uz-Latn"]);
        check("pa-PK", &["pa-PK", "pa-Arab", "pa"], &["pa-Guru"]);
        check("es-MX", &["es-MX", "es"], &["es-Latn"]);
    }
}
