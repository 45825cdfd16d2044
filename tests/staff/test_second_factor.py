"""The second factor as a person meets it: set up, used at the log-in, lost, given up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import now

from gateways.models import OutboxMessage
from staff import services
from staff.enums import Role
from staff.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "Снежный барс 71"
FACTOR = "/account/second-factor"


@pytest.fixture(autouse=True)
def _fresh_counters(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def anna() -> User:
    return make_user(Role.AM, password=PASSWORD)


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def log_in(client: Client, user: User) -> Any:
    return client.post("/account/login/", {"login": user.username, "password": PASSWORD})


def confirm(client: Client) -> None:
    """Types the password again, which everything about the second factor asks for."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def set_up(client: Client, user: User) -> str:
    """Logs in, adds an authenticator app, leaves; answers its secret."""
    log_in(client, user)
    confirm(client)
    page = client.get(f"{FACTOR}/totp/activate/")
    secret = str(page.context["form"].secret)
    client.post(f"{FACTOR}/totp/activate/", {"code": code(secret)})
    client.logout()
    cache.clear()  # a code opens once: the next half-minute is not waited for
    return secret


def recovery_codes(client: Client) -> list[str]:
    confirm(client)
    client.post(f"{FACTOR}/recovery-codes/generate/")
    page = client.get(f"{FACTOR}/recovery-codes/").content.decode()
    return re.findall(r"\b[0-9a-f]{5}-?[0-9a-f]{5}\b|\b\d{8}\b", page)


def test_app_is_set_up_and_then_asked_for(client: Client, anna: User) -> None:
    secret = set_up(client, anna)

    first = log_in(client, anna)
    between = client.get("/clients/")
    wrong = client.post(f"{FACTOR}/authenticate/", {"code": "000000"})
    entered = client.post(f"{FACTOR}/authenticate/", {"code": code(secret)})

    assert first.headers["Location"].startswith(f"{FACTOR}/authenticate/")
    assert between.headers["Location"].startswith("/account/login/")
    assert wrong.status_code == 200
    assert entered.headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_secret_is_not_readable_in_the_database(client: Client, anna: User) -> None:
    secret = set_up(client, anna)

    assert secret not in str(Authenticator.objects.get(type=Authenticator.Type.TOTP).data)


def test_code_opens_once(client: Client, anna: User) -> None:
    secret = set_up(client, anna)
    given = code(secret)
    log_in(client, anna)
    client.post(f"{FACTOR}/authenticate/", {"code": given})
    other = Client()
    log_in(other, anna)

    other.post(f"{FACTOR}/authenticate/", {"code": given})

    assert "_auth_user_id" not in other.session


def test_guessing_codes_is_stopped(client: Client, anna: User) -> None:
    secret = set_up(client, anna)
    log_in(client, anna)
    for number in range(12):
        client.post(f"{FACTOR}/authenticate/", {"code": f"{number:06}"})

    client.post(f"{FACTOR}/authenticate/", {"code": code(secret)})

    assert "_auth_user_id" not in client.session


def test_recovery_code_opens_once(client: Client, anna: User) -> None:
    secret = set_up(client, anna)
    log_in(client, anna)
    client.post(f"{FACTOR}/authenticate/", {"code": code(secret)})
    codes = recovery_codes(client)
    client.logout()
    assert len(codes) >= 8

    answers = []
    for _ in range(2):
        cache.clear()
        log_in(client, anna)
        client.post(f"{FACTOR}/authenticate/", {"code": codes[0]})
        answers.append("_auth_user_id" in client.session)
        client.logout()

    assert answers == [True, False]


def test_change_of_the_factor_is_told_by_letter(
    client: Client, anna: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client, anna)
    services.reset_second_factor(user=anna, actor=make_user(Role.HEAD), now=now())

    letters = OutboxMessage.objects.filter(to_address=anna.email).values_list("key", flat=True)
    assert len(letters) == 2
    assert all(key.startswith("account:notice-") for key in letters)


def test_new_password_by_letter_keeps_the_second_factor(client: Client, anna: User) -> None:
    set_up(client, anna)
    client.post("/account/password/reset/", {"email": anna.email})
    letter = OutboxMessage.objects.filter(text__contains="/password/reset/key/").get()
    link = re.search(r"/account/password/reset/key/\S+", letter.text)
    assert link
    page = client.get(link[0], follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "Белый медведь 72", "password2": "Белый медведь 72"})

    entered = client.post("/account/login/", {"login": anna.username, "password": "Белый медведь 72"})

    assert entered.headers["Location"].startswith(f"{FACTOR}/authenticate/")
    assert "_auth_user_id" not in client.session


def test_administrator_takes_a_lost_factor_away(client: Client, anna: User) -> None:
    set_up(client, anna)
    admin, office = make_user(Role.ADMIN, password=PASSWORD), Client()
    log_in(office, admin)
    office.post(f"/staff/users/{anna.pk}/second-factor/")
    assert Authenticator.objects.filter(user=anna).exists()
    confirm(office)

    office.post(f"/staff/users/{anna.pk}/second-factor/")

    assert log_in(client, anna).headers["Location"] == "/"


def test_factor_is_added_only_after_the_password_is_typed_again(client: Client, anna: User) -> None:
    log_in(client, anna)

    asked = client.get(f"{FACTOR}/totp/activate/")
    client.post("/account/reauthenticate/", {"password": "wrong-password"})
    still = client.get(f"{FACTOR}/totp/activate/")

    assert asked.headers["Location"].startswith("/account/reauthenticate/")
    assert still.status_code == 302


@pytest.mark.parametrize("password", ["п" * 64, "correct horse battery staple " * 4, "кот спит на окне"])
def test_long_passwords_without_digits_and_signs_are_welcome(client: Client, anna: User, password: str) -> None:
    log_in(client, anna)

    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": password, "password2": password})

    anna.refresh_from_db()
    assert anna.check_password(password)


@pytest.mark.parametrize("password", ["password123", "qwertyuiop", "1234567890", "short"])
def test_common_and_short_passwords_are_refused(client: Client, anna: User, password: str) -> None:
    log_in(client, anna)

    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": password, "password2": password})

    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)
