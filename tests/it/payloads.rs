//! Payloads are the JSON that the providers document: their examples read into our types and are written back as they were.

use std::{fs, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use waypost::content::{Dialect, Field, LimitKind, Limits, Unit, payload::*};

/// Reads an example without its addressee, whom the transport adds, and writes it back.
fn check<P: DeserializeOwned + Serialize + std::fmt::Debug>(name: &str, example: &Value, addressee: &[&str]) {
    let mut example = example.clone();
    let holder =
        if example.get("message").is_some_and(|message| message.get("token").or(message.get("topic")).is_some()) {
            example.get_mut("message").and_then(Value::as_object_mut)
        } else {
            example.as_object_mut()
        };
    let holder = holder.expect("an object");
    for key in addressee {
        holder.remove(*key);
    }
    let read: P = serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(serde_json::to_value(&read).expect("JSON"), example, "{name}");
    let shown = format!("{read:?}");
    assert!(shown.ends_with(" bytes of JSON)"), "{name}: {shown} shows words");
}

#[test]
fn examples_of_the_providers_read_and_write() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/payloads");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the examples are here") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let example = fs::read_to_string(&path).expect("readable text");
        let example: Value = serde_json::from_str(&example).expect("JSON");
        let provider = name.split('_').next().unwrap_or_default();
        match provider {
            "apns" => check::<Apns>(&name, &example, &[]),
            "fcm" => check::<Fcm>(&name, &example, &["token", "topic"]),
            "web" => check::<WebPush>(&name, &example, &[]),
            "whatsapp" => check::<WhatsApp>(&name, &example, &["to"]),
            "rcs" => check::<Rcs>(&name, &example, &[]),
            "messenger" => check::<Messenger>(&name, &example, &["recipient"]),
            "instagram" => check::<Instagram>(&name, &example, &["recipient"]),
            "telegram" => check::<Telegram>(&name, &example, &["chat_id"]),
            "line" => check::<Line>(&name, &example, &["to"]),
            "viber" => check::<Viber>(&name, &example, &["receiver", "sender"]),
            "slack" => check::<Slack>(&name, &example, &["channel"]),
            "teams" => check::<Teams>(&name, &example, &[]),
            "in" => check::<InApp>(&name, &example, &[]),
            "chat" => check::<Chat>(&name, &example, &[]),
            _ => panic!("{name} is nobody's example"),
        }
        seen += 1;
    }
    assert_eq!(seen, 26);
}

#[test]
fn what_is_no_payload_is_refused_without_its_words() {
    fn refuses<P: DeserializeOwned + std::fmt::Debug>(document: &str) {
        let error = serde_json::from_str::<P>(document).expect_err("a refusal").to_string();
        assert!(!error.contains("ana@example.com"), "{error}");
    }
    refuses::<Apns>(r#"{"aps": {"alert": "ana@example.com"}}"#);
    refuses::<Apns>(r#"{"aps": {"badge": "ana@example.com"}}"#);
    refuses::<Fcm>(r#"{"message": {"notification": {"ana@example.com": 1}}}"#);
    refuses::<WhatsApp>(r#"{"messaging_product": "ana@example.com"}"#);
    refuses::<Telegram>(r#"{"text": 7, "to": "ana@example.com"}"#);
    refuses::<Slack>(r#"{"text": "", "blocks": [{"type": "ana@example.com"}]}"#);
    refuses::<Teams>(r#"{"type": "message", "attachments": [{"contentType": "ana@example.com"}]}"#);
    refuses::<Line>(r#"{"messages": [{"type": "text", "text": ["ana@example.com"]}]}"#);
}

#[test]
fn every_provider_has_its_limits() {
    let at = "2026-11-22T12:00:00Z".parse().expect("an instant");
    let hard = |dialect, field, unit| {
        let rows = Limits::shipped().of(dialect, at).filter(move |row| row.field == field && row.unit == unit);
        rows.filter(|row| row.kind == LimitKind::Hard).map(|row| row.max).collect::<Vec<_>>()
    };
    for (dialect, field, unit, max) in [
        (Dialect::Apns, Field::Payload, Unit::JsonBytes, 4_096),
        (Dialect::Fcm, Field::Payload, Unit::JsonBytes, 4_096),
        (Dialect::WebPush, Field::Payload, Unit::JsonBytes, 3_993),
        (Dialect::WhatsApp, Field::Body, Unit::Utf16Units, 4_096),
        (Dialect::WhatsApp, Field::Button, Unit::Items, 3),
        (Dialect::Rcs, Field::Body, Unit::Bytes, 3_072),
        (Dialect::Messenger, Field::Body, Unit::Utf16Units, 2_000),
        (Dialect::Instagram, Field::Body, Unit::Bytes, 1_000),
        (Dialect::Telegram, Field::Caption, Unit::Utf16Units, 1_024),
        (Dialect::Line, Field::Card, Unit::Clusters, 160),
        (Dialect::Viber, Field::Body, Unit::Utf16Units, 1_000),
        (Dialect::Slack, Field::Block, Unit::Items, 50),
        (Dialect::Teams, Field::Payload, Unit::Utf16Units, 40_960),
    ] {
        assert_eq!(hard(dialect, field, unit), [max], "{dialect} {field}");
    }
    let visible = |row: &&waypost::content::LimitRow| row.kind == LimitKind::Visible;
    for dialect in [Dialect::Apns, Dialect::Fcm, Dialect::WebPush] {
        let shown: Vec<_> =
            Limits::shipped().of(dialect, at).filter(visible).map(|row| (row.field, row.max)).take(2).collect();
        assert_eq!(shown, [(Field::Title, 40), (Field::Body, 120)], "{dialect}");
    }
}
