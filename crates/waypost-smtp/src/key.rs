//! What a message carries of its key: its Message-ID, a field of the header, the address that bounces go to.

use waypost::DispatchKey;

/// The field of the header that carries the key.
///
/// Mail has no field for an idempotency key. A relay that keeps bounces or events by the header of the message has it
/// here, and so has a bounce, which brings the header back.
pub const KEY_HEADER: &str = "Waypost-Key";

/// Octets of the local part of an address (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Octets of a Message-ID that the core takes.
const LONGEST_ID: usize = 250;

/// The key that a text of a sent message or of its bounce carries: a Message-ID, the [`KEY_HEADER`], or the address that a
/// bounce came to.
///
/// A key that was too long for its place stands there by a digest and is not read back; the header always has it whole.
///
/// ```
/// let key = waypost_smtp::dispatch_key("<m-1.0.1.1.1@shop.example>").expect("a key");
/// assert_eq!(key.to_string(), "m-1/0.1.1/1");
/// assert_eq!(waypost_smtp::dispatch_key("bounces+m-1.0.1.1.1@shop.example"), Some(key));
/// assert_eq!(waypost_smtp::dispatch_key("ana@example.org"), None);
/// ```
pub fn dispatch_key(text: &str) -> Option<DispatchKey> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
    let name = local.rsplit_once('+').map_or(local, |(_, name)| name);
    let mut parts = name.rsplitn(5, '.');
    let mut part = || parts.next();
    let (attempt, number, step, chain, message) = (part()?, part()?, part()?, part()?, part()?);
    format!("{}/{chain}.{step}.{number}/{attempt}", decode(message)?).parse().ok()
}

/// The key in letters that may stand in a header and in an address: letters, digits, `-`, `_`, and `=2F` for the others of
/// the message's name; then chain, step, number and try behind dots.
pub(crate) fn name(key: &DispatchKey) -> String {
    let mut name = String::new();
    for byte in key.message().as_str().bytes() {
        match byte {
            b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name.push(char::from(byte)),
            _ => name.push_str(&format!("={byte:02X}")),
        }
    }
    name + &place(key)
}

/// The same by a digest, for places that it is too long for; no name begins like this.
fn short_name(key: &DispatchKey) -> String {
    format!("=g{:032x}{}", digest(key.message().as_str()), place(key))
}

fn place(key: &DispatchKey) -> String {
    format!(".{}.{}.{}.{}", key.chain(), key.step(), key.number(), key.attempt())
}

fn decode(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_lowercase());
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The Message-ID of everything that goes out under a key from this domain: a repetition has the same.
pub(crate) fn message_id(key: &DispatchKey, domain: &str) -> String {
    let name = name(key);
    let left = if name.len() + 1 + domain.len() > LONGEST_ID { short_name(key) } else { name };
    format!("{left}@{domain}")
}

/// The local part that bounces of this key go to, where one of 64 octets has room for it.
pub(crate) fn bounce_local(key: &DispatchKey, local: &str) -> Option<String> {
    [name(key), short_name(key)]
        .map(|name| format!("{local}+{name}"))
        .into_iter()
        .find(|tagged| tagged.len() <= LONGEST_LOCAL)
}

/// A boundary between the parts of the message of this key; each number gives another.
pub(crate) fn boundary(key: &DispatchKey, number: u8) -> String {
    format!("waypost-{:032x}", digest(&format!("{number} {key}")))
}

/// FNV-1a of 128 bits: no secret depends on it, and it is the same on every machine and in every version.
fn digest(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |digest, byte| (digest ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(key: &str, expected: &str) {
        let key: DispatchKey = key.parse().expect("a key");
        assert_eq!(name(&key), expected);
        assert_eq!(dispatch_key(expected), Some(key));
    }

    #[test]
    fn names_are_words_and_dots() {
        check("m-1/0.2.1/3", "m-1.0.2.1.3");
        check("crm/8.4/0.1.1/1", "crm=2F8=2E4.0.1.1.1");
        check("a@b+c=d/0.1.1/1", "a=40b=2Bc=3Dd.0.1.1.1");
        check("ñ/0.1.1/1", "=C3=B1.0.1.1.1");
    }

    #[test]
    fn the_digest_is_the_published_one() {
        // The empty text and `a`, from the authors' own vectors of FNV-1a.
        assert_eq!(digest(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(digest("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in
            ["", "<>", "ana@example.org", "m-1.0.1.1@x", "m.0.1.1.x@x", "=g00.0.1.1.1@x", "=4.0.1.1.1", "=FF.0.1.1.1"]
        {
            assert_eq!(dispatch_key(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_key_has_a_place_in_a_header_and_in_an_address(
            message in "[^\\x00-\\x1f\\x7f-\\x9f]{1,63}|[a-z0-9]{1,255}", step in 1u16.., attempt in 1u16..,
            domain in "[a-z]{1,60}(\\.[a-z]{1,60}){0,2}", local in "[a-z]{1,13}",
        ) {
            let key: DispatchKey = format!("{message}/0.{step}.1/{attempt}").parse().expect("a key");
            let read = dispatch_key(&name(&key));
            prop_assert_eq!(read.as_ref(), Some(&key));
            let id = message_id(&key, &domain);
            prop_assert!(id.len() <= LONGEST_ID, "{}", id);
            let read = dispatch_key(&format!("<{id}>"));
            prop_assert_eq!(read.as_ref(), Some(&key).filter(|_| !id.starts_with("=g")));
            let tagged = bounce_local(&key, &local).expect("room");
            prop_assert!(tagged.len() <= LONGEST_LOCAL);
            prop_assert!(boundary(&key, 0) != boundary(&key, 1));
        }
    }
}
