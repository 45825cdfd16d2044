from __future__ import annotations

from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.db import connections
from django.db.backends.base.creation import BaseDatabaseCreation
from pytest_django import DjangoDbBlocker

from accounting_crm.servers import ensure_servers
from core.catalogue import compile_catalogues
from tests.template_database import use_template

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    compile_catalogues(ROOT, ["ru"])
    ensure_servers(testing=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that empties the tables finds the rows made by migrations, and leaves the next one able to."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction") and not marker.kwargs.get("serialized_rollback"):
            raise pytest.UsageError(f"{item.nodeid}: transaction=True needs serialized_rollback=True")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        use_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Put the rows made by migrations back whenever a test has emptied the tables.

    Django keeps them with one connection object; beside Playwright's event loop the same thread gets another one,
    and the rows would silently not come back. Rows that are still there are left alone: some may not be updated.
    """
    connection = connections["default"]
    kept = getattr(connection, "_test_serialized_contents", None)
    if kept is None:
        return
    creation = type(connection.creation)
    put_back = creation.deserialize_db_from_string

    def put_back_once(self: BaseDatabaseCreation, data: str) -> None:
        from django.contrib.contenttypes.models import ContentType

        if not ContentType.objects.exists():
            with pgtrigger.ignore():
                put_back(self, data)

    database: Any = type(connection)
    database._test_serialized_contents = kept
    creation.deserialize_db_from_string = put_back_once  # type: ignore[method-assign]
