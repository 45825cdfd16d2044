"""What stands in for emptying every table after a test that has committed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from clients.models import Client
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


def rows_of_migrations() -> tuple[list[object], list[object]]:
    return list(ContentType.objects.order_by("pk").values()), list(Permission.objects.order_by("pk").values())


def put_back() -> None:
    connection.check_constraints()  # what a commit would have done
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept.put_back()")


def test_written_rows_go_and_those_of_the_migrations_stay() -> None:
    before = rows_of_migrations()
    make_client(make_user(Role.AM))
    Permission.objects.filter(codename="add_user").delete()

    put_back()

    assert not Client.objects.exists()
    assert not User.objects.exists()
    assert rows_of_migrations() == before


def test_triggers_are_awake_afterwards() -> None:
    make_client(make_user(Role.AM))

    put_back()

    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O'")

        assert cursor.fetchall() == []
