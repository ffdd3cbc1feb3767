//! What one decision asks of the allocator: the plan's own parts, and nothing else.
//!
//! The counter counts per thread, so other tests do not disturb it.

use waypost::{Plan, RouterConfig};

#[allow(dead_code, reason = "the benches use more of it")]
#[path = "../../benches/world.rs"]
mod world;

use world::{Case, Hook, Mood};

/// How many allocations a decision makes while it is made.
fn allocations(config: &RouterConfig, case: &Case) -> (Plan, u64) {
    let mut plan = None;
    let counted = allocation_counter::measure(|| {
        plan = Some(waypost::plan(config, &case.profile, &case.message, &case.facts));
    });
    (plan.expect("it was just made"), counted.count_total)
}

/// The vectors that a plan is returned with: its candidates, its steps and its rules.
fn own_vectors(plan: &Plan) -> u64 {
    let trace = plan.trace();
    let is_there = |len: usize| u64::from(len > 0);
    // Nobody knows beforehand how many rules match: room is made for four, and twice as much whenever it is full.
    let rules = match trace.rules().len() {
        0 => 0,
        len => 1 + u64::from(len.div_ceil(4).next_power_of_two().ilog2()),
    };
    is_there(trace.candidates().len()) + is_there(plan.steps().len()) + rules
}

/// The names that a plan is returned with: of the message and the customer, and of a conversation that goes on.
fn own_names(plan: &Plan) -> u64 {
    2 + u64::from(plan.conversation().is_some())
}

#[track_caller]
fn check(config: &RouterConfig, cases: &[Case]) {
    for case in cases {
        let (plan, counted) = allocations(config, case);
        assert_eq!(counted, own_vectors(&plan) + own_names(&plan), "{plan}");
    }
}

#[test]
fn a_plan_allocates_its_own_vectors_and_names() {
    let config = world::config(world::policy());
    for mood in [Mood::Mixed, Mood::Quiet, Mood::Capped] {
        check(&config, &world::cases(mood));
    }
}

#[test]
fn the_number_of_rules_does_not_matter() {
    for hook in [Hook::Topics, Hook::Segments] {
        check(&world::config(world::rules(1000, hook)), &world::hooked(hook));
    }
}
