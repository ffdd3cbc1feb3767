//! Prices: what one billed unit costs, by destination, purpose, form and day.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{content::Form, country::Country, money::Money, purpose::Purpose, time::holds};

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

/// Why a row never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idleness {
    /// It ends before it begins.
    NoDays,
    /// The row at this place matches all that it does, and stands before it.
    Behind(usize),
}

impl PriceRow {
    /// This price for everything.
    pub fn new(price: Money) -> Self {
        Self { country: None, purpose: None, form: None, since: None, until: None, price }
    }

    pub(crate) fn matches(&self, sale: &Sale) -> bool {
        self.country.is_none_or(|country| sale.country == Some(country))
            && self.purpose.is_none_or(|purpose| sale.purpose == purpose)
            && self.form.is_none_or(|form| sale.form == Some(form))
            && holds(self.since, self.until, sale.at)
    }

    /// Why no sale ever has it, where that is so, given the rows before it; `None` where one may.
    pub(crate) fn idleness(&self, before: &[Self]) -> Option<Idleness> {
        if self.since.zip(self.until).is_some_and(|(since, until)| until <= since) {
            return Some(Idleness::NoDays);
        }
        before.iter().position(|row| row.covers(self)).map(Idleness::Behind)
    }

    /// Whether it matches everything that another one does.
    fn covers(&self, other: &Self) -> bool {
        fn is_wider<T: PartialEq>(mine: Option<T>, theirs: Option<T>) -> bool {
            mine.is_none() || mine == theirs
        }
        is_wider(self.country, other.country)
            && is_wider(self.purpose, other.purpose)
            && is_wider(self.form, other.form)
            && self.since.is_none_or(|day| other.since.is_some_and(|theirs| day <= theirs))
            && self.until.is_none_or(|day| other.until.is_some_and(|theirs| theirs <= day))
    }
}
