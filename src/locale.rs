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

    /// This tag or a parent of it equals `other`: at which step of the fall-back.
    pub(crate) fn distance_to(&self, other: &Self) -> Option<u8> {
        if self == other {
            return Some(0);
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
}
