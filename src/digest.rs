//! Digests: an address or a document that can be recognised and not read.

use std::fmt;

use serde::{Deserialize, Deserializer as _, Serialize, de};

use crate::discreet::{Discreet, Hushed};

#[cfg(feature = "digest")]
use crate::address::{Address, AddressForm};

/// What is kept of an address that was erased, or of a document: enough to know it again, and nothing to read.
///
/// What is personal is digested with a [key](DigestKey), for a plain digest of a phone number hides nothing: there are few
/// enough numbers to try them all. In documents it is 64 hexadecimal digits.
///
/// ```
/// use waypost::Digest;
///
/// let digest: Digest = serde_json::from_str(&format!("\"{}\"", "0f".repeat(32)))?;
/// assert_eq!(digest.as_bytes(), &[0x0f; 32]);
/// assert_eq!(digest.to_string(), "0f".repeat(32));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest that was made elsewhere.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Hex;

        impl de::Visitor<'_> for Hex {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
                // An address may stand here by mistake, so the text is not repeated.
                read(text).ok_or_else(|| E::custom("a digest is 64 hexadecimal digits in small letters"))
            }
        }

        Discreet(from).deserialize_str(Hex).map_err(|Hushed(error)| error)
    }
}

fn read(text: &str) -> Option<Digest> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = [0; 32];
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(Digest(bytes))
}

/// The secret with which addresses and documents are digested; keep it apart from the digests, and never change it.
///
/// Whoever has both the key and the digests can try out every phone number there is. `Debug` shows nothing of it.
///
/// ```
/// use waypost::{Address, AddressForm, DigestKey};
///
/// let key = DigestKey::new(*b"thirty-two bytes from a good rng");
/// let number = Address::new(AddressForm::Phone, "+34600111222")?;
/// assert_eq!(key.address(AddressForm::Phone, &number), key.address(AddressForm::Phone, &number));
/// assert_eq!(format!("{key:?}"), "DigestKey(..)");
/// # Ok::<(), waypost::InvalidAddress>(())
/// ```
#[cfg(feature = "digest")]
#[derive(Clone)]
pub struct DigestKey([u8; 32]);

#[cfg(feature = "digest")]
impl DigestKey {
    /// A secret of 32 bytes, from a source of randomness that deserves the name.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// HMAC-SHA-256 over the form of the address and the address in its normal form.
    ///
    /// The form stands in front, so that a number which is also a handle is two addresses. The kind does not: one phone
    /// number is one address, whether it is called or written to. A mailbox is taken in small letters, for a customer who
    /// comes back as `Ana@Example.com` is the one who left as `ana@example.com`.
    pub fn address(&self, form: AddressForm, address: &Address) -> Digest {
        let form_code = match form {
            AddressForm::Phone => "phone",
            AddressForm::Email => "email",
            AddressForm::Opaque => "opaque",
        };
        let text = address.reveal();
        let normal = if form == AddressForm::Email { text.to_lowercase() } else { text.to_owned() };
        Digest(hmac_sha_256(&self.0, &[form_code.as_bytes(), b"\0", normal.as_bytes()]))
    }
}

#[cfg(feature = "digest")]
impl DigestKey {
    /// HMAC-SHA-256 over what a document is and the document as JSON, in which equal values are equal text.
    ///
    /// ```
    /// use waypost::{DigestKey, Facts};
    ///
    /// let key = DigestKey::new(*b"thirty-two bytes from a good rng");
    /// let facts = Facts::at("2026-11-21T10:00:00Z".parse()?);
    /// assert_eq!(key.document("facts", &facts), key.document("facts", &facts.clone()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn document<T: Serialize>(&self, what: &str, document: &T) -> Digest {
        Digest(hmac_sha_256(&self.0, &[what.as_bytes(), b"\0", &json(document)]))
    }
}

/// SHA-256 over documents that hold nothing personal, as JSON.
#[cfg(feature = "digest")]
pub(crate) fn public<T: Serialize>(documents: &T) -> Digest {
    use sha2::Digest as _;

    Digest(sha2::Sha256::digest(json(documents)).into())
}

#[cfg(feature = "digest")]
fn json<T: Serialize>(document: &T) -> Vec<u8> {
    serde_json::to_vec(document).expect("documents have text keys and no value that JSON lacks")
}

#[cfg(feature = "digest")]
impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(..)")
    }
}

#[cfg(feature = "digest")]
fn hmac_sha_256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    use hmac::{Hmac, KeyInit, Mac};

    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_digest_is_refused_and_not_repeated() {
        for text in ["", "0f", "+34600111222", &"0F".repeat(32), &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32)] {
            let error = serde_json::from_value::<Digest>(text.into()).expect_err(text).to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        let digest = Digest::new(std::array::from_fn(|at| at as u8));
        let written = serde_json::to_string(&digest).expect("it writes");
        assert_eq!(serde_json::from_str::<Digest>(&written).expect("it reads"), digest);
    }

    /// RFC 4231, test cases 1, 2, 3 and 6.
    #[cfg(feature = "digest")]
    #[test]
    fn the_vectors_of_rfc_4231() {
        #[track_caller]
        fn check(key: &[u8], data: &[u8], expected: &str) {
            assert_eq!(Digest(hmac_sha_256(key, &[data])).to_string(), expected);
            let (first, second) = data.split_at(data.len() / 2);
            assert_eq!(Digest(hmac_sha_256(key, &[first, second])).to_string(), expected, "parts are one text");
        }
        check(&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        check(&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
        check(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
    }

    #[cfg(feature = "digest")]
    #[test]
    fn the_key_the_form_and_the_address_all_count() {
        let address = |form, text| Address::new(form, text).expect("an address");
        let phone = address(AddressForm::Phone, "+34600111222");
        let key = DigestKey::new([7; 32]);
        let digest = key.address(AddressForm::Phone, &phone);
        assert_ne!(digest, DigestKey::new([8; 32]).address(AddressForm::Phone, &phone));
        assert_ne!(digest, key.address(AddressForm::Phone, &address(AddressForm::Phone, "+34600111223")));
        let handle = address(AddressForm::Opaque, "+34600111222");
        assert_ne!(digest, key.address(AddressForm::Opaque, &handle));
        let mailbox = |text| key.address(AddressForm::Email, &address(AddressForm::Email, text));
        assert_eq!(mailbox("Ana@Example.com"), mailbox("ana@example.com"));
    }
}
