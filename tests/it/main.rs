//! The specification of waypost, as tests.

mod autotraits;
mod privacy;
mod time;
mod wire;
