"""Every page fits a phone and nothing in it complains.

With axe, in all widths, themes and languages and with a whole department: tests/faults/test_walk.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.access_matrix import World
from tests.test_access_matrix import log_everybody_in
from tests.walk import PHONE, Walk, ask_the_client, pages, prepare

pytestmark = pytest.mark.django_db
PARTS = 4
LONG = "Общество с ограниченной ответственностью «Северо-Западная строительно-монтажная компания»"


@pytest.fixture
def world(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    prepare(settings, tmp_path, monkeypatch)
    made = World()
    log_everybody_in(made)
    made.client.name = LONG
    made.client.save()
    ask_the_client(made)
    return made


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_a_phone(world: World, page: Page, part: int) -> None:
    """Half of the pages in each theme."""
    walk, found, seen = Walk(page, world), [], 0
    for number, visit in enumerate(pages(world)):
        if number % PARTS == part and walk.open(visit):
            seen += 1
            found += walk.wrong(visit, "dark" if number // PARTS % 2 else "light", PHONE, axe=False)

    assert found == []
    assert seen > 20
