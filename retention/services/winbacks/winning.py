"""Who has come back: by a contract or an order dated after the attempt began, whether somebody noticed or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from retention.rules.winbacks import GONE

_WON = """
WITH open AS (
    SELECT w.id, w.client_id, w.opened_on + CASE WHEN w.segment = ANY(%(gone)s) THEN 0 ELSE 1 END AS from_on
    FROM retention_winback w WHERE w.outcome = '' AND w.client_id = ANY(%(clients)s)
), found AS (
    SELECT p.id, k.id AS contract_id, o.id AS order_id FROM open p
    LEFT JOIN LATERAL (
        SELECT k.id FROM clients_contract k
        WHERE k.client_id = p.client_id AND k.signed_on >= p.from_on AND k.signed_on <= %(today)s
        ORDER BY k.signed_on, k.id LIMIT 1
    ) k ON true
    LEFT JOIN LATERAL (
        SELECT o.id FROM clients_order o
        WHERE o.client_id = p.client_id AND o.status = 'completed' AND o.net > 0 AND o.ordered_at <= %(now)s
          AND o.ordered_at >= p.from_on::timestamp AT TIME ZONE %(zone)s
        ORDER BY o.ordered_at, o.id LIMIT 1
    ) o ON true
    WHERE k.id IS NOT NULL OR o.id IS NOT NULL
), won AS (
    UPDATE retention_winback w SET outcome = 'won', contract_id = f.contract_id, order_id = f.order_id,
        closed_at = %(now)s, updated_at = %(now)s, version = w.version + 1, next_step_on = NULL
    FROM found f WHERE w.id = f.id AND w.outcome = ''
    RETURNING w.id, w.client_id
), told AS (
    INSERT INTO clients_timelineevent (client_id, kind, at, summary, data, subject_type, subject_id)
    SELECT client_id, 'win_back_closed', %(now)s, %(words)s, '{"outcome": "won"}', 'retention.winback', id FROM won
), cancelled AS (
    UPDATE work_touch t SET state = 'cancelled', note = %(words)s, closed_at = %(now)s, updated_at = %(now)s,
        version = t.version + 1
    FROM won WHERE t.client_id = won.client_id AND t.kind = 'win_back' AND t.state = 'open'
)
SELECT count(*) FROM won
"""


def close_won(*, client_ids: Sequence[int], now: datetime) -> int:
    """Links what the client came back with and closes the attempt; the head can open it again."""
    with translation.override(settings.LANGUAGE_CODE):
        words = _("The client is back: won by the dates of contracts and orders.")
    values: dict[str, Any] = {
        "clients": list(client_ids),
        "gone": [str(one) for one in GONE],
        "today": localdate(now),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WON, {**values, "zone": settings.TIME_ZONE, "words": words})
        return int(cursor.fetchone()[0])
