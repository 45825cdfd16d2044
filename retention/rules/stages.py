"""Which stage of a talk may follow which: onward a step at a time; back, or past a stage, only with a word about it; and
no offer that nobody has written down.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from retention.enums import RenewalStage, WinBackStage


class Asks(StrEnum):
    """What a move has to bring along."""

    NOTHING = ""
    OFFER = "offer"
    WHY_BACK = "why_back"
    WHAT_HAPPENED = "what_happened"


#: Each in the order of the talk, with the stages that nobody can stand at without an offer. Who renews on the same
#: terms agrees without one.
RENEWAL: tuple[Sequence[str], Collection[str]] = (RenewalStage.values, {RenewalStage.OFFERED})
WIN_BACK: tuple[Sequence[str], Collection[str]] = (WinBackStage.values, {WinBackStage.OFFERED, WinBackStage.TRYING})


def move_asks(talk: tuple[Sequence[str], Collection[str]], *, now: str, then: str, has_offer: bool) -> Asks:
    order, with_offer = talk
    if then in with_offer and not has_offer:
        return Asks.OFFER
    steps = order.index(then) - order.index(now)
    if steps < 0:
        return Asks.WHY_BACK
    return Asks.WHAT_HAPPENED if steps > 1 else Asks.NOTHING
