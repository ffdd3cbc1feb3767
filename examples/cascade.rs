//! Ten thousand customers hear that their train is cancelled, over providers that lose, double and delay.
//!
//! ```text
//! cargo run --release --example cascade -- [--seed N] [--loss PART] [--duplicate PART] [--reorder] [--customers N]
//!     [--json] [--html FILE] [--quiet]
//! ```
//!
//! Everything runs in virtual time, from one queue, and is drawn from the seed: the same arguments print the same figures.
//! Push, SMS by two providers, email and a call come one after the other; calls, answers and reports are lost, come twice,
//! and with `--reorder` overtake each other; two providers are down for a while. Bad arguments exit with 2.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};
use waypost::{ChannelList, Policy, RouterConfig};

#[path = "cascade/arguments.rs"]
mod arguments;
#[path = "cascade/carrier.rs"]
mod carrier;
#[path = "cascade/crowd.rs"]
mod crowd;
#[path = "cascade/dice.rs"]
mod dice;
#[path = "cascade/page.rs"]
mod page;
#[path = "cascade/tally.rs"]
mod tally;
#[path = "cascade/world.rs"]
mod world;

use arguments::Arguments;
use tally::Tally;
use world::World;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cascade: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let Some(arguments) = Arguments::parse()? else { return Ok(()) };
    let channels = ChannelList::from_toml(include_str!("data/cascade/channels.toml"))?.channels;
    let policy = Policy::from_toml(include_str!("data/cascade/policy.toml"))?;
    let config = RouterConfig::builder().descriptors(channels.clone()).policy(policy).build()?;

    let progress = progress(&arguments);
    let begin = Instant::now();
    let (ended, counts) = World::new(&arguments, config, progress.clone())?.run()?;
    let took = begin.elapsed();
    progress.finish_and_clear();

    let tally = Tally::of(&arguments, &channels, &ended, counts);
    if !arguments.is_quiet {
        let speed = ended.len() as f64 / took.as_secs_f64().max(f64::EPSILON);
        eprintln!("{} executions in {:.1} s, {speed:.0} per second", ended.len(), took.as_secs_f64());
    }
    if let Some(path) = &arguments.html {
        let page = page::page(&tally)?;
        std::fs::write(path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let text = if arguments.is_json { format!("{}\n", tally.json()) } else { tally.to_string() };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn progress(arguments: &Arguments) -> ProgressBar {
    if arguments.is_quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {pos} of {len} ended, {eta} left").expect("the template is sound");
    ProgressBar::new(arguments.customers as u64).with_style(style)
}
