//! What holds of the types themselves: they cross threads, they are as small as promised, channels are objects.

use std::sync::Arc;

use waypost::{policy, time, *};

#[test]
fn everything_crosses_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Address>();
    check::<Arbitration>();
    check::<AttributeValue>();
    check::<Breakers>();
    check::<Candidate>();
    check::<CapCount>();
    check::<ChannelDescriptor>();
    check::<ChannelList>();
    check::<ConfigError>();
    check::<ConsentAnswer<'static>>();
    check::<ConsentEvent>();
    check::<ConsentQuery>();
    check::<ConsentRecord>();
    check::<Content>();
    check::<CustomerProfile>();
    check::<DecisionTrace>();
    check::<Dispatch>();
    check::<Endpoint>();
    check::<Facts>();
    check::<Flip>();
    check::<Handled>();
    check::<InvalidMessage>();
    check::<InvalidProfile>();
    check::<Message>();
    check::<MessageBuilder>();
    check::<ParseError>();
    check::<Pending>();
    check::<Plan>();
    check::<Policy>();
    check::<ProfileBuilder>();
    check::<Reason>();
    check::<Router>();
    check::<RouterConfig>();
    check::<RouterConfigBuilder>();
    check::<SentLog>();
    check::<Step>();
    check::<Suppression>();
    check::<SuppressionList>();
    check::<UnknownKinds>();
    check::<Verdict>();
    check::<Waiting>();
    check::<Jurisdictions>();
    check::<law::Row>();
    check::<policy::Finding>();
    check::<policy::Rule>();
    check::<time::Window>();
    check::<Arc<dyn Channel>>();
    check::<Arc<dyn History>>();
    check::<Arc<dyn time::ZoneLookup>>();
}

#[cfg(feature = "driver")]
#[test]
fn the_driver_crosses_threads_and_so_does_what_it_does() {
    use waypost::driver::*;

    fn check<T: Send + Sync + 'static>() {}
    check::<Driver>();
    check::<DriverBuilder>();
    check::<Gateway>();
    check::<GatewayBuilder>();
    check::<Known>();
    check::<CallLimits>();
    check::<MemoryLedger>();
    check::<Revision>();
    check::<Virtual>();
    check::<Arc<dyn Customers>>();
    check::<Arc<dyn Journal>>();
    check::<Arc<dyn Ledger>>();
    check::<Arc<dyn Observer>>();
    check::<Arc<dyn Runtime>>();
    check::<Arc<dyn Transport>>();

    fn goes<T: Send>(future: T) -> T {
        future
    }
    // Never called: that it compiles is the test.
    let _ = |driver: &Driver, delivery: &Delivery<'_>, message: &Message, mut execution: Execution| {
        drop(goes(driver.run(message, &mut execution)));
        drop(goes(driver.gateway().deliver(delivery)));
        drop(goes(driver.gateway().enter(delivery.dispatch.channel)));
        drop(goes(driver.running()));
    };
    let _ = |driver: &Driver, receipt: &Receipt, customer: &CustomerId, event: &Event| {
        drop(goes(driver.receive(receipt)));
        drop(goes(driver.event(customer, event)));
    };
}

#[test]
fn errors_are_errors_that_can_be_boxed() {
    fn check<T: std::error::Error + Send + Sync + 'static>() {}
    check::<ConfigError>();
    check::<InvalidAddress>();
    check::<InvalidCountry>();
    check::<InvalidCurrency>();
    check::<InvalidJurisdiction>();
    check::<InvalidJurisdictionEvidence>();
    check::<InvalidLocale>();
    check::<InvalidMessage>();
    check::<InvalidName>();
    check::<InvalidProfile>();
    check::<InvalidZoneEvidence>();
    check::<ParseError>();
    check::<UnknownCode>();
    check::<UnknownKinds>();
    check::<law::InvalidClosing>();
    check::<law::InvalidLaw>();
    check::<law::InvalidLiftedBy>();
    check::<law::InvalidRow>();
    #[cfg(feature = "driver")]
    {
        check::<driver::DeliveryError>();
        check::<driver::DuplicateTransport>();
        check::<driver::ReserveError>();
        check::<driver::RunError>();
        check::<driver::Unavailable>();
    }
}

#[test]
fn a_channel_is_an_object() {
    let channel: Arc<dyn Channel> = Arc::new(ChannelDescriptor::new(ChannelId::literal("mail"), ChannelKind::EMAIL));
    assert_eq!(channel.descriptor().kind, ChannelKind::EMAIL);
}

/// Sizes on 64-bit machines. A larger one is a decision, not an accident.
#[cfg(target_pointer_width = "64")]
#[test]
fn sizes() {
    const WORD: usize = size_of::<usize>();
    assert_eq!(size_of::<Router>(), 2 * WORD, "a router is made for every customer");
    assert_eq!(
        size_of::<Reason>(),
        64,
        "a pause: who made it (33 bytes, with a code of a newer version), since when and until when; in whole words"
    );
    assert_eq!(size_of::<Verdict>(), 80, "a reason and an instant");
    assert_eq!(size_of::<Dispatch>(), 208, "a name of each of three, two instants and when it opens");
    assert_eq!(
        size_of::<Step>(),
        304,
        "one dispatch without an allocation, and its terms; an event that ends it is 33 bytes"
    );
    assert_eq!(
        size_of::<Candidate>(),
        296,
        "295 bytes in use: three names (105), a verdict (80), ten rank fields with the declared place (48), a choice \
         (36), a seat (12), a detail (8), a place (6); a seat without its option would save 4 and no word"
    );
}
