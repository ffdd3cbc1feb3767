//! The service of the example, spoken to over HTTP.

#[path = "../examples/serve/service.rs"]
mod service;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A service on a database in memory, with a worker.
struct Service {
    address: String,
}

impl Service {
    async fn start() -> Self {
        let runner = service::open("sqlite::memory:").await.expect("it opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback listens");
        let address = listener.local_addr().expect("it has an address").to_string();
        let worker = runner.clone();
        tokio::spawn(async move { worker.run(std::future::pending()).await });
        tokio::spawn(async move { axum::serve(listener, service::routes(runner)).await });
        Self { address }
    }

    /// One request; the status and the body of the answer.
    async fn ask(&self, request: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        let (address, length) = (&self.address, body.len());
        let text = format!(
            "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    #[track_caller]
    fn check(
        &self,
        request: &'static str,
        body: &'static str,
        expected: (u16, &'static str),
    ) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let (status, text) = self.ask(request, "", body).await;
            let (expected_status, expected_text) = expected;
            assert!(status == expected_status && text.contains(expected_text), "{at}: {status} {text}");
        }
    }

    /// The execution, once it says this.
    async fn shows(&self, id: &str, part: &str) -> String {
        let mut shown = String::new();
        for _ in 0..200 {
            shown = self.ask(&format!("GET /executions/{id}"), "", "").await.1;
            if shown.contains(part) {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("`{part}` does not come up in:\n{shown}");
    }
}

const FIRST: &str = r#"{
    "profile": { "id": "ana", "endpoints": [
        { "id": "pixel", "kind": "push", "address": "token" }, { "id": "home", "kind": "email", "address": "ana@example.com" } ] },
    "message": { "id": "m-1", "topic": "parcel", "purpose": "transactional",
        "content": { "variants": [{ "body": "Your parcel is at the door" }] } } }"#;

const SECOND: &str = r#"{
    "customer": "ana",
    "message": { "id": "m-2", "topic": "parcel", "purpose": "transactional", "cancel_on": ["picked_up"],
        "content": { "variants": [{ "body": "Your parcel is still at the door" }] } } }"#;

#[tokio::test]
async fn a_message_goes_its_way() {
    let service = Service::start().await;
    service.check("POST /messages", FIRST, (201, r#""submitted":"new""#)).await;
    service.check("POST /messages", FIRST, (200, r#""submitted":"same""#)).await;
    let shown = service.shows("m-1", "m-1/0.1.1/1: app to pixel").await;
    assert!(shown.starts_with("m-1 for ana: parcel, transactional, normal\n"), "{shown}");
    service.shows("m-1", "waits for a receipt until ").await;

    let receipt = r#"{"key": "m-1/0.1.1/1", "at": "2026-11-21T10:00:05Z", "what": {"reached": "delivered"}}"#;
    service.check("POST /receipts", receipt, (202, "new")).await;
    service.check("POST /receipts", receipt, (200, "repeated")).await;
    service.shows("m-1", "settled: reached at 2026-11-21T10:00:05Z").await;
    let (status, body) = service.ask("GET /executions/m-1", "Accept: application/json\r\n", "").await;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &body["state"], &body["outcome"]["ending"]), (200, &"settled".into(), &"reached".into()));

    service.check("POST /messages", SECOND, (201, "new")).await;
    service.shows("m-2", "waits for a receipt until ").await;
    let event = r#"{"customer": "ana", "event": {"name": "picked_up", "at": "2026-11-21T10:05:00Z"}}"#;
    service.check("POST /events", event, (202, r#"{"told":1}"#)).await;
    service.shows("m-2", "settled: superseded").await;
    service.check("GET /progress", "", (200, r#""settled":2"#)).await;
    service.check("GET /parked", "", (200, "[]")).await;
    service.check("GET /", "", (200, "curl http://127.0.0.1:")).await;
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let service = Service::start().await;
    service.check("POST /messages", FIRST, (201, "new")).await;
    let other = r#"{"customer": "ana", "message": {"id": "m-1", "topic": "other", "purpose": "service", "content": {"variants": [{"body": "Hello"}]}}}"#;
    service.check("POST /messages", other, (409, "message `m-1` was submitted before with other content")).await;
    let nobody = r#"{"customer": "eve", "message": {"id": "m-3", "topic": "other", "purpose": "service", "content": {"variants": [{"body": "Hello"}]}}}"#;
    service.check("POST /messages", nobody, (404, "no profile is known of customer `eve`")).await;
    let homeless = r#"{"message": {"id": "m-3", "topic": "other", "purpose": "service", "content": {"variants": [{"body": "Hello"}]}}}"#;
    service.check("POST /messages", homeless, (422, "expected `profile` or `customer`, and not both")).await;
    let odd_kind = r#"{"customer": "ana", "message": {"id": "m-3", "topic": "other", "purpose": "service", "channels": {"only": ["pigeon"]}, "content": {"variants": [{"body": "Hello"}]}}}"#;
    service.check("POST /messages", odd_kind, (422, "kinds that no channel serves: `pigeon`")).await;
    service.check("POST /messages", "", (400, "EOF while parsing")).await;
    service.check("POST /messages", r#"{"message": 7}"#, (400, "expected a message")).await;
    service.check("POST /messages", r#"{"massage": {}}"#, (400, "unknown field `massage`")).await;
    service.check("POST /receipts", r#"{"key": "m-1"}"#, (400, "expected a dispatch key such as `m-1/0.2.1/3`")).await;
    service
        .check(
            "POST /receipts",
            r#"{"key": "m-9/0.1.1/1", "at": "2026-11-21T10:00:05Z", "what": {"reached": "read"}}"#,
            (202, "unmatched"),
        )
        .await;
    service.check("POST /events", r#"{"customer": "ana"}"#, (400, "missing field `event`")).await;
    service.check("GET /executions/m-9", "", (404, "no message `m-9` was submitted")).await;
    service.check("GET /executions/%0A", "", (400, "message name")).await;
    service.check("POST /executions/m-1/release", "", (404, "no message `m-1` is parked")).await;
    service.check("GET /elsewhere", "", (404, "no such page")).await;
    service.check("GET /messages", "", (405, "")).await;
    // The value that is wrong is not repeated: it may be an address.
    let (_, body) = service.ask("POST /messages", "", r#"{"message": "ana@example.com"}"#).await;
    assert!(!body.contains("ana@"), "{body}");
}
