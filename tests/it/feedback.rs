//! What an outcome teaches.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use waypost::{CustomerProfile, Outcome, feedback};

/// Folds an outcome of tries and compares what it teaches; taken up twice it forbids the same.
#[track_caller]
fn check(tried: &[Value], expected: Expect) {
    let outcome: Outcome = serde_json::from_value(json!({
        "message": "m-1", "customer": "ana", "topic": "coupon", "purpose": "marketing", "counts_toward_caps": true,
        "ending": "unconfirmed", "tried": tried,
    }))
    .expect("an outcome");
    let learned = feedback::fold(&outcome);
    assert_eq!(feedback::fold(&outcome), learned, "folded twice it says the same");
    let mut told = String::new();
    for sent in &learned.sent {
        told.push_str(&format!("sent {} at {}\n", sent.channel, sent.at.format("%H:%M:%S")));
    }
    for record in &learned.suppressions {
        told.push_str(&format!(
            "suppress {} endpoint {} kind {} purpose {}\n",
            record.class,
            record.endpoint.map_or("any".to_owned(), |id| id.to_string()),
            record.kind.map_or("any".to_owned(), |kind| kind.to_string()),
            record.purpose.map_or("any".to_owned(), |purpose| purpose.to_string()),
        ));
    }
    for event in &learned.consents {
        told.push_str(&format!(
            "{} endpoint {} kind {}\n",
            event.action,
            event.scope.endpoint.map_or("any".to_owned(), |id| id.to_string()),
            event.scope.kind.map_or("any".to_owned(), |kind| kind.to_string()),
        ));
    }
    for (kind, engagement) in &learned.engagement {
        told.push_str(&format!("{kind} delivered {} engaged {}\n", engagement.delivered, engagement.engaged));
    }
    expected.assert_eq(&told);

    let profile: CustomerProfile = serde_json::from_value(json!({"id": "ana", "endpoints": [
        {"id": "mobile", "kind": "sms", "address": "+34600111222"},
        {"id": "home", "kind": "email", "address": "ana@example.com"},
    ]}))
    .expect("a profile");
    let once = learned.apply(&profile).expect("there is room for it");
    let again = learned.apply(&once).expect("there is room for it");
    assert_eq!((once.suppressions(), once.consents()), (&learned.suppressions[..], &learned.consents[..]));
    assert_eq!((again.suppressions(), again.consents()), (once.suppressions(), once.consents()));
}

fn tried(number: u8, attempt: Value) -> Value {
    let mut attempt = attempt;
    attempt["handed_out"] = json!("2026-11-21T10:00:00Z");
    json!({
        "key": format!("m-1/0.1.1/{number}"),
        "dispatch": {
            "channel": "sms-main", "kind": "sms", "endpoint": "mobile", "not_before": "2026-11-21T10:00:00Z",
            "content": {"variant": 0, "form": "text"},
        },
        "attempt": attempt,
    })
}

const AT: &str = "2026-11-21T10:00:09Z";

#[test]
fn what_a_provider_took_counts_and_what_failed_does_not() {
    check(
        &[tried(1, json!({"reached": {"accepted": AT}}))],
        expect![[r#"
        sent sms-main at 10:00:00
    "#]],
    );
    check(
        &[tried(1, json!({}))],
        expect![[r#"
        sent sms-main at 10:00:00
    "#]],
    );
    check(&[tried(1, json!({"failure": {"class": "outage", "at": AT}}))], expect![[""]]);
}

#[test]
fn a_hard_bounce_suppresses_the_endpoint_unless_it_arrived_after_all() {
    let bounced = json!({"failure": {"class": "hard_bounce", "at": AT}, "reached": {"accepted": AT}});
    check(
        &[tried(1, bounced)],
        expect![[r#"
        sent sms-main at 10:00:00
        suppress hard_bounce endpoint mobile kind any purpose any
    "#]],
    );
    let arrived = json!({"failure": {"class": "hard_bounce", "at": AT}, "reached": {"delivered": AT}});
    check(
        &[tried(1, arrived)],
        expect![[r#"
        sent sms-main at 10:00:00
        sms delivered 1 engaged 0
    "#]],
    );
    check(&[tried(1, json!({"failure": {"class": "unreachable", "at": AT}}))], expect![[""]]);
}

#[test]
fn a_no_withdraws_as_far_as_it_covers() {
    for (covers, expected) in [
        (
            "endpoint",
            expect![[r#"
        sent sms-main at 10:00:00
        suppress complaint endpoint mobile kind any purpose marketing
        withdraw endpoint mobile kind any
        sms delivered 1 engaged 1
    "#]],
        ),
        (
            "kind",
            expect![[r#"
        sent sms-main at 10:00:00
        suppress complaint endpoint any kind sms purpose marketing
        withdraw endpoint any kind sms
        sms delivered 1 engaged 1
    "#]],
        ),
        (
            "everything",
            expect![[r#"
        sent sms-main at 10:00:00
        suppress complaint endpoint any kind any purpose marketing
        withdraw endpoint any kind any
        sms delivered 1 engaged 1
    "#]],
        ),
    ] {
        let complained = json!({"reached": {"read": AT}, "refused": {"by": "complaint", "covers": covers, "at": AT}});
        check(&[tried(1, complained)], expected);
    }
    let stopped = json!({"refused": {"by": "opt_out", "covers": "everything", "at": AT}});
    check(
        &[tried(1, stopped)],
        expect![[r#"
        sent sms-main at 10:00:00
        suppress stop endpoint any kind any purpose marketing
        withdraw endpoint any kind any
    "#]],
    );
}

#[test]
fn a_dispatch_that_was_tried_twice_is_engaged_with_once() {
    let failed = json!({"failure": {"class": "transient", "at": AT}});
    let read = || json!({"reached": {"delivered": AT, "read": AT, "clicked": AT}});
    check(
        &[tried(1, failed), tried(2, read())],
        expect![[r#"
        sent sms-main at 10:00:00
        sms delivered 1 engaged 1
    "#]],
    );
    check(
        &[tried(1, read()), tried(2, read())],
        expect![[r#"
        sent sms-main at 10:00:00
        sent sms-main at 10:00:00
        sms delivered 1 engaged 1
    "#]],
    );
    // What arrived by the first try and was read by the second was read.
    check(
        &[tried(1, json!({"reached": {"delivered": AT}})), tried(2, read())],
        expect![[r#"
        sent sms-main at 10:00:00
        sent sms-main at 10:00:00
        sms delivered 1 engaged 1
    "#]],
    );
}

/// Stored at the end, and what came later when it came, is as good as stored once at the very end.
#[test]
fn what_was_stored_and_what_came_later_make_the_whole() {
    let fold = |attempts: &[Value]| {
        let tried: Vec<_> = attempts.iter().zip(1..).map(|(attempt, number)| tried(number, attempt.clone())).collect();
        let outcome: Outcome = serde_json::from_value(json!({
            "message": "m-1", "customer": "ana", "topic": "coupon", "purpose": "marketing", "counts_toward_caps": true,
            "ending": "unconfirmed", "tried": tried,
        }))
        .expect("an outcome");
        feedback::fold(&outcome)
    };
    let stop = json!({"by": "opt_out", "covers": "kind", "at": AT});
    let growing = [
        vec![],
        vec![json!({})],
        vec![json!({"reached": {"delivered": AT}})],
        vec![json!({"reached": {"delivered": AT, "read": "2026-11-21T12:00:00Z"}})],
        vec![
            json!({"reached": {"delivered": AT, "read": "2026-11-21T11:00:00Z"}}),
            json!({"reached": {"accepted": AT}}),
        ],
        vec![
            json!({"reached": {"delivered": AT, "read": "2026-11-21T11:00:00Z"}, "refused": stop}),
            json!({"failure": {"class": "hard_bounce", "at": AT}}),
        ],
    ];
    let nobody: CustomerProfile = serde_json::from_value(json!({"id": "ana"})).expect("a profile");
    let (mut profile, mut history, mut stored) = (nobody.clone(), Vec::new(), fold(&[]));
    for known in &growing {
        let whole = fold(known);
        let more = whole.since(&stored);
        assert!(whole.since(&whole).is_empty(), "{more:?}");
        profile = more.apply(&profile).expect("there is room for it");
        history.extend(more.sent);
        stored = whole;
    }
    let at_once = stored.apply(&nobody).expect("there is room for it");
    assert_eq!((profile.suppressions(), profile.consents()), (at_once.suppressions(), at_once.consents()));
    let counts = |profile: &CustomerProfile| -> Vec<_> {
        profile.engagement().iter().map(|(kind, known)| (*kind, known.delivered, known.engaged)).collect()
    };
    assert_eq!(counts(&profile), counts(&at_once));
    // A send that failed for good after all was stored as one by then: caps err on the side of silence.
    assert_eq!((history.len(), stored.sent.len()), (2, 1));
}
