"""Nobody leaves without a reason: contracts that ended for good and that nobody has asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.queries import owners_of
from core.queries import company, load_calendar
from retention.queries.unexplained import unexplained_contracts
from work.enums import TouchKind
from work.models import Touch

#: Only who left lately is asked: a department that moves in with ten years of contracts is not sent to call them all.
ASKED_DAYS = 30


#: What stands on the list: a year back, older ends are history.
LISTED_DAYS = 365


def listed_since(today: date) -> date:
    return today - timedelta(days=LISTED_DAYS)


def question_rule(contract_id: int) -> str:
    return f"unexplained:contract:{contract_id}"


def ask_unexplained(*, now: datetime) -> Mapping[str, int]:
    """The sweep: a touch for the owner, «find out why», for each contract whose grace passed without a word."""
    today = localdate(now)
    first_end = today - timedelta(days=company().grace_days + ASKED_DAYS)
    contracts = unexplained_contracts(ended_since=first_end, today=today)
    found = {row.pk: row for row in contracts.filter(client__archived_at__isnull=True)}
    known = Touch.objects.filter(rule__in=[question_rule(pk) for pk in found]).values_list("rule", flat=True)
    missing = [row for row in found.values() if question_rule(row.pk) not in set(known)]
    if not missing:
        return {"planned": 0}
    owners = owners_of({row.client_id for row in missing})
    due_on = load_calendar().next_workday(today)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("The contract ended and nobody knows why: find out the reason")
    touches = [
        Touch(
            client_id=row.client_id,
            kind=TouchKind.WHAT_WENT_WRONG,
            subject=subject,
            assignee=owners[row.client_id],
            due_from=due_on,
            due_on=due_on,
            rule=question_rule(row.pk),
        )
        for row in missing
    ]
    Touch.objects.bulk_create(touches, ignore_conflicts=True)
    return {"planned": len(touches)}
