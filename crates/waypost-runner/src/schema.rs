//! The tables, and how they come to be.
//!
//! | table | one row is | written |
//! | --- | --- | --- |
//! | `waypost_executions` | an execution: its state as JSON, its message, when it is wanted next, who holds it | at submission, then only by who holds the lease |
//! | `waypost_attempts` | a dispatch under one key: the intent, and the answer once there is one | the intent before the send |
//! | `waypost_inbox` | a receipt or an event that an execution is to be told, once by its content | by whoever hears of it |
//! | `waypost_customers` | a customer: the revision that guards their caps, and the profile where the runner keeps it | with every reservation |
//! | `waypost_sends` | a send that counts toward caps, reserved before and confirmed after | with the intent |
//! | `waypost_events` | what happened to a customer in the sender's business | by whoever hears of it |
//! | `waypost_feedback` | what an execution taught of its customer: suppressions, consents, engagement | with the state it was read from |
//! | `waypost_learned` | what executions that were pruned taught of a customer, folded together | when they are pruned |
//!
//! Instants are microseconds since 1970.

use crate::{RunnerError, store::Database};

/// Each entry leads from the version that is its index to the next; entries are never changed, only added.
const MIGRATIONS: &[&[&str]] = &[FIRST, PRUNING];

/// What pruned executions taught stays, and old events are found by when they came in.
const PRUNING: &[&str] = &[
    "create table waypost_learned (
        customer text primary key,
        feedback text not null
    )",
    "create index waypost_events_arrived on waypost_events (arrived)",
];

const FIRST: &[&str] = &[
    "create table waypost_executions (
        id text primary key,
        customer text not null,
        dedupe_key text,
        state text not null,
        cause text,
        ending text,
        message text not null,
        execution text not null,
        submitted bigint not null,
        settled bigint,
        ready_at bigint,
        lease_owner text,
        takeovers bigint not null default 0,
        signalled bigint not null default 0,
        revision bigint not null default 0
    )",
    // What a claim looks through, in its order. What waits for nothing has no instant, so that it stays small for ever.
    "create index waypost_executions_ready on waypost_executions (ready_at) where ready_at is not null",
    "create index waypost_executions_customer on waypost_executions (customer) where state <> 'settled'",
    "create index waypost_executions_state on waypost_executions (state, settled)",
    "create table waypost_attempts (
        key text primary key,
        message text not null,
        channel text not null,
        intent_at bigint not null,
        repeats bigint not null default 0,
        answered_at bigint,
        answer text
    )",
    "create index waypost_attempts_message on waypost_attempts (message)",
    "create table waypost_inbox (
        seq {serial},
        message text not null,
        content text not null,
        kind text not null,
        arrived bigint not null,
        absorbed bigint not null default 0,
        unique (message, content)
    )",
    "create index waypost_inbox_new on waypost_inbox (message) where absorbed = 0",
    "create table waypost_customers (
        customer text primary key,
        revision bigint not null default 0,
        profile text
    )",
    "create table waypost_sends (
        key text primary key,
        message text not null,
        customer text not null,
        at bigint not null,
        confirmed bigint not null default 0,
        sent text not null
    )",
    "create index waypost_sends_customer on waypost_sends (customer, at)",
    "create table waypost_events (
        customer text not null,
        content text not null,
        at bigint not null,
        arrived bigint not null,
        primary key (customer, content)
    )",
    "create table waypost_feedback (
        message text primary key,
        customer text not null,
        feedback text not null
    )",
    "create index waypost_feedback_customer on waypost_feedback (customer)",
];

/// Brings the database to the newest version, whoever else is about to; refuses one that is newer than that.
pub(crate) async fn migrate(database: &Database) -> Result<(), RunnerError> {
    let mut transaction = database.begin_alone().await?;
    transaction.run("create table if not exists waypost_schema (version bigint not null)", &[]).await?;
    let rows = transaction.all("select coalesce(max(version), 0) from waypost_schema", &[]).await?;
    let found = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(RunnerError::SchemaTooNew { found, known });
    }
    if found < known {
        for statement in MIGRATIONS.iter().skip(found as usize).copied().flatten() {
            transaction.run(statement, &[]).await?;
        }
        transaction.run("delete from waypost_schema", &[]).await?;
        transaction.run("insert into waypost_schema (version) values ($1)", &[known.into()]).await?;
    }
    transaction.commit().await
}
