"""The voice of the client: answers in calls, surveys, complaints."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Contract, Order
from core.models import TimeStamped, Versioned, new_external_id
from feedback.enums import About, ComplaintCategory, ComplaintState, InvitationState, Scale
from scripts.models import Question
from staff.models import User
from work.models import CallAttempt, Touch


class CallAnswer(models.Model):
    """What the client said to one question of the script."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "question"], name="call_answer_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.question_id}"


class SurveyInvitation(TimeStamped):
    """One survey for one client; may cover several orders. The token is kept only as SHA-256."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="survey_invitations")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="survey_invitations")
    state = models.CharField(max_length=16, choices=InvitationState.choices, default=InvitationState.PLANNED)
    token_digest = models.CharField(max_length=64, null=True, unique=True)
    scale = models.CharField(max_length=8, choices=Scale.choices, default=Scale.CSAT10)
    about = models.CharField(max_length=16, choices=About.choices, default=About.COMPANY)
    send_on = models.DateField()
    remind_on = models.DateField(null=True)
    closes_on = models.DateField()  # last day on which an answer is taken
    is_late = models.BooleanField(default=False)
    touch = models.OneToOneField(
        Touch, on_delete=models.PROTECT, null=True, related_name="survey_invitation"
    )  # survey by phone
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # answered, or closed without an answer
    nonce = models.CharField(max_length=32, blank=True)  # the token is derived from it and the secret key
    rule = models.CharField(max_length=120, null=True, unique=True)  # "survey:order:12"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(send_on__lte=F("closes_on")), name="invitation_window_ordered")
        ]
        indexes = [
            models.Index(fields=["send_on"], condition=Q(state=InvitationState.PLANNED), name="invitation_planned"),
            models.Index(fields=["closes_on"], condition=Q(state=InvitationState.SENT), name="invitation_sent"),
            models.Index(fields=["client", "-send_on"], name="invitation_of_client"),
            models.Index(fields=["-send_on", "-id"], name="invitation_latest"),
            models.Index(
                fields=["remind_on"],
                condition=Q(state=InvitationState.SENT, reminded_at__isnull=True),
                name="invitation_to_remind",
            ),
            models.Index(
                fields=["touch"],
                condition=Q(state=InvitationState.PLANNED, touch__isnull=False),
                name="invitation_by_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.send_on}"


class SurveyCoverage(models.Model):
    """Which order or contract an invitation asks about: each is asked about once."""

    invitation = models.ForeignKey(SurveyInvitation, on_delete=models.PROTECT, related_name="coverages")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, related_name="survey_coverage")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, null=True, related_name="survey_coverage")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=True, contract__isnull=False) | Q(order__isnull=False, contract__isnull=True),
                name="survey_coverage_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id} {self.order_id or self.contract_id}"


@pghistory.track(level=pghistory.Statement)
class SurveyResponse(TimeStamped):
    external_id = models.CharField(max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="survey_responses")
    invitation = models.OneToOneField(SurveyInvitation, on_delete=models.PROTECT, null=True, related_name="response")
    scale = models.CharField(max_length=8, choices=Scale.choices)
    about = models.CharField(max_length=16, choices=About.choices, default=About.COMPANY)
    answered_at = models.DateTimeField(default=now)
    score = models.DecimalField(max_digits=4, decimal_places=2)
    comment = models.TextField(blank=True)
    would_recommend = models.BooleanField(null=True)
    recommendation = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # by phone

    class Meta:
        verbose_name = _("survey answer")
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scale=Scale.CSAT10, score__gte=1, score__lte=10)
                | Q(scale=Scale.CSAT5, score__gte=1, score__lte=5)
                | Q(scale=Scale.NPS, score__gte=0, score__lte=10)
                | Q(scale=Scale.CES, score__gte=1, score__lte=7),
                name="survey_score_on_scale",
            )
        ]
        indexes = [
            models.Index(fields=["client", "-answered_at"], name="response_of_client"),
            models.Index(fields=["scale", "answered_at"], name="response_by_time"),
            models.Index(fields=["-answered_at", "-id"], name="response_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.scale} {self.score}"


@pghistory.track()
class Complaint(TimeStamped, Versioned):
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="complaints")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints")
    response = models.OneToOneField(SurveyResponse, on_delete=models.PROTECT, null=True, related_name="complaint")
    category = models.CharField(
        _("category"), max_length=16, choices=ComplaintCategory.choices, default=ComplaintCategory.OTHER
    )
    what_happened = models.TextField(_("what happened"))
    responsible = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("responsible")
    )
    opened_at = models.DateTimeField(default=now)
    deadline = models.DateTimeField(_("deadline"))
    state = models.CharField(max_length=16, choices=ComplaintState.choices, default=ComplaintState.OPEN)
    resolution = models.TextField(_("resolution"), blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ComplaintState.RESOLVED) | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="complaint_resolved_has_text",
            )
        ]
        indexes = [
            models.Index(fields=["deadline"], condition=Q(state=ComplaintState.OPEN), name="complaint_open"),
            models.Index(fields=["client", "-opened_at"], name="complaint_of_client"),
            models.Index(fields=["state", "-resolved_at"], name="complaint_resolved"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.opened_at:%Y-%m-%d}"
