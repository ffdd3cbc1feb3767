//! The fold: what events come to at an instant.

use chrono::{DateTime, Utc};

use super::{ConsentAction, ConsentBasis, ConsentEvent, ConsentQuery, ConsentState};

/// The time for which a yes holds.
#[derive(Clone, Copy)]
struct Yes {
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// Folds the events, in any order, into the state at `now` and the event that decided it.
///
/// A yes stands where every no that covers the question was re-opened by it: the yes is the customer's own word, it is
/// later, and it speaks of nothing that the no does not speak of. So a later yes to one thing re-opens only that thing, a
/// no at equal time wins, a relationship re-opens nothing, and adding a no never turns the answer into a yes.
///
/// A yes ends at its own end or at the first `expire` that is not before it, whichever comes first. Where a yes has to be
/// confirmed, one that is not opens nothing: a no that it would have re-opened stands. When a yes that re-opened a no has
/// run out, the no stands again: nobody took it back for longer than that.
///
/// A yes from the future does not count yet; a no from the future already does, since a clock may be wrong.
pub(crate) fn fold<'e>(
    events: &'e [ConsentEvent],
    asked: &ConsentQuery,
    now: DateTime<Utc>,
) -> (ConsentState, Option<&'e ConsentEvent>) {
    let covering = || events.iter().filter(|event| event.covers(asked));
    let mut granted: Option<(DateTime<Utc>, &ConsentEvent)> = None;
    // The end of the yes that lasts longest, while every one has an end.
    let mut until: Option<DateTime<Utc>> = Some(DateTime::<Utc>::MIN_UTC);
    let mut expired: Option<(DateTime<Utc>, &ConsentEvent)> = None;
    let mut pending: Option<(DateTime<Utc>, &ConsentEvent)> = None;
    let mut requested: Option<(DateTime<Utc>, &ConsentEvent)> = None;
    let mut refused: Option<(DateTime<Utc>, &ConsentEvent)> = None;
    for event in covering() {
        if event.is_no() {
            refused = refused.max(Some((event.at, event)));
        } else if event.action == ConsentAction::Request && event.at <= now {
            requested = requested.max(Some((event.at, event)));
        } else if event.is_yes() && asked.bases.has(event.basis) && stands(event, events, asked) {
            let ends = covering().filter(|other| other.action == ConsentAction::Expire && other.at >= event.at);
            let ends = event.expires_at.into_iter().chain(ends.map(|expire| expire.at)).min();
            let said = Yes { since: event.since(), until: ends };
            let needs_word = asked.confirmed && event.basis == ConsentBasis::Consent;
            let yes = if needs_word { confirmed(event, said, events, asked, now) } else { Some(said) };
            match yes.filter(|yes| yes.since <= now) {
                Some(Yes { until: Some(end), .. }) if end <= now => expired = expired.max(Some((end, event))),
                Some(yes) => {
                    granted = granted.max(Some((yes.since, event)));
                    until = until.zip(yes.until).map(|(known, end)| known.max(end));
                }
                None if said.since <= now && said.until.is_none_or(|end| now < end) => {
                    pending = pending.max(Some((said.since, event)));
                }
                None => {}
            }
        }
    }
    match (granted, refused, pending, expired, requested) {
        (Some((since, event)), ..) => (ConsentState::Granted { since, until }, Some(event)),
        (None, Some((since, event)), ..) => (no(event.action, since), Some(event)),
        (None, None, Some((since, event)), ..) => (ConsentState::Pending { since }, Some(event)),
        (None, None, None, Some((at, event)), _) => (ConsentState::Expired { at }, Some(event)),
        (None, None, None, None, Some((since, event))) => (ConsentState::Requested { since }, Some(event)),
        (None, None, None, None, None) => (ConsentState::Unknown, None),
    }
}

/// What is left when a yes that stood ends at an instant: the last no, or the end itself.
pub(crate) fn after_end(events: &[ConsentEvent], asked: &ConsentQuery, at: DateTime<Utc>) -> ConsentState {
    let last = events.iter().filter(|event| event.is_no_to(asked)).max_by_key(|event| (event.at, *event));
    last.map_or(ConsentState::Expired { at }, |event| no(event.action, event.at))
}

fn no(action: ConsentAction, since: DateTime<Utc>) -> ConsentState {
    match action {
        ConsentAction::Refuse => ConsentState::Refused { since },
        ConsentAction::Revoke => ConsentState::Revoked { since },
        ConsentAction::Invalidate => ConsentState::Invalid { since },
        ConsentAction::Unrecognized(_) => ConsentState::Unreadable { at: since },
        _ => ConsentState::Withdrawn { since },
    }
}

/// Whether a yes, or what confirms one, re-opened every no that covers the question.
fn stands(yes: &ConsentEvent, events: &[ConsentEvent], asked: &ConsentQuery) -> bool {
    let reopened =
        |no: &ConsentEvent| yes.basis == ConsentBasis::Consent && no.at < yes.at && yes.scope.reopens(&no.scope, asked);
    events.iter().filter(|no| no.is_no() && no.covers(asked)).all(reopened)
}

/// The time for which a yes holds once it is confirmed; `None` where it is not.
///
/// A `grant` is confirmed by a `confirm` at its instant or after it; a `renew` renews what was confirmed at any time.
fn confirmed(
    yes: &ConsentEvent,
    said: Yes,
    events: &[ConsentEvent],
    asked: &ConsentQuery,
    now: DateTime<Utc>,
) -> Option<Yes> {
    let renews = yes.action == ConsentAction::Renew;
    let confirms = events.iter().filter(|word| {
        word.action == ConsentAction::Confirm
            && word.covers(asked)
            && word.since() <= now
            && (renews || word.at >= yes.at)
            && stands(word, events, asked)
    });
    let mut whole: Option<Yes> = None;
    for word in confirms {
        let end = if renews { None } else { word.expires_at };
        let part = Yes { since: said.since.max(word.since()), until: said.until.into_iter().chain(end).min() };
        whole = Some(match whole {
            None => part,
            // The first confirmation opens, the one that lasts longest ends.
            Some(known) => Yes {
                since: known.since.min(part.since),
                until: known.until.zip(part.until).map(|(known, end)| known.max(end)),
            },
        });
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{Code, EndpointId, TenantId, TopicId},
        kind::ChannelKind,
        profile::{ConsentBases, ConsentScope},
        purpose::Purpose,
    };

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-01-01T{hour:02}:00:00Z").parse().expect("an instant")
    }

    fn asked() -> ConsentQuery {
        ConsentQuery {
            kind: ChannelKind::SMS,
            endpoint: EndpointId::literal("mobile"),
            purpose: Purpose::Marketing,
            topic: TopicId::literal("coupon"),
            brand: None,
            bases: ConsentBases::CONSENT,
            confirmed: false,
        }
    }

    fn did(action: ConsentAction, hour: u32, scope: ConsentScope) -> ConsentEvent {
        ConsentEvent::new(action, scope, at(hour))
    }

    fn yes(hour: u32, scope: ConsentScope) -> ConsentEvent {
        did(ConsentAction::Grant, hour, scope)
    }

    fn no(hour: u32, scope: ConsentScope) -> ConsentEvent {
        did(ConsentAction::Withdraw, hour, scope)
    }

    fn marketing() -> ConsentScope {
        ConsentScope::purpose(Purpose::Marketing)
    }

    #[track_caller]
    fn check(events: Vec<ConsentEvent>, expected: ConsentState) {
        check_asked(&asked(), events, expected);
    }

    #[track_caller]
    fn check_asked(asked: &ConsentQuery, mut events: Vec<ConsentEvent>, expected: ConsentState) {
        let (state, event) = fold(&events, asked, at(12));
        assert_eq!(state, expected);
        assert_eq!(event.is_none(), expected == ConsentState::Unknown, "every state but one has an event that decided");
        let event = event.cloned();
        events.reverse();
        let (again, by) = fold(&events, asked, at(12));
        assert_eq!((again, by), (expected, event.as_ref()), "the order of the events must not matter");
    }

    fn granted(since: u32, until: Option<u32>) -> ConsentState {
        ConsentState::Granted { since: at(since), until: until.map(at) }
    }

    #[test]
    fn a_later_wider_no_covers_a_narrower_yes() {
        check(
            vec![yes(1, marketing().on_kind(ChannelKind::SMS)), no(2, marketing())],
            ConsentState::Withdrawn { since: at(2) },
        );
    }

    #[test]
    fn a_later_narrower_yes_reopens_its_own_scope_only() {
        let sms = marketing().on_kind(ChannelKind::SMS);
        check(vec![no(1, marketing()), yes(2, sms)], granted(2, None));
        let email = marketing().on_kind(ChannelKind::EMAIL);
        check(vec![no(1, marketing()), yes(2, email)], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn a_later_wider_yes_does_not_reopen_a_narrower_no() {
        check(
            vec![no(1, marketing().on_kind(ChannelKind::SMS)), yes(2, marketing())],
            ConsentState::Withdrawn { since: at(1) },
        );
    }

    #[test]
    fn at_equal_times_the_no_wins() {
        check(vec![yes(3, marketing()), no(3, marketing())], ConsentState::Withdrawn { since: at(3) });
    }

    #[test]
    fn a_yes_runs_out_and_is_not_asked_before_its_time() {
        check(vec![yes(1, marketing()).until(at(12))], ConsentState::Expired { at: at(12) });
        check(vec![yes(1, marketing()).until(at(13))], granted(1, Some(13)));
        check(vec![yes(13, marketing())], ConsentState::Unknown);
        check(vec![yes(1, marketing()), no(13, marketing())], ConsentState::Withdrawn { since: at(13) });
    }

    #[test]
    fn a_yes_holds_from_when_it_says() {
        check(vec![yes(1, marketing()).effective(at(12))], granted(12, None));
        check(vec![yes(1, marketing()).effective(at(13))], ConsentState::Unknown);
        check(vec![yes(5, marketing()).effective(at(1))], granted(5, None));
        // When it was said counts against a no, not from when it holds.
        let late = yes(1, marketing()).effective(at(6));
        check(vec![late, no(3, marketing())], ConsentState::Withdrawn { since: at(3) });
    }

    #[test]
    fn every_no_has_its_name() {
        let after_a_yes = |action| vec![yes(1, marketing()), did(action, 2, marketing())];
        check(after_a_yes(ConsentAction::Refuse), ConsentState::Refused { since: at(2) });
        check(after_a_yes(ConsentAction::Withdraw), ConsentState::Withdrawn { since: at(2) });
        check(after_a_yes(ConsentAction::Revoke), ConsentState::Revoked { since: at(2) });
        check(after_a_yes(ConsentAction::Invalidate), ConsentState::Invalid { since: at(2) });
        let strange = ConsentAction::Unrecognized(Code::literal("pause"));
        check(after_a_yes(strange), ConsentState::Unreadable { at: at(2) });
    }

    #[test]
    fn an_expiry_ends_what_was_before_it_and_is_no_refusal() {
        let expire = |hour| did(ConsentAction::Expire, hour, marketing());
        check(vec![yes(1, marketing()), expire(3)], ConsentState::Expired { at: at(3) });
        check(vec![yes(3, marketing()), expire(3)], ConsentState::Expired { at: at(3) });
        check(vec![yes(1, marketing()), expire(14)], granted(1, Some(14)));
        check(vec![yes(1, marketing()).until(at(13)), expire(14)], granted(1, Some(13)));
        // A later yes stands whatever its scope: nobody said no.
        check(
            vec![did(ConsentAction::Expire, 2, marketing().on_kind(ChannelKind::SMS)), yes(3, marketing())],
            granted(3, None),
        );
        check(vec![expire(2)], ConsentState::Unknown);
        check(vec![no(1, marketing()), expire(2)], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn a_no_stands_again_when_the_yes_that_reopened_it_has_run_out() {
        let withdrawn = ConsentState::Withdrawn { since: at(1) };
        let expire = did(ConsentAction::Expire, 3, marketing());
        check(vec![no(1, marketing()), yes(2, marketing()), expire], withdrawn);
        check(vec![no(1, marketing()), yes(2, marketing()).until(at(3))], withdrawn);
        check(vec![no(1, marketing()), yes(3, marketing()).until(at(2))], withdrawn);
        check(vec![no(1, marketing()), yes(2, marketing()).until(at(13))], granted(2, Some(13)));
        check(vec![yes(3, marketing()).until(at(2))], ConsentState::Expired { at: at(2) });
    }

    #[test]
    fn a_no_of_some_brand_is_one_where_nobody_knows_whose_it_would_be() {
        let north = || marketing().of_tenant(TenantId::literal("north"));
        check(vec![yes(1, marketing()), no(2, north())], ConsentState::Withdrawn { since: at(2) });
        check(vec![no(1, north()), yes(2, north())], ConsentState::Withdrawn { since: at(1) });
        let south = asked().of_brand(TenantId::literal("south"));
        check_asked(&south, vec![yes(1, marketing()), no(2, north())], granted(1, None));
    }

    #[test]
    fn a_request_is_an_answer_only_where_there_is_no_other() {
        let request = || did(ConsentAction::Request, 2, marketing());
        check(vec![request()], ConsentState::Requested { since: at(2) });
        check(vec![did(ConsentAction::Request, 13, marketing())], ConsentState::Unknown);
        check(vec![request(), yes(1, marketing())], granted(1, None));
        check(vec![request(), no(1, marketing())], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn a_yes_that_has_to_be_confirmed() {
        let confirm = |hour| did(ConsentAction::Confirm, hour, marketing());
        let double = asked().confirmed();
        let check = |events, expected| check_asked(&double, events, expected);
        check(vec![yes(1, marketing())], ConsentState::Pending { since: at(1) });
        check(vec![yes(1, marketing()), confirm(2)], granted(2, None));
        check(vec![yes(1, marketing()), confirm(1)], granted(1, None));
        check(vec![confirm(1), yes(2, marketing())], ConsentState::Pending { since: at(2) });
        check(vec![yes(1, marketing()), confirm(13)], ConsentState::Pending { since: at(1) });
        check(vec![confirm(2)], ConsentState::Unknown);
        check(vec![yes(1, marketing()), confirm(2).until(at(14))], granted(2, Some(14)));
        check(vec![yes(1, marketing()).until(at(3)), confirm(2)], ConsentState::Expired { at: at(3) });
        check(vec![yes(1, marketing()).until(at(3))], ConsentState::Unknown);
        // Once confirmed, a renewal needs no second confirmation, but a withdrawal asks for a new one.
        let renew = |hour| did(ConsentAction::Renew, hour, marketing());
        let ended = yes(1, marketing()).until(at(4));
        check(vec![ended, confirm(2), renew(3)], granted(3, None));
        let back = vec![yes(1, marketing()), confirm(2), no(3, marketing()), yes(4, marketing())];
        check(back.clone(), ConsentState::Withdrawn { since: at(3) });
        check([back, vec![confirm(5)]].concat(), granted(5, None));
    }

    #[test]
    fn without_the_demand_a_confirmation_says_nothing() {
        check(vec![yes(1, marketing()), did(ConsentAction::Confirm, 2, marketing())], granted(1, None));
        check(vec![did(ConsentAction::Confirm, 2, marketing())], ConsentState::Unknown);
    }

    #[test]
    fn only_accepted_grounds_count_and_only_the_customers_word_reopens() {
        let soft = |hour| yes(hour, marketing()).on_basis(ConsentBasis::SoftOptIn);
        check(vec![soft(1)], ConsentState::Unknown);
        let asked = asked().accepting([ConsentBasis::Consent, ConsentBasis::SoftOptIn]);
        let check = |events, expected| check_asked(&asked, events, expected);
        check(vec![soft(1)], granted(1, None));
        check(vec![no(1, marketing()), soft(2)], ConsentState::Withdrawn { since: at(1) });
        check(vec![no(1, marketing()), yes(2, marketing())], granted(2, None));
        let strange = ConsentBasis::Unrecognized(Code::literal("custom"));
        check(vec![yes(1, marketing()).on_basis(strange)], ConsentState::Unknown);
        // A ground that is not a word cannot be confirmed, and need not be.
        check_asked(&asked.confirmed(), vec![soft(1)], granted(1, None));
    }

    #[test]
    fn what_cannot_be_read_is_a_no() {
        let strange = ConsentEvent::new(ConsentAction::Unrecognized(Code::literal("pause")), marketing(), at(2));
        check(vec![yes(1, marketing()), strange], ConsentState::Unreadable { at: at(2) });
    }

    #[test]
    fn an_unreadable_purpose_narrows_and_never_widens() {
        let strange = ConsentScope::purpose(Purpose::Unrecognized(Code::literal("commercial")));
        check(vec![yes(1, strange.clone())], ConsentState::Unknown);
        check(vec![yes(1, marketing()), no(2, strange.clone())], ConsentState::Withdrawn { since: at(2) });
        check(
            vec![yes(1, marketing()), did(ConsentAction::Expire, 2, strange.clone())],
            ConsentState::Expired { at: at(2) },
        );
        check(vec![no(1, strange.clone()), yes(2, marketing())], granted(2, None));
        check(vec![no(1, strange), yes(2, ConsentScope::everything())], ConsentState::Withdrawn { since: at(1) });
    }

    #[test]
    fn other_scopes_say_nothing() {
        check(vec![yes(1, ConsentScope::purpose(Purpose::Service))], ConsentState::Unknown);
        check(vec![yes(1, marketing().of_tenant(TenantId::literal("brand")))], ConsentState::Unknown);
        let of_brand = asked().of_brand(TenantId::literal("brand"));
        check_asked(&of_brand, vec![yes(1, marketing().of_tenant(TenantId::literal("brand")))], granted(1, None));
    }
}
