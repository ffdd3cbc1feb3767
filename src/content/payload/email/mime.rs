//! MIME: an email as the message that goes over the wire (RFC 5322, RFC 2045 to 2047).
//!
//! Everything that is not in the email stands in the [`Envelope`]: who writes to whom, when, and the names that must be
//! unique. No clock and no host name is read, so the same email in the same envelope gives the same bytes.

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use mail_builder::{
    MessageBuilder,
    headers::{address, content_type::ContentType, date::Date, raw::Raw},
    mime::MimePart,
};

use crate::{
    address::Address,
    content::payload::email::{Email, HeaderText, text},
};

/// Octets of a line without its end, which none of a message may pass (RFC 5322 section 2.1.1).
const LONGEST_LINE: usize = 998;

/// Why there is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEnvelope {
    /// An address that a header cannot hold as it stands.
    #[error("not an address for a header: expected `local@domain` of ASCII letters, digits and marks, without quotes")]
    Address,
    /// There is nobody to send it to.
    #[error("nobody to send it to")]
    NoRecipient,
    /// The name of the message is none.
    #[error("not a message id: expected `left@right` of ASCII letters, digits and marks, at most 250 octets")]
    MessageId,
    /// The boundary is none.
    #[error("not a boundary: expected 1 to 70 ASCII letters, digits, `-`, `_` and `.`")]
    Boundary,
    /// The boundary stands in the email, of which it would end a part.
    #[error("the boundary stands in the email")]
    BoundaryInBody,
    /// The date has no four-digit year.
    #[error("a date before 1900 or after 9999")]
    Date,
    /// A line would be too long.
    #[error("a line of more than {max} octets", max = LONGEST_LINE)]
    LongLine,
}

/// Somebody who writes or is written to. `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    name: Option<HeaderText>,
    address: Address,
}

impl Mailbox {
    /// This address.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvelope::Address`] unless both sides of the `@` are words with dots (RFC 5322 section 3.2.3): a domain of
    /// other letters is to be written in its ASCII form first, and quoted names are not taken.
    pub fn new(address: Address) -> Result<Self, InvalidEnvelope> {
        if !is_dot_atoms(address.reveal()) {
            return Err(InvalidEnvelope::Address);
        }
        Ok(Self { name: None, address })
    }

    /// This address, which may be of other letters too: a message that names it goes only over servers that take such
    /// addresses (SMTPUTF8, RFC 6531), for its header is UTF-8 (RFC 6532).
    ///
    /// # Errors
    ///
    /// [`InvalidEnvelope::Address`] where what is ASCII of it is not as [`new`](Self::new) asks.
    pub fn international(address: Address) -> Result<Self, InvalidEnvelope> {
        let ascii = address.reveal().replace(|c: char| !c.is_ascii() && !c.is_control(), "a");
        if !is_dot_atoms(&ascii) {
            return Err(InvalidEnvelope::Address);
        }
        Ok(Self { name: None, address })
    }

    /// The same, with this name beside it, [cleaned](HeaderText).
    pub fn with_name(mut self, name: &str) -> Self {
        self.name = Some(HeaderText::new(name)).filter(|name| !name.is_empty());
        self
    }

    fn header(&self) -> address::Address<'_> {
        address::Address::new_address(self.name.as_ref().map(HeaderText::as_str), self.address.reveal())
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({} bytes)", self.address.reveal().len())
    }
}

/// What a message says besides the email; every part of it is sound. `Debug` shows how many it goes to.
///
/// ```
/// use waypost::{Address, AddressForm, content::payload::{Email, email::mime::{Envelope, Mailbox}}};
///
/// let mailbox = |text| Ok::<_, Box<dyn std::error::Error>>(Mailbox::new(Address::new(AddressForm::Email, text)?)?);
/// let envelope = Envelope::new(
///     mailbox("shop@example.com")?.with_name("Käse & Co"),
///     vec![mailbox("ana@example.org")?],
///     "2026-11-22T09:00:00Z".parse()?,
///     "m-1.ana@example.com",
///     "part-m-1",
/// )?;
/// let bytes = Email::new("Your order", "It is on its way.", "<p>It is on its way.</p>").to_mime(&envelope)?;
/// assert!(bytes.starts_with(b"From: "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    from: Mailbox,
    to: Vec<Mailbox>,
    reply_to: Option<Mailbox>,
    date: DateTime<Utc>,
    message_id: String,
    boundary: String,
}

impl Envelope {
    /// From whom, to whom, when, under which name (`left@right`, unique in the world) and with which boundary between the
    /// parts.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvelope`] says which of them could not stand in a header.
    pub fn new(
        from: Mailbox,
        to: Vec<Mailbox>,
        date: DateTime<Utc>,
        message_id: &str,
        boundary: &str,
    ) -> Result<Self, InvalidEnvelope> {
        if to.is_empty() {
            return Err(InvalidEnvelope::NoRecipient);
        }
        if !(1900..=9999).contains(&date.year()) {
            return Err(InvalidEnvelope::Date);
        }
        if message_id.len() > 250 || !is_dot_atoms(message_id) {
            return Err(InvalidEnvelope::MessageId);
        }
        // Fewer characters than RFC 2046 section 5.1.1 lets: these are never encoded, so one that does not stand in the
        // email does not stand in what it is encoded to.
        let is_boundary = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(1..=70).contains(&boundary.len()) || !boundary.bytes().all(is_boundary) {
            return Err(InvalidEnvelope::Boundary);
        }
        let (message_id, boundary) = (message_id.to_owned(), boundary.to_owned());
        Ok(Self { from, to, reply_to: None, date, message_id, boundary })
    }

    /// The same, to be answered here.
    pub fn with_reply_to(mut self, mailbox: Mailbox) -> Self {
        self.reply_to = Some(mailbox);
        self
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} recipients)", self.to.len())
    }
}

impl Email {
    /// The message over the wire: `multipart/alternative`, text first and HTML last, with the header's lines folded and
    /// the words encoded, in lines of at most 998 octets.
    ///
    /// # Errors
    ///
    /// [`InvalidEnvelope::BoundaryInBody`]: take another one.
    pub fn to_mime(&self, envelope: &Envelope) -> Result<Vec<u8>, InvalidEnvelope> {
        let Envelope { from, to, reply_to, date, message_id, boundary } = envelope;
        if self.text.contains(boundary) || self.html.contains(boundary) {
            return Err(InvalidEnvelope::BoundaryInBody);
        }
        let to = address::Address::new_list(to.iter().map(Mailbox::header).collect());
        let mut message = MessageBuilder::new().header("From", from.header()).header("To", to);
        if let Some(reply_to) = reply_to {
            message = message.header("Reply-To", reply_to.header());
        }
        message = message
            .subject(self.subject.as_str())
            .header("Date", Date::new(date.timestamp()))
            .message_id(message_id.as_str());
        for (name, value) in self.headers() {
            message = message.header(name, Raw::new(value));
        }
        let part = |kind: &'static str, words: &str| MimePart::new(kind, text::clean(words));
        let alternatives = vec![part("text/plain", &self.text), part("text/html", &self.html)];
        let kind = ContentType::new("multipart/alternative").attribute("boundary", boundary.as_str());
        let mut bytes = Vec::new();
        // Writing to memory has no errors of its own.
        if message.body(MimePart::new(kind, alternatives)).write_to(&mut bytes).is_err() || !has_short_lines(&bytes) {
            return Err(InvalidEnvelope::LongLine);
        }
        Ok(bytes)
    }
}

fn has_short_lines(message: &[u8]) -> bool {
    message.split(|byte| *byte == b'\n').all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= LONGEST_LINE)
}

/// Two sides of an `@`, both words of `atext` with single dots between them.
fn is_dot_atoms(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    let is_dot_atom = |side: &str| side.split('.').all(|word| !word.is_empty() && word.bytes().all(is_atext));
    text.split_once('@').is_some_and(|(left, right)| is_dot_atom(left) && is_dot_atom(right))
}
