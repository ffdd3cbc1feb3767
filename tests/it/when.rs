//! The example `when` answers every fixed case as a document, and says what is wrong with a line that it cannot use.

use expect_test::{Expect, expect};
use serde_json::Value;
use waypost::time::BundledZones;

#[path = "../../examples/when/answer.rs"]
mod answer;
#[path = "../../examples/when/question.rs"]
mod question;

use answer::{Format, answer};

#[test]
fn every_fixed_case_is_answered() {
    let files = [
        (include_str!("data/vectors/windows.jsonl"), 321),
        (include_str!("data/vectors/layers.jsonl"), 63),
        (include_str!("data/vectors/caps.jsonl"), 120),
        (include_str!("data/vectors/combined.jsonl"), 40),
        (include_str!("data/vectors/gcra.jsonl"), 12),
    ];
    for (lines, expected) in files {
        assert_eq!(lines.lines().map(|line| check_case(line)).count(), expected);
    }
}

#[track_caller]
fn check_case(line: &str) {
    let case: Value = serde_json::from_str(line).expect("a case");
    let answered = answer(&BundledZones, line, Format::Json).expect(line);
    let answered: Value = serde_json::from_str(&answered).expect("an answer");
    for key in ["id", "next", "until", "counts", "allowed", "retry_at", "permitted"] {
        // What a case of caps calls `allowed` is whether the send is permitted.
        let answer_key = if key == "allowed" && case[key].is_boolean() { "permitted" } else { key };
        if let Some(expected) = case.get(key) {
            assert_eq!(answered.get(answer_key), Some(expected), "{key} of {line}");
        }
    }
    let words = answer(&BundledZones, line, Format::Words).expect(line);
    assert!(words.starts_with(case["id"].as_str().expect("an id")), "{words}");
    if let Some(permitted) = case.get("permitted").and_then(Value::as_bool) {
        assert_eq!(words.contains(": permitted at"), permitted, "{words}");
        assert_eq!(words.contains("closed ") || words.contains("full with"), !permitted, "{words}");
    }
}

#[track_caller]
fn check_refused(line: &str, expected: Expect) {
    expected.assert_eq(&answer(&BundledZones, line, Format::Json).expect_err(line));
}

#[test]
fn a_line_that_cannot_be_used_says_what_was_expected() {
    check_refused("[]", expect!["column 2: invalid length 0, expected struct Asked with 21 elements"]);
    check_refused("{", expect!["column 1: EOF while parsing an object"]);
    check_refused(r#"{"at":"2026-05-04T09:00:00Z","zone":"UTC"}"#, expect!["column 42: missing field `id`"]);
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z"}"#,
        expect!["expected a layer (`zone`), layers (`all_of`), `caps`, or a rate (`emission_seconds`)"],
    );
    check_refused(r#"{"id":"a","zone":"UTC"}"#, expect!["expected an instant `at`"]);
    check_refused(
        r#"{"id":"a","at":"2026-05-04 09:00","zone":"UTC"}"#,
        expect!["column 33: expected an instant such as `2026-05-04T09:00:00Z`, not `2026-05-04 09:00`"],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:60Z","zone":"UTC"}"#,
        expect!["column 37: expected an instant such as `2026-05-04T09:00:00Z`, not `2026-05-04T09:00:60Z`"],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z","zone":"Mars/Phobos"}"#,
        expect!["unknown time zone `Mars/Phobos` in chrono-tz 2025b"],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z","allow":["08:00-20:00"]}"#,
        expect!["expected a `zone` beside the rules of a layer"],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z","zone":"UTC","alow":[]}"#,
        expect![
            "column 57: unknown field `alow`, expected one of `id`, `at`, `kind`, `zone`, `allow`, `deny`, `closed`, `all_of`, `caps`, `sent`, `horizon_days`, `emission_seconds`, `burst`, `arrivals`, `tag`, `permitted`, `allowed`, `next`, `until`, `counts`, `retry_at`"
        ],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z","zone":"UTC","allow":[{"days":[1],"start":"09:00","end":"09:00"}]}"#,
        expect!["column 102: a window must not start and end at `09:00`: write `00:00-24:00` for a whole day"],
    );
    check_refused(
        r#"{"id":"a","at":"2026-05-04T09:00:00Z","zone":"UTC","horizon_days":401}"#,
        expect!["expected `horizon_days` up to 400, not 401"],
    );
    let caps = |cap: &str| format!(r#"{{"id":"a","at":"2026-05-04T09:00:00Z","caps":[{cap}]}}"#);
    check_refused(
        &caps(r#"{"kind":"hourly","limit":1}"#),
        expect![
            "column 62: unknown variant `hourly`, expected one of `sliding`, `fixed`, `calendar_day`, `calendar_week`, `calendar_month`, `rolling_days`, `lifetime`, `min_gap`, `gcra`"
        ],
    );
    check_refused(&caps(r#"{"kind":"sliding","limit":0,"seconds":60}"#), expect!["expected a `limit` above 0"]);
    check_refused(
        &caps(r#"{"kind":"sliding","limit":1,"seconds":0}"#),
        expect!["column 87: expected a duration longer than `0s`"],
    );
    check_refused(&caps(r#"{"kind":"calendar_day","limit":1}"#), expect!["column 80: missing field `zone`"]);
    check_refused(
        &caps(r#"{"kind":"calendar_week","limit":1,"zone":"UTC","week_start":8}"#),
        expect!["expected `week_start` from 1 (Monday) to 7 (Sunday), not 8"],
    );
    check_refused(
        &caps(r#"{"kind":"rolling_days","limit":1,"zone":"UTC","days":0}"#),
        expect!["expected `days` above 0"],
    );
    check_refused(r#"{"id":"a","emission_seconds":60,"burst":0,"arrivals":[]}"#, expect!["expected a `burst` above 0"]);
    check_refused(
        r#"{"id":"a","emission_seconds":60,"arrivals":[]}"#,
        expect!["expected a `burst` beside `emission_seconds`"],
    );
    check_refused(
        r#"{"id":"a","emission_seconds":60,"burst":1,"arrivals":[2,1]}"#,
        expect!["expected `arrivals` in order"],
    );
    check_refused(
        r#"{"id":"a","emission_seconds":60,"burst":1,"arrivals":[9223372036854775807]}"#,
        expect!["expected `arrivals` in seconds since 1970, not 9223372036854775807"],
    );
}
