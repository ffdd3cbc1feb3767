//! Where executions are kept while they run.

use async_trait::async_trait;

use super::ledger::Unavailable;
use crate::execution::Execution;

/// Keeps executions, so that a restart finds them; `()` keeps nothing.
///
/// An execution is saved before anything that came out of it is sent, and after everything that went in: what is found
/// after a crash has every key under which something may have gone out. Whoever goes on with it
/// [runs](crate::driver::Driver::run) it, and what was under way is repeated under its keys. A saved execution that
/// [is settled](Execution::is_settled) holds its outcome.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Keeps the execution as it is now, in the place of what was kept under its message.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where it is not kept: the run ends before anything more is sent.
    async fn save(&self, execution: &Execution) -> Result<(), Unavailable>;
}

#[async_trait]
impl Journal for () {
    async fn save(&self, _: &Execution) -> Result<(), Unavailable> {
        Ok(())
    }
}
