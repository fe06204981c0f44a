"""A real mail server as a program: ``python -m tests.support.mail_program CERTIFICATE``.

Listens on three free ports (plain, STARTTLS, TLS from the first byte), writes their numbers as
its first line and each mail it takes as a further line of JSON.  It is a process of its own,
because nothing of it may depend on how the tests patch the standard library.
"""

import asyncio
import json
import ssl
import sys
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ACCOUNT = LoginPassword(b"gateway", b"right-password")


class Handler:
    """Takes every mail, but none for addresses that begin with ``refused``."""

    async def handle_RCPT(  # noqa: N802 - the server's naming
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 5.1.1 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's naming
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content, transport = envelope.content, server.transport
        taken = {
            "sender": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": content.decode() if isinstance(content, bytes) else content,
            "encrypted": bool(transport and transport.get_extra_info("ssl_object")),
            "signed_in": bool(session.authenticated),
            "called_itself": session.host_name,
        }
        say(taken)
        return "250 taken"


def say(line: Any) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201 - how a program speaks


def authenticate(*arguments: Any) -> AuthResult:
    return AuthResult(success=arguments[-1] == ACCOUNT, handled=False)


async def main(certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()

    def server(**options: Any) -> SMTP:
        return SMTP(Handler(), authenticator=authenticate, hostname="mail.example", **options)

    kinds: list[tuple[dict[str, Any], ssl.SSLContext | None]] = [
        ({"auth_require_tls": False}, None),
        ({"tls_context": tls}, None),
        ({"auth_require_tls": False}, tls),
    ]
    listeners = [
        # Every loopback address is its own: only some of them are called local.
        await loop.create_server(lambda o=options: server(**o), "0.0.0.0", 0, ssl=context)  # noqa: S104
        for options, context in kinds
    ]
    say([listener.sockets[0].getsockname()[1] for listener in listeners])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
