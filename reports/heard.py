"""What clients said, and who spoke with them: months of it kept beside the other facts.

Units of answers, complaints and contacts, and their sums by month: of the half year up to a month's last day, by the
height of an answer, by how often somebody spoke with a client, and by whoever did. They stand in the cube under
dimensions of their own, so that pages that do not show them do not read them.
"""

from __future__ import annotations

from clients.metrics import CLIENTS, FIRST_ORDER, REPEAT_DAYS, SOME, UNIT_TRAITS, VALID_ORDER, on_day
from core.figures import Part
from feedback.metrics import DETRACTOR, PROMOTER
from reports import each
from reports.each import by_each

TALK_DAYS = 90
AGAIN_DAYS = 90
HAPPY_DAYS = 180

#: By how many contacts; the first band has none.
TALK_BAND = "CASE WHEN {n} IS NULL THEN '0' WHEN {n} = 1 THEN '1' WHEN {n} <= 3 THEN '2-3' ELSE '4+' END"
#: By the height of an answer: full marks first.
SCORE_BAND = """CASE
    WHEN {alias}.scale = 'csat5' THEN CASE WHEN {alias}.score = 5 THEN 0 WHEN {alias}.score >= 4 THEN 1 ELSE 2 END
    WHEN {alias}.score = 10 THEN 0 WHEN {alias}.score >= 9 THEN 1 WHEN {alias}.score >= 7 THEN 2 ELSE 3 END"""
SCALES = (
    "({alias}.scale = 'csat10' AND {alias}.about = 'company' OR {alias}.scale = 'csat5' AND {alias}.about <> 'product')"
)
PURPOSE = """CASE WHEN {alias}.kind IN ('renewal', 'win_back') THEN 'growth'
    WHEN {alias}.kind IN ('urgent', 'what_went_wrong', 'save', 'exit_interview', 'failed_order') THEN 'conflict'
    ELSE 'service' END"""
#: A client is new for so long from the first contract or purchase, and before it.
IS_NEW = f"({{first}} IS NULL OR {{day}} < {{first}} + {REPEAT_DAYS})"

# --- units ------------------------------------------------------------------------------------------------------------

COMPLAINT_UNITS = Part(
    "complaint_unit",
    f"""
    SELECT o.client_id, 'complain' AS kind, (o.opened_at AT TIME ZONE %(zone)s)::date AS at, {UNIT_TRAITS}, 1.0 AS n,
        CASE WHEN o.state = 'resolved' THEN 1.0 ELSE 0.0 END AS a, 0.0 AS b, 0.0 AS c, 0.0 AS d, 0.0 AS e
    FROM feedback_complaint o {on_day("o", "(o.opened_at AT TIME ZONE %(zone)s)::date")}
    WHERE o.opened_at <= %(moment)s AND {SOME}
    """,
)

#: a the score, b its band, c = 1 when the client ordered again.
SAID_UNITS = Part(
    "said_unit",
    f"""
    WITH said AS MATERIALIZED (
        SELECT o.id, o.client_id, o.scale, o.score, o.answered_at, (o.answered_at AT TIME ZONE %(zone)s)::date AS day
        FROM feedback_surveyresponse o WHERE o.answered_at <= %(moment)s AND {SOME} AND {SCALES.format(alias="o")}
    )
    SELECT r.client_id, CASE r.scale WHEN 'csat10' THEN 'said10' ELSE 'said5' END AS kind, r.day AS at, {UNIT_TRAITS},
        1.0 AS n, r.score AS a, ({SCORE_BAND.format(alias="r")})::numeric AS b,
        CASE WHEN v.id IS NULL THEN 0.0 ELSE 1.0 END AS c, 0.0 AS d, 0.0 AS e
    FROM said r {on_day("r", "r.day")} LEFT JOIN (
        SELECT DISTINCT s.id FROM said s JOIN valid_order v ON v.client_id = s.client_id
            AND v.ordered_at > s.answered_at AND v.day <= s.day + {AGAIN_DAYS}
    ) v ON v.id = r.id
    """,
    (VALID_ORDER,),
)

#: Runs of the clients at work once they are derived.
KEPT_RUN = Part(
    "kept_run",
    f"SELECT o.client_id, o.from_day, o.until_day FROM reports_run o WHERE {CLIENTS.format(alias='o')}",
    inline=True,
)
#: Of each month on whose eve a client was active: n contacts in the days before it, a = 1 when he was there at its end.
TALK_UNITS = Part(
    "talk_unit",
    f"""
    SELECT g.client_id, 'talk' AS kind, g.month AS at, {UNIT_TRAITS}, g.n::numeric AS n,
        CASE WHEN r1.client_id IS NULL THEN 0.0 ELSE 1.0 END AS a, 0.0 AS b, 0.0 AS c, 0.0 AS d, 0.0 AS e
    FROM (
        SELECT t.client_id, m.month::date AS month, LEAST((m.month + interval '1 month')::date - 1, %(today)s) AS seen,
            count(*) AS n
        FROM (
            SELECT o.client_id, (o.closed_at AT TIME ZONE %(zone)s)::date AS day FROM work_touch o
            WHERE o.state = 'done' AND o.closed_at <= %(moment)s AND {SOME}
        ) t CROSS JOIN LATERAL generate_series(date_trunc('month', t.day::timestamp) + interval '1 month',
            date_trunc('month', LEAST(t.day + {TALK_DAYS}, %(today)s)::timestamp), interval '1 month') AS m(month)
        GROUP BY t.client_id, m.month
    ) g JOIN kept_run r0 ON r0.client_id = g.client_id AND r0.from_day < g.month AND r0.until_day >= g.month
    LEFT JOIN kept_run r1 ON r1.client_id = g.client_id AND r1.from_day <= g.seen AND r1.until_day > g.seen
    {on_day("g", "g.month")}
    """,
    (KEPT_RUN,),
)

#: What one person did for a client on a day; he stands where the manager of a unit does. n contacts and a minutes, of
#: these b and c while the client was new; d minutes for growth, e for conflicts.
EFFORT_UNITS = Part(
    "effort_unit",
    f"""
    SELECT t.client_id, 'effort' AS kind, t.day AS at, t.person AS manager_id, '' AS tier, NULL::bigint AS industry_id,
        NULL::bigint AS region_id, count(*)::numeric AS n, sum(t.minutes)::numeric AS a,
        count(*) FILTER (WHERE w.is_new)::numeric AS b,
        COALESCE(sum(t.minutes) FILTER (WHERE w.is_new), 0)::numeric AS c,
        COALESCE(sum(t.minutes) FILTER (WHERE t.purpose = 'growth'), 0)::numeric AS d,
        COALESCE(sum(t.minutes) FILTER (WHERE t.purpose = 'conflict'), 0)::numeric AS e
    FROM (
        SELECT o.client_id, o.closed_by_id AS person, (o.closed_at AT TIME ZONE %(zone)s)::date AS day,
            COALESCE(o.minutes, 0) AS minutes, {PURPOSE.format(alias="o")} AS purpose
        FROM work_touch o
        WHERE o.state = 'done' AND o.closed_by_id IS NOT NULL AND o.closed_at <= %(moment)s AND {SOME}
    ) t LEFT JOIN first_order f ON f.client_id = t.client_id
    LEFT JOIN (SELECT o.client_id, min(o.starts_on) AS day FROM clients_contract o WHERE {SOME} GROUP BY o.client_id) k
        ON k.client_id = t.client_id
    CROSS JOIN LATERAL (SELECT {IS_NEW.format(first="LEAST(f.day, k.day)", day="t.day")} AS is_new) w
    GROUP BY t.client_id, t.person, t.day
    """,
    (FIRST_ORDER,),
)

UNITS: dict[str, Part] = {
    "complain": COMPLAINT_UNITS,
    "said5": SAID_UNITS,
    "said10": SAID_UNITS,
    "talk": TALK_UNITS,
    "effort": EFFORT_UNITS,
}

# --- sums -------------------------------------------------------------------------------------------------------------

CHOSEN = CLIENTS.format(alias="x")
MONTH = "date_trunc('month', x.at::timestamp)::date"
MONTH_AND_LABEL = {**each.MONTH, "label": "u.label"}
OBSERVED = f"u.at + {AGAIN_DAYS} <= %(today)s"
#: Months whose half year an answer lies in; a month that is not over ends today.
WINDOWS = f"""CROSS JOIN LATERAL (
    SELECT s.month::date AS i, LEAST((s.month + interval '1 month')::date - 1, %(today)s) AS last
    FROM generate_series(date_trunc('month', x.at::timestamp),
        date_trunc('month', LEAST(x.at + {HAPPY_DAYS - 1}, %(today)s)::timestamp), interval '1 month') AS s(month)
    WHERE LEAST((s.month + interval '1 month')::date - 1, %(today)s) - {HAPPY_DAYS - 1} <= x.at) m"""
HAPPY = {
    "happy_csat": "count(*) FILTER (WHERE u.kind = 'csat10')",
    "happy_score": "sum(u.a) FILTER (WHERE u.kind = 'csat10')",
    "happy_complaints": "count(*) FILTER (WHERE u.kind = 'complain')",
    "happy_solved": "sum(u.a) FILTER (WHERE u.kind = 'complain')",
}
WAVE = {
    "happy_nps": "count(*)",
    "happy_balance": f"count(*) FILTER (WHERE u.a >= {PROMOTER}) - count(*) FILTER (WHERE u.a <= {DETRACTOR})",
}
SAID = {"n": "count(*)", "score": "sum(u.a)", "seen": f"count(*) FILTER (WHERE {OBSERVED})",
        "again": f"sum(u.c) FILTER (WHERE {OBSERVED})"}  # fmt: skip
TALKS = {"n": "count(*)", "stayed": "sum(u.a)"}
EFFORT = {"n": "sum(u.n)", "minutes": "sum(u.a)", "new_n": "sum(u.b)", "new_minutes": "sum(u.c)",
          "growth": "sum(u.d)", "conflict": "sum(u.e)"}  # fmt: skip

#: Sums that move when a day passes.
OF_HALF_YEARS = (*HAPPY, *WAVE)


UNDER = "said"


def dimension(dim: str) -> str:
    """Under which the sums here stand in the cube."""
    return f"{UNDER}{dim[:1]}"


def pairs(sums: dict[str, str], prefix: str = "") -> str:
    return ", ".join(f"({prefix}'{name}', k.{name}::numeric)" for name in sums)


def columns(sums: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in sums.items())


def unpivoted(select: str, said: str, *, under: str = UNDER) -> str:
    return (
        f"SELECT '{under}' || left(k.dim, 1), k.key, k.month, v.name, v.value FROM ({select}) k"
        f" CROSS JOIN LATERAL (VALUES {said}) AS v(name, value) WHERE k.key IS NOT NULL AND v.value <> 0"
    )


def _additive(rows: str, sums: dict[str, str]) -> str:
    """Whoever's traits changed needs no care: of these every row counts for itself."""
    return unpivoted(by_each(rows, sums), pairs(sums))


def by_name(rows: str, sums: dict[str, str], *, under: str = UNDER) -> str:
    """The same of several groups at once, the name of the group before that of the sum."""
    return unpivoted(by_each(rows, sums, MONTH_AND_LABEL), pairs(sums, "k.label || '_' || "), under=under)


def _of_halves(explode: str) -> list[str]:
    """The latest answer on the scale of recommending within a half year: the next one, if any, lies beyond its end."""
    latest = (
        "SELECT m.i, x.* FROM (SELECT x.*{keys}, lead(x.at) OVER (PARTITION BY x.client_id{parted} ORDER BY x.c, x.b) AS next_at"
        f" FROM reports_unit x {{explode}} WHERE x.kind = 'nps' AND {CHOSEN} AND {{who}}) x {WINDOWS}"
        " WHERE x.next_at IS NULL OR x.next_at > m.last"
    )
    several = "x.client_id IN (SELECT client_id FROM several)"
    steady = latest.format(keys="", parted="", explode="", who=f"NOT {several}")
    others = latest.format(
        keys=", g.dim, g.key", parted=", g.dim, g.key", explode=explode, who=f"g.key IS NOT NULL AND {several}"
    )
    rows = f"SELECT m.i, x.* FROM reports_unit x {WINDOWS} WHERE x.kind IN ('csat10', 'complain') AND {CHOSEN}"
    return [
        _additive(rows, HAPPY),
        _additive(steady, WAVE),
        unpivoted(
            f"SELECT u.dim, u.key, u.i AS month, {columns(WAVE)} FROM ({others}) u GROUP BY u.dim, u.key, u.i",
            pairs(WAVE),
        ),
    ]


def _of_talks() -> str:
    rows = (
        f"SELECT x.at AS i, x.*, 'talk_' || {TALK_BAND.format(n='x.n')} AS label"
        f" FROM reports_unit x WHERE x.kind = 'talk' AND {CHOSEN}"
    )
    return by_name(rows, TALKS)


def _of_answers() -> str:
    rows = (
        f"SELECT {MONTH} AS i, x.*, CASE x.kind WHEN 'said5' THEN 'csat5' ELSE 'csat10' END || '_' || x.b::int AS label"
        f" FROM reports_unit x WHERE x.kind IN ('said5', 'said10') AND {CHOSEN}"
    )
    return by_name(rows, SAID)


def _of_people() -> str:
    return (
        f"SELECT 'person', k.key, k.month, v.name, v.value FROM (SELECT u.manager_id::text AS key, u.i AS month, {columns(EFFORT)}"
        f" FROM (SELECT {MONTH} AS i, x.* FROM reports_unit x WHERE x.kind = 'effort' AND {CHOSEN}) u GROUP BY 1, 2) k"
        f" CROSS JOIN LATERAL (VALUES {pairs(EFFORT)}) AS v(name, value) WHERE v.value <> 0"
    )


HALF_YEARS, MONTHS_OF_TALKS, OTHERS = "half years", "talks", "others"
EVERYTHING = (HALF_YEARS, MONTHS_OF_TALKS, OTHERS)
NAMES = {
    HALF_YEARS: OF_HALF_YEARS,
    MONTHS_OF_TALKS: tuple(f"talk_{band}_{name}" for band in ("1", "2-3", "4+") for name in TALKS),
}


def selects(explode: str, wanted: tuple[str, ...] = EVERYTHING) -> list[str]:
    """Rows of the cube (dim, key, month, name, value) made of the units here."""
    found = []
    if HALF_YEARS in wanted:
        found += _of_halves(explode)
    if MONTHS_OF_TALKS in wanted:
        found.append(_of_talks())
    if OTHERS in wanted:
        found += [_of_answers(), _of_people()]
    return found
