"""A statement as a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from reports.bonus.page import LineRow
from reports.models import BonusStatement


def statement_sheet(statement: BonusStatement, rows: Sequence[LineRow]) -> bytes:
    """Sums as numbers; names and texts are never formulas."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "# ##0.00"})
    sheet = book.add_worksheet(_("Bonus"))
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 5, 22)
    signed = "—"
    if statement.signed_at is not None:
        signed = f"{statement.signed_by}, {date_format(localtime(statement.signed_at), 'd.m.Y H:i')}"
    facts = [
        (_("Manager"), str(statement.manager)),
        (_("Month"), date_format(statement.month, "F Y")),
        (_("As of"), date_format(localtime(statement.as_of), "d.m.Y H:i")),
        (_("Rules"), str(statement.rules)),
        (_("Signed by"), signed),
        (_("Digest"), statement.digest),
    ]
    for number, (label, text) in enumerate(facts):
        sheet.write_string(number, 0, label, bold)
        sheet.write_string(number, 1, text)
    top = len(facts) + 1
    for column, header in enumerate((_("Figure"), _("Tier"), _("Value"), _("From what"), _("Rule"), _("Sum, ₽"))):
        sheet.write_string(top, column, header, bold)
    for number, row in enumerate(rows, start=top + 1):
        for column, text in enumerate((row.title, row.tier, row.value, row.fraction, row.rule)):
            sheet.write_string(number, column, text)
        sheet.write_number(number, 5, row.sum, money)
    sheet.write_string(top + 1 + len(rows), 0, _("In all"), bold)
    sheet.write_number(top + 1 + len(rows), 5, statement.total, money)
    book.close()
    return file.getvalue()
