"""Who finds out the real reason, and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INTERVIEW_WORKDAYS = 5  # later than that a client no longer remembers why


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Somebody who could hold an exit interview. ``load`` is how many he has to hold already."""

    id: int
    load: int = 0
    is_specialist: bool = True  # a feedback specialist before the head


def choose_interviewer(candidates: Iterable[Interviewer], *, owner_id: int) -> int | None:
    """The least loaded, never the one who looked after the client: he would hear what is polite."""
    fitting = [one for one in candidates if one.id != owner_id]
    best = min(fitting, key=lambda one: (one.load, not one.is_specialist, one.id), default=None)
    return best.id if best else None
