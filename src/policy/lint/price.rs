//! Prices: rows that nothing ever has, and currencies and purposes that nobody knows.

use crate::{
    channel::ChannelDescriptor,
    policy::{
        FindingCode,
        finding::Place,
        lint::{Lint, Subject},
    },
    price::Idleness,
};

impl Lint<'_> {
    pub(super) fn prices(&mut self, channel: &ChannelDescriptor, place: &Place) {
        let subject = Subject::Channel(channel.id);
        // All prices are in one currency, or there is no router: it is told once.
        let prices = channel.price.iter().chain(channel.prices.iter().map(|row| &row.price));
        if let Some(price) = prices.into_iter().find(|price| !price.currency.is_known()) {
            let message = format!("{subject} is priced in `{}`, which is no currency that is known", price.currency);
            self.report(FindingCode::UnknownCurrency, place, message);
        }
        for (at, row) in channel.prices.iter().enumerate() {
            let place = place.key("prices").at(at);
            if let Some(purpose) = row.purpose {
                self.purpose(Some(subject), &place.key("purpose"), purpose);
            }
            let message = match row.idleness(&channel.prices[..at]) {
                None => continue,
                Some(Idleness::NoDays) => format!("a price of {subject} ends before it begins, so nothing has it"),
                Some(Idleness::Behind(first)) => {
                    format!("`prices[{first}]` of {subject} matches all that this one does and comes first")
                }
            };
            let hint = "of the rows that match the first counts: the narrower ones come before the wider".to_owned();
            self.report_with(FindingCode::IdlePrice, &place, message, Some(hint));
        }
    }
}
