//! Routes one email, fits its words and hands it to a server:
//!
//! ```text
//! cargo run --example send -- HOST:PORT FROM TO [none|starttls|implicit]
//! ```
//!
//! A user and a password are taken from `SMTP_USER` and `SMTP_PASSWORD`. Without TLS, which is the default here, they go only
//! to a server on this machine. Prints the receipt.

use std::{env, error::Error, process::ExitCode, sync::Arc, time::SystemTime};

use waypost::{
    Address, AddressForm, Capability, Channel, ChannelDescriptor, ChannelKind, CustomerProfile, DispatchKey, Endpoint,
    Facts, Message, Purpose, ReceiptKind, Router, RouterConfig, Variant,
    driver::{Delivery, Transport},
};
use waypost_smtp::{Sender, SmtpTransport, Tls};

const USAGE: &str = "usage: send HOST:PORT FROM TO [none|starttls|implicit]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match send().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("send: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn send() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, from, to, tls @ ..] = arguments.as_slice() else { return Err(USAGE.into()) };
    let tls = match tls.first().map(String::as_str) {
        None | Some("none") => Tls::None,
        Some("starttls") => Tls::StartTls,
        Some("implicit") => Tls::Implicit,
        Some(_) => return Err(USAGE.into()),
    };
    let (host, port) = server.rsplit_once(':').ok_or(USAGE)?;

    let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL)
        .can(Capability::Text)
        .can(Capability::LongForm)
        .with_receipts([ReceiptKind::Accepted]);
    let mut builder =
        SmtpTransport::builder(mail, host, Sender::new(from)?.with_name("Waypost")).tls(tls).port(port.parse()?);
    if let (Ok(user), Ok(password)) = (env::var("SMTP_USER"), env::var("SMTP_PASSWORD")) {
        builder = builder.credentials(user, password);
    }
    let transport: Arc<dyn Transport> = Arc::new(builder.build()?);

    // One registration serves the router and the driver.
    let channel: Arc<dyn Channel> = transport.clone();
    let config = RouterConfig::builder().channel(channel).build()?;
    let home = Endpoint::new("home".parse()?, ChannelKind::EMAIL, to)?;
    let customer = CustomerProfile::builder("ana".parse()?).endpoint(home).build()?;
    let message = Message::builder("m-1".parse()?, "order_shipped".parse()?, Purpose::Transactional)
        .variant(Variant::long_form("Your order is on its way", "It left this morning.\n\nIt arrives tomorrow."))
        .build()?;
    #[expect(clippy::disallowed_methods, reason = "the crates read no clock, so whoever uses them does")]
    let facts = Facts::at(SystemTime::now().into());

    let router = Router::new(config, customer);
    let plan = router.plan(&message, &facts);
    print!("{plan}");
    let Some(dispatch) = plan.steps().first().map(|step| &step.dispatches()[0]) else {
        return Err("nothing to send".into());
    };
    let fitted = router.fitted(dispatch, &message, &facts)?;
    let delivery = Delivery {
        key: &"m-1/0.1.1/1".parse::<DispatchKey>()?,
        dispatch,
        message: &message,
        address: &Address::new(AddressForm::Email, to)?,
        fitted: &fitted,
        at: facts.now,
    };
    let receipt = transport.deliver(&delivery).await?;
    println!("{}", serde_json::to_string(&receipt)?);
    Ok(())
}
