//! Routes a file of requests, one JSON document a line, and says why.
//!
//! ```text
//! cargo run --release --example route -- --policy FILE --channels FILE [--format plan|explain|json] [FILE]
//! ```
//!
//! Reads standard input where no file is named. A line that cannot be used is reported with its number and cause and
//! the others are routed all the same; the exit status then is 1. Bad arguments and unreadable files exit with 2.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;
use waypost::{Change, ChannelKind, ChannelList, Flip, Plan, Policy, Request, Router, RouterConfig, policy::Severity};

const USAGE: &str = "\
usage: route --policy FILE --channels FILE [--format plan|explain|json] [FILE]

  --policy FILE     the policy, TOML or (by its ending) JSON
  --channels FILE   the channels, TOML or (by its ending) JSON
  --format FORMAT   plan: a line a plan (the default); explain: a table; json: a document a line
  FILE              requests, one JSON document a line; standard input where left out";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("route: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<u64, Box<dyn std::error::Error>> {
    let Some(arguments) = Arguments::parse()? else { return Ok(0) };
    let config = arguments.config()?;
    let (input, bytes): (Box<dyn Read>, Option<u64>) = match &arguments.requests {
        Some(path) => {
            let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let bytes = file.metadata().ok().map(|metadata| metadata.len());
            (Box::new(file), bytes)
        }
        None => (Box::new(io::stdin().lock()), None),
    };
    let progress = progress(bytes);
    let mut input = BufReader::new(input);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut summary = Summary::default();

    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| format!("{}: {error}", arguments.source()))?;
        if read == 0 {
            break;
        }
        progress.inc(line.len() as u64);
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line);
        if text.trim_ascii().is_empty() {
            continue;
        }
        let written = match decide(&config, text, arguments.format, &mut summary) {
            Ok(plan) => show(&plan, arguments.format, &mut output),
            Err(cause) => {
                summary.bad_lines += 1;
                progress.suspend(|| eprintln!("{}: line {number}, {cause}", arguments.source()));
                Ok(())
            }
        };
        match written {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(summary.bad_lines),
            written => written?,
        }
    }
    match output.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        flushed => flushed?,
    }
    progress.finish_and_clear();
    eprint!("{}", summary.text());
    Ok(summary.bad_lines)
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Plan,
    Explain,
    Json,
}

struct Arguments {
    policy: PathBuf,
    channels: PathBuf,
    format: Format,
    requests: Option<PathBuf>,
}

impl Arguments {
    fn parse() -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let (mut policy, mut channels, mut format, mut requests) = (None, None, Format::Plan, None);
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("policy") => policy = Some(arguments.value()?.into()),
                Long("channels") => channels = Some(arguments.value()?.into()),
                Long("format") => {
                    format = match arguments.value()?.string()?.as_str() {
                        "plan" => Format::Plan,
                        "explain" => Format::Explain,
                        "json" => Format::Json,
                        other => return Err(format!("unknown format `{other}`, expected plan, explain or json").into()),
                    }
                }
                Long("help") | Short('h') => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                Value(path) if requests.is_none() => requests = Some(path.into()),
                other => return Err(format!("{}\n{USAGE}", other.unexpected()).into()),
            }
        }
        match (policy, channels) {
            (Some(policy), Some(channels)) => Ok(Some(Self { policy, channels, format, requests })),
            _ => Err(format!("--policy and --channels are needed\n{USAGE}").into()),
        }
    }

    /// Where the requests come from, in words.
    fn source(&self) -> String {
        self.requests.as_ref().map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
    }

    /// Reads and checks policy and channels; warnings are told, errors end the run.
    fn config(&self) -> Result<Arc<RouterConfig>, Box<dyn std::error::Error>> {
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok::<_, String>((text, path.extension().is_some_and(|ending| ending == "json")))
        };
        let at = |path: &PathBuf, error: waypost::ParseError| format!("{}: {error}", path.display());
        let (text, json) = read(&self.policy)?;
        let policy = if json { Policy::from_json(&text) } else { Policy::from_toml(&text) };
        let policy = policy.map_err(|error| at(&self.policy, error))?;
        let (text, json) = read(&self.channels)?;
        let channels = if json { ChannelList::from_json(&text) } else { ChannelList::from_toml(&text) };
        let channels = channels.map_err(|error| at(&self.channels, error))?.channels;
        for finding in policy.lint(&channels).iter().filter(|finding| finding.severity == Severity::Warning) {
            eprintln!("{}: {finding}", self.policy.display());
        }
        let config = RouterConfig::builder().descriptors(channels).policy(policy).build();
        let files = format!("{} with {}", self.policy.display(), self.channels.display());
        Ok(config.map_err(|error| format!("{files}: {error}"))?)
    }
}

fn progress(bytes: Option<u64>) -> ProgressBar {
    // A few hundred requests are done before a bar could be read.
    const LONG: u64 = 1 << 20;
    if !io::stderr().is_terminal() || bytes.is_some_and(|bytes| bytes < LONG) {
        return ProgressBar::hidden();
    }
    match bytes {
        Some(bytes) => {
            let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {bytes_per_sec}, {eta} left");
            ProgressBar::new(bytes).with_style(style.expect("the template is sound"))
        }
        None => ProgressBar::new_spinner(),
    }
}

/// One request: read, checked at the door, planned.
fn decide(config: &Arc<RouterConfig>, line: &[u8], format: Format, summary: &mut Summary) -> Result<Plan, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("not UTF-8 after byte {}", error.valid_up_to()))?;
    let request =
        Request::from_json(text).map_err(|error| format!("column {}: {}", error.column(), error.message()))?;
    config.admit(&request.message).map_err(|error| error.to_string())?;
    let router = Router::new(Arc::clone(config), request.profile);
    let begin = Instant::now();
    let plan = router.plan(&request.message, &request.facts);
    summary.planning += begin.elapsed();
    summary.count(&plan);
    Ok(if format == Format::Explain { router.explain(&request.message, &request.facts) } else { plan })
}

fn show(plan: &Plan, format: Format, output: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Plan => writeln!(output, "{}", line(plan)),
        Format::Explain => {
            write!(output, "{plan}")?;
            for candidate in plan.trace().candidates() {
                // That a missing endpoint is what is missing stands in the table.
                if let flip @ Flip::If { change } = candidate.flip()
                    && !matches!(change, Change::Endpoint { .. })
                {
                    let endpoint = candidate.endpoint.map(|endpoint| format!(" to {endpoint}")).unwrap_or_default();
                    writeln!(output, "    {}{endpoint} {flip}", candidate.channel)?;
                }
            }
            writeln!(output)
        }
        Format::Json => {
            serde_json::to_writer(&mut *output, plan)?;
            writeln!(output)
        }
    }
}

/// A plan in one line: its steps, then the first word of every refusal.
fn line(plan: &Plan) -> String {
    let mut line = format!("{}:", plan.message());
    for (step, number) in plan.steps().iter().zip(1..) {
        let _ = write!(line, " {number}.");
        for (dispatch, at) in step.dispatches().iter().zip(0..) {
            let plus = if at > 0 { "+" } else { "" };
            let _ = write!(line, "{plus}{}>{}", dispatch.channel, dispatch.endpoint);
        }
        let wait = (step.not_before() - plan.made_at()).num_seconds();
        if wait > 0 {
            let _ = write!(line, "@+{wait}s");
        }
    }
    for dispatch in plan.always().iter().flatten().flat_map(|step| step.dispatches()) {
        let _ = write!(line, " always.{}>{}", dispatch.channel, dispatch.endpoint);
    }
    if plan.is_empty() {
        line.push_str(" nothing");
    }
    for candidate in plan.trace().candidates().iter().filter(|candidate| candidate.place.is_none()) {
        if let Some(reason) = candidate.verdict.reason() {
            let _ = write!(line, " -{}={}", candidate.channel, reason.code());
        }
    }
    line
}

#[derive(Default)]
struct Summary {
    plans: u64,
    empty: u64,
    bad_lines: u64,
    /// Plans by the kind of their first dispatch.
    kinds: BTreeMap<ChannelKind, u64>,
    /// Refused candidates by reason.
    refusals: BTreeMap<String, u64>,
    planning: Duration,
}

impl Summary {
    fn count(&mut self, plan: &Plan) {
        self.plans += 1;
        match plan.dispatches().next() {
            Some(first) => *self.kinds.entry(first.kind).or_default() += 1,
            None => self.empty += 1,
        }
        for candidate in plan.trace().candidates().iter().filter(|candidate| candidate.place.is_none()) {
            if let Some(reason) = candidate.verdict.reason() {
                *self.refusals.entry(reason.code().to_owned()).or_default() += 1;
            }
        }
    }

    fn text(&self) -> String {
        let mut text = format!("plans: {}, empty: {}, bad lines: {}\n", self.plans, self.empty, self.bad_lines);
        let mut list = |title: &str, counts: Vec<(&str, u64)>| {
            let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if !counts.is_empty() {
                let _ = writeln!(text, "{title}: {}", counts.join(", "));
            }
        };
        list("first by", most(self.kinds.iter().map(|(kind, count)| (kind.as_str(), *count))));
        list("refused by", most(self.refusals.iter().map(|(code, count)| (code.as_str(), *count))));
        let seconds = self.planning.as_secs_f64();
        if seconds > 0.0 {
            let _ = writeln!(text, "planning alone: {:.0} decisions per second", self.plans as f64 / seconds);
        }
        text
    }
}

/// The most frequent first; of equal ones the first by name.
fn most<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<(&'a str, u64)> {
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
