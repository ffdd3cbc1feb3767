//! The guide: how to write a policy, how to read a plan.
//!
//! - [`policy`]: every field of a policy, with an example each
//! - [`plans`]: what a plan says and how to ask it why

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/policy.md")]
pub mod policy {}

#[cfg(feature = "toml")]
#[doc = include_str!("../docs/plans.md")]
pub mod plans {}
