from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TouchKind(models.TextChoices):
    FOLLOW_UP = "follow_up", _("follow-up call")
    SURVEY_CALL = "survey_call", _("survey by phone")
    URGENT = "urgent", _("urgent call")
    WHAT_WENT_WRONG = "what_went_wrong", _("what went wrong")
    PLANNED = "planned", _("planned contact")
    CHECK_IN = "check_in", _("check-in")
    RENEWAL = "renewal", _("renewal call")
    EXIT_INTERVIEW = "exit_interview", _("exit interview")
    SAVE = "save", _("call after a stop")
    WIN_BACK = "win_back", _("win-back call")
    FAILED_ORDER = "failed_order", _("failed order")
    SILENCE = "silence", _("no order for long")
    NO_CONTACT = "no_contact", _("no contact for long")


class Initiator(models.TextChoices):
    """Who began the contact (row E3)."""

    US = "us", _("we")
    CLIENT = "client", _("the client")


class TouchState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class CallOutcome(models.TextChoices):
    """How an attempt ended. ``reached`` and ``refused`` close the touch, the others keep it open."""

    REACHED = "reached", _("reached")
    NO_ANSWER = "no_answer", _("no answer")
    CALL_BACK = "call_back", _("call back at …")
    REFUSED = "refused", _("refused to talk")


class CoverageKind(models.TextChoices):
    FOLLOW_UP = "follow_up", _("follow-up call")
    THANKS = "thanks", _("thank-you letter")
    SURVEY = "survey", _("survey")


class FactKind(models.TextChoices):
    """What a fact that waits for its consequence still lacks. Rows are written by database triggers."""

    FOLLOW_UP = "follow_up", _("follow-up call")
    THANKS = "thanks", _("thank-you letter")
    SURVEY = "survey", _("survey")
    LOST = "lost", _("order cancelled or refunded")
    OWNER = "owner", _("owner changed")
