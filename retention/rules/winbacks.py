"""Whose trust is to be recovered, and what counts as having recovered it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from retention.enums import WinBackSegment

SIGNAL_DAYS = 90  # a score or a complaint speaks for so long
#: The strongest first: a client stands in one segment only.
STRENGTH = (WinBackSegment.REFUSED, WinBackSegment.COMPLAINT, WinBackSegment.LOW_SCORE, WinBackSegment.SILENT)
#: Of these nothing was heard any more, so that whatever is bought from that day on is a return.
GONE = (WinBackSegment.REFUSED, WinBackSegment.SILENT)


def strongest(segments: Collection[WinBackSegment]) -> WinBackSegment | None:
    return next((segment for segment in STRENGTH if segment in segments), None)


def is_return(segment: WinBackSegment, *, opened_on: date, day: date) -> bool:
    """Whether a contract signed or an order placed on that day wins the client back.

    Those who only complain or score low go on buying: what they had in hand on the first day proves nothing.
    """
    return day >= opened_on if segment in GONE else day > opened_on


def spread(place: int, *, a_day: int) -> int:
    """How many working days later the call of the one in that place (from 0) begins, so many begin on each day."""
    return place // max(a_day, 1)
