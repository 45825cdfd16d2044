"""The mailbox of an installation without a mail server: letters stay in the outbox, readable on its page."""

from __future__ import annotations

from collections.abc import Callable

from gateways.models import OutboxMessage


class LocalMailbox:
    is_local = True

    def deliver(self, letter: OutboxMessage, *, before_data: Callable[[], None]) -> None:
        """Nothing leaves: the row itself is the delivered letter."""

    def close(self) -> None:
        """Nothing is open."""
