//! Transactions that are the same for both databases.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Postgres, Sqlite, postgres::PgPool};

use crate::{Durability, RunnerError};

use super::{
    postgres,
    row::{Argument, Row},
    sqlite::{self, Pools},
};

/// A database of either kind.
///
/// Statements are written once. What differs is written in braces:
///
/// | in braces | SQLite | PostgreSQL |
/// | --- | --- | --- |
/// | `{rows}` | `(select value from json_each($1)) as r` | `json_array_elements($1::json) as r (value)` |
/// | `{skip locked}` | nothing: there is one writer | `for update skip locked` |
/// | `{for update}` | nothing | `for update` |
/// | `{serial}` | `integer primary key autoincrement` | `bigint generated always as identity primary key` |
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(Pools),
    Postgres(PgPool),
}

impl Database {
    pub(crate) async fn connect(url: &str, durability: Durability) -> Result<Self, RunnerError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite(sqlite::connect(url, durability).await?)),
            Some("postgres" | "postgresql") => Ok(Self::Postgres(postgres::connect(url, durability).await?)),
            _ => Err(RunnerError::Url),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => {
                pools.readers.close().await;
                pools.writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// A transaction that will write. SQLite takes its lock at once: taking it later may fail half-way.
    pub(crate) async fn begin(&self) -> Result<Transaction, RunnerError> {
        Ok(Transaction(match self {
            Self::Sqlite(pools) => Inner::Sqlite(pools.writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// A transaction that only reads.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction, RunnerError> {
        Ok(Transaction(match self {
            Self::Sqlite(pools) => Inner::Sqlite(pools.readers.begin().await?),
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// A transaction beside which no other of this kind runs, in any process.
    pub(crate) async fn begin_alone(&self) -> Result<Transaction, RunnerError> {
        /// Any number, so long as all processes use the same and nobody else does.
        const LOCK: i64 = 0x0077_6179_706f_7374;
        let mut transaction = self.begin().await?;
        if let Inner::Postgres(_) = transaction.0 {
            transaction.run("select pg_advisory_xact_lock($1)", &[LOCK.into()]).await?;
        }
        Ok(transaction)
    }
}

/// Runs a transaction, and runs it again where another was in its way: `transact!(database, |tx| tx.submit(batch).await)`.
///
/// A macro and no function that takes a closure: of those the compiler cannot tell that their futures may be sent between
/// threads.
macro_rules! transact {
    ($database:expr, |$tx:ident| $body:expr) => {{
        let database: &$crate::store::Database = &$database;
        let mut patience = $crate::store::Patience::default();
        loop {
            let answer: Result<_, $crate::RunnerError> = async {
                let mut transaction = database.begin().await?;
                let $tx = &mut transaction;
                let answer: Result<_, $crate::RunnerError> = async { $body }.await;
                let answer = answer?;
                transaction.commit().await?;
                Ok(answer)
            }
            .await;
            match answer {
                Err(error) if error.is_passing() && patience.wait().await => {}
                answer => break answer,
            }
        }
    }};
}
pub(crate) use transact;

/// How long a transaction is begun anew.
#[derive(Default)]
pub(crate) struct Patience {
    tries: u32,
}

impl Patience {
    /// Waits a little longer than the last time; returns whether it may be tried again.
    pub(crate) async fn wait(&mut self) -> bool {
        // Two seconds in all.
        const TRIES: u32 = 10;
        self.tries += 1;
        tokio::time::sleep(Duration::from_millis(1 << self.tries.min(TRIES))).await;
        self.tries < TRIES
    }
}

/// A transaction; dropped without [`commit`](Self::commit) it leaves nothing behind.
pub(crate) struct Transaction(Inner);

enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A query with its arguments, of whichever database.
macro_rules! bound {
    ($query:expr, $arguments:expr) => {{
        let mut query = $query;
        for argument in $arguments {
            query = match argument {
                Argument::Text(text) => query.bind(text.as_str()),
                Argument::Int(number) => query.bind(*number),
            };
        }
        query
    }};
}

impl Transaction {
    /// Runs a statement; returns how many rows it changed.
    pub(crate) async fn run(&mut self, sql: &str, arguments: &[Argument]) -> Result<u64, RunnerError> {
        let sql = self.spell(sql);
        Ok(match &mut self.0 {
            Inner::Sqlite(transaction) => {
                let query = bound!(sqlx::query::<Sqlite>(AssertSqlSafe(sql)), arguments);
                query.execute(&mut **transaction).await?.rows_affected()
            }
            Inner::Postgres(transaction) => {
                let query = bound!(sqlx::query::<Postgres>(AssertSqlSafe(sql)), arguments);
                query.execute(&mut **transaction).await?.rows_affected()
            }
        })
    }

    /// Runs a statement; returns its rows.
    pub(crate) async fn all(&mut self, sql: &str, arguments: &[Argument]) -> Result<Vec<Row>, RunnerError> {
        let sql = self.spell(sql);
        let mut rows = Vec::new();
        match &mut self.0 {
            Inner::Sqlite(transaction) => {
                let query = bound!(sqlx::query::<Sqlite>(AssertSqlSafe(sql)), arguments);
                rows.extend(query.fetch_all(&mut **transaction).await?.into_iter().map(Row::Sqlite));
            }
            Inner::Postgres(transaction) => {
                let query = bound!(sqlx::query::<Postgres>(AssertSqlSafe(sql)), arguments);
                rows.extend(query.fetch_all(&mut **transaction).await?.into_iter().map(Row::Postgres));
            }
        }
        Ok(rows)
    }

    pub(crate) async fn commit(self) -> Result<(), RunnerError> {
        match self.0 {
            Inner::Sqlite(transaction) => transaction.commit().await?,
            Inner::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    fn spell(&self, sql: &str) -> String {
        let words: [(&str, &str); 4] = match self.0 {
            Inner::Sqlite(_) => [
                ("{rows}", "(select value from json_each($1)) as r"),
                ("{skip locked}", ""),
                ("{for update}", ""),
                ("{serial}", "integer primary key autoincrement"),
            ],
            Inner::Postgres(_) => [
                ("{rows}", "json_array_elements($1::json) as r (value)"),
                ("{skip locked}", "for update skip locked"),
                ("{for update}", "for update"),
                ("{serial}", "bigint generated always as identity primary key"),
            ],
        };
        words.iter().fold(sql.to_owned(), |sql, (word, spelled)| match sql.contains(word) {
            true => sql.replace(word, spelled),
            false => sql,
        })
    }
}
