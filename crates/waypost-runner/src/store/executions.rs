//! Executions: submitted, claimed under a lease, saved, parked, released.

use std::collections::BTreeMap;

use serde_json::json;

use crate::RunnerError;

use super::{
    database::Transaction,
    row::{Argument, Row, rows},
};

/// An execution that is handed in.
#[derive(Clone, Debug)]
pub(crate) struct NewExecution {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) dedupe_key: Option<String>,
    pub(crate) message: String,
    pub(crate) execution: String,
    pub(crate) ready_at: i64,
    /// What the executions of its dedupe key are told that it takes the place of.
    pub(crate) superseding: fn(&str, i64) -> Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    New,
    Same,
    Conflict,
}

/// Whose an execution is, and until when nobody else takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease<'a> {
    pub(crate) owner: &'a str,
    pub(crate) until: i64,
}

/// An execution that a worker holds now.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) message: String,
    pub(crate) execution: String,
    pub(crate) submitted: i64,
    pub(crate) revision: i64,
    pub(crate) signalled: i64,
    pub(crate) takeovers: i64,
}

/// Where an execution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Settled,
    Parked,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Settled => "settled",
            Self::Parked => "parked",
        }
    }

    pub(crate) fn read(text: &str) -> Result<Self, RunnerError> {
        [Self::Active, Self::Settled, Self::Parked].into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            RunnerError::Unreadable {
                what: "the state of an execution",
                cause: "expected active, settled or parked".into(),
            }
        })
    }
}

/// What a worker leaves of an execution.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: String,
    /// The revision that the worker last saw; with another one somebody else holds it by now and nothing is written.
    pub(crate) revision: i64,
    /// `None` leaves what is stored.
    pub(crate) execution: Option<String>,
    pub(crate) state: State,
    pub(crate) cause: Option<String>,
    pub(crate) ending: Option<String>,
    /// When it is wanted next; `None` only when something comes in.
    pub(crate) due: Option<i64>,
    /// How many signals the worker has seen; with more it is wanted at once.
    pub(crate) signalled: i64,
    /// Whether the worker goes on holding it.
    pub(crate) held: bool,
}

/// An execution as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct StoredExecution {
    pub(crate) execution: String,
    pub(crate) state: State,
    pub(crate) cause: Option<String>,
    pub(crate) ready_at: Option<i64>,
    pub(crate) held: bool,
    pub(crate) submitted: i64,
}

/// How many executions are where.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) active: i64,
    pub(crate) settled: i64,
    pub(crate) parked: i64,
    pub(crate) held: i64,
    pub(crate) oldest_ready: Option<i64>,
}

impl Transaction {
    /// Takes executions in, each once by its id; whoever runs under the same dedupe key of the same customer is told.
    pub(crate) async fn submit(&mut self, batch: &[NewExecution], now: i64) -> Result<Vec<Submitted>, RunnerError> {
        self.know_customers(batch.iter().map(|new| new.customer.as_str())).await?;
        let keyed: Vec<&str> =
            batch.iter().filter(|new| new.dedupe_key.is_some()).map(|new| new.customer.as_str()).collect();
        if !keyed.is_empty() {
            // Else two that are handed in at one moment would not see each other, and both would stay.
            self.lock_customers(keyed).await?;
        }
        let inserted = self
            .all(
                "insert into waypost_executions
                    (id, customer, dedupe_key, state, message, execution, submitted, ready_at, signalled)
                 select r.value->>0, r.value->>1, r.value->>2, 'active', r.value->>3, r.value->>4, $2,
                    cast(r.value->>5 as bigint),
                    (select count(*) from waypost_inbox where message = r.value->>0 and absorbed = 0)
                 from {rows} where true
                 on conflict (id) do nothing
                 returning id",
                &[rows(batch.iter().map(row_of_new)), now.into()],
            )
            .await?;
        let mut fresh = texts(&inserted)?;
        let stored = if fresh.len() < batch.len() { self.contents(batch).await? } else { BTreeMap::new() };
        let mut answers = Vec::with_capacity(batch.len());
        for new in batch {
            // One that stands twice in a batch is new once.
            let at = fresh.iter().position(|id| *id == new.id);
            answers.push(match (at, stored.get(&new.id)) {
                (Some(at), _) => {
                    fresh.swap_remove(at);
                    Submitted::New
                }
                (None, Some((customer, message))) if *customer == new.customer && *message == new.message => {
                    Submitted::Same
                }
                (None, _) => Submitted::Conflict,
            });
        }
        for (at, new) in batch.iter().enumerate().filter(|(at, _)| answers[*at] == Submitted::New) {
            self.supersede(new, &batch[at + 1..], now).await?;
        }
        Ok(answers)
    }

    async fn contents(&mut self, batch: &[NewExecution]) -> Result<BTreeMap<String, (String, String)>, RunnerError> {
        let stored = self
            .all(
                "select id, customer, message from waypost_executions where id in (select r.value->>0 from {rows})",
                &[rows(batch.iter().map(|new| json!([new.id])))],
            )
            .await?;
        stored.iter().map(|row| Ok((row.text(0)?, (row.text(1)?, row.text(2)?)))).collect()
    }

    async fn supersede(&mut self, new: &NewExecution, later: &[NewExecution], now: i64) -> Result<(), RunnerError> {
        let Some(key) = &new.dedupe_key else { return Ok(()) };
        let running = self
            .all(
                "select id from waypost_executions
                 where customer = $1 and dedupe_key = $2 and state <> 'settled' and id <> $3",
                &[new.customer.as_str().into(), key.as_str().into(), new.id.as_str().into()],
            )
            .await?;
        for id in texts(&running)? {
            if later.iter().any(|other| other.id == id) {
                continue;
            }
            if let Some(event) = (new.superseding)(&id, now) {
                self.tell_events(&[(id, event)], now).await?;
            }
        }
        Ok(())
    }

    /// Takes what is due, the most overdue first, at most `most`; nobody else gets it until the lease ends.
    pub(crate) async fn claim(&mut self, lease: Lease<'_>, now: i64, most: i64) -> Result<Vec<Claimed>, RunnerError> {
        let claimed = self
            .all(
                "with due as materialized (
                    select id from waypost_executions where ready_at <= $3 order by ready_at limit $4 {skip locked}
                 )
                 update waypost_executions set
                    takeovers = takeovers + case when lease_owner is null then 0 else 1 end,
                    lease_owner = $1, ready_at = $2, revision = revision + 1
                 where id in (select id from due)
                 returning id, customer, message, execution, submitted, revision, signalled, takeovers",
                &[lease.owner.into(), lease.until.into(), now.into(), most.into()],
            )
            .await?;
        let read = |row: &Row| {
            Ok(Claimed {
                id: row.text(0)?,
                customer: row.text(1)?,
                message: row.text(2)?,
                execution: row.text(3)?,
                submitted: row.int(4)?,
                revision: row.int(5)?,
                signalled: row.int(6)?,
                takeovers: row.int(7)?,
            })
        };
        let mut claimed: Vec<Claimed> = claimed.iter().map(read).collect::<Result<_, RunnerError>>()?;
        // Databases return them as they come; the work shall not depend on that.
        claimed.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(claimed)
    }

    /// Saves what is still held by its worker; returns the ids of those. Of the others nothing is written.
    pub(crate) async fn save(
        &mut self,
        changes: &[Change],
        lease: Lease<'_>,
        now: i64,
    ) -> Result<Vec<String>, RunnerError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let saved = self
            .all(
                "update waypost_executions as e set
                    execution = coalesce(r.value->>2, e.execution),
                    state = r.value->>3,
                    cause = r.value->>4,
                    ending = r.value->>5,
                    settled = case when r.value->>3 = 'settled' then coalesce(e.settled, $4) end,
                    ready_at = case
                        when r.value->>8 = '1' then $3
                        when r.value->>3 <> 'parked' and e.signalled > cast(r.value->>7 as bigint) then $4
                        else cast(r.value->>6 as bigint)
                    end,
                    lease_owner = case when r.value->>8 = '1' then $2 end,
                    takeovers = 0,
                    revision = e.revision + 1
                 from {rows}
                 where e.id = r.value->>0 and e.revision = cast(r.value->>1 as bigint) and e.lease_owner = $2
                 returning id",
                &[rows(changes.iter().map(row_of_change)), lease.owner.into(), lease.until.into(), now.into()],
            )
            .await?;
        texts(&saved)
    }

    /// Holds on to what is held for longer; returns the ids of those that still are.
    pub(crate) async fn extend(&mut self, held: &[(&str, i64)], lease: Lease<'_>) -> Result<Vec<String>, RunnerError> {
        let extended = self
            .all(
                "update waypost_executions as e set ready_at = $3 from {rows}
                 where e.id = r.value->>0 and e.revision = cast(r.value->>1 as bigint) and e.lease_owner = $2
                 returning id",
                &[
                    rows(held.iter().map(|(id, revision)| json!([id, revision]))),
                    lease.owner.into(),
                    lease.until.into(),
                ],
            )
            .await?;
        texts(&extended)
    }

    /// Lets a parked execution run again; returns whether there was one.
    pub(crate) async fn release(&mut self, id: &str, now: i64) -> Result<bool, RunnerError> {
        let released = self
            .run(
                "update waypost_executions
                 set state = 'active', cause = null, takeovers = 0, ready_at = $2, lease_owner = null, revision = revision + 1
                 where id = $1 and state = 'parked'",
                &[id.into(), now.into()],
            )
            .await?;
        Ok(released > 0)
    }

    /// Parked executions with their causes, by id.
    pub(crate) async fn parked(&mut self, most: i64) -> Result<Vec<(String, String)>, RunnerError> {
        let parked = self
            .all(
                "select id, coalesce(cause, '') from waypost_executions where state = 'parked' order by id limit $1",
                &[most.into()],
            )
            .await?;
        parked.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// One execution.
    pub(crate) async fn execution(&mut self, id: &str) -> Result<Option<StoredExecution>, RunnerError> {
        let found = self
            .all(
                "select execution, state, cause, ready_at, submitted,
                    cast(case when lease_owner is null then 0 else 1 end as bigint)
                 from waypost_executions where id = $1",
                &[id.into()],
            )
            .await?;
        let read = |row: &Row| {
            Ok(StoredExecution {
                execution: row.text(0)?,
                state: State::read(&row.text(1)?)?,
                cause: row.maybe_text(2)?,
                ready_at: row.maybe_int(3)?,
                submitted: row.int(4)?,
                held: row.int(5)? != 0,
            })
        };
        found.first().map(read).transpose()
    }

    /// How many executions are where.
    pub(crate) async fn counts(&mut self) -> Result<Counts, RunnerError> {
        let mut counts = Counts::default();
        for row in self.all("select state, count(*) from waypost_executions group by state", &[]).await? {
            let count = match State::read(&row.text(0)?)? {
                State::Active => &mut counts.active,
                State::Settled => &mut counts.settled,
                State::Parked => &mut counts.parked,
            };
            *count = row.int(1)?;
        }
        let waiting = self
            .all(
                "select min(case when lease_owner is null then ready_at end), count(lease_owner)
                 from waypost_executions where ready_at is not null",
                &[],
            )
            .await?;
        if let Some(row) = waiting.first() {
            counts.oldest_ready = row.maybe_int(0)?;
            counts.held = row.int(1)?;
        }
        Ok(counts)
    }

    /// How many executions are active.
    pub(crate) async fn active(&mut self) -> Result<u64, RunnerError> {
        let active = self.all("select count(*) from waypost_executions where state = 'active'", &[]).await?;
        let active = active.first().map_or(Ok(0), |row| row.int(0))?;
        Ok(u64::try_from(active).unwrap_or_default())
    }

    /// The instant at which something is wanted next, leases included.
    pub(crate) async fn next_ready(&mut self) -> Result<Option<i64>, RunnerError> {
        let next = self.all("select min(ready_at) from waypost_executions where ready_at is not null", &[]).await?;
        next.first().map_or(Ok(None), |row| row.maybe_int(0))
    }
}

fn row_of_new(new: &NewExecution) -> serde_json::Value {
    json!([new.id, new.customer, new.dedupe_key, new.message, new.execution, new.ready_at])
}

fn row_of_change(change: &Change) -> serde_json::Value {
    let Change { id, revision, execution, state, cause, ending, due, signalled, held } = change;
    let held = i64::from(*held).to_string();
    json!([id, revision, execution, state.as_str(), cause, ending, due, signalled, held])
}

/// The first column of every row.
pub(super) fn texts(rows: &[Row]) -> Result<Vec<String>, RunnerError> {
    rows.iter().map(|row| row.text(0)).collect()
}

/// A list of ids as one argument.
pub(super) fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Argument {
    rows(ids.into_iter().map(|id| json!([id])))
}
