//! A send under way.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use waypost::{
    Facts, HandedOut, Happened, Message, Recall, Receipt, Router,
    driver::{Delivery, Gateway},
    policy::FailureClass,
};

use crate::turn::Landed;

/// Everything that a send needs, once its intent is written.
pub(crate) struct Flight {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) router: Router,
    pub(crate) message: Arc<Message>,
    pub(crate) facts: Facts,
    pub(crate) handed: HandedOut,
}

impl Flight {
    pub(crate) async fn fly(self) -> Landed {
        AssertUnwindSafe(self.send()).catch_unwind().await.unwrap_or(Landed::Panicked)
    }

    async fn send(self) -> Landed {
        let Self { gateway, router, message, mut facts, handed } = self;
        let HandedOut { key, dispatch, .. } = &handed;
        let turn = gateway.enter(dispatch.channel).await;
        // A judgement does not keep while it stands in a queue: hours may have begun, and the expiry come.
        facts.now = facts.now.max(gateway.runtime().now());
        gateway.apply_health(&mut facts);
        let answer = router.confirm(dispatch, &message, &facts);
        gateway.observer().confirmed(key, dispatch, &answer);
        if !answer.is_go() {
            return Landed::Withheld(handed, answer);
        }
        let failed = |class| Receipt::failed(key.clone(), facts.now, class);
        let mut receipt =
            match (router.profile().endpoint(dispatch.endpoint), router.fitted(dispatch, &message, &facts)) {
                (None, _) => failed(FailureClass::Unreachable),
                (_, Err(_)) => failed(FailureClass::Unfit),
                (Some(endpoint), Ok(fitted)) => {
                    let at = facts.now;
                    let delivery =
                        Delivery { key, dispatch, message: &message, address: endpoint.address(), fitted: &fitted, at };
                    turn.deliver(&delivery).await
                }
            };
        // This call sent nothing, which says nothing of those before it: another key now could reach the customer a second
        // time.
        let may_pass = [FailureClass::Transient, FailureClass::Outage];
        if handed.repeat > 0 && matches!(receipt.what, Happened::Failed { class, .. } if may_pass.contains(&class)) {
            receipt.what = Happened::Unknown;
        }
        Landed::Answered(handed, receipt)
    }
}

/// Takes a dispatch back, where the channel can. Nothing follows where it cannot.
pub(crate) async fn recall(gateway: Arc<Gateway>, recall: Recall) -> Landed {
    let told = async {
        let done = gateway.recall(&recall).await;
        gateway.observer().recalled(&recall, done);
    };
    match AssertUnwindSafe(told).catch_unwind().await {
        Ok(()) => Landed::Recalled,
        Err(_) => Landed::Panicked,
    }
}
