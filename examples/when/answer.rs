//! The answer to one line, as a document or in words.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use waypost::time::{Layer, Next, OffsetFromUtc, Pace, Quota, ResolvedZone, Schedule, Window, ZoneLookup, ZoneName};

use super::question::{Cap, FORMAT, Hours, Opening, Question, Rate};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Format {
    Json,
    Words,
}

/// What a line is answered with, without the end of the line.
pub(crate) fn answer(zones: &dyn ZoneLookup, line: &str, format: Format) -> Result<String, String> {
    match (Question::read(line)?, format) {
        (Question::Opening(opening), Format::Json) => json(&opening.rules(zones)?.answer(&opening)),
        (Question::Opening(opening), Format::Words) => Ok(opening.rules(zones)?.words(zones, &opening)),
        (Question::Rate(rate), Format::Json) => json(&rate.answer()),
        (Question::Rate(rate), Format::Words) => Ok(rate.words()),
    }
}

fn json(answer: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(answer).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct OpeningAnswer<'a> {
    id: &'a str,
    permitted: bool,
    next: Option<String>,
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Vec<usize>>,
}

#[derive(Serialize)]
struct RateAnswer<'a> {
    id: &'a str,
    allowed: Vec<bool>,
    retry_at: Vec<Option<i64>>,
}

type Zone<'a> = ResolvedZone<'a>;

/// What binds, with its zones looked up.
struct Rules<'a> {
    layers: Vec<Layer<'a, Zone<'a>>>,
    quotas: Vec<Quota<'a, Zone<'a>>>,
    horizon: TimeDelta,
}

impl Opening {
    fn rules<'a>(&'a self, zones: &'a dyn ZoneLookup) -> Result<Rules<'a>, String> {
        let find = |name: &ZoneName| {
            let tables = format_args!("{} {}", zones.source(), zones.release()).to_string();
            ResolvedZone::find(zones, name).ok_or_else(|| format!("unknown time zone `{name}` in {tables}"))
        };
        let layer = |hours: &'a Hours| {
            let zone = find(&hours.zone)?;
            let (allow, deny, closed) = (&*hours.allow, &*hours.deny, &*hours.closed);
            Ok::<_, String>(Layer { kind: hours.kind, zone, allow, deny, closed })
        };
        let quota =
            |cap: &Cap| Ok::<_, String>(Quota::new(cap.period, cap.limit, find(&cap.zone)?).with_sent(&self.sent));
        Ok(Rules {
            layers: self.layers.iter().map(layer).collect::<Result<_, _>>()?,
            quotas: self.caps.iter().map(quota).collect::<Result<_, _>>()?,
            horizon: TimeDelta::days(self.horizon_days.into()),
        })
    }
}

impl Rules<'_> {
    fn schedule(&self) -> Schedule<'_, Zone<'_>> {
        Schedule::new(&self.layers).with_quotas(&self.quotas)
    }

    /// The next permitted instant and the end of that stretch.
    fn stretch(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        let schedule = self.schedule();
        match schedule.next(at, self.horizon) {
            // A horizon of no days permits nothing, also not at once.
            Next::Now if self.horizon.is_zero() => None,
            Next::Now => Some((at, schedule.open_until(at, self.horizon))),
            Next::At { instant, open_until, .. } => Some((instant, open_until)),
            Next::NeverWithin { .. } => None,
        }
    }

    fn answer<'a>(&self, opening: &'a Opening) -> OpeningAnswer<'a> {
        let at = opening.at;
        let stretch = self.stretch(at);
        let counts = self.quotas.iter().map(|quota| quota.count(at)).collect();
        OpeningAnswer {
            id: &opening.id,
            permitted: self.schedule().permits(at).is_ok(),
            next: stretch.map(|(next, _)| written(next)),
            until: stretch.and_then(|(_, until)| until).map(written),
            counts: (!self.quotas.is_empty()).then_some(counts),
        }
    }

    fn words(&self, zones: &dyn ZoneLookup, opening: &Opening) -> String {
        let at = opening.at;
        let permitted = if self.schedule().permits(at).is_ok() { "permitted" } else { "not permitted" };
        let mut words = format!("{}: {permitted} at {}", opening.id, written(at));
        // Writing to a text does not fail.
        for (layer, hours) in self.layers.iter().zip(&opening.layers) {
            let clock = at.naive_utc() + TimeDelta::seconds(layer.zone.offset_seconds(at).into());
            let there = clock.format("%a %Y-%m-%d %H:%M:%S");
            let _ = write!(words, "\n  {} hours in {} ({there} there): ", layer.kind, hours.zone);
            let _ = match blocked(layer, at, self.horizon) {
                None => write!(words, "open"),
                Some(Blocked { from, to }) => {
                    let from = from.map_or_else(
                        || format!("for {LOOK_BACK_DAYS} days and more"),
                        |from| format!("from {}", written(from)),
                    );
                    let to = to.map_or_else(
                        || format!("past {} days from now", opening.horizon_days),
                        |to| format!("to {}", written(to)),
                    );
                    write!(words, "closed {from} {to}, {}", because(layer, clock))
                }
            };
        }
        for (number, (quota, cap)) in (1..).zip(self.quotas.iter().zip(&opening.caps)) {
            let zone = if cap.period.is_calendar() { format!(" in {}", cap.zone) } else { String::new() };
            let (count, limit) = (quota.count(at), cap.limit);
            // A period that brings its own limit names it.
            let most = if cap.period.own_limit().is_some() { String::new() } else { format!("{limit} ") };
            let _ = write!(words, "\n  cap {number}, {most}{}{zone}: ", cap.period);
            let quotas = [*quota];
            let alone = Schedule::new(&[]).with_quotas(&quotas);
            let _ = match (quota.permits(at), alone.open_from(at, self.horizon)) {
                (true, _) => write!(words, "{count} of {limit} used"),
                (false, Some(opens)) => write!(words, "full with {count} of {limit}, room from {}", written(opens)),
                (false, None) => {
                    write!(words, "full with {count} of {limit}, past {} days from now", opening.horizon_days)
                }
            };
        }
        let _ = match self.stretch(at) {
            Some((next, Some(until))) => write!(words, "\n  permitted from {} until {}", written(next), written(until)),
            Some((next, None)) => {
                write!(words, "\n  permitted from {} past {} days from now", written(next), opening.horizon_days)
            }
            None => write!(words, "\n  never permitted within {} days", opening.horizon_days),
        };
        let _ = write!(words, "\n  zones: {}, tz {}", zones.source(), zones.release());
        words
    }
}

/// From when to when a layer blocks, as far as was looked.
struct Blocked {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

const LOOK_BACK_DAYS: i64 = 40;

fn blocked(layer: &Layer<'_, Zone<'_>>, at: DateTime<Utc>, horizon: TimeDelta) -> Option<Blocked> {
    let layers = [*layer];
    let alone = Schedule::new(&layers);
    alone.permits(at).err()?;
    // A schedule looks ahead only: from the past, from one closing to the next, to the last before `at`.
    let mut from = None;
    let mut opens = alone.open_from(at - TimeDelta::days(LOOK_BACK_DAYS), TimeDelta::days(LOOK_BACK_DAYS));
    while let Some(open) = opens {
        from = alone.open_until(open, at - open + TimeDelta::seconds(1));
        opens = from.and_then(|closes| alone.open_from(closes, at - closes));
    }
    Some(Blocked { from, to: alone.open_from(at, horizon) })
}

/// Which rule of a layer blocks at this reading of its clock.
fn because(layer: &Layer<'_, Zone<'_>>, clock: chrono::NaiveDateTime) -> String {
    if layer.closed.contains(&clock.date()) {
        return format!("{} is a closed date", clock.date());
    }
    if let Some(window) = layer.deny.iter().find(|window| window.contains(clock)) {
        return format!("denied {window}");
    }
    let windows: Vec<_> = layer.allow.iter().map(Window::to_string).collect();
    format!("allowed only {}", windows.join(", "))
}

impl Rate {
    /// The answers to all arrivals: let through, or the earliest second that would be.
    fn admitted(&self) -> impl Iterator<Item = (i64, Option<i64>)> {
        let mut pace = Pace::IDLE;
        self.arrivals.iter().map(move |second| {
            let now = DateTime::from_timestamp(*second, 0).unwrap_or_default(); // the reader refused what is none
            match self.gcra.admit(pace, now) {
                Ok(after) => {
                    pace = after;
                    (*second, None)
                }
                Err(retry_at) => (*second, Some(retry_at.timestamp())),
            }
        })
    }

    fn answer(&self) -> RateAnswer<'_> {
        let (allowed, retry_at) = self.admitted().map(|(_, retry_at)| (retry_at.is_none(), retry_at)).unzip();
        RateAnswer { id: &self.id, allowed, retry_at }
    }

    fn words(&self) -> String {
        let (every, burst) = (self.gcra.every().words(), self.gcra.burst());
        let mut words = format!("{}: one every {every}, {burst} at once", self.id);
        for (second, retry_at) in self.admitted() {
            let _ = match retry_at {
                None => write!(words, "\n  {second} s: let through"),
                Some(at) => write!(words, "\n  {second} s: refused, let through from {at} s on"),
            };
        }
        words
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.format(FORMAT).to_string()
}
