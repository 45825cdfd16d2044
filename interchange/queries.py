from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from interchange.enums import ImportState, IssueKind
from interchange.models import ImportFile, ImportIssue, ImportRun


def with_totals(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    """Runs with their author and the sums over their files, the newest first."""
    return runs.select_related("user").annotate(
        files_count=Count("files"),
        created=Coalesce(Sum("files__created"), 0),
        changed=Coalesce(Sum("files__changed"), 0),
        rejected=Coalesce(Sum("files__rejected"), 0),
    )


def files_of(run: ImportRun) -> QuerySet[ImportFile]:
    return run.files.annotate(refusal=Min("issues__reason", filter=Q(issues__kind=IssueKind.FILE)))


def issues_of(run: ImportRun) -> QuerySet[ImportIssue]:
    return ImportIssue.objects.filter(file__run=run).select_related("file").order_by("file__position", "line", "id")


def issue_lines(issues: Iterable[ImportIssue]) -> Iterator[list[str]]:
    """For the file of problems: one line each, labels in the reader's language."""
    for issue in issues:
        yield [issue.file.name, str(issue.line or ""), issue.column, str(IssueKind(issue.kind).label), issue.reason]


def is_unfinished(run: ImportRun) -> bool:
    return run.state in {ImportState.WAITING, ImportState.RUNNING}
