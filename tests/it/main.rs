//! The specification of waypost, as tests.

mod behaviours;
mod check;
mod explain;
mod scenarios;
mod time;
