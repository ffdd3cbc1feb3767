//! What a real server gets, and what becomes of its answers.

mod peer;

use std::{
    fs,
    time::{Duration, Instant},
};

use futures::future::join_all;
use mail_parser::MessageParser;
use peer::{Peer, certificates};
use waypost::{
    Address, AddressForm, Capability, ChannelDescriptor, ChannelKind, CustomerProfile, DispatchKey, Endpoint, Facts,
    Happened, Message, Purpose, Receipt, ReceiptKind, Router, RouterConfig, TenantId, TopicId, Variant,
    driver::{Delivery, DeliveryError, Transport},
};
use waypost_smtp::{KEY_HEADER, Sender, SmtpBuilder, SmtpTransport, Timeouts, Tls, dispatch_key};

const NOW: &str = "2026-11-22T09:30:00Z";
const SUBJECT: &str = "Dein Käse ist unterwegs";
const BODY: &str = "Liebe Ana, dein Käse kommt morgen.\n\n.\n.. und noch einer.";

/// One message, laid out for a channel of a kind and handed to a transport under any key, to any address.
struct Sample {
    router: Router,
    message: Message,
    facts: Facts,
}

impl Sample {
    fn new(kind: ChannelKind, endpoint: &str, variant: Variant, brand: Option<TenantId>) -> Self {
        let channel = descriptor(kind);
        let config = RouterConfig::builder().descriptors([channel]).build().expect("a configuration");
        let endpoint = Endpoint::new("home".parse().expect("a name"), kind, endpoint).expect("an endpoint");
        let profile = CustomerProfile::builder("ana".parse().expect("a name")).endpoint(endpoint).build();
        let message =
            Message::builder("m-1".parse().expect("a name"), TopicId::literal("parcel"), Purpose::Transactional);
        let message = brand.into_iter().fold(message.variant(variant), |message, brand| message.brand(brand));
        Self {
            router: Router::new(config, profile.expect("a profile")),
            message: message.build().expect("a message"),
            facts: Facts::at(NOW.parse().expect("an instant")),
        }
    }

    fn email() -> Self {
        Self::new(ChannelKind::EMAIL, "ana@example.org", Variant::long_form(SUBJECT, BODY), None)
    }

    async fn deliver(&self, transport: &SmtpTransport, key: &str, to: &str) -> Result<Receipt, DeliveryError> {
        let plan = self.router.plan(&self.message, &self.facts);
        let dispatch = &plan.steps()[0].dispatches()[0];
        let fitted = self.router.fitted(dispatch, &self.message, &self.facts).expect("words that fit");
        let delivery = Delivery {
            key: &key.parse().expect("a key"),
            dispatch,
            message: &self.message,
            address: &Address::new(AddressForm::Opaque, to).expect("an address"),
            fitted: &fitted,
            at: self.facts.now,
        };
        transport.deliver(&delivery).await
    }
}

fn descriptor(kind: ChannelKind) -> ChannelDescriptor {
    ChannelDescriptor::new("out".parse().expect("a name"), kind).can(Capability::Text).can(Capability::LongForm)
}

fn shop() -> Sender {
    Sender::new("shop@example.com").expect("a sender")
}

fn to(port: u16) -> SmtpBuilder {
    let timeouts = {
        let mut timeouts = Timeouts::default();
        timeouts.message = Duration::from_secs(20);
        timeouts
    };
    SmtpTransport::builder(descriptor(ChannelKind::EMAIL), "127.0.0.1", shop())
        .tls(Tls::None)
        .port(port)
        .timeouts(timeouts)
}

fn build(builder: SmtpBuilder) -> SmtpTransport {
    builder.build().expect("a transport")
}

/// What came of it, in words.
fn words(outcome: &Result<Receipt, DeliveryError>) -> String {
    outcome.as_ref().map_or_else(ToString::to_string, |receipt| match receipt.what {
        Happened::Reached(kind) => kind.to_string(),
        _ => format!("{receipt:?}"),
    })
}

#[tokio::test]
async fn what_is_accepted_arrives_as_it_was_written() {
    let Some(peer) = Peer::start(&[]) else { return };
    let sender = shop().with_name("Käse & Co, \"the\" shop").with_reply_to("help@example.com").expect("an address");
    let cheese = TenantId::literal("cheese");
    let other = Sender::new("cheese@brand.example").expect("a sender");
    let transport = build(
        SmtpTransport::builder(descriptor(ChannelKind::EMAIL), "127.0.0.1", sender)
            .tls(Tls::None)
            .port(peer.port)
            .brand(cheese, other)
            .bounces_to("bounces@example.com")
            .bounces_by_key(),
    );
    let sample = Sample::email();
    let receipt = sample.deliver(&transport, "crm/m-1/0.1.1/1", "ana@example.org").await.expect("a receipt");
    assert_eq!(receipt.what, Happened::Reached(ReceiptKind::Accepted));
    assert_eq!(receipt.key.to_string(), "crm/m-1/0.1.1/1");
    assert_eq!(receipt.reference.map(|reference| reference.to_string()).as_deref(), Some("0000000001"));

    let branded = Sample::new(ChannelKind::EMAIL, "ana@example.org", Variant::long_form("Hi", "Hi."), Some(cheese));
    branded.deliver(&transport, "m-2/0.1.1/1", "ana@münchen.example").await.expect("a receipt");

    let taken = peer.wait_for(2);
    let [first, second] = taken.as_slice() else { panic!("{} messages", taken.len()) };
    let message = MessageParser::default().parse(&first.bytes).expect("a message");
    assert_eq!(message.subject(), Some(SUBJECT));
    let from = message.from().and_then(|from| from.first()).expect("an author");
    assert_eq!((from.name(), from.address()), (Some("Käse & Co, \"the\" shop"), Some("shop@example.com")));
    let address = |parsed: Option<&mail_parser::Address<'_>>| {
        parsed.and_then(|parsed| parsed.first()).and_then(|one| one.address()).unwrap_or_default().to_owned()
    };
    assert_eq!([address(message.to()), address(message.reply_to())], ["ana@example.org", "help@example.com"]);
    assert_eq!(message.date().map(mail_parser::DateTime::to_timestamp), Some(sample.facts.now.timestamp()));
    let text = message.body_text(0).expect("a text").replace("\r\n", "\n");
    assert!(text.contains(BODY), "{text}");
    let html = message.body_html(0).expect("a page");
    assert!(html.contains("Liebe Ana, dein Käse kommt morgen."), "{html}");

    // The key, from everywhere that it stands.
    let key: DispatchKey = "crm/m-1/0.1.1/1".parse().expect("a key");
    let header = message.header_raw(KEY_HEADER).expect("the key");
    let bounce = first.about["sender"].as_str().expect("a sender");
    for place in [message.message_id().expect("an id"), header, bounce] {
        assert_eq!(dispatch_key(place).as_ref(), Some(&key), "{place}");
    }
    assert_eq!(bounce, "bounces+crm=2Fm-1.0.1.1.1@example.com");
    assert_eq!(first.about["recipients"], serde_json::json!(["ana@example.org"]));
    assert_eq!(first.about["hello"], "example.com");

    let message = MessageParser::default().parse(&second.bytes).expect("a message");
    assert_eq!(address(message.from()), "cheese@brand.example");
    assert_eq!(message.message_id(), Some("m-2.0.1.1.1@brand.example"));
    assert_eq!(second.about["recipients"], serde_json::json!(["ana@xn--mnchen-3ya.example"]));
}

#[tokio::test]
async fn no_words_end_the_message_or_begin_a_header() {
    let Some(peer) = Peer::start(&[]) else { return };
    let nasty = "x\r\n.\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<everybody@example.net>\r\nDATA\r\nBcc: evil@example.net\n.\nY";
    let sender = shop().with_name("The shop\r\nBcc: evil@example.net\r\n\r\nHello <script>");
    let transport = build(
        SmtpTransport::builder(descriptor(ChannelKind::EMAIL), "127.0.0.1", sender).tls(Tls::None).port(peer.port),
    );
    let sample = Sample::new(ChannelKind::EMAIL, "ana@example.org", Variant::long_form(nasty, nasty), None);
    sample.deliver(&transport, "m-1/0.1.1/1", "ana@example.org").await.expect("a receipt");
    Sample::email().deliver(&transport, "m-2/0.1.1/1", "bob@example.org").await.expect("a receipt");
    let taken = peer.wait_for(2);
    assert_eq!(taken.len(), 2);
    assert_eq!(peer.sessions(), 1);
    let message = MessageParser::default().parse(&taken[0].bytes).expect("a message");
    let names: Vec<&str> = message.headers().iter().map(|header| header.name.as_str()).collect();
    let expected = ["Waypost-Key", "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"];
    assert_eq!(names, expected);
    assert_eq!(taken[0].about["recipients"], serde_json::json!(["ana@example.org"]));
    for line in taken[0].bytes.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 1000 && line.is_ascii());
    }
    let text = message.body_text(0).expect("a text");
    assert!(text.contains("MAIL FROM:<evil@example.net>"), "the words themselves are all there");
}

#[tokio::test]
async fn every_answer_has_its_word() {
    let Some(peer) = Peer::start(&[]) else { return };
    let mut timeouts = Timeouts::default();
    timeouts.message = Duration::from_millis(400);
    let transport = build(to(peer.port).connections(1).timeouts(timeouts));
    let sample = Sample::email();
    let rows = [
        ("ana@example.org", "accepted"),
        ("r550-5.1.1@example.org", "rejected for good: hard_bounce: no_mailbox"),
        ("r550@example.org", "rejected for good: hard_bounce: no_mailbox"),
        ("r550-5.1.2@example.org", "rejected for good: hard_bounce: no_domain"),
        ("r550-5.2.1@example.org", "rejected for good: hard_bounce: disabled"),
        ("r552-5.2.2@example.org", "rejected for good: unreachable: mailbox_full"),
        ("r550-5.7.1@example.org", "rejected for good: unfit: policy"),
        ("r450-4.7.1@example.org", "rejected for now: policy"),
        ("r451@example.org", "rejected for now: server"),
        ("r452@example.org", "rejected for now: storage"),
        ("r452-4.2.2@example.org", "rejected for now: mailbox_full"),
        ("r421-4.3.2@example.org", "rejected for now: closing"),
        ("d554-5.7.1@example.org", "rejected for good: unfit: policy"),
        ("d550@example.org", "rejected for good: unfit: policy"),
        ("d552-5.3.4@example.org", "rejected for good: unfit: too_big"),
        ("d452-4.3.1@example.org", "rejected for now: storage"),
        ("d550-5.1.1@example.org", "rejected for good: hard_bounce: no_mailbox"),
        ("hangup@example.org", "not connected"),
        ("drop@example.org", "no answer in time, it may have been sent"),
        ("hang@example.org", "no answer in time, it may have been sent"),
        ("\"ana\"@example.org", "rejected for good: unreachable: address_form"),
        ("ñandú@example.org", "rejected for good: unreachable: no_smtputf8"),
        ("bob@example.org", "accepted"),
    ];
    for (number, (address, expected)) in rows.into_iter().enumerate() {
        let key = format!("m-{number}/0.1.1/1");
        let outcome = sample.deliver(&transport, &key, address).await;
        assert_eq!(words(&outcome), expected, "{address}");
        // Whatever was said, the next message goes as if nothing had been.
        let next = sample.deliver(&transport, &format!("n-{number}/0.1.1/1"), "next@example.org").await;
        assert_eq!(words(&next), "accepted", "after {address}");
        let shown = format!("{outcome:?} {transport:?}");
        for secret in ["example", "ana", "said no", "shop"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    // Refusals keep the connection; 421, two lost and one silent made a new one each.
    assert_eq!(peer.sessions(), 5);
    // An SMS has no business here.
    let sms = Sample::new(ChannelKind::SMS, "+34600111222", Variant::text("Hi"), None);
    assert_eq!(
        words(&sms.deliver(&transport, "m/0.1.1/1", "ana@example.org").await),
        "the request is wrong: not_email"
    );
}

#[tokio::test]
async fn our_own_faults_are_told_apart() {
    let Some(peer) = Peer::start(&[]) else { return };
    let sample = Sample::email();
    for (sender, expected) in [
        ("r550-5.1.8@example.com", "the request is wrong: sender_refused"),
        ("r553@example.com", "the request is wrong: sender_refused"),
        ("r530-5.7.0@example.com", "the request is wrong: auth"),
        ("r451@example.com", "rejected for now: server"),
    ] {
        let sender = Sender::new(sender).expect("a sender");
        let builder = SmtpTransport::builder(descriptor(ChannelKind::EMAIL), "127.0.0.1", sender);
        let transport = build(builder.tls(Tls::None).port(peer.port));
        assert_eq!(words(&sample.deliver(&transport, "m/0.1.1/1", "ana@example.org").await), expected);
    }
    let downgraded = build(to(peer.port).tls(Tls::StartTls));
    let outcome = sample.deliver(&downgraded, "m/0.1.1/1", "ana@example.org").await;
    assert_eq!(words(&outcome), "the request is wrong: no_starttls");
    assert!(peer.taken().is_empty());
}

#[tokio::test]
async fn who_does_not_answer_is_not_connected() {
    let Some(late) = Peer::start(&["greet_after=30"]) else { return };
    let sample = Sample::email();
    let mut timeouts = Timeouts::default();
    timeouts.connect = Duration::from_millis(300);
    let transport = build(to(late.port).timeouts(timeouts));
    assert_eq!(sample.deliver(&transport, "m/0.1.1/1", "ana@example.org").await, Err(DeliveryError::NotConnected));

    // A port that was free a moment ago, and a name that no resolver knows (RFC 6761).
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let transport = build(to(free));
    assert_eq!(sample.deliver(&transport, "m/0.1.1/1", "ana@example.org").await, Err(DeliveryError::NotConnected));
    let builder = SmtpTransport::builder(descriptor(ChannelKind::EMAIL), "nowhere.invalid", shop());
    let transport = build(builder.tls(Tls::None));
    assert_eq!(sample.deliver(&transport, "m/0.1.1/1", "ana@example.org").await, Err(DeliveryError::NotConnected));

    for (greeting, expected) in [
        ("greeting=554 5.3.2 no mail here", "the request is wrong: server_refused"),
        ("greeting=421 4.7.0 too many connections", "rejected for now: closing"),
        ("greeting=hello", "not connected"),
    ] {
        let Some(peer) = Peer::start(&[greeting]) else { return };
        let outcome = sample.deliver(&build(to(peer.port)), "m/0.1.1/1", "ana@example.org").await;
        assert_eq!(words(&outcome), expected, "{greeting}");
    }
}

async fn deliver_all(transport: &SmtpTransport, messages: usize) -> Duration {
    let (sample, begun) = (Sample::email(), Instant::now());
    let one = async |number: usize| sample.deliver(transport, &format!("m-{number}/0.1.1/1"), "ana@example.org").await;
    for outcome in join_all((0..messages).map(one)).await {
        assert_eq!(words(&outcome), "accepted");
    }
    begun.elapsed()
}

async fn deliver_in_turn(transport: &SmtpTransport, messages: usize) -> Duration {
    let (sample, begun) = (Sample::email(), Instant::now());
    for number in 0..messages {
        let outcome = sample.deliver(transport, &format!("t-{number}/0.1.1/1"), "ana@example.org").await;
        assert_eq!(words(&outcome), "accepted");
    }
    begun.elapsed()
}

#[tokio::test]
async fn connections_are_kept_and_shared() {
    let Some(peer) = Peer::start(&[]) else { return };
    let transport = build(to(peer.port).connections(4));
    deliver_in_turn(&transport, 30).await;
    assert_eq!(peer.sessions(), 1);
    deliver_all(&transport, 100).await;
    assert!(peer.sessions() <= 6, "{} connections, of which 2 were worn out", peer.sessions());
    assert_eq!(peer.wait_for(130).len(), 130);
    transport.close().await;
    deliver_in_turn(&transport, 1).await;

    let Some(peer) = Peer::start(&[]) else { return };
    deliver_in_turn(&build(to(peer.port).messages_per_connection(5)), 15).await;
    assert_eq!(peer.sessions(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_takes_no_more_is_replaced() {
    let Some(peer) = Peer::start(&["per_session=4"]) else { return };
    deliver_in_turn(&build(to(peer.port)), 12).await;
    assert_eq!((peer.sessions(), peer.taken().len()), (3, 12));

    let Some(peer) = Peer::start(&["idle=0.5"]) else { return };
    let transport = build(to(peer.port));
    deliver_in_turn(&transport, 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    deliver_in_turn(&transport, 2).await;
    assert_eq!((peer.sessions(), peer.taken().len()), (2, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_faster_than_one_by_one() {
    const MESSAGES: usize = 200;
    // A server takes its time: this one 5 ms a message, as one that is not on this machine.
    let Some(peer) = Peer::start(&["think=0.005"]) else { return };
    let in_turn = deliver_in_turn(&build(to(peer.port).connections(1)), MESSAGES).await;
    let at_once = deliver_all(&build(to(peer.port).connections(16)), MESSAGES).await;
    assert_eq!(peer.wait_for(2 * MESSAGES).len(), 2 * MESSAGES);
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / MESSAGES as f64;
    let ratio = in_turn.as_secs_f64() / at_once.as_secs_f64();
    // Measured and not asserted: both depend on what else the machine does.
    println!(
        "{MESSAGES} messages: {:.2} ms each in turn, {:.2} ms at once, {ratio:.1} times as fast",
        each(in_turn),
        each(at_once)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_dropped_half_way_leaves_no_reply_behind() {
    let Some(peer) = Peer::start(&[]) else { return };
    let transport = build(to(peer.port).connections(2));
    let sample = Sample::email();
    let mut accepted = 0;
    for number in 0..120_u64 {
        let (key, to) = (format!("c-{number}/0.1.1/1"), format!("c-{number}@example.org"));
        let limit = Duration::from_micros(number * 137 % 6_000);
        accepted += usize::from(tokio::time::timeout(limit, sample.deliver(&transport, &key, &to)).await.is_ok());
    }
    let outcome = sample.deliver(&transport, "last/0.1.1/1", "last@example.org").await;
    assert_eq!(words(&outcome), "accepted");
    let taken = peer.wait_for(accepted + 1);
    assert!(taken.len() > accepted, "what was accepted is there");
    for taken in &taken {
        let message = MessageParser::default().parse(&taken.bytes).expect("a message");
        let key = dispatch_key(message.message_id().expect("an id")).expect("a key");
        assert_eq!(taken.about["recipients"], serde_json::json!([format!("{}@example.org", key.message())]));
    }
}

#[tokio::test]
async fn a_repetition_is_the_same_message() {
    let Some(peer) = Peer::start(&[]) else { return };
    let transport = build(to(peer.port));
    let sample = Sample::email();
    let lost = sample.deliver(&transport, "m-1/0.1.1/1", "drop@example.org").await;
    assert_eq!(lost, Err(DeliveryError::TimedOut));
    sample.deliver(&transport, "m-1/0.1.1/1", "drop@example.org").await.expect_err("it drops every one");
    sample.deliver(&transport, "m-1/0.1.1/2", "ana@example.org").await.expect("a receipt");
    let taken = peer.wait_for(3);
    assert_eq!(taken.len(), 3, "all had arrived");
    assert_eq!(taken[0].bytes, taken[1].bytes, "byte by byte");
    let id =
        |at: usize| MessageParser::default().parse(&taken[at].bytes).and_then(|m| m.message_id().map(str::to_owned));
    assert_ne!(id(1), id(2), "another try is another message");
}

#[tokio::test]
async fn addresses_of_other_letters_go_where_they_are_taken() {
    let Some(peer) = Peer::start(&["utf8=yes"]) else { return };
    let transport = build(to(peer.port));
    let outcome = Sample::email().deliver(&transport, "m-1/0.1.1/1", "ñandú@españa.example").await;
    assert_eq!(words(&outcome), "accepted");
    let taken = peer.wait_for(1);
    assert_eq!(taken[0].about["recipients"], serde_json::json!(["ñandú@xn--espaa-rta.example"]));
    let options = taken[0].about["options"].as_array().expect("options");
    assert!(options.contains(&"SMTPUTF8".into()) && options.contains(&"BODY=8BITMIME".into()), "{options:?}");
    let message = MessageParser::default().parse(&taken[0].bytes).expect("a message");
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    assert_eq!(to, Some("ñandú@xn--espaa-rta.example"));
}

#[tokio::test]
async fn nothing_goes_over_a_line_that_is_not_trusted() {
    let Some(made) = certificates() else { return };
    let (certificate, key) =
        (format!("certificate={}", made.certificate.display()), format!("key={}", made.key.display()));
    let root = fs::read(&made.authority).expect("the authority");
    let sample = Sample::email();
    for (tls, name) in [(Tls::StartTls, "tls=starttls"), (Tls::Implicit, "tls=implicit")] {
        let Some(peer) = Peer::start(&[name, &certificate, &key, "auth=yes"]) else { return };
        let trusting = || to(peer.port).tls(tls).root_certificate(root.clone());
        let known = build(trusting().credentials("shop", "secret"));
        for number in 0..3 {
            let outcome = sample.deliver(&known, &format!("m-{number}/0.1.1/1"), "ana@example.org").await;
            assert_eq!(words(&outcome), "accepted", "{name}");
        }
        let taken = peer.wait_for(3);
        assert_eq!(taken[0].about["tls"], true);
        assert_eq!(taken[0].about["user"], "shop");
        for (transport, expected) in [
            (trusting().credentials("shop", "wrong"), "the request is wrong: auth"),
            (trusting(), "the request is wrong: auth"),
            (to(peer.port).tls(tls).credentials("shop", "secret"), "not connected"),
        ] {
            let transport = build(transport);
            let outcome = sample.deliver(&transport, "m/0.1.1/1", "ana@example.org").await;
            assert_eq!(words(&outcome), expected, "{name}");
            assert!(!format!("{transport:?}").contains("secret"));
        }
        assert_eq!(peer.taken().len(), 3);
    }
}
