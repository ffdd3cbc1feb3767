//! A weekly stretch of wall-clock time.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::de;

use super::{Days, InvalidDays, InvalidTimeOfDay, TimeOfDay, excerpt};

/// Why something is not a window.
///
/// ```
/// use waypost::time::Window;
///
/// let error = "mon-fri 9-17".parse::<Window>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a time from `00:00` to `24:00`, not `9`");
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
}

/// A stretch of wall-clock time on some weekdays, such as `mon-fri 08:00-20:00`.
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
/// In a document it is that text, or an object `{"days": [1, 2], "start": "08:00", "end": "20:00"}` whose `days` may be
/// left out; it is always written as text.
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
        Ok(Self { start: start.minutes(), end: end.minutes(), days })
    }

    /// The window from `start` up to `end`, every day.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub const fn daily(start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidWindow> {
        Self::new(Days::ALL, start, end)
    }

    /// The days on which the window starts.
    pub const fn days(&self) -> Days {
        self.days
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
        let weekday = local.weekday().num_days_from_monday() as u8; // 0 to 6
        let minute = (local.hour() * 60 + local.minute()) as u16; // 0 to 1439
        self.is_open(weekday, minute)
    }

    /// [`contains`](Self::contains) in numbers: the weekday counted from Monday as 0, and the minute of the day.
    pub(super) const fn is_open(&self, weekday: u8, minute: u16) -> bool {
        if self.start < self.end {
            self.days.has(weekday) && self.start <= minute && minute < self.end
        } else {
            let yesterday = if weekday == 0 { 6 } else { weekday - 1 };
            self.days.has(weekday) && self.start <= minute || self.days.has(yesterday) && minute < self.end
        }
    }

    /// The minutes of a day at which the window may open or close, on whatever day.
    pub(super) const fn edges(&self) -> [u16; 2] {
        [self.start, self.end]
    }
}

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        let (days, times) = match text.split_once(' ') {
            Some((days, times)) => (Some(days), times),
            None => (None, text),
        };
        let Some((start, end)) = times.split_once('-') else {
            return Err(InvalidWindow::Shape { text: excerpt(text) });
        };
        if days.is_none() && !start.starts_with(|c: char| c.is_ascii_digit()) {
            // `mon-fri` alone: it is not the time that is wrong.
            return Err(InvalidWindow::Shape { text: excerpt(text) });
        }
        let days = days.map_or(Ok(Days::ALL), str::parse)?;
        Self::new(days, start.parse()?, end.parse()?)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != Days::ALL {
            write!(f, "{} ", self.days)?;
        }
        write!(f, "{}-{}", self.start(), self.end())
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
                Window::new(parts.days.unwrap_or(Days::ALL), parts.start, parts.end).map_err(de::Error::custom)
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
        assert_eq!(size_of::<Window>(), 6);
    }

    #[test]
    fn the_text_is_kept() {
        for text in ["22:00-07:00", "mon-fri 08:00-20:00", "sat,sun 10:00-12:00", "00:00-24:00", "22:00-00:00"] {
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
        check("mon  08:00-20:00", "expected a time from `00:00` to `24:00`, not ` 08:00`");
        check("08:00-20:00 mon", "expected a window such as");
        check("08:00-20:00-22:00", "expected a time from `00:00` to `24:00`, not `20:00-22:00`");
        check("08:00-08:00", "a window must not start and end at `08:00`: write `00:00-24:00`");
        check("24:00-24:00", "a window must not start and end at `24:00`");
        check("24:00-08:00", "a window must not start at `24:00`");
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
        check(r#"{"start":"22:00"}"#, "missing field `end`");
        check(r#"{"start":"22:00","end":"07:00","day":[1]}"#, "unknown field `day`, expected one of `days`");
        check(r#"{"start":"07:00","end":"07:00"}"#, "a window must not start and end at `07:00`");
        check("7", "invalid type: integer `7`, expected a window such as `mon-fri 08:00-20:00`");
    }

    #[test]
    fn a_window_until_midnight_may_be_written_both_ways() {
        let to_the_end: Window = "mon 22:00-24:00".parse().expect("valid");
        let past_midnight: Window = "mon 22:00-00:00".parse().expect("valid");
        for weekday in 0..7 {
            for minute in 0..1440 {
                assert_eq!(to_the_end.is_open(weekday, minute), past_midnight.is_open(weekday, minute));
            }
        }
    }
}
