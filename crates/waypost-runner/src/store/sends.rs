//! Intents and answers of sends, and the reservations that caps count.

use std::collections::BTreeMap;

use serde_json::json;

use crate::RunnerError;

use super::{
    database::Transaction,
    executions::{ids, texts},
    row::rows,
};

/// That a dispatch is about to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) key: String,
    pub(crate) message: String,
    pub(crate) channel: String,
}

/// What a provider answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) key: String,
    pub(crate) receipt: String,
    /// Whether the send counts from now on, does not count after all, or is as unsure as before.
    pub(crate) counts: Option<bool>,
}

/// A send that counts toward caps from now on.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) key: String,
    pub(crate) message: String,
    pub(crate) customer: String,
    pub(crate) at: i64,
    pub(crate) sent: String,
}

impl Transaction {
    /// Makes sure that every customer has a row, which is what guards their caps.
    pub(crate) async fn know_customers<'a>(
        &mut self,
        customers: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), RunnerError> {
        self.run(
            "insert into waypost_customers (customer) select distinct r.value->>0 from {rows} where true
             order by 1 on conflict do nothing",
            &[ids(customers)],
        )
        .await?;
        Ok(())
    }

    /// The revisions of these customers, which nobody else changes until this transaction ends.
    ///
    /// In the order of their names, so that two transactions that ask for the same never wait for each other.
    pub(crate) async fn lock_customers<'a>(
        &mut self,
        customers: impl IntoIterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, i64>, RunnerError> {
        let locked = self
            .all(
                "select customer, revision from waypost_customers
                 where customer in (select r.value->>0 from {rows}) order by customer {for update}",
                &[ids(customers)],
            )
            .await?;
        locked.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
    }

    /// Reserves sends, of each key the last, and moves the revisions of their customers on.
    pub(crate) async fn reserve(&mut self, sends: &[Reservation]) -> Result<(), RunnerError> {
        if sends.is_empty() {
            return Ok(());
        }
        let row = |send: &Reservation| json!([send.key, send.message, send.customer, send.at, send.sent]);
        self.run(
            "insert into waypost_sends (key, message, customer, at, sent)
             select r.value->>0, r.value->>1, r.value->>2, cast(r.value->>3 as bigint), r.value->>4 from {rows} where true
             on conflict (key) do update set at = excluded.at, sent = excluded.sent where waypost_sends.confirmed = 0",
            &[rows(sends.iter().map(row))],
        )
        .await?;
        self.move_on(sends.iter().map(|send| send.customer.as_str()).collect()).await
    }

    /// Moves the revisions of customers on: what was judged by what was known of them before is judged again.
    pub(crate) async fn move_on(&mut self, customers: Vec<&str>) -> Result<(), RunnerError> {
        if !customers.is_empty() {
            self.run(
                "update waypost_customers set revision = revision + 1 where customer in (select r.value->>0 from {rows})",
                &[ids(customers)],
            )
            .await?;
        }
        Ok(())
    }

    /// Writes down what is about to be sent; a repetition clears the answer of the send before it.
    pub(crate) async fn intend(&mut self, intents: &[Intent], now: i64) -> Result<(), RunnerError> {
        if intents.is_empty() {
            return Ok(());
        }
        self.run(
            "insert into waypost_attempts (key, message, channel, intent_at)
             select r.value->>0, r.value->>1, r.value->>2, $2 from {rows} where true
             on conflict (key) do update set
                intent_at = excluded.intent_at, repeats = waypost_attempts.repeats + 1, answered_at = null, answer = null",
            &[rows(intents.iter().map(|intent| json!([intent.key, intent.message, intent.channel]))), now.into()],
        )
        .await?;
        Ok(())
    }

    /// Writes down what came of sends, and settles their reservations.
    pub(crate) async fn answer(&mut self, answers: &[Answer], now: i64) -> Result<(), RunnerError> {
        if answers.is_empty() {
            return Ok(());
        }
        self.run(
            "update waypost_attempts as a set answered_at = $2, answer = r.value->>1 from {rows} where a.key = r.value->>0",
            &[rows(answers.iter().map(|answer| json!([answer.key, answer.receipt]))), now.into()],
        )
        .await?;
        let of = |counts: bool| {
            let keys = answers.iter().filter(move |answer| answer.counts == Some(counts));
            ids(keys.map(|answer| answer.key.as_str()))
        };
        if answers.iter().any(|answer| answer.counts == Some(true)) {
            self.run(
                "update waypost_sends set confirmed = 1 where key in (select r.value->>0 from {rows})",
                &[of(true)],
            )
            .await?;
        }
        if answers.iter().any(|answer| answer.counts == Some(false)) {
            // What was confirmed once was sent, whatever a later repetition says.
            self.run(
                "delete from waypost_sends where confirmed = 0 and key in (select r.value->>0 from {rows})",
                &[of(false)],
            )
            .await?;
        }
        Ok(())
    }

    /// The keys of these messages under which something may have been sent, without an answer.
    pub(crate) async fn unanswered<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<String>, RunnerError> {
        let keys = self
            .all(
                "select key from waypost_attempts
                 where answer is null and message in (select r.value->>0 from {rows}) order by key",
                &[ids(messages)],
            )
            .await?;
        texts(&keys)
    }
}
