#![doc = include_str!("../README.md")]

mod builder;
mod connection;
mod key;
mod pool;
mod reply;
mod sender;
mod session;
mod transport;
mod wire;

pub use builder::{InvalidTransport, SmtpBuilder, Tls};
pub use key::{KEY_HEADER, dispatch_key};
pub use sender::{InvalidSender, Sender};
pub use session::Timeouts;
pub use transport::SmtpTransport;
