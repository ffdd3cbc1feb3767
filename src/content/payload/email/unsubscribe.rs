//! Unsubscribing: where a reader goes, and a mail programme posts to, who wants no more of it (RFC 2369, RFC 8058).

use std::fmt;

use serde::Serialize;

use crate::{
    content::{
        payload::email::{HeaderText, link},
        render::{Render, RenderError, Rendered, Values},
    },
    discreet::discreet,
    reason::{Misfit, Reason},
};

/// Octets of an address in the header: its line cannot be folded and holds at most 998 (RFC 5322 section 2.1.1), of which
/// the name of the field, the brackets and room for a relay that rewrites them are taken.
const LONGEST: usize = 900;

discreet! {
UnsubscribeDocument of "Unsubscribe",
/// How to unsubscribe from email, as its author writes it; it may hold variables.
///
/// | field | |
/// | --- | --- |
/// | `url` | begins with `https://` and a host, or with a variable whose value does; it unsubscribes by a POST alone, without a login or a cookie |
/// | `mailto` | begins with `mailto:`; it stands beside the address for programmes that post nothing |
/// | `label` | what stands on the link in the email; left out, a word for it in the language of the text, or else in English |
///
/// Values are percent-encoded where they are put into an address, except for one with which it begins. `Debug` shows
/// lengths.
///
/// ```
/// use waypost::content::{Substitution, Unsubscribe, Values};
///
/// let unsubscribe = Unsubscribe::new("https://example.com/u?who={token}");
/// let values: Values = [("token".parse()?, "a b&c")].into_iter().collect();
/// let rendered = unsubscribe.render(&Substitution, &values)?;
/// assert_eq!(rendered.headers(), [
///     ("List-Unsubscribe", "<https://example.com/u?who=a%20b%26c>".to_owned()),
///     ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unsubscribe {
    /// The address that a click opens and a mail programme posts to.
    pub url: String,
    /// The address to write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailto: Option<String>,
    /// What stands on the link in the email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
}

impl Unsubscribe {
    /// By this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), mailto: None, label: None }
    }

    /// The same, with this address to write to.
    pub fn with_mailto(mut self, mailto: impl Into<String>) -> Self {
        self.mailto = Some(mailto.into());
        self
    }

    /// The same, with these words on its link.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What is wrong with it before any value is known, in words that do not repeat its own.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let begins = |text: &str, scheme: &str| text.starts_with('{') || after(text, scheme).is_some();
        if !begins(&self.url, "https://") {
            return Some("has a `url` that is not https");
        }
        // What a variable stands in is known when its value is.
        if !self.url.contains('{') && host_of(&self.url).is_none() {
            return Some("has a `url` without a host");
        }
        if self.mailto.as_deref().is_some_and(|mailto| !begins(mailto, "mailto:")) {
            return Some("has a `mailto` that does not begin with `mailto:`");
        }
        self.label.as_deref().filter(|label| label.trim().is_empty()).map(|_| "has an empty `label`")
    }

    /// Whether it holds no variables and nobody could object to it.
    pub(crate) fn is_plain_and_sound(&self, engine: &dyn Render) -> bool {
        let is_plain = self.words().all(|words| engine.is_plain(words) && words.len() <= LONGEST && is_address(words));
        is_plain && self.mailto.is_none() && self.label.is_none() && host_of(&self.url).is_some()
    }

    /// Every text of it that may hold variables.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        [Some(self.url.as_str()), self.mailto.as_deref(), self.label.as_deref()].into_iter().flatten()
    }

    /// Puts the values in.
    ///
    /// # Errors
    ///
    /// [`InvalidUnsubscribe`], which refuses an email that needs it.
    pub fn render(&self, engine: &dyn Render, values: &Values) -> Result<ListUnsubscribe, InvalidUnsubscribe> {
        let url = address(&engine.render(&self.url, values)?);
        if host_of(&url).is_none() || !is_address(&url) {
            return Err(InvalidUnsubscribe::Url);
        }
        let mailto = match &self.mailto {
            None => None,
            Some(mailto) => {
                let mailto = address(&engine.render(mailto, values)?);
                let whom = after(&mailto, "mailto:").ok_or(InvalidUnsubscribe::Mailto)?;
                if !whom.contains('@') || !is_address(&mailto) {
                    return Err(InvalidUnsubscribe::Mailto);
                }
                Some(mailto)
            }
        };
        if url.len() > LONGEST || mailto.as_ref().is_some_and(|mailto| mailto.len() > LONGEST) {
            return Err(InvalidUnsubscribe::TooLong);
        }
        let label = match &self.label {
            None => None,
            Some(label) => Some(HeaderText::new(&engine.render(label, values)?.text)),
        };
        Ok(ListUnsubscribe { url, mailto, label: label.filter(|label| !label.is_empty()) })
    }
}

/// What follows the scheme of an address of https, where a host begins it.
fn host_of(url: &str) -> Option<&str> {
    after(url, "https://").filter(|place| link::has_host(place))
}

// Addresses to unsubscribe at name their customer.
impl fmt::Debug for Unsubscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unsubscribe({} bytes)", self.url.len())
    }
}

/// Why nobody could unsubscribe there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUnsubscribe {
    /// A value is missing, or the words are no template.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The address is not one of https.
    #[error("the address to unsubscribe at is not one of https with a host")]
    Url,
    /// The address to write to is not one of mailto.
    #[error("the address to unsubscribe with is not one of mailto")]
    Mailto,
    /// An address is too long for the header, where it cannot be folded.
    #[error("an address to unsubscribe at is longer than {max} octets", max = LONGEST)]
    TooLong,
}

impl From<InvalidUnsubscribe> for Reason {
    fn from(error: InvalidUnsubscribe) -> Self {
        match error {
            InvalidUnsubscribe::Render(error) => Self::from(error),
            _ => Self::ContentUnsuited { misfit: Misfit::NoUnsubscribe },
        }
    }
}

/// How to unsubscribe from one email: addresses that are sound, and short enough for a header.
///
/// It can only be made by [`Unsubscribe::render`]. `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq)]
pub struct ListUnsubscribe {
    url: String,
    mailto: Option<String>,
    label: Option<HeaderText>,
}

impl ListUnsubscribe {
    /// The address that a click opens and a mail programme posts to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address to write to.
    pub fn mailto(&self) -> Option<&str> {
        self.mailto.as_deref()
    }

    /// What its author wants on the link.
    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_ref().map(HeaderText::as_str)
    }

    /// The two fields of the header, which both belong under the signature of DKIM (RFC 8058 section 4).
    pub fn headers(&self) -> [(&'static str, String); 2] {
        let addresses = match &self.mailto {
            None => format!("<{}>", self.url),
            Some(mailto) => format!("<{}>, <{mailto}>", self.url),
        };
        [("List-Unsubscribe", addresses), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())]
    }
}

impl fmt::Debug for ListUnsubscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListUnsubscribe({} bytes)", self.url.len())
    }
}

/// What stands behind a beginning, whatever the case.
fn after<'t>(text: &'t str, beginning: &str) -> Option<&'t str> {
    let (begins, rest) = text.split_at_checked(beginning.len())?;
    (begins.eq_ignore_ascii_case(beginning) && !rest.is_empty()).then_some(rest)
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A rendered address: values are percent-encoded but for one at its beginning, and everywhere what is not ASCII.
fn address(rendered: &Rendered<'_>) -> String {
    let mut address = String::with_capacity(rendered.text.len());
    for (at, c) in rendered.text.char_indices() {
        let is_value = rendered.values.iter().any(|value| value.start > 0 && value.contains(&at));
        let is_unreserved = c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        if is_unreserved || (c.is_ascii() && !is_value) {
            address.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            address.push('%');
            address.push(char::from(HEX[usize::from(byte >> 4)]));
            address.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    address
}

/// Whether the address is of characters that may stand in one (RFC 3986 section 2), none of which ends a header's brackets.
fn is_address(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Substitution;

    #[track_caller]
    fn check(unsubscribe: &Unsubscribe, value: &str, expected: Result<&str, InvalidUnsubscribe>) {
        let values: Values = [("v".parse().expect("a name"), value)].into_iter().collect();
        let rendered = unsubscribe.render(&Substitution, &values);
        let header = rendered.map(|rendered| rendered.headers()[0].1.clone());
        assert_eq!(header.as_deref().map_err(|error| *error), expected, "{value:?}");
    }

    #[test]
    fn values_stay_inside_the_address() {
        let by_query = Unsubscribe::new("https://a.example/u?v={v}");
        check(&by_query, "abc-._~", Ok("<https://a.example/u?v=abc-._~>"));
        check(&by_query, "é/?&=#@:", Ok("<https://a.example/u?v=%C3%A9%2F%3F%26%3D%23%40%3A>"));
        check(&by_query, ">\r\nBcc: x@y", Ok("<https://a.example/u?v=%3E%0D%0ABcc%3A%20x%40y>"));
        check(&by_query, "", Err(InvalidUnsubscribe::Render(RenderError::Missing("v".parse().expect("a name")))));
        check(&by_query, &"x".repeat(900 - 22), Ok(&format!("<https://a.example/u?v={}>", "x".repeat(900 - 22))));
        check(&by_query, &"x".repeat(901 - 22), Err(InvalidUnsubscribe::TooLong));
        let by_name = Unsubscribe::new("https://{v}.example/ü");
        check(&by_name, "evil.example/", Ok("<https://evil.example%2F.example/%C3%BC>"));
    }

    #[test]
    fn a_whole_address_may_be_a_value() {
        let whole = Unsubscribe::new("{v}");
        check(&whole, "https://a.example/u?x=1&y=ü", Ok("<https://a.example/u?x=1&y=%C3%BC>"));
        for value in [
            "http://a.example",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://@",
            "https://@/u",
            "https://:443/u",
            "https://?u=1",
            "https://.",
            "https://a b",
            "https://a>\r\nBcc:",
            "https://a/{x}",
            "ftp://a",
        ] {
            check(&whole, value, Err(InvalidUnsubscribe::Url));
        }
    }

    #[test]
    fn no_host_is_a_fault() {
        assert_eq!(Unsubscribe::new("https://@").fault(), Some("has a `url` without a host"));
        assert_eq!(Unsubscribe::new("https://a.example").fault(), None);
        assert_eq!(Unsubscribe::new("https://{v}").fault(), None);
    }

    #[test]
    fn one_may_write_too() {
        let both = Unsubscribe::new("https://a.example/u").with_mailto("mailto:u+{v}@a.example?subject=stop");
        check(&both, "1/2", Ok("<https://a.example/u>, <mailto:u+1%2F2@a.example?subject=stop>"));
        check(
            &Unsubscribe::new("https://a.example/u").with_mailto("mailto:nobody"),
            "x",
            Err(InvalidUnsubscribe::Mailto),
        );
        check(
            &Unsubscribe::new("https://a.example/u").with_mailto("u@a.example"),
            "x",
            Err(InvalidUnsubscribe::Mailto),
        );
    }
}
