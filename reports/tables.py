"""The derived tables themselves: built beside the ones in use and swapped in, or changed group by group.

A group is what one client has of one kind in one month. Sums of a month are made of groups and of nothing else, so a
group whose rows stayed the same contributes the same: only groups that differ are written, and only they are counted.
Runs are told apart by client, since each is judged together with the ones after it; months with contact likewise.
"""

from __future__ import annotations

import re
from typing import Any

from clients.metrics import SOME

RELATIONS = ("trait", "run", "unit")
SWAPPED = (*RELATIONS, "brought")
COLUMNS = {
    "trait": "client_id, from_day, until_day, manager_id, tier, industry_id, region_id",
    "run": "client_id, from_day, until_day, covered, mv, gap",
    "unit": "client_id, kind, at, manager_id, tier, industry_id, region_id, n, a, b, c, d, e",
}
_NAMED = re.compile(r"\breports_(trait|run|unit|contact|brought)\b")
#: Units that say on how many days of a month a client was in contact.
IN_CONTACT = "kind IN ('order', 'contact')"


def over(sql: str, **stages: str) -> str:
    """The same statement over other tables of the same shape: ``unit="next"`` reads ``reports_next_unit``."""
    return _NAMED.sub(lambda found: f"reports_{stages[found[1]]}_{found[1]}" if found[1] in stages else found[0], sql)


# --- all of them ------------------------------------------------------------------------------------------------------

NEXT = dict.fromkeys(RELATIONS, "next")
_INDEX = re.compile(r"INDEX (\w+) ON (?:\w+\.)?reports_(\w+)")


def create_next(cursor: Any, relation: str) -> None:
    cursor.execute(f"CREATE TABLE reports_next_{relation} (LIKE reports_{relation})")


def index_next(cursor: Any, relation: str) -> None:
    """The indexes of the table in use, built once over all rows."""
    cursor.execute(
        "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND schemaname = current_schema()",
        [f"reports_{relation}"],
    )
    for (definition,) in cursor.fetchall():
        cursor.execute(_INDEX.sub(r"INDEX next_\1 ON reports_next_\2", definition))
    cursor.execute(f"ANALYZE reports_next_{relation}")


def swap(cursor: Any, *relations: str) -> None:
    """Readers wait from here to the end of the transaction, and not before."""
    for relation in relations:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = %s AND schemaname = current_schema()",
            [f"reports_next_{relation}"],
        )
        indexes = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"DROP TABLE reports_{relation}")
        cursor.execute(f"ALTER TABLE reports_next_{relation} RENAME TO reports_{relation}")
        for name in indexes:
            cursor.execute(f"ALTER INDEX {name} RENAME TO {name.removeprefix('next_')}")


# --- those of some clients --------------------------------------------------------------------------------------------

BEFORE = dict.fromkeys((*RELATIONS, "contact"), "gone")
AFTER = {"trait": "fresh", "run": "come", "unit": "come", "contact": "come"}
FRESH = dict.fromkeys(RELATIONS, "fresh")
#: Whom it is about. Thousands of constants would be weighed one by one for every clause that names them.
ASKED = "(SELECT clients FROM reports_asked)::bigint[]"
ASK = "INSERT INTO reports_asked VALUES (%(clients)s::bigint[])"
_OF_SOME = f"client_id = ANY({ASKED})"
_HOLDS_THEM = re.compile(rf"\b(reports_fresh_\w+ o) WHERE {re.escape(SOME)}")  # and nobody else
_EVERYBODY = re.compile(r"%\(clients\)s::bigint\[\] IS NULL\s+OR ")


def of_asked(sql: str) -> str:
    """The same statement about the clients put aside by ``ASK``."""
    return _EVERYBODY.sub("", _HOLDS_THEM.sub(r"\1", sql)).replace("%(clients)s::bigint[]", ASKED)


#: Live as long as the connection, empty outside of a transaction.
_STAGES = [
    "asked (clients bigint[])",
    *(f"fresh_{relation} (LIKE reports_{relation})" for relation in RELATIONS),
    *(f"gone_{relation} (LIKE reports_{relation} INCLUDING INDEXES)" for relation in RELATIONS),
    *(f"come_{relation} (LIKE reports_{relation} INCLUDING INDEXES)" for relation in ("run", "unit")),
    *(f"{stage}_contact (LIKE reports_unit)" for stage in ("gone", "come")),
    "moved (client_id bigint)",
    "moved_unit (client_id bigint, kind text, month date)",
]
_NAMES = ", ".join(f"reports_{stage.split(' ')[0]}" for stage in _STAGES)
STAGES = ";".join(f"CREATE TEMPORARY TABLE IF NOT EXISTS reports_{stage} ON COMMIT DELETE ROWS" for stage in _STAGES)
CLEAR = f"TRUNCATE {_NAMES}"


#: Of these the months of a client are judged together: what was said in one is the latest word in another.
TOGETHER = "'nps'"


def _month_of(alias: str = "") -> str:
    return (
        f"CASE WHEN {alias}kind IN ({TOGETHER}) THEN '0001-01-01'::date"
        f" ELSE date_trunc('month', {alias}at::timestamp)::date END"
    )


MONTH_OF = _month_of()
#: A month with contact has a say in what those within a year of it are counted for, and these are judged by their own
#: year: what lies further off is counted for the same before and after.
_AROUND = f"""
    SELECT client_id, min(month) - interval '24 months' AS since, max(month) + interval '25 months' AS until
    FROM reports_moved_unit WHERE {IN_CONTACT} GROUP BY client_id
"""
GROUP = f"client_id, kind, {MONTH_OF} AS month"


def _print_of(table: str, columns: str, keys: str, where: str) -> str:
    """One number for all rows of a group: another order of the same rows gives the same."""
    return (
        f"SELECT {keys}, sum(hash_record_extended(ROW({columns}), 0)) AS prints FROM {table}"
        f" WHERE {where} GROUP BY {keys.replace(f'{MONTH_OF} AS ', '')}"
    )


def _differing(relation: str, keys: str, names: str, *, everything: bool, where: str = _OF_SOME) -> str:
    old = _print_of(f"reports_{relation}", COLUMNS[relation], keys, where)
    new = _print_of(f"reports_fresh_{relation}", COLUMNS[relation], keys, "TRUE")
    differs = "TRUE" if everything else "old.prints IS DISTINCT FROM new.prints"
    return f"SELECT {names} FROM ({old}) old FULL JOIN ({new}) new USING ({names}) WHERE {differs}"


def take_over(*, everything: bool, kinds: tuple[str, ...] | None = None) -> tuple[list[str], list[str]]:
    """Statements that tell what differs, and those that bring the tables to it and keep what went and what came.

    ``everything`` counts unchanged groups too: on another day the same rows may say something else. Of other ``kinds``
    than those derived anew the rows in use stay what they are.
    """
    named = ", ".join(f"'{kind}'" for kind in kinds or ())
    derived = "TRUE" if kinds is None else f"kind IN ({named})"
    movers = " UNION ".join(
        _differing(relation, "client_id", "client_id", everything=everything) for relation in ("trait", "run")
    )
    groups = _differing(
        "unit", GROUP, "client_id, kind, month", everything=everything, where=f"{_OF_SOME} AND {derived}"
    )
    moved = "client_id IN (SELECT client_id FROM reports_moved)"
    same = f"u.client_id = m.client_id AND u.kind = m.kind AND {_month_of('u.')} = m.month"
    unit = COLUMNS["unit"]
    of_u = ", ".join(f"u.{name}" for name in unit.split(", "))
    of_runs = f"DELETE FROM reports_run WHERE {_OF_SOME} AND {moved} RETURNING *"
    of_units = f"DELETE FROM reports_unit u USING reports_moved_unit m WHERE u.{_OF_SOME} AND {same} RETURNING {of_u}"
    near = (
        f"JOIN ({_AROUND}) m ON m.client_id = u.client_id AND u.at >= m.since AND u.at <= m.until WHERE u.{IN_CONTACT}"
    )
    coming = f"SELECT {of_u} FROM reports_fresh_unit u JOIN reports_moved_unit m ON {same}"
    return [f"INSERT INTO reports_moved {movers}", f"INSERT INTO reports_moved_unit {groups}"], [
        *(
            f"INSERT INTO reports_{stage}_contact ({unit}) SELECT {of_u} FROM {some}"
            for stage, some in (
                ("gone", f"reports_unit u {near} AND u.{_OF_SOME}"),
                ("come", f"reports_fresh_unit u {near}"),
                *([] if kinds is None else [("come", f"reports_unit u {near} AND u.{_OF_SOME} AND NOT u.{derived}")]),
            )
        ),
        f"INSERT INTO reports_gone_trait SELECT * FROM reports_trait WHERE {_OF_SOME}",
        f"DELETE FROM reports_trait WHERE {_OF_SOME} AND {moved}",
        f"WITH gone AS ({of_runs}) INSERT INTO reports_gone_run SELECT * FROM gone",
        f"WITH gone AS ({of_units}) INSERT INTO reports_gone_unit ({unit}) SELECT {unit} FROM gone",
        f"INSERT INTO reports_come_run SELECT * FROM reports_fresh_run WHERE {moved}",
        f"INSERT INTO reports_come_unit ({unit}) {coming}",
        f"INSERT INTO reports_trait SELECT * FROM reports_fresh_trait WHERE {moved}",
        "INSERT INTO reports_run SELECT * FROM reports_come_run",
        "INSERT INTO reports_unit SELECT * FROM reports_come_unit",
    ]
