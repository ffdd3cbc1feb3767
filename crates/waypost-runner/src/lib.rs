//! Carries [`waypost`]'s plans out durably: executions live in SQLite or PostgreSQL, and any number of workers, in one process
//! or in many, carry them on.
//!
//! It is no queue and no scheduler for other work, and it decides nothing: what goes out, when and why is the plan's and the
//! gates' to say.
//!
//! ```
//! use std::sync::Arc;
//! use waypost::{*, driver::*, chrono::TimeDelta};
//! use waypost_runner::{Runner, RunnerConfig, Submission};
//!
//! /// A transport whose provider takes everything and delivers nothing.
//! #[derive(Debug)]
//! struct Silent(ChannelDescriptor);
//!
//! impl Channel for Silent {
//!     fn descriptor(&self) -> &ChannelDescriptor {
//!         &self.0
//!     }
//! }
//!
//! #[async_trait::async_trait]
//! impl Transport for Silent {
//!     async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
//!         Ok(delivery.accepted())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::from_toml("defaults = { order = ['push', 'sms'], give_up_after = '15m' }")?;
//! let app = Silent(ChannelDescriptor::new("app".parse()?, ChannelKind::PUSH).can(Capability::Text));
//! let text = Silent(ChannelDescriptor::new("text".parse()?, ChannelKind::SMS).can(Capability::Text));
//! let router = RouterConfig::builder().descriptors([app.0.clone(), text.0.clone()]).policy(policy).build()?;
//! let clock = Virtual::at("2026-11-21T10:00:00Z".parse()?); // `Tokio` outside of tests
//! let gateway = Gateway::builder(clock.clone()).transport(Arc::new(app)).transport(Arc::new(text)).build()?;
//!
//! let runner = Runner::open("sqlite::memory:", RunnerConfig::new(router, gateway)).await?;
//! let ana = CustomerProfile::builder("ana".parse()?)
//!     .endpoint(Endpoint::new("pixel".parse()?, ChannelKind::PUSH, "token")?)
//!     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
//!     .build()?;
//! runner.put_profile(&ana).await?;
//! let message = Message::builder("m-1".parse()?, "parcel".parse()?, Purpose::Transactional)
//!     .variant(Variant::text("Your parcel is at the door"))
//!     .build()?;
//! runner.submit(Submission::new("ana".parse()?, message)).await?;
//!
//! // Outside of tests: `runner.run(stop)`, in as many processes as there are.
//! let next = runner.run_until_idle().await?.expect("the push is given a quarter of an hour");
//! clock.advance_to(next);
//! runner.run_until_idle().await?;
//!
//! let status = runner.status(&"m-1".parse()?).await?.expect("it was submitted");
//! assert!(status.to_string().ends_with("\
//! m-1/0.1.1/1: app to pixel at 2026-11-21T10:00:00Z, accepted at 2026-11-21T10:00:00Z
//! m-1/0.2.1/1: text to mobile at 2026-11-21T10:15:00Z, accepted at 2026-11-21T10:15:00Z
//! waits for a receipt until 2026-11-21T10:30:00Z
//! "), "{status}");
//! # Ok(()) }
//! ```
//!
//! # Promises
//!
//! Each holds whatever process is killed when, so long as the database keeps what it committed (see [`Durability`]), and each
//! has its test.
//!
//! - **No execution is lost.** When [`submit`](Runner::submit) returns, the execution is kept; a worker that ends holding it is
//!   followed by another when its lease ends. What was submitted twice is there once.
//! - **A dispatch is repeated only under its own key, and only while its result is unknown.** Its intent, the execution as it is
//!   then and the room it takes under the caps are written in one transaction before the send, the answer in one after it.
//!   So a provider that knows keys again delivers once. An answer that cannot be written, since the database fails or the
//!   execution is parked, is kept as a receipt.
//! - **Caps hold across workers.** What is about to be sent counts from its intent on. A reservation stands only where nothing
//!   was reserved for the customer since the history was read; else the gates are asked again.
//! - **A no counts for all that is judged after it**, the executions beside the one it was said to included: as soon as a worker
//!   takes it in, and for as long as there is the database.
//! - **A poisoned execution is parked with its cause, and stops nobody**: what cannot be read, what panics, what has no profile,
//!   and what so many workers in a row ended with before they wrote anything of it. [`parked`](Runner::parked) lists it, [`release`](Runner::release) sets it free.
//! - **Receipts are kept before they are answered for**, each once, in any order, those of unknown messages too.
//! - **Pruning changes no decision.** [`prune`](Runner::prune) deletes what is over; what caps still count stays, and what was
//!   learned of customers.
//!
//! # What it asks
//!
//! - A provider that takes idempotency keys, for "once": without, a send of which nobody knows the result may arrive twice.
//! - Clocks that differ by less than the lease.
//! - For SQLite a local disk: its locks do not hold on network file systems.
//! - [`Runner::prune`] now and then: without it, what is over stays for ever.
//!
//! # How a worker works
//!
//! ```text
//!  claim a batch ─► what came in ─► poll ─► confirm ─► [intents, state, room under the caps] ─► sends, side by side
//!  (lease)          receipts,                          one transaction for all of them             │
//!      ▲            events, time                                                                   ▼
//!      └──────── given back, due at ... ◄── [answers, state, feedback] ◄── poll ◄────────────── answers, as they land
//! ```
//!
//! A commit asks the disk once, however many executions are in it: that is where the throughput is. What lands while one
//! commit is being made goes into the next. A worker that lost its lease finds another revision and writes nothing.
#![forbid(unsafe_code)]

mod config;
mod context;
mod error;
mod flight;
mod progress;
mod prune;
mod runner;
mod schema;
mod shared;
mod status;
mod store;
mod turn;
mod unheard;
mod worker;
mod writing;

pub use config::{Durability, RunnerConfig};
pub use error::{DatabaseError, RunnerError};
pub use progress::Progress;
pub use prune::Pruned;
pub use runner::{Parked, Received, Runner, Submission, Submitted};
pub use status::{State, Status};
