//! The law data: rows by id, the holidays they ask for, and what the sender says of itself.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{LawId, Segment},
    jurisdiction::Jurisdiction,
    kind::ChannelKind,
    law::{InvalidRow, Row},
    purpose::Purpose,
    time::Span,
    unique,
    version::Version,
};

/// Rows of law, with the dates of holidays; to be given to [`RouterConfigBuilder::law`](crate::RouterConfigBuilder::law).
///
/// Not legal advice: see [`law`](crate::law).
///
/// ```
/// use waypost::law::{Jurisdictions, Status};
///
/// let own = Jurisdictions::from_toml(r#"
/// margin = "5m"
/// relationship = ["customer"]
///
/// [holidays]
/// FR = ["2026-12-25", "2027-01-01"]
///
/// [[rows]]
/// id = "it-call-hours"
/// jurisdiction = "IT"
/// purposes = ["marketing"]
/// kind = "notice"
/// status = "repealed"
/// source = "our counsel, 2026-12"
/// verified = "2026-12-01"
/// confidence = "primary"
/// "#)?;
/// let law = Jurisdictions::shipped().merge(own)?; // rows of the same id replace those that are there
/// assert_eq!(law.row("it-call-hours".parse()?).map(|row| row.status), Some(Status::Repealed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Jurisdictions {
    // INVARIANT: within the bounds of `check`, with sound rows of different ids; dates sorted, each once.
    document: Document,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "law data")]
struct Document {
    #[serde(default)]
    version: Version,
    #[serde(default, skip_serializing_if = "is_zero")]
    margin: Span,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    relationship: Vec<Segment>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    holidays: BTreeMap<Jurisdiction, Vec<NaiveDate>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Row>,
}

fn is_zero(margin: &Span) -> bool {
    margin.is_zero()
}

/// Law data that makes no sense or has no bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLaw {
    /// A row by itself.
    #[error(transparent)]
    Row(#[from] InvalidRow),
    /// Two rows of one id: a reason could not say which.
    #[error("two rows are named `{0}`")]
    DuplicateRow(LawId),
    /// More than any law has.
    #[error("law data has at most {most} {what}, not {count}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most.
        most: usize,
        /// How many there are.
        count: usize,
    },
    /// A margin as long as the hours themselves.
    #[error("the margin is at most {LONGEST_MARGIN}, not {0}")]
    LongMargin(Span),
}

/// The shipped data has some 70 rows for 14 countries; a router looks only at those of the customer's places.
const MOST_ROWS: usize = 4096;
const MOST_REGIONS: usize = 512;
/// More holidays than any region has in 20 years.
const MOST_HOLIDAYS: usize = 1024;
const MOST_SEGMENTS: usize = 64;
/// A message that takes longer than this to arrive has no hours to be planned for.
const LONGEST_MARGIN: Span = Span::hours(1);

impl Jurisdictions {
    /// The data that the crate carries, `data/jurisdictions.toml`: a dated sample, without the dates of holidays.
    ///
    /// Every row says when it was last verified and how well it is founded; [`lint`](Self::lint) says which are old or
    /// doubtful.
    #[cfg(feature = "toml")]
    pub fn shipped() -> Self {
        let text = include_str!("../../data/jurisdictions.toml");
        // INVARIANT: a test reads the file.
        Self::from_toml(text).expect("the data that the crate carries is sound")
    }

    /// These rows.
    ///
    /// # Errors
    ///
    /// [`InvalidLaw`] where a row is unsound, two share an id, or there are more than 4,096.
    pub fn new(rows: Vec<Row>) -> Result<Self, InvalidLaw> {
        Document { rows, ..Document::default() }.try_into()
    }

    /// Reads law data from TOML.
    ///
    /// # Errors
    ///
    /// What is wrong and where; a row that makes no sense is named with its field.
    ///
    /// ```
    /// use waypost::Jurisdictions;
    ///
    /// let error = Jurisdictions::from_toml(r#"
    /// [[rows]]
    /// id = "fr-call-cap"
    /// jurisdiction = "FR"
    /// purposes = ["marketing"]
    /// kind = "cap"
    /// limit = 0
    /// per = { rolling_days = 30 }
    /// source = "Code de la consommation D.223-9"
    /// verified = "2026-11-21"
    /// confidence = "primary"
    /// "#).unwrap_err();
    /// assert_eq!(error.line(), 2);
    /// assert_eq!(error.message(), "row `fr-call-cap`: `limit` is 0, which forbids: expected at least 1");
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::toml(text)
    }

    /// Reads law data from JSON.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Self, crate::ParseError> {
        crate::parse::json(text)
    }

    /// The same, with other data on top: its rows replace those of the same id, its holidays are added, its margin
    /// counts where it is longer, and what it says of relationships is added.
    ///
    /// A row is taken out by one of its id whose status is not `in_force`.
    ///
    /// # Errors
    ///
    /// [`InvalidLaw`] where both together are more than law data may hold.
    pub fn merge(mut self, over: Self) -> Result<Self, InvalidLaw> {
        let document = &mut self.document;
        for row in over.document.rows {
            match document.rows.iter_mut().find(|known| known.id == row.id) {
                Some(known) => *known = row,
                None => document.rows.push(row),
            }
        }
        for (region, dates) in over.document.holidays {
            document.holidays.entry(region).or_default().extend(dates);
        }
        document.margin = document.margin.max(over.document.margin);
        document.relationship.extend(over.document.relationship);
        self.document.try_into()
    }

    /// The same, with more public holidays of a region, as local dates.
    ///
    /// # Errors
    ///
    /// [`InvalidLaw`] for more than 1,024 dates of one region or 512 regions.
    ///
    /// ```
    /// use waypost::Jurisdictions;
    ///
    /// let law = Jurisdictions::default().with_holidays("FR".parse()?, ["2026-12-25".parse()?])?;
    /// assert_eq!(law.holidays("FR".parse()?).len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_holidays(
        mut self,
        region: Jurisdiction,
        dates: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Self, InvalidLaw> {
        let known = self.document.holidays.entry(region).or_default();
        // One more than may be is refused below, and an endless list is not read to its end.
        known.extend(dates.into_iter().take(MOST_HOLIDAYS + 1));
        self.document.try_into()
    }

    /// The same, with this margin.
    ///
    /// # Errors
    ///
    /// [`InvalidLaw::LongMargin`] for more than an hour.
    pub fn with_margin(mut self, margin: Span) -> Result<Self, InvalidLaw> {
        self.document.margin = margin;
        self.document.try_into()
    }

    /// The same, where customers of one more segment have a relationship by which rows are set aside.
    ///
    /// # Errors
    ///
    /// [`InvalidLaw::TooMany`] for more than 64 segments.
    pub fn with_relationship(mut self, segment: Segment) -> Result<Self, InvalidLaw> {
        self.document.relationship.push(segment);
        self.document.try_into()
    }

    /// The rows, in the order of the text.
    pub fn rows(&self) -> &[Row] {
        &self.document.rows
    }

    /// The row of an id.
    pub fn row(&self, id: LawId) -> Option<&Row> {
        self.document.rows.iter().find(|row| row.id == id)
    }

    /// How long before their end hours are taken to close, for what is sent then may arrive after; by default not at
    /// all, and never for a row that counts the dispatch.
    pub fn margin(&self) -> Span {
        self.document.margin
    }

    /// The segments whose customers have an established relationship; none, where nothing is said, so that
    /// `relationship` lifts nothing.
    pub fn relationship(&self) -> &[Segment] {
        &self.document.relationship
    }

    /// The public holidays of a region, sorted; none where nobody supplied any.
    pub fn holidays(&self, region: Jurisdiction) -> &[NaiveDate] {
        self.document.holidays.get(&region).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rows that bind at an instant for any of these places, on a kind and for a purpose, lifts apart.
    pub fn applying(
        &self,
        places: impl IntoIterator<Item = Jurisdiction>,
        kind: ChannelKind,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> impl Iterator<Item = &Row> {
        let places: Vec<_> = places.into_iter().collect();
        self.document.rows.iter().filter(move |row| {
            row.is_in_force(at)
                && row.speaks_of(kind)
                && row.is_about(purpose)
                && places.iter().any(|place| place.is_within(row.jurisdiction))
        })
    }
}

impl TryFrom<Document> for Jurisdictions {
    type Error = InvalidLaw;

    fn try_from(mut document: Document) -> Result<Self, InvalidLaw> {
        let bound = |what, most, count| {
            if count > most { Err(InvalidLaw::TooMany { what, most, count }) } else { Ok(()) }
        };
        bound("rows", MOST_ROWS, document.rows.len())?;
        document.rows.iter().try_for_each(Row::check)?;
        let mut ids: Vec<_> = document.rows.iter().map(|row| row.id).collect();
        ids.sort();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(InvalidLaw::DuplicateRow(pair[0]));
        }
        bound("regions with holidays", MOST_REGIONS, document.holidays.len())?;
        for dates in document.holidays.values_mut() {
            dates.sort();
            dates.dedup();
            bound("holidays of one region", MOST_HOLIDAYS, dates.len())?;
        }
        document.relationship.sort();
        document.relationship.dedup();
        bound("segments of relationships", MOST_SEGMENTS, document.relationship.len())?;
        if document.margin > LONGEST_MARGIN {
            return Err(InvalidLaw::LongMargin(document.margin));
        }
        Ok(Self { document })
    }
}

impl From<Jurisdictions> for Document {
    fn from(law: Jurisdictions) -> Self {
        law.document
    }
}
