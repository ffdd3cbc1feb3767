//! The walk: everybody's hours together with the rows of law, each of which begins and ends at instants of its own.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    id::LawId,
    reason::Reason,
    time::{Layer, LayerKind, Period, Quota, ResolvedZone, Schedule, Span},
};

use super::hours::Layers;

/// By whose hours, and by which caps of the law, a candidate has to go.
pub(super) struct Walk<'a> {
    pub(super) own: Layers<'a>,
    pub(super) law: Vec<Law<'a>>,
}

/// When one row lets through, in one zone, for a stretch of time.
pub(super) struct Law<'a> {
    pub(super) row: LawId,
    pub(super) begins: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
    pub(super) when: When<'a>,
}

pub(super) enum When<'a> {
    Hours(Layer<'a, ResolvedZone<'a>>),
    Cap { period: Period, limit: u32, zone: ResolvedZone<'a>, counted: Counted },
}

/// What a cap of the law counts.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) sent: Vec<DateTime<Utc>>,
    /// Those of them that lie ahead.
    pub(super) ahead: Vec<DateTime<Utc>>,
}

/// What is closed.
#[derive(Clone, Copy)]
pub(super) enum Closed {
    LawHours(LawId),
    LawCap(LawId, u32),
    Own(LayerKind),
}

impl Closed {
    pub(super) fn until(self, until: DateTime<Utc>) -> Reason {
        match self {
            Self::LawHours(row) => Reason::LawHours { row, until },
            Self::LawCap(row, limit) => Reason::LawCap { row, limit, until: Some(until) },
            Self::Own(LayerKind::Customer) => Reason::QuietHours { until },
            Self::Own(LayerKind::Channel | LayerKind::Agent) => Reason::ChannelClosed { until },
            Self::Own(_) => Reason::SenderHours { until },
        }
    }
}

impl<'a> Law<'a> {
    fn layer(&self) -> Option<Layer<'a, ResolvedZone<'a>>> {
        match &self.when {
            When::Hours(layer) => Some(*layer),
            When::Cap { .. } => None,
        }
    }

    fn quota(&self) -> Option<Quota<'_, ResolvedZone<'a>>> {
        match &self.when {
            When::Hours(_) => None,
            When::Cap { period, limit, zone, counted: Counted { sent, ahead } } => {
                Some(Quota::new(*period, *limit, *zone).with_sent(sent).with_ahead(ahead))
            }
        }
    }

    /// What is closed by it at an instant, if anything is.
    fn closed(&self, at: DateTime<Utc>) -> Option<Closed> {
        if at < self.begins || self.ends <= at {
            return None;
        }
        match &self.when {
            When::Hours(layer) => (!layer.permits(at)).then_some(Closed::LawHours(self.row)),
            When::Cap { limit, .. } => {
                let full = self.quota().is_some_and(|quota| !quota.permits(at));
                full.then_some(Closed::LawCap(self.row, *limit))
            }
        }
    }
}

impl Walk<'_> {
    /// What is closed: the law's hours have the first word, its caps the last.
    pub(super) fn permits(&self, at: DateTime<Utc>) -> Result<(), Closed> {
        if let Some(closed) = self.closed_by_law(at, |law| law.layer().is_some()) {
            return Err(closed);
        }
        Schedule::new(self.own.as_slice()).permits(at).map_err(Closed::Own)?;
        self.closed_by_law(at, |law| law.quota().is_some()).map_or(Ok(()), Err)
    }

    fn closed_by_law(&self, at: DateTime<Utc>, which: impl Fn(&Law<'_>) -> bool) -> Option<Closed> {
        self.law.iter().filter(|law| which(law)).find_map(|law| law.closed(at))
    }

    /// Why nothing is open within the longest delay: by a row of law, where it blocks when all else first opens.
    pub(super) fn never(&self, from: DateTime<Utc>, left: TimeDelta, within: Span) -> Reason {
        let else_open = Schedule::new(self.own.as_slice()).open_from(from, left);
        match self.closed_by_law(else_open.unwrap_or(from), |_| true) {
            Some(Closed::LawHours(row)) => Reason::LawNeverOpens { row, within },
            Some(Closed::LawCap(row, limit)) => self.opens_some_day(row, limit, from),
            _ => {
                let by = Schedule::new(self.own.as_slice()).permits(from).err();
                Reason::NeverOpens { within, by: by.unwrap_or(LayerKind::Sender) }
            }
        }
    }

    /// The cap of law that is full at an instant.
    pub(super) fn full_cap(&self, at: DateTime<Utc>) -> Option<Reason> {
        match self.closed_by_law(at, |law| law.quota().is_some())? {
            Closed::LawCap(row, limit) => Some(self.opens_some_day(row, limit, at)),
            _ => None,
        }
    }

    /// A full cap mostly has an end, if not one that is waited for.
    fn opens_some_day(&self, row: LawId, limit: u32, from: DateTime<Utc>) -> Reason {
        Reason::LawCap { row, limit, until: self.open_from(from, Schedule::<ResolvedZone<'_>>::LONGEST_HORIZON) }
    }

    /// The first instant from `at` on and before `at + horizon` that everybody permits.
    pub(super) fn open_from(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        self.open_beside(&[], at, horizon)
    }

    /// The same, with caps of the policy beside everybody.
    pub(super) fn open_beside(
        &self,
        caps: &[Quota<'_, ResolvedZone<'_>>],
        at: DateTime<Utc>,
        horizon: TimeDelta,
    ) -> Option<DateTime<Utc>> {
        self.search(caps, at, horizon, |schedule, at, horizon| schedule.open_from(at, horizon))
    }

    /// The first instant from `at` on and before `at + horizon` that somebody does not permit.
    pub(super) fn open_until(&self, at: DateTime<Utc>, horizon: TimeDelta) -> Option<DateTime<Utc>> {
        self.search(&[], at, horizon, |schedule, at, horizon| schedule.open_until(at, horizon))
    }

    /// Rows begin and end, so a search goes from one such turn to the next: between two of them the same ones bind.
    fn search(
        &self,
        caps: &[Quota<'_, ResolvedZone<'_>>],
        from: DateTime<Utc>,
        horizon: TimeDelta,
        find: impl Fn(&Schedule<'_, ResolvedZone<'_>>, DateTime<Utc>, TimeDelta) -> Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        if self.law.is_empty() {
            return find(&Schedule::new(self.own.as_slice()).with_quotas(caps), from, horizon);
        }
        let horizon = horizon.clamp(TimeDelta::zero(), Schedule::<ResolvedZone<'_>>::LONGEST_HORIZON);
        let end = from.checked_add_signed(horizon).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let mut at = from;
        // Every row begins once and ends once.
        for _ in 0..=2 * self.law.len() {
            let turns = self.law.iter().flat_map(|law| [law.begins, law.ends]);
            let turn = turns.filter(|turn| at < *turn && *turn < end).min();
            let binding = || self.law.iter().filter(|law| law.begins <= at && at < law.ends);
            let layers: Vec<_> = binding().filter_map(Law::layer).chain(self.own.as_slice().iter().copied()).collect();
            let quotas: Vec<_> = binding().filter_map(Law::quota).chain(caps.iter().copied()).collect();
            let stretch = turn.unwrap_or(end).signed_duration_since(at);
            let schedule = Schedule::new(&layers).with_quotas(&quotas);
            if let Some(found) = find(&schedule, at, stretch) {
                return Some(found);
            }
            at = turn?;
        }
        None
    }
}
