"""By whom sums are kept: everybody (dim empty), each manager, tier, industry and region, and each book, which is the
clients of one tier of one manager (key «7:A»).
"""

from __future__ import annotations

from collections.abc import Mapping

from clients.metrics import CLIENTS
from core.figures import Part

CHOSEN = CLIENTS.format(alias="x")
#: Who was not always the same.
SEVERAL = Part(
    "several", f"SELECT x.client_id FROM reports_trait x WHERE {CHOSEN} GROUP BY x.client_id HAVING count(*) > 1"
)
TRAITS = ("manager_id", "tier", "industry_id", "region_id")
MONTH = {"month": "u.i"}

#: Of books managers, tiers and the whole are made, so that rows are put in groups three times and not six.
_OF_GROUPS = """CROSS JOIN LATERAL (VALUES (3, '', ''), (3, 'manager', x.manager_id::text), (3, 'tier', x.tier),
    (3, 'book', x.manager_id::text || ':' || x.tier), (5, 'industry', x.industry_id::text), (6, 'region', x.region_id::text)
) AS g(by, dim, key)"""


def by_each(rows: str, sums: Mapping[str, str], keys: Mapping[str, str] = MONTH) -> str:
    """Sums of rows u with traits by dim, key and ``keys``, several rows of each, which are to be added up."""
    traits, columns = ", ".join(f"u.{trait}" for trait in TRAITS), ", ".join(keys.values())
    by = ", ".join(f"{sql} AS {name}" for name, sql in keys.items())
    said = ", ".join(f'{sql} AS "{name}"' for name, sql in sums.items())
    sets = ", ".join(f"({columns}, {one})" for one in ("u.manager_id, u.tier", "u.industry_id", "u.region_id"))
    names = ", ".join(f'x."{name}"' for name in (*keys, *sums))
    return f"""SELECT g.dim, g.key, {names} FROM (
        SELECT GROUPING(u.tier, u.industry_id, u.region_id) AS by, {traits}, {by}, {said} FROM ({rows}) u
        GROUP BY GROUPING SETS ({sets})
    ) x {_OF_GROUPS} WHERE g.by = x.by AND g.key IS NOT NULL"""
