//! The specification of waypost, as tests.

mod time;
mod wire;
