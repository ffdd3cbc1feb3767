//! The situation: message, profile and facts, with what the policy says of them.

use std::cell::Cell;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    config::RouterConfig,
    draw::draw,
    facts::Facts,
    id::{CapId, TenantId},
    message::Message,
    plan::Terms,
    policy::{CompiledCap, CompiledPurpose, CompiledTopic, Field, Settled},
    profile::{Conversation, CustomerProfile},
    purpose::Urgency,
    reason::Reason,
    time::Span,
    trace::{AppliedRule, Aside, Fields},
};

use super::{caps::Known, hours::PersonHours};

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
    pub(super) standing: Settled<'a>,
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
    /// The caps that are full for everything that is ready at an instant, once they were looked for.
    pub(super) full_caps: Cell<Option<Known>>,
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
            |number, rule| AppliedRule { rule, fields: Fields::default(), number: Aside(number) },
            |applied| applied.number.0,
        );
        if let Tweak::WithoutRule(number) = tweak {
            rules.retain(|applied| applied.number.0 != number);
        }
        let mut standing = Settled::new(purpose);
        for applied in &rules {
            let number = applied.number.0;
            standing.apply(&policy.rules[usize::from(number)].then, number, purpose);
        }
        for applied in &mut rules {
            let number = applied.number.0;
            let said = policy.rules[usize::from(number)].then.said();
            applied.fields = Fields(said & (Field::ADDING_UP | standing.owned_by(number)));
        }

        let expires = expiry(message, facts, &standing);
        let (start, held) = start(profile, message, facts, standing.spread, expires);
        let conversation = profile.open_conversation(policy.conversation_window, facts.now);
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
            person_hours: PersonHours::default(),
            full_caps: Cell::new(None),
        }
    }

    /// On whose behalf the message is sent: its own brand, or else the customer's tenant.
    pub(super) fn brand(&self) -> Option<TenantId> {
        self.message.brand().or(self.profile.tenant())
    }

    /// How long a better channel that is closed may hold the message up.
    pub(super) fn patience(&self) -> Span {
        let pressing = self.message.urgency().level() > Urgency::Normal.level();
        let usual = if pressing { Span::ZERO } else { self.purpose.demands.patience };
        self.standing.patience.unwrap_or(usual)
    }

    /// The terms of a step whose first dispatch is of this kind.
    pub(super) fn terms(&self, kind: u8) -> Terms {
        let standing = &self.standing;
        let mut terms = Terms {
            settle_on: standing.settle_on,
            give_up_after: standing.give_up_after,
            accept_within: standing.accept_within,
            retry: standing.retry,
            on_failure: standing.fall_through,
        };
        if standing.by_kind.has(kind) {
            let rules = self.rules.iter().map(|applied| &self.config.policy.rules[usize::from(applied.number.0)].then);
            let words = std::iter::once(&self.purpose.base).chain(rules).flat_map(|said| &said.by_kind);
            for (_, said) in words.filter(|(of, _)| *of == kind) {
                terms.settle_on = said.settle_on.unwrap_or(terms.settle_on);
                terms.give_up_after = said.give_up_after.unwrap_or(terms.give_up_after);
                terms.accept_within = said.accept_within.or(terms.accept_within);
                terms.retry = said.retry.unwrap_or(terms.retry);
            }
        }
        terms
    }

    /// The caps that apply: those of the defaults and the purpose, then those of every rule.
    pub(super) fn caps(&self) -> impl Iterator<Item = CompiledCap> {
        let policy = &self.config.policy;
        let of_rules = self.rules.iter().flat_map(|applied| &policy.rules[usize::from(applied.number.0)].then.caps);
        self.purpose.base.caps.iter().chain(of_rules).map(|cap| match self.tweak {
            Tweak::CapOf(name, limit) if name == cap.name => cap.with_limit(limit),
            _ => *cap,
        })
    }
}

/// The earlier of the author's word and the policy's.
fn expiry(message: &Message, facts: &Facts, standing: &Settled<'_>) -> Option<DateTime<Utc>> {
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
    spread: Span,
    expires: Option<DateTime<Utc>>,
) -> (DateTime<Utc>, Option<Reason>) {
    let (mut start, mut held) = (facts.now, None);
    if let Some(due) = message.not_before().filter(|due| *due > start) {
        (start, held) = (due, Some(Reason::NotYetDue { until: due }));
    }
    // Counted from an instant that does not move, so that asking again does not put the customer off again; a message
    // that names none is not spread.
    if let Some(from) = message.not_before().or(message.created())
        && spread > Span::ZERO
    {
        let moment = draw(facts.seed, profile.id().as_str()) % spread.as_secs();
        let own = i64::try_from(moment)
            .ok()
            .and_then(TimeDelta::try_seconds)
            .and_then(|delta| from.checked_add_signed(delta))
            // The policy's wish to spread does not cost a message its life.
            .filter(|own| *own > start && expires.is_none_or(|expires| *own < expires));
        if let Some(own) = own {
            (start, held) = (own, Some(Reason::Spread { until: own }));
        }
    }
    (start, held)
}
