"""Boards: what a card has to bring along from one stage to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from core.errors import DomainError
from retention.rules.stages import Asks, move_asks


class StageAsksError(DomainError):
    """The move is possible once ``asks`` is answered."""

    code = "asks"
    status = 422

    def __init__(self, asks: Asks) -> None:
        self.asks = asks
        texts = {
            Asks.OFFER: _("Nothing has been offered yet: write the offer down first."),
            Asks.WHY_BACK: _("Say why it goes back."),
            Asks.WHAT_HAPPENED: _("It skips a stage: say what happened."),
        }
        super().__init__(texts[asks], fields={"note": [texts[asks]]})


def check_move(
    talk: tuple[Sequence[str], Collection[str]], *, now: str, then: str, has_offer: bool, reason: str
) -> None:
    asks = move_asks(talk, now=now, then=then, has_offer=has_offer)
    if asks == Asks.OFFER or (asks != Asks.NOTHING and not reason.strip()):
        raise StageAsksError(asks)


def told(stage: str, reason: str) -> str:
    """The line of the timeline."""
    return f"{stage}. {reason.strip()}" if reason.strip() else stage
