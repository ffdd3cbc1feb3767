//! How the router compares, within one run: with the hand-written yardstick, with more rules, with explanations.
//!
//! `cargo bench --bench ratio` prints the table.

use std::hint::black_box;

use waypost::RouterConfig;

mod race;
mod world;
mod yardstick;

use race::{Contestant, heading, race};
use world::{Case, Hook, Mood};
use yardstick::Shop;

/// Enough for a median that a busy moment does not move.
const ROUNDS: usize = 61;
/// How often a contestant takes all its cases in one round: some milliseconds, far above what the clock resolves.
const PASSES: usize = 40;

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
    heading();
    for (what, subject, base) in &rows {
        // An explanation is dearer by orders: fewer passes will do.
        let passes = if subject.0 == "explained" { passes.div_ceil(20) } else { passes };
        race(what, subject, base, rounds, passes);
    }
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
