//! When a message may go out: windows on the wall clock, zones, layers of hours, caps, and the next instant they all
//! permit.
//!
//! | noun | what it is |
//! | --- | --- |
//! | [`TimeOfDay`], [`Days`], [`Window`] | a stretch of wall-clock time that comes again: `mon-fri 08:00-20:00` |
//! | [`Months`], [`DaysOfMonth`], [`Nth`] | what a window may ask of a date besides: `jan-mar`, `1..7,-1`, `fri#1` |
//! | [`ZoneName`], [`ZoneLookup`], [`ResolvedZone`] | which offset from UTC holds where; the tables are the caller's choice |
//! | [`Layer`], [`Schedule`], [`Next`] | whose hours apply, whether now is inside them all, and when it will be |
//! | [`Period`], [`Quota`] | how a cap counts past sends, whether it has room, and when it will have |
//! | [`Gcra`], [`Pace`] | an even rate for a sender, with one instant for its state |
//! | [`Span`], [`PositiveSpan`] | a length of time in a policy: `90s`, `1d12h` |
//!
//! A window is a question about the wall clock (*is it open at this reading?*), so the wall clock of an instant is all
//! that is ever computed. Nothing here turns a wall-clock time back into an instant; the hour that is skipped and the
//! hour that comes twice therefore need no rule, and the table in [`Window`] says what follows.

mod civil;
mod dated;
mod days;
mod gcra;
mod layer;
mod months;
mod period;
mod places;
mod quota;
mod schedule;
mod sets;
mod span;
mod tables;
mod time_of_day;
mod walk;
mod window;
mod zone;

#[cfg(feature = "chrono-tz")]
mod bundled;
#[cfg(feature = "system-zones")]
mod system;

#[cfg(feature = "chrono-tz")]
pub use bundled::BundledZones;
#[cfg(feature = "chrono-tz")]
pub(crate) use bundled::names as bundled_names;
pub(crate) use dated::holds;
pub use days::{Days, InvalidDays};
pub use gcra::{Gcra, Pace};
pub use layer::{Layer, LayerKind};
pub use months::{InvalidMonths, Months};
pub use period::Period;
pub use places::{DaysOfMonth, InvalidPlaces, Nth};
pub use quota::Quota;
pub use schedule::{Next, Schedule};
pub use span::{InvalidSpan, PositiveSpan, Span, Words};
#[cfg(feature = "system-zones")]
pub use system::{InvalidZoneFiles, SystemZones};
pub use tables::ZoneTables;
pub use time_of_day::{InvalidTimeOfDay, TimeOfDay};
pub use window::{InvalidWindow, Window};
pub use zone::{FixedZones, OffsetFromUtc, ResolvedZone, ZoneKey, ZoneLookup, ZoneName};

use civil::CivilDate;

/// The part of a refused text that an error shows: enough to find it, not a whole pasted document.
fn excerpt(text: &str) -> Box<str> {
    const SHOWN: usize = 40; // longer than every valid text of this module but a long list of days
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_cuts_between_characters() {
        assert_eq!(&*excerpt("22:00"), "22:00");
        assert_eq!(&*excerpt(&"é".repeat(40)), "é".repeat(40));
        assert_eq!(&*excerpt(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
    }
}
