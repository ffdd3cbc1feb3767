//! A stretch of wall-clock time that comes again.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::de;

use super::{
    Days, DaysOfMonth, InvalidDays, InvalidMonths, InvalidPlaces, InvalidTimeOfDay, Months, Nth, TimeOfDay,
    civil::CivilDate,
    excerpt,
    months::month_named,
    walk::{Clock, weekday_of},
};

/// Why something is not a window.
///
/// ```
/// use waypost::time::Window;
///
/// let error = "mon-fri 9-17".parse::<Window>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a time from `00:00` to `24:00` in two digits each, not `9`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWindow {
    /// The text has no start and end.
    #[error("expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`, not `{text}`")]
    Shape {
        /// The text, shortened if it is long.
        text: Box<str>,
    },
    /// The days are not days.
    #[error(transparent)]
    Days(#[from] InvalidDays),
    /// The months are not months.
    #[error(transparent)]
    Months(#[from] InvalidMonths),
    /// The days of the month, or the places of the weekdays in it, are none.
    #[error(transparent)]
    Places(#[from] InvalidPlaces),
    /// The start or the end is not a time.
    #[error(transparent)]
    Time(#[from] InvalidTimeOfDay),
    /// The window starts and ends at the same time, which might mean nothing or everything.
    #[error("a window must not start and end at `{at}`: write `00:00-24:00` for a whole day")]
    SameStartAndEnd {
        /// The start and the end.
        at: TimeOfDay,
    },
    /// The window starts at `24:00`.
    #[error("a window must not start at `24:00`: write `00:00` and the day after")]
    StartsAtEndOfDay,
    /// No date is in all of its months, days of the month and weekdays.
    #[error("no date is ever in `{dates}`")]
    NeverOccurs {
        /// What was asked of the date, as the text of a window has it.
        dates: Box<str>,
    },
}

/// A stretch of wall-clock time on some days, such as `mon-fri 08:00-20:00`.
///
/// The start is inside, the end is not. A window that ends before it starts runs past midnight and belongs to the day on
/// which it starts: `fri 22:00-06:00` is Friday evening and early Saturday. It asks only what the wall clock shows, and
/// the rest follows:
///
/// | when the clocks change | what happens |
/// | --- | --- |
/// | the window starts in the skipped hour | it opens with the first instant after the skip |
/// | it ends in the skipped hour | it closes at the skip |
/// | it lies inside the skipped hour | it does not happen that day |
/// | it lies in the hour that comes twice | it happens twice, and may re-open the moment the clocks go back |
/// | the whole day is skipped | the early hours after it are still those of that evening's window |
///
/// # Dates
///
/// Before the weekdays may stand [`Months`] and [`DaysOfMonth`], and behind them a `#` with [`Nth`], which of the weekdays
/// of that name in the month. A date must be in all that is asked for; a window that no date can be in is refused. They
/// ask of the day on which the window starts: `-1 22:00-06:00` is the last evening of a month and the early hours of the
/// next. Months and days of the month mean what they do in a time interval of Prometheus Alertmanager.
///
/// | text | when |
/// | --- | --- |
/// | `22:00-07:00` | every night |
/// | `mon-fri 08:00-20:00` | on weekdays |
/// | `dec 00:00-24:00` | all December |
/// | `1..7,-1 09:00-17:00` | in the first seven days of a month and on its last |
/// | `fri#1,-1 09:00-17:00` | on the first and the last Friday of a month |
/// | `jan-mar,dec 13 fri 09:00-17:00` | on each Friday the 13th of these months |
///
/// In a document it is that text, or an object `{"days": [1, 2], "start": "08:00", "end": "20:00"}` with `months`,
/// `days_of_month`, `days` and `nth` as far as they ask anything; it is always written as text.
///
/// ```
/// use chrono::NaiveDate;
/// use waypost::time::Window;
///
/// let night: Window = "fri 22:00-06:00".parse()?;
/// let clock = |day, hour, minute| NaiveDate::from_ymd_opt(2026, 5, day).unwrap().and_hms_opt(hour, minute, 0).unwrap();
///
/// assert!(!night.contains(clock(1, 21, 59))); // 1 May 2026 is a Friday
/// assert!(night.contains(clock(1, 22, 0)));
/// assert!(night.contains(clock(2, 5, 59)));
/// assert!(!night.contains(clock(2, 6, 0)));
/// assert!(!night.contains(clock(1, 5, 0))); // that is Thursday's night
/// # Ok::<(), waypost::time::InvalidWindow>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    // INVARIANT: `start < 1440`, `end <= 1440` and they differ; in minutes since midnight.
    start: u16,
    end: u16,
    days: Days,
    nth: Nth,
    months: Months,
    // INVARIANT: some date is in all four.
    days_of_month: DaysOfMonth,
}

impl Window {
    /// The window from `start` up to `end`, on each of the days that it starts on.
    ///
    /// # Errors
    ///
    /// If it starts and ends at the same time, or starts at `24:00`.
    ///
    /// ```
    /// use waypost::time::{Days, InvalidWindow, TimeOfDay, Window};
    ///
    /// let evening = Window::new("sat,sun".parse()?, "18:00".parse()?, TimeOfDay::END_OF_DAY)?;
    /// assert_eq!(evening.to_string(), "sat,sun 18:00-24:00");
    ///
    /// let nothing = Window::new(Days::ALL, TimeOfDay::MIDNIGHT, TimeOfDay::MIDNIGHT);
    /// assert_eq!(nothing, Err(InvalidWindow::SameStartAndEnd { at: TimeOfDay::MIDNIGHT }));
    /// # Ok::<(), InvalidWindow>(())
    /// ```
    pub const fn new(days: Days, start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidWindow> {
        if start.minutes() == end.minutes() {
            return Err(InvalidWindow::SameStartAndEnd { at: start });
        }
        if start.minutes() == TimeOfDay::END_OF_DAY.minutes() {
            return Err(InvalidWindow::StartsAtEndOfDay);
        }
        let (start, end) = (start.minutes(), end.minutes());
        Ok(Self { start, end, days, nth: Nth::ALL, months: Months::ALL, days_of_month: DaysOfMonth::ALL })
    }

    /// The window from `start` up to `end`, every day.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub const fn daily(start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidWindow> {
        Self::new(Days::ALL, start, end)
    }

    /// The same window in these months only.
    ///
    /// # Errors
    ///
    /// If no date is in all that is asked for, [`InvalidWindow::NeverOccurs`]; so for the other two.
    ///
    /// ```
    /// use waypost::time::Window;
    ///
    /// let nightly: Window = "22:00-06:00".parse()?;
    /// let window = nightly.in_months("nov-feb".parse()?)?.on_days_of_month("29,30".parse()?)?;
    /// assert_eq!(window.to_string(), "jan,feb,nov,dec 29,30 22:00-06:00");
    ///
    /// let error = window.in_months("feb".parse()?)?.on_days_of_month("30".parse()?).unwrap_err();
    /// assert_eq!(error.to_string(), "no date is ever in `feb 30`");
    /// # Ok::<(), waypost::time::InvalidWindow>(())
    /// ```
    pub fn in_months(self, months: Months) -> Result<Self, InvalidWindow> {
        Self { months, ..self }.that_occurs()
    }

    /// The same window on these days of the month only.
    ///
    /// # Errors
    ///
    /// As [`in_months`](Self::in_months).
    pub fn on_days_of_month(self, days_of_month: DaysOfMonth) -> Result<Self, InvalidWindow> {
        Self { days_of_month, ..self }.that_occurs()
    }

    /// The same window on these of the weekdays of one name in a month only.
    ///
    /// # Errors
    ///
    /// As [`in_months`](Self::in_months).
    pub fn on_nth(self, nth: Nth) -> Result<Self, InvalidWindow> {
        Self { nth, ..self }.that_occurs()
    }

    /// The same on the same dates, up to another end.
    pub(crate) fn until(self, end: TimeOfDay) -> Result<Self, InvalidWindow> {
        let times = Self::new(self.days, self.start(), end)?;
        Ok(Self { end: times.end, ..self })
    }

    /// The weekdays on which the window starts.
    pub const fn days(&self) -> Days {
        self.days
    }

    /// Which of those weekdays in a month.
    pub const fn nth(&self) -> Nth {
        self.nth
    }

    /// The months in which the window starts.
    pub const fn months(&self) -> Months {
        self.months
    }

    /// The days of the month on which the window starts.
    pub const fn days_of_month(&self) -> DaysOfMonth {
        self.days_of_month
    }

    /// The first minute inside.
    pub const fn start(&self) -> TimeOfDay {
        TimeOfDay::from_minutes(self.start)
    }

    /// The first minute no longer inside.
    pub const fn end(&self) -> TimeOfDay {
        TimeOfDay::from_minutes(self.end)
    }

    /// Is the window open when the wall clock shows `local`?
    pub fn contains(&self, local: NaiveDateTime) -> bool {
        let day = i64::from(local.num_days_from_ce()) - DAYS_BEFORE_1970;
        let minute = (local.hour() * 60 + local.minute()) as u16; // 0 to 1439
        self.is_open(Clock { day, minute })
    }

    /// [`contains`](Self::contains) in numbers.
    pub(super) fn is_open(&self, clock: Clock) -> bool {
        let Clock { day, minute } = clock;
        if self.start < self.end {
            self.start <= minute && minute < self.end && self.starts_on(day)
        } else {
            self.start <= minute && self.starts_on(day) || minute < self.end && self.starts_on(day - 1)
        }
    }

    /// The minutes of a day at which the window may open or close, on whatever day.
    pub(super) const fn edges(&self) -> [u16; 2] {
        [self.start, self.end]
    }

    fn starts_on(&self, day: i64) -> bool {
        self.days.has(weekday_of(day)) && (self.is_weekly() || self.has_date(day))
    }

    /// Whether it asks nothing of a date but its weekday, as nearly all windows do.
    pub(crate) fn is_weekly(&self) -> bool {
        self.months == Months::ALL && self.days_of_month == DaysOfMonth::ALL && self.nth == Nth::ALL
    }

    fn has_date(&self, day: i64) -> bool {
        let date = CivilDate::of_day(day);
        let days_in_month = date.days_in_month();
        self.months.has(date.month)
            && self.days_of_month.contains(date.day, days_in_month)
            && self.nth.contains(date.day, days_in_month)
    }

    fn that_occurs(self) -> Result<Self, InvalidWindow> {
        let months = |days_in_month: u8| -> &[u8] {
            match days_in_month {
                31 => &[1, 3, 5, 7, 8, 10, 12],
                30 => &[4, 6, 9, 11],
                _ => &[2],
            }
        };
        // In the course of the years a day of the month falls on every weekday, also 29 February. So the weekdays matter
        // only through the places they can have, which is the same for all of them.
        let occurs = (28..=31).any(|days_in_month| {
            months(days_in_month).iter().any(|month| self.months.has(*month))
                && (1..=days_in_month)
                    .any(|day| self.days_of_month.contains(day, days_in_month) && self.nth.contains(day, days_in_month))
        });
        if occurs { Ok(self) } else { Err(InvalidWindow::NeverOccurs { dates: self.dates().to_string().into() }) }
    }

    /// What stands before the times, or nothing.
    fn dates(&self) -> String {
        use fmt::Write as _;

        let mut parts = String::new();
        let mut part = |written: fmt::Arguments<'_>| {
            let space = if parts.is_empty() { "" } else { " " };
            let _ = write!(parts, "{space}{written}"); // a text takes all that is written
        };
        if self.months != Months::ALL {
            part(format_args!("{}", self.months));
        }
        if self.days_of_month != DaysOfMonth::ALL {
            part(format_args!("{}", self.days_of_month));
        }
        match (self.days == Days::ALL, self.nth == Nth::ALL) {
            (true, true) => {}
            (false, true) => part(format_args!("{}", self.days)),
            (_, false) => part(format_args!("{}#{}", self.days, self.nth)),
        }
        parts
    }
}

/// Days of the common era before 1970.
const DAYS_BEFORE_1970: i64 = 719_163;

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        let shape = || InvalidWindow::Shape { text: excerpt(text) };
        let (months, rest) = part_before(text, |part| part.split([',', '-']).next().and_then(month_named).is_some());
        let (days_of_month, rest) =
            part_before(rest, |part| part.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !part.contains(':'));
        let (days, times) = match rest.split_once(' ') {
            Some((days, times)) => (Some(days), times),
            None => (None, rest),
        };
        let Some((start, end)) = times.split_once('-') else { return Err(shape()) };
        if days.is_none() && !start.starts_with(|c: char| c.is_ascii_digit()) {
            // `mon-fri` alone: it is not the time that is wrong.
            return Err(shape());
        }
        let (days, nth) = match days.map(|days| days.split_once('#').ok_or(days)) {
            None => (Days::ALL, Nth::ALL),
            Some(Err(days)) => (days.parse()?, Nth::ALL),
            Some(Ok((days, nth))) => (days.parse()?, nth.parse()?),
        };
        let months = months.map_or(Ok(Months::ALL), str::parse)?;
        let days_of_month = days_of_month.map_or(Ok(DaysOfMonth::ALL), str::parse)?;
        Self { months, days_of_month, nth, ..Self::new(days, start.parse()?, end.parse()?)? }.that_occurs()
    }
}

/// The part before the first space, if it is of this sort, and what comes after it.
fn part_before(text: &str, is_of_sort: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
    match text.split_once(' ') {
        Some((part, rest)) if is_of_sort(part) => (Some(part), rest),
        _ => (None, text),
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dates = self.dates();
        let space = if dates.is_empty() { "" } else { " " };
        write!(f, "{dates}{space}{}-{}", self.start(), self.end())
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts {
            days: Option<Days>,
            nth: Option<Nth>,
            months: Option<Months>,
            days_of_month: Option<DaysOfMonth>,
            start: TimeOfDay,
            end: TimeOfDay,
        }

        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Window;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a window such as `mon-fri 08:00-20:00`, or its `days`, `start` and `end`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Window, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Window, A::Error> {
                let parts = <Parts as serde::Deserialize>::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Window::new(parts.days.unwrap_or(Days::ALL), parts.start, parts.end)
                    .and_then(|window| {
                        let nth = parts.nth.unwrap_or(Nth::ALL);
                        let months = parts.months.unwrap_or(Months::ALL);
                        let days_of_month = parts.days_of_month.unwrap_or(DaysOfMonth::ALL);
                        Window { nth, months, days_of_month, ..window }.that_occurs()
                    })
                    .map_err(de::Error::custom)
            }
        }

        from.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_small() {
        assert_eq!(size_of::<Window>(), 20);
    }

    #[test]
    fn the_text_is_kept() {
        for text in [
            "22:00-07:00",
            "mon-fri 08:00-20:00",
            "sat,sun 10:00-12:00",
            "00:00-24:00",
            "22:00-00:00",
            "jan-mar,dec 09:00-17:00",
            "1..7,-1 09:00-17:00",
            "fri#1,-1 09:00-17:00",
            "mon-sun#5 09:00-17:00",
            "may 01:00-02:00",
            "jan,dec -7..-1 sat,sun#-1 22:00-06:00",
            "feb 29 00:00-24:00",
        ] {
            assert_eq!(text.parse::<Window>().map(|window| window.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn the_refusal_names_the_part() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let error = text.parse::<Window>().expect_err(text).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        check("", "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`, not ``");
        check("mon-fri", "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`, not `mon-fri`");
        check("08:00", "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`, not `08:00`");
        check("mon-fry 08:00-20:00", "expected a day from `mon` to `sun`, not `fry`");
        check("mon  08:00-20:00", "expected a time from `00:00` to `24:00` in two digits each, not ` 08:00`");
        check("08:00-20:00 mon", "expected a window such as");
        check("08:00-20:00-22:00", "expected a time from `00:00` to `24:00` in two digits each, not `20:00-22:00`");
        check("08:00-08:00", "a window must not start and end at `08:00`: write `00:00-24:00`");
        check("24:00-24:00", "a window must not start and end at `24:00`");
        check("24:00-08:00", "a window must not start at `24:00`");
        check("mar", "expected a window such as");
        check("mar 08:00", "expected a window such as");
        check("1..7 mar 08:00-20:00", "expected a day from `mon` to `sun`, not `mar`");
        check("mon 1..7 08:00-20:00", "expected a time from `00:00` to `24:00` in two digits each, not `1..7 08:00`");
        check("mar-mai 08:00-20:00", "expected a month from `jan` to `dec`, not `mai`");
        check("32 08:00-20:00", "expected a day of the month from `1` to `31`");
        check("-7 08:00-20:00-", "expected a time");
        check("fri#6 08:00-20:00", "expected a place in the month from `1` to `5`");
        check("fri# 08:00-20:00", "expected a place in the month from `1` to `5`");
        check("#1 08:00-20:00", "expected a day from `mon` to `sun`, not ``");
        check("feb 30 08:00-20:00", "no date is ever in `feb 30`");
        check("apr,jun -31 mon 08:00-20:00", "no date is ever in `apr,jun -31 mon`");
        check("8 fri#1 08:00-20:00", "no date is ever in `8 fri#1`");
        check("feb -1 fri#1 08:00-20:00", "no date is ever in `feb -1 fri#1`");
    }

    #[test]
    fn a_document_may_spell_it_out() {
        #[track_caller]
        fn check(json: &str, expected: &str) {
            let read = serde_json::from_str::<Window>(json).map_or_else(|e| e.to_string(), |window| window.to_string());
            assert!(read.starts_with(expected), "{read}");
        }
        check(r#""mon-fri 08:00-20:00""#, "mon-fri 08:00-20:00");
        check(r#"{"days":[1,2,3],"start":"08:00","end":"24:00"}"#, "mon-wed 08:00-24:00");
        check(r#"{"days":"sat","start":"08:00","end":"20:00"}"#, "sat 08:00-20:00");
        check(r#"{"start":"22:00","end":"07:00"}"#, "22:00-07:00");
        check(
            r#"{"months":[12,1],"days_of_month":[-1,1,2,3],"days":"fri","nth":[1,-1],"start":"22:00","end":"07:00"}"#,
            "jan,dec 1..3,-1 fri#1,-1 22:00-07:00",
        );
        check(r#"{"months":"feb","days_of_month":[30],"start":"22:00","end":"07:00"}"#, "no date is ever in `feb 30`");
        check(r#"{"start":"22:00"}"#, "missing field `end`");
        check(r#"{"start":"22:00","end":"07:00","day":[1]}"#, "unknown field `day`, expected one of `days`");
        check(r#"{"start":"07:00","end":"07:00"}"#, "a window must not start and end at `07:00`");
        check("7", "invalid type: integer `7`, expected a window such as `mon-fri 08:00-20:00`");
    }

    #[test]
    fn a_window_until_midnight_may_be_written_both_ways() {
        let to_the_end: Window = "mon 22:00-24:00".parse().expect("valid");
        let past_midnight: Window = "mon 22:00-00:00".parse().expect("valid");
        for day in 0..7 {
            for minute in 0..1440 {
                let clock = Clock { day, minute };
                assert_eq!(to_the_end.is_open(clock), past_midnight.is_open(clock));
            }
        }
    }
}
