//! What the software exists for, to the end: the situations of `scenarios`, carried out.
//!
//! Every test is one situation: its request goes from plan to outcome, over providers with habits, and what was learned
//! goes into the next plan. The machine is put away and fetched again at every input.

use std::collections::BTreeMap;

use expect_test::expect;
use serde_json::json;
use waypost::{ChannelKind, Ending, Event, Outcome};

use crate::{
    check::World,
    play::{Play, check, named},
};

fn bank(request: &str) -> World {
    World::scenario("bank", request)
}

fn shop(request: &str) -> World {
    World::scenario("shop", request)
}

fn telecom(request: &str) -> World {
    World::scenario("telecom", request)
}

/// SMS and push at 03:10 and at once; nobody reads, so the phone rings after two minutes; email is the record.
#[test]
fn s01_nobody_reads_the_alert_until_the_phone_rings() {
    let alert = Play::new(bank("01-fraud-alert/request.json"))
        .provider("sms-main", "accepted 1s, delivered 5s")
        .provider("app-push", "accepted 1s, read 5m")
        .provider("mail", "accepted 2s, delivered 30s")
        .provider("call", "accepted 1s, delivered 12s, read 15s");
    check(
        alert,
        expect![[r#"
            2026-11-21
            02:10:00  plan   fraud-1: sms-main + app-push, call; beside it mail
            02:10:00  send   sms-main to mobile as fraud-1/0.1.1/1
            02:10:00  send   app-push to pixel as fraud-1/0.1.2/1
            02:10:00  send   mail to home as fraud-1/1.1.1/1
            02:10:01  heard  sms-main: accepted
            02:10:01  heard  app-push: accepted
            02:10:02  heard  mail: accepted
            02:10:05  heard  sms-main: delivered
            02:10:30  heard  mail: delivered
            02:12:00  send   call to landline as fraud-1/0.2.1/1
            02:12:01  heard  call: accepted
            02:12:12  heard  call: delivered
            02:12:15  heard  call: read
            02:12:15  end    fraud-1: reached by call
            02:15:00  heard  app-push: read (late)
            outcome: fraud-1 reached, cost 0.165 EUR
              sms-main to mobile: delivered
              app-push to pixel: read, late
              call to landline: read
              mail to home: delivered
            store: sent sms-main, app-push, call, mail; email 1 delivered, 0 engaged; push 1 delivered, 1 engaged; voice 1 delivered, 1 engaged
        "#]],
    );
}

/// The push is read within seconds: nobody is called.
#[test]
fn s01_a_push_that_is_read_is_enough() {
    let alert = Play::new(bank("01-fraud-alert/request.json"))
        .provider("sms-main", "accepted 1s, delivered 5s")
        .provider("app-push", "accepted 1s, delivered 2s, read 20s")
        .provider("mail", "accepted 2s, delivered 30s");
    check(
        alert,
        expect![[r#"
            2026-11-21
            02:10:00  plan   fraud-1: sms-main + app-push, call; beside it mail
            02:10:00  send   sms-main to mobile as fraud-1/0.1.1/1
            02:10:00  send   app-push to pixel as fraud-1/0.1.2/1
            02:10:00  send   mail to home as fraud-1/1.1.1/1
            02:10:01  heard  sms-main: accepted
            02:10:01  heard  app-push: accepted
            02:10:02  heard  app-push: delivered
            02:10:02  heard  mail: accepted
            02:10:05  heard  sms-main: delivered
            02:10:20  heard  app-push: read
            02:10:30  heard  mail: delivered
            02:12:00  end    fraud-1: reached by app-push
            outcome: fraud-1 reached, cost 0.045 EUR
              sms-main to mobile: delivered
              app-push to pixel: read
              mail to home: delivered
              call to landline: not sent, not needed
            store: sent sms-main, app-push, mail; email 1 delivered, 0 engaged; push 1 delivered, 1 engaged
        "#]],
    );
}

/// The answer goes where the conversation is.
#[test]
fn s06_the_answer_arrives_in_the_conversation() {
    let answer = Play::new(telecom("06-open-conversation/request.json"))
        .provider("wa-main", "accepted 1s, delivered 3s, read 40s");
    check(
        answer,
        expect![[r#"
        2026-11-20
        11:00:00  plan   answer-1: wa-main, sms-main, sms-backup, mail
        11:00:00  send   wa-main to wa as answer-1/0.1.1/1
        11:00:01  heard  wa-main: accepted
        11:00:03  heard  wa-main: delivered
        11:00:03  end    answer-1: reached by wa-main
        11:00:40  heard  wa-main: read (late)
        outcome: answer-1 reached, cost 0.06 EUR
          wa-main to wa: read
          sms-main to mobile: not sent, not needed
          sms-backup to mobile: not sent, not needed
          mail to home: not sent, not needed
        store: sent wa-main; whatsapp 1 delivered, 1 engaged
    "#]],
    );
}

/// The first try fails ten seconds before the session closes. The second would be too late for free text, so the SMS
/// goes out instead.
#[test]
fn s06_the_session_closes_between_two_tries() {
    let answer = telecom("06-open-conversation/request.json").at("2026-11-21T10:19:50Z");
    let answer = Play::new(answer)
        .provider("wa-main", "transient 1s | accepted 1s")
        .provider("sms-main", "accepted 1s, delivered 9s");
    check(
        answer,
        expect![[r#"
            2026-11-21
            10:19:50  plan   answer-1: wa-main, sms-main, sms-backup, mail
            10:19:50  send   wa-main to wa as answer-1/0.1.1/1
            10:19:51  heard  wa-main: failed, transient
            10:20:19  skip   wa-main to wa: the session closed at 2026-11-21 10:20Z and there is no template
            10:20:19  send   sms-main to mobile as answer-1/0.2.1/1
            10:20:20  heard  sms-main: accepted
            10:20:28  heard  sms-main: delivered
            10:20:28  end    answer-1: reached by sms-main
            outcome: answer-1 reached, cost 0.045 EUR
              wa-main to wa: failed, transient
              sms-main to mobile: delivered
              sms-backup to mobile: not sent, not needed
              mail to home: not sent, not needed
            store: sent sms-main
        "#]],
    );
}

/// 26 hours later without a template: the next channel. With one, WhatsApp still.
#[test]
fn s07_the_session_is_over() {
    let plain = Play::new(telecom("07-session-over/request-no-template.json"))
        .provider("sms-main", "accepted 1s, delivered 9s");
    check(
        plain,
        expect![[r#"
            2026-11-21
            12:20:00  plan   answer-1: sms-main, sms-backup, mail
            12:20:00  send   sms-main to mobile as answer-1/0.1.1/1
            12:20:01  heard  sms-main: accepted
            12:20:09  heard  sms-main: delivered
            12:20:09  end    answer-1: reached by sms-main
            outcome: answer-1 reached, cost 0.045 EUR
              sms-main to mobile: delivered
              sms-backup to mobile: not sent, not needed
              mail to home: not sent, not needed
            store: sent sms-main
        "#]],
    );
    let template = Play::new(telecom("07-session-over/request-template.json"))
        .provider("wa-main", "accepted 1s, unfit 2s")
        .provider("sms-main", "accepted 1s, delivered 9s");
    check(
        template,
        expect![[r#"
            2026-11-21
            12:20:00  plan   answer-1: wa-main, sms-main, sms-backup, mail
            12:20:00  send   wa-main to wa as answer-1/0.1.1/1
            12:20:01  heard  wa-main: accepted
            12:20:02  heard  wa-main: failed, unfit
            12:20:02  send   sms-main to mobile as answer-1/0.2.1/1
            12:20:03  heard  sms-main: accepted
            12:20:11  heard  sms-main: delivered
            12:20:11  end    answer-1: reached by sms-main
            outcome: answer-1 reached, cost 0.105 EUR
              wa-main to wa: accepted, failed, unfit
              sms-main to mobile: delivered
              sms-backup to mobile: not sent, not needed
              mail to home: not sent, not needed
            store: sent wa-main, sms-main
        "#]],
    );
}

/// Seen in the app within the minute: no push.
#[test]
fn s10_seen_in_the_app() {
    let ready = Play::new(shop("10-app-open/request-in-the-app.json")).provider("app-inbox", "delivered 1s, read 20s");
    check(
        ready,
        expect![[r#"
        2026-11-20
        16:00:00  plan   ready-1: app-inbox, app-push, mail, sms-main
        16:00:00  send   app-inbox to app as ready-1/0.1.1/1
        16:00:01  heard  app-inbox: delivered
        16:00:20  heard  app-inbox: read
        16:00:20  end    ready-1: reached by app-inbox
        outcome: ready-1 reached, cost nothing
          app-inbox to app: read
          app-push to pixel: not sent, not needed
          mail to home: not sent, not needed
          sms-main to mobile: not sent, not needed
        store: sent app-inbox; in_app 1 delivered, 1 engaged
    "#]],
    );
}

/// Not seen in a minute: a push, which is taken back when the message is seen in the app after all.
#[test]
fn s10_seen_in_the_app_after_the_push() {
    let ready = Play::new(shop("10-app-open/request-in-the-app.json"))
        .provider("app-inbox", "delivered 1s, read 80s")
        .provider("app-push", "accepted 1s, delivered 3s");
    check(
        ready,
        expect![[r#"
        2026-11-20
        16:00:00  plan   ready-1: app-inbox, app-push, mail, sms-main
        16:00:00  send   app-inbox to app as ready-1/0.1.1/1
        16:00:01  heard  app-inbox: delivered
        16:01:00  send   app-push to pixel as ready-1/0.2.1/1
        16:01:01  heard  app-push: accepted
        16:01:03  heard  app-push: delivered
        16:01:20  heard  app-inbox: read (late)
        16:01:20  take   back ready-1/0.2.1/1 of app-push
        16:01:20  end    ready-1: reached by app-inbox
        outcome: ready-1 reached, cost nothing
          app-inbox to app: read, late
          app-push to pixel: delivered, recalled
          mail to home: not sent, not needed
          sms-main to mobile: not sent, not needed
        store: sent app-inbox, app-push; in_app 1 delivered, 1 engaged; push 1 delivered, 0 engaged
    "#]],
    );
}

/// Paid between planning and the second step: nobody who paid is reminded.
#[test]
fn s15_paid_between_two_steps() {
    let reminder = Play::new(bank("15-payment-reminder/request.json"))
        .provider("app-push", "accepted 1s")
        .provider("mail", "accepted 1s, delivered 9s")
        .event("7m", named("invoice_paid"));
    check(
        reminder,
        expect![[r#"
        2026-11-20
        10:00:00  plan   reminder-7: app-push, mail, sms-main
        10:00:00  send   app-push to pixel as reminder-7/0.1.1/1
        10:00:01  heard  app-push: accepted
        10:07:00  event  invoice_paid
        11:00:00  stop   mail to home: the message is pointless since `invoice_paid`
        11:00:00  end    reminder-7: superseded
        outcome: reminder-7 superseded, cost nothing
          app-push to pixel: accepted
          mail to home: not sent, the message is pointless since `invoice_paid`
          sms-main to mobile: not sent, not needed
        store: sent app-push
    "#]],
    );
}

/// The first provider is down: the second one at once. The first is not asked again before its breaker closes, by this
/// message or another.
#[test]
fn s16_the_second_provider_takes_over() {
    let notice = telecom("16-provider-down/request.json").with(json!({ "facts": { "health": null } }));
    let second = notice.clone().with(json!({ "message": { "id": "outage-2" } }));
    let third = notice.clone().with(json!({ "message": { "id": "outage-3" } }));
    let notices = Play::new(notice)
        .provider("sms-main", "outage 2s | accepted 1s, delivered 4s")
        .provider("sms-backup", "accepted 1s, delivered 8s | outage 1s")
        .provider("mail", "accepted 1s, delivered 30s")
        .message("5s", second)
        .message("6m", third);
    check(
        notices,
        expect![[r#"
            2026-11-20
            10:00:00  plan   outage-1: sms-main, sms-backup, mail
            10:00:00  send   sms-main to mobile as outage-1/0.1.1/1
            10:00:02  heard  sms-main: failed, outage
            10:00:02  send   sms-backup to mobile as outage-1/0.2.1/1
            10:00:03  heard  sms-backup: accepted
            10:00:05  plan   outage-2: sms-backup, sms-main, mail
            10:00:05  send   sms-backup to mobile as outage-2/0.1.1/1
            10:00:06  heard  sms-backup: failed, outage
            10:00:06  send   mail to home as outage-2/0.3.1/1
            10:00:07  heard  mail: accepted
            10:00:10  heard  sms-backup: delivered
            10:00:10  end    outage-1: reached by sms-backup
            10:00:36  heard  mail: delivered
            10:00:36  end    outage-2: reached by mail
            10:06:00  plan   outage-3: sms-main, sms-backup, mail
            10:06:00  send   sms-main to mobile as outage-3/0.1.1/1
            10:06:01  heard  sms-main: accepted
            10:06:04  heard  sms-main: delivered
            10:06:04  end    outage-3: reached by sms-main
            outcome: outage-1 reached, cost 0.052 EUR
              sms-main to mobile: failed, outage
              sms-backup to mobile: delivered
              mail to home: not sent, not needed
            store: sent sms-backup
            outcome: outage-2 reached, cost nothing
              sms-backup to mobile: failed, outage
              mail to home: delivered
              sms-main to mobile: not sent, not needed
            store: sent mail; email 1 delivered, 0 engaged
            outcome: outage-3 reached, cost 0.045 EUR
              sms-main to mobile: delivered
              sms-backup to mobile: not sent, not needed
              mail to home: not sent, not needed
            store: sent sms-main
        "#]],
    );
}

/// The number does not exist any more: the second phone at once, and the first one never again.
#[test]
fn s17_the_second_phone() {
    let notice = telecom("17-bounced-number/request.json").with(json!({ "profile": { "suppressions": null } }));
    let later = notice.clone().with(json!({ "message": { "id": "outage-2" } }));
    let notice = Play::new(notice)
        .provider("sms-main", "accepted 1s, hard_bounce 4s | accepted 1s, delivered 5s")
        .provider("sms-backup", "accepted 1s, delivered 5s")
        .next("30d", later);
    check(
        notice,
        expect![[r#"
            2026-11-20
            10:00:00  plan   outage-1: sms-main, sms-backup, sms-main, sms-backup, mail
            10:00:00  send   sms-main to mobile-1 as outage-1/0.1.1/1
            10:00:01  heard  sms-main: accepted
            10:00:04  heard  sms-main: failed, hard_bounce
            10:00:04  send   sms-main to mobile-2 as outage-1/0.3.1/1
            10:00:05  heard  sms-main: accepted
            10:00:09  heard  sms-main: delivered
            10:00:09  end    outage-1: reached by sms-main
            outcome: outage-1 reached, cost 0.09 EUR
              sms-main to mobile-1: accepted, failed, hard_bounce
              sms-main to mobile-2: delivered
              sms-backup to mobile-1: not sent, not needed
              sms-backup to mobile-2: not sent, not needed
              mail to home: not sent, not needed
            store: sent sms-main, sms-main; suppress hard_bounce of mobile-1
            next: outage-2 for ramon: outage_notice, service, high
            2026-12-20 10:00:09Z, policy telecom-2026-11, rules notices, until delivered
            1.  sms-main    mobile-2  now                first by the policy's order; text es; 0.045 EUR
            2.  sms-backup  mobile-2  if sms-main fails  next by price; text es; 0.052 EUR
            3.  mail        home      after 1 h          next by the policy's order; text es
            -   wa-main     -         no                 no whatsapp endpoint on file (capability)
            -   sms-main    mobile-1  no                 suppressed: hard bounce since 2026-11-20 (law)
            -   sms-backup  mobile-1  no                 suppressed: hard bounce since 2026-11-20 (law)
            -   bot         -         no                 no chatbot endpoint on file (capability)
            -   agents      -         no                 no live_chat endpoint on file (capability)
            -   hotline     -         no                 no voice endpoint on file (capability)
        "#]],
    );
}

/// A hundred customers, five channels, a sale: each hears of it once, whatever fails on the way.
#[test]
fn s18_each_of_a_hundred_hears_once() {
    let worlds = World::scenarios("18-sale", "18-sale/requests.jsonl");
    let mut endings: BTreeMap<String, u32> = BTreeMap::new();
    for world in worlds {
        // Telegram is down all day and WhatsApp refuses the words; push is accepted and nothing more is heard of it.
        let again = world.clone().with(json!({ "message": { "id": "sale-2026-11-b" } }));
        let play = Play::new(world)
            .next("1h", again)
            .provider("app-push", "accepted 1s")
            .provider("mail", "accepted 1s, delivered 9s, delivered 9s, read 20m")
            .provider("sms-main", "transient 1s | accepted 1s, delivered 4s")
            .provider("whatsapp", "unfit 1s")
            .provider("telegram", "outage 1s");
        let (timeline, outcomes) = play.run();
        let [outcome] = outcomes.as_slice() else { panic!("one message, one outcome") };
        let heard = |outcome: &Outcome| {
            let arrived = outcome.tried.iter().filter(|tried| !tried.attempt.is_failed());
            arrived.map(|tried| tried.dispatch.kind.to_string()).collect::<Vec<_>>()
        };
        let heard = heard(outcome);
        assert!(heard.len() <= 1, "{timeline}");
        assert!(heard.is_empty() || timeline.contains("nothing is sent"), "the same sale again: {timeline}");
        let by = heard.first().map(|kind| format!(" by {kind}")).unwrap_or_default();
        *endings.entry(format!("{}{by}", outcome.ending)).or_default() += 1;
    }
    let shown: Vec<_> = endings.iter().map(|(ending, count)| format!("{ending}: {count}")).collect();
    expect![[r#"
        failed: 1
        nothing_sent: 10
        reached by email: 30
        reached by sms: 32
        unconfirmed by push: 27"#]]
    .assert_eq(&shown.join("\n"));
}

/// The appointment moves: the reminder of the first ends, and that of the second goes out at ten where the customer is.
#[test]
fn s19_the_appointment_moves() {
    let thursday = World::scenario("19-appointment", "19-appointment/request-thursday.json");
    let moved = World::scenario("19-appointment", "19-appointment/request-moved.json");
    let first = thursday.message().id().clone();
    let play = Play::new(thursday)
        .provider("sms-main", "accepted 1s, delivered 6s")
        .event("96h", move |at| Event::superseded(first.clone(), at))
        .message("96h", moved);
    check(
        play,
        expect![[r#"
        2026-11-20
        16:00:00  plan   reminder-1: sms-main, mail
        2026-11-24
        16:00:00  event  superseded, reminder-1
        16:00:00  end    reminder-1: superseded
        16:00:00  plan   reminder-2: sms-main, mail
        2026-11-30
        15:00:00  send   sms-main to mobile as reminder-2/0.1.1/1
        15:00:01  heard  sms-main: accepted
        15:00:06  heard  sms-main: delivered
        15:00:06  end    reminder-2: reached by sms-main
        outcome: reminder-1 superseded, cost nothing
          sms-main to mobile: not sent, not needed
          mail to home: not sent, not needed
        store: sent nothing
        outcome: reminder-2 reached, cost 0.045 EUR
          sms-main to mobile: delivered
          mail to home: not sent, not needed
        store: sent sms-main; sms 1 delivered, 0 engaged
    "#]],
    );
}

/// STOP between two steps: nothing commercial by text from that second on, on any text channel. Receipts still go, and
/// START re-opens what was stopped there and nothing else.
#[test]
fn s25_stop_between_two_steps() {
    let granted = json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } });
    let coupon = shop("25-stop/request-coupon.json").with(json!({ "profile": { "consents": [granted] } }));
    let as_eva = |world: World| world.with(json!({ "profile": { "consents": [granted] } }));
    let play = Play::new(coupon)
        .provider("mail", "accepted 1s, hard_bounce 30s | accepted 1s, delivered 9s")
        .provider("sms-main", "accepted 1s, delivered 4s")
        .writes("20s", ChannelKind::SMS, "mobile", "STOP")
        .message("1h", as_eva(shop("25-stop/request-receipt.json")))
        .message("2h", as_eva(shop("25-stop/request-coupon-after-fresh-consent.json")))
        .writes("3h", ChannelKind::SMS, "mobile", "START")
        .next("1h", as_eva(shop("25-stop/request-coupon-after-fresh-consent.json")));
    check(
        play,
        expect![[r#"
            2026-11-17
            12:00:00  plan   coupon-8: mail, sms-main, whatsapp
            12:00:00  send   mail to home as coupon-8/0.1.1/1
            12:00:01  heard  mail: accepted
            12:00:20  wrote  STOP, from mobile
            12:00:30  heard  mail: failed, hard_bounce
            12:00:30  stop   sms-main to mobile: consent withdrawn since 2026-11-17
            12:00:30  end    coupon-8: refused
            13:00:00  plan   receipt-3: sms-main
            13:00:00  send   sms-main to mobile as receipt-3/0.1.1/1
            13:00:01  heard  sms-main: accepted
            13:00:04  heard  sms-main: delivered
            13:00:04  end    receipt-3: reached by sms-main
            14:00:00  plan   coupon-9: nothing
            14:00:00  end    coupon-9: nothing_sent
            15:00:00  wrote  START, from mobile
            outcome: coupon-8 refused, cost nothing
              mail to home: accepted, failed, hard_bounce
              sms-main to mobile: not sent, consent withdrawn since 2026-11-17
              whatsapp to wa: not sent, not needed
            store: sent mail; suppress hard_bounce of home
            outcome: receipt-3 reached, cost 0.045 EUR
              sms-main to mobile: delivered
            store: sent sms-main
            outcome: coupon-9 nothing_sent, cost nothing
            store: sent nothing
            next: coupon-9 for eva: coupon, marketing, normal
            2026-11-17 16:00Z, policy shop-2026-11, until delivered
            1.  sms-main   mobile  now  the only step; text es; 0.045 EUR
            -   app-inbox  -       no   no in_app endpoint on file (capability)
            -   app-push   -       no   no push endpoint on file (capability)
            -   mail       home    no   suppressed: hard bounce since 2026-11-17 (law)
            -   whatsapp   wa      no   consent withdrawn since 2026-11-17 (customer)
        "#]],
    );
}

/// A no to the message itself is a receipt, and ends it on every channel.
#[test]
fn s25_a_no_to_the_message_itself() {
    let granted = json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } });
    let coupon = shop("25-stop/request-coupon.json").with(json!({ "profile": { "consents": [granted] } }));
    let play = Play::new(coupon.clone())
        .provider("mail", "accepted 1s, opted_out 20s")
        .next("2d", coupon.with(json!({ "message": { "id": "coupon-9" } })));
    let (_, outcomes) = play.clone().run();
    assert_eq!(outcomes[0].ending, Ending::Refused);
    check(
        play,
        expect![[r#"
            2026-11-17
            12:00:00  plan   coupon-8: mail, sms-main, whatsapp
            12:00:00  send   mail to home as coupon-8/0.1.1/1
            12:00:01  heard  mail: accepted
            12:00:20  heard  mail: failed, opted_out
            12:00:20  end    coupon-8: refused
            outcome: coupon-8 refused, cost nothing
              mail to home: accepted, refused, opt_out
              sms-main to mobile: not sent, not needed
              whatsapp to wa: not sent, not needed
            store: sent mail; suppress stop; withdraw marketing
            next: coupon-9 for eva: coupon, marketing, normal
            2026-11-19 12:00:20Z, policy shop-2026-11, nothing is sent
            -  app-inbox  -       no  no in_app endpoint on file (capability)
            -  app-push   -       no  no push endpoint on file (capability)
            -  mail       home    no  suppressed: STOP since 2026-11-17 (customer)
            -  sms-main   mobile  no  suppressed: STOP since 2026-11-17 (customer)
            -  whatsapp   wa      no  suppressed: STOP since 2026-11-17 (customer)
        "#]],
    );
}
