"""Calls that a stop asks for: the same day, and again when the day of return has passed without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.conf import settings
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import Source
from clients.queries import owners_of
from core.queries import load_calendar
from core.workdays import WorkCalendar
from retention.models import Freeze
from retention.queries.freezes import open_freezes
from retention.rules.freezes import save_call_day
from retention.services.freezes import return_rule, save_rule
from work.enums import TouchKind
from work.models import Touch


def plan_save_calls(*, now: datetime) -> Mapping[str, int]:
    """The sweep. An imported stop asks for a call only while its day has not passed."""
    calendar, today = load_calendar(), localdate(now)
    with translation.override(settings.LANGUAGE_CODE):
        stopped, back = _("The project has stopped: find out why"), _("The pause is over: does the client go on?")
    wanted: dict[str, tuple[Freeze, date, str]] = {}
    for freeze in open_freezes():
        day = _call_day(freeze, calendar, today)
        if day is not None:
            wanted[save_rule(freeze.pk)] = (freeze, day, stopped)
        if freeze.expected_end is not None and _is_over(freeze, freeze.expected_end, today):
            day = calendar.next_workday(today)
            wanted[return_rule(freeze.pk, freeze.expected_end)] = (freeze, day, back)
    known = set(Touch.objects.filter(rule__in=wanted).values_list("rule", flat=True))
    missing = [(rule, *found) for rule, found in wanted.items() if rule not in known]
    _plan(missing)
    return {"planned": len(missing)}


def _is_over(freeze: Freeze, end: date, today: date) -> bool:
    """A pause that was over before the file came is history: nobody is sent to ask about it."""
    return end < today and (freeze.source != Source.IMPORT or end >= localdate(freeze.told_at))


def _call_day(freeze: Freeze, calendar: WorkCalendar, today: date) -> date | None:
    if freeze.source != Source.IMPORT:
        return save_call_day(freeze.told_at, calendar)
    day = calendar.next_workday(freeze.stopped_on)
    return day if day >= today else None


def _plan(missing: Iterable[tuple[str, Freeze, date, str]]) -> None:
    rows = list(missing)
    owners = owners_of({freeze.client_id for _rule, freeze, _day, _subject in rows}) if rows else {}
    Touch.objects.bulk_create(
        (
            Touch(
                client_id=freeze.client_id,
                kind=TouchKind.SAVE,
                subject=subject,
                assignee=owners[freeze.client_id],
                due_from=day,
                due_on=day,
                is_urgent=True,
                rule=rule,
            )
            for rule, freeze, day, subject in rows
        ),
        ignore_conflicts=True,
    )
