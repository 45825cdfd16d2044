from __future__ import annotations

import re
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from redis.exceptions import ConnectionError as RedisAwayError

from staff.enums import Role
from staff.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"
PASSWORD = "Снежный барс 71"
_TOKEN = re.compile(r"[A-Za-z0-9]{64}")


@pytest.fixture
def anna() -> User:
    user = make_user(Role.AM, email="anna@company.test")
    User.objects.filter(pk=user.pk).update(username="andré")
    user.refresh_from_db()
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": login, "password": password}, **extra)


@pytest.mark.parametrize("login", ["andré", "ANDRÉ", "anna@company.test", "Anna@Company.test "])
def test_login_by_name_or_mail(client: Client, anna: User, login: str) -> None:
    response = log_in(client, login)

    assert (response.status_code, response.headers.get("Location")) == (302, "/")
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_login_refused_with_one_text(client: Client, anna: User) -> None:
    inactive = make_user(Role.AM, email="gone@company.test", is_active=False)
    inactive.set_password(PASSWORD)
    inactive.save()

    texts = {
        str(log_in(client, login, password).context["form"].non_field_errors())
        for login, password in [
            ("andré", "wrong-password"),
            ("anna@company.test", "wrong-password"),
            ("nobody", PASSWORD),
            ("nobody@company.test", PASSWORD),
            (inactive.username, PASSWORD),
        ]
    }

    assert len(texts) == 1


def test_login_locks_after_seven_tries_over_all_spellings_and_addresses(client: Client, anna: User) -> None:
    spellings = ["andré", "ANDRÉ", "andre", "Andre", "anna@company.test", "ANNA@company.test", "ａndré"]
    answers = [
        log_in(client, spelling, "wrong-password", REMOTE_ADDR=f"10.0.0.{number}").status_code
        for number, spelling in enumerate(spellings)
    ]

    locked = log_in(client, "andré", REMOTE_ADDR="10.9.9.9")

    assert answers[:6] == [200] * 6
    assert locked.status_code == 429
    assert "Retry-After" in locked.headers
    assert "_auth_user_id" not in client.session


def test_login_lock_looks_the_same_for_unknown_person(client: Client, anna: User) -> None:
    pages = []
    for login in ("andré", "nobody"):
        answers = [log_in(client, login, "wrong-password") for _ in range(8)]
        pages.append((answers[-1].status_code, _TOKEN.sub("", answers[-1].content.decode())))

    assert pages[0] == pages[1]


def test_login_success_forgets_failures(client: Client, anna: User) -> None:
    log_in(client, "andre", "wrong-password")
    log_in(client, "anna@company.test")

    assert AccessAttempt.objects.count() == 0


def test_login_attempt_record_holds_neither_password_nor_name(client: Client, anna: User) -> None:
    log_in(client, "anna@company.test", "wrong-password")

    attempt = AccessAttempt.objects.get()
    assert "wrong-password" not in attempt.post_data
    assert "anna@company.test" not in attempt.post_data


def test_login_works_while_redis_is_away(client: Client, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache.backends.redis import RedisCacheClient

    def away(*args: object, **kwargs: object) -> None:
        raise RedisAwayError

    monkeypatch.setattr(RedisCacheClient, "get_client", away)

    assert log_in(client, "andré").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "http:evil.test",
        "javascript:alert(1)",
        "http://testserver@evil.test/",
        "http://testserver/clients/",
        "/%09/evil.test/../..//evil.test",
        " //evil.test",
        "\t//evil.test",
        "https:///evil.test",
        "data:text/html,x",
        "http://localhost/",
        "clients",
    ],
)
def test_login_never_leads_away(client: Client, anna: User, target: str) -> None:
    response = client.post(LOGIN, {"login": "andré", "password": PASSWORD, "next": target})

    location = response.headers["Location"]
    assert location == "/" or location.startswith("/%09/")


def test_login_leads_to_the_page_that_was_asked_for(client: Client, anna: User) -> None:
    response = client.post(LOGIN, {"login": "andré", "password": PASSWORD, "next": "/clients/?tier=A"})

    assert response.headers["Location"] == "/clients/?tier=A"


def test_logout_by_get_changes_nothing(client: Client, anna: User) -> None:
    client.force_login(anna)

    client.get("/account/logout/")

    assert "_auth_user_id" in client.session


def test_logout_ends_the_session(client: Client, anna: User) -> None:
    client.force_login(anna)

    response = client.post("/account/logout/")

    assert response.headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_sign_up_does_not_exist(client: Client) -> None:
    assert client.get("/account/signup/").status_code == 404


def test_deactivated_person_is_logged_out_at_once(client: Client, anna: User) -> None:
    client.force_login(anna)
    User.objects.filter(pk=anna.pk).update(is_active=False)

    response = client.get("/account/password/change/")

    assert response.headers["Location"].startswith(LOGIN)
