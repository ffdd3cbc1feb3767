"""An SMTP server that does what its recipients' addresses say, for the tests of waypost-smtp.

    python peer.py FOLDER [NAME=VALUE ...]

Prints its port. Ends when its input ends. Taken messages are FOLDER/N.eml with FOLDER/N.json beside them; FOLDER/sessions
has a line for every connection.

Addresses, of recipients and of senders, by the part before the `@` and a `+`:
    rCODE[-ENHANCED]    is refused with this code, with the address in the text
    dCODE[-ENHANCED]    is taken, and the message refused
    drop                the connection ends instead of a reply to the message
    hang                there is no reply to the message
    hangup              the connection ends instead of a reply to the recipient
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

folder = Path(sys.argv[1])
options = dict(word.split("=", 1) for word in sys.argv[2:])
count = 0


def scripted(kind, address):
    """The reply that an address asks for, if it asks for one of this kind."""
    word = address.rsplit("@", 1)[0].split("+", 1)[0]
    if word[:1] != kind or not word[1:4].isdigit():
        return None
    code, _, enhanced = word[1:].partition("-")
    return " ".join(filter(None, [code, enhanced, f"<{address}> said no"]))


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if server.taken >= int(options.get("per_session", 1000)):
            return "452 4.5.3 too many messages"
        if reply := scripted("r", address):
            return reply
        envelope.mail_from, envelope.mail_options = address, mail_options
        return "250 2.1.0 fine"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("hangup"):
            server.transport.abort()
        if reply := scripted("r", address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        global count
        address = envelope.rcpt_tos[0]
        if reply := scripted("d", address):
            return reply
        await asyncio.sleep(float(options.get("think", 0)))
        count += 1
        server.taken += 1
        number, about = count, {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "hello": session.host_name,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
        }
        (folder / f"{number}.eml").write_bytes(envelope.original_content)
        (folder / f"{number}.json").write_text(json.dumps(about))
        if address.startswith("drop"):
            server.transport.abort()
        if address.startswith("hang"):
            await asyncio.sleep(3600)
        return f"250 2.0.0 Ok: queued as {number:010X}"


class Session(SMTP):
    def connection_made(self, transport):
        self.taken = getattr(self, "taken", 0)
        if not getattr(self, "is_counted", False):
            self.is_counted = True
            with (folder / "sessions").open("a") as sessions:
                sessions.write("1\n")
        super().connection_made(transport)

    async def _handle_client(self):
        await asyncio.sleep(float(options.get("greet_after", 0)))
        if greeting := options.get("greeting"):
            await self.push(greeting)
            self.transport.close()
            return
        await super()._handle_client()


def check(server, session, envelope, mechanism, data):
    if (data.login, data.password) == (b"shop", b"secret"):
        return AuthResult(success=True, auth_data=data.login)
    return AuthResult(success=False, handled=False)


async def main():
    tls = options.get("tls", "none")
    context = None
    if tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])

    def session():
        return Session(
            Handler(),
            enable_SMTPUTF8=options.get("utf8") == "yes",
            decode_data=False,
            hostname="peer.example",
            timeout=float(options.get("idle", 300)),
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=options.get("auth") == "yes",
            auth_require_tls=False,
            authenticator=check if "auth" in options else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
