//! The figures, and how they are printed.

use std::{collections::BTreeMap, fmt};

use serde_json::json;
use waypost::{ChannelDescriptor, Ending, Money, ReceiptKind};

use super::{
    arguments::Arguments,
    world::{Counts, Ended},
};

/// How far the sends of one channel came; what came to one rung came to those below it.
pub(crate) struct Funnel {
    pub(crate) channel: String,
    pub(crate) dispatched: u64,
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) read: u64,
    /// Customers whose message it settled.
    pub(crate) reached: u64,
    pub(crate) cost: Option<Money>,
}

impl Funnel {
    /// Its rungs, in order.
    pub(crate) fn rungs(&self) -> [(&'static str, u64); 4] {
        let Self { dispatched, accepted, delivered, read, .. } = *self;
        [("dispatched", dispatched), ("accepted", accepted), ("delivered", delivered), ("read", read)]
    }
}

/// The upper ends of the classes of the time to reach, in seconds.
pub(crate) const CLASSES: [i64; 9] = [5, 10, 30, 60, 120, 240, 600, 1_800, 7_200];

pub(crate) struct Tally {
    pub(crate) asked: String,
    pub(crate) customers: u64,
    pub(crate) reached: u64,
    pub(crate) channels: Vec<Funnel>,
    pub(crate) endings: BTreeMap<Ending, u64>,
    pub(crate) cost: Vec<Money>,
    pub(crate) counts: Counts,
    /// Sends that arrived after their step was given up.
    pub(crate) late: u64,
    /// Customers who were shown the message, whether anybody told us or not.
    pub(crate) shown: u64,
    /// Messages shown by one channel more than once.
    pub(crate) duplicates: u64,
    /// Customers who were shown it by more than one channel.
    pub(crate) shown_by_several: u64,
    /// In whole seconds.
    pub(crate) p50: i64,
    pub(crate) p95: i64,
    /// How many were reached within each of [`CLASSES`].
    pub(crate) times: [u64; CLASSES.len()],
}

impl Tally {
    pub(crate) fn of(arguments: &Arguments, channels: &[ChannelDescriptor], ended: &[Ended], counts: Counts) -> Self {
        let percent = |part: u64| {
            if part.is_multiple_of(10_000) {
                format!("{} %", part / 10_000)
            } else {
                format!("{}.{:04} %", part / 10_000, part % 10_000)
            }
        };
        let order = if arguments.is_reordered { "reports overtake each other" } else { "reports in order" };
        let asked = format!(
            "seed {}, {} lost, {} doubled, {order}",
            arguments.seed,
            percent(arguments.loss),
            percent(arguments.duplicate),
        );
        let mut endings = BTreeMap::new();
        let mut waits: Vec<i64> = Vec::new();
        for Ended { began, outcome, .. } in ended {
            *endings.entry(outcome.ending).or_default() += 1;
            waits.extend(outcome.reached.as_ref().map(|reached| (reached.at - *began).num_milliseconds()));
        }
        waits.sort_unstable();
        // The nearest rank, in seconds begun.
        let percentile = |percent: usize| {
            let rank = (waits.len() * percent).div_ceil(100).max(1) - 1;
            waits.get(rank).map_or(0, |wait| (wait + 999) / 1_000)
        };
        let mut times = [0; CLASSES.len()];
        for wait in &waits {
            let class = CLASSES.iter().position(|class| *wait <= class * 1_000);
            times[class.unwrap_or(CLASSES.len() - 1)] += 1;
        }
        let tried = || ended.iter().flat_map(|ended| &ended.outcome.tried);
        let shown = || ended.iter().map(|ended| &ended.shown);
        let mut cost = BTreeMap::new();
        for money in ended.iter().flat_map(|ended| &ended.outcome.cost) {
            *cost.entry(money.currency).or_insert(0) += money.micros;
        }
        Self {
            asked,
            customers: ended.len() as u64,
            reached: endings.get(&Ending::Reached).copied().unwrap_or_default(),
            channels: channels.iter().map(|channel| funnel(channel, ended)).collect(),
            endings,
            cost: cost.into_iter().map(|(currency, micros)| Money::new(micros, currency)).collect(),
            counts,
            late: tried().filter(|tried| tried.late).count() as u64,
            shown: shown().filter(|by| !by.is_empty()).count() as u64,
            duplicates: shown().flat_map(|by| by.values()).map(|times| u64::from(times - 1)).sum(),
            shown_by_several: shown().filter(|by| by.len() > 1).count() as u64,
            p50: percentile(50),
            p95: percentile(95),
            times,
        }
    }

    /// The figures as one document.
    pub(crate) fn json(&self) -> serde_json::Value {
        let channel = |funnel: &Funnel| {
            json!({
                "channel": funnel.channel, "dispatched": funnel.dispatched, "accepted": funnel.accepted,
                "delivered": funnel.delivered, "read": funnel.read, "reached": funnel.reached, "cost": funnel.cost,
            })
        };
        let Counts { dispatches, repeats, recalls, recalled_unseen, .. } = self.counts;
        json!({
            "customers": self.customers, "reached": self.reached, "cost": self.cost, "endings": self.endings,
            "channels": self.channels.iter().map(channel).collect::<Vec<_>>(),
            "dispatches": dispatches, "repeats": repeats, "late": self.late, "recalls": recalls,
            "recalled_unseen": recalled_unseen, "shown": self.shown, "duplicates": self.duplicates,
            "shown_by_several": self.shown_by_several, "p50_seconds": self.p50, "p95_seconds": self.p95,
            "times": CLASSES.iter().zip(self.times).map(|(class, count)| json!([class, count])).collect::<Vec<_>>(),
        })
    }

    /// What is counted apart from the channels: a name, a number and what it means.
    pub(crate) fn facts(&self) -> Vec<(&'static str, u64, &'static str)> {
        let counts = &self.counts;
        vec![
            ("dispatches", counts.dispatches, "sends, each under a key of its own"),
            ("repeats", counts.repeats, "sends again under the same key, because no answer came"),
            ("receipts", counts.receipts, "answers and reports taken in"),
            ("known already", counts.repeated_receipts, "of them said nothing new"),
            ("held", counts.held_by_gates, "sends that a gate held back when they came up"),
            ("breakers", counts.breakers_opened, "times a provider that kept failing was left alone"),
            ("late", self.late, "sends that arrived after the next channel had begun"),
            ("recalls", counts.recalls, "sends to take back, for another channel was faster"),
            ("in time", counts.recalled_unseen, "of them had not been seen"),
            ("shown", self.shown, "customers who saw it, whether anybody told us or not"),
            ("by several", self.shown_by_several, "customers who saw it on more than one channel"),
            ("duplicates", self.duplicates, "times a channel showed it to a customer again"),
        ]
    }
}

fn funnel(channel: &ChannelDescriptor, ended: &[Ended]) -> Funnel {
    let tried = || {
        let all = ended.iter().flat_map(|ended| &ended.outcome.tried);
        all.filter(|tried| tried.dispatch.channel == channel.id)
    };
    let came = |kind| tried().filter(|tried| tried.attempt.reached_at(kind).is_some()).count() as u64;
    let reached = ended.iter().filter(|ended| {
        let key = ended.outcome.reached.as_ref().and_then(|reached| reached.key.as_ref());
        let by = ended.outcome.tried.iter().find(|tried| Some(&tried.key) == key);
        by.is_some_and(|tried| tried.dispatch.channel == channel.id)
    });
    let charged = tried().filter(|tried| tried.is_charged()).filter_map(|tried| tried.dispatch.price);
    let cost = channel.price.map(|price| Money::new(charged.map(|price| price.micros).sum(), price.currency));
    Funnel {
        channel: channel.id.to_string(),
        dispatched: tried().count() as u64,
        accepted: came(ReceiptKind::Accepted),
        delivered: came(ReceiptKind::Delivered),
        read: came(ReceiptKind::Read),
        reached: reached.count() as u64,
        cost,
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A span in the two units that matter.
pub(crate) fn span(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} customers, {}\n", grouped(self.customers), self.asked)?;
        let [a, b, c, d, e, g] = ["dispatched", "accepted", "delivered", "read", "reached by", "cost"];
        writeln!(f, "{:<11} {a:>10} {b:>10} {c:>10} {d:>10} {e:>10}  {g}", "")?;
        for funnel in &self.channels {
            write!(f, "{:<11}", funnel.channel)?;
            for number in funnel.rungs().map(|(_, number)| number).into_iter().chain([funnel.reached]) {
                write!(f, " {:>10}", grouped(number))?;
            }
            let cost = funnel.cost.map(|cost| format!("  {cost}")).unwrap_or_default();
            writeln!(f, "{cost}")?;
        }
        writeln!(f)?;
        for (ending, count) in &self.endings {
            writeln!(f, "{:<13} {:>8}", ending.to_string(), grouped(*count))?;
        }
        let cost: Vec<_> = self.cost.iter().map(Money::to_string).collect();
        writeln!(f, "\ncost {}", if cost.is_empty() { "nothing".to_owned() } else { cost.join(" + ") })?;
        writeln!(f, "time to reach: half within {}, 95 % within {}\n", span(self.p50), span(self.p95))?;
        for (name, number, meaning) in self.facts() {
            writeln!(f, "{name:<13} {:>8}  {meaning}", grouped(number))?;
        }
        Ok(())
    }
}
