"""Every page of a department with years behind it: two languages, two themes, two widths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import Count
from django.utils.timezone import now
from playwright.sync_api import Page

from clients.models import Client
from demo.services import fill_demo
from feedback.models import Complaint
from interchange.models import ImportRun
from reports.models import BonusStatement
from retention.models import Freeze, Refusal, Renewal, TrustCampaign, WinBack
from scripts.models import Script
from staff.models import User
from tests.access_matrix import World
from tests.browser.conftest import browser_context_args, browser_type_launch_args
from tests.test_access_matrix import log_everybody_in
from tests.walk import DESK, PHONE, Walk, ask_the_client, pages, prepare
from work.models import Touch

__all__ = ["browser_context_args", "browser_type_launch_args"]
pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200), pytest.mark.django_db]


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Lists are the department's; where a page is about one thing, it is the one with most around it."""
    its_own = request.getfixturevalue("settings")
    prepare(its_own, tmp_path, monkeypatch)
    its_own.VAR_DIR = tmp_path
    fill_demo(size="small", seed=1, now=now(), say=lambda _line: None)
    made: Any = World()
    weight = Count("orders", distinct=True) + Count("contracts", distinct=True) + Count("contacts", distinct=True)
    made.client = Client.objects.filter(renewals__isnull=False).annotate(weight=weight).order_by("-weight", "pk")[0]
    made.touch = Touch.objects.filter(client=made.client).order_by("-pk")[0]
    made.complaint = Complaint.objects.order_by("-pk")[0]
    made.renewal = Renewal.objects.filter(client=made.client).order_by("-pk")[0]
    made.refusal = Refusal.objects.filter(established_reason__isnull=False).order_by("-pk")[0]
    made.freeze = Freeze.objects.order_by("-pk")[0]
    made.win_back = WinBack.objects.order_by("-pk")[0]
    made.trust_campaign = TrustCampaign.objects.order_by("-pk")[0]
    made.script = Script.objects.order_by("pk")[0]
    made.import_run = ImportRun.objects.order_by("-pk")[0]
    made.order = made.client.orders.order_by("-pk")[0]
    made.bonus = BonusStatement.objects.exclude(total=0).order_by("-pk")[0]
    made.owner = made.bonus.manager
    log_everybody_in(made)
    ask_the_client(made)
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_page_in_both_themes_and_widths(world: World, page: Page, language: str) -> None:
    User.objects.update(language=language)
    walk, seen, looks, found = Walk(page, world), 0, 0, list[str]()
    walk.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for visit in filter(walk.open, list(pages(world))):
        seen += 1
        for size in (DESK, PHONE):
            for theme in ("light", "dark"):
                looks += 1
                found += walk.wrong(visit, theme, size)

    assert not found, "\n".join(found[:30])
    sys.stdout.write(f"walk in {language}: {seen} pages, {looks} looks: 0 by axe, 0 sideways, 0 complaints\n")
