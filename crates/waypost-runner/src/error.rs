//! What may go wrong between the runner and its database.

use waypost::MessageId;

/// Why a call to the runner failed. Nothing was changed then, except where a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunnerError {
    /// The address of the database is of no database that is known here.
    #[error("the database's URL is not understood: expected `sqlite:FILE`, `sqlite::memory:` or `postgres://...`")]
    Url,
    /// The database was made by a newer version of this crate.
    #[error(
        "the database has schema {found}, this version knows up to {known}: a newer version of waypost-runner made it"
    )]
    SchemaTooNew {
        /// The version that was found.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// The database failed. Whether a change was kept is not known where the connection broke while it was being made; every call may be made again.
    #[error("database: {0}")]
    Database(DatabaseError),
    /// Something else was handed in under this name before.
    #[error("message `{0}` was submitted before with other content or to another customer, expected a new message id")]
    Conflict(MessageId),
    /// More executions are active than the configured depth allows.
    #[error("{active} executions are active, at most {depth} may be: submit again later")]
    Full {
        /// Active executions.
        active: u64,
        /// The most that may be.
        depth: u64,
    },
    /// Nobody knows the customer.
    #[error("no profile is known of customer `{0}`")]
    UnknownCustomer(waypost::CustomerId),
    /// Whoever knows the customers does not answer.
    #[error("nobody answers for customer `{0}` at the moment")]
    Unavailable(waypost::CustomerId),
    /// Looking the customer up panicked.
    #[error("looking customer `{0}` up panicked")]
    Panicked(waypost::CustomerId),
    /// What was stored cannot be read.
    #[error("what is stored of {what} cannot be read: {cause}")]
    Unreadable {
        /// Of what.
        what: &'static str,
        /// What is wrong, without the values.
        cause: String,
    },
    /// The message asks for channels that the router has not.
    #[error(transparent)]
    UnknownKinds(#[from] waypost::UnknownKinds),
    /// A plan was handed in beside a message that it is not of.
    #[error("the plan is of message `{plan}` and was handed in with message `{message}`")]
    OtherPlan {
        /// The message of the plan.
        plan: MessageId,
        /// The message beside it.
        message: MessageId,
    },
}

/// A failure of the database, in its own words.
///
/// Values of rows are not in them: neither `Display` nor `Debug` shows the details that a driver keeps beside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct DatabaseError {
    text: String,
    passing: bool,
}

impl DatabaseError {
    /// Whether the same may work in a moment: another held a lock, or two waited for each other.
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            sqlx::Error::Database(refused) => refused.code().is_some_and(|code| is_passing(&code)),
            _ => false,
        };
        Self { text: error.to_string(), passing }
    }
}

impl From<sqlx::Error> for RunnerError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// SQLite counts its codes (5 is busy, 6 locked, 517 a stale snapshot); PostgreSQL has five characters: a serialization failure, a deadlock.
fn is_passing(code: &str) -> bool {
    matches!(code, "5" | "6" | "261" | "262" | "517" | "773" | "40001" | "40P01")
}

impl RunnerError {
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_passing())
    }

    /// The same for another submission of the same customer.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::UnknownCustomer(customer) => Self::UnknownCustomer(customer.clone()),
            Self::Unavailable(customer) => Self::Unavailable(customer.clone()),
            Self::Panicked(customer) => Self::Panicked(customer.clone()),
            other => Self::Unreadable { what: "what is known of the customer", cause: other.to_string() },
        }
    }
}
