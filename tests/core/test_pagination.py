from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clients.models import Product, Region
from core.pagination import Count, Place, count_up_to, keyset_page, place_of

pytestmark = pytest.mark.django_db


def fill(number: int) -> None:
    Region.objects.all().delete()
    Region.objects.bulk_create([Region(name=f"{n:02}") for n in range(number)])


def test_keyset_walks_objects_both_ways_without_loss() -> None:
    fill(5)
    first = keyset_page(Region.objects.all(), order=["name", "id"], size=2)
    second = keyset_page(Region.objects.all(), order=["name", "id"], after=first.next_cursor, size=2)
    third = keyset_page(Region.objects.all(), order=["name", "id"], after=second.next_cursor, size=2)

    assert [r.name for page in (first, second, third) for r in page.rows] == ["00", "01", "02", "03", "04"]
    assert (first.previous_cursor, third.next_cursor) == ("", "")
    back = keyset_page(Region.objects.all(), order=["name", "id"], before=second.previous_cursor, size=2)
    assert [r.name for r in back.rows] == ["00", "01"]
    assert (back.previous_cursor, bool(back.next_cursor)) == ("", True)


def test_keyset_walks_sums_of_money() -> None:
    Product.objects.bulk_create([Product(code=str(n), name="x", price=Decimal(n) / 4) for n in range(3)])
    first = keyset_page(Product.objects.all(), order=["-price", "-id"], size=2)
    second = keyset_page(Product.objects.all(), order=["-price", "-id"], after=first.next_cursor, size=2)

    assert [p.code for page in (first, second) for p in page.rows] == ["2", "1", "0"]


def cursor(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "token",
    ["x", "%%", "a" * 5000, cursor({}), cursor(["a"]), cursor(["a", None]), cursor(["a", "b"]), cursor(["a\x00", 1]), cursor(["a\ud800", 1]),
     base64.urlsafe_b64encode(b"[" * 3000).decode()],
)  # fmt: skip
def test_keyset_takes_a_foreign_cursor_for_the_first_page(token: str) -> None:
    fill(3)
    page = keyset_page(Region.objects.all(), order=["name", "id"], after=token, size=2)
    assert [r.name for r in page.rows] == ["00", "01"]


def test_place_is_read_as_the_kinds_of_its_columns() -> None:
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 9, tzinfo=UTC)

    place = place_of(after="x", before=cursor([day.isoformat(), moment.isoformat(), "7"]), kinds=[date, datetime, int])

    assert place == Place([day, moment, 7], backwards=True)
    for other in ([1, "y", 2], ["2026-13-01", moment.isoformat(), 1], [day.isoformat(), moment.isoformat(), "a"]):
        assert place_of(after=cursor(other), before="", kinds=[date, datetime, int]) is None


def test_keyset_of_nothing_has_no_cursors() -> None:
    fill(0)
    page = keyset_page(Region.objects.all(), order=["name", "id"])
    assert (page.rows, page.next_cursor, page.previous_cursor) == ([], "", "")


def test_count_stops_at_its_limit() -> None:
    fill(4)
    assert count_up_to(Region.objects.all(), 3) == Count(3, more=True)
    assert count_up_to(Region.objects.all(), 4) == Count(4, more=False)
