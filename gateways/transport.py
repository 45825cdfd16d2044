"""What a way out of the house must do, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.conf import settings

from gateways.models import OutboxMessage


class UnreachableError(Exception):
    """Nothing can be handed over at present: no connection, wrong password, sender not allowed."""


class RefusedError(Exception):
    """The other side said no to this letter; ``code`` as in RFC 5321 tells for how long."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class LostContactError(Exception):
    """The letter's body was on its way when the connection broke: nobody knows whether it was taken."""


class Transport(Protocol):
    is_local: bool

    def deliver(self, letter: OutboxMessage, *, before_data: Callable[[], None]) -> None:
        """Hands one letter over. Calls ``before_data`` at the last moment at which it certainly has not left."""

    def close(self) -> None: ...


def open_transport() -> Transport:
    """SMTP when it is set up, the local mailbox otherwise."""
    from gateways.local import LocalMailbox
    from gateways.smtp import SmtpTransport

    return SmtpTransport() if settings.EMAIL_HOST else LocalMailbox()
