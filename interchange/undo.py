"""Takes a finished import back as a whole. A services-layer module.

The audit trail knows which rows the run made and what the others held before; a row that anybody changed
or built upon since makes the whole undoing impossible, and then nothing is written. What the sweeps have planned
by themselves since goes along (``interchange.consequences``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from clients.models import (
    Assignment,
    Client,
    Contact,
    ContactPhone,
    Contract,
    Order,
    Product,
)
from core.errors import ConflictError, DomainError
from feedback.models import SurveyResponse
from interchange.consequences import find_consequences, forget_consequences
from interchange.enums import ImportState
from interchange.models import ImportedLinks, ImportRun
from retention.models import Freeze, HistoricalRate
from staff.models import User
from work.models import Touch

#: What a run may have written, in the order in which it has to be taken back.
_TRACKED: tuple[type[models.Model], ...] = (
    HistoricalRate, Freeze, SurveyResponse, Touch, Order, Contract, Contact, Assignment, Client, Product, User,
)  # fmt: skip


#: Whose rows the run has also put onto the timeline.
_TOLD = frozenset({Freeze, Touch})

#: On which of them sweeps plan something.
_FOLLOWED: tuple[type[models.Model], ...] = (Client, Contract, Order, Freeze)


@transaction.atomic
def undo_import(*, run: ImportRun, now: datetime) -> ImportRun:
    """Deletes what the run created and restores what it changed. Raises ``ConflictError``, writing nothing."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state != ImportState.DONE or run.dry_run or not run.contexts:
        raise DomainError(_("Only a finished import can be undone."), code="not_undoable")
    _refuse_what_changed(run)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            forget_consequences()
            _restore_links(run)
            for model in _TRACKED:
                _delete_created(model, run)
                _restore_changed(model, run)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise ConflictError(
            _("Something was built on rows of this import since: %(what)s.") % {"what": _name_of(error)}
        ) from error
    run.state, run.undone_at = ImportState.UNDONE, now
    run.save(update_fields=["state", "undone_at"])
    return run


def _refuse_what_changed(run: ImportRun) -> None:
    created = {str(model._meta.model_name): _created(model) for model in _FOLLOWED}
    changed = [model._meta.verbose_name for model in _TRACKED if _touched_since(model, run)]
    if changed:
        names = ", ".join(str(name) for name in changed)
        raise ConflictError(_("Rows of this import have changed since: %(names)s.") % {"names": names})
    worked_on = find_consequences(created=created, contexts=run.contexts)
    if worked_on:
        words = _("Somebody has worked since on what came of this import: %(names)s.")
        raise ConflictError(words % {"names": ", ".join(worked_on)})


def _name_of(error: IntegrityError) -> str:
    """What stands in the way, in words: the table whose row still points at the import."""
    table = getattr(getattr(error.__cause__, "diag", None), "table_name", None) or ""
    names = (model._meta.verbose_name for model in apps.get_models() if model._meta.db_table == table)
    return str(next(names, table))


def _event_table(model: type[models.Model]) -> str:
    return f"{model._meta.db_table}event"


def _touched_since(model: type[models.Model], run: ImportRun) -> bool:
    """Somebody wrote to a row of the run after the run did."""
    events = _event_table(model)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {events} mine JOIN {events} later ON later.pgh_obj_id = mine.pgh_obj_id"
            " AND later.pgh_id > mine.pgh_id AND NOT coalesce(later.pgh_context_id = ANY(%s), false)"
            " WHERE mine.pgh_context_id = ANY(%s))",
            [run.contexts, run.contexts],
        )
        return bool(cursor.fetchone()[0])


def _columns(model: type[models.Model]) -> list[str]:
    """Columns of the model that its event table keeps too."""
    with connection.cursor() as cursor:
        kept = {column.name for column in connection.introspection.get_table_description(cursor, _event_table(model))}
    return [
        field.column
        for field in model._meta.concrete_fields
        if field.column in kept and not field.primary_key and not isinstance(field, models.GeneratedField)
    ]


def _restore_changed(model: type[models.Model], run: ImportRun) -> None:
    """The last audited state before the run's first change; the version still grows, editors must notice."""
    table, events = model._meta.db_table, _event_table(model)
    own = [column for column in _columns(model) if column not in {"version", "updated_at"}]
    assignments = [f'"{column}" = old."{column}"' for column in own]
    if any(field.name == "version" for field in model._meta.concrete_fields):
        assignments.append(f"version = {table}.version + 1")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {table} SET {", ".join(assignments)} FROM (
                SELECT DISTINCT ON (before.pgh_obj_id) before.* FROM {events} before
                JOIN (SELECT pgh_obj_id, min(pgh_id) AS first FROM {events} WHERE pgh_context_id = ANY(%s) GROUP BY 1) mine
                  ON mine.pgh_obj_id = before.pgh_obj_id AND before.pgh_id < mine.first
                ORDER BY before.pgh_obj_id, before.pgh_id DESC
            ) old WHERE {table}.id = old.pgh_obj_id""",
            [run.contexts],
        )


def _created(model: type[models.Model]) -> str:
    """Rows whose first audited state belongs to the run."""
    events = _event_table(model)
    return (
        f"SELECT e.pgh_obj_id FROM {events} e WHERE e.pgh_context_id = ANY(%s) AND NOT EXISTS"
        f" (SELECT FROM {events} o WHERE o.pgh_obj_id = e.pgh_obj_id AND o.pgh_id < e.pgh_id"
        " AND NOT coalesce(o.pgh_context_id = ANY(%s), false))"
    )


def _dependents(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Tables and columns of rows that have no life without a row of the model: phones, links, derived rows."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is not models.CASCADE:
            continue
        dependent = relation.field.model
        yield dependent._meta.db_table, relation.field.column


def _delete_created(model: type[models.Model], run: ImportRun) -> None:
    told = "clients.TimelineEvent:timeline_append_only"
    with pgtrigger.ignore(told), connection.cursor() as cursor:
        if model in _TOLD:
            cursor.execute(
                f"DELETE FROM clients_timelineevent WHERE subject_type = %s AND subject_id IN ({_created(model)})",
                [model._meta.label_lower, run.contexts, run.contexts],
            )
        for table, column in _dependents(model):
            cursor.execute(
                f"DELETE FROM {table} WHERE {column} IN ({_created(model)})",
                [run.contexts, run.contexts],
            )
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE id IN ({_created(model)})", [run.contexts, run.contexts]
        )


def _restore_links(run: ImportRun) -> None:
    for link in ImportedLinks.objects.filter(run=run).iterator():
        if link.kind == "contacts":
            _restore_phones(link.object_id, link.before)
        else:
            model: type[Contract | Order] = Contract if link.kind == "contracts" else Order
            model.objects.get(pk=link.object_id).products.set(Product.objects.filter(code__in=link.before))


def _restore_phones(contact_id: int, numbers: Sequence[str]) -> None:
    ContactPhone.objects.filter(contact_id=contact_id).delete()
    ContactPhone.objects.bulk_create(
        ContactPhone(contact_id=contact_id, number=number, position=position) for position, number in enumerate(numbers)
    )
