//! The specification of waypost, as tests.

mod autotraits;
mod fuzz;
mod privacy;
mod time;
mod wire;
