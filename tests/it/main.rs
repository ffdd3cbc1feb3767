//! The specification of waypost, as tests.

mod laws;
mod mended;
mod oracle;
mod time;
mod world;
