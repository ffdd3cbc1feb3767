//! Time zones: their names, and the caller's tables that say which offset holds when.

use std::fmt;

use chrono::{DateTime, Offset, TimeZone, Utc};

use crate::id::slug;

/// What a zone name may hold: IANA names such as `America/Port-au-Prince` and offsets such as `+05:30`.
fn in_zone(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+' | ':')
}

slug! {
    /// The name of a time zone, such as `Europe/Lisbon` or `+05:30`.
    ///
    /// Capitals count. A name is not yet a zone: whether anybody knows it is for [`ZoneLookup::resolve`] to say.
    ///
    /// ```
    /// use waypost::time::ZoneName;
    ///
    /// let name: ZoneName = "America/Argentina/ComodRivadavia".parse()?;
    /// assert_eq!(name.as_str(), "America/Argentina/ComodRivadavia");
    /// assert!("New York".parse::<ZoneName>().is_err());
    /// # Ok::<(), waypost::InvalidName>(())
    /// ```
    ZoneName, 39, "time zone", in_zone
}

impl ZoneName {
    /// Coordinated universal time, which every lookup knows.
    pub const UTC: Self = Self::literal("UTC");
}

/// A zone inside one [`ZoneLookup`]; only meaningful to the lookup that made it.
///
/// The number is the lookup's own: an index, a hash, an offset. It is not stable between releases of the tables, so a
/// document stores the [`ZoneName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneKey(pub u32);

/// The tables of time zones, supplied by the caller because governments change them faster than crates are released.
///
/// An offset must depend on the zone and the instant alone: the same question gets the same answer as long as the value
/// lives. A lookup with other tables is another value with another [`release`](Self::release).
///
/// ```
/// use chrono::{DateTime, Utc};
/// use waypost::time::{ZoneKey, ZoneLookup, ZoneName};
///
/// /// Vancouver as decided in 2026: on UTC-7 for good.
/// #[derive(Debug)]
/// struct Amended;
///
/// impl ZoneLookup for Amended {
///     fn resolve(&self, name: &ZoneName) -> Option<ZoneKey> {
///         (name == "America/Vancouver").then_some(ZoneKey(0))
///     }
///     fn offset_seconds(&self, _key: ZoneKey, _at: DateTime<Utc>) -> i32 {
///         -7 * 3600
///     }
///     fn release(&self) -> &str {
///         "2026f-amended"
///     }
/// }
///
/// let zones: &dyn ZoneLookup = &Amended;
/// assert_eq!(zones.resolve(&ZoneName::literal("America/Vancouver")), Some(ZoneKey(0)));
/// assert_eq!(zones.resolve(&ZoneName::UTC), None);
/// ```
pub trait ZoneLookup: fmt::Debug + Send + Sync {
    /// The zone of this name, or `None` if these tables do not have it.
    fn resolve(&self, name: &ZoneName) -> Option<ZoneKey>;

    /// Seconds to add to UTC for the wall clock of this zone at this instant.
    ///
    /// It is asked many times per decision, so it should neither allocate nor block. For a key of another lookup any
    /// offset will do, but it must not panic.
    fn offset_seconds(&self, key: ZoneKey, at: DateTime<Utc>) -> i32;

    /// Where the tables come from, such as `chrono-tz` or `system`; recorded beside the release.
    fn source(&self) -> &str {
        "custom"
    }

    /// Which release of the tables this is, such as `2025b`; recorded beside every decision that used them.
    fn release(&self) -> &str;
}

/// Anything that knows the offset from UTC at an instant: every [`chrono::TimeZone`], and a [`ResolvedZone`].
///
/// This is all that [`Layer`](super::Layer), [`Quota`](super::Quota) and [`Schedule`](super::Schedule) ever ask of a
/// zone. An offset is less than a day either way; what is not is read as the largest that is.
///
/// ```
/// use chrono::{DateTime, FixedOffset};
/// use waypost::time::OffsetFromUtc;
///
/// let lima = FixedOffset::west_opt(5 * 3600).unwrap();
/// assert_eq!(OffsetFromUtc::offset_seconds(&lima, DateTime::UNIX_EPOCH), -18_000);
/// ```
pub trait OffsetFromUtc {
    /// Seconds to add to UTC for the wall clock at this instant.
    fn offset_seconds(&self, at: DateTime<Utc>) -> i32;
}

impl<T: TimeZone> OffsetFromUtc for T {
    fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
        self.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    }
}

impl OffsetFromUtc for ResolvedZone<'_> {
    fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
        self.lookup.offset_seconds(self.key, at)
    }
}

/// A zone together with the tables that know it.
///
/// ```
/// use chrono::DateTime;
/// use waypost::time::{FixedZones, OffsetFromUtc, ResolvedZone, ZoneName};
///
/// let india = ResolvedZone::find(&FixedZones, &ZoneName::literal("+05:30")).unwrap();
/// assert_eq!(india.offset_seconds(DateTime::UNIX_EPOCH), 19_800);
/// assert!(ResolvedZone::find(&FixedZones, &ZoneName::literal("Asia/Kolkata")).is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResolvedZone<'a> {
    lookup: &'a dyn ZoneLookup,
    key: ZoneKey,
}

impl<'a> ResolvedZone<'a> {
    /// The zone of this name, or `None` if the tables do not have it.
    pub fn find(lookup: &'a dyn ZoneLookup, name: &ZoneName) -> Option<Self> {
        lookup.resolve(name).map(|key| Self { lookup, key })
    }

    /// The zone of a key that this lookup resolved earlier.
    pub const fn new(lookup: &'a dyn ZoneLookup, key: ZoneKey) -> Self {
        Self { lookup, key }
    }

    /// The key of the zone in its tables.
    pub const fn key(&self) -> ZoneKey {
        self.key
    }
}

/// Zones that never change their clocks: `UTC`, `Z`, and offsets from `-23:59` to `+23:59` such as `+05:30`.
///
/// `-00:00` is not among them: RFC 3339 reads it as "the local offset is not known".
///
/// ```
/// use chrono::DateTime;
/// use waypost::time::{FixedZones, ZoneLookup, ZoneName};
///
/// let key = FixedZones.resolve(&ZoneName::literal("-03:00")).unwrap();
/// assert_eq!(FixedZones.offset_seconds(key, DateTime::UNIX_EPOCH), -10_800);
/// assert_eq!(FixedZones.resolve(&ZoneName::UTC), FixedZones.resolve(&ZoneName::literal("Z")));
/// assert_eq!(FixedZones.resolve(&ZoneName::literal("-00:00")), None);
/// assert_eq!((FixedZones.source(), FixedZones.release()), ("fixed", "none"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedZones;

/// Marks the keys of fixed offsets, so that a lookup can have them beside its own keys from 0 up.
const FIXED: u32 = 1 << 31;
const MINUTES_A_DAY: u32 = 24 * 60;

impl FixedZones {
    /// The offset of a key made here, or `None` for any other key.
    pub(super) fn offset_of(key: ZoneKey) -> Option<i32> {
        let minutes = key.0.checked_sub(FIXED).filter(|minutes| *minutes < 2 * MINUTES_A_DAY)?;
        let minutes = i32::try_from(minutes).ok()? - MINUTES_A_DAY as i32;
        Some(minutes * 60)
    }
}

impl ZoneLookup for FixedZones {
    fn resolve(&self, name: &ZoneName) -> Option<ZoneKey> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
        let minutes = match *name.as_str().as_bytes() {
            [b'Z'] | [b'U', b'T', b'C'] => MINUTES_A_DAY,
            [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
                let hours = digit(a)? * 10 + digit(b)?;
                let minutes = digit(c)? * 10 + digit(d)?;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                match (sign, hours * 60 + minutes) {
                    (b'-', 0) => return None,
                    (b'-', west) => MINUTES_A_DAY - west,
                    (_, east) => MINUTES_A_DAY + east,
                }
            }
            _ => return None,
        };
        Some(ZoneKey(FIXED + minutes))
    }

    fn offset_seconds(&self, key: ZoneKey, _at: DateTime<Utc>) -> i32 {
        Self::offset_of(key).unwrap_or(0)
    }

    fn source(&self) -> &str {
        "fixed"
    }

    fn release(&self) -> &str {
        "none"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_resolves_to_itself() {
        for minutes in -1439_i32..=1439 {
            if minutes == 0 {
                continue;
            }
            let sign = if minutes < 0 { '-' } else { '+' };
            let name = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            let zone = ResolvedZone::find(&FixedZones, &name.parse().expect("a zone name")).expect(&name);
            assert_eq!(zone.offset_seconds(DateTime::UNIX_EPOCH), minutes * 60, "{name}");
        }
    }

    #[test]
    fn what_is_no_offset_is_not_resolved() {
        for name in ["utc", "z", "GMT", "+5:30", "+0530", "05:30", "+24:00", "-23:60", "-00:00", "+05:30:00", "+a0:00"]
        {
            assert_eq!(FixedZones.resolve(&name.parse().expect("a zone name")), None, "{name}");
        }
    }

    #[test]
    fn a_foreign_key_is_harmless() {
        for key in [0, 1, FIXED - 1, FIXED + 2 * MINUTES_A_DAY, u32::MAX] {
            assert_eq!(FixedZones.offset_seconds(ZoneKey(key), DateTime::UNIX_EPOCH), 0);
        }
    }

    #[test]
    fn a_resolved_zone_crosses_threads() {
        fn check<T: Send + Sync + Copy>() {}
        check::<ResolvedZone<'_>>();
        assert_eq!(size_of::<ZoneName>(), 40);
    }
}
