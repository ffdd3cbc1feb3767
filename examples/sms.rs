//! Counts texts as SMS: JSON lines in, JSON lines out; or shows one text as it goes on the air.
//!
//! ```text
//! cargo run --release --example sms -- [FILE]...
//! cargo run --release --example sms -- --inspect TEXT [--price 0.0075EUR] [--tables turkish,spanish]
//! ```
//!
//! Reads standard input where no file is named. A line is `{"id", "text", "locking"?, "single"?, "reference_bits"?}`, its
//! tables by the identifiers of 3GPP TS 23.038, 0 for none, and is answered with
//! `{"id", "encoding", "units", "segments", "per_segment"}`; other keys are passed over. A text with a character that the
//! tables lack goes in UCS-2. A line that cannot be used is reported with its number and what was expected, and the others
//! are answered all the same; the exit status then is 1. Bad arguments and unreadable files exit with 2.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use lexopt::prelude::*;
use waypost::{Money, content::sms::Language};

#[path = "sms/answer.rs"]
mod answer;
mod lines;
#[path = "sms/picture.rs"]
mod picture;
#[path = "sms/question.rs"]
mod question;

use answer::answer;
use picture::{Look, picture};

const USAGE: &str = "\
usage: sms [FILE]...
       sms --inspect TEXT [--price PRICE] [--tables LANGUAGES] [--color WHEN]

  FILE                texts, one JSON document a line; standard input where none is named
  --inspect TEXT      how this text goes out, and what would make it cheaper
  --price PRICE       what one message costs, such as 0.0075EUR
  --tables LANGUAGES  whose shift tables the destination reads, such as turkish,spanish
  --color WHEN        auto (on a terminal, unless NO_COLOR is set), always or never";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sms: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many lines could not be used.
fn run() -> Result<u64, Box<dyn std::error::Error>> {
    let mut look = Look { is_colored: is_colored_by_itself(), ..Look::default() };
    let mut inspected: Option<String> = None;
    let mut files: Vec<PathBuf> = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("inspect") => inspected = Some(arguments.value()?.string()?),
            Long("price") => look.price = Some(price(&arguments.value()?.string()?)?),
            Long("tables") => look.tables = tables(&arguments.value()?.string()?)?,
            Long("color") => {
                look.is_colored = match &*arguments.value()?.string()? {
                    "auto" => is_colored_by_itself(),
                    "always" => true,
                    "never" => false,
                    other => return Err(format!("expected --color of auto, always or never, not `{other}`").into()),
                }
            }
            Long("help") | Short('h') => {
                println!("{USAGE}");
                return Ok(0);
            }
            Value(path) => files.push(path.into()),
            other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
        }
    }
    match inspected {
        None => lines::answer_files(&files, answer),
        Some(_) if !files.is_empty() => Err(format!("expected --inspect or files, not both\n{USAGE}").into()),
        Some(text) => match io::stdout().write_all(picture(&text, &look).as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(0),
        },
    }
}

fn is_colored_by_itself() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn price(text: &str) -> Result<Money, String> {
    let expected = || format!("expected a --price such as 0.0075EUR, not `{text}`");
    let letters = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(expected)?;
    let (amount, currency) = (text[..letters].trim_end(), &text[letters..]);
    let (units, decimals) = amount.split_once('.').unwrap_or((amount, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if units.is_empty() || decimals.len() > 6 || !is_number(units) || !is_number(decimals) {
        return Err(expected());
    }
    // An amount is counted in millionths.
    let micros = format!("{units}{decimals:0<6}").parse().map_err(|_| expected())?;
    Ok(Money::new(micros, currency.parse().map_err(|_| expected())?))
}

fn tables(text: &str) -> Result<Vec<Language>, String> {
    text.split(',').map(|code| code.trim().parse().map_err(|error| format!("`{code}` in --tables: {error}"))).collect()
}
