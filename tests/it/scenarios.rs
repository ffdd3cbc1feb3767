//! What the software exists for: situations that real senders describe, decided from data alone.
//!
//! Every test is one situation; its request lies in the folder of the same number below `scenarios/`, beside the
//! policies and channels of a bank, a shop and a telecom.

use expect_test::expect;
use serde_json::json;
use waypost::Plan;

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
    check(alert.clone(), expect![[""]]);

    // Less urgent, and the night is the customer's again.
    check(alert.clone().with(json!({ "message": { "urgency": "high" } })), expect![[""]]);
}

#[test]
fn s01_fraud_alert_without_a_device_for_push() {
    let endpoints = json!([
        { "id": "mobile", "kind": "sms", "address": "+34600111222", "verified": true },
        { "id": "home", "kind": "email", "address": "lucia@example.com", "verified": true },
        { "id": "landline", "kind": "voice", "address": "+34910111222", "verified": true },
    ]);
    let alert = bank("01-fraud-alert/request.json").with(json!({ "profile": { "endpoints": endpoints } }));
    check(alert, expect![[""]]);
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
    check(alert.clone(), expect![[""]]);

    let no_calls = json!({
        "action": "withdraw", "at": "2026-06-01T00:00:00Z", "scope": { "purpose": "safety", "kind": "voice" },
    });
    check(alert.push("/profile/consents", no_calls), expect![[""]]);
}

/// The monthly statement: email, long form, and no copy by SMS.
#[test]
fn s02_monthly_statement() {
    check(bank("02-statement/request.json"), expect![[""]]);
}

/// Coupons by SMS and no newsletter: never "email instead".
#[test]
fn s03_coupons_yes_newsletter_no() {
    check(shop("03-coupon-not-newsletter/request-coupon.json"), expect![[""]]);
    check(shop("03-coupon-not-newsletter/request-newsletter.json"), expect![[""]]);
}

/// A web form, a call, then WhatsApp 40 minutes ago: the answer goes where the conversation is, under its name.
#[test]
fn s06_answer_where_the_conversation_is_open() {
    check(telecom("06-open-conversation/request.json"), expect![[""]]);
}

/// 26 hours after the customer's last word, WhatsApp takes an approved template or nothing.
#[test]
fn s07_session_over() {
    check(telecom("07-session-over/request-no-template.json"), expect![[""]]);
    check(telecom("07-session-over/request-template.json"), expect![[""]]);
}

/// Help is asked for at 07:30 and agents come at 09:00: the bot now, the agents as soon as they are there, then a call.
#[test]
fn s08_help_before_the_agents_are_there() {
    let help = telecom("08-chat-before-opening/request.json");
    check(help.clone(), expect![[""]]);

    // While they are there, both at once.
    check(help.at("2026-11-20T08:00:00Z"), expect![[""]]);
}

/// A code to sign in: push or SMS, no link in the SMS, nothing once it has expired, whatever the caps say.
#[test]
fn s09_sign_in_code() {
    check(bank("09-sign-in-code/request-fresh.json"), expect![[""]]);
}

/// With a minute left, email would be too late.
#[test]
fn s09_sign_in_code_in_its_last_minute() {
    check(bank("09-sign-in-code/request-minute-four.json"), expect![[""]]);
    check(bank("09-sign-in-code/request-minute-five.json"), expect![[""]]);
}

#[test]
fn s09_sign_in_code_with_a_link_in_every_text() {
    check(bank("09-sign-in-code/request-link-only.json"), expect![[""]]);
}

/// Who has the app open reads it there, and a push brings back those who are not.
#[test]
fn s10_the_app_is_open() {
    check(shop("10-app-open/request-in-the-app.json"), expect![[""]]);
    check(shop("10-app-open/request-elsewhere.json"), expect![[""]]);
}

/// Push is switched off in the phone's settings: the next channel, and the trace says so.
#[test]
fn s11_push_is_switched_off() {
    check(shop("11-push-switched-off/request.json"), expect![[""]]);
}

/// One short text with a link where the policy asks email for long form: SMS takes it.
#[test]
fn s12_one_short_text() {
    check(shop("12-short-text/request.json"), expect![[""]]);
}

/// Documents are asked of new customers only, and the refusal names the rule.
#[test]
fn s14_documents_from_new_customers() {
    check(telecom("14-documents-from-new-customers/request-new.json"), expect![[""]]);
    check(telecom("14-documents-from-new-customers/request-loyal.json"), expect![[""]]);
}

/// One SMS provider is down: the second provider, then the next kind.
#[test]
fn s16_the_sms_provider_is_down() {
    let notice = telecom("16-provider-down/request.json");
    check(notice.clone(), expect![[""]]);

    // The breaker closes at 10:05, and at that instant the provider is first again.
    check(notice.at("2026-11-20T10:05:00Z"), expect![[""]]);
}

/// One number bounced for good and a second is on file.
#[test]
fn s17_the_number_bounced() {
    check(telecom("17-bounced-number/request.json"), expect![[""]]);
}

fn prior(request: &str) -> World {
    World::scenario("20-segment-priors", &format!("20-segment-priors/{request}"))
}

/// Without any history, the segment's habits: a chat app, email with social, voice or post.
#[test]
fn s20_segments_without_history() {
    check(prior("request-student.json"), expect![[""]]);
    check(prior("request-young-adult.json"), expect![[""]]);
    check(prior("request-elderly.json"), expect![[""]]);
}

/// The first own answers outweigh the segment's.
#[test]
fn s20_own_answers_outweigh_the_segment() {
    check(prior("request-student-answered.json"), expect![[""]]);
}

/// STOP: from that second on nothing commercial on any text channel.
#[test]
fn s25_stop() {
    check(shop("25-stop/request-coupon.json"), expect![[""]]);
}

/// Receipts still go.
#[test]
fn s25_a_receipt_after_stop() {
    check(shop("25-stop/request-receipt.json"), expect![[""]]);
}

/// A fresh consent to coupons by SMS re-opens coupons by SMS, and neither WhatsApp nor sales.
#[test]
fn s25_a_fresh_consent_opens_its_scope_only() {
    check(shop("25-stop/request-coupon-after-fresh-consent.json"), expect![[""]]);
    check(shop("25-stop/request-sale-after-fresh-consent.json"), expect![[""]]);
}

/// Ten lines of policy and a customer of whom only a mailbox is known.
#[test]
fn s27_ten_lines_and_no_history() {
    let starter = |request: &str| World::scenario("27-ten-lines", &format!("27-ten-lines/{request}"));
    check(starter("request-shipped.json"), expect![[""]]);
    check(starter("request-coupon.json"), expect![[""]]);
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
    expect![[""]].assert_eq(&answer("sms"));
    expect![[""]].assert_eq(&answer("whatsapp"));
    expect![[""]].assert_eq(&answer("email"));
    check(shop("28-no-sms-on-tuesday/request.json"), expect![[""]]);
}
