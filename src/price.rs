//! Prices: what one billed unit costs, by destination, purpose, form and day.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{content::Form, country::Country, money::Money, purpose::Purpose};

/// What one billed unit costs where, why, in which form and when.
///
/// Of a channel's rows the first that matches counts; where none does, the channel's one
/// [`price`](crate::ChannelDescriptor::price). What a row does not name matches everything.
///
/// ```
/// use waypost::ChannelList;
///
/// let list = ChannelList::from_toml(r#"
/// [[channels]]
/// id = "wa"
/// kind = "whatsapp"
/// price = { micros = 30_000, currency = "EUR" }
/// prices = [
///     { country = "IN", purpose = "marketing", price = { micros = 9_900, currency = "EUR" } },
///     { form = "text", until = "2026-10-01", price = { micros = 0, currency = "EUR" } },
/// ]
/// "#)?;
/// assert_eq!(list.channels[0].prices.len(), 2);
/// # Ok::<(), waypost::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceRow {
    /// To this country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// For this purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// In this form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// From this day on, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// Before this day, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// The price of one billed unit.
    pub price: Money,
}

/// One send, as far as its price goes.
#[derive(Clone, Copy)]
pub(crate) struct Sale {
    pub(crate) country: Option<Country>,
    pub(crate) purpose: Purpose,
    pub(crate) form: Option<Form>,
    pub(crate) at: DateTime<Utc>,
    /// How many units are billed.
    pub(crate) units: u32,
}

impl PriceRow {
    /// This price for everything.
    pub fn new(price: Money) -> Self {
        Self { country: None, purpose: None, form: None, since: None, until: None, price }
    }

    pub(crate) fn matches(&self, sale: &Sale) -> bool {
        let begun = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc() <= sale.at;
        self.country.is_none_or(|country| sale.country == Some(country))
            && self.purpose.is_none_or(|purpose| sale.purpose == purpose)
            && self.form.is_none_or(|form| sale.form == Some(form))
            && self.since.is_none_or(begun)
            && !self.until.is_some_and(begun)
    }
}
