//! PostgreSQL.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Postgres,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPool},
};

use crate::{Durability, RunnerError};

/// A worker uses one connection at a time, and one listens; the rest is for submissions and receipts.
const CONNECTIONS: u32 = 9;

pub(crate) async fn connect(url: &str, durability: Durability) -> Result<PgPool, RunnerError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| RunnerError::Url)?.statement_cache_capacity(128);
    let options = match durability {
        Durability::Full => options,
        Durability::ProcessOnly => options.options([("synchronous_commit", "off")]),
    };
    let pool = PoolOptions::<Postgres>::new().max_connections(CONNECTIONS).acquire_timeout(Duration::from_secs(30));
    Ok(pool.connect_with(options).await?)
}
