//! The specification of waypost, as tests.
