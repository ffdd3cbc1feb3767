//! The compiled form: rows that act or are reported, by country, with their kinds, zones and dates resolved.

use std::num::NonZeroU16;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{
    country::Country,
    history::Sent,
    id::{LawId, Segment},
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    law::{CapOf, Clock, Closing, Confidence, Counts, Jurisdictions, LiftedBy, Provision, Row, Status},
    policy::{ConsentRule, KindSet},
    purpose::Purpose,
    time::{Days, Layer, LayerKind, Period, Span, TimeOfDay, Window, ZoneKey, ZoneLookup},
};

/// [`Jurisdictions`], compiled for one list of channels; what is not in force is left out.
#[derive(Debug)]
pub(crate) struct CompiledLaw {
    /// Sorted by country, within it in the order of the text.
    rows: Vec<CompiledRow>,
    pub(crate) relationship: Vec<Segment>,
}

/// A [`Row`], compiled.
#[derive(Debug)]
pub(crate) struct CompiledRow {
    pub(crate) id: LawId,
    pub(crate) jurisdiction: Jurisdiction,
    /// The registered kinds it speaks of.
    pub(crate) kinds: KindSet,
    /// The kinds it speaks of, registered or not; empty is all of them.
    pub(crate) channels: Vec<ChannelKind>,
    pub(crate) purposes: Vec<Purpose>,
    /// The first instant at which it binds anywhere, and the first at which it binds nowhere any more.
    pub(crate) begins: DateTime<Utc>,
    pub(crate) ends: DateTime<Utc>,
    pub(crate) lifted_by: Vec<LiftedBy>,
    pub(crate) act: Act,
    pub(crate) verified: NaiveDate,
    pub(crate) confidence: Confidence,
}

/// What a row asks, ready to be asked.
#[derive(Debug)]
pub(crate) enum Act {
    Hours {
        /// Whether the customer's own clock is read.
        recipient: bool,
        /// Another clock that is read.
        fixed: Option<ZoneKey>,
        allow: Vec<Window>,
        deny: Vec<Window>,
        closed: Vec<NaiveDate>,
    },
    Cap {
        limit: u32,
        per: Period,
        scope: CapOf,
    },
    CoolOff {
        days: Option<NonZeroU16>,
    },
    Consent {
        rule: ConsentRule,
    },
    Freshness {
        /// The age from which on a registry's answer holds no more.
        age: Span,
    },
    /// Nothing: it is reported.
    Told,
}

impl CompiledRow {
    /// Whether it is about a purpose, as far as this version can tell.
    pub(crate) fn is_about(&self, purpose: Purpose) -> bool {
        self.purposes.iter().any(|about| about.may_be(purpose))
    }

    /// Its hours on the clock of a zone; every hour, where it has none.
    pub(crate) fn layer<'s, Z>(&'s self, zone: Z) -> Layer<'s, Z> {
        match &self.act {
            Act::Hours { allow, deny, closed, .. } => Layer { kind: LayerKind::Law, zone, allow, deny, closed },
            _ => Layer::open(LayerKind::Law, zone),
        }
    }

    /// Whether it speaks of a kind, registered or not.
    pub(crate) fn speaks_of(&self, kind: ChannelKind) -> bool {
        self.channels.is_empty() || self.channels.contains(&kind)
    }
}

impl CompiledLaw {
    /// Compiles rows whose zones are known to these tables.
    pub(crate) fn of(law: &Jurisdictions, registered: &[ChannelKind], zones: &dyn ZoneLookup) -> Self {
        let in_force = law.rows().iter().filter(|row| row.status == Status::InForce);
        let mut rows: Vec<_> = in_force.map(|row| compiled(row, law, registered, zones)).collect();
        rows.sort_by_key(|row| row.jurisdiction.country());
        Self { rows, relationship: law.relationship().to_vec() }
    }

    /// Whether some cap may count a send at an instant or later.
    pub(crate) fn counts(&self, sent: &Sent, now: DateTime<Utc>) -> bool {
        // A second more, for sends are counted in whole seconds.
        let holds = |per: Period| {
            let after = |reach: Span| now.checked_sub_signed(reach.as_delta() + TimeDelta::seconds(1));
            per.reach().and_then(after).is_none_or(|after| sent.at > after)
        };
        self.rows.iter().any(|row| match row.act {
            Act::Cap { per, .. } => row.speaks_of(sent.kind) && row.is_about(sent.purpose) && holds(per),
            _ => false,
        })
    }

    /// The rows of a country and its parts.
    fn of_country(&self, country: Country) -> &[CompiledRow] {
        let from = self.rows.partition_point(|row| row.jurisdiction.country() < country);
        let rest = &self.rows[from..];
        &rest[..rest.partition_point(|row| row.jurisdiction.country() == country)]
    }

    /// The rows that bind in any of these places, each once.
    pub(crate) fn binding<'l>(
        &'l self,
        places: impl Iterator<Item = Jurisdiction> + Clone + 'l,
    ) -> impl Iterator<Item = &'l CompiledRow> {
        places.clone().enumerate().flat_map(move |(at, place)| {
            let places = places.clone();
            // A row that an earlier place brought in is there already.
            let known = move |row: &CompiledRow| places.clone().take(at).any(|other| other.is_within(row.jurisdiction));
            let rows = self.of_country(place.country()).iter();
            rows.filter(move |row| place.is_within(row.jurisdiction) && !known(row))
        })
    }
}

fn compiled(row: &Row, law: &Jurisdictions, registered: &[ChannelKind], zones: &dyn ZoneLookup) -> CompiledRow {
    let act = match &row.provision {
        Provision::Hours { clock, windows, closed, counts } => {
            let (recipient, fixed) = match clock {
                Clock::Recipient => (true, None),
                Clock::Fixed(zone) => (false, zones.resolve(zone)),
                Clock::Both(zone) => (true, zones.resolve(zone)),
            };
            let margin = if *counts == Counts::Dispatch { Span::ZERO } else { law.margin() };
            let allow: Vec<_> = windows.iter().filter_map(|window| shortened(*window, margin)).collect();
            let mut deny = Vec::new();
            if closed.contains(&Closing::Sundays) {
                deny.extend(whole_days(Days::one(chrono::Weekday::Sun)));
            }
            if allow.is_empty() && !windows.is_empty() {
                // The margin left nothing of any window, and no window at all would permit every hour.
                deny.extend(whole_days(Days::ALL));
            }
            let regions = closed.iter().filter_map(|closing| match closing {
                Closing::Holidays(region) => Some(*region),
                Closing::Sundays => None,
            });
            let closed = regions.flat_map(|region| law.holidays(region)).copied().collect();
            Act::Hours { recipient, fixed, allow, deny, closed }
        }
        Provision::Cap { limit, per, scope } => Act::Cap { limit: *limit, per: *per, scope: *scope },
        Provision::CoolOff { days } => Act::CoolOff { days: *days },
        Provision::Consent { rule } => Act::Consent { rule: *rule },
        Provision::Freshness { days } => Act::Freshness { age: Span::days(u32::from(days.get())) },
        Provision::Told(_) => Act::Told,
    };
    let all = row.channels.is_empty();
    CompiledRow {
        id: row.id,
        jurisdiction: row.jurisdiction,
        kinds: KindSet::of(if all { registered } else { &row.channels }, registered),
        channels: each_once(&row.channels),
        purposes: each_once(&row.purposes),
        begins: row.begins(),
        ends: row.ends(),
        lifted_by: row.lifted_by.clone(),
        act,
        verified: row.verified,
        confidence: row.confidence,
    }
}

fn each_once<T: Copy + Ord>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort();
    list.dedup();
    list
}

/// A window that closes so much earlier; `None` where nothing is left of it.
fn shortened(window: Window, margin: Span) -> Option<Window> {
    const DAY: u64 = 24 * 60;
    let margin = margin.as_secs().div_ceil(60);
    let (start, end) = (u64::from(window.start().minutes()), u64::from(window.end().minutes()));
    let length = if start < end { end - start } else { DAY - start + end };
    if margin == 0 {
        return Some(window);
    }
    if margin >= length {
        return None;
    }
    let closes = (start + length - margin) % DAY;
    // One that closes at midnight after it started ends its own day.
    let closes = if closes == 0 { DAY } else { closes };
    let time = TimeOfDay::new(u8::try_from(closes / 60).ok()?, u8::try_from(closes % 60).ok()?)?;
    window.until(time).ok()
}

/// From the first minute of these days to their last.
fn whole_days(days: Days) -> Option<Window> {
    Window::new(days, TimeOfDay::MIDNIGHT, TimeOfDay::END_OF_DAY).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_closes_windows_early() {
        #[track_caller]
        fn check(window: &str, minutes: u32, expected: Option<&str>) {
            let window = window.parse().expect("a window");
            let shorter = shortened(window, Span::minutes(minutes)).map(|window| window.to_string());
            assert_eq!(shorter.as_deref(), expected);
        }
        check("mon-fri 08:00-21:00", 0, Some("mon-fri 08:00-21:00"));
        check("mon-fri 08:00-21:00", 5, Some("mon-fri 08:00-20:55"));
        check("00:00-24:00", 10, Some("00:00-23:50"));
        check("fri 22:00-00:30", 30, Some("fri 22:00-24:00"));
        check("fri 22:00-00:30", 60, Some("fri 22:00-23:30"));
        check("fri 22:00-02:00", 60, Some("fri 22:00-01:00"));
        check("12:00-12:15", 15, None);
    }
}
