"""What forms of refusals and freezes share: reasons by kind, days, a key against a second press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf

from core.figures import Period
from core.fixed import FixedQuery
from retention.enums import ReasonKind
from retention.models import RefusalReason
from staff.enums import DEPARTMENT_ROLES
from staff.models import User

LONG = 10_000


def text_field(label: Any, *, rows: int = 3, required: bool = False, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=LONG, widget=area, **options)


def grouped_reasons(*, keep: RefusalReason | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Reasons in use under their kinds; ``keep`` stays choosable on the row that has it, retired or not."""
    rows = [row for row in RefusalReason.objects.all() if row.archived_at is None or row == keep]
    return [
        (str(kind.label), [(str(row.pk), row.name) for row in rows if row.kind == kind])
        for kind in ReasonKind
        if any(row.kind == kind for row in rows)
    ]


class ReasonField(forms.ModelChoiceField[RefusalReason]):
    """One reason of the department's list, under its kind."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=RefusalReason.objects.all(), **options)

    def offer(self, *, keep: RefusalReason | None = None) -> None:
        self.choices = [("", "---------"), *grouped_reasons(keep=keep)]


def colleagues() -> Any:
    """People of the department who are here."""
    roles = [str(role) for role in DEPARTMENT_ROLES]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")


def named_colleagues() -> list[tuple[int, str]]:
    """The same people as a filter names them."""
    return _COLLEAGUES.tuples()


_COLLEAGUES: FixedQuery[User] = FixedQuery(
    lambda: colleagues().values_list("pk", Coalesce(NullIf("name", Value("")), "username"))
)


class Quiet(forms.Field):
    """A value of an address that cannot be understood counts as not given: an old link still opens."""

    def __init__(self, parse: Callable[[str], Any], **options: Any) -> None:
        super().__init__(required=False, **options)
        self.parse = parse

    def clean(self, value: Any) -> Any:
        try:
            return self.parse(str(value or ""))
        except (ValueError, ValidationError):
            return None


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def id_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def one_of(*allowed: str) -> Callable[[str], str]:
    return lambda text: text if text in allowed else ""


_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 30)


def period_of(first: date | None, last: date | None) -> Period | None:
    """Days from … until, both included; an open side reaches as far as anything is written down."""
    if first is None and last is None:
        return None
    start, until = max(first or _EARLIEST, _EARLIEST), min(last or _LATEST, _LATEST)
    return Period(start, date.fromordinal(until.toordinal() + 1)) if start <= until else None
