//! What is asked for.

use std::path::PathBuf;

use lexopt::prelude::*;

use super::dice::PerMillion;

const USAGE: &str = "\
usage: cascade [--seed N] [--loss PART] [--duplicate PART] [--reorder] [--customers N] [--json] [--html FILE] [--quiet]

  --seed N          what chance is drawn from (1)
  --loss PART       how many calls, answers and reports are lost on the way, from 0 to 1 (0.2)
  --duplicate PART  how many calls and reports come twice, from 0 to 1 (0.1)
  --reorder         reports overtake each other
  --customers N     how many are written to, from 1 to 1000000 (10000)
  --json            the figures as one JSON document
  --html FILE       a page with the figures, beside what is printed
  --quiet           no progress and no speed on standard error";

pub(crate) struct Arguments {
    pub(crate) seed: u64,
    pub(crate) loss: PerMillion,
    pub(crate) duplicate: PerMillion,
    pub(crate) is_reordered: bool,
    pub(crate) customers: usize,
    pub(crate) is_json: bool,
    pub(crate) html: Option<PathBuf>,
    pub(crate) is_quiet: bool,
}

impl Arguments {
    /// `None` where help was asked for and given.
    pub(crate) fn parse() -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let mut parsed = Self {
            seed: 1,
            loss: 200_000,
            duplicate: 100_000,
            is_reordered: false,
            customers: 10_000,
            is_json: false,
            html: None,
            is_quiet: false,
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("seed") => parsed.seed = number("--seed", &arguments.value()?.string()?, 0, u64::MAX)?,
                Long("loss") => parsed.loss = part("--loss", &arguments.value()?.string()?)?,
                Long("duplicate") => parsed.duplicate = part("--duplicate", &arguments.value()?.string()?)?,
                Long("reorder") => parsed.is_reordered = true,
                Long("customers") => {
                    let customers = number("--customers", &arguments.value()?.string()?, 1, 1_000_000)?;
                    parsed.customers = usize::try_from(customers)?;
                }
                Long("json") => parsed.is_json = true,
                Long("html") => parsed.html = Some(arguments.value()?.into()),
                Long("quiet") => parsed.is_quiet = true,
                Long("help") | Short('h') => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
            }
        }
        Ok(Some(parsed))
    }
}

fn number(name: &str, text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{name}: expected a whole number from {least} to {most}, not `{text}`"))
}

/// A part of one with at most six places, in whole millionths.
fn part(name: &str, text: &str) -> Result<PerMillion, String> {
    let wrong = || format!("{name}: expected a part from 0 to 1 such as `0.2`, not `{text}`");
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_plain(whole) || !is_plain(places) || places.len() > 6 {
        return Err(wrong());
    }
    let millionths: u64 = format!("{places:0<6}").parse().map_err(|_| wrong())?;
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    whole.checked_mul(1_000_000).map(|whole| whole + millionths).filter(|part| *part <= 1_000_000).ok_or_else(wrong)
}
