"""What is said of contracts and of who stays: a formula, its words and the people behind it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.figures import Counted, Definition, Figure, Side, Unit, ratio
from retention.metrics.statements import RENEWAL_DECIDED, STOP_SEEN
from retention.rules import contracts as rules


def _matured(counted: Counted) -> bool:
    return rules.is_matured(last_due=counted.period.last, as_of=counted.today, grace=counted.norms.grace)


def _renewal(counted: Counted, *, refused: bool) -> Figure:
    due, renewed = counted.number("due"), counted.number("renewed")
    pending, replaced = counted.number("pending"), counted.number("replaced")
    decided = due - replaced - pending
    limits = rules.bounds(renewed=renewed, pending=pending, due=due - replaced)
    if refused and limits:
        limits = (1 - limits[1], 1 - limits[0])
    return ratio(
        Unit.SHARE,
        decided - renewed if refused else renewed,
        decided,
        pending=pending,
        excluded={"replaced": replaced},
        matured=_matured(counted),
        bounds=limits,
        extras={"due": due, "winbacks": counted.number("winbacks")},
    )


def renewal_rate(counted: Counted) -> Figure:
    return _renewal(counted, refused=False)


def refusal_rate(counted: Counted) -> Figure:
    return _renewal(counted, refused=True)


def _value_weighted(counted: Counted, sums: str) -> Figure:
    return ratio(
        Unit.SHARE,
        counted[sums],
        counted["due_mv"],
        pending=counted.number("pending"),
        excluded={"replaced": counted.number("replaced")},
        matured=_matured(counted),
    )


def renewal_gross(counted: Counted) -> Figure:
    return _value_weighted(counted, "kept_mv")


def renewal_net(counted: Counted) -> Figure:
    return _value_weighted(counted, "new_mv")


def _over(counted: Counted) -> bool:
    return counted.today > counted.period.last


def retention_rate(counted: Counted) -> Figure:
    return ratio(Unit.SHARE, counted.number("kept"), counted.number("base"), matured=_over(counted))


def churn_rate(counted: Counted) -> Figure:
    base = counted.number("base")
    return ratio(Unit.SHARE, base - counted.number("kept"), base, matured=_over(counted))


def _stops(counted: Counted, sums: str) -> Figure:
    pending = counted.number("starters_pending")
    return ratio(
        Unit.SHARE,
        counted.number(sums),
        counted.number("starters") - pending,
        pending=pending,
        matured=pending == 0 and _over(counted),
    )


def stop_30d_rate(counted: Counted) -> Figure:
    return _stops(counted, "stopped")


def campaign_stop_30d(counted: Counted) -> Figure:
    """Of the same starters as ``stop_30d_rate``, whether or not a contract still covers them."""
    return _stops(counted, "stop_events")


def _revenue_retention(counted: Counted, sums: str) -> Figure:
    return ratio(
        Unit.SHARE,
        counted[sums],
        counted["mv0"],
        matured=_over(counted),
        extras={"reactivation": float(counted["reactivated"])},
    )


def grr(counted: Counted) -> Figure:
    return _revenue_retention(counted, "mv_min")


def nrr(counted: Counted) -> Figure:
    return _revenue_retention(counted, "mv1")


def active_clients(counted: Counted) -> Figure:
    return ratio(
        Unit.COUNT,
        counted.number("active"),
        1,
        matured=_over(counted),
        extras={"covered": counted.number("covered"), "monthly_value": float(counted["active_mv"])},
    )


def ltv_average(counted: Counted) -> Figure:
    return ratio(Unit.MONEY, counted["ltv"], counted.number("ltv_clients"))


DECIDED = Side("due", RENEWAL_DECIDED)
DECIDED_VALUE = Side("due", RENEWAL_DECIDED, "u.c")
BASE = Side("stay")
BASE_VALUE = Side("stay", "u.mv0 > 0", "u.mv0")
CONTRACTS = _("Contracts")
STATES = _("Contracts, and orders of clients without one")

FIGURES = (
    Definition(
        "renewal_rate",
        _("Renewal rate"),
        _("Contracts due in the month that were followed by the next one within the grace, out of those decided."),
        Unit.SHARE,
        renewal_rate,
        Side("due", "u.b = 1"),
        DECIDED,
        source=CONTRACTS,
    ),
    Definition(
        "refusal_rate",
        _("Refusal rate"),
        _("Contracts due in the month that nothing followed within the grace, out of those decided."),
        Unit.SHARE,
        refusal_rate,
        Side("due", f"u.b = 0 AND {RENEWAL_DECIDED}"),
        DECIDED,
        higher_is_better=False,
        source=CONTRACTS,
    ),
    Definition(
        "renewal_gross",
        _("Renewed value, gross"),
        _("Monthly value kept by renewals, growth not counted, out of the monthly value of decided contracts."),
        Unit.SHARE,
        renewal_gross,
        Side("due", "u.b = 1", "u.d"),
        DECIDED_VALUE,
        source=CONTRACTS,
    ),
    Definition(
        "renewal_net",
        _("Renewed value, net"),
        _("Monthly value of the renewals, growth included, out of the monthly value of decided contracts."),
        Unit.SHARE,
        renewal_net,
        Side("due", "u.b = 1", "u.e"),
        DECIDED_VALUE,
        source=CONTRACTS,
    ),
    Definition(
        "retention_rate",
        _("Client retention"),
        _("Clients active both on the eve of the period and on its last day, out of those active on the eve."),
        Unit.SHARE,
        retention_rate,
        Side("stay", "u.kept = 1"),
        BASE,
        source=STATES,
    ),
    Definition(
        "churn_rate",
        _("Client churn"),
        _("Clients active on the eve of the period and no longer on its last day, out of those active on the eve."),
        Unit.SHARE,
        churn_rate,
        Side("stay", "u.kept = 0"),
        BASE,
        higher_is_better=False,
        source=STATES,
    ),
    Definition(
        "stop_30d_rate",
        _("Stopped within 30 days"),
        _("Clients whose first contract ever began in the period and who were not covered on day 30."),
        Unit.SHARE,
        stop_30d_rate,
        Side("start", f"u.a = 1 AND {STOP_SEEN}"),
        Side("start", STOP_SEEN),
        higher_is_better=False,
        source=CONTRACTS,
    ),
    Definition(
        "campaign_stop_30d",
        _("Campaigns stopped within 30 days"),
        _("Clients whose first contract ever began in the period and who stopped or froze within 30 days of it."),
        Unit.SHARE,
        campaign_stop_30d,
        Side("start", f"u.b = 1 AND {STOP_SEEN}"),
        Side("start", STOP_SEEN),
        higher_is_better=False,
        source=_("Contracts and stop events"),
    ),
    Definition(
        "grr",
        _("Gross revenue retention"),
        _("Monthly value kept from clients active on the eve, growth not counted; a return after a long gap is lost."),
        Unit.SHARE,
        grr,
        Side("stay", "u.mv0 > 0 AND u.mv1 > 0 AND NOT u.broken", "LEAST(u.mv0, u.mv1)"),
        BASE_VALUE,
        source=CONTRACTS,
    ),
    Definition(
        "nrr",
        _("Net revenue retention"),
        _("Monthly value at the end from clients active on the eve, growth included, out of their value on the eve."),
        Unit.SHARE,
        nrr,
        Side("stay", "u.mv1 > 0 AND NOT u.broken", "u.mv1"),
        BASE_VALUE,
        source=CONTRACTS,
    ),
    Definition(
        "active_clients",
        _("Active clients"),
        _("Covered by a contract on the last day of the period, or, without any contract yet, buying lately."),
        Unit.COUNT,
        active_clients,
        Side("active", amount="u.mv"),
        Side("active", amount="u.mv"),
        source=STATES,
    ),
    Definition(
        "ltv_average",
        _("Average value of a client to date"),
        _("Orders outside contracts and covered months of contracts to date, mean over clients above zero."),
        Unit.MONEY,
        ltv_average,
        Side("ltv", amount="u.a"),
        Side("ltv", amount="u.a"),
        source=_("Orders and contracts"),
    ),
)
