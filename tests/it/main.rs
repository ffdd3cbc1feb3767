//! The specification of waypost, as tests.

mod mended;
mod time;
