//! What is known of a customer when a dispatch is judged.

use std::collections::BTreeMap;

use serde_json::json;

use crate::RunnerError;

use super::{database::Transaction, executions::ids, row::rows};

/// A stored send.
#[derive(Clone, Debug)]
pub(crate) struct KnownSend {
    pub(crate) key: String,
    pub(crate) sent: String,
}

/// All that the database knows of one customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) revision: i64,
    pub(crate) profile: Option<String>,
    pub(crate) sends: Vec<KnownSend>,
    /// With the instant at which each came in.
    pub(crate) events: Vec<(String, i64)>,
    pub(crate) feedback: Vec<String>,
}

/// What an execution taught of its customer.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(crate) message: String,
    pub(crate) customer: String,
    pub(crate) feedback: String,
    /// Whether it keeps sends from going out that were judged without it.
    pub(crate) forbids: bool,
}

impl Transaction {
    /// What is known of these customers. The revision is read first: what is reserved afterwards shows by it.
    pub(crate) async fn known<'a>(
        &mut self,
        customers: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Result<BTreeMap<String, Known>, RunnerError> {
        let asked = [ids(customers)];
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        let of = "customer in (select r.value->>0 from {rows})";
        let sql = format!("select customer, revision, profile from waypost_customers where {of}");
        for row in self.all(&sql, &asked).await? {
            let customer = Known { revision: row.int(1)?, profile: row.maybe_text(2)?, ..Known::default() };
            known.insert(row.text(0)?, customer);
        }
        let sql = format!("select customer, key, sent from waypost_sends where {of} order by at, key");
        for row in self.all(&sql, &asked).await? {
            if let Some(customer) = known.get_mut(&row.text(0)?) {
                customer.sends.push(KnownSend { key: row.text(1)?, sent: row.text(2)? });
            }
        }
        let sql = format!("select customer, content, arrived from waypost_events where {of} order by at, content");
        for row in self.all(&sql, &asked).await? {
            if let Some(customer) = known.get_mut(&row.text(0)?) {
                customer.events.push((row.text(1)?, row.int(2)?));
            }
        }
        // In one statement, so that what is folded meanwhile is seen once.
        let sql = format!(
            "select customer, feedback, '' as message from waypost_learned where {of}
             union all select customer, feedback, message from waypost_feedback where {of} order by message"
        );
        for row in self.all(&sql, &asked).await? {
            if let Some(customer) = known.get_mut(&row.text(0)?) {
                customer.feedback.push(row.text(1)?);
            }
        }
        Ok(known)
    }

    /// Keeps a profile, in the place of the one before; what was judged by that one is judged again.
    pub(crate) async fn put_profile(&mut self, customer: &str, profile: &str) -> Result<(), RunnerError> {
        self.run(
            "insert into waypost_customers (customer, profile) values ($1, $2)
             on conflict (customer) do update set profile = excluded.profile, revision = waypost_customers.revision + 1",
            &[customer.into(), profile.into()],
        )
        .await?;
        Ok(())
    }

    /// Keeps what executions taught of their customers, in the place of what the same taught before. What forbids sends moves
    /// the revision on, so that those are judged again which were judged without it.
    pub(crate) async fn put_feedback(&mut self, feedback: &[Learned]) -> Result<(), RunnerError> {
        if feedback.is_empty() {
            return Ok(());
        }
        let row = |Learned { message, customer, feedback, .. }: &Learned| json!([message, customer, feedback]);
        self.run(
            "insert into waypost_feedback (message, customer, feedback)
             select r.value->>0, r.value->>1, r.value->>2 from {rows} where true
             on conflict (message) do update set customer = excluded.customer, feedback = excluded.feedback",
            &[rows(feedback.iter().map(row))],
        )
        .await?;
        let forbidding = feedback.iter().filter(|learned| learned.forbids);
        self.move_on(forbidding.map(|learned| learned.customer.as_str()).collect()).await
    }
}
