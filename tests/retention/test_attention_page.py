"""The page of early signs when nobody has made a call for days: the heaviest it can be."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.enums import EventKind
from clients.models import TimelineEvent
from retention.enums import AttentionKind
from retention.models import Attention
from staff.enums import Role
from tests.factories import make_client, make_user
from work.enums import TouchKind
from work.models import Touch

pytestmark = pytest.mark.django_db
ROWS, KB = 50, 58


def test_page_full_of_overdue_calls_weighs_no_more_than_others(client: Browser) -> None:
    owners = [make_user(Role.AM, name=f"Дарья Фёдорова {number}") for number in range(6)]
    today, moment = timezone.localdate(), timezone.now()
    for number in range(ROWS + 1):
        owner = owners[number % len(owners)]
        forgotten = make_client(owner, name=f"Зелёный Вектор {63353 + number}", tier="B")
        TimelineEvent.objects.create(
            client=forgotten, kind=EventKind.CONTRACT_SIGNED, at=moment - timedelta(days=200), summary="Договор"
        )
        rule = f"silence:client:{forgotten.pk}:1"
        call = Touch.objects.create(
            client=forgotten, kind=TouchKind.SILENCE, assignee=owner, due_from=today - timedelta(days=12),
            due_on=today - timedelta(days=9), rule=rule,
        )  # fmt: skip
        Attention.objects.create(
            client=forgotten, kind=AttentionKind.SILENCE, rule=rule, since=today - timedelta(days=135),
            norm_days=102, value=Decimal(33870925 + number), owner=owner, touch=call,
        )  # fmt: skip
    client.force_login(make_user(Role.HEAD, name="Анна Крылова"))

    page = client.get(reverse("attention:list"), {"kind": "silence", "late": "red"}, headers={"Accept-Language": "ru"})

    said = page.content.decode()
    assert said.count("<b class=tag-bad>просрочен на 5 дней</b>") == ROWS
    assert len(page.content) / 1024 <= KB
