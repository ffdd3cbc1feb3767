//! SQLite: one file, one writer a process, readers beside it.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Sqlite,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous},
};

use crate::{Durability, RunnerError};

/// How long one process waits for another's write. A write of a batch takes milliseconds, but SQLite does not queue who
/// waits, so with many processes the unlucky one may wait for a while.
const BUSY: Duration = Duration::from_secs(30);

/// Enough for reads beside the writer; each holds a page cache.
const READERS: u32 = 4;

/// The pools of one file. Writes go through one connection: SQLite lets one write at a time anyway, and waiting in our
/// queue is fair and wakes at once, where waiting for its lock is neither.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

pub(crate) async fn connect(url: &str, durability: Durability) -> Result<Pools, RunnerError> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::ProcessOnly => SqliteSynchronous::Normal,
    };
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_| RunnerError::Url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(BUSY)
        .statement_cache_capacity(128);
    // A connection that were closed for being idle would take an in-memory database with it.
    let kept = || PoolOptions::<Sqlite>::new().idle_timeout(None).max_lifetime(None).acquire_timeout(BUSY);
    let writer = kept().min_connections(1).max_connections(1).connect_with(options.clone()).await?;
    let readers = if in_memory {
        writer.clone()
    } else {
        kept().max_connections(READERS).connect_with(options.read_only(true).create_if_missing(false)).await?
    };
    Ok(Pools { writer, readers })
}
