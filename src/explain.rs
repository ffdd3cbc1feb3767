//! The words and the table by which a plan explains itself: documentation, snapshot, support answer and audit line.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    plan::{Plan, Step},
    policy::{Field, RankField},
    reason::{At, Standing},
    trace::{Candidate, DecisionTrace, Place, Verdict},
};

/// A plan: two lines that say what it is about, then a line for every candidate.
pub(crate) fn plan(plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} for {}: {}, {}, {}", plan.message, plan.customer, plan.topic, plan.purpose, plan.urgency)?;
    if let Some(conversation) = &plan.conversation {
        write!(f, ", goes on with {conversation}")?;
    }
    write!(f, "\n{}", At(plan.made_at))?;
    if let Some(policy) = plan.policy {
        write!(f, ", policy {policy}")?;
    }
    for (applied, at) in plan.trace.rules().iter().zip(0..) {
        write!(f, "{}{}", if at == 0 { ", rules " } else { " " }, applied.rule)?;
    }
    if let Some(expires) = plan.expires {
        write!(f, ", expires {}", At(expires))?;
    }
    f.write_str("\n")?;
    candidates(&plan.trace, Some(plan), f)
}

/// A line for every candidate: its place, channel, endpoint, when and why.
pub(crate) fn candidates(trace: &DecisionTrace, plan: Option<&Plan>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let rows: Vec<_> = trace.candidates.iter().map(|candidate| row(trace, plan, candidate)).collect();
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            write!(f, "{cell:width$}  ")?;
        }
        writeln!(f, "{}", row[4])?;
    }
    Ok(())
}

fn row(trace: &DecisionTrace, plan: Option<&Plan>, candidate: &Candidate) -> [String; 5] {
    let place = match candidate.place {
        Some(Place::Step(step)) => format!("{}.", step + 1),
        Some(Place::Always { .. }) => "+".to_owned(),
        None => "-".to_owned(),
    };
    let endpoint = candidate.endpoint.map_or_else(|| "-".to_owned(), |endpoint| endpoint.to_string());
    let when = match (plan, candidate.verdict) {
        (Some(plan), verdict) if verdict.is_usable() => when(plan, candidate),
        (_, Verdict::Eligible) => "now".to_owned(),
        (_, Verdict::Deferred { until, .. }) => format!("at {}", At(until)),
        (_, Verdict::Refused { reason }) => match reason.standing() {
            Standing::Until(until) => format!("until {}", At(until)),
            Standing::Final => "never".to_owned(),
        },
    };
    [place, candidate.channel.to_string(), endpoint, when, because(trace, plan, candidate)]
}

/// When a candidate goes out: `now`, so long after the step before it, or at an instant.
fn when(plan: &Plan, candidate: &Candidate) -> String {
    let (chain, number) = match candidate.place {
        Some(Place::Step(step)) => (plan.steps.as_slice(), usize::from(step)),
        Some(Place::Always { chain, step }) => match plan.always.get(usize::from(chain)) {
            Some(chain) => (chain.as_slice(), usize::from(step)),
            None => return String::new(),
        },
        None => return String::new(),
    };
    let goes_out = |step: &Step| {
        let mine = step
            .dispatches()
            .iter()
            .find(|dispatch| dispatch.channel == candidate.channel && Some(dispatch.endpoint) == candidate.endpoint);
        mine.map(|dispatch| dispatch.not_before)
    };
    let Some(at) = chain.get(number).and_then(goes_out) else { return String::new() };
    let before = number.checked_sub(1).and_then(|number| chain.get(number));
    // A step may be given longer than the calendar lasts.
    let waited = before.map(|step| (step, latest(step).checked_add_signed(step.give_up_after().as_delta())));
    match waited {
        Some((step, Some(then))) if then == at => format!("after {}", step.give_up_after().words()),
        None if at == plan.made_at => "now".to_owned(),
        _ => format!("at {}", At(at)),
    }
}

fn latest(step: &Step) -> DateTime<Utc> {
    step.dispatches().iter().map(|dispatch| dispatch.not_before).max().unwrap_or_default()
}

/// Why a candidate stands where it stands.
fn because(trace: &DecisionTrace, plan: Option<&Plan>, candidate: &Candidate) -> String {
    let refused = |reason: crate::reason::Reason| format!("{reason} ({})", reason.authority());
    let Some(place) = candidate.place else {
        return candidate.verdict.reason().map(refused).unwrap_or_default();
    };
    let mut words = standing(trace, candidate, place);
    if let Verdict::Deferred { reason, .. } = candidate.verdict {
        words = format!("{}; {words}", refused(reason));
    }
    if let Some(price) = price(plan, candidate) {
        words = format!("{words}; {price}");
    }
    words
}

fn standing(trace: &DecisionTrace, candidate: &Candidate, place: Place) -> String {
    let mine = trace.candidates.iter().position(|other| std::ptr::eq(other, candidate)).unwrap_or(0);
    let same_step = |other: &Candidate| other.place == Some(place);
    let leads = trace.candidates.iter().position(same_step) == Some(mine);
    match place {
        Place::Always { step: 0, .. } => format!("always, beside the chain{}", by_rule(trace, Field::Always)),
        _ if !leads => {
            let leader = trace.candidates.iter().find(|other| same_step(other));
            leader
                .map(|leader| format!("together with {}{}", leader.channel, by_rule(trace, Field::Group)))
                .unwrap_or_default()
        }
        Place::Step(0) => {
            let rival = trace.candidates.iter().find(|other| matches!(other.place, Some(Place::Step(1..))));
            match rival {
                Some(rival) => format!("first{}", decided(trace, candidate, rival)),
                None => "the one channel that is open".to_owned(),
            }
        }
        _ => {
            // The one it stands behind leads the step before.
            let before = trace.candidates[..mine].iter().rev().find(|other| other.place != Some(place));
            format!("next{}", before.map(|before| decided(trace, before, candidate)).unwrap_or_default())
        }
    }
}

/// In which field the better of two candidates was better, in words.
fn decided(trace: &DecisionTrace, better: &Candidate, worse: &Candidate) -> String {
    let (Some(mine), Some(theirs)) = (&better.key, &worse.key) else { return String::new() };
    if mine > theirs {
        // Ranked behind, and yet before: the other one opens later.
        return ", the others open later".to_owned();
    }
    let field = mine.decided_by(theirs).and_then(|at| trace.ranked_by().get(at));
    match field {
        Some(RankField::Health) => ", the healthier way".to_owned(),
        Some(RankField::Stated) => " by the customer's own order".to_owned(),
        Some(RankField::Conversation) => ", where the conversation is open".to_owned(),
        Some(RankField::Prefer) => format!(", preferred by the policy{}", by_rule(trace, Field::Prefer)),
        Some(RankField::Affinity) => " by how the customer answers".to_owned(),
        Some(RankField::Campaign) => " by how the campaign does".to_owned(),
        Some(RankField::Order) => match trace.rule_for(Field::Group).or_else(|| trace.rule_for(Field::Order)) {
            Some(rule) => format!(" by the order of rule `{rule}`"),
            None => " by the policy's order".to_owned(),
        },
        Some(RankField::Price) => " by price".to_owned(),
        Some(RankField::Latency) => " by speed".to_owned(),
        None => " by declared order".to_owned(),
    }
}

fn by_rule(trace: &DecisionTrace, field: Field) -> String {
    trace.rule_for(field).map(|rule| format!(" (rule `{rule}`)")).unwrap_or_default()
}

fn price(plan: Option<&Plan>, candidate: &Candidate) -> Option<String> {
    let dispatches = plan?.dispatches();
    let mine = dispatches.filter(|dispatch| dispatch.channel == candidate.channel);
    let price =
        mine.filter(|dispatch| Some(dispatch.endpoint) == candidate.endpoint).find_map(|dispatch| dispatch.price);
    price.map(|price| price.to_string())
}

/// One candidate in a sentence.
pub(crate) fn why(trace: &DecisionTrace, candidate: &Candidate) -> String {
    let endpoint = candidate.endpoint.map(|endpoint| format!(" to `{endpoint}`")).unwrap_or_default();
    let name = format!("`{}`{endpoint}", candidate.channel);
    match (candidate.verdict, candidate.place) {
        (Verdict::Refused { reason }, _) => {
            let until = match reason.standing() {
                Standing::Until(until) => format!(" until {}", At(until)),
                Standing::Final => String::new(),
            };
            format!("{name} is not used{until}: {reason} ({})", reason.authority())
        }
        (_, Some(Place::Step(step))) => {
            format!("{name} is step {}: {}", step + 1, because(trace, None, candidate))
        }
        (_, Some(Place::Always { .. })) => format!("{name} is used: {}", because(trace, None, candidate)),
        (_, None) => format!("{name} is not used"),
    }
}
