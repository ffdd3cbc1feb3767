//! Several messages of one customer: which go, which wait, which are one, and why.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::{Expect, expect};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use waypost::{
    policy::{Cap, CapScope, Common, DigestRule, Inhibition, When},
    time::{Gcra, Period, Quota, Schedule, Span},
    *,
};

use super::{
    check,
    world::{World, for_all, world},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// On the day of the usual world, or on another one.
fn clock(text: &str) -> DateTime<Utc> {
    if text.contains('T') { at(text) } else { at(&format!("2026-11-21T{text}:00Z")) }
}

/// A message that came in at a time of day, of the usual one with some things otherwise.
fn came(since: &str, patch: Value) -> Waiting {
    let world = check::World::usual().with(json!({ "message": { "topic": "visit", "purpose": "service" } }));
    Waiting::new(world.with(json!({ "message": patch })).message(), clock(since))
}

/// Ana, whose messages wait under a policy at a time of day.
struct Desk {
    router: Router,
    facts: Facts,
    handled: Vec<Handled>,
}

impl Desk {
    fn new(policy: &str, now: &str) -> Self {
        let policy = format!("name = \"desk\"\n{policy}\n");
        let world = check::World::usual().policy(&policy);
        let mut facts = world.facts();
        facts.now = clock(now);
        Self { router: world.router(), facts, handled: Vec::new() }
    }

    fn at(mut self, now: &str) -> Self {
        self.facts.now = clock(now);
        self
    }

    /// The same, after a message was handed over.
    fn handed(mut self, waiting: &Waiting, at: &str) -> Self {
        self.handled.push(self.router.config().handled(waiting, clock(at)));
        self
    }

    /// The same, with the message that was handed over last still under way.
    fn running(mut self) -> Self {
        self.handled = self.handled.split_off(0).into_iter().map(Handled::running).collect();
        self
    }

    #[track_caller]
    fn arbitrate(&self, waiting: &[Waiting]) -> Arbitration {
        let arbitration = self.router.arbitrate(waiting, &self.facts, &self.handled);
        let mut backwards = waiting.to_vec();
        backwards.reverse();
        assert_eq!(self.router.arbitrate(&backwards, &self.facts, &self.handled), arbitration, "order reaches nothing");
        let written = serde_json::to_string(&arbitration).expect("it writes");
        assert_eq!(serde_json::from_str::<Arbitration>(&written).expect("it reads"), arbitration);
        arbitration
    }

    #[track_caller]
    fn check(&self, waiting: &[Waiting], expected: Expect) {
        expected.assert_eq(&self.arbitrate(waiting).to_string());
    }
}

mod dedupe {
    use super::*;

    fn moved(id: &str, since: &str, created: &str) -> Waiting {
        came(since, json!({ "id": id, "dedupe_key": "appointment:481", "created": clock(created) }))
    }

    #[test]
    fn of_one_key_the_last_written_stands() {
        let waiting = [moved("m-3", "09:00", "08:00"), moved("m-1", "09:10", "08:30"), moved("m-2", "09:20", "08:30")];
        Desk::new("", "10:00").check(
            &waiting,
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            m-3  visit  superseded  by m-2
            m-1  visit  superseded  by m-2
            m-2  visit  go          by app
        "#]],
        );
    }

    #[test]
    fn what_does_not_say_when_it_was_written_was_written_when_it_came() {
        let silent = came("08:15", json!({ "id": "silent", "dedupe_key": "appointment:481" }));
        Desk::new("", "10:00").check(
            &[moved("m-1", "09:00", "08:00"), silent],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:00Z, policy desk
            m-1     visit  superseded  by silent
            silent  visit  go          by app
        "#]],
        );
    }

    #[test]
    fn a_replay_does_nothing_and_a_newer_one_supersedes_what_is_under_way() {
        let first = moved("m-1", "09:00", "08:00");
        let desk = Desk::new("", "10:00").handed(&first, "09:00").running();
        // The same message, the same words under another id, older words that come late, and newer ones.
        let (again, older) = (moved("again", "09:05", "08:00"), moved("older", "09:06", "07:00"));
        desk.check(
            &[first.clone(), again.clone(), older.clone()],
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            older  visit  superseded  by m-1
            again  visit  repeated    m-1 was handed over before
            m-1    visit  repeated    m-1 was handed over before
        "#]],
        );
        desk.check(
            &[first, again, older, moved("m-2", "09:10", "09:10")],
            expect![[r#"
            ana: 4 messages wait
            2026-11-21 10:00Z, policy desk
            older  visit  superseded  by m-1
            again  visit  repeated    m-1 was handed over before
            m-1    visit  repeated    m-1 was handed over before
            m-2    visit  go          by app
            m-1, under way, is superseded
        "#]],
        );
        assert_eq!(desk.arbitrate(&[moved("m-2", "09:10", "09:10")]).supersede, ["m-1"]);
    }

    #[test]
    fn what_is_settled_is_not_superseded() {
        let first = moved("m-1", "09:00", "08:00");
        let desk = Desk::new("", "10:00").handed(&first, "09:00");
        assert!(desk.arbitrate(&[moved("m-2", "09:10", "09:10")]).supersede.is_empty());
    }

    #[test]
    fn handed_in_twice_it_is_one() {
        let message = came("09:00", json!({ "id": "m-1" }));
        Desk::new("", "10:00").check(
            &[message.clone(), came("09:30", json!({ "id": "m-1" })), message],
            expect![[r#"
            ana: 1 message waits
            2026-11-21 10:00Z, policy desk
            m-1  visit  go  by app
        "#]],
        );
    }
}

mod room {
    use super::*;

    const DAILY: &str = r#"defaults.caps = [{ name = "daily", limit = 1, per = "calendar_day" }]"#;

    #[test]
    fn the_more_pressing_take_it_and_the_others_wait() {
        let waiting = [
            came("08:00", json!({ "id": "early" })),
            came("09:00", json!({ "id": "late" })),
            came("09:30", json!({ "id": "pressing", "urgency": "high" })),
            came("09:40", json!({ "id": "over-soon", "expires": "2026-11-24T10:00:00Z" })),
            came("09:50", json!({ "id": "code", "purpose": "authentication", "topic": "code" })),
        ];
        Desk::new(DAILY, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 5 messages wait
            2026-11-21 10:00Z, policy desk
            pressing   visit  go    by app
            over-soon  visit  wait  until 2026-11-21 23:00Z: cap `daily` of 1 is reached (policy)
            early      visit  wait  until 2026-11-22 23:00Z: cap `daily` of 1 is reached (policy)
            late       visit  wait  until 2026-11-23 23:00Z: cap `daily` of 1 is reached (policy)
            code       code   go    by app
        "#]],
        );
    }

    #[test]
    fn where_the_purpose_drops_they_are_dropped() {
        let policy = format!("{DAILY}\n[purposes.service]\nwhen_capped = \"drop\"\n");
        let waiting = [came("08:00", json!({ "id": "early" })), came("09:00", json!({ "id": "late" }))];
        let desk = Desk::new(&policy, "10:00");
        desk.check(
            &waiting,
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:00Z, policy desk
            early  visit  go       by app
            late   visit  dropped  cap `daily` of 1 is reached (policy)
        "#]],
        );
        expect!["`late` is not sent: cap `daily` of 1 is reached (policy)"]
            .assert_eq(&desk.arbitrate(&waiting).why("late").expect("ruled"));
    }

    /// One more day is taken by what waits for its own.
    #[test]
    fn what_is_due_later_keeps_its_day() {
        let tomorrow = json!({ "id": "due", "urgency": "high", "not_before": "2026-11-22T09:00:00Z" });
        let waiting =
            [came("08:00", json!({ "id": "a" })), came("08:01", json!({ "id": "b" })), came("08:02", tomorrow)];
        Desk::new(DAILY, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            due  visit  wait  until 2026-11-22 09:00Z: the author wants it no sooner (author)
            a    visit  go    by app
            b    visit  wait  until 2026-11-22 23:00Z: cap `daily` of 1 is reached (policy)
        "#]],
        );
    }

    /// A gap is kept to what goes before and to what goes after.
    #[test]
    fn spacing_is_a_cap_too() {
        let gap = r#"defaults.caps = [{ name = "gap", per = { min_gap = "2h" }, scope = ["person"] }]"#;
        let due = json!({ "id": "due", "urgency": "high", "not_before": "2026-11-21T13:00:00Z" });
        let waiting = [
            came("08:00", json!({ "id": "a" })),
            came("08:01", json!({ "id": "b" })),
            came("08:02", json!({ "id": "c" })),
            came("09:00", due),
        ];
        Desk::new(gap, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 4 messages wait
            2026-11-21 10:00Z, policy desk
            due  visit  wait  until 2026-11-21 13:00Z: the author wants it no sooner (author)
            a    visit  go    by app
            b    visit  wait  until 2026-11-21 15:00Z: cap `gap` of 1 is reached (policy)
            c    visit  wait  until 2026-11-21 17:00Z: cap `gap` of 1 is reached (policy)
        "#]],
        );
    }

    #[test]
    fn nobody_waits_for_what_is_not_sent() {
        let waiting = [
            came("08:00", json!({ "id": "a" })),
            came("08:01", json!({ "id": "no-consent", "urgency": "critical", "purpose": "marketing" })),
            came("08:02", json!({ "id": "over", "urgency": "critical", "expires": "2026-11-21T09:00:00Z" })),
        ];
        let everybody = DAILY.replace(" }]", ", scope = [\"person\"] }]");
        Desk::new(&everybody, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            over        visit  dropped  the message expired at 2026-11-21 09:00Z (author)
            no-consent  visit  dropped  no consent on record for marketing (law)
            a           visit  go       by app
        "#]],
        );
    }

    /// Whichever order they are decided in, all of them together keep every period, to the second.
    #[test]
    fn room_given_away_in_any_order_passes_no_limit() {
        let hours = |hours| Span::hours(hours);
        let periods = [
            Period::sliding(hours(6)).expect("a span"),
            Period::fixed(hours(6)).expect("a span"),
            Period::min_gap(hours(5)).expect("a span"),
            Period::Gcra(Gcra::new(hours(5), 2.try_into().expect("not zero")).expect("a span")),
            Period::CalendarDay,
            Period::RollingDays(2.try_into().expect("not zero")),
            Period::Lifetime,
        ];
        let wishes = vec(0i64..60 * 72, 1..12);
        let zone = chrono::FixedOffset::east_opt(3600).expect("an offset");
        for_all(2_000, (select(periods.to_vec()), 1u32..4, wishes), |(period, limit, wishes)| {
            let origin = at("2026-11-20T00:00:00Z");
            let mut sent: Vec<DateTime<Utc>> = Vec::new();
            for wish in &wishes {
                let wish = origin + TimeDelta::minutes(*wish);
                let quotas = [Quota::new(period, limit, zone).with_sent(&sent).with_ahead(&sent)];
                let schedule = Schedule::new(&[]).with_quotas(&quotas);
                let opens = schedule.open_from(wish, TimeDelta::days(30));
                // Nothing sooner would have done.
                let mut sooner = wish;
                while sooner < opens.unwrap_or(wish + TimeDelta::days(2)) {
                    prop_assert!(schedule.permits(sooner).is_err(), "{sooner} would have done before {opens:?}");
                    sooner += TimeDelta::minutes(7);
                }
                sent.extend(opens);
            }
            sent.sort_unstable();
            for (number, instant) in sent.iter().enumerate() {
                let quota = Quota::new(period, limit, zone).with_sent(&sent[..number]);
                prop_assert!(quota.permits(*instant), "{instant} of {sent:?}");
            }
            prop_assert!(!sent.is_empty());
            Ok(())
        });
    }
}

mod inhibition {
    use super::*;

    const OUTAGE: &str = r#"
[[inhibit]]
name = "outage-first"
source = { topic = "outage" }
target = { topic = ["slow_line", "outage"] }
equal = ["value:area"]
for = "6h"
"#;

    fn about(id: &str, topic: &str, area: &str, urgency: &str) -> Waiting {
        came("09:00", json!({ "id": id, "topic": topic, "values": { "area": area }, "urgency": urgency }))
    }

    #[test]
    fn a_source_mutes_what_has_the_same_in_common() {
        let waiting = [
            about("outage", "outage", "north", "normal"),
            about("slow-north", "slow_line", "north", "normal"),
            about("slow-south", "slow_line", "south", "normal"),
            came("09:00", json!({ "id": "slow-somewhere", "topic": "slow_line" })),
            about("slow-and-pressing", "slow_line", "north", "high"),
            // Meets both sides, so the other outage does not mute it.
            about("outage-2", "outage", "north", "normal"),
            came(
                "09:00",
                json!({ "id": "danger", "topic": "slow_line", "purpose": "safety", "values": { "area": "north" } }),
            ),
        ];
        Desk::new(OUTAGE, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 7 messages wait
            2026-11-21 10:00Z, policy desk
            slow-and-pressing  slow_line  go     by app
            outage             outage     go     by app
            outage-2           outage     go     by app
            danger             slow_line  go     by app
            slow-north         slow_line  muted  by outage (inhibition `outage-first`)
            slow-somewhere     slow_line  go     by app
            slow-south         slow_line  go     by app
        "#]],
        );
    }

    #[test]
    fn it_mutes_for_a_while_after_it_went() {
        let (outage, slow) =
            (about("outage", "outage", "north", "normal"), about("slow", "slow_line", "north", "normal"));
        let desk = Desk::new(OUTAGE, "10:00").handed(&outage, "09:30");
        desk.check(
            std::slice::from_ref(&slow),
            expect![[r#"
            ana: 1 message waits
            2026-11-21 10:00Z, policy desk
            slow  slow_line  muted  by outage (inhibition `outage-first`) until 2026-11-21 15:30Z
        "#]],
        );
        let desk = desk.at("15:29");
        assert_eq!(desk.arbitrate(std::slice::from_ref(&slow)).ruling("slow").map(Ruling::code), Some("muted"));
        let desk = desk.at("15:30");
        assert_eq!(desk.arbitrate(std::slice::from_ref(&slow)).ruling("slow").map(Ruling::code), Some("go"));
        // While it is under way it mutes without an end.
        let desk = desk.running();
        assert_eq!(
            desk.arbitrate(&[slow]).why("slow").as_deref(),
            Some("`slow` is muted by outage (inhibition `outage-first`)")
        );
    }

    #[test]
    fn what_cannot_be_sent_mutes_nobody() {
        let mut over = about("outage", "outage", "north", "normal");
        over.message = over.message.to_builder().expires(clock("09:59")).build().expect("a message");
        Desk::new(OUTAGE, "10:00").check(
            &[over, about("slow", "slow_line", "north", "normal")],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:00Z, policy desk
            outage  outage     dropped  the message expired at 2026-11-21 09:59Z (author)
            slow    slow_line  go       by app
        "#]],
        );
    }

    /// One that loses its place under a cap gives its targets free.
    #[test]
    fn what_is_dropped_for_want_of_room_mutes_nobody() {
        let policy = format!(
            "[purposes.service]\nwhen_capped = \"drop\"\n[[rules]]\nname = \"few\"\nwhen.topic = [\"outage\", \"bill\"]\n\
             then.caps = [{{ name = \"few\", limit = 1, per = \"1d\" }}]\n{OUTAGE}"
        );
        let bill = came("08:00", json!({ "id": "bill", "topic": "bill", "urgency": "high" }));
        let waiting =
            [bill, about("outage", "outage", "north", "normal"), about("slow", "slow_line", "north", "normal")];
        Desk::new(&policy, "10:00").check(
            &waiting,
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            bill    bill       go       by app
            outage  outage     dropped  cap `few` of 1 is reached (policy)
            slow    slow_line  go       by app
        "#]],
        );
    }

    /// Who is muted mutes all the same, and of two that would mute each other the more pressing stands.
    #[test]
    fn chains_end_at_one_that_stands() {
        let rules = |rules: &[(&str, &str)]| {
            let rule = |(source, target): &(&str, &str)| {
                format!(
                    "[[inhibit]]\nname = \"{source}-{target}\"\nsource.topic = \"{source}\"\ntarget.topic = \"{target}\"\n"
                )
            };
            rules.iter().map(rule).collect::<String>()
        };
        let one = |topic: &str| came("09:00", json!({ "id": topic, "topic": topic }));
        Desk::new(&rules(&[("c", "b"), ("b", "a")]), "10:00").check(
            &[one("a"), one("b"), one("c")],
            expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:00Z, policy desk
            c  c  go     by app
            b  b  muted  by c (inhibition `c-b`)
            a  a  muted  by b (inhibition `b-a`)
        "#]],
        );
        Desk::new(&rules(&[("a", "b"), ("b", "c"), ("c", "a")]), "10:00").check(
            &[one("a"), one("b"), one("c")],
            expect![[r#"
                ana: 3 messages wait
                2026-11-21 10:00Z, policy desk
                a  a  go     by app
                b  b  muted  by a (inhibition `a-b`)
                c  c  muted  by b (inhibition `b-c`)
            "#]],
        );
    }
}

mod digest {
    use super::*;

    fn comment(id: &str, since: &str) -> Waiting {
        came(since, json!({ "id": id, "topic": "comment", "values": { "thread": "t" } }))
    }

    fn comments(rest: &str) -> String {
        format!("[[digest]]\nname = \"comments\"\nwhen.topic = \"comment\"\nby = [\"value:thread\"]\n{rest}\n")
    }

    /// The digests of comments that came at these times of day, asked at another.
    #[track_caller]
    fn windows(rest: &str, came: &[&str], now: &str, expected: &[(&[&str], &str, Option<Flush>)]) {
        let waiting: Vec<_> = came.iter().map(|since| comment(since, since)).collect();
        let arbitration = Desk::new(&comments(rest), now).arbitrate(&waiting);
        let digests: Vec<_> = arbitration
            .digests
            .iter()
            .map(|digest| {
                let members: Vec<_> = digest.members.iter().map(MessageId::as_str).collect();
                (members, digest.due, digest.flush)
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(members, due, flush)| (members.to_vec(), clock(due), *flush)).collect();
        assert_eq!(digests, expected, "{arbitration}");
    }

    #[test]
    fn a_fixed_window_counts_from_the_first() {
        let over = Some(Flush::Window);
        windows("window = \"30m\"", &["10:00", "10:10"], "10:29", &[(&["10:00", "10:10"], "10:30", None)]);
        windows("window = \"30m\"", &["10:00", "10:10"], "10:30", &[(&["10:00", "10:10"], "10:30", over)]);
        // Asked late, they are the digests that would have been.
        windows(
            "window = \"30m\"",
            &["10:00", "10:29", "10:30", "11:40"],
            "12:00",
            &[(&["10:00", "10:29"], "10:30", over), (&["10:30"], "11:00", over), (&["11:40"], "12:10", None)],
        );
    }

    #[test]
    fn a_sliding_window_waits_for_silence_and_not_for_ever() {
        let sliding = "sliding = \"10m\"\nat_most = \"25m\"";
        windows(sliding, &["10:00", "10:09"], "10:10", &[(&["10:00", "10:09"], "10:19", None)]);
        windows(
            sliding,
            &["10:00", "10:10"],
            "10:11",
            &[(&["10:00"], "10:10", Some(Flush::Window)), (&["10:10"], "10:20", None)],
        );
        windows(
            sliding,
            &["10:00", "10:09", "10:18", "10:24"],
            "10:24",
            &[(&["10:00", "10:09", "10:18", "10:24"], "10:25", None)],
        );
    }

    #[test]
    fn a_full_one_goes_at_once() {
        let size = "window = \"30m\"\nsize = 2";
        windows(
            size,
            &["10:00", "10:05", "10:06"],
            "10:06",
            &[(&["10:00", "10:05"], "10:05", Some(Flush::Size)), (&["10:06"], "10:36", None)],
        );
    }

    #[test]
    fn the_first_goes_at_once_where_it_leads() {
        let leading = "window = \"30m\"\nleading = true";
        windows(leading, &["10:00"], "10:00", &[]);
        windows(leading, &["10:00", "10:10", "10:20"], "10:20", &[(&["10:10", "10:20"], "10:30", None)]);
        windows(
            leading,
            &["10:00", "10:10", "10:30", "10:31"],
            "10:31",
            &[(&["10:10"], "10:30", Some(Flush::Window)), (&["10:31"], "11:00", None)],
        );
        // After it went, what was handed over keeps its window open, and no longer.
        let desk = Desk::new(&comments(leading), "10:20").handed(&comment("first", "10:00"), "10:00");
        desk.check(
            &[comment("second", "10:10")],
            expect![[r#"
            ana: 1 message waits
            2026-11-21 10:20Z, policy desk
            second  comment  digest  in digest `comments`, due 2026-11-21 10:30Z
            digest `comments` of 1: due 2026-11-21 10:30Z
        "#]],
        );
        let desk = desk.at("10:40");
        assert_eq!(desk.arbitrate(&[comment("third", "10:30")]).ruling("third").map(Ruling::code), Some("go"));
    }

    #[test]
    fn what_cannot_wait_takes_it_along() {
        let policy = comments("window = \"30m\"");
        let desk = Desk::new(&policy, "10:05");
        let mut soon = comment("soon", "10:05");
        soon.message = soon.message.to_builder().expires(clock("10:30")).build().expect("a message");
        desk.check(
            &[comment("first", "10:00"), soon.clone()],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:05Z, policy desk
            soon   comment  digest  in digest `comments`, due 2026-11-21 10:05Z
            first  comment  digest  in digest `comments`, due 2026-11-21 10:05Z
            digest `comments` of 2: goes now (expiry)
        "#]],
        );
        soon.message = soon.message.to_builder().expires(clock("10:31")).build().expect("a message");
        assert_eq!(desk.arbitrate(&[comment("first", "10:00"), soon]).digests[0].flush, None);
        let mut pressing = comment("pressing", "10:05");
        pressing.message = pressing.message.to_builder().urgency(Urgency::High).build().expect("a message");
        desk.check(
            &[comment("first", "10:00"), pressing.clone()],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:05Z, policy desk
            pressing  comment  digest  in digest `comments`, due 2026-11-21 10:05Z
            first     comment  digest  in digest `comments`, due 2026-11-21 10:05Z
            digest `comments` of 2: goes now (urgency)
        "#]],
        );
        let patient = Desk::new(&format!("{policy}flush_at = \"critical\""), "10:05");
        assert_eq!(patient.arbitrate(&[comment("first", "10:00"), pressing]).digests[0].flush, None);
    }

    #[test]
    fn some_messages_are_never_inside() {
        let policy = format!("[topics.comment]\n{}", comments("window = \"30m\""));
        let waiting = [
            comment("first", "10:00"),
            came(
                "10:01",
                json!({ "id": "code", "topic": "comment", "purpose": "authentication", "values": { "thread": "t" } }),
            ),
            came(
                "10:01",
                json!({ "id": "danger", "topic": "comment", "purpose": "safety", "values": { "thread": "t" } }),
            ),
            came("10:02", json!({ "id": "elsewhere", "topic": "comment" })),
            came(
                "10:03",
                json!({ "id": "unwanted", "topic": "comment", "purpose": "marketing", "values": { "thread": "t" } }),
            ),
            came(
                "10:04",
                json!({ "id": "later", "topic": "comment", "values": { "thread": "t" }, "not_before": clock("11:00") }),
            ),
            Waiting::digest(comment("digest", "10:04").message, clock("10:04")),
        ];
        Desk::new(&policy, "10:05").check(
            &waiting,
            expect![[r#"
            ana: 7 messages wait
            2026-11-21 10:05Z, policy desk
            first      comment  digest   in digest `comments`, due 2026-11-21 10:30Z
            code       comment  go       by app
            danger     comment  go       by app
            elsewhere  comment  go       by app
            unwanted   comment  dropped  no consent on record for marketing (law)
            digest     comment  go       by app
            later      comment  wait     until 2026-11-21 11:00Z: the author wants it no sooner (author)
            digest `comments` of 1: due 2026-11-21 10:30Z
        "#]],
        );
    }

    /// Members take no room; the digest that is made of them does.
    #[test]
    fn caps_are_the_digests_to_obey() {
        let policy = format!(
            "defaults.caps = [{{ name = \"daily\", limit = 1, per = \"1d\" }}]\n[purposes.service]\nwhen_capped = \"drop\"\n{}",
            comments("window = \"30m\"")
        );
        let waiting = [came("09:00", json!({ "id": "visit" })), comment("first", "10:00"), comment("second", "10:10")];
        let desk = Desk::new(&policy, "10:30");
        let first = desk.arbitrate(&waiting);
        expect![[r#"
            ana: 3 messages wait
            2026-11-21 10:30Z, policy desk
            visit   visit    go      by app
            first   comment  digest  in digest `comments`, due 2026-11-21 10:30Z
            second  comment  digest  in digest `comments`, due 2026-11-21 10:30Z
            digest `comments` of 2: goes now (window)
        "#]]
        .assert_eq(&first.to_string());
        let one = first.digests[0].compose(&waiting, desk.facts.now, |members| {
            assert_eq!(members.iter().map(|member| member.id().as_str()).collect::<Vec<_>>(), ["first", "second"]);
            came("10:30", json!({ "id": "both", "topic": "comment" })).message
        });
        desk.check(
            &[waiting[0].clone(), one],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:30Z, policy desk
            visit  visit    go       by app
            both   comment  dropped  cap `daily` of 1 is reached (policy)
        "#]],
        );
    }

    #[test]
    fn a_member_goes_into_no_second_digest() {
        let desk = Desk::new(&comments("window = \"30m\""), "10:40").handed(&comment("first", "10:00"), "10:30");
        desk.check(
            &[comment("first", "10:00"), comment("second", "10:35")],
            expect![[r#"
            ana: 2 messages wait
            2026-11-21 10:40Z, policy desk
            first   comment  repeated  first was handed over before
            second  comment  digest    in digest `comments`, due 2026-11-21 11:05Z
            digest `comments` of 1: due 2026-11-21 11:05Z
        "#]],
        );
    }
}

/// Scenario 19: the appointment moves while its reminder waits, and once it is under way.
#[test]
fn an_appointment_that_moves() {
    let world = |request: &str| check::World::scenario("19-appointment", &format!("19-appointment/{request}.json"));
    let (thursday, moved) = (world("request-thursday"), world("request-moved"));
    let router = moved.router();
    let first = Waiting::new(thursday.message(), thursday.facts().now);
    let second = Waiting::new(moved.message(), moved.facts().now);
    expect![[r#"
        elena: 2 messages wait
        2026-11-24 16:00Z, policy clinic-2026-11
        reminder-1  appointment  superseded  by reminder-2
        reminder-2  appointment  wait        until 2026-11-30 15:00Z: outside the sender's hours (policy)
    "#]]
    .assert_eq(&router.arbitrate(&[first.clone(), second.clone()], &moved.facts(), &[]).to_string());
    let under_way = router.config().handled(&first, thursday.facts().now).running();
    let arbitration = router.arbitrate(&[second], &moved.facts(), &[under_way]);
    expect![[r#"
        elena: 1 message waits
        2026-11-24 16:00Z, policy clinic-2026-11
        reminder-2  appointment  wait  until 2026-11-30 15:00Z: outside the sender's hours (policy)
        reminder-1, under way, is superseded
    "#]]
    .assert_eq(&arbitration.to_string());
}

/// Scenario 18: of a sale and two more offers the customer gets one, and the others their turn.
#[test]
fn a_sale_beside_other_offers() {
    let world = check::World::scenarios("18-sale", "18-sale/requests.jsonl").swap_remove(6);
    let sale = world.message();
    let offer = |id: &str| {
        let offer =
            Message::builder(id.parse().expect("an id"), sale.topic(), sale.purpose()).content(sale.content().clone());
        Waiting::new(offer.created(world.facts().now).build().expect("a message"), world.facts().now)
    };
    let waiting = [Waiting::new(sale.clone(), world.facts().now), offer("offer-1"), offer("offer-2")];
    expect![[r#"
        c-007: 3 messages wait
        2026-11-20 09:00Z, policy sale-2026-11
        sale-2026-11  sale  wait     until 2026-11-20 11:02:14Z: the crowd is spread over time (policy)
        offer-1       sale  wait     until 2026-11-20 11:02:14Z: the crowd is spread over time (policy)
        offer-2       sale  dropped  cap `promo-texts` of 1 is reached (policy)
    "#]]
    .assert_eq(&world.router().arbitrate(&waiting, &world.facts(), &[]).to_string());
}

/// Scenario 4: the next offers go a few days apart.
#[test]
fn offers_a_few_days_apart() {
    let policy = r#"
[purposes.marketing]
max_delay = "30d"
[purposes.marketing.then]
caps = [{ name = "spacing", per = { min_gap = "3d" } }]
"#;
    let consent = json!({ "profile": { "consents": [check::yes_to_marketing()] } });
    let world = check::World::usual().policy(policy).with(consent);
    let offer = |id: &str| came("09:00", json!({ "id": id, "topic": "coupon", "purpose": "marketing" }));
    let arbitration = world.router().arbitrate(&[offer("a"), offer("b"), offer("c")], &world.facts(), &[]);
    expect![[r#"
        ana: 3 messages wait
        2026-11-21 10:00Z
        a  coupon  go       by app
        b  coupon  dropped  cap `spacing` of 1 is reached (policy)
        c  coupon  dropped  cap `spacing` of 1 is reached (policy)
    "#]]
    .assert_eq(&arbitration.to_string());
}

mod documents {
    use super::*;

    #[test]
    fn what_waits_and_what_was_handed_over() {
        let waiting = Waiting::digest(came("09:00", json!({ "values": { "name": "Ana" } })).message, clock("09:00"));
        let written = serde_json::to_value(&waiting).expect("it writes");
        assert_eq!(serde_json::from_value::<Waiting>(written.clone()).expect("it reads"), waiting);
        let mut unknown = written;
        unknown["urgent"] = true.into();
        let error = serde_json::from_value::<Waiting>(unknown).expect_err("an unknown field").to_string();
        assert!(error.starts_with("unknown field `urgent`"), "{error}");

        let full = json!({
            "message": "m-1", "dedupe_key": "k", "created": "2026-11-21T09:00:00Z", "since": "2026-11-21T09:00:01Z",
            "at": "2026-11-21T09:00:02Z", "running": true, "collected": true, "topic": "comment", "purpose": "service",
            "urgency": "high", "tags": ["a", "b"], "brand": "north", "conversation": "c", "values": { "thread": "secret" },
        });
        let handled: Handled = serde_json::from_value(full.clone()).expect("it reads");
        assert_eq!(serde_json::to_value(&handled).expect("it writes"), full);
        assert!(!format!("{handled:?}").contains("secret"), "values are personal");
        let mut wrong = full;
        wrong["running"] = "ana@example.com".into();
        let error = serde_json::from_value::<Handled>(wrong).expect_err("no boolean").to_string();
        assert!(!error.contains("ana@"), "{error}");
    }

    /// Nothing of the words, the values or the addresses.
    #[test]
    fn an_answer_holds_nothing_personal() {
        let policy =
            "[[inhibit]]\nname = \"one\"\nsource.topic = \"a\"\ntarget.topic = \"b\"\nequal = [\"value:secret\"]\n";
        let secret =
            |topic: &str| came("09:00", json!({ "id": topic, "topic": topic, "values": { "secret": "s3cr3t" } }));
        let arbitration = Desk::new(policy, "10:00").arbitrate(&[secret("a"), secret("b")]);
        let said = format!("{arbitration} {arbitration:?} {}", serde_json::to_string(&arbitration).expect("it writes"));
        for personal in ["s3cr3t", "ana@example.com", "600111222", "on its way"] {
            assert!(!said.contains(personal), "{personal} in {said}");
        }
    }
}

mod laws {
    use super::*;

    /// A world in which several messages wait, some handed over, under inhibitions and digests.
    #[derive(Debug)]
    struct Crowd {
        world: World,
        waiting: Vec<Waiting>,
        handled: Vec<Handled>,
    }

    const TOPICS: [TopicId; 3] = [TopicId::literal("parcel"), TopicId::literal("coupon"), TopicId::literal("news")];

    fn common() -> impl Strategy<Value = Vec<Common>> {
        let all =
            vec![Common::Topic, Common::Purpose, Common::Brand, Common::Tags, Common::Value(Code::literal("thread"))];
        proptest::sample::subsequence(all, 0..=2)
    }

    fn inhibition() -> impl Strategy<Value = Inhibition> {
        (select(&TOPICS[..]), select(&TOPICS[..]), common(), proptest::option::of(0u32..48)).prop_map(
            |(source, target, equal, lasts)| {
                let mut inhibition =
                    Inhibition::new(RuleId::literal("inhibit"), When::topic([source]), When::topic([target]));
                (inhibition.equal, inhibition.lasts) = (equal, lasts.map(Span::hours));
                inhibition
            },
        )
    }

    fn digest_rule() -> impl Strategy<Value = DigestRule> {
        let window = prop_oneof![Just((None, 30u32)), (1u32..30).prop_map(|sliding| (Some(sliding), 60))];
        (select(&TOPICS[..]), common(), window, proptest::option::of(2u32..4), any::<bool>()).prop_map(
            |(topic, by, (sliding, longest), size, leading)| {
                let (name, when, longest) = (RuleId::literal("digest"), When::topic([topic]), Span::minutes(longest));
                let mut rule = match sliding {
                    Some(sliding) => DigestRule::sliding(name, when, Span::minutes(sliding), longest),
                    None => DigestRule::fixed(name, when, longest),
                };
                (rule.by, rule.size, rule.leading) = (by, size, leading);
                rule
            },
        )
    }

    fn crowd(rules: bool) -> impl Strategy<Value = Crowd> {
        let one = (
            (select(&TOPICS[..]), select(Purpose::KNOWN), select(Urgency::KNOWN)),
            (proptest::option::weighted(0.4, 0u8..3), 0i64..180, proptest::option::weighted(0.3, 0i64..180)),
            (proptest::option::weighted(0.2, -60i64..600), proptest::option::weighted(0.2, 601i64..3000), 0u8..2),
            (any::<bool>(), proptest::option::weighted(0.3, any::<bool>())),
        );
        let caps = vec((1u32..3, 0usize..4, select(CapScope::ALL)), 0..3);
        let rules = (vec(inhibition(), 0..3), vec(digest_rule(), 0..2))
            .prop_map(move |both| if rules { both } else { Default::default() });
        (world(), vec(one, 1..9), caps, rules).prop_map(|(world, ones, caps, (mut inhibit, mut digest))| {
            let mut policy = world.policy.clone();
            for ((limit, per, scope), at) in caps.into_iter().zip(0..) {
                let hours = |hours| Span::hours(hours);
                let per = match per {
                    0 => Period::sliding(hours(24)).expect("a span"),
                    1 => Period::min_gap(hours(2)).expect("a span"),
                    2 => Period::fixed(hours(6)).expect("a span"),
                    _ => Period::CalendarDay,
                };
                let mut cap = Cap::new(format!("crowd-{at}").parse().expect("a name"), limit, per);
                cap.scope = vec![scope];
                policy.defaults.caps.push(cap);
            }
            inhibit.iter_mut().zip(0..).for_each(|(rule, at)| rule.name = format!("i-{at}").parse().expect("a name"));
            digest.iter_mut().zip(0..).for_each(|(rule, at)| rule.name = format!("d-{at}").parse().expect("a name"));
            (policy.inhibit, policy.digest) = (inhibit, digest);
            let mut world = world.under(policy);
            let now = world.facts.now;
            // A send from the future does not count yet, and would fill caps that the arbitration may not know of.
            world.facts.history.retain(|sent| sent.at <= now);
            let (mut waiting, mut handled) = (Vec::new(), Vec::new());
            for ((what, when, how, past), at) in ones.into_iter().zip(0..) {
                let (topic, purpose, urgency) = what;
                let (key, age, written) = when;
                let (due, expires, thread) = how;
                let minutes = |minutes| now + TimeDelta::minutes(minutes);
                let mut message = Message::builder(format!("m-{at}").parse().expect("an id"), topic, purpose)
                    .urgency(urgency)
                    .content(world.message.content().clone())
                    .values([(Code::literal("thread"), thread.to_string())].into_iter().collect());
                if past.0 {
                    message = message.tag(Tag::literal("vip"));
                }
                if let Some(key) = key {
                    message = message.dedupe_key(format!("k-{key}").parse().expect("a key"));
                }
                message = written.into_iter().fold(message, |message, age| message.created(minutes(-age)));
                message = due.into_iter().fold(message, |message, due| message.not_before(minutes(due)));
                message = expires.into_iter().fold(message, |message, end| message.expires(minutes(end)));
                let one = Waiting::new(message.build().expect("a message"), minutes(-age));
                match past.1 {
                    Some(running) => {
                        let done = world.config.handled(&one, minutes(-age / 2));
                        handled.push(if running { done.running() } else { done });
                    }
                    None => waiting.push(one),
                }
            }
            Crowd { world, waiting, handled }
        })
    }

    impl Crowd {
        fn arbitrate(&self, waiting: &[Waiting]) -> Arbitration {
            let World { config, profile, facts, .. } = &self.world;
            arbitrate(config, profile, waiting, facts, &self.handled)
        }
    }

    #[test]
    fn each_message_has_one_ruling_whatever_the_order_of_the_list() {
        let seen = std::cell::RefCell::new(BTreeMap::<&str, u32>::new());
        for_all(1_500, (crowd(true), any::<u64>()), |(crowd, seed)| {
            let arbitration = crowd.arbitrate(&crowd.waiting);
            let mut mixed = crowd.waiting.clone();
            mixed.sort_by_key(|waiting| {
                waiting
                    .message
                    .id()
                    .as_str()
                    .bytes()
                    .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
            });
            mixed.extend(crowd.waiting.first().cloned());
            prop_assert_eq!(&crowd.arbitrate(&mixed), &arbitration);

            let ids = |arbitration: &Arbitration| -> BTreeSet<_> {
                arbitration.decisions.iter().map(|decision| decision.message.clone()).collect()
            };
            prop_assert_eq!(arbitration.decisions.len(), crowd.waiting.len());
            prop_assert_eq!(
                ids(&arbitration),
                crowd.waiting.iter().map(|waiting| waiting.message.id().clone()).collect()
            );

            // Exactly the members of the digests are ruled to be inside.
            let members: Vec<_> = arbitration.digests.iter().flat_map(|digest| digest.members.clone()).collect();
            let inside = arbitration.decisions.iter().filter(|decision| decision.ruling.code() == "digest");
            prop_assert_eq!(members.len(), members.iter().collect::<BTreeSet<_>>().len());
            prop_assert_eq!(members.into_iter().collect::<BTreeSet<_>>(), inside.map(|d| d.message.clone()).collect());

            for decision in &arbitration.decisions {
                *seen.borrow_mut().entry(decision.ruling.code()).or_default() += 1;
                let own =
                    crowd.waiting.iter().find(|waiting| *waiting.message.id() == decision.message).expect("ruled");
                let exempt = [Purpose::Safety, Purpose::Authentication].contains(&own.message.purpose());
                match &decision.ruling {
                    Ruling::Go { plan } => {
                        prop_assert!(plan.dispatches().any(|sent| sent.not_before <= crowd.world.facts.now))
                    }
                    Ruling::Wait { until, plan, .. } => {
                        prop_assert!(
                            plan.dispatches().all(|sent| sent.not_before >= *until) && *until > crowd.world.facts.now
                        );
                    }
                    Ruling::Muted { .. } | Ruling::Digest { .. } => prop_assert!(!exempt, "{arbitration}"),
                    _ => {}
                }
            }
            Ok(())
        });
        let seen = seen.into_inner();
        for ruling in ["go", "wait", "digest", "superseded", "repeated", "muted", "dropped"] {
            if ruling != "repeated" {
                assert!(seen.get(ruling).is_some_and(|times| *times > 20), "{ruling} is hardly ever ruled: {seen:?}");
            }
        }
    }

    /// One more entry of a message, which came at the same instant and differs in one thing.
    fn twin(of: &Waiting, change: u8, far: DateTime<Utc>) -> Waiting {
        let changed = of.message.to_builder();
        let changed = match change {
            0 => changed.tag(Tag::literal("twin")),
            1 => changed.brand(TenantId::literal("twin")),
            2 => changed.variant(Variant::text("Said otherwise")),
            3 => changed.values([(Code::literal("thread"), "twin")].into_iter().collect()),
            4 => changed.expires(far),
            _ => changed.channels(Override { only: vec![ChannelKind::SMS], order: Vec::new() }),
        };
        // Not when it was written, nor its urgency: these have an order of their own.
        Waiting::new(changed.build().expect("a message"), of.since)
    }

    #[test]
    fn the_places_in_the_lists_reach_nothing() {
        let ties = std::cell::Cell::new(0);
        let twins = vec((any::<proptest::sample::Index>(), 0u8..6), 1..6);
        for_all(700, (crowd(true), twins), |(mut crowd, twins)| {
            let far = crowd.world.facts.now + TimeDelta::days(2);
            for (of, change) in twins {
                if let Some(of) = crowd.waiting.get(of.index(crowd.waiting.len().max(1))) {
                    let twin = twin(of, change, far);
                    ties.set(ties.get() + u32::from(twin != *of));
                    crowd.waiting.push(twin);
                }
                // What was handed over at one instant mutes equally long.
                if let Some(done) = crowd.handled.get(of.index(crowd.handled.len().max(1))) {
                    let mut done = done.clone();
                    done.message = format!("a-{change}").parse().expect("a name");
                    crowd.handled.push(done);
                }
            }
            let answer = crowd.arbitrate(&crowd.waiting);
            let composed = |waiting: &[Waiting]| -> Vec<Message> {
                let mut members = Vec::new();
                for digest in &answer.digests {
                    digest.compose(waiting, answer.made_at, |of| {
                        members.extend(of.iter().map(|&message| message.clone()));
                        of[0].clone()
                    });
                }
                members
            };
            let inside = composed(&crowd.waiting);
            crowd.waiting.reverse();
            crowd.handled.reverse();
            prop_assert_eq!(&crowd.arbitrate(&crowd.waiting), &answer);
            prop_assert_eq!(composed(&crowd.waiting), inside);
            Ok(())
        });
        assert!(ties.get() > 500, "{} ties", ties.get());
    }

    #[test]
    fn of_one_key_one_goes_and_none_twice() {
        for_all(1_500, crowd(true), |crowd| {
            let arbitration = crowd.arbitrate(&crowd.waiting);
            let mut keys = BTreeSet::new();
            for decision in &arbitration.decisions {
                let own =
                    crowd.waiting.iter().find(|waiting| *waiting.message.id() == decision.message).expect("ruled");
                let over = matches!(decision.ruling, Ruling::Superseded { .. } | Ruling::Repeated { .. });
                if let Some(key) = own.message.dedupe_key().filter(|_| !over) {
                    prop_assert!(keys.insert(key), "{arbitration}");
                    let newer = |handled: &&Handled| {
                        handled.dedupe_key.as_ref() == Some(key) && handled.created >= own.created()
                    };
                    prop_assert_eq!(crowd.handled.iter().find(newer), None);
                }
            }
            // Once all that goes was handed over, a replay of the whole list sends nothing of it again.
            let mut later = crowd.handled.clone();
            let went = |waiting: &&Waiting| {
                arbitration.ruling(waiting.message.id().as_str()).is_some_and(|r| r.code() == "go")
            };
            let went: Vec<_> = crowd.waiting.iter().filter(went).collect();
            later.extend(went.iter().map(|waiting| crowd.world.config.handled(waiting, crowd.world.facts.now)));
            let again =
                arbitrate(&crowd.world.config, &crowd.world.profile, &crowd.waiting, &crowd.world.facts, &later);
            for waiting in went {
                prop_assert_eq!(again.ruling(waiting.message.id().as_str()).map(Ruling::code), Some("repeated"));
            }
            Ok(())
        });
    }

    /// What goes first of everything that goes or waits, sent at its instant and judged there by the router's own gates.
    #[test]
    fn caps_hold_for_all_of_them_together() {
        let judged = std::cell::Cell::new(0);
        for_all(1_500, crowd(true), |mut crowd| {
            // What obeys no cap is held back for none, so here everything obeys and counts.
            let mut policy = crowd.world.policy.clone();
            for purpose in Purpose::KNOWN {
                let said = policy.purposes.entry(*purpose).or_default();
                (said.obeys_caps, said.counts_toward_caps) = (Some(true), Some(true));
            }
            let purposes = policy.purposes.values_mut().map(|said| &mut said.then);
            let rules = policy.rules.iter_mut().map(|rule| &mut rule.then);
            for settings in purposes.chain(rules) {
                settings.caps.clear();
                settings.lifts.clear();
            }
            policy.defaults.lifts.clear();
            crowd.world = crowd.world.under(policy);
            let World { config, profile, facts, .. } = &crowd.world;
            let arbitration = crowd.arbitrate(&crowd.waiting);
            let mut sends: Vec<(DateTime<Utc>, &Message, Dispatch)> = Vec::new();
            for decision in &arbitration.decisions {
                let (Ruling::Go { plan } | Ruling::Wait { plan, .. }) = &decision.ruling else { continue };
                let own =
                    crowd.waiting.iter().find(|waiting| *waiting.message.id() == decision.message).expect("ruled");
                let first =
                    plan.steps().first().into_iter().chain(plan.always().iter().filter_map(|chain| chain.first()));
                let first: Vec<_> = first.flat_map(Step::dispatches).collect();
                // What one message sends at once is its own to confirm: groups may be more than a cap lets through.
                if let [only] = first.as_slice() {
                    sends.push((only.not_before.max(facts.now), &own.message, **only));
                }
            }
            sends.sort_by_key(|(instant, ..)| *instant);
            for (number, (instant, message, dispatch)) in sends.iter().enumerate() {
                let mut then = facts.clone();
                then.now = *instant;
                then.pending.clear();
                then.history.extend(
                    sends[..number].iter().map(|(at, message, dispatch)| config.sent(profile, dispatch, message, *at)),
                );
                let answer = confirm(config, profile, dispatch, message, &then);
                let capped = answer.reason().is_some_and(|reason| reason.code() == "cap_reached");
                prop_assert!(!capped, "{} at {instant}: {answer:?}\n{arbitration}", message.id());
                judged.set(judged.get() + usize::from(number > 0));
            }
            Ok(())
        });
        assert!(judged.get() > 500, "hardly ever more than one: {}", judged.get());
    }

    /// Whoever shares no key and no digest with a message that comes after it in pressure is not touched by it.
    #[test]
    fn the_less_pressing_change_nothing() {
        for_all(1_500, crowd(true), |mut crowd| {
            let mut policy = crowd.world.policy.clone();
            policy.digest.clear();
            crowd.world = crowd.world.under(policy);
            for (waiting, at) in crowd.waiting.iter_mut().zip(0..) {
                let key = format!("own-{at}").parse().expect("a key");
                waiting.message = waiting.message.to_builder().dedupe_key(key).build().expect("a message");
            }
            let all = crowd.arbitrate(&crowd.waiting);
            for (number, last) in all.decisions.iter().enumerate() {
                let fewer: Vec<_> =
                    crowd.waiting.iter().filter(|waiting| *waiting.message.id() != last.message).cloned().collect();
                let without = crowd.arbitrate(&fewer);
                prop_assert_eq!(
                    &without.decisions[..number],
                    &all.decisions[..number],
                    "without {}:\n{}",
                    last.message,
                    all
                );
            }
            Ok(())
        });
    }
}

/// Nobody is left out, however many wait.
#[test]
fn a_thousand_are_ruled() {
    let policy = r#"
defaults.caps = [{ name = "hourly", limit = 2, per = "1h" }, { name = "daily", limit = 10, per = "calendar_day" }]
[[digest]]
name = "comments"
when.topic = "comment"
window = "30m"
[[inhibit]]
name = "one"
source.topic = "outage"
target.topic = "slow_line"
equal = ["value:area"]
"#;
    let topics = ["visit", "comment", "outage", "slow_line", "bill"];
    let one = |number: usize| {
        let since = clock("08:00") + TimeDelta::seconds(number as i64);
        let patch = json!({
            "id": format!("m-{number:04}"), "topic": topics[number % 5], "values": { "area": (number % 7).to_string() },
            "expires": clock("2026-11-24T00:00:00Z"),
        });
        Waiting::new(came("08:00", patch).message, since)
    };
    let waiting: Vec<_> = (0..1_000).map(one).collect();
    let desk = Desk::new(policy, "10:00");
    let arbitration = desk.router.arbitrate(&waiting, &desk.facts, &[]);
    let mut counts = BTreeMap::<&str, u32>::new();
    for decision in &arbitration.decisions {
        *counts.entry(decision.ruling.code()).or_default() += 1;
    }
    expect![[r#"{"digest": 200, "dropped": 568, "go": 2, "muted": 200, "wait": 30}"#]]
        .assert_eq(&format!("{counts:?}"));
}
