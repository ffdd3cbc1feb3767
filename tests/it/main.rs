//! The specification of waypost, as tests.

mod behaviours;
mod check;
mod explain;
mod lint;
mod scenarios;
mod time;
