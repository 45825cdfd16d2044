"""Writes of bonuses: another version of the rules, a month worked out, a statement signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.errors import ConflictError, DomainError
from core.figures import add_months
from reports.bonus.queries import earned, month_sums, rules_of
from reports.bonus.rules import Line, digest_of, total_of
from reports.models import BonusRules, BonusStatement
from reports.permissions import visible_managers
from staff.models import User

LOCK = 0x626F6E7573  # one writer of bonuses at a time: numbers of versions, and statements being signed meanwhile


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def introduce_rules(
    *, from_month: date, base: Decimal, lines: Sequence[Line], note: str, seen_version: int, actor: User | None
) -> BonusRules:
    """The next version. What is signed keeps the version it was worked out by; months before keep theirs."""
    _lock()
    if not lines:
        raise DomainError(_("Rules need one line at least."))
    latest = BonusRules.objects.order_by("-version").first()
    version = latest.version if latest else 0
    if version != seen_version:
        raise ConflictError(_("Somebody else has just introduced another version. Look at it first."))
    if BonusStatement.objects.filter(signed_at__isnull=False, month__gte=from_month).exists():
        text = _("Statements of this month or a later one are signed already.")
        raise DomainError(text, fields={"from_month": [text]})
    return BonusRules.objects.create(
        version=version + 1,
        from_month=from_month,
        base=base,
        lines=[line.as_json() for line in lines],
        note=note,
        created_by=actor,
    )


@transaction.atomic
def work_out_month(*, month: date, actor: User, now: datetime) -> int:
    """Statements of everybody as of ``now``, anew where they are not signed. Answers how many were written."""
    if month > localdate(now):
        raise DomainError(_("This month has not begun yet."))
    rules = rules_of(month)
    if rules is None:
        raise DomainError(_("No rules hold for this month yet."))
    _lock()
    groups = month_sums(month, as_of=now)
    signed = set(BonusStatement.objects.filter(month=month, signed_at__isnull=False).values_list("manager", flat=True))
    statements = []
    for manager in visible_managers(actor):
        sums = groups.of_manager(groups.asked.periods[0], manager.pk).sums
        if manager.pk in signed or not (manager.is_active or sums):
            continue
        lines = earned(rules, groups, manager.pk)
        statements.append(
            BonusStatement(
                manager=manager,
                month=month,
                rules=rules,
                as_of=now,
                lines=[line.as_json() for line in lines],
                total=total_of(lines),
                digest=digest_of(
                    manager=manager.pk, month=month, version=rules.version, base=rules.base, as_of=now, lines=lines
                ),
                computed_by=actor,
            )
        )
    BonusStatement.objects.bulk_create(
        statements,
        update_conflicts=True,
        unique_fields=["manager", "month"],
        update_fields=["rules", "as_of", "lines", "total", "digest", "computed_by", "updated_at"],
    )
    return len(statements)


@transaction.atomic
def sign_statement(*, statement: BonusStatement, seen: str, actor: User, now: datetime) -> BonusStatement:
    """Once and for all: the database lets nobody change it any more. ``seen`` is the digest that the signer looked at."""
    _lock()
    row = BonusStatement.objects.select_for_update().get(pk=statement.pk)
    if row.signed_at is not None:
        raise ConflictError(_("The statement is signed already."))
    if row.digest != seen:
        raise ConflictError(_("The statement was worked out anew meanwhile. Look at it again before you sign."))
    if localdate(now) < add_months(row.month, 1):
        raise DomainError(_("The month is not over: it can be signed from the first day of the next one."))
    row.signed_at, row.signed_by = now, actor
    row.save(update_fields=["signed_at", "signed_by", "updated_at"])
    return row
