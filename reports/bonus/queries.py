"""Bonuses as the registry's figures make them, and as they were written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from core.figures import Figure, Period, add_months
from reports import facts, queries
from reports.bonus.rules import Earned, Line, digest_of, earn
from reports.managers.queries import Groups, manager_sums
from reports.models import BonusRules, BonusStatement
from reports.registry import FIGURES
from reports.statements import ROWS, STORED
from staff.models import User


def rules_of(month: date) -> BonusRules | None:
    """The newest version among those that hold from this month or an earlier one."""
    return BonusRules.objects.filter(from_month__lte=month).order_by("-version").first()


def latest_rules() -> BonusRules | None:
    return BonusRules.objects.order_by("-version").first()


def month_sums(month: date, *, as_of: datetime) -> Groups:
    """The month of all managers as seen at that moment: from the facts where these are of this moment, else from rows."""
    period = Period(month, add_months(month, 1))
    asked = queries.question(period, as_of=as_of)
    return manager_sums(asked, source=STORED if facts.can_answer(asked) else ROWS)


def earned(rules: BonusRules, groups: Groups, manager: int) -> list[Earned]:
    [period] = groups.asked.periods
    found = []
    for line in lines_of(rules):
        answer = queries.figure(line.figure, groups.of_manager(period, manager, line.tier))
        found.append(_earn(line, answer, rules.base))
    return found


def _earn(line: Line, answer: Figure, base: Decimal) -> Earned:
    """A sum over nothing is no result: whoever had no client of the tier reaches no step, not even "not above"."""
    has_data = answer.value is not None and bool(answer.denominator)
    return earn(
        line,
        base=base,
        higher_is_better=FIGURES[line.figure].higher_is_better is not False,
        value=Decimal(str(answer.value)) if has_data else None,
        numerator=_exact(answer.numerator),
        denominator=_exact(answer.denominator),
        pending=answer.pending,
    )


def _exact(number: float | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def lines_of(rules: BonusRules) -> list[Line]:
    return [Line.from_json(row) for row in rules.lines]


def earned_lines(statement: BonusStatement) -> list[Earned]:
    return [Earned.from_json(row) for row in statement.lines]


def statements_of(month: date, people: Iterable[User]) -> Mapping[int, BonusStatement]:
    rows = BonusStatement.objects.filter(month=month, manager__in=[one.pk for one in people])
    return {row.manager_id: row for row in rows.select_related("rules", "signed_by")}


def is_untouched(statement: BonusStatement) -> bool:
    """The lines are those that the digest was made of."""
    return statement.digest == digest_of(
        manager=statement.manager_id,
        month=statement.month,
        version=statement.rules.version,
        base=statement.rules.base,
        as_of=statement.as_of,
        lines=earned_lines(statement),
    )
