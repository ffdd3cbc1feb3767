//! Pruning: what is over goes, what it taught stays.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
};

use serde::Serialize;
use waypost::{
    Feedback, RouterConfig, Sent,
    chrono::{DateTime, Utc},
};

use crate::{
    RunnerError,
    context::read,
    shared::Shared,
    store::{OldSend, Taught, micros, transact},
};

/// How many rows [`Runner::prune`](crate::Runner::prune) deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pruned {
    /// Executions.
    pub executions: u64,
    /// Their attempts.
    pub attempts: u64,
    /// Receipts and events that they were told.
    pub inputs: u64,
    /// What each taught of its customer, which was folded into what is known of the customer.
    pub feedback: u64,
    /// Sends that no cap counts any more.
    pub sends: u64,
    /// Events of customers for whom nothing runs.
    pub events: u64,
    /// Receipts of messages that nobody knows.
    pub unmatched: u64,
}

/// So many in one transaction that others wait for it no longer than for a batch.
const AT_ONCE: i64 = 500;

/// Customers whose sends are read at once.
const CUSTOMERS_AT_ONCE: i64 = 100;

pub(crate) async fn prune(shared: &Shared, before: DateTime<Utc>) -> Result<Pruned, RunnerError> {
    let mut pruned = Pruned::default();
    let before = micros(before);
    // A message may be handed in again: its sends are others than those that are left of the first.
    let mark = format!("#{:016x}", RandomState::new().build_hasher().finish());
    loop {
        let settled = shared.database.begin_reading().await?.settled_before(before, AT_ONCE).await?;
        if settled.is_empty() {
            break;
        }
        let gone = executions(shared, &settled, &mark).await?;
        pruned.executions += gone.executions;
        pruned.attempts += gone.attempts;
        pruned.inputs += gone.inputs;
        pruned.feedback += gone.feedback;
    }
    pruned.sends = sends(shared).await?;
    loop {
        match transact!(shared.database, |tx| tx.drop_events(before, AT_ONCE).await)? {
            0 => break,
            more => pruned.events += more,
        }
    }
    loop {
        match transact!(shared.database, |tx| tx.drop_unmatched(before, AT_ONCE).await)? {
            0 => break,
            more => pruned.unmatched += more,
        }
    }
    Ok(pruned)
}

/// Deletes a batch of executions with all that was kept for them, and folds what they taught.
async fn executions(shared: &Shared, settled: &BTreeMap<String, String>, mark: &str) -> Result<Pruned, RunnerError> {
    let mut customers: Vec<String> = settled.values().cloned().collect();
    customers.sort();
    customers.dedup();
    transact!(shared.database, |tx| {
        // Two that prune fold one after the other.
        tx.lock_customers(customers.iter().map(String::as_str)).await?;
        let gone = tx.drop_executions(settled).await?;
        let attempts = tx.drop_attempts(&gone, mark).await?;
        let inputs = tx.drop_inputs(&gone).await?;
        let taught = tx.taught(&gone).await?;
        let (learned, from) = fold(tx.learned(&customers).await?, taught);
        let feedback = if from.is_empty() { 0 } else { tx.put_learned(&learned, &from).await? };
        Ok(Pruned { executions: gone.len() as u64, attempts, inputs, feedback, ..Pruned::default() })
    })
}

/// Adds what executions taught to what was learned of their customers; returns that of those to whom something was added,
/// and the messages it came from. What cannot be read stays where it is.
fn fold(learned: BTreeMap<String, String>, taught: Taught) -> (BTreeMap<String, String>, Vec<String>) {
    let mut sums: BTreeMap<String, Option<Feedback>> = BTreeMap::new();
    let mut from = Vec::new();
    for (message, (customer, text)) in taught {
        let Ok(one) = read::<Feedback>("what was learned of a customer", &text) else { continue };
        let sum = sums.entry(customer).or_insert_with_key(|customer| match learned.get(customer) {
            Some(known) => read("what was learned of a customer", known).ok(),
            None => Some(Feedback::default()),
        });
        if let Some(sum) = sum {
            add(sum, one);
            from.push(message);
        }
    }
    let write = |sum: Feedback| serde_json::to_string(&sum).expect("feedback has text keys");
    (sums.into_iter().filter_map(|(customer, sum)| Some((customer, write(sum?)))).collect(), from)
}

/// As if both were applied, one after the other.
fn add(sum: &mut Feedback, more: Feedback) {
    for record in more.suppressions {
        if !sum.suppressions.contains(&record) {
            sum.suppressions.push(record);
        }
    }
    for event in more.consents {
        if !sum.consents.contains(&event) {
            sum.consents.push(event);
        }
    }
    for (kind, learned) in more.engagement {
        let known = sum.engagement.entry(kind).or_default();
        known.delivered = known.delivered.saturating_add(learned.delivered);
        known.engaged = known.engaged.saturating_add(learned.engaged);
        known.last_engaged = known.last_engaged.max(learned.last_engaged);
    }
}

/// Deletes the sends of executions that are gone which nothing counts any more, customer by customer.
async fn sends(shared: &Shared) -> Result<u64, RunnerError> {
    let (mut past, mut dropped) = (String::new(), 0);
    loop {
        let mut reading = shared.database.begin_reading().await?;
        let customers = reading.customers_with_old_sends(&past, CUSTOMERS_AT_ONCE).await?;
        let Some(last) = customers.last() else { return Ok(dropped) };
        past.clone_from(last);
        let sends = reading.old_sends(&customers).await?;
        drop(reading);
        let mut by_customer: BTreeMap<&str, Vec<&OldSend>> = BTreeMap::new();
        for send in &sends {
            by_customer.entry(&send.customer).or_default().push(send);
        }
        let now = shared.now();
        let uncounted = by_customer.values().flat_map(|sends| uncounted(&shared.config.router, sends, now));
        let uncounted: Vec<String> = uncounted.collect();
        if !uncounted.is_empty() {
            dropped += transact!(shared.database, |tx| tx.drop_sends(&uncounted).await)?;
        }
    }
}

/// The names of the sends of one customer that nothing counts any more, whatever becomes of those that are open.
fn uncounted(router: &RouterConfig, sends: &[&OldSend], now: DateTime<Utc>) -> Vec<String> {
    let read = |send: &&OldSend| Some((*send).clone()).zip(read::<Sent>("a send", &send.sent).ok());
    // Where one cannot be read, nothing is sent to the customer, and nothing is deleted.
    let Some(sends) = sends.iter().map(read).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let kept = |with_open: bool| {
        let mut log = sends.iter().filter(|(one, _)| with_open || !one.open).map(|(_, sent)| sent).collect();
        router.trim(&mut log, now);
        log.iter().collect::<Vec<Sent>>()
    };
    // A cap of so many for life counts the newest, and an open one may fall away; a pace counts all.
    let mut lists = [kept(true), kept(false)];
    let pruned = sends.iter().filter(|(one, _)| one.pruned);
    let counted = |sent: &Sent, list: &mut Vec<Sent>| {
        let at = list.iter().position(|kept| kept == sent);
        at.map(|at| list.swap_remove(at)).is_some()
    };
    let uncounted = pruned.filter(|(_, sent)| {
        // Both are asked: of two that are alike each stands for one in either.
        let counted = lists.each_mut().map(|list| counted(sent, list));
        counted == [false, false]
    });
    uncounted.map(|(one, _)| one.key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use waypost::CustomerProfile;

    use super::*;

    fn check(known: Option<&str>, taught: &[&str], left: usize) {
        let learned = known.map(|text| ("ana".to_owned(), text.to_owned())).into_iter().collect();
        let taught: Taught = taught
            .iter()
            .enumerate()
            .map(|(number, text)| (format!("m-{number}"), ("ana".to_owned(), (*text).to_owned())))
            .collect();
        let profile = CustomerProfile::builder("ana".parse().expect("a name")).build().expect("a profile");
        let apply = |profile: CustomerProfile, text: &str| match serde_json::from_str::<Feedback>(text) {
            Ok(feedback) => feedback.apply(&profile).expect("it has room"),
            Err(_) => profile,
        };
        let one_by_one = known.into_iter().chain(taught.values().map(|(_, text)| text.as_str()));
        let one_by_one = one_by_one.fold(profile.clone(), apply);
        let (folded, from) = fold(learned, taught.clone());
        assert_eq!(taught.len() - from.len(), left, "{taught:?}");
        let folded = folded.get("ana").map(String::as_str).or(known).unwrap_or("{}");
        let stayed = taught.iter().filter(|(message, _)| !from.contains(message)).map(|(_, (_, text))| text.as_str());
        assert_eq!(stayed.fold(apply(profile, folded), apply), one_by_one);
    }

    #[test]
    fn what_is_folded_says_what_all_of_it_said() {
        let bounced =
            r#"{"suppressions": [{"class": "hard_bounce", "endpoint": "home", "since": "2026-11-21T10:00:00Z"}]}"#;
        let read =
            r#"{"engagement": {"email": {"delivered": 1, "engaged": 1, "last_engaged": "2026-11-21T10:00:00Z"}}}"#;
        let read_later =
            r#"{"engagement": {"email": {"delivered": 2, "engaged": 1, "last_engaged": "2026-11-22T10:00:00Z"}}}"#;
        let delivered = r#"{"engagement": {"sms": {"delivered": 1, "engaged": 0}}}"#;
        check(None, &[], 0);
        check(None, &[bounced, bounced], 0);
        check(None, &[read_later, delivered, read, bounced], 0);
        check(Some(read), &[delivered, bounced, read], 0);
        check(Some(bounced), &[bounced, "not JSON", read], 1);
        check(Some("not JSON"), &[bounced, read], 2);
    }
}
