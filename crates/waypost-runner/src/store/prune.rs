//! Deleting what is over, a batch at a time.

use std::collections::BTreeMap;

use serde_json::json;

use crate::RunnerError;

use super::{
    database::Transaction,
    executions::{ids, texts},
    row::{Row, rows},
};

/// What executions taught, by message: the customer, and the feedback.
pub(crate) type Taught = BTreeMap<String, (String, String)>;

/// A send, for asking whether anything counts it.
#[derive(Clone, Debug)]
pub(crate) struct OldSend {
    pub(crate) customer: String,
    pub(crate) key: String,
    pub(crate) sent: String,
    /// Whether its execution is gone.
    pub(crate) pruned: bool,
    /// Whether it may still turn out not to have been sent.
    pub(crate) open: bool,
}

impl Transaction {
    /// Executions that settled before an instant and have nothing more to be told, with their customers.
    pub(crate) async fn settled_before(
        &mut self,
        before: i64,
        most: i64,
    ) -> Result<BTreeMap<String, String>, RunnerError> {
        let settled = self
            .all(
                "select id, customer from waypost_executions
                 where state = 'settled' and settled < $1 and ready_at is null order by settled limit $2",
                &[before.into(), most.into()],
            )
            .await?;
        settled.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// Deletes these executions, those apart that something came in for meanwhile; returns which it deleted.
    pub(crate) async fn drop_executions(
        &mut self,
        settled: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, RunnerError> {
        let dropped = self
            .all(
                "delete from waypost_executions
                 where id in (select r.value->>0 from {rows}) and state = 'settled' and ready_at is null returning id",
                &[ids(settled.keys().map(String::as_str))],
            )
            .await?;
        texts(&dropped)
    }

    /// Deletes the attempts of these messages; their sends go on to count, under names that no attempt has again.
    pub(crate) async fn drop_attempts(&mut self, messages: &[String], mark: &str) -> Result<u64, RunnerError> {
        let keys = self
            .all(
                "delete from waypost_attempts where message in (select r.value->>0 from {rows}) returning key",
                &[ids(messages.iter().map(String::as_str))],
            )
            .await?;
        let keys = texts(&keys)?;
        self.run(
            "update waypost_sends set message = '', key = key || $2 where key in (select r.value->>0 from {rows})",
            &[ids(keys.iter().map(String::as_str)), mark.into()],
        )
        .await?;
        Ok(keys.len() as u64)
    }

    /// Deletes what these executions were told.
    pub(crate) async fn drop_inputs(&mut self, messages: &[String]) -> Result<u64, RunnerError> {
        self.run(
            "delete from waypost_inbox where message in (select r.value->>0 from {rows})",
            &[ids(messages.iter().map(String::as_str))],
        )
        .await
    }

    /// What these executions taught.
    pub(crate) async fn taught(&mut self, messages: &[String]) -> Result<Taught, RunnerError> {
        let taught = self
            .all(
                "select message, customer, feedback from waypost_feedback
                 where message in (select r.value->>0 from {rows})",
                &[ids(messages.iter().map(String::as_str))],
            )
            .await?;
        taught.iter().map(|row| Ok((row.text(0)?, (row.text(1)?, row.text(2)?)))).collect()
    }

    /// What was learned of these customers from executions that are gone.
    pub(crate) async fn learned(&mut self, customers: &[String]) -> Result<BTreeMap<String, String>, RunnerError> {
        let learned = self
            .all(
                "select customer, feedback from waypost_learned where customer in (select r.value->>0 from {rows})",
                &[ids(customers.iter().map(String::as_str))],
            )
            .await?;
        learned.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// Keeps what was learned of customers, and drops of these messages what it was learned from.
    pub(crate) async fn put_learned(
        &mut self,
        learned: &BTreeMap<String, String>,
        from: &[String],
    ) -> Result<u64, RunnerError> {
        self.run(
            "insert into waypost_learned (customer, feedback) select r.value->>0, r.value->>1 from {rows} where true
             on conflict (customer) do update set feedback = excluded.feedback",
            &[rows(learned.iter().map(|(customer, feedback)| json!([customer, feedback])))],
        )
        .await?;
        self.run(
            "delete from waypost_feedback where message in (select r.value->>0 from {rows})",
            &[ids(from.iter().map(String::as_str))],
        )
        .await
    }

    /// Customers past a name who have sends of executions that are gone, in the database's order of names.
    pub(crate) async fn customers_with_old_sends(&mut self, past: &str, most: i64) -> Result<Vec<String>, RunnerError> {
        let customers = self
            .all(
                "select distinct customer from waypost_sends where customer > $1 and message = ''
                 order by customer limit $2",
                &[past.into(), most.into()],
            )
            .await?;
        texts(&customers)
    }

    /// All sends to these customers.
    pub(crate) async fn old_sends(&mut self, customers: &[String]) -> Result<Vec<OldSend>, RunnerError> {
        let sends = self
            .all(
                "select customer, key, sent, message, confirmed from waypost_sends
                 where customer in (select r.value->>0 from {rows})",
                &[ids(customers.iter().map(String::as_str))],
            )
            .await?;
        let read = |row: &Row| {
            let pruned = row.text(3)?.is_empty();
            let open = !pruned && row.int(4)? == 0;
            Ok(OldSend { customer: row.text(0)?, key: row.text(1)?, sent: row.text(2)?, pruned, open })
        };
        sends.iter().map(read).collect()
    }

    /// Deletes sends of executions that are gone, by their names.
    pub(crate) async fn drop_sends(&mut self, keys: &[String]) -> Result<u64, RunnerError> {
        self.run(
            "delete from waypost_sends where message = '' and key in (select r.value->>0 from {rows})",
            &[ids(keys.iter().map(String::as_str))],
        )
        .await
    }

    /// Deletes events that happened and came in before an instant, of customers for whom nothing runs.
    pub(crate) async fn drop_events(&mut self, before: i64, most: i64) -> Result<u64, RunnerError> {
        self.run(
            "delete from waypost_events where (customer, content) in (
                select v.customer, v.content from waypost_events v
                where v.arrived < $1 and v.at < $1 and not exists (
                    select 1 from waypost_executions e where e.customer = v.customer and e.state <> 'settled'
                ) limit $2
             )",
            &[before.into(), most.into()],
        )
        .await
    }

    /// Deletes what came in before an instant for messages that nobody knows.
    pub(crate) async fn drop_unmatched(&mut self, before: i64, most: i64) -> Result<u64, RunnerError> {
        self.run(
            "delete from waypost_inbox where seq in (
                select i.seq from waypost_inbox i
                where i.absorbed = 0 and i.arrived < $1
                    and not exists (select 1 from waypost_executions e where e.id = i.message)
                limit $2
             )",
            &[before.into(), most.into()],
        )
        .await
    }
}
