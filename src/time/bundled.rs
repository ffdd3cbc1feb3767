//! The IANA zones that chrono-tz carries.

use chrono::{DateTime, Utc};
use chrono_tz::{IANA_TZDB_VERSION, TZ_VARIANTS, Tz};

use super::{FixedZones, OffsetFromUtc, ZoneKey, ZoneLookup, ZoneName};

/// All IANA zones from the tables that the chrono-tz crate carries, and the offsets of [`FixedZones`].
///
/// The tables are as old as the release of chrono-tz that was built in, and a country that changed its clocks since is
/// an hour off; [`release`](ZoneLookup::release) says which they are. They end in 2099: summer time is not known after.
///
/// ```
/// use chrono::DateTime;
/// use waypost::time::{BundledZones, OffsetFromUtc, ResolvedZone, ZoneName};
///
/// let zone = ResolvedZone::find(&BundledZones, &ZoneName::literal("Europe/Lisbon")).unwrap();
/// let summer: DateTime<chrono::Utc> = "2025-07-01T12:00:00Z".parse().unwrap();
/// let winter: DateTime<chrono::Utc> = "2025-12-01T12:00:00Z".parse().unwrap();
/// assert_eq!(zone.offset_seconds(summer), 3600);
/// assert_eq!(zone.offset_seconds(winter), 0);
/// assert!(ResolvedZone::find(&BundledZones, &ZoneName::literal("europe/lisbon")).is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BundledZones;

impl ZoneLookup for BundledZones {
    fn resolve(&self, name: &ZoneName) -> Option<ZoneKey> {
        match name.as_str().parse::<Tz>() {
            // The variants are listed in the order in which they are declared; a test holds this to be so.
            Ok(zone) => Some(ZoneKey(zone as u32)),
            Err(_) => FixedZones.resolve(name),
        }
    }

    fn offset_seconds(&self, key: ZoneKey, at: DateTime<Utc>) -> i32 {
        match usize::try_from(key.0).ok().and_then(|index| TZ_VARIANTS.get(index)) {
            Some(zone) => zone.offset_seconds(at),
            None => FixedZones.offset_seconds(key, at),
        }
    }

    fn source(&self) -> &str {
        "chrono-tz"
    }

    fn release(&self) -> &str {
        IANA_TZDB_VERSION
    }
}

/// The names of all zones that have one.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TZ_VARIANTS.iter().map(|zone| zone.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_resolves_to_itself() {
        assert!(TZ_VARIANTS.len() > 500);
        for (index, zone) in TZ_VARIANTS.iter().enumerate() {
            let name: ZoneName = zone.name().parse().expect("an IANA name is a zone name");
            let key = BundledZones.resolve(&name).expect("the table has its own zones");
            assert_eq!(usize::try_from(key.0), Ok(index), "{name}");
            for year in 0..140 {
                let at = DateTime::from_timestamp(-2_208_988_800 + year * 31_556_952, 0).expect("in range");
                assert_eq!(BundledZones.offset_seconds(key, at), zone.offset_seconds(at), "{name}");
            }
        }
    }

    #[test]
    fn fixed_offsets_are_there_too() {
        for name in ["UTC", "Z", "+05:30", "-03:00"] {
            let name = name.parse().expect("a zone name");
            let key = BundledZones.resolve(&name).expect("a fixed zone");
            let fixed = FixedZones.resolve(&name).expect("a fixed zone");
            let at = DateTime::UNIX_EPOCH;
            assert_eq!(BundledZones.offset_seconds(key, at), FixedZones.offset_seconds(fixed, at));
        }
        assert_eq!(BundledZones.resolve(&ZoneName::literal("Mars/Phobos")), None);
    }

    #[test]
    fn a_foreign_key_and_the_ends_of_time_are_harmless() {
        for key in [0, TZ_VARIANTS.len() as u32, u32::MAX] {
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                assert!(BundledZones.offset_seconds(ZoneKey(key), at).abs() < 86_400);
            }
        }
    }
}
