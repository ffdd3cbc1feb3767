//! Whose law may protect the customer, with what speaks for it.

use serde::{Deserialize, Deserializer as _, Serialize, de};

use crate::{
    codes::codes,
    discreet::{Discreet, Hushed},
    jurisdiction::Jurisdiction,
};

codes! {
    /// What speaks for a jurisdiction, strongest first.
    open JurisdictionBasis, "jurisdiction basis" {
        /// The customer said so.
        Declared = "declared",
        /// From the postal address.
        Address = "address",
        /// From the number's prefix: some laws presume that who has a number of a state lives in it.
        Prefix = "prefix",
        /// From the country.
        Country = "country",
    }
}

/// Most jurisdictions that one piece of evidence may name.
const MOST_PLACES: usize = 16;

/// The jurisdictions whose law may protect the customer; where several are named, the law of all of them binds.
///
/// Apart from [`ZoneEvidence`](crate::ZoneEvidence): a number of Florida in a pocket in New York has the clock of one
/// place and the law of both. In documents a plain code is a declared one.
///
/// ```
/// use waypost::{JurisdictionBasis, JurisdictionEvidence};
///
/// let evidence: JurisdictionEvidence = serde_json::from_str(r#""US-FL""#)?;
/// assert_eq!(evidence, JurisdictionEvidence::declared("US-FL".parse()?));
///
/// let moved = JurisdictionEvidence::new(["US-FL".parse()?, "US-NY".parse()?], JurisdictionBasis::Prefix)?;
/// assert_eq!(moved.places().len(), 2);
/// assert!(JurisdictionEvidence::new([], JurisdictionBasis::Country).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JurisdictionEvidence {
    places: Vec<Jurisdiction>,
    basis: JurisdictionBasis,
}

/// Evidence that names no jurisdiction, or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("jurisdiction evidence names 1 to {MOST_PLACES} jurisdictions, not {0}")]
pub struct InvalidJurisdictionEvidence(usize);

impl JurisdictionEvidence {
    /// One jurisdiction that the customer declared.
    pub fn declared(place: Jurisdiction) -> Self {
        Self { places: vec![place], basis: JurisdictionBasis::Declared }
    }

    /// Several jurisdictions.
    ///
    /// # Errors
    ///
    /// [`InvalidJurisdictionEvidence`] for none, or for more than 16.
    pub fn new(
        places: impl IntoIterator<Item = Jurisdiction>,
        basis: JurisdictionBasis,
    ) -> Result<Self, InvalidJurisdictionEvidence> {
        let mut places: Vec<_> = places.into_iter().collect();
        // The order in which candidates were found is nobody's word and may reach no answer.
        places.sort();
        places.dedup();
        match places.len() {
            1..=MOST_PLACES => Ok(Self { places, basis }),
            count => Err(InvalidJurisdictionEvidence(count)),
        }
    }

    /// The jurisdictions, sorted.
    pub fn places(&self) -> &[Jurisdiction] {
        &self.places
    }

    /// What speaks for them.
    pub fn basis(&self) -> JurisdictionBasis {
        self.basis
    }
}

impl<'de> Deserialize<'de> for JurisdictionEvidence {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            places: Vec<Jurisdiction>,
            basis: JurisdictionBasis,
        }

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = JurisdictionEvidence;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a jurisdiction such as `FR`, or jurisdictions with their basis")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<JurisdictionEvidence, E> {
                text.parse().map(JurisdictionEvidence::declared).map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<JurisdictionEvidence, A::Error> {
                let wire = Wire::deserialize(de::value::MapAccessDeserializer::new(map))?;
                JurisdictionEvidence::new(wire.places, wire.basis).map_err(de::Error::custom)
            }
        }

        Discreet(from).deserialize_any(Visitor).map_err(|Hushed(error)| error)
    }
}
