"""The beginning of an attempt: one for each client, with a call for somebody, in one statement for many clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.errors import DomainError, ForbiddenError
from core.locks import lock_keys
from core.queries import company, load_calendar
from retention.models import TrustCampaign
from retention.permissions import may_decide_keeping
from retention.queries.winbacks.segments import SEGMENTS, SegmentFilter, segment_values
from retention.rules.silence import TOUCH_WORKDAYS
from staff.models import User
from staff.permissions import in_department

_MOST_DAYS = 60  # working days over which the calls of a whole campaign are spread

#: Calls begin so many a day for each person, the freshest signals first; whoever has an open attempt is left alone.
_OPEN = f"""
{SEGMENTS}
, chosen AS (
    SELECT s.*, CASE WHEN cardinality(%(people)s::bigint[]) = 0 THEN s.owner_id
        ELSE (%(people)s::bigint[])[1 + (row_number() OVER (ORDER BY s.since DESC, s.client_id))
              %% GREATEST(cardinality(%(people)s::bigint[]), 1)] END AS assignee_id
    FROM segment s WHERE %(owner)s::bigint IS NULL OR s.owner_id = %(owner)s
), opened AS (
    INSERT INTO retention_winback (created_at, updated_at, version, client_id, campaign_id, segment, stage, assignee_id,
        opened_on, offer, outcome, note)
    SELECT %(now)s, %(now)s, 1, client_id, %(campaign)s, segment, 'new', assignee_id, %(today)s, %(offer)s, '', ''
    FROM chosen ORDER BY since DESC, client_id
    ON CONFLICT (client_id) WHERE outcome = '' DO NOTHING
    RETURNING id, client_id, assignee_id
), placed AS (
    SELECT o.*, row_number() OVER (PARTITION BY o.assignee_id ORDER BY o.id) - 1 AS place FROM opened o
), told AS (
    INSERT INTO clients_timelineevent (client_id, kind, at, actor_id, summary, data, subject_type, subject_id)
    SELECT client_id, 'win_back_opened', %(now)s, %(actor)s, %(told)s, '{{}}', 'retention.winback', id FROM opened
), planned AS (
    INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner,
        due_from, due_on, is_late, is_urgent, state, outcome, note, rule, initiator)
    SELECT %(now)s, %(now)s, 1, p.client_id, 'win_back', %(subject)s, p.assignee_id, false, d.starts, d.ends, false,
        false, 'open', '', '', 'winback:' || p.id || ':' || d.ends, 'us'
    FROM placed p
    JOIN unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS d (starts, ends, place)
      ON d.place = 1 + LEAST(p.place / %(a_day)s, cardinality(%(starts)s::date[]) - 1)
)
SELECT array_agg(id) FROM opened
"""  # noqa: S608 - constants only

#: The call of an attempt is its next step.
_NEXT_STEP = """
UPDATE retention_winback w SET next_step_on = t.due_on FROM work_touch t
WHERE w.id = ANY(%s) AND t.client_id = w.client_id AND t.kind = 'win_back' AND t.state = 'open'
"""


@transaction.atomic
def take_into_win_back(
    *,
    wanted: SegmentFilter,
    actor: User,
    now: datetime,
    campaign: TrustCampaign | None = None,
    people: Sequence[User] = (),
) -> int:
    """Opens an attempt for each client of the segments that has none; answers how many. A manager takes his own alone.

    Without ``people`` each client stays with its owner; with several they take turns.
    """
    if not in_department(actor):
        raise ForbiddenError(_("Only the department wins clients back."))
    leads = may_decide_keeping(actor)
    if (campaign or people) and not leads:
        raise ForbiddenError(_("Only the head gives clients to a campaign or to other people."))
    if any(not in_department(person) for person in people):
        foreign = _("A contact with a client is for somebody of the department.")
        raise DomainError(foreign, code="assignee", fields={"people": [foreign]})
    lock_keys(["winback:take"])
    values = _values(wanted, campaign, now) | {
        "actor": actor.pk,
        "owner": None if leads else actor.pk,
        "people": [person.pk for person in people],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        opened: list[int] = cursor.fetchone()[0] or []
        if opened:
            cursor.execute(_NEXT_STEP, [opened])
    return len(opened)


def _values(wanted: SegmentFilter, campaign: TrustCampaign | None, now: datetime) -> dict[str, Any]:
    starts, ends = _days(localdate(now))
    with translation.override(settings.LANGUAGE_CODE):
        words = {"subject": _("Win the client's trust back"), "told": campaign.name if campaign else ""}
    return {
        **segment_values(wanted, now=now),
        **words,
        "campaign": campaign.pk if campaign else None,
        "offer": campaign.offer if campaign else "",
        "starts": starts,
        "ends": ends,
        "a_day": max(company().attention_per_day, 1),
    }


def _days(today: date) -> tuple[list[date], list[date]]:
    """From which working day and until which the calls of each day's measure are made."""
    calendar = load_calendar()
    starts = [calendar.next_workday(today)]
    while len(starts) < _MOST_DAYS:
        starts.append(calendar.add_workdays(starts[-1], 1))
    return starts, [calendar.add_workdays(day, TOUCH_WORKDAYS) for day in starts]
