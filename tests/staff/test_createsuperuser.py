from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from staff.enums import Role, Scope
from staff.models import User
from staff.rules import grantable_scopes
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def create(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{name.upper()}", value)
    call_command("createsuperuser", "--noinput", stdout=StringIO())


def test_three_words_of_the_environment_make_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, username="boss", email="boss@company.test", password="Kx83hdYw02nn")
    boss = User.objects.get()
    assert (boss.username, boss.name, boss.email, boss.roles, boss.is_superuser) == (
        "boss", "boss", "boss@company.test", [Role.ADMIN], True,
    )  # fmt: skip
    assert boss.check_password("Kx83hdYw02nn")
    assert grantable_scopes(boss.roles, is_superuser=True) == set(Scope)


def test_address_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, username="boss", password="Kx83hdYw02nn")
    assert User.objects.get().email == ""


@pytest.mark.parametrize(("username", "email"), [("BOSS", "b@x.test"), ("chief", "Boss@Company.Test"), ("c", "no")])
def test_taken_or_wrong_words_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, username: str, email: str
) -> None:
    user = make_user(email="boss@company.test")
    User.objects.filter(pk=user.pk).update(username="boss")
    with pytest.raises(CommandError) as refusal:
        create(monkeypatch, username=username, email=email, password="Kx83hdYw02nn")
    assert "\n" not in str(refusal.value)
