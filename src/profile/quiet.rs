//! Quiet hours and the customer's time zone, with what speaks for it.

use serde::{Deserialize, Serialize, de};

use crate::{
    codes::codes,
    time::{Window, ZoneName},
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

/// Most zones that one piece of evidence may name: a country of many zones has fewer than this.
const MOST_ZONES: usize = 16;

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
    /// [`InvalidZoneEvidence`] for none, or for more than 16.
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

        from.deserialize_any(Visitor)
    }
}

/// When the customer wants to be left alone, in their own time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct QuietHours {
    /// The windows; nothing that obeys quiet hours is sent inside any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "windows")]
    pub windows: Vec<Window>,
}

/// A window says what it could not read, which is right in a policy; here it is the customer's and stays unsaid.
fn windows<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Window>, D::Error> {
    struct Quiet(Window);

    impl<'de> Deserialize<'de> for Quiet {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let unreadable = "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`";
            Window::deserialize(from).map(Self).map_err(|_| de::Error::custom(unreadable))
        }
    }

    let windows = Vec::<Quiet>::deserialize(from)?;
    Ok(windows.into_iter().map(|Quiet(window)| window).collect())
}

impl QuietHours {
    /// These windows.
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Self {
        Self { windows: windows.into_iter().collect() }
    }
}
