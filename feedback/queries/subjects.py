"""What a call is about, told by the room that planned it. This room knows nothing above it: it asks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from staff.models import User
from work.models import Touch


@dataclass(frozen=True, slots=True)
class CallSubject:
    """``template`` is a panel beside the script that gets ``about``; ``url`` is where the outcome leads to."""

    template: str
    about: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    forbidden: str = ""  # why this person may not hold this call


Provider = Callable[[Touch, User], CallSubject | None]


def subject_of(touch: Touch, user: User) -> CallSubject | None:
    table = cast("Mapping[str, str]", import_string(settings.CALL_SUBJECTS))
    path = table.get((touch.rule or "").split(":", 1)[0])
    return cast("Provider", import_string(path))(touch, user) if path else None
