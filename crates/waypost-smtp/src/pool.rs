//! The pool: sessions that are kept for the next letter.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;
use waypost::Code;

use crate::{
    reply::Phase,
    session::{Fault, Server, Session},
    wire::Letter,
};

/// Sessions with one server, at most so many at once.
///
/// A session belongs to the send that uses it and comes back when the outcome is known. One that is dropped half way takes
/// its session with it, so that no reply is ever taken for that to another letter.
pub(crate) struct Pool {
    server: Server,
    places: Semaphore,
    idle: Mutex<Vec<Session>>,
    keep: Keep,
}

/// How long sessions are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) letters: u32,
    pub(crate) idle: Duration,
}

impl Pool {
    pub(crate) fn new(server: Server, size: usize, keep: Keep) -> Self {
        let places = Semaphore::new(size.min(Semaphore::MAX_PERMITS));
        Self { server, places, idle: Mutex::new(Vec::new()), keep }
    }

    pub(crate) async fn send(&self, letter: &Letter) -> Result<Option<Code>, Fault> {
        let _place = self.places.acquire().await.map_err(|_| Fault::Lost(Phase::Greeting))?;
        while let Some(mut session) = self.take() {
            if session.carried() >= self.keep.letters || session.idle() >= self.keep.idle {
                session.quit().await;
                continue;
            }
            let sent = session.send(letter).await;
            if !sent.is_err_and(Fault::is_stale) {
                self.keep(session);
                return sent;
            }
            session.quit().await;
        }
        let mut session = Session::connect(&self.server).await?;
        let sent = session.send(letter).await;
        self.keep(session);
        sent
    }

    /// Takes leave on every session that is not in use.
    pub(crate) async fn close(&self) {
        while let Some(session) = self.take() {
            session.quit().await;
        }
    }

    /// The one that was used last, so that as many as are not needed grow old.
    fn take(&self) -> Option<Session> {
        self.lock().pop()
    }

    fn keep(&self, session: Session) {
        if session.is_sound() {
            self.lock().push(session);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        // A vector of sessions is sound after every step, so a panic elsewhere took nothing from it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("idle", &self.lock().len()).field("keep", &self.keep).finish_non_exhaustive()
    }
}
