"""The same files back, at any time: what ``import_data`` reads, in the same columns, rows ordered by key."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Collate

from clients.models import Assignment, Client, Contact, ContactPhone, Contract, Order, Product
from feedback.models import SurveyResponse
from interchange.cells import escape_cell
from interchange.kinds import SHARES, kinds
from retention.models import Freeze, HistoricalRate
from staff.models import User
from work.enums import TouchState
from work.models import Touch

Line = list[str]
_CHUNK = 5_000


class Echo:
    """A file that hands back what is written: lets the csv module feed a stream."""

    def write(self, text: str) -> str:
        return text


def _cell(value: Any, zone: ZoneInfo) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(zone).isoformat()
        case date():
            return value.isoformat()
        case list():
            return escape_cell(";".join(value))
        case _:
            return escape_cell(str(value))


def _score(value: Decimal) -> str:
    """9.00 → 9, 4.80 → 4.8: as people write scores."""
    return format(value.normalize(), "f")


def _ordered(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    """By code point, whatever the server's locale."""
    return rows.order_by(Collate(key, "C"))


def _codes(through: Any, owner: str) -> Subquery:
    codes = (
        through.objects.filter(**{owner: OuterRef("pk")})
        .order_by()
        .values(owner)
        .annotate(codes=StringAgg("product__code", ";", order_by=Collate("product__code", "C")))
    )
    return Subquery(codes.values("codes"))


def _users() -> QuerySet[Any]:
    return _ordered(User.objects.all(), "username").values_list(
        "username", "name", "email", "roles", "phone", "timezone"
    )


def _products() -> QuerySet[Any]:
    rows = _ordered(Product.objects.all(), "code")
    return rows.values_list("code", "name", "category__name", "is_complex", "price", "cost")


def _clients() -> QuerySet[Any]:
    """A client that only waits to be distributed has no manager yet."""
    owner = Assignment.objects.filter(client=OuterRef("pk"), ended_at__isnull=True).annotate(
        named=Case(When(to_distribute=True, then=Value("")), default=F("user__username"))
    )
    rows = Client.objects.annotate(manager=Subquery(owner.values("named")))
    return _ordered(rows, "external_id").values_list(
        "external_id", "name", "kind", "inn", "kpp", "tier", "industry__name", "region__name", "timezone", "manager",
        "parent__external_id", "created_on",
    )  # fmt: skip


def _contacts() -> QuerySet[Any]:
    phones = (
        ContactPhone.objects.filter(contact=OuterRef("pk"))
        .order_by()
        .values("contact")
        .annotate(numbers=StringAgg("number", ";", order_by=("position", "id")))
    )
    rows = Contact.objects.annotate(numbers=Subquery(phones.values("numbers")))
    return _ordered(rows, "external_id").values_list(
        "external_id", "client__external_id", "name", "position", "email", "numbers", "greeting", "address_form", "tone",
        "channel", "hours", "is_primary",
    )  # fmt: skip


def _contracts() -> QuerySet[Any]:
    rows = Contract.objects.annotate(codes=_codes(Contract.products.through, "contract"))
    return _ordered(rows, "external_id").values_list(
        "external_id", "client__external_id", "number", "signed_on", "starts_on", "ends_on", "amount",
        "prolongation_months", "notice_days", "terminated_on", "codes",
    )  # fmt: skip


def _orders() -> QuerySet[Any]:
    rows = Order.objects.annotate(codes=_codes(Order.products.through, "order"))
    return _ordered(rows, "external_id").values_list(
        "external_id", "client__external_id", "ordered_at", "completed_at", "status", "amount", "refunded_amount",
        "refunded_on", "cost", "codes", "contract__external_id",
    )  # fmt: skip


def _touches() -> QuerySet[Any]:
    """What was done; what is only planned is planned anew where it comes to."""
    done = Touch.objects.filter(state=TouchState.DONE, external_id__isnull=False)
    return _ordered(done, "external_id").values_list(
        "external_id", "client__external_id", "kind", "closed_at", "closed_by__username", "minutes", "outcome", "note"
    )


def _stops() -> QuerySet[Any]:
    return _ordered(Freeze.objects.all(), "external_id").values_list(
        "external_id", "client__external_id", "kind", "stopped_on", "reason", "words", "expected_end", "outcome",
        "ended_on",
    )  # fmt: skip


def _surveys() -> QuerySet[Any]:
    return _ordered(SurveyResponse.objects.all(), "external_id").values_list(
        "external_id", "client__external_id", "scale", "about", "answered_at", "score", "comment"
    )


def _rates() -> QuerySet[Any]:
    return HistoricalRate.objects.order_by(Collate("metric", "C"), "month").values_list(
        "metric", "month", "value", "note"
    )


def _told(metric: str, month: date, value: Decimal, source: str) -> list[str]:
    """Shares as per cent with their sign, so that nobody takes them for coefficients."""
    share = metric in SHARES
    text = format((value * (100 if share else 1)).normalize(), "f")
    return [metric, f"{month:%Y-%m}", f"{text}%" if share else text, source]


_ROWS: dict[str, Callable[[], QuerySet[Any]]] = {
    "users": _users,
    "products": _products,
    "clients": _clients,
    "contacts": _contacts,
    "contracts": _contracts,
    "orders": _orders,
    "touches": _touches,
    "surveys": _surveys,
    "stops": _stops,
    "rates": _rates,
}


def lines(kind: str) -> Iterator[Line]:
    """Header first. Read by a server-side cursor: memory does not grow with the table."""
    zone = ZoneInfo(settings.TIME_ZONE)
    columns = [column.name for column in kinds(settings.TIME_ZONE)[kind].columns]
    yield columns
    score = columns.index("score") if "score" in columns else None
    for row in _ROWS[kind]().iterator(chunk_size=_CHUNK):
        values = list(row)
        if score is not None:
            values[score] = _score(values[score])
        yield [_cell(value, zone) for value in (_told(*values) if kind == "rates" else values)]


def csv_lines(kind: str) -> Iterator[str]:
    writer = csv.writer(Echo(), lineterminator="\n")
    for line in lines(kind):
        yield str(writer.writerow(line))


def export_to(directory: Path) -> dict[str, int]:
    """One CSV file per kind; answers the number of rows of each."""
    directory.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for kind in _ROWS:
        with (directory / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream:
            counts[kind] = -1
            for line in csv_lines(kind):
                stream.write(line)
                counts[kind] += 1
    return counts
