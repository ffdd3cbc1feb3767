//! How the router compares, within one run: with the hand-written yardstick, with more rules, with explanations.
//!
//! `cargo bench --bench ratio` prints the table. Contestants take turns, time is the CPU time of this thread, and
//! the median of the rounds counts, so a busy machine moves the nanoseconds and hardly the ratios.

use std::hint::black_box;

use cpu_time::ThreadTime;
use waypost::RouterConfig;

mod world;
mod yardstick;

use world::{Case, Hook, Mood};
use yardstick::Shop;

/// Enough for a median that a busy moment does not move.
const ROUNDS: usize = 61;
/// How often a contestant takes all its cases in one round: some milliseconds, far above what the clock resolves.
const PASSES: usize = 40;

/// Something that decides all its cases once, and for how many cases one pass counts.
type Contestant<'a> = (&'static str, usize, Box<dyn Fn() + 'a>);

fn main() {
    let (rounds, passes) = if std::env::args().any(|arg| arg == "--test") { (1, 1) } else { (ROUNDS, PASSES) };
    let config = world::config(world::policy());
    let shop = Shop::new();
    let mixed = world::cases(Mood::Mixed);
    let quiet = world::cases(Mood::Quiet);
    let capped = world::cases(Mood::Capped);
    for cases in [&mixed, &quiet, &capped] {
        yardstick::assert_agreement(&config, &shop, cases);
    }
    let (by_topic, by_segment) = (world::hooked(Hook::Topics), world::hooked(Hook::Segments));
    let [few, many] = [10, 1000].map(|count| world::config(world::rules(count, Hook::Topics)));
    let [few_asked, many_asked] = [10, 1000].map(|count| world::config(world::rules(count, Hook::Segments)));

    let rows: [(&str, Contestant<'_>, Contestant<'_>); 7] = [
        ("8 channels, as they come", router(&config, &mixed), by_hand(&shop, &mixed)),
        ("8 channels, quiet hours", router(&config, &quiet), by_hand(&shop, &quiet)),
        ("8 channels, caps full", router(&config, &capped), by_hand(&shop, &capped)),
        ("1,000 rules to 10, by topic", router(&many, &by_topic), router(&few, &by_topic)),
        ("1,000 rules to 10, by segment", router(&many_asked, &by_segment), router(&few_asked, &by_segment)),
        ("plan and table to plan", rendered(&config, &mixed), router(&config, &mixed)),
        ("explained to plan", explained(&config, &mixed), router(&config, &mixed)),
    ];
    println!("{:<32}{:<12}{:>10}   {:<12}{:>10}{:>8}", "", "", "ns", "against", "ns", "ratio");
    for (what, subject, base) in &rows {
        // An explanation is dearer by orders: fewer passes will do.
        let passes = if subject.0 == "explained" { passes.div_ceil(20) } else { passes };
        let mut ratios = Vec::with_capacity(rounds);
        let (mut mine, mut theirs) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
        for round in 0..rounds {
            // Who goes first changes, so that neither always finds the caches warm.
            let (a, b) = if round % 2 == 0 {
                let a = nanoseconds(subject, passes);
                (a, nanoseconds(base, passes))
            } else {
                let b = nanoseconds(base, passes);
                (nanoseconds(subject, passes), b)
            };
            mine.push(a);
            theirs.push(b);
            ratios.push(a / b);
        }
        let (a, b, ratio) = (median(&mut mine), median(&mut theirs), median(&mut ratios));
        println!("{what:<32}{:<12}{a:>10.0}   {:<12}{b:>10.0}{ratio:>8.2}", subject.0, base.0);
    }
}

fn nanoseconds((_, cases, pass): &Contestant<'_>, passes: usize) -> f64 {
    let start = ThreadTime::now();
    (0..passes).for_each(|_| pass());
    start.elapsed().as_nanos() as f64 / (passes * cases) as f64
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn router<'a>(config: &'a RouterConfig, cases: &'a [Case]) -> Contestant<'a> {
    contestant("router", cases, |case| waypost::plan(config, &case.profile, &case.message, &case.facts))
}

fn by_hand<'a>(shop: &'a Shop, cases: &'a [Case]) -> Contestant<'a> {
    contestant("yardstick", cases, |case| shop.route(&case.profile, &case.message, &case.facts))
}

fn rendered<'a>(config: &'a RouterConfig, cases: &'a [Case]) -> Contestant<'a> {
    contestant("rendered", cases, |case| waypost::plan(config, &case.profile, &case.message, &case.facts).explain())
}

fn explained<'a>(config: &'a RouterConfig, cases: &'a [Case]) -> Contestant<'a> {
    contestant("explained", cases, |case| waypost::explain(config, &case.profile, &case.message, &case.facts))
}

fn contestant<'a, T>(name: &'static str, cases: &'a [Case], decide: impl Fn(&'a Case) -> T + 'a) -> Contestant<'a> {
    let pass = move || cases.iter().for_each(|case| _ = black_box(decide(black_box(case))));
    (name, cases.len(), Box::new(pass))
}
