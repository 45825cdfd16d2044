"""Every figure by its key, in the order in which programs and people see them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clients import metrics as clients_metrics
from core.figures import Definition, Unit, registry
from feedback import metrics as feedback_metrics
from retention import metrics as retention_metrics

#: What programs were promised, in this order; page-only figures follow it.
PUBLIC = [
    "renewal_rate",
    "refusal_rate",
    "renewal_gross",
    "renewal_net",
    "retention_rate",
    "churn_rate",
    "stop_30d_rate",
    "campaign_stop_30d",
    "grr",
    "nrr",
    "average_check",
    "median_check",
    "repeat_order_share",
    "repeat_client_rate",
    "repeat_contact_rate",
    "first_repeat_90d",
    "active_clients",
    "orders_per_client",
    "revenue",
    "ltv_average",
    "nps",
    "csat10",
    "response_median_minutes",
    "response_within_15",
    "response_within_30",
]

#: Known by name, without a source yet: they answer "no data" until the app that brings it arrives.
WITHOUT_SOURCE = (
    Definition(
        "response_median_minutes",
        _("First answer, median"),
        _("Working minutes from a client's message to the first human answer. Messages are not recorded yet."),
        Unit.MINUTES,
        higher_is_better=False,
    ),
    Definition(
        "response_within_15",
        _("Answered within 15 minutes"),
        _("Share of client messages answered within 15 working minutes. Messages are not recorded yet."),
        Unit.SHARE,
    ),
    Definition(
        "response_within_30",
        _("Answered within 30 minutes"),
        _("Share of client messages answered within 30 working minutes. Messages are not recorded yet."),
        Unit.SHARE,
    ),
)

_ALL = registry(clients_metrics.FIGURES, retention_metrics.FIGURES, feedback_metrics.FIGURES, WITHOUT_SOURCE)
PAGE_ONLY = [key for key, definition in _ALL.items() if definition.page_only]
FIGURES: dict[str, Definition] = {key: _ALL[key] for key in (*PUBLIC, *PAGE_ONLY)}
