//! Senders: on whose behalf a message goes out.

use std::fmt;

use waypost::{Address, AddressForm, content::payload::email::mime::Mailbox};

use crate::wire::Place;

/// An address that cannot send or be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address to send from: expected `local@domain`, with ASCII letters, digits and marks before the `@`")]
pub struct InvalidSender;

/// Who a message is from. `Debug` shows no address.
///
/// ```
/// use waypost_smtp::Sender;
///
/// let shop = Sender::new("shop@example.com")?.with_name("Käse & Co").with_reply_to("help@example.com")?;
/// assert!(!format!("{shop:?}").contains("example.com"));
/// assert!(Sender::new("shop").is_err());
/// # Ok::<(), waypost_smtp::InvalidSender>(())
/// ```
#[derive(Clone)]
pub struct Sender {
    pub(crate) place: Place,
    name: Option<String>,
    reply_to: Option<Mailbox>,
}

impl Sender {
    /// From this address. Its domain may be of other letters, which are written in their ASCII form.
    ///
    /// # Errors
    ///
    /// [`InvalidSender`] where it is no address, or one that only some servers take.
    pub fn new(address: &str) -> Result<Self, InvalidSender> {
        Ok(Self { place: place(address)?, name: None, reply_to: None })
    }

    /// The same, with this name beside the address; what could not stand in a header is taken out of it.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same, to be answered at this address.
    ///
    /// # Errors
    ///
    /// [`InvalidSender`], as for [`new`](Self::new).
    pub fn with_reply_to(mut self, address: &str) -> Result<Self, InvalidSender> {
        self.reply_to = Some(place(address)?.mailbox);
        Ok(self)
    }

    pub(crate) fn mailbox(&self) -> Mailbox {
        let mailbox = self.place.mailbox.clone();
        self.name.as_deref().map_or(mailbox.clone(), |name| mailbox.with_name(name))
    }

    pub(crate) fn reply_to(&self) -> Option<&Mailbox> {
        self.reply_to.as_ref()
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("address", &self.place.mailbox).finish_non_exhaustive()
    }
}

pub(crate) fn place(address: &str) -> Result<Place, InvalidSender> {
    let place = Address::new(AddressForm::Email, address).ok().and_then(|address| Place::new(&address));
    place.filter(|place| !place.is_international).ok_or(InvalidSender)
}
