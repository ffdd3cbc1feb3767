//! Builder: what a transport needs to know before it sends.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
    extension::ClientId,
};
use waypost::{ChannelDescriptor, TenantId};

use crate::{
    pool::{Keep, Pool},
    sender::{InvalidSender, Sender, place},
    session::{Security, Server, Timeouts},
    transport::{Bounces, SmtpTransport},
    wire::Place,
};

/// How the connection is kept from other eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for a relay on the same machine. Port 25.
    None,
    /// After STARTTLS; a server that does not offer it gets nothing. Port 587.
    StartTls,
    /// From the first byte (RFC 8314). Port 465.
    #[default]
    Implicit,
}

impl Tls {
    fn port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Implicit => 465,
        }
    }
}

/// Why there is no transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTransport {
    /// The server has no name that could be one.
    #[error("not the name of a server: expected a host name or an IP address")]
    Host,
    /// The name we give ourselves is none.
    #[error("not a name to greet with: expected a host name or an IP address")]
    Hello,
    /// The address for bounces is none.
    #[error("for bounces, {0}")]
    Bounces(InvalidSender),
    /// The certificate cannot be read.
    #[error("not a certificate in PEM: expected `-----BEGIN CERTIFICATE-----`")]
    RootCertificate,
    /// A password would go over the network for everybody to read.
    #[error("credentials without TLS, for a server that is not on this machine")]
    ClearCredentials,
    /// There would be no connection to send over.
    #[error("no connections: expected at least 1, with at least 1 message each")]
    NoConnections,
}

/// A transport in the making; [`SmtpTransport::builder`] begins one. It has no `Debug`, for it holds a password.
pub struct SmtpBuilder {
    descriptor: ChannelDescriptor,
    host: String,
    sender: Sender,
    brands: BTreeMap<TenantId, Sender>,
    tls: Tls,
    port: Option<u16>,
    credentials: Option<Credentials>,
    roots: Vec<Vec<u8>>,
    hello: Option<String>,
    bounces: Option<String>,
    by_key: bool,
    connections: usize,
    keep: Keep,
    timeouts: Timeouts,
}

impl SmtpBuilder {
    pub(crate) fn new(descriptor: ChannelDescriptor, host: String, sender: Sender) -> Self {
        Self {
            descriptor,
            host,
            sender,
            brands: BTreeMap::new(),
            tls: Tls::default(),
            port: None,
            credentials: None,
            roots: Vec::new(),
            hello: None,
            bounces: None,
            by_key: false,
            connections: 8,
            // OpenSMTPD takes 100 messages a session where nobody says otherwise. No server should end an idle session
            // before 5 minutes (RFC 5321 section 4.5.3.2.7), but routers on the way forget it earlier.
            keep: Keep { letters: 100, idle: Duration::from_secs(60) },
            timeouts: Timeouts::default(),
        }
    }

    /// How the connection is kept from other eyes; without this word, [`Tls::Implicit`].
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// The port; without this word, the one of the [`Tls`].
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// What the server knows us by (AUTH PLAIN, or LOGIN where there is no other). No `Debug` and no error shows it.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::new(user.into(), password.into()));
        self
    }

    /// One more certificate to trust beside those of the web, in PEM: for a relay with an authority of its own.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The name that we greet with; without this word, the sender's domain. Some servers ask that it be this machine's.
    pub fn hello(mut self, name: impl Into<String>) -> Self {
        self.hello = Some(name.into());
        self
    }

    /// Who messages of this brand are from; of the others, the sender of the transport.
    pub fn brand(mut self, brand: TenantId, sender: Sender) -> Self {
        self.brands.insert(brand, sender);
        self
    }

    /// Where bounces go; without this word, to the sender.
    pub fn bounces_to(mut self, address: impl Into<String>) -> Self {
        self.bounces = Some(address.into());
        self
    }

    /// Gives every key an address of its own to bounce to: `bounces@…` becomes `bounces+m-1.0.1.1.1@…`, which
    /// [`dispatch_key`](crate::dispatch_key) reads back. The mailbox must take such tags. A key that the 64 octets of a
    /// local part have no room for stands there by a digest, and one that they have no room for even so does not stand there.
    pub fn bounces_by_key(mut self) -> Self {
        self.by_key = true;
        self
    }

    /// How many connections there may be at once, each with one message at a time; without this word, 8.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many messages a connection carries before it is ended; without this word, 100.
    pub fn messages_per_connection(mut self, messages: u32) -> Self {
        self.keep.letters = messages;
        self
    }

    /// How long a connection may be idle and still be used; without this word, a minute.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.keep.idle = idle;
        self
    }

    /// How long the server may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The transport. No connection is made yet.
    ///
    /// # Errors
    ///
    /// [`InvalidTransport`] says what could never work.
    pub fn build(self) -> Result<SmtpTransport, InvalidTransport> {
        if !is_host(&self.host) {
            return Err(InvalidTransport::Host);
        }
        if self.connections == 0 || self.keep.letters == 0 {
            return Err(InvalidTransport::NoConnections);
        }
        if self.credentials.is_some() && self.tls == Tls::None && !is_here(&self.host) {
            return Err(InvalidTransport::ClearCredentials);
        }
        let hello = match self.hello {
            Some(name) => client(&name).ok_or(InvalidTransport::Hello)?,
            None => ClientId::Domain(self.sender.place.path.domain().to_owned()),
        };
        let bounces = self.bounces.as_deref().map(place).transpose().map_err(InvalidTransport::Bounces)?;
        let security = match self.tls {
            Tls::None => Security::Clear,
            Tls::StartTls => Security::StartTls(parameters(&self.host, &self.roots)?),
            Tls::Implicit => Security::Implicit(parameters(&self.host, &self.roots)?),
        };
        let server = Server {
            port: self.port.unwrap_or_else(|| self.tls.port()),
            host: self.host,
            security,
            hello,
            credentials: self.credentials,
            timeouts: self.timeouts,
        };
        let bounces = Bounces { to: bounces.map(|Place { path, .. }| path), by_key: self.by_key };
        let pool = Pool::new(server, self.connections, self.keep);
        Ok(SmtpTransport { descriptor: self.descriptor, sender: self.sender, brands: self.brands, bounces, pool })
    }
}

fn parameters(host: &str, roots: &[Vec<u8>]) -> Result<TlsParameters, InvalidTransport> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for pem in roots {
        // A text without any certificate is read as none, so it would be trusted to say nothing.
        let begins = pem.windows(27).any(|text| text == b"-----BEGIN CERTIFICATE-----");
        let certificate = Certificate::from_pem(pem).ok().filter(|_| begins);
        builder = builder.add_root_certificate(certificate.ok_or(InvalidTransport::RootCertificate)?);
    }
    builder.build_rustls().map_err(|_| InvalidTransport::RootCertificate)
}

fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    name.parse::<IpAddr>().is_ok() || name.len() <= 253 && name.trim_end_matches('.').split('.').all(is_label)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn client(name: &str) -> Option<ClientId> {
    match name.parse() {
        Ok(IpAddr::V4(address)) => Some(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Some(ClientId::Ipv6(address)),
        Err(_) => is_host(name).then(|| ClientId::Domain(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use waypost::ChannelKind;

    use super::*;

    fn builder(host: &str) -> SmtpBuilder {
        let mail = ChannelDescriptor::new("mail".parse().expect("a name"), ChannelKind::EMAIL);
        SmtpTransport::builder(mail, host, Sender::new("shop@example.com").expect("a sender"))
    }

    #[track_caller]
    fn check(builder: SmtpBuilder, expected: Result<(), InvalidTransport>) {
        assert_eq!(builder.build().map(|_| ()), expected);
    }

    #[test]
    fn what_could_never_work_is_refused() {
        check(builder("smtp.example.com"), Ok(()));
        check(builder("::1").tls(Tls::None), Ok(()));
        for host in ["", "a b", "a..b", "smtp.example.com\r\nQUIT", "ñ.example"] {
            check(builder(host), Err(InvalidTransport::Host));
            check(builder("localhost").hello(host), Err(InvalidTransport::Hello));
        }
        check(builder("localhost").connections(0), Err(InvalidTransport::NoConnections));
        check(builder("localhost").messages_per_connection(0), Err(InvalidTransport::NoConnections));
        check(builder("localhost").connections(usize::MAX), Ok(()));
        check(builder("localhost").bounces_to("nobody"), Err(InvalidTransport::Bounces(InvalidSender)));
        check(builder("localhost").root_certificate("nothing"), Err(InvalidTransport::RootCertificate));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(builder("localhost").root_certificate(broken), Err(InvalidTransport::RootCertificate));
    }

    #[test]
    fn a_password_goes_in_the_clear_to_nobody_else() {
        let known = |host: &str| builder(host).credentials("ana", "secret");
        check(known("smtp.example.com").tls(Tls::None), Err(InvalidTransport::ClearCredentials));
        check(known("127.0.0.1").tls(Tls::None), Ok(()));
        check(known("smtp.example.com").tls(Tls::StartTls), Ok(()));
        let transport = known("smtp.example.com").build().expect("a transport");
        let shown = format!("{transport:?}");
        assert!(!shown.contains("secret") && !shown.contains("shop@") && !shown.contains("ana"), "{shown}");
    }
}
