from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet

from scripts.models import Objection, Question, Script, ScriptVersion


def current_scripts() -> QuerySet[Script]:
    """Every script in use with the number of its current version and how many questions that asks."""
    current = Q(versions__is_current=True)
    return (
        Script.objects.filter(archived_at__isnull=True)
        .annotate(
            number=Max("versions__number", filter=current),
            changed_at=Max("versions__created_at", filter=current),
            question_count=Count("versions__questions", filter=current),
        )
        .order_by("title", "id")
    )


def current_version(code: str) -> ScriptVersion | None:
    """What to ask in a contact of that kind today, questions in order."""
    return (
        ScriptVersion.objects.select_related("script")
        .prefetch_related("questions")
        .filter(script__code=code, script__archived_at__isnull=True, is_current=True)
        .first()
    )


def versions_of(script: Script) -> QuerySet[ScriptVersion]:
    """Newest first, with questions and author."""
    return script.versions.select_related("created_by").prefetch_related("questions").order_by("-number")


def questions_ever_asked(script: Script) -> list[Question]:
    """One question per code, in its newest wording; those of the current version first."""
    newest: dict[str, Question] = {}
    rows = (
        Question.objects.filter(script_version__script=script)
        .select_related("script_version")
        .order_by("-script_version__number", "position")
    )
    for question in rows:
        newest.setdefault(question.code, question)
    return list(newest.values())


def objections(*, kind: str = "", text: str = "", archived: bool = False) -> QuerySet[Objection]:
    """The library, what is met most often first; ``text`` is looked for in what the client says."""
    rows = Objection.objects.filter(archived_at__isnull=not archived)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(text__icontains=text) if text else rows
