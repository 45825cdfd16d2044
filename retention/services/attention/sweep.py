"""The sweep of early signs: notices and forgets reasons, plans calls, sees who has come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.queries import company, load_calendar
from retention.queries.renewals.policies import keeping_policies
from retention.rules.silence import OWN_RHYTHM_FROM, TOUCH_WORKDAYS
from retention.services.attention import statements
from retention.services.winbacks.winning import close_won

_BATCH = 20_000
_LOCK = 7_301_012  # one sweep at a time


def watch_attention(*, now: datetime) -> Mapping[str, int]:
    """The sweep: notices and forgets reasons, plans calls within each manager's measure, sees who has come back."""
    total = dict.fromkeys(("noticed", "gone", "won", "planned"), 0)
    while True:
        with transaction.atomic():
            made = _batch(now)
        if made is None:
            break
        total |= {name: total[name] + made[name] for name in made}
    total["planned"] = _plan(now)
    return total


def _batch(now: datetime) -> dict[str, int] | None:
    with connection.cursor() as cursor:
        if not _is_due(cursor, localdate(now)):
            return None
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        values = _values(now)
        cursor.execute(statements.TAKE, values)
        cursor.execute("SELECT COALESCE(min(client_id), 0), COALESCE(max(client_id), 0) FROM attention_taken")
        values["first"], values["last"] = cursor.fetchone()
        with _days_of_the_company(cursor):
            for statement in statements.LOOK:
                cursor.execute(statement, values)
        cursor.execute(statements.FORGET, values)
        gone = int(cursor.fetchone()[0])
        cursor.execute(statements.CHANGE, values)
        noticed = int(cursor.rowcount)
        cursor.execute(statements.KEEP, values)
        noticed += int(cursor.rowcount)
        cursor.execute(statements.SHARE, values)
        cursor.execute(statements.NEXT, values)
        cursor.execute(statements.TRIED)
        tried = cursor.fetchone()[0] or []
    return {"noticed": noticed, "gone": gone, "won": close_won(client_ids=tried, now=now) if tried else 0}


@contextmanager
def _days_of_the_company(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SELECT set_config('TimeZone', %s, true)", [settings.TIME_ZONE])
    yield  # a failure takes the setting back with the transaction
    cursor.execute("SELECT set_config('TimeZone', %s, true)", [connection.timezone_name])


def _is_due(cursor: CursorWrapper, today: date) -> bool:
    """The first entry of the index at any size."""
    cursor.execute("SELECT look_on FROM retention_attentionwatch ORDER BY look_on, id LIMIT 1")
    first = cursor.fetchone()
    return first is not None and first[0] <= today


@transaction.atomic
def _plan(now: datetime) -> int:
    """Nothing on days off: two of them would only pile up."""
    calendar, today = load_calendar(), localdate(now)
    if not calendar.is_workday(today):
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            "failed": _("An order fell through: find out what happened"),
            "silence": _("No order for longer than usual"),
            "no_contact": _("Nobody has been in touch for long"),
        }
    values: dict[str, Any] = {"cap": company().attention_per_day, "today": today, "now": now, **words}
    values["due"] = calendar.add_workdays(today, TOUCH_WORKDAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(statements.PLAN, values)
        clients = [row[0] for row in cursor.fetchall()]
        if clients:
            cursor.execute(statements.SHARE_PLANNED, {"clients": clients, "first": min(clients), "last": max(clients)})
    return len(clients)


def _values(now: datetime) -> dict[str, Any]:
    policies = keeping_policies()
    with translation.override(settings.LANGUAGE_CODE):
        no_need = _("The reason is gone.")
    norms = company()
    return {
        "today": localdate(now),
        "now": now,
        "batch": _BATCH,
        "usual": norms.active_days,
        "grace": norms.grace_days,
        "own_from": OWN_RHYTHM_FROM,
        "tiers": list(policies),
        "factors": [policy.silence_factor for policy in policies.values()],
        "contacts": [policy.contact_days for policy in policies.values()],
        "no_need": no_need,
    }
