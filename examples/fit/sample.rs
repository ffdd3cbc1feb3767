//! A message with whom it is for.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use waypost::{
    Content, Country, Locale, Message, Purpose,
    content::{FitContext, Limits},
};

/// A message with whom it is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// What it is called here.
    #[serde(default = "untitled")]
    pub(crate) title: String,
    /// Where its reader is.
    #[serde(default)]
    pub(crate) country: Option<Country>,
    /// The languages that its reader reads, best first.
    #[serde(default)]
    pub(crate) locales: Vec<Locale>,
    /// When it would be sent: limits are those of then.
    #[serde(default = "samples_were_made")]
    pub(crate) at: DateTime<Utc>,
    /// The message.
    pub(crate) message: Message,
}

fn untitled() -> String {
    "A message".to_owned()
}

/// No clock is read, so the same file gives the same output tomorrow.
fn samples_were_made() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_348_800, 0).unwrap_or_default()
}

impl Sample {
    /// Reads a sample, a message or a content.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let words = |error: serde_json::Error| error.to_string();
        // Which of the three it is says its outermost key; then it is read as that, so that an error has its place.
        let document: serde_json::Value = serde_json::from_str(text).map_err(words)?;
        let has = |key| document.get(key).is_some();
        if has("message") {
            return serde_json::from_str(text).map_err(words);
        }
        let message = if has("content") {
            serde_json::from_str(text).map_err(words)?
        } else {
            let content: Content = serde_json::from_str(text).map_err(words)?;
            let name = |error: waypost::InvalidName| error.to_string();
            let (id, topic) = ("m-1".parse().map_err(name)?, "sample".parse().map_err(name)?);
            let builder = Message::builder(id, topic, Purpose::Transactional).content(content);
            builder.build().map_err(|error| error.to_string())?
        };
        Ok(Self { title: untitled(), country: None, locales: Vec::new(), at: samples_were_made(), message })
    }

    /// The samples that are shipped.
    pub(crate) fn shipped() -> Result<Vec<Self>, String> {
        [
            include_str!("../data/fit/parcel.json"),
            include_str!("../data/fit/code.json"),
            include_str!("../data/fit/birthday.json"),
            include_str!("../data/fit/visit.json"),
            include_str!("../data/fit/terms.json"),
        ]
        .into_iter()
        .map(Self::read)
        .collect()
    }

    /// For whom, when and why it is fitted.
    pub(crate) fn context(&self) -> FitContext<'_> {
        let mut context = FitContext::new(self.at, self.message.purpose())
            .with_limits(Limits::shipped())
            .with_values(self.message.values())
            .with_locales(&self.locales);
        context.urgency = self.message.urgency();
        context.expires = self.message.expires();
        context.collapse = self.message.dedupe_key().map(|key| key.as_str());
        context.country = self.country;
        context
    }
}
