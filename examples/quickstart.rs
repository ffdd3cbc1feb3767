//! Twenty lines from nothing to an explained plan.

use waypost::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::from_toml("defaults.order = ['push', 'email', 'sms']")?;
    let channels = ChannelList::from_toml(
        "channels = [
            { id = 'app', kind = 'push', capabilities = ['text'] },
            { id = 'mail', kind = 'email', capabilities = ['text'] },
            { id = 'text', kind = 'sms', capabilities = ['text'] },
        ]",
    )?;
    let config = RouterConfig::builder().descriptors(channels.channels).policy(policy).build()?;

    let ana = CustomerProfile::builder("ana".parse()?)
        .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
        .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
        .preferences(Preferences::default().with_order([ChannelKind::SMS]))
        .build()?;
    let shipped = Message::builder("m-1".parse()?, "order_shipped".parse()?, Purpose::Transactional)
        .variant(Variant::text("Your order is on its way"))
        .build()?;

    print!("{}", Router::new(config, ana).plan(&shipped, &Facts::at("2026-11-21T10:00:00Z".parse()?)));
    Ok(())
}
