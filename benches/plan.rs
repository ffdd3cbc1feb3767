//! How long one decision takes; `benches/ratio.rs` says how long in comparison.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use waypost::{Plan, RouterConfig, Verdict};

mod world;
mod yardstick;

use world::{Case, Hook, Mood};
use yardstick::Shop;

criterion_group!(benches, eight_channels, rules, compile, batch);
criterion_main!(benches);

fn plan(config: &RouterConfig, case: &Case) -> Plan {
    waypost::plan(config, &case.profile, &case.message, &case.facts)
}

fn eight_channels(criterion: &mut Criterion) {
    let config = world::config(world::policy());
    let shop = Shop::new();
    let mut group = criterion.benchmark_group("plan/8_channels");
    for (name, mood) in [("plain", Mood::Mixed), ("quiet", Mood::Quiet), ("capped", Mood::Capped)] {
        let cases = world::cases(mood);
        yardstick::assert_agreement(&config, &shop, &cases);
        assert_mood(&config, &cases, mood);
        let mut turn = cases.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| plan(&config, turn.next().expect("a cycle does not end")));
        });
    }

    let cases = world::cases(Mood::Mixed);
    let mut turn = cases.iter().cycle();
    group.bench_function("yardstick", |bencher| {
        bencher.iter(|| {
            let case = turn.next().expect("a cycle does not end");
            shop.route(&case.profile, &case.message, &case.facts)
        });
    });
    // A plan and its table for people.
    assert!(cases.iter().all(|case| plan(&config, case).explain().lines().count() > 8));
    group.bench_function("rendered", |bencher| {
        bencher.iter(|| plan(&config, turn.next().expect("a cycle does not end")).explain());
    });
    // Every gate's answer and the smallest change that would let each refused candidate through, by judging again.
    group.bench_function("explained", |bencher| {
        bencher.iter(|| {
            let case = turn.next().expect("a cycle does not end");
            waypost::explain(&config, &case.profile, &case.message, &case.facts)
        });
    });
    group.finish();
}

/// The cases are what their name says.
fn assert_mood(config: &RouterConfig, cases: &[Case], mood: Mood) {
    let such = |verdict: &Verdict| match mood {
        Mood::Mixed => verdict.is_usable(),
        Mood::Quiet => matches!(verdict, Verdict::Deferred { .. }),
        Mood::Capped => verdict.reason().is_some_and(|reason| reason.code() == "cap_reached"),
    };
    let plans = cases.iter().map(|case| plan(config, case));
    let found = plans.filter(|plan| plan.trace().candidates().iter().any(|candidate| such(&candidate.verdict))).count();
    assert!(found * 3 > cases.len() * 2, "only {found} of {} cases are what is measured", cases.len());
}

fn rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan/rules");
    for (name, count, hook) in [
        ("10", 10, Hook::Topics),
        ("1000", 1000, Hook::Topics),
        ("10_segments", 10, Hook::Segments),
        ("1000_segments", 1000, Hook::Segments),
    ] {
        let config = world::config(world::rules(count, hook));
        let cases = world::hooked(hook);
        assert!(cases.iter().all(|case| plan(&config, case).trace().rules().len() == 3));
        let mut turn = cases.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| plan(&config, turn.next().expect("a cycle does not end")));
        });
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let policy = world::rules(1000, Hook::Segments);
    assert_eq!(policy.rules.len(), 1000);
    criterion.bench_function("compile/1000_rules", |bencher| {
        bencher.iter(|| world::config(black_box(policy.clone())));
    });
}

fn batch(criterion: &mut Criterion) {
    let config = world::config(world::policy());
    let message = world::case(1, Mood::Mixed).message;
    let others: Vec<_> = (1..=1000).map(|seed| world::case(seed, Mood::Mixed)).collect();
    let steps = || {
        let plans = others.iter().map(|case| waypost::plan(&config, &case.profile, &message, &case.facts));
        plans.map(|plan| plan.steps().len()).sum::<usize>()
    };
    assert!(steps() > 500, "a message to a thousand customers goes out");
    let mut group = criterion.benchmark_group("plan/batch");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("1000_profiles", |bencher| bencher.iter(steps));
    group.finish();
}
