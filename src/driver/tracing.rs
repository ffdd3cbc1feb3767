//! What the driver does, as events of tracing.

use ::tracing::{debug, info, warn};
use chrono::{DateTime, TimeDelta, Utc};

use super::{observer::Observer, transport::DeliveryError};
use crate::{
    confirmation::Confirmation,
    event::Event,
    execution::{Absorbed, DispatchKey, Happened, Outcome, Recall, Receipt, Why},
    id::{ChannelId, MessageId},
    plan::Dispatch,
};

/// An [`Observer`] that tells tracing, under the target `waypost`.
///
/// What somebody should look at is a warning: panics, breakers, stores that do not answer. An end is `info`, all else
/// `debug`. There are names and codes in it, no addresses and no words: `key` is of a dispatch, `of` is the name of a
/// message, for tracing keeps `message` for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracing;

impl Observer for Tracing {
    fn confirmed(&self, key: &DispatchKey, dispatch: &Dispatch, answer: &Confirmation) {
        let reason = answer.reason();
        let reason = reason.as_ref().map_or("", |reason| reason.code());
        debug!(target: "waypost", %key, channel = %dispatch.channel, go = answer.is_go(), reason, "confirmed");
    }

    fn conflicted(&self, key: &DispatchKey) {
        debug!(target: "waypost", %key, "conflicted");
    }

    fn unavailable(&self, key: &DispatchKey) {
        warn!(target: "waypost", %key, "a store does not answer");
    }

    fn dropped(&self, key: &DispatchKey) {
        debug!(target: "waypost", %key, "dropped unsent");
    }

    fn handed_out(&self, key: &DispatchKey, dispatch: &Dispatch) {
        debug!(target: "waypost", %key, channel = %dispatch.channel, "handed out");
    }

    fn answered(&self, dispatch: &Dispatch, receipt: &Receipt, took: TimeDelta) {
        let millis = took.num_milliseconds();
        debug!(target: "waypost", key = %receipt.key, channel = %dispatch.channel, what = said(&receipt.what), millis, "answered");
    }

    fn panicked(&self, key: &DispatchKey, channel: ChannelId) {
        warn!(target: "waypost", %key, %channel, "a transport panicked");
    }

    fn misattributed(&self, key: &DispatchKey, channel: ChannelId) {
        warn!(target: "waypost", %key, %channel, "a transport answered for another key");
    }

    fn breaker_opened(&self, channel: ChannelId, until: DateTime<Utc>) {
        warn!(target: "waypost", %channel, %until, "breaker opened");
    }

    fn breaker_closed(&self, channel: ChannelId) {
        info!(target: "waypost", %channel, "breaker closed");
    }

    fn received(&self, receipt: &Receipt, absorbed: Absorbed) {
        debug!(target: "waypost", key = %receipt.key, what = said(&receipt.what), absorbed = absorbed.code(), "received");
    }

    fn happened(&self, message: &MessageId, event: &Event) {
        debug!(target: "waypost", of = %message, event = %event.name, "happened");
    }

    fn recalled(&self, recall: &Recall, done: Result<bool, DeliveryError>) {
        debug!(target: "waypost", key = %recall.key, channel = %recall.dispatch.channel, done = done == Ok(true), "recalled");
    }

    fn waits(&self, message: &MessageId, until: Option<DateTime<Utc>>, why: Why) {
        debug!(target: "waypost", of = %message, ?until, ?why, "waits");
    }

    fn settled(&self, outcome: &Outcome) {
        let (message, ending) = (&outcome.message, outcome.ending.code());
        info!(target: "waypost", of = %message, ending, tried = outcome.tried.len(), "settled");
    }
}

fn said(what: &Happened) -> &'static str {
    match what {
        Happened::Reached(kind) => kind.code(),
        Happened::Failed { class, .. } => class.code(),
        Happened::Refused { by, .. } => by.code(),
        Happened::Unknown => "unknown",
    }
}
