//! Quiet hours: when the customer wants to be left alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{discreet::discreet, time::Window};

discreet! {
QuietHoursDocument of "QuietHours",
/// When the customer wants to be left alone: windows in their own time, and do-not-disturb until an instant.
///
/// Whatever lifts or ignores quiet hours does so for both.
///
/// ```
/// use waypost::QuietHours;
///
/// let nights = QuietHours::new(["22:00-07:00".parse()?]);
/// let on_holiday = nights.until("2026-08-31T22:00:00Z".parse()?);
/// assert!(on_holiday.until.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuietHours {
    /// The windows; nothing that obeys quiet hours is sent inside any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "windows")]
    pub windows: Vec<Window>,
    /// Do not disturb before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}
}

/// A window says what it could not read, which is right in a policy; here it is the customer's and stays unsaid.
fn windows<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Window>, D::Error> {
    struct Quiet(Window);

    impl<'de> Deserialize<'de> for Quiet {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let unreadable = "expected a window such as `22:00-07:00` or `mon-fri 08:00-20:00`";
            Window::deserialize(from).map(Self).map_err(|_| de::Error::custom(unreadable))
        }
    }

    let windows = Vec::<Quiet>::deserialize(from)?;
    Ok(windows.into_iter().map(|Quiet(window)| window).collect())
}

impl QuietHours {
    /// These windows.
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Self {
        Self { windows: windows.into_iter().collect(), until: None }
    }

    /// The same, and do not disturb before this instant.
    pub fn until(mut self, instant: DateTime<Utc>) -> Self {
        self.until = Some(instant);
        self
    }

    /// Whether there are none at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.until.is_none()
    }
}
