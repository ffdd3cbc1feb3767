//! Addresses: checked for syntax at the door, redacted everywhere else.

use std::fmt;

use serde::{Serialize, Serializer};

/// What an address looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressForm {
    /// E.164: `+`, then 7 to 15 digits of which the first is not 0.
    Phone,
    /// One `@`, a local part of at most 64 and a whole of at most 254 octets (RFC 5321), no spaces or controls.
    Email,
    /// Any text of 1 to 4,096 bytes without control characters other than line breaks: tokens, handles, postal addresses.
    Opaque,
}

/// Where one endpoint is reached: a number, a mailbox, a token.
///
/// `Debug` shows only the length; [`reveal`](Self::reveal) shows the address, and its name says so.
///
/// ```
/// use waypost::{Address, AddressForm};
///
/// let address = Address::new(AddressForm::Phone, "+34600111222")?;
/// assert_eq!(address.reveal(), "+34600111222");
/// assert_eq!(format!("{address:?}"), "Address(12 bytes)");
///
/// let error = Address::new(AddressForm::Phone, "600 111 222").unwrap_err();
/// assert_eq!(error.to_string(), "not a phone number in E.164 form: expected `+` and 7 to 15 digits, the first not 0");
/// # Ok::<(), waypost::InvalidAddress>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(Box<str>);

impl Address {
    /// Checks the syntax; that somebody answers there is the endpoint's health to say.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] says which form was expected; it never repeats the text.
    pub fn new(form: AddressForm, text: &str) -> Result<Self, InvalidAddress> {
        let fits = match form {
            AddressForm::Phone => is_phone(text),
            AddressForm::Email => is_email(text),
            AddressForm::Opaque => is_opaque(text),
        };
        if fits { Ok(Self(text.into())) } else { Err(InvalidAddress { form }) }
    }

    /// The address itself, to hand to a provider; keep it out of logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} bytes)", self.0.len())
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// A text that is not an address of the form its kind asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAddress {
    form: AddressForm,
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.form {
            AddressForm::Phone => "not a phone number in E.164 form: expected `+` and 7 to 15 digits, the first not 0",
            AddressForm::Email => "not a mailbox: expected `local@domain`, at most 64 and 254 bytes, without spaces",
            AddressForm::Opaque => "not an address: expected 1 to 4096 bytes without control characters",
        })
    }
}

impl std::error::Error for InvalidAddress {}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean = |part: &str| !part.chars().any(|c| c.is_control() || c.is_whitespace() || c == '@');
    (1..=64).contains(&local.len()) && !domain.is_empty() && text.len() <= 254 && clean(local) && clean(domain)
}

fn is_opaque(text: &str) -> bool {
    (1..=4096).contains(&text.len()) && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: AddressForm, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(Address::new(form, text).is_ok(), "{text} should be an address");
        }
        for text in bad {
            assert!(Address::new(form, text).is_err(), "{text} should not be an address");
        }
    }

    #[test]
    fn forms() {
        check(
            AddressForm::Phone,
            &["+1234567", "+123456789012345"],
            &["", "+", "1234567", "+0234567", "+123456", "+1234567890123456", "+12345a7", "+１２３４５６７"],
        );
        check(
            AddressForm::Email,
            &["a@b", "ana.o'neil+x@example.com", "ñ@ejemplo.es"],
            &["", "a", "@b", "a@", "a b@c", "a@b@c", "a\r\nBcc: x@y"],
        );
        check(AddressForm::Opaque, &["x", "1 High St\nTown"], &["", "a\0b", "\u{7}"]);
    }
}
