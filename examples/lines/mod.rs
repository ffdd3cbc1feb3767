//! Answering files of questions, one document a line; what cannot be used is reported and the rest is answered.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::PathBuf,
};

/// Answers all lines of these files, or of standard input where there is none: how many could not be used.
pub(crate) fn answer_files(
    files: &[PathBuf],
    answer: impl Fn(&str) -> Result<String, String>,
) -> Result<u64, Box<dyn std::error::Error>> {
    let mut output = BufWriter::new(io::stdout().lock());
    let done = if files.is_empty() {
        answer_all("standard input", io::stdin().lock(), &answer, &mut output)
    } else {
        files.iter().try_fold(0, |bad_lines, path| {
            let name = path.display().to_string();
            let file = File::open(path).map_err(|error| Failed::Reading(format!("{name}: {error}")))?;
            Ok(bad_lines + answer_all(&name, file, &answer, &mut output)?)
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

fn answer_all(
    name: &str,
    input: impl Read,
    answer: impl Fn(&str) -> Result<String, String>,
    output: &mut impl Write,
) -> Result<u64, Failed> {
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
            .and_then(&answer);
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
