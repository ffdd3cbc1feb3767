//! An outcome in words, for people.

use std::fmt;

use crate::execution::{Closed, Outcome, RefusedBy, Tried, Untried};

/// How it ended and what it cost, then a line for every try and for everything that was not tried.
///
/// ```
/// use waypost::Outcome;
///
/// let outcome: Outcome = serde_json::from_str(r#"{
///     "message": "m-1", "customer": "ana", "topic": "order_shipped", "purpose": "service",
///     "counts_toward_caps": true, "ending": "failed",
///     "tried": [{
///         "key": "m-1/0.1.1/1",
///         "dispatch": {
///             "channel": "sms-main", "kind": "sms", "endpoint": "mobile", "not_before": "2026-11-21T10:00:00Z",
///             "content": { "variant": 0, "form": "text" }
///         },
///         "attempt": {
///             "handed_out": "2026-11-21T10:00:00Z",
///             "failure": { "class": "hard_bounce", "at": "2026-11-21T10:00:09Z" }
///         }
///     }]
/// }"#)?;
/// assert_eq!(outcome.to_string(), "m-1 for ana: failed, at no cost\n  sms-main  failed, hard_bounce");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}: {}, at ", self.message, self.customer, self.ending)?;
        for (at, sum) in self.cost.iter().enumerate() {
            write!(f, "{}{sum}", if at == 0 { "" } else { " and " })?;
        }
        if self.cost.is_empty() {
            f.write_str("no cost")?;
        }
        let tried = || self.tried.iter().map(|tried| tried.dispatch.channel);
        let untried = || self.untried.iter().map(|untried| untried.dispatch.channel);
        let width = tried().chain(untried()).map(|channel| channel.as_str().len()).max().unwrap_or(0);
        for (channel, tried) in tried().zip(&self.tried) {
            write!(f, "\n  {:<width$}  ", channel.as_str())?;
            try_in_words(f, tried)?;
        }
        for (channel, Untried { why, .. }) in untried().zip(&self.untried) {
            write!(f, "\n  {:<width$}  {why}", channel.as_str())?;
        }
        Ok(())
    }
}

fn try_in_words(f: &mut fmt::Formatter<'_>, tried: &Tried) -> fmt::Result {
    let attempt = &tried.attempt;
    match (attempt.failure.filter(|_| attempt.is_failed()), attempt.stage(), attempt.refused) {
        (Some(failure), ..) => write!(f, "failed, {}", failure.class)?,
        (None, Some(stage), _) => write!(f, "{stage}")?,
        (None, None, None) => f.write_str("nothing was heard of it")?,
        (None, None, Some(_)) => f.write_str("was refused")?,
    }
    if let Some(refused) = attempt.refused {
        f.write_str(match refused.by {
            RefusedBy::OptOut => ", and the customer opted out",
            RefusedBy::Complaint => ", and the customer complained",
            RefusedBy::Suppressed => ", for the provider knows of a no",
        })?;
    }
    if tried.late {
        f.write_str(", too late")?;
    }
    if attempt.recalled.is_some() {
        f.write_str(", and was to be taken back")?;
    }
    Ok(())
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(class) => write!(f, "failed, {class}"),
            Self::Silent => f.write_str("nothing was heard of it"),
            Self::Skipped(reason) | Self::Stopped(reason) => write!(f, "might not go out: {reason}"),
            Self::Refused => f.write_str("was refused"),
            Self::Expired => f.write_str("came too late"),
            Self::NotNeeded => f.write_str("was not needed"),
        }
    }
}
