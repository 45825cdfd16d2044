"""A query that is compiled once answers what the ORM would answer, each time anew."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from core.fixed import FixedInsert, FixedQuery, FixedQueryError
from core.models import WorkdayOverride, WorkingPeriod
from staff.enums import Role, Scope
from staff.models import ApiToken, User
from staff.services.tokens import issue_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_rows_are_what_the_orm_reads(django_assert_num_queries: object) -> None:
    from django.utils.timezone import now

    token, _bare = issue_token(user=make_user(Role.AM), scopes=[Scope.CLIENTS_READ], actor=None, now=now())
    query = FixedQuery(lambda key: ApiToken.objects.select_related("user").filter(digest=key).order_by(), str)
    with django_assert_num_queries(2):  # type: ignore[operator]
        for _again in range(2):
            found = query.first(token.digest)
            assert found is not None
            assert (found, found.scopes, found.created_at) == (token, token.scopes, token.created_at)
            assert (found.user.username, found.user.roles) == (token.user.username, token.user.roles)
            assert not found._state.adding
    assert query.first("another") is None
    assert query.rows("another") == []


def test_days_and_annotations_are_filled_in_too() -> None:
    day = date(2026, 5, 4)
    WorkdayOverride.objects.create(day=day, is_working=True)
    query = FixedQuery(lambda first: WorkdayOverride.objects.filter(day__gte=first).annotate(twice=F("day")), date)
    assert [(row.day, getattr(row, "twice")) for row in query.rows(day)] == [(day, day)]  # noqa: B009
    assert query.rows(date(2026, 5, 5)) == []


def test_columns_left_out_are_read_when_asked_for() -> None:
    user = make_user(Role.AM)
    found = FixedQuery(lambda pk: User.objects.filter(pk=pk).only("id"), int).first(user.pk)
    assert found is not None
    assert found.get_deferred_fields()
    assert found.username == user.username


def _sums(key: int) -> Any:
    return User.objects.filter(pk=key).values("roles").annotate(Count("id"))


@pytest.mark.parametrize(
    "query",
    [
        FixedQuery(_sums, int),
        FixedQuery(lambda key: User.objects.filter(Q(pk=key) | Q(pk=key, name="a")), int),
        FixedQuery(lambda key: User.objects.filter(username=key, name=key), str),
    ],
)
def test_other_querysets_are_refused(query: FixedQuery[User]) -> None:
    with pytest.raises(FixedQueryError):
        query.rows(1 if query._kinds == (int,) else "1")


def test_row_is_written_whole_and_its_key_read_back() -> None:
    WorkingPeriod.objects.all().delete()
    write = FixedInsert(WorkingPeriod)
    row = WorkingPeriod(weekday=1, starts=time(9), ends=time(18))
    assert write.write(row)
    assert not row._state.adding
    write.write_all([WorkingPeriod(weekday=2, starts=time(9), ends=time(18))])
    write.write_all([WorkingPeriod(weekday=day, starts=time(9), ends=time(18)) for day in (3, 4)])
    assert WorkingPeriod.objects.get(pk=row.pk).ends == time(18)
    assert WorkingPeriod.objects.count() == 4


def test_key_that_is_taken_is_told() -> None:
    write = FixedInsert(ApiToken, unless_taken=True)
    from django.utils.timezone import now

    user = make_user(Role.AM)
    values = {"user": user, "prefix": "acc_", "digest": "d" * 64, "scopes": [], "created_at": now()}
    with transaction.atomic():
        assert write.write(ApiToken(**values))
        assert not write.write(ApiToken(**values))


@pytest.mark.parametrize(
    "row",
    [
        WorkingPeriod(weekday=1, starts=Now(), ends=time(18)),
        WorkdayOverride(day=date(2026, 5, 5), is_working=False),
    ],
)
def test_other_rows_are_refused(row: Any) -> None:
    with pytest.raises(FixedQueryError):
        FixedInsert(type(row)).write(row)
