//! Muting: which messages are silent because another one speaks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    id::{MessageId, RuleId},
    policy::{CompiledInhibition, Told, goes_by_itself},
    profile::CustomerProfile,
};

use super::{
    face::{Face, Share},
    waiting::Handled,
};

/// A message that mutes others.
#[derive(Clone, Copy)]
struct Source<'a> {
    id: &'a MessageId,
    /// Until when it does; `None` as long as it waits or is under way.
    until: Option<DateTime<Utc>>,
}

/// Which rule mutes a message, and by whom.
pub(super) struct Muted<'a> {
    pub(super) rule: RuleId,
    pub(super) by: &'a MessageId,
    pub(super) until: Option<DateTime<Utc>>,
}

/// The rule, whether the source is a target of it too, and what is to be in common.
type Slot<'a> = (usize, bool, Vec<Share<'a>>);

/// The sources that are known so far.
#[derive(Clone)]
pub(super) struct Sources<'a> {
    rules: &'a [CompiledInhibition],
    profile: &'a CustomerProfile,
    /// The first source of each level of urgency.
    known: BTreeMap<Slot<'a>, [Option<Source<'a>>; 4]>,
}

/// On which side of any inhibition a message stands; what can only mute is asked first, so that it is known to its targets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Source,
    Both,
    None,
}

impl<'a> Sources<'a> {
    pub(super) fn new(rules: &'a [CompiledInhibition], profile: &'a CustomerProfile) -> Self {
        Self { rules, profile, known: BTreeMap::new() }
    }

    pub(super) fn side(&self, face: &Face<'_>) -> Side {
        let any = |holds: &dyn Fn(&CompiledInhibition) -> bool| self.rules.iter().any(holds);
        match any(&|rule| rule.source.holds(face, self.profile)) {
            true if any(&|rule| rule.target.holds(face, self.profile)) => Side::Both,
            true => Side::Source,
            false => Side::None,
        }
    }

    /// A message that waits, and mutes from here on.
    pub(super) fn add(&mut self, face: &Face<'a>) {
        self.insert(face, |_| Some(None));
    }

    /// One that was handed over, where it still mutes.
    pub(super) fn add_handled(&mut self, handled: &'a Handled, now: DateTime<Utc>) {
        self.insert(&Face::of_handled(handled, self.profile), |rule| {
            if handled.running {
                return Some(None);
            }
            let until = handled.at.checked_add_signed(rule.lasts.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC);
            (now < until).then_some(Some(until))
        });
    }

    fn insert(&mut self, face: &Face<'a>, until: impl Fn(&CompiledInhibition) -> Option<Option<DateTime<Utc>>>) {
        for (at, rule) in self.rules.iter().enumerate() {
            if !rule.source.holds(face, self.profile) {
                continue;
            }
            let (Some(shares), Some(until)) = (face.shares(&rule.equal), until(rule)) else { continue };
            let both = rule.target.holds(face, self.profile);
            let levels = self.known.entry((at, both, shares)).or_default();
            let place = &mut levels[usize::from(face.urgency().level())];
            // Of several the one that mutes longest is named, and of those the first.
            let longer = |known: &Source<'_>| known.until.is_some_and(|known| until.is_none_or(|until| known < until));
            if place.as_ref().is_none_or(longer) {
                *place = Some(Source { id: face.id, until });
            }
        }
    }

    /// Who mutes a message, by the first rule that does.
    pub(super) fn muting(&self, face: &Face<'a>) -> Option<Muted<'a>> {
        if goes_by_itself(face.purpose()) {
            return None;
        }
        self.rules.iter().enumerate().find_map(|(at, rule)| {
            if !rule.target.holds(face, self.profile) {
                return None;
            }
            let shares = face.shares(&rule.equal)?;
            // What meets both conditions is not muted by what meets both too.
            let both = rule.source.holds(face, self.profile);
            let sides: &[bool] = if both { &[false] } else { &[false, true] };
            let known = sides.iter().filter_map(|side| self.known.get(&(at, *side, shares.clone())));
            let level = usize::from(face.urgency().level());
            let source = known.flat_map(|levels| levels.iter().skip(level).rev().flatten()).next()?;
            Some(Muted { rule: rule.name, by: source.id, until: source.until })
        })
    }
}
