//! Messages to one customer from plan to outcome: providers have their habits, and the world goes on meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::Expect;
use waypost::{
    Breakers, ChannelKind, Closed, Code, Confirmation, ConsentEvent, CustomerProfile, DispatchKey, Event, Execution,
    Facts, Feedback, Happened, Message, Outcome, Output, Receipt, ReceiptKind, RefusedBy, Router,
    chrono::{DateTime, TimeDelta, Utc},
    consent::keyword::{self, Inbound},
    feedback,
    policy::FailureClass,
    time::Span,
};

use crate::check::World;

/// A provider's breaker opens at the first outage, so that a play need not fail five times.
const OPENS_AFTER: u32 = 1;

/// What a provider says of one send, and how long after it.
type Habit = Vec<(TimeDelta, Happened)>;

/// Something that happens by itself.
#[derive(Clone)]
enum News {
    /// Another message to the same customer.
    Message(World),
    /// Something in the sender's business.
    Event(Event),
    /// The customer writes a word, from an endpoint.
    Writes(ChannelKind, &'static str, &'static str),
}

/// A script: the first message, the providers' habits, and what happens meanwhile.
#[derive(Clone)]
pub(crate) struct Play {
    begin: DateTime<Utc>,
    habits: BTreeMap<String, Vec<Habit>>,
    news: Vec<(DateTime<Utc>, News)>,
    next: Option<(Span, World)>,
}

impl Play {
    #[track_caller]
    pub(crate) fn new(world: World) -> Self {
        let begin = world.facts().now;
        let news = vec![(begin, News::Message(world))];
        Self { begin, habits: BTreeMap::new(), news, next: None }
    }

    /// What a provider says of its sends, each after so long: `"accepted 1s, delivered 9s"`; for the first send, the
    /// second and so on, parted by `|`, the last for all that follow. Without a habit a provider never answers.
    #[track_caller]
    pub(crate) fn provider(mut self, channel: &str, habits: &str) -> Self {
        let habits = habits.split('|').map(habit).collect();
        self.habits.insert(channel.to_owned(), habits);
        self
    }

    /// So long after the beginning, another message to the same customer is planned.
    #[track_caller]
    pub(crate) fn message(self, after: &str, world: World) -> Self {
        self.news(after, News::Message(world))
    }

    /// So long after the beginning, something happens in the sender's business.
    #[track_caller]
    pub(crate) fn event(self, after: &str, event: impl Fn(DateTime<Utc>) -> Event) -> Self {
        let at = self.instant(after);
        self.news(after, News::Event(event(at)))
    }

    /// So long after the beginning, the customer writes a word, from an endpoint.
    #[track_caller]
    pub(crate) fn writes(self, after: &str, kind: ChannelKind, endpoint: &'static str, text: &'static str) -> Self {
        self.news(after, News::Writes(kind, endpoint, text))
    }

    /// So long after the last thing that happened, with what was learned, this is planned.
    #[track_caller]
    pub(crate) fn next(mut self, after: &str, world: World) -> Self {
        self.next = Some((after.parse().expect("a span"), world));
        self
    }

    #[track_caller]
    fn news(mut self, after: &str, news: News) -> Self {
        self.news.push((self.instant(after), news));
        self
    }

    #[track_caller]
    fn instant(&self, after: &str) -> DateTime<Utc> {
        self.begin + after.parse::<Span>().expect("a span").as_delta()
    }

    /// Plays it: the lines that were written, and how every message ended.
    #[track_caller]
    pub(crate) fn run(self) -> (String, Vec<Outcome>) {
        let mut stage = Stage::new(self);
        while stage.go_on() {}
        stage.close()
    }
}

/// The play with this timeline, outcome, feedback and next plan.
#[track_caller]
pub(crate) fn check(play: Play, expected: Expect) {
    let (timeline, _) = play.run();
    expected.assert_eq(&timeline);
}

#[track_caller]
fn habit(text: &str) -> Habit {
    let said = text.split(',').map(str::trim).filter(|said| !said.is_empty());
    said.map(|said| {
        let (what, after) = said.split_once(' ').expect("a word and a span");
        (after.parse::<Span>().expect("a span").as_delta(), happened(what))
    })
    .collect()
}

#[track_caller]
fn happened(what: &str) -> Happened {
    if let Ok(kind) = what.parse::<ReceiptKind>() {
        return Happened::Reached(kind);
    }
    if let Ok(class) = what.parse::<FailureClass>() {
        return Happened::Failed { class, detail: None, retry_after: None };
    }
    match what {
        "unknown" => Happened::Unknown,
        "complained" => Happened::Refused { by: RefusedBy::Complaint, covers: waypost::Coverage::Everything },
        _ => panic!("`{what}` is nothing that a provider says"),
    }
}

/// One message that is carried out.
struct Running {
    world: World,
    router: Router,
    message: Message,
    execution: Execution,
    is_settled: bool,
}

/// What comes in, in the order of its time.
enum Arrival {
    News(News),
    Receipt(usize, Receipt),
}

struct Stage {
    play: Play,
    now: DateTime<Utc>,
    arrivals: BTreeMap<(DateTime<Utc>, usize), Arrival>,
    arrived: usize,
    running: Vec<Running>,
    breakers: Breakers,
    events: Vec<Event>,
    written: Vec<ConsentEvent>,
    sends: BTreeMap<String, usize>,
    handed: BTreeSet<DispatchKey>,
    timeline: String,
}

impl Stage {
    fn new(play: Play) -> Self {
        let mut stage = Self {
            now: play.begin,
            arrivals: BTreeMap::new(),
            arrived: 0,
            running: Vec::new(),
            breakers: Breakers::new(OPENS_AFTER, Span::minutes(5), Span::minutes(5)),
            events: Vec::new(),
            written: Vec::new(),
            sends: BTreeMap::new(),
            handed: BTreeSet::new(),
            timeline: format!("{}\n", play.begin.format("%Y-%m-%d")),
            play: play.clone(),
        };
        for (at, news) in play.news {
            stage.arrive(at, Arrival::News(news));
        }
        stage
    }

    fn arrive(&mut self, at: DateTime<Utc>, arrival: Arrival) {
        self.arrived += 1;
        self.arrivals.insert((at, self.arrived), arrival);
    }

    /// The next that comes in, or the next timer: a message that is over wants none.
    fn go_on(&mut self) -> bool {
        let timers = self.running.iter().enumerate();
        let timer = timers.filter_map(|(number, of)| Some((of.execution.wakes_at()?, number))).min();
        let arrival = self.arrivals.keys().next().copied();
        match (arrival, timer) {
            (Some(key), timer) if timer.is_none_or(|(at, _)| key.0 <= at) => {
                self.pass(key.0);
                match self.arrivals.remove(&key).expect("it was just looked at") {
                    Arrival::News(news) => self.tell(news),
                    Arrival::Receipt(number, receipt) => self.hear(number, &receipt),
                }
            }
            (_, Some((at, number))) => {
                self.pass(at);
                self.running[number].execution.handle_timeout(at);
                self.drain(number);
            }
            _ => return false,
        }
        true
    }

    fn pass(&mut self, to: DateTime<Utc>) {
        assert!(to >= self.now, "time goes on");
        if to.date_naive() != self.now.date_naive() {
            self.timeline += &format!("{}\n", to.format("%Y-%m-%d"));
        }
        self.now = to;
    }

    fn say(&mut self, what: &str, how: impl std::fmt::Display) {
        self.timeline += &format!("{}  {what:<5}  {how}\n", self.now.format("%H:%M:%S"));
    }

    fn tell(&mut self, news: News) {
        match news {
            News::Message(world) => {
                let (router, message) = (world.router(), world.message());
                let number = self.running.len();
                let router = router.with_profile(self.profile(router.profile()));
                let plan = router.plan(&message, &self.facts(&world, None));
                self.say("plan", steps(&plan));
                let execution = Execution::new(plan, self.now);
                self.running.push(Running { world, router, message, execution, is_settled: false });
                self.drain(number);
            }
            News::Event(event) => {
                let about = event.message.as_ref().map(|message| format!(", {message}")).unwrap_or_default();
                self.say("event", format!("{}{about}", event.name));
                self.events.push(event.clone());
                for number in 0..self.running.len() {
                    // Of a sender who tells the machine only what is about one message, `confirm` knows the rest.
                    if event.message.is_some() {
                        self.running[number].execution.handle_event(&event, self.now);
                        self.drain(number);
                    }
                }
            }
            News::Writes(kind, endpoint, text) => {
                self.say("wrote", format!("{text}, from {endpoint}"));
                let inbound = Inbound::new(kind, self.now).at_endpoint(endpoint.parse().expect("an endpoint"));
                self.written.extend(keyword::classify(text).events(&inbound));
            }
        }
    }

    fn hear(&mut self, number: usize, receipt: &Receipt) {
        let channel = self.channel_of(number, &receipt.key);
        let works = !matches!(receipt.what, Happened::Failed { class: FailureClass::Outage, .. });
        if receipt.what != Happened::Unknown {
            self.breakers.handle(channel.parse().expect("a channel"), works, self.now);
        }
        let absorbed = self.running[number].execution.handle_receipt(receipt, self.now);
        let what = match receipt.what {
            Happened::Reached(kind) => kind.to_string(),
            Happened::Failed { class, .. } => format!("failed, {class}"),
            Happened::Refused { by, .. } => format!("refused, {by}"),
            _ => "no answer".to_owned(),
        };
        let absorbed = if absorbed == waypost::Absorbed::New { String::new() } else { format!(" ({absorbed})") };
        self.say("heard", format!("{channel}: {what}{absorbed}"));
        self.drain(number);
    }

    fn channel_of(&self, number: usize, key: &DispatchKey) -> String {
        let outcome = self.running[number].execution.outcome();
        let tried = outcome.tried.iter().find(|tried| tried.key == *key);
        tried.expect("a receipt of what was sent").dispatch.channel.to_string()
    }

    /// Everything that follows from one input, on a machine that was put away and fetched again.
    fn drain(&mut self, number: usize) {
        let stored = self.running[number].execution.to_json();
        let restored = Execution::from_json(&stored).expect("every execution that was written can be read");
        assert_eq!(restored, self.running[number].execution, "a snapshot loses nothing");
        self.running[number].execution = restored;
        loop {
            match self.running[number].execution.poll() {
                Output::Dispatch(sent) => {
                    assert!(!self.running[number].is_settled, "nothing goes out after the end");
                    let to = format!("{} to {}", sent.dispatch.channel, sent.dispatch.endpoint);
                    let router = &self.running[number].router;
                    let router = router.with_profile(self.profile(router.profile()));
                    let facts = self.facts(&self.running[number].world, Some(&sent.key));
                    let answer = router.confirm(&sent.dispatch, &self.running[number].message, &facts);
                    match answer {
                        Confirmation::Go => {
                            assert!(self.breakers.admit(sent.dispatch.channel, self.now), "who is down is not asked");
                            let again = if sent.repeat > 0 { ", the same again" } else { "" };
                            assert_eq!(self.handed.insert(sent.key.clone()), sent.repeat == 0, "one key, one send");
                            self.say("send", format!("{to} as {}{again}", sent.key));
                            for (after, what) in self.habit_of(sent.dispatch.channel.as_str()) {
                                let at = self.now + after;
                                self.arrive(at, Arrival::Receipt(number, Receipt::new(sent.key.clone(), at, what)));
                            }
                            continue;
                        }
                        Confirmation::Wait { until, reason } => {
                            self.say("wait", format!("{to} until {}: {reason}", until.format("%H:%M:%S")));
                        }
                        Confirmation::Skip { reason } => self.say("skip", format!("{to}: {reason}")),
                        Confirmation::Stop { reason } => self.say("stop", format!("{to}: {reason}")),
                        _ => unreachable!("four answers are known"),
                    }
                    self.running[number].execution.handle_confirmation(&sent.key, answer, self.now);
                }
                Output::Cancel(recall) => {
                    self.say("take", format!("back {} of {}", recall.key, recall.dispatch.channel))
                }
                Output::Settle(outcome) => {
                    assert!(!self.running[number].is_settled, "it ends once");
                    self.running[number].is_settled = true;
                    let by = outcome.reached.as_ref().and_then(|reached| reached.key.clone());
                    let by = by.map(|key| format!(" by {}", self.channel_of(number, &key))).unwrap_or_default();
                    self.say("end", format!("{}: {}{by}", outcome.message, outcome.ending));
                }
                Output::Wait { .. } => return,
                _ => unreachable!("four outputs are known"),
            }
        }
    }

    fn habit_of(&mut self, channel: &str) -> Habit {
        let Some(habits) = self.play.habits.get(channel) else { return Habit::new() };
        let sends = self.sends.entry(channel.to_owned()).or_default();
        *sends += 1;
        habits[(*sends - 1).min(habits.len() - 1)].clone()
    }

    /// What all that was carried out teaches, but for one send that is about to go out.
    fn learned(&self, except: Option<&DispatchKey>) -> Vec<Feedback> {
        let outcomes = self.running.iter().map(|running| running.execution.outcome());
        outcomes
            .map(|mut outcome| {
                outcome.tried.retain(|tried| Some(&tried.key) != except);
                feedback::fold(&outcome)
            })
            .collect()
    }

    fn profile(&self, profile: &CustomerProfile) -> CustomerProfile {
        let mut builder = profile.to_builder();
        for event in &self.written {
            builder = builder.consent(event.clone());
        }
        let told = builder.build().expect("a profile");
        self.learned(None).iter().fold(told, |profile, learned| learned.apply(&profile).expect("a profile"))
    }

    fn facts(&self, world: &World, except: Option<&DispatchKey>) -> Facts {
        let mut facts = world.facts();
        facts.now = self.now;
        facts.events.extend(self.events.iter().cloned());
        facts.history.extend(self.learned(except).into_iter().flat_map(|learned| learned.sent));
        self.breakers.apply(&mut facts);
        facts
    }

    /// How it ended, what is stored of it, and the next plan.
    fn close(mut self) -> (String, Vec<Outcome>) {
        let outcomes: Vec<_> = self.running.iter().map(|running| running.execution.outcome()).collect();
        for (running, outcome) in self.running.iter().zip(&outcomes) {
            assert!(running.is_settled, "everything ends");
            self.timeline += &told(outcome);
        }
        if let Some((after, world)) = self.play.next.clone() {
            self.now += after.as_delta();
            let router = world.router();
            let router = router.with_profile(self.profile(router.profile()));
            let plan = router.plan(&world.message(), &self.facts(&world, None));
            self.timeline += &format!("next: {plan}");
        }
        (self.timeline, outcomes)
    }
}

/// A plan in a line.
fn steps(plan: &waypost::Plan) -> String {
    let step = |step: &waypost::Step| {
        let all: Vec<_> = step.dispatches().iter().map(|dispatch| dispatch.channel.to_string()).collect();
        all.join(" + ")
    };
    let chain = |steps: &[waypost::Step]| steps.iter().map(step).collect::<Vec<_>>().join(", ");
    let mut line = format!("{}: {}", plan.message(), chain(plan.steps()));
    for beside in plan.always() {
        line += &format!("; beside it {}", chain(beside));
    }
    if plan.is_empty() {
        line += "nothing";
    }
    line
}

/// An outcome and what is stored of it.
fn told(outcome: &Outcome) -> String {
    let cost: Vec<_> = outcome.cost.iter().map(ToString::to_string).collect();
    let cost = if cost.is_empty() { "nothing".to_owned() } else { cost.join(" + ") };
    let mut text = format!("outcome: {} {}, cost {cost}\n", outcome.message, outcome.ending);
    for tried in &outcome.tried {
        let (attempt, channel) = (&tried.attempt, tried.dispatch.channel);
        let mut how: Vec<String> = attempt.stage().map(|stage| stage.to_string()).into_iter().collect();
        how.extend(attempt.failure.map(|failure| format!("failed, {}", failure.class)));
        how.extend(attempt.refused.map(|refused| format!("refused, {}", refused.by)));
        if how.is_empty() {
            how.push("nothing was heard".to_owned());
        }
        how.extend(tried.late.then(|| "late".to_owned()));
        how.extend(attempt.recalled.map(|_| "recalled".to_owned()));
        text += &format!("  {channel} to {}: {}\n", tried.dispatch.endpoint, how.join(", "));
    }
    for untried in &outcome.untried {
        let why = match untried.why {
            Closed::NotNeeded => "not needed".to_owned(),
            Closed::Expired => "too late".to_owned(),
            Closed::Skipped(reason) | Closed::Stopped(reason) => reason.to_string(),
            Closed::Refused => "the customer said no".to_owned(),
            Closed::Failed(class) => format!("failed, {class}"),
            _ => "given up".to_owned(),
        };
        text += &format!("  {} to {}: not sent, {why}\n", untried.dispatch.channel, untried.dispatch.endpoint);
    }
    let learned = feedback::fold(outcome);
    let sent: Vec<_> = learned.sent.iter().map(|sent| sent.channel.to_string()).collect();
    text += &format!("store: sent {}", if sent.is_empty() { "nothing".to_owned() } else { sent.join(", ") });
    for (kind, engagement) in &learned.engagement {
        text += &format!("; {kind} {} delivered, {} engaged", engagement.delivered, engagement.engaged);
    }
    for record in &learned.suppressions {
        let of = record.endpoint.map(|endpoint| format!(" of {endpoint}")).unwrap_or_default();
        text += &format!("; suppress {}{of}", record.class);
    }
    for event in &learned.consents {
        text += &format!(
            "; {} {}",
            event.action,
            event.scope.purpose.map(|purpose| purpose.to_string()).unwrap_or_default()
        );
    }
    text + "\n"
}

/// An event of a name, without a message.
pub(crate) fn named(name: &'static str) -> impl Fn(DateTime<Utc>) -> Event {
    move |at| Event::new(Code::literal(name), at)
}
