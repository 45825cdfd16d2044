"""From one day to a later one: whose facts become others only because time has passed.

Dates that lie between both days (a contract signed ahead, a refund, a new owner), stretches of activity and of traits that
begin or end there, and terms that run out there: the grace of a due contract, day 30 of a start, day 90 of a first order and the
last day to become regular.
What a client has brought to date grows every day for everybody under contract; that part is derived anew as a whole.
"""

from __future__ import annotations

from clients.metrics import REPEAT_DAYS
from reports.heard import AGAIN_DAYS
from retention.metrics.statements import STOP_DAYS

_DAYS = "> %(old)s AND {column} <= %(today)s"
_MOMENTS = "> %(old_moment)s AND {column} <= %(moment)s"


def _between(table: str, *columns: str, days: bool = True) -> list[str]:
    window = _DAYS if days else _MOMENTS
    return [
        f"SELECT client_id FROM {table} WHERE {column} {window.format(column=column)}"  # noqa: S608 - own names only
        for column in columns
    ]


def _around(table: str, *columns: str, where: str = "TRUE") -> list[str]:
    """A day more on both sides: whoever is derived for nothing comes out the same."""
    return [
        f"SELECT client_id FROM {table} WHERE {where}"  # noqa: S608 - own names only
        f" AND {column} >= %(old)s::date - 1 AND {column} <= %(today)s::date + 1"
        for column in columns
    ]


TURNED = "\nUNION\n".join(
    [
        *_between("clients_contract", "signed_on", "terminated_on"),
        *_between("clients_order", "refunded_on"),
        *_between("clients_order", "ordered_at", "completed_at", days=False),
        *_between("feedback_surveyresponse", "answered_at", days=False),
        *_between("feedback_complaint", "opened_at", days=False),
        *_between("work_touch", "closed_at", days=False),
        *_between("retention_freeze", "stopped_on"),
        *_between("clients_assignment", "started_at", days=False),
        *_between("clients_clientsegment", "from_on"),
        *_around("reports_run", "from_day", "until_day"),
        *_around("reports_trait", "from_day", "until_day"),
        *_around("reports_unit", "at + %(grace)s", where="kind = 'due'"),
        *_around("reports_unit", f"at + {STOP_DAYS}", where="kind = 'start'"),
        *_around("reports_unit", f"at + {REPEAT_DAYS}", "at + %(regular_days)s", where="kind = 'first'"),
        *_around("reports_unit", f"at + {AGAIN_DAYS}", where="kind IN ('said5', 'said10')"),
        "SELECT client_id FROM reports_dirtyclient",
    ]
)
#: Beyond this share of the clients everything is derived anew.
MOST = 0.3
