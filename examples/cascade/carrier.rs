//! The providers: each takes a message once under its key, is down at times, and reports what became of it.

use std::collections::BTreeMap;

use waypost::{ChannelKind, DispatchKey, Happened, ReceiptKind, policy::FailureClass};

use super::{
    crowd::Customer,
    dice::{Dice, PerMillion},
};

/// How one provider does. Times are in milliseconds.
pub(crate) struct Carrier {
    pub(crate) channel: &'static str,
    /// The least and the most that it takes to arrive.
    latency: (i64, i64),
    /// When it is down, after the beginning.
    outage: (i64, i64),
    /// How often it fails for a moment.
    hiccup: PerMillion,
    /// How many are read, and how long that takes at least and at most.
    read: (PerMillion, i64, i64),
    taken: BTreeMap<DispatchKey, Happened>,
}

/// What a provider did with a call.
pub(crate) struct Answer {
    pub(crate) what: Happened,
    /// What it reports later, in the order in which it happens; on the customer's side the delivery is an arrival.
    pub(crate) reports: Vec<(i64, Happened)>,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

impl Carrier {
    /// The five of `examples/data/cascade/channels.toml`.
    pub(crate) fn all() -> Vec<Self> {
        let carrier = |channel, latency, outage, hiccup, read| Self {
            channel,
            latency,
            outage,
            hiccup,
            read,
            taken: BTreeMap::new(),
        };
        vec![
            carrier("push", (300, 4 * SECOND), (0, 0), 5_000, (550_000, 5 * SECOND, 10 * MINUTE)),
            carrier("sms-main", (2 * SECOND, 20 * SECOND), (6 * MINUTE, 14 * MINUTE), 20_000, (0, 0, 0)),
            carrier("sms-backup", (4 * SECOND, 30 * SECOND), (0, 0), 30_000, (0, 0, 0)),
            carrier(
                "mail",
                (5 * SECOND, 90 * SECOND),
                (20 * MINUTE, 23 * MINUTE),
                10_000,
                (350_000, MINUTE, 60 * MINUTE),
            ),
            carrier("call", (8 * SECOND, 40 * SECOND), (0, 0), 40_000, (700_000, SECOND, 3 * SECOND)),
        ]
    }

    /// Takes a call at an instant. What it took before under this key it does not take again: it says what it said.
    pub(crate) fn take(
        &mut self,
        key: &DispatchKey,
        kind: ChannelKind,
        customer: &Customer,
        waited: i64,
        at: i64,
        dice: &mut Dice,
    ) -> Answer {
        if let Some(said) = self.taken.get(key) {
            return Answer { what: *said, reports: Vec::new() };
        }
        let failed = |class| Happened::Failed { class, detail: None, retry_after: None };
        let (from, to) = self.outage;
        if (from..to).contains(&at) {
            return Answer { what: failed(FailureClass::Outage), reports: Vec::new() };
        }
        if dice.chance(self.hiccup) {
            // A failure is an answer too: under this key it stays one, and another try has another key.
            let what = failed(FailureClass::Transient);
            self.taken.insert(key.clone(), what);
            return Answer { what, reports: Vec::new() };
        }
        let arrives = dice.between(self.latency.0, self.latency.1);
        let mut reports = Vec::new();
        let mut what = Happened::Reached(ReceiptKind::Accepted);
        if customer.gone.contains(&kind) {
            match kind {
                // A token that is not valid any more is known at once; an address, only when it bounces.
                ChannelKind::PUSH => what = failed(FailureClass::Unreachable),
                _ => reports.push((arrives, failed(FailureClass::HardBounce))),
            }
        } else {
            // A phone out of reach has push and text wait, and does not ring.
            let away = if kind == ChannelKind::EMAIL { 0 } else { (customer.away_for - waited).max(0) };
            if away > 0 && kind == ChannelKind::VOICE {
                reports.push((arrives, failed(FailureClass::Unreachable)));
            } else {
                reports.push((arrives.max(away), Happened::Reached(ReceiptKind::Delivered)));
                let (share, least, most) = self.read;
                if dice.chance(share) {
                    let after = dice.between(least, most);
                    reports.push((arrives.max(away) + after, Happened::Reached(ReceiptKind::Read)));
                }
            }
        }
        self.taken.insert(key.clone(), what);
        Answer { what, reports }
    }
}
