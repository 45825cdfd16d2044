"""Figures of the client's voice and of the talks with him. Scales and subjects are never mixed: answers are about the
company.
"""

from __future__ import annotations

from math import sqrt

from django.utils.translation import gettext_lazy as _

from clients.metrics import ORDER_DAYS, ORDER_HAS_PRODUCT, SOME, UNIT_ROWS, UNIT_TRAITS, VALID_ORDER, on_day
from core.figures import Counted, Definition, Figure, Kind, Part, Side, Unit, ratio
from core.intervals import Z95, wilson

PSEUDO_ANSWERS = 3
PSEUDO_EACH = 0.75

PERFECT = 9
PERFECT_5, TOP_2 = 5, 4
PROMOTER = 9
DETRACTOR = 6

ANSWER_UNITS = Part(
    "answer_unit",
    f"""
    SELECT o.client_id, o.scale AS kind, (o.answered_at AT TIME ZONE %(zone)s)::date AS at, {UNIT_TRAITS}, 1.0 AS n,
        o.score AS a, o.id::numeric AS b, EXTRACT(EPOCH FROM o.answered_at) AS c, 0.0 AS d, 0.0 AS e
    FROM feedback_surveyresponse o {on_day("o", "(o.answered_at AT TIME ZONE %(zone)s)::date")}
    WHERE o.about = 'company' AND o.answered_at <= %(moment)s AND {SOME}
        AND %(product)s::bigint IS NULL
    """,
)

SATISFACTION = Kind(
    "csat10",
    UNIT_ROWS % "csat10",
    {
        "csat": "count(*)",
        "csat_score": "sum(u.a)",
        "csat_perfect": f"count(*) FILTER (WHERE u.a >= {PERFECT})",
    },
    ANSWER_UNITS,
)

#: The latest answer of each client within the period: one period is one wave.
RECOMMENDATION = Kind(
    "nps",
    """
    SELECT DISTINCT ON (p.i{keys}, x.client_id) p.i{keys}, x.*
    FROM period p JOIN unit x ON x.kind = 'nps' AND {within} {explode} WHERE {chosen}
    ORDER BY p.i{keys}, x.client_id, x.c DESC, x.b DESC
    """,
    {
        "nps": "count(*)",
        "promoters": f"count(*) FILTER (WHERE u.a >= {PROMOTER})",
        "detractors": f"count(*) FILTER (WHERE u.a <= {DETRACTOR})",
    },
    ANSWER_UNITS,
)

SATISFACTION_5 = Kind(
    "csat5",
    UNIT_ROWS % "csat5",
    {
        "csat5": "count(*)",
        "csat5_score": "sum(u.a)",
        "csat5_perfect": f"count(*) FILTER (WHERE u.a = {PERFECT_5})",
        "csat5_top": f"count(*) FILTER (WHERE u.a >= {TOP_2})",
    },
    ANSWER_UNITS,
)
EFFORT = Kind("ces", UNIT_ROWS % "ces", {"ces": "count(*)", "ces_score": "sum(u.a)"}, ANSWER_UNITS)

#: Contacts that took place. a = 1 with a note or an answer to the script, b minutes, c = 1 when the client began it.
CALL_UNITS = Part(
    "call_unit",
    f"""
    SELECT o.client_id, 'call' AS kind, (o.closed_at AT TIME ZONE %(zone)s)::date AS at, {UNIT_TRAITS}, 1.0 AS n,
        CASE WHEN o.note <> '' OR a.touch_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS a,
        COALESCE(o.minutes, 0)::numeric AS b, CASE WHEN o.initiator = 'client' THEN 1.0 ELSE 0.0 END AS c,
        0.0 AS d, 0.0 AS e
    FROM work_touch o {on_day("o", "(o.closed_at AT TIME ZONE %(zone)s)::date")}
    LEFT JOIN (
        SELECT DISTINCT t.touch_id FROM work_callattempt t
        LEFT JOIN feedback_callanswer w ON w.attempt_id = t.id AND w.text <> ''
        WHERE (t.note <> '' OR w.id IS NOT NULL) AND (%(clients)s::bigint[] IS NULL
            OR t.touch_id IN (SELECT k.id FROM work_touch k WHERE k.client_id = ANY(%(clients)s::bigint[])))
    ) a ON a.touch_id = o.id
    WHERE o.state = 'done' AND o.closed_at <= %(moment)s AND {SOME} AND %(product)s::bigint IS NULL
    """,
)
CALLS = Kind(
    "call",
    UNIT_ROWS % "call",
    {
        "calls": "count(*)",
        "calls_noted": "sum(u.a)",
        "call_minutes": "sum(u.b)",
        "calls_inbound": "sum(u.c)",
    },
    CALL_UNITS,
)

YEAR = "interval '12 months'"
YEAR_IN_SIGHT = """(%(since)s::date IS NULL OR {moment} >= (%(since)s::date - {year}) AT TIME ZONE %(zone)s)
    AND (%(until)s::date IS NULL OR {moment} < %(until)s::date::timestamp AT TIME ZONE %(zone)s)"""


def _in_sight(moment: str) -> str:
    return YEAR_IN_SIGHT.format(moment=moment, year=YEAR)


#: Days on which a client came to us himself.
INBOUND_DAYS = Part(
    "inbound_day",
    f"""
    SELECT DISTINCT o.client_id, (o.closed_at AT TIME ZONE %(zone)s)::date AS day FROM work_touch o
    WHERE o.state = 'done' AND o.initiator = 'client' AND o.closed_at <= %(moment)s AND {SOME}
        AND {_in_sight("o.closed_at")} AND %(product)s::bigint IS NULL
    """,
)
#: Days on which he bought or came himself: c of them, one a row.
CONTACT_UNITS = Part(
    "contact_unit",
    f"""
    SELECT o.client_id, 'contact' AS kind, o.day AS at, {UNIT_TRAITS}, 0.0 AS n, 0.0 AS a, 0.0 AS b, 1.0 AS c, 0.0 AS d,
        0.0 AS e
    FROM (
        SELECT o.client_id, o.day FROM valid_order o WHERE {_in_sight("o.ordered_at")} AND {ORDER_HAS_PRODUCT}
        UNION
        SELECT client_id, day FROM inbound_day
    ) o {on_day("o", "o.day")}
    """,
    (VALID_ORDER, INBOUND_DAYS),
)
#: The derived tables know the days of orders by month already: kept are the days without one.
CONTACT_MONTHS = Part(
    "contact_month",
    f"""
    SELECT o.client_id, 'contact' AS kind, date_trunc('month', o.day::timestamp)::date AS at,
        any_value(x.manager_id) AS manager_id, any_value(x.tier) AS tier, any_value(x.industry_id) AS industry_id,
        any_value(x.region_id) AS region_id, 0.0 AS n, 0.0 AS a, 0.0 AS b, count(*)::numeric AS c, 0.0 AS d, 0.0 AS e
    FROM inbound_day o {on_day("o", "o.day")}
    LEFT JOIN order_day g ON g.client_id = o.client_id AND g.day = o.day
    WHERE g.client_id IS NULL
    GROUP BY o.client_id, 3, x.from_day
    """,
    (ORDER_DAYS, INBOUND_DAYS),
)
CONTACTS = Kind(
    "contact",
    f"""
    SELECT p.i{{keys}}, x.client_id, sum(x.c) AS n FROM period p
    JOIN unit x ON x.kind IN ('order', 'contact') AND x.at >= (p.until - {YEAR})::date AND x.at < p.until
    {{explode}} WHERE {{chosen}} GROUP BY p.i{{keys}}, x.client_id
    """,
    {"in_contact": "count(*)", "in_contact_again": "count(*) FILTER (WHERE u.n >= 2)"},
    CONTACT_UNITS,
    kept=CONTACT_MONTHS,
    reaching=True,
)

KINDS = (SATISFACTION, RECOMMENDATION, SATISFACTION_5, EFFORT, CALLS, CONTACTS)


def csat10(counted: Counted) -> Figure:
    answers, perfect = counted.number("csat"), counted.number("csat_perfect")
    share = perfect / answers if answers else None
    return ratio(Unit.SCORE, counted["csat_score"], answers, extras={"share_9": share})


def nps_interval(*, promoters: int, detractors: int, answers: int) -> tuple[float, float]:
    """Adjusted Wald: three more answers, three quarters of one on each side. Centre and half-width, in points."""
    total = answers + PSEUDO_ANSWERS
    positive, negative = (promoters + PSEUDO_EACH) / total, (detractors + PSEUDO_EACH) / total
    centre = positive - negative
    return 100 * centre, 100 * Z95 * sqrt((positive + negative - centre**2) / total)


def nps(counted: Counted) -> Figure:
    answers, promoters, detractors = (counted.number(name) for name in ("nps", "promoters", "detractors"))
    if not answers:
        return Figure(Unit.POINTS, numerator=0, denominator=0)
    centre, half = nps_interval(promoters=promoters, detractors=detractors, answers=answers)
    return Figure(
        Unit.POINTS,
        100 * (promoters - detractors) / answers,
        promoters - detractors,
        answers,
        bounds=(centre - half, centre + half),
        extras={"promoters": promoters, "detractors": detractors, "centre": centre, "half_width": half},
    )


def csat5(counted: Counted) -> Figure:
    answers, perfect = counted.number("csat5"), counted.number("csat5_perfect")
    share = perfect / answers if answers else None
    return ratio(Unit.SCORE, counted["csat5_score"], answers, extras={"share_5": share})


def csat_top2(counted: Counted) -> Figure:
    good, answers = counted.number("csat5_top"), counted.number("csat5")
    return ratio(Unit.SHARE, good, answers, bounds=wilson(good, answers))


def ces(counted: Counted) -> Figure:
    return ratio(Unit.SCORE, counted["ces_score"], counted.number("ces"))


def noted_calls(counted: Counted) -> Figure:
    return ratio(Unit.SHARE, counted.number("calls_noted"), counted.number("calls"))


def minutes_per_client(counted: Counted) -> Figure:
    """Over the active clients, whether somebody talked to them or not."""
    return ratio(Unit.MINUTES, counted.number("call_minutes"), counted.number("active"))


def repeat_contact_rate(counted: Counted) -> Figure:
    return ratio(Unit.SHARE, counted.number("in_contact_again"), counted.number("in_contact"))


ANSWERS = _("Survey answers")

FIGURES = (
    Definition(
        "nps",
        _("Readiness to recommend (NPS)"),
        _("Share of 9–10 minus share of 0–6 among the latest answer of each client on the 0–10 scale, in points."),
        Unit.POINTS,
        nps,
        Side("nps", f"u.a >= {PROMOTER}", "u.a"),
        Side("nps", amount="u.a"),
        source=_("Survey answers"),
    ),
    Definition(
        "csat10",
        _("Satisfaction, 1–10"),
        _("Mean of the answers about the company on the 1–10 scale; beside it the share of 9 and 10."),
        Unit.SCORE,
        csat10,
        Side("csat10", amount="u.a"),  # whoever lowered the mean is behind it too
        Side("csat10", amount="u.a"),
        source=_("Survey answers"),
    ),
    Definition(
        "csat5",
        _("Satisfaction, 1–5"),
        _("Mean of the answers about the company on the 1–5 scale; beside it the share of plain fives."),
        Unit.SCORE,
        csat5,
        Side("csat5", amount="u.a"),
        Side("csat5", amount="u.a"),
        source=ANSWERS,
        page_only=True,
    ),
    Definition(
        "csat_top2",
        _("Satisfied: 4 and 5"),
        _("Share of 4 and 5 among the answers on the 1–5 scale, with the interval in which the true share lies."),
        Unit.SHARE,
        csat_top2,
        Side("csat5", f"u.a >= {TOP_2}", "u.a"),
        Side("csat5", amount="u.a"),
        source=ANSWERS,
        page_only=True,
    ),
    Definition(
        "ces",
        _("Ease (CES), 1–7"),
        _("Mean of the answers on how easy it was to get things done: 7 is easiest, so more is better."),
        Unit.SCORE,
        ces,
        Side("ces", amount="u.a"),
        Side("ces", amount="u.a"),
        source=ANSWERS,
        page_only=True,
    ),
    Definition(
        "noted_calls",
        _("Calls with notes"),
        _("Contacts made in the period that left a note or an answer to the script, out of all contacts made."),
        Unit.SHARE,
        noted_calls,
        Side("call", "u.a = 1"),
        Side("call"),
        source=_("Calls"),
        page_only=True,
    ),
    Definition(
        "minutes_per_client",
        _("Minutes a client"),
        _("Minutes of the contacts of the period, by client active on its last day. No measure of a person."),
        Unit.MINUTES,
        minutes_per_client,
        Side("call", "u.b > 0", "u.b"),
        Side("active", amount="u.mv"),
        higher_is_better=None,
        source=_("Calls"),
        page_only=True,
    ),
    Definition(
        "repeat_contact_rate",
        _("Repeat contacts and purchases"),
        _("Clients who bought or came to us themselves on two or more days of the 12 months up to the period's end."),
        Unit.SHARE,
        repeat_contact_rate,
        Side("contact", "u.n >= 2"),
        Side("contact"),
        source=_("Orders, and contacts begun by the client"),
    ),
)
