//! The customer's time zone, with what speaks for it.

use serde::{Deserialize, Deserializer as _, Serialize, de};

use crate::{
    codes::codes,
    discreet::{Discreet, Hushed},
    time::ZoneName,
};

codes! {
    /// What speaks for a zone, strongest first.
    open ZoneBasis, "zone basis" {
        /// The customer said so.
        Declared = "declared",
        /// A device reported it.
        Device = "device",
        /// From the postal address.
        Address = "address",
        /// From the number's prefix.
        Prefix = "prefix",
        /// From the country.
        Country = "country",
    }
}

/// Most zones that one piece of evidence may name: the numbers under +1 800 alone are in use in 42.
const MOST_ZONES: usize = 64;

/// The zones the customer may be in; where several are named, all of them must permit.
///
/// In documents a plain zone name is a declared zone.
///
/// ```
/// use waypost::ZoneEvidence;
///
/// let evidence: ZoneEvidence = serde_json::from_str(r#""Europe/Madrid""#)?;
/// assert_eq!(evidence, ZoneEvidence::declared("Europe/Madrid".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneEvidence {
    zones: Vec<ZoneName>,
    basis: ZoneBasis,
}

/// Evidence that names no zone, or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("zone evidence names 1 to {MOST_ZONES} zones, not {0}")]
pub struct InvalidZoneEvidence(usize);

impl ZoneEvidence {
    /// One zone that the customer declared.
    pub fn declared(zone: ZoneName) -> Self {
        Self { zones: vec![zone], basis: ZoneBasis::Declared }
    }

    /// Several zones.
    ///
    /// # Errors
    ///
    /// [`InvalidZoneEvidence`] for none, or for more than 64.
    pub fn new(zones: impl IntoIterator<Item = ZoneName>, basis: ZoneBasis) -> Result<Self, InvalidZoneEvidence> {
        let mut zones: Vec<_> = zones.into_iter().collect();
        // The order in which candidates were found is nobody's word and may reach no answer.
        zones.sort();
        zones.dedup();
        match zones.len() {
            1..=MOST_ZONES => Ok(Self { zones, basis }),
            count => Err(InvalidZoneEvidence(count)),
        }
    }

    /// The zones, sorted.
    pub fn zones(&self) -> &[ZoneName] {
        &self.zones
    }

    /// What speaks for them.
    pub fn basis(&self) -> ZoneBasis {
        self.basis
    }
}

impl<'de> Deserialize<'de> for ZoneEvidence {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            zones: Vec<ZoneName>,
            basis: ZoneBasis,
        }

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ZoneEvidence;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a zone name, or zones with their basis")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ZoneEvidence, E> {
                text.parse().map(ZoneEvidence::declared).map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ZoneEvidence, A::Error> {
                let wire = Wire::deserialize(de::value::MapAccessDeserializer::new(map))?;
                ZoneEvidence::new(wire.zones, wire.basis).map_err(de::Error::custom)
            }
        }

        Discreet(from).deserialize_any(Visitor).map_err(|Hushed(error)| error)
    }
}

/// All that speaks for a customer's zone, strongest first.
///
/// In documents one piece of evidence, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ZoneEvidences(Vec<ZoneEvidence>);

impl ZoneEvidences {
    pub(crate) fn as_slice(&self) -> &[ZoneEvidence] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, evidence: ZoneEvidence) {
        self.0.push(evidence);
    }

    /// Strongest first; of equal strength by their zones, so that the order in which they were said reaches no answer.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by(|one, other| (one.basis, &one.zones).cmp(&(other.basis, &other.zones)));
        self.0.dedup();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The zones of every piece that does not merely repeat, more vaguely, what a stronger one says: of the strongest,
    /// and of every one that shares no zone with those before it.
    pub(crate) fn telling(&self) -> Vec<&[ZoneName]> {
        let mut told: Vec<&[ZoneName]> = Vec::new();
        for evidence in &self.0 {
            if !told.iter().any(|known| known.iter().any(|zone| evidence.zones.contains(zone))) {
                told.push(&evidence.zones);
            }
        }
        told
    }
}

impl Serialize for ZoneEvidences {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(to),
            several => several.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for ZoneEvidences {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ZoneEvidences;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a zone name, zones with their basis, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ZoneEvidences, E> {
                let one = ZoneEvidence::deserialize(de::value::StrDeserializer::new(text))?;
                Ok(ZoneEvidences(vec![one]))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ZoneEvidences, A::Error> {
                let one = ZoneEvidence::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(ZoneEvidences(vec![one]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<ZoneEvidences, A::Error> {
                let mut evidences = ZoneEvidences::default();
                while let Some(one) = list.next_element()? {
                    evidences.push(one);
                }
                if evidences.is_empty() {
                    return Err(de::Error::custom("expected at least one piece of evidence for the zone, not `[]`"));
                }
                Ok(evidences)
            }
        }

        from.deserialize_any(Visitor)
    }
}
