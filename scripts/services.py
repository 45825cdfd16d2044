from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.concurrency import update_versioned, write_edit
from core.errors import ConflictError, DomainError
from scripts.enums import ObjectionKind
from scripts.models import Objection, Question, Script, ScriptVersion
from scripts.rules import MOST_QUESTIONS, QuestionData, with_codes
from staff.models import User


def _check(title: str, questions: Sequence[QuestionData]) -> None:
    if not title.strip():
        empty = _("A script needs a title.")
        raise DomainError(empty, code="title", fields={"title": [empty]})
    if not questions:
        raise DomainError(_("A script needs at least one question."), code="no_questions")
    if len(questions) > MOST_QUESTIONS:
        most = _("No more than %(n)d questions: a call is not an interrogation.") % {"n": MOST_QUESTIONS}
        raise DomainError(most, code="too_many")
    if any(not question.text.strip() for question in questions):
        raise DomainError(_("A question cannot be empty."), code="empty_question")


@transaction.atomic
def publish_version(
    *,
    script: Script,
    title: str,
    questions: Sequence[QuestionData],
    expected_number: int,
    actor: User,
    now: datetime,
) -> ScriptVersion:
    """An edit is a new version: calls that were made keep the questions they were made with."""
    _check(title, questions)
    script = Script.objects.select_for_update().get(pk=script.pk)
    numbers = list(script.versions.order_by("-number").values_list("number", flat=True))
    newest = numbers[0] if numbers else 0
    if newest != expected_number:
        raise ConflictError(_("Somebody else has published a new version. Look at it before publishing yours."))
    script.versions.filter(is_current=True).update(is_current=False)
    version = ScriptVersion.objects.create(script=script, number=newest + 1, created_at=now, created_by=actor)
    used = Question.objects.filter(script_version__script=script).values_list("code", flat=True)
    Question.objects.bulk_create(
        Question(script_version=version, position=place, code=row.code, text=row.text, answer_kind=row.answer_kind)
        for place, row in enumerate(with_codes(questions, used=list(used)), start=1)
    )
    script.title = title.strip()
    script.version += 1
    script.save(update_fields=["title", "version", "updated_at"])
    return version


@transaction.atomic
def create_script(*, code: str, title: str, questions: Sequence[QuestionData], actor: User, now: datetime) -> Script:
    """The script of a kind of contact that has none yet."""
    _check(title, questions)
    script, created = Script.objects.get_or_create(code=code, defaults={"title": title.strip()})
    if not created:
        raise DomainError(_("This kind of contact has a script already."), code="duplicate")
    publish_version(script=script, title=title, questions=questions, expected_number=0, actor=actor, now=now)
    return script


def _check_objection(text: str, but: Objection | None = None) -> None:
    if not text.strip():
        empty = _("Write down what the client says.")
        raise DomainError(empty, code="text", fields={"text": [empty]})
    same = Objection.objects.filter(text__iexact=text.strip(), archived_at__isnull=True)
    if (same.exclude(pk=but.pk) if but else same).exists():
        known = _("This objection is in the library already.")
        raise DomainError(known, code="text", fields={"text": [known]})


@transaction.atomic
def add_objection(*, kind: ObjectionKind, text: str, answer: str, actor: User) -> Objection:
    _check_objection(text)
    return Objection.objects.create(kind=kind, text=text.strip(), answer=answer.strip(), created_by=actor)


@transaction.atomic
def edit_objection(*, objection: Objection, original: Mapping[str, Any], mine: Mapping[str, Any]) -> Objection:
    """``kind``, ``text`` and ``answer``, merged with what others wrote meanwhile."""
    objection = Objection.objects.select_for_update().get(pk=objection.pk)
    _check_objection(mine.get("text", objection.text), objection)
    write_edit(objection, original=original, mine=mine)
    return objection


@transaction.atomic
def archive_objection(*, objection: Objection, archived: bool, expected_version: int, now: datetime) -> Objection:
    """Out of sight in calls; what was learnt from it stays."""
    if not archived:
        _check_objection(objection.text, objection)
    objection.archived_at = now if archived else None
    update_versioned(objection, fields=["archived_at"], expected_version=expected_version)
    return objection
