//! Two contestants in one run.
//!
//! They take turns, time is the CPU time of this thread, and the median of the rounds counts, so a busy machine moves the
//! nanoseconds and hardly the ratios.

use cpu_time::ThreadTime;

/// Something that decides all its cases once, and for how many cases one pass counts.
pub(crate) type Contestant<'a> = (&'static str, usize, Box<dyn Fn() + 'a>);

pub(crate) fn heading() {
    println!("{:<32}{:<14}{:>10}   {:<14}{:>10}{:>10}", "", "", "ns", "against", "ns", "ratio");
}

/// Prints one line: how long either takes for a case, and how many times the second the first takes.
pub(crate) fn race(what: &str, subject: &Contestant<'_>, base: &Contestant<'_>, rounds: usize, passes: usize) {
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
    // A small ratio is read by its first digits.
    let decimals = if ratio < 0.01 { 5 } else { 2 };
    println!("{what:<32}{:<14}{a:>10.0}   {:<14}{b:>10.0}{ratio:>10.decimals$}", subject.0, base.0);
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
