//! How a runner runs.

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The crash of the machine: every commit is on the disk before it counts. All promises hold.
    #[default]
    Full,
    /// The crash of the process, not of the machine: with the power, the last commits may be lost (on PostgreSQL up to
    /// three times its `wal_writer_delay`, on SQLite those since its last checkpoint). Then executions of that time are
    /// gone, and sends of that time are made again, under their own keys.
    ProcessOnly,
}
