//! The context of a fit: for whom, when, why and within what.

use chrono::{DateTime, Utc};

use crate::{
    content::{LimitRow, Limits, Render, Substitution, Values},
    country::Country,
    id::TenantId,
    locale::Locale,
    purpose::{Purpose, Urgency},
};

/// Whether free text may be sent on a channel with sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// It may, or the channel has no sessions.
    Open,
    /// Only a template may.
    Closed {
        /// When the session ended; `None` where there was none.
        since: Option<DateTime<Utc>>,
    },
}

/// For whom, when and why content is fitted, and within which limits.
///
/// ```
/// use waypost::{Purpose, content::FitContext};
///
/// let context = FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Transactional).with_country("TR".parse()?);
/// assert_eq!(context.country, Some("TR".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FitContext<'a> {
    /// The instant at which it would be sent: limits and prices are those of then.
    pub at: DateTime<Utc>,
    /// Why it is sent; marketing by email asks for a way out.
    pub purpose: Purpose,
    /// How pressing it is.
    pub urgency: Urgency,
    /// The instant from which it is worth nothing.
    pub expires: Option<DateTime<Utc>>,
    /// What a later message of the same name replaces.
    pub collapse: Option<&'a str>,
    /// On whose behalf it is sent.
    pub brand: Option<TenantId>,
    /// The customer's languages, best first.
    pub locales: &'a [Locale],
    /// Where the customer is, where known.
    pub country: Option<Country>,
    /// What is put into the words.
    pub values: &'a Values,
    /// What puts it there.
    pub render: &'a dyn Render,
    /// The providers' limits.
    pub limits: &'a [LimitRow],
    /// Whether free text may be sent.
    pub session: Session,
    /// Whether only the long form will do.
    pub long_form_only: bool,
    /// Whether links are left out.
    pub no_links: bool,
}

impl<'a> FitContext<'a> {
    /// An instant and a purpose; no values, no languages, no limits but the channel's own.
    pub fn new(at: DateTime<Utc>, purpose: Purpose) -> Self {
        Self {
            at,
            purpose,
            urgency: Urgency::Normal,
            expires: None,
            collapse: None,
            brand: None,
            locales: &[],
            country: None,
            values: Values::NONE,
            render: &Substitution,
            limits: &[],
            session: Session::Open,
            long_form_only: false,
            no_links: false,
        }
    }

    /// The same, within these limits.
    pub fn with_limits(mut self, limits: &'a Limits) -> Self {
        self.limits = limits.rows();
        self
    }

    /// The same, with these values.
    pub fn with_values(mut self, values: &'a Values) -> Self {
        self.values = values;
        self
    }

    /// The same, rendered by this engine.
    pub fn with_render(mut self, render: &'a dyn Render) -> Self {
        self.render = render;
        self
    }

    /// The same, for somebody who reads these languages.
    pub fn with_locales(mut self, locales: &'a [Locale]) -> Self {
        self.locales = locales;
        self
    }

    /// The same, for somebody in this country.
    pub fn with_country(mut self, country: Country) -> Self {
        self.country = Some(country);
        self
    }

    /// The same, on behalf of this brand.
    pub fn with_brand(mut self, brand: TenantId) -> Self {
        self.brand = Some(brand);
        self
    }

    /// The same, this pressing.
    pub fn with_urgency(mut self, urgency: Urgency) -> Self {
        self.urgency = urgency;
        self
    }

    /// The same, without links.
    pub fn without_links(mut self) -> Self {
        self.no_links = true;
        self
    }

    /// The same, in this session.
    pub fn with_session(mut self, session: Session) -> Self {
        self.session = session;
        self
    }
}
