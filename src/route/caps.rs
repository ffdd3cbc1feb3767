//! Caps: how often the customer was reached already, and when there is room again.

use chrono::{DateTime, Utc};

use crate::{
    facts::Sent,
    policy::{CapScope, CompiledCap, Lift, WhenCapped},
    profile::Endpoint,
    reason::Reason,
};

use super::{
    eligibility::{Hold, Seat},
    hours::Opening,
    situation::Situation,
};

/// A cap that is full, and until when.
pub(super) type FullCap = (CompiledCap, DateTime<Utc>);

impl Situation<'_> {
    /// A cap that lets the message through in time is waited for, where the purpose waits for caps.
    pub(super) fn cap(&self, seat: &Seat<'_>, endpoint: &Endpoint, mut ready: DateTime<Utc>) -> Result<Hold, Reason> {
        if !self.purpose.demands.obeys_caps
            || self.facts.history.is_empty()
            || self.standing.lifts(Lift::Caps, seat.kind())
        {
            return Ok(None);
        }
        let mut hold = None;
        // Every turn lets at least one past send go that was counted before.
        for _ in 0..=self.facts.history.len() {
            let Some((cap, until)) = self.full_cap(seat, endpoint, ready) else { return Ok(hold) };
            let reason = Reason::CapReached { cap: cap.name, limit: cap.limit, until };
            let waits =
                self.purpose.demands.when_capped == WhenCapped::Defer || self.would_wait(ready, until, seat, endpoint);
            if !waits || until > self.last_start() {
                return Err(reason);
            }
            ready = match self.opening_to_wait_for(until, seat, endpoint) {
                Opening::Now => until,
                Opening::At { instant, .. } => instant,
                Opening::Never(_) => return Err(reason),
            };
            if self.latest(seat, endpoint).is_some_and(|latest| ready > latest) {
                return Err(reason);
            }
            hold = Some((ready, reason));
        }
        Ok(hold)
    }

    /// The full cap that opens last, before which nothing goes out.
    fn full_cap(&self, seat: &Seat<'_>, endpoint: &Endpoint, ready: DateTime<Utc>) -> Option<FullCap> {
        let find =
            || self.caps().filter_map(|cap| self.full_until(&cap, seat, endpoint, ready)).max_by_key(|full| full.1);
        if self.caps().any(|cap| cap.is_of_seat()) {
            return find();
        }
        // Most caps count whatever went out, so what was found for one candidate holds for all that are ready then.
        if let Some((at, known)) = self.full_cap.get()
            && at == ready
        {
            return known;
        }
        let found = find();
        self.full_cap.set(Some((ready, found)));
        found
    }

    /// Whether a cap is full at an instant, and when it lets the next message through.
    fn full_until(
        &self,
        cap: &CompiledCap,
        seat: &Seat<'_>,
        endpoint: &Endpoint,
        ready: DateTime<Utc>,
    ) -> Option<FullCap> {
        // A send exactly `per` ago no longer counts; where no calendar reaches back that far, all count.
        let since = ready.checked_sub_signed(cap.per.as_delta());
        let counts = |sent: &&Sent| {
            sent.at <= self.facts.now
                && since.is_none_or(|since| since < sent.at)
                && self.is_in_scope(cap, sent, seat, endpoint)
        };
        let counted = || self.facts.history.iter().filter(counts).map(|sent| sent.at);
        let limit = cap.limit as usize;
        if counted().count() < limit {
            return None;
        }
        // The limit-th newest is the one whose leaving makes room; one that no calendar lets go of counts for ever.
        let leaving = limit.checked_sub(1).and_then(|newer| nth_newest(counted(), newer));
        let until = leaving.and_then(|at| at.checked_add_signed(cap.per.as_delta()));
        Some((*cap, until.unwrap_or(DateTime::<Utc>::MAX_UTC)))
    }

    fn is_in_scope(&self, cap: &CompiledCap, sent: &Sent, seat: &Seat<'_>, endpoint: &Endpoint) -> bool {
        let shares = |scope, shared: bool| !cap.counts_by(scope) || shared;
        shares(CapScope::Endpoint, sent.endpoint.is_none_or(|id| id == endpoint.id()))
            && shares(CapScope::Channel, sent.channel == seat.descriptor().id)
            && shares(CapScope::Kind, sent.kind == seat.descriptor().kind)
            && shares(CapScope::Purpose, sent.purpose.may_be(self.message.purpose()))
            && shares(CapScope::Topic, sent.topic == self.message.topic())
    }
}

/// The instant than which `newer` others are newer.
fn nth_newest(instants: impl Iterator<Item = DateTime<Utc>>, newer: usize) -> Option<DateTime<Utc>> {
    /// Caps are small numbers: up to this many instants are kept without an allocation.
    const FEW: usize = 16;
    if newer >= FEW {
        let mut all: Vec<_> = instants.collect();
        let at = all.len().checked_sub(newer + 1)?;
        return Some(*all.select_nth_unstable(at).1);
    }
    // The newest first.
    let mut kept = [DateTime::<Utc>::MIN_UTC; FEW];
    let mut len = 0;
    for mut instant in instants {
        for known in &mut kept[..len] {
            if *known < instant {
                std::mem::swap(known, &mut instant);
            }
        }
        if len <= newer {
            kept[len] = instant;
            len += 1;
        }
    }
    (len > newer).then(|| kept[newer])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_newest_of_few_and_of_many() {
        let at = |minute: i64| DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::minutes(minute);
        // 37 and 101 have no common divisor, so this is every minute up to 100 in a jumble; and one of them twice.
        let jumble = || (0..101).map(|number| at(number * 37 % 101)).chain([at(98)]);
        let newest = |newer| nth_newest(jumble(), newer);
        assert_eq!([0, 1, 2, 3, 4].map(newest), [100, 99, 98, 98, 97].map(|minute| Some(at(minute))));
        assert_eq!([15, 16, 101].map(newest), [86, 85, 0].map(|minute| Some(at(minute))));
        assert_eq!(newest(102), None);
        assert_eq!(nth_newest([at(1), at(2)].into_iter(), 2), None);
    }
}
