//! The words and the table by which a plan explains itself: documentation, snapshot, support answer and audit line.

use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};

use crate::{
    content::ContentChoice,
    plan::{Plan, Step},
    policy::{FailureClass, Field, OnFailure, RankField},
    reason::{At, Reason, Standing},
    trace::{Candidate, DecisionTrace, Ordered, Place, Verdict},
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
        write!(f, "{}{}", if at == 0 { ", rules " } else { " + " }, applied.rule)?;
    }
    settles(plan, f)?;
    if let Some(expires) = plan.expires {
        write!(f, ", expires {}", At(expires))?;
    }
    f.write_str("\n")?;
    candidates(&plan.trace, Some(plan), f)
}

/// What ends the chain, or where there is none what ends those beside it; by kind it may differ.
fn settles(plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let beside = plan.always.iter().flatten().filter(|_| plan.steps.is_empty());
    let mut said = Vec::with_capacity(1);
    for step in plan.steps.iter().chain(beside) {
        if !said.contains(&step.settle_on()) {
            f.write_str(if said.is_empty() { ", until " } else { " or " })?;
            write!(f, "{}", step.settle_on())?;
            said.push(step.settle_on());
        }
    }
    if said.is_empty() { f.write_str(", nothing is sent") } else { Ok(()) }
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
        Some(Place::Step(step)) => format!("{}.", u32::from(step) + 1),
        Some(Place::Always { .. }) => "+".to_owned(),
        None => "-".to_owned(),
    };
    let endpoint = candidate.endpoint.map_or_else(|| "-".to_owned(), |endpoint| endpoint.to_string());
    let day = plan.map(|plan| plan.made_at);
    let when = match (plan, candidate.verdict) {
        (Some(plan), verdict) if verdict.is_usable() => when(plan, candidate),
        (_, Verdict::Eligible) => "now".to_owned(),
        (_, Verdict::Deferred { until, .. }) => format!("at {}", On(until, day)),
        (_, Verdict::Refused { reason }) => match reason.standing() {
            Standing::Until(until) => format!("not until {}", On(until, day)),
            Standing::Final => "no".to_owned(),
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
    if chain.get(number).is_some_and(Step::is_stand_in) {
        let first = chain.iter().flat_map(Step::dispatches);
        let stood_for = first.into_iter().find(|dispatch| Some(dispatch.endpoint) == candidate.endpoint);
        return stood_for.map(|dispatch| format!("if {} fails", dispatch.channel)).unwrap_or_default();
    }
    // Stand-ins take none of the chain's time.
    let before = chain.get(..number).and_then(|before| before.iter().rev().find(|step| !step.is_stand_in()));
    // A wait that no calendar holds is followed by the last instant there is, as it was when the step was laid.
    let ends = |step: &Step| latest(step).checked_add_signed(step.give_up_after().as_delta());
    let waited = before.map(|step| (step, ends(step).unwrap_or(DateTime::<Utc>::MAX_UTC)));
    // Where silence ends the chain, time alone never begins the next step.
    let silence_ends = |step: &Step| step.on_failure().on(FailureClass::Silent) == OnFailure::Stop;
    match waited {
        Some((step, then)) if then == at && silence_ends(step) => "if it fails".to_owned(),
        Some((step, then)) if then == at => format!("after {}", step.give_up_after().words()),
        None if at == plan.made_at => "now".to_owned(),
        _ => format!("at {}", On(at, Some(plan.made_at))),
    }
}

fn latest(step: &Step) -> DateTime<Utc> {
    step.dispatches().iter().map(|dispatch| dispatch.not_before).max().unwrap_or_default()
}

/// Why a candidate stands where it stands, what it carries and what it costs.
fn because(trace: &DecisionTrace, plan: Option<&Plan>, candidate: &Candidate) -> String {
    let Some(place) = candidate.place else {
        return candidate.verdict.reason().map(said_by).unwrap_or_default();
    };
    let mut parts = Vec::with_capacity(4);
    if let Verdict::Deferred { reason, .. } = candidate.verdict {
        // The table says as much before an explanation as after it.
        parts.push(if plan.is_some() { said_by(reason) } else { said_in_full(candidate, reason) });
    }
    parts.push(standing(trace, candidate, place));
    parts.extend(candidate.content.map(said));
    parts.extend(price(plan, candidate));
    parts.join("; ")
}

/// What is sent: form and language, how many units are billed where it is more than one, what was lost.
fn said(content: ContentChoice) -> String {
    let mut said = content.form.words().to_owned();
    if let Some(locale) = content.locale {
        let _ = write!(said, " {locale}");
    }
    if let Some(found) = content.locale_match.words() {
        let _ = write!(said, " ({found})");
    }
    if content.units > 1 {
        let _ = write!(said, ", {} units", content.units);
    }
    for loss in content.losses.iter() {
        let _ = write!(said, ", {}", loss.words());
    }
    said
}

/// A reason and whose word it is.
fn said_by(reason: Reason) -> String {
    format!("{reason} ({})", reason.authority())
}

/// The same, with what an explanation found out about a cap.
fn said_in_full(candidate: &Candidate, reason: Reason) -> String {
    match (reason, candidate.cap_count()) {
        (Reason::CapReached { cap, .. }, Some(count)) if count.cap == cap => {
            format!("cap `{cap}` is reached: {count} ({})", reason.authority())
        }
        _ => said_by(reason),
    }
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
            // What it beats is the next kind; another provider of its own kind only where there is no other.
            let mut behind = trace.candidates.iter().filter(|other| matches!(other.place, Some(Place::Step(1..))));
            let sibling = behind.clone().next();
            match behind.find(|other| other.kind != candidate.kind).or(sibling) {
                Some(rival) => format!("first{}", decided(trace, candidate, rival, Side::Better)),
                None => "the only step".to_owned(),
            }
        }
        _ => {
            // A stand-in stands behind the one that it stands in for, everything else behind what is no stand-in.
            let endpoint = |at: usize| trace.candidates[at].endpoint;
            let stands_in = |at: usize| (0..at).any(|earlier| endpoint(earlier) == endpoint(at));
            let wanted = |at: &usize| match stands_in(mine) {
                true => endpoint(*at) == candidate.endpoint,
                false => !stands_in(*at),
            };
            let behind = (0..mine).rev().filter(|at| trace.candidates[*at].place != Some(place)).find(wanted);
            let before = behind.map(|at| &trace.candidates[at]);
            let how = before.map(|before| decided(trace, before, candidate, Side::Worse));
            format!("next{}", how.unwrap_or_default())
        }
    }
}

/// Of which of two candidates something is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Better,
    Worse,
}

/// In which field the better of two candidates was better, in words about one of them.
fn decided(trace: &DecisionTrace, better: &Candidate, worse: &Candidate, about: Side) -> String {
    let (Some(mine), Some(theirs)) = (&better.key, &worse.key) else { return String::new() };
    let say = |of_better: &str, of_worse: &str| if about == Side::Better { of_better } else { of_worse }.to_owned();
    if mine > theirs {
        // Ranked behind, and yet before: the other one opens later.
        return say(", the others open later", ", for it opens later");
    }
    let Some(at) = mine.decided_by(theirs) else { return " by declared order".to_owned() };
    match trace.ranked_by().get(at) {
        Some(RankField::Health) => say(", in better health", ", in poorer health"),
        Some(RankField::Stated) => " by the customer's own order".to_owned(),
        Some(RankField::Conversation) => say(", where the conversation is open", ", with no conversation open"),
        Some(RankField::Prefer) => format!(" by the policy's preference{}", by_rule(trace, Field::Prefer)),
        Some(RankField::Affinity) => " by expected response".to_owned(),
        Some(RankField::Campaign) => " by how the campaign goes".to_owned(),
        Some(RankField::Order) => by_order(trace, mine.value(at)),
        Some(RankField::Price) => " by price".to_owned(),
        Some(RankField::Latency) => " by speed".to_owned(),
        Some(RankField::Presence) => say(", where the customer is", ", where the customer is not"),
        None => " by declared order".to_owned(),
    }
}

/// Whose order put a candidate at a place.
fn by_order(trace: &DecisionTrace, place: Option<u32>) -> String {
    let field = match place.map(Ordered::by) {
        Some(Ordered::Message) => return " by the message's own order".to_owned(),
        Some(Ordered::Group) => Field::Group,
        _ => Field::Order,
    };
    match trace.rule_for(field) {
        Some(rule) => format!(" by the order of rule `{rule}`"),
        None => " by the policy's order".to_owned(),
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

/// One candidate in a sentence; after an explanation, with every other gate that says no.
pub(crate) fn why(trace: &DecisionTrace, candidate: &Candidate) -> String {
    let endpoint = candidate.endpoint.map(|endpoint| format!(" to `{endpoint}`")).unwrap_or_default();
    let name = format!("`{}`{endpoint}", candidate.channel);
    match (candidate.verdict, candidate.place) {
        (Verdict::Refused { reason }, _) => {
            let until = match reason.standing() {
                Standing::Until(until) => format!(" until {}", At(until)),
                Standing::Final => String::new(),
            };
            let others = candidate.refusals().unwrap_or_default().iter().map(|refusal| refusal.reason);
            // What has expired is also too late, which says nothing new.
            let tells = |other: &Reason| {
                *other != reason && !matches!((reason, other), (Reason::Expired { .. }, Reason::TooLate { .. }))
            };
            let others: Vec<_> = others.filter(tells).map(said_by).collect();
            let also = if others.is_empty() { String::new() } else { format!("; also {}", others.join(", ")) };
            format!("{name} is not used{until}: {}{also}", said_in_full(candidate, reason))
        }
        (verdict, Some(place)) => {
            let place = match place {
                Place::Step(step) => format!("step {}", u32::from(step) + 1),
                Place::Always { .. } => "used".to_owned(),
            };
            let from = match verdict {
                Verdict::Deferred { until, .. } => format!(", not before {}", At(until)),
                _ => String::new(),
            };
            format!("{name} is {place}{from}: {}", because(trace, None, candidate))
        }
        (_, None) => format!("{name} is not used"),
    }
}

/// An instant in a table: the date only where it is not the day on which the plan was made.
struct On(DateTime<Utc>, Option<DateTime<Utc>>);

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(instant, day) = *self;
        let full = At(instant).to_string();
        let time = full.split_once(' ').filter(|_| day.is_some_and(|day| day.date_naive() == instant.date_naive()));
        f.write_str(time.map_or(&full, |(_, time)| time))
    }
}
