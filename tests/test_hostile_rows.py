"""One of everything, with markup in every free text of every row: each page shows it as the text it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils.timezone import now

from core.sweeps import sweep_named
from retention.models import Attention
from tests.access_matrix import ROUTES, Route, World
from tests.factories import make_client, make_order
from tests.hostile import read

pytestmark = pytest.mark.django_db
TEXT = "\"'> <img src=mk0001 onerror=mk0001 x="
OURS = {"clients", "feedback", "gateways", "interchange", "reports", "retention", "scripts", "staff", "work"}
#: Words of programs, which people neither write nor read.
OF_PROGRAMS = {
    *("timezone", "language", "theme", "password", "username", "sort_key", "nonce", "key", "digest", "fingerprint"),
    *("file", "storage", "content_type", "sha256", "metric", "basis", "dim", "page", "query", "subject_type", "rule"),
}
#: Lists and sums that are kept beside the rows.
DERIVED = (
    *("retention.open_renewals", "retention.watch_attention", "retention.keep_leaving", "retention.refresh_signals"),
    *("retention.count_renewals", "retention.add_up_leaving", "reports.refresh_facts", "reports.add_up_work"),
)
PAGES = list(
    {route.name: route for route in ROUTES if route.method == "GET" and not route.name.startswith("api:")}.values()
)


def free_texts() -> Iterator[models.Field[str, str]]:
    for model in apps.get_models():
        if model._meta.app_label not in OURS or not model._meta.managed or model.__name__.endswith("Event"):
            continue
        for field in model._meta.concrete_fields:
            written = type(field) in {models.CharField, models.TextField} and not field.choices and not field.unique
            if written and field.name not in OF_PROGRAMS:
                yield field


def write_everywhere() -> set[str]:
    """Names of the columns that took the text; the others have a form that the database insists on."""
    taken = set()
    for field in free_texts():
        try:
            with transaction.atomic():
                if field.model._base_manager.update(**{field.name: TEXT[: field.max_length]}):
                    taken.add(f"{field.model.__name__}.{field.name}")
        except DatabaseError:
            continue
    return taken


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    for route in PAGES:
        route.kwargs(world)
    silent = make_client(world.owner)
    for days in (700, 640):
        make_order(silent, now() - timedelta(days=days))
    for name in DERIVED:
        sweep_named(name).function()(now=now())
    return world


def address(route: Route, world: World) -> str:
    return reverse(route.name, kwargs=route.kwargs(world) or None) + route.query


def test_every_page_shows_every_text_as_text(world: World) -> None:
    """Seen by those who see most; what only the form of a number or a key could hold is left to the database."""
    addresses = [address(route, world) for route in PAGES]
    taken = write_everywhere()
    assert {"Client.name", "User.name", "Contact.name", "TrustCampaign.name"} <= taken, taken
    assert Attention.objects.exists()
    seen = 0
    for user in (world.head, world.owner):
        browser = Browser()
        browser.force_login(user)
        for url in addresses:
            response = browser.get(url)
            assert response.status_code < 500, url
            if response.streaming:
                b"".join(response)  # closes the file
            elif response.status_code == 200 and "html" in response.headers["Content-Type"]:
                page = read(response.content.decode())
                assert page.broken == [], url
                seen += bool(page.shown)
    assert seen > len(addresses) / 2
