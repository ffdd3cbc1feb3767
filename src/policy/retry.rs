//! Trying again: how often, and after how long.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// How often a dispatch is tried in all, and how long is waited in between.
///
/// The first wait is `backoff`, every next one twice as long, none longer than `at_most`; of each a part is drawn, between
/// half of it and the whole, so that a crowd that failed together does not come back together. What a provider asks for in
/// `Retry-After` is waited at least. Where the next try would come after the step's `give_up_after`, there is none.
///
/// ```
/// use waypost::{policy::Retry, time::Span};
///
/// let retry = Retry::default();
/// assert_eq!((retry.attempts, retry.backoff), (4, Span::from_secs(30)));
/// assert_eq!(retry.wait(1), Span::from_secs(30));
/// assert_eq!(retry.wait(3), Span::minutes(2));
/// assert_eq!(retry.wait(200), Span::minutes(15));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table such as `{ attempts = 3, backoff = \"30s\" }`")]
#[non_exhaustive]
pub struct Retry {
    /// The most tries in all; 0 is taken as 1.
    pub attempts: u8,
    /// The first wait.
    pub backoff: Span,
    /// The longest wait.
    pub at_most: Span,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, backoff: Span::from_secs(30), at_most: Span::minutes(15) }
    }
}

impl Retry {
    /// So many tries, first this long apart, and never longer than that.
    pub fn new(attempts: u8, backoff: Span, at_most: Span) -> Self {
        Self { attempts, backoff, at_most }
    }

    /// The longest wait after so many tries, counted from 1; a part of it is drawn.
    pub fn wait(&self, tried: u8) -> Span {
        let doublings = u32::from(tried.saturating_sub(1)).min(40);
        let seconds = self.backoff.as_secs().saturating_mul(1 << doublings).min(self.at_most.as_secs());
        u32::try_from(seconds).map_or(self.at_most, Span::from_secs)
    }

    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
