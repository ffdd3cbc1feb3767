//! The way through: eligibility, ranking, composition. Each stage consumes what the one before it made.

mod branches;
mod caps;
mod composition;
mod eligibility;
mod few;
mod flipping;
mod hours;
mod law;
mod pace;
mod ranking;
mod situation;
mod walk;

use crate::{
    config::RouterConfig,
    confirmation::Confirmation,
    content::{Fitted, Unfit},
    facts::Facts,
    message::Message,
    plan::{Dispatch, Plan},
    profile::CustomerProfile,
};
#[cfg(feature = "digest")]
use crate::{
    policy::ConsentRule,
    profile::{ConsentEvent, fold},
};
use situation::{Situation, Tweak};

/// Decides which channels a message goes by, in which order, when and in which words.
///
/// A pure function: the same arguments give the same plan, to the byte. It never fails; a plan without steps carries
/// all its refusals. [`Router::plan`](crate::Router::plan) is this with the customer at hand.
///
/// ```
/// use std::sync::Arc;
/// use waypost::*;
///
/// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS).can(Capability::Text);
/// let config = RouterConfig::builder().channel(Arc::new(sms)).build()?;
/// let profile = CustomerProfile::builder("c-1".parse()?)
///     .endpoint(Endpoint::new("mobile".parse()?, ChannelKind::SMS, "+34600111222")?)
///     .build()?;
/// let message = Message::builder("m-1".parse()?, TopicId::literal("parcel"), Purpose::Transactional)
///     .variant(Variant::text("Your parcel is at the door"))
///     .build()?;
/// let plan = waypost::plan(&config, &profile, &message, &Facts::at("2026-11-21T10:00:00Z".parse()?));
/// assert_eq!(plan.steps()[0].dispatches()[0].channel.as_str(), "sms-main");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plan(config: &RouterConfig, profile: &CustomerProfile, message: &Message, facts: &Facts) -> Plan {
    let situation = Situation::new(config, profile, message, facts, Tweak::None);
    eligibility::judge(&situation).rank(&situation).compose(situation)
}

/// The same plan, with every gate's answer for every candidate and the smallest change that would let each refused
/// one through.
///
/// Dearer than [`plan`], for it judges every refused candidate again and again; meant for people who ask why.
pub fn explain(config: &RouterConfig, profile: &CustomerProfile, message: &Message, facts: &Facts) -> Plan {
    let mut plan = plan(config, profile, message, facts);
    for candidate in &mut plan.trace.candidates {
        candidate.detail = flipping::detail(config, profile, message, facts, candidate);
    }
    plan
}

/// Judges one dispatch of a plan again, right before it goes out: consent may be gone, a cap may be full.
///
/// The gates are the plan's own, so with the facts of the plan the answer is too: a preview equals what is then sent. Of
/// several that say no, one that ends the message is heard before the others; what the answer means for the message is
/// said by [`Confirmation`].
pub fn confirm(
    config: &RouterConfig,
    profile: &CustomerProfile,
    dispatch: &Dispatch,
    message: &Message,
    facts: &Facts,
) -> Confirmation {
    let situation = Situation::new(config, profile, message, facts, Tweak::None);
    eligibility::confirmation_of(&situation, dispatch)
}

/// Fits the words of one dispatch of a plan: what its channel's provider is handed.
///
/// The plan names the variant and says what is lost, but holds no words; this makes them, right before the send.
///
/// # Errors
///
/// [`Unfit`] where the variant does not fit at this instant, for instance because the session closed, or the channel or
/// the endpoint is gone.
pub fn fitted<'m>(
    config: &RouterConfig,
    profile: &CustomerProfile,
    dispatch: &Dispatch,
    message: &'m Message,
    facts: &Facts,
) -> Result<Fitted<'m>, Unfit> {
    let situation = Situation::new(config, profile, message, facts, Tweak::None);
    eligibility::fitted_on(&situation, dispatch, message)
}

/// What was asked of the consent to a dispatch, and the event that decided; `None` where its endpoint is gone.
#[cfg(feature = "digest")]
pub(crate) fn consent_of<'p>(
    config: &RouterConfig,
    profile: &'p CustomerProfile,
    message: &Message,
    facts: &Facts,
    dispatch: &Dispatch,
) -> Option<(ConsentRule, Option<&'p ConsentEvent>)> {
    let situation = Situation::new(config, profile, message, facts, Tweak::None);
    let kind = config.kinds.iter().position(|kind| *kind == dispatch.kind)?;
    // INVARIANT: the lint refuses more than 64 kinds.
    let kind = kind as u8;
    let endpoint = profile.endpoints().iter().find(|endpoint| endpoint.id() == dispatch.endpoint)?;
    let (asked, _) = situation.consent_asked(kind, endpoint, dispatch.not_before);
    let (_, event) = fold(profile.consents(), &situation.consent_query(kind, endpoint), facts.now);
    Some((asked, event))
}
