//! The clock and the timers of tokio.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::runtime::Runtime;

/// The wall clock, and tokio's timers.
///
/// It needs a tokio runtime with time enabled around it. A wall clock that is set while somebody sleeps is noticed within
/// a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokio;

/// Timers run by a clock of their own, which does not move when the wall clock is set.
const AT_MOST: Duration = Duration::from_secs(60);

impl Runtime for Tokio {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the driver's clock: the one place that reads it")]
        let now = SystemTime::now();
        now.into()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            loop {
                let left = (at - Self.now()).to_std().unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                ::tokio::time::sleep(left.min(AT_MOST)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn it_sleeps_until_then_and_not_less() {
        let tokio = ::tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        tokio.block_on(async {
            let end = Tokio.now() + TimeDelta::milliseconds(20);
            Tokio.sleep_until(end).await;
            assert!(Tokio.now() >= end);
            Tokio.sleep_until(end - TimeDelta::days(400_000)).await;
        });
    }
}
