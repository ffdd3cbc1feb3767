//! The situation: message, profile and facts, with what the policy says of them.

use chrono::{DateTime, Utc};

use crate::{
    config::RouterConfig,
    draw::draw,
    facts::Facts,
    id::CapId,
    message::Message,
    policy::{CompiledCap, CompiledPurpose, CompiledTopic, Field, Standing},
    profile::{Conversation, CustomerProfile},
    reason::Reason,
    trace::{AppliedRule, Fields},
};

use super::hours::PersonHours;

/// One thing in the policy that is taken to be otherwise, for the sake of an explanation.
#[derive(Clone, Copy)]
pub(super) enum Tweak {
    None,
    /// The rule of this number does not apply.
    WithoutRule(u16),
    /// This cap has this limit.
    CapOf(CapId, u32),
}

/// Everything that one decision is about.
pub(super) struct Situation<'a> {
    pub(super) config: &'a RouterConfig,
    pub(super) profile: &'a CustomerProfile,
    pub(super) message: &'a Message,
    pub(super) facts: &'a Facts,
    pub(super) tweak: Tweak,
    pub(super) purpose: &'a CompiledPurpose,
    pub(super) topic: CompiledTopic,
    pub(super) standing: Standing<'a>,
    pub(super) rules: Vec<AppliedRule>,
    /// The first instant at which anything may go out, hours apart.
    pub(super) start: DateTime<Utc>,
    /// Why that is not now.
    pub(super) held: Option<Reason>,
    /// The instant from which nothing may go out any more.
    pub(super) expires: Option<DateTime<Utc>>,
    /// The exchange in which the customer spoke last, if it is open.
    pub(super) conversation: Option<&'a Conversation>,
    pub(super) person_hours: PersonHours<'a>,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        config: &'a RouterConfig,
        profile: &'a CustomerProfile,
        message: &'a Message,
        facts: &'a Facts,
        tweak: Tweak,
    ) -> Self {
        let policy = &config.policy;
        let purpose = policy.purpose(message.purpose());
        let mut rules: Vec<AppliedRule> = Vec::new();
        policy.matching(
            message,
            profile,
            &mut rules,
            |number, rule| AppliedRule { rule, fields: Fields::default(), number },
            |applied| applied.number,
        );
        if let Tweak::WithoutRule(number) = tweak {
            rules.retain(|applied| applied.number != number);
        }
        let mut standing = Standing::new(purpose);
        for applied in &rules {
            standing.apply(&policy.rules[usize::from(applied.number)].then, applied.number, purpose);
        }
        for applied in &mut rules {
            let said = policy.rules[usize::from(applied.number)].then.said();
            applied.fields = Fields((0..Field::ALL.len()).fold(0, |bits, at| {
                let stands = Field::ALL[at].adds_up() || standing.owners[at] == applied.number;
                if said >> at & 1 == 1 && stands { bits | 1 << at } else { bits }
            }));
        }

        let expires = expiry(message, facts, &standing);
        let (start, held) = start(profile, message, facts, &standing, expires);
        let conversation = profile.open_conversation(policy.conversation_window, facts.now);
        let person_hours = PersonHours::new(config, profile, message.purpose());
        let topic = policy.topic(message.topic());
        Self {
            config,
            profile,
            message,
            facts,
            tweak,
            purpose,
            topic,
            standing,
            rules,
            start,
            held,
            expires,
            conversation,
            person_hours,
        }
    }

    /// The caps that apply: those of the defaults and the purpose, then those of every rule.
    pub(super) fn caps(&self) -> impl Iterator<Item = CompiledCap> {
        let policy = &self.config.policy;
        let of_rules = self.rules.iter().flat_map(|applied| &policy.rules[usize::from(applied.number)].then.caps);
        self.purpose.base.caps.iter().chain(of_rules).map(|cap| match self.tweak {
            Tweak::CapOf(name, limit) if name == cap.name => cap.with_limit(limit),
            _ => *cap,
        })
    }
}

/// The earlier of the author's word and the policy's.
fn expiry(message: &Message, facts: &Facts, standing: &Standing<'_>) -> Option<DateTime<Utc>> {
    let of_policy = standing.expires_after.map(|span| {
        let created = message.created().unwrap_or(facts.now);
        created.checked_add_signed(span.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    });
    match (message.expires(), of_policy) {
        (Some(authors), Some(policys)) => Some(authors.min(policys)),
        (authors, policys) => authors.or(policys),
    }
}

/// The author's `not_before`, then the customer's own moment within the policy's `spread`.
fn start(
    profile: &CustomerProfile,
    message: &Message,
    facts: &Facts,
    standing: &Standing<'_>,
    expires: Option<DateTime<Utc>>,
) -> (DateTime<Utc>, Option<Reason>) {
    let due = message.not_before().unwrap_or(facts.now);
    let (mut start, mut held) = (facts.now, None);
    if due > start {
        (start, held) = (due, Some(Reason::NotYetDue { until: due }));
    }
    let spread = standing.spread.as_secs();
    if spread > 0 {
        let moment = draw(facts.seed, profile.id().as_str()) % spread;
        let later = i64::try_from(moment)
            .ok()
            .and_then(chrono::TimeDelta::try_seconds)
            .and_then(|delta| start.checked_add_signed(delta))
            // The policy's wish to spread does not cost a message its life.
            .filter(|later| *later > start && expires.is_none_or(|expires| *later < expires));
        if let Some(later) = later {
            (start, held) = (later, Some(Reason::Spread { until: later }));
        }
    }
    (start, held)
}
