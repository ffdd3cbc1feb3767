//! What is old, doubtful or impossible in law data.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::{
    kind::ChannelKind,
    law::{Clock, Closing, Confidence, Jurisdictions, Provision, Row, Status},
    policy::{Finding, FindingCode},
    time::{Window, ZoneLookup},
};

/// After this long somebody should look again.
const STALE: TimeDelta = TimeDelta::days(365);

impl Jurisdictions {
    /// What somebody should look at, on a day: rows in the order of the text, then hours that contradict each other.
    ///
    /// | code | of a row |
    /// | --- | --- |
    /// | `stale_law` | in force, and last verified more than 365 days before |
    /// | `doubtful_law` | in force, and founded on somebody's account or on accounts that contradict each other |
    /// | `holidays_unknown` | in force and closed on holidays of which no date from that day on is known |
    /// | `overdue_law` | postponed or a draft, with a day of beginning that has passed |
    /// | `impossible_hours` | hours that, with those that bind beside them, never open in any week |
    ///
    /// All are warnings: the data works all the same.
    ///
    /// ```
    /// use waypost::Jurisdictions;
    ///
    /// let law = Jurisdictions::shipped();
    /// let verified = "2026-11-21".parse()?;
    /// assert!(law.lint(verified).iter().all(|finding| finding.code.code() != "stale_law"));
    /// assert!(law.lint("2028-01-01".parse()?).iter().any(|finding| finding.code.code() == "stale_law"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint(&self, today: NaiveDate) -> Vec<Finding> {
        let mut findings = Vec::new();
        for row in self.rows() {
            self.lint_row(row, today, &mut findings);
        }
        self.impossible(today, &mut findings);
        findings
    }

    fn lint_row(&self, row: &Row, today: NaiveDate, findings: &mut Vec<Finding>) {
        let mut report = |code, field: &str, message: String| {
            let path = if field.is_empty() { format!("law.{}", row.id) } else { format!("law.{}.{field}", row.id) };
            findings.push(Finding::of_router(code, path, message));
        };
        if row.status != Status::InForce {
            let passed = row.effective_from.filter(|from| *from <= today && row.status != Status::Repealed);
            if let Some(from) = passed {
                let message = format!("row `{}` is `{}`, and was to begin on {from}", row.id, row.status);
                report(FindingCode::OverdueLaw, "status", message);
            }
            return;
        }
        if row.effective_to.is_some_and(|to| to < today) {
            return;
        }
        if today.signed_duration_since(row.verified) > STALE {
            let message = format!("row `{}` was last verified on {}", row.id, row.verified);
            report(FindingCode::StaleLaw, "verified", message);
        }
        match row.confidence {
            Confidence::Primary => {}
            Confidence::Secondary => {
                let message = format!("row `{}` is founded on an account of the law, not on its text", row.id);
                report(FindingCode::DoubtfulLaw, "confidence", message);
            }
            Confidence::Disputed => {
                let message = format!("row `{}` is disputed: of rows that contradict each other all bind", row.id);
                report(FindingCode::DoubtfulLaw, "confidence", message);
            }
        }
        if let Provision::Hours { closed, .. } = &row.provision {
            for closing in closed {
                if let Closing::Holidays(region) = closing
                    && self.holidays(*region).last().is_none_or(|last| *last < today)
                {
                    let message = format!(
                        "row `{}` is closed on the holidays of {region}, and none is known from {today} on",
                        row.id
                    );
                    report(FindingCode::HolidaysUnknown, "closed", message);
                }
            }
        }
    }

    /// Rows of hours that never open together, wherever they meet.
    fn impossible(&self, today: NaiveDate, findings: &mut Vec<Finding>) {
        let noon = today.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
        let hours: Vec<_> = self.rows().iter().filter(|row| row.is_in_force(noon)).filter_map(clocked).collect();
        let mut told: BTreeSet<Vec<&str>> = BTreeSet::new();
        for (row, ..) in &hours {
            for kind in kinds_of(row) {
                for purpose in &row.purposes {
                    let together = hours.iter().filter(|(other, ..)| {
                        row.jurisdiction.is_within(other.jurisdiction)
                            && kind.is_none_or(|kind| other.speaks_of(kind))
                            && (kind.is_some() || other.channels.is_empty())
                            && other.is_about(*purpose)
                    });
                    let together: Vec<_> = together.collect();
                    if opens(&together) {
                        continue;
                    }
                    let mut ids: Vec<_> = together.iter().map(|(row, ..)| row.id.as_str()).collect();
                    ids.sort_unstable();
                    if told.insert(ids.clone()) {
                        let named: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
                        let message = format!(
                            "no hour of a week is open to {} together, on {} for {purpose} in {}",
                            named.join(" and "),
                            kind.map_or_else(|| "every kind".to_owned(), |kind| kind.to_string()),
                            row.jurisdiction,
                        );
                        let path = format!("law.{}.windows", row.id);
                        findings.push(Finding::of_router(FindingCode::ImpossibleHours, path, message));
                    }
                }
            }
        }
    }

    /// Zones of rows in force that the tables do not have: with one of them nothing is built.
    pub(crate) fn unknown_zones(&self, zones: &dyn ZoneLookup) -> Vec<Finding> {
        let rows = self.rows().iter().filter(|row| row.status == Status::InForce);
        let named = rows.filter_map(|row| match &row.provision {
            Provision::Hours { clock: Clock::Fixed(zone) | Clock::Both(zone), .. } => Some((row.id, *zone)),
            _ => None,
        });
        let unknown = named.filter(|(_, zone)| zones.resolve(zone).is_none());
        unknown
            .map(|(row, zone)| {
                let message = format!("unknown time zone `{zone}` in the tables of release {}", zones.release());
                Finding::of_router(FindingCode::UnknownZone, format!("law.{row}.clock"), message)
            })
            .collect()
    }
}

type Clocked<'l> = (&'l Row, &'l [Window], bool);

/// The windows of a row that reads the customer's clock, and whether Sundays are closed; clocks of other zones are
/// never known to contradict, for a customer may be in any.
fn clocked(row: &Row) -> Option<Clocked<'_>> {
    match &row.provision {
        Provision::Hours { clock: Clock::Recipient | Clock::Both(_), windows, closed, .. } => {
            Some((row, windows, closed.contains(&Closing::Sundays)))
        }
        _ => None,
    }
}

/// The kinds a row names, or `None` for all of them.
fn kinds_of(row: &Row) -> Vec<Option<ChannelKind>> {
    if row.channels.is_empty() { vec![None] } else { row.channels.iter().copied().map(Some).collect() }
}

/// Whether some minute of a week, or of a leap year where dates are asked for, is inside all of them.
fn opens(together: &[&Clocked<'_>]) -> bool {
    // 2024-01-01 was a Monday.
    let Some(monday) = NaiveDate::from_ymd_opt(2024, 1, 1) else { return true };
    let weekly = together.iter().all(|(_, windows, _)| windows.iter().all(Window::is_weekly));
    let days = if weekly { 7 } else { 366 };
    let minutes = (0..days * 24 * 60).map(|minute| monday.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute));
    let on_sunday = |minute: i64| minute / (24 * 60) % 7 == 6;
    minutes.zip(0..).any(|(local, minute)| {
        together.iter().all(|(_, windows, no_sundays)| {
            (windows.is_empty() || windows.iter().any(|window| window.contains(local)))
                && !(*no_sundays && on_sunday(minute))
        })
    })
}
