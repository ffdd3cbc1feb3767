//! The trace: every candidate with its verdict, the key it was ranked by, and its place in the plan.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    cap_count::CapCount,
    codes::codes,
    content::ContentChoice,
    explain,
    flip::Flip,
    id::{ChannelId, EndpointId, LawId, RuleId},
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    law::Confidence,
    policy::{Field, RankField},
    reason::Reason,
    time::ZoneTables,
};

codes! {
    /// The gates, in the order in which they are asked; the first refusal names the reason.
    closed Gate, "gate" {
        /// The message is alive.
        Alive = "alive",
        /// The channel works, and the customer is there where it must be.
        Channel = "channel",
        /// The endpoint exists and works.
        Endpoint = "endpoint",
        /// No record forbids.
        Suppression = "suppression",
        /// The consent that the purpose asks for stands.
        Consent = "consent",
        /// The preferences allow.
        Preferences = "preferences",
        /// The policy's rules and the message's own word allow the kind.
        Policy = "policy",
        /// The hour is permitted, and it is not too late.
        Time = "time",
        /// No cap is full.
        Caps = "caps",
        /// Something in the content fits.
        Content = "content",
        /// The price is within the ceiling.
        Price = "price",
    }
}

/// What was decided about one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It may be used at once.
    Eligible,
    /// It may be used from an instant on; a hint, to be judged again when due.
    Deferred {
        /// The instant.
        until: DateTime<Utc>,
        /// Why not before.
        reason: Reason,
    },
    /// It may not be used.
    Refused {
        /// Why.
        reason: Reason,
    },
}

impl Verdict {
    /// Whether it may be used, now or later.
    pub fn is_usable(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// Why not, or not yet.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Eligible => None,
            Self::Deferred { reason, .. } | Self::Refused { reason } => Some(*reason),
        }
    }
}

/// Where a candidate stands in the plan; counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// In a step of the chain.
    Step(u16),
    /// In a step of a chain that runs beside it.
    Always {
        /// Which chain.
        chain: u16,
        /// Which step of it.
        step: u16,
    },
}

/// How many fields a ranking may compare.
pub(crate) const RANK_FIELDS: usize = RankField::ALL.len();

/// What a candidate was ranked by: whole numbers, compared one after the other, the lower one first.
///
/// Its fields stand in the order of [`DecisionTrace::ranked_by`]; after them comes the declared order of channels
/// and endpoints, so that no two keys of a trace are equal and the ranking is a total order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RankKey {
    #[serde(deserialize_with = "rank_fields")]
    pub(crate) fields: [u32; RANK_FIELDS],
    pub(crate) declared: u32,
}

/// Versions differ in how many fields there are: what one lacks it did not compare.
fn rank_fields<'de, D: serde::Deserializer<'de>>(from: D) -> Result<[u32; RANK_FIELDS], D::Error> {
    let written = Vec::<u32>::deserialize(from)?;
    let mut fields = [0; RANK_FIELDS];
    for (field, value) in fields.iter_mut().zip(written) {
        *field = value;
    }
    Ok(fields)
}

impl RankKey {
    /// The first place in which two keys differ: the number of a field, or `None` where only the declared order does.
    pub(crate) fn decided_by(&self, other: &Self) -> Option<usize> {
        self.fields.iter().zip(&other.fields).position(|(mine, theirs)| mine != theirs)
    }

    /// What one field came to; `None` past the last field that was compared.
    pub fn value(&self, at: usize) -> Option<u32> {
        self.fields.get(at).copied()
    }
}

/// Whose order gave a candidate its place in [`RankField::Order`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordered {
    Message,
    Group,
    Policy,
}

impl Ordered {
    /// More places than one order can give; each order's places lie behind all those of the order before it.
    pub(crate) const PLACES: u32 = u8::MAX as u32;

    pub(crate) fn by(place: u32) -> Self {
        match place / Self::PLACES {
            0 => Self::Message,
            1 => Self::Group,
            _ => Self::Policy,
        }
    }
}

/// The fields by which candidates were compared, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RankFields {
    fields: [RankField; RANK_FIELDS],
    len: u8,
}

impl RankFields {
    pub(crate) fn of(said: &[RankField]) -> Self {
        let len = said.len().min(RANK_FIELDS);
        let mut fields = [RankField::Health; RANK_FIELDS];
        fields[..len].copy_from_slice(&said[..len]);
        // INVARIANT: a ranking has at most as many fields as there are, so the length fits a byte.
        Self { fields, len: len as u8 }
    }

    /// The fields.
    pub fn as_slice(&self) -> &[RankField] {
        &self.fields[..usize::from(self.len)]
    }
}

impl fmt::Debug for RankFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl Serialize for RankFields {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(to)
    }
}

impl<'de> Deserialize<'de> for RankFields {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::<RankField>::deserialize(from).map(|fields| Self::of(&fields))
    }
}

/// One (channel, endpoint) that might have been used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// The channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: ChannelKind,
    /// The endpoint; `None` where the customer has none of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointId>,
    /// What was decided.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Where it stands in the plan; `None` where it is not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it was ranked by; `None` where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<RankKey>,
    /// The variant it would carry; `None` where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentChoice>,
    /// Which channel and endpoint these are, while planning.
    #[serde(skip)]
    pub(crate) seat: Aside<SeatNumber>,
    /// Every gate's answer and the smallest change; only where an explanation was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<Box<Detail>>,
}

/// What an explanation adds to a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Detail {
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) flip: Flip,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cap: Option<CapCount>,
}

/// A gate that does not let a candidate through, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The gate.
    pub gate: Gate,
    /// Its reason.
    pub reason: Reason,
}

impl Candidate {
    /// Every gate that says no, in the order of the gates; gates not listed say yes.
    ///
    /// Only after [`Router::explain`](crate::Router::explain): a plan alone stops at the first refusal.
    pub fn refusals(&self) -> Option<&[Refusal]> {
        self.detail.as_ref().map(|detail| detail.refusals.as_slice())
    }

    /// How full the cap was that refuses it or holds it back; only after [`Router::explain`](crate::Router::explain).
    pub fn cap_count(&self) -> Option<&CapCount> {
        self.detail.as_ref()?.cap.as_ref()
    }

    /// The smallest single change that would have let it through.
    pub fn flip(&self) -> Flip {
        match &self.detail {
            _ if self.verdict.is_usable() => Flip::InUse,
            Some(detail) => detail.flip,
            None => Flip::NotSearched,
        }
    }
}

/// A rule that matched, and the fields on which its word stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedRule {
    /// The rule.
    pub rule: RuleId,
    /// The fields on which no later rule had the last word.
    pub fields: Fields,
    /// The rule's number, while planning.
    #[serde(skip)]
    pub(crate) number: Aside<u16>,
}

codes! {
    /// What a row of law came to in a decision.
    closed Bearing, "bearing of a law row" {
        /// It counted for some candidate.
        Binds = "binds",
        /// Something set it aside for every candidate that it speaks of.
        Lifted = "lifted",
        /// It is only reported.
        Told = "told",
    }
}

/// A row of law that speaks of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AppliedLaw {
    /// The row.
    pub row: LawId,
    /// Whose law it is.
    pub jurisdiction: Jurisdiction,
    /// What it came to.
    pub bearing: Bearing,
    /// When somebody last looked at it.
    pub verified: NaiveDate,
    /// How well it is founded.
    pub confidence: Confidence,
}

/// What planning keeps beside its results for itself; documents do not have it, so it makes no two of them differ.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Aside<T>(pub(crate) T);

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Aside<T> {}

/// The places of a candidate's channel in the configuration and of its endpoint in the profile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeatNumber {
    pub(crate) channel: u32,
    pub(crate) endpoint: Option<u32>,
}

/// A set of fields; in documents a list.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Fields(pub(crate) u32);

impl Fields {
    /// Whether a field is among them.
    pub fn has(self, field: Field) -> bool {
        self.0 >> field as u32 & 1 == 1
    }

    /// The fields, in the order of [`Field::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| self.has(*field))
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fields = Vec::<Field>::deserialize(from)?;
        Ok(Self(fields.iter().fold(0, |bits, field| bits | 1 << *field as u32)))
    }
}

/// How a plan came about: the rules that applied, and every candidate, those in the plan first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionTrace {
    pub(crate) ranked_by: RankFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zones: Option<ZoneTables>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<AppliedRule>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) law: Vec<AppliedLaw>,
    pub(crate) candidates: Vec<Candidate>,
}

impl DecisionTrace {
    /// The rules that matched, in the order of the policy.
    pub fn rules(&self) -> &[AppliedRule] {
        &self.rules
    }

    /// The rows of law that speak of the message and the customer, by jurisdiction; empty where no law was loaded.
    pub fn law(&self) -> &[AppliedLaw] {
        &self.law
    }

    /// The time zones it was decided with; `None` in a document from before they were kept.
    pub fn zones(&self) -> Option<ZoneTables> {
        self.zones
    }

    /// The fields by which candidates were compared.
    pub fn ranked_by(&self) -> &[RankField] {
        self.ranked_by.as_slice()
    }

    /// Every candidate: those in the plan in its order, then the others in declared order.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The rule that had the last word on a field.
    pub fn rule_for(&self, field: Field) -> Option<RuleId> {
        self.rules.iter().rev().find(|applied| applied.fields.has(field)).map(|applied| applied.rule)
    }

    /// The first candidate of a channel, else of a kind, else of an endpoint; `channel/endpoint` names exactly one.
    pub fn candidate(&self, which: &str) -> Option<&Candidate> {
        let find = |wanted: &dyn Fn(&Candidate) -> bool| self.candidates.iter().find(|candidate| wanted(candidate));
        let is_endpoint = |candidate: &Candidate, name: &str| candidate.endpoint.is_some_and(|id| id == *name);
        find(&|candidate| candidate.channel == *which)
            .or_else(|| find(&|candidate| candidate.kind == *which))
            .or_else(|| find(&|candidate| is_endpoint(candidate, which)))
            // Names may hold slashes themselves, so every place to cut is tried.
            .or_else(|| {
                which.match_indices('/').find_map(|(at, _)| {
                    let (channel, endpoint) = (&which[..at], &which[at + 1..]);
                    find(&|candidate| candidate.channel == *channel && is_endpoint(candidate, endpoint))
                })
            })
    }

    /// In one sentence: why a channel, a kind or an endpoint is used or is not; see [`candidate`](Self::candidate).
    ///
    /// `None` where nothing has that name.
    pub fn why(&self, which: impl AsRef<str>) -> Option<String> {
        self.candidate(which.as_ref()).map(|candidate| explain::why(self, candidate))
    }

    /// The smallest single change that would have let a channel, a kind or an endpoint through; see
    /// [`candidate`](Self::candidate).
    ///
    /// Found by judging again with that change made; see [`Flip`] for the answers that name none. `None` where nothing
    /// has that name.
    pub fn flip(&self, which: impl AsRef<str>) -> Option<Flip> {
        self.candidate(which.as_ref()).map(Candidate::flip)
    }
}

impl fmt::Display for DecisionTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        explain::candidates(self, None, f)
    }
}
