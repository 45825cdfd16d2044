from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RenewalStage(models.TextChoices):
    """How far the talk about the next contract has come; only an outcome ends it."""

    PLANNED = "planned", _("to contact")
    TALKING = "talking", _("in talks")
    OFFERED = "offered", _("terms offered")
    AGREED = "agreed", _("agreed in words")


class RenewalOutcome(models.TextChoices):
    RENEWED = "renewed", _("renewed")
    PROLONGED = "prolonged", _("prolonged itself")
    REPLACED = "replaced", _("replaced mid-term")
    REFUSED = "refused", _("refused")
    VOID = "void", _("no longer due")


class Likelihood(models.TextChoices):
    """Both the signal of the rules and the manager's own opinion are told in these words."""

    LIKELY = "likely", _("will renew")
    UNSURE = "unsure", _("wait and see")
    UNLIKELY = "unlikely", _("will leave")


class OfferState(models.TextChoices):
    APPROVED = "approved", _("approved")
    WAITING = "waiting", _("waits for approval")
    DECLINED = "declined", _("declined")


class ReasonKind(models.TextChoices):
    """First level of the reasons for leaving (row E14); the second is the department's own list."""

    SERVICE = "service", _("service")
    PRODUCT = "product", _("product")
    TERMS = "terms", _("terms")
    EXTERNAL = "external", _("external")

    @property
    def tone(self) -> str:
        return {ReasonKind.SERVICE: "bad", ReasonKind.PRODUCT: "warn", ReasonKind.TERMS: "info"}.get(self, "neutral")


class StopKind(models.TextChoices):
    CAMPAIGN_STOPPED = "campaign_stopped", _("campaign stopped")
    FROZEN = "frozen", _("project frozen")


class StopReason(models.TextChoices):
    SEASON = "season", _("season")
    BUDGET = "budget", _("budget")
    NO_RESULT = "no_result", _("no result")
    SERVICE = "service", _("service")
    TECHNICAL = "technical", _("technical")
    COMPETITOR = "competitor", _("moves to a competitor")
    OTHER = "other", _("other")
    UNKNOWN = "unknown", _("not known yet")


class FreezeOutcome(models.TextChoices):
    RESUMED = "resumed", _("resumed")
    LEFT = "left", _("left")


class WinBackSegment(models.TextChoices):
    """Why trust has to be recovered (row A21)."""

    REFUSED = "refused", _("refused")
    SILENT = "silent", _("silent")
    LOW_SCORE = "low_score", _("low score")
    COMPLAINT = "complaint", _("complaint")


class WinBackStage(models.TextChoices):
    NEW = "new", _("to contact")
    TALKING = "talking", _("in talks")
    OFFERED = "offered", _("offer made")
    TRYING = "trying", _("trying again")


class WinBackOutcome(models.TextChoices):
    WON = "won", _("won back")
    LOST = "lost", _("not won back")


class Lifecycle(models.TextChoices):
    """How far a client has come (row B46)."""

    NEW = "new", _("new client")
    ACTIVE = "active", _("active client")
    REGULAR = "regular", _("regular client")


class AttentionKind(models.TextChoices):
    """Early signs (row E26). Silence is no satisfaction: none of them is ever counted as an answer (row B4)."""

    FAILED_ORDER = "failed_order", _("failed order")
    SILENCE = "silence", _("no order for long")
    NO_CONTACT = "no_contact", _("no contact for long")


class AnnotationKind(models.TextChoices):
    DEPARTMENT = "department", _("department started")
    RULES = "rules", _("rules changed")
    SCRIPT = "script", _("new script")
    PRICE = "price", _("price change")
    OTHER = "other", _("other")
