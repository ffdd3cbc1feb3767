//! The inbox: what executions are to be told, each thing once.

use std::collections::BTreeSet;

use serde_json::json;

use crate::RunnerError;

use super::{
    database::Transaction,
    executions::{ids, texts},
    row::{Row, rows},
};

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Receipt,
    Event,
}

impl InputKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Event => "event",
        }
    }
}

/// One thing that an execution has not been told yet.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) seq: i64,
    pub(crate) message: String,
    pub(crate) kind: InputKind,
    pub(crate) content: String,
}

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    New,
    Repeated,
    Unmatched,
}

impl Transaction {
    /// Takes receipts in, as pairs of message and content. Those of messages that nobody knows are kept all the same.
    pub(crate) async fn receive(&mut self, batch: &[(String, String)], now: i64) -> Result<Vec<Received>, RunnerError> {
        let mut fresh = self.put_in(InputKind::Receipt, batch, now).await?;
        let known: BTreeSet<String> = self.signal(fresh.iter().map(|(message, _)| message.as_str()), now).await?;
        let answer = |one: &(String, String)| match fresh.remove(one) {
            true if known.contains(&one.0) => Received::New,
            true => Received::Unmatched,
            false => Received::Repeated,
        };
        Ok(batch.iter().map(answer).collect())
    }

    /// Tells executions of events, as pairs of message and content.
    pub(crate) async fn tell_events(&mut self, batch: &[(String, String)], now: i64) -> Result<(), RunnerError> {
        let fresh = self.put_in(InputKind::Event, batch, now).await?;
        self.signal(fresh.iter().map(|(message, _)| message.as_str()), now).await?;
        Ok(())
    }

    /// Takes an event in and tells the executions it is about: that of its message, else all of the customer's.
    pub(crate) async fn event(
        &mut self,
        customer: &str,
        message: Option<&str>,
        content: &str,
        at: i64,
        now: i64,
    ) -> Result<u64, RunnerError> {
        self.run(
            "insert into waypost_events (customer, content, at, arrived) values ($1, $2, $3, $4) on conflict do nothing",
            &[customer.into(), content.into(), at.into(), now.into()],
        )
        .await?;
        let running = self
            .all("select id from waypost_executions where customer = $1 and state <> 'settled'", &[customer.into()])
            .await?;
        let about = texts(&running)?.into_iter().filter(|id| message.is_none_or(|message| message == id));
        let told: Vec<_> = about.map(|id| (id, content.to_owned())).collect();
        self.tell_events(&told, now).await?;
        Ok(told.len() as u64)
    }

    /// Puts things in, as pairs of message and content; returns those that were not there yet.
    pub(crate) async fn put_in(
        &mut self,
        kind: InputKind,
        batch: &[(String, String)],
        now: i64,
    ) -> Result<BTreeSet<(String, String)>, RunnerError> {
        if batch.is_empty() {
            return Ok(BTreeSet::new());
        }
        let fresh = self
            .all(
                "insert into waypost_inbox (message, content, kind, arrived)
                 select r.value->>0, r.value->>1, $2, $3 from {rows} where true
                 on conflict (message, content) do nothing
                 returning message, content",
                &[
                    rows(batch.iter().map(|(message, content)| json!([message, content]))),
                    kind.as_str().into(),
                    now.into(),
                ],
            )
            .await?;
        fresh.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// Wakes executions: at once those that nobody holds; those that somebody holds when they are given back.
    async fn signal<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a str>,
        now: i64,
    ) -> Result<BTreeSet<String>, RunnerError> {
        let messages: BTreeSet<&str> = messages.into_iter().collect();
        if messages.is_empty() {
            return Ok(BTreeSet::new());
        }
        let known = self
            .all(
                "update waypost_executions set
                    signalled = signalled + 1,
                    ready_at = case
                        when lease_owner is not null or state = 'parked' or ready_at <= $2 then ready_at
                        else $2
                    end
                 where id in (select r.value->>0 from {rows})
                 returning id",
                &[ids(messages), now.into()],
            )
            .await?;
        Ok(texts(&known)?.into_iter().collect())
    }

    /// What these executions have not been told yet, by execution and then as it came.
    pub(crate) async fn inbox(&mut self, messages: impl IntoIterator<Item = &str>) -> Result<Vec<Input>, RunnerError> {
        let inputs = self
            .all(
                "select seq, message, kind, content from waypost_inbox
                 where absorbed = 0 and message in (select r.value->>0 from {rows}) order by seq",
                &[ids(messages)],
            )
            .await?;
        let read = |row: &Row| {
            let kind = if row.text(2)? == "receipt" { InputKind::Receipt } else { InputKind::Event };
            Ok(Input { seq: row.int(0)?, message: row.text(1)?, kind, content: row.text(3)? })
        };
        let mut inputs: Vec<Input> = inputs.iter().map(read).collect::<Result<_, RunnerError>>()?;
        // Not by the database, whose order of texts may be another.
        inputs.sort_by(|one, other| one.message.cmp(&other.message));
        Ok(inputs)
    }

    /// These were told.
    pub(crate) async fn absorbed(&mut self, seqs: &[i64]) -> Result<(), RunnerError> {
        if !seqs.is_empty() {
            self.run(
                "update waypost_inbox set absorbed = 1 where seq in (select cast(r.value->>0 as bigint) from {rows})",
                &[rows(seqs.iter().map(|seq| json!([seq])))],
            )
            .await?;
        }
        Ok(())
    }

    /// Receipts of messages that nobody knows, as they came.
    pub(crate) async fn unmatched(&mut self, most: i64) -> Result<Vec<String>, RunnerError> {
        // The sum keeps SQLite from going through all that was ever told, in the order of its key.
        let unmatched = self
            .all(
                "select content from waypost_inbox i
                 where absorbed = 0 and kind = 'receipt'
                    and not exists (select 1 from waypost_executions e where e.id = i.message)
                 order by seq + 0 limit $1",
                &[most.into()],
            )
            .await?;
        texts(&unmatched)
    }
}
