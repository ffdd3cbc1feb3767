//! What becomes of the replies of servers that hardly speak the protocol, said by a server that says what it is told to.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use waypost::{
    Capability, ChannelDescriptor, ChannelKind, CustomerProfile, Endpoint, Facts, Message, Purpose, Router,
    RouterConfig, TopicId, Variant,
    driver::{Delivery, Transport},
};
use waypost_smtp::{Sender, SmtpTransport, Timeouts, Tls};

/// What a server says, in the order of a session: at first, then to EHLO, MAIL, RCPT, DATA, and to the message.
type Script = [&'static [u8]; 6];

const USUAL: Script = [b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n"];

/// The usual one with another word at a place.
fn says(at: usize, reply: &'static [u8]) -> Script {
    let mut script = USUAL;
    script[at] = reply;
    script
}

/// Plays a script once; it hangs up where it has nothing to say.
fn play(mut stream: &TcpStream, script: &Script) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    for (reply, step) in script.iter().zip(0..) {
        let mut line = Vec::new();
        // To the greeting nothing leads, to the end of a message many lines.
        while step > 0 && reader.read_until(b'\n', &mut line)? > 0 && step == 5 && line != b".\r\n" {
            line.clear();
        }
        if reply.is_empty() {
            return Ok(());
        }
        stream.write_all(reply)?;
    }
    // Until the other side hangs up.
    reader.read_until(0, &mut Vec::new()).map(|_| ())
}

/// Sends messages one after the other to a server that plays one script for each connection; returns what came of each.
async fn send(scripts: Vec<Script>, messages: usize) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    thread::spawn(move || {
        for script in scripts {
            let Ok((stream, _)) = listener.accept() else { return };
            // The other side may have gone away: that is its own to say.
            let _ = play(&stream, &script);
        }
    });
    let mail = ChannelDescriptor::new("mail".parse().expect("a name"), ChannelKind::EMAIL).can(Capability::Text);
    let config = RouterConfig::builder().descriptors([mail.clone()]).build().expect("a configuration");
    let home = Endpoint::new("home".parse().expect("a name"), ChannelKind::EMAIL, "ana@example.org");
    let ana = CustomerProfile::builder("ana".parse().expect("a name")).endpoint(home.expect("an address")).build();
    let message = Message::builder("m-1".parse().expect("a name"), TopicId::literal("parcel"), Purpose::Transactional)
        .variant(Variant::text("Your parcel is at the door"))
        .build()
        .expect("a message");
    let (router, facts) =
        (Router::new(config, ana.expect("a profile")), Facts::at("2026-11-22T09:30:00Z".parse().expect("an instant")));
    let plan = router.plan(&message, &facts);
    let dispatch = &plan.steps()[0].dispatches()[0];
    let fitted = router.fitted(dispatch, &message, &facts).expect("words that fit");
    let mut timeouts = Timeouts::default();
    (timeouts.connect, timeouts.command, timeouts.message) =
        (Duration::from_secs(2), Duration::from_secs(2), Duration::from_secs(2));
    let transport = SmtpTransport::builder(mail, "127.0.0.1", Sender::new("shop@example.com").expect("a sender"))
        .tls(Tls::None)
        .port(port)
        .timeouts(timeouts)
        .build()
        .expect("a transport");
    let mut outcomes = Vec::new();
    for number in 1..=messages {
        let key = format!("m-{number}/0.1.1/1").parse().expect("a key");
        let address = router.profile().endpoints()[0].address();
        let delivery = Delivery { key: &key, dispatch, message: &message, address, fitted: &fitted, at: facts.now };
        outcomes.push(match transport.deliver(&delivery).await {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        });
    }
    outcomes
}

async fn check(script: Script, expected: &str) {
    let came = send(vec![script], 1).await;
    assert_eq!(came, [expected], "{:?}", script.map(String::from_utf8_lossy));
}

const MAYBE: &str = "no answer in time, it may have been sent";
const GONE: &str = "rejected for good: hard_bounce: no_mailbox";

#[tokio::test]
async fn a_yes_is_a_yes_however_it_is_written() {
    check(USUAL, "accepted").await;
    for reply in [
        &b"250\r\n"[..],
        b"250 \r\n",
        b"250 accept\xe9\r\n",
        b"250 ok\n",
        b"250-a\r\n250-b\r\n250 c\r\n",
        b"250-\r\n250\r\n",
        [&b"250 "[..], &[b'x'; 9_000], b"\r\n"].concat().leak(),
    ] {
        check(says(5, reply), "accepted").await;
    }
    check(says(0, b"220\r\n"), "accepted").await;
    check(says(1, b"250-x\r\n250 8bitmime\r\n"), "accepted").await;
    check(says(3, b"251 will forward\r\n"), "accepted").await;
}

#[tokio::test]
async fn a_no_is_a_no_however_it_is_written() {
    for reply in
        [&b"550\r\n"[..], b"550 5.1.1 inconnu \xe9\r\n", b"550-5.1.1 no\r\n550 5.1.1 such\r\n", b"550 5.1.1 no\n"]
    {
        check(says(3, reply), GONE).await;
    }
    check(says(5, b"554\r\n"), "rejected for good: unfit: policy").await;
}

#[tokio::test]
async fn what_is_no_reply_says_nothing() {
    for reply in
        [&b""[..], b"250-a\r\n550 b\r\n", b"199 x\r\n", b"600 x\r\n", b"ok\r\n", b"\r\n", b"250-never ends\r\n"]
    {
        check(says(5, reply), MAYBE).await;
        check(says(3, reply), "not connected").await;
    }
    check(says(5, b"354 more\r\n"), MAYBE).await;
    check(says(4, b"250 hm\r\n"), "the request is wrong: protocol").await;
    check(says(0, b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not connected").await;
}

/// A reply too many would be taken for that to the next command, and a message for accepted that nobody has read.
#[tokio::test]
async fn who_speaks_unasked_is_not_listened_to() {
    check(says(4, b"354 go\r\n250 early\r\n"), "not connected").await;
    check(says(3, b"250 ok\r\n250 early\r\n"), "not connected").await;
    check(says(3, b"250 ok\r\n421 4.3.2 closing\r\n"), "rejected for now: closing").await;
    // What stands between two messages costs neither of them anything.
    for extra in [&b"250 ok\r\n250 again\r\n"[..], b"250 ok\r\n421 closing\r\n"] {
        assert_eq!(send(vec![says(5, extra), USUAL], 2).await, ["accepted", "accepted"]);
    }
}
