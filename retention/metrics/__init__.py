"""Figures of contracts and of who stays."""

from __future__ import annotations

from retention.metrics.formulas import (
    FIGURES,
    active_clients,
    campaign_stop_30d,
    churn_rate,
    grr,
    ltv_average,
    nrr,
    refusal_rate,
    renewal_gross,
    renewal_net,
    renewal_rate,
    retention_rate,
    stop_30d_rate,
)
from retention.metrics.statements import CONTRACT_COHORTS, KINDS, RUN

__all__ = [
    "CONTRACT_COHORTS",
    "FIGURES",
    "KINDS",
    "RUN",
    "active_clients",
    "campaign_stop_30d",
    "churn_rate",
    "grr",
    "ltv_average",
    "nrr",
    "refusal_rate",
    "renewal_gross",
    "renewal_net",
    "renewal_rate",
    "retention_rate",
    "stop_30d_rate",
]
