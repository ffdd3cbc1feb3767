//! Fits messages to channels and shows what each makes of them: in words, as the providers' JSON, or as a page.
//!
//! ```text
//! cargo run --release --example fit -- [--channels FILE] [--json] [--html FILE] [--color WHEN] [MESSAGE]...
//! ```
//!
//! A MESSAGE is a JSON document: `{"title"?, "country"?, "locales"?, "at"?, "message": {…}}`, or a message or a content
//! by itself. Without one, the shipped samples of `examples/data/fit` are shown. Limits are the shipped ones and those of
//! the channels. `--html FILE` writes one page that needs nothing else: no script, no font, no picture from elsewhere.
//! Bad arguments and unusable files exit with 2.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::prelude::*;
use waypost::{ChannelDescriptor, ChannelList, content};

#[path = "fit/page.rs"]
mod page;
#[path = "fit/sample.rs"]
mod sample;
#[path = "fit/screen.rs"]
mod screen;
#[path = "fit/table.rs"]
mod table;

use sample::Sample;

const USAGE: &str = "\
usage: fit [--channels FILE] [--json] [--html FILE] [--color WHEN] [MESSAGE]...

  --channels FILE  the channels, in TOML; a shop's eleven where none are named
  --json           what each provider is handed, a JSON document a line
  --html FILE      a page that shows every channel as its reader sees it
  --color WHEN     auto (on a terminal, unless NO_COLOR is set), always or never
  MESSAGE          messages in JSON; the shipped samples where none are named";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fit: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut channels = include_str!("data/fit/channels.toml").to_owned();
    let (mut is_json, mut html, mut is_colored) = (false, None::<PathBuf>, is_colored_by_itself());
    let mut samples: Vec<Sample> = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("channels") => channels = read(Path::new(&arguments.value()?))?,
            Long("json") => is_json = true,
            Long("html") => html = Some(arguments.value()?.into()),
            Long("color") => {
                is_colored = match arguments.value()?.string()?.as_str() {
                    "auto" => is_colored_by_itself(),
                    "always" => true,
                    "never" => false,
                    other => return Err(format!("expected --color auto, always or never, not `{other}`").into()),
                }
            }
            Long("help") | Short('h') => {
                println!("{USAGE}");
                return Ok(());
            }
            Value(path) => {
                let path = PathBuf::from(path);
                let sample = Sample::read(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
                samples.push(sample);
            }
            other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
        }
    }
    if samples.is_empty() {
        samples = Sample::shipped()?;
    }
    let channels = ChannelList::from_toml(&channels)?.channels;
    if let Some(path) = html {
        let page = page::page(&samples, &channels)?;
        return std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()).into());
    }
    let mut output = BufWriter::new(io::stdout().lock());
    let written = samples
        .iter()
        .try_for_each(|sample| show(sample, &channels, is_json, is_colored, &mut output))
        .and_then(|()| output.flush());
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn show(
    sample: &Sample,
    channels: &[ChannelDescriptor],
    is_json: bool,
    is_colored: bool,
    output: &mut impl Write,
) -> io::Result<()> {
    let preview = content::preview(sample.message.content(), channels, &sample.context());
    if !is_json {
        return table::write(&sample.title, &preview, is_colored, output);
    }
    for channel in &preview.channels {
        let mut line = serde_json::json!({ "message": sample.title, "channel": channel.channel });
        let (key, value) = match &channel.result {
            Ok(fitted) => ("payload", serde_json::to_value(fitted.payload())?),
            Err(unfit) => ("refused", serde_json::to_value(unfit.reason())?),
        };
        line[key] = value;
        writeln!(output, "{line}")?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn is_colored_by_itself() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
