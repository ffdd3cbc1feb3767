//! The specification of waypost, as tests.

#[cfg(feature = "toml")]
mod check;
#[cfg(feature = "toml")]
mod lint;
mod time;
