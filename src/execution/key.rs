//! The name of one try of one dispatch.

use std::{fmt, str::FromStr};

use crate::id::{InvalidName, MessageId, text_serde};

/// The name of one try of one dispatch: message, place in the plan, and which try it is.
///
/// It is handed to the provider as the idempotency key: whatever is sent twice under one key arrives once. A try keeps its
/// key for as long as nobody knows what became of it, over restarts too; only a failure that is known makes a new try with
/// a new key. In text it is `m-1/0.2.1/3`: the third try of the first dispatch of the second step of the chain. Chains are
/// counted from 0, which is the main one; steps, dispatches and tries from 1.
///
/// ```
/// use waypost::DispatchKey;
///
/// let key: DispatchKey = "m-1/0.2.1/3".parse()?;
/// assert_eq!((key.chain(), key.step(), key.number(), key.attempt()), (0, 2, 1, 3));
/// assert_eq!(key.message().as_str(), "m-1");
/// assert_eq!(key.to_string(), "m-1/0.2.1/3");
/// assert!("m-1/0.2".parse::<DispatchKey>().is_err());
/// # Ok::<(), waypost::InvalidDispatchKey>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DispatchKey {
    message: MessageId,
    chain: u16,
    step: u16,
    number: u16,
    attempt: u16,
}

/// Why a text is no key of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDispatchKey {
    /// It has another form.
    #[error("expected a dispatch key such as `m-1/0.2.1/3`: message, chain, step, dispatch and try")]
    Form,
    /// The message has no name that could be one.
    #[error("in a dispatch key, {0}")]
    Message(InvalidName),
}

impl DispatchKey {
    pub(crate) fn new(message: MessageId, [chain, step, number]: [u16; 3], attempt: u16) -> Self {
        Self { message, chain, step, number, attempt }
    }

    /// The message.
    pub fn message(&self) -> &MessageId {
        &self.message
    }

    /// The chain: 0 is the main one, the others run beside it.
    pub fn chain(&self) -> u16 {
        self.chain
    }

    /// The step of the chain, counted from 1.
    pub fn step(&self) -> u16 {
        self.step
    }

    /// The dispatch of the step, counted from 1.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The try, counted from 1.
    pub fn attempt(&self) -> u16 {
        self.attempt
    }
}

impl fmt::Display for DispatchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, chain, step, number, attempt } = self;
        write!(f, "{message}/{chain}.{step}.{number}/{attempt}")
    }
}

impl FromStr for DispatchKey {
    type Err = InvalidDispatchKey;

    fn from_str(text: &str) -> Result<Self, InvalidDispatchKey> {
        // From the right: the name of the message may have slashes itself.
        let mut parts = text.rsplitn(3, '/');
        let mut part = || parts.next().ok_or(InvalidDispatchKey::Form);
        let (attempt, place, message) = (part()?, part()?, part()?);
        let number = |text: &str, least: u16| {
            // One number, one text: no sign and no leading zeros.
            let plain = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|number| plain && *number >= least);
            number.ok_or(InvalidDispatchKey::Form)
        };
        let mut places = place.split('.');
        let mut place = |least| places.next().ok_or(InvalidDispatchKey::Form).and_then(|text| number(text, least));
        let places_read = [place(0)?, place(1)?, place(1)?];
        if places.next().is_some() {
            return Err(InvalidDispatchKey::Form);
        }
        let message = message.parse().map_err(InvalidDispatchKey::Message)?;
        Ok(Self::new(message, places_read, number(attempt, 1)?))
    }
}

text_serde!(DispatchKey, "dispatch key");
