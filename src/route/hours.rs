//! Hours: when a candidate may be used, by the customer's word, the sender's and the channel's own.

use std::cell::Cell;

use chrono::{DateTime, Utc};

use crate::{
    config::RouterConfig,
    policy::{Lift, WhenClosed},
    profile::{CustomerProfile, Endpoint},
    purpose::Purpose,
    reason::Reason,
    time::{Layer, LayerKind, Next, ResolvedZone, Schedule},
};

use super::{eligibility::Seat, situation::Situation};

/// From when on a candidate may be used.
#[derive(Clone, Copy)]
pub(super) enum Opening {
    /// At the instant that was asked about.
    Now,
    /// Later.
    At { instant: DateTime<Utc>, reason: Reason },
    /// Not within the longest delay, or not at all.
    Never(Reason),
}

/// Whether the hours that the policy lifts are lifted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifted {
    AsSaid,
    No,
}

/// The zones that count for a customer, and what was already found out for endpoints without a zone of their own.
pub(super) struct PersonHours<'a> {
    zones: Zones<'a>,
    /// By which hours bind: bit 0 the customer's quiet hours, bit 1 the sender's hours.
    known: [Cell<Option<Opening>>; 4],
}

/// The zones in all of which an hour must be permitted.
enum Zones<'a> {
    /// Several or one.
    Known(&'a [crate::time::ZoneName]),
    /// The sender's own, in the place of the customer's.
    Senders(crate::time::ZoneName),
    /// None, and without one nothing may be sent.
    Unknown,
    /// None, and the message goes out all the same.
    Waived,
}

impl<'a> PersonHours<'a> {
    pub(super) fn new(config: &RouterConfig, profile: &'a CustomerProfile, purpose: Purpose) -> Self {
        Self { zones: Zones::of(config, profile, purpose), known: Default::default() }
    }
}

impl<'a> Zones<'a> {
    fn of(config: &RouterConfig, profile: &'a CustomerProfile, purpose: Purpose) -> Self {
        let known = profile.zone().map(|evidence| evidence.zones()).filter(|zones| {
            // A zone that the tables lack might forbid: then nothing is known of the customer's time.
            zones.iter().all(|zone| config.zones.resolve(zone).is_some())
        });
        match (known, config.policy.zone) {
            (Some(zones), _) => Self::Known(zones),
            (None, _) if purpose.is_commercial() => Self::Unknown,
            (None, Some(zone)) => Self::Senders(zone),
            (None, None) => Self::Waived,
        }
    }
}

impl Situation<'_> {
    /// Whether the customer's quiet hours bind on a kind.
    fn quiet_hours_bind(&self, kind: u8, lifted: Lifted) -> bool {
        self.purpose.demands.obeys_quiet_hours
            && !self.profile.quiet_hours().windows.is_empty()
            && !(lifted == Lifted::AsSaid && self.standing.lifts(Lift::QuietHours, kind))
    }

    /// Whether the sender's hours bind on a kind.
    fn sender_hours_bind(&self, kind: u8, lifted: Lifted) -> bool {
        self.purpose.demands.obeys_hours
            && !self.standing.hours.is_empty()
            && !(lifted == Lifted::AsSaid && self.standing.lifts(Lift::SenderHours, kind))
    }

    /// From when on, counted from the start, a candidate may be used.
    pub(super) fn opening(&self, seat: &Seat<'_>, endpoint: &Endpoint) -> Opening {
        let quiet = self.quiet_hours_bind(seat.kind(), Lifted::AsSaid);
        let sender = self.sender_hours_bind(seat.kind(), Lifted::AsSaid);
        let staffed = seat.descriptor().open.is_some();
        if !(quiet || sender || staffed) {
            return Opening::Now;
        }
        // Most candidates share the customer's zone and hours: what was found out for one holds for all of them.
        let shared = (!staffed && endpoint.zone().is_none())
            .then(|| &self.person_hours.known[usize::from(quiet) | usize::from(sender) << 1]);
        if let Some(known) = shared.and_then(Cell::get) {
            return known;
        }
        let opening = self.opening_from(self.start, seat, endpoint, Lifted::AsSaid);
        if let Some(known) = shared {
            known.set(Some(opening));
        }
        opening
    }

    /// The first permitted instant from `from` on, within the longest delay.
    pub(super) fn opening_from(
        &self,
        from: DateTime<Utc>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        lifted: Lifted,
    ) -> Opening {
        let quiet = self.quiet_hours_bind(seat.kind(), lifted);
        let sender = self.sender_hours_bind(seat.kind(), lifted);
        let mut layers = Layers::default();
        if let (Some(open), Some(key)) = (&seat.descriptor().open, seat.registered.zone) {
            let zone = ResolvedZone::new(&*self.config.zones, key);
            layers.push(Layer { allow: &open.windows, ..Layer::open(LayerKind::Channel, zone) });
        }
        if quiet || sender {
            let own = endpoint.zone().and_then(|zone| ResolvedZone::find(&*self.config.zones, &zone));
            let mut bind = |zone| {
                if sender {
                    layers.push(Layer { allow: self.standing.hours, ..Layer::open(LayerKind::Sender, zone) });
                }
                if quiet {
                    let windows = &self.profile.quiet_hours().windows;
                    layers.push(Layer { deny: windows, ..Layer::open(LayerKind::Customer, zone) });
                }
            };
            let find = |zone| ResolvedZone::find(&*self.config.zones, zone);
            match (&self.person_hours.zones, own) {
                (_, Some(zone)) => bind(zone),
                (Zones::Known(zones), None) => zones.iter().filter_map(find).for_each(bind),
                (Zones::Senders(zone), None) => find(zone).into_iter().for_each(bind),
                (Zones::Unknown, None) => return Opening::Never(Reason::ZoneUnknown),
                (Zones::Waived, None) => {}
            }
        }
        let demands = &self.purpose.demands;
        match Schedule::new(layers.as_slice()).next(from, demands.max_delay.as_delta()) {
            Next::Now => Opening::Now,
            Next::At { instant, blocked_by, .. } => {
                let reason = closed(blocked_by, instant);
                match demands.when_closed {
                    WhenClosed::Drop => Opening::Never(reason),
                    _ => Opening::At { instant, reason },
                }
            }
            _ => Opening::Never(Reason::NeverOpens { within: demands.max_delay }),
        }
    }
}

fn closed(by: LayerKind, until: DateTime<Utc>) -> Reason {
    match by {
        LayerKind::Customer => Reason::QuietHours { until },
        LayerKind::Channel | LayerKind::Agent => Reason::ChannelClosed { until },
        _ => Reason::SenderHours { until },
    }
}

/// How many layers are kept without an allocation: sender and customer in one zone, and the channel's own.
const FEW: usize = 3;

/// Layers, a few of them without an allocation.
#[derive(Default)]
struct Layers<'a> {
    few: Option<[Layer<'a, ResolvedZone<'a>>; FEW]>,
    len: usize,
    /// All of them, once they are more than a few.
    many: Vec<Layer<'a, ResolvedZone<'a>>>,
}

impl<'a> Layers<'a> {
    fn push(&mut self, layer: Layer<'a, ResolvedZone<'a>>) {
        let few = self.few.get_or_insert([layer; FEW]);
        if let Some(place) = few.get_mut(self.len) {
            *place = layer;
        } else {
            if self.many.is_empty() {
                self.many.extend_from_slice(few);
            }
            self.many.push(layer);
        }
        self.len += 1;
    }

    fn as_slice(&self) -> &[Layer<'a, ResolvedZone<'a>>] {
        match &self.few {
            Some(few) if self.len <= FEW => &few[..self.len],
            _ => &self.many,
        }
    }
}
