//! A ledger in this process.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::ledger::{Ledger, ReserveError, Revision, Unavailable};
use crate::{execution::DispatchKey, history::Sent, id::CustomerId};

/// A [`Ledger`] in memory: for one process, and for as long as it lives.
///
/// It always answers. It grows until it is told to [`forget`](Self::forget_before).
///
/// ```
/// use futures::FutureExt;
/// use waypost::{ChannelId, ChannelKind, CustomerId, Purpose, Sent, TopicId, driver::{Ledger, MemoryLedger, ReserveError}};
///
/// let ledger = MemoryLedger::default();
/// let (ana, first, second): (CustomerId, _, _) = ("ana".parse()?, "m-1/0.1.1/1".parse()?, "m-2/0.1.1/1".parse()?);
/// let at = "2026-11-21T10:00:00Z".parse()?;
/// let sent = Sent::new(at, ChannelId::literal("mail"), ChannelKind::EMAIL, Purpose::Service, TopicId::literal("visit"));
///
/// // Two read the same; the second finds that something changed.
/// let ready = "memory always answers at once";
/// let (sends, as_of) = ledger.sends(&ana, &first).now_or_never().expect(ready)?;
/// assert!(sends.is_empty());
/// assert_eq!(ledger.reserve(&ana, &first, sent.clone(), as_of).now_or_never().expect(ready), Ok(()));
/// let late = ledger.reserve(&ana, &second, sent, as_of).now_or_never().expect(ready);
/// assert_eq!(late, Err(ReserveError::Conflict));
///
/// assert_eq!(ledger.sends(&ana, &second).now_or_never().expect(ready)?.0.len(), 1);
/// ledger.release(&first).now_or_never().expect(ready)?;
/// assert!(ledger.sends(&ana, &second).now_or_never().expect(ready)?.0.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct MemoryLedger(Mutex<State>);

#[derive(Default)]
struct State {
    customers: BTreeMap<CustomerId, Account>,
    // INVARIANT: every key of an account has its customer here, and no other.
    owners: BTreeMap<DispatchKey, CustomerId>,
}

#[derive(Default)]
struct Account {
    revision: u64,
    entries: BTreeMap<DispatchKey, Entry>,
    recorded: Vec<Sent>,
}

struct Entry {
    sent: Sent,
    confirmed: bool,
}

impl MemoryLedger {
    /// Adds a send from elsewhere: another system's, or one from before this process began.
    pub fn record(&self, customer: &CustomerId, sent: Sent) {
        let mut state = self.state();
        let account = state.customers.entry(customer.clone()).or_default();
        account.revision += 1;
        account.recorded.push(sent);
    }

    /// Everything that counts for a customer, by instant.
    pub fn all(&self, customer: &CustomerId) -> Vec<Sent> {
        let state = self.state();
        let mut all: Vec<Sent> = state.customers.get(customer).map(|account| account.sends(None)).unwrap_or_default();
        all.sort_by_key(|sent| sent.at);
        all
    }

    /// Forgets what was sent before an instant, for every customer; what no cap looks back on may go.
    pub fn forget_before(&self, at: DateTime<Utc>) {
        let mut state = self.state();
        let State { customers, owners } = &mut *state;
        for account in customers.values_mut() {
            account.recorded.retain(|sent| sent.at >= at);
            account.entries.retain(|key, entry| {
                let keep = entry.sent.at >= at;
                if !keep {
                    owners.remove(key);
                }
                keep
            });
        }
        // The revision stays: a decision made before must not pass for one made now.
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway, so what a panic elsewhere left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    fn sends(&self, besides: Option<&DispatchKey>) -> Vec<Sent> {
        let reserved = self.entries.iter().filter(|(key, _)| besides != Some(*key)).map(|(_, entry)| &entry.sent);
        self.recorded.iter().chain(reserved).cloned().collect()
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn sends(&self, customer: &CustomerId, besides: &DispatchKey) -> Result<(Vec<Sent>, Revision), Unavailable> {
        let state = self.state();
        let Some(account) = state.customers.get(customer) else { return Ok(Default::default()) };
        Ok((account.sends(Some(besides)), Revision(account.revision)))
    }

    async fn reserve(
        &self,
        customer: &CustomerId,
        key: &DispatchKey,
        sent: Sent,
        as_of: Revision,
    ) -> Result<(), ReserveError> {
        let mut state = self.state();
        let State { customers, owners } = &mut *state;
        let account = customers.entry(customer.clone()).or_default();
        if account.revision != as_of.0 {
            return Err(ReserveError::Conflict);
        }
        account.revision += 1;
        // What was accepted once stays so: a repetition under its key is no second send.
        let confirmed = account.entries.get(key).is_some_and(|entry| entry.confirmed);
        account.entries.insert(key.clone(), Entry { sent, confirmed });
        if let Some(before) = owners.insert(key.clone(), customer.clone())
            && before != *customer
            && let Some(account) = customers.get_mut(&before)
        {
            account.entries.remove(key);
        }
        Ok(())
    }

    async fn confirm(&self, key: &DispatchKey) -> Result<(), Unavailable> {
        let mut state = self.state();
        let State { customers, owners } = &mut *state;
        let account = owners.get(key).and_then(|customer| customers.get_mut(customer));
        if let Some(entry) = account.and_then(|account| account.entries.get_mut(key)) {
            entry.confirmed = true;
        }
        Ok(())
    }

    async fn release(&self, key: &DispatchKey) -> Result<(), Unavailable> {
        let mut state = self.state();
        let State { customers, owners } = &mut *state;
        let Some(account) = owners.get(key).and_then(|customer| customers.get_mut(customer)) else { return Ok(()) };
        if account.entries.get(key).is_some_and(|entry| !entry.confirmed) {
            account.entries.remove(key);
            owners.remove(key);
        }
        Ok(())
    }
}

/// How much it holds, and of nobody in particular.
impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let sends: usize = state.customers.values().map(|account| account.entries.len() + account.recorded.len()).sum();
        f.debug_struct("MemoryLedger").field("customers", &state.customers.len()).field("sends", &sends).finish()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use futures::FutureExt;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        id::{ChannelId, TopicId},
        kind::ChannelKind,
        purpose::Purpose,
    };

    fn now<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().expect("memory answers at once")
    }

    fn sent(second: i64) -> Sent {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        Sent::new(at, ChannelId::literal("mail"), ChannelKind::EMAIL, Purpose::Service, TopicId::literal("visit"))
    }

    fn key(number: u8) -> DispatchKey {
        format!("m-{number}/0.1.1/1").parse().expect("a key")
    }

    fn ana() -> CustomerId {
        "ana".parse().expect("a name")
    }

    #[test]
    fn a_repetition_takes_the_place_of_its_own_send_and_of_no_other() {
        let ledger = MemoryLedger::default();
        ledger.record(&ana(), sent(1));
        let (sends, as_of) = now(ledger.sends(&ana(), &key(1))).expect("answers");
        assert_eq!(sends, [sent(1)]);
        now(ledger.reserve(&ana(), &key(1), sent(2), as_of)).expect("nothing came between");
        assert_eq!(now(ledger.reserve(&ana(), &key(1), sent(3), as_of)), Err(ReserveError::Conflict));

        let (sends, as_of) = now(ledger.sends(&ana(), &key(1))).expect("answers");
        assert_eq!(sends, [sent(1)], "its own is not in its way");
        now(ledger.reserve(&ana(), &key(1), sent(3), as_of)).expect("nothing came between");
        assert_eq!(ledger.all(&ana()), [sent(1), sent(3)]);
    }

    #[test]
    fn what_was_confirmed_stays() {
        let ledger = MemoryLedger::default();
        let (_, as_of) = now(ledger.sends(&ana(), &key(1))).expect("answers");
        now(ledger.reserve(&ana(), &key(1), sent(1), as_of)).expect("nothing came between");
        now(ledger.confirm(&key(1))).expect("answers");
        now(ledger.release(&key(1))).expect("answers");
        now(ledger.release(&key(7))).expect("answers");
        now(ledger.confirm(&key(7))).expect("answers");
        assert_eq!(ledger.all(&ana()), [sent(1)]);
        ledger.forget_before(sent(2).at);
        assert_eq!(ledger.all(&ana()), []);
        assert_eq!(now(ledger.reserve(&ana(), &key(2), sent(3), as_of)), Err(ReserveError::Conflict));
    }

    proptest! {
        /// Planners who read, decide by a cap and reserve, in any interleaving: what counts is never above the cap, and
        /// nobody fails but for a conflict.
        #[test]
        fn a_cap_holds_under_any_interleaving(
            limit in 1..4_usize,
            steps in vec((0..6_u8, 0..4_u8), 0..80),
        ) {
            let ledger = MemoryLedger::default();
            let mut read: BTreeMap<u8, (usize, Revision)> = BTreeMap::new();
            for (planner, step) in steps {
                let key = key(planner);
                match (step, read.get(&planner)) {
                    (0, _) | (1, None) => {
                        let (sends, as_of) = now(ledger.sends(&ana(), &key)).expect("answers");
                        read.insert(planner, (sends.len(), as_of));
                    }
                    (1, Some(&(count, as_of))) if count < limit => {
                        let said = now(ledger.reserve(&ana(), &key, sent(planner.into()), as_of));
                        prop_assert!(matches!(said, Ok(()) | Err(ReserveError::Conflict)));
                        read.remove(&planner);
                    }
                    (2, _) => now(ledger.release(&key)).expect("answers"),
                    (3, _) => now(ledger.confirm(&key)).expect("answers"),
                    _ => {}
                }
                prop_assert!(ledger.all(&ana()).len() <= limit);
            }
        }
    }
}
