//! The words and the table by which an arbitration explains itself.

use std::fmt::{self, Write as _};

use crate::{
    plan::Plan,
    reason::{At, Reason},
};

use super::ruling::{Arbitration, Decision, Ruling};

/// A line for every message, then one for every digest and every message under way that is superseded.
pub(super) fn table(arbitration: &Arbitration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Arbitration { customer, policy, made_at, decisions, supersede, digests, .. } = arbitration;
    let messages = if decisions.len() == 1 { "message waits" } else { "messages wait" };
    write!(f, "{customer}: {} {messages}\n{}", decisions.len(), At(*made_at))?;
    if let Some(policy) = policy {
        write!(f, ", policy {policy}")?;
    }
    f.write_str("\n")?;
    let mut widths = [0; 3];
    let rows: Vec<_> = decisions.iter().map(row).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            write!(f, "{cell:width$}  ")?;
        }
        writeln!(f, "{}", row[3])?;
    }
    for digest in digests {
        write!(f, "digest `{}` of {}: ", digest.rule, digest.members.len())?;
        match digest.flush {
            Some(flush) => writeln!(f, "goes now ({flush})")?,
            None => writeln!(f, "due {}", At(digest.due))?,
        }
    }
    supersede.iter().try_for_each(|message| writeln!(f, "{message}, under way, is superseded"))
}

fn row(decision: &Decision) -> [String; 4] {
    let code = decision.ruling.code().to_owned();
    [decision.message.to_string(), decision.topic.to_string(), code, detail(&decision.ruling)]
}

/// A decision in a sentence.
pub(super) fn why(decision: &Decision) -> String {
    let does = match decision.ruling {
        Ruling::Go { .. } => "goes now, ",
        Ruling::Wait { .. } => "waits ",
        Ruling::Digest { .. } => "is collected ",
        Ruling::Superseded { .. } => "is superseded ",
        Ruling::Repeated { .. } => "does nothing: ",
        Ruling::Muted { .. } => "is muted ",
        Ruling::Dropped { .. } => "is not sent: ",
    };
    format!("`{}` {does}{}", decision.message, detail(&decision.ruling))
}

fn detail(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Go { plan } => format!("by {}", channels(plan)),
        Ruling::Wait { until, reason, .. } => format!("until {}: {}", At(*until), said_by(*reason)),
        Ruling::Digest { rule, due } => format!("in digest `{rule}`, due {}", At(*due)),
        Ruling::Superseded { by } => format!("by {by}"),
        Ruling::Repeated { of } => format!("{of} was handed over before"),
        Ruling::Muted { by, rule, until } => {
            let until = until.map(|until| format!(" until {}", At(until))).unwrap_or_default();
            format!("by {by} (inhibition `{rule}`){until}")
        }
        Ruling::Dropped { reason, .. } => reason.map_or_else(|| "nothing can be sent".to_owned(), said_by),
    }
}

fn said_by(reason: Reason) -> String {
    format!("{reason} ({})", reason.authority())
}

/// The channels that go first: those of the first step, then what runs beside the chain.
fn channels(plan: &Plan) -> String {
    let mut said = String::new();
    for (dispatch, at) in super::first_dispatches(plan).zip(0..) {
        let _ = write!(said, "{}{}", if at == 0 { "" } else { " + " }, dispatch.channel);
    }
    said
}
