//! Erasure: what stays of suppressions when the customer's data goes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{digest::Digest, discreet::discreet, kind::ChannelKind, purpose::Purpose, unique, version::Version};

use super::SuppressionClass;
#[cfg(feature = "digest")]
use super::{
    ConsentAction, ConsentBasis, ConsentEvent, ConsentScope, CustomerProfile, Endpoint, EndpointHealth, RegistryAnswer,
    Suppression,
};
#[cfg(feature = "digest")]
use crate::digest::DigestKey;

discreet! {
ErasedSuppressionDocument of "ErasedSuppression",
/// A suppression without the customer: what is kept under the digest of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct ErasedSuppression {
    /// What kind of record.
    pub class: SuppressionClass,
    /// Only on this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// Only for this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Until when, exclusive; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}
}

discreet! {
SuppressionListDocument of "SuppressionList",
/// Suppressions that outlive the customers' data, by the digests of their addresses.
///
/// A customer who asks to be erased has not asked to be written to again. Before the profile goes, its suppressions
/// become entries of the list; when somebody comes with one of the addresses, the list gives them back.
///
#[cfg_attr(
    feature = "digest",
    doc = r#"
```
use waypost::{
    DigestKey, ChannelKind, CustomerProfile, Endpoint, Suppression, SuppressionClass, SuppressionList,
};

let key = DigestKey::new(*b"thirty-two bytes from a good rng");
let number = || Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222").map_err(Box::<dyn std::error::Error>::from);
let leaving = CustomerProfile::builder("c-17".parse()?)
    .endpoint(number()?)
    .suppression(Suppression::of(SuppressionClass::Stop).on_kind(ChannelKind::SMS))
    .build()?;
let mut list = SuppressionList::default();
list.erase(&leaving, &key, "2026-11-21T10:00:00Z".parse()?);
assert!(!serde_json::to_string(&list)?.contains("600111222"));

let returning = CustomerProfile::builder("c-9041".parse()?).endpoint(number()?).build()?;
let known = list.of(&returning, &key);
assert_eq!(known.len(), 1);
assert_eq!(known[0].class, SuppressionClass::Stop);
# Ok::<(), Box<dyn std::error::Error>>(())
```
"#
)]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SuppressionList {
    /// The version of the document.
    #[serde(default)]
    pub version: Version,
    /// What is kept of each address, sorted and each once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub entries: BTreeMap<Digest, Vec<ErasedSuppression>>,
}
}

#[cfg(feature = "digest")]
impl SuppressionList {
    /// Turns what forbids in a profile into entries, before the profile is erased; erasing it twice changes nothing.
    ///
    /// | what forbids | becomes |
    /// | --- | --- |
    /// | a suppression | itself |
    /// | a no among the consent events, unless a yes to the same scope stands at `now` | `stop` |
    /// | a registry that lists the address | `registry`, for marketing |
    /// | an endpoint that bounced for good | `hard_bounce` |
    ///
    /// A record is kept under every address that it forbids. One about an endpoint keeps its kind, so that a number which
    /// bounced as a text may still be called. An entry has neither topic nor brand: a no that had one comes back without,
    /// and forbids more than it did. A no to every purpose becomes one to each that asks for consent by default.
    pub fn erase(&mut self, profile: &CustomerProfile, key: &DigestKey, now: DateTime<Utc>) {
        for endpoint in profile.endpoints() {
            let about = |record: &&Suppression| {
                record.endpoint.is_none_or(|id| id == endpoint.id())
                    && record.kind.is_none_or(|kind| kind == endpoint.kind())
            };
            let records = profile.suppressions().iter().filter(about).map(|record| ErasedSuppression {
                class: record.class,
                kind: record.kind.or(record.endpoint.map(|_| endpoint.kind())),
                purpose: record.purpose,
                since: record.since,
                until: record.until,
            });
            let found = records.chain(noes(profile, endpoint, now)).chain(facts(profile, endpoint, now));
            let entries = self.entries.entry(digest(endpoint, key)).or_default();
            for entry in found {
                if let Err(at) = entries.binary_search(&entry) {
                    entries.insert(at, entry);
                }
            }
            if entries.is_empty() {
                self.entries.remove(&digest(endpoint, key));
            }
        }
    }

    /// The suppressions of a customer who may have been here before, to be put into the profile.
    pub fn of(&self, profile: &CustomerProfile, key: &DigestKey) -> Vec<Suppression> {
        let mut found = Vec::new();
        for endpoint in profile.endpoints() {
            let entries = self.entries.get(&digest(endpoint, key));
            let about = entries.into_iter().flatten().filter(|entry| entry.kind.is_none_or(|it| it == endpoint.kind()));
            found.extend(about.map(|entry| Suppression {
                class: entry.class,
                endpoint: Some(endpoint.id()),
                kind: entry.kind,
                purpose: entry.purpose,
                since: entry.since,
                until: entry.until,
            }));
        }
        found
    }
}

/// The purposes that ask for consent unless the policy says otherwise.
#[cfg(feature = "digest")]
const ASKING: [Purpose; 5] =
    [Purpose::Transactional, Purpose::Service, Purpose::Marketing, Purpose::Research, Purpose::Internal];

/// The noes to an endpoint that no yes to the same scope re-opened.
#[cfg(feature = "digest")]
fn noes<'p>(
    profile: &'p CustomerProfile,
    endpoint: &'p Endpoint,
    now: DateTime<Utc>,
) -> impl Iterator<Item = ErasedSuppression> + 'p {
    let events = profile.consents();
    let about = |scope: &ConsentScope| {
        scope.kind.is_none_or(|kind| kind == endpoint.kind()) && scope.endpoint.is_none_or(|id| id == endpoint.id())
    };
    let stands = move |no: &&ConsentEvent| {
        let ends = |yes: &ConsentEvent| {
            let expires = events.iter().filter(|end| end.action == ConsentAction::Expire && end.at >= yes.at);
            expires.map(|end| end.at).chain(yes.expires_at).min().is_some_and(|end| end <= now)
        };
        let reopens = |yes: &ConsentEvent| {
            let word = yes.is_yes() && yes.basis == ConsentBasis::Consent && yes.scope == no.scope;
            word && yes.at > no.at && yes.since() <= now && !ends(yes)
        };
        !events.iter().any(reopens)
    };
    events.iter().filter(move |event| event.is_no() && about(&event.scope)).filter(stands).flat_map(move |no| {
        let every = ASKING.into_iter().filter(|_| no.scope.purpose.is_none());
        every.chain(no.scope.purpose).map(move |purpose| ErasedSuppression {
            class: SuppressionClass::Stop,
            kind: no.scope.kind.or(no.scope.endpoint.map(|_| endpoint.kind())),
            purpose: Some(purpose),
            since: Some(no.at),
            until: None,
        })
    })
}

/// What registries and providers said of an endpoint.
#[cfg(feature = "digest")]
fn facts(
    profile: &CustomerProfile,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> impl Iterator<Item = ErasedSuppression> {
    let entry =
        |class, purpose, since| ErasedSuppression { class, kind: Some(endpoint.kind()), purpose, since, until: None };
    let listed = match profile.registry_answer(endpoint, now) {
        RegistryAnswer::Fresh { listed: true, checked_at, .. } | RegistryAnswer::Stale { listed: true, checked_at } => {
            Some(entry(SuppressionClass::Registry, Some(Purpose::Marketing), Some(checked_at)))
        }
        _ => None,
    };
    let bounced = endpoint.health() == EndpointHealth::HardBounced;
    listed.into_iter().chain(bounced.then(|| entry(SuppressionClass::HardBounce, None, None)))
}

#[cfg(feature = "digest")]
fn digest(endpoint: &Endpoint, key: &DigestKey) -> Digest {
    key.address(endpoint.kind().address_form(), endpoint.address())
}

#[cfg(all(test, feature = "digest"))]
mod tests {
    use super::*;
    use crate::{
        id::EndpointId,
        profile::{ProfileBuilder, RegistryCheck},
    };

    fn now() -> DateTime<Utc> {
        "2026-11-21T10:00:00Z".parse().expect("an instant")
    }

    /// What comes back for the number of a profile that had no suppression.
    #[track_caller]
    fn check_kept(
        edit: impl FnOnce(ProfileBuilder) -> ProfileBuilder,
        expected: &[(SuppressionClass, Option<Purpose>)],
    ) {
        let leaving = edit(profile(&[("mobile", ChannelKind::SMS, "+34600111222")], &[]).to_builder());
        let leaving = leaving.build().expect("a profile");
        let mut list = SuppressionList::default();
        let key = DigestKey::new([7; 32]);
        list.erase(&leaving, &key, now());
        let found: Vec<_> = list.of(&leaving, &key).iter().map(|record| (record.class, record.purpose)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_forbids_without_a_suppression_stays_too() {
        let day = |day: u32| -> DateTime<Utc> { format!("2026-11-{day:02}T08:00:00Z").parse().expect("an instant") };
        let marketing = || ConsentScope::purpose(Purpose::Marketing);
        let stop = || ConsentEvent::new(ConsentAction::Withdraw, marketing(), day(1));
        let yes = |on| ConsentEvent::new(ConsentAction::Grant, marketing(), day(on));
        let stopped = [(SuppressionClass::Stop, Some(Purpose::Marketing))];
        check_kept(|profile| profile.consent(stop()), &stopped);
        check_kept(|profile| profile.consent(stop()).consent(yes(2)), &[]);
        check_kept(|profile| profile.consent(stop()).consent(yes(2).until(day(3))), &stopped);
        let everything = ConsentEvent::new(ConsentAction::Revoke, ConsentScope::everything(), day(1));
        let asking = ASKING.map(|purpose| (SuppressionClass::Stop, Some(purpose)));
        check_kept(|profile| profile.consent(everything), &asking);
        let elsewhere = ConsentEvent::new(ConsentAction::Withdraw, marketing().on_kind(ChannelKind::EMAIL), day(1));
        check_kept(|profile| profile.consent(elsewhere), &[]);
        let listed = RegistryCheck::new(ChannelKind::SMS, true, day(1), day(2));
        check_kept(|profile| profile.registry(listed), &[(SuppressionClass::Registry, Some(Purpose::Marketing))]);
    }

    #[test]
    fn a_number_that_bounced_stays_so() {
        let number = Endpoint::new(MOBILE, ChannelKind::SMS, "+34600111222").expect("an endpoint");
        let bounced = number.with_health(EndpointHealth::HardBounced);
        let leaving = CustomerProfile::builder("c-1".parse().expect("a name")).endpoint(bounced).build().expect("one");
        let mut list = SuppressionList::default();
        let key = DigestKey::new([7; 32]);
        list.erase(&leaving, &key, now());
        assert_eq!(list.of(&leaving, &key).first().map(|record| record.class), Some(SuppressionClass::HardBounce));
    }

    const MOBILE: EndpointId = EndpointId::literal("mobile");

    fn profile(endpoints: &[(&'static str, ChannelKind, &str)], records: &[Suppression]) -> CustomerProfile {
        let mut profile = CustomerProfile::builder("c-1".parse().expect("a name"));
        for (id, kind, address) in endpoints {
            let endpoint = Endpoint::new(EndpointId::literal(id), *kind, address).expect("an address");
            profile = profile.endpoint(endpoint);
        }
        records.iter().cloned().fold(profile, |profile, record| profile.suppression(record)).build().expect("a profile")
    }

    /// What comes back for endpoints, as kind and class.
    #[track_caller]
    fn check(
        records: &[Suppression],
        returning: &[(&'static str, ChannelKind, &str)],
        expected: &[(ChannelKind, &str)],
    ) {
        let leaving = profile(&[("mobile", ChannelKind::SMS, "+34600111222")], records);
        let key = DigestKey::new([7; 32]);
        let mut list = SuppressionList::default();
        list.erase(&leaving, &key, now());
        let once = list.clone();
        list.erase(&leaving, &key, now());
        assert_eq!(list, once, "erasing twice changes nothing");
        let written = serde_json::to_string(&list).expect("it writes");
        assert!(!written.contains("600111222") && !written.contains("mobile"), "{written}");
        let list: SuppressionList = serde_json::from_str(&written).expect("it reads");
        let returning = profile(returning, &[]);
        let found = list.of(&returning, &key);
        let found: Vec<_> = found
            .iter()
            .map(|record| {
                let endpoint =
                    record.endpoint.and_then(|id| returning.endpoint(id)).expect("an endpoint of the profile");
                (endpoint.kind(), record.class.code())
            })
            .collect();
        assert_eq!(found, expected);
        let other_key = DigestKey::new([8; 32]);
        assert_eq!(list.of(&returning, &other_key), [], "another key knows nobody");
    }

    #[test]
    fn who_comes_back_with_the_address_is_known() {
        let back = &[("new", ChannelKind::SMS, "+34600111222"), ("old", ChannelKind::SMS, "+34600111223")];
        check(&[Suppression::of(SuppressionClass::Complaint)], back, &[(ChannelKind::SMS, "complaint")]);
        check(&[], back, &[]);
    }

    #[test]
    fn a_number_is_one_address_on_every_kind() {
        let back = &[("called", ChannelKind::VOICE, "+34600111222")];
        check(&[Suppression::of(SuppressionClass::Legal)], back, &[(ChannelKind::VOICE, "legal")]);
        // What spoke of one kind, or of an endpoint that had one, speaks of no other.
        check(&[Suppression::of(SuppressionClass::Stop).on_kind(ChannelKind::SMS)], back, &[]);
        check(&[Suppression::of(SuppressionClass::HardBounce).on_endpoint(MOBILE)], back, &[]);
    }

    #[test]
    fn the_record_itself_comes_back() {
        let until = "2030-01-01T00:00:00Z".parse().expect("an instant");
        let mut record = Suppression::of(SuppressionClass::Stop).on_endpoint(MOBILE).for_purpose(Purpose::Marketing);
        record.until = Some(until);
        let key = DigestKey::new([7; 32]);
        let mut list = SuppressionList::default();
        let leaving = profile(&[("mobile", ChannelKind::SMS, "+34600111222")], std::slice::from_ref(&record));
        list.erase(&leaving, &key, now());
        record.kind = Some(ChannelKind::SMS);
        assert_eq!(list.of(&leaving, &key), [record]);
    }
}
