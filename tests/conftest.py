from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from django.conf import settings
from django.db.backends.signals import connection_created
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounting_crm.servers import ensure_servers
from core.catalogue import compile_catalogues
from tests.template_database import use_template

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    compile_catalogues(ROOT, ["ru"])
    ensure_servers(testing=True)
    _count_alone()


def _count_alone() -> None:
    """Each of two workers has a database of the cache to itself: clearing it forgets nothing of the other's."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    address = settings.CACHES["default"]["LOCATION"].partition("?")[0]
    settings.CACHES["default"]["LOCATION"] = f"{address}?db={number % 3 + 1}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that empties the tables finds the rows made by migrations, and leaves the next one able to.

    Those that commit come last; the longest walk is the first of them, so that no worker waits for it at the end.
    """
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction") and not marker.kwargs.get("serialized_rollback"):
            raise pytest.UsageError(f"{item.nodeid}: transaction=True needs serialized_rollback=True")
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if "live_server" not in getattr(item, "fixturenames", ()):
        return 0
    return 1 if item.get_closest_marker("timeout") else 2


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        use_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database is dropped when nobody holds it, and beside Playwright's event loop a thread has another connection."""
    opened: WeakSet[Any] = WeakSet()

    def remember(connection: Any, **_named: Any) -> None:
        opened.add(connection)

    connection_created.connect(remember)
    yield
    connection_created.disconnect(remember)
    with django_db_blocker.unblock():
        for connection in list(opened):
            connection.inc_thread_sharing()
            connection.close()


@pytest.fixture(autouse=True)
def own_language() -> None:
    """A test speaks the language of the settings, whichever the one before it left behind."""
    translation.deactivate()
