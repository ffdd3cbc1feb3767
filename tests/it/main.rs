//! The specification of waypost, as tests.

#![cfg(all(feature = "toml", feature = "json", feature = "chrono-tz"))]

mod behaviours;
mod check;
mod data;
mod explain;
mod floors;
mod lint;
mod properties;
mod readme;
mod scenarios;
mod time;
