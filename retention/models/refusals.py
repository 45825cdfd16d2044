"""Why a client left: what he says, what turns out to be so, and what is learnt from it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract, audited
from core.models import TimeStamped, Versioned
from retention.enums import ReasonKind
from scripts.models import Objection
from staff.models import User


@audited()
class RefusalReason(TimeStamped, Versioned):
    """Second level of the reasons; edited by the head, retired and never deleted."""

    kind = models.CharField(_("kind"), max_length=16, choices=ReasonKind.choices)
    name = models.CharField(_("reason"), max_length=120)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("reason for leaving")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="refusal_reason_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        """How a badge of the kind is coloured: what lies with us stands out."""
        return ReasonKind(self.kind).tone


@audited()
class Refusal(TimeStamped, Versioned):
    """A client (or one contract of his) that is not going on, with the reason as stated and as established."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="refusals")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="refusals")
    refused_on = models.DateField(_("refused on"))
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # whose client it was that day
    monthly_value = models.DecimalField(max_digits=16, decimal_places=2, default=0, editable=False)
    stated_reason = models.ForeignKey(
        RefusalReason, on_delete=models.PROTECT, related_name="+", verbose_name=_("stated reason")
    )
    stated_words = models.TextField(_("in the client's words"), blank=True)
    tried = models.TextField(_("what was tried"), blank=True)
    established_reason = models.ForeignKey(
        RefusalReason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("established reason"),
    )
    established_at = models.DateTimeField(null=True, blank=True, editable=False)
    established_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)  # the client changed his mind in time

    class Meta:
        verbose_name = _("refusal")
        ordering = ["-refused_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(contract__isnull=False, withdrawn_at__isnull=True),
                name="refusal_once_per_contract",
            ),
            models.CheckConstraint(
                condition=Q(established_reason__isnull=True, established_at__isnull=True)
                | Q(established_reason__isnull=False, established_at__isnull=False),
                name="refusal_established_with_a_date",
            ),
            models.CheckConstraint(
                condition=Q(established_by__isnull=True) | ~Q(established_by=F("owner")),
                name="refusal_established_by_another_person",
            ),
        ]
        indexes = [
            models.Index(fields=["-refused_on", "-id"], name="refusal_by_day"),
            models.Index(fields=["client", "-refused_on"], name="refusal_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.refused_on}"


@audited()
class ExitInterview(TimeStamped, Versioned):
    """The talk that finds the real reason; never held by the one who looked after the client."""

    refusal = models.OneToOneField(Refusal, on_delete=models.PROTECT, related_name="interview")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    interviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("interviewer"))
    due_on = models.DateField(_("due"))
    held_at = models.DateTimeField(null=True, blank=True, editable=False)
    declined = models.BooleanField(_("the client would not talk"), default=False)
    liked = models.TextField(_("what was good"), blank=True)
    missed = models.TextField(_("what was missing"), blank=True)
    turning_point = models.TextField(_("when and why the client decided to leave"), blank=True)
    would_return = models.TextField(_("what would bring the client back"), blank=True)

    class Meta:
        verbose_name = _("exit interview")
        constraints = [
            models.CheckConstraint(condition=~Q(interviewer=F("owner")), name="interview_by_another_person"),
        ]
        indexes = [
            models.Index(fields=["interviewer", "due_on"], condition=Q(held_at__isnull=True), name="interview_to_hold"),
            models.Index(fields=["due_on", "id"], condition=Q(held_at__isnull=True), name="interview_to_hold_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.refusal_id}"


class MetObjection(models.Model):
    """An objection of the library that this client raised: where its answer comes from, and how often it is met."""

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, related_name="met")
    refusal = models.ForeignKey(Refusal, on_delete=models.PROTECT, related_name="objections")
    met_at = models.DateTimeField(default=now, editable=False)
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["objection", "refusal"], name="objection_met_once_per_refusal")]

    def __str__(self) -> str:
        return f"{self.objection_id} {self.refusal_id}"


@audited()
class Retro(TimeStamped, Versioned):
    """What the department learns from one refusal."""

    refusal = models.OneToOneField(Refusal, on_delete=models.PROTECT, related_name="retro")
    first_sign = models.TextField(_("first sign, and when it was seen"))
    could_have = models.TextField(_("what could have been done"))
    will_change = models.TextField(_("what we change"))
    responsible = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    due_on = models.DateField(_("by"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    written_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("retro of a refusal")
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(responsible__isnull=False, done_at__isnull=True),
                name="retro_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.refusal_id}"
