//! What follows a failure: typed by its class, so that a refusal is never laundered through another channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codes::codes;

codes! {
    /// How a step failed.
    closed FailureClass, "failure class" {
        /// Nobody there: no device, number not in service.
        Unreachable = "unreachable",
        /// The address does not exist any more.
        HardBounce = "hard_bounce",
        /// It may work in a while.
        Transient = "transient",
        /// No answer within the time the step was given.
        Silent = "silent",
        /// The customer said no. Always ends the chain; a policy cannot say otherwise.
        OptedOut = "opted_out",
        /// A cap was full when the step came up.
        Capped = "capped",
        /// Quiet hours had begun when the step came up.
        Quiet = "quiet",
        /// The content did not fit after all.
        Unfit = "unfit",
        /// The provider is down.
        Outage = "outage",
    }
}

codes! {
    /// What to do then.
    closed OnFailure, "answer to a failure" {
        /// Go on to the next step.
        Next = "next",
        /// Try this step again later.
        Wait = "wait",
        /// End the chain.
        Stop = "stop",
    }
}

/// An answer for every failure class.
///
/// | class | where a policy says nothing |
/// | --- | --- |
/// | `unreachable`, `hard_bounce`, `unfit`, `outage`, `silent` | next |
/// | `transient` | wait |
/// | `capped`, `quiet` | next |
/// | `opted_out` | stop, always |
///
/// For `marketing` and `research`, `silent`, `capped` and `quiet` stop: nobody is chased across channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<FailureClass, OnFailure>", into = "BTreeMap<FailureClass, OnFailure>")]
pub struct FallThrough([OnFailure; FailureClass::ALL.len()]);

impl FallThrough {
    /// The answers for messages that must arrive.
    pub const PERSISTENT: Self = {
        let mut answers = [OnFailure::Next; FailureClass::ALL.len()];
        answers[FailureClass::Transient as usize] = OnFailure::Wait;
        answers[FailureClass::OptedOut as usize] = OnFailure::Stop;
        Self(answers)
    };

    /// The answers for messages that chase nobody.
    pub const DISCREET: Self = {
        let mut answers = Self::PERSISTENT.0;
        answers[FailureClass::Silent as usize] = OnFailure::Stop;
        answers[FailureClass::Capped as usize] = OnFailure::Stop;
        answers[FailureClass::Quiet as usize] = OnFailure::Stop;
        Self(answers)
    };

    /// The answer to one class.
    pub fn on(&self, class: FailureClass) -> OnFailure {
        self.0[class as usize]
    }

    /// The same with other answers; one for `opted_out` changes nothing.
    pub(crate) fn with(mut self, answers: &BTreeMap<FailureClass, OnFailure>) -> Self {
        for (class, answer) in answers {
            if *class != FailureClass::OptedOut {
                self.0[*class as usize] = *answer;
            }
        }
        self
    }
}

impl From<BTreeMap<FailureClass, OnFailure>> for FallThrough {
    fn from(answers: BTreeMap<FailureClass, OnFailure>) -> Self {
        Self::PERSISTENT.with(&answers)
    }
}

impl From<FallThrough> for BTreeMap<FailureClass, OnFailure> {
    fn from(answers: FallThrough) -> Self {
        FailureClass::ALL.iter().map(|class| (*class, answers.on(*class))).collect()
    }
}
