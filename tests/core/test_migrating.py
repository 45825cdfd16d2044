from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from core.migrating import AtOnce

pytestmark = pytest.mark.django_db

COMPANY = migrations.CreateModel("Branch", [("id", models.BigAutoField(primary_key=True))])
NAME = migrations.AddField("branch", "name", models.CharField(max_length=20, default=""))
HEAD = migrations.AddField("branch", "head", models.ForeignKey("shop.Person", models.PROTECT, null=True))
PERSON = migrations.CreateModel("Person", [("id", models.BigAutoField(primary_key=True))])
NAMED = migrations.AddConstraint("branch", models.CheckConstraint(condition=~models.Q(name=""), name="branch_named"))


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name.startswith("shop_")]


def forwards(operation: AtOnce, state: ProjectState) -> ProjectState:
    after = state.clone()
    operation.state_forwards("shop", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("shop", editor, state, after)
    return after


def test_tables_come_with_what_the_list_adds_to_them_later() -> None:
    forwards(AtOnce([COMPANY, NAME, PERSON, HEAD, NAMED]), ProjectState())
    assert columns("shop_branch") == {"id", "name", "head_id"}
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "shop_branch")
    assert "branch_named" in constraints


def test_what_existed_before_is_changed_in_place() -> None:
    state = forwards(AtOnce([COMPANY]), ProjectState())
    forwards(AtOnce([NAME]), state)
    assert columns("shop_branch") == {"id", "name"}


def test_it_can_be_taken_back() -> None:
    operation = AtOnce([COMPANY, NAME, PERSON, HEAD])
    after = forwards(operation, ProjectState())
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("shop", editor, after, ProjectState())
    assert tables() == []


def test_a_changed_table_can_be_taken_back() -> None:
    before = forwards(AtOnce([COMPANY]), ProjectState())
    operation = AtOnce([NAME])
    after = forwards(operation, before)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("shop", editor, after, before)
    assert columns("shop_branch") == {"id"}


def test_code_needs_a_state_of_its_own() -> None:
    with pytest.raises(TypeError, match="schema operations only"):
        AtOnce([COMPANY, migrations.RunSQL("SELECT 1")])


def test_it_says_what_it_does() -> None:
    assert AtOnce([COMPANY, PERSON]).describe() == "Create model Branch; Create model Person"
    assert AtOnce([COMPANY]).deconstruct() == ("AtOnce", [[COMPANY]], {})
