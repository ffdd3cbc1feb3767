//! The loop that carries a plan out, by hand: what to copy into a service of your own.
//!
//! A bank asks about a payment: by push, then by SMS through one provider or another, then by email. The phone is in a
//! tunnel, the first SMS provider is down, and the push arrives when nobody needs it any more. Nothing here waits or
//! sends: the clock is a variable and the providers are a table.

use waypost::{
    chrono::{DateTime, TimeDelta, Utc},
    policy::FailureClass,
    *,
};

const CHANNELS: &str = r#"
channels = [
    { id = "push", kind = "push", capabilities = ["text", "recall"] },
    { id = "sms-main", kind = "sms", capabilities = ["text"], price = { micros = 45000, currency = "EUR" } },
    { id = "sms-backup", kind = "sms", capabilities = ["text"], price = { micros = 52000, currency = "EUR" } },
    { id = "mail", kind = "email", capabilities = ["text"] },
]
"#;

const POLICY: &str = r#"
name = "bank"
[defaults]
order = ["push", "sms", "email"]
settle_on = "delivered"
give_up_after = "2m"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let channels = ChannelList::from_toml(CHANNELS)?.channels;
    let config = RouterConfig::builder().descriptors(channels).policy(Policy::from_toml(POLICY)?).build()?;
    let ana = CustomerProfile::builder("ana".parse()?)
        .endpoint(Endpoint::new("pixel".parse()?, ChannelKind::PUSH, "token")?)
        .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
        .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
        .build()?;
    let message = Message::builder("pay-1".parse()?, "payment".parse()?, Purpose::Transactional)
        .variant(Variant::text("Did you pay 940 EUR in Lagos just now?"))
        .build()?;
    let router = Router::new(config, ana);

    let mut now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse()?;
    // What is under way to us. A service gets it by the providers' callbacks.
    let mut inbox = Inbox::default();

    let plan = router.plan(&message, &Facts::at(now));
    println!("{plan}");
    let mut execution = Execution::new(plan, now);
    loop {
        // One input went in, so everything that follows from it comes out.
        let wakes_at = loop {
            match execution.poll() {
                Output::Dispatch(sent) => {
                    // A service keeps `execution.to_json()` here, before the send: after a crash, whatever is in flight
                    // gets `Happened::Unknown` and goes out again under the same key.
                    match router.confirm(&sent.dispatch, &message, &Facts::at(now)) {
                        Confirmation::Go => {
                            say(
                                now,
                                "->",
                                format!("{} to {}", sent.dispatch.channel, sent.dispatch.endpoint),
                                &sent.key,
                            );
                            let (answer, later) = provider(&sent);
                            for (after, what) in later {
                                inbox.put(Receipt::new(sent.key.clone(), now + after, what));
                            }
                            // The provider's answer to the call is a receipt like any other.
                            take(&mut execution, &Receipt::new(sent.key, now, answer), now);
                        }
                        // Consent is gone, a cap is full, the invoice is paid: the machine knows what follows.
                        other => execution.handle_confirmation(&sent.key, other, now),
                    }
                }
                // Only of channels that can. Nothing hangs on it.
                Output::Cancel(recall) => {
                    say(now, "->", format!("{} takes it back", recall.dispatch.channel), &recall.key);
                }
                Output::Settle(outcome) => {
                    say(now, "==", format!("{}, at {}", outcome.ending, costs(&outcome.cost)), &outcome.message);
                }
                Output::Wait { until, why } => {
                    if let Some(until) = until {
                        say(now, "..", format!("until {}, {}", until.format("%H:%M:%S"), waits_for(why)), "");
                    }
                    break until;
                }
                _ => unreachable!("this version knows four outputs"),
            }
        };
        // A service sleeps here; what comes first goes in.
        match (inbox.next(), wakes_at) {
            (Some(at), timer) if timer.is_none_or(|timer| at <= timer) => {
                now = at;
                let receipt = inbox.take().expect("it was just looked at");
                take(&mut execution, &receipt, now);
            }
            (_, Some(timer)) => {
                now = timer;
                say(now, "  ", "the time is up", "");
                execution.handle_timeout(now);
            }
            // Nothing is under way and nothing is waited for.
            _ => break,
        }
    }

    // What the sender stores, so that the next plan knows of it.
    let outcome = execution.outcome();
    let feedback = feedback::fold(&outcome);
    println!("\n{outcome}");
    println!("to store: {} sends that caps count", feedback.sent.len());
    for (kind, engagement) in &feedback.engagement {
        println!("  {kind}: {} delivered, {} read", engagement.delivered, engagement.engaged);
    }
    Ok(())
}

/// What a provider answers at once, and what it reports later.
fn provider(sent: &HandedOut) -> (Happened, Vec<(TimeDelta, Happened)>) {
    let accepted = Happened::Reached(ReceiptKind::Accepted);
    let delivered = |seconds| (TimeDelta::seconds(seconds), Happened::Reached(ReceiptKind::Delivered));
    match sent.dispatch.channel.as_str() {
        // The phone is out of reach for nine minutes.
        "push" => (accepted, vec![delivered(540)]),
        "sms-main" => (Happened::Failed { class: FailureClass::Outage, detail: None, retry_after: None }, vec![]),
        // It reports twice, as providers do.
        "sms-backup" => (accepted, vec![delivered(8), delivered(8)]),
        _ => (accepted, vec![delivered(30)]),
    }
}

/// Receipts that come in later.
#[derive(Default)]
struct Inbox(Vec<Receipt>);

impl Inbox {
    fn put(&mut self, receipt: Receipt) {
        self.0.push(receipt);
    }

    fn next(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(|receipt| receipt.at).min()
    }

    fn take(&mut self) -> Option<Receipt> {
        let first = (0..self.0.len()).min_by_key(|number| self.0[*number].at)?;
        Some(self.0.remove(first))
    }
}

fn take(execution: &mut Execution, receipt: &Receipt, now: DateTime<Utc>) {
    let absorbed = execution.handle_receipt(receipt, now);
    let said = match receipt.what {
        Happened::Reached(kind) => kind.to_string(),
        Happened::Failed { class, .. } => format!("failed, {class}"),
        Happened::Refused { by, .. } => format!("the customer said no, {by}"),
        _ => "no answer".to_owned(),
    };
    say(now, "<-", format!("{said} ({absorbed})"), &receipt.key);
}

fn waits_for(why: Why) -> &'static str {
    match why {
        Why::NotBefore => "for the time of the next step",
        Why::Gate(_) => "for a gate to open",
        Why::Retry => "to try again",
        Why::Repeat => "to send again under the same key",
        Why::Acceptance => "for the provider's answer",
        _ => "for the receipt that settles it",
    }
}

fn costs(cost: &[Money]) -> String {
    let each: Vec<_> = cost.iter().map(Money::to_string).collect();
    if each.is_empty() { "no cost".to_owned() } else { each.join(" + ") }
}

fn say(now: DateTime<Utc>, arrow: &str, what: impl std::fmt::Display, about: impl std::fmt::Display) {
    let line = format!("{}  {arrow} {what:<48} {about}", now.format("%H:%M:%S"));
    println!("{}", line.trim_end());
}
