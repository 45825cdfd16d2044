"""Parts that every room leans on: forms sent twice, locks, links of a page, a cache that may be away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from pytest_django import DjangoAssertNumQueries

from core.cache import ForgivingCache
from core.concurrency import update_versioned
from core.errors import ConflictError
from core.idempotency import new_key, run_once
from core.locks import lock_keys
from core.models import Company, SubmittedForm
from core.page_links import page_urls, rate_modes
from core.services import forget_submitted_forms
from staff.enums import Role
from staff.models import User
from tests.factories import make_user

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Action:
    """Counts how often it ran."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        return f"/made/{self.runs}/"


@pytest.fixture
def user(db: None) -> User:
    return make_user(Role.AM)


def test_form_sent_twice_acts_once_and_leads_to_the_same_place(user: User) -> None:
    key, action = new_key(), Action()

    places = [run_once(key=key, user_id=user.pk, action=action) for _ in range(2)]

    assert (places, action.runs) == (["/made/1/", "/made/1/"], 1)


def test_key_of_one_person_is_not_the_key_of_another(user: User) -> None:
    key, action = new_key(), Action()

    for one in (user, make_user(Role.AM)):
        run_once(key=key, user_id=one.pk, action=action)

    assert action.runs == 2


def test_action_that_fails_leaves_the_key_free(user: User) -> None:
    key, action = new_key(), Action()

    def fail() -> str:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        run_once(key=key, user_id=user.pk, action=fail)

    assert run_once(key=key, user_id=user.pk, action=action) == "/made/1/"


@pytest.mark.parametrize("key", ["", "short", "x" * 41, "'; DROP TABLE core_submittedform; --"])
def test_key_that_is_none_of_ours_protects_nothing(user: User, key: str) -> None:
    action = Action()

    for _ in range(2):
        run_once(key=key, user_id=user.pk, action=action)

    assert action.runs == 2
    assert not SubmittedForm.objects.exists()


def test_sent_forms_are_forgotten_after_a_week(user: User) -> None:
    for days in (6, 8):
        run_once(key=new_key(), user_id=user.pk, action=Action())
        SubmittedForm.objects.filter(created_at__gt=NOW).update(created_at=NOW - timedelta(days=days))

    assert forget_submitted_forms(now=NOW) == {"forgotten": 1}


def test_row_of_another_version_is_not_written(user: User) -> None:
    company = Company.objects.get_or_create(pk=1)[0]
    version, company.grace_days = company.version, 99

    with pytest.raises(ConflictError):
        update_versioned(company, fields=["grace_days"], expected_version=version + 1)

    company.refresh_from_db()
    assert (company.grace_days != 99, company.version) == (True, version)


def test_locks_are_taken_in_one_round_trip(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    with transaction.atomic():
        with django_assert_num_queries(0):
            lock_keys([])
        with django_assert_num_queries(1):
            lock_keys(["client:1", "client:2", "client:1"])
        with connection.cursor() as cursor:
            cursor.execute(held)
            assert cursor.fetchone() == (2,)


def test_links_of_a_page_keep_the_filters() -> None:
    query = QueryDict("tier=A&tier=B&after=old&q=%D0%B0%26b")

    urls = page_urls(query, next_cursor="n+1", previous_cursor="")

    assert urls == {
        "next_url": "?tier=A&tier=B&q=%D0%B0%26b&after=n%2B1",
        "previous_url": "",
        "first_url": "?tier=A&tier=B&q=%D0%B0%26b",
    }


def test_cache_remembers_by_itself_while_redis_is_away() -> None:
    cache: Any = ForgivingCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})
    cache.clear()

    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    assert cache.touch("a", 60)
    assert cache.has_key("a")
    cache.set_many({"b": 3, "c": 4})
    assert cache.get_many(["a", "b", "c"]) == {"a": 2, "b": 3, "c": 4}
    cache.delete_many(["b"])
    assert cache.delete("c")
    assert [cache.get(key) for key in ("a", "b", "c")] == [2, None, None]
    cache.clear()
    assert cache.get("a") is None


def test_rates_are_shown_as_per_cent_or_as_coefficients_and_filters_stay() -> None:
    plain = rate_modes(QueryDict("tier=A"))
    assert (plain["show"], [mode["active"] for mode in plain["modes"]]) == ("percent", [True, False])
    assert plain["modes"][1]["url"] == "?tier=A&show=coefficient"
    other = rate_modes(QueryDict("tier=A&show=coefficient"))
    assert (other["show"], other["modes"][0]["url"]) == ("coefficient", "?tier=A&show=percent")
    assert rate_modes(QueryDict("show=nonsense"))["show"] == "percent"
