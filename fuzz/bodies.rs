//! What every fuzz target does with its bytes; the tests run the same over the corpus.

use std::{fmt::Debug, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use waypost::{
    Absorbed, AttributeId, Capability, ChannelDescriptor, ChannelId, ChannelKind, ChannelList, ChannelState, Choice,
    Code, Confirmation, ConsentAction, ConsentEvent, ConsentScope, Conversation, CustomerProfile, Endpoint,
    EndpointHealth, EndpointId, Engagement, Event, Execution, Facts, Form, Happened, JurisdictionEvidence,
    Jurisdictions, Message, Money, Outcome, Output, Override, ParseError, Plan, Policy, Preference, Preferences,
    Purpose, QuietHours, Receipt, RouterConfig, Segment, Sent, SetBy, Suppression, SuppressionClass, TopicId, Unit,
    Urgency, Variant, ZoneBasis, ZoneEvidence, policy,
    time::{Gcra, Period, Span, Window, ZoneName},
};

/// Policies and lists of channels, in both languages.
pub(crate) fn policy_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let request = Request::usual();
    for policy in [Policy::from_toml(text), Policy::from_json(text)].into_iter().filter_map(|read| sound(text, read)) {
        reads_again(&policy);
        let toml = toml::to_string(&policy).expect("a policy writes as TOML");
        assert_eq!(Policy::from_toml(&toml).as_ref(), Ok(&policy), "{toml}");
        // What the lint calls an error is not built; whatever is built also plans.
        if let Ok(config) = RouterConfig::builder().descriptors(usual_channels()).policy(policy).build() {
            request.plan_by(&config);
        }
    }
    let lists = [ChannelList::from_toml(text), ChannelList::from_json(text)];
    for list in lists.into_iter().filter_map(|read| sound(text, read)) {
        reads_again(&list);
        if let Ok(config) = RouterConfig::builder().descriptors(list.channels).build() {
            request.plan_by(&config);
        }
    }
}

/// Law data, in both languages.
pub(crate) fn law_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let usual = Request::usual();
    for law in [Jurisdictions::from_toml(text), Jurisdictions::from_json(text)] {
        let Some(law) = sound(text, law) else { continue };
        reads_again(&law);
        let toml = toml::to_string(&law).expect("law data writes as TOML");
        assert_eq!(Jurisdictions::from_toml(&toml).as_ref(), Ok(&law), "{toml}");
        for today in ["2026-11-21", "2400-01-01"] {
            let _ = law.lint(today.parse().expect("a day"));
        }
        let Some(place) = law.rows().first().map(|row| row.jurisdiction) else { continue };
        let profile = usual.profile.to_builder().jurisdictions(JurisdictionEvidence::declared(place)).build();
        let request = Request { profile: profile.expect("a profile"), ..usual.clone() };
        // A zone that nobody knows is not built.
        let builder = RouterConfig::builder().descriptors(usual_channels()).policy(usual_policy());
        if let Ok(config) = builder.law(law).build() {
            request.plan_by(&config);
        }
    }
}

/// Requests, their parts, and plans that somebody kept.
pub(crate) fn request_json(bytes: &[u8]) {
    let config = RouterConfig::builder().descriptors(usual_channels()).policy(usual_policy()).build();
    let config = config.expect("the usual channels and policy build");
    let usual = Request::usual();
    if let Ok(request) = serde_json::from_slice::<Request>(bytes) {
        reads_again(&request);
        request.plan_by(&config);
    }
    if let Ok(profile) = serde_json::from_slice::<CustomerProfile>(bytes) {
        reads_again(&profile);
        Request { profile, ..usual.clone() }.plan_by(&config);
    }
    if let Ok(message) = serde_json::from_slice::<Message>(bytes) {
        reads_again(&message);
        Request { message, ..usual.clone() }.plan_by(&config);
    }
    if let Ok(facts) = serde_json::from_slice::<Facts>(bytes) {
        reads_again(&facts);
        Request { facts, ..usual }.plan_by(&config);
    }
    if let Ok(plan) = serde_json::from_slice::<Plan>(bytes) {
        reads_again(&plan);
        speaks(&plan);
    }
}

/// Texts that people write back, and the events that come of them.
pub(crate) fn keyword_text(bytes: &[u8]) {
    use waypost::consent::keyword::{Classified, Inbound, Keyword, classify};

    let text = String::from_utf8_lossy(bytes);
    let classified = classify(&text);
    assert_eq!(classify(&format!(" {text}\n")), classified, "white space around a text says nothing");
    assert_eq!(classify(&text.to_ascii_uppercase()), classified, "nor do capitals");
    let at = "2026-11-21T10:00:00Z".parse().expect("an instant");
    let from = Inbound::new(ChannelKind::SMS, at);
    if classified == Classified::Certain(Keyword::Start) {
        assert!(classified.events(&from).is_empty(), "a START opens only where it came from");
    }
    let events = classified.events(&from.at_endpoint(EndpointId::literal("mobile")));
    let expected = match classified {
        Classified::Certain(Keyword::Start) => Some(ConsentAction::Grant),
        Classified::Certain(Keyword::Stop) | Classified::Likely(Keyword::Stop) => Some(ConsentAction::Withdraw),
        _ => None,
    };
    assert_eq!(events.is_empty(), expected.is_none(), "{text:?}");
    for event in &events {
        assert_eq!((Some(event.action), event.scope.purpose), (expected, Some(Purpose::Marketing)));
        reads_again(event);
    }
    // A word that stands by itself is heard, whatever stands around it.
    let heard = classify(&format!("{text} stop {text}")).keyword();
    assert_eq!(heard, Some(Keyword::Stop), "{text:?}");
}

/// Texts that go out by SMS: the first bytes choose tables, options and what is protected, the rest is the text.
pub(crate) fn sms_text(bytes: &[u8]) {
    use waypost::content::sms::{
        Alphabet, Encoding, Language, Options, Reference, Segmentation, Transliterate, prepare,
    };

    let mut choices = Bytes(bytes);
    let language = |number: u8| Language::from_identifier(number % 16);
    let alphabet = Alphabet { locking: language(choices.byte()), single: language(choices.byte()) };
    let tables: Vec<_> = [choices.byte(), choices.byte()].into_iter().filter_map(language).collect();
    let mut options = Options::default();
    options.transliterate = choices.one(Transliterate::ALL);
    options.reference = choices.one(Reference::ALL);
    options.keep_clusters = choices.flip();
    let (start, len) = (usize::from(choices.byte()), usize::from(choices.byte() % 32));
    let text = String::from_utf8_lossy(choices.0).into_owned();
    // A range may be any two numbers.
    let protected = [start..start + len, len..start];

    let cheapest = Segmentation::cheapest(&text, &tables, options.cut());
    for cut in [Segmentation::with(&text, alphabet, options.cut()), cheapest] {
        let parts: Vec<_> = cut.iter().collect();
        assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
        assert_eq!(parts.len(), cut.segments());
        let mut units = 0;
        for part in &parts {
            // A part is of whole characters, so that neither an escape nor a pair is cut.
            assert_eq!(cut.encoding().units_of(part.text), Some(part.units));
            assert!(part.units <= cut.capacity() && (text.is_empty() || !part.text.is_empty()));
            let header = part.header.map_or(0, |header| header.octets().len());
            let octets = if cut.encoding() == Encoding::Ucs2 { part.units * 2 } else { (part.units * 7).div_ceil(8) };
            assert!(header + octets <= 140, "{cut:?}");
            assert_eq!(part.header.is_some(), cut.is_sendable());
            units += part.units;
        }
        assert_eq!(units, cut.units());
    }

    let ready = prepare(&text, &protected, &tables, &options);
    assert!(ready.segmentation().segments() <= cheapest.segments(), "{ready:?}");
    let again = prepare(ready.text(), ready.protected(), &tables, &options);
    assert!(again.is_unchanged() && again.segmentation() == ready.segmentation(), "{again:?} after {ready:?}");
    let count = |text: &str| text.matches('\u{2026}').count();
    assert!(count(ready.text()) <= count(&text));
    let (from, to) = (start.min(text.len()), (start + len).min(text.len()));
    if let (Some(stood), Some(stands)) = (text.get(from..to), ready.text().get(ready.protected()[0].clone())) {
        assert_eq!(stood, stands);
    }
}

/// A whole world, drawn from the bytes.
pub(crate) fn plan_world(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let channels = bytes.channels();
    let policy = bytes.policy();
    let config = RouterConfig::builder().descriptors(channels).policy(policy).build();
    let request = Request { profile: bytes.profile(), message: bytes.message(), facts: bytes.facts() };
    reads_again(&request);
    // Two channels of one name, say, are for the lint to refuse.
    let Ok(config) = config else { return };
    request.plan_by(&config);
}

/// A plan, and what happens while it is carried out: all of it drawn from the bytes.
pub(crate) fn execution_ops(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let plan = bytes.plan();
    reads_again(&plan);
    let start = plan.made_at();
    let mut driven = Driven::of(Execution::new(plan, start), start);
    driven.drain(&mut bytes);
    while !bytes.0.is_empty() {
        driven.perform(&mut bytes);
        driven.drain(&mut bytes);
        reads_again(&driven.execution);
    }
    driven.run_out();
}

/// Snapshots that somebody kept, and what is told of one: read, written, and driven for a while.
pub(crate) fn execution_json(bytes: &[u8]) {
    if let Ok(execution) = serde_json::from_slice::<Execution>(bytes) {
        reads_again(&execution);
        let mut driven = Driven::of(execution.clone(), execution.plan().made_at());
        // A snapshot may say anything of the past; what is asked of it is that it comes to a wait.
        driven.is_strange = true;
        let mut ends = Bytes(bytes.split_at(bytes.len().saturating_sub(64)).1);
        driven.execution.handle_timeout(driven.now);
        driven.drain(&mut ends);
        while !ends.0.is_empty() {
            driven.perform(&mut ends);
            driven.drain(&mut ends);
        }
        reads_again(&driven.execution);
        told(&driven.execution.outcome());
    }
    if let Ok(outcome) = serde_json::from_slice::<Outcome>(bytes) {
        reads_again(&outcome);
        told(&outcome);
    }
    if let Ok(receipt) = serde_json::from_slice::<Receipt>(bytes) {
        reads_again(&receipt);
        let plan = Bytes(&[]).plan();
        let mut execution = Execution::new(plan, receipt.at);
        let _ = execution.poll();
        execution.handle_receipt(&receipt, receipt.at);
        assert_eq!(execution.handle_receipt(&receipt, receipt.at), Absorbed::Repeated);
        reads_again(&execution);
    }
}

/// What an outcome teaches is taken up, and taken up again.
fn told(outcome: &Outcome) {
    let feedback = waypost::feedback::fold(outcome);
    reads_again(&feedback);
    assert_eq!(feedback, waypost::feedback::fold(outcome));
    let profile = Request::usual().profile;
    if let Ok(once) = feedback.apply(&profile) {
        let again = feedback.apply(&once).expect("what was taken up once may be again");
        assert_eq!((again.suppressions(), again.consents()), (once.suppressions(), once.consents()));
    }
}

/// An execution with the laws that it is held to.
struct Driven {
    execution: Execution,
    now: DateTime<Utc>,
    settled: bool,
    known: Vec<waypost::DispatchKey>,
    is_strange: bool,
}

impl Driven {
    fn of(execution: Execution, now: DateTime<Utc>) -> Self {
        let settled = execution.is_settled();
        let known = execution.outcome().tried.into_iter().map(|tried| tried.key).collect();
        Self { execution, now, settled, known, is_strange: false }
    }

    fn pass(&mut self, by: TimeDelta) {
        self.now = self.now.checked_add_signed(by).unwrap_or(self.now);
    }

    fn perform(&mut self, bytes: &mut Bytes) {
        let by = bytes.one(&[0, 0, 1, 20, 300, 4_000, 90_000, -700]);
        self.pass(TimeDelta::seconds(by));
        let now = self.now;
        match bytes.below(8) {
            0 => {
                self.now = self.execution.wakes_at().map_or(now, |wakes| wakes.max(now));
                self.execution.handle_timeout(self.now);
            }
            1 => {
                let name = bytes.one(&["paid", "cancelled", "superseded", "other"]);
                let message = self.execution.plan().message().clone();
                self.execution.handle_event(&Event::new(Code::literal(name), now).about(message), now);
            }
            2 => {
                let written = serde_json::to_string(&self.execution).expect("it writes");
                self.execution = serde_json::from_str(&written).expect("a snapshot reads");
                self.execution.handle_timeout(now);
                let in_flight: Vec<_> = self.execution.in_flight().map(|handed| handed.key).collect();
                for key in in_flight {
                    self.execution.handle_receipt(&Receipt::new(key, now, Happened::Unknown), now);
                }
            }
            3 => {
                // Of a send that it may not know.
                let message = self.execution.plan().message();
                let places = [bytes.below(3), 1 + bytes.below(4), 1 + bytes.below(2), 1 + bytes.below(3)];
                let [chain, step, number, attempt] = places;
                let key = format!("{message}/{chain}.{step}.{number}/{attempt}").parse().expect("a key");
                self.take_in(&Receipt::new(key, now, bytes.happened()));
            }
            _ if self.known.is_empty() => self.execution.handle_timeout(now),
            _ => {
                let key = self.known[usize::from(bytes.byte()) % self.known.len()].clone();
                let earlier = now.checked_sub_signed(TimeDelta::seconds(bytes.byte().into())).unwrap_or(now);
                self.take_in(&Receipt::new(key, earlier, bytes.happened()));
            }
        }
    }

    fn take_in(&mut self, receipt: &Receipt) {
        self.execution.handle_receipt(receipt, self.now);
        if receipt.what != Happened::Unknown {
            let before = self.execution.outcome();
            let again = self.execution.handle_receipt(receipt, self.now);
            assert!(again == Absorbed::Repeated || before.strays.len() >= 1_024, "{receipt:?} is {again}");
            assert_eq!(self.execution.outcome(), before, "a receipt that comes twice says it once");
        }
    }

    fn drain(&mut self, bytes: &mut Bytes) {
        let now = self.now;
        let most = 16 + 8 * self.execution.plan().dispatches().count();
        for _ in 0..most {
            match self.execution.poll() {
                Output::Dispatch(handed) => {
                    let expires = self.execution.plan().expires();
                    assert!(!self.settled, "nothing goes out after the end");
                    assert!(expires.is_none_or(|expires| now < expires), "nor after the end of its time");
                    assert!(self.is_strange || handed.dispatch.earliest() <= now, "nor before it is permitted");
                    self.known.retain(|key| *key != handed.key);
                    let reason = |bytes: &mut Bytes| match bytes.below(3) {
                        0 => waypost::Reason::ChannelDown { until: None },
                        1 => waypost::Reason::ChannelClosed { until: now },
                        _ => waypost::Reason::HardBounced,
                    };
                    let answer = match bytes.below(12) {
                        1 => Confirmation::Wait { until: bytes.instant(), reason: reason(bytes) },
                        2 => Confirmation::Skip { reason: reason(bytes) },
                        3 => Confirmation::Stop { reason: waypost::Reason::Unverified },
                        4 => Confirmation::Stop {
                            reason: waypost::Reason::Superseded { event: Event::CANCELLED, at: now },
                        },
                        _ => Confirmation::Go,
                    };
                    if answer.is_go() {
                        self.known.push(handed.key.clone());
                    }
                    self.execution.handle_confirmation(&handed.key, answer, now);
                }
                Output::Settle(outcome) => {
                    assert!(!self.settled, "it settles once");
                    assert_eq!(outcome.settled_at, Some(now));
                    self.settled = true;
                }
                Output::Wait { until, .. } => {
                    let is_late = now >= DateTime::<Utc>::MAX_UTC - TimeDelta::days(1);
                    assert!(until.is_none_or(|until| now < until) || is_late, "{until:?} is not later than {now}");
                    assert_eq!(until, self.execution.wakes_at());
                    return;
                }
                _ => {}
            }
        }
        panic!("polling does not come to a wait: {}", self.execution.to_json());
    }

    /// Where nothing is heard any more it settles, unless a policy waits for as long as it takes.
    fn run_out(mut self) {
        let forever =
            |step: &waypost::Step| step.on_failure().on(policy::FailureClass::Silent) == policy::OnFailure::Wait;
        let plan = self.execution.plan();
        let forever = plan.steps().iter().chain(plan.always().iter().flatten()).any(forever);
        for _ in 0..200 {
            let Some(wakes) = self.execution.wakes_at() else { break };
            self.now = wakes;
            self.execution.handle_timeout(self.now);
            self.drain(&mut Bytes(&[]));
        }
        let end = DateTime::<Utc>::MAX_UTC - TimeDelta::days(9);
        assert!(
            self.settled || forever || self.now > end,
            "{} does not settle: {}",
            self.now,
            self.execution.to_json()
        );
        told(&self.execution.outcome());
    }
}

/// An error of the reader points into the text.
fn sound<T>(text: &str, read: Result<T, ParseError>) -> Option<T> {
    read.inspect_err(|error| {
        let lines = text.split('\n').count();
        assert!((1..=lines + 1).contains(&error.line()) && error.column() >= 1, "{error} in {lines} lines");
        assert!(!error.message().is_empty());
    })
    .ok()
}

#[track_caller]
fn reads_again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let written = serde_json::to_string(value).expect("it writes");
    let again = serde_json::from_str::<T>(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(&again, value, "{written}");
    assert_eq!(serde_json::to_string(&again).expect("it writes"), written);
}

/// Everything that a plan can say of itself.
fn speaks(plan: &Plan) {
    assert!(!plan.explain().is_empty());
    let _ = plan.trace().to_string();
    for candidate in plan.trace().candidates() {
        assert!(plan.trace().why(candidate.channel).is_some());
        assert!(plan.trace().flip(candidate.channel).is_some_and(|flip| !flip.to_string().is_empty()));
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    profile: CustomerProfile,
    message: Message,
    facts: Facts,
}

impl Request {
    fn usual() -> Self {
        let profile = CustomerProfile::builder("c-1".parse().expect("a name"))
            .endpoint(endpoint("mobile", ChannelKind::SMS))
            .endpoint(endpoint("home", ChannelKind::EMAIL))
            .endpoint(endpoint("app", ChannelKind::PUSH))
            .zone(ZoneEvidence::declared(ZoneName::literal("Europe/Madrid")))
            .consent(ConsentEvent::new(ConsentAction::Grant, ConsentScope::everything(), DateTime::UNIX_EPOCH))
            .segment(Segment::literal("student"))
            .build();
        let message = Message::builder("m-1".parse().expect("a name"), TopicId::literal("coupon"), Purpose::Marketing)
            .variant(Variant::text("Teapots at a discount"))
            .build();
        let now = "2026-11-21T10:00:00Z".parse().expect("an instant");
        let sent = Sent::new(
            now - TimeDelta::hours(3),
            ChannelId::literal("mail"),
            ChannelKind::EMAIL,
            Purpose::Marketing,
            TopicId::literal("coupon"),
        );
        Self {
            profile: profile.expect("a profile"),
            message: message.expect("a message"),
            facts: Facts::at(now).with_sent(sent),
        }
    }

    /// Plans and explains, and holds the plan against the laws that need no second router to judge them.
    fn plan_by(&self, config: &Arc<RouterConfig>) {
        let Self { profile, message, facts } = self;
        let plan = waypost::plan(config, profile, message, facts);
        assert_eq!(plan, waypost::plan(config, profile, message, facts), "the same inputs, the same plan");
        reads_again(&plan);
        speaks(&plan);

        for dispatch in plan.dispatches() {
            let endpoint = profile.endpoint(dispatch.endpoint).expect("a dispatch goes to an endpoint of the profile");
            assert_eq!(endpoint.kind(), dispatch.kind);
            assert!(dispatch.not_before >= facts.now, "nothing goes out in the past");
            assert!(plan.expires().is_none_or(|expires| dispatch.not_before < expires), "nor after the message's end");
            assert!(message.variant(&dispatch.content).is_some(), "a dispatch carries a variant of the message");
            let blanket = |record: &Suppression| {
                record.endpoint.is_none_or(|id| id == dispatch.endpoint)
                    && record.kind.is_none_or(|kind| kind == dispatch.kind)
                    && record.purpose.is_none_or(|purpose| purpose == message.purpose())
                    && record.until.is_none()
            };
            assert!(!profile.suppressions().iter().any(blanket), "nothing goes out against a suppression");
            let mine =
                |one: &&waypost::Candidate| (one.channel, one.endpoint) == (dispatch.channel, Some(dispatch.endpoint));
            let candidate = plan.trace().candidates().iter().find(mine).expect("a dispatch has a candidate");
            let answer = waypost::confirm(config, profile, dispatch, message, facts);
            assert_eq!(answer, candidate.verdict.into(), "a preview equals what is then sent");
        }

        let seats = config.channels().map(|channel| {
            profile.endpoints().iter().filter(|endpoint| endpoint.kind() == channel.kind).count().max(1)
        });
        let explained = waypost::explain(config, profile, message, facts);
        assert_eq!(plan.trace().candidates().len(), seats.sum::<usize>(), "every channel, once per endpoint");
        for (candidate, detailed) in plan.trace().candidates().iter().zip(explained.trace().candidates()) {
            assert_eq!((candidate.verdict, candidate.place), (detailed.verdict, detailed.place));
            let first = detailed.refusals().and_then(|refusals| refusals.first());
            match candidate.verdict {
                waypost::Verdict::Refused { reason } => {
                    assert_eq!(first.map(|refusal| refusal.reason), Some(reason), "the first gate that refuses");
                }
                _ => assert_eq!(first, None, "no gate refuses what is used"),
            }
        }
        reads_again(&explained);
        speaks(&explained);
    }
}

fn endpoint(id: &'static str, kind: ChannelKind) -> Endpoint {
    let address = if kind == ChannelKind::EMAIL { "ana@example.com" } else { "+34600111222" };
    Endpoint::new(EndpointId::literal(id), kind, address).expect("an endpoint")
}

fn usual_channels() -> Vec<ChannelDescriptor> {
    let channel = |id, kind| ChannelDescriptor::new(ChannelId::literal(id), kind).can(Capability::Text);
    let eur = "EUR".parse().expect("a currency");
    vec![
        channel("app", ChannelKind::PUSH).with_limit(40, Unit::CodePoints),
        channel("mail", ChannelKind::EMAIL).can(Capability::LongForm).with_latency(Span::minutes(2)),
        channel("sms-main", ChannelKind::SMS).with_price(Money::new(45_000, eur)),
        channel("sms-backup", ChannelKind::SMS).with_price(Money::new(50_000, eur)),
        channel("wa", ChannelKind::WHATSAPP).can(Capability::Session).can(Capability::Template),
    ]
}

fn usual_policy() -> Policy {
    Policy::from_toml(
        r#"
        zone = "UTC"
        [defaults]
        order = ["push", "email", "sms"]
        [purposes.marketing.then]
        hours = ["mon-sat 09:00-21:00"]
        caps = [{ name = "promo", limit = 2, per = "1w" }]
        [[rules]]
        name = "students"
        when = { segment = "student", not = { attribute = { age = { lt = 18 } } } }
        then = { prefer = ["whatsapp"], give_up_after = "2h" }
        "#,
    )
    .expect("the usual policy reads")
}

const ACTIONS: &[ConsentAction] = ConsentAction::KNOWN;

/// Choices, one byte after the other; past the end every choice is the first.
struct Bytes<'a>(&'a [u8]);

const KINDS: &[ChannelKind] = &[
    ChannelKind::SMS,
    ChannelKind::EMAIL,
    ChannelKind::PUSH,
    ChannelKind::WHATSAPP,
    ChannelKind::LIVE_CHAT,
    ChannelKind::literal("pager"),
];
const TOPICS: &[TopicId] = &[TopicId::literal("coupon"), TopicId::literal("parcel"), TopicId::literal("fraud")];
const ZONES: &[ZoneName] = &[
    ZoneName::UTC,
    ZoneName::literal("Europe/Madrid"),
    ZoneName::literal("Pacific/Apia"),
    ZoneName::literal("Australia/Lord_Howe"),
    ZoneName::literal("+14:00"),
    ZoneName::literal("Mars/Phobos"),
];
const WINDOWS: &[&str] = &["22:00-07:00", "00:00-24:00", "mon-fri 08:00-20:00", "sun 02:00-02:30", "sat 23:59-00:01"];
const PURPOSES: &[Purpose] = &[
    Purpose::Marketing,
    Purpose::Service,
    Purpose::Transactional,
    Purpose::Safety,
    Purpose::Authentication,
    Purpose::Research,
    Purpose::Internal,
    Purpose::Unrecognized(Code::literal("fundraising")),
];
const EVENTS: &[Code] = &[Code::literal("paid"), Event::CANCELLED, Event::SUPERSEDED];
const TEXTS: &[&str] = &["x", "Teapots at a discount today, and only today", "Añó 👨‍👩‍👧 नमस्ते", "a\r\nb\n\nc", "\u{0}"];

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    fn flip(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    fn some<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        self.flip().then(|| self.one(of))
    }

    /// A plan of one to four steps, and perhaps a chain beside it.
    fn plan(&mut self) -> Plan {
        let start: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().expect("an instant");
        let expires = self.flip().then(|| start + TimeDelta::minutes(1 + i64::from(self.byte())));
        let mut count = 1 + self.below(4);
        let steps: Vec<_> = (0..count).map(|_| self.step(start, expires)).collect();
        count = self.below(3);
        let chain: Vec<_> = (0..count).map(|_| self.step(start, expires)).collect();
        let mut plan = serde_json::json!({
            "message": "m-1", "customer": "c-1", "topic": "parcel", "purpose": self.one(PURPOSES), "urgency": "normal",
            "made_at": start, "steps": steps, "seed": self.byte(), "cancel_on": ["paid"],
            "always": if chain.is_empty() { vec![] } else { vec![chain] },
            "trace": {"ranked_by": [], "candidates": []},
        });
        if let Some(expires) = expires {
            plan["expires"] = serde_json::json!(expires);
        }
        serde_json::from_value(plan).expect("a plan reads")
    }

    fn step(&mut self, start: DateTime<Utc>, expires: Option<DateTime<Utc>>) -> serde_json::Value {
        let dispatches: Vec<_> = (0..=self.below(8) / 6)
            .map(|_| {
                let kind = self.one(KINDS);
                let mut dispatch = serde_json::json!({
                    "channel": self.one(&["ch-1", "ch-2"]), "kind": kind, "endpoint": self.one(&["a", "b"]),
                    "not_before": start + TimeDelta::seconds(i64::from(self.byte()) * 20),
                    "content": {"variant": 0, "form": "text"}, "recallable": self.flip(),
                    "branch": {"alternative": self.below(2), "lane": self.below(8) / 6},
                });
                if self.flip() {
                    dispatch["opens"] = serde_json::json!(start);
                }
                if let Some(expires) = expires {
                    dispatch["expires"] = serde_json::json!(expires);
                }
                dispatch
            })
            .collect();
        let mut answers = serde_json::json!({});
        for class in policy::FailureClass::ALL {
            if self.below(6) == 5 {
                answers[class.to_string()] = serde_json::json!(self.one(policy::OnFailure::ALL));
            }
        }
        let mut step = serde_json::json!({
            "dispatches": dispatches, "on_failure": answers, "stand_in": self.below(4) == 3,
            "settle_on": self.one(&["delivered", "accepted", "read", "event:paid"]),
            "give_up_after": self.one(&["10m", "1m", "0s", "2d"]),
            "retry": {"attempts": self.below(5), "backoff": self.one(&["1m", "0s", "5s"]), "at_most": "10m"},
        });
        if self.flip() {
            step["accept_within"] = self.one(&["10s", "0s", "5m"]).into();
        }
        step
    }

    fn happened(&mut self) -> Happened {
        use waypost::{Coverage, ReceiptKind, RefusedBy};

        match self.below(8) {
            0..=2 => Happened::Reached(self.one(ReceiptKind::ALL)),
            3..=5 => Happened::Failed {
                class: self.one(policy::FailureClass::ALL),
                detail: None,
                retry_after: self.flip().then(|| self.span()),
            },
            6 => Happened::Refused { by: self.one(RefusedBy::ALL), covers: self.one(Coverage::ALL) },
            _ => Happened::Unknown,
        }
    }

    fn kinds(&mut self) -> Vec<ChannelKind> {
        (0..self.below(4)).map(|_| self.one(KINDS)).collect()
    }

    fn windows(&mut self) -> Vec<Window> {
        (0..self.below(3)).map(|_| self.one(WINDOWS).parse().expect("a window")).collect()
    }

    fn period(&mut self) -> Period {
        let span = self.span();
        let number = std::num::NonZeroU16::MIN.saturating_add(u16::from(self.below(40)));
        let spanned = match self.below(9) {
            8 => return Period::CalendarDay,
            7 => return Period::CalendarWeek { start: chrono::Weekday::Sun },
            6 => return Period::CalendarMonth,
            5 => return Period::RollingDays(number),
            4 => return Period::Lifetime,
            3 => Period::fixed(span),
            2 => Period::min_gap(span),
            1 => Gcra::new(span, number.into()).map(Period::Gcra),
            _ => Period::sliding(span),
        };
        spanned.unwrap_or(Period::Lifetime)
    }

    fn span(&mut self) -> Span {
        match self.byte() % 8 {
            0 => Span::ZERO,
            1 => Span::MAX,
            2 => Span::days(self.number()),
            3 => Span::days(self.byte().into()),
            4 => Span::from_secs(self.number()),
            _ => Span::minutes(self.byte().into()),
        }
    }

    /// Mostly within weeks of one another; sometimes at the ends of the calendar.
    fn instant(&mut self) -> DateTime<Utc> {
        let base: DateTime<Utc> = "2026-10-25T00:30:00Z".parse().expect("an instant");
        match self.byte() {
            0 => DateTime::<Utc>::MIN_UTC,
            1 => DateTime::<Utc>::MAX_UTC,
            2 => "9999-12-31T23:59:60Z".parse().expect("a leap second"),
            3 => DateTime::UNIX_EPOCH,
            _ => base + TimeDelta::minutes((self.number() % 40_000).into()) - TimeDelta::minutes(20_000),
        }
    }

    fn maybe_instant(&mut self) -> Option<DateTime<Utc>> {
        self.flip().then(|| self.instant())
    }

    fn channels(&mut self) -> Vec<ChannelDescriptor> {
        (0..=self.below(7))
            .map(|number| {
                let id = format!("ch-{number}").parse().expect("a name");
                let mut channel = ChannelDescriptor::new(id, self.one(KINDS)).can(Capability::Text);
                for capability in Capability::ALL {
                    if self.below(4) == 0 {
                        channel = channel.can(*capability);
                    }
                }
                if self.flip() {
                    channel = channel.with_limit(self.number() % 100, self.one(Unit::ALL));
                }
                if self.flip() {
                    let currency = self.one(&["EUR", "USD"]).parse().expect("a currency");
                    channel = channel.with_price(Money::new(self.number().into(), currency));
                }
                if self.below(4) == 0 {
                    channel = channel.with_open_hours(self.windows(), self.one(ZONES));
                }
                channel.latency = self.span();
                channel.session = self.span();
                channel
            })
            .collect()
    }

    fn policy(&mut self) -> Policy {
        let mut policy = Policy::default();
        policy.zone = self.some(ZONES);
        policy.conversation_window = self.flip().then(|| self.span());
        policy.defaults = self.settings();
        policy.resolution = self.one(waypost::Resolution::ALL);
        for _ in 0..self.below(3) {
            let mut said = policy::PurposePolicy::default();
            said.consent = self.some(policy::ConsentRule::ALL);
            said.consent_bases = (self.below(4) == 3).then(|| vec![self.one(waypost::ConsentBasis::KNOWN)]);
            said.double_opt_in = if self.below(4) == 3 { vec![self.one(KINDS)] } else { Vec::new() };
            said.registry_fresh = if self.below(8) == 7 { vec![self.one(KINDS)] } else { Vec::new() };
            said.obeys_quiet_hours = self.some(&[true, false]);
            said.obeys_caps = self.some(&[true, false]);
            said.when_closed = self.some(policy::WhenClosed::ALL);
            said.silent = self.kinds();
            said.max_delay = self.flip().then(|| self.span());
            said.then = self.settings();
            policy.purposes.insert(self.one(PURPOSES), said);
        }
        for number in 0..self.below(5) {
            let mut when = policy::When::default();
            when.topic = self.flip().then(|| vec![self.one(TOPICS)]);
            when.purpose = self.flip().then(|| vec![self.one(PURPOSES), self.one(PURPOSES)]);
            when.urgency = self.some(Urgency::KNOWN);
            when.any = self.flip().then(|| vec![policy::When::topic([self.one(TOPICS)])]);
            when.not = self.flip().then(|| Box::new(policy::When::purpose([self.one(PURPOSES)])));
            if self.flip() {
                let compare = policy::Compare::eq(i64::from(self.below(3)));
                when.attribute.insert(AttributeId::literal("age"), compare);
            }
            let name = format!("rule-{number}").parse().expect("a name");
            policy.rules.push(policy::Rule::new(name, when, self.settings()));
        }
        policy
    }

    fn settings(&mut self) -> policy::Settings {
        let mut settings = policy::Settings::default();
        settings.order = self.flip().then(|| self.kinds());
        settings.rank = self.flip().then(|| (0..self.below(12)).map(|_| self.one(policy::RankField::ALL)).collect());
        settings.prefer = self.flip().then(|| self.kinds());
        settings.only = (self.below(8) == 7).then(|| self.kinds());
        settings.deny = if self.below(4) == 3 { self.kinds() } else { Vec::new() };
        settings.group = self.flip().then(|| self.group(3));
        settings.always = (self.below(4) == 3).then(|| self.kinds());
        settings.settle_on = self.some(waypost::ReceiptKind::ALL).map(policy::SettleOn::from);
        if self.below(8) == 7 {
            settings.settle_on = Some(policy::SettleOn::Event(waypost::Code::literal("paid")));
        }
        settings.give_up_after = self.flip().then(|| self.span());
        if self.flip() {
            settings.on_failure.insert(self.one(policy::FailureClass::ALL), self.one(policy::OnFailure::ALL));
        }
        if self.flip() {
            settings.lifts.insert(self.one(policy::Lift::ALL), self.kinds());
        }
        for number in 0..self.below(3) {
            let name = format!("cap-{number}").parse().expect("a name");
            let per = self.period();
            let mut cap = policy::Cap::new(name, u32::from(self.below(4)), per);
            if self.below(4) == 3 {
                cap.zone = policy::CapZone::Named(self.one(ZONES));
            }
            cap.scope = (0..self.below(3)).map(|_| self.one(policy::CapScope::ALL)).collect();
            settings.caps.push(cap);
        }
        settings.hours = (self.below(4) == 3).then(|| self.windows());
        settings.expires_after = (self.below(4) == 3).then(|| self.span());
        settings.long_form_only = (self.below(4) == 3).then(|| self.kinds());
        settings.no_links = (self.below(4) == 3).then(|| self.kinds());
        settings.spread = (self.below(4) == 3).then(|| self.span());
        settings.patience = (self.below(4) == 3).then(|| self.span());
        settings.accept_within = (self.below(4) == 3).then(|| self.span());
        settings.retry = (self.below(4) == 3).then(|| self.retry());
        if self.below(4) == 3 {
            let mut said = policy::KindSettings::default();
            said.settle_on = self.some(waypost::ReceiptKind::ALL).map(policy::SettleOn::from);
            said.give_up_after = self.flip().then(|| self.span());
            said.accept_within = self.flip().then(|| self.span());
            said.retry = self.flip().then(|| self.retry());
            settings.by_kind.insert(self.one(KINDS), said);
        }
        settings
    }

    fn retry(&mut self) -> policy::Retry {
        policy::Retry::new(self.below(8), self.span(), self.span())
    }

    fn group(&mut self, depth: u8) -> policy::Group {
        match self.below(3) {
            1 if depth > 0 => policy::Group::OneOf((0..self.below(4)).map(|_| self.group(depth - 1)).collect()),
            2 if depth > 0 => policy::Group::AllOf((0..self.below(4)).map(|_| self.group(depth - 1)).collect()),
            _ => policy::Group::Kind(self.one(KINDS)),
        }
    }

    fn profile(&mut self) -> CustomerProfile {
        let mut profile = CustomerProfile::builder("c-1".parse().expect("a name"));
        let endpoints = ["a", "b", "c", "d", "e", "f"];
        for id in &endpoints[..usize::from(self.below(7))] {
            let mut endpoint = endpoint(id, self.one(KINDS));
            endpoint = endpoint.with_health(match self.below(8) {
                4 => EndpointHealth::Suspect,
                5 => EndpointHealth::Disabled,
                6 => EndpointHealth::HardBounced,
                7 => EndpointHealth::Unrecognized(Code::literal("asleep")),
                _ => EndpointHealth::Reachable,
            });
            if self.flip() {
                endpoint = endpoint.verified();
            }
            if self.below(4) == 3 {
                endpoint = endpoint.with_zone(self.one(ZONES));
            }
            profile = profile.endpoint(endpoint);
        }
        let ids = endpoints.map(EndpointId::literal);
        if self.flip() {
            let zones: Vec<_> = (0..=self.below(3)).map(|_| self.one(ZONES)).collect();
            profile = profile
                .zone_evidence(ZoneEvidence::new(zones, self.one(ZoneBasis::KNOWN)).expect("one to three zones"));
        }
        for _ in 0..self.below(4) {
            let scope = ConsentScope::purpose(self.one(PURPOSES));
            let scope = if self.flip() { scope.on_kind(self.one(KINDS)) } else { scope };
            let scope = if self.flip() { scope.on_endpoint(self.one(&ids)) } else { scope };
            let action = match self.below(16) {
                15 => ConsentAction::Unrecognized(Code::literal("pause")),
                choice => self::ACTIONS.get(usize::from(choice)).copied().unwrap_or(ConsentAction::Grant),
            };
            let mut event = ConsentEvent::new(action, scope, self.instant());
            if self.below(4) == 3 {
                event.basis = self.one(waypost::ConsentBasis::KNOWN);
                event.effective_from = self.maybe_instant();
            }
            profile = profile.consent(if self.flip() { event.until(self.instant()) } else { event });
        }
        for _ in 0..self.below(3) {
            let mut record = Suppression::of(self.one(SuppressionClass::KNOWN));
            record.endpoint = self.some(&ids);
            record.kind = self.some(KINDS);
            record.purpose = self.some(PURPOSES);
            record.since = self.maybe_instant();
            record.until = self.maybe_instant();
            profile = profile.suppression(record);
        }
        for _ in 0..self.below(3) {
            let (asked, until) = (self.instant(), self.instant());
            let check = waypost::RegistryCheck::new(self.one(KINDS), self.below(4) == 3, asked, until);
            profile = profile.registry(if self.flip() { check.about(self.one(&ids)) } else { check });
        }
        let mut preferences = Preferences::default().with_order(self.kinds());
        for _ in 0..self.below(4) {
            let mut choice = Preference::new(if self.flip() { Choice::Off } else { Choice::On });
            choice.topic = self.some(TOPICS);
            choice.kind = self.some(KINDS);
            choice.set_by = self.one(&[SetBy::Person, SetBy::Tenant, SetBy::Default]);
            choice.at = self.maybe_instant();
            choice.until = self.maybe_instant();
            choice.locked = self.flip();
            preferences = preferences.with(choice);
        }
        if self.flip() {
            preferences = preferences.with_topic_order(self.one(TOPICS), self.kinds());
        }
        profile = profile.preferences(preferences).quiet_hours(QuietHours::new(self.windows()));
        for _ in 0..self.below(3) {
            profile = profile.engagement(self.one(KINDS), Engagement::new(self.number(), self.number()));
            let name = format!("talk-{}", self.below(3)).parse().expect("a name");
            let mut conversation = Conversation::new(name, self.one(KINDS), self.instant());
            conversation.endpoint = self.some(&ids);
            profile = profile.conversation(conversation);
        }
        if self.flip() {
            profile = profile.attribute(AttributeId::literal("age"), i64::from(self.below(3)));
        }
        profile.build().expect("the endpoints have different names")
    }

    fn message(&mut self) -> Message {
        let mut message = Message::builder("m-1".parse().expect("a name"), self.one(TOPICS), self.one(PURPOSES))
            .urgency(self.one(Urgency::KNOWN));
        for _ in 0..=self.below(3) {
            let mut variant = match self.one(&[Form::Text, Form::LongForm, Form::Rich, Form::Template]) {
                Form::Template => Variant::template(Code::literal("t"), []),
                form => Variant::of(form, "x".to_owned() + self.one(TEXTS)),
            };
            variant.kinds = self.kinds();
            variant.locale = self.some(&["es", "es-MX", "en"]).map(|tag| tag.parse().expect("a tag"));
            variant.link = self.flip().then(|| "https://example.com".to_owned());
            message = message.variant(variant);
        }
        if let Some(at) = self.maybe_instant() {
            message = message.created(at);
        }
        let (begin, end) = (self.maybe_instant(), self.maybe_instant());
        if let Some(begin) = begin.filter(|begin| end.is_none_or(|end| *begin < end)) {
            message = message.not_before(begin);
        }
        if let Some(end) = end {
            message = message.expires(end);
        }
        if self.flip() {
            message = message.price_ceiling(Money::new(self.number().into(), "EUR".parse().expect("a currency")));
        }
        if self.below(4) == 3 {
            message = message.channels(Override { only: vec![self.one(KINDS)], order: vec![self.one(KINDS)] });
        }
        if self.below(4) == 3 {
            message = message.cancel_on([self.one(EVENTS), self.one(EVENTS)]);
        }
        message.build().expect("the message is sound")
    }

    fn facts(&mut self) -> Facts {
        let mut facts = Facts::at(self.instant());
        for _ in 0..self.below(5) {
            let channel = format!("ch-{}", self.below(7)).parse().expect("a name");
            let (kind, purpose, topic) = (self.one(KINDS), self.one(PURPOSES), self.one(TOPICS));
            facts = facts.with_sent(Sent::new(self.instant(), channel, kind, purpose, topic));
        }
        for number in 0..self.below(4) {
            let channel = format!("ch-{number}").parse().expect("a name");
            facts = facts.with_health(channel, self.one(ChannelState::KNOWN), self.maybe_instant());
        }
        if self.flip() {
            facts = facts.with_presence(self.one(KINDS));
        }
        facts.seed = u64::from(self.number());
        for _ in 0..self.below(3) {
            let event = Event::new(self.one(EVENTS), self.instant());
            let about = self.some(&["m-1", "m-2"]).map(|id| id.parse().expect("a name"));
            facts.events.push(about.into_iter().fold(event, Event::about));
        }
        facts
    }
}
