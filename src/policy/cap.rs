//! Frequency caps: how often one customer may be reached.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize, de};

use crate::{
    codes::codes,
    id::CapId,
    time::{Gcra, Period, ZoneKey, ZoneLookup, ZoneName},
};

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
        /// Sends that had, when they were sent, a tag that the message has; a message without tags shares none.
        Tag = "tag",
        /// Sends on behalf of the same brand; where either names none, they may be of one.
        Brand = "brand",
    }
}

/// Whose local dates a calendar cap compares.
///
/// ```
/// use waypost::policy::CapZone;
///
/// assert_eq!("recipient".parse(), Ok(CapZone::Recipient));
/// assert_eq!("Europe/Madrid".parse::<CapZone>()?.to_string(), "Europe/Madrid");
/// # Ok::<(), waypost::InvalidName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CapZone {
    /// The customer's: where they may be in several zones, all must permit.
    ///
    /// Where none is known, the sender's own; without that one UTC, except for marketing, which is then refused for want
    /// of a zone if anything was sent that may count.
    #[default]
    Recipient,
    /// This one.
    Named(ZoneName),
}

impl CapZone {
    fn is_recipient(&self) -> bool {
        *self == Self::Recipient
    }
}

impl std::str::FromStr for CapZone {
    type Err = crate::id::InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "recipient" { Ok(Self::Recipient) } else { text.parse().map(Self::Named) }
    }
}

impl fmt::Display for CapZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipient => f.write_str("recipient"),
            Self::Named(zone) => zone.fmt(f),
        }
    }
}

crate::id::text_serde!(CapZone, "zone, or `recipient`");

/// At most `limit` sends in a period: those count that share the scope, and a send is let through while fewer than
/// `limit` do.
///
/// All caps that apply must hold; none overrides another, whatever its scope. [`Period`] says which sends count when.
/// A gap brings its own limit of 1 and a pace its burst: there `limit` is left out.
///
/// ```
/// use waypost::{policy::{Cap, CapScope, CapZone}, time::{Period, Span}};
///
/// let cap: Cap = toml::from_str(r#"
/// name = "promo-weekly"
/// limit = 2
/// per = "1w"
/// scope = ["purpose", "kind"]
/// "#)?;
/// assert_eq!(cap.scope, [CapScope::Purpose, CapScope::Kind]);
/// assert_eq!(cap.per, Period::sliding(Span::days(7))?);
///
/// let daily: Cap = toml::from_str(r#"
/// name = "one-a-day"
/// limit = 1
/// per = "calendar_day"
/// zone = "recipient"
/// "#)?;
/// assert_eq!(daily.zone, CapZone::Recipient);
///
/// let gap: Cap = toml::from_str(r#"
/// name = "gap"
/// per = { min_gap = "4h" }
/// "#)?;
/// assert_eq!(gap.limit, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cap {
    /// Its name, which the trace gives.
    pub name: CapId,
    /// The most sends; zero is refused when the policy is compiled, for it may mean "none" or "no limit".
    pub limit: u32,
    /// How it counts.
    pub per: Period,
    /// Whose dates a calendar period compares.
    pub zone: CapZone,
    /// What a past send must share with this one to count; by default its purpose.
    pub scope: Vec<CapScope>,
}

impl Cap {
    /// A cap on sends for the same purpose, on the customer's own calendar where it reads one.
    pub fn new(name: CapId, limit: u32, per: Period) -> Self {
        let limit = per.own_limit().map_or(limit, |own| own.get());
        Self { name, limit, per, zone: CapZone::Recipient, scope: vec![CapScope::Purpose] }
    }
}

/// The cap as it stands in a document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: CapId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    per: Period,
    #[serde(default, skip_serializing_if = "CapZone::is_recipient")]
    zone: CapZone,
    #[serde(default = "purpose")]
    scope: Vec<CapScope>,
}

fn purpose() -> Vec<CapScope> {
    vec![CapScope::Purpose]
}

impl Serialize for Cap {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { name, limit, per, zone, scope } = self.clone();
        let limit = Some(limit).filter(|limit| per.own_limit().is_none_or(|own| own.get() != *limit));
        Document { name, limit, per, zone, scope }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Cap {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Document { name, limit, per, zone, scope } = Document::deserialize(from)?;
        let own = per.own_limit().map(NonZeroU32::get);
        let limit = limit.or(own).ok_or_else(|| de::Error::missing_field("limit"))?;
        Ok(Self { name, limit, per, zone, scope })
    }
}

/// A [`Cap`] with its scope as bits and its zone looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompiledCap {
    pub(crate) name: CapId,
    pub(crate) limit: u32,
    pub(crate) per: Period,
    /// The zone with its name, or `None` for the customer's.
    pub(crate) zone: Option<(ZoneName, ZoneKey)>,
    /// One bit for every [`CapScope`].
    scope: u8,
}

impl CompiledCap {
    pub(crate) fn of(cap: &Cap, zones: &dyn ZoneLookup) -> Self {
        let scope = cap.scope.iter().fold(0, |bits, scope| bits | 1 << *scope as u8);
        let zone = match cap.zone {
            CapZone::Recipient => None,
            // INVARIANT: a router with a zone that the tables lack is not built.
            CapZone::Named(name) => zones.resolve(&name).map(|key| (name, key)),
        };
        Self { name: cap.name, limit: cap.limit, per: cap.per, zone, scope }
    }

    /// The same with another limit, which for a pace is its burst; a gap has none to change.
    pub(crate) fn with_limit(self, limit: u32) -> Self {
        let per = match (self.per, NonZeroU32::new(limit)) {
            (Period::Gcra(pace), Some(burst)) => Gcra::new(pace.every(), burst).map_or(self.per, Period::Gcra),
            (per, _) => per,
        };
        Self { limit, per, ..self }
    }

    /// How many sends fill it.
    pub(crate) fn units(&self) -> u32 {
        self.per.own_limit().map_or(self.limit, NonZeroU32::get)
    }

    /// Whether what it counts depends on the channel or the endpoint.
    pub(crate) fn is_of_seat(&self) -> bool {
        [CapScope::Endpoint, CapScope::Channel, CapScope::Kind].into_iter().any(|scope| self.counts_by(scope))
    }

    pub(crate) fn counts_by(&self, scope: CapScope) -> bool {
        self.scope >> scope as u8 & 1 == 1
    }
}
