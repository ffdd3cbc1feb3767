//! The service: routes, what they answer, and the demo channels behind it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router as Routes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use waypost::{
    Capability, Channel, ChannelDescriptor, ChannelKind, CustomerId, CustomerProfile, Event, Message, MessageId,
    Policy, Receipt, RouterConfig,
    driver::{Delivery, DeliveryError, Gateway, Tokio, Transport},
};
use waypost_runner::{Received, Runner, RunnerConfig, RunnerError, Submission, Submitted};

/// Half a minute for each channel, so that one can watch it.
const POLICY: &str = r#"
name = "demo"

[defaults]
order = ["push", "email", "sms"]
give_up_after = "30s"
on_failure = { capped = "wait" }

[purposes.marketing.then]
caps = [{ name = "weekly", limit = 2, per = "1w" }]
"#;

/// Opens the database behind the demo channels.
pub(crate) async fn open(database: &str) -> Result<Runner, Box<dyn std::error::Error>> {
    let channels = [("app", ChannelKind::PUSH), ("mail", ChannelKind::EMAIL), ("text", ChannelKind::SMS)];
    let screens = channels.map(|(id, kind)| {
        Arc::new(Screen(ChannelDescriptor::new(id.parse().expect("a name"), kind).can(Capability::Text)))
    });
    let descriptors = screens.clone().map(|screen| screen.0.clone());
    let router = RouterConfig::builder().descriptors(descriptors).policy(Policy::from_toml(POLICY)?).build()?;
    let mut gateway = Gateway::builder(Tokio);
    for screen in screens {
        gateway = gateway.transport(screen);
    }
    Ok(Runner::open(database, RunnerConfig::new(router, gateway.build()?)).await?)
}

/// A channel that shows on the terminal what a phone would show.
#[derive(Debug)]
struct Screen(ChannelDescriptor);

impl Channel for Screen {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }
}

#[async_trait]
impl Transport for Screen {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        let Delivery { key, dispatch, fitted, .. } = delivery;
        println!("{:>5} {key} to {}: {}", dispatch.channel, dispatch.endpoint, fitted.text());
        Ok(delivery.accepted())
    }
}

/// The routes.
pub(crate) fn routes(runner: Runner) -> Routes {
    Routes::new()
        .route("/", get(help))
        .route("/messages", post(messages))
        .route("/receipts", post(receipts))
        .route("/events", post(events))
        .route("/executions/{id}", get(execution))
        .route("/executions/{id}/release", post(release))
        .route("/parked", get(parked))
        .route("/progress", get(progress))
        .fallback(async || Fault(StatusCode::NOT_FOUND, "no such page: GET / tells which there are".to_owned()))
        .with_state(runner)
}

/// What was wrong, in words.
struct Fault(StatusCode, String);

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        let mut response = (status, json!({ "error": error }).to_string()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<RunnerError> for Fault {
    fn from(error: RunnerError) -> Self {
        let status = match error {
            RunnerError::Conflict(_) => StatusCode::CONFLICT,
            RunnerError::UnknownCustomer(_) => StatusCode::NOT_FOUND,
            RunnerError::UnknownKinds(_) | RunnerError::OtherPlan { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            RunnerError::Full { .. } | RunnerError::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn answer(status: StatusCode, body: &impl serde::Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, JSON)], text + "\n").into_response(),
        Err(error) => Fault(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Reads a document; the error says what is wrong and where, without the values.
fn read<T: DeserializeOwned>(body: &str) -> Result<T, Fault> {
    serde_json::from_str(body).map_err(|error| Fault(StatusCode::BAD_REQUEST, error.to_string()))
}

fn message_id(text: &str) -> Result<MessageId, Fault> {
    text.parse().map_err(|error: waypost::InvalidName| Fault(StatusCode::BAD_REQUEST, error.to_string()))
}

/// A message, and to whom: a profile, which is kept, or the name of a customer whose profile was kept before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `message`, and `profile` or `customer`")]
struct Posted {
    message: Message,
    profile: Option<CustomerProfile>,
    customer: Option<CustomerId>,
}

async fn messages(State(runner): State<Runner>, body: String) -> Result<Response, Fault> {
    let Posted { message, profile, customer } = read(&body)?;
    let customer = match (profile, customer) {
        (Some(profile), None) => {
            runner.put_profile(&profile).await?;
            profile.id().clone()
        }
        (None, Some(customer)) => customer,
        _ => {
            let error = "expected `profile` or `customer`, and not both";
            return Err(Fault(StatusCode::UNPROCESSABLE_ENTITY, error.to_owned()));
        }
    };
    let id = message.id().clone();
    let (status, submitted) = match runner.submit(Submission::new(customer, message)).await? {
        Submitted::New => (StatusCode::CREATED, "new"),
        Submitted::Same => (StatusCode::OK, "same"),
    };
    Ok(answer(status, &json!({ "message": id, "submitted": submitted, "execution": format!("/executions/{id}") })))
}

async fn receipts(State(runner): State<Runner>, body: String) -> Result<Response, Fault> {
    let (status, received) = match runner.receive(&read(&body)?).await? {
        Received::New => (StatusCode::ACCEPTED, "new"),
        Received::Repeated => (StatusCode::OK, "repeated"),
        Received::Unmatched => (StatusCode::ACCEPTED, "unmatched"),
    };
    Ok(answer(status, &json!({ "received": received })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `customer` and `event`")]
struct PostedEvent {
    customer: CustomerId,
    event: Event,
}

async fn events(State(runner): State<Runner>, body: String) -> Result<Response, Fault> {
    let PostedEvent { customer, event } = read(&body)?;
    let told = runner.event(&customer, &event).await?;
    Ok(answer(StatusCode::ACCEPTED, &json!({ "told": told })))
}

async fn execution(
    State(runner): State<Runner>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let id = message_id(&id)?;
    let Some(status) = runner.status(&id).await? else {
        return Err(Fault(StatusCode::NOT_FOUND, format!("no message `{id}` was submitted")));
    };
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/json") {
        return Ok(answer(StatusCode::OK, &status));
    }
    Ok(status.to_string().into_response())
}

async fn release(State(runner): State<Runner>, Path(id): Path<String>) -> Result<Response, Fault> {
    let id = message_id(&id)?;
    match runner.release(&id).await? {
        true => Ok(answer(StatusCode::ACCEPTED, &json!({ "released": id }))),
        false => Err(Fault(StatusCode::NOT_FOUND, format!("no message `{id}` is parked"))),
    }
}

async fn parked(State(runner): State<Runner>) -> Result<Response, Fault> {
    let parked = runner.parked(100).await?;
    let parked: Vec<_> = parked.iter().map(|one| json!({ "message": one.message, "cause": one.cause })).collect();
    Ok(answer(StatusCode::OK, &parked))
}

async fn progress(State(runner): State<Runner>) -> Result<Response, Fault> {
    Ok(answer(StatusCode::OK, &runner.progress().await?))
}

async fn help(headers: HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8080");
    HELP.replace("HOST", host)
}

const HELP: &str = r#"waypost: messages that fall back, over restarts

Send one. Push goes out at once; after half a minute of silence email, then SMS. The channels are this service's terminal.

    curl http://HOST/messages -d '{
      "profile": { "id": "ana", "endpoints": [
        { "id": "pixel",  "kind": "push",  "address": "token" },
        { "id": "home",   "kind": "email", "address": "ana@example.com" },
        { "id": "mobile", "kind": "sms",   "address": "+34600111222" } ] },
      "message": { "id": "m-1", "topic": "parcel", "purpose": "transactional", "cancel_on": ["picked_up"],
        "content": { "variants": [{ "body": "Your parcel is at the door" }] } } }'

The next one names the customer: { "customer": "ana", "message": { "id": "m-2", ... } }. The same again changes nothing.

See where it is, and why; with -H 'Accept: application/json' as a document.

    curl http://HOST/executions/m-1

Say what the provider says. Delivered, and nothing more goes out. Twice is once.

    curl http://HOST/receipts -d '{
      "key": "m-1/0.1.1/1", "at": "2026-11-21T10:00:05Z", "what": { "reached": "delivered" } }'

Say what happened in the business. It ends the messages that named it in cancel_on.

    curl http://HOST/events -d '{
      "customer": "ana", "event": { "name": "picked_up", "at": "2026-11-21T10:05:00Z" } }'

How it gets on, what was set aside, and setting that free:

    curl http://HOST/progress
    curl http://HOST/parked
    curl -X POST http://HOST/executions/m-1/release

Kill this service whenever you like, and start it again: it goes on where it was.
"#;
