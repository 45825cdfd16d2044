"""Many schema operations of one migration, with the models drawn once instead of after each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

FOLDED = (AddField, AddConstraint, AddIndex)


class AtOnce(Operation):
    """The state changes of ``operations`` first, then their statements, seen from the last state.

    Django draws every related model anew after each operation; where all models hang together and each has an audit
    table with triggers that is minutes of a first start. What a table that is created here gets later in the list
    (fields, constraints, indexes) is created with it. Code and hand-written SQL need a state of their own: not here.
    """

    reversible = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        if any(isinstance(operation, RunPython | RunSQL) for operation in operations):
            raise TypeError("AtOnce takes schema operations only")
        self.operations = list(operations)
        created = {op.name_lower for op in operations if isinstance(op, CreateModel)}
        self.steps = [op for op in self.operations if not (isinstance(op, FOLDED) and op.model_name_lower in created)]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn again, once, when it is asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.steps:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        created = {op.name_lower for op in self.operations if isinstance(op, CreateModel)}
        for operation in reversed(self.steps):
            if getattr(operation, "model_name", "").lower() not in created:
                operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


def without_prefix_indexes(*tables: str) -> RunSQL:
    """Django gives a unique text a second index, for "begins with"; keys of rows are asked for as a whole only."""
    named = ", ".join(f"'{table}'" for table in tables)
    return RunSQL(
        f"""
        DO $$
        DECLARE
            present regclass;
        BEGIN
            FOR present IN
                SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = ANY (ARRAY[{named}]::regclass[]) AND c.relname LIKE '%\\_like'
            LOOP
                EXECUTE format('DROP INDEX %s', present);
            END LOOP;
        END $$
        """,  # noqa: S608  # names of our own tables
        RunSQL.noop,
    )
