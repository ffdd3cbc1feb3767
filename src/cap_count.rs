//! What fills a cap, for whoever asks why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::CapId,
    time::{Period, ZoneName},
};

/// How full a cap was when it stood in the way.
///
/// `Display` is what an explanation says: `2 of 2 a week from mon (Europe/Madrid)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CapCount {
    /// The cap.
    pub cap: CapId,
    /// How many past sends counted.
    pub counted: u32,
    /// How many units were kept for more pressing messages that wait.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reserved: u32,
    /// How many fill it.
    pub limit: u32,
    /// How it counts.
    pub per: Period,
    /// Whose calendar it was full by, where it reads one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl fmt::Display for CapCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counted, reserved, limit, per, zone, .. } = self;
        match per.own_limit() {
            Some(_) => write!(f, "{per}")?,
            None => write!(f, "{counted} of {limit} {per}")?,
        }
        if let Some(zone) = zone {
            write!(f, " ({zone})")?;
        }
        match reserved {
            0 => Ok(()),
            kept => write!(f, ", {kept} kept for what is more pressing"),
        }
    }
}
