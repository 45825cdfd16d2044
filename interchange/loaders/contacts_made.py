"""What was done with clients before, and how their projects stood still: touches and stops."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clients.enums import EventKind
from interchange.loaders.base import CLIENT, IMPORTED, UNKNOWN_CLIENT, Check, Chunk, Loader, Present, only, run_sql
from interchange.staging import TABLE
from interchange.upserts import Target
from retention.enums import StopKind, StopReason
from retention.models import Freeze
from work.enums import CallOutcome, Initiator, TouchKind, TouchState
from work.models import Touch


def _touches(present: Present) -> Target:
    """Done already: whoever did it, or else the client's owner, is its person."""
    day = f"(s.happened_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
    person = "coalesce(u.id, a.user_id)"
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            "kind": ("kind", f"coalesce(s.kind, '{TouchKind.PLANNED.value}')"),
            "happened_at": ("closed_at", "s.happened_at"),
            "user": ("closed_by_id", "u.id"),
            "minutes": ("minutes", "s.minutes"),
            "outcome": ("outcome", f"coalesce(s.outcome, '{CallOutcome.REACHED.value}')"),
            "note": ("note", "coalesce(s.note, '')"),
        },
    )
    fresh = {"assignee_id": person, "due_from": day, "due_on": day, "state": f"'{TouchState.DONE.value}'"}
    fresh["initiator"] = f"'{Initiator.US.value}'"
    if "kind" not in present:
        fresh["kind"] = f"'{TouchKind.PLANNED.value}'"
    if "outcome" not in present:
        fresh["outcome"] = f"'{CallOutcome.REACHED.value}'"
    joins = (
        f"{CLIENT} JOIN clients_assignment a ON a.client_id = c.id AND a.ended_at IS NULL"
        ' LEFT JOIN staff_user u ON u.username = s."user"'
    )
    return Target(Touch, "external_id", values, fresh, joins)


def _stops(present: Present) -> Target:
    plain = ("stopped_on", "expected_end", "ended_on")
    values = only(
        present,
        {
            "external_id": ("external_id", "s.external_id"),
            "client_external_id": ("client_id", "c.id"),
            **{name: (name, f"s.{name}") for name in plain},
            "kind": ("kind", f"coalesce(s.kind, '{StopKind.CAMPAIGN_STOPPED.value}')"),
            "reason": ("reason", f"coalesce(s.reason, '{StopReason.UNKNOWN.value}')"),
            "words": ("words", "coalesce(s.words, '')"),
            "outcome": ("outcome", "coalesce(s.outcome, '')"),
        },
    )
    fresh = dict(IMPORTED)
    if "kind" not in present:
        fresh["kind"] = f"'{StopKind.CAMPAIGN_STOPPED.value}'"
    return Target(Freeze, "external_id", values, fresh, CLIENT)


def _words(column: str, choices: type[TextChoices]) -> str:
    """A code as people read it, in the language of the timeline."""
    with translation.override(settings.LANGUAGE_CODE):
        labels: Mapping[str, str] = {value: str(label).replace("'", "''") for value, label in choices.choices}
    cases = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in labels.items())
    return f"CASE {column} {cases} END"


def _tell_touches(chunk: Chunk) -> None:
    """New rows go onto the timeline; a row that is only corrected has its event already."""
    summary = _words("t.outcome", CallOutcome)
    run_sql(
        "INSERT INTO clients_timelineevent (client_id, kind, at, actor_id, summary, data, subject_type, subject_id)"
        f" SELECT t.client_id, '{EventKind.CALL.value}', t.closed_at, t.closed_by_id,"
        f" upper(left({summary}, 1)) || substr({summary}, 2)"
        " || CASE WHEN t.note = '' THEN '' ELSE '. ' || t.note END, '{}', 'work.touch', t.id"
        f" FROM {TABLE} s JOIN work_touch t ON t.external_id = s.external_id"
        " WHERE s.ordinal BETWEEN %s AND %s AND t.created_at = %s AND NOT EXISTS (SELECT FROM clients_timelineevent e"
        " WHERE e.client_id = t.client_id AND e.subject_type = 'work.touch' AND e.subject_id = t.id)",
        chunk.first,
        chunk.last,
        chunk.now,
    )


def _tell_stops(chunk: Chunk) -> None:
    kind, reason = _words("f.kind", StopKind), _words("f.reason", StopReason)
    run_sql(
        "INSERT INTO clients_timelineevent (client_id, kind, at, actor_id, summary, data, subject_type, subject_id)"
        f" SELECT f.client_id, '{EventKind.FROZEN.value}', f.stopped_on::timestamp AT TIME ZONE '{settings.TIME_ZONE}',"
        f" NULL::bigint, {kind} || ': ' || {reason}, '{{}}', 'retention.freeze', f.id"
        f" FROM {TABLE} s JOIN retention_freeze f ON f.external_id = s.external_id"
        " WHERE s.ordinal BETWEEN %s AND %s AND f.created_at = %s AND NOT EXISTS (SELECT FROM clients_timelineevent e"
        " WHERE e.client_id = f.client_id AND e.subject_type = 'retention.freeze' AND e.subject_id = f.id)",
        chunk.first,
        chunk.last,
        chunk.now,
    )


TOUCHES = Loader(
    _touches,
    (
        UNKNOWN_CLIENT,
        Check("happened_at", _("this moment has not come yet"), "s.happened_at > now()"),
        Check(
            "user",
            _("there is no such user"),
            's."user" IS NOT NULL AND NOT EXISTS (SELECT FROM staff_user u WHERE u.username = s."user")',
        ),
    ),
    after=_tell_touches,
)
STOPS = Loader(
    _stops,
    (
        UNKNOWN_CLIENT,
        Check(
            "stopped_on",
            _("this day has not come yet"),
            f"s.stopped_on > (now() AT TIME ZONE '{settings.TIME_ZONE}')::date",
        ),
        Check(
            "client_external_id",
            _("this client stands still already"),
            "s.outcome IS NULL AND (EXISTS (SELECT FROM retention_freeze f JOIN clients_client c ON c.id = f.client_id"
            " WHERE c.external_id = s.client_external_id AND f.outcome = '' AND f.external_id <> s.external_id)"
            f" OR EXISTS (SELECT FROM {TABLE} o WHERE o.client_external_id = s.client_external_id"
            " AND o.outcome IS NULL AND o.line < s.line))",
        ),
    ),
    after=_tell_stops,
)
