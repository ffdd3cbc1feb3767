//! Frequency caps: how often one customer may be reached.

use serde::{Deserialize, Serialize};

use crate::{codes::codes, id::CapId, time::Span};

codes! {
    /// Which past sends a cap counts, measured by the send that is being judged.
    closed CapScope, "cap scope" {
        /// Every send to the person.
        Person = "person",
        /// Sends to the same endpoint.
        Endpoint = "endpoint",
        /// Sends through the same channel.
        Channel = "channel",
        /// Sends on the same kind.
        Kind = "kind",
        /// Sends for the same purpose.
        Purpose = "purpose",
        /// Sends about the same topic.
        Topic = "topic",
    }
}

/// At most `limit` sends within any stretch of `per`; the window slides, and a send exactly `per` ago no longer counts.
///
/// All caps that apply must hold; none overrides another.
///
/// ```
/// use waypost::policy::{Cap, CapScope};
///
/// let cap: Cap = toml::from_str(r#"
/// name = "promo-weekly"
/// limit = 2
/// per = "1w"
/// scope = ["purpose", "kind"]
/// "#)?;
/// assert_eq!(cap.scope, [CapScope::Purpose, CapScope::Kind]);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cap {
    /// Its name, which the trace gives.
    pub name: CapId,
    /// The most sends; zero is refused when the policy is compiled, for it may mean "none" or "no limit".
    pub limit: u32,
    /// The stretch of time.
    pub per: Span,
    /// What a past send must share with this one to count; by default its purpose.
    #[serde(default = "purpose")]
    pub scope: Vec<CapScope>,
}

fn purpose() -> Vec<CapScope> {
    vec![CapScope::Purpose]
}

impl Cap {
    /// A cap on sends for the same purpose.
    pub fn new(name: CapId, limit: u32, per: Span) -> Self {
        Self { name, limit, per, scope: purpose() }
    }
}
