//! SMS: which alphabet a text goes in, how many messages it takes and where it is cut (3GPP TS 23.038 and TS 23.040).
//!
//! ```
//! use waypost::content::sms::Segmentation;
//!
//! let text = Segmentation::of("Your parcel is on its way");
//! assert_eq!((text.encoding().as_str(), text.units(), text.segments()), ("gsm7", 25, 1));
//!
//! let curly = Segmentation::of("Your parcel\u{2019}s on its way");
//! assert_eq!((curly.encoding().as_str(), curly.capacity()), ("ucs2", 70));
//! ```

mod alphabet;
mod cheapest;
mod encoding;
mod header;
mod language;
mod options;
mod prepare;
mod rewrite;
mod segmentation;
mod spelling;
mod tables;

pub use alphabet::Alphabet;
pub use encoding::Encoding;
pub use header::Header;
pub use language::Language;
pub use options::{Options, Transliterate};
pub use prepare::{Prepared, Replacement, prepare};
pub use segmentation::{Cut, MOST_SEGMENTS, Reference, Segment, Segmentation};
