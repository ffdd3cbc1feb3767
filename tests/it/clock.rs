//! Hours and caps against twins that share nothing with the walk, in every zone and around the changes of its clocks.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use opening_hours::{OpeningHours, RuleKind};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::json;
use waypost::time::{Gcra, Layer, LayerKind, Next, OffsetFromUtc, Period, Quota, Schedule, Span, Window};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A window as the twin has it; an empty list asks nothing.
#[derive(Clone, Debug)]
struct RawWindow {
    months: Vec<u32>,
    days_of_month: Vec<i32>,
    days: Vec<u32>,
    nth: Vec<i32>,
    start: u32,
    end: u32,
}

fn days_in_month(date: NaiveDate) -> i32 {
    (28..=31).rev().find(|day| date.with_day(*day).is_some()).expect("every month has 28 days") as i32
}

impl RawWindow {
    fn starts_on(&self, date: NaiveDate) -> bool {
        let (day, length) = (date.day() as i32, days_in_month(date));
        let same_name = |days: i32| (1..=length).contains(&(day + days));
        // Counted by going back and forth a week at a time.
        let nth = (1..).find(|n| !same_name(-7 * n)).expect("a month begins");
        let nth_last = (1..).find(|n| !same_name(7 * n)).expect("a month ends");
        let any = |list: &[i32], one: i32, other: i32| list.is_empty() || list.contains(&one) || list.contains(&other);
        (self.months.is_empty() || self.months.contains(&date.month()))
            && any(&self.days_of_month, day, day - length - 1)
            && (self.days.is_empty() || self.days.contains(&date.weekday().number_from_monday()))
            && any(&self.nth, nth, -nth_last)
    }

    fn holds(&self, clock: NaiveDateTime) -> bool {
        let minute = clock.hour() * 60 + clock.minute();
        let today = clock.date();
        let yesterday = today.pred_opt().expect("not the first day");
        if self.start < self.end {
            self.starts_on(today) && (self.start..self.end).contains(&minute)
        } else {
            minute >= self.start && self.starts_on(today) || minute < self.end && self.starts_on(yesterday)
        }
    }

    /// By way of the document, so that the reader is judged as well; `None` where no date is ever in it.
    fn built(&self) -> Option<Window> {
        let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let mut document = json!({ "start": time(self.start), "end": time(self.end) });
        let lists = [
            ("months", json!(self.months)),
            ("days_of_month", json!(self.days_of_month)),
            ("days", json!(self.days)),
            ("nth", json!(self.nth)),
        ];
        for (key, list) in lists {
            if list != json!([]) {
                document[key] = list;
            }
        }
        serde_json::from_value(document).ok()
    }
}

#[derive(Clone, Debug)]
struct RawLayer {
    zone: Tz,
    allow: Vec<RawWindow>,
    deny: Vec<RawWindow>,
    closed: Vec<NaiveDate>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Counting {
    Sliding(i64),
    Day,
    Week(Weekday),
    Month,
    Days(u16),
    Fixed(i64),
    Lifetime,
    MinGap(i64),
    Gcra(i64),
}

#[derive(Clone, Debug)]
struct RawCap {
    counting: Counting,
    limit: u32,
    zone: Tz,
    sent: Vec<DateTime<Utc>>,
    reserved: Vec<DateTime<Utc>>,
}

fn clock(zone: Tz, second: i64) -> NaiveDateTime {
    let at = instant(second);
    at.naive_utc() + TimeDelta::seconds(OffsetFromUtc::offset_seconds(&zone, at).into())
}

fn instant(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).expect("in range")
}

impl RawCap {
    fn period(&self) -> Period {
        let span = |seconds: i64| Span::from_secs(seconds.try_into().expect("a short span"));
        match self.counting {
            Counting::Sliding(seconds) => Period::sliding(span(seconds)).expect("positive"),
            Counting::Day => Period::CalendarDay,
            Counting::Week(start) => Period::CalendarWeek { start },
            Counting::Month => Period::CalendarMonth,
            Counting::Days(days) => Period::RollingDays(days.try_into().expect("positive")),
            Counting::Fixed(seconds) => Period::fixed(span(seconds)).expect("positive"),
            Counting::Lifetime => Period::Lifetime,
            Counting::MinGap(seconds) => Period::min_gap(span(seconds)).expect("positive"),
            Counting::Gcra(every) => {
                Period::Gcra(Gcra::new(span(every), self.limit.try_into().expect("positive")).expect("positive"))
            }
        }
    }

    /// How many units are taken; of a rate, as many as one must wait for.
    fn count(&self, second: i64) -> usize {
        let mut sent: Vec<i64> = self.sent.iter().map(DateTime::timestamp).filter(|sent| *sent <= second).collect();
        let now = clock(self.zone, second).date();
        let local = |sent: &i64| clock(self.zone, *sent).date();
        let first_of_week = |date: NaiveDate, start| date.week(start).first_day();
        match self.counting {
            Counting::Sliding(length) | Counting::MinGap(length) => sent.retain(|sent| second - length < *sent),
            Counting::Day => sent.retain(|sent| local(sent) == now),
            Counting::Week(start) => sent.retain(|sent| first_of_week(local(sent), start) == first_of_week(now, start)),
            Counting::Month => {
                sent.retain(|sent| (local(sent).year(), local(sent).month()) == (now.year(), now.month()))
            }
            Counting::Days(days) => sent.retain(|sent| local(sent) > now - chrono::Days::new(days.into())),
            Counting::Fixed(length) => sent.retain(|sent| sent.div_euclid(length) == second.div_euclid(length)),
            Counting::Lifetime => {}
            Counting::Gcra(every) => {
                sent.sort_unstable();
                let mut paid_off = i64::MIN;
                for sent in sent {
                    paid_off = paid_off.max(sent) + every;
                }
                // One is paid off every so long, so many are not.
                return (0..).find(|unpaid| paid_off - every * *unpaid as i64 <= second).expect("all are in the end");
            }
        }
        sent.len()
    }

    fn has_room(&self, second: i64) -> bool {
        let limit = if matches!(self.counting, Counting::MinGap(_)) { 1 } else { self.limit as usize };
        let reserved = self.reserved.iter().filter(|until| second < until.timestamp()).count();
        self.count(second) + reserved < limit
    }
}

#[derive(Clone, Debug)]
struct Rules {
    layers: Vec<RawLayer>,
    caps: Vec<RawCap>,
}

impl Rules {
    fn permit(&self, second: i64) -> bool {
        let layers = self.layers.iter().all(|layer| {
            let clock = clock(layer.zone, second);
            let holds = |window: &RawWindow| window.holds(clock);
            (layer.allow.is_empty() || layer.allow.iter().any(holds))
                && !layer.deny.iter().any(holds)
                && !layer.closed.contains(&clock.date())
        });
        layers && self.caps.iter().all(|cap| cap.has_room(second))
    }

    /// Every second at which anything might change, and many more.
    fn events(&self, from: i64, to: i64) -> Vec<i64> {
        let mut events = Vec::new();
        let zones = self.layers.iter().map(|layer| layer.zone).chain(self.caps.iter().map(|cap| cap.zone));
        for zone in zones {
            let offset = |second| OffsetFromUtc::offset_seconds(&zone, instant(second));
            let mut offsets = vec![offset(from)];
            for hour in (from..=to).step_by(HOUR as usize) {
                if offset(hour) != offset(hour + HOUR) {
                    offsets.push(offset(hour + HOUR));
                    // Not where the change might be: every second at which there is one.
                    events.extend(
                        (hour..hour + HOUR).filter(|second| offset(*second) != offset(second + 1)).map(|s| s + 1),
                    );
                }
            }
            let windows = self.layers.iter().flat_map(|layer| layer.allow.iter().chain(&layer.deny));
            let mut minutes: Vec<_> = windows.flat_map(|window| [window.start, window.end]).chain([0]).collect();
            minutes.sort_unstable();
            minutes.dedup();
            for day in from.div_euclid(DAY) - 1..=to.div_euclid(DAY) + 1 {
                for (minute, offset) in minutes.iter().flat_map(|minute| offsets.iter().map(move |o| (minute, o))) {
                    events.push(day * DAY + i64::from(*minute) * MINUTE - i64::from(*offset));
                }
            }
        }
        for cap in &self.caps {
            let sent = cap.sent.iter().map(DateTime::timestamp);
            match cap.counting {
                Counting::Sliding(length) | Counting::MinGap(length) => events.extend(sent.clone().map(|s| s + length)),
                Counting::Fixed(length) => events.extend((from / length..=to / length).map(|number| number * length)),
                // A rate is paid off at a send and some times its step.
                Counting::Gcra(every) => {
                    let steps = cap.sent.len() as i64 + 1;
                    events.extend(sent.clone().flat_map(|s| (-steps..=steps).map(move |step| s + step * every)));
                }
                _ => {}
            }
            events.extend(sent);
            events.extend(cap.reserved.iter().map(DateTime::timestamp));
        }
        events.retain(|event| from < *event && *event < to);
        events.push(from);
        events.sort_unstable();
        events.dedup();
        events
    }

    /// The first permitted of these seconds, and the first after it that is not.
    fn tried(&self, seconds: impl IntoIterator<Item = i64>) -> Found {
        let mut seconds = seconds.into_iter();
        let next = seconds.find(|second| self.permit(*second))?;
        Some((next, seconds.find(|second| !self.permit(*second))))
    }

    fn found(&self, at: i64, horizon: i64) -> Found {
        self.ask(|schedule| {
            let horizon = TimeDelta::seconds(horizon);
            let second = |instant: DateTime<Utc>| instant.timestamp();
            match schedule.next(instant(at), horizon) {
                Next::Now => Some((at, schedule.open_until(instant(at), horizon).map(second))),
                Next::At { instant, open_until, .. } => Some((second(instant), open_until.map(second))),
                Next::NeverWithin { .. } => None,
            }
        })
    }

    /// Asks the schedule of these rules.
    fn ask<T>(&self, ask: impl FnOnce(Schedule<'_, Tz>) -> T) -> T {
        let built = |windows: &[RawWindow]| windows.iter().filter_map(RawWindow::built).collect::<Vec<_>>();
        let windows: Vec<_> = self.layers.iter().map(|layer| (built(&layer.allow), built(&layer.deny))).collect();
        let layers: Vec<_> = (self.layers.iter().zip(&windows))
            .map(|(layer, (allow, deny))| Layer {
                kind: LayerKind::Law,
                zone: layer.zone,
                allow,
                deny,
                closed: &layer.closed,
            })
            .collect();
        let quotas: Vec<_> = (self.caps.iter())
            .map(|cap| Quota::new(cap.period(), cap.limit, cap.zone).with_sent(&cap.sent).with_reserved(&cap.reserved))
            .collect();
        ask(Schedule::new(&layers).with_quotas(&quotas))
    }
}

/// The next permitted second, and the first blocked one after it.
type Found = Option<(i64, Option<i64>)>;

fn time() -> impl Strategy<Value = u32> {
    // Half of the times on a full hour, so that windows touch and share edges; many in the hours in which clocks change.
    prop_oneof![2 => (0..24_u32).prop_map(|hour| hour * 60), 1 => 0..200_u32, 1 => 0..1440_u32]
}

fn raw_window() -> impl Strategy<Value = RawWindow> {
    let days = prop_oneof![2 => Just(vec![]), 3 => subsequence((1..=7).collect::<Vec<u32>>(), 1..=6)];
    let months = prop_oneof![6 => Just(vec![]), 1 => subsequence((1..=12).collect::<Vec<u32>>(), 3..=11)];
    let place = |last: i32| (1..=last, any::<bool>()).prop_map(|(place, back)| if back { -place } else { place });
    let days_of_month = prop_oneof![6 => Just(vec![]), 1 => vec(place(31), 1..=20)];
    let nth = prop_oneof![6 => Just(vec![]), 1 => vec(place(5), 1..=3)];
    (months, days_of_month, days, nth, time(), prop_oneof![6 => time(), 1 => Just(1440)])
        .prop_map(|(months, days_of_month, days, nth, start, end)| RawWindow {
            months,
            days_of_month,
            days,
            nth,
            start,
            end,
        })
        .prop_filter("can be", |window| window.start != window.end && window.built().is_some())
}

fn zone() -> impl Strategy<Value = Tz> {
    (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index])
}

/// A zone and a second since 1990, mostly within three days of a change of its clocks.
fn zone_and_second() -> impl Strategy<Value = (Tz, i64)> {
    const SINCE: i64 = 631_152_000; // 1990
    const UNTIL: i64 = 2_000_000_000;
    let restless = select(vec![
        Tz::America__St_Johns,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
        Tz::Pacific__Kwajalein,
        Tz::Africa__Casablanca,
        Tz::Antarctica__Troll,
        Tz::Asia__Gaza,
    ]);
    let before = prop_oneof![4 => -HOUR * 3..HOUR * 3, 3 => 0..3 * DAY];
    (prop_oneof![4 => zone(), 1 => restless], SINCE..UNTIL, before, any::<bool>()).prop_map(
        |(zone, second, before, whole)| {
            let offset = |second| OffsetFromUtc::offset_seconds(&zone, instant(second));
            let mut hours = (second..second + 400 * DAY).step_by(6 * HOUR as usize);
            let change = hours.find(|second| offset(*second) != offset(second + 6 * HOUR));
            let near = change.map_or(second, |change| change - before);
            (zone, if whole { near.div_euclid(MINUTE) * MINUTE } else { near })
        },
    )
}

fn raw_layer(zone: impl Strategy<Value = Tz>, at: i64) -> impl Strategy<Value = RawLayer> {
    let closed = vec((-1..10_i64).prop_map(move |days| instant(at + days * DAY).date_naive()), 0..=2);
    (zone, vec(raw_window(), 0..=2), vec(raw_window(), 0..=2), closed)
        .prop_map(|(zone, allow, deny, closed)| RawLayer { zone, allow, deny, closed })
}

fn raw_cap(zone: impl Strategy<Value = Tz>, at: i64, step: i64) -> impl Strategy<Value = RawCap> {
    let length = move || {
        let usual = select(vec![HOUR, 2 * HOUR, DAY, 7 * DAY]);
        prop_oneof![usual, 1..100 * MINUTE].prop_map(move |seconds| (seconds / step).max(1) * step)
    };
    let counting = prop_oneof![
        3 => length().prop_map(Counting::Sliding),
        3 => Just(Counting::Day),
        1 => select(vec![Weekday::Mon, Weekday::Sun, Weekday::Sat]).prop_map(Counting::Week),
        1 => Just(Counting::Month),
        1 => (1..40_u16).prop_map(Counting::Days),
        1 => length().prop_map(Counting::Fixed),
        1 => Just(Counting::Lifetime),
        1 => length().prop_map(Counting::MinGap),
        1 => length().prop_map(Counting::Gcra),
    ];
    // Most sends lie shortly before, on the dates that matter; some lie ahead.
    let ago = prop_oneof![3 => 0..HOUR, 4 => 0..2 * DAY, 2 => 0..35 * DAY, 1 => -3 * DAY..0];
    let sent = vec(ago.prop_map(move |ago| instant((at - ago).div_euclid(step) * step)), 0..=6);
    let reserved = vec((-HOUR..2 * DAY).prop_map(move |ahead| instant((at + ahead).div_euclid(step) * step)), 0..=2);
    let reserved = prop_oneof![4 => Just(vec![]), 1 => reserved];
    (counting, 1..=4_u32, zone, sent, reserved).prop_map(|(counting, limit, zone, sent, reserved)| RawCap {
        counting,
        limit,
        zone,
        sent,
        reserved,
    })
}

/// Rules and a second to ask at; sends and lengths are multiples of `step`.
fn rules(step: i64) -> impl Strategy<Value = (Rules, i64)> {
    zone_and_second().prop_flat_map(move |(home, at)| {
        let zone = || prop_oneof![3 => Just(home), 1 => zone()];
        let layers = vec(raw_layer(zone(), at), 0..=3);
        let caps = vec(raw_cap(zone(), at, step), 0..=2);
        (layers, caps).prop_map(move |(layers, caps)| (Rules { layers, caps }, at))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2500, ..ProptestConfig::default() })]

    #[test]
    fn the_walk_agrees_with_a_scan_of_all_events((rules, at) in rules(1), days in prop_oneof![1..=9_i64, 1..=40_i64]) {
        let horizon = days * DAY;
        prop_assert_eq!(rules.found(at, horizon), rules.tried(rules.events(at, at + horizon)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Both find what trying every minute finds, where all that can happen happens on full minutes.
    #[test]
    fn walk_and_scan_agree_with_trying_every_minute((rules, at) in rules(MINUTE)) {
        let horizon = 3 * DAY;
        let first_minute = at.div_euclid(MINUTE) * MINUTE + MINUTE;
        let minutes = std::iter::once(at).chain((first_minute..at + horizon).step_by(MINUTE as usize));
        let tried = rules.tried(minutes);
        prop_assert_eq!(rules.tried(rules.events(at, at + horizon)), tried);
        prop_assert_eq!(rules.found(at, horizon), tried);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    #[test]
    fn the_stretch_that_is_found_is_one((rules, at) in rules(1), days in 1..=40_i64) {
        let Some((next, until)) = rules.found(at, days * DAY) else { return Ok(()) };
        rules.ask(|schedule| {
            let permits = |second| schedule.permits(instant(second)).is_ok();
            prop_assert!(permits(next) && at <= next && next < at + days * DAY);
            prop_assert!(next == at || !permits(next - 1));
            if let Some(until) = until {
                prop_assert!(!permits(until) && permits(until - 1) && next < until && until < at + days * DAY);
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_added_never_opens_earlier(
        ((rules, at), denied, cap) in rules(1).prop_flat_map(|(rules, at)| {
            let zone = rules.layers.first().map_or(Tz::UTC, |layer| layer.zone);
            (Just((rules, at)), raw_layer(Just(zone), at), raw_cap(Just(zone), at, 1))
        }),
        sent in vec(-2 * DAY..8 * DAY, 1..=3),
        days in 1..=40_i64,
    ) {
        let opens = |rules: &Rules| rules.found(at, days * DAY).map_or(i64::MAX, |(next, _)| next);
        let before = opens(&rules);

        let mut stricter = rules.clone();
        stricter.layers.push(RawLayer { allow: vec![], ..denied.clone() });
        prop_assert!(before <= opens(&stricter), "another layer");

        let mut stricter = rules.clone();
        stricter.caps.push(cap);
        prop_assert!(before <= opens(&stricter), "another cap");

        let mut stricter = rules.clone();
        for layer in &mut stricter.layers {
            layer.deny.extend(denied.deny.clone());
            layer.closed.extend(denied.closed.clone());
        }
        prop_assert!(before <= opens(&stricter), "more denied");

        for ago in sent {
            let mut stricter = rules.clone();
            stricter.caps.iter_mut().for_each(|cap| cap.sent.push(instant(at - ago)));
            prop_assert!(before <= opens(&stricter), "another send");
            let mut stricter = rules.clone();
            stricter.caps.iter_mut().for_each(|cap| cap.reserved.push(instant(at + ago)));
            prop_assert!(before <= opens(&stricter), "another unit held back");
        }
    }

    /// The exact definition, fractions and all, never finds a cap exceeded at an instant that was permitted.
    #[test]
    fn no_fraction_of_a_second_passes_a_limit(
        limit in 1..=3_u32,
        length in 1..=5_i64,
        sent in vec(0..10_000_i64, 0..=6),
        asked in 0..15_000_i64,
        is_rate in any::<bool>(),
    ) {
        let at = |millisecond: i64| DateTime::from_timestamp_millis(1_767_225_600_000 + millisecond).expect("in range");
        let times: Vec<_> = sent.iter().map(|sent| at(*sent)).collect();
        let span = Span::from_secs(length as u32);
        let period = if is_rate {
            Period::Gcra(Gcra::new(span, limit.try_into().expect("positive")).expect("positive"))
        } else {
            Period::sliding(span).expect("positive")
        };
        let quotas = [Quota::new(period, limit, Utc).with_sent(&times)];
        let schedule = Schedule::new(&[]).with_quotas(&quotas);
        let exceeded = |asked: i64| {
            let mut past: Vec<i64> = sent.iter().copied().filter(|sent| *sent <= asked).collect();
            past.sort_unstable();
            if is_rate {
                let paid_off = past.iter().fold(i64::MIN, |paid_off, sent| paid_off.max(*sent) + length * 1000);
                asked < paid_off.saturating_sub(length * 1000 * (i64::from(limit) - 1))
            } else {
                past.iter().filter(|sent| asked - length * 1000 < **sent).count() >= limit as usize
            }
        };
        if schedule.permits(at(asked)).is_ok() {
            prop_assert!(!exceeded(asked));
        }
        if let Some(opens) = schedule.open_from(at(asked), TimeDelta::days(1)) {
            let opens = (opens - at(0)).num_milliseconds();
            prop_assert!(!exceeded(opens));
            // Less than two seconds are given away, one on either side; between sends that lie ahead the room may be less.
            let all_past = sent.iter().all(|sent| *sent <= asked);
            prop_assert!(!all_past || opens - asked < 2000 || exceeded(opens - 2000));
        }
    }
}

/// A weekly window as OpenStreetMap writes it.
fn osm(window: &RawWindow) -> String {
    const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let named = if window.days.is_empty() { (1..=7).collect() } else { window.days.clone() };
    let days: Vec<_> = named.iter().map(|day| DAYS[*day as usize - 1]).collect();
    let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    format!("{} {}-{}", days.join(","), time(window.start), time(window.end))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Another library agrees on weekly windows, away from changes of the clocks.
    #[test]
    fn opening_hours_agrees_away_from_changes(
        zone in zone(),
        second in 631_152_000..2_000_000_000_i64,
        windows in vec(raw_window(), 1..=3),
    ) {
        let horizon = 9 * DAY;
        let offset = |second| OffsetFromUtc::offset_seconds(&zone, instant(second));
        // It also looks at the evening before.
        let steady = (second - 2 * DAY..=second + horizon + DAY).step_by(6 * HOUR as usize).all(|s| offset(s) == offset(second));
        prop_assume!(steady);
        let windows: Vec<_> = windows
            .into_iter()
            .map(|window| RawWindow { months: vec![], days_of_month: vec![], nth: vec![], ..window })
            .collect();
        let text: Vec<_> = windows.iter().map(osm).collect();
        let theirs: OpeningHours = text.join(", ").parse().expect("it reads its own language");
        let rules = Rules { layers: vec![RawLayer { zone, allow: windows, deny: vec![], closed: vec![] }], caps: vec![] };

        // Its own search for the next change runs to the year 10000 where there is none.
        let to_utc = |local: NaiveDateTime| local.and_utc().timestamp() - i64::from(offset(second));
        let end = second + horizon;
        let mut stretches = theirs.iter_range(clock(zone, second), clock(zone, end));
        let open = stretches.find(|stretch| stretch.kind == RuleKind::Open).map(|stretch| stretch.range);
        let expected = open.map(|open| (to_utc(open.start), Some(to_utc(open.end)).filter(|until| *until < end)));
        prop_assert_eq!(rules.found(second, horizon), expected, "{}", text.join(", "));
    }
}
