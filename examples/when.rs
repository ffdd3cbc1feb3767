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

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use lexopt::prelude::*;
use waypost::time::BundledZones;

#[path = "when/answer.rs"]
mod answer;
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
    let mut output = BufWriter::new(io::stdout().lock());
    let done = if files.is_empty() {
        answer_all("standard input", io::stdin().lock(), format, &mut output)
    } else {
        files.iter().try_fold(0, |bad_lines, path| {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| Failed::Reading(format!("{name}: {error}")))?;
            Ok(bad_lines + answer_all(&name, file, format, &mut output)?)
        })
    };
    match done.and_then(|bad_lines| output.flush().map(|()| bad_lines).map_err(Failed::Writing)) {
        Ok(bad_lines) => Ok(bad_lines),
        // Whoever reads has seen enough.
        Err(Failed::Writing(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        Err(Failed::Writing(error)) => Err(error.into()),
        Err(Failed::Reading(error)) => Err(error.into()),
    }
}

enum Failed {
    Reading(String),
    Writing(io::Error),
}

fn answer_all(name: &str, input: impl Read, format: Format, output: &mut impl Write) -> Result<u64, Failed> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut bad_lines = 0;
    for number in 1.. {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| Failed::Reading(format!("{name}: {error}")))?;
        if read == 0 {
            break;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let answered = std::str::from_utf8(text)
            .map_err(|error| format!("not UTF-8 after byte {}", error.valid_up_to()))
            .and_then(|text| answer(&BundledZones, text, format));
        match answered {
            Ok(answer) => writeln!(output, "{answer}").map_err(Failed::Writing)?,
            Err(cause) => {
                bad_lines += 1;
                eprintln!("{name}: line {number}, {cause}");
            }
        }
    }
    Ok(bad_lines)
}
