//! Hours and caps: the answer at an instant, and the search for the next one over 40 days.
//!
//! `cargo bench --bench when` prints the ratios to trying every minute and to the opening-hours crate, and then measures
//! with criterion.

use std::hint::black_box;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use criterion::Criterion;
use opening_hours::{OpeningHours, localization::TzLocation};
use waypost::time::{Layer, LayerKind, Next, Period, Quota, Schedule, Span, Window};

mod race;

use race::{Contestant, heading, race};

const HORIZON: TimeDelta = TimeDelta::days(40);
const ZONE: Tz = Tz::Europe__Berlin;

fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let (rounds, passes) = if is_test { (1, 1) } else { (31, 20) };
    let world = World::new();
    world.assert_agreement();

    heading();
    let monday = vec![utc("2026-03-02T10:15:30Z")];
    race(
        "permitted, 3 layers and 2 caps",
        &world.permits("schedule", Rules::Usual, &monday),
        &world.their_state(&monday),
        rounds,
        passes * 50,
    );
    let instants = spread();
    race(
        "next, one weekly window",
        &world.next(Rules::OneWindow, &instants),
        &world.their_next(&instants),
        rounds,
        passes,
    );
    for (what, rules) in [
        ("next, 3 layers and 2 caps", Rules::Usual),
        ("next, a full month", Rules::FullMonth),
        ("next, never in 40 days", Rules::NeverMeet),
    ] {
        let rounds = rounds.min(5);
        race(what, &world.next(rules, &instants[..4]), &world.every_minute(rules, &instants[..4]), rounds, 1);
    }

    let mut criterion = Criterion::default().configure_from_args().without_plots();
    let at = monday[0];
    criterion.bench_function("permits/usual", |bench| {
        world.ask(Rules::Usual, |schedule| bench.iter(|| schedule.permits(black_box(at))));
    });
    for (name, rules) in [("usual", Rules::Usual), ("full_month", Rules::FullMonth), ("never", Rules::NeverMeet)] {
        let friday = utc("2026-03-06T21:00:00Z");
        criterion.bench_function(&format!("next/{name}"), |bench| {
            world.ask(rules, |schedule| bench.iter(|| schedule.next(black_box(friday), HORIZON)));
        });
    }
    criterion.final_summary();
}

#[derive(Clone, Copy, PartialEq)]
enum Rules {
    /// A law, an office with its holidays, a customer's nights; once a day and three a week.
    Usual,
    /// The same with a cap of the month that is full.
    FullMonth,
    /// Three layers of which two never open together, so that all 40 days are searched.
    NeverMeet,
    /// What the other library can say.
    OneWindow,
}

struct World {
    law: [Window; 1],
    office: [Window; 3],
    early: [Window; 1],
    nights: [Window; 1],
    holidays: [NaiveDate; 3],
    sent: Vec<DateTime<Utc>>,
    theirs: OpeningHours<TzLocation<Tz>>,
}

impl World {
    fn new() -> Self {
        let window = |text: &str| text.parse().expect("a window");
        let context = opening_hours::Context::default().with_locale(TzLocation::new(ZONE));
        let theirs: OpeningHours = "Mo-Fr 09:00-18:00".parse().expect("opening hours");
        Self {
            law: [window("08:00-21:00")],
            office: [window("mon-thu 09:00-13:00"), window("mon-thu 14:00-18:00"), window("fri 09:00-15:00")],
            early: [window("06:00-08:30")],
            nights: [window("20:00-08:00")],
            holidays: ["2026-04-03", "2026-04-06", "2026-05-01"].map(|date| date.parse().expect("a date")),
            sent: (0..12).map(|number| utc("2026-03-01T18:00:00Z") - TimeDelta::hours(number * 31)).collect(),
            theirs: theirs.with_context(context),
        }
    }

    fn ask<T>(&self, rules: Rules, ask: impl FnOnce(Schedule<'_, Tz>) -> T) -> T {
        let open = |kind| Layer::open(kind, ZONE);
        let weekdays = ["mon-fri 09:00-18:00".parse().expect("a window")];
        if rules == Rules::OneWindow {
            return ask(Schedule::new(&[Layer { allow: &weekdays, ..open(LayerKind::Sender) }]));
        }
        let early = rules == Rules::NeverMeet;
        let layers = [
            Layer { allow: if early { &self.early } else { &self.law }, ..open(LayerKind::Law) },
            Layer { allow: &self.office, closed: &self.holidays, ..open(LayerKind::Sender) },
            Layer { deny: &self.nights, ..Layer::open(LayerKind::Customer, Tz::America__New_York) },
        ];
        let layers = if early { layers } else { [layers[0], layers[1], Layer { zone: ZONE, ..layers[2] }] };
        let sliding = Period::sliding(Span::days(7)).expect("a positive span");
        let first = if rules == Rules::FullMonth {
            Period::RollingDays(30.try_into().expect("days"))
        } else {
            Period::CalendarDay
        };
        let quotas =
            [Quota::new(first, 1, ZONE).with_sent(&self.sent), Quota::new(sliding, 6, ZONE).with_sent(&self.sent)];
        ask(Schedule::new(&layers).with_quotas(&quotas))
    }

    fn assert_agreement(&self) {
        for rules in [Rules::Usual, Rules::FullMonth, Rules::NeverMeet, Rules::OneWindow] {
            for at in &spread()[..4] {
                let next = self.ask(rules, |schedule| match schedule.next(*at, HORIZON) {
                    Next::Now => Some(*at),
                    Next::At { instant, .. } => Some(instant),
                    Next::NeverWithin { .. } => None,
                });
                assert_eq!(next, self.ask(rules, |schedule| first_minute(schedule, *at)));
                assert_eq!(next.is_none(), rules == Rules::NeverMeet);
                if rules == Rules::OneWindow {
                    let local = at.with_timezone(&ZONE);
                    let theirs = if self.theirs.is_open(local) { Some(local) } else { self.theirs.next_change(local) };
                    assert_eq!(next, theirs.map(|at| at.to_utc()));
                }
            }
        }
    }

    fn permits<'a>(&'a self, name: &'static str, rules: Rules, instants: &'a [DateTime<Utc>]) -> Contestant<'a> {
        let pass = move || {
            self.ask(rules, |schedule| {
                for _ in 0..100 {
                    instants.iter().for_each(|at| _ = black_box(schedule.permits(black_box(*at))));
                }
            });
        };
        (name, instants.len() * 100, Box::new(pass))
    }

    fn their_state<'a>(&'a self, instants: &'a [DateTime<Utc>]) -> Contestant<'a> {
        let pass = move || {
            instants.iter().for_each(|at| _ = black_box(self.theirs.is_open(black_box(at.with_timezone(&ZONE)))));
        };
        ("opening-hours", instants.len(), Box::new(pass))
    }

    fn next<'a>(&'a self, rules: Rules, instants: &'a [DateTime<Utc>]) -> Contestant<'a> {
        let pass = move || {
            self.ask(rules, |schedule| {
                instants.iter().for_each(|at| _ = black_box(schedule.next(black_box(*at), HORIZON)));
            });
        };
        ("schedule", instants.len(), Box::new(pass))
    }

    fn their_next<'a>(&'a self, instants: &'a [DateTime<Utc>]) -> Contestant<'a> {
        let pass = move || {
            for at in instants {
                let at = black_box(at.with_timezone(&ZONE));
                if !self.theirs.is_open(at) {
                    let opens = self.theirs.next_change(at);
                    black_box(opens.and_then(|opens| self.theirs.next_change(opens)));
                }
            }
        };
        ("opening-hours", instants.len(), Box::new(pass))
    }

    fn every_minute<'a>(&'a self, rules: Rules, instants: &'a [DateTime<Utc>]) -> Contestant<'a> {
        let pass = move || {
            self.ask(rules, |schedule| {
                instants.iter().for_each(|at| _ = black_box(first_minute(schedule, black_box(*at))));
            });
        };
        ("every minute", instants.len(), Box::new(pass))
    }
}

fn first_minute(schedule: Schedule<'_, Tz>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (0..HORIZON.num_minutes()).map(|minute| at + TimeDelta::minutes(minute)).find(|at| schedule.permits(*at).is_ok())
}

/// Closed hours on full minutes, over a year.
fn spread() -> Vec<DateTime<Utc>> {
    (0..60).map(|number| utc("2026-03-06T21:00:00Z") + TimeDelta::days(7 * number)).collect()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}
