"""Who is logged in where."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from staff.models import User


def end_sessions(*, user: User, only: int | None = None, but_key: str | None = None) -> int:
    """Ends all sessions of a person, or one of them, or all but the one he is looking from."""
    chosen = UserSession.objects.filter(user=user)
    if only is not None:
        chosen = chosen.filter(pk=only)
    if but_key is not None:
        chosen = chosen.exclude(session_key=but_key)
    keys = list(chosen.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    chosen.delete()
    return len(keys)
