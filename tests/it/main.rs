//! The specification of waypost, as tests.

#[cfg(all(feature = "toml", feature = "chrono-tz"))]
mod behaviours;
#[cfg(all(feature = "toml", feature = "chrono-tz"))]
mod check;
#[cfg(all(feature = "toml", feature = "chrono-tz"))]
mod explain;
#[cfg(feature = "toml")]
mod lint;
#[cfg(all(feature = "toml", feature = "chrono-tz"))]
mod scenarios;
mod time;
