//! The specification of waypost, as tests.

#[cfg(all(feature = "toml", feature = "json", feature = "chrono-tz"))]
mod data;
#[cfg(feature = "toml")]
mod lint;
mod time;
