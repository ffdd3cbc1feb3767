//! The specification of waypost, as tests.

// Nearly all of it reads policies and requests as text, in zones with names.
#![cfg(all(feature = "toml", feature = "json", feature = "chrono-tz"))]

mod allocations;
mod arbitrate;
mod autotraits;
mod behaviours;
mod caps;
mod check;
mod clock;
mod consent;
mod data;
#[cfg(feature = "driver")]
mod driver;
#[cfg(feature = "mime")]
mod email;
mod endings;
mod execution;
mod explain;
mod feedback;
mod fit;
mod floors;
mod fuzz;
mod law;
mod laws;
mod lint;
mod losses;
mod mended;
mod oracle;
mod payloads;
mod play;
mod preview;
mod privacy;
mod properties;
mod readme;
mod resolution;
mod scenarios;
mod sms;
mod time;
mod when;
mod wire;
mod words;
mod world;
mod zones;
