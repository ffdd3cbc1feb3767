//! What the software exists for: situations that real senders describe, decided from data alone.
//!
//! Every test is one situation; its request lies in the folder of the same number below `scenarios/`, beside the
//! policies and channels of a bank, a shop and a telecom.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::json;
use waypost::{
    ChannelKind, DedupeKey, Endpoint, Plan,
    consent::keyword::{self, Inbound},
    policy::{FailureClass, OnFailure},
};

use crate::check::{World, check};

fn bank(request: &str) -> World {
    World::scenario("bank", request)
}

fn shop(request: &str) -> World {
    World::scenario("shop", request)
}

fn telecom(request: &str) -> World {
    World::scenario("telecom", request)
}

/// A fraud alert at 03:10 to somebody who prefers email for everything: SMS and push at once, voice if nothing is
/// read in two minutes, email as the record.
#[test]
fn s01_fraud_alert_at_night() {
    let alert = bank("01-fraud-alert/request.json");
    check(
        alert.clone(),
        expect![[r#"
        fraud-1 for lucia: fraud_alert, safety, critical
        2026-11-21 02:10Z, policy bank-2026-11, rules fraud-fast + critical-at-night, until read
        1.  sms-main  mobile    now          first by the order of rule `fraud-fast`; text es; 0.045 EUR
        1.  app-push  pixel     now          together with sms-main (rule `fraud-fast`); text es
        2.  call      landline  after 2 min  next by the order of rule `fraud-fast`; text es; 0.12 EUR
        +   mail      home      now          always, beside the chain (rule `fraud-fast`); long form es
    "#]],
    );

    // Less urgent, and the night is the customer's again.
    check(
        alert.clone().with(json!({ "message": { "urgency": "high" } })),
        expect![[r#"
        fraud-1 for lucia: fraud_alert, safety, high
        2026-11-21 02:10Z, policy bank-2026-11, rules fraud-fast, until read
        1.  sms-main  mobile    at 07:00Z    quiet hours (customer); first by the order of rule `fraud-fast`; text es; 0.045 EUR
        1.  app-push  pixel     at 07:00Z    quiet hours (customer); together with sms-main (rule `fraud-fast`); text es
        2.  call      landline  after 2 min  quiet hours (customer); next by the order of rule `fraud-fast`; text es; 0.12 EUR
        +   mail      home      at 07:00Z    quiet hours (customer); always, beside the chain (rule `fraud-fast`); long form es
    "#]],
    );
}

#[test]
fn s01_fraud_alert_without_a_device_for_push() {
    let endpoints = json!([
        { "id": "mobile", "kind": "sms", "address": "+34600111222", "verified": true },
        { "id": "home", "kind": "email", "address": "lucia@example.com", "verified": true },
        { "id": "landline", "kind": "voice", "address": "+34910111222", "verified": true },
    ]);
    let alert = bank("01-fraud-alert/request.json").with(json!({ "profile": { "endpoints": endpoints } }));
    check(
        alert,
        expect![[r#"
        fraud-1 for lucia: fraud_alert, safety, critical
        2026-11-21 02:10Z, policy bank-2026-11, rules fraud-fast + critical-at-night, until read
        1.  sms-main  mobile    now          first by the order of rule `fraud-fast`; text es; 0.045 EUR
        2.  call      landline  after 2 min  next by the order of rule `fraud-fast`; text es; 0.12 EUR
        +   mail      home      now          always, beside the chain (rule `fraud-fast`); long form es
        -   app-push  -         no           no push endpoint on file (capability)
    "#]],
    );
}

/// Even who switched everything but email off is warned, but who withdrew the consent for a kind is not called on it.
#[test]
fn s01_fraud_alert_to_somebody_who_wants_nothing_but_email() {
    let choices = json!([
        { "choice": "off", "at": "2026-01-01T00:00:00Z" },
        { "kind": "email", "choice": "on", "at": "2026-01-01T00:00:00Z" },
    ]);
    let alert =
        bank("01-fraud-alert/request.json").with(json!({ "profile": { "preferences": { "choices": choices } } }));
    check(
        alert.clone(),
        expect![[r#"
        fraud-1 for lucia: fraud_alert, safety, critical
        2026-11-21 02:10Z, policy bank-2026-11, rules fraud-fast + critical-at-night, until read
        1.  sms-main  mobile    now          first by the order of rule `fraud-fast`; text es; 0.045 EUR
        1.  app-push  pixel     now          together with sms-main (rule `fraud-fast`); text es
        2.  call      landline  after 2 min  next by the order of rule `fraud-fast`; text es; 0.12 EUR
        +   mail      home      now          always, beside the chain (rule `fraud-fast`); long form es
    "#]],
    );

    let no_calls = json!({
        "action": "withdraw", "at": "2026-06-01T00:00:00Z", "scope": { "purpose": "safety", "kind": "voice" },
    });
    check(
        alert.push("/profile/consents", no_calls),
        expect![[r#"
        fraud-1 for lucia: fraud_alert, safety, critical
        2026-11-21 02:10Z, policy bank-2026-11, rules fraud-fast + critical-at-night, until read
        1.  sms-main  mobile    now  the only step; text es; 0.045 EUR
        1.  app-push  pixel     now  together with sms-main (rule `fraud-fast`); text es
        +   mail      home      now  always, beside the chain (rule `fraud-fast`); long form es
        -   call      landline  no   consent withdrawn since 2026-06-01 (customer)
    "#]],
    );
}

/// The monthly statement: email, long form, and no copy by SMS.
#[test]
fn s02_monthly_statement() {
    check(
        bank("02-statement/request.json"),
        expect![[r#"
        statement-2026-10 for lucia: statement, service, normal
        2026-11-02 08:30Z, policy bank-2026-11, rules statement-by-mail, until delivered
        1.  mail      home    now  the only step; long form es
        -   app-push  pixel   no   rule `statement-by-mail` allows other kinds only (policy)
        -   sms-main  mobile  no   rule `statement-by-mail` allows other kinds only (policy)
        -   call      -       no   no voice endpoint on file (capability)
    "#]],
    );
}

/// Coupons by SMS and no newsletter: never "email instead".
#[test]
fn s03_coupons_yes_newsletter_no() {
    check(
        shop("03-coupon-not-newsletter/request-coupon.json"),
        expect![[r#"
        coupon-7 for marta: coupon, marketing, normal
        2026-11-20 11:00Z, policy shop-2026-11, until delivered
        1.  sms-main   mobile  now  the only step; text es; 0.045 EUR
        -   app-inbox  -       no   no in_app endpoint on file (capability)
        -   app-push   -       no   no push endpoint on file (capability)
        -   mail       home    no   switched off in the preferences since 2026-05-04 (customer)
        -   whatsapp   -       no   no whatsapp endpoint on file (capability)
    "#]],
    );
    check(
        shop("03-coupon-not-newsletter/request-newsletter.json"),
        expect![[r#"
        newsletter-11 for marta: newsletter, marketing, normal
        2026-11-20 11:00Z, policy shop-2026-11, nothing is sent
        -  app-inbox  -       no  no in_app endpoint on file (capability)
        -  app-push   -       no  no push endpoint on file (capability)
        -  mail       home    no  switched off in the preferences since 2026-05-04 (customer)
        -  sms-main   mobile  no  switched off in the preferences since 2026-05-04 (customer)
        -  whatsapp   -       no  no whatsapp endpoint on file (capability)
    "#]],
    );
}

/// A web form, a call, then WhatsApp 40 minutes ago: the answer goes where the conversation is, under its name.
#[test]
fn s06_answer_where_the_conversation_is_open() {
    check(
        telecom("06-open-conversation/request.json"),
        expect![[r#"
            answer-1 for pedro: support_answer, service, high, goes on with case-481
            2026-11-20 11:00Z, policy telecom-2026-11, rules answer-where-they-wrote, until delivered
            1.  wa-main     wa      now                first, where the conversation is open; text es; 0.06 EUR
            2.  sms-main    mobile  after 1 h          next, with no conversation open; text es; 0.045 EUR
            3.  sms-backup  mobile  if sms-main fails  next by price; text es; 0.052 EUR
            4.  mail        home    after 1 h          next by the policy's order; text es
            -   bot         -       no                 no chatbot endpoint on file (capability)
            -   agents      -       no                 no live_chat endpoint on file (capability)
            -   hotline     -       no                 no voice endpoint on file (capability)
        "#]],
    );
}

/// 26 hours after the customer's last word, WhatsApp takes an approved template or nothing.
#[test]
fn s07_session_over() {
    check(
        telecom("07-session-over/request-no-template.json"),
        expect![[r#"
            answer-1 for pedro: support_answer, service, high, goes on with case-481
            2026-11-21 12:20Z, policy telecom-2026-11, rules answer-where-they-wrote, until delivered
            1.  sms-main    mobile  now                first by the policy's order; text es; 0.045 EUR
            2.  sms-backup  mobile  if sms-main fails  next by price; text es; 0.052 EUR
            3.  mail        home    after 1 h          next by the policy's order; text es
            -   wa-main     wa      no                 the session closed at 2026-11-21 10:20Z and there is no template (capability)
            -   bot         -       no                 no chatbot endpoint on file (capability)
            -   agents      -       no                 no live_chat endpoint on file (capability)
            -   hotline     -       no                 no voice endpoint on file (capability)
        "#]],
    );
    check(
        telecom("07-session-over/request-template.json"),
        expect![[r#"
            answer-1 for pedro: support_answer, service, high, goes on with case-481
            2026-11-21 12:20Z, policy telecom-2026-11, rules answer-where-they-wrote, until delivered
            1.  wa-main     wa      now                first by the policy's order; template es; 0.06 EUR
            2.  sms-main    mobile  after 1 h          next by the policy's order; text es; 0.045 EUR
            3.  sms-backup  mobile  if sms-main fails  next by price; text es; 0.052 EUR
            4.  mail        home    after 1 h          next by the policy's order; text es
            -   bot         -       no                 no chatbot endpoint on file (capability)
            -   agents      -       no                 no live_chat endpoint on file (capability)
            -   hotline     -       no                 no voice endpoint on file (capability)
        "#]],
    );
}

/// Help is asked for at 07:30 and agents come at 09:00: the bot now, the agents as soon as they are there, then a call.
#[test]
fn s08_help_before_the_agents_are_there() {
    let help = telecom("08-chat-before-opening/request.json");
    check(
        help.clone(),
        expect![[r#"
        help-1 for irene: help_request, service, high
        2026-11-20 06:30Z, policy telecom-2026-11, rules broken-line, until converted
        1.  bot         bot     now           first by the order of rule `broken-line`; text es
        1.  agents      desk    at 08:00Z     outside the channel's hours (capability); together with bot (rule `broken-line`); text es
        2.  hotline     phone   after 30 min  next by the order of rule `broken-line`; text es; 0.12 EUR
        -   wa-main     -       no            no whatsapp endpoint on file (capability)
        -   sms-main    mobile  no            rule `broken-line` allows other kinds only (policy)
        -   sms-backup  mobile  no            rule `broken-line` allows other kinds only (policy)
        -   mail        -       no            no email endpoint on file (capability)
    "#]],
    );

    // While they are there, both at once.
    check(
        help.at("2026-11-20T08:00:00Z"),
        expect![[r#"
        help-1 for irene: help_request, service, high
        2026-11-20 08:00Z, policy telecom-2026-11, rules broken-line, until converted
        1.  bot         bot     now           first by the order of rule `broken-line`; text es
        1.  agents      desk    now           together with bot (rule `broken-line`); text es
        2.  hotline     phone   after 30 min  next by the order of rule `broken-line`; text es; 0.12 EUR
        -   wa-main     -       no            no whatsapp endpoint on file (capability)
        -   sms-main    mobile  no            rule `broken-line` allows other kinds only (policy)
        -   sms-backup  mobile  no            rule `broken-line` allows other kinds only (policy)
        -   mail        -       no            no email endpoint on file (capability)
    "#]],
    );
}

/// A code to sign in: push or SMS, no link in the SMS, nothing once it has expired, whatever the caps say.
#[test]
fn s09_sign_in_code() {
    check(
        bank("09-sign-in-code/request-fresh.json"),
        expect![[r#"
        code-1 for lucia: sign_in_code, authentication, high
        2026-11-20 23:00Z, policy bank-2026-11, rules codes-are-short-lived, until delivered, expires 2026-11-20 23:05Z
        1.  app-push  pixel   now         first by the order of rule `codes-are-short-lived`; text es
        2.  sms-main  mobile  after 30 s  next by the order of rule `codes-are-short-lived`; text es; 0.045 EUR
        3.  mail      home    after 30 s  next by the order of rule `codes-are-short-lived`; text es
        -   call      -       no          no voice endpoint on file (capability)
    "#]],
    );
}

/// With a minute left, email would be too late.
#[test]
fn s09_sign_in_code_in_its_last_minute() {
    check(
        bank("09-sign-in-code/request-minute-four.json"),
        expect![[r#"
        code-1 for lucia: sign_in_code, authentication, high
        2026-11-20 23:04Z, policy bank-2026-11, rules codes-are-short-lived, until delivered, expires 2026-11-20 23:05Z
        1.  app-push  pixel   now         first by the order of rule `codes-are-short-lived`; text es
        2.  sms-main  mobile  after 30 s  next by the order of rule `codes-are-short-lived`; text es; 0.045 EUR
        -   mail      home    no          too late: had to leave by 2026-11-20 23:03Z (author)
        -   call      -       no          no voice endpoint on file (capability)
    "#]],
    );
    check(
        bank("09-sign-in-code/request-minute-five.json"),
        expect![[r#"
        code-1 for lucia: sign_in_code, authentication, high
        2026-11-20 23:05Z, policy bank-2026-11, rules codes-are-short-lived, nothing is sent, expires 2026-11-20 23:05Z
        -  app-push  pixel   no  the message expired at 2026-11-20 23:05Z (author)
        -  sms-main  mobile  no  the message expired at 2026-11-20 23:05Z (author)
        -  mail      home    no  the message expired at 2026-11-20 23:05Z (author)
        -  call      -       no  the message expired at 2026-11-20 23:05Z (author)
    "#]],
    );
}

#[test]
fn s09_sign_in_code_with_a_link_in_every_text() {
    check(
        bank("09-sign-in-code/request-link-only.json"),
        expect![[r#"
            code-1 for lucia: sign_in_code, authentication, high
            2026-11-20 23:00Z, policy bank-2026-11, rules codes-are-short-lived, until delivered, expires 2026-11-20 23:05Z
            1.  app-push  pixel   now         first by the order of rule `codes-are-short-lived`; text es
            2.  mail      home    after 30 s  next by the order of rule `codes-are-short-lived`; text es
            -   sms-main  mobile  no          the policy wants no links and the content has one (policy)
            -   call      -       no          no voice endpoint on file (capability)
        "#]],
    );
}

/// Who has the app open reads it there, and a push brings back those who are not.
#[test]
fn s10_the_app_is_open() {
    check(
        shop("10-app-open/request-in-the-app.json"),
        expect![[r#"
            ready-1 for noa: order_ready, transactional, normal
            2026-11-20 16:00Z, policy shop-2026-11, rules app-first, until read
            1.  app-inbox  app     now          first by the order of rule `app-first`; text (the default language)
            2.  app-push   pixel   after 1 min  next by the order of rule `app-first`; text (the default language)
            3.  mail       home    after 1 min  next by the order of rule `app-first`; text (the default language)
            4.  sms-main   mobile  after 1 min  next by the policy's order; text (the default language); 0.045 EUR
            -   whatsapp   -       no           no whatsapp endpoint on file (capability)
        "#]],
    );
    check(
        shop("10-app-open/request-elsewhere.json"),
        expect![[r#"
            ready-1 for noa: order_ready, transactional, normal
            2026-11-20 16:00Z, policy shop-2026-11, rules app-first, until read
            1.  app-push   pixel   now          first by the order of rule `app-first`; text (the default language)
            2.  mail       home    after 1 min  next by the order of rule `app-first`; text (the default language)
            3.  sms-main   mobile  after 1 min  next by the policy's order; text (the default language); 0.045 EUR
            -   app-inbox  app     no           the customer is not there (capability)
            -   whatsapp   -       no           no whatsapp endpoint on file (capability)
        "#]],
    );
}

/// Push is switched off in the phone's settings: the next channel, and the trace says so.
#[test]
fn s11_push_is_switched_off() {
    check(
        shop("11-push-switched-off/request.json"),
        expect![[r#"
            shipped-1 for noa: order_shipped, transactional, normal
            2026-11-20 16:00Z, policy shop-2026-11, until delivered
            1.  mail       home    now           first by the policy's order; text (the default language)
            2.  sms-main   mobile  after 10 min  next by the policy's order; text (the default language); 0.045 EUR
            -   app-inbox  app     no            the customer is not there (capability)
            -   app-push   pixel   no            switched off on the customer's side (customer)
            -   whatsapp   -       no            no whatsapp endpoint on file (capability)
        "#]],
    );
}

/// One short text with a link where the policy asks email for long form: SMS takes it.
#[test]
fn s12_one_short_text() {
    check(
        shop("12-short-text/request.json"),
        expect![[r#"
            guide-1 for noa: guide, service, normal
            2026-11-20 16:00Z, policy shop-2026-11, rules mail-is-for-reading, until delivered
            1.  sms-main   mobile  now  the only step; text (the default language); 0.045 EUR
            -   app-inbox  -       no   no in_app endpoint on file (capability)
            -   app-push   -       no   no push endpoint on file (capability)
            -   mail       home    no   the policy asks for long form and the message has none (policy)
            -   whatsapp   -       no   no whatsapp endpoint on file (capability)
        "#]],
    );
}

/// Documents are asked of new customers only, and the refusal names the rule.
#[test]
fn s14_documents_from_new_customers() {
    check(
        telecom("14-documents-from-new-customers/request-new.json"),
        expect![[r#"
            doc-1 for carla: document_request, service, normal
            2026-11-20 10:00Z, policy telecom-2026-11, rules notices, until delivered
            1.  sms-main    mobile  now                first by the policy's order; text es; 0.045 EUR
            2.  sms-backup  mobile  if sms-main fails  next by price; text es; 0.052 EUR
            3.  mail        home    after 1 h          next by the policy's order; text es
            -   wa-main     -       no                 no whatsapp endpoint on file (capability)
            -   bot         -       no                 no chatbot endpoint on file (capability)
            -   agents      -       no                 no live_chat endpoint on file (capability)
            -   hotline     -       no                 no voice endpoint on file (capability)
        "#]],
    );
    check(
        telecom("14-documents-from-new-customers/request-loyal.json"),
        expect![[r#"
        doc-1 for ramon: document_request, service, normal
        2026-11-20 10:00Z, policy telecom-2026-11, rules documents-from-the-new-only + notices, nothing is sent
        -  wa-main     -       no  no whatsapp endpoint on file (capability)
        -  sms-main    mobile  no  rule `documents-from-the-new-only` denies it (policy)
        -  sms-backup  mobile  no  rule `documents-from-the-new-only` denies it (policy)
        -  mail        home    no  rule `documents-from-the-new-only` denies it (policy)
        -  bot         -       no  no chatbot endpoint on file (capability)
        -  agents      -       no  no live_chat endpoint on file (capability)
        -  hotline     -       no  no voice endpoint on file (capability)
    "#]],
    );
}

/// One SMS provider is down: the second provider, then the next kind.
#[test]
fn s16_the_sms_provider_is_down() {
    let notice = telecom("16-provider-down/request.json");
    check(
        notice.clone(),
        expect![[r#"
            outage-1 for carla: outage_notice, service, high
            2026-11-20 10:00Z, policy telecom-2026-11, rules notices, until delivered
            1.  sms-backup  mobile  now                  first by the policy's order; text es; 0.052 EUR
            2.  sms-main    mobile  if sms-backup fails  the channel is down, its breaker is open (health); next, in poorer health; text es; 0.045 EUR
            3.  mail        home    after 1 h            next by the policy's order; text es
            -   wa-main     -       no                   no whatsapp endpoint on file (capability)
            -   bot         -       no                   no chatbot endpoint on file (capability)
            -   agents      -       no                   no live_chat endpoint on file (capability)
            -   hotline     -       no                   no voice endpoint on file (capability)
        "#]],
    );

    // The breaker closes at 10:05, and at that instant the provider is first again.
    check(
        notice.at("2026-11-20T10:05:00Z"),
        expect![[r#"
            outage-1 for carla: outage_notice, service, high
            2026-11-20 10:05Z, policy telecom-2026-11, rules notices, until delivered
            1.  sms-main    mobile  now                first by the policy's order; text es; 0.045 EUR
            2.  sms-backup  mobile  if sms-main fails  next by price; text es; 0.052 EUR
            3.  mail        home    after 1 h          next by the policy's order; text es
            -   wa-main     -       no                 no whatsapp endpoint on file (capability)
            -   bot         -       no                 no chatbot endpoint on file (capability)
            -   agents      -       no                 no live_chat endpoint on file (capability)
            -   hotline     -       no                 no voice endpoint on file (capability)
        "#]],
    );
}

/// One number bounced for good and a second is on file.
#[test]
fn s17_the_number_bounced() {
    check(
        telecom("17-bounced-number/request.json"),
        expect![[r#"
            outage-1 for ramon: outage_notice, service, high
            2026-11-20 10:00Z, policy telecom-2026-11, rules notices, until delivered
            1.  sms-main    mobile-2  now                first by the policy's order; text es; 0.045 EUR
            2.  sms-backup  mobile-2  if sms-main fails  next by price; text es; 0.052 EUR
            3.  mail        home      after 1 h          next by the policy's order; text es
            -   wa-main     -         no                 no whatsapp endpoint on file (capability)
            -   sms-main    mobile-1  no                 suppressed: hard bounce since 2026-09-14 (law)
            -   sms-backup  mobile-1  no                 suppressed: hard bounce since 2026-09-14 (law)
            -   bot         -         no                 no chatbot endpoint on file (capability)
            -   agents      -         no                 no live_chat endpoint on file (capability)
            -   hotline     -         no                 no voice endpoint on file (capability)
        "#]],
    );
}

/// A sale to a hundred customers on five channels: each hears of it once, on the channel they answer on, at a moment of
/// their own, and who had their share this week not at all.
#[test]
fn s18_a_sale_to_a_hundred() {
    let worlds = World::scenarios("18-sale", "18-sale/requests.jsonl");
    assert_eq!(worlds.len(), 100);
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    let mut moments = BTreeSet::new();
    for world in &worlds {
        let (router, message, facts) = (world.router(), world.message(), world.facts());
        let plan = router.plan(&message, &facts);
        // One at a time, the next only where the one before it fails: silence is no reason to try five channels.
        assert!(plan.always().is_empty());
        for step in plan.steps() {
            assert_eq!(step.dispatches().len(), 1);
            assert_eq!(step.on_failure().on(FailureClass::Silent), OnFailure::Stop);
        }
        let Some(sent) = plan.dispatches().next() else {
            *first.entry("nothing".to_owned()).or_default() += 1;
            continue;
        };
        *first.entry(sent.kind.to_string()).or_default() += 1;
        moments.insert(sent.not_before);

        // The channel of their affinity, but for those who had a promotion on it within seven days.
        let engagement = router.profile().engagement();
        let rate = |kind: &ChannelKind| engagement.get(kind).map(|of| of.engaged * 1000 / of.delivered);
        let had = |kind: &ChannelKind| facts.history.iter().any(|sent| sent.kind == *kind);
        let kinds = router.profile().endpoints().iter().map(Endpoint::kind);
        let best = kinds.filter(|kind| !had(kind)).max_by_key(|kind| rate(kind));
        assert_eq!(Some(sent.kind), best, "{plan}");

        // Once it went out there is no second one, on whatever channel, to the end of the sale.
        let went = router.sent(sent, &message, sent.not_before);
        for hours in [1, 26] {
            let mut later = facts.clone().with_sent(went.clone());
            later.now = sent.not_before + TimeDelta::hours(hours);
            assert!(router.plan(&message, &later).is_empty(), "twice: {plan}");
        }
    }
    assert!(moments.len() > 60, "{} moments of their own", moments.len());
    let shown: Vec<_> = first.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    expect!["email 14, nothing 10, push 14, sms 21, telegram 23, whatsapp 18"].assert_eq(&shown.join(", "));
    check(
        worlds[6].clone(),
        expect![[r#"
        sale-2026-11 for c-007: sale, marketing, normal
        2026-11-20 09:00Z, policy sale-2026-11, rules sale-in-waves, until delivered, expires 2026-11-22 22:00Z
        1.  telegram  telegram  at 11:02:14Z                 the crowd is spread over time (policy); first by expected response; text es
        2.  app-push  push      if it fails                  the crowd is spread over time (policy); next by expected response; text es
        -   mail      -         no                           no email endpoint on file (capability)
        -   sms-main  -         no                           no sms endpoint on file (capability)
        -   whatsapp  whatsapp  not until 2026-11-23 08:00Z  cap `promo-texts` of 1 is reached (policy)
    "#]],
    );
    check(
        worlds[9].clone(),
        expect![[r#"
        sale-2026-11 for c-010: sale, marketing, normal
        2026-11-20 09:00Z, policy sale-2026-11, rules sale-in-waves, nothing is sent, expires 2026-11-22 22:00Z
        -  app-push  -         no                           no push endpoint on file (capability)
        -  mail      -         no                           no email endpoint on file (capability)
        -  sms-main  -         no                           no sms endpoint on file (capability)
        -  whatsapp  whatsapp  not until 2026-11-25 08:00Z  cap `promo-texts` of 1 is reached (policy)
        -  telegram  telegram  not until 2026-11-24 08:00Z  cap `promo-texts` of 1 is reached (policy)
    "#]],
    );
}

/// A reminder goes out the day before, at ten where the customer is; an appointment that moves takes it along, for both
/// are one to the customer.
#[test]
fn s19_an_appointment_that_moves() {
    let thursday = World::scenario("19-appointment", "19-appointment/request-thursday.json");
    let moved = World::scenario("19-appointment", "19-appointment/request-moved.json");
    check(
        thursday.clone(),
        expect![[r#"
        reminder-1 for elena: appointment, service, normal
        2026-11-20 16:00Z, policy clinic-2026-11, rules reminder-by-text, until delivered, expires 2026-11-26 15:00Z
        1.  sms-main  mobile  at 2026-11-25 15:00Z  outside the sender's hours (policy); first by the order of rule `reminder-by-text`; text es; 0.045 EUR
        2.  mail      home    after 2 h             outside the sender's hours (policy); next by the order of rule `reminder-by-text`; text es
    "#]],
    );
    check(
        moved.clone(),
        expect![[r#"
        reminder-2 for elena: appointment, service, normal
        2026-11-24 16:00Z, policy clinic-2026-11, rules reminder-by-text, until delivered, expires 2026-12-01 15:00Z
        1.  sms-main  mobile  at 2026-11-30 15:00Z  outside the sender's hours (policy); first by the order of rule `reminder-by-text`; text es; 0.045 EUR
        2.  mail      home    after 2 h             outside the sender's hours (policy); next by the order of rule `reminder-by-text`; text es
    "#]],
    );
    let (first, second) = (thursday.plan(), moved.plan());
    assert_eq!(second.dedupe_key().map(DedupeKey::as_str), Some("appointment:481"));
    assert_eq!(first.dedupe_key(), second.dedupe_key(), "the later supersedes");

    // Ten o'clock is the customer's, wherever they went meanwhile.
    check(
        thursday.with(json!({ "profile": { "zone": "Europe/Lisbon" } })),
        expect![[r#"
        reminder-1 for elena: appointment, service, normal
        2026-11-20 16:00Z, policy clinic-2026-11, rules reminder-by-text, until delivered, expires 2026-11-26 15:00Z
        1.  sms-main  mobile  at 2026-11-25 10:00Z  outside the sender's hours (policy); first by the order of rule `reminder-by-text`; text es; 0.045 EUR
        2.  mail      home    after 2 h             outside the sender's hours (policy); next by the order of rule `reminder-by-text`; text es
    "#]],
    );
}

fn prior(request: &str) -> World {
    World::scenario("20-segment-priors", &format!("20-segment-priors/{request}"))
}

/// Without any history, the segment's habits: a chat app, email with social, voice or post.
#[test]
fn s20_segments_without_history() {
    check(
        prior("request-student.json"),
        expect![[r#"
        tip-1 for student: how_to, service, normal
        2026-11-20 10:00Z, policy priors-2026-11, until delivered
        1.  telegram  chat   now        first by expected response; text
        2.  mail      home   after 1 h  next by expected response; text
        3.  social    wall   after 1 h  next by expected response; text
        4.  call      phone  after 1 h  next by price; text; 0.12 EUR
        5.  letter    door   after 1 h  next by price; text; 0.9 EUR
    "#]],
    );
    check(
        prior("request-young-adult.json"),
        expect![[r#"
        tip-1 for young: how_to, service, normal
        2026-11-20 10:00Z, policy priors-2026-11, until delivered
        1.  mail      home   now        first by expected response; text
        2.  social    wall   after 1 h  next by expected response; text
        3.  telegram  chat   after 1 h  next by expected response; text
        4.  call      phone  after 1 h  next by price; text; 0.12 EUR
        5.  letter    door   after 1 h  next by price; text; 0.9 EUR
    "#]],
    );
    check(
        prior("request-elderly.json"),
        expect![[r#"
        tip-1 for elderly: how_to, service, normal
        2026-11-20 10:00Z, policy priors-2026-11, until delivered
        1.  call      phone  now        first by expected response; text; 0.12 EUR
        2.  letter    door   after 1 h  next by expected response; text; 0.9 EUR
        3.  mail      home   after 1 h  next by expected response; text
        4.  telegram  chat   after 1 h  next by declared order; text
        5.  social    wall   after 1 h  next by declared order; text
    "#]],
    );
}

/// The first own answers outweigh the segment's.
#[test]
fn s20_own_answers_outweigh_the_segment() {
    check(
        prior("request-student-answered.json"),
        expect![[r#"
        tip-1 for student: how_to, service, normal
        2026-11-20 10:00Z, policy priors-2026-11, until delivered
        1.  mail      home   now        first by expected response; text
        2.  telegram  chat   after 1 h  next by expected response; text
        3.  social    wall   after 1 h  next by expected response; text
        4.  call      phone  after 1 h  next by price; text; 0.12 EUR
        5.  letter    door   after 1 h  next by price; text; 0.9 EUR
    "#]],
    );
}

/// STOP: from that second on nothing commercial on any text channel.
#[test]
fn s25_stop() {
    check(
        shop("25-stop/request-coupon.json"),
        expect![[r#"
        coupon-8 for eva: coupon, marketing, normal
        2026-11-17 12:00Z, policy shop-2026-11, until delivered
        1.  mail       home    now  the only step; text es
        -   app-inbox  -       no   no in_app endpoint on file (capability)
        -   app-push   -       no   no push endpoint on file (capability)
        -   sms-main   mobile  no   consent withdrawn since 2026-11-17 (customer)
        -   whatsapp   wa      no   consent withdrawn since 2026-11-17 (customer)
    "#]],
    );
}

/// Receipts still go.
#[test]
fn s25_a_receipt_after_stop() {
    check(
        shop("25-stop/request-receipt.json"),
        expect![[r#"
        receipt-3 for eva: receipt, transactional, normal
        2026-11-19 17:40Z, policy shop-2026-11, until delivered
        1.  mail       home    now           first by the policy's order; text es
        2.  sms-main   mobile  after 10 min  next by the policy's order; text es; 0.045 EUR
        -   app-inbox  -       no            no in_app endpoint on file (capability)
        -   app-push   -       no            no push endpoint on file (capability)
        -   whatsapp   wa      no            no session is open and there is no template (capability)
    "#]],
    );
}

/// She buys again: a purchase is a ground for marketing to those who never said no, and re-opens nothing for who did.
#[test]
fn s25_a_purchase_after_stop() {
    let sale = shop("25-stop/request-sale-after-purchase.json");
    check(
        sale.clone(),
        expect![[r#"
        sale-1 for eva: sale, marketing, normal
        2026-11-20 10:00Z, policy shop-2026-11, until delivered
        1.  mail       home    now  the only step; text es
        -   app-inbox  -       no   no in_app endpoint on file (capability)
        -   app-push   -       no   no push endpoint on file (capability)
        -   sms-main   mobile  no   consent withdrawn since 2026-11-17 (customer)
        -   whatsapp   wa      no   consent withdrawn since 2026-11-17 (customer)
    "#]],
    );
    // Not even for a sender who accepts it as a ground.
    let bases =
        "[purposes.marketing]\nconsent_bases = [\"consent\", \"implied_relationship\"]\n[purposes.marketing.then]";
    let plan = sale.amended("[purposes.marketing.then]", bases).plan();
    assert_eq!(plan.dispatches().map(|sent| sent.kind).collect::<Vec<_>>(), [ChannelKind::EMAIL]);
}

/// The STOP as it came in gives the events that the fixture has: the plan is the same, from that second on.
#[test]
fn s25_stop_as_it_came_in() {
    let stopped = shop("25-stop/request-coupon.json");
    let at = "2026-11-17T12:00:00Z".parse().expect("an instant");
    let granted = json!({ "action": "grant", "at": "2026-01-10T10:00:00Z", "scope": { "purpose": "marketing" } });
    let before = stopped.clone().with(json!({ "profile": { "consents": [granted] } }));
    let kinds = |world: &World| world.plan().dispatches().map(|sent| sent.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&before), [ChannelKind::EMAIL, ChannelKind::SMS, ChannelKind::WHATSAPP]);
    for text in ["STOP", "stop please", "Baja"] {
        let events = keyword::classify(text).events(&Inbound::new(ChannelKind::SMS, at));
        let after = events.iter().fold(before.clone(), |world, event| {
            world.push("/profile/consents", serde_json::to_value(event).expect("it writes"))
        });
        assert_eq!(after.plan().explain(), stopped.plan().explain(), "{text}");
    }
}

/// A fresh consent to coupons by SMS re-opens coupons by SMS, and neither WhatsApp nor sales.
#[test]
fn s25_a_fresh_consent_opens_its_scope_only() {
    check(
        shop("25-stop/request-coupon-after-fresh-consent.json"),
        expect![[r#"
            coupon-9 for eva: coupon, marketing, normal
            2026-11-20 10:00Z, policy shop-2026-11, until delivered
            1.  mail       home    now          first by the policy's order; text es
            2.  sms-main   mobile  if it fails  next by the policy's order; text es; 0.045 EUR
            -   app-inbox  -       no           no in_app endpoint on file (capability)
            -   app-push   -       no           no push endpoint on file (capability)
            -   whatsapp   wa      no           consent withdrawn since 2026-11-17 (customer)
        "#]],
    );
    check(
        shop("25-stop/request-sale-after-fresh-consent.json"),
        expect![[r#"
        sale-1 for eva: sale, marketing, normal
        2026-11-20 10:00Z, policy shop-2026-11, until delivered
        1.  mail       home    now  the only step; text es
        -   app-inbox  -       no   no in_app endpoint on file (capability)
        -   app-push   -       no   no push endpoint on file (capability)
        -   sms-main   mobile  no   consent withdrawn since 2026-11-17 (customer)
        -   whatsapp   wa      no   consent withdrawn since 2026-11-17 (customer)
    "#]],
    );
}

/// START re-opens all marketing by SMS, which is what was stopped there, and still not WhatsApp.
#[test]
fn s25_start() {
    let start = json!({
        "action": "grant", "at": "2026-11-19T18:00:00Z", "scope": { "purpose": "marketing", "kind": "sms" },
        "source": "keyword",
    });
    let sale = shop("25-stop/request-sale-after-fresh-consent.json").push("/profile/consents", start);
    check(
        sale,
        expect![[r#"
            sale-1 for eva: sale, marketing, normal
            2026-11-20 10:00Z, policy shop-2026-11, until delivered
            1.  mail       home    now          first by the policy's order; text es
            2.  sms-main   mobile  if it fails  next by the policy's order; text es; 0.045 EUR
            -   app-inbox  -       no           no in_app endpoint on file (capability)
            -   app-push   -       no           no push endpoint on file (capability)
            -   whatsapp   wa      no           consent withdrawn since 2026-11-17 (customer)
        "#]],
    );
}

/// Ten lines of policy and a customer of whom only a mailbox is known.
#[test]
fn s27_ten_lines_and_no_history() {
    let starter = |request: &str| World::scenario("27-ten-lines", &format!("27-ten-lines/{request}"));
    check(
        starter("request-shipped.json"),
        expect![[r#"
        shipped-1 for first: order_shipped, transactional, normal
        2026-11-21 10:00Z, policy starter, until delivered
        1.  mail  home  now  the only step; text
        -   app   -     no   no push endpoint on file (capability)
        -   sms   -     no   no sms endpoint on file (capability)
    "#]],
    );
    check(
        starter("request-coupon.json"),
        expect![[r#"
        coupon-1 for first: coupon, marketing, normal
        2026-11-21 10:00Z, policy starter, nothing is sent
        -  app   -     no  no push endpoint on file (capability)
        -  mail  home  no  no consent on record for marketing (law)
        -  sms   -     no  no sms endpoint on file (capability)
    "#]],
    );
}

/// "Why did she get no SMS on Tuesday?" The plan was put away on that day and answers later, in words.
#[test]
fn s28_why_no_sms_on_tuesday() {
    let tuesday = shop("28-no-sms-on-tuesday/request.json").explained();
    let stored = serde_json::to_string(&tuesday).expect("every plan can be written");

    let recorded: Plan = serde_json::from_str(&stored).expect("every plan that was written can be read");
    let answer = |which: &str| {
        let (why, flip) = (recorded.trace().why(which), recorded.trace().flip(which));
        format!("{}\n{}\n", why.expect("a registered channel"), flip.expect("a registered channel"))
    };
    expect![[r#"
        `sms-main` to `mobile` is not used until 2026-12-01 10:00Z: cap `promo-sms-monthly` is reached: 2 of 2 in any 4 weeks (policy)
        would be used if cap `promo-sms-monthly` were 3
    "#]]
    .assert_eq(&answer("sms"));
    expect![[r#"
        `whatsapp` to `wa` is not used: consent withdrawn since 2026-10-03 (customer); also no session is open and there is no template (capability)
        no single change that was tried would let it through
    "#]].assert_eq(&answer("whatsapp"));
    expect![[r#"
        `mail` to `home` is step 1: the only step; text es
        it is used
    "#]]
    .assert_eq(&answer("email"));
    check(
        shop("28-no-sms-on-tuesday/request.json"),
        expect![[r#"
        sale-2 for ana: sale, marketing, normal
        2026-11-17 10:00Z, policy shop-2026-11, until delivered
        1.  mail       home    now                          the only step; text es
        -   app-inbox  -       no                           no in_app endpoint on file (capability)
        -   app-push   -       no                           no push endpoint on file (capability)
        -   sms-main   mobile  not until 2026-12-01 10:00Z  cap `promo-sms-monthly` of 2 is reached (policy)
        -   whatsapp   wa      no                           consent withdrawn since 2026-10-03 (customer)
    "#]],
    );
}

/// "On whose word did this go out, by which rules, and would it again?"
#[cfg(feature = "digest")]
#[test]
fn s30_a_regulator_asks_for_proof() {
    use waypost::{DigestKey, Proof, Proven};

    let world = shop("30-proof/request.json");
    let (router, message, facts) = (world.router(), world.message(), world.facts());
    let key = DigestKey::new([7; 32]);
    let plan = router.plan(&message, &facts);
    let sent = plan.dispatches().next().expect("it goes out");
    let proof = router.prove(&message, &facts, sent, &key).expect("the plan holds it");
    let text = proof.to_string();
    let (said, digests) = text.split_at(text.find("config ").expect("digests come last"));
    let digests: Vec<_> = digests.lines().collect();
    expect![[r#"
        coupon-8 for marta: `sms-main` to `mobile`, not before 2026-11-20 11:00:00Z
        planned  2026-11-20 11:00:00Z, policy shop-2026-11, time zones of chrono-tz 2025b
        consent  opt_in: grant of 2025-03-01 10:00:00Z, by form, evidence form-2291
    "#]]
    .assert_eq(said);
    let digests: Vec<_> = digests.iter().map(|line| line.split_whitespace().next().expect("a name")).collect();
    assert_eq!(digests, ["config", "profile", "message", "facts", "plan"]);

    // Put away, read again and checked against the inputs: the same bytes.
    let stored = serde_json::to_string(&proof).expect("every proof can be written");
    assert!(!stored.contains("600222333"), "{stored}");
    let stored: Proof = serde_json::from_str(&stored).expect("every proof that was written can be read");
    assert_eq!(stored, proof);
    assert_eq!(stored.check(&router, &message, &facts, &key), []);
    assert_eq!(router.prove(&message, &facts, sent, &key).as_ref(), Some(&stored));

    // Whatever is not as it was is named.
    let another = DigestKey::new([8; 32]);
    let all_keyed = [Proven::Profile, Proven::Message, Proven::Facts, Proven::Plan];
    assert_eq!(stored.check(&router, &message, &facts, &another), all_keyed);
    let withdrawn = serde_json::from_value(json!({
        "action": "withdraw", "at": "2026-11-20T10:00:00Z", "scope": { "purpose": "marketing" },
    }));
    let profile = router.profile().to_builder().consent(withdrawn.expect("an event")).build().expect("a profile");
    let gone = [Proven::Profile, Proven::Plan, Proven::Consent, Proven::Dispatch];
    assert_eq!(stored.check(&router.with_profile(profile), &message, &facts, &key), gone);
    let other = message.to_builder().tag("sale".parse().expect("a tag")).build().expect("a message");
    // The plan takes the tags of its message along.
    assert_eq!(stored.check(&router, &other, &facts, &key), [Proven::Message, Proven::Plan]);
    let bank = bank("30-proof/request.json").router();
    let found = stored.check(&bank, &message, &facts, &key);
    assert_eq!(found.first(), Some(&Proven::Config), "{found:?}");

    // What the plan does not hold cannot be proven.
    let mut elsewhere = *sent;
    elsewhere.endpoint = "home".parse().expect("an endpoint");
    assert_eq!(router.prove(&message, &facts, &elsewhere, &key), None);
}
