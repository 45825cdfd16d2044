"""Figures of the client's voice. Scales and subjects are never mixed: these are about the company."""

from __future__ import annotations

from math import sqrt

from django.utils.translation import gettext_lazy as _

from clients.metrics import SOME, UNIT_ROWS, UNIT_TRAITS, on_day
from core.figures import Counted, Definition, Figure, Kind, Part, Side, Unit, ratio

Z95 = 1.96
PSEUDO_ANSWERS = 3
PSEUDO_EACH = 0.75

PERFECT = 9
PROMOTER = 9
DETRACTOR = 6

ANSWER_UNITS = Part(
    "answer_unit",
    f"""
    SELECT o.client_id, o.scale AS kind, (o.answered_at AT TIME ZONE %(zone)s)::date AS at, {UNIT_TRAITS}, 1.0 AS n,
        o.score AS a, o.id::numeric AS b, EXTRACT(EPOCH FROM o.answered_at) AS c, 0.0 AS d, 0.0 AS e
    FROM feedback_surveyresponse o {on_day("o", "(o.answered_at AT TIME ZONE %(zone)s)::date")}
    WHERE o.scale IN ('csat10', 'nps') AND o.about = 'company' AND o.answered_at <= %(moment)s AND {SOME}
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

KINDS = (SATISFACTION, RECOMMENDATION)


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
)
