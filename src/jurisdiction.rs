//! Jurisdictions: places with a law of their own, by ISO 3166 code.

use std::{fmt, str::FromStr};

use crate::{country::Country, id::text_serde};

/// A country by ISO 3166-1 alpha-2 code, such as `FR`, or one of its parts by ISO 3166-2 code, such as `US-FL`; only
/// the form is checked.
///
/// What binds in a country binds in its parts; what binds in a part does not bind in the whole country.
///
/// ```
/// use waypost::Jurisdiction;
///
/// let (whole, part): (Jurisdiction, Jurisdiction) = ("US".parse()?, "US-FL".parse()?);
/// assert!(part.is_within(whole) && part.is_within(part) && !whole.is_within(part));
/// assert_eq!(Jurisdiction::from(part.country()), whole);
/// assert!("us-fl".parse::<Jurisdiction>().is_err());
/// # Ok::<(), waypost::InvalidJurisdiction>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction {
    country: Country,
    /// One to three letters or digits, padded with zeros; all zeros for the whole country.
    part: [u8; 3],
}

impl Jurisdiction {
    /// A place that is none, by a code that ISO 3166 leaves to its users.
    pub(crate) const NOWHERE: Self = Self { country: Country::NOWHERE, part: [0; 3] };

    /// The country it is, or is part of.
    pub const fn country(self) -> Country {
        self.country
    }

    /// The code of the part without that of its country, such as `FL`; `None` for a whole country.
    pub fn subdivision(&self) -> Option<&str> {
        let len = self.part.iter().position(|byte| *byte == 0).unwrap_or(self.part.len());
        std::str::from_utf8(&self.part[..len]).ok().filter(|part| !part.is_empty())
    }

    /// Whether the other's law binds here: it is the same place, or the country that this is a part of.
    pub fn is_within(self, wider: Self) -> bool {
        self.country == wider.country && (wider.part == [0; 3] || wider.part == self.part)
    }
}

impl From<Country> for Jurisdiction {
    fn from(country: Country) -> Self {
        Self { country, part: [0; 3] }
    }
}

/// A text that is not the code of a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a jurisdiction: expected an ISO 3166 code such as `FR` or `US-FL`")]
pub struct InvalidJurisdiction;

impl FromStr for Jurisdiction {
    type Err = InvalidJurisdiction;

    fn from_str(text: &str) -> Result<Self, InvalidJurisdiction> {
        let (country, part) = match text.split_once('-') {
            Some((country, part)) => (country, Some(part)),
            None => (text, None),
        };
        let mut whole = Self::from(country.parse::<Country>().map_err(|_| InvalidJurisdiction)?);
        if let Some(part) = part {
            let sound = (1..=3).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if !sound {
                return Err(InvalidJurisdiction);
            }
            whole.part[..part.len()].copy_from_slice(part.as_bytes());
        }
        Ok(whole)
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subdivision() {
            Some(part) => write!(f, "{}-{part}", self.country),
            None => write!(f, "{}", self.country),
        }
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

text_serde!(Jurisdiction, "jurisdiction");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for code in ["FR", "US-FL", "US-CA", "GB-ENG", "AT-9", "FR-75C"] {
            assert_eq!(code.parse::<Jurisdiction>().map(|place| place.to_string()), Ok(code.to_owned()));
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in
            ["", "F", "fr", "FRA", "US-", "US-fl", "US-FLOR", "US-F L", "US-FL-1", "-FL", "U\u{e9}", "US-\u{e9}"]
        {
            assert_eq!(text.parse::<Jurisdiction>(), Err(InvalidJurisdiction), "{text}");
        }
    }

    #[test]
    fn a_part_is_not_within_another_part() {
        let place = |code: &str| code.parse::<Jurisdiction>().expect("a code");
        assert!(!place("US-FL").is_within(place("US-OK")));
        assert!(!place("US-F").is_within(place("US-FL")) && !place("US-FL").is_within(place("US-F")));
        assert!(!place("FR").is_within(place("US")));
        assert_eq!(size_of::<Jurisdiction>(), 5);
    }
}
