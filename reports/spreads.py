"""Ratios of sums whose interval is asked for: what a unit adds above and below. Their spread is that of the clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from retention.metrics.statements import RENEWAL_DECIDED


class Ratio(NamedTuple):
    kind: str
    where: str
    upper: str
    lower: str


RATIOS: Mapping[str, Ratio] = {
    "average_check": Ratio("order", "TRUE", "u.a", "u.n"),
    "orders_per_client": Ratio("order", "TRUE", "u.n", "1"),
    "repeat_revenue": Ratio("order", "TRUE", "u.a - u.e", "u.a"),
    "csat10": Ratio("csat10", "TRUE", "u.a", "1"),
    "csat5": Ratio("csat5", "TRUE", "u.a", "1"),
    "ces": Ratio("ces", "TRUE", "u.a", "1"),
    "renewal_gross": Ratio("due", RENEWAL_DECIDED, "u.d", "u.c"),
    "renewal_net": Ratio("due", RENEWAL_DECIDED, "u.e", "u.c"),
    "grr": Ratio("stay", "u.mv0 > 0", "CASE WHEN u.broken THEN 0 ELSE LEAST(u.mv0, u.mv1) END", "u.mv0"),
    "nrr": Ratio("stay", "u.mv0 > 0", "CASE WHEN u.broken THEN 0 ELSE u.mv1 END", "u.mv0"),
}
#: Of the clients who have anything to divide by: how many, Σa, Σb, Σa², Σab, Σb².
TERMS = ("n", "a", "b", "aa", "ab", "bb")
#: The cube keeps them apart from the sums, which every page of figures reads: «~manager» beside «manager».
APART = "~"


def name_of(ratio: str, term: str) -> str:
    return f"{ratio}:{term}"
