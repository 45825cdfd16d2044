from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    REFUSED = "refused", _("nothing was written")
    FAILED = "failed", _("failed")
    UNDONE = "undone", _("undone")


class IssueKind(models.TextChoices):
    REJECTED = "rejected", _("row rejected")
    DUPLICATE = "duplicate", _("possible duplicate")
    COLUMN = "column", _("unknown column")
    FILE = "file", _("file refused")
