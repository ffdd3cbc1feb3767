//! The wire: who a letter goes to and the bytes that stand between DATA and its reply.

use lettre::Address as Path;
use waypost::{Address, AddressForm, Code, content::payload::email::mime::Mailbox};

/// The address has no form that mail could go to: quoted words, no domain.
pub(crate) const ADDRESS_FORM: Code = Code::literal("address_form");

/// Somebody's address, in the form for the header and in the form for the envelope.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) mailbox: Mailbox,
    pub(crate) path: Path,
    /// Whether the part before the `@` is of other letters, which only some servers take.
    pub(crate) is_international: bool,
}

impl Place {
    /// The domain in its ASCII form (RFC 5890); `None` where mail cannot go there.
    pub(crate) fn new(address: &Address) -> Option<Self> {
        let (local, domain) = address.reveal().rsplit_once('@')?;
        let domain = idna::domain_to_ascii(domain).ok()?;
        let path = Path::new(local, &domain).ok()?;
        let address = Address::new(AddressForm::Email, path.as_ref()).ok()?;
        let is_international = !local.is_ascii();
        let mailbox = if is_international { Mailbox::international(address) } else { Mailbox::new(address) };
        Some(Self { mailbox: mailbox.ok()?, path, is_international })
    }
}

/// A message in its envelope, ready to be sent.
pub(crate) struct Letter {
    pub(crate) sender: Path,
    pub(crate) recipient: Path,
    /// Whether only a server with SMTPUTF8 may have it.
    pub(crate) is_international: bool,
    /// What follows DATA, up to the dot that ends it.
    pub(crate) data: String,
}

/// A message as it follows DATA: lines end in CRLF, a dot at the beginning of one is doubled, and a dot alone ends it all
/// (RFC 5321 section 4.5.2).
///
/// Bare CR and LF become line ends: a server that took one for a line end would find the dot behind it, and with it a
/// second message of somebody else's making.
pub(crate) fn data(message: &str) -> String {
    let mut data = String::with_capacity(message.len() + message.len() / 64 + 8);
    let mut rest = message;
    while !rest.is_empty() {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        if line.starts_with('.') {
            data.push('.');
        }
        data.push_str(line);
        data.push_str("\r\n");
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    data.push_str(".\r\n");
    data
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_dot_alone_ends_a_message_and_nothing_else_does() {
        for (message, expected) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            ("a\r\n.\r\nMAIL FROM:<x>\r\n", "a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
            ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("\n\r", "\r\n\r\n.\r\n"),
        ] {
            assert_eq!(data(message), expected, "{message:?}");
        }
    }

    #[track_caller]
    fn check(address: &str, expected: Option<(&str, bool)>) {
        let address = Address::new(AddressForm::Email, address).expect("an address");
        let place = Place::new(&address);
        let found = place.as_ref().map(|place| (place.path.as_ref() as &str, place.is_international));
        assert_eq!(found, expected);
    }

    #[test]
    fn domains_are_written_in_ascii() {
        check("ana@example.org", Some(("ana@example.org", false)));
        check("ana+tag@sub.example.org", Some(("ana+tag@sub.example.org", false)));
        check("ana@münchen.example", Some(("ana@xn--mnchen-3ya.example", false)));
        check("ñandú@example.org", Some(("ñandú@example.org", true)));
    }

    #[test]
    fn what_mail_cannot_go_to_is_none() {
        for address in
            ["\"a\"@example.org", "a..b@example.org", ".a@example.org", "a@-", "a@b..c", "a<b>@c.example", "a@b>c"]
        {
            check(address, None);
        }
    }

    proptest! {
        #[test]
        fn data_is_read_back_by_the_rule_of_the_server(message in "([a-z.]|\\r\\n|\\r|\\n){0,60}") {
            let sent = data(&message);
            let (body, end) = sent.split_at(sent.len() - 3);
            prop_assert_eq!(end, ".\r\n");
            prop_assert!(body.is_empty() || body.ends_with("\r\n"));
            let mut lines = Vec::new();
            for line in body.split_terminator("\r\n") {
                prop_assert!(line != "." && !line.contains(['\r', '\n']));
                lines.push(line.strip_prefix('.').unwrap_or(line));
            }
            let expected = message.replace("\r\n", "\n").replace('\r', "\n");
            let expected: Vec<_> = expected.split_terminator('\n').collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
