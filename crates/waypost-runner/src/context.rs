//! What a dispatch is judged by: the customer as they are known now.

use std::sync::Arc;

use waypost::{
    Confirmation, CustomerId, CustomerProfile, Event, Facts, Feedback, HandedOut, Message, MessageId, Router,
    RouterConfig, Sent,
    chrono::{DateTime, Utc},
    driver,
};

use crate::{
    RunnerError,
    store::{Known, instant},
};

/// One customer at one revision of their sends.
pub(crate) struct Context {
    pub(crate) router: Router,
    /// Without events: which of them count depends on the message.
    facts: Facts,
    /// The keys of the history, one for one.
    keys: Vec<String>,
    events: Vec<(Event, i64)>,
    pub(crate) revision: i64,
}

/// Reads a document of the database.
pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, RunnerError> {
    serde_json::from_str(text).map_err(|error| RunnerError::Unreadable { what, cause: error.to_string() })
}

fn applied(feedback: &Feedback, profile: &CustomerProfile) -> Result<CustomerProfile, RunnerError> {
    feedback
        .apply(profile)
        .map_err(|error| RunnerError::Unreadable { what: "what was learned of a customer", cause: error.to_string() })
}

impl Context {
    /// By the profile that is kept here.
    pub(crate) fn kept(config: &Arc<RouterConfig>, customer: &CustomerId, known: &Known) -> Result<Self, RunnerError> {
        let Some(profile) = &known.profile else { return Err(RunnerError::UnknownCustomer(customer.clone())) };
        let profile: CustomerProfile = read("a profile", profile)?;
        Self::of(config, &profile, Facts::at(DateTime::UNIX_EPOCH), known, |_| {})
    }

    /// By what a source outside knows. Its engagement has all that was learned, or will have.
    pub(crate) fn looked_up(
        config: &Arc<RouterConfig>,
        looked_up: driver::Known,
        known: &Known,
    ) -> Result<Self, RunnerError> {
        let driver::Known { profile, facts, .. } = looked_up;
        Self::of(config, &profile, facts, known, |feedback| feedback.engagement.clear())
    }

    fn of(
        config: &Arc<RouterConfig>,
        profile: &CustomerProfile,
        mut facts: Facts,
        known: &Known,
        without: fn(&mut Feedback),
    ) -> Result<Self, RunnerError> {
        let mut profile = profile.clone();
        for feedback in &known.feedback {
            let mut feedback: Feedback = read("what was learned of a customer", feedback)?;
            without(&mut feedback);
            profile = applied(&feedback, &profile)?;
        }
        // What has no key cannot be the send that is judged.
        let mut keys = vec![String::new(); facts.history.len()];
        for send in &known.sends {
            facts.history.push(read("a send", &send.sent)?);
        }
        keys.extend(known.sends.iter().map(|send| send.key.clone()));
        // Which of the source's own count is its choice.
        let own = std::mem::take(&mut facts.events);
        let event = |(content, arrived): &(String, i64)| Ok((read("an event", content)?, *arrived));
        let mut events = known.events.iter().map(event).collect::<Result<Vec<_>, RunnerError>>()?;
        events.extend(own.into_iter().map(|event| (event, i64::MAX)));
        let router = Router::new(Arc::clone(config), profile);
        Ok(Self { router, facts, keys, events, revision: known.revision })
    }

    /// The facts for one message that was submitted at an instant.
    ///
    /// Of events without a message only those count that happened since it was made, or came in since it was submitted:
    /// last month's payment does not end this month's reminder.
    pub(crate) fn facts(&self, message: &Message, submitted: i64, now: DateTime<Utc>) -> Facts {
        let mut facts = self.facts.clone();
        facts.now = self.not_before_sends(now);
        facts.events = self.events(message, submitted);
        facts
    }

    fn events(&self, message: &Message, submitted: i64) -> Vec<Event> {
        let made = message.created().unwrap_or_else(|| instant(submitted));
        let counts = |event: &Event, arrived: i64| match &event.message {
            Some(about) => about == message.id(),
            None => event.at >= made || arrived >= submitted,
        };
        self.events.iter().filter(|(event, arrived)| counts(event, *arrived)).map(|(event, _)| event.clone()).collect()
    }

    /// Takes in what was learned since and is not written yet; its engagement counts when it is.
    pub(crate) fn learn(&mut self, learned: &Feedback) -> Result<(), RunnerError> {
        let profile = applied(learned, self.router.profile())?;
        self.router = self.router.with_profile(profile);
        Ok(())
    }

    /// A clock that lags behind another worker's would not see the other's sends.
    fn not_before_sends(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.facts.history.iter().map(|sent| sent.at).fold(now, DateTime::max)
    }

    /// Asks the gates about a dispatch. Where they let it through, it counts as sent here from now on; its facts come back.
    pub(crate) fn confirm(
        &mut self,
        handed: &HandedOut,
        message: &Message,
        mut facts: Facts,
    ) -> (Confirmation, Option<(Facts, Sent)>) {
        let key = handed.key.to_string();
        // What it reserved itself before does not stand in its way.
        let own = self.keys.iter().position(|known| *known == key);
        if let Some(own) = own {
            facts.history.remove(own);
        }
        let answer = self.router.confirm(&handed.dispatch, message, &facts);
        if !answer.is_go() {
            return (answer, None);
        }
        let sent = self.router.sent(&handed.dispatch, message, facts.now);
        match own {
            Some(own) => self.facts.history[own] = sent.clone(),
            None => {
                self.facts.history.push(sent.clone());
                self.keys.push(key);
            }
        }
        (answer, Some((facts, sent)))
    }
}

/// The event that a later message of the same dedupe key is to the one before it.
pub(crate) fn superseded(message: &str, now: i64) -> Option<String> {
    let message: MessageId = message.parse().ok()?;
    serde_json::to_string(&Event::superseded(message, instant(now))).ok()
}
