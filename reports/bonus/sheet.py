"""A statement as the sheet that its files are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core import formats
from reports.bonus.page import LineRow
from reports.models import BonusStatement
from reports.sheets import Cell, Sheet, Table, figure_cell

MONEY = "#,##0.00"


def statement_sheet(statement: BonusStatement, rows: Sequence[LineRow]) -> Sheet:
    columns = [_("Figure"), _("Tier"), _("Value"), _("From what"), _("Rule"), _("Step reached"), _("Sum, ₽")]
    lines = [_line(row) for row in rows]
    total = [Cell(_("In all")), *(Cell("") for _place in columns[2:]), _sum(statement.total)]
    title = _("Bonus: %(name)s") % {"name": statement.manager}
    table = Table(_("What it is made of"), columns, [*lines, total])
    return Sheet(title, date_format(statement.month, "F Y"), [table], _notes(statement))


def _line(row: LineRow) -> list[Cell]:
    value = figure_cell(row.figure, row.exact, row.value)
    texts = row.fraction, row.rule, row.reached or formats.NOTHING
    return [Cell(row.title), Cell(row.tier or formats.NOTHING), value, *(Cell(text) for text in texts), _sum(row.sum)]


def _sum(amount: Decimal) -> Cell:
    return Cell(formats.number(amount, 2), float(amount), MONEY)


def _notes(statement: BonusStatement) -> list[str]:
    """What the sum rests on, and by whom it is signed."""
    rules = _("%(rules)s, base %(base)s") % {"rules": statement.rules, "base": formats.money(statement.rules.base)}
    signed = str(_("not signed")).capitalize()
    if statement.signed_at is not None:
        signed = f"{_('Signed by')}: {statement.signed_by}, {_moment(statement.signed_at)}"
    facts = [(_("Figures as of"), _moment(statement.as_of)), (_("Rules"), rules), (_("Digest"), statement.digest)]
    return [signed, *(f"{label}: {text}" for label, text in facts)]


def _moment(moment: datetime) -> str:
    return date_format(localtime(moment), "d.m.Y H:i")
