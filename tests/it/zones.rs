//! Whose clock counts: tables of zones, evidence for a zone, and do-not-disturb.

use chrono::{DateTime, Utc};
use waypost::{
    CustomerProfile, Facts, Message, Plan, Policy, ProfileBuilder, QuietHours, Router, RouterConfig, ZoneBasis,
    ZoneEvidence,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn evidence(basis: ZoneBasis, zones: &[&str]) -> ZoneEvidence {
    let zones = zones.iter().map(|zone| zone.parse().expect("a zone name"));
    ZoneEvidence::new(zones, basis).expect("few zones")
}

fn ana() -> ProfileBuilder {
    let profile = r#"{"id": "ana", "consents": [{"action": "grant", "at": "2026-01-01T00:00:00Z"}], "endpoints": [
        {"id": "mobile", "kind": "sms", "address": "+34600111222"},
        {"id": "app", "kind": "in_app", "address": "ana"}
    ]}"#;
    serde_json::from_str::<CustomerProfile>(profile).expect("a profile").to_builder()
}

const OFFICE: &str = r#"
zone = "Europe/Madrid"
[defaults]
hours = ["09:00-17:00"]
[purposes.marketing]
max_delay = "7d"
[purposes.internal]
when_closed = "downgrade"
silent = ["in_app"]
"#;

/// Plans one message at noon of 20 November 2026 in UTC.
fn plan(profile: ProfileBuilder, purpose: &str) -> Plan {
    let channels = r#"channels = [
        { id = "text", kind = "sms", capabilities = ["text"] },
        { id = "inbox", kind = "in_app", capabilities = ["text"] },
    ]"#;
    let channels = waypost::ChannelList::from_toml(channels).expect("channels").channels;
    let policy = Policy::from_toml(OFFICE).expect("a policy");
    let config = RouterConfig::builder().descriptors(channels).policy(policy).build().expect("a configuration");
    let message = format!(
        r#"{{"id": "m-1", "topic": "news", "purpose": "{purpose}", "content": {{"variants": [{{"form": "text", "body": "Hi"}}]}}}}"#
    );
    let message: Message = serde_json::from_str(&message).expect("a message");
    Router::new(config, profile.build().expect("a profile")).plan(&message, &Facts::at(at("2026-11-20T12:00:00Z")))
}

/// When the text goes out, or the reason why it does not.
#[track_caller]
fn check(profile: ProfileBuilder, purpose: &str, expected: &str) {
    let plan = plan(profile, purpose);
    let text = plan.dispatches().find(|dispatch| dispatch.channel == "text");
    let shown = match text {
        Some(dispatch) => dispatch.not_before.format("%d %H:%M").to_string(),
        None => plan.trace().candidate("text").and_then(|one| one.verdict.reason()).expect("a reason").to_string(),
    };
    assert_eq!(shown, expected, "{plan}");
}

#[test]
fn one_zone_is_the_clock() {
    check(ana().zone(evidence(ZoneBasis::Declared, &["America/New_York"])), "service", "20 14:00");
    check(ana().zone(evidence(ZoneBasis::Country, &["Asia/Tokyo"])), "marketing", "21 00:00");
}

#[test]
fn of_several_candidates_all_must_permit() {
    // Nine o'clock in Los Angeles is noon in New York.
    let coasts = evidence(ZoneBasis::Country, &["America/New_York", "America/Los_Angeles"]);
    check(ana().zone(coasts.clone()), "marketing", "20 17:00");
    check(ana().zone(coasts), "service", "20 17:00");
    // Office hours in Madrid and in Auckland never meet.
    let antipodes = evidence(ZoneBasis::Country, &["Europe/Madrid", "Pacific/Auckland"]);
    check(ana().zone(antipodes.clone()), "marketing", "no permitted hour within 1 week");
    // The sender's own zone is one of them, and for a service notice that will do.
    check(ana().zone(antipodes), "service", "20 12:00");
}

#[test]
fn weaker_evidence_that_agrees_adds_nothing() {
    let profile = ana()
        .zone(evidence(ZoneBasis::Declared, &["America/New_York"]))
        .zone_evidence(evidence(ZoneBasis::Country, &["America/New_York", "America/Los_Angeles"]));
    check(profile.clone(), "marketing", "20 14:00");
    check(profile, "service", "20 14:00");
}

#[test]
fn weaker_evidence_that_contradicts_binds_marketing_too() {
    let profile = ana()
        .zone_evidence(evidence(ZoneBasis::Prefix, &["America/New_York"]))
        .zone_evidence(evidence(ZoneBasis::Declared, &["Europe/Madrid"]));
    // Nine o'clock in New York is three o'clock in Madrid.
    check(profile.clone(), "marketing", "20 14:00");
    check(profile, "service", "20 12:00");
}

#[test]
fn without_a_zone_marketing_stays_at_home() {
    check(ana(), "marketing", "hours bind and the customer's time zone is unknown");
    check(ana(), "service", "20 12:00");
    check(
        ana().zone(evidence(ZoneBasis::Device, &["Mars/Phobos"])),
        "marketing",
        "hours bind and the customer's time zone is unknown",
    );
}

#[test]
fn do_not_disturb_ends_at_an_instant_and_then_hours_count() {
    let madrid = || ana().zone(evidence(ZoneBasis::Declared, &["Europe/Madrid"]));
    let quiet = |until: &str| QuietHours::default().until(at(until));
    check(madrid().quiet_hours(quiet("2026-11-20T12:00:00Z")), "service", "20 12:00");
    check(madrid().quiet_hours(quiet("2026-11-20T12:00:01Z")), "service", "20 12:00");
    check(madrid().quiet_hours(quiet("2026-11-20T18:00:00Z")), "service", "21 08:00");
    // Longer than a service message is put off.
    check(madrid().quiet_hours(quiet("2026-12-01T00:00:00Z")), "service", "do not disturb");
    check(madrid().quiet_hours(quiet("2026-12-01T00:00:00Z")), "safety", "20 12:00");
}

#[test]
fn at_a_closed_hour_a_purpose_may_go_by_silent_kinds() {
    let tokyo = ana().zone(evidence(ZoneBasis::Declared, &["Asia/Tokyo"]));
    check(tokyo.clone(), "internal", "outside the sender's hours");
    let plan = plan(tokyo, "internal");
    let sent: Vec<_> = plan.dispatches().map(|dispatch| (dispatch.channel.as_str(), dispatch.not_before)).collect();
    assert_eq!(sent, [("inbox", at("2026-11-20T12:00:00Z"))]);
}

#[test]
fn the_trace_names_the_tables() {
    let zones = plan(ana(), "service").trace().zones().expect("a plan of this version has them");
    assert_eq!(zones.source, "chrono-tz");
    assert_eq!(zones.release, *chrono_tz::IANA_TZDB_VERSION);
}

/// Where this machine's files are of the release that is built in, every zone shows the same time from both.
#[cfg(all(unix, feature = "system-zones"))]
#[test]
fn the_systems_files_and_the_bundled_tables_agree() {
    use waypost::time::{BundledZones, SystemZones, ZoneLookup, ZoneName};

    let Ok(system) = SystemZones::read("/usr/share/zoneinfo") else { return };
    let (mut compared, mut differing) = (0, Vec::new());
    for zone in chrono_tz::TZ_VARIANTS {
        let name: ZoneName = zone.name().parse().expect("an IANA name is a zone name");
        let (Some(theirs), Some(ours)) = (system.resolve(&name), BundledZones.resolve(&name)) else { continue };
        compared += 1;
        // Every 31 hours from 2000 to 2035, which falls on every hour of the day; of the years before, distributors
        // compile different tables.
        let differs = (8_484..18_400)
            .map(|step| DateTime::from_timestamp(step * 111_600, 0).expect("in range"))
            .find(|at| system.offset_seconds(theirs, *at) != BundledZones.offset_seconds(ours, *at));
        differing.extend(differs.map(|at| format!("{name} at {at}")));
    }
    assert!(compared > 300, "{system:?} has {compared} of the known zones");
    // Another release differs in a few zones; files read wrongly differ in most.
    let most = if system.release() == BundledZones.release() { 0 } else { 40 };
    assert!(differing.len() <= most, "{differing:?}");
}

/// Nothing opens: whose word that is, is said too.
#[test]
fn hours_that_never_open_name_their_author() {
    let never = |profile: ProfileBuilder| {
        let plan = plan(profile.zone(evidence(ZoneBasis::Declared, &["Europe/Madrid"])), "service");
        plan.trace().candidate("text").and_then(|one| one.verdict.reason()).expect("a reason").authority()
    };
    let always: QuietHours = QuietHours::new(["00:00-24:00".parse().expect("a window")]);
    assert_eq!(never(ana().quiet_hours(always)), waypost::Authority::Customer);
    let office: QuietHours = QuietHours::new(["09:00-17:00".parse().expect("a window")]);
    assert_eq!(never(ana().quiet_hours(office)), waypost::Authority::Customer);
}

/// More windows than a week has use for would cost every plan.
#[test]
fn quiet_hours_are_few() {
    let windows = |count| (0..count).map(|_| "22:00-07:00".parse().expect("a window"));
    assert!(ana().quiet_hours(QuietHours::new(windows(64))).build().is_ok());
    let error = ana().quiet_hours(QuietHours::new(windows(65))).build().expect_err("too many").to_string();
    assert_eq!(error, "a profile has at most 64 windows of quiet hours, not 65");
}
