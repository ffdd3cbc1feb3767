//! Registries: what a do-not-call list answered, and for how long the answer holds.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    discreet::discreet,
    id::{Code, EndpointId},
    kind::ChannelKind,
    profile::Endpoint,
};

discreet! {
RegistryCheckDocument of "RegistryCheck",
/// What a registry answered when it was asked about an address.
///
/// An answer holds for a while and no longer: Singapore's for 21 days from its receipt, and Canadian lists may be no older
/// than 31 days. After that it is as if nobody had asked, except that an address which was on the list stays on it until
/// somebody asks the same registry again.
///
/// ```
/// use waypost::{
///     ChannelKind, CustomerProfile, Endpoint, RegistryAnswer, RegistryCheck,
///     chrono::{DateTime, TimeDelta, Utc},
/// };
///
/// let asked: DateTime<Utc> = "2026-11-01T08:00:00Z".parse()?;
/// let until = asked + TimeDelta::days(21);
/// let home = Endpoint::new("home".parse()?, ChannelKind::VOICE, "+6561234567")?;
/// let profile = CustomerProfile::builder("c-17".parse()?)
///     .endpoint(home.clone())
///     .registry(RegistryCheck::new(ChannelKind::VOICE, false, asked, until))
///     .build()?;
/// let fresh = RegistryAnswer::Fresh { listed: false, checked_at: asked, until };
/// assert_eq!(profile.registry_answer(&home, asked), fresh);
/// let stale = RegistryAnswer::Stale { listed: false, checked_at: asked };
/// assert_eq!(profile.registry_answer(&home, until), stale); // exactly then, not a moment later
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RegistryCheck {
    /// On which kind; registries keep calls and texts apart.
    pub kind: ChannelKind,
    /// About this endpoint; `None` for every one of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// Whether the address was on the list.
    pub listed: bool,
    /// When it was asked.
    pub checked_at: DateTime<Utc>,
    /// Until when the answer holds, exclusive.
    pub valid_until: DateTime<Utc>,
    /// Which registry, such as `sg-dnc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Code>,
}
}

impl RegistryCheck {
    /// An answer about every endpoint of a kind.
    pub fn new(kind: ChannelKind, listed: bool, checked_at: DateTime<Utc>, valid_until: DateTime<Utc>) -> Self {
        Self { kind, endpoint: None, listed, checked_at, valid_until, registry: None }
    }

    /// The same, about one endpoint only.
    pub fn about(mut self, endpoint: EndpointId) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The same, of this registry.
    pub fn of(mut self, registry: Code) -> Self {
        self.registry = Some(registry);
        self
    }
}

/// What is known of an address and the registries at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryAnswer {
    /// The last answer still holds.
    Fresh {
        /// Whether the address is on the list.
        listed: bool,
        /// When it was asked.
        checked_at: DateTime<Utc>,
        /// Until when it holds, exclusive.
        until: DateTime<Utc>,
    },
    /// The last answer holds no more.
    Stale {
        /// Whether the address was on the list.
        listed: bool,
        /// When it was asked.
        checked_at: DateTime<Utc>,
    },
    /// Nobody asked.
    Unknown,
}

impl RegistryAnswer {
    /// The answer about an endpoint: of each registry its last, and of those the one that forbids, then the last one, then
    /// the one that ends first. One registry's answer says nothing about another's list. An answer from the future is
    /// none unless it forbids, since a clock may be wrong and a refusal may not.
    pub(super) fn of(checks: &[RegistryCheck], endpoint: &Endpoint, at: DateTime<Utc>) -> Self {
        let about = || {
            checks.iter().filter(|check| {
                check.kind == endpoint.kind()
                    && check.endpoint.is_none_or(|id| id == endpoint.id())
                    && (check.listed || check.checked_at <= at)
            })
        };
        let recency = |check: &RegistryCheck| (check.checked_at, check.listed, Reverse(check.valid_until));
        let lists = |check: &&RegistryCheck| {
            let later = |other: &RegistryCheck| other.registry == check.registry && recency(other) > recency(check);
            check.listed && !about().any(later)
        };
        // Without one that forbids, the last of all is the last of its registry too.
        let listed = about().filter(lists).max_by_key(|check| recency(check));
        match listed.or_else(|| about().filter(|check| !check.listed).max_by_key(|check| recency(check))) {
            None => Self::Unknown,
            Some(check) if at < check.valid_until => {
                Self::Fresh { listed: check.listed, checked_at: check.checked_at, until: check.valid_until }
            }
            Some(check) => Self::Stale { listed: check.listed, checked_at: check.checked_at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> DateTime<Utc> {
        format!("2026-11-{day:02}T08:00:00Z").parse().expect("an instant")
    }

    /// Registry, answer, and the days on which it was asked and holds no more; asked on the 10th.
    #[track_caller]
    fn check(answers: &[(&'static str, bool, u32, u32)], expected: RegistryAnswer) {
        let home = Endpoint::new(EndpointId::literal("home"), ChannelKind::VOICE, "+34600111222").expect("an endpoint");
        let answer = |(registry, listed, asked, until): &(&'static str, bool, u32, u32)| {
            RegistryCheck::new(ChannelKind::VOICE, *listed, day(*asked), day(*until)).of(Code::literal(registry))
        };
        let mut checks: Vec<_> = answers.iter().map(answer).collect();
        assert_eq!(RegistryAnswer::of(&checks, &home, day(10)), expected);
        checks.reverse();
        assert_eq!(RegistryAnswer::of(&checks, &home, day(10)), expected, "in whatever order");
    }

    #[test]
    fn one_registry_does_not_speak_for_another() {
        let fresh = |listed, asked, until| RegistryAnswer::Fresh { listed, checked_at: day(asked), until: day(until) };
        let stale = |listed, asked| RegistryAnswer::Stale { listed, checked_at: day(asked) };
        check(&[], RegistryAnswer::Unknown);
        check(&[("us", true, 1, 20), ("ca", false, 2, 20)], fresh(true, 1, 20));
        check(&[("us", true, 1, 3), ("ca", false, 2, 20)], stale(true, 1));
        check(&[("us", true, 1, 20), ("us", false, 2, 20), ("ca", false, 1, 20)], fresh(false, 2, 20));
        check(&[("us", true, 2, 20), ("us", false, 2, 20)], fresh(true, 2, 20));
    }

    #[test]
    fn from_the_future_only_what_forbids_counts() {
        check(&[("us", false, 11, 20)], RegistryAnswer::Unknown);
        let listed = RegistryAnswer::Fresh { listed: true, checked_at: day(11), until: day(20) };
        check(&[("us", false, 1, 20), ("us", true, 11, 20)], listed);
        check(&[("us", true, 1, 3), ("us", false, 11, 20)], RegistryAnswer::Stale { listed: true, checked_at: day(1) });
    }
}
