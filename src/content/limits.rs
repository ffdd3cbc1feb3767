//! The limits of the providers, as dated data.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    content::{Dialect, Field, Form, Limit, LimitKind, Unit},
    version::Version,
};

/// One limit of one dialect, for a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LimitRow {
    /// Who sets it.
    pub dialect: Dialect,
    /// For which form of content only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Where.
    pub field: Field,
    /// The most, inclusive.
    pub max: u32,
    /// What is counted.
    pub unit: Unit,
    /// What happens past it.
    pub kind: LimitKind,
    /// The first day on which it holds, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// The first day on which it does not hold any more, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Where it is written.
    pub source: String,
    /// When somebody last looked.
    pub verified: NaiveDate,
}

impl LimitRow {
    /// The limit itself.
    pub fn limit(&self) -> Limit {
        Limit::hard(self.max, self.unit).on(self.field).of_kind(self.kind)
    }

    /// Whether it holds at an instant.
    pub fn is_in_force(&self, at: DateTime<Utc>) -> bool {
        crate::time::holds(self.since, self.until, at)
    }
}

/// Limits of providers; to be given to [`RouterConfigBuilder::limits`](crate::RouterConfigBuilder::limits) or to
/// [`FitContext`](crate::content::FitContext).
///
/// Providers move their limits several times a year, so they are rows of a document with the day on which somebody last
/// looked, and not constants. A channel's own [limits](crate::ChannelDescriptor::limits) hold beside them.
///
/// ```
/// use waypost::content::{Dialect, Limits};
///
/// let limits = Limits::shipped();
/// let at = "2026-11-22T12:00:00Z".parse()?;
/// assert!(limits.of(Dialect::Telegram, at).any(|row| row.max == 4096));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "limits")]
pub struct Limits {
    #[serde(default)]
    version: Version,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    limits: Vec<LimitRow>,
}

impl Limits {
    /// No limits.
    pub const NONE: &'static Self = &Self { version: Version::CURRENT, limits: Vec::new() };

    /// The dated rows that are shipped with the crate, in `data/limits.toml`.
    #[cfg(feature = "toml")]
    pub fn shipped() -> &'static Self {
        static SHIPPED: std::sync::LazyLock<Limits> = std::sync::LazyLock::new(|| {
            Limits::from_toml(include_str!("../../data/limits.toml")).expect("the tests read the shipped limits")
        });
        &SHIPPED
    }

    /// Reads limits from TOML.
    ///
    /// # Errors
    ///
    /// What is wrong and where, by line and column.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::toml(text)
    }

    /// These rows.
    pub fn new(limits: impl IntoIterator<Item = LimitRow>) -> Self {
        Self { version: Version::default(), limits: limits.into_iter().collect() }
    }

    /// All rows, in their order.
    pub fn rows(&self) -> &[LimitRow] {
        &self.limits
    }

    /// The rows of a dialect that hold at an instant.
    pub fn of(&self, dialect: Dialect, at: DateTime<Utc>) -> impl Iterator<Item = &LimitRow> {
        self.limits.iter().filter(move |row| row.dialect == dialect && row.is_in_force(at))
    }
}
