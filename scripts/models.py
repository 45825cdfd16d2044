"""Call scripts: what to ask. Versions are frozen once published; branching comes later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped, Versioned
from scripts.enums import AnswerKind
from staff.models import User


class Script(TimeStamped, Versioned):
    code = models.SlugField(max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=200)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("script")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class ScriptVersion(models.Model):
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="script_version_once"),
            models.UniqueConstraint(fields=["script"], condition=Q(is_current=True), name="script_one_current"),
        ]

    def __str__(self) -> str:
        return f"{self.script_id} v{self.number}"


class Question(models.Model):
    script_version = models.ForeignKey(ScriptVersion, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=64)
    text = models.CharField(_("question"), max_length=500)
    answer_kind = models.CharField(max_length=16, choices=AnswerKind.choices, default=AnswerKind.TEXT)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["script_version", "position"], name="question_position_once"),
            models.UniqueConstraint(fields=["script_version", "code"], name="question_code_once"),
        ]

    def __str__(self) -> str:
        return self.text
