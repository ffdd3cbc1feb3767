//! A reading of the wall clock, to the minute.

use std::{fmt, str::FromStr};

use super::excerpt;
use crate::id::text_serde;

/// Why a text is not a time of day.
///
/// ```
/// use waypost::time::TimeOfDay;
///
/// let error = "8:00".parse::<TimeOfDay>().unwrap_err();
/// assert_eq!(error.to_string(), "expected a time from `00:00` to `24:00` in two digits each, not `8:00`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time from `00:00` to `24:00` in two digits each, not `{text}`")]
pub struct InvalidTimeOfDay {
    text: Box<str>,
}

/// A time on the wall clock in whole minutes, `00:00` to `24:00`.
///
/// `24:00` is the end of the day: it can end a [`Window`](super::Window) but not start one.
///
/// ```
/// use waypost::time::TimeOfDay;
///
/// let opens: TimeOfDay = "08:30".parse()?;
/// assert_eq!(Some(opens), TimeOfDay::new(8, 30));
/// assert_eq!(opens.minutes(), 510);
/// assert!(opens < TimeOfDay::END_OF_DAY);
/// assert_eq!(TimeOfDay::END_OF_DAY.to_string(), "24:00");
/// assert_eq!(TimeOfDay::new(24, 1), None);
/// # Ok::<(), waypost::time::InvalidTimeOfDay>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    // INVARIANT: at most 1440.
    minutes: u16,
}

impl TimeOfDay {
    /// `00:00`, the first minute of a day.
    pub const MIDNIGHT: Self = Self { minutes: 0 };
    /// `24:00`, the end of a day.
    pub const END_OF_DAY: Self = Self { minutes: 24 * 60 };

    /// The time with this hour and minute, or `None` if no clock shows it.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 || hour == 24 && minute == 0 {
            Some(Self { minutes: hour as u16 * 60 + minute as u16 })
        } else {
            None
        }
    }

    /// Minutes since midnight, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.minutes
    }

    pub(super) const fn from_minutes(minutes: u16) -> Self {
        assert!(minutes <= Self::END_OF_DAY.minutes, "a day has 1440 minutes");
        Self { minutes }
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
        let read = || match *text.as_bytes() {
            [a, b, b':', c, d] => Self::new(digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?),
            _ => None,
        };
        read().ok_or_else(|| InvalidTimeOfDay { text: excerpt(text) })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

text_serde!(TimeOfDay, "time of day");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_reads_back() {
        for minutes in 0..=1440 {
            let time = TimeOfDay::from_minutes(minutes);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn what_no_clock_shows_is_refused() {
        for text in ["", "24:01", "25:00", "12:60", "1200", "12:00:00", "+1:00", "1 :00", "１2:00", " 12:00"] {
            let error = text.parse::<TimeOfDay>().expect_err(text);
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
    }
}
