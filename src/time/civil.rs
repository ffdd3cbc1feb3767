//! Dates of the Gregorian calendar by number, without an end to the years.

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CivilDate {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to 31.
    pub(super) day: u8,
}

impl CivilDate {
    /// The date so many days after 1 January 1970.
    ///
    /// Years are counted from 1 March, so that the day that is not always there comes last, and months from March have
    /// 30.6 days but for rounding.
    pub(super) const fn of_day(day: i64) -> Self {
        const DAYS_IN_400_YEARS: i64 = 146_097;
        const FROM_MARCH_OF_YEAR_0: i64 = 719_468;
        let day = day + FROM_MARCH_OF_YEAR_0;
        let era = day.div_euclid(DAYS_IN_400_YEARS);
        let of_era = day.rem_euclid(DAYS_IN_400_YEARS);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year_of_era + (month <= 2) as i64,
            month: month as u8,
            day: (of_year - (153 * from_march + 2) / 5 + 1) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};

    use super::*;

    #[test]
    fn dates_are_those_of_chrono() {
        const BEFORE_1970: i32 = 719_163; // days of the common era
        // Every day of 800 years, and then to the ends of chrono's calendar in steps that meet every day of a month.
        let steps = (-10_000_000..10_000_000).map(|step| step * 9 + 7);
        for day in (-150_000..150_000).chain(steps) {
            let Some(date) = NaiveDate::from_num_days_from_ce_opt(day + BEFORE_1970) else { continue };
            let expected = (i64::from(date.year()), date.month() as u8, date.day() as u8);
            let CivilDate { year, month, day } = CivilDate::of_day(i64::from(day));
            assert_eq!((year, month, day), expected);
        }
    }
}
