//! What one decision asks of the allocator: the vectors that its plan is returned with, and nothing else.
//!
//! The counter counts per thread, so other tests do not disturb it.

use waypost::{
    Message, Plan, RouterConfig,
    content::sms::{Cut, Language, Options, Reference, Segmentation, Transliterate, prepare},
};

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

#[track_caller]
fn check(config: &RouterConfig, cases: &[Case]) {
    for case in cases {
        let (plan, counted) = allocations(config, case);
        assert_eq!(counted, own_vectors(&plan), "{plan}");
    }
}

#[test]
fn a_plan_allocates_its_own_vectors() {
    let config = world::config(world::policy());
    for mood in [Mood::Mixed, Mood::Quiet, Mood::Capped] {
        check(&config, &world::cases(mood));
    }
}

#[test]
fn a_name_of_more_than_39_bytes_is_one_more() {
    let config = world::config(world::policy());
    let Case { profile, message, facts } = world::case(1, Mood::Mixed);
    let id = "m".repeat(40).parse().expect("a name");
    let long = Message::builder(id, message.topic(), message.purpose()).content(message.content().clone());
    let case = Case { profile, message: long.build().expect("a sound message"), facts };
    let (plan, counted) = allocations(&config, &case);
    assert_eq!(counted, own_vectors(&plan) + 1);
}

#[test]
fn the_number_of_rules_does_not_matter() {
    for hook in [Hook::Topics, Hook::Segments] {
        check(&world::config(world::rules(1000, hook)), &world::hooked(hook));
    }
}

#[test]
fn counting_a_text_allocates_nothing() {
    #[track_caller]
    fn check<T>(work: impl FnOnce() -> T) -> T {
        let mut done = None;
        let counted = allocation_counter::measure(|| done = Some(work()));
        assert_eq!(counted.count_total, 0);
        done.expect("it was just done")
    }
    let texts = [
        "a".repeat(160),
        "Füße € ".repeat(23),
        "Привет 🎉 ".repeat(40),
        "Siparişiniz yola çıktı ".repeat(9),
        "e\u{301}👨\u{200d}👩 ".repeat(20),
        "नमस्ते ".repeat(30),
    ];
    for keep_clusters in [false, true] {
        let cut = Cut { reference: Reference::Bits16, keep_clusters };
        for text in &texts {
            let segments = check(|| Segmentation::cheapest(text, Language::ALL, cut).segments());
            assert_eq!(check(|| Segmentation::cheapest(text, Language::ALL, cut).iter().count()), segments);
        }
    }
    // Nothing is to be changed in these, which only a look at them can tell.
    let mut forced = Options::default();
    forced.transliterate = Transliterate::Force;
    for text in ["Your parcel is on its way", "Siparişiniz yola çıktı", "中\u{2026}", "Привет, \u{2018}x\u{2019}"]
    {
        assert!(check(|| prepare(text, &[], &[Language::Turkish], &Options::default()).is_unchanged()));
    }
    let protected = std::array::from_fn::<_, 1, _>(|_| 1..2);
    assert!(check(|| prepare("中\u{2026}", &protected, Language::ALL, &forced).is_unchanged()));
}
