//! Twenty lines from nothing to an explained plan.

use waypost::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::from_toml(
        r#"
        [defaults]
        order = ["push", "email", "sms"]
        [purposes.marketing.then]
        caps = [{ name = "promo", limit = 2, per = "1w" }]
        "#,
    )?;
    let text = |id: &str, kind| Ok::<_, InvalidName>(ChannelDescriptor::new(id.parse()?, kind).can(Capability::Text));
    let channels = [text("app", ChannelKind::PUSH)?, text("mail", ChannelKind::EMAIL)?, text("sms", ChannelKind::SMS)?];
    let config = RouterConfig::builder().descriptors(channels).policy(policy).build()?;

    let ana = CustomerProfile::builder("ana".parse()?)
        .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
        .endpoint(Endpoint::new("home".parse()?, ChannelKind::EMAIL, "ana@example.com")?)
        .preferences(Preferences::default().with_order([ChannelKind::SMS]))
        .build()?;
    let shipped = Message::builder("m-1".parse()?, "order_shipped".parse()?, Purpose::Transactional)
        .variant(Variant::text("Your order is on its way"))
        .build()?;

    let plan = Router::new(config, ana).plan(&shipped, &Facts::at("2026-11-21T10:00:00Z".parse()?));
    print!("{plan}");
    Ok(())
}
