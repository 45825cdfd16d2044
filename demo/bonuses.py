"""Bonuses of the demo department: rules since autumn, statements of the latest months, the oldest one signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.timezone import localdate

from core.figures import add_months
from reports.bonus.rules import Line, Step
from reports.bonus.services import introduce_rules, sign_statement, work_out_month
from reports.enums import BonusPays
from reports.models import BonusStatement
from staff.models import User

MONTHS = 3
BASE = Decimal(30_000)


def _line(figure: str, pays: BonusPays, *steps: tuple[str, str], tier: str = "", weight: str = "1") -> Line:
    read = tuple(Step(Decimal(threshold), Decimal(sum_)) for threshold, sum_ in steps)
    return Line(figure, tier, pays, Decimal(weight), read)


LINES = (
    _line("repeat_order_share", BonusPays.PERCENT, ("0.5", "10"), ("0.7", "20"), ("0.85", "30")),
    _line("churn_rate", BonusPays.MONEY, ("0.01", "12000"), ("0.03", "7000"), ("0.06", "3000")),
    _line("renewal_gross", BonusPays.PERCENT, ("0.7", "10"), ("0.85", "25"), ("0.95", "35")),
    _line("csat10", BonusPays.MONEY, ("8.5", "4000"), ("9", "8000"), tier="A", weight="1.5"),
)


def make_bonuses(*, users: Mapping[str, User], now: datetime) -> None:
    """Worked out on the fifth of the month after, as it would have been."""
    head, this_month = users["olga"], localdate(now).replace(day=1)
    introduce_rules(
        from_month=add_months(this_month, -MONTHS), base=BASE, lines=LINES, note="", seen_version=0, actor=head
    )
    for months in range(MONTHS, 0, -1):
        month = add_months(this_month, -months)
        fifth = datetime.combine(add_months(month, 1) + timedelta(days=4), time(11), ZoneInfo(settings.TIME_ZONE))
        work_out_month(month=month, actor=head, now=min(fifth, now))
        if months == MONTHS:
            for statement in BonusStatement.objects.filter(month=month):
                sign_statement(statement=statement, seen=statement.digest, actor=head, now=min(fifth, now))
