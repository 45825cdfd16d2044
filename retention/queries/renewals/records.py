"""Recorded outcomes that the dates of the contracts do not bear out; figures follow the dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from retention.models import Divergence
from retention.permissions import visible_divergences
from staff.models import User

#: Older ends are history.
LOOKED_BACK = 180
#: What the dates say of renewals whose end lies around today, where that is not what was recorded: of some clients.
DIVERGING = """
SELECT d.renewal_id, d.client_id, d.due_on, d.said, d.found_id FROM (
    SELECT r.id AS renewal_id, r.client_id, r.due_on, r.outcome, r.next_contract_id AS linked_id, f.id AS found_id,
        CASE WHEN f.starts_on < s.due + 1 - %(early)s THEN 'replaced'
            WHEN f.starts_on <= s.due + 1 + %(grace)s THEN 'renewed'
            WHEN k.prolongation_months > 0 AND k.terminated_on IS NULL AND s.due < %(today)s THEN 'prolonged'
            WHEN s.due + %(grace)s < %(today)s THEN 'refused' ELSE '' END AS said
    FROM retention_renewal r JOIN clients_contract k ON k.id = r.contract_id
    CROSS JOIN LATERAL (SELECT CASE WHEN r.turn = 0 THEN COALESCE(k.ends, r.due_on) ELSE r.due_on END AS due) s
    LEFT JOIN LATERAL (
        SELECT o.id, o.starts_on FROM clients_contract o
        WHERE o.client_id = r.client_id AND o.id <> k.id AND o.signed_on <= %(today)s
          AND o.starts_on > CASE WHEN r.turn = 0 THEN k.starts_on
                ELSE (k.ends_on + 1 + make_interval(months => (r.turn - 1) * k.prolongation_months))::date END
          AND (o.ends IS NULL OR o.ends > s.due)
          AND (NOT EXISTS (SELECT FROM clients_contract_products p WHERE p.contract_id = k.id)
            OR NOT EXISTS (SELECT FROM clients_contract_products p WHERE p.contract_id = o.id)
            OR EXISTS (SELECT FROM clients_contract_products p JOIN clients_contract_products q USING (product_id)
                       WHERE p.contract_id = k.id AND q.contract_id = o.id))
        ORDER BY o.starts_on, o.ends DESC, o.id DESC LIMIT 1
    ) f ON true
    WHERE {of} AND r.due_on >= %(looked_from)s AND r.outcome <> 'void'
) d WHERE (d.outcome = '' AND d.said = 'refused')
    OR (d.outcome IN ('renewed', 'replaced', 'prolonged') AND d.said <> d.outcome)
    OR (d.outcome IN ('renewed', 'replaced') AND d.said = d.outcome AND d.found_id IS DISTINCT FROM d.linked_id)
    OR (d.outcome = 'refused' AND d.said IN ('renewed', 'replaced'))
"""


class Divergent(NamedTuple):
    """All that a line about one shows."""

    renewal_id: int
    client: str
    due_on: date
    recorded: str
    linked: str | None
    linked_key: str | None
    said: str
    found: str | None
    found_key: str | None
    found_from: date | None

    @property
    def text(self) -> str:
        if not self.recorded:
            return _("the grace is over and no outcome is recorded")
        if self.found_from is not None and self.recorded == self.said:
            return _("another contract is the next one by its dates")
        return _("the dates of the contracts say otherwise")


ORDER = ("-due_on", "-renewal_id")
_SHOWN = (
    "renewal_id", "client__name", "due_on", "renewal__outcome", "renewal__next_contract__number",
    "renewal__next_contract__external_id", "said", "found__number", "found__external_id", "found__starts_on",
)  # fmt: skip


def divergences(user: User, *, today: date) -> QuerySet[Divergence, Any]:
    """Lines of ``Divergent``, to be read in the order of ``ORDER``."""
    rows = visible_divergences(user).filter(due_on__gte=looked_from(today))
    return rows.values_list(*_SHOWN, named=True)


def looked_from(today: date) -> date:
    return today - timedelta(days=LOOKED_BACK)
