//! The machine that carries a plan out: what goes in, and the timeline of what comes out.

use std::{collections::BTreeMap, fmt::Write};

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::{Expect, expect};
use waypost::{
    Absorbed, Confirmation, Coverage, DispatchKey, Event, Execution, Happened, Output, Reason, Receipt, RefusedBy,
    policy::FailureClass, time::Span,
};

#[path = "../../crates/waypost-model/src/draft.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is shared with the model, which says more plans with it")]
mod draft;

use draft::{Draft, at, step};

/// Runs a script over a plan and compares what the machine said, line by line.
///
/// Every line of a script is an instant and an input: `10s 1.1/1 delivered` (a receipt, of the main chain where no other is
/// named), `5m event paid`, `1m gate sms wait:30m` (what the gates answer from then on to a channel), `2m restart`, `3m save`,
/// `4m restore`, `5m timeout`, `5m outcome`; or `wake`, at the instant that is waited for, and `run`, until nothing is.
#[track_caller]
fn check(draft: &Draft, script: &str, expected: Expect) {
    let mut stage = Stage::new(draft);
    stage.drain();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        stage.perform(line);
        let written = stage.execution.to_json();
        assert_eq!(Execution::from_json(&written).as_ref(), Ok(&stage.execution), "{written}");
    }
    expected.assert_eq(&stage.told);
}

struct Stage {
    execution: Execution,
    now: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    gates: BTreeMap<String, String>,
    saved: Option<String>,
    told: String,
}

fn span(text: &str) -> TimeDelta {
    text.parse::<Span>().unwrap_or_else(|error| panic!("{error}")).as_delta()
}

fn clock(instant: DateTime<Utc>) -> String {
    let seconds = (instant - at(0)).num_seconds();
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.abs();
    match seconds / 3_600 {
        0 => format!("{sign}{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{sign}{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// A key without its message, and without the main chain.
fn short(key: &DispatchKey) -> String {
    let text = key.to_string();
    let text = text.strip_prefix("m-1/").unwrap_or(&text);
    text.strip_prefix("0.").unwrap_or(text).to_owned()
}

fn happened(text: &str) -> Happened {
    let mut words = text.split(':');
    let first = words.next().unwrap_or_default();
    let second = words.next();
    match first {
        "unknown" => Happened::Unknown,
        "failed" => {
            let class: FailureClass = second.and_then(|class| class.parse().ok()).expect("a failure class");
            let retry_after = words.next().map(|span| span.parse().expect("a span"));
            Happened::Failed { class, detail: None, retry_after }
        }
        "refused" => {
            let by: RefusedBy = second.and_then(|by| by.parse().ok()).expect("a refusal");
            let covers: Coverage =
                words.next().map_or(Coverage::Everything, |covers| covers.parse().expect("a coverage"));
            Happened::Refused { by, covers }
        }
        rung => Happened::Reached(rung.parse().expect("a rung of the ladder")),
    }
}

impl Stage {
    fn new(draft: &Draft) -> Self {
        let execution = Execution::new(draft.plan(), at(0));
        Self { execution, now: at(0), until: None, gates: BTreeMap::new(), saved: None, told: String::new() }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.told, "{} {line}", clock(self.now)).expect("a string takes everything");
    }

    fn perform(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["wake"] => {
                self.now = self.until.expect("an instant is waited for");
                self.execution.handle_timeout(self.now);
                self.drain();
            }
            ["run"] => {
                while self.until.is_some() {
                    self.perform("wake");
                }
            }
            [when, ref rest @ ..] => {
                self.now = match when.strip_prefix('-') {
                    Some(before) => at(0) - span(before),
                    None => at(0) + span(when),
                };
                self.perform_now(rest);
            }
            [] => {}
        }
    }

    fn perform_now(&mut self, words: &[&str]) {
        let now = self.now;
        match words {
            ["timeout"] => self.execution.handle_timeout(now),
            ["event", name] => {
                let event = Event::new(name.parse().expect("a name"), now).about("m-1".parse().expect("a name"));
                self.tell(&format!("event {name}"));
                self.execution.handle_event(&event, now);
            }
            ["gate", channel, answer] => {
                self.gates.insert((*channel).to_owned(), (*answer).to_owned());
                return;
            }
            ["save"] => {
                self.saved = Some(self.execution.to_json());
                return;
            }
            ["restore"] => {
                let saved = self.saved.clone().expect("a snapshot was saved");
                self.execution = Execution::from_json(&saved).expect("a snapshot reads");
                self.perform_now(&["restart"]);
                return;
            }
            ["restart"] => {
                self.tell("restart");
                self.execution = Execution::from_json(&self.execution.to_json()).expect("a snapshot reads");
                self.execution.handle_timeout(now);
                let in_flight: Vec<_> = self.execution.in_flight().map(|handed| handed.key).collect();
                for key in in_flight {
                    self.execution.handle_receipt(&Receipt::new(key, now, Happened::Unknown), now);
                }
            }
            ["outcome"] => {
                self.tell_outcome();
                return;
            }
            [key, what, said @ ..] => {
                let places = key.split(['.', '/']).count();
                let key = if places == 3 { format!("m-1/0.{key}") } else { format!("m-1/{key}") };
                let said_at = said.first().map_or(now, |when| at(0) + span(when));
                let receipt = Receipt::new(key.parse().expect("a key"), said_at, happened(what));
                let absorbed = self.execution.handle_receipt(&receipt, now);
                self.tell(&format!("{} {what} is {absorbed}", short(&receipt.key)));
            }
            _ => panic!("no input is called {words:?}"),
        }
        self.drain();
    }

    fn confirm(&self, channel: &str) -> Confirmation {
        let answer = self.gates.get(channel).map_or("go", String::as_str);
        match answer.split_once(':').unwrap_or((answer, "")) {
            ("wait", long) => {
                let until = self.now + span(long);
                Confirmation::Wait { until, reason: Reason::ChannelClosed { until } }
            }
            ("full", long) => {
                let until = self.now + span(long);
                let cap = "daily".parse().expect("a name");
                Confirmation::Wait { until, reason: Reason::CapReached { cap, limit: 1, until: Some(until) } }
            }
            ("skip", _) => Confirmation::Skip { reason: Reason::ChannelDown { until: None } },
            ("stop", _) => Confirmation::Stop { reason: Reason::Unverified },
            ("superseded", _) => {
                Confirmation::Stop { reason: Reason::Superseded { event: Event::SUPERSEDED, at: self.now } }
            }
            _ => Confirmation::Go,
        }
    }

    fn drain(&mut self) {
        for _ in 0..100 {
            match self.execution.poll() {
                Output::Dispatch(handed) => {
                    let channel = handed.dispatch.channel.to_string();
                    let again = if handed.repeat > 0 { " again" } else { "" };
                    let answer = self.confirm(&channel);
                    match answer {
                        Confirmation::Go => self.tell(&format!("send {channel} {}{again}", short(&handed.key))),
                        Confirmation::Wait { until, .. } => {
                            self.tell(&format!("hold {channel} {}{again} until {}", short(&handed.key), clock(until)));
                        }
                        Confirmation::Skip { .. } => {
                            self.tell(&format!("skip {channel} {}{again}", short(&handed.key)))
                        }
                        _ => self.tell(&format!("stop {channel} {}{again}", short(&handed.key))),
                    }
                    self.execution.handle_confirmation(&handed.key, answer, self.now);
                }
                Output::Cancel(recall) => {
                    self.tell(&format!("recall {} {}", recall.dispatch.channel, short(&recall.key)))
                }
                Output::Settle(outcome) => {
                    let by = outcome.reached.as_ref().map(|reached| match (&reached.key, reached.event) {
                        (Some(key), _) => format!(" by {}", short(key)),
                        (None, event) => {
                            format!(" by {}", event.map_or("nobody".to_owned(), |event| event.to_string()))
                        }
                    });
                    self.tell(&format!("settle {}{}", outcome.ending, by.unwrap_or_default()));
                }
                Output::Wait { until, why } => {
                    assert!(until.is_none_or(|until| self.now < until), "{until:?} is not later than {}", self.now);
                    assert_eq!(until, self.execution.wakes_at());
                    let said = format!("{why:?}");
                    let why = said.split(['(', ' ']).next().unwrap_or_default().to_lowercase();
                    if let Some(until) = until {
                        self.tell(&format!("wait until {} for {why}", clock(until)));
                    }
                    self.until = until;
                    return;
                }
                other => panic!("no output is called {other:?}"),
            }
        }
        panic!("polling does not come to a wait:\n{}", self.told);
    }

    fn tell_outcome(&mut self) {
        let outcome = self.execution.outcome();
        self.tell(&format!("outcome {}", outcome.ending));
        for tried in &outcome.tried {
            let mut line = format!("    {} {}", short(&tried.key), tried.dispatch.channel);
            for (kind, when) in &tried.attempt.reached {
                let _ = write!(line, " {kind} {}", clock(*when));
            }
            if let Some(failure) = tried.attempt.failure {
                let _ = write!(line, " {} {}", failure.class, clock(failure.at));
            }
            if let Some(refused) = tried.attempt.refused {
                let _ = write!(line, " {} of {}", refused.by, refused.covers);
            }
            if tried.late {
                line.push_str(" late");
            }
            self.told.push_str(&line);
            self.told.push('\n');
        }
        for untried in &outcome.untried {
            let said = format!("{:?}", untried.why);
            let why = said.split(['(', ' ']).next().unwrap_or_default().to_lowercase();
            let _ = writeln!(self.told, "    {} untried: {why}", untried.dispatch.channel);
        }
        for stray in &outcome.strays {
            let _ = writeln!(self.told, "    stray {}", short(&stray.key));
        }
    }
}

fn push_then_sms() -> Draft {
    Draft::of([
        step("push", "push/pixel", 0).opens(0).recallable(),
        step("sms", "sms/mobile", 600).opens(0).recallable(),
    ])
}

mod what_follows_what {
    use super::*;

    #[test]
    fn the_rung_it_settles_on_ends_it() {
        check(
            &push_then_sms(),
            "5s 1.1/1 accepted \n 20s 1.1/1 delivered \n 1m outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            00:20 1.1/1 delivered is new
            00:20 settle reached by 1.1/1
            01:00 outcome reached
                1.1/1 push accepted 00:05 delivered 00:20
                sms untried: notneeded
        "#]],
        );
    }

    #[test]
    fn a_higher_rung_ends_it_too() {
        check(
            &push_then_sms(),
            "20s 1.1/1 clicked",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:20 1.1/1 clicked is new
            00:20 settle reached by 1.1/1
        "#]],
        );
    }

    #[test]
    fn a_lower_rung_does_not() {
        let draft = Draft::of([step("push", "push/pixel", 0).settle_on("read"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "20s 1.1/1 delivered \n wake \n 11m 1.1/1 read",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:20 1.1/1 delivered is new
            00:20 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            11:00 1.1/1 read is late
            11:00 settle reached by 1.1/1
        "#]],
        );
    }

    #[test]
    fn a_failure_that_may_pass_is_tried_again_under_a_new_key() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:transient \n wake \n 2m 1.1/2 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient is new
            00:05 wait until 00:56 for retry
            00:56 send push 1.1/2
            00:56 wait until 10:00 for receipt
            02:00 1.1/2 delivered is new
            02:00 settle reached by 1.1/2
        "#]],
        );
    }

    #[test]
    fn tries_come_to_an_end_and_the_next_step_goes_out_ahead_of_its_time() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:transient \n wake \n 2m 1.1/2 failed:transient \n run",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient is new
            00:05 wait until 00:56 for retry
            00:56 send push 1.1/2
            00:56 wait until 10:00 for receipt
            02:00 1.1/2 failed:transient is new
            02:00 send sms 2.1/1
            02:00 wait until 12:00 for receipt
            12:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn what_a_provider_asks_for_is_waited_for() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:transient:5m \n wake",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient:5m is new
            00:05 wait until 05:05 for retry
            05:05 send push 1.1/2
            05:05 wait until 10:00 for receipt
        "#]],
        );
    }

    #[test]
    fn what_a_provider_asks_for_beyond_the_time_of_the_step_is_a_failure() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:transient:10m",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient:10m is new
            00:05 send sms 2.1/1
            00:05 wait until 10:05 for receipt
        "#]],
        );
    }

    #[test]
    fn any_other_failure_brings_the_next_step_at_once() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:unreachable \n 10s 2.1/1 failed:hard_bounce \n 20s outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:unreachable is new
            00:05 send sms 2.1/1
            00:05 wait until 10:05 for receipt
            00:10 2.1/1 failed:hard_bounce is new
            00:10 settle failed
            00:20 outcome failed
                1.1/1 push unreachable 00:05
                2.1/1 sms hard_bounce 00:10
        "#]],
        );
    }

    #[test]
    fn the_next_step_waits_until_it_is_permitted() {
        let draft = Draft::of([step("push", "push/pixel", 0), step("sms", "sms/mobile", 600).opens(240)]);
        check(
            &draft,
            "5s 1.1/1 failed:unreachable \n wake",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:unreachable is new
            00:05 wait until 04:00 for notbefore
            04:00 send sms 2.1/1
            04:00 wait until 14:00 for receipt
        "#]],
        );
    }

    #[test]
    fn a_failure_may_end_it() {
        let draft =
            Draft::of([step("push", "push/pixel", 0).on("unreachable", "stop"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "5s 1.1/1 failed:unreachable",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:unreachable is new
            00:05 settle failed
        "#]],
        );
    }

    #[test]
    fn no_answer_is_asked_again_under_the_same_key_and_counts_as_an_outage_in_the_end() {
        check(
            &push_then_sms(),
            "5s 1.1/1 unknown \n wake \n 70s 1.1/1 unknown",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 unknown is new
            00:05 wait until 00:56 for repeat
            00:56 send push 1.1/1 again
            00:56 wait until 10:00 for receipt
            01:10 1.1/1 unknown is new
            01:10 send sms 2.1/1
            01:10 wait until 11:10 for receipt
        "#]],
        );
    }

    #[test]
    fn nothing_accepted_in_time_is_sent_again_under_the_same_key() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).accept_within(30)]);
        check(
            &draft,
            "wake \n wake \n 100s 1.1/1 accepted \n run",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 wait until 00:30 for acceptance
            00:30 wait until 01:21 for repeat
            01:21 send sms 1.1/1 again
            01:21 wait until 01:51 for acceptance
            01:40 1.1/1 accepted is new
            01:40 wait until 10:00 for receipt
            10:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn silence_brings_the_next_step_at_its_time() {
        let draft =
            Draft::of([step("push", "push/pixel", 0).give_up_after(300), step("sms", "sms/mobile", 600).opens(0)]);
        check(
            &draft,
            "5s 1.1/1 accepted \n run",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 05:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 05:00 for receipt
            05:00 wait until 10:00 for notbefore
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            20:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn silence_may_end_it() {
        let draft = Draft::of([step("mail", "email/home", 0).on("silent", "stop"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "5s 1.1/1 accepted \n run",
            expect![[r#"
            00:00 send mail 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            10:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn silence_may_be_waited_out() {
        let draft = Draft::of([step("mail", "email/home", 0).on("silent", "wait"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "5s 1.1/1 accepted \n 300h 1.1/1 delivered",
            expect![[r#"
            00:00 send mail 1.1/1
            00:05 1.1/1 accepted is new
            300:00:00 1.1/1 delivered is new
            300:00:00 settle reached by 1.1/1
        "#]],
        );
        check(
            &draft.expires(1_200),
            "5s 1.1/1 accepted \n run",
            expect![[r#"
            00:00 send mail 1.1/1
            00:00 wait until 20:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 20:00 for receipt
            20:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn a_closed_gate_brings_the_next_step() {
        let draft = Draft::of([step("push", "push/pixel", 60), step("sms", "sms/mobile", 600).opens(0)]);
        check(
            &draft,
            "0s gate push wait:30m \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold push 1.1/1 until 31:00
            01:00 send sms 2.1/1
            01:00 wait until 11:00 for receipt
        "#]],
        );
    }

    #[test]
    fn a_closed_gate_may_be_waited_for_or_end_it() {
        let draft = Draft::of([step("push", "push/pixel", 60).on("quiet", "wait"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "0s gate push wait:30m \n wake \n 2m gate push go \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold push 1.1/1 until 31:00
            01:00 wait until 31:00 for gate
            31:00 send push 1.1/1
            31:00 wait until 41:00 for receipt
        "#]],
        );
        let draft = Draft::of([step("push", "push/pixel", 60).on("capped", "stop"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "0s gate push full:30m \n wake \n 2m outcome",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold push 1.1/1 until 31:00
            01:00 settle nothing_sent
            02:00 outcome nothing_sent
                push untried: skipped
                sms untried: notneeded
        "#]],
        );
    }

    #[test]
    fn the_last_step_waits_for_its_gate() {
        let draft = Draft::of([step("sms", "sms/mobile", 60)]);
        check(
            &draft,
            "0s gate sms wait:30m \n wake \n 2m gate sms go \n wake \n run",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold sms 1.1/1 until 31:00
            01:00 wait until 31:00 for gate
            31:00 send sms 1.1/1
            31:00 wait until 41:00 for receipt
            41:00 settle unconfirmed
        "#]],
        );
        check(
            &draft.expires(1_800),
            "0s gate sms wait:30m \n wake \n 2m outcome",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold sms 1.1/1 until 31:00
            01:00 settle nothing_sent
            02:00 outcome nothing_sent
                sms untried: skipped
        "#]],
        );
    }

    #[test]
    fn a_no_ends_it() {
        check(
            &push_then_sms(),
            "5s 1.1/1 refused:opt_out \n 10m timeout",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 refused:opt_out is new
            00:05 settle refused
        "#]],
        );
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:opted_out \n 10m timeout",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:opted_out is new
            00:05 settle refused
        "#]],
        );
        let draft = Draft::of([step("push", "push/pixel", 60), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "0s gate push stop \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 stop push 1.1/1
            01:00 settle refused
        "#]],
        );
    }
}

mod odd {
    use super::*;

    #[test]
    fn a_receipt_after_the_fallback_is_late_and_takes_the_fallback_back() {
        check(
            &push_then_sms(),
            "wake \n 605s 2.1/1 accepted \n 610s 1.1/1 delivered \n 611s outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            10:05 2.1/1 accepted is new
            10:05 wait until 20:00 for receipt
            10:10 1.1/1 delivered is late
            10:10 recall sms 2.1/1
            10:10 settle reached by 1.1/1
            10:11 outcome reached
                1.1/1 push delivered 10:10 late
                2.1/1 sms accepted 10:05
        "#]],
        );
    }

    #[test]
    fn the_fallback_that_arrives_takes_the_first_back() {
        check(
            &push_then_sms(),
            "5s 1.1/1 accepted \n wake \n 605s 2.1/1 delivered \n 20m 1.1/1 delivered \n 20m outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            10:05 2.1/1 delivered is new
            10:05 recall push 1.1/1
            10:05 settle reached by 2.1/1
            20:00 1.1/1 delivered is late
            20:00 outcome reached
                1.1/1 push accepted 00:05 delivered 20:00 late
                2.1/1 sms delivered 10:05
        "#]],
        );
    }

    #[test]
    fn late_is_by_the_rung_that_the_step_asks() {
        let draft = Draft::of([step("push", "push/pixel", 0).settle_on("clicked"), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "5s 1.1/1 delivered \n wake \n 11m 1.1/1 read \n 11m outcome \n 12m 1.1/1 clicked \n 12m outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 delivered is new
            00:05 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            11:00 1.1/1 read is late
            11:00 wait until 20:00 for receipt
            11:00 outcome running
                1.1/1 push delivered 00:05 read 11:00
                2.1/1 sms
            12:00 1.1/1 clicked is late
            12:00 settle reached by 1.1/1
            12:00 outcome reached
                1.1/1 push delivered 00:05 read 11:00 clicked 12:00 late
                2.1/1 sms
        "#]],
        );
    }

    #[test]
    fn receipts_say_the_same_twice_and_in_any_order() {
        check(
            &push_then_sms(),
            "9s 1.1/1 delivered 5s \n 10s 1.1/1 accepted 2s \n 11s 1.1/1 delivered 5s \n 12s 1.1/1 failed:transient 3s \n 13s outcome",
            expect![[r#"
                00:00 send push 1.1/1
                00:00 wait until 10:00 for receipt
                00:09 1.1/1 delivered is new
                00:09 settle reached by 1.1/1
                00:10 1.1/1 accepted is late
                00:11 1.1/1 delivered is repeated
                00:12 1.1/1 failed:transient is late
                00:13 outcome reached
                    1.1/1 push accepted 00:02 delivered 00:05 transient 00:03
                    sms untried: notneeded
            "#]],
        );
        check(
            &push_then_sms(),
            "9s 1.1/1 failed:transient 3s \n 10s 1.1/1 failed:transient 3s \n 11s 1.1/1 accepted 2s \n 12s 1.1/1 delivered 5s \n 13s outcome",
            expect![[r#"
                00:00 send push 1.1/1
                00:00 wait until 10:00 for receipt
                00:09 1.1/1 failed:transient is new
                00:09 wait until 01:00 for retry
                00:10 1.1/1 failed:transient is repeated
                00:10 wait until 01:00 for retry
                00:11 1.1/1 accepted is new
                00:11 wait until 01:00 for retry
                00:12 1.1/1 delivered is new
                00:12 settle reached by 1.1/1
                00:13 outcome reached
                    1.1/1 push accepted 00:02 delivered 00:05 transient 00:03
                    sms untried: notneeded
            "#]],
        );
    }

    #[test]
    fn a_receipt_of_a_send_that_the_snapshot_does_not_know_is_kept_until_it_does() {
        check(
            &push_then_sms(),
            "1s save \n 2s 1.1/1 failed:unreachable \n 3s restore \n 4s 2.1/1 delivered \n 5s outcome \n 6s 1.1/1 failed:unreachable",
            expect![[r#"
                00:00 send push 1.1/1
                00:00 wait until 10:00 for receipt
                00:02 1.1/1 failed:unreachable is new
                00:02 send sms 2.1/1
                00:02 wait until 10:02 for receipt
                00:03 restart
                00:03 wait until 00:54 for repeat
                00:04 2.1/1 delivered is stray
                00:04 wait until 00:54 for repeat
                00:05 outcome running
                    1.1/1 push
                    stray 2.1/1
                00:06 1.1/1 failed:unreachable is new
                00:06 settle reached by 2.1/1
            "#]],
        );
    }

    #[test]
    fn an_unknown_result_of_such_a_send_says_nothing_of_this_one() {
        check(
            &push_then_sms(),
            "1s save \n 2s 1.1/1 failed:unreachable \n 3s restore \n 4s 2.1/1 unknown \n 6s 1.1/1 failed:unreachable",
            expect![[r#"
                00:00 send push 1.1/1
                00:00 wait until 10:00 for receipt
                00:02 1.1/1 failed:unreachable is new
                00:02 send sms 2.1/1
                00:02 wait until 10:02 for receipt
                00:03 restart
                00:03 wait until 00:54 for repeat
                00:04 2.1/1 unknown is stray
                00:04 wait until 00:54 for repeat
                00:06 1.1/1 failed:unreachable is new
                00:06 send sms 2.1/1
                00:06 wait until 10:06 for receipt
            "#]],
        );
    }

    #[test]
    fn a_receipt_of_another_message_is_a_stray() {
        check(
            &push_then_sms(),
            "1s 7.1/1 delivered \n 2s 7.1/1 delivered 1s \n 3s 1.1/9 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:01 7.1/1 delivered is stray
            00:01 wait until 10:00 for receipt
            00:02 7.1/1 delivered is repeated
            00:02 wait until 10:00 for receipt
            00:03 1.1/9 delivered is stray
            00:03 wait until 10:00 for receipt
        "#]],
        );
    }

    #[test]
    fn a_restart_asks_again_under_the_same_key() {
        check(
            &push_then_sms(),
            "3s restart \n wake \n 2m 1.1/1 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:03 restart
            00:03 wait until 00:54 for repeat
            00:54 send push 1.1/1 again
            00:54 wait until 10:00 for receipt
            02:00 1.1/1 delivered is new
            02:00 settle reached by 1.1/1
        "#]],
        );
        check(
            &push_then_sms(),
            "3s 1.1/1 accepted \n 4s restart",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:03 1.1/1 accepted is new
            00:03 wait until 10:00 for receipt
            00:04 restart
            00:04 wait until 10:00 for receipt
        "#]],
        );
    }

    #[test]
    fn a_stand_in_is_no_reason_to_give_up_at_a_closed_gate() {
        let draft = Draft::of([step("sms-main", "sms/mobile", 60), step("sms-backup", "sms/mobile", 60).stand_in()]);
        check(
            &draft,
            "0s gate sms-main wait:1h \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 hold sms-main 1.1/1 until 1:01:00
            01:00 wait until 1:01:00 for gate
        "#]],
        );
    }

    #[test]
    fn what_arrived_did_not_fail() {
        let draft = Draft::of([
            step("push", "push/pixel", 0).settle_on("read"),
            step("sms", "sms/mobile", 60).settle_on("read"),
        ]);
        check(
            &draft,
            "1s 1.1/1 failed:unreachable \n 1s 1.1/1 delivered \n run",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:01 1.1/1 failed:unreachable is new
            00:01 wait until 01:00 for notbefore
            00:01 1.1/1 delivered is late
            00:01 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            20:00 settle unconfirmed
        "#]],
        );
        check(
            &draft,
            "1s 1.1/1 delivered \n 1s 1.1/1 failed:unreachable \n run",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:01 1.1/1 delivered is new
            00:01 wait until 10:00 for receipt
            00:01 1.1/1 failed:unreachable is new
            00:01 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            20:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn no_further_try_is_made_of_what_arrived() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).settle_on("read")]);
        check(
            &draft,
            "1s 1.1/1 failed:transient \n wake \n 1s 1.1/1 delivered \n 1s 1.1/2 failed:transient \n run",
            expect![[r#"
                00:00 send sms 1.1/1
                00:00 wait until 10:00 for receipt
                00:01 1.1/1 failed:transient is new
                00:01 wait until 00:52 for retry
                00:52 send sms 1.1/2
                00:52 wait until 10:00 for receipt
                00:01 1.1/1 delivered is new
                00:01 wait until 10:00 for receipt
                00:01 1.1/2 failed:transient is new
                00:01 wait until 10:00 for receipt
                10:00 settle unconfirmed
            "#]],
        );
    }

    #[test]
    fn a_message_that_waits_for_ever_ends_with_its_time() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).on("silent", "wait")]).expires(60);
        check(
            &draft,
            "31s 1.1/1 unknown \n 2h timeout",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 wait until 01:00 for receipt
            00:31 1.1/1 unknown is new
            00:31 wait until 01:00 for receipt
            2:00:00 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn that_nobody_knows_is_said_once() {
        let plan = Draft::of([step("push", "push/pixel", 0).attempts(3), step("sms", "sms/mobile", 600)]).plan();
        let mut execution = Execution::new(plan, at(0));
        let first = |execution: &mut Execution| match execution.poll() {
            Output::Dispatch(handed) => Some(handed),
            _ => None,
        };
        let key = first(&mut execution).expect("the push").key;
        let unknown = Receipt::new(key.clone(), at(5), Happened::Unknown);
        assert_eq!(execution.handle_receipt(&unknown, at(5)), Absorbed::New);
        execution.handle_timeout(execution.wakes_at().expect("the repetition"));
        assert_eq!(first(&mut execution).map(|handed| (handed.key, handed.repeat)), Some((key, 1)));
        let waits = execution.wakes_at();
        assert_eq!(execution.handle_receipt(&unknown, at(50)), Absorbed::Repeated);
        assert_eq!(execution.wakes_at(), waits);
    }

    #[test]
    fn a_clock_set_back_makes_nothing_early() {
        let draft = Draft::of([step("push", "push/pixel", 60), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "wake \n -50m 1.1/1 failed:transient \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 send push 1.1/1
            01:00 wait until 11:00 for receipt
            -50:00 1.1/1 failed:transient is new
            -50:00 wait until 01:00 for retry
            01:00 send push 1.1/2
            01:00 wait until 11:00 for receipt
        "#]],
        );
        check(
            &draft,
            "wake \n -50m 1.1/1 unknown \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 send push 1.1/1
            01:00 wait until 11:00 for receipt
            -50:00 1.1/1 unknown is new
            -50:00 wait until 01:00 for repeat
            01:00 send push 1.1/1 again
            01:00 wait until 11:00 for receipt
        "#]],
        );
        check(
            &draft,
            "0s gate push wait:1m \n 61s timeout \n -50m timeout",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:01 hold push 1.1/1 until 02:01
            01:01 wait until 10:00 for notbefore
            -50:00 wait until 10:00 for notbefore
        "#]],
        );
    }

    #[test]
    fn a_wake_up_that_comes_late_gives_no_more_tries() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).attempts(3), step("mail", "email/home", 600)]);
        check(
            &draft,
            "5s 1.1/1 failed:transient \n 2h timeout",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient is new
            00:05 wait until 00:56 for retry
            2:00:00 send mail 2.1/1
            2:00:00 wait until 2:10:00 for receipt
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 unknown \n 2h timeout",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 unknown is new
            00:05 wait until 00:56 for repeat
            2:00:00 send mail 2.1/1
            2:00:00 wait until 2:10:00 for receipt
        "#]],
        );
    }

    #[test]
    fn what_is_not_sent_again_is_not_asked_after_every_second() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).accept_within(1).give_up_after(20)]);
        check(
            &draft,
            "run",
            expect![[r#"
                00:00 send sms 1.1/1
                00:00 wait until 00:01 for acceptance
                00:01 wait until 00:20 for receipt
                00:20 settle unconfirmed
            "#]],
        );
    }

    #[test]
    fn a_step_without_any_time_is_given_up_later_and_not_at_once_again() {
        let draft = Draft::of([step("sms", "sms/mobile", 0).give_up_after(0), step("mail", "email/home", 0)]);
        check(
            &draft,
            "run",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 wait until 00:01 for receipt
            00:01 send mail 2.1/1
            00:01 wait until 10:01 for receipt
            10:01 settle unconfirmed
        "#]],
        );
    }

    #[test]
    fn a_stand_in_is_for_a_provider_and_not_for_the_customer() {
        let draft = Draft::of([
            step("sms-main", "sms/mobile", 0),
            step("sms-backup", "sms/mobile", 0).stand_in(),
            step("mail", "email/home", 600).opens(0),
        ]);
        check(
            &draft,
            "5s 1.1/1 failed:outage \n 9s 2.1/1 failed:outage",
            expect![[r#"
            00:00 send sms-main 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:outage is new
            00:05 send sms-backup 2.1/1
            00:05 wait until 10:05 for receipt
            00:09 2.1/1 failed:outage is new
            00:09 send mail 3.1/1
            00:09 wait until 10:09 for receipt
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 failed:hard_bounce",
            expect![[r#"
            00:00 send sms-main 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:hard_bounce is new
            00:05 send mail 3.1/1
            00:05 wait until 10:05 for receipt
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 accepted \n wake",
            expect![[r#"
            00:00 send sms-main 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            10:00 send mail 3.1/1
            10:00 wait until 20:00 for receipt
        "#]],
        );
    }

    #[test]
    fn lanes_run_beside_each_other_until_each_settles() {
        let draft = Draft::of([
            step("push", "push/pixel", 0).branch(0, 0).with(step("sms", "sms/mobile", 0).branch(0, 1)),
            step("mail", "email/home", 600).branch(0, 0).opens(0),
        ]);
        check(
            &draft,
            "5s 1.2/1 delivered \n 8s 1.1/1 failed:unreachable \n 10s 2.1/1 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 send sms 1.2/1
            00:00 wait until 10:00 for receipt
            00:05 1.2/1 delivered is new
            00:05 wait until 10:00 for receipt
            00:08 1.1/1 failed:unreachable is new
            00:08 send mail 2.1/1
            00:08 wait until 10:08 for receipt
            00:10 2.1/1 delivered is new
            00:10 settle reached by 1.2/1
        "#]],
        );
    }

    #[test]
    fn an_alternative_begins_where_nobody_was_reached() {
        let draft = Draft::of([
            step("push", "push/pixel", 0).branch(0, 0).with(step("sms", "sms/mobile", 0).branch(0, 1)),
            step("voice", "voice/mobile", 600).branch(1, 0).opens(30),
        ]);
        check(
            &draft,
            "5s 1.2/1 failed:unreachable \n 8s 1.1/1 failed:unreachable \n wake",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 send sms 1.2/1
            00:00 wait until 10:00 for receipt
            00:05 1.2/1 failed:unreachable is new
            00:05 wait until 10:00 for receipt
            00:08 1.1/1 failed:unreachable is new
            00:08 wait until 00:30 for notbefore
            00:30 send voice 2.1/1
            00:30 wait until 10:30 for receipt
        "#]],
        );
        check(
            &draft,
            "5s 1.2/1 failed:unreachable \n 8s 1.1/1 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 send sms 1.2/1
            00:00 wait until 10:00 for receipt
            00:05 1.2/1 failed:unreachable is new
            00:05 wait until 10:00 for receipt
            00:08 1.1/1 delivered is new
            00:08 settle reached by 1.1/1
        "#]],
        );
    }

    #[test]
    fn an_event_settles_what_asks_for_it() {
        let draft = Draft::of([
            step("push", "push/pixel", 0).settle_on("event:paid").recallable(),
            step("sms", "sms/mobile", 600).settle_on("event:paid"),
        ]);
        check(
            &draft,
            "5s 1.1/1 read \n wake \n 11m event other \n 12m event paid",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 read is new
            00:05 wait until 10:00 for receipt
            10:00 send sms 2.1/1
            10:00 wait until 20:00 for receipt
            11:00 event other
            11:00 wait until 20:00 for receipt
            12:00 event paid
            12:00 settle reached by paid
        "#]],
        );
    }

    #[test]
    fn an_event_that_makes_it_pointless_ends_it() {
        let draft = push_then_sms().cancel_on("paid");
        check(
            &draft,
            "5s 1.1/1 accepted \n 6s event other \n 7s event paid \n 8s 1.1/1 delivered \n 9s outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            00:06 event other
            00:06 wait until 10:00 for receipt
            00:07 event paid
            00:07 recall push 1.1/1
            00:07 settle superseded
            00:08 1.1/1 delivered is late
            00:09 outcome superseded
                1.1/1 push accepted 00:05 delivered 00:08
                sms untried: notneeded
        "#]],
        );
        check(
            &draft,
            "5s event cancelled",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 event cancelled
            00:05 recall push 1.1/1
            00:05 settle cancelled
        "#]],
        );
        let draft = Draft::of([step("push", "push/pixel", 60), step("sms", "sms/mobile", 600)]);
        check(
            &draft,
            "0s gate push superseded \n wake",
            expect![[r#"
            00:00 wait until 01:00 for notbefore
            01:00 stop push 1.1/1
            01:00 settle superseded
        "#]],
        );
    }

    #[test]
    fn the_end_of_its_time_stops_what_has_not_gone_out() {
        let draft = push_then_sms().expires(300);
        check(
            &draft,
            "5s 1.1/1 accepted \n 6m timeout \n run",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            06:00 wait until 10:00 for receipt
            10:00 settle unconfirmed
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 accepted \n 6m 1.1/1 failed:unreachable \n 7m outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 accepted is new
            00:05 wait until 10:00 for receipt
            06:00 1.1/1 failed:unreachable is new
            06:00 settle expired
            07:00 outcome expired
                1.1/1 push accepted 00:05 unreachable 06:00
                sms untried: expired
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 failed:transient:2m \n 5m timeout",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:transient:2m is new
            00:05 wait until 02:05 for retry
            05:00 settle expired
        "#]],
        );
        check(
            &draft,
            "5s 1.1/1 unknown \n 5m timeout",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 unknown is new
            00:05 wait until 00:56 for repeat
            05:00 wait until 10:00 for receipt
        "#]],
        );
    }

    #[test]
    fn a_no_reaches_into_other_chains_as_far_as_it_covers() {
        let draft = Draft::of([step("sms", "sms/mobile", 0)])
            .always([step("mail", "email/home", 0), step("texts", "sms/mobile", 600).opens(0)]);
        check(
            &draft,
            "5s 0.1.1/1 refused:complaint:kind \n 9s 1.1.1/1 failed:unreachable \n 10s outcome",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 send mail 1.1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 refused:complaint:kind is new
            00:05 wait until 10:00 for receipt
            00:09 1.1.1/1 failed:unreachable is new
            00:09 settle refused
            00:10 outcome refused
                1.1/1 sms complaint of kind
                1.1.1/1 mail unreachable 00:09
                texts untried: refused
        "#]],
        );
        check(
            &draft,
            "5s 0.1.1/1 refused:opt_out \n 9s outcome",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 send mail 1.1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 refused:opt_out is new
            00:05 settle refused
            00:09 outcome refused
                1.1/1 sms opt_out of everything
                1.1.1/1 mail
                texts untried: notneeded
        "#]],
        );
        check(
            &draft,
            "5s 1.1.1/1 failed:outage \n 6s 1.2.1/1 unknown \n 7s 0.1.1/1 refused:suppressed:endpoint",
            expect![[r#"
            00:00 send sms 1.1/1
            00:00 send mail 1.1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1.1/1 failed:outage is new
            00:05 send texts 1.2.1/1
            00:05 wait until 10:00 for receipt
            00:06 1.2.1/1 unknown is new
            00:06 wait until 00:46 for repeat
            00:07 1.1/1 refused:suppressed:endpoint is new
            00:07 settle refused
        "#]],
        );
    }

    #[test]
    fn what_failed_and_arrived_after_all_did_not_fail() {
        check(
            &push_then_sms(),
            "5s 1.1/1 failed:outage \n 7s 1.1/1 delivered 4s \n 8s outcome",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 failed:outage is new
            00:05 send sms 2.1/1
            00:05 wait until 10:05 for receipt
            00:07 1.1/1 delivered is late
            00:07 recall sms 2.1/1
            00:07 settle reached by 1.1/1
            00:08 outcome reached
                1.1/1 push delivered 00:04 outage 00:05
                2.1/1 sms
        "#]],
        );
    }

    #[test]
    fn chains_beside_it_go_on_when_it_is_over() {
        let draft = Draft::of([step("push", "push/pixel", 0)]).always([step("mail", "email/home", 0)]);
        check(
            &draft,
            "5s 0.1.1/1 delivered \n 9s 1.1.1/1 delivered",
            expect![[r#"
            00:00 send push 1.1/1
            00:00 send mail 1.1.1/1
            00:00 wait until 10:00 for receipt
            00:05 1.1/1 delivered is new
            00:05 wait until 10:00 for receipt
            00:09 1.1.1/1 delivered is new
            00:09 settle reached by 1.1/1
        "#]],
        );
    }
}
