from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clients.enums import AssignmentReason, HandoffStatus
from clients.models import Assignment, Client, Contract, Handoff, Order
from core.demo import demo_logins
from demo.story import SIZES, Size
from feedback.models import SurveyResponse
from gateways.enums import MessageState
from gateways.models import OutboxMessage
from retention.models import Freeze
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from work.models import Touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_world(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setitem(SIZES, "small", Size(due_per_year=24, orders_per_contract=5))


def test_demo_fills_an_empty_system(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--size", "small")

    assert Client.objects.count() > 50
    assert Contract.objects.count() > 150
    assert Order.objects.exists()
    assert Touch.objects.exists()
    assert Assignment.objects.filter(ended_at__isnull=True).count() == Client.objects.count()
    assert set(Handoff.objects.values_list("status", flat=True)) == set(HandoffStatus)
    assert not OutboxMessage.objects.exclude(state=MessageState.SENT).exists()
    for model in (Touch, SurveyResponse, Freeze):  # two demos of one seed and hour are exported alike
        names = model._default_manager.filter(external_id__isnull=False).values_list("external_id", flat=True)
        assert names
        assert not [name for name in names if name and name.startswith("crm-")], model
    moved = Assignment.objects.filter(reason=AssignmentReason.TRANSFER)
    assert {name: moved.filter(user__username=name).exists() for name in ("timur", "vera", "gleb")} == {
        "timur": True, "vera": True, "gleb": True,
    }  # fmt: skip
    printed = capsys.readouterr().out
    logins = demo_logins()
    assert len(logins) == len(Role)
    for login in logins:
        user = User.objects.get(username=login.username)
        assert user.check_password(login.password)
        assert login.password in printed


def test_passwords_are_kept_beside_the_installations_secrets(tmp_path: Path) -> None:
    call_command("demo", "--size", "small")

    assert len(json.loads((tmp_path / "demo_logins.json").read_text())) == len(Role)


def test_demo_whose_files_are_not_taken_whole_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.words.PRODUCTS", (("", "без кода", "Реклама", False, 1, 1),))

    with pytest.raises(CommandError):
        call_command("demo", "--size", "small")


def test_demo_refuses_a_system_in_use() -> None:
    make_user(Role.AM)

    with pytest.raises(CommandError):
        call_command("demo", "--size", "small")
