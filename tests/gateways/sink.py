"""A real mail server on loopback: keeps what it accepted, refuses what it is told to refuse."""

from __future__ import annotations

import threading
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Answers by address: ``no@`` never, ``later@`` not now, ``heavy@`` not its body, ``cut@`` hangs up after it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.connections = 0
        self.sender_refused = False

    def ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_refused:
            return "550 sender not allowed"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = {"no": "550 5.1.1 no such user", "later": "451 4.7.1 greylisted"}.get(address.partition("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "heavy":
            return "554 5.6.0 refused by content"
        parsed: Any = message_from_bytes(envelope.content or b"", policy=default)  # type: ignore[arg-type]
        self.letters.append(parsed)
        if name == "cut":
            cast("WriteTransport", server.transport).abort()
        return "250 taken"


class _Controller(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=False, ident="sink")

    def _trigger_server(self) -> None:
        """Port 0 was asked for: here is the one that was given."""
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running_sink() -> Iterator[tuple[Sink, int]]:
    sink = Sink()
    controller = _Controller(sink, hostname="127.0.0.1", port=0, ready_timeout=20)
    controller.start()
    try:
        yield sink, controller.port
    finally:
        controller.stop()
        for thread in threading.enumerate():
            if thread.name == "aiosmtpd":
                thread.join(5)
