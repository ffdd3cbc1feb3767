//! Hours: when a candidate may be used, by the customer's word, the sender's and the channel's own.

use std::cell::{Cell, OnceCell};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    config::RouterConfig,
    id::LawId,
    policy::{Lift, WhenBlocked},
    profile::{CustomerProfile, Endpoint, ZoneEvidence},
    purpose::Purpose,
    reason::Reason,
    time::{Layer, LayerKind, ResolvedZone, Schedule, Span, ZoneKey, ZoneName},
};

use super::{eligibility::Seat, law::LawLayer, situation::Situation};

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

/// Whether the lifts of the policy count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lifts {
    Count,
    SetAside,
}

/// The zones that count for a customer, looked up where hours bind at all, and what was already found out for
/// endpoints without a zone of their own.
#[derive(Default)]
pub(super) struct PersonHours<'a> {
    zones: OnceCell<Zones<'a>>,
    /// By which hours bind: bit 0 the customer's quiet hours, bit 1 the sender's hours.
    known: [Cell<Option<Opening>>; 4],
}

/// The zones in all of which an hour must be permitted.
enum Zones<'a> {
    /// The customer's, or in its place the sender's own.
    One(ZoneKey),
    /// All that the customer may be in.
    Several(&'a [ZoneName]),
    /// None, and without one nothing may be sent.
    Unknown,
    /// None, and the message goes out all the same.
    Waived,
}

impl<'a> Zones<'a> {
    fn of(config: &RouterConfig, profile: &'a CustomerProfile, purpose: Purpose) -> Self {
        let resolve = |zone: &ZoneName| config.zones.resolve(zone);
        let known = match profile.zone().map(ZoneEvidence::zones) {
            Some([zone]) => resolve(zone).map(Self::One),
            // A zone that the tables lack might forbid: then nothing is known of the customer's time.
            Some(zones) => zones.iter().all(|zone| resolve(zone).is_some()).then_some(Self::Several(zones)),
            None => None,
        };
        match (known, config.policy.zone) {
            (Some(zones), _) => zones,
            (None, _) if purpose.is_commercial() => Self::Unknown,
            (None, Some(zone)) => resolve(&zone).map_or(Self::Waived, Self::One),
            (None, None) => Self::Waived,
        }
    }
}

impl Situation<'_> {
    /// Whether the customer's quiet hours bind on a kind.
    fn quiet_hours_bind(&self, kind: u8, lifts: Lifts) -> bool {
        self.purpose.demands.obeys_quiet_hours
            && !self.profile.quiet_hours().windows.is_empty()
            && !(lifts == Lifts::Count && self.standing.lifts(Lift::QuietHours, kind))
    }

    /// Whether the sender's hours bind on a kind.
    fn sender_hours_bind(&self, kind: u8, lifts: Lifts) -> bool {
        self.purpose.demands.obeys_hours
            && !self.standing.hours.is_empty()
            && !(lifts == Lifts::Count && self.standing.lifts(Lift::SenderHours, kind))
    }

    /// From when on, counted from an instant, a candidate may be used.
    pub(super) fn opening(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Opening {
        let quiet = self.quiet_hours_bind(seat.kind(), Lifts::Count);
        let sender = self.sender_hours_bind(seat.kind(), Lifts::Count);
        let staffed = seat.descriptor().open.is_some();
        let lawful = self.law_hours_bind(seat.kind(), endpoint);
        if !(quiet || sender || staffed || lawful) {
            return Opening::Now;
        }
        // Most candidates share the customer's zone and hours: what was found out for one holds for all of them.
        let shared = (!(staffed || lawful) && endpoint.zone().is_none() && from == self.start)
            .then(|| &self.person_hours.known[usize::from(quiet) | usize::from(sender) << 1]);
        if let Some(known) = shared.and_then(Cell::get) {
            return known;
        }
        let opening = self.opening_from(from, seat, endpoint, Lifts::Count);
        if let Some(known) = shared {
            known.set(Some(opening));
        }
        opening
    }

    /// The same, where the purpose waits for hours at all.
    pub(super) fn opening_to_wait_for(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Opening {
        match self.opening(from, seat, endpoint) {
            Opening::At { reason, .. } if self.purpose.demands.when_closed == WhenBlocked::Drop => {
                Opening::Never(reason)
            }
            opening => opening,
        }
    }

    /// The first permitted instant from `from` on, within the longest delay.
    fn opening_from(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint, lifts: Lifts) -> Opening {
        let hours = match self.hours(seat, endpoint, lifts) {
            Ok(hours) => hours,
            Err(reason) => return Opening::Never(reason),
        };
        // The delay is counted from the start, whatever else has used some of it up.
        let left = self.last_start().signed_duration_since(from);
        let Err(blocked_by) = hours.permits(from) else { return Opening::Now };
        match hours.open_from(from, left) {
            Some(instant) => Opening::At { instant, reason: blocked_by.until(instant) },
            None => Opening::Never(blocked_by.within(self.purpose.demands.max_delay)),
        }
    }

    /// Whether a candidate would be put off to `until` or later, were nothing lifted.
    ///
    /// A lift never takes away: where hours would have carried a message past a full cap, lifting them must not lead it
    /// into the cap to be dropped there, or raising urgency could remove a candidate.
    pub(super) fn would_wait(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
    ) -> bool {
        let lifted =
            self.standing.lifts(Lift::QuietHours, seat.kind()) || self.standing.lifts(Lift::SenderHours, seat.kind());
        lifted
            && self.purpose.demands.when_closed == WhenBlocked::Defer
            && matches!(
                self.opening_from(from, seat, endpoint, Lifts::SetAside),
                Opening::At { instant, .. } if instant >= until
            )
    }

    /// The last permitted instant up to `latest`, given that `ready` is permitted and not after it.
    pub(super) fn last_permitted(
        &self,
        ready: DateTime<Utc>,
        latest: DateTime<Utc>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
    ) -> DateTime<Utc> {
        let Ok(schedule) = self.hours(seat, endpoint, Lifts::Count) else { return ready };
        let mut open = ready;
        let mut last = ready;
        // Hours open a few times a day and a message lives for days; one that lives for months goes a little early.
        for _ in 0..64 {
            // Searches end before their horizon, and hours may close right at the latest instant.
            let left = latest.signed_duration_since(open) + SECOND;
            match schedule.open_until(open, left) {
                Some(closes) if closes <= latest => last = closes.checked_sub_signed(SECOND).unwrap_or(open).max(open),
                _ => return latest,
            }
            match schedule.open_from(last + SECOND, left) {
                Some(opens) if opens <= latest => open = opens,
                _ => break,
            }
        }
        last
    }

    /// The last instant to which a message may be put off.
    pub(super) fn last_start(&self) -> DateTime<Utc> {
        let longest = self.purpose.demands.max_delay.as_delta();
        self.start.checked_add_signed(longest).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Everything by whose hours a candidate has to go; no lift lifts any of the law's.
    fn hours<'s>(&'s self, seat: &Seat<'s>, endpoint: &'s Endpoint, lifts: Lifts) -> Result<Hours<'s>, Reason> {
        let law = self.law_layers(seat.kind(), endpoint)?;
        Ok(Hours { own: self.layers(seat, endpoint, lifts)?, law })
    }

    /// The hours that bind a candidate, those of the law apart.
    fn layers<'s>(&'s self, seat: &Seat<'s>, endpoint: &Endpoint, lifts: Lifts) -> Result<Layers<'s>, Reason> {
        let quiet = self.quiet_hours_bind(seat.kind(), lifts);
        let sender = self.sender_hours_bind(seat.kind(), lifts);
        let mut layers = Layers::default();
        if let (Some(open), Some(key)) = (&seat.descriptor().open, seat.registered.zone) {
            let zone = ResolvedZone::new(&*self.config.zones, key);
            layers.push(Layer { allow: &open.windows, ..Layer::open(LayerKind::Channel, zone) });
        }
        if quiet || sender {
            let zones = &*self.config.zones;
            let mut bind = |zone| {
                if sender {
                    layers.push(Layer { allow: self.standing.hours, ..Layer::open(LayerKind::Sender, zone) });
                }
                if quiet {
                    let windows = &self.profile.quiet_hours().windows;
                    layers.push(Layer { deny: windows, ..Layer::open(LayerKind::Customer, zone) });
                }
            };
            let own = endpoint.zone().and_then(|zone| ResolvedZone::find(zones, &zone));
            if endpoint.zone().is_some() && own.is_none() && self.message.purpose().is_commercial() {
                // A zone that the tables lack might forbid, here as in the profile.
                return Err(Reason::ZoneUnknown);
            }
            let persons = || Zones::of(self.config, self.profile, self.message.purpose());
            match (own, self.person_hours.zones.get_or_init(persons)) {
                (Some(zone), _) => bind(zone),
                (None, Zones::One(key)) => bind(ResolvedZone::new(zones, *key)),
                (None, Zones::Several(names)) => {
                    names.iter().filter_map(|name| ResolvedZone::find(zones, name)).for_each(bind);
                }
                (None, Zones::Unknown) => return Err(Reason::ZoneUnknown),
                (None, Zones::Waived) => {}
            }
        }
        Ok(layers)
    }
}

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// By whose hours a candidate has to go.
struct Hours<'a> {
    own: Layers<'a>,
    law: Vec<LawLayer<'a>>,
}

/// Whose hours are closed.
#[derive(Clone, Copy)]
enum Closed {
    Law(LawId),
    Own(LayerKind),
}

impl Closed {
    fn until(self, until: DateTime<Utc>) -> Reason {
        match self {
            Self::Law(row) => Reason::LawHours { row, until },
            Self::Own(LayerKind::Customer) => Reason::QuietHours { until },
            Self::Own(LayerKind::Channel | LayerKind::Agent) => Reason::ChannelClosed { until },
            Self::Own(_) => Reason::SenderHours { until },
        }
    }

    fn within(self, within: Span) -> Reason {
        match self {
            Self::Law(row) => Reason::LawNeverOpens { row, within },
            Self::Own(_) => Reason::NeverOpens { within },
        }
    }
}

impl Hours<'_> {
    /// The law has the first word on whose hours are closed.
    fn permits(&self, at: DateTime<Utc>) -> Result<(), Closed> {
        let blocks = |law: &&LawLayer<'_>| law.binds_at(at) && !law.layer.permits(at);
        match self.law.iter().find(blocks) {
            Some(law) => Err(Closed::Law(law.row)),
            None => Schedule::new(self.own.as_slice()).permits(at).map_err(Closed::Own),
        }
    }

    fn open_from(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        self.search(at, horizon, |schedule, at, horizon| schedule.open_from(at, horizon))
    }

    fn open_until(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        self.search(at, horizon, |schedule, at, horizon| schedule.open_until(at, horizon))
    }

    /// Rows begin and end, so a search goes from one such turn to the next: between two of them the layers are the same.
    fn search(
        &self,
        from: DateTime<Utc>,
        horizon: TimeDelta,
        find: impl Fn(&Schedule<'_, ResolvedZone<'_>>, DateTime<Utc>, TimeDelta) -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        if self.law.is_empty() {
            return find(&Schedule::new(self.own.as_slice()), from, horizon);
        }
        let horizon = horizon.clamp(TimeDelta::zero(), Schedule::<ResolvedZone<'_>>::LONGEST_HORIZON);
        let end = from.checked_add_signed(horizon).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let mut at = from;
        // Every layer begins once and ends once.
        for _ in 0..=2 * self.law.len() {
            let turns = self.law.iter().flat_map(|law| [law.begins, law.ends]);
            let turn = turns.filter(|turn| at < *turn && *turn < end).min();
            let binding = self.law.iter().filter(|law| law.binds_at(at)).map(|law| law.layer);
            let layers: Vec<_> = binding.chain(self.own.as_slice().iter().copied()).collect();
            let stretch = turn.unwrap_or(end).signed_duration_since(at);
            if let Some(found) = find(&Schedule::new(&layers), at, stretch) {
                return Some(found);
            }
            at = turn?;
        }
        None
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
