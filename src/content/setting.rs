//! The setting of a message: what a payload says besides its words.

use chrono::{DateTime, Utc};

use crate::{
    content::{Content, ListUnsubscribe, sms},
    locale::Locale,
    purpose::{Purpose, Urgency},
};

/// What a payload says besides its words.
pub(crate) struct Setting<'a> {
    /// The content, for what its author says of single dialects.
    pub(crate) content: &'a Content,
    /// The language of the variant.
    pub(crate) locale: Option<Locale>,
    pub(crate) purpose: Purpose,
    pub(crate) urgency: Urgency,
    pub(crate) at: DateTime<Utc>,
    pub(crate) expires: Option<DateTime<Utc>>,
    /// What a later message of the same name replaces.
    pub(crate) collapse: Option<&'a str>,
    /// The name of an approved template with its parameters, where that is what is sent.
    pub(crate) template: Option<&'a crate::content::Template>,
    /// How to unsubscribe, rendered.
    pub(crate) unsubscribe: Option<&'a ListUnsubscribe>,
    /// Whether data that the author does not require is left out.
    pub(crate) is_shed: bool,
    /// How a short message is written.
    pub(crate) sms: &'a sms::Options,
    /// Which national tables the destination reads.
    pub(crate) tables: &'a [sms::Language],
}
