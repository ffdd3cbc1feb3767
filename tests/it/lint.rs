//! What the lint finds, code by code: a policy and its findings as people read them.

use expect_test::{Expect, expect};
use waypost::{
    ChannelDescriptor, ChannelKind, Policy, ReceiptKind,
    policy::{FindingCode, Group, Rule, Settings, Severity, When},
    time::Span,
};

fn channels() -> Vec<ChannelDescriptor> {
    let channel = |id: &str, kind| ChannelDescriptor::new(id.parse().expect("a name"), kind);
    vec![
        channel("app", ChannelKind::PUSH).with_latency(Span::from_secs(4)).with_receipts([ReceiptKind::Sent]),
        channel("text", ChannelKind::SMS).with_latency(Span::from_secs(8)).with_receipts([ReceiptKind::Delivered]),
        channel("mail", ChannelKind::EMAIL).with_latency(Span::from_secs(20)).with_receipts([ReceiptKind::Read]),
    ]
}

fn shown(policy: &Policy, channels: &[ChannelDescriptor]) -> String {
    policy.lint(channels).iter().map(|finding| format!("{finding}\n")).collect()
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    let policy = Policy::from_toml(text).expect("a policy");
    expected.assert_eq(&shown(&policy, &channels()));
}

#[test]
#[cfg(feature = "chrono-tz")]
fn zones_that_nobody_has_are_found_where_they_stand() {
    check(
        r#"
zone = "Europe/Madird"
[purposes.service.then]
caps = [{ name = "daily", limit = 2, per = "calendar_day", zone = "Mars/Phobos" }]
"#,
        expect![[r#"
            error[unknown_zone] zone (line 2, column 1): unknown time zone `Europe/Madird` in the tables of release 2025b; help: did you mean `Europe/Madrid`?
            error[unknown_zone] purposes.service.then.caps[0].zone (line 4, column 60): unknown time zone `Mars/Phobos` in the tables of release 2025b
        "#]],
    );
}

#[test]
fn a_sound_policy_has_no_findings() {
    check(
        r#"
[defaults]
order = ["push", "email", "sms"]
[purposes.marketing.then]
caps = [{ name = "promo", limit = 2, per = "1w" }]
hours = ["mon-sat 09:00-21:00"]
[topics.fraud_alert]
required = true
mandatory = ["sms"]
purposes = ["safety"]
[[rules]]
name = "urgent"
when.urgency = "high"
then = { order = ["sms", "push"], lifts = { quiet_hours = ["sms"] } }
[[rules]]
name = "spain"
when = { country = "ES", purpose = "marketing" }
then.deny = ["sms"]
"#,
        expect![[r#""#]],
    );
}

#[test]
fn kinds_nobody_has() {
    check(
        r#"
[defaults]
order = ["emial", "push", "pigeon"]
only = ["email", "rcs", "psuh"]
group = { one_of = ["sms", { all_of = ["smss", "email"] }] }
lifts = { caps = ["web_push"] }
[topics.t]
required = true
mandatory = ["sms", "voise"]
[priors.rates.student]
telegramm = 100
"#,
        expect![[r#"
            error[unknown_kind] defaults.order[0] (line 3, column 10): unknown kind `emial` in the defaults; help: did you mean `email`?
            error[unknown_kind] defaults.order[2] (line 3, column 27): unknown kind `pigeon` in the defaults
            error[unknown_kind] defaults.only[2] (line 4, column 25): unknown kind `psuh` in the defaults; help: did you mean `push`?
            error[unknown_kind] defaults.group.one_of[1].all_of[0] (line 5, column 40): unknown kind `smss` in the defaults; help: did you mean `sms`?
            error[unknown_kind] topics.t.mandatory[1] (line 9, column 21): unknown kind `voise` in topic `t`; help: did you mean `voice`?
            error[unknown_kind] priors.rates.student.telegramm (line 11, column 1): unknown kind `telegramm` in the priors; help: did you mean `telegram`?
            warning[unregistered_kind] defaults.only[1] (line 4, column 18): no channel is registered for kind `rcs` in the defaults
            warning[unregistered_kind] defaults.lifts.caps[0] (line 6, column 19): no channel is registered for kind `web_push` in the defaults
            warning[unserved_topic] topics.t.mandatory (line 9, column 1): topic `t` is required, but none of its mandatory kinds can carry it
        "#]],
    );
}

#[test]
fn names_that_were_not_declared() {
    check(
        r#"
segments = ["student", "senior"]
stages = ["new"]
tags = ["sale"]
[topics.order_shipped]
[priors.rates.studnet]
email = 10
[[rules]]
name = "a"
when = { topic = "order_shiped", tag = ["sale", "sail"], segment = "seniro", any = [{ stage = "gone" }, { not = { topic = "x" } }] }
then.deny = ["sms"]
"#,
        expect![[r#"
            error[unknown_segment] priors.rates.studnet (line 6, column 15): unknown segment `studnet` in the priors; help: did you mean `student`?
            error[unknown_topic] rules[0].when.topic[0] (line 10, column 10): unknown topic `order_shiped` in rule `a`; help: did you mean `order_shipped`?
            error[unknown_tag] rules[0].when.tag[1] (line 10, column 49): unknown tag `sail` in rule `a`
            error[unknown_segment] rules[0].when.segment[0] (line 10, column 58): unknown segment `seniro` in rule `a`; help: did you mean `senior`?
            error[unknown_stage] rules[0].when.any[0].stage[0] (line 10, column 87): unknown stage `gone` in rule `a`
            error[unknown_topic] rules[0].when.any[1].not.topic[0] (line 10, column 115): unknown topic `x` in rule `a`
        "#]],
    );
}

#[test]
fn nothing_declared_nothing_unknown() {
    check(
        r#"
[[rules]]
name = "a"
when = { topic = "order_shiped", tag = "sale", segment = "seniro", stage = "gone" }
then.deny = ["sms"]
"#,
        expect![[r#""#]],
    );
}

#[test]
fn codes_from_a_newer_writer_are_no_policy() {
    check(
        r#"
[purposes.marketting]
[topics.a]
default = "of"
purposes = ["serivce"]
[[rules]]
name = "a"
when = { purpose = "saftey", urgency = "critcal" }
then.order = ["sms"]
"#,
        expect![[r#"
            error[unknown_purpose] purposes.marketting (line 2, column 11): unknown purpose `marketting`; help: did you mean `marketing`?
            error[unknown_choice] topics.a.default (line 4, column 1): unknown choice `of` in topic `a`; help: expected `on` or `off`
            error[unknown_purpose] topics.a.purposes[0] (line 5, column 13): unknown purpose `serivce` in topic `a`; help: did you mean `service`?
            error[unknown_purpose] rules[0].when.purpose[0] (line 8, column 10): unknown purpose `saftey` in rule `a`; help: did you mean `safety`?
            error[unknown_urgency] rules[0].when.urgency (line 8, column 30): unknown urgency `critcal` in rule `a`; help: did you mean `critical`?
        "#]],
    );
}

#[test]
fn two_rules_of_one_name_and_one_that_is_silent() {
    check(
        r#"
[[rules]]
name = "a"
then.deny = ["sms"]
[[rules]]
name = "b"
then = {}
[[rules]]
name = "a"
then.prefer = ["sms"]
"#,
        expect![[r#"
            error[duplicate_rule] rules[2].name (line 9, column 1): rule `a` has the name of rules[0]
            warning[says_nothing] rules[1].then (line 7, column 1): rule `b` says nothing
        "#]],
    );
}

#[test]
fn a_kind_twice() {
    check(
        r#"
[defaults]
order = ["sms", "email", "sms"]
always = ["push", "push"]
[[rules]]
name = "a"
then.group = { one_of = ["sms", { all_of = ["push", "sms"] }] }
"#,
        expect![[r#"
            error[duplicate_kind] defaults.order[2] (line 3, column 26): kind `sms` stands twice in one list in the defaults
            error[duplicate_kind] defaults.always[1] (line 4, column 19): kind `push` stands twice in one list in the defaults
            error[duplicate_kind] rules[0].then.group.one_of[1].all_of[1] (line 7, column 53): kind `sms` stands twice in one group in rule `a`
        "#]],
    );
}

#[test]
fn only_and_deny() {
    check(
        r#"
[defaults]
only = ["sms", "email"]
deny = ["push", "sms"]
[[rules]]
name = "a"
when.topic = "x"
then.only = []
"#,
        expect![[r#"
            error[only_and_deny] defaults.deny[1] (line 4, column 17): kind `sms` is both allowed by `only` and denied in the defaults
            error[empty_only] rules[0].then.only (line 8, column 6): `only` names no kind in rule `a`; help: leave it out to allow every kind, say `deny` to forbid some
        "#]],
    );
}

#[test]
fn groups_that_are_none() {
    check(
        r#"
[defaults]
group = "sms"
[[rules]]
name = "a"
when.topic = "a"
then.group = { one_of = [] }
[[rules]]
name = "b"
when.topic = "b"
then.group = { one_of = ["push", { all_of = ["sms"] }] }
[[rules]]
name = "c"
when.topic = "c"
then.group = { one_of = ["push", { one_of = ["sms", { one_of = [{ one_of = [{ one_of = [{ one_of = [{ one_of = [{ one_of = [{ one_of = ["email"] }] }] }] }] }] }] }] }] }
"#,
        expect![[r#"
            error[empty_group] rules[0].then.group.one_of (line 7, column 16): a group has no members in rule `a`
            error[nested_too_deep] rules[2].then.group (line 15, column 6): groups are nested deeper than 8 in rule `c`
            warning[group_of_one] defaults.group (line 3, column 1): kind `sms` makes no group in the defaults; help: say `order` to put a kind first, `only` to leave the others out
            warning[group_of_one] rules[1].then.group.one_of[1].all_of (line 11, column 36): one member of `all_of` makes no group in rule `b`; help: say `order` to put a kind first, `only` to leave the others out
        "#]],
    );
}

#[test]
fn rankings_by_nothing_or_by_one_thing_twice() {
    check(
        r#"
[defaults]
rank = []
[purposes.marketing.then]
rank = ["price", "health", "price"]
"#,
        expect![[r#"
            error[empty_rank] defaults.rank (line 3, column 1): `rank` names no field in the defaults
            error[duplicate_rank] purposes.marketing.then.rank[2] (line 5, column 28): `rank` names `price` twice in purpose `marketing`
        "#]],
    );
}

#[test]
fn conditions_that_ask_for_nothing() {
    check(
        r#"
[[rules]]
name = "a"
when = { topic = [], any = [], attribute = { age = { in = [] }, plan = {} } }
then.deny = ["sms"]
[[rules]]
name = "b"
when = { any = [{ country = [] }, { all = [] }] }
then.deny = ["sms"]
"#,
        expect![[r#"
            error[empty_condition] rules[0].when.topic (line 4, column 10): `topic` asks for nothing in rule `a`; help: leave it out where anything will do
            error[empty_condition] rules[0].when.any (line 4, column 22): `any` asks for nothing in rule `a`; help: leave it out where anything will do
            error[empty_condition] rules[0].when.attribute.age.in (line 4, column 54): `in` asks for nothing in rule `a`; help: leave it out where anything will do
            error[empty_condition] rules[0].when.attribute.plan (line 4, column 65): `plan` asks for nothing in rule `a`; help: leave it out where anything will do
            error[empty_condition] rules[1].when.any[0].country (line 8, column 19): `country` asks for nothing in rule `b`; help: leave it out where anything will do
            error[empty_condition] rules[1].when.any[1].all (line 8, column 37): `all` asks for nothing in rule `b`; help: leave it out where anything will do
        "#]],
    );
}

#[test]
fn raising_urgency_removes_nothing() {
    check(
        r#"
[[rules]]
name = "calm"
when = { not = { all = [{ urgency = "high" }] } }
then.prefer = ["email"]
[[rules]]
name = "pressing"
when = { any = [{ urgency = "critical" }, { topic = "fire" }] }
then = { only = ["sms"], order = ["sms"], caps = [{ name = "c", limit = 1, per = "1d" }] }
"#,
        expect![[r#"
            error[urgency_under_not] rules[0].when.not.all[0].urgency (line 4, column 27): urgency stands inside `not` in rule `calm`: raising it could take the rule away
            error[urgency_restricts] rules[1].then.only (line 9, column 10): rule `pressing` asks urgency and says `only`: raising urgency could take a channel away; help: restrict in a rule that asks no urgency, or lift instead
            error[urgency_restricts] rules[1].then.caps (line 9, column 43): rule `pressing` asks urgency and says `caps`: raising urgency could take a channel away; help: restrict in a rule that asks no urgency, or lift instead
        "#]],
    );
}

#[test]
fn an_opt_out_always_ends_the_chain() {
    check(
        r#"
[defaults]
on_failure = { opted_out = "next", silent = "next" }
[[rules]]
name = "a"
then.on_failure = { opted_out = "stop" }
"#,
        expect![[r#"
            error[opted_out_goes_on] defaults.on_failure.opted_out (line 3, column 16): an opt-out is answered with `next` in the defaults; help: an opt-out always ends the chain: leave it out
        "#]],
    );
}

#[test]
fn marketing_lifts_nothing() {
    check(
        r#"
[purposes.marketing.then]
lifts = { caps = ["sms"] }
[[rules]]
name = "any"
then.lifts = { caps = ["sms"] }
[[rules]]
name = "sale"
when = { topic = "sale", any = [{ purpose = "marketing", stage = "new" }, { purpose = "marketing", not = { stage = "new" } }] }
then.lifts = { quiet_hours = ["sms"] }
[[rules]]
name = "both"
when = { purpose = ["marketing", "service"] }
then.lifts = { quiet_hours = ["sms"] }
"#,
        expect![[r#"
            error[lift_on_marketing] purposes.marketing.then.lifts (line 3, column 1): purpose `marketing` lifts a gate, which marketing never does; help: marketing obeys every gate: drop the lift
            error[lift_on_marketing] rules[1].then.lifts (line 10, column 6): rule `sale` matches marketing only and lifts a gate; help: marketing obeys every gate: drop the lift
        "#]],
    );
}

#[test]
fn caps_that_roll_too_long() {
    check(
        r#"
[defaults]
caps = [
    { name = "a", limit = 9, per = { rolling_days = 366 } },
    { name = "b", limit = 9, per = { rolling_days = 367 }, scope = ["kind"] },
]
"#,
        expect![[r#"
            error[cap_too_long] defaults.caps[1].per (line 5, column 30): cap `b` in the defaults rolls over 367 days, at most 366 can be; help: say `lifetime`, or a span such as `800d`
        "#]],
    );
}

#[test]
fn silent_kinds() {
    check(
        r#"
[purposes.service]
when_closed = "downgrade"
[purposes.transactional]
when_closed = "downgrade"
silent = ["email", "email", "pusj"]
[purposes.marketing]
when_closed = "drop"
silent = ["email"]
"#,
        expect![[r#"
            error[downgrade_without_silent] purposes.service.when_closed (line 3, column 1): purpose `service` goes by silent kinds at a closed hour, and names none; help: name the kinds in `silent`, or say `drop`
            error[duplicate_kind] purposes.transactional.silent[1] (line 6, column 20): kind `email` stands twice in one list in purpose `transactional`
            error[unknown_kind] purposes.transactional.silent[2] (line 6, column 29): unknown kind `pusj` in purpose `transactional`; help: did you mean `push`?
            warning[silent_without_downgrade] purposes.marketing.silent (line 9, column 1): purpose `marketing` names silent kinds, but does not go by them at a closed hour; help: say `when_closed = "downgrade"`
        "#]],
    );
}

#[test]
fn required_topics() {
    check(
        r#"
[topics.a]
required = true
[topics.b]
mandatory = ["sms"]
[topics.c]
required = true
mandatory = ["sms"]
purposes = ["safety", "marketing"]
"#,
        expect![[r#"
            error[required_without_mandatory] topics.a.required (line 3, column 1): topic `a` is required, but on no kind; help: name the kinds in `mandatory`
            error[required_for_marketing] topics.c.purposes[1] (line 9, column 23): topic `c` is required and sent for marketing; help: marketing always obeys the preferences: drop `required`, or split the topic
            warning[mandatory_without_required] topics.b.mandatory (line 5, column 1): topic `b` has mandatory kinds, but is not required
        "#]],
    );
}

#[test]
fn terms_of_consent_that_cannot_be_meant() {
    check(
        r#"
[purposes.marketing]
consent_bases = ["consent", "soft_opt_on", "consent"]
double_opt_in = ["email", "emial", "email", "voice"]
registry_fresh = ["sms", "sms"]
[purposes.research]
consent_bases = []
[purposes.service]
consent_bases = ["contract"]
double_opt_in = ["email"]
[purposes.safety]
consent_bases = ["vital"]
double_opt_in = ["sms"]
"#,
        expect![[r#"
            error[unknown_basis] purposes.marketing.consent_bases[1] (line 3, column 29): unknown ground `soft_opt_on` in purpose `marketing`; help: did you mean `soft_opt_in`?
            error[duplicate_basis] purposes.marketing.consent_bases[2] (line 3, column 44): ground `consent` stands twice in purpose `marketing`
            error[unknown_kind] purposes.marketing.double_opt_in[1] (line 4, column 27): unknown kind `emial` in purpose `marketing`; help: did you mean `email`?
            error[duplicate_kind] purposes.marketing.double_opt_in[2] (line 4, column 36): kind `email` stands twice in one list in purpose `marketing`
            error[duplicate_kind] purposes.marketing.registry_fresh[1] (line 5, column 26): kind `sms` stands twice in one list in purpose `marketing`
            error[empty_bases] purposes.research.consent_bases (line 7, column 1): `consent_bases` names no ground in purpose `research`; help: leave it out for the customer's own word, say `consent = "none"` to ask for nothing
            warning[unregistered_kind] purposes.marketing.double_opt_in[3] (line 4, column 45): no channel is registered for kind `voice` in purpose `marketing`
            warning[idle_terms] purposes.service.double_opt_in (line 10, column 1): `double_opt_in` says nothing in purpose `service`: the customer's own word is not among the grounds
            warning[idle_terms] purposes.safety.consent_bases (line 12, column 1): `consent_bases` says nothing in purpose `safety`: no consent is asked for
            warning[idle_terms] purposes.safety.double_opt_in (line 13, column 1): `double_opt_in` says nothing in purpose `safety`: no consent is asked for
        "#]],
    );
}

#[test]
fn what_is_sent_unasked() {
    check(
        r#"
[purposes.marketing]
consent = "none"
obeys_preferences = false
[purposes.research]
consent = "none"
obeys_preferences = false
[purposes.internal]
consent = "none"
obeys_preferences = false
[purposes.service]
obeys_preferences = false
"#,
        expect![[r#"
            warning[without_consent] purposes.marketing.consent (line 3, column 1): purpose `marketing` asks for no consent, so not even a withdrawal counts; help: say `opt_out` where the law asks for no consent, so that a withdrawal counts
            warning[ignores_preferences] purposes.marketing.obeys_preferences (line 4, column 1): purpose `marketing` is sent over the customer's `off`
            warning[without_consent] purposes.research.consent (line 6, column 1): purpose `research` asks for no consent, so not even a withdrawal counts; help: say `opt_out` where the law asks for no consent, so that a withdrawal counts
            warning[ignores_preferences] purposes.research.obeys_preferences (line 7, column 1): purpose `research` is sent over the customer's `off`
        "#]],
    );
}

#[test]
fn caps_that_are_none() {
    check(
        r#"
[defaults]
caps = [{ name = "a", limit = 0, per = "1d" }, { name = "c", limit = 1, per = "1d", scope = [] }]
"#,
        expect![[r#"
            error[zero_cap] defaults.caps[0].limit (line 3, column 23): cap `a` in the defaults has a limit of zero; help: say `deny` to forbid, leave the cap out for no limit
            error[cap_without_scope] defaults.caps[1].scope (line 3, column 85): cap `c` in the defaults counts by nothing; help: say `person` to count every send
        "#]],
    );
}

#[test]
fn caps_that_say_a_thing_twice() {
    check(
        r#"
[defaults]
caps = [
  { name = "gap", limit = 2, per = { min_gap = "1h" } },
  { name = "pace", limit = 2, per = { gcra = { every = "10m", burst = 3 } } },
  { name = "none", limit = 0, per = { min_gap = "1h" } },
  { name = "slides", limit = 3, per = "1d", zone = "Europe/Madrid" },
  { name = "for-life", limit = 3, per = "lifetime", zone = "recipient" },
  { name = "once", limit = 1, per = { min_gap = "30m" } },
]
"#,
        expect![[r#"
            error[cap_with_two_limits] defaults.caps[0].limit (line 4, column 19): cap `gap` in the defaults has a limit of 2 beside that of its period, which is 1; help: leave `limit` out
            error[cap_with_two_limits] defaults.caps[1].limit (line 5, column 20): cap `pace` in the defaults has a limit of 2 beside that of its period, which is 3; help: leave `limit` out
            error[zero_cap] defaults.caps[2].limit (line 6, column 20): cap `none` in the defaults has a limit of zero; help: say `deny` to forbid, leave the cap out for no limit
            error[cap_zone_unused] defaults.caps[3].zone (line 7, column 45): cap `slides` in the defaults names a zone, but its period reads no calendar; help: leave `zone` out, or say a calendar period
            warning[idle_cap] defaults.caps[3] (line 7, column 3): cap `slides` in the defaults never fills up: cap `for-life` always does before
        "#]],
    );
}

#[test]
fn caps_of_other_periods_that_never_fill_up() {
    check(
        r#"
[defaults]
caps = [
  { name = "ten-days", limit = 2, per = { rolling_days = 10 } },
  { name = "three-days", limit = 2, per = { rolling_days = 3 } },
  { name = "a-day", limit = 3, per = "calendar_day" },
  { name = "a-day-there", limit = 3, per = "calendar_day", zone = "Asia/Tokyo" },
  { name = "a-week", limit = 9, per = { calendar_week = "mon" } },
  { name = "a-week-again", limit = 9, per = { calendar_week = "sun" } },
  { name = "any-hour", limit = 4, per = "1h" },
  { name = "each-hour", limit = 4, per = { fixed = "1h" } },
  { name = "ever", limit = 20, per = "lifetime" },
  { name = "a-month", limit = 20, per = "calendar_month" },
  { name = "pace", per = { gcra = { every = "1h", burst = 2 } } },
  { name = "quicker", per = { gcra = { every = "30m", burst = 2 } } },
]
"#,
        expect![[r#"
            warning[idle_cap] defaults.caps[1] (line 5, column 3): cap `three-days` in the defaults never fills up: cap `ten-days` always does before
            warning[idle_cap] defaults.caps[2] (line 6, column 3): cap `a-day` in the defaults never fills up: cap `ten-days` always does before
            warning[idle_cap] defaults.caps[7] (line 11, column 3): cap `each-hour` in the defaults never fills up: cap `any-hour` always does before
            warning[idle_cap] defaults.caps[9] (line 13, column 3): cap `a-month` in the defaults never fills up: cap `ever` always does before
            warning[idle_cap] defaults.caps[11] (line 15, column 3): cap `quicker` in the defaults never fills up: cap `pace` always does before
        "#]],
    );
}

#[test]
fn caps_that_contradict_each_other() {
    check(
        r#"
[defaults]
caps = [{ name = "a", limit = 2, per = "1d" }]
[purposes.service.then]
caps = [{ name = "a", limit = 3, per = "1d" }, { name = "b", limit = 2, per = "1h", scope = ["purpose", "kind"] }]
[[rules]]
name = "r"
when.topic = "x"
then.caps = [
  { name = "same", limit = 1, per = "1d", scope = ["topic"] },
  { name = "twin", limit = 1, per = "1d", scope = ["topic"] },
  { name = "looser", limit = 5, per = "1h", scope = ["person", "topic"] },
  { name = "longer", limit = 5, per = "2w", scope = ["topic"] },
]
"#,
        expect![[r#"
            error[contradictory_caps] purposes.service.then.caps[0] (line 5, column 9): cap `a` in purpose `service` differs from that in the defaults
            warning[idle_cap] purposes.service.then.caps[1] (line 5, column 48): cap `b` in purpose `service` never fills up: cap `a` always does before
            warning[idle_cap] rules[0].then.caps[1] (line 11, column 3): cap `twin` in rule `r` never fills up: cap `same` always does before
            warning[idle_cap] rules[0].then.caps[2] (line 12, column 3): cap `looser` in rule `r` never fills up: cap `longer` always does before
        "#]],
    );
}

#[test]
fn hours_that_never_open() {
    check(
        r#"
[purposes.marketing.then]
hours = []
"#,
        expect![[r#"
            error[never_opens] purposes.marketing.then.hours (line 3, column 1): `hours` has no window in purpose `marketing`; help: say `00:00-24:00` for every hour, `deny` for none
        "#]],
    );
}

#[test]
fn rates_of_more_than_all() {
    check(
        r#"
[priors]
otherwise = 1001
[priors.rates.student]
email = 1000
sms = 4000
"#,
        expect![[r#"
            error[prior_too_high] priors.otherwise (line 3, column 1): 1001 of a thousand is more than all
            error[prior_too_high] priors.rates.student.sms (line 6, column 1): 4000 of a thousand is more than all
        "#]],
    );
}

#[test]
fn rules_that_never_match() {
    check(
        r#"
[[rules]]
name = "age"
when.attribute = { age = { gt = 17, lt = 18 } }
then.deny = ["sms"]
[[rules]]
name = "parent"
when = { locale = "es-MX", not = { locale = "es" } }
then.deny = ["sms"]
[[rules]]
name = "child"
when = { locale = "es", not = { locale = "es-MX" } }
then.deny = ["sms"]
[[rules]]
name = "types"
when.all = [{ attribute = { plan = { ne = 3 } } }, { attribute = { plan = { ge = "a", lt = "b" } } }]
then.deny = ["sms"]
[[rules]]
name = "cases"
when.all = [{ any = [{ segment = "x" }, { stage = "s" }] }, { not = { segment = "x" } }, { not = { stage = ["s", "t"] } }]
then.deny = ["sms"]
"#,
        expect![[r#"
            warning[never_matches] rules[0].when (line 4, column 1): no message and customer meet the condition of rule `age`
            warning[never_matches] rules[1].when (line 8, column 1): no message and customer meet the condition of rule `parent`
            warning[never_matches] rules[4].when (line 20, column 1): no message and customer meet the condition of rule `cases`
        "#]],
    );
}

#[test]
fn fields_that_are_always_overwritten() {
    check(
        r#"
[defaults]
order = ["sms"]
patience = "1m"
[purposes.marketing.then]
order = ["email"]
[[rules]]
name = "a"
when.topic = "x"
then = { order = ["push"], deny = ["sms"], prefer = ["push"] }
[[rules]]
name = "b"
when = { topic = "x", segment = "s" }
then.prefer = ["sms"]
[[rules]]
name = "c"
when.not = { segment = "s" }
then.prefer = ["email"]
[[rules]]
name = "d"
when.topic = ["x", "y"]
then.order = ["sms", "push"]
[[rules]]
name = "e"
when.purpose = "marketing"
then.order = ["sms", "email"]
"#,
        expect![[r#"
            warning[always_overwritten] rules[0].then.order (line 10, column 10): `order` of rule `a` is always overwritten by later rules; help: rule `d` matches whenever it does
            warning[always_overwritten] rules[0].then.prefer (line 10, column 44): `prefer` of rule `a` is always overwritten by later rules
        "#]],
    );
}

#[test]
fn purposes_and_topics_that_nothing_carries() {
    check(
        r#"
[purposes.marketing.then]
deny = ["sms", "email", "push"]
[topics.coupon]
purposes = ["marketing"]
[topics.letter]
[topics.fire]
required = true
mandatory = ["sms"]
[[rules]]
name = "letter"
when.topic = "letter"
then.only = ["email", "push"]
[[rules]]
name = "no-mail"
when = { any = [{ topic = ["letter", "fire"] }, { segment = "quiet" }] }
then.deny = ["email"]
[[rules]]
name = "young"
when.attribute = { age = { lt = 30 } }
then.deny = ["push"]
[[rules]]
name = "rest"
when.not = { attribute = { age = { lt = 30 } } }
then.deny = ["push"]
[[rules]]
name = "fire"
when.topic = "fire"
then.deny = ["sms"]
[[rules]]
name = "research"
when.purpose = "research"
then.only = ["rcs"]
"#,
        expect![[r#"
            warning[unserved_purpose] purposes.research (line 2, column 2): the policy leaves no registered kind for purpose `research`
            warning[unserved_purpose] purposes.marketing (line 2, column 11): the policy leaves no registered kind for purpose `marketing`
            warning[unserved_topic] topics.letter (line 6, column 9): the policy leaves no registered kind for topic `letter`
            warning[unserved_topic] topics.fire (line 7, column 9): the policy leaves no registered kind for topic `fire`
            warning[unregistered_kind] rules[5].then.only[0] (line 33, column 14): no channel is registered for kind `rcs` in rule `research`
        "#]],
    );
}

#[test]
fn nothing_carries_anything() {
    check(
        r#"
[defaults]
only = ["rcs"]
"#,
        expect![[r#"
            warning[unserved_purpose] defaults (line 2, column 2): the policy leaves no registered kind for anything
            warning[unregistered_kind] defaults.only[0] (line 3, column 9): no channel is registered for kind `rcs` in the defaults
        "#]],
    );
}

#[test]
fn fallbacks_that_cannot_fit() {
    check(
        r#"
[defaults]
expires_after = "10m"
[purposes.authentication.then]
order = ["push", "sms", "email"]
give_up_after = "5m"
[[rules]]
name = "code"
when.topic = "code"
then = { expires_after = "4s", settle_on = "clicked", spread = "1h" }
[[rules]]
name = "group"
when.topic = "group"
then = { expires_after = "1h", give_up_after = "30m", group = { one_of = ["push", { all_of = ["sms", "email"] }, "rcs"] } }
[[rules]]
name = "mail"
when.topic = "mail"
then = { expires_after = "20s", only = ["email"], settle_on = "read" }
"#,
        expect![[r#"
            warning[late_fallback] purposes.authentication.then.give_up_after (line 6, column 1): purpose `authentication` names 3 steps of 5m each, and a message expires after 10m; help: the last step would begin 600 s after the first
            warning[too_slow] rules[0].then.expires_after (line 10, column 10): rule `code` lets a message expire after 4s, and the fastest channel takes 4s
            warning[never_settles] rules[0].then.settle_on (line 10, column 32): rule `code` settles on `clicked`, which no channel that may be used can report
            warning[late_spread] rules[0].then.spread (line 10, column 55): rule `code` spreads over 1h what expires after 4s
            warning[unregistered_kind] rules[1].then.group.one_of[2] (line 14, column 114): no channel is registered for kind `rcs` in rule `group`
            warning[too_slow] rules[2].then.expires_after (line 18, column 10): rule `mail` lets a message expire after 20s, and the fastest channel takes 20s
        "#]],
    );
}

#[test]
fn terms_of_steps_that_do_nothing() {
    check(
        r#"
[defaults]
give_up_after = "30s"
accept_within = "30s"
retry = { attempts = 0, backoff = "1m", at_most = "30s" }
[defaults.by_kind]
email = { accept_within = "1m", give_up_after = "1d", settle_on = "clicked" }
push = { accept_within = "10s" }
sms = { give_up_after = "10s", retry = { attempts = 1, backoff = "1s", at_most = "1s" } }
smss = {}
[[rules]]
name = "by-hand"
then = { settle_on = "read", by_kind = { email = { settle_on = "event:paid" } } }
[[rules]]
name = "read-by-mail"
then = { settle_on = "sent", by_kind = { email = { settle_on = "read" }, push = { settle_on = "sent" } } }
"#,
        expect![[r#"
            error[unknown_kind] defaults.by_kind.smss (line 10, column 1): unknown kind `smss` in the defaults; help: did you mean `sms`?
            warning[idle_accept_within] defaults.accept_within (line 4, column 1): a provider may take 30s to accept in the defaults, and the step is over after 30s; help: no send is repeated before the next step begins: make it shorter
            warning[idle_retry] defaults.retry.attempts (line 5, column 11): `retry` has no attempts in the defaults, which is taken as one; help: say 1 to try once, `deny` to send nothing
            warning[idle_retry] defaults.retry.backoff (line 5, column 25): the first wait of 1m is longer than the longest of 30s in the defaults
            warning[never_settles] defaults.by_kind.email.settle_on (line 7, column 55): the defaults settles on `clicked`, which no channel that may be used can report
            warning[idle_accept_within] defaults.by_kind.sms.accept_within (line 9, column 1): a provider may take 30s to accept in the defaults, and the step is over after 10s; help: no send is repeated before the next step begins: make it shorter
            warning[empty_by_kind] defaults.by_kind.smss (line 10, column 1): `by_kind` says nothing of `smss` in the defaults
            warning[always_overwritten] rules[0].then.settle_on (line 13, column 10): `settle_on` of rule `by-hand` is always overwritten by later rules; help: rule `read-by-mail` matches whenever it does
            warning[never_settles] rules[0].then.settle_on (line 13, column 10): rule `by-hand` settles on `read`, which no channel that may be used can report
        "#]],
    );
    // The waits of each kind count toward the deadline.
    check(
        r#"
[defaults]
order = ["push", "email", "sms"]
give_up_after = "1m"
expires_after = "10m"
by_kind = { email = { give_up_after = "9m" } }
"#,
        expect![[r#"
            warning[late_fallback] defaults.give_up_after (line 4, column 1): the defaults names 3 steps, and a message expires after 10m; help: the last step would begin 600 s after the first
        "#]],
    );
}

#[test]
fn channels_are_looked_at_too() {
    let mut channels = channels();
    channels.push(channels[0].clone().with_open_hours([], waypost::time::ZoneName::UTC));
    for number in 0..64 {
        let kind: ChannelKind = format!("kind-{number}").parse().expect("a kind");
        channels.push(ChannelDescriptor::new(kind.as_str().parse().expect("a name"), kind));
    }
    expect![[r#"
        error[too_many_kinds] channels: 67 kinds are registered, at most 64 can be
        error[duplicate_channel] channels[3]: two channels are named `app`
        error[never_opens] channels[3].open: channel `app` has hours, but no window in which it is open; help: leave `open` out for a channel that is always there
    "#]].assert_eq(&shown(&Policy::default(), &channels));
}

#[test]
fn a_policy_made_in_code_has_paths_without_lines() {
    let deep = (0..17).fold(When::always(), |inside, _| {
        let mut when = When::always();
        when.not = Some(Box::new(inside));
        when
    });
    let mut then = Settings::default();
    then.group = Some(Group::AllOf(vec![]));
    let mut policy = Policy::default();
    policy.defaults.order = Some(vec!["pigeon".parse().expect("a kind")]);
    policy.rules = vec![Rule::new("deep".parse().expect("a name"), deep, then)];
    expect![[r#"
        error[unknown_kind] defaults.order[0]: unknown kind `pigeon` in the defaults
        error[empty_group] rules[0].then.group.all_of: a group has no members in rule `deep`
        error[nested_too_deep] rules[0].when: conditions are nested deeper than 16 in rule `deep`
    "#]]
    .assert_eq(&shown(&policy, &channels()));
}

#[test]
fn inhibitions_that_cannot_be_meant() {
    check(
        r#"
topics = { outage = {}, bill = {} }
[[inhibit]]
name = "one"
source = { topic = "outage", urgency = "high" }
target = { topic = "bil" }
equal = ["topic", "value:area", "topic"]
[[inhibit]]
name = "one"
source.all = [{ topic = "outage" }, { topic = "bill" }]
target.topic = []
[[inhibit]]
name = "by-urgency"
source.topic = "outage"
target = { any = [{ urgency = "low" }] }
[[inhibit]]
name = "of-safety"
source.topic = "outage"
target.purpose = ["safety", "authentication"]
[[inhibit]]
name = "itself"
source.topic = ["outage", "bill"]
target.topic = ["bill", "outage"]
"#,
        expect![[r#"
            error[unknown_topic] inhibit[0].target.topic[0] (line 6, column 12): unknown topic `bil` in inhibition `one`; help: did you mean `bill`?
            error[duplicate_common] inhibit[0].equal[2] (line 7, column 33): `topic` stands twice in one list in inhibition `one`
            error[duplicate_rule] inhibit[1].name (line 9, column 1): `one` is the name of inhibit[0] too
            error[empty_condition] inhibit[1].target.topic (line 11, column 8): `topic` asks for nothing in inhibition `one`; help: leave it out where anything will do
            error[urgency_restricts] inhibit[2].target (line 15, column 1): inhibition `by-urgency` holds back by urgency: raising it could take a message away
            warning[never_matches] inhibit[3].target (line 19, column 1): no message that may be muted meets the target of inhibition `of-safety`
            warning[idle_inhibition] inhibit[4] (line 20, column 1): inhibition `itself` mutes nothing: its sources are its targets
        "#]],
    );
}

#[test]
fn digests_that_cannot_be_meant() {
    check(
        r#"
[[digest]]
name = "none"
when.topic = "a"
[[digest]]
name = "both"
when.topic = "a"
window = "30m"
sliding = "10m"
at_most = "1h"
[[digest]]
name = "endless"
when.topic = "a"
sliding = "10m"
[[digest]]
name = "short"
when.topic = "a"
sliding = "10m"
at_most = "5m"
[[digest]]
name = "no-time"
when.topic = "a"
window = "0s"
[[digest]]
name = "no-time-either"
when.topic = "a"
sliding = "0s"
at_most = "1h"
[[digest]]
name = "only-an-end"
when.topic = "a"
at_most = "1h"
[[digest]]
name = "of-one"
when = { urgency = "low" }
by = ["tags", "tags"]
window = "30m"
size = 1
flush_at = "hihg"
[[digest]]
name = "of-one"
when = { purpose = "safety" }
window = "30m"
"#,
        expect![[r#"
            error[digest_window] digest[0].name (line 3, column 1): digest `none` has no window; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[1].window (line 8, column 1): digest `both` has a fixed window and a sliding one; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[2].sliding (line 14, column 1): digest `endless` slides without an end; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[3].at_most (line 19, column 1): digest `short` slides by 10m and lasts at most 5m; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[4].window (line 23, column 1): digest `no-time` has a window of no length; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[5].sliding (line 27, column 1): digest `no-time-either` has a window of no length; help: say `window`, or `sliding` with `at_most`
            error[digest_window] digest[6].at_most (line 32, column 1): digest `only-an-end` has an end and no window; help: say `window`, or `sliding` with `at_most`
            error[urgency_restricts] digest[7].when (line 35, column 1): digest `of-one` holds back by urgency: raising it could take a message away
            error[duplicate_common] digest[7].by[1] (line 36, column 15): `tags` stands twice in one list in digest `of-one`
            error[digest_size] digest[7].size (line 38, column 1): digest `of-one` is full with 1, which collects nothing
            error[unknown_urgency] digest[7].flush_at (line 39, column 1): unknown urgency `hihg` in digest `of-one`; help: did you mean `high`?
            error[duplicate_rule] digest[8].name (line 41, column 1): `of-one` is the name of digest[7] too
            warning[never_matches] digest[8].when (line 42, column 1): no message that may be collected meets the condition of digest `of-one`
        "#]],
    );
}

#[test]
fn what_inhibitions_and_digests_do_not_know() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = Policy::from_toml(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    }
    check("[[inhibit]]\nname = \"a\"\nsource = {}\ntarget = {}\nwithin = \"1h\"", "unknown field `within`");
    check("[[inhibit]]\nname = \"a\"\nsource = {}", "missing field `target`");
    check(
        "[[inhibit]]\nname = \"a\"\nsource = {}\ntarget = {}\nequal = [\"order\"]",
        "expected `topic`, `purpose`, `brand`",
    );
    check(
        "[[inhibit]]\nname = \"a\"\nsource = {}\ntarget = {}\nequal = [\"value:\"]",
        "after `value:`, a code name must not be empty",
    );
    check("[[digest]]\nname = \"a\"\nwhen = {}\nwindows = \"1h\"", "unknown field `windows`");
}

#[test]
fn findings_say_where_in_json() {
    let text = "{\n  \"rules\": [\n    {\"name\": \"a\", \"then\": {\"deny\": [\"push\",\n      \"smss\"]}}\n  ]\n}";
    let policy = Policy::from_json(text).expect("a policy");
    assert_eq!(policy, Policy::from_json(&text.replace('\n', " ")).expect("a policy"), "where is no part of what");
    expect![[r#"
        error[unknown_kind] rules[0].then.deny[1] (line 4, column 7): unknown kind `smss` in rule `a`; help: did you mean `sms`?
    "#]].assert_eq(&shown(&policy, &channels()));
}

#[test]
fn more_rules_than_can_be_numbered() {
    let mut policy = Policy::default();
    let rule =
        |number: u32| Rule::new(format!("r{number}").parse().expect("a name"), When::always(), Settings::default());
    policy.rules = (0..65_535).map(rule).collect();
    expect![[r#"
        error[too_many_rules] rules: 65535 rules, at most 65534 can be
    "#]]
    .assert_eq(&shown(&policy, &channels()));
}

#[test]
fn a_thousand_rules_are_searched_to_the_end() {
    let mut text = String::new();
    for number in 0..1000 {
        text += &format!(
            "[[rules]]\nname = \"r{number}\"\nwhen = {{ topic = \"t{}\", any = [{{ segment = \"s{}\" }}, {{ country = \"ES\" }}] }}\n\
             then = {{ order = [\"sms\"], only = [\"sms\", \"email\"], patience = \"1m\" }}\n",
            number / 2,
            number % 50,
        );
    }
    // The last two are about one topic, and the last one does not ask for more.
    text += "[[rules]]\nname = \"last\"\nwhen.topic = \"t499\"\nthen.order = [\"email\"]\n";
    let policy = Policy::from_toml(&text).expect("a policy");
    expect![[r#"
        warning[always_overwritten] rules[998].then.order (line 3996, column 10): `order` of rule `r998` is always overwritten by later rules; help: rule `last` matches whenever it does
        warning[always_overwritten] rules[999].then.order (line 4000, column 10): `order` of rule `r999` is always overwritten by later rules; help: rule `last` matches whenever it does
    "#]].assert_eq(&shown(&policy, &channels()));
}

#[test]
fn every_code_is_in_the_table() {
    let table = include_str!("../../src/policy/finding.rs");
    for code in FindingCode::ALL {
        let row =
            table.lines().find(|line| line.trim_start().starts_with("/// |") && line.contains(&format!("`{code}`")));
        let row = row.unwrap_or_else(|| panic!("`{code}` has no row"));
        let severity = if code.severity() == Severity::Error { "| error |" } else { "| warning |" };
        assert!(row.contains(severity), "{row}");
    }
}

#[test]
fn prices_that_nothing_has() {
    let channels = waypost::ChannelList::from_toml(
        r#"
[[channels]]
id = "wa"
kind = "whatsapp"
price = { micros = 30_000, currency = "EUE" }
prices = [
    { country = "IN", purpose = "marketing", price = { micros = 9_900, currency = "EUE" } },
    { country = "IN", price = { micros = 8_000, currency = "EUE" } },
    { country = "IN", form = "text", since = "2026-01-01", price = { micros = 7_000, currency = "EUE" } },
    { form = "text", since = "2026-10-01", until = "2026-10-01", price = { micros = 0, currency = "EUE" } },
    { form = "text", since = "2026-01-01", until = "2026-06-01", price = { micros = 1, currency = "EUE" } },
    { form = "text", since = "2026-02-01", until = "2026-07-01", price = { micros = 2, currency = "EUE" } },
    { form = "text", since = "2026-02-01", until = "2026-06-01", price = { micros = 3, currency = "EUE" } },
    { purpose = "marketting", price = { micros = 4, currency = "EUE" } },
]
"#,
    )
    .expect("channels")
    .channels;
    let policy = Policy::from_toml("").expect("a policy");
    expect![[r#"
        error[unknown_purpose] channels[0].prices[7].purpose: unknown purpose `marketting` in channel `wa`; help: did you mean `marketing`?
        warning[unknown_currency] channels[0]: channel `wa` is priced in `EUE`, which is no currency that is known
        warning[idle_price] channels[0].prices[2]: `prices[1]` of channel `wa` matches all that this one does and comes first; help: of the rows that match the first counts: the narrower ones come before the wider
        warning[idle_price] channels[0].prices[3]: a price of channel `wa` ends before it begins, so nothing has it; help: of the rows that match the first counts: the narrower ones come before the wider
        warning[idle_price] channels[0].prices[6]: `prices[4]` of channel `wa` matches all that this one does and comes first; help: of the rows that match the first counts: the narrower ones come before the wider
    "#]].assert_eq(&shown(&policy, &channels));
}
