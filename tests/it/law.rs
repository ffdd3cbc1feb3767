//! Law as data: what each row of the shipped file comes to, how rows meet, and that nothing widens them.

use std::{cell::Cell, collections::BTreeSet, sync::Arc};

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use expect_test::{Expect, expect};
use proptest::{collection::vec, option::weighted, prelude::*, sample::select};
use serde_json::{Value, json};
use waypost::{
    law::{RowKind, Status},
    policy::ConsentRule,
    time::{BundledZones, OffsetFromUtc, ResolvedZone, Span, Window, ZoneName},
    *,
};

use super::world::{World, for_all, world};

fn text<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("well formed")
}

/// A customer's places, zones and everything else that a row may ask about.
#[derive(Clone)]
struct Case {
    law: Jurisdictions,
    policy: String,
    kind: ChannelKind,
    purpose: Purpose,
    profile: ProfileBuilder,
    facts: Facts,
}

/// Marketing that nobody but the law asks consent for, to a customer who waits for more than a week.
const FREE: &str = "[purposes.marketing]\nconsent = \"none\"\nmax_delay = \"9d\"\n";

impl Case {
    fn new(places: &[&str], zones: &[&str], kind: &str) -> Self {
        let kind: ChannelKind = text(kind);
        let address = match kind.address_form() {
            AddressForm::Phone => "+15550100",
            AddressForm::Email => "ana@example.com",
            _ => "token",
        };
        let mut profile = CustomerProfile::builder(text("c-1"))
            .endpoint(Endpoint::new(text("e-1"), kind, address).expect("an address"));
        if !places.is_empty() {
            let evidence =
                JurisdictionEvidence::new(places.iter().map(|place| text(place)), JurisdictionBasis::Address);
            profile = profile.jurisdictions(evidence.expect("some places"));
        }
        if !zones.is_empty() {
            let evidence = ZoneEvidence::new(zones.iter().map(|zone| text(zone)), ZoneBasis::Address);
            profile = profile.zone(evidence.expect("some zones"));
        }
        Self {
            law: shipped(),
            policy: FREE.to_owned(),
            kind,
            purpose: Purpose::Marketing,
            profile,
            facts: Facts::at(DateTime::UNIX_EPOCH),
        }
    }

    fn law(self, toml: &str) -> Self {
        let law = Jurisdictions::from_toml(toml).unwrap_or_else(|error| panic!("{error}"));
        Self { law, ..self }
    }

    fn policy(self, policy: &str) -> Self {
        Self { policy: policy.to_owned(), ..self }
    }

    fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    fn profile(self, change: impl Fn(ProfileBuilder) -> ProfileBuilder) -> Self {
        Self { profile: change(self.profile), ..self }
    }

    fn consent(self, action: ConsentAction, scope: ConsentScope, at: &str) -> Self {
        self.profile(|profile| profile.consent(ConsentEvent::new(action, scope.clone(), instant(at))))
    }

    fn config(&self) -> Arc<RouterConfig> {
        let channel = ChannelDescriptor::new(text("channel"), self.kind).can(Capability::Text);
        let policy = Policy::from_toml(&self.policy).expect("a policy");
        let builder = RouterConfig::builder().channel(Arc::new(channel)).policy(policy).law(self.law.clone());
        builder.build().expect("a configuration")
    }

    fn explain(&self, at: &str, urgency: Urgency) -> Plan {
        let message = Message::builder(text("m-1"), text("offer"), self.purpose).urgency(urgency);
        let message = message.variant(Variant::text("Hello")).unsubscribe(leave()).build().expect("a message");
        let mut facts = self.facts.clone();
        facts.now = instant(at);
        explain(&self.config(), &self.profile.clone().build().expect("a profile"), &message, &facts)
    }

    fn plan(&self, at: &str) -> Plan {
        self.explain(at, Urgency::Normal)
    }

    /// `now`, or the code of the reason with its row and, where it passes, the instant at which it does.
    fn said(&self, at: &str) -> String {
        let plan = self.plan(at);
        let candidate = &plan.trace().candidates()[0];
        let zone = *DateTime::parse_from_rfc3339(at).expect("an instant").offset();
        let (reason, until) = match candidate.verdict {
            Verdict::Eligible => return "now".to_owned(),
            Verdict::Deferred { until, reason } => (reason, Some(until)),
            Verdict::Refused { reason } => match reason.standing() {
                Standing::Until(until) => (reason, Some(until)),
                _ => (reason, None),
            },
            other => panic!("{other:?} is not known here"),
        };
        let document = serde_json::to_value(reason).expect("a reason is data");
        let row = document.get("row").and_then(|row| row.as_str()).unwrap_or(reason.code()).to_owned();
        match until {
            Some(until) => {
                format!("{row} until {}", until.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true))
            }
            None => row,
        }
    }

    #[track_caller]
    fn check(&self, rows: &[(&str, &str)]) -> &Self {
        for (at, expected) in rows {
            assert_eq!(self.said(at), *expected, "at {at}\n{}", self.plan(at));
        }
        self
    }
}

fn instant(at: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(at).expect("an instant").to_utc()
}

/// The shipped rows, with the holidays that the tables ask about.
fn shipped() -> Jurisdictions {
    let days = |law: Jurisdictions, region: &str, days: &[&str]| {
        law.with_holidays(text(region), days.iter().map(|day| text::<NaiveDate>(day))).expect("a few days")
    };
    let law = days(Jurisdictions::shipped(), "FR", &["2026-05-25", "2026-07-14"]);
    let law = days(law, "IT", &["2026-06-02"]);
    let law = days(law, "ES", &["2026-06-04"]);
    let law = days(law, "AU", &["2026-06-08"]);
    let law = days(law, "ZA", &["2026-06-16"]);
    let law = days(law, "US-AL", &["2026-06-01"]);
    days(law, "US-LA", &["2026-06-19"])
}

/// A row of the table below: its id, where, on what, and what is said at instants inside and outside.
type Hours = (&'static str, &'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

// 1 June 2026 is a Monday.
const HOURS: &[Hours] = &[
    (
        "us-call-hours",
        "US",
        "America/New_York",
        "voice",
        &[
            ("2026-06-01T07:59:59-04:00", "us-call-hours until 2026-06-01T08:00:00-04:00"),
            ("2026-06-01T08:00:00-04:00", "now"),
            ("2026-06-07T20:59:59-04:00", "now"),
            ("2026-06-07T21:00:00-04:00", "us-call-hours until 2026-06-08T08:00:00-04:00"),
            // The night in which the clocks go forward is an hour shorter, and nothing else.
            ("2026-03-07T23:00:00-05:00", "us-call-hours until 2026-03-08T07:00:00-05:00"),
        ],
    ),
    (
        "us-text-hours",
        "US",
        "America/Chicago",
        "sms",
        &[
            ("2026-06-01T07:59:59-05:00", "us-text-hours until 2026-06-01T08:00:00-05:00"),
            ("2026-06-01T20:59:59-05:00", "now"),
            ("2026-06-01T21:00:00-05:00", "us-text-hours until 2026-06-02T08:00:00-05:00"),
        ],
    ),
    (
        "us-fl-hours",
        "US-FL",
        "America/New_York",
        "sms",
        &[
            ("2026-06-01T08:00:00-04:00", "now"),
            ("2026-06-01T19:59:59-04:00", "now"),
            // The federal hour from 20:00 to 21:00 is of no use in Florida.
            ("2026-06-01T20:00:00-04:00", "us-fl-hours until 2026-06-02T08:00:00-04:00"),
        ],
    ),
    (
        "us-ok-hours",
        "US-OK",
        "America/Chicago",
        "voice",
        &[
            ("2026-06-01T19:59:59-05:00", "now"),
            ("2026-06-01T20:00:00-05:00", "us-ok-hours until 2026-06-02T08:00:00-05:00"),
            // Before it came into force there was the federal rule alone.
            ("2022-10-03T20:00:00-05:00", "now"),
        ],
    ),
    (
        "us-tx-hours",
        "US-TX",
        "America/Chicago",
        "sms",
        &[
            ("2026-06-06T08:59:59-05:00", "us-tx-hours until 2026-06-06T09:00:00-05:00"),
            ("2026-06-06T09:00:00-05:00", "now"),
            ("2026-06-07T11:59:59-05:00", "us-tx-hours until 2026-06-07T12:00:00-05:00"),
            ("2026-06-07T12:00:00-05:00", "now"),
            ("2026-06-07T20:59:59-05:00", "now"),
        ],
    ),
    // El Paso is an hour behind Central time: by the one account of the law it opens at 9, by the other at 8.
    (
        "us-tx-hours-central",
        "US-TX",
        "America/Denver",
        "sms",
        &[
            ("2026-06-06T08:30:00-06:00", "us-tx-hours until 2026-06-06T09:00:00-06:00"),
            ("2026-06-06T19:59:59-06:00", "now"),
            ("2026-06-06T20:00:00-06:00", "us-tx-hours-central until 2026-06-07T12:00:00-06:00"),
        ],
    ),
    (
        "us-ct-hours",
        "US-CT",
        "America/New_York",
        "sms",
        &[
            ("2026-06-01T08:59:59-04:00", "us-ct-hours until 2026-06-01T09:00:00-04:00"),
            ("2026-06-01T19:59:59-04:00", "now"),
            ("2026-06-01T20:00:00-04:00", "us-ct-hours until 2026-06-02T09:00:00-04:00"),
        ],
    ),
    (
        "us-md-hours",
        "US-MD",
        "America/New_York",
        "voice",
        &[("2026-06-01T20:00:00-04:00", "us-md-hours until 2026-06-02T08:00:00-04:00")],
    ),
    (
        "us-ma-hours",
        "US-MA",
        "America/New_York",
        "voice",
        &[("2026-06-01T20:00:00-04:00", "us-ma-hours until 2026-06-02T08:00:00-04:00")],
    ),
    (
        "us-ms-hours",
        "US-MS",
        "America/Chicago",
        "voice",
        &[
            ("2026-06-06T19:59:59-05:00", "now"),
            ("2026-06-06T20:00:00-05:00", "us-ms-hours until 2026-06-08T08:00:00-05:00"),
        ],
    ),
    (
        "us-nj-hours",
        "US-NJ",
        "America/New_York",
        "voice",
        &[("2026-06-01T20:00:00-04:00", "us-nj-hours until 2026-06-02T08:00:00-04:00")],
    ),
    (
        "us-al-hours",
        "US-AL",
        "America/Chicago",
        "voice",
        &[
            // Saturday evening, then Sunday, then a holiday.
            ("2026-05-30T20:00:00-05:00", "us-al-hours until 2026-06-02T08:00:00-05:00"),
        ],
    ),
    (
        "us-la-hours",
        "US-LA",
        "America/Chicago",
        "voice",
        &[
            ("2026-06-01T12:00:00-05:00", "now"),
            ("2026-06-19T12:00:00-05:00", "us-la-hours until 2026-06-20T08:00:00-05:00"),
            ("2026-06-21T12:00:00-05:00", "us-la-hours until 2026-06-22T08:00:00-05:00"),
        ],
    ),
    (
        "us-ky-hours",
        "US-KY",
        "America/New_York",
        "voice",
        &[
            ("2026-06-01T09:59:59-04:00", "us-ky-hours until 2026-06-01T10:00:00-04:00"),
            ("2026-06-01T20:59:59-04:00", "now"),
        ],
    ),
    (
        "us-mi-hours",
        "US-MI",
        "America/Detroit",
        "voice",
        &[("2026-06-01T08:59:59-04:00", "us-mi-hours until 2026-06-01T09:00:00-04:00")],
    ),
    (
        "us-mn-hours",
        "US-MN",
        "America/Chicago",
        "voice",
        &[("2026-06-01T08:59:59-05:00", "us-mn-hours until 2026-06-01T09:00:00-05:00")],
    ),
    (
        "us-nm-hours",
        "US-NM",
        "America/Denver",
        "voice",
        &[("2026-06-01T08:59:59-06:00", "us-nm-hours until 2026-06-01T09:00:00-06:00")],
    ),
    (
        "us-nv-hours",
        "US-NV",
        "America/Los_Angeles",
        "voice",
        &[
            ("2026-06-01T19:59:59-07:00", "now"),
            ("2026-06-01T20:00:00-07:00", "us-nv-hours until 2026-06-02T09:00:00-07:00"),
        ],
    ),
    (
        "us-ri-hours",
        "US-RI",
        "America/New_York",
        "voice",
        &[
            ("2026-06-01T17:59:59-04:00", "now"),
            ("2026-06-01T18:00:00-04:00", "us-ri-hours until 2026-06-02T09:00:00-04:00"),
            ("2026-06-06T09:59:59-04:00", "us-ri-hours until 2026-06-06T10:00:00-04:00"),
        ],
    ),
    (
        "us-ri-hours-no-sunday",
        "US-RI",
        "America/New_York",
        "voice",
        &[("2026-06-07T12:00:00-04:00", "us-ri-hours-no-sunday until 2026-06-08T09:00:00-04:00")],
    ),
    (
        "us-il-hours-from-8",
        "US-IL",
        "America/Chicago",
        "voice",
        &[("2026-06-01T07:59:59-05:00", "us-call-hours until 2026-06-01T09:00:00-05:00")],
    ),
    (
        "us-il-hours-from-9",
        "US-IL",
        "America/Chicago",
        "voice",
        &[("2026-06-01T08:30:00-05:00", "us-il-hours-from-9 until 2026-06-01T09:00:00-05:00")],
    ),
    ("us-ca-hours-from-8", "US-CA", "America/Los_Angeles", "voice", &[("2026-06-01T20:59:59-07:00", "now")]),
    (
        "us-ca-hours-from-9",
        "US-CA",
        "America/Los_Angeles",
        "voice",
        &[("2026-06-01T08:30:00-07:00", "us-ca-hours-from-9 until 2026-06-01T09:00:00-07:00")],
    ),
    (
        "ca-call-hours",
        "CA",
        "America/Toronto",
        "voice",
        &[
            ("2026-06-01T21:29:59-04:00", "now"),
            ("2026-06-05T21:30:00-04:00", "ca-call-hours until 2026-06-06T10:00:00-04:00"),
            ("2026-06-07T17:59:59-04:00", "now"),
            ("2026-06-07T18:00:00-04:00", "ca-call-hours until 2026-06-08T09:00:00-04:00"),
        ],
    ),
    (
        "fr-call-hours",
        "FR",
        "Europe/Paris",
        "voice",
        &[
            ("2026-06-01T09:59:59+02:00", "fr-call-hours until 2026-06-01T10:00:00+02:00"),
            ("2026-06-01T12:59:59+02:00", "now"),
            ("2026-06-01T13:00:00+02:00", "fr-call-hours until 2026-06-01T14:00:00+02:00"),
            ("2026-06-01T13:59:59+02:00", "fr-call-hours until 2026-06-01T14:00:00+02:00"),
            ("2026-06-01T14:00:00+02:00", "now"),
            ("2026-06-01T19:59:59+02:00", "now"),
            ("2026-06-05T20:00:00+02:00", "fr-call-hours until 2026-06-08T10:00:00+02:00"),
            // Whit Monday is a holiday, and Friday evening before it a long way from Tuesday.
            ("2026-05-22T20:00:00+02:00", "fr-call-hours until 2026-05-26T10:00:00+02:00"),
            ("2023-02-27T20:00:00+01:00", "now"),
        ],
    ),
    (
        "fr-text-hours",
        "FR",
        "Europe/Paris",
        "sms",
        &[
            ("2026-06-06T19:59:59+02:00", "now"),
            ("2026-06-06T20:00:00+02:00", "fr-text-hours until 2026-06-08T08:00:00+02:00"),
            ("2026-05-25T12:00:00+02:00", "fr-text-hours until 2026-05-26T08:00:00+02:00"),
        ],
    ),
    (
        "fr-text-hours-late",
        "FR",
        "Europe/Paris",
        "sms",
        &[
            // Of two that differ the earlier end counts.
            ("2026-06-01T20:15:00+02:00", "fr-text-hours until 2026-06-02T08:00:00+02:00"),
        ],
    ),
    (
        "es-call-hours",
        "ES",
        "Europe/Madrid",
        "voice",
        &[
            ("2026-06-01T20:59:59+02:00", "now"),
            ("2026-06-03T21:00:00+02:00", "es-call-hours until 2026-06-05T09:00:00+02:00"),
            ("2026-06-06T12:00:00+02:00", "es-call-hours until 2026-06-08T09:00:00+02:00"),
        ],
    ),
    (
        "it-call-hours",
        "IT",
        "Europe/Rome",
        "voice",
        &[
            ("2026-06-06T09:59:59+02:00", "it-call-hours until 2026-06-06T10:00:00+02:00"),
            ("2026-06-06T18:59:59+02:00", "now"),
            ("2026-06-06T19:00:00+02:00", "it-call-hours until 2026-06-08T09:00:00+02:00"),
            ("2026-06-01T20:00:00+02:00", "it-call-hours until 2026-06-03T09:00:00+02:00"),
        ],
    ),
    (
        "in-text-hours",
        "IN",
        "Asia/Kolkata",
        "sms",
        &[
            ("2026-06-01T09:59:59+05:30", "in-text-hours until 2026-06-01T10:00:00+05:30"),
            ("2026-06-01T20:59:59+05:30", "now"),
            ("2026-06-01T21:00:00+05:30", "in-text-hours until 2026-06-02T10:00:00+05:30"),
        ],
    ),
    // The clock is India's even for a customer on a journey.
    (
        "in-text-hours-from-9",
        "IN",
        "Asia/Tokyo",
        "sms",
        &[
            ("2026-06-01T08:30:00+05:30", "in-text-hours until 2026-06-01T10:00:00+05:30"),
            ("2025-06-02T09:00:00+05:30", "now"),
        ],
    ),
    (
        "kr-night",
        "KR",
        "Asia/Seoul",
        "push",
        &[
            ("2026-06-01T20:59:59+09:00", "now"),
            ("2026-06-01T21:00:00+09:00", "kr-night until 2026-06-02T08:00:00+09:00"),
            ("2026-06-02T07:59:59+09:00", "kr-night until 2026-06-02T08:00:00+09:00"),
        ],
    ),
    (
        "au-call-hours",
        "AU",
        "Australia/Sydney",
        "voice",
        &[
            ("2026-06-01T19:59:59+10:00", "now"),
            ("2026-06-06T16:59:59+10:00", "now"),
            // Sunday and a holiday follow.
            ("2026-06-06T17:00:00+10:00", "au-call-hours until 2026-06-09T09:00:00+10:00"),
        ],
    ),
    (
        "za-hours",
        "ZA",
        "Africa/Johannesburg",
        "email",
        &[
            ("2026-06-06T12:59:59+02:00", "now"),
            ("2026-06-06T13:00:00+02:00", "za-hours until 2026-06-08T08:00:00+02:00"),
            ("2026-06-15T20:00:00+02:00", "za-hours until 2026-06-17T08:00:00+02:00"),
        ],
    ),
    (
        "ae-hours",
        "AE",
        "Asia/Dubai",
        "whatsapp",
        &[
            ("2026-06-01T17:59:59+04:00", "now"),
            ("2026-06-01T18:00:00+04:00", "ae-hours until 2026-06-02T09:00:00+04:00"),
        ],
    ),
    (
        "br-call-hours",
        "BR",
        "America/Sao_Paulo",
        "voice",
        &[
            ("2026-06-06T15:59:59-03:00", "now"),
            ("2026-06-06T16:00:00-03:00", "br-call-hours until 2026-06-08T09:00:00-03:00"),
        ],
    ),
];

/// Rows that ask for more than hours stand in the way of those that ask for hours.
fn hours_only(law: Jurisdictions) -> Jurisdictions {
    let rows = law.rows().iter().filter(|row| row.provision.kind() == RowKind::Hours).cloned().collect();
    let regions = ["FR", "IT", "ES", "AU", "ZA", "US-AL", "US-LA"].map(text::<Jurisdiction>);
    regions.into_iter().fold(Jurisdictions::new(rows).expect("rows that were sound"), |hours, region| {
        hours.with_holidays(region, law.holidays(region).to_vec()).expect("a few days")
    })
}

#[test]
fn hours_row_by_row() {
    for (_, place, zone, kind, rows) in HOURS {
        let case = Case::new(&[place], &[zone], kind);
        Case { law: hours_only(case.law.clone()), ..case }.check(rows);
    }
}

#[test]
fn no_row_of_hours_is_untested() {
    let tested: BTreeSet<&str> = HOURS.iter().map(|(id, ..)| *id).collect();
    let law = Jurisdictions::shipped();
    let hours = law.rows().iter().filter(|row| row.provision.kind() == RowKind::Hours);
    let shipped: BTreeSet<&str> = hours.map(|row| row.id.as_str()).collect();
    assert_eq!(tested, shipped);
}

#[test]
fn without_law_nothing_of_it_counts() {
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice");
    Case { law: Jurisdictions::default(), ..case }.check(&[("2026-06-07T03:00:00+02:00", "now")]);
}

#[test]
fn only_the_purposes_of_a_row_are_touched() {
    let lunch = "2026-06-01T13:30:00+02:00";
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice");
    for purpose in [Purpose::Safety, Purpose::Authentication, Purpose::Transactional, Purpose::Service] {
        case.clone().purpose(purpose).check(&[(lunch, "now")]);
    }
    // A purpose that this version cannot read may be marketing.
    let newer = case.purpose(text("humanitarian"));
    newer.check(&[(lunch, "fr-call-hours until 2026-06-01T14:00:00+02:00")]);
}

#[test]
fn express_consent_lifts_the_hours_that_it_may_lift() {
    let marketing = || ConsentScope::purpose(Purpose::Marketing);
    let night = "2026-06-06T23:00:00+02:00";
    let (yes, no) = (ConsentAction::Grant, ConsentAction::Withdraw);
    let france = Case::new(&["FR"], &["Europe/Paris"], "voice");
    france.clone().consent(yes, marketing(), "2026-01-01T00:00:00Z").check(&[(night, "now")]);
    france
        .clone()
        .consent(yes, marketing().on_kind(ChannelKind::SMS), "2026-01-01T00:00:00Z")
        .check(&[(night, "fr-call-hours until 2026-06-08T10:00:00+02:00")]);
    france
        .clone()
        .consent(yes, marketing(), "2026-01-01T00:00:00Z")
        .consent(no, marketing(), "2026-01-02T00:00:00Z")
        .check(&[(night, "fr-call-hours until 2026-06-08T10:00:00+02:00")]);
    // Texas names nothing that would lift its hours.
    Case::new(&["US-TX"], &["America/Chicago"], "voice")
        .consent(yes, marketing(), "2026-01-01T00:00:00Z")
        .check(&[("2026-06-07T11:00:00-05:00", "us-tx-hours until 2026-06-07T12:00:00-05:00")]);
}

#[test]
fn a_yes_that_runs_out_lifts_no_longer() {
    let mut yes = ConsentEvent::new(ConsentAction::Grant, ConsentScope::everything(), instant("2026-01-01T00:00:00Z"));
    yes.expires_at = Some(instant("2026-06-01T21:00:00+02:00"));
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice").profile(|profile| profile.consent(yes.clone()));
    case.check(&[
        ("2026-06-01T20:59:59+02:00", "now"),
        ("2026-06-01T21:00:00+02:00", "fr-call-hours until 2026-06-02T10:00:00+02:00"),
    ]);
    // What is put off past its end meets the hours that it lifted before.
    case.policy(&format!("{FREE}then.hours = [\"21:30-22:00\", \"12:30-13:30\"]\n"))
        .check(&[("2026-06-01T20:59:59+02:00", "sender_hours until 2026-06-02T12:30:00+02:00")]);
}

#[test]
fn the_night_of_korea_asks_a_consent_of_its_own() {
    let night = "2026-06-01T23:00:00+09:00";
    let closed = "kr-night until 2026-06-02T08:00:00+09:00";
    let korea = Case::new(&["KR"], &["Asia/Seoul"], "sms");
    let marketing = || ConsentScope::purpose(Purpose::Marketing);
    let given = "2026-01-01T00:00:00Z";
    let general = korea.consent(ConsentAction::Grant, marketing(), given);
    general.check(&[(night, closed)]);
    let apart = general.clone().consent(ConsentAction::Grant, marketing().about(text("night")), given);
    apart.check(&[(night, "now")]);
    // Whatever takes marketing back takes the night back with it.
    apart
        .clone()
        .consent(ConsentAction::Withdraw, marketing().about(text("night")), "2026-02-01T00:00:00Z")
        .check(&[(night, closed), ("2026-06-01T12:00:00+09:00", "now")]);
}

#[test]
fn a_relationship_lifts_where_the_data_says_who_has_one() {
    let evening = "2026-06-01T20:30:00-05:00";
    let closed = "us-ok-hours until 2026-06-02T08:00:00-05:00";
    let member =
        Case::new(&["US-OK"], &["America/Chicago"], "voice").profile(|profile| profile.segment(text("member")));
    member.check(&[(evening, closed)]);
    let law = member.law.clone().with_relationship(text("member")).expect("one segment");
    Case { law, ..member }.check(&[(evening, "now")]);
}

#[test]
fn consent_is_asked_from_the_day_of_the_message_on() {
    let noon = |day: &str| format!("{day}T11:00:00+02:00");
    let france = Case::new(&["FR"], &["Europe/Paris"], "voice");
    france.check(&[
        (&noon("2026-08-07"), "now"),
        (&noon("2026-08-11"), "fr-call-opt-in"),
        // A date begins where on earth it begins first, at 14 hours ahead of UTC.
        ("2026-08-10T11:59:59+02:00", "now"),
        ("2026-08-10T12:00:00+02:00", "fr-call-opt-in"),
    ]);
    let plan = france.plan(&noon("2026-08-11"));
    expect![[r#"
        m-1 for c-1: offer, marketing, normal
        2026-08-11 09:00Z, nothing is sent
        -  channel  e-1  no  no consent on record, which law `fr-call-opt-in` asks (law)
    "#]]
    .assert_eq(&plan.to_string());
    assert_eq!(
        plan.trace().flip("voice").map(|flip| flip.to_string()).as_deref(),
        Some("would be used if consent for marketing by voice were given")
    );
    france
        .clone()
        .consent(ConsentAction::Grant, ConsentScope::everything(), "2026-01-01T00:00:00Z")
        .check(&[(&noon("2026-08-11"), "now")]);
    // What would go out on the day is not put off to it: Monday evening, a holiday of the policy's making, Tuesday.
    france
        .clone()
        .policy(&format!("{FREE}then.hours = [\"tue 10:00-12:00\"]\n"))
        .check(&[("2026-08-10T11:00:00+02:00", "fr-call-opt-in")]);
    // Of the policy's word and the law's the stricter counts.
    let opt_out = "[purposes.marketing]\nconsent = \"opt_out\"\n";
    for (place, zone, kind, row) in [
        ("GB", "Europe/London", "email", "gb-consent"),
        ("DE", "Europe/Berlin", "voice", "de-consent"),
        ("AU", "Australia/Sydney", "sms", "au-spam-consent"),
        ("CA", "America/Toronto", "email", "ca-casl-consent"),
    ] {
        let case = Case::new(&[place], &[zone], kind).policy(opt_out);
        case.check(&[("2026-06-03T04:00:00+00:00", row)]);
    }
    let us = Case::new(&["US"], &["America/New_York"], "email");
    us.check(&[("2026-06-03T16:00:00+00:00", "now")]);
    us.consent(ConsentAction::Refuse, ConsentScope::everything(), "2026-01-01T00:00:00Z")
        .check(&[("2026-06-03T16:00:00+00:00", "consent_refused")]);
}

#[test]
fn a_refusal_keeps_quiet_for_days_of_the_calendar() {
    let marketing = ConsentScope::purpose(Purpose::Marketing);
    let refused = Case::new(&["FR"], &["Europe/Paris"], "voice")
        .consent(ConsentAction::Refuse, marketing.clone(), "2026-02-02T23:30:00+01:00")
        // A yes to what comes after does not take the waiting away.
        .consent(ConsentAction::Grant, marketing.clone(), "2026-02-03T12:00:00+01:00");
    refused.check(&[
        ("2026-02-03T11:00:00+01:00", "fr-call-cool-off until 2026-04-03T23:00:00+01:00"),
        ("2026-04-03T23:59:59+02:00", "fr-call-cool-off until 2026-04-04T00:00:00+02:00"),
        ("2026-04-06T11:00:00+02:00", "now"),
    ]);
    Case::new(&["AE"], &["Asia/Dubai"], "sms")
        .consent(ConsentAction::Refuse, marketing.clone(), "2024-09-01T00:00:00Z")
        .consent(ConsentAction::Grant, marketing, "2026-01-01T00:00:00Z")
        .check(&[("2026-06-01T12:00:00+04:00", "ae-cool-off")]);
}

#[test]
fn a_registrys_answer_grows_old() {
    let canada = |checks: &[(&str, bool)]| {
        let case = Case::new(&["CA"], &["America/Toronto"], "voice");
        checks.iter().fold(case, |case, (at, listed)| {
            let check = RegistryCheck::new(case.kind, *listed, instant(at), DateTime::<Utc>::MAX_UTC);
            case.profile(|profile| profile.registry(check.clone()))
        })
    };
    // A list is no older than 31 days; whose answer has no end of its own is asked again all the same.
    canada(&[]).check(&[("2026-06-03T11:00:00-04:00", "ca-registry")]);
    canada(&[("2026-05-20T11:00:00-04:00", false)]).check(&[
        ("2026-06-03T11:00:00-04:00", "now"),
        ("2026-06-19T11:00:00-04:00", "now"),
        ("2026-06-20T10:59:59-04:00", "now"),
        ("2026-06-20T11:00:00-04:00", "ca-registry"),
    ]);
    canada(&[("2026-05-20T11:00:00-04:00", true)]).check(&[("2026-06-03T11:00:00-04:00", "suppressed")]);
    let singapore = Case::new(&["SG"], &["Asia/Singapore"], "sms");
    singapore.check(&[("2026-06-03T11:00:00+08:00", "sg-registry")]);
    singapore
        .consent(ConsentAction::Grant, ConsentScope::everything(), "2026-01-01T00:00:00Z")
        .check(&[("2026-06-03T11:00:00+08:00", "now")]);
}

#[test]
fn the_law_of_every_place_binds() {
    // A number of Florida in a pocket in New York.
    let fl = JurisdictionEvidence::new([text("US-FL")], JurisdictionBasis::Prefix).expect("a place");
    let phone = Endpoint::new(text("e-1"), ChannelKind::VOICE, "+13055550100").expect("a number");
    let york = Case::new(&["US-NY"], &["America/New_York"], "voice")
        .profile(|profile| profile.retain_endpoints(|_| false).endpoint(phone.clone().with_jurisdictions(fl.clone())));
    york.check(&[
        ("2026-06-01T19:59:59-04:00", "now"),
        ("2026-06-01T20:30:00-04:00", "us-fl-hours until 2026-06-02T08:00:00-04:00"),
    ]);
    Case::new(&["US-NY"], &["America/New_York"], "voice").check(&[("2026-06-01T20:30:00-04:00", "now")]);
    // Both clocks, too: Pensacola is on Central time.
    Case::new(&["US-FL"], &["America/New_York", "America/Chicago"], "voice").check(&[
        ("2026-06-01T08:30:00-04:00", "us-call-hours until 2026-06-01T09:00:00-04:00"),
        ("2026-06-01T20:00:00-04:00", "us-fl-hours until 2026-06-02T09:00:00-04:00"),
    ]);
    // An endpoint's own zone counts beside the customer's, unlike for comfort.
    let travelling = Endpoint::new(text("e-1"), ChannelKind::VOICE, "+13055550100").expect("a number");
    Case::new(&["US"], &["America/New_York"], "voice")
        .profile(|profile| {
            profile.retain_endpoints(|_| false).endpoint(travelling.clone().with_zone(text("America/Los_Angeles")))
        })
        .check(&[("2026-06-01T09:00:00-04:00", "us-call-hours until 2026-06-01T11:00:00-04:00")]);
    // Where nothing else is said, the country's.
    Case::new(&[], &["Europe/Paris"], "voice")
        .profile(|profile| profile.country(text("FR")))
        .check(&[("2026-06-01T13:30:00+02:00", "fr-call-hours until 2026-06-01T14:00:00+02:00")]);
}

#[test]
fn hours_that_never_meet_name_the_law() {
    let case = Case::new(&["FR"], &["Europe/Paris", "Pacific/Auckland"], "voice");
    case.check(&[("2026-06-01T11:00:00+02:00", "fr-call-hours")]);
    let plan = case.plan("2026-06-01T11:00:00+02:00");
    let reason = plan.trace().candidates()[0].verdict.reason();
    let row = text("fr-call-hours");
    assert_eq!(reason, Some(Reason::LawNeverOpens { row, within: Span::days(9) }));
    assert_eq!(
        plan.trace().why("voice").as_deref(),
        Some(
            "`channel` to `e-1` is not used: no hour permitted by law `fr-call-hours` and by what else binds within 9 \
             days (law)"
        )
    );
}

#[test]
fn marketing_to_nowhere_in_particular_is_refused() {
    let nowhere = Case::new(&[], &["Europe/Paris"], "voice");
    let noon = "2026-06-01T11:00:00+02:00";
    nowhere.check(&[(noon, "jurisdiction_unknown")]);
    nowhere.clone().purpose(text("humanitarian")).check(&[(noon, "jurisdiction_unknown")]);
    nowhere.clone().purpose(Purpose::Service).check(&[(noon, "now")]);
    let flip = nowhere.plan(noon).trace().flip("voice").map(|flip| flip.to_string());
    let expected = "would be used if it were known whose law protects the customer, and that law allowed it";
    assert_eq!(flip.as_deref(), Some(expected));
    // A place without a row is a place all the same.
    Case::new(&["AQ"], &[], "voice").check(&[(noon, "now")]);
}

#[test]
fn hours_of_law_need_a_clock_for_marketing() {
    let noon = "2026-06-01T11:00:00+02:00";
    Case::new(&["FR"], &[], "voice").check(&[(noon, "zone_unknown")]);
    // The sender's own zone is for comfort only.
    Case::new(&["FR"], &[], "voice")
        .policy(&format!("zone = \"Europe/Paris\"\n{FREE}"))
        .check(&[(noon, "zone_unknown")]);
    Case::new(&["FR"], &["Europe/Paris", "Mars/Phobos"], "voice").check(&[(noon, "zone_unknown")]);
    let service = OWN.replace("marketing", "service");
    Case::new(&["FR"], &[], "voice").law(&service).purpose(Purpose::Service).check(&[(noon, "now")]);
    // A clock of the row's own needs none of the customer's.
    Case::new(&["IN"], &[], "sms")
        .check(&[("2026-06-01T09:00:00+05:30", "in-text-hours until 2026-06-01T10:00:00+05:30")]);
}

/// A row of our own.
const OWN: &str = r#"
[[rows]]
id = "own"
jurisdiction = "FR"
purposes = ["marketing"]
kind = "hours"
windows = ["mon-fri 09:00-18:00"]
source = "our counsel"
verified = "2026-11-21"
confidence = "primary"
"#;

#[test]
fn rows_begin_and_end_while_a_message_waits() {
    let dated = |from: &str, to: &str| {
        OWN.replace("source", &format!("effective_from = \"{from}\"\neffective_to = \"{to}\"\nsource"))
    };
    let case = Case::new(&["FR"], &["Europe/Paris"], "sms").law(&dated("2026-06-03", "2026-06-05"));
    case.check(&[
        ("2026-06-02T11:59:59+02:00", "now"),
        // From noon of the second (midnight of the third, 14 hours ahead of UTC) ...
        ("2026-06-02T19:00:00+02:00", "own until 2026-06-03T09:00:00+02:00"),
        // ... to two in the afternoon of the sixth, a Saturday, where the fifth ends last.
        ("2026-06-05T18:00:00+02:00", "own until 2026-06-06T14:00:00+02:00"),
        ("2026-06-06T14:00:00+02:00", "now"),
    ]);
    // A message of the first, which the sender's hours put off to the third, meets the row that begins in between.
    case.policy(&format!("{FREE}then.hours = [\"wed 06:00-10:00\"]\n"))
        .check(&[("2026-06-01T11:00:00+02:00", "sender_hours until 2026-06-03T09:00:00+02:00")]);
}

#[test]
fn what_is_not_in_force_is_not_acted_upon() {
    let at = "2026-06-06T11:00:00+02:00";
    for status in ["postponed", "draft", "repealed"] {
        let law = OWN.replace("source", &format!("status = \"{status}\"\nsource"));
        Case::new(&["FR"], &["Europe/Paris"], "sms").law(&law).check(&[(at, "now")]);
    }
    // What was put off stays put off, whatever the day, until a row says that it is in force.
    let law = Jurisdictions::shipped();
    let revoke_all = |law: &Jurisdictions, at: &str| {
        let rows = law.applying([text("US")], ChannelKind::SMS, Purpose::Marketing, instant(at));
        rows.filter(|row| row.id == "us-revoke-all").count()
    };
    let (before, after) = ("2027-01-30T09:59:59Z", "2027-02-01T12:00:00Z");
    assert_eq!((revoke_all(&law, before), revoke_all(&law, after)), (0, 0));
    assert_eq!(law.row(text("us-revoke-all")).map(|row| row.status), Some(Status::Postponed));
    let begun = r#"
        [[rows]]
        id = "us-revoke-all"
        jurisdiction = "US"
        channels = ["voice", "sms"]
        purposes = ["marketing"]
        kind = "revocation"
        effective_from = "2027-01-31"
        source = "an order that somebody read"
        verified = "2027-01-15"
        confidence = "primary"
    "#;
    let law = law.merge(Jurisdictions::from_toml(begun).expect("a row")).expect("one row for another");
    assert_eq!((revoke_all(&law, before), revoke_all(&law, after)), (0, 1));
}

#[test]
fn a_margin_closes_hours_early_where_the_delivery_counts() {
    let law = |law: Jurisdictions| hours_only(law).with_margin(Span::minutes(5)).expect("a margin");
    let case = |place, zone, kind| {
        let case = Case::new(&[place], &[zone], kind);
        Case { law: law(case.law.clone()), ..case }
    };
    case("FR", "Europe/Paris", "voice").check(&[
        ("2026-06-01T12:54:59+02:00", "now"),
        ("2026-06-01T12:55:00+02:00", "fr-call-hours until 2026-06-01T14:00:00+02:00"),
    ]);
    // In South Africa the dispatch counts.
    case("ZA", "Africa/Johannesburg", "email").check(&[("2026-06-06T12:59:59+02:00", "now")]);
    // A margin that leaves nothing of a window leaves nothing of its day.
    let law = OWN.replace("mon-fri 09:00-18:00", "mon 09:00-09:30\", \"tue 09:00-18:00");
    let law = format!("margin = \"30m\"\n{law}");
    let case = Case::new(&["FR"], &["Europe/Paris"], "sms").law(&law);
    case.check(&[("2026-06-01T09:00:00+02:00", "own until 2026-06-02T09:00:00+02:00")]);
    case.law(&format!("margin = \"1h\"\n{}", OWN.replace("09:00-18:00", "09:00-10:00")))
        .check(&[("2026-06-01T09:00:00+02:00", "own")]);
}

#[test]
fn no_rule_and_no_urgency_lifts_law() {
    let lifting = r#"
[purposes.service]
consent = "none"
[[rules]]
name = "whatever"
then = { lifts = { quiet_hours = ["voice"], sender_hours = ["voice"], caps = ["voice"], preferences = ["voice"] } }
"#;
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice")
        .law(&OWN.replace("marketing", "service"))
        .purpose(Purpose::Service)
        .policy(lifting);
    for urgency in Urgency::KNOWN {
        let plan = case.explain("2026-06-01T20:00:00+02:00", *urgency);
        let until = instant("2026-06-02T09:00:00+02:00");
        let reason = Reason::LawHours { row: text("own"), until };
        assert_eq!(plan.trace().candidates()[0].verdict, Verdict::Deferred { until, reason }, "{urgency}");
    }
}

#[test]
fn a_purpose_that_ignores_hours_obeys_the_law() {
    let ignoring = "[purposes.service]\nobeys_hours = false\nobeys_quiet_hours = false\n";
    Case::new(&["FR"], &["Europe/Paris"], "voice")
        .law(&OWN.replace("marketing", "service"))
        .purpose(Purpose::Service)
        .policy(ignoring)
        .check(&[("2026-06-01T20:00:00+02:00", "own until 2026-06-02T09:00:00+02:00")]);
}

#[test]
fn the_trace_names_the_rows_and_their_dates() {
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice");
    let at = "2026-09-01T13:30:00+02:00";
    let shown = |case: &Case| {
        let plan = case.plan(at);
        let line = |law: &AppliedLaw| {
            format!("{} {} {} {} {}\n", law.jurisdiction, law.row, law.bearing, law.verified, law.confidence)
        };
        plan.trace().law().iter().map(line).collect::<String>()
    };
    expect![[r#"
        FR fr-call-cap binds 2026-11-21 primary
        FR fr-call-cool-off binds 2026-11-21 primary
        FR fr-call-hours binds 2026-11-21 primary
        FR fr-call-opt-in binds 2026-11-21 secondary
    "#]]
    .assert_eq(&shown(&case));
    let case = case.consent(ConsentAction::Grant, ConsentScope::everything(), "2026-01-01T00:00:00Z");
    expect![[r#"
        FR fr-call-cap binds 2026-11-21 primary
        FR fr-call-cool-off binds 2026-11-21 primary
        FR fr-call-hours lifted 2026-11-21 primary
        FR fr-call-opt-in binds 2026-11-21 secondary
    "#]]
    .assert_eq(&shown(&case));
    let plan = case.plan(at);
    let reread: Plan = serde_json::from_str(&serde_json::to_string(&plan).expect("a plan is data")).expect("it reads");
    assert_eq!(reread, plan);
}

#[test]
fn a_confirmation_asks_the_law_again() {
    let case = Case::new(&["FR"], &["Europe/Paris"], "voice");
    let (morning, lunch) = ("2026-06-01T12:59:59+02:00", "2026-06-01T13:00:00+02:00");
    let plan = case.plan(morning);
    let dispatch = plan.steps()[0].dispatches()[0];
    let message = Message::builder(text("m-1"), text("offer"), Purpose::Marketing).variant(Variant::text("Hello"));
    let message = message.unsubscribe(leave()).build().expect("a message");
    let profile = case.profile.clone().build().expect("a profile");
    let confirmed = |at| confirm(&case.config(), &profile, &dispatch, &message, &Facts::at(instant(at)));
    assert_eq!(confirmed(morning), Confirmation::Go);
    let until = instant("2026-06-01T14:00:00+02:00");
    let reason = Reason::LawHours { row: text("fr-call-hours"), until };
    assert_eq!(confirmed(lunch), Confirmation::Wait { until, reason });
}

fn calls(case: Case, topic: &str, at: &[&str]) -> Case {
    let sent = |at: &&str| Sent::new(instant(at), text("channel"), case.kind, Purpose::Marketing, text(topic));
    let facts = at.iter().map(sent).fold(case.facts.clone(), Facts::with_sent);
    Case { facts, ..case }
}

#[test]
fn caps_of_law_are_caps() {
    // A purpose that waits for caps waits for those of the law as well.
    let waiting = &format!("{FREE}when_capped = \"defer\"\n");
    let case = |place, zone, kind| Case::new(&[place], &[zone], kind).policy(waiting);
    let three = ["2026-06-01T09:00:00-04:00", "2026-06-01T10:00:00-04:00", "2026-06-01T11:00:00-04:00"];
    let florida = calls(case("US-FL", "America/New_York", "sms"), "offer", &three);
    florida.check(&[
        ("2026-06-01T10:59:59-04:00", "now"),
        ("2026-06-01T12:00:00-04:00", "us-fl-cap until 2026-06-02T09:00:00-04:00"),
        ("2026-06-02T08:59:59-04:00", "us-fl-cap until 2026-06-02T09:00:00-04:00"),
        ("2026-06-02T09:00:00-04:00", "now"),
    ]);
    // Another subject has a cap of its own in Florida, and none in Oklahoma, where the customer counts.
    calls(case("US-FL", "America/New_York", "sms"), "other", &three).check(&[("2026-06-01T12:00:00-04:00", "now")]);
    calls(case("US-OK", "America/New_York", "sms"), "other", &three)
        .check(&[("2026-06-01T12:00:00-04:00", "us-ok-cap until 2026-06-02T09:00:00-04:00")]);
    // Four calls in thirty days of the calendar; the day on which the first of them leaves is a holiday.
    let four = [
        "2026-06-15T11:00:00+02:00",
        "2026-06-16T11:00:00+02:00",
        "2026-06-17T11:00:00+02:00",
        "2026-06-18T11:00:00+02:00",
    ];
    let france = calls(case("FR", "Europe/Paris", "voice"), "offer", &four);
    france.check(&[("2026-07-14T23:00:00+02:00", "fr-call-hours until 2026-07-15T10:00:00+02:00")]);
    france.check(&[("2026-07-13T11:00:00+02:00", "fr-call-cap until 2026-07-15T10:00:00+02:00")]);
    calls(case("AE", "Asia/Dubai", "sms"), "offer", &["2026-06-01T09:00:00+04:00"]).check(&[
        ("2026-06-01T12:00:00+04:00", "ae-cap-day until 2026-06-02T09:00:00+04:00"),
        ("2026-06-02T09:00:00+04:00", "now"),
    ]);
    calls(case("AE", "Asia/Dubai", "sms"), "offer", &["2026-06-01T09:00:00+04:00", "2026-06-02T09:00:00+04:00"])
        .check(&[("2026-06-05T12:00:00+04:00", "ae-cap-week until 2026-06-08T09:00:00+04:00")]);
    // By default marketing is dropped at a full cap, until when is said all the same.
    let dropped = calls(Case::new(&["US-FL"], &["America/New_York"], "sms"), "offer", &three);
    dropped.check(&[("2026-06-01T12:00:00-04:00", "us-fl-cap until 2026-06-02T09:00:00-04:00")]);
    assert!(dropped.plan("2026-06-01T12:00:00-04:00").is_empty());
    // The hours do not carry it past the cap either.
    assert!(dropped.plan("2026-06-01T21:00:00-04:00").is_empty());
}

/// What the law counts, a log has to remember: trimmed or not, and whatever the policy exempts.
#[test]
fn a_log_remembers_for_the_law() {
    const MONTHLY: &str = r#"[[rows]]
id = "monthly"
jurisdiction = "US"
channels = ["voice", "voice"]
purposes = ["marketing", "marketing"]
kind = "cap"
limit = 2
per = { rolling_days = 30 }
source = "a test"
verified = "2026-11-01"
confidence = "primary"
"#;
    let case = Case::new(&["US"], &["America/New_York"], "voice").law(MONTHLY);
    let sent = |at: &str, counts: bool| {
        let mut sent =
            Sent::new(instant(at), text("channel"), ChannelKind::VOICE, Purpose::Marketing, text::<TopicId>("offer"));
        sent.counts_toward_caps = counts;
        sent
    };
    let now = "2026-06-20T12:00:00-04:00";
    let mut sends = vec![sent("2026-06-15T12:00:00-04:00", false)];
    for expected in ["now", "monthly until 2026-07-15T00:00:00-04:00"] {
        let listed = sends.iter().cloned().fold(case.clone(), |mut case, sent| {
            case.facts = case.facts.with_sent(sent);
            case
        });
        listed.check(&[(now, expected)]);
        let mut log: SentLog = sends.iter().collect();
        for _ in 0..2 {
            let mut logged = case.clone();
            logged.facts = logged.facts.with_log(Arc::new(log.clone()));
            logged.check(&[(now, expected)]);
            case.config().trim(&mut log, instant(now));
        }
        sends.push(sent("2026-06-16T12:00:00-04:00", true));
    }
    // Out of reach of every cap, it may go.
    let mut log: SentLog = sends.iter().collect();
    case.config().trim(&mut log, instant("2026-09-01T12:00:00-04:00"));
    assert!(log.is_empty());
}

/// A cap that never opens names no instant, and one that opens beside hours that never do names none either.
#[test]
fn a_cap_of_law_that_never_opens_says_so() {
    let case = Case::new(&["US"], &["America/New_York"], "voice").law(
        r#"[[rows]]
id = "once"
jurisdiction = "US"
channels = ["voice"]
purposes = ["marketing"]
kind = "cap"
limit = 1
per = "lifetime"
source = "a test"
verified = "2026-11-01"
confidence = "primary"
"#,
    );
    calls(case, "offer", &["2026-01-15T12:00:00-04:00"]).check(&[("2026-06-20T12:00:00-04:00", "once")]);
}

#[track_caller]
fn lint(law: &Jurisdictions, today: &str, expected: Expect) {
    let shown: String = law.lint(text(today)).iter().map(|finding| format!("{finding}\n")).collect();
    expected.assert_eq(&shown);
}

#[test]
fn the_lint_names_what_somebody_should_look_at() {
    let law = |text: &str| Jurisdictions::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    lint(&law(OWN), "2027-11-21", expect![[r#""#]]);
    lint(
        &law(OWN),
        "2027-11-22",
        expect![[r#"
        warning[stale_law] law.own.verified: row `own` was last verified on 2026-11-21
    "#]],
    );
    lint(
        &law(&OWN.replace("primary", "secondary")),
        "2026-11-21",
        expect![[r#"
        warning[doubtful_law] law.own.confidence: row `own` is founded on an account of the law, not on its text
    "#]],
    );
    lint(
        &law(&OWN.replace("primary", "disputed")),
        "2026-11-21",
        expect![[r#"
        warning[doubtful_law] law.own.confidence: row `own` is disputed: of rows that contradict each other all bind
    "#]],
    );
    let closed = OWN.replace("source", "closed = [\"sundays\", \"holidays:FR\"]\nsource");
    lint(
        &law(&closed),
        "2026-11-21",
        expect![[r#"
        warning[holidays_unknown] law.own.closed: row `own` is closed on the holidays of FR, and none is known from 2026-11-21 on
    "#]],
    );
    lint(&law(&format!("[holidays]\nFR = [\"2026-12-25\"]\n{closed}")), "2026-11-21", expect![[r#""#]]);
    let late = OWN.replace("source", "status = \"postponed\"\neffective_from = \"2026-06-01\"\nsource");
    lint(&law(&late), "2026-05-31", expect![[r#""#]]);
    lint(
        &law(&late),
        "2026-06-01",
        expect![[r#"
        warning[overdue_law] law.own.status: row `own` is `postponed`, and was to begin on 2026-06-01
    "#]],
    );
    // What is over needs nobody.
    let over = OWN.replace("source", "effective_to = \"2025-01-01\"\nsource").replace("primary", "disputed");
    lint(&law(&over), "2027-12-01", expect![[r#""#]]);
    let evening = OWN.replace("\"own\"", "\"evening\"").replace("09:00-18:00", "18:00-20:00");
    let evening = evening.replace("\"FR\"", "\"FR-IDF\"").replace("purposes", "channels = [\"sms\"]\npurposes");
    lint(
        &law(&format!("{OWN}{evening}")),
        "2026-11-21",
        expect![[r#"
        warning[impossible_hours] law.evening.windows: no hour of a week is open to `evening` and `own` together, on sms for marketing in FR-IDF
    "#]],
    );
}

#[test]
fn the_shipped_data_is_dated_and_owns_up() {
    let law = Jurisdictions::shipped();
    let verified: NaiveDate = text("2026-11-21");
    assert!(law.rows().iter().all(|row| row.verified == verified));
    let codes = |today: &str| -> BTreeSet<&str> {
        let findings = law.lint(text(today));
        findings.iter().map(|finding| finding.code.code()).collect()
    };
    assert_eq!(codes("2026-11-21"), BTreeSet::from(["doubtful_law", "holidays_unknown", "overdue_law"]));
    assert!(codes("2027-11-22").contains("stale_law"));
    // Nobody but the carriers of a dispute is disputed, and each has a counterpart.
    let disputed = law.rows().iter().filter(|row| row.confidence.code() == "disputed").count();
    assert_eq!(disputed, 13);
}

#[test]
fn nonsense_is_refused_with_its_row_and_field() {
    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let text = OWN.replace(from, to);
        assert_ne!(text, OWN);
        let error = Jurisdictions::from_toml(&text).expect_err("nonsense");
        assert_eq!(error.message(), expected);
        assert!(error.line() >= 1 && error.column() >= 1);
    }
    check("[\"marketing\"]", "[]", "row `own`: `purposes` names none, expected at least one");
    check("our counsel", "  ", "row `own`: `source` is empty, expected where the law is written");
    check(
        "[\"mon-fri 09:00-18:00\"]",
        "[]",
        "row `own`: `windows` names none and no day is `closed`, expected at least one window",
    );
    check("windows", "limit = 1\nwindows", "row `own`: `limit` says nothing for a row of kind `hours`");
    check("purposes", "channels = []\npurposes", "`channels` names no kind: leave it out for all kinds");
    check(
        "source",
        "effective_from = \"2026-01-02\"\neffective_to = \"2026-01-01\"\nsource",
        "row `own`: `effective_to` lies before `effective_from`",
    );
    let other = |kind: &str, rest: &str| (format!("\"{kind}\""), rest.to_owned());
    for (kind, rest, expected) in [
        ("cap", "limit = 0\nper = \"1d\"", "row `own`: `limit` is 0, which forbids: expected at least 1"),
        ("cap", "limit = 1", "row `own`: `per` is missing, and a row of kind `cap` needs it"),
        ("cap", "per = \"1d\"", "row `own`: `limit` is missing, and a row of kind `cap` needs it"),
        (
            "cap",
            "limit = 2\nper = { min_gap = \"1h\" }",
            "row `own`: `per` brings a limit of its own: expected a stretch of time or of the calendar",
        ),
        ("cool_off", "", "row `own`: `days` is missing, and a row of kind `cool_off` needs it"),
        ("cool_off", "days = 0", "row `own`: `days` is 0, expected at least 1"),
        ("cool_off", "days = 367", "row `own`: `days` is over 366"),
        ("cool_off", "days = 1\nfor_ever = true", "row `own`: `for_ever` stands beside `days`, expected one"),
        ("cool_off", "for_ever = false", "row `own`: `for_ever` is false: say `days`"),
        (
            "consent",
            "rule = \"none\"",
            "row `own`: `rule` is `none`, which asks nothing: expected `opt_out` or `opt_in`",
        ),
        ("consent", "", "row `own`: `rule` is missing, and a row of kind `consent` needs it"),
        ("freshness", "", "row `own`: `days` is missing, and a row of kind `freshness` needs it"),
        (
            "retention",
            "lifted_by = \"relationship\"",
            "row `own`: `lifted_by` sets nothing aside in a row that is only reported",
        ),
    ] {
        let (kind, rest) = other(kind, rest);
        let text = OWN.replace("windows = [\"mon-fri 09:00-18:00\"]", &rest).replace("\"hours\"", &kind);
        let error = Jurisdictions::from_toml(&text).expect_err(expected);
        assert_eq!(error.message(), expected);
    }
    let twice = Jurisdictions::from_toml(&format!("{OWN}{OWN}")).expect_err("two of one id");
    assert_eq!(twice.message(), "two rows are named `own`");
    let long = Jurisdictions::from_toml("margin = \"2h\"").expect_err("a long margin");
    assert_eq!(long.message(), "the margin is at most 1h, not 2h");
    let slip =
        Jurisdictions::from_toml(&OWN.replace("lifted", "").replace("source", "lifted_by = \"urgency\"\nsource"));
    let slip = slip.expect_err("urgency lifts no law");
    assert_eq!((slip.line(), slip.column()), (8, 13));
    let zone = OWN.replace("windows", "clock = { fixed = \"Mars/Phobos\" }\nwindows");
    let law = Jurisdictions::from_toml(&zone).expect("a name may be any");
    let sms = ChannelDescriptor::new(text("channel"), ChannelKind::SMS);
    let error = RouterConfig::builder().channel(Arc::new(sms)).law(law).build().expect_err("no such zone");
    let expected = "error[unknown_zone] law.own.clock: unknown time zone `Mars/Phobos` in the tables of release";
    assert!(error.findings()[0].to_string().starts_with(expected), "{error}");
}

#[test]
fn the_shipped_data_reads_back() {
    let law = shipped();
    let written = toml::to_string(&law).expect("law data writes as TOML");
    assert_eq!(Jurisdictions::from_toml(&written).as_ref(), Ok(&law), "{written}");
    let written = serde_json::to_string(&law).expect("law data writes as JSON");
    assert_eq!(Jurisdictions::from_json(&written).as_ref(), Ok(&law));
}

const PLACES: [&str; 4] = ["ES", "ES", "US", "US-FL"];
const PURPOSES: [&str; 5] = ["marketing", "service", "transactional", "research", "internal"];
/// Edges on quarters of an hour, as in the worlds.
const OPEN: [&str; 5] = ["mon-fri 09:00-18:00", "08:15-20:45", "10:00-14:00", "sun 00:00-24:00", "22:00-07:00"];

/// A random row as a document, of a kind on which the worlds turn.
fn row() -> impl Strategy<Value = Value> {
    let asks = prop_oneof![
        4 => (vec(select(&OPEN[..]), 1..=2), weighted(0.3, Just("holidays:ES")), weighted(0.2, Just("Asia/Kathmandu")))
            .prop_map(|(windows, closed, both)| {
                let clock = both.map_or(json!("recipient"), |zone| json!({ "both": zone }));
                let mut asks = json!({ "kind": "hours", "windows": windows, "clock": clock });
                if let Some(closed) = closed {
                    asks["closed"] = json!(closed);
                }
                asks
            }),
        3 => (1u32..4, select(vec![json!("1d"), json!("calendar_day"), json!({ "rolling_days": 3 })]), select(&["person", "topic"][..]))
            .prop_map(|(limit, per, scope)| json!({ "kind": "cap", "limit": limit, "per": per, "scope": scope })),
        1 => (1u16..4).prop_map(|days| json!({ "kind": "cool_off", "days": days })),
        1 => select(&["opt_in", "opt_out"][..]).prop_map(|rule| json!({ "kind": "consent", "rule": rule })),
        1 => Just(json!({ "kind": "retention" })),
    ];
    let parts = (
        asks,
        select(&PLACES[..]),
        weighted(0.3, vec(select(&super::world::KINDS[..]), 1..=3)),
        vec(select(&PURPOSES[..]), 2..=5),
        weighted(0.3, select(&["2026-03-28", "2026-03-29", "2026-03-30"][..])),
        weighted(0.3, select(&["2026-03-29", "2026-03-30", "2026-03-31"][..])),
        weighted(0.2, Just("relationship")),
    );
    parts.prop_map(|(mut row, place, channels, purposes, from, to, lifted)| {
        let to = to.filter(|to| from.is_none_or(|from| from <= *to));
        let lifted = lifted.filter(|_| row["kind"] != "retention");
        for (field, value) in [
            ("jurisdiction", Some(json!(place))),
            ("channels", channels.map(|kinds| json!(kinds))),
            ("purposes", Some(json!(purposes))),
            ("effective_from", from.map(|day| json!(day))),
            ("effective_to", to.map(|day| json!(day))),
            ("lifted_by", lifted.map(|lifted| json!(lifted))),
            ("source", Some(json!("chance"))),
            ("verified", Some(json!("2026-03-01"))),
            ("confidence", Some(json!("disputed"))),
        ] {
            if let Some(value) = value {
                row[field] = value;
            }
        }
        row
    })
}

fn law_of(rows: &[Value]) -> Jurisdictions {
    let mut rows = rows.to_vec();
    for (at, row) in rows.iter_mut().enumerate() {
        row["id"] = json!(format!("row-{at}"));
    }
    let document = json!({ "rows": rows, "relationship": ["gold"], "holidays": { "ES": ["2026-03-30"] } });
    serde_json::from_value(document).unwrap_or_else(|error| panic!("{error}"))
}

fn places() -> impl Strategy<Value = Vec<Jurisdiction>> {
    vec(select(&PLACES[..]).prop_map(text), 1..=3)
}

/// A world whose customer is in some places, under rows of law.
fn plan_under(world: &World, rows: &[Value], places: &[Jurisdiction]) -> Plan {
    let builder = RouterConfig::builder().policy(world.policy.clone()).law(law_of(rows));
    let channels = world.channels.iter().cloned();
    let config = channels.fold(builder, |builder, channel| builder.channel(Arc::new(channel))).build();
    let profile = profile_in(world, places);
    plan(&config.expect("the world's own channels and policy"), &profile, &world.message, &world.facts)
}

fn profile_in(world: &World, places: &[Jurisdiction]) -> CustomerProfile {
    let evidence = JurisdictionEvidence::new(places.iter().copied(), JurisdictionBasis::Address).expect("some places");
    world.profile.to_builder().jurisdictions(evidence).build().expect("a profile that was sound")
}

/// A candidate by name.
type Who = (ChannelId, Option<EndpointId>);

/// From when on each candidate may be used, those that may.
fn ready(plan: &Plan) -> Vec<(Who, DateTime<Utc>)> {
    let candidates = plan.trace().candidates().iter();
    candidates
        .filter_map(|candidate| {
            let at = match candidate.verdict {
                Verdict::Eligible => DateTime::<Utc>::MIN_UTC,
                Verdict::Deferred { until, .. } => until,
                _ => return None,
            };
            Some(((candidate.channel, candidate.endpoint), at))
        })
        .collect()
}

/// Whether all that may be used under more law may be used under less, and no later.
fn narrows(less: &Plan, more: &Plan) -> Result<(), TestCaseError> {
    let before = ready(less);
    for (who, at) in ready(more) {
        let known = before.iter().find(|(other, _)| *other == who);
        prop_assert!(known.is_some_and(|(_, earlier)| *earlier <= at), "{who:?} at {at}\n{less}\n{more}");
    }
    Ok(())
}

#[test]
fn a_row_more_or_a_place_more_never_adds_a_dispatch() {
    let (narrower, fewer) = (Cell::new(0), Cell::new(0));
    let cases = (world(), vec(row(), 0..=3), row(), places(), select(&PLACES[..]));
    for_all(3_000, cases, |(world, rows, one_more, places, another)| {
        let less = plan_under(&world, &rows, &places);
        let more = plan_under(&world, &[rows.clone(), vec![one_more]].concat(), &places);
        narrows(&less, &more)?;
        narrower.set(narrower.get() + u32::from(ready(&less) != ready(&more)));
        fewer.set(fewer.get() + u32::from(ready(&less).len() > ready(&more).len()));
        let wider = plan_under(&world, &rows, &[places.clone(), vec![text(another)]].concat());
        narrows(&less, &wider)
    });
    assert!(narrower.get() > 40 && fewer.get() > 20, "{} {}", narrower.get(), fewer.get());
}

/// What an obvious reading of one row says against a dispatch, if anything.
fn objection(
    world: &World,
    profile: &CustomerProfile,
    law: &Jurisdictions,
    row: &Value,
    sent: &Dispatch,
) -> Option<String> {
    let (message, facts, at) = (&world.message, &world.facts, sent.not_before);
    let said = |field: &str| row.get(field).and_then(Value::as_str).map(str::to_owned);
    let day = |field: &str| said(field).map(|day| text::<NaiveDate>(&day));
    let begins =
        day("effective_from").map(|day| day.and_hms_opt(0, 0, 0).expect("midnight").and_utc() - TimeDelta::hours(14));
    let ends =
        day("effective_to").map(|day| day.and_hms_opt(0, 0, 0).expect("midnight").and_utc() + TimeDelta::hours(36));
    let (kinds, purposes) = (row.get("channels").cloned(), &row["purposes"]);
    let among = |list: &Value, is: &str| list.as_array().is_some_and(|list| list.iter().any(|one| one == is));
    let on = |kind: ChannelKind| kinds.as_ref().is_none_or(|kinds| among(kinds, kind.as_str()));
    let about = |purpose: Purpose| matches!(purpose, Purpose::Unrecognized(_)) || among(purposes, purpose.code());
    let wider = row["jurisdiction"].as_str().expect("a place");
    let here = profile.jurisdictions().expect("places").places().iter().any(|place| {
        let place = place.to_string();
        place == wider || place.split('-').next() == Some(wider)
    });
    let lifted = said("lifted_by").is_some() && profile.segments().iter().any(|segment| segment == "gold");
    let binds = begins.is_none_or(|begins| begins <= at) && ends.is_none_or(|ends| at < ends);
    if !binds || !on(sent.kind) || !about(message.purpose()) || !here || lifted {
        return None;
    }
    let own = profile.endpoint(sent.endpoint).and_then(Endpoint::zone);
    let mut zones: Vec<ZoneName> = own.into_iter().collect();
    zones.extend(profile.zones().iter().flat_map(|evidence| evidence.zones().iter().copied()));
    // Weaker evidence that only repeats a stronger zone in other words is left out by the router; all of it binds here
    // where the strongest is the only one.
    if profile.zones().len() > 1 {
        return None;
    }
    let local = |zone: &ZoneName, at: DateTime<Utc>| {
        let zone = ResolvedZone::find(&BundledZones, zone)?;
        Some((at + TimeDelta::seconds(zone.offset_seconds(at).into())).naive_utc())
    };
    match said("kind")?.as_str() {
        "hours" => {
            let windows: Vec<Window> =
                row["windows"].as_array()?.iter().map(|one| text(one.as_str().expect("text"))).collect();
            zones.extend(row["clock"]["both"].as_str().map(text::<ZoneName>));
            let closed = said("closed").is_some().then(|| law.holidays(text("ES")));
            let outside = zones.iter().filter_map(|zone| local(zone, at)).find(|local| {
                !windows.iter().any(|window| window.contains(*local))
                    || closed.is_some_and(|closed| closed.contains(&local.date()))
            });
            outside.map(|local| format!("{local} is outside"))
        }
        "cap" => {
            let same = |sent: &&Sent| {
                sent.at <= facts.now
                    && on(sent.kind)
                    && about(sent.purpose)
                    && (row["scope"] == "person" || sent.topic == message.topic())
            };
            let counted: Vec<_> = facts.history.iter().filter(same).map(|sent| sent.at).collect();
            let full = |count: usize| count as u64 >= row["limit"].as_u64().expect("a limit");
            let days = match &row["per"] {
                Value::String(per) if per == "1d" => {
                    let count = counted.iter().filter(|sent| at - **sent < TimeDelta::days(1)).count();
                    return full(count).then(|| format!("{count} in a day"));
                }
                Value::String(_) => 1,
                per => per["rolling_days"].as_i64().expect("days"),
            };
            zones.iter().find_map(|zone| {
                let today = local(zone, at)?.date();
                let near = |sent: &&DateTime<Utc>| {
                    local(zone, **sent).is_some_and(|local| (today - local.date()).num_days() < days)
                };
                let count = counted.iter().filter(near).count();
                full(count).then(|| format!("{count} in {days} days of {zone}"))
            })
        }
        _ => None,
    }
}

#[test]
fn every_dispatch_keeps_every_row() {
    let (kept, carried) = (Cell::new(0), Cell::new(0));
    for_all(6_000, (world(), vec(row(), 1..=4), places()), |(world, rows, places)| {
        let (law, profile) = (law_of(&rows), profile_in(&world, &places));
        let plan = plan_under(&world, &rows, &places);
        for sent in plan.steps().iter().flat_map(Step::dispatches).filter(|_| plan.steps().len() == 1) {
            for row in &rows {
                let objection = objection(&world, &profile, &law, row, sent);
                prop_assert!(objection.is_none(), "{objection:?} by {row}: {sent:?}\n{plan}");
                kept.set(kept.get() + 1);
            }
        }
        for candidate in plan.trace().candidates() {
            let Verdict::Deferred { until, reason } = candidate.verdict else { continue };
            carried.set(carried.get() + u32::from(matches!(reason, Reason::LawHours { .. } | Reason::LawCap { .. })));
            let dispatched = plan.dispatches().find(|sent| Some(sent.endpoint) == candidate.endpoint);
            let Some(mut sent) = dispatched.copied() else { continue };
            sent.not_before = until;
            for row in &rows {
                let objection = objection(&world, &profile, &law, row, &sent);
                prop_assert!(objection.is_none(), "{objection:?} by {row}: {candidate:?}\n{plan}");
            }
        }
        Ok(())
    });
    assert!(kept.get() > 500 && carried.get() > 100, "{} {}", kept.get(), carried.get());
}

#[test]
fn a_demand_of_law_is_a_demand_of_the_policy() {
    let asked = Cell::new(0);
    for_all(2_000, (world(), places(), any::<bool>()), |(world, places, opt_in)| {
        let (code, rule) = if opt_in { ("opt_in", ConsentRule::OptIn) } else { ("opt_out", ConsentRule::OptOut) };
        let row = json!({
            "kind": "consent", "rule": code, "jurisdiction": places[0], "purposes": [world.message.purpose()],
            "source": "chance", "verified": "2026-03-01", "confidence": "primary",
        });
        let lawful = plan_under(&world, &[row], &places);
        let mut policy = world.policy.clone();
        let purpose = match world.message.purpose() {
            Purpose::Unrecognized(_) => Purpose::Marketing,
            purpose => purpose,
        };
        let usual = match purpose {
            Purpose::Safety | Purpose::Authentication => ConsentRule::None,
            Purpose::Marketing | Purpose::Research => ConsentRule::OptIn,
            _ => ConsentRule::OptOut,
        };
        let said = policy.purposes.entry(purpose).or_default();
        said.consent = Some(said.consent.unwrap_or(usual).max(rule));
        let demanding =
            plan_under(&World { profile: profile_in(&world, &places), ..world.under(policy) }, &[], &places);
        prop_assert_eq!(ready(&lawful), ready(&demanding));
        let refused = |plan: &Plan| {
            plan.trace()
                .candidates()
                .iter()
                .filter_map(|candidate| candidate.verdict.reason())
                .any(|reason| matches!(reason, Reason::LawConsent { .. }))
        };
        asked.set(asked.get() + u32::from(refused(&lawful)));
        Ok(())
    });
    assert!(asked.get() > 10, "{}", asked.get());
}

/// Marketing by email does not go without a way out, which is not what these rows are about.
fn leave() -> waypost::content::Unsubscribe {
    waypost::content::Unsubscribe::new("https://example.com/unsubscribe")
}
