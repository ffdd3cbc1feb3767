//! Email over the wire: what another parser reads back is what was meant, and nothing else.

use mail_parser::{Address as Parsed, MessageParser};
use proptest::prelude::*;
use waypost::{
    Address, AddressForm, Content, InvalidMessage, Message, Purpose, Variant,
    chrono::{DateTime, Utc},
    content::{
        InvalidUnsubscribe, ListUnsubscribe, RenderError, Substitution, Unsubscribe, Values,
        payload::{
            Email,
            email::{
                HeaderText,
                mime::{Envelope, InvalidEnvelope, Mailbox},
            },
        },
    },
};

fn mailbox(address: &str) -> Mailbox {
    let address = Address::new(AddressForm::Email, address).expect("an address");
    Mailbox::new(address).expect("an address for a header")
}

fn date() -> DateTime<Utc> {
    "2026-11-22T09:30:00Z".parse().expect("an instant")
}

fn envelope() -> Envelope {
    let to = vec![mailbox("ana@example.org").with_name("Ana Ñúñez")];
    let from = mailbox("shop@example.com").with_name("Käse & Co, \"the\" shop\r\nBcc: evil@example.net");
    Envelope::new(from, to, date(), "m-1.ana@example.com", "part-of-m-1")
        .expect("an envelope")
        .with_reply_to(mailbox("help@example.com"))
}

fn unsubscribe(url: &str) -> Result<ListUnsubscribe, InvalidUnsubscribe> {
    Unsubscribe::new(url).with_mailto("mailto:stop@example.com?subject=stop").render(&Substitution, Values::NONE)
}

/// Writes the email, checks the lines of the message and gives it back as another parser reads it.
#[track_caller]
fn check(email: &Email) {
    let bytes = email.to_mime(&envelope()).expect("a message");
    assert_eq!(bytes, email.to_mime(&envelope()).expect("a message"), "the same bytes");
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r\n").expect("lines end in CRLF");
        assert!(line.len() <= 998 && !line.contains(&b'\r') && !line.contains(&0), "{} octets", line.len());
    }
    let message = MessageParser::default().parse(&bytes).expect("a message that is read");
    assert_eq!(message.subject().unwrap_or_default(), email.subject.as_str());
    let clean = |text: &str| -> String {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String =
            text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
        text.trim_end_matches('\n').to_owned()
    };
    let part = |id: usize| match &message.parts[id].body {
        mail_parser::PartType::Text(text) | mail_parser::PartType::Html(text) => clean(text),
        _ => panic!("a text"),
    };
    assert_eq!((message.text_body.first(), message.html_body.first()), (Some(&1), Some(&2)), "text first, html last");
    assert_eq!(part(1), clean(&email.text));
    assert_eq!(part(2), clean(&email.html));

    // Nothing but what is meant: no header more, nobody else.
    let mut expected = vec!["From", "To", "Reply-To", "Subject", "Date", "Message-ID"];
    expected.extend(email.headers().map(|(name, _)| name));
    expected.extend(["MIME-Version", "Content-Type"]);
    let names: Vec<&str> = message.headers().iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, expected);
    let all = |parsed: Option<&Parsed<'_>>| -> Vec<(String, String)> {
        let parsed = parsed.into_iter().flat_map(|parsed| parsed.iter());
        parsed
            .map(|one| (one.name().unwrap_or_default().to_owned(), one.address().unwrap_or_default().to_owned()))
            .collect()
    };
    let pair = |name: &str, address: &str| vec![(name.to_owned(), address.to_owned())];
    assert_eq!(all(message.from()), pair("Käse & Co, \"the\" shop Bcc: evil@example.net", "shop@example.com"));
    assert_eq!(all(message.to()), pair("Ana Ñúñez", "ana@example.org"));
    assert_eq!(all(message.reply_to()), pair("", "help@example.com"));
    assert!(message.bcc().is_none() && message.cc().is_none());
    assert_eq!(message.date().map(mail_parser::DateTime::to_timestamp), Some(date().timestamp()));
    assert_eq!(message.message_id(), Some("m-1.ana@example.com"));
    for (name, value) in email.headers() {
        let raw = message.header_raw(name).unwrap_or_default();
        assert_eq!(raw.split_whitespace().collect::<Vec<_>>().join(" "), value);
    }
}

#[test]
fn what_is_written_is_read_back() {
    let long = "Schöne Grüße aus Überlingen, wo es heute schneit, ".repeat(40);
    let url = format!("See https://example.com/{} for more", "a/b?c=d&".repeat(640));
    let hard = [
        "",
        "Hi",
        "Your order is on its way",
        &long,
        "👨‍👩‍👧‍👦🏳️‍🌈 emoji with joiners ❤️",
        "שלום עולם, \u{202e}reversed\u{202c} مرحبا",
        "=?utf-8?Q?not_encoded?= already",
        "a\r\nBcc: evil@example.net\r\n\r\n<p>body</p>",
        "nul \0 bell \u{7} nel \u{85} ls \u{2028} del \u{7f}",
        "--part-of-m-2\r\nContent-Type: text/html\r\n\r\n",
        "\r\n.\r\nQUIT\r\n",
        "trailing space ",
        "tab\tin the middle",
        "lone \r return",
        &url,
        "From the beginning\n.dot\n\n\n",
    ];
    for words in hard {
        let html = format!("<p>{}</p>", words.replace(['<', '>'], ""));
        check(&Email::new(words, words, html.as_str()));
        let way = unsubscribe("https://example.com/u?a=1,2&b=%20").expect("an address");
        check(&Email::new(words, words, html).with_unsubscribe(way));
    }
}

#[test]
fn the_longest_address_to_unsubscribe_at_leaves_the_line_short() {
    let url = |length: usize| format!("https://example.com/{}", "u".repeat(length - 20));
    check(&Email::new("a", "b", "c").with_unsubscribe(unsubscribe(&url(900)).expect("an address")));
    assert_eq!(unsubscribe(&url(901)), Err(InvalidUnsubscribe::TooLong));
}

#[test]
fn an_envelope_holds_nothing_that_would_break_it() {
    let address = |text: &str| Mailbox::new(Address::new(AddressForm::Email, text).expect("an address")).map(|_| ());
    for good in ["a@b", "ana.o'neil+x@example.com", "a/b=c@xn--espaa-rta.example"] {
        assert_eq!(address(good), Ok(()), "{good}");
    }
    for bad in
        ["a>@b", "a,b@c", "a;b@c", "\"a\"@b", "a(b)@c", "ñ@ejemplo.es", "a@[127.0.0.1]", "a..b@c", ".a@b", "a@b."]
    {
        assert_eq!(address(bad), Err(InvalidEnvelope::Address), "{bad}");
    }
    let build = |message_id: &str, boundary: &str, date: &str| {
        let date = date.parse().expect("an instant");
        Envelope::new(mailbox("a@b"), vec![mailbox("c@d")], date, message_id, boundary).map(|_| ())
    };
    let now = "2026-11-22T09:30:00Z";
    assert_eq!(build("a@b", "x", now), Ok(()));
    for id in ["", "a", "a@b>\r\nBcc: x@y", "a b@c", "<a@b>", &format!("{}@b", "a".repeat(249))] {
        assert_eq!(build(id, "x", now), Err(InvalidEnvelope::MessageId), "{id}");
    }
    for boundary in ["", "a b", "a\r\nb", "a\"b", "a=b", &"x".repeat(71)] {
        assert_eq!(build("a@b", boundary, now), Err(InvalidEnvelope::Boundary), "{boundary}");
    }
    assert_eq!(build("a@b", "x", "+10000-01-01T00:00:00Z"), Err(InvalidEnvelope::Date));
    assert_eq!(Envelope::new(mailbox("a@b"), Vec::new(), date(), "a@b", "x"), Err(InvalidEnvelope::NoRecipient));
    let inside = Email::new("a", "one\n--part-of-m-1--\ntwo", "b");
    assert_eq!(inside.to_mime(&envelope()), Err(InvalidEnvelope::BoundaryInBody));
}

#[test]
fn an_address_of_other_letters_stands_as_it_is() {
    let international =
        |text: &str| Mailbox::international(Address::new(AddressForm::Email, text).expect("an address"));
    for bad in ["ñ>@b", "ñ,b@c", "\"ñ\"@b", "ñ..b@c", "a@b."] {
        assert_eq!(international(bad).map(|_| ()), Err(InvalidEnvelope::Address), "{bad}");
    }
    let to = vec![international("ñandú@ejemplo.example").expect("an address")];
    let envelope = Envelope::new(mailbox("a@b"), to, date(), "a@b", "x").expect("an envelope");
    let bytes = Email::new("a", "b", "c").to_mime(&envelope).expect("a message");
    let message = MessageParser::default().parse(&bytes).expect("a message that is read");
    let to = message.to().and_then(Parsed::first).and_then(|to| to.address());
    assert_eq!(to, Some("ñandú@ejemplo.example"));
}

#[test]
fn a_way_to_unsubscribe_is_checked_at_the_door() {
    let message = |unsubscribe: Option<Unsubscribe>| {
        let mut content = Content::new([Variant::long_form("Sale", "Half off, {name}")]);
        content.unsubscribe = unsubscribe;
        let builder =
            Message::builder("m-1".parse().expect("an id"), "sale".parse().expect("a topic"), Purpose::Marketing);
        builder.content(content).build().map(|message| message.content().clone())
    };
    assert!(message(None).is_ok());
    let whole = Unsubscribe::new("https://example.com/u?who={token}")
        .with_mailto("mailto:{list}@example.com")
        .with_label("Stop, {name}");
    let content = message(Some(whole)).expect("a message");
    let names = content.variables(&Substitution).expect("names");
    assert_eq!(names.iter().map(ToString::to_string).collect::<Vec<_>>(), ["name", "token", "list"]);
    let text = serde_json::to_string(&content).expect("JSON");
    assert!(text.ends_with(r#""unsubscribe":{"url":"https://example.com/u?who={token}","mailto":"mailto:{list}@example.com","label":"Stop, {name}"}}"#), "{text}");
    assert_eq!(serde_json::from_str::<Content>(&text).expect("content"), content);

    let faults = [
        (Unsubscribe::new("http://example.com"), "has a `url` that is not https"),
        (Unsubscribe::new("https://a.example").with_mailto("a@b"), "has a `mailto` that does not begin with `mailto:`"),
        (Unsubscribe::new("https://a.example").with_label(" "), "has an empty `label`"),
    ];
    for (unsubscribe, fault) in faults {
        assert_eq!(message(Some(unsubscribe)), Err(InvalidMessage::Unsubscribe(fault)));
    }
}

#[test]
fn variables_of_a_content_are_known_before_it_is_sent() {
    let content: Content = serde_json::from_str(
        r#"{"variants": [
            {"form": "blocks", "blocks": [
                {"heading": "{a}"}, {"list": ["{b}", "{a}"]}, {"action": {"label": "{c}", "short": "{d}", "url": "https://x/{e}"}},
                {"media": {"url": "https://x/{f}", "alt": "{g}"}, "fallback": {"text": "{h}", "short": "{i}"}}, {"code": "{j}"}]},
            {"form": "template", "template": {"name": "t", "parameters": ["{k}"]}},
            {"title": "{l}", "body": "{m|dear}", "link": "https://x/{n}"}]}"#,
    )
    .expect("content");
    let names = content.variables(&Substitution).expect("names");
    assert_eq!(names.iter().map(ToString::to_string).collect::<String>(), "abcdefghijklmn");
    let broken = Content::new([Variant::text("{a} {{b}}"), Variant::text("{c}")]);
    assert_eq!(broken.variables(&Substitution), Err(RenderError::Malformed));
}

#[test]
fn nothing_of_an_email_is_shown() {
    let secret = "secret-words";
    let unsubscribe = Unsubscribe::new(format!("https://a.example/{secret}")).with_mailto(format!("mailto:{secret}@b"));
    let rendered = unsubscribe.render(&Substitution, Values::NONE).expect("addresses");
    let email = Email::new(secret, secret, secret).with_unsubscribe(rendered.clone());
    let mailbox = mailbox(&format!("{secret}@b")).with_name(secret);
    let envelope = Envelope::new(mailbox.clone(), vec![mailbox.clone()], date(), &format!("{secret}@b"), secret);
    let shown = format!(
        "{unsubscribe:?} {rendered:?} {email:?} {mailbox:?} {envelope:?} {:?} {:?} {}",
        HeaderText::new(secret),
        email.to_mime(envelope.as_ref().expect("an envelope")),
        email.to_mime(envelope.as_ref().expect("an envelope")).expect_err("the boundary is in it"),
    );
    assert!(!shown.contains(secret), "{shown}");
}

proptest! {
    #[test]
    fn any_email_is_read_back(subject in any::<String>(), text in "(\\PC|[\r\n\t\\x00-\\x1f=.-]){0,400}", html in "(\\PC|[\r\n<>=&]){0,400}") {
        check(&Email::new(&subject, text, html));
    }

    #[test]
    fn no_header_text_holds_a_control_character(text in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f ]){0,60}") {
        let clean = HeaderText::new(&text);
        prop_assert!(!clean.as_str().chars().any(char::is_control));
        prop_assert_eq!(HeaderText::new(clean.as_str()), clean);
    }
}
