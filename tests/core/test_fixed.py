"""A query that is compiled once answers what the ORM would answer, each time anew."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from core import prepared
from core.fixed import FixedQuery, FixedQueryError
from core.fixed_insert import FixedInsert, reserve_keys, write_together
from core.lookups import AnyOf
from core.models import WorkdayOverride, WorkingPeriod
from core.prepared import Asking
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


def _keys(key: str) -> Any:
    return User.objects.filter(username=key).values_list("pk")


@pytest.mark.parametrize(
    "query",
    [
        FixedQuery(_sums, int),
        FixedQuery(lambda key: User.objects.filter(pk=key + 1), int),
        FixedQuery(_keys, str),
    ],
)
def test_other_querysets_are_refused(query: FixedQuery[Any]) -> None:
    with pytest.raises(FixedQueryError):
        query.rows(1 if query._kinds == (int,) else "1")


def test_value_may_stand_in_several_places() -> None:
    user = make_user(Role.AM, name="Анна")
    query = FixedQuery(lambda key: User.objects.filter(Q(username=key) | Q(email=key)), str)
    assert query.rows(user.username) == query.rows(user.email) == [user]


def test_moments_and_lists_of_keys_are_values_too() -> None:
    from django.utils.timezone import now

    users = [make_user(Role.AM) for _number in range(3)]
    query = FixedQuery(
        lambda ids, moment: User.objects.filter(AnyOf("pk", ids), created_at__lt=moment).order_by("pk"), list, datetime
    )
    assert query.rows([users[0].pk, users[2].pk], now() + timedelta(hours=1)) == [users[0], users[2]]
    assert query.rows([users[0].pk], now() - timedelta(hours=1)) == []
    assert query.rows([], now()) == []


def test_tuples_dicts_and_numbers_instead_of_rows() -> None:
    user = make_user(Role.AM, name="Анна")
    tuples: FixedQuery[User] = FixedQuery(lambda pk: _named(pk).values_list("name", "pk"), int)
    dicts: FixedQuery[User] = FixedQuery(lambda pk: _named(pk).values("name").annotate(twice=F("pk")), int)
    numbers: FixedQuery[User] = FixedQuery(lambda pk: _named(pk).values_list("pk"), int)
    assert tuples.tuples(user.pk) == [("Анна", user.pk)]
    assert dicts.dicts(user.pk) == [{"name": "Анна", "twice": user.pk}]
    assert (numbers.count(user.pk), numbers.count(user.pk + 1)) == (1, 0)


def _named(pk: int) -> Any:
    return User.objects.filter(pk=pk).order_by()


@pytest.mark.parametrize("pk", [2**63, -(2**63) - 1])
def test_number_that_no_column_holds_finds_nothing(pk: int) -> None:
    assert FixedQuery(_named, int).rows(pk) == []


def test_too_few_values_are_a_mistake() -> None:
    with pytest.raises(FixedQueryError):
        FixedQuery(_named, int).rows()


def test_query_is_planned_anew_by_a_new_connection_and_never_where_a_pool_stands_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = make_user(Role.AM)
    query = FixedQuery(_named, int)
    assert query.rows(user.pk) == [user]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    prepared._known.clear()  # as for a connection that was never asked
    assert query.rows(user.pk) == [user]
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with CaptureQueriesContext(connection) as asked:
        assert query.rows(user.pk) == [user]
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


def test_words_of_sql_are_asked_with_values_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(
        "SELECT %(word)s::text || '%%', %(days)s::date[], %(word)s = ANY(%(words)s::text[]), %(nobody)s::bigint"
    )
    values = {"word": "o'clock", "days": [date(2026, 1, 31)], "words": ["o'clock", "%"], "nobody": None, "more": 1}
    expected = [("o'clock%", [date(2026, 1, 31)], True, None)]
    with CaptureQueriesContext(connection) as asked:
        assert asking.rows(values) == expected
    assert asked.captured_queries[0]["sql"].startswith("EXECUTE")
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    with CaptureQueriesContext(connection) as asked:
        assert asking.rows(values) == expected
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


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


def test_rows_that_name_each_other_go_in_one_round_trip(django_assert_num_queries: Any) -> None:
    WorkingPeriod.objects.all().delete()
    [[key], no_keys, [other]] = reserve_keys((User, 1), (WorkingPeriod, 0), (User, 1))
    person = User(pk=key, username="keyed", password="!", email="k@crm.example", name="К", roles=[])
    period = WorkingPeriod(weekday=1, starts=time(9), ends=time(18))
    with django_assert_num_queries(1):
        assert write_together(
            (FixedInsert(User, keyed=True), [person]),
            (FixedInsert(ApiToken), []),
            (FixedInsert(WorkingPeriod), [period]),
        )
    assert (no_keys, other > key) == ([], True)
    assert (User.objects.get(username="keyed"), WorkingPeriod.objects.get()) == (person, period)
    assert not person._state.adding


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
