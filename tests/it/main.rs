//! The specification of waypost, as tests.

#![cfg(all(feature = "toml", feature = "json", feature = "chrono-tz"))]

mod check;
mod data;
mod floors;
mod lint;
mod properties;
mod readme;
mod scenarios;
mod time;
