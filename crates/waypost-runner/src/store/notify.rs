//! Telling workers of other processes that something came in, where the database can: PostgreSQL.

use std::time::Duration;

use sqlx::{Postgres, postgres::PgListener};
use tokio::sync::Notify;

use super::Database;

const CHANNEL: &str = "waypost_runner";

/// Whoever announces waits no longer than this: others ask by themselves in the time of a poll.
const AT_MOST: Duration = Duration::from_secs(1);

/// When to try again to listen where it failed.
const AGAIN: Duration = Duration::from_secs(5);

impl Database {
    /// Tells workers of other processes that something came in, and does not say whether that worked: nothing depends on it.
    pub(crate) async fn announce(&self) {
        let Self::Postgres(pool) = self else { return };
        // Not in the transaction that brought it in: those that notify commit one after the other, each with its write to
        // the disk. This one writes nothing.
        let told = sqlx::query::<Postgres>("select pg_notify($1, '')").bind(CHANNEL).execute(pool);
        let _ = tokio::time::timeout(AT_MOST, told).await;
    }

    /// Wakes whenever another process announces; never ends.
    pub(crate) async fn listen(&self, wake: &Notify) {
        let Self::Postgres(pool) = self else { return std::future::pending().await };
        loop {
            if let Ok(mut listener) = PgListener::connect_with(pool).await
                && listener.listen(CHANNEL).await.is_ok()
            {
                // Something may have come in before, and also where the connection broke in between, which is an `Ok(None)`.
                wake.notify_one();
                while listener.try_recv().await.is_ok() {
                    wake.notify_one();
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
