"""What a department brings with it when it moves in, and how each such move went."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from interchange.enums import ImportState, IssueKind
from staff.models import User


class ImportRun(models.Model):
    """One import of one or several files. ``contexts`` tie it to the audit trail, by which it can be undone."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=16, choices=ImportState.choices, default=ImportState.WAITING)
    dry_run = models.BooleanField(_("dry run"), default=False)
    all_or_nothing = models.BooleanField(_("all or nothing"), default=False)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    contexts = ArrayField(models.UUIDField(), default=list)  # one per attempt
    undone_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("import")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=[ImportState.WAITING, ImportState.RUNNING]),
                name="import_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class ImportFile(models.Model):
    """One file of a run and how far it got; ``content`` is empty for a file read from the command line."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    content = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    position = models.PositiveSmallIntegerField()
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "kind"], name="import_kind_once_per_run")]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """How much of the file is dealt with, 0–100."""
        return min(100, 100 * (self.rows_done + self.rejected) // self.rows_total) if self.rows_total else 0


class ImportIssue(models.Model):
    """Why a row stayed out, or what somebody should look at."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="issues")
    kind = models.CharField(max_length=16, choices=IssueKind.choices)
    line = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["file", "line", "id"]

    def __str__(self) -> str:
        return f"{self.line} {self.column}: {self.reason}"


class ImportedLinks(models.Model):
    """Products or phones of a row as they were before a run changed them: the audit trail holds only columns."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    object_id = models.BigIntegerField()
    before = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kind", "object_id"], name="imported_links_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
