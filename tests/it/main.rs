//! The specification of waypost, as tests.

#![cfg(all(feature = "toml", feature = "json", feature = "chrono-tz"))]

mod autotraits;
mod behaviours;
mod check;
mod data;
mod explain;
mod floors;
mod fuzz;
mod lint;
mod privacy;
mod properties;
mod readme;
mod scenarios;
mod time;
mod wire;
