//! A session: one connection, from its greeting to whatever ends it.

use std::time::Duration;

use lettre::transport::smtp::{
    authentication::Credentials,
    client::TlsParameters,
    commands::{Data, Mail, Quit, Rcpt, Rset},
    extension::{ClientId, MailBodyParameter, MailParameter},
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use waypost::{Code, driver::DeliveryError, policy::FailureClass};

use crate::{
    connection::{Connection, Lost, Said, Unknown},
    reply::{AUTH, PROTOCOL, Phase, Reply},
    wire::Letter,
};

/// How long a server may take.
///
/// Whatever it does not answer before the message has been sent was not sent, and may be tried elsewhere at once. After
/// that an early end is dear: the message may have arrived, and its repetition arrives again (RFC 1047).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection, TLS and authentication included.
    pub connect: Duration,
    /// For the reply to a command.
    pub command: Duration,
    /// For the message to be sent and taken.
    pub message: Duration,
}

impl Default for Timeouts {
    /// 30 seconds, a minute, and the 10 minutes of RFC 5321 section 4.5.3.2.6.
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), command: Duration::from_secs(60), message: Duration::from_secs(600) }
    }
}

/// What a session is opened with.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) hello: ClientId,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) timeouts: Timeouts,
}

pub(crate) enum Security {
    Clear,
    StartTls(TlsParameters),
    Implicit(TlsParameters),
}

/// Why a session did not take a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server said no.
    Refused(Phase, Reply),
    /// The connection ended, or could not be made.
    Lost(Phase),
    /// No reply in time.
    Silent(Phase),
    /// The server and we do not come together.
    Unable(DeliveryError),
}

impl Fault {
    /// What a server said to a command of a phase, where it is of the class that is expected.
    fn check(phase: Phase, said: Result<Said, Lost>, class: u16) -> Result<Said, Self> {
        let said = said.map_err(|Lost| Self::Lost(phase))?;
        match said.class() {
            found if found == class => Ok(said),
            4 | 5 => Err(Self::refused(phase, &said)),
            _ => Err(Self::odd(phase)),
        }
    }

    /// The text goes no further than this: it holds addresses.
    fn refused(phase: Phase, said: &Said) -> Self {
        Self::Refused(phase, Reply::new(said.code, said.text()))
    }

    /// A reply that does not belong there.
    fn odd(phase: Phase) -> Self {
        match phase {
            Phase::Auth => Self::Unable(DeliveryError::Invalid { detail: Some(AUTH) }),
            Phase::Message => Self::Lost(phase),
            _ => Self::Unable(DeliveryError::Invalid { detail: Some(PROTOCOL) }),
        }
    }

    /// Whether a kept session failed as those do that the server has closed meanwhile, or that have carried enough:
    /// nothing was sent, and a fresh one may do.
    pub(crate) fn is_stale(self) -> bool {
        match self {
            Self::Lost(phase) => phase <= Phase::Sender,
            Self::Refused(phase, reply) => phase == Phase::Reset || phase == Phase::Sender && reply.is_for_now(),
            Self::Silent(_) | Self::Unable(_) => false,
        }
    }

    pub(crate) fn error(self) -> DeliveryError {
        match self {
            Self::Refused(phase, reply) => reply.error(phase),
            Self::Lost(Phase::Message) | Self::Silent(Phase::Message) => DeliveryError::TimedOut,
            Self::Lost(_) | Self::Silent(_) => DeliveryError::NotConnected,
            Self::Unable(error) => error,
        }
    }
}

const NO_STARTTLS: Code = Code::literal("no_starttls");
const NO_SMTPUTF8: Code = Code::literal("no_smtputf8");

/// A connection that carries one letter after the other.
pub(crate) struct Session {
    connection: Connection,
    timeouts: Timeouts,
    carried: u32,
    used: Instant,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Ready for a letter.
    Clean,
    /// A letter was refused half way: it is to be forgotten first.
    Open,
    /// Of no use any more.
    Over,
}

impl Session {
    pub(crate) async fn connect(server: &Server) -> Result<Self, Fault> {
        let opening = timeout(server.timeouts.connect, open(server)).await;
        let connection = opening.unwrap_or(Err(Fault::Silent(Phase::Greeting)))?;
        let (timeouts, used) = (server.timeouts, Instant::now());
        Ok(Self { connection, timeouts, carried: 0, used, state: State::Clean })
    }

    /// Whether it may carry another one.
    pub(crate) fn is_sound(&self) -> bool {
        self.state != State::Over
    }

    /// How many letters it was asked to carry.
    pub(crate) fn carried(&self) -> u32 {
        self.carried
    }

    /// How long nothing was asked of it.
    pub(crate) fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    /// Sends a letter; returns what the server calls it.
    pub(crate) async fn send(&mut self, letter: &Letter) -> Result<Option<Code>, Fault> {
        if letter.is_international && !self.takes_international() {
            let class = FailureClass::Unreachable;
            return Err(Fault::Unable(DeliveryError::Rejected { class, detail: Some(NO_SMTPUTF8) }));
        }
        let before = self.state;
        // Until the end is known: a future that is dropped half way leaves a session behind that nobody may use.
        self.state = State::Over;
        let sent = self.transact(before, letter).await;
        (self.carried, self.used) = (self.carried + 1, Instant::now());
        self.state = match sent {
            Ok(_) => State::Clean,
            Err(Fault::Refused(_, reply)) if !reply.is_closing() => State::Open,
            Err(_) => State::Over,
        };
        sent
    }

    /// Whether its server takes addresses and headers of other letters (RFC 6531).
    fn takes_international(&self) -> bool {
        self.connection.offers("SMTPUTF8") && self.connection.offers("8BITMIME")
    }

    async fn transact(&mut self, before: State, letter: &Letter) -> Result<Option<Code>, Fault> {
        if before == State::Open {
            self.ask(Phase::Reset, Rset, 2).await?;
        }
        let eight_bit = MailParameter::Body(MailBodyParameter::EightBitMime);
        let parameters =
            if letter.is_international { vec![MailParameter::SmtpUtfEight, eight_bit] } else { Vec::new() };
        self.ask(Phase::Sender, Mail::new(Some(letter.sender.clone()), parameters), 2).await?;
        self.ask(Phase::Recipient, Rcpt::new(letter.recipient.clone(), Vec::new()), 2).await?;
        self.ask(Phase::Data, Data, 3).await?;
        // In one write: with the ending dot in one of its own, it waits for the server's delayed acknowledgement of the rest
        // wherever Nagle's algorithm is on, some 40 ms a letter.
        let taken = self.ask(Phase::Message, &letter.data, 2).await?;
        Ok(reference(taken.text()))
    }

    async fn ask(&mut self, phase: Phase, command: impl std::fmt::Display, class: u16) -> Result<Said, Fault> {
        if self.connection.is_out_of_step() {
            return self.unasked(phase.min(Phase::Data)).await;
        }
        let limit = if phase == Phase::Message { self.timeouts.message } else { self.timeouts.command };
        let said = timeout(limit, self.connection.command(command)).await.map_err(|_| Fault::Silent(phase))?;
        Fault::check(phase, said, class)
    }

    /// What to make of a server that spoke without being asked: it may say that it closes, and nothing else is understood.
    async fn unasked(&mut self, phase: Phase) -> Result<Said, Fault> {
        let said = timeout(self.timeouts.command, self.connection.read()).await.map_err(|_| Fault::Silent(phase))?;
        let closes = said.ok().filter(|said| Reply::new(said.code, "").is_closing());
        Err(closes.map_or(Fault::Lost(phase), |said| Fault::refused(phase, &said)))
    }

    /// Takes leave; a server that does not answer soon is left without.
    pub(crate) async fn quit(mut self) {
        if self.is_sound() {
            let _ = timeout(Duration::from_secs(1), self.connection.command(Quit)).await;
        }
    }
}

async fn open(server: &Server) -> Result<Connection, Fault> {
    let Server { host, port, security, hello, credentials, .. } = server;
    let lost = |Lost| Fault::Lost(Phase::Greeting);
    let check = |said| Fault::check(Phase::Greeting, said, 2);
    let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|_| Fault::Lost(Phase::Greeting))?;
    // Commands are answered one by one: to hold one back gains nothing. A socket that will not is only slower.
    let _ = stream.set_nodelay(true);
    let mut connection = Connection::new(stream);
    if let Security::Implicit(tls) = security {
        connection.encrypt(tls).await.map_err(lost)?;
    }
    check(connection.read().await)?;
    check(connection.hello(hello).await)?;
    if let Security::StartTls(tls) = security {
        if !connection.offers("STARTTLS") {
            return Err(Fault::Unable(DeliveryError::Invalid { detail: Some(NO_STARTTLS) }));
        }
        check(connection.starttls().await)?;
        connection.encrypt(tls).await.map_err(lost)?;
        check(connection.hello(hello).await)?;
    }
    if let Some(credentials) = credentials {
        connection.authenticate(credentials).await.map_err(|unknown| match unknown {
            Unknown::Lost => Fault::Lost(Phase::Auth),
            Unknown::Refused(said) => Fault::refused(Phase::Auth, &said),
            Unknown::Odd => Fault::odd(Phase::Auth),
        })?;
    }
    Ok(connection)
}

/// What a server calls a message that it took: what stands behind `queued as` or `id=`, where it fits a code. Letters of one
/// case are written small, as Postfix's short names in capitals; where both cases tell names apart there is none.
fn reference(reply: &str) -> Option<Code> {
    let (_, after) = reply.split_once("queued as ").or_else(|| reply.split_once("id="))?;
    let name = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    if name.bytes().any(|byte| byte.is_ascii_lowercase()) { name.parse() } else { name.to_lowercase().parse() }.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_name_what_it_took() {
        for (reply, expected) in [
            ("2.0.0 Ok: queued as 4F3A21C0B7", Some("4f3a21c0b7")),
            ("OK id=1abcde-000abc-2d", Some("1abcde-000abc-2d")),
            ("OK id=1rXyZ-0001Ab-2D", None),
            ("2.0.0 Ok: queued as <ana@example.org>", None),
            ("2.0.0 accepted", None),
            ("queued as ", None),
        ] {
            assert_eq!(reference(reply).as_ref().map(Code::as_str), expected, "{reply}");
        }
    }

    #[test]
    fn what_failed_before_the_message_was_not_sent() {
        use Phase::{Auth, Data, Greeting, Message, Recipient, Reset, Sender};
        for phase in [Greeting, Auth, Reset, Sender, Recipient, Data] {
            assert_eq!(Fault::Lost(phase).error(), DeliveryError::NotConnected);
            assert_eq!(Fault::Silent(phase).error(), DeliveryError::NotConnected);
        }
        assert_eq!(Fault::Lost(Message).error(), DeliveryError::TimedOut);
        assert_eq!(Fault::Silent(Message).error(), DeliveryError::TimedOut);
        assert_eq!(Fault::odd(Message).error(), DeliveryError::TimedOut);
    }

    #[test]
    fn only_what_was_not_asked_of_the_recipient_is_asked_of_a_fresh_session() {
        let refused = |phase, code| Fault::Refused(phase, Reply::new(code, ""));
        for stale in [
            Fault::Lost(Phase::Sender),
            Fault::Lost(Phase::Reset),
            refused(Phase::Sender, 421),
            refused(Phase::Sender, 452),
        ] {
            assert!(stale.is_stale(), "{stale:?}");
        }
        for fault in [
            Fault::Lost(Phase::Recipient),
            Fault::Silent(Phase::Sender),
            refused(Phase::Sender, 550),
            refused(Phase::Recipient, 452),
        ] {
            assert!(!fault.is_stale(), "{fault:?}");
        }
    }
}
