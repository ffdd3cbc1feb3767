//! Plans written down step by step, without a router.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use waypost::Plan;

/// So many seconds after the instant for which every plan here is made.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

/// A plan that is being written down.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    steps: Vec<StepDraft>,
    always: Vec<Vec<StepDraft>>,
    expires: Option<i64>,
    cancel_on: Vec<&'static str>,
}

/// A step that is being written down: times are in seconds.
#[derive(Clone, Debug)]
pub struct StepDraft {
    dispatches: Vec<Value>,
    settle_on: &'static str,
    give_up_after: u32,
    accept_within: Option<u32>,
    attempts: u8,
    on_failure: Value,
    stand_in: bool,
}

/// A step of one dispatch: the channel, `kind/endpoint`, and when it goes out.
pub fn step(channel: &str, to: &str, not_before: i64) -> StepDraft {
    let (kind, endpoint) = to.split_once('/').unwrap_or((to, to));
    let dispatch = json!({
        "channel": channel, "kind": kind, "endpoint": endpoint, "not_before": at(not_before),
        "content": {"variant": 0, "form": "text"},
    });
    StepDraft {
        dispatches: vec![dispatch],
        settle_on: "delivered",
        give_up_after: 600,
        accept_within: None,
        attempts: 2,
        on_failure: json!({}),
        stand_in: false,
    }
}

impl StepDraft {
    /// It goes out together with the dispatches of another.
    pub fn with(mut self, other: Self) -> Self {
        self.dispatches.extend(other.dispatches);
        self
    }

    /// What settles it.
    pub fn settle_on(mut self, what: &'static str) -> Self {
        self.settle_on = what;
        self
    }

    /// When it is given up.
    pub fn give_up_after(mut self, seconds: u32) -> Self {
        self.give_up_after = seconds;
        self
    }

    /// By when the provider says something.
    pub fn accept_within(mut self, seconds: u32) -> Self {
        self.accept_within = Some(seconds);
        self
    }

    /// How many tries there are.
    pub fn attempts(mut self, attempts: u8) -> Self {
        self.attempts = attempts;
        self
    }

    /// What follows a failure of a class.
    pub fn on(mut self, class: &'static str, answer: &'static str) -> Self {
        self.on_failure[class] = answer.into();
        self
    }

    /// It goes to the endpoint of an earlier step by another provider.
    pub fn stand_in(mut self) -> Self {
        self.stand_in = true;
        self
    }

    /// It is permitted from then on, though its turn is later.
    pub fn opens(self, seconds: i64) -> Self {
        self.each("opens", json!(at(seconds)))
    }

    /// Where it stands among the groups.
    pub fn branch(self, alternative: u8, lane: u8) -> Self {
        self.each("branch", json!({"alternative": alternative, "lane": lane}))
    }

    /// Its channel can take it back.
    pub fn recallable(self) -> Self {
        self.each("recallable", json!(true))
    }

    /// What it costs, in millionths of a euro.
    pub fn price(self, micros: i64) -> Self {
        self.each("price", json!({"micros": micros, "currency": "EUR"}))
    }

    fn each(mut self, field: &str, value: Value) -> Self {
        for dispatch in &mut self.dispatches {
            dispatch[field] = value.clone();
        }
        self
    }

    fn json(&self, expires: Option<i64>) -> Value {
        let mut dispatches = self.dispatches.clone();
        for dispatch in &mut dispatches {
            if let Some(expires) = expires {
                dispatch["expires"] = json!(at(expires));
            }
        }
        let mut step = json!({
            "dispatches": dispatches, "settle_on": self.settle_on, "give_up_after": self.give_up_after,
            "retry": {"attempts": self.attempts, "backoff": 60, "at_most": 600},
            "on_failure": self.on_failure, "stand_in": self.stand_in,
        });
        if let Some(within) = self.accept_within {
            step["accept_within"] = within.into();
        }
        step
    }
}

impl Draft {
    /// A plan of these steps.
    pub fn of<const N: usize>(steps: [StepDraft; N]) -> Self {
        Self { steps: steps.into(), ..Self::default() }
    }

    /// And a chain beside it.
    pub fn always<const N: usize>(mut self, steps: [StepDraft; N]) -> Self {
        self.always.push(steps.into());
        self
    }

    /// Nothing goes out from then on.
    pub fn expires(mut self, seconds: i64) -> Self {
        self.expires = Some(seconds);
        self
    }

    /// This event makes it pointless.
    pub fn cancel_on(mut self, event: &'static str) -> Self {
        self.cancel_on.push(event);
        self
    }

    /// The plan.
    ///
    /// # Panics
    ///
    /// If a word in it is not one that a plan knows.
    pub fn plan(&self) -> Plan {
        let steps = |steps: &[StepDraft]| steps.iter().map(|step| step.json(self.expires)).collect::<Vec<_>>();
        let mut plan = json!({
            "version": 1, "message": "m-1", "customer": "ana", "topic": "parcel", "purpose": "transactional",
            "urgency": "normal", "made_at": at(0), "steps": steps(&self.steps), "cancel_on": self.cancel_on,
            "always": self.always.iter().map(|chain| steps(chain)).collect::<Vec<_>>(),
            "trace": {"ranked_by": [], "candidates": []},
        });
        if let Some(expires) = self.expires {
            plan["expires"] = json!(at(expires));
        }
        serde_json::from_value(plan).expect("a draft is a plan")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_the_plan_it_says() {
        let plan = Draft::of([step("push", "push/pixel", 0).attempts(3), step("sms", "sms/mobile", 600).opens(0)])
            .always([step("mail", "email/home", 0)])
            .expires(3_600)
            .plan();
        assert_eq!((plan.steps().len(), plan.always().len()), (2, 1));
        assert_eq!(plan.steps()[0].retry().attempts, 3);
        assert_eq!(plan.steps()[1].dispatches()[0].earliest(), at(0));
        assert_eq!((plan.made_at(), plan.expires()), (at(0), Some(at(3_600))));
    }
}
