//! One dispatch on its way out: judged, reserved, delivered.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    drive::Driver,
    ledger::ReserveError,
    transport::{Delivery, DeliveryError},
};
use crate::{
    confirmation::Confirmation,
    execution::{HandedOut, Happened, Receipt},
    id::{Code, CustomerId},
    message::Message,
    policy::FailureClass,
    router::Router,
};

/// More rounds than there are executions of one customer that send at one moment.
const MOST_CONFLICTS: usize = 32;

const UNAVAILABLE: Code = Code::literal("unavailable");
const NO_ENDPOINT: Code = Code::literal("no_endpoint");

/// What an execution is told of a dispatch that it handed out.
pub(super) enum Told {
    /// Why it was not sent.
    Answer(Confirmation),
    /// What came of it.
    Receipt(Receipt),
}

/// One dispatch on its way out.
pub(super) struct Sending<'a> {
    pub(super) driver: &'a Driver,
    pub(super) message: &'a Message,
    pub(super) customer: CustomerId,
    pub(super) handed: HandedOut,
    /// Whether nothing went out under its key before.
    pub(super) first: bool,
}

impl Sending<'_> {
    /// Sends it, where it may be sent; `out` is set right before the transport has it.
    pub(super) async fn send(self, out: &AtomicBool) -> Told {
        let Self { driver, message, ref customer, handed: HandedOut { ref key, ref dispatch, .. }, .. } = self;
        let Driver { gateway, customers, ledger, config, .. } = driver;
        let (runtime, observer) = (gateway.runtime(), gateway.observer());
        // First the queue, then the judgement: who stands in a queue may be overtaken by the night, or by a no.
        let turn = gateway.enter(dispatch.channel).await;
        for _ in 0..MOST_CONFLICTS {
            let Ok(known) = customers.look_up(customer, runtime.now()).await else { return self.unavailable() };
            let Ok((sends, as_of)) = ledger.sends(customer, key).await else { return self.unavailable() };
            let mut facts = known.facts;
            facts.now = runtime.now();
            facts.history.extend(sends);
            gateway.apply_health(&mut facts);
            let router = Router::new(config.clone(), known.profile);
            let answer = router.confirm(dispatch, message, &facts);
            observer.confirmed(key, dispatch, &answer);
            if !answer.is_go() {
                return Told::Answer(answer);
            }
            let Ok(fitted) = router.fitted(dispatch, message, &facts) else {
                return self.failed(DeliveryError::Invalid { detail: None }.happened());
            };
            let endpoint = router.profile().endpoint(dispatch.endpoint);
            let Some(endpoint) = endpoint else {
                let class = FailureClass::Unreachable;
                return self.failed(Happened::Failed { class, detail: Some(NO_ENDPOINT), retry_after: None });
            };
            let sent = router.sent(dispatch, message, facts.now);
            match ledger.reserve(customer, key, sent, as_of).await {
                Ok(()) => {}
                Err(ReserveError::Conflict) => {
                    observer.conflicted(key);
                    continue;
                }
                Err(ReserveError::Unavailable) => {
                    self.release().await;
                    return self.unavailable();
                }
            }
            let at = runtime.now();
            if at > facts.now {
                // To reserve took its time, and a window may have closed meanwhile.
                facts.now = at;
                let answer = router.confirm(dispatch, message, &facts);
                if !answer.is_go() {
                    observer.confirmed(key, dispatch, &answer);
                    self.release().await;
                    return Told::Answer(answer);
                }
            }
            out.store(true, Ordering::Release);
            let delivery = Delivery { key, dispatch, message, address: endpoint.address(), fitted: &fitted, at };
            let mut receipt = turn.deliver(&delivery).await;
            match receipt.what {
                Happened::Failed { .. } | Happened::Refused { .. } if self.first => self.release().await,
                // This call sent nothing, which says nothing of those before it: another key now could reach the customer
                // a second time.
                Happened::Failed { class: FailureClass::Transient | FailureClass::Outage, .. } if !self.first => {
                    receipt.what = Happened::Unknown;
                }
                _ => {}
            }
            return Told::Receipt(receipt);
        }
        self.unavailable()
    }

    /// Room again, where nothing went out under the key; a ledger that does not answer goes on counting it.
    async fn release(&self) {
        if self.first && self.driver.ledger.release(&self.handed.key).await.is_err() {
            self.driver.gateway.observer().unavailable(&self.handed.key);
        }
    }

    /// Nobody can say whether it may go out, so it does not.
    fn unavailable(&self) -> Told {
        self.driver.gateway.observer().unavailable(&self.handed.key);
        let class = FailureClass::Transient;
        self.failed(Happened::Failed { class, detail: Some(UNAVAILABLE), retry_after: None })
    }

    /// It was not sent now; where it may have been before, that is as open as it was.
    fn failed(&self, what: Happened) -> Told {
        let what = if self.first { what } else { Happened::Unknown };
        Told::Receipt(Receipt::new(self.handed.key.clone(), self.driver.gateway.runtime().now(), what))
    }
}
