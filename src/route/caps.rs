//! Caps: how often the customer was reached already, and when there is room again.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    cap_count::CapCount,
    history::SendScope,
    id::CapId,
    policy::{CapScope, CompiledCap, Lift, WhenCapped, WhenClosed},
    profile::Endpoint,
    reason::Reason,
    time::{FixedZones, OffsetFromUtc, Period, Quota, ResolvedZone, Schedule, ZoneKey, ZoneName},
};

use super::{
    eligibility::{Hold, Seat},
    few::Few,
    hours::{Lifts, Zones},
    situation::Situation,
};

/// Caps that are full.
#[derive(Clone, Copy)]
pub(super) struct Full {
    /// The one of them that opens last.
    pub(super) cap: CapId,
    pub(super) limit: u32,
    /// The first instant at which every cap has room, or `None` for never.
    pub(super) opens: Option<DateTime<Utc>>,
}

/// What was found for all that is ready at an instant.
pub(super) type Known = (DateTime<Utc>, Result<Option<Full>, Reason>);

impl<'a> Situation<'a> {
    /// A cap that lets the message through in time is waited for, where the purpose waits for caps.
    pub(super) fn cap(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Result<Hold, Reason> {
        if !self.purpose.demands.obeys_caps
            || !self.facts.may_fill_caps()
            || self.standing.lifts(Lift::Caps, seat.kind())
        {
            return Ok(None);
        }
        let Some(full) = self.full_caps(seat, endpoint, ready)? else { return Ok(None) };
        let reached = |until| Reason::CapReached { cap: full.cap, limit: full.limit, until };
        let Some(opens) = full.opens else { return Err(reached(None)) };
        let until = self.hours_from(opens, seat, endpoint);
        let reason = reached(Some(until.unwrap_or(opens)));
        let waits =
            self.purpose.demands.when_capped == WhenCapped::Defer || self.would_wait(ready, opens, seat, endpoint);
        let Some(until) = until.filter(|_| waits) else { return Err(reason) };
        let last_start = self.last_start();
        // Hours are searched up to the last start and not at it.
        let late = until > last_start || until == last_start && until != opens;
        let dropped = until != opens && self.purpose.demands.when_closed != WhenClosed::Defer;
        if late || dropped || self.latest(seat, endpoint).is_some_and(|latest| until > latest) {
            return Err(reason);
        }
        Ok(Some((until, reason)))
    }

    /// The first instant from the opening of the caps on at which the hours permit too, `None` where they never do.
    fn hours_from(&self, opens: DateTime<Utc>, seat: &Seat<'_>, endpoint: &Endpoint) -> Option<DateTime<Utc>> {
        let walk = self.walk(seat, endpoint, Lifts::COUNT).ok()?;
        let undisturbed = self.undisturbed(opens, seat, Lifts::COUNT);
        if undisturbed.is_none() && walk.permits(opens).is_ok() {
            return Some(opens);
        }
        let budgets = Budgets::gather(self, seat, endpoint, opens).ok()?;
        let quotas = budgets.quotas(0..budgets.caps.as_slice().len());
        let longest = Schedule::<ResolvedZone<'_>>::LONGEST_HORIZON;
        walk.open_beside(quotas.as_slice(), undisturbed.unwrap_or(opens), longest)
    }

    /// The caps that are full at an instant.
    pub(super) fn full_caps(
        &self,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        ready: DateTime<Utc>,
    ) -> Result<Option<Full>, Reason> {
        let find = || Budgets::gather(self, seat, endpoint, ready).map(|budgets| budgets.full(ready));
        if self.caps().any(|cap| cap.is_of_seat()) {
            return find();
        }
        // Most caps count whatever went out, so what was found for one candidate holds for all that are ready then.
        if let Some((at, known)) = self.full_caps.get()
            && at == ready
        {
            return known;
        }
        let found = find();
        self.full_caps.set(Some((ready, found)));
        found
    }

    /// How full a cap is at an instant at which it is.
    pub(super) fn cap_count(
        &self,
        name: CapId,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        at: DateTime<Utc>,
    ) -> Option<CapCount> {
        let budgets = Budgets::gather(self, seat, endpoint, at).ok()?;
        let number = budgets.caps.as_slice().iter().position(|budget| budget.cap.name == name)?;
        let cap = &budgets.caps.as_slice()[number].cap;
        let quotas = budgets.quotas(number..number + 1);
        let (which, quota) = quotas.as_slice().iter().enumerate().find(|(_, quota)| !quota.permits(at))?;
        let zone = || match (cap.zone, self.person_zones()) {
            (Some((name, _)), _) => Some(name),
            (None, Zones::Several(names)) => names.get(which).copied(),
            (None, Zones::One(key)) => {
                let of_customer = self.profile.zones().first().and_then(|evidence| evidence.zones().first().copied());
                let is_it = |name: &ZoneName| self.config.zones.resolve(name) == Some(*key);
                of_customer.into_iter().chain(self.config.policy.zone).find(is_it)
            }
            (None, Zones::Unknown | Zones::Waived) => Some(ZoneName::UTC),
        };
        let reserved = quota.held_back(at);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Some(CapCount {
            cap: name,
            counted: number(quota.count(at)),
            reserved: number(reserved),
            limit: cap.units(),
            per: cap.per,
            zone: cap.per.is_calendar().then(zone).flatten(),
        })
    }

    /// What a past send must share with this message on this candidate for a cap to count it.
    fn scope(&self, cap: &CompiledCap, seat: &Seat<'_>, endpoint: &Endpoint) -> SendScope<'a> {
        let by = |scope| cap.counts_by(scope);
        SendScope {
            endpoint: by(CapScope::Endpoint).then(|| endpoint.id()),
            channel: by(CapScope::Channel).then(|| seat.descriptor().id),
            kind: by(CapScope::Kind).then(|| seat.descriptor().kind),
            purpose: by(CapScope::Purpose).then(|| self.message.purpose()),
            topic: by(CapScope::Topic).then(|| self.message.topic()),
            tags: by(CapScope::Tag).then(|| self.message.tags()),
            brand: self.brand().filter(|_| by(CapScope::Brand)),
            uncounted: false,
        }
    }
}

/// A zone for periods that ask none.
const ANY_ZONE: ResolvedZone<'static> = ResolvedZone::new(&FixedZones, ZoneKey(0));

/// The caps of one candidate that may be full at some time, and what counts in each.
struct Budgets<'s, 'a> {
    situation: &'s Situation<'a>,
    caps: Few<Budget, 4>,
    /// Sends of one cap after the other, the ends of its reservations, and those of its sends that lie ahead.
    instants: Few<DateTime<Utc>, 32>,
}

#[derive(Clone, Copy)]
struct Budget {
    cap: CompiledCap,
    /// Where its sends begin, where they end, where its reservations end and where its sends ahead, once more, end.
    at: [usize; 4],
}

impl<'s, 'a> Budgets<'s, 'a> {
    /// What counts from an instant on.
    ///
    /// # Errors
    ///
    /// Where a cap asks for the customer's calendar, might be full by it, and nobody may guess whose it is.
    fn gather(
        situation: &'s Situation<'a>,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        from: DateTime<Utc>,
    ) -> Result<Self, Reason> {
        let mut budgets = Self { situation, caps: Few::default(), instants: Few::default() };
        for cap in situation.caps() {
            let scope = situation.scope(&cap, seat, endpoint);
            let instants = &mut budgets.instants;
            let begin = instants.as_slice().len();
            let now = situation.facts.now;
            let after = cap.per.reach().and_then(|reach| from.checked_sub_signed(reach.as_delta() + SECOND));
            situation.facts.visit_sent(&scope, after, &mut |at| {
                // In whole seconds, as quotas count: what went out within this second went out.
                if at.timestamp() <= now.timestamp() && after.is_none_or(|after| at > after) {
                    instants.push(at);
                }
            });
            let planned =
                || situation.facts.planned().iter().filter(|planned| scope.covers(planned)).map(|sent| sent.at);
            planned().for_each(|at| instants.push(at));
            let sent = instants.as_slice().len();
            for pending in &situation.facts.pending {
                if pending.outranks(situation.message.urgency()) && scope.covers_pending(pending) {
                    instants.push(pending.until);
                }
            }
            let reserved = instants.as_slice().len();
            if ((reserved - begin) as u64) < u64::from(cap.units()) {
                instants.truncate(begin);
                continue;
            }
            if cap.per.is_calendar() && cap.zone.is_none() && matches!(situation.person_zones(), Zones::Unknown) {
                return Err(Reason::ZoneUnknown);
            }
            planned().for_each(|at| instants.push(at));
            let ahead = instants.as_slice().len();
            if let Period::Gcra(_) = cap.per {
                // A pace takes them in their order.
                instants.as_mut_slice()[begin..sent].sort_unstable();
            }
            budgets.caps.push(Budget { cap, at: [begin, sent, reserved, ahead] });
        }
        Ok(budgets)
    }

    /// The quotas of some of the caps: one a cap, or one for each zone in which the customer may be.
    fn quotas(&self, caps: Range<usize>) -> Few<Quota<'_, ResolvedZone<'_>>, 4> {
        let mut quotas = Few::default();
        let zones = &*self.situation.config.zones;
        let instants = self.instants.as_slice();
        for Budget { cap, at: [begin, sent, reserved, ahead] } in &self.caps.as_slice()[caps] {
            let mut bind = |zone| {
                quotas.push(Quota {
                    sent: &instants[*begin..*sent],
                    reserved: &instants[*sent..*reserved],
                    ahead: &instants[*reserved..*ahead],
                    ..Quota::new(cap.per, cap.limit, zone)
                });
            };
            match (cap.zone, self.situation.person_zones()) {
                _ if !cap.per.is_calendar() => bind(ANY_ZONE),
                (Some((_, key)), _) => bind(ResolvedZone::new(zones, key)),
                (None, Zones::One(key)) => bind(ResolvedZone::new(zones, *key)),
                (None, Zones::Several(names)) => {
                    names.iter().filter_map(|name| ResolvedZone::find(zones, name)).for_each(bind);
                }
                (None, Zones::Unknown | Zones::Waived) => bind(ANY_ZONE),
            }
        }
        quotas
    }

    /// Those that are full at an instant.
    fn full(&self, at: DateTime<Utc>) -> Option<Full> {
        let caps = self.caps.as_slice();
        let mut last: Option<(&CompiledCap, Option<DateTime<Utc>>)> = None;
        for (number, Budget { cap, .. }) in caps.iter().enumerate() {
            let quotas = self.quotas(number..number + 1);
            if quotas.as_slice().iter().all(|quota| quota.permits(at)) {
                continue;
            }
            let opens = first_open(quotas.as_slice(), at);
            let later = |opens: Option<DateTime<Utc>>| opens.unwrap_or(DateTime::<Utc>::MAX_UTC);
            if last.is_none_or(|(_, known)| later(opens) >= later(known)) {
                last = Some((cap, opens));
            }
        }
        let (cap, opens) = last?;
        let opens = opens.and_then(|opens| match caps {
            [_] => Some(opens),
            _ => first_open(self.quotas(0..caps.len()).as_slice(), opens),
        });
        Some(Full { cap: cap.name, limit: cap.units(), opens })
    }
}

/// The first instant from `from` on at which all quotas permit; `None` where none does within two centuries.
fn first_open<Z: OffsetFromUtc>(quotas: &[Quota<'_, Z>], from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    /// Of [`Schedule::LONGEST_HORIZON`] each: more than the longest count of calendar days that a cap can have.
    const MOST_SEARCHES: usize = 200;
    let spent = |quota: &Quota<'_, Z>| {
        let units = quota.period.own_limit().map_or(quota.limit, |limit| limit.get());
        quota.period == Period::Lifetime && quota.sent.len() as u64 >= u64::from(units)
    };
    if quotas.iter().any(spent) {
        return None;
    }
    let schedule = Schedule::new(&[]).with_quotas(quotas);
    let mut from = from;
    for _ in 0..MOST_SEARCHES {
        match schedule.open_from(from, Schedule::<Z>::LONGEST_HORIZON) {
            Some(opens) => return Some(opens),
            None => from = from.checked_add_signed(Schedule::<Z>::LONGEST_HORIZON)?,
        }
    }
    None
}

const SECOND: TimeDelta = TimeDelta::seconds(1);
