//! How a runner gets on.

use std::fmt;

use serde::Serialize;
use waypost::chrono::TimeDelta;

/// How a runner gets on: counts of the whole database, rates of this process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Executions that are not over.
    pub active: u64,
    /// Executions that are over, and not pruned yet.
    pub settled: u64,
    /// Executions that were set aside.
    pub parked: u64,
    /// Executions that some worker holds at the moment.
    pub held: u64,
    /// How late the most overdue one is, of those that nobody holds.
    #[serde(serialize_with = "seconds")]
    pub lag: TimeDelta,
    /// Sends a second of this process, over the last minute.
    pub sends_per_second: f64,
    /// Settlements a second of this process, over the last minute.
    pub settled_per_second: f64,
    /// How often the database failed a worker of this process.
    pub database_failures: u64,
    /// The last time, in the database's words.
    pub last_failure: Option<String>,
}

fn seconds<S: serde::Serializer>(lag: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(lag.as_seconds_f64())
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { active, settled, parked, held, lag, sends_per_second, settled_per_second, .. } = self;
        write!(
            f,
            "{active} active ({held} held), {settled} settled, {parked} parked, {:.1} s behind, {sends_per_second:.0} sends/s, {settled_per_second:.0} settled/s",
            lag.as_seconds_f64(),
        )
    }
}
