"""Figures from before the system, as the company tells them: a series of their own, never mixed with what is counted."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from interchange.kinds import SHARES
from interchange.loaders.base import Check, Loader, Present, only
from interchange.upserts import Target
from retention.models import HistoricalRate

_SHARES = ", ".join(f"'{key}'" for key in sorted(SHARES))
_NUMBER = "rtrim(s.value, '%%')::numeric"


def _rates(present: Present) -> Target:
    """Shares come as per cent and are kept as figures tell them."""
    values = only(
        present,
        {
            "metric": ("metric", "s.metric"),
            "month": ("month", "s.month"),
            "value": ("value", f"CASE WHEN s.metric IN ({_SHARES}) THEN {_NUMBER} / 100 ELSE {_NUMBER} END"),
            "source": ("note", "coalesce(s.source, '')"),
        },
    )
    return Target(HistoricalRate, "metric", values, {}, beside=("month",))


RATES = Loader(
    _rates,
    (
        Check(
            "month",
            _("this month has not come yet"),
            f"s.month > (now() AT TIME ZONE '{settings.TIME_ZONE}')::date",
        ),
    ),
)
