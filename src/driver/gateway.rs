//! The gateway: every transport behind its own limits, so that none of them stops the others.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use futures::future::{Either, select};

use super::{
    fence::Fenced,
    observer::Observer,
    permits::{Permit, Permits},
    runtime::Runtime,
    transport::{Delivery, DeliveryError, Transport},
};
use crate::{
    breaker::Breakers,
    execution::{Happened, Recall, Receipt},
    facts::Facts,
    id::{ChannelId, Code},
    policy::FailureClass,
    time::Span,
};

/// How much is asked of one transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// The most calls at once; 0 is taken as 1.
    pub concurrency: u32,
    /// The longest that one call may take, before it counts as timed out; zero is taken as a second.
    pub timeout: Span,
}

/// 16 calls, which the API of nearly every provider bears, of 30 seconds each, for which HTTP clients usually wait.
impl Default for CallLimits {
    fn default() -> Self {
        Self { concurrency: 16, timeout: Span::from_secs(30) }
    }
}

/// Two transports were registered under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two transports for channel `{channel}`, expected one")]
pub struct DuplicateTransport {
    /// The channel.
    pub channel: ChannelId,
}

/// Transports by channel. Each has its own limits and its own breaker, and whatever it does becomes a receipt.
///
/// | the transport | receipt | its breaker |
/// | --- | --- | --- |
/// | answers | its answer; a [`DeliveryError`] as [`happened`](DeliveryError::happened) says | an answer; an outage where it says so |
/// | answers for another key | `unknown` | an answer |
/// | does not answer within its time limit | `unknown`: it may have been sent | an outage |
/// | panics, as it is called or in between | `unknown`: it may have panicked after the send | an outage |
/// | is left alone, as its breaker is open | failed, `outage`, detail `breaker_open`: nothing was sent | nothing |
/// | is not there | failed, `unfit`, detail `no_transport`: nothing was sent | nothing |
///
/// Calls wait for their turn channel by channel, first come, first served; the time limit begins when the call does.
/// Dropping a call gives its turn back. What is waited for is only what yields: a transport that blocks its thread blocks
/// whatever shares the thread.
///
/// ```
/// use std::sync::Arc;
/// use waypost::{*, driver::*};
///
/// #[derive(Debug)]
/// struct Pigeon(ChannelDescriptor);
///
/// impl Channel for Pigeon {
///     fn descriptor(&self) -> &ChannelDescriptor {
///         &self.0
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl Transport for Pigeon {
///     async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
///         Ok(delivery.accepted())
///     }
/// }
///
/// let pigeon = ChannelDescriptor::new("pigeon".parse()?, "pigeon".parse()?);
/// let clock = Virtual::at("2026-11-21T10:00:00Z".parse()?);
/// let gateway = Gateway::builder(clock)
///     .transport_within(Arc::new(Pigeon(pigeon)), CallLimits { concurrency: 2, ..CallLimits::default() })
///     .build()?;
/// assert_eq!(gateway.channels().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Gateway {
    lanes: BTreeMap<ChannelId, Lane>,
    breakers: Mutex<Breakers>,
    runtime: Arc<dyn Runtime>,
    observer: Arc<dyn Observer>,
}

struct Lane {
    transport: Arc<dyn Transport>,
    permits: Permits,
    timeout: Span,
}

/// Makes a [`Gateway`].
pub struct GatewayBuilder {
    transports: Vec<(Arc<dyn Transport>, CallLimits)>,
    breakers: Breakers,
    runtime: Arc<dyn Runtime>,
    observer: Arc<dyn Observer>,
}

impl GatewayBuilder {
    /// Adds a transport, under the usual limits.
    pub fn transport(self, transport: Arc<dyn Transport>) -> Self {
        self.transport_within(transport, CallLimits::default())
    }

    /// Adds a transport, under these limits.
    pub fn transport_within(mut self, transport: Arc<dyn Transport>, limits: CallLimits) -> Self {
        self.transports.push((transport, limits));
        self
    }

    /// Begins with these breakers, such as those of the [`Gateway::breakers`] before a restart.
    pub fn breakers(mut self, breakers: Breakers) -> Self {
        self.breakers = breakers;
        self
    }

    /// Tells this observer.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// The gateway.
    ///
    /// # Errors
    ///
    /// [`DuplicateTransport`] where two have one name.
    pub fn build(self) -> Result<Gateway, DuplicateTransport> {
        let mut lanes = BTreeMap::new();
        for (transport, limits) in self.transports {
            let channel = transport.descriptor().id;
            let lane = Lane {
                transport,
                permits: Permits::new(usize::try_from(limits.concurrency).unwrap_or(usize::MAX).max(1)),
                timeout: limits.timeout.max(Span::from_secs(1)),
            };
            if lanes.insert(channel, lane).is_some() {
                return Err(DuplicateTransport { channel });
            }
        }
        let breakers = Mutex::new(self.breakers);
        Ok(Gateway { lanes, breakers, runtime: self.runtime, observer: self.observer })
    }
}

impl Gateway {
    /// A gateway without transports yet, which nobody watches.
    pub fn builder(runtime: impl Runtime + 'static) -> GatewayBuilder {
        GatewayBuilder {
            transports: Vec::new(),
            breakers: Breakers::default(),
            runtime: Arc::new(runtime),
            observer: Arc::new(()),
        }
    }

    /// The channels that have a transport.
    pub fn channels(&self) -> impl Iterator<Item = ChannelId> {
        self.lanes.keys().copied()
    }

    /// Its clock and timers.
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.runtime
    }

    /// Whoever watches it.
    pub fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// The breakers as they are now, to be kept over a restart.
    pub fn breakers(&self) -> Breakers {
        self.held().clone()
    }

    /// Writes into the facts which channels are left alone at the moment.
    pub fn apply_health(&self, facts: &mut Facts) {
        self.held().apply(facts);
    }

    /// Waits until a channel has room for one more call.
    ///
    /// Whoever judges right before a send, as [`confirm`](crate::confirm) does, waits here first and judges then: a
    /// judgement does not keep while it stands in a queue. A channel without a transport has room at once.
    pub async fn enter(&self, channel: ChannelId) -> Turn<'_> {
        let held = match self.lanes.get(&channel) {
            Some(lane) => Some((lane, lane.permits.acquire().await)),
            None => None,
        };
        Turn { gateway: self, channel, held }
    }

    /// Waits for its turn, and delivers.
    ///
    /// There is always a receipt, and it bears the delivery's own key.
    pub async fn deliver(&self, delivery: &Delivery<'_>) -> Receipt {
        self.enter(delivery.dispatch.channel).await.deliver(delivery).await
    }

    /// Waits for its turn, and takes a dispatch back where the channel can; returns whether it did.
    ///
    /// # Errors
    ///
    /// [`DeliveryError`]: it may still arrive.
    pub async fn recall(&self, recall: &Recall) -> Result<bool, DeliveryError> {
        let channel = recall.dispatch.channel;
        let Turn { held: Some((lane, _permit)), .. } = &self.enter(channel).await else {
            return Err(DeliveryError::Invalid { detail: Some(NO_TRANSPORT) });
        };
        if !self.held().admit(channel, self.runtime.now()) {
            return Err(DeliveryError::NotConnected);
        }
        let result = match self.within(lane, async { lane.transport.recall(recall).await }).await {
            Call::Answered(result) => result,
            Call::TimedOut => Err(DeliveryError::TimedOut),
            Call::Panicked => {
                self.observer.panicked(&recall.key, channel);
                Err(DeliveryError::TimedOut)
            }
        };
        self.judge(channel, !result.is_err_and(|error| error.is_outage()));
        result
    }

    /// Waits for a call no longer than its transport may take; its panics end here.
    async fn within<T>(&self, lane: &Lane, call: impl Future<Output = T> + Send) -> Call<T> {
        let now = self.runtime.now();
        let end = now.checked_add_signed(lane.timeout.as_delta()).unwrap_or(DateTime::<Utc>::MAX_UTC);
        match select(Fenced::new(call), self.runtime.sleep_until(end)).await {
            Either::Left((Some(answer), _)) => Call::Answered(answer),
            Either::Left((None, _)) => Call::Panicked,
            Either::Right(_) => Call::TimedOut,
        }
    }

    /// Moves the breaker of a channel.
    fn judge(&self, channel: ChannelId, worked: bool) {
        let now = self.runtime.now();
        let (opened, closed) = {
            let mut breakers = self.held();
            let was_open = breakers.is_open(channel);
            let opened = breakers.handle(channel, worked, now);
            (opened, was_open && !breakers.is_open(channel))
        };
        if let Some(until) = opened {
            self.observer.breaker_opened(channel, until);
        }
        if closed {
            self.observer.breaker_closed(channel);
        }
    }

    fn held(&self) -> MutexGuard<'_, Breakers> {
        // Nothing in here panics halfway, so what a panic elsewhere left is whole.
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of a call.
enum Call<T> {
    Answered(T),
    TimedOut,
    Panicked,
}

const NO_TRANSPORT: Code = Code::literal("no_transport");
const BREAKER_OPEN: Code = Code::literal("breaker_open");

/// A call's turn on a channel, as [`Gateway::enter`] gives it; given back when it is dropped.
pub struct Turn<'g> {
    gateway: &'g Gateway,
    channel: ChannelId,
    held: Option<(&'g Lane, Permit<'g>)>,
}

impl Turn<'_> {
    /// Delivers, and gives the turn back.
    ///
    /// There is always a receipt, and it bears the delivery's own key. A delivery for another channel than the turn is
    /// on is not made.
    pub async fn deliver(self, delivery: &Delivery<'_>) -> Receipt {
        let Self { gateway, channel, held } = self;
        let Delivery { key, dispatch, .. } = *delivery;
        let start = gateway.runtime.now();
        let receipt = |what| Receipt::new(key.clone(), gateway.runtime.now(), what);
        let Some((lane, _permit)) = held.filter(|_| channel == dispatch.channel) else {
            return receipt(DeliveryError::Invalid { detail: Some(NO_TRANSPORT) }.happened());
        };
        if !gateway.held().admit(channel, start) {
            return receipt(Happened::Failed {
                class: FailureClass::Outage,
                detail: Some(BREAKER_OPEN),
                retry_after: None,
            });
        }
        gateway.observer.handed_out(key, dispatch);
        let call = async { lane.transport.deliver(delivery).await };
        let (receipt, worked) = match gateway.within(lane, call).await {
            Call::Answered(Ok(answer)) if answer.key == *key => {
                let worked = !is_outage(&answer.what);
                (answer, worked)
            }
            Call::Answered(Ok(_)) => {
                gateway.observer.misattributed(key, channel);
                (receipt(Happened::Unknown), true)
            }
            Call::Answered(Err(error)) => {
                let what = error.happened();
                (receipt(what), !is_outage(&what))
            }
            Call::TimedOut => (receipt(Happened::Unknown), false),
            Call::Panicked => {
                gateway.observer.panicked(key, channel);
                (receipt(Happened::Unknown), false)
            }
        };
        gateway.judge(channel, worked);
        gateway.observer.answered(dispatch, &receipt, gateway.runtime.now() - start);
        receipt
    }
}

/// Whether it says that the provider does not work.
fn is_outage(what: &Happened) -> bool {
    matches!(what, Happened::Unknown | Happened::Failed { class: FailureClass::Outage, .. })
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels: Vec<_> = self.lanes.keys().collect();
        f.debug_struct("Gateway").field("channels", &channels).field("breakers", &*self.held()).finish_non_exhaustive()
    }
}

impl fmt::Debug for GatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels: Vec<_> = self.transports.iter().map(|(transport, _)| transport.descriptor().id).collect();
        f.debug_struct("GatewayBuilder").field("channels", &channels).finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("channel", &self.channel).finish_non_exhaustive()
    }
}
