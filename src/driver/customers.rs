//! Where the driver finds out about a customer.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::ledger::Unavailable;
use crate::{facts::Facts, id::CustomerId, profile::CustomerProfile};

/// What is known of a customer right before a send.
#[derive(Clone, Debug)]
pub struct Known {
    /// The profile, with every consent and every suppression up to now.
    pub profile: Arc<CustomerProfile>,
    /// The facts. Their `history` holds what the [`Ledger`](crate::driver::Ledger) does not: the driver adds the ledger's
    /// sends, the channels that are down, and the time.
    pub facts: Facts,
}

/// Looks customers up. It is asked before every send, so that a no said meanwhile counts.
///
/// A map of profiles is one, which knows nothing but the time beside them.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
/// use futures::FutureExt;
/// use waypost::{CustomerProfile, driver::{Customers, Unavailable}};
///
/// let ana = CustomerProfile::builder("ana".parse()?).build()?;
/// let customers = BTreeMap::from([(ana.id().clone(), Arc::new(ana))]);
///
/// let now = "2026-11-21T10:00:00Z".parse()?;
/// let ready = "a map answers at once";
/// let known = customers.look_up(&"ana".parse()?, now).now_or_never().expect(ready)?;
/// assert_eq!(known.facts.now, now);
/// let nobody = customers.look_up(&"eve".parse()?, now).now_or_never().expect(ready);
/// assert_eq!(nobody.unwrap_err(), Unavailable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Customers: Send + Sync {
    /// What is known of a customer at `now`.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where nobody knows: nothing is sent, and it is asked again later, as after a failure that may pass.
    /// For a customer who is gone for good, answer with a profile without endpoints.
    async fn look_up(&self, customer: &CustomerId, now: DateTime<Utc>) -> Result<Known, Unavailable>;
}

#[async_trait]
impl Customers for BTreeMap<CustomerId, Arc<CustomerProfile>> {
    async fn look_up(&self, customer: &CustomerId, now: DateTime<Utc>) -> Result<Known, Unavailable> {
        let profile = Arc::clone(self.get(customer).ok_or(Unavailable)?);
        Ok(Known { profile, facts: Facts::at(now) })
    }
}
