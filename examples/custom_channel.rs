//! A kind of channel that the crate has never heard of: a pager.
//!
//! A kind is a name, so a profile and a policy speak of `pager` as they do of `sms`. What only a pager's owner knows
//! stands in one function: it beeps for pressing messages only, and its display shows digits.

use std::sync::Arc;

use waypost::*;

/// A pager network, reached through some gateway.
#[derive(Debug)]
struct Pager {
    descriptor: ChannelDescriptor,
}

const PAGER: ChannelKind = ChannelKind::literal("pager");

/// What a numeric display shows.
fn is_numeric(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'))
}

impl Channel for Pager {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }

    /// Asked for every endpoint and message; the code for a refusal stands in the plan.
    fn admit(&self, _endpoint: &Endpoint, message: &Message) -> Result<(), Code> {
        if message.urgency().level() < Urgency::High.level() {
            return Err(Code::literal("not_pressing"));
        }
        let pages = message.content().variants.iter().filter(|variant| variant.kinds.contains(&PAGER));
        if pages.clone().count() == 0 || !pages.map(|variant| variant.body.as_str()).all(is_numeric) {
            return Err(Code::literal("digits_only"));
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pager = Pager {
        descriptor: ChannelDescriptor::new("city-paging".parse()?, PAGER)
            .can(Capability::Text)
            .with_limit(20, Unit::CodePoints)
            .with_latency("40s".parse()?)
            .with_receipts([ReceiptKind::Accepted]),
    };
    let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL)
        .can(Capability::Text)
        .with_receipts([ReceiptKind::Accepted, ReceiptKind::Delivered]);
    let policy = Policy::from_toml(
        r#"
        name = "hospital"
        [defaults]
        order = ["email", "pager"]
        [[rules]]
        name = "page-the-doctor"
        when = { topic = "on_call" }
        then = { order = ["pager", "email"], settle_on = "accepted", give_up_after = "3m" }
        "#,
    )?;
    let config = RouterConfig::builder().channel(Arc::new(pager)).channel(Arc::new(mail)).policy(policy).build()?;

    let doctor = CustomerProfile::builder("dr-okafor".parse()?)
        .endpoint(Endpoint::new("beeper".parse()?, PAGER, "0172-55")?)
        .endpoint(Endpoint::new("ward".parse()?, ChannelKind::EMAIL, "okafor@hospital.example")?)
        .build()?;
    let router = Router::new(config, doctor);
    let facts = Facts::at("2026-11-21T03:12:00Z".parse()?);

    let call = Message::builder("call-81".parse()?, "on_call".parse()?, Purpose::Safety)
        .urgency(Urgency::Critical)
        .variant(Variant::text("911 4-207").on(PAGER))
        .variant(Variant::text("Cardiac arrest in room 207 of ward 4").on(ChannelKind::EMAIL))
        .build()?;
    println!("{}", router.explain(&call, &facts));

    let menu = Message::builder("menu-46".parse()?, "canteen".parse()?, Purpose::Internal)
        .variant(Variant::text("Lentil soup on Monday"))
        .build()?;
    let plan = router.explain(&menu, &facts);
    print!("{plan}");
    println!("{}", plan.trace().why(PAGER).unwrap_or_default());
    Ok(())
}
