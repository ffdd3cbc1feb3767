//! The transport: a channel that delivers over SMTP.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use lettre::Address as Path;
use waypost::{
    Channel, ChannelDescriptor, Code, DispatchKey, Endpoint, Message, Receipt, TenantId,
    content::{
        Payload,
        payload::{
            Email,
            email::mime::{Envelope, InvalidEnvelope},
        },
    },
    driver::{Delivery, DeliveryError, Transport},
    policy::FailureClass,
};

use crate::{
    builder::SmtpBuilder,
    key::{self, KEY_HEADER},
    pool::Pool,
    sender::Sender,
    wire::{self, ADDRESS_FORM, Letter, Place},
};

/// A channel that delivers email to one server, over connections that it keeps.
///
/// | what happens | is |
/// | --- | --- |
/// | the server takes the message | a receipt `accepted`, with the server's name for it where it gives one that fits |
/// | it says no | a [`DeliveryError`] by its reply, see the [crate](crate) |
/// | no connection, no TLS, no greeting; a connection lost or silent before the message was sent | `NotConnected` |
/// | the same after that | `TimedOut`: the message may have arrived |
/// | a kept connection turns out to be closed, or to carry no more | the message goes over a fresh one, at once |
///
/// What is sent twice under one key has the same Message-ID, by which a reader or a server can tell. May be dropped at any
/// `await`: the connection is closed then and not used for another message; this one may have been sent. Needs a runtime of
/// tokio.
pub struct SmtpTransport {
    pub(crate) descriptor: ChannelDescriptor,
    pub(crate) sender: Sender,
    pub(crate) brands: BTreeMap<TenantId, Sender>,
    pub(crate) bounces: Bounces,
    pub(crate) pool: Pool,
}

/// Where bounces go.
pub(crate) struct Bounces {
    pub(crate) to: Option<Path>,
    pub(crate) by_key: bool,
}

const NOT_EMAIL: Code = Code::literal("not_email");
const CONTENT: Code = Code::literal("content");

impl SmtpTransport {
    /// A transport for this channel, over this server (a host name or an IP address), from this sender.
    ///
    /// ```
    /// use waypost::{Capability, Channel, ChannelDescriptor, ChannelKind};
    /// use waypost_smtp::{Sender, SmtpTransport};
    ///
    /// let mail = ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL).can(Capability::Text);
    /// let shop = Sender::new("shop@example.com")?.with_name("The shop");
    /// let transport = SmtpTransport::builder(mail, "smtp.example.com", shop).credentials("shop", "secret").build()?;
    /// assert_eq!(transport.descriptor().id.as_str(), "mail");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(descriptor: ChannelDescriptor, host: impl Into<String>, sender: Sender) -> SmtpBuilder {
        SmtpBuilder::new(descriptor, host.into(), sender)
    }

    /// Takes leave on every connection that is not in use. Without this, the server sees them end when the transport is
    /// dropped.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn letter(&self, delivery: &Delivery<'_>) -> Result<Letter, DeliveryError> {
        let Payload::Email(email) = delivery.fitted.payload() else {
            return Err(DeliveryError::Invalid { detail: Some(NOT_EMAIL) });
        };
        // Not a bounce: the address may be one for a system of another kind, and no server has said a word.
        let unreachable = DeliveryError::Rejected { class: FailureClass::Unreachable, detail: Some(ADDRESS_FORM) };
        let to = Place::new(delivery.address).ok_or(unreachable)?;
        let brand = delivery.message.brand();
        let sender = brand.and_then(|brand| self.brands.get(&brand)).unwrap_or(&self.sender);
        let unfit = DeliveryError::Rejected { class: FailureClass::Unfit, detail: Some(CONTENT) };
        let message = message(email, sender, &to, delivery).map_err(|_| unfit)?;
        Ok(Letter {
            sender: self.bounces.path(sender, delivery.key),
            recipient: to.path,
            is_international: to.is_international,
            data: wire::data(&message),
        })
    }
}

impl Bounces {
    fn path(&self, sender: &Sender, key: &DispatchKey) -> Path {
        let to = self.to.as_ref().unwrap_or(&sender.place.path);
        let local = if self.by_key { key::bounce_local(key, to.user()) } else { None };
        local.and_then(|local| Path::new(local, to.domain()).ok()).unwrap_or_else(|| to.clone())
    }
}

/// The message, with the key above it.
fn message(email: &Email, sender: &Sender, to: &Place, delivery: &Delivery<'_>) -> Result<String, InvalidEnvelope> {
    let id = key::message_id(delivery.key, sender.place.path.domain());
    let mut message = format!("{KEY_HEADER}: {}\r\n", key::name(delivery.key));
    let mut number = 0;
    loop {
        let boundary = key::boundary(delivery.key, number);
        let mut envelope = Envelope::new(sender.mailbox(), vec![to.mailbox.clone()], delivery.at, &id, &boundary)?;
        if let Some(reply_to) = sender.reply_to() {
            envelope = envelope.with_reply_to(reply_to.clone());
        }
        match email.to_mime(&envelope) {
            // Words that hold a boundary were made to, and they were not made to hold the next one.
            Err(InvalidEnvelope::BoundaryInBody) if number < u8::MAX => number += 1,
            made => {
                // Encoded throughout, or UTF-8 where the header is.
                message.push_str(&String::from_utf8_lossy(&made?));
                return Ok(message);
            }
        }
    }
}

impl Channel for SmtpTransport {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.descriptor
    }

    /// Refuses addresses that no message over SMTP could name, so that another channel is planned.
    fn admit(&self, endpoint: &Endpoint, message: &Message) -> Result<(), Code> {
        let _ = message;
        Place::new(endpoint.address()).map(|_| ()).ok_or(ADDRESS_FORM)
    }
}

#[async_trait]
impl Transport for SmtpTransport {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, DeliveryError> {
        let letter = self.letter(delivery)?;
        let reference = self.pool.send(&letter).await.map_err(crate::session::Fault::error)?;
        let receipt = delivery.accepted();
        Ok(match reference {
            Some(reference) => receipt.with_reference(reference),
            None => receipt,
        })
    }
}

impl fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpTransport")
            .field("channel", &self.descriptor.id)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
