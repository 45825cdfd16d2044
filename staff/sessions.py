"""Django's sessions in the database; the one question that every request asks is compiled once."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from core.fixed import FixedQuery

_ALIVE = FixedQuery(
    lambda key, moment: Session.objects.filter(session_key=key, expire_date__gt=moment).order_by(), str, datetime
)


class SessionStore(DatabaseStore):
    def _get_session_from_db(self) -> Session | None:
        found = _ALIVE.first(self.session_key, now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
