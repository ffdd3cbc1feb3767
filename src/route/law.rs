//! Law: which rows bind a candidate, from when to when, and what they ask of consent.

use std::num::NonZeroU16;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    history::SendScope,
    id::LawId,
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    law::{Act, CapOf, CompiledLaw, CompiledRow, LiftedBy},
    policy::ConsentRule,
    profile::{
        ConsentAction, ConsentBases, ConsentEvent, ConsentQuery, ConsentState, Endpoint, JurisdictionEvidence,
        RegistryAnswer, after_end, fold,
    },
    purpose::Purpose,
    reason::Reason,
    time::{FixedZones, Period, Quota, ResolvedZone, Schedule, Span, ZoneKey},
    trace::{AppliedLaw, Bearing},
};

use super::{
    situation::Situation,
    walk::{Counted, Law, When},
};

/// A row that binds a candidate for a stretch of time.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) row: &'a CompiledRow,
    begins: DateTime<Utc>,
    ends: DateTime<Utc>,
}

/// A zone for periods that ask none.
const ANY_ZONE: ResolvedZone<'static> = ResolvedZone::new(&FixedZones, ZoneKey(0));

/// The zones that law reads: all that the customer may be in.
struct LawZones<'a> {
    known: Vec<ResolvedZone<'a>>,
    /// Whether there are any, and the tables have all of them.
    complete: bool,
}

impl<'a> Situation<'a> {
    /// The rows that bind a candidate at some time between the start and the last instant to which it may be put off.
    pub(super) fn bound<'s>(&'s self, kind: u8, endpoint: &'s Endpoint) -> impl Iterator<Item = Bound<'s>> {
        let (from, to) = (self.start, self.last_start());
        self.speaking(kind, endpoint)
            .filter_map(move |(law, row)| self.bound_by(law, row, kind, endpoint))
            .filter(move |bound| bound.begins <= to && from < bound.ends)
    }

    /// The rows that speak of a candidate, lifted or not.
    fn speaking<'s>(
        &'s self,
        kind: u8,
        endpoint: &'s Endpoint,
    ) -> impl Iterator<Item = (&'s CompiledLaw, &'s CompiledRow)> {
        self.config.law.iter().flat_map(move |law| {
            let rows = law.binding(self.places(endpoint));
            rows.filter(move |row| row.kinds.has(kind) && row.is_about(self.message.purpose()))
                .map(move |row| (law, row))
        })
    }

    /// The places whose law may protect the customer at an endpoint: the customer's, or the country in their place, and
    /// the endpoint's own.
    fn places<'s>(&'s self, endpoint: &'s Endpoint) -> impl Iterator<Item = Jurisdiction> + Clone + 's {
        let persons = self.profile.jurisdictions();
        let country = self.profile.country().filter(|_| persons.is_none()).map(Jurisdiction::from);
        let of = |evidence: Option<&'s JurisdictionEvidence>| {
            evidence.map(JurisdictionEvidence::places).unwrap_or_default().iter().copied()
        };
        of(persons).chain(country).chain(of(endpoint.jurisdictions()))
    }

    /// For how long a row binds, once what sets it aside has its word.
    fn bound_by<'s>(
        &self,
        law: &CompiledLaw,
        row: &'s CompiledRow,
        kind: u8,
        endpoint: &Endpoint,
    ) -> Option<Bound<'s>> {
        let lifted = row.lifted_by.iter().filter_map(|lift| self.lifted_until(law, *lift, kind, endpoint)).max();
        let begins = lifted.map_or(row.begins, |until| until.max(row.begins));
        (begins < row.ends).then_some(Bound { row, begins, ends: row.ends })
    }

    /// Until when a row is set aside by something, where it is.
    fn lifted_until(&self, law: &CompiledLaw, lift: LiftedBy, kind: u8, endpoint: &Endpoint) -> Option<DateTime<Utc>> {
        // Express is the customer's own word, whatever else the policy goes by.
        let express = ConsentQuery { bases: ConsentBases::CONSENT, ..self.consent_query(kind, endpoint) };
        let state = match lift {
            LiftedBy::Relationship => {
                let known = self.profile.segments().iter().any(|segment| law.relationship.contains(segment));
                return known.then_some(DateTime::<Utc>::MAX_UTC);
            }
            LiftedBy::Express => fold(self.profile.consents(), &express, self.facts.now).0,
            LiftedBy::Separate(topic) => {
                // A yes to everything was not given apart: only one that names the topic counts, and any no does.
                let apart = |event: &&ConsentEvent| {
                    let says_yes =
                        matches!(event.action, ConsentAction::Grant | ConsentAction::Confirm | ConsentAction::Renew);
                    !says_yes || event.scope.topic == Some(topic)
                };
                let events: Vec<_> = self.profile.consents().iter().filter(apart).cloned().collect();
                fold(&events, &ConsentQuery { topic, ..express }, self.facts.now).0
            }
        };
        match state {
            ConsentState::Granted { until, .. } => Some(until.unwrap_or(DateTime::<Utc>::MAX_UTC)),
            _ => None,
        }
    }

    /// The rows that say when a candidate may be used, in every zone whose clock is read: hours first, then caps.
    pub(super) fn laws<'s>(&'s self, kind: u8, endpoint: &'s Endpoint) -> Result<Vec<Law<'s>>, Reason> {
        let mut laws: Vec<Law<'s>> = Vec::new();
        if self.config.law.is_none() {
            return Ok(laws);
        }
        let mut zones = None;
        for Bound { row, begins, ends } in self.bound(kind, endpoint) {
            let mut bind = |when| laws.push(Law { row: row.id, begins, ends, when });
            // What a row asks on one clock; where it reads the customer's, it asks so on each that may be theirs.
            let on: &dyn Fn(ResolvedZone<'s>) -> When<'s> = match &row.act {
                Act::Hours { recipient, fixed, .. } => {
                    if let Some(key) = fixed {
                        bind(When::Hours(row.layer(ResolvedZone::new(&*self.config.zones, *key))));
                    }
                    if !recipient {
                        continue;
                    }
                    &|zone| When::Hours(row.layer(zone))
                }
                Act::Cap { limit, per, scope } => {
                    let counted = self.sent_under(row, *scope);
                    if (counted.sent.len() as u64) < u64::from(*limit) {
                        continue;
                    }
                    let (period, limit) = (*per, *limit);
                    if !period.is_calendar() {
                        bind(When::Cap { period, limit, zone: ANY_ZONE, counted });
                        continue;
                    }
                    &move |zone| When::Cap { period, limit, zone, counted: counted.clone() }
                }
                _ => continue,
            };
            let zones = zones.get_or_insert_with(|| self.law_zones(endpoint));
            if !zones.complete && self.message.purpose().is_commercial() {
                return Err(Reason::ZoneUnknown);
            }
            zones.known.iter().for_each(|zone| bind(on(*zone)));
        }
        Ok(laws)
    }

    /// Whether any row says when a candidate may be used.
    pub(super) fn law_tells_when(&self, kind: u8, endpoint: &Endpoint) -> bool {
        self.config.law.is_some()
            && self.bound(kind, endpoint).any(|bound| matches!(bound.row.act, Act::Hours { .. } | Act::Cap { .. }))
    }

    /// The past sends that a row's cap counts: on any of its kinds, for any of its purposes.
    fn sent_under(&self, row: &CompiledRow, scope: CapOf) -> Counted {
        let (mut sent, mut ahead) = (Vec::new(), Vec::new());
        let mut ask = |kind: Option<ChannelKind>, purpose: Option<Purpose>| {
            let mut asked = SendScope::default();
            (asked.kind, asked.purpose, asked.uncounted) = (kind, purpose, true);
            asked.topic = (scope == CapOf::Topic).then(|| self.message.topic());
            let by_now = |at: &DateTime<Utc>| at.timestamp() <= self.facts.now.timestamp();
            self.facts.visit_sent(&asked, None, &mut |at| sent.extend(Some(at).filter(by_now)));
            for planned in self.facts.planned().iter().filter(|planned| asked.covers(planned)) {
                sent.push(planned.at);
                ahead.push(planned.at);
            }
        };
        // One kind and one purpose at a time, each once; a purpose that cannot be read may be any.
        let any_purpose = row.purposes.iter().any(|purpose| matches!(purpose, Purpose::Unrecognized(_)));
        let each = |ask: &mut dyn FnMut(Option<Purpose>)| {
            if any_purpose {
                ask(None);
            } else {
                row.purposes.iter().for_each(|purpose| ask(Some(*purpose)));
            }
        };
        if row.channels.is_empty() {
            each(&mut |purpose| ask(None, purpose));
        }
        for kind in &row.channels {
            each(&mut |purpose| ask(Some(*kind), purpose));
        }
        Counted { sent, ahead }
    }

    /// Unlike comfort, law asks the endpoint's own zone *and* the customer's, and never the sender's.
    fn law_zones<'s>(&'s self, endpoint: &Endpoint) -> LawZones<'s> {
        let persons = self.profile.telling_zones().concat();
        let mut zones = LawZones { known: Vec::new(), complete: false };
        let mut named = endpoint.zone().into_iter().chain(persons).peekable();
        zones.complete = named.peek().is_some();
        for name in named {
            match ResolvedZone::find(&*self.config.zones, &name) {
                Some(zone) => zones.known.push(zone),
                None => zones.complete = false,
            }
        }
        zones
    }

    /// Whether, by law and by the policy's own demand, a message may go to an endpoint at an instant.
    pub(super) fn lawful(
        &self,
        kind: u8,
        endpoint: &Endpoint,
        state: impl Fn() -> ConsentState,
        at: DateTime<Utc>,
    ) -> Result<(), Reason> {
        if self.config.law.is_some() {
            if self.message.purpose().is_commercial() && self.places(endpoint).next().is_none() {
                return Err(Reason::JurisdictionUnknown);
            }
            for bound in self.bound_at(kind, endpoint, at) {
                let row = bound.row.id;
                match &bound.row.act {
                    Act::CoolOff { days } => self.cool_off(row, *days, (kind, endpoint), at)?,
                    Act::Freshness { age } => {
                        let checked_at = self.registry_checked(endpoint);
                        if checked_at.is_none_or(|checked| over(checked, *age) <= at) {
                            return Err(Reason::LawRegistry { row, checked_at });
                        }
                    }
                    _ => {}
                }
            }
        }
        self.consented(self.consent_asked(kind, endpoint, at), state)
    }

    /// The rows that bind a candidate at an instant.
    fn bound_at<'s>(&'s self, kind: u8, endpoint: &'s Endpoint, at: DateTime<Utc>) -> impl Iterator<Item = Bound<'s>> {
        self.bound(kind, endpoint).filter(move |bound| bound.begins <= at && at < bound.ends)
    }

    /// What is asked of consent at an instant, and the row that asks it where the policy asks less.
    pub(super) fn consent_asked(
        &self,
        kind: u8,
        endpoint: &Endpoint,
        at: DateTime<Utc>,
    ) -> (ConsentRule, Option<LawId>) {
        let mut asked = (self.purpose.demands.consent, None);
        if self.config.law.is_none() {
            return asked;
        }
        for bound in self.bound_at(kind, endpoint, at) {
            match bound.row.act {
                Act::Consent { rule } if rule > asked.0 => asked = (rule, Some(bound.row.id)),
                _ => {}
            }
        }
        asked
    }

    /// When a registry was last asked about an endpoint.
    fn registry_checked(&self, endpoint: &Endpoint) -> Option<DateTime<Utc>> {
        match self.profile.registry_answer(endpoint, self.facts.now) {
            RegistryAnswer::Fresh { checked_at, .. } | RegistryAnswer::Stale { checked_at, .. } => Some(checked_at),
            RegistryAnswer::Unknown => None,
        }
    }

    fn consented(
        &self,
        (rule, row): (ConsentRule, Option<LawId>),
        state: impl Fn() -> ConsentState,
    ) -> Result<(), Reason> {
        if rule == ConsentRule::None {
            return Ok(());
        }
        match state() {
            ConsentState::Granted { .. } => Ok(()),
            ConsentState::Refused { since } => Err(Reason::ConsentRefused { since }),
            ConsentState::Withdrawn { since } => Err(Reason::ConsentWithdrawn { since }),
            ConsentState::Revoked { since } => Err(Reason::ConsentRevoked { since }),
            ConsentState::Invalid { since } => Err(Reason::ConsentInvalid { since }),
            ConsentState::Unreadable { at } => Err(Reason::ConsentUnreadable { at }),
            _ if rule == ConsentRule::OptOut => Ok(()),
            ConsentState::Pending { since } => Err(Reason::ConsentPending { since }),
            ConsentState::Expired { at } => Err(Reason::ConsentExpired { at }),
            ConsentState::Unknown | ConsentState::Requested { .. } => Err(match row {
                Some(row) => Reason::LawConsent { row },
                None => Reason::ConsentMissing { purpose: self.message.purpose() },
            }),
        }
    }

    /// The first instant at which a message that is lawful at the start no longer is, and why.
    pub(super) fn lawful_until(&self, kind: u8, endpoint: &Endpoint) -> Option<(DateTime<Utc>, Reason)> {
        let ends = |event: &ConsentEvent| event.expires_at.is_some() || event.action == ConsentAction::Expire;
        let events_end = self.profile.consents().iter().any(ends);
        if self.config.law.is_none() && !(events_end && self.purpose.demands.consent != ConsentRule::None) {
            return None;
        }
        let state = self.consent_state(kind, endpoint);
        let yes_ends = match state {
            ConsentState::Granted { until, .. } => until,
            _ => None,
        };
        // Between these instants the answer stays as it is, or turns from no to yes.
        let begins = self.bound(kind, endpoint).map(|bound| bound.begins).filter(|begins| *begins > self.start);
        let refused = |turn: DateTime<Utc>| {
            let state = match yes_ends {
                Some(at) if at <= turn => after_end(self.profile.consents(), &self.consent_query(kind, endpoint), at),
                _ => state,
            };
            Some((turn, self.lawful(kind, endpoint, || state, turn.max(self.start)).err()?))
        };
        let grow_old = self.bound(kind, endpoint).filter_map(|bound| match bound.row.act {
            Act::Freshness { age } => self.registry_checked(endpoint).map(|checked| over(checked, age)),
            _ => None,
        });
        let turns = begins.chain(yes_ends).chain(grow_old.filter(|old| *old > self.start));
        turns.filter_map(refused).min_by_key(|(at, _)| *at)
    }

    /// Whether a refusal still keeps everybody quiet at an instant.
    fn cool_off(
        &self,
        row: LawId,
        days: Option<NonZeroU16>,
        (kind, endpoint): (u8, &Endpoint),
        at: DateTime<Utc>,
    ) -> Result<(), Reason> {
        let asked = self.consent_query(kind, endpoint);
        let refusals = self.profile.consents().iter().filter(|event| event.is_no_to(&asked)).map(|event| event.at);
        let Some(newest) = refusals.max() else { return Ok(()) };
        let Some(days) = days else { return Err(Reason::CoolOff { row, until: None }) };
        let zones = self.law_zones(endpoint);
        // The refusal fills up as many calendar days, and its own.
        let refused = [newest];
        let period = Period::RollingDays(days.saturating_add(1));
        let quotas: Vec<_> = zones.known.iter().map(|zone| Quota::new(period, 1, *zone).with_sent(&refused)).collect();
        let longest = TimeDelta::days(i64::from(days.get()) + 3);
        let until = match Schedule::new(&[]).with_quotas(&quotas).open_from(newest, longest) {
            Some(until) if zones.complete => until,
            // By then the days are over in every zone there is.
            _ => newest.checked_add_signed(longest).unwrap_or(DateTime::<Utc>::MAX_UTC),
        };
        if at < until { Err(Reason::CoolOff { row, until: Some(until) }) } else { Ok(()) }
    }

    /// The rows that speak of the candidates, for the trace.
    pub(super) fn applied_law(&self) -> Vec<AppliedLaw> {
        let mut applied: Vec<AppliedLaw> = Vec::new();
        if self.config.law.is_none() {
            return applied;
        }
        let (from, to) = (self.start, self.last_start());
        for endpoint in self.profile.endpoints() {
            let Some(kind) = self.config.kinds.iter().position(|kind| *kind == endpoint.kind()) else { continue };
            // INVARIANT: the lint refuses more than 64 kinds.
            for (law, row) in self.speaking(kind as u8, endpoint) {
                if row.begins > to || row.ends <= from {
                    continue;
                }
                let bearing = match row.act {
                    Act::Told => Bearing::Told,
                    _ => match self.bound_by(law, row, kind as u8, endpoint) {
                        Some(bound) if bound.begins <= to => Bearing::Binds,
                        _ => Bearing::Lifted,
                    },
                };
                match applied.iter_mut().find(|known| known.row == row.id) {
                    Some(known) if bearing == Bearing::Binds => known.bearing = bearing,
                    Some(_) => {}
                    None => applied.push(AppliedLaw {
                        row: row.id,
                        jurisdiction: row.jurisdiction,
                        bearing,
                        verified: row.verified,
                        confidence: row.confidence,
                    }),
                }
            }
        }
        applied.sort_by_key(|applied| (applied.jurisdiction, applied.row));
        applied
    }
}

/// The first instant at which what happened then is so old.
fn over(then: DateTime<Utc>, age: Span) -> DateTime<Utc> {
    then.checked_add_signed(age.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
