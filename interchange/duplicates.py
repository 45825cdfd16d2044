"""Rows that came in under a new key but look like somebody who is known already."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from interchange.enums import IssueKind
from interchange.staging import TABLE, Issue

#: kind → (column of the file, SQL answering line and the other row's key)
_QUESTIONS = {
    "clients": (
        (
            "inn",
            (
                "SELECT s.line, min(o.external_id) FROM {table} s JOIN clients_client o ON o.inn = s.inn AND o.inn <> ''"
                " AND o.external_id <> s.external_id GROUP BY s.line"
            ),
        ),
    ),
    "contacts": (
        (
            "email",
            (
                "SELECT s.line, min(o.external_id) FROM {table} s JOIN clients_contact o ON lower(o.email) = lower(s.email)"
                " AND o.email <> '' AND o.external_id <> s.external_id GROUP BY s.line"
            ),
        ),
        (
            "phones",
            (
                "SELECT s.line, min(o.external_id) FROM {table} s, unnest(string_to_array(s.phones, ';')) AS wanted (phone),"
                " clients_contactphone f JOIN clients_contact o ON o.id = f.contact_id"
                " WHERE f.number = wanted.phone AND o.external_id <> s.external_id GROUP BY s.line"
            ),
        ),
    ),
}


def duplicate_issues(kind: str, present: frozenset[str]) -> list[Issue]:
    """Asked after the file is in, so that rows of the same file are compared too."""
    found: list[Issue] = []
    for column, question in _QUESTIONS.get(kind, ()):
        if column not in present:
            continue
        with connection.cursor() as cursor:
            cursor.execute(question.format(table=TABLE))
            rows = cursor.fetchall()
        found += [
            Issue(IssueKind.DUPLICATE, _("the same value stands at %(key)s") % {"key": key}, line, column)
            for line, key in rows
        ]
    return found
