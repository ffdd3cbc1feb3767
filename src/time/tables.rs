//! Which tables of time zones a decision used.

use serde::{Deserialize, Serialize};

use super::ZoneLookup;
use crate::id::Code;

/// Where the time zones of a decision came from, and which release of them it was.
///
/// Governments change clocks at short notice: whoever asks later why a message went out at that hour has to know what
/// the tables said.
///
/// ```
/// use waypost::time::{FixedZones, ZoneTables};
///
/// let tables = ZoneTables::of(&FixedZones);
/// assert_eq!(tables.to_string(), "fixed none");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ZoneTables {
    /// Where they come from, such as `chrono-tz` or `system`.
    pub source: Code,
    /// Their release, such as `2025b`.
    pub release: Code,
}

impl ZoneTables {
    /// Those of a lookup; a name that is no [`Code`] is given as `unreadable`.
    pub fn of(zones: &dyn ZoneLookup) -> Self {
        let code = |text: &str| text.parse().unwrap_or(Code::literal("unreadable"));
        Self { source: code(zones.source()), release: code(zones.release()) }
    }
}

impl std::fmt::Display for ZoneTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.source, self.release)
    }
}
