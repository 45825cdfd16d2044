"""Whose trust is to be recovered, and what counts as having recovered it."""

from __future__ import annotations

from retention.enums import WinBackSegment

SIGNAL_DAYS = 90  # a score or a complaint speaks for so long
#: The strongest first: a client stands in one segment only.
STRENGTH = (WinBackSegment.REFUSED, WinBackSegment.COMPLAINT, WinBackSegment.LOW_SCORE, WinBackSegment.SILENT)
#: Of these nothing was heard any more, so that whatever is bought from that day on is a return. The others only complain
#: or score low and go on buying: what they had in hand on the first day proves nothing, the day after it does.
GONE = (WinBackSegment.REFUSED, WinBackSegment.SILENT)


def spread(place: int, *, a_day: int) -> int:
    """How many working days later the call of the one in that place (from 0) begins, so many begin on each day."""
    return place // max(a_day, 1)
