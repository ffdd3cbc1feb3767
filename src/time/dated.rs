//! Dated: what holds from a day on and before another.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Whether something dated holds at an instant: from its first day on and before the first day on which it does not hold
/// any more, both in UTC.
///
/// Rows of law bind by their own days, which begin where on earth they begin first.
pub(crate) fn holds(since: Option<NaiveDate>, until: Option<NaiveDate>, at: DateTime<Utc>) -> bool {
    let begun = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc() <= at;
    since.is_none_or(begun) && !until.is_some_and(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(since: Option<&str>, until: Option<&str>, at: &str, expected: bool) {
        let day = |text: &str| text.parse().expect("a day");
        let at = at.parse().expect("an instant");
        assert_eq!(holds(since.map(day), until.map(day), at), expected, "{since:?} {until:?} {at}");
    }

    #[test]
    fn the_first_day_is_in_and_the_last_is_out() {
        let (since, until) = (Some("2026-10-01"), Some("2026-11-01"));
        check(since, until, "2026-09-30T23:59:59Z", false);
        check(since, until, "2026-10-01T00:00:00Z", true);
        check(since, until, "2026-10-31T23:59:59Z", true);
        check(since, until, "2026-11-01T00:00:00Z", false);
        check(None, None, "2026-11-01T00:00:00Z", true);
        check(until, since, "2026-10-15T00:00:00Z", false);
    }
}
