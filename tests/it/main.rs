//! The specification of waypost, as tests.

mod allocations;
mod time;
