//! Digests: messages of one customer that are collected and go as one.

use serde::{Deserialize, Serialize};

use crate::{
    id::RuleId,
    policy::{Common, Condition, When},
    purpose::Urgency,
    time::Span,
};

/// Messages that meet `when` and have all of `by` in common are collected for a while and go as one.
///
/// | field | says |
/// | --- | --- |
/// | `window` | a fixed window: the digest is due this long after its first message |
/// | `sliding`, `at_most` | a sliding one: it is due once so long nothing came, and at the latest so long after the first |
/// | `size` | it is due as soon as it has so many |
/// | `leading` | the first one goes at once and begins the window; the others are collected until it ends |
/// | `flush_at` | a message of this urgency or a higher one takes the digest along at once; `high` where left out |
///
/// A message that would be over by then takes it along too. `safety` and `authentication` are never collected.
///
/// ```
/// use waypost::{policy::DigestRule, time::Span};
///
/// let comments: DigestRule = toml::from_str(r#"
/// name = "comments"
/// when = { topic = "comment" }
/// by = ["value:thread"]
/// sliding = "10m"
/// at_most = "2h"
/// size = 20
/// "#)?;
/// assert_eq!(comments.at_most, Some(Span::hours(2)));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DigestRule {
    /// Its name, which the ruling gives; no two share one.
    pub name: RuleId,
    /// What is collected; it may not ask urgency, for raising that would hold a message up.
    pub when: When,
    /// What the messages of one digest have in common; empty is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Common>,
    /// The fixed window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
    /// The sliding window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sliding: Option<Span>,
    /// The longest a sliding window may become.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Span>,
    /// How many make it due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Whether the first one goes at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leading: bool,
    /// The urgency that takes it along at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flush_at: Option<Urgency>,
}

impl DigestRule {
    /// A digest that is due so long after its first message.
    pub fn fixed(name: RuleId, when: When, window: Span) -> Self {
        Self {
            name,
            when,
            by: Vec::new(),
            window: Some(window),
            sliding: None,
            at_most: None,
            size: None,
            leading: false,
            flush_at: None,
        }
    }

    /// A digest that is due once so long nothing came, and at the latest so long after its first message.
    pub fn sliding(name: RuleId, when: When, sliding: Span, at_most: Span) -> Self {
        Self { window: None, sliding: Some(sliding), at_most: Some(at_most), ..Self::fixed(name, when, sliding) }
    }
}

/// A [`DigestRule`] in which the lint found no error.
#[derive(Clone, Debug)]
pub(crate) struct CompiledDigest {
    pub(crate) name: RuleId,
    pub(crate) when: Condition,
    pub(crate) by: Vec<Common>,
    /// How long after the last message it is due; for a fixed window, after the first.
    pub(crate) each: Span,
    /// How long after the first message it is due at the latest.
    pub(crate) longest: Span,
    pub(crate) size: usize,
    pub(crate) leading: bool,
    pub(crate) flush_at: Urgency,
}

impl CompiledDigest {
    pub(crate) fn of(digest: &DigestRule) -> Self {
        let longest = digest.window.or(digest.at_most).unwrap_or(Span::ZERO);
        Self {
            name: digest.name,
            when: Condition::of(&digest.when),
            by: digest.by.clone(),
            each: digest.sliding.unwrap_or(longest),
            longest,
            size: digest.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX),
            leading: digest.leading,
            flush_at: digest.flush_at.unwrap_or(Urgency::High),
        }
    }

    pub(crate) fn slides(&self) -> bool {
        self.each != self.longest
    }
}
