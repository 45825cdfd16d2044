"""Call scripts: what to ask. Versions are frozen once published; branching comes later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped, Versioned
from scripts.enums import AnswerKind, ObjectionKind
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


class Objection(TimeStamped, Versioned):
    """What clients say against going on, word for word, with an answer that has helped."""

    kind = models.CharField(_("about"), max_length=16, choices=ObjectionKind.choices)
    text = models.CharField(_("what the client says"), max_length=300)
    answer = models.TextField(_("what to answer"), blank=True)
    times_met = models.PositiveIntegerField(_("times met"), default=0, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["-times_met", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="objection_says_something")]
        indexes = [
            models.Index(
                fields=["-times_met", "-id"], condition=Q(archived_at__isnull=True), name="objection_often_met"
            )
        ]

    def __str__(self) -> str:
        return self.text
