//! A connection: commands go out, replies come in.
//!
//! The streams, TLS and the words of the commands are lettre's; the replies are read here. lettre takes one without a text,
//! or with a letter that is not UTF-8, for a lost connection. After the message that would mean "maybe sent", and it would be
//! sent once more for every such answer.

use std::fmt::Display;

use futures_util::{AsyncBufReadExt, AsyncWriteExt, io::BufReader};
#[expect(
    deprecated,
    reason = "public by mistake, they say: it stays so in 0.11, and nothing else gives a stream with TLS"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::TlsParameters,
    commands::{Auth, Ehlo, Starttls},
    extension::ClientId,
};
use tokio::net::TcpStream;

/// The octets of a line that are kept. RFC 5321 section 4.5.3.1.5 allows 512; what is past these is read and forgotten.
const LONGEST_LINE: usize = 2_048;

/// More lines than a server has extensions.
const MOST_LINES: usize = 256;

/// More challenges than AUTH LOGIN has.
const MOST_CHALLENGES: usize = 4;

/// It ended, or said something that is no reply: whatever it meant, we cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: u16,
    lines: Vec<String>,
}

impl Said {
    /// Its first line without the code; empty where there is no text.
    pub(crate) fn text(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }

    /// The first digit of the code.
    pub(crate) fn class(&self) -> u16 {
        self.code / 100
    }
}

/// Why nobody was told who we are.
pub(crate) enum Unknown {
    Lost,
    /// The server said no.
    Refused(Said),
    /// It asks what we cannot answer.
    Odd,
}

impl From<Lost> for Unknown {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

pub(crate) struct Connection {
    #[expect(deprecated, reason = "as above")]
    stream: BufReader<AsyncNetworkStream>,
    /// What the server said to EHLO, behind its name.
    extensions: Vec<String>,
}

impl Connection {
    /// A connection over a stream, before the greeting.
    pub(crate) fn new(stream: TcpStream) -> Self {
        #[expect(deprecated, reason = "as above")]
        let stream = AsyncNetworkStream::use_existing_tokio1(Box::new(stream));
        Self { stream: BufReader::new(stream), extensions: Vec::new() }
    }

    /// Puts TLS under it, and forgets what was said before.
    pub(crate) async fn encrypt(&mut self, tls: &TlsParameters) -> Result<(), Lost> {
        // What came behind the answer to STARTTLS was not encrypted, and would be read as if it had been.
        if !self.stream.buffer().is_empty() {
            return Err(Lost);
        }
        self.extensions.clear();
        self.stream.get_mut().upgrade_tls(tls.clone()).await.map_err(|_| Lost)
    }

    pub(crate) async fn starttls(&mut self) -> Result<Said, Lost> {
        self.command(Starttls).await
    }

    /// Says who we are and keeps what the server offers.
    pub(crate) async fn hello(&mut self, name: &ClientId) -> Result<Said, Lost> {
        let said = self.command(Ehlo::new(name.clone())).await?;
        self.extensions = said.lines.iter().skip(1).cloned().collect();
        Ok(said)
    }

    /// Whether the server offers an extension.
    pub(crate) fn offers(&self, extension: &str) -> bool {
        self.words(extension).is_some()
    }

    /// The words behind the name of an extension.
    fn words(&self, extension: &str) -> Option<impl Iterator<Item = &str>> {
        self.extensions.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            words.next()?.eq_ignore_ascii_case(extension).then_some(words)
        })
    }

    /// Shows the credentials, by the first way that both know.
    pub(crate) async fn authenticate(&mut self, credentials: &Credentials) -> Result<(), Unknown> {
        let offered: Vec<String> = self.words("AUTH").into_iter().flatten().map(str::to_ascii_uppercase).collect();
        let known = DEFAULT_MECHANISMS.iter().find(|known| offered.contains(&known.to_string()));
        let mechanism = *known.ok_or(Unknown::Odd)?;
        let begins = Auth::new(mechanism, credentials.clone(), None).map_err(|_| Unknown::Odd)?;
        let mut said = self.command(begins).await?;
        for _ in 0..MOST_CHALLENGES {
            if said.code != 334 {
                break;
            }
            let challenge = format!("334 {}\r\n", said.text()).parse().map_err(|_| Unknown::Odd)?;
            let answer = Auth::new_from_response(mechanism, credentials.clone(), &challenge);
            said = self.command(answer.map_err(|_| Unknown::Odd)?).await?;
        }
        match said.class() {
            2 => Ok(()),
            3 => Err(Unknown::Odd),
            _ => Err(Unknown::Refused(said)),
        }
    }

    /// Whether the server said something that nobody asked for: the next reply would be taken for that to another command.
    pub(crate) fn is_out_of_step(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    /// Sends a command and reads the reply.
    pub(crate) async fn command(&mut self, command: impl Display) -> Result<Said, Lost> {
        let command = command.to_string();
        let stream = self.stream.get_mut();
        let written = match stream.write_all(command.as_bytes()).await {
            Ok(()) => stream.flush().await,
            error => error,
        };
        let said = self.read().await?;
        // A server may say no in the middle of a message and be gone, but not yes.
        if written.is_err() && said.code < 400 { Err(Lost) } else { Ok(said) }
    }

    /// Reads a reply: lines of one code, of which the last has no `-` behind it. There need be no text, nor a space (RFC 5321
    /// section 4.2), and letters that are not UTF-8 are some letters.
    pub(crate) async fn read(&mut self) -> Result<Said, Lost> {
        let mut said: Option<Said> = None;
        for _ in 0..MOST_LINES {
            let line = self.line().await?;
            let (code, is_last, text) = parts(&line).ok_or(Lost)?;
            let said = said.get_or_insert(Said { code, lines: Vec::new() });
            if said.code != code {
                return Err(Lost);
            }
            said.lines.push(String::from_utf8_lossy(text).into_owned());
            if is_last {
                return Ok(said.clone());
            }
        }
        Err(Lost)
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Lost> {
        let mut line = Vec::new();
        loop {
            let read = self.stream.fill_buf().await.map_err(|_| Lost)?;
            if read.is_empty() {
                return Err(Lost);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = &read[..end.unwrap_or(read.len())];
            line.extend_from_slice(&part[..part.len().min(LONGEST_LINE - line.len())]);
            let taken = end.map_or(read.len(), |end| end + 1);
            self.stream.consume_unpin(taken);
            if end.is_some() {
                line.truncate(line.len() - usize::from(line.ends_with(b"\r")));
                return Ok(line);
            }
        }
    }
}

/// The code of a line, whether it is the last of its reply, and the text.
fn parts(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (code, rest) = line.split_at_checked(3)?;
    let [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] = code else { return None };
    let code = code.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest {
        [] => Some((code, true, rest)),
        [b' ', text @ ..] => Some((code, true, text)),
        [b'-', text @ ..] => Some((code, false, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_code_and_may_have_a_text() {
        for (line, expected) in [
            ("250 ok", Some((250, true, "ok"))),
            ("250-ok", Some((250, false, "ok"))),
            ("250", Some((250, true, ""))),
            ("250 ", Some((250, true, ""))),
            ("250-", Some((250, false, ""))),
            ("250ok", None),
            ("25", None),
            ("", None),
            ("199 ok", None),
            ("600 ok", None),
            ("2x0 ok", None),
            ("HTTP/1.1 400 Bad Request", None),
        ] {
            assert_eq!(
                parts(line.as_bytes()),
                expected.map(|(code, is_last, text): (_, _, &str)| (code, is_last, text.as_bytes())),
                "{line}"
            );
        }
    }
}
