//! Collecting: which messages go as one, and when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{id::MessageId, policy::CompiledDigest, time::Span};

use super::{
    face::Share,
    ruling::{Flush, PendingDigest},
};

/// The rule and what its messages have in common.
pub(super) type Group<'a> = (usize, Vec<Share<'a>>);

/// A message that belongs to a group.
pub(super) struct Arrival<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) created: DateTime<Utc>,
    pub(super) id: &'a MessageId,
    pub(super) urgency: u8,
    pub(super) expires: Option<DateTime<Utc>>,
    pub(super) state: State,
}

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It waits.
    Waits,
    /// It went by itself.
    Went,
    /// It went inside a digest.
    WentCollected,
}

/// A window that is open.
struct Open {
    begins: DateTime<Utc>,
    due: DateTime<Utc>,
    /// By number among the arrivals.
    members: Vec<usize>,
}

/// The digests of all groups, in the order in which they are due.
///
/// The arrivals of each group are gone over in their order, so nothing but them is remembered: asked late, the answer is
/// what it would have been in time.
pub(super) fn collect<'a>(
    rules: &[CompiledDigest],
    groups: BTreeMap<Group<'a>, Vec<Arrival<'a>>>,
    now: DateTime<Utc>,
) -> Vec<PendingDigest> {
    let mut digests = Vec::new();
    for ((rule, _), mut arrivals) in groups {
        arrivals.sort_by_key(|arrival| (arrival.at, arrival.state != State::Went, arrival.created, arrival.id));
        of_group(&rules[rule], &arrivals, now, &mut digests);
    }
    digests.sort_by(|a, b| (a.due, a.rule, &a.members).cmp(&(b.due, b.rule, &b.members)));
    digests
}

fn of_group(rule: &CompiledDigest, arrivals: &[Arrival<'_>], now: DateTime<Utc>, digests: &mut Vec<PendingDigest>) {
    let mut close = |members: Vec<usize>, due: DateTime<Utc>, flush: Option<Flush>| {
        if !members.is_empty() {
            let members = members.into_iter().map(|at| arrivals[at].id.clone()).collect();
            digests.push(PendingDigest { rule: rule.name, members, due, flush });
        }
    };
    let mut open: Option<Open> = None;
    for (number, arrival) in arrivals.iter().enumerate() {
        if let Some(over) = open.take_if(|open| open.due <= arrival.at) {
            close(over.members, over.due, Some(Flush::Window));
        }
        let Some(window) = &mut open else {
            let leads = rule.leading && arrival.state != State::WentCollected;
            if leads || arrival.state == State::Waits {
                let due = after(arrival.at, rule.each).min(after(arrival.at, rule.longest));
                let members = if leads { Vec::new() } else { vec![number] };
                let window = open.insert(Open { begins: arrival.at, due, members });
                if !leads && let Some(flush) = flushed_by(rule, window, arrival) {
                    close(std::mem::take(&mut window.members), arrival.at, Some(flush));
                    open = None;
                }
            }
            continue;
        };
        // What slides is put off only where that costs no message its life.
        let due = after(arrival.at, rule.each).min(after(window.begins, rule.longest)).max(window.due);
        let lives = |at: &usize| arrivals[*at].expires.is_none_or(|expires| due < expires);
        if rule.slides() && window.members.iter().chain([&number]).all(lives) {
            window.due = due;
        }
        if arrival.state != State::Waits {
            continue;
        }
        window.members.push(number);
        if let Some(flush) = flushed_by(rule, window, arrival) {
            close(std::mem::take(&mut window.members), arrival.at, Some(flush));
            // A window that a first message began goes on; one that was its digest's own ends with it.
            if !rule.leading {
                open = None;
            }
        }
    }
    if let Some(open) = open {
        close(open.members, open.due, (open.due <= now).then_some(Flush::Window));
    }
}

/// Whether a digest goes at once because of the message that just came.
fn flushed_by(rule: &CompiledDigest, window: &Open, arrival: &Arrival<'_>) -> Option<Flush> {
    if arrival.urgency >= rule.flush_at.level() {
        Some(Flush::Urgency)
    } else if window.members.len() >= rule.size {
        Some(Flush::Size)
    } else {
        arrival.expires.is_some_and(|expires| expires <= window.due).then_some(Flush::Expiry)
    }
}

fn after(instant: DateTime<Utc>, span: Span) -> DateTime<Utc> {
    instant.checked_add_signed(span.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
