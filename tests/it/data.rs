//! The example data: documents that somebody learns from, so they must be right and stay right.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
};

use waypost::{ChannelKind, ChannelList, Plan, Policy, Reason, Request, RouterConfig, plan};

const BUSINESSES: [&str; 4] = ["bank", "clinic", "shop", "telecom"];

fn read(business: &str, file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(business).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn policy(business: &str) -> Policy {
    Policy::from_toml(&read(business, "policy.toml")).unwrap_or_else(|error| panic!("{business}: {error}"))
}

fn channels(business: &str) -> ChannelList {
    ChannelList::from_toml(&read(business, "channels.toml")).unwrap_or_else(|error| panic!("{business}: {error}"))
}

fn config(business: &str) -> Arc<RouterConfig> {
    let channels = channels(business).channels;
    let built = RouterConfig::builder().descriptors(channels).policy(policy(business)).build();
    built.unwrap_or_else(|error| panic!("{business}: {error}"))
}

fn requests(business: &str) -> Vec<Request> {
    let text = read(business, "requests.jsonl");
    let lines = text.lines().zip(1..);
    lines
        .map(|(line, number)| {
            Request::from_json(line).unwrap_or_else(|error| panic!("{business}, line {number}: {}", error.message()))
        })
        .collect()
}

/// Every request of every business with its plan.
fn plans() -> Vec<(Request, Plan)> {
    let of = |business| {
        let config = config(business);
        requests(business).into_iter().map(move |request| {
            let plan = plan(&config, &request.profile, &request.message, &request.facts);
            (request, plan)
        })
    };
    BUSINESSES.into_iter().flat_map(of).collect()
}

#[track_caller]
fn plan_of(business: &str, message: &str) -> Plan {
    let config = config(business);
    let found = requests(business).into_iter().find(|request| request.message.id().as_str() == message);
    let request = found.unwrap_or_else(|| panic!("{business} has no message {message}"));
    plan(&config, &request.profile, &request.message, &request.facts)
}

#[test]
fn a_folder_holds_what_the_example_reads_and_nothing_else() {
    for business in BUSINESSES {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(business);
        let files: BTreeSet<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("an ASCII name"))
            .collect();
        assert_eq!(Vec::from_iter(files), ["channels.toml", "policy.toml", "requests.jsonl"], "{business}");
    }
}

#[test]
fn the_policies_teach_nothing_that_the_lint_doubts() {
    for business in BUSINESSES {
        let findings = policy(business).lint(&channels(business).channels);
        assert!(findings.is_empty(), "{business}: {findings:#?}");
    }
}

#[test]
fn every_message_is_there_once_and_admitted() {
    let mut lines = 0;
    for business in BUSINESSES {
        let config = config(business);
        let mut ids = BTreeSet::new();
        for request in requests(business) {
            config.admit(&request.message).unwrap_or_else(|error| panic!("{business}: {error}"));
            assert!(ids.insert(request.message.id().to_string()), "{business}: {} twice", request.message.id());
            lines += 1;
        }
        assert!(ids.len() >= 50, "{business} has {} lines", ids.len());
    }
    assert!(lines >= 220, "{lines} lines");
}

#[test]
fn five_languages_are_written_in_every_business() {
    for business in BUSINESSES {
        let requests = requests(business);
        let variants = requests.iter().flat_map(|request| &request.message.content().variants);
        let written: BTreeSet<_> = variants
            .filter_map(|variant| variant.locale)
            .map(|locale| locale.as_str().split('-').next().map(str::to_owned).expect("a language"))
            .collect();
        for language in ["en", "es", "hi", "pt", "tr"] {
            assert!(written.contains(language), "{business} says nothing in `{language}`");
        }
    }
}

#[test]
fn nobody_could_be_reached_at_these_addresses() {
    // Reserved for examples by RFC 2606, reserved for drama by the regulator, or in a range that no operator has.
    const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
    const PREFIXES: [&str; 14] = [
        "+345550",
        "+3519000",
        "+52550000",
        "+551190000",
        "+9050000",
        "+9100000",
        "+447700900",
        "+121255501",
        "+170955501",
        "+97700000",
        "+6149157015",
        "+491550000",
        "+54911000",
        "+57300000",
    ];
    for business in BUSINESSES {
        for request in requests(business) {
            for endpoint in request.profile.endpoints() {
                let address = endpoint.address().reveal();
                let fictional = match address.split_once('@') {
                    Some((_, domain)) => DOMAINS.contains(&domain),
                    None => !address.starts_with('+') || PREFIXES.iter().any(|prefix| address.starts_with(prefix)),
                };
                assert!(fictional, "{business}: {} of {}", endpoint.id(), request.profile.id());
            }
        }
    }
}

#[test]
fn the_requests_are_full_of_life() {
    let plans = plans();
    let mut first: BTreeMap<ChannelKind, usize> = BTreeMap::new();
    let mut refused: BTreeSet<String> = BTreeSet::new();
    for (_, plan) in &plans {
        if let Some(dispatch) = plan.dispatches().next() {
            *first.entry(dispatch.kind).or_default() += 1;
        }
        refused.extend(
            plan.trace()
                .candidates()
                .iter()
                .filter_map(|candidate| candidate.verdict.reason().map(|reason: Reason| reason.code().to_owned())),
        );
    }
    let silent = plans.iter().filter(|(_, plan)| plan.is_empty()).count();
    assert!((plans.len() / 5..plans.len() / 2).contains(&silent), "{silent} of {} plans are empty", plans.len());
    assert!(first.len() >= 10, "{first:?}");
    let expected = [
        "cap_reached",
        "channel_closed",
        "channel_down",
        "consent_expired",
        "consent_missing",
        "consent_unreadable",
        "consent_withdrawn",
        "content_missing",
        "content_unsuited",
        "denied_by_rule",
        "endpoint_disabled",
        "endpoint_unknown",
        "expired",
        "hard_bounced",
        "never_opens",
        "no_endpoint",
        "not_present",
        "not_yet_due",
        "outside_only",
        "outside_override",
        "preference_off",
        "price_incomparable",
        "quiet_hours",
        "sender_hours",
        "session_closed",
        "suppressed",
        "tenant_locked",
        "too_expensive",
        "too_late",
        "too_long",
        "unverified",
        "zone_unknown",
    ];
    let missing: Vec<_> = expected.into_iter().filter(|code| !refused.contains(*code)).collect();
    assert!(missing.is_empty(), "no line shows {missing:?}");
}

#[test]
fn the_decisions_that_the_data_is_there_to_show() {
    #[track_caller]
    fn check(business: &str, message: &str, expected: &[&str]) {
        let plan = plan_of(business, message);
        let kinds: Vec<_> = plan.dispatches().map(|dispatch| dispatch.kind.to_string()).collect();
        assert_eq!(kinds, expected, "{business} {message}\n{plan}");
    }
    check("bank", "fa-8801", &["sms", "push", "voice", "email"]);
    check("bank", "st-2610-30012", &["email"]);
    check("bank", "st-2610-30018", &[]);
    check("bank", "qa-501", &["whatsapp", "email", "sms"]);
    check("bank", "qa-502", &["email", "sms"]);
    check("bank", "otp-5504", &[]);
    check("shop", "cp-48-2", &["email", "sms"]);
    check("shop", "cp-48-3", &["sms"]);
    check("shop", "nl-48-1", &[]);
    check("shop", "os-5", &["sms", "email"]);
    check("telecom", "rh-1", &["chatbot", "live_chat", "voice"]);
    check("telecom", "iv-7", &["sms", "sms"]);
    check("telecom", "otp-1", &["sms"]);
    check("clinic", "dq-1", &["email"]);
    check("clinic", "dq-2", &[]);
    check("clinic", "lr-4", &["postal"]);
}
