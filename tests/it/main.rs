//! The specification of waypost, as tests.

mod autotraits;
// These read policies and requests as text.
#[cfg(all(feature = "chrono-tz", feature = "json", feature = "toml"))]
mod fuzz;
#[cfg(all(feature = "chrono-tz", feature = "json", feature = "toml"))]
mod privacy;
mod time;
#[cfg(all(feature = "chrono-tz", feature = "json", feature = "toml"))]
mod wire;
