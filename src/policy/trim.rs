//! Which past sends no cap can count any more.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    history::{Sent, SentLog},
    policy::{CapScope, CompiledCap, CompiledPolicy},
    time::{Gcra, Period, Span},
};

impl CompiledPolicy {
    /// Keeps of a log what some cap may still count at `now` or later, and what somebody else asks to keep.
    pub(crate) fn trim(&self, log: &mut SentLog, now: DateTime<Utc>, others: impl Fn(&Sent) -> bool) {
        let mut sends: Vec<Sent> = log.iter().collect();
        sends.sort_by_key(|sent| std::cmp::Reverse(sent.at));
        let counted: Vec<Sent> = sends.iter().filter(|sent| sent.counts_toward_caps).cloned().collect();
        let mut keepers: Vec<_> = self.caps().map(|cap| Keeper::of(cap, now, &counted)).collect();
        // Every cap has to see every send: what a cap for life keeps depends on those before.
        let kept = |sent: &&Sent| {
            let mut kept = others(sent);
            if sent.counts_toward_caps {
                keepers.iter_mut().for_each(|keeper| kept |= keeper.keeps(sent));
            }
            kept
        };
        let kept: Vec<&Sent> = sends.iter().filter(kept).collect();
        // The oldest first, so that each is appended.
        *log = kept.into_iter().rev().collect();
    }
}

/// What one cap may still count, asked from the newest send to the oldest.
enum Keeper<'c> {
    /// What is newer than this.
    Since(Option<DateTime<Utc>>),
    /// What is yet to come, and as many of a kind as fill the cap, with those met so far.
    Newest(&'c CompiledCap, DateTime<Utc>, BTreeMap<Likeness, u32>),
}

/// What a send shares as far as a scope asks, in the order of [`CapScope::ALL`].
type Likeness = Vec<String>;

impl<'c> Keeper<'c> {
    fn of(cap: &'c CompiledCap, now: DateTime<Utc>, newest_first: &[Sent]) -> Self {
        // A second more, for sends are counted in whole seconds.
        let ago = |reach: Span| now.checked_sub_signed(reach.as_delta() + chrono::TimeDelta::seconds(1));
        match (cap.per, cap.per.reach()) {
            (Period::Lifetime, _) => Self::Newest(cap, now, BTreeMap::new()),
            (Period::Gcra(pace), _) => Self::Since(busy_since(pace, now, newest_first)),
            (_, reach) => Self::Since(reach.and_then(ago)),
        }
    }

    fn keeps(&mut self, sent: &Sent) -> bool {
        match self {
            Self::Since(since) => since.is_none_or(|since| sent.at > since),
            Self::Newest(_, now, _) if sent.at > *now => true,
            Self::Newest(cap, _, met) => {
                // Whoever counts this one counts those like it as well, and enough of them are newer.
                let met = met.entry(likeness(cap, sent)).or_default();
                *met = met.saturating_add(1);
                *met <= cap.limit
            }
        }
    }
}

/// An instant up to which nothing stands unpaid, were all sends of one pace; fewer leave no more unpaid.
fn busy_since(pace: Gcra, now: DateTime<Utc>, newest_first: &[Sent]) -> Option<DateTime<Utc>> {
    let mut since = None;
    let mut paid_off: Option<DateTime<Utc>> = None;
    let second = chrono::TimeDelta::seconds(1);
    let pay = |from: DateTime<Utc>| {
        from.checked_add_signed(pace.every().as_delta() + second).unwrap_or(DateTime::<Utc>::MAX_UTC)
    };
    // What is yet to come is kept anyhow, and before it everything looks idle.
    for sent in newest_first.iter().rev().filter(|sent| sent.at <= now) {
        if paid_off.is_none_or(|paid_off| paid_off < sent.at) {
            // Idle before this one, so that everything earlier is forgotten.
            since = sent.at.checked_sub_signed(chrono::TimeDelta::nanoseconds(1));
        }
        paid_off = Some(pay(paid_off.map_or(sent.at, |paid_off| paid_off.max(sent.at))));
    }
    match paid_off {
        Some(paid_off) if paid_off < now => Some(now),
        _ => since,
    }
}

fn likeness(cap: &CompiledCap, sent: &Sent) -> Likeness {
    let said = |scope: CapScope| -> Option<String> {
        Some(match scope {
            CapScope::Person => return None,
            CapScope::Endpoint => format!("{:?}", sent.endpoint),
            CapScope::Channel => sent.channel.to_string(),
            CapScope::Kind => sent.kind.to_string(),
            CapScope::Purpose => sent.purpose.to_string(),
            CapScope::Topic => sent.topic.to_string(),
            CapScope::Tag => format!("{:?}", sent.tags),
            CapScope::Brand => format!("{:?}", sent.brand),
        })
    };
    CapScope::ALL.iter().filter(|scope| cap.counts_by(**scope)).filter_map(|scope| said(*scope)).collect()
}
