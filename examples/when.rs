//! Answers a file of questions, one JSON document a line: is it permitted now, when next, and until when.
//!
//! ```text
//! cargo run --release --example when -- [--explain] [FILE]...
//! ```
//!
//! Reads standard input where no file is named. A line is a layer of hours, or several in `all_of`, with `caps` and what
//! was `sent` before; or a rate with its `arrivals`. `tests/it/data/vectors` holds hundreds of them. The answer is one
//! JSON document a line, or with `--explain` the reason in words. A line that cannot be used is reported with its number
//! and what was expected and the others are answered all the same; the exit status then is 1. Bad arguments and
//! unreadable files exit with 2.

use std::{path::PathBuf, process::ExitCode};

use lexopt::prelude::*;
use waypost::time::BundledZones;

#[path = "when/answer.rs"]
mod answer;
mod lines;
#[path = "when/question.rs"]
mod question;

use answer::{Format, answer};

const USAGE: &str = "\
usage: when [--explain] [FILE]...

  --explain   the reason in words instead of a JSON document a line
  FILE        questions, one JSON document a line; standard input where none is named";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("when: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many lines could not be used.
fn run() -> Result<u64, Box<dyn std::error::Error>> {
    let mut format = Format::Json;
    let mut files: Vec<PathBuf> = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("explain") => format = Format::Words,
            Long("help") | Short('h') => {
                println!("{USAGE}");
                return Ok(0);
            }
            Value(path) => files.push(path.into()),
            other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
        }
    }
    lines::answer_files(&files, |line| answer(&BundledZones, line, format))
}
