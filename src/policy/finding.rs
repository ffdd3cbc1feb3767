//! Interim.
use crate::{channel::ChannelDescriptor, policy::Policy, time::ZoneLookup};
use std::fmt;
/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    message: String,
}
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
pub(crate) fn lint_router(_policy: &Policy, channels: &[ChannelDescriptor], _zones: &dyn ZoneLookup) -> Vec<Finding> {
    if channels.is_empty() { vec![Finding { message: "no channels".into() }] } else { Vec::new() }
}
