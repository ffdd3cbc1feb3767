//! Time zones that the tables do not have.

use crate::{
    policy::{CapZone, FindingCode, finding::Place},
    time::{ZoneLookup, ZoneName},
};

use super::{Lint, name::did_you_mean};

impl Lint<'_> {
    /// Every zone that the policy or a channel names is to be found.
    pub(super) fn zones(&mut self, zones: &dyn ZoneLookup) {
        let own = self.policy.zone.map(|zone| (Place::of("zone"), zone));
        let caps = self.settings().into_iter().flat_map(|(_, place, settings)| {
            settings.caps.iter().enumerate().filter_map(move |(at, cap)| match cap.zone {
                CapZone::Named(zone) => Some((place.key("caps").at(at).key("zone"), zone)),
                CapZone::Recipient => None,
            })
        });
        let channels = self.channels.iter().enumerate().filter_map(|(at, channel)| {
            Some((Place::of("channels").at(at).key("open").key("zone"), channel.open.as_ref()?.zone))
        });
        let unknown = |(_, zone): &(Place, ZoneName)| zones.resolve(zone).is_none();
        let unknown: Vec<_> = own.into_iter().chain(caps).chain(channels).filter(unknown).collect();
        for (place, zone) in unknown {
            let message = format!("unknown time zone `{zone}` in the tables of release {}", zones.release());
            self.report_with(FindingCode::UnknownZone, &place, message, meant(&zone));
        }
    }
}

#[cfg(feature = "chrono-tz")]
fn meant(zone: &ZoneName) -> Option<String> {
    did_you_mean(zone.as_str(), crate::time::bundled_names())
}

#[cfg(not(feature = "chrono-tz"))]
fn meant(zone: &ZoneName) -> Option<String> {
    did_you_mean(zone.as_str(), [])
}
