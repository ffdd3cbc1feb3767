//! Hours: when a candidate may be used, by the customer's word, the sender's and the channel's own.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    config::RouterConfig,
    policy::{Lift, WhenCapped, WhenClosed},
    profile::{CustomerProfile, Endpoint},
    purpose::Purpose,
    reason::Reason,
    time::{Layer, LayerKind, ResolvedZone, Schedule, ZoneKey, ZoneName},
};

use super::{eligibility::Seat, few::Few, situation::Situation, walk::Walk};

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

/// Which lifts of the policy count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifts {
    quiet_hours: bool,
    sender_hours: bool,
}

impl Lifts {
    pub(super) const COUNT: Self = Self { quiet_hours: true, sender_hours: true };

    /// Every way of setting some aside.
    const SET_ASIDE: [Self; 3] = [
        Self { quiet_hours: false, sender_hours: false },
        Self { quiet_hours: false, sender_hours: true },
        Self { quiet_hours: true, sender_hours: false },
    ];
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
pub(super) enum Zones<'a> {
    /// The customer's, or in its place the sender's own.
    One(ZoneKey),
    /// All that the customer may be in.
    Several(Cow<'a, [ZoneName]>),
    /// None, and without one nothing may be sent.
    Unknown,
    /// None, and the message goes out all the same.
    Waived,
}

impl<'a> Zones<'a> {
    fn of(config: &RouterConfig, profile: &'a CustomerProfile, purpose: Purpose) -> Self {
        let resolve = |zone: &ZoneName| config.zones.resolve(zone);
        let all_known = |zones: &[ZoneName]| zones.iter().all(|zone| resolve(zone).is_some());
        let known = match profile.zones() {
            [] => None,
            [_, _, ..] if purpose.is_commercial() => {
                let zones = profile.telling_zones().concat();
                // A zone that the tables lack might forbid: then nothing is known of the customer's time.
                all_known(&zones).then_some(Self::Several(zones.into()))
            }
            [strongest, ..] => match strongest.zones() {
                [zone] => resolve(zone).map(Self::One),
                zones if !all_known(zones) => None,
                // Of several places the sender's own is as good as any, where nothing turns on it but comfort.
                zones if !purpose.is_commercial() && config.policy.zone.is_some_and(|own| zones.contains(&own)) => None,
                zones => Some(Self::Several(zones.into())),
            },
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
    /// Whether a kind makes no noise, for a purpose that goes by such kinds where the hour is closed.
    fn goes_silently(&self, kind: u8) -> bool {
        self.purpose.demands.when_closed == WhenClosed::Downgrade && self.purpose.silent.has(kind)
    }

    /// Whether the customer's quiet hours bind on a kind.
    fn quiet_hours_bind(&self, kind: u8, lifts: Lifts) -> bool {
        self.purpose.demands.obeys_quiet_hours
            && !self.profile.quiet_hours().is_empty()
            && !self.goes_silently(kind)
            && (!lifts.quiet_hours || !self.standing.lifts(Lift::QuietHours, kind))
    }

    /// Whether the sender's hours bind on a kind.
    fn sender_hours_bind(&self, kind: u8, lifts: Lifts) -> bool {
        self.purpose.demands.obeys_hours
            && !self.standing.hours.is_empty()
            && !self.goes_silently(kind)
            && (!lifts.sender_hours || !self.standing.lifts(Lift::SenderHours, kind))
    }

    /// From when on, counted from an instant, a candidate may be used.
    pub(super) fn opening(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Opening {
        let quiet = self.quiet_hours_bind(seat.kind(), Lifts::COUNT);
        let sender = self.sender_hours_bind(seat.kind(), Lifts::COUNT);
        let staffed = seat.descriptor().open.is_some();
        let lawful = self.law_tells_when(seat.kind(), endpoint);
        if !(quiet || sender || staffed || lawful) {
            return Opening::Now;
        }
        // Most candidates share the customer's zone and hours: what was found out for one holds for all of them.
        let shared = (!(staffed || lawful) && endpoint.zone().is_none() && from == self.start)
            .then(|| &self.person_hours.known[usize::from(quiet) | usize::from(sender) << 1]);
        if let Some(known) = shared.and_then(Cell::get) {
            return known;
        }
        let opening = self.opening_from(from, seat, endpoint, Lifts::COUNT);
        if let Some(known) = shared {
            known.set(Some(opening));
        }
        opening
    }

    /// The same, where the purpose waits for hours at all.
    pub(super) fn opening_to_wait_for(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Opening {
        if self.purpose.demands.when_capped == WhenCapped::Drop
            && let Some(full) = self.law_cap_to_drop_for(from, seat, endpoint)
        {
            return Opening::Never(full);
        }
        match self.opening(from, seat, endpoint) {
            Opening::At { reason, .. } if self.purpose.demands.when_closed != WhenClosed::Defer => {
                Opening::Never(reason)
            }
            opening => opening,
        }
    }

    /// The first permitted instant from `from` on, within the longest delay.
    fn opening_from(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint, lifts: Lifts) -> Opening {
        let walk = match self.walk(seat, endpoint, lifts) {
            Ok(walk) => walk,
            Err(reason) => return Opening::Never(reason),
        };
        // The delay is counted from the start, whatever else has used some of it up.
        let left = self.last_start().signed_duration_since(from);
        if let Some(undisturbed) = self.undisturbed(from, seat, lifts) {
            // Searches end before their horizon, and so does this one.
            if undisturbed >= self.last_start() {
                return Opening::Never(Reason::DoNotDisturb { until: undisturbed });
            }
            let left = self.last_start().signed_duration_since(undisturbed);
            return match walk.open_from(undisturbed, left) {
                Some(until) => Opening::At { instant: until, reason: Reason::DoNotDisturb { until } },
                None => {
                    let within = self.purpose.demands.max_delay;
                    Opening::Never(Reason::NeverOpens { within, by: LayerKind::Customer })
                }
            };
        }
        let Err(blocked_by) = walk.permits(from) else { return Opening::Now };
        match walk.open_from(from, left) {
            Some(instant) => Opening::At { instant, reason: blocked_by.until(instant) },
            None => Opening::Never(walk.never(from, left, self.purpose.demands.max_delay)),
        }
    }

    /// The first instant from `from` on that all but the law permits, within the longest delay.
    ///
    /// A purpose that drops what is capped does so at this instant: hours of law that carry a message past a full cap
    /// would otherwise add a dispatch.
    pub(super) fn open_but_for_law(
        &self,
        from: DateTime<Utc>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
    ) -> Option<DateTime<Utc>> {
        let layers = self.layers(seat, endpoint, Lifts::COUNT).ok()?;
        let from = self.undisturbed(from, seat, Lifts::COUNT).unwrap_or(from);
        Schedule::new(layers.as_slice()).open_from(from, self.last_start().signed_duration_since(from))
    }

    /// The cap of law that is full then.
    fn law_cap_to_drop_for(&self, from: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Option<Reason> {
        if !self.law_tells_when(seat.kind(), endpoint) {
            return None;
        }
        let ready = self.open_but_for_law(from, seat, endpoint)?;
        self.walk(seat, endpoint, Lifts::COUNT).ok()?.full_cap(ready)
    }

    /// Until when the customer does not want to be disturbed, where that lies after an instant.
    pub(super) fn undisturbed(&self, from: DateTime<Utc>, seat: &Seat<'_>, lifts: Lifts) -> Option<DateTime<Utc>> {
        let until = self.profile.quiet_hours().until.filter(|until| from < *until)?;
        self.quiet_hours_bind(seat.kind(), lifts).then_some(until)
    }

    /// Whether a candidate would be put off to `until` or later, were less lifted.
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
            && self.purpose.demands.when_closed == WhenClosed::Defer
            && Lifts::SET_ASIDE.into_iter().any(|lifts| {
                let opening = self.opening_from(from, seat, endpoint, lifts);
                matches!(opening, Opening::At { instant, .. } if instant >= until)
            })
    }

    /// The last permitted instant up to `latest`, given that `ready` is permitted and not after it.
    pub(super) fn last_permitted(
        &self,
        ready: DateTime<Utc>,
        latest: DateTime<Utc>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
    ) -> DateTime<Utc> {
        let Ok(walk) = self.walk(seat, endpoint, Lifts::COUNT) else { return ready };
        let mut open = ready;
        let mut last = ready;
        // Hours open a few times a day and a message lives for days; one that lives for months goes a little early.
        for _ in 0..64 {
            // Searches end before their horizon, and hours may close right at the latest instant.
            let left = latest.signed_duration_since(open) + SECOND;
            match walk.open_until(open, left) {
                Some(closes) if closes <= latest => last = closes.checked_sub_signed(SECOND).unwrap_or(open).max(open),
                _ => return latest,
            }
            match walk.open_from(last + SECOND, left) {
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

    /// The zones that count for the customer, wherever the endpoint may be.
    pub(super) fn person_zones(&self) -> &Zones<'_> {
        self.person_hours.zones.get_or_init(|| Zones::of(self.config, self.profile, self.message.purpose()))
    }

    /// Everything by whose hours a candidate has to go; no lift lifts any of the law's.
    pub(super) fn walk<'s>(
        &'s self,
        seat: &Seat<'s>,
        endpoint: &'s Endpoint,
        lifts: Lifts,
    ) -> Result<Walk<'s>, Reason> {
        let law = self.laws(seat.kind(), endpoint)?;
        Ok(Walk { own: self.layers(seat, endpoint, lifts)?, law })
    }

    /// The hours that bind a candidate, those of the law apart.
    fn layers<'s>(&'s self, seat: &Seat<'s>, endpoint: &Endpoint, lifts: Lifts) -> Result<Layers<'s>, Reason> {
        let quiet = self.quiet_hours_bind(seat.kind(), lifts) && !self.profile.quiet_hours().windows.is_empty();
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
            match (own, self.person_zones()) {
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

/// How many layers are kept without an allocation: sender and customer in one zone, and the channel's own.
const FEW: usize = 3;

/// Layers, a few of them without an allocation.
pub(super) type Layers<'a> = Few<Layer<'a, ResolvedZone<'a>>, FEW>;
