//! Arguments and rows that are the same for both databases: texts and whole numbers.

use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};

use crate::RunnerError;

/// One argument of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Text(String),
    Int(i64),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Many rows as one argument: a JSON array of arrays, which `{rows}` in a statement spreads out as `r.value`.
///
/// One statement and one round trip for a batch of any size, and one text of the statement to prepare.
pub(crate) fn rows(rows: impl IntoIterator<Item = serde_json::Value>) -> Argument {
    Argument::Text(serde_json::Value::Array(rows.into_iter().collect()).to_string())
}

/// One row of an answer.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<String, RunnerError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<String>, RunnerError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, RunnerError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn maybe_int(&self, column: usize) -> Result<Option<i64>, RunnerError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}
