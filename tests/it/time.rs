//! Layers of hours: the fixed answers, and a slow twin that tries every minute.

use chrono::{DateTime, Datelike, Days as CivilDays, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use waypost::time::{
    Days, Gcra, Layer, LayerKind, Next, OffsetFromUtc, Pace, Period, Quota, ResolvedZone, Schedule, Span, TimeOfDay,
    Window, ZoneKey, ZoneLookup, ZoneName,
};

/// One layer as the twin has it: the rules unparsed, the zone whatever gives an offset.
#[derive(Clone, Debug)]
struct Rules<Z> {
    zone: Z,
    allow: Vec<RawWindow>,
    deny: Vec<RawWindow>,
    closed: Vec<NaiveDate>,
}

/// ISO days, first minute, first minute after.
#[derive(Clone, Debug)]
struct RawWindow {
    days: Vec<u32>,
    start: u32,
    end: u32,
}

impl RawWindow {
    fn holds(&self, clock: NaiveDateTime) -> bool {
        let today = clock.date().weekday().number_from_monday();
        let yesterday = (clock.date() - CivilDays::new(1)).weekday().number_from_monday();
        let minute = clock.hour() * 60 + clock.minute();
        if self.start < self.end {
            self.days.contains(&today) && (self.start..self.end).contains(&minute)
        } else {
            let evening = self.days.contains(&today) && minute >= self.start;
            let early = self.days.contains(&yesterday) && minute < self.end;
            evening || early
        }
    }

    /// By way of the text, so that the reader is judged as well.
    fn built(&self) -> Window {
        let days: Vec<String> = self.days.iter().map(|day| day.to_string()).collect();
        let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let (start, end) = (time(self.start), time(self.end));
        let json = format!(r#"{{"days":[{}],"start":"{start}","end":"{end}"}}"#, days.join(","));
        serde_json::from_str(&json).expect("a valid window")
    }
}

impl<Z: OffsetFromUtc> Rules<Z> {
    fn permit(&self, at: DateTime<Utc>) -> bool {
        let clock = at.naive_utc() + TimeDelta::seconds(self.zone.offset_seconds(at).into());
        (self.allow.is_empty() || self.allow.iter().any(|window| window.holds(clock)))
            && !self.deny.iter().any(|window| window.holds(clock))
            && !self.closed.contains(&clock.date())
    }
}

/// What was found: the next permitted instant, and the first blocked one after it.
type Found = Option<(DateTime<Utc>, Option<DateTime<Utc>>)>;

/// Tries `at` and then every multiple of `step` after it.
fn tried<Z: OffsetFromUtc>(rules: &[Rules<Z>], at: DateTime<Utc>, horizon: TimeDelta, step: i64) -> Found {
    let permit = |at: &DateTime<Utc>| rules.iter().all(|rules| rules.permit(*at));
    let first = at.timestamp().div_euclid(step) * step + step;
    let later = (first..).step_by(step as usize).map(|second| DateTime::from_timestamp(second, 0).expect("in range"));
    let mut instants = std::iter::once(at).chain(later).take_while(|instant| *instant < at + horizon);
    let next = instants.find(permit)?;
    Some((next, instants.find(|instant| !permit(instant))))
}

/// Asks the schedule, in every way in which it can be asked.
#[track_caller]
fn asked<Z: OffsetFromUtc + Copy>(schedule: Schedule<'_, Z>, at: DateTime<Utc>, horizon: TimeDelta) -> Found {
    let full = schedule.quotas().iter().find(|quota| !quota.permits(at)).map(|_| LayerKind::Cap);
    let blocker = schedule.layers().iter().find(|layer| !layer.permits(at)).map(|layer| layer.kind).or(full);
    assert_eq!(schedule.permits(at).err(), blocker);
    match schedule.next(at, horizon) {
        Next::Now => {
            assert_eq!(blocker, None);
            Some((at, schedule.open_until(at, horizon)))
        }
        Next::At { instant, open_until, blocked_by } => {
            assert_eq!(Some(blocked_by), blocker);
            assert_eq!(schedule.next(instant, horizon), Next::Now);
            assert!(schedule.permits(instant - TimeDelta::seconds(1)).is_err());
            assert_eq!(schedule.open_until(at, horizon), Some(at));
            assert_eq!(schedule.open_until(instant, at + horizon - instant), open_until);
            Some((instant, open_until))
        }
        Next::NeverWithin { horizon: searched, blocked_by } => {
            assert_eq!((Some(blocked_by), searched), (blocker, horizon));
            None
        }
    }
}

#[track_caller]
fn asked_of<Z: OffsetFromUtc + Copy>(rules: &[Rules<Z>], at: DateTime<Utc>, horizon: TimeDelta) -> Found {
    const KINDS: [LayerKind; 5] =
        [LayerKind::Law, LayerKind::Sender, LayerKind::Customer, LayerKind::Channel, LayerKind::Agent];
    let built = |windows: &[RawWindow]| windows.iter().map(RawWindow::built).collect::<Vec<_>>();
    let windows: Vec<_> = rules.iter().map(|rules| (built(&rules.allow), built(&rules.deny))).collect();
    let layers: Vec<_> = rules
        .iter()
        .zip(&windows)
        .zip(KINDS)
        .map(|((rules, (allow, deny)), kind)| Layer { kind, zone: rules.zone, allow, deny, closed: &rules.closed })
        .collect();
    asked(Schedule::new(&layers), at, horizon)
}

/// A zone that changes its clocks when the test says so, to the second.
#[derive(Clone, Copy, Debug)]
struct Restless {
    first: i32,
    changes: [(i64, i32); 2],
}

impl OffsetFromUtc for Restless {
    fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
        let passed = self.changes.iter().rfind(|(second, _)| *second <= at.timestamp());
        passed.map_or(self.first, |(_, offset)| *offset)
    }
}

fn raw_window() -> impl Strategy<Value = RawWindow> {
    let days = prop_oneof![Just((1..=7).collect()), subsequence((1..=7).collect::<Vec<u32>>(), 1..=6)];
    // Half of the times on a full hour, so that windows touch and share edges; the odd ones as they fall.
    let time = prop_oneof![(0..24_u32).prop_map(|hour| hour * 60), 0..1440_u32];
    (days, time.clone(), prop_oneof![4 => time, 1 => Just(1440)])
        .prop_filter("differ", |(_, start, end)| start != end)
        .prop_map(|(days, start, end)| RawWindow { days, start, end })
}

fn rules<Z: Clone + std::fmt::Debug>(
    zone: impl Strategy<Value = Z>,
    around: NaiveDate,
) -> impl Strategy<Value = Rules<Z>> {
    let closed = vec((0..5_u64).prop_map(move |days| around + CivilDays::new(days)), 0..=2);
    (zone, vec(raw_window(), 0..=2), vec(raw_window(), 0..=2), closed).prop_map(|(zone, allow, deny, closed)| Rules {
        zone,
        allow,
        deny,
        closed,
    })
}

/// 1 January 2024, 00:00 UTC.
const START: i64 = 1_704_067_200;

fn start_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date")
}

/// Half of them return to their first offset, which a search that looks too far ahead would not notice.
fn restless() -> impl Strategy<Value = Restless> {
    let offset = || -12 * 3600..=14 * 3600_i32;
    (offset(), 0..60_000_i64, offset(), 21_600..60_000_i64, offset(), any::<bool>()).prop_map(
        |(first, one, second, two, third, returns)| {
            let third = if returns { first } else { third };
            Restless { first, changes: [(START + one, second), (START + one + two, third)] }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_search_agrees_with_trying_every_second(
        rules in vec(rules(restless(), start_date()), 1..=2),
        second in 0..40_000_i64,
    ) {
        let at = DateTime::from_timestamp(START + second, 0).expect("in range");
        let horizon = TimeDelta::hours(30);
        prop_assert_eq!(asked_of(&rules, at, horizon), tried(&rules, at, horizon, 1));
    }
}

proptest! {
    #[test]
    fn nothing_panics_at_the_ends_of_time(
        windows in vec(raw_window(), 0..=2),
        offsets in (any::<i32>(), any::<i32>()),
        back in 0..200_000_i64,
        horizon in prop_oneof![
            any::<i64>().prop_filter_map("a delta", TimeDelta::try_milliseconds),
            (-1..=300_000_i64).prop_map(TimeDelta::seconds),
            Just(TimeDelta::MIN),
            Just(TimeDelta::MAX),
        ],
    ) {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let windows: Vec<_> = windows.iter().map(RawWindow::built).collect();
        let change = last.timestamp() - 90_000;
        let zone = Restless { first: offsets.0, changes: [(change, offsets.1), (change + 30_000, offsets.0)] };
        let closed = [NaiveDate::MIN, NaiveDate::MAX];
        let layers = [
            Layer { allow: &windows, closed: &closed, ..Layer::open(LayerKind::Law, zone) },
            Layer { deny: &windows, closed: &closed, ..Layer::open(LayerKind::Customer, zone) },
        ];
        for layers in [&layers[..], &layers[..1], &layers[1..]] {
            for at in [first, first + TimeDelta::seconds(back), last, last - TimeDelta::seconds(back)] {
                let schedule = Schedule::new(layers);
                if let Next::At { instant, .. } = schedule.next(at, horizon) {
                    prop_assert!(at < instant);
                    prop_assert_eq!(schedule.next(instant, horizon), Next::Now);
                }
                if let Some(until) = schedule.open_until(at, horizon) {
                    prop_assert!(schedule.permits(until).is_err());
                }
            }
        }
    }

    #[test]
    fn windows_read_back(raw in raw_window(), clock in 0..700_000_i64) {
        let window = raw.built();
        prop_assert_eq!(window.to_string().parse::<Window>(), Ok(window));
        let json = serde_json::to_string(&window).expect("a text");
        prop_assert_eq!(serde_json::from_str::<Window>(&json).ok(), Some(window));
        prop_assert_eq!(Window::new(window.days(), window.start(), window.end()), Ok(window));

        let clock = DateTime::from_timestamp(START + clock, 0).expect("in range").naive_utc();
        prop_assert_eq!(window.contains(clock), raw.holds(clock));
    }

    #[test]
    fn spans_read_back(seconds in prop_oneof![0..=Span::MAX.as_secs(), 0..2_000_000_u64]) {
        let span: Span = serde_json::from_value(seconds.into()).expect("not too long");
        prop_assert_eq!(span.as_secs(), seconds);
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        prop_assert_eq!(span.as_delta().num_seconds().unsigned_abs(), seconds);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-z:, -]{0,14}|(mon|sat)[-,](fri|sun) [012][0-9]:00-[012][0-9]:30|.*") {
        // What is written again reads as the same thing; whatever is refused is refused without a panic.
        if let Ok(window) = text.parse::<Window>() {
            prop_assert_eq!(window.to_string().parse::<Window>(), Ok(window));
        }
        if let Ok(days) = text.parse::<Days>() {
            prop_assert_eq!(days.to_string().parse::<Days>(), Ok(days));
        }
        if let Ok(span) = text.parse::<Span>() {
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
        if let Ok(time) = text.parse::<TimeOfDay>() {
            prop_assert_eq!(time.to_string(), text.clone());
        }
        if let Ok(zone) = text.parse::<ZoneName>() {
            prop_assert_eq!(zone.to_string(), text);
        }
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn daily(text: &str) -> [Window; 1] {
    [text.parse().expect("a window")]
}

#[test]
fn no_layers_permit_everything() {
    let schedule = Schedule::<ResolvedZone<'_>>::new(&[]);
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(schedule.permits(at), Ok(()));
        assert_eq!(schedule.next(at, TimeDelta::MAX), Next::Now);
        assert_eq!(schedule.open_until(at, TimeDelta::MAX), None);
    }
}

#[test]
fn a_fraction_of_a_second_is_kept_only_by_now() {
    let window = daily("08:00-20:00");
    let layers = [Layer { allow: &window, ..Layer::open(LayerKind::Law, Utc) }];
    let schedule = Schedule::new(&layers);
    let just_before = utc("2026-03-02T07:59:59.999Z");
    let opens = utc("2026-03-02T08:00:00Z");
    let closes = utc("2026-03-02T20:00:00Z");
    let next = |horizon| schedule.next(just_before, horizon);
    let at = |open_until| Next::At { instant: opens, open_until, blocked_by: LayerKind::Law };

    assert_eq!(next(TimeDelta::days(1)), at(Some(closes)));
    assert_eq!(next(TimeDelta::milliseconds(2)), at(None));
    let too_short = TimeDelta::milliseconds(1);
    assert_eq!(next(too_short), Next::NeverWithin { horizon: too_short, blocked_by: LayerKind::Law });
    assert_eq!(schedule.next(utc("2026-03-02T19:59:59.999Z"), TimeDelta::zero()), Next::Now);
    assert_eq!(schedule.permits(utc("2026-03-02T20:00:00.001Z")), Err(LayerKind::Law));
}

#[test]
fn the_horizon_is_open_at_its_end_and_never_longer_than_promised() {
    let window = daily("08:00-20:00");
    let layers = [Layer { allow: &window, ..Layer::open(LayerKind::Sender, Utc) }];
    let midnight = utc("2026-03-02T00:00:00Z");
    let next = |horizon| Schedule::new(&layers).next(midnight, horizon);
    let never = |horizon| Next::NeverWithin { horizon, blocked_by: LayerKind::Sender };

    assert_eq!(next(TimeDelta::hours(8)), never(TimeDelta::hours(8)));
    assert!(matches!(next(TimeDelta::hours(8) + TimeDelta::nanoseconds(1)), Next::At { open_until: None, .. }));
    assert_eq!(next(TimeDelta::hours(-8)), never(TimeDelta::zero()));

    let always = daily("00:00-24:00");
    let layers = [Layer { deny: &always, ..Layer::open(LayerKind::Sender, Utc) }];
    let longest = Schedule::<Utc>::LONGEST_HORIZON;
    assert_eq!(Schedule::new(&layers).next(midnight, TimeDelta::MAX), never(longest));
}

/// The work of a search, counted in questions to the zone.
#[test]
fn a_search_asks_for_the_offset_a_bounded_number_of_times() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl ZoneLookup for Counting {
        fn resolve(&self, _name: &ZoneName) -> Option<ZoneKey> {
            Some(ZoneKey(0))
        }
        fn offset_seconds(&self, _key: ZoneKey, _at: DateTime<Utc>) -> i32 {
            self.0.fetch_add(1, Ordering::Relaxed);
            0
        }
        fn release(&self) -> &str {
            "counting"
        }
    }

    let lookup = Counting::default();
    let zone = ResolvedZone::find(&lookup, &ZoneName::UTC).expect("every zone");
    let (even, odd) = (daily("08:00-08:01"), daily("08:01-08:02"));
    let layers = [
        Layer { allow: &even, ..Layer::open(LayerKind::Law, zone) },
        Layer { allow: &odd, ..Layer::open(LayerKind::Sender, zone) },
    ];
    let at = utc("2026-03-02T00:00:00Z");
    let next = Schedule::new(&layers).next(at, TimeDelta::MAX);
    assert!(matches!(next, Next::NeverWithin { .. }));
    let asked = lookup.0.load(Ordering::Relaxed);
    let (days, layers, edges) = (400, 2, 4);
    assert!(asked <= days * layers * (2 * edges + 6), "{asked}");
}

/// Both ways to ask a rate: with its state, and with all that was sent.
#[test]
fn the_fixed_answers_for_rates() {
    #[derive(serde::Deserialize)]
    struct Case {
        id: String,
        emission_seconds: u32,
        burst: u32,
        arrivals: Vec<i64>,
        allowed: Vec<bool>,
        retry_at: Vec<Option<i64>>,
    }

    let mut count = 0;
    for line in include_str!("data/vectors/gcra.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect("a case");
        let burst = case.burst.try_into().expect("a burst");
        let rate = Gcra::new(Span::from_secs(case.emission_seconds), burst).expect("a rate");
        let mut pace = Pace::IDLE;
        let mut sent = Vec::new();
        for ((arrival, allowed), retry_at) in case.arrivals.iter().zip(&case.allowed).zip(&case.retry_at) {
            let now = DateTime::from_timestamp(*arrival, 0).expect("in range");
            let retry_at = retry_at.map(|second| DateTime::from_timestamp(second, 0).expect("in range"));
            let quotas = [Quota::new(Period::Gcra(rate), 0, Utc).with_sent(&sent)];
            let schedule = Schedule::new(&[]).with_quotas(&quotas);
            assert_eq!(schedule.permits(now).is_ok(), *allowed, "{}", case.id);
            assert_eq!(schedule.open_from(now, TimeDelta::MAX), retry_at.or(Some(now)), "{}", case.id);
            match rate.admit(pace, now) {
                Ok(after) => {
                    assert!(allowed, "{}", case.id);
                    pace = after;
                    sent.insert(0, now); // in whatever order
                }
                Err(at) => assert_eq!((false, Some(at)), (*allowed, retry_at), "{}", case.id),
            }
        }
        count += 1;
    }
    assert_eq!(count, 12);
}

#[cfg(feature = "chrono-tz")]
mod iana {
    use chrono_tz::{TZ_VARIANTS, Tz};
    use serde::Deserialize;
    use waypost::time::BundledZones;

    use super::*;

    /// One line of a file of fixed answers; see `data/vectors`.
    #[derive(Deserialize)]
    struct Case {
        id: String,
        at: DateTime<Utc>,
        #[serde(default)]
        all_of: Vec<Hours>,
        #[serde(flatten)]
        only: Option<Hours>,
        #[serde(default)]
        caps: Vec<Cap>,
        #[serde(default)]
        sent: Vec<DateTime<Utc>>,
        horizon_days: i64,
        #[serde(alias = "allowed")]
        permitted: bool,
        next: Option<DateTime<Utc>>,
        /// Missing where it was not computed.
        #[serde(default, deserialize_with = "given")]
        until: Option<Option<DateTime<Utc>>>,
        counts: Option<Vec<usize>>,
    }

    fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<DateTime<Utc>>>, D::Error> {
        Deserialize::deserialize(from).map(Some)
    }

    #[derive(Deserialize)]
    struct Cap {
        kind: String,
        limit: u32,
        zone: Option<ZoneName>,
        week_start: Option<u8>,
        days: Option<u16>,
        seconds: Option<u32>,
    }

    impl Cap {
        fn period(&self) -> Period {
            let span = || Span::from_secs(self.seconds.expect("seconds"));
            let read = |document| serde_json::from_value(document).expect("a period");
            match self.kind.as_str() {
                "sliding" => Period::sliding(span()).expect("a positive span"),
                "fixed" => Period::fixed(span()).expect("a positive span"),
                "calendar_week" => read(serde_json::json!({ "calendar_week": [self.week_start] })),
                "rolling_days" => read(serde_json::json!({ "rolling_days": self.days })),
                kind => read(kind.into()),
            }
        }
    }

    #[derive(Deserialize)]
    struct Hours {
        zone: ZoneName,
        #[serde(default)]
        allow: Vec<Window>,
        #[serde(default)]
        deny: Vec<Window>,
        #[serde(default)]
        closed: Vec<NaiveDate>,
    }

    fn check(lines: &str, expected: usize) {
        let mut count = 0;
        for line in lines.lines() {
            let case: Case = serde_json::from_str(line).expect("a case");
            let layers: Vec<_> = case
                .only
                .iter()
                .chain(&case.all_of)
                .map(|hours| Layer {
                    kind: LayerKind::Law,
                    zone: ResolvedZone::find(&BundledZones, &hours.zone).expect("an IANA zone"),
                    allow: &hours.allow,
                    deny: &hours.deny,
                    closed: &hours.closed,
                })
                .collect();
            let quotas: Vec<_> = case
                .caps
                .iter()
                .map(|cap| {
                    let zone = ResolvedZone::find(&BundledZones, &cap.zone.unwrap_or(ZoneName::UTC));
                    Quota::new(cap.period(), cap.limit, zone.expect("an IANA zone")).with_sent(&case.sent)
                })
                .collect();
            assert!(layers.len() + quotas.len() > 0, "{}", case.id);
            let schedule = Schedule::new(&layers).with_quotas(&quotas);
            assert_eq!(schedule.permits(case.at).is_ok(), case.permitted, "{}", case.id);
            let found = asked(schedule, case.at, TimeDelta::days(case.horizon_days));
            assert_eq!(found.map(|(next, _)| next), case.next, "{}", case.id);
            if let (Some((_, until)), Some(expected)) = (found, case.until) {
                assert_eq!(until, expected, "{}", case.id);
            }
            if let Some(counts) = case.counts {
                assert_eq!(quotas.iter().map(|quota| quota.count(case.at)).collect::<Vec<_>>(), counts, "{}", case.id);
            }
            count += 1;
        }
        assert_eq!(count, expected);
    }

    #[test]
    fn the_fixed_answers_for_one_layer() {
        check(include_str!("data/vectors/windows.jsonl"), 321);
    }

    #[test]
    fn the_fixed_answers_for_several_layers() {
        check(include_str!("data/vectors/layers.jsonl"), 63);
    }

    #[test]
    fn the_fixed_answers_for_caps() {
        check(include_str!("data/vectors/caps.jsonl"), 120);
    }

    #[test]
    fn the_fixed_answers_for_hours_and_caps() {
        check(include_str!("data/vectors/combined.jsonl"), 40);
    }

    /// The first change of the clocks in the 400 days after `from`, to six hours.
    fn change_after(zone: Tz, from: i64) -> Option<i64> {
        let offset = |second| zone.offset_seconds(DateTime::from_timestamp(second, 0).expect("in range"));
        (from..from + 400 * 86_400).step_by(21_600).find(|second| offset(*second) != offset(second + 21_600))
    }

    /// A zone and an instant from 1975 on (when offsets were whole minutes everywhere), mostly near a change of its clocks.
    fn zone_and_instant() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
        (0..TZ_VARIANTS.len(), 157_766_400..2_100_000_000_i64, 0..200_000_i64).prop_map(|(index, second, before)| {
            let zone = TZ_VARIANTS[index];
            let at = change_after(zone, second).map_or(second, |change| change - before);
            (zone, DateTime::from_timestamp(at, 0).expect("in range"))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn the_search_agrees_with_trying_every_minute(
            (at, rules) in zone_and_instant().prop_flat_map(|(zone, at)| {
                let other = (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index]);
                let zones = prop_oneof![Just(zone), other];
                let one = rules(Just(zone), at.date_naive());
                (Just(at), (one, vec(rules(zones, at.date_naive()), 0..=1)))
            }),
        ) {
            let rules: Vec<_> = std::iter::once(rules.0).chain(rules.1).collect();
            let horizon = TimeDelta::days(4);
            prop_assert_eq!(asked_of(&rules, at, horizon), tried(&rules, at, horizon, 60));
        }
    }

    #[test]
    fn quiet_hours_follow_the_clocks() {
        #[track_caller]
        fn check(zone: Tz, quiet: &str, at: &str, expected: &str) {
            let quiet = daily(quiet);
            let layers = [Layer { deny: &quiet, ..Layer::open(LayerKind::Customer, zone) }];
            let found = asked(Schedule::new(&layers), utc(at), TimeDelta::days(8));
            assert_eq!(found.map(|(next, _)| next), Some(utc(expected)));
        }
        // The night that lacks an hour ends an hour earlier, the night that has one more an hour later.
        check(Tz::Europe__Berlin, "22:00-07:00", "2025-03-29T22:00:00Z", "2025-03-30T05:00:00Z");
        check(Tz::Europe__Berlin, "22:00-07:00", "2025-10-25T22:00:00Z", "2025-10-26T06:00:00Z");
        // An end inside the skipped hour is the skip itself.
        check(Tz::Europe__Berlin, "22:00-02:30", "2025-03-29T22:00:00Z", "2025-03-30T01:00:00Z");
        // Samoa went without 30 December 2011, yet the night before the 31st is Friday's.
        check(Tz::Pacific__Apia, "fri 22:00-06:00", "2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z");
    }
}
