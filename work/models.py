"""Planned contacts: what must be done, by whom, by when, and what came of it."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Contract, Order
from core.enums import Tier
from core.models import TimeStamped, Versioned
from staff.models import User
from work.enums import CallOutcome, CoverageKind, FactKind, Initiator, TouchKind, TouchState


class TouchPolicy(Versioned):
    """Windows of one tier, in calendar days after completion (or the later of signing and start)."""

    tier = models.CharField(max_length=1, choices=Tier.choices, primary_key=True)
    call_from = models.PositiveSmallIntegerField(_("call from day"), default=3)
    call_until = models.PositiveSmallIntegerField(_("call until day"), default=5)
    survey_from = models.PositiveSmallIntegerField(_("survey from day"), default=7)
    survey_until = models.PositiveSmallIntegerField(_("survey until day"), default=14)
    shift_to_workday = models.BooleanField(_("an end on a day off moves to the next working day"), default=True)
    join_days = models.PositiveSmallIntegerField(_("orders within … days join the last contact"), default=30)
    calls_enabled = models.BooleanField(_("call"), default=True)
    surveys_enabled = models.BooleanField(_("survey"), default=True)
    survey_by_phone_only = models.BooleanField(_("survey by phone even when there is an e-mail"), default=False)
    remind_after = models.PositiveSmallIntegerField(_("remind of the survey after, days"), default=3)

    class Meta:
        verbose_name = _("contact policy")
        ordering = ["tier"]
        constraints = [
            models.CheckConstraint(condition=Q(call_from__lte=F("call_until")), name="policy_call_ordered"),
            models.CheckConstraint(condition=Q(survey_from__lte=F("survey_until")), name="policy_survey_ordered"),
        ]

    def __str__(self) -> str:
        return self.tier


@pghistory.track(level=pghistory.Statement)
class Touch(TimeStamped, Versioned):
    """One planned contact with a client. Open until it has an outcome."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="touches", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="touches")
    kind = models.CharField(_("kind"), max_length=16, choices=TouchKind.choices)
    subject = models.CharField(_("about"), max_length=300, blank=True)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="touches", verbose_name=_("assignee"))
    follows_owner = models.BooleanField(default=True)  # a change of the client's owner moves it
    due_from = models.DateField(_("from"))
    due_on = models.DateField(_("due"))
    not_before = models.DateTimeField(_("call back at"), null=True, blank=True)
    is_late = models.BooleanField(default=False)  # its window had passed when it was planned
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=TouchState.choices, default=TouchState.OPEN)
    outcome = models.CharField(_("outcome"), max_length=16, choices=CallOutcome.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=120, null=True, blank=True, unique=True)  # "urgent:complaint:7"; null by hand
    external_id = models.CharField(max_length=100, null=True, blank=True, unique=True, editable=False)  # of an import
    initiator = models.CharField(_("who began it"), max_length=8, choices=Initiator.choices, db_default=Initiator.US)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        constraints = [
            models.CheckConstraint(condition=Q(due_from__lte=F("due_on")), name="touch_window_ordered"),
            models.CheckConstraint(
                condition=~Q(state=TouchState.DONE) | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="touch_done_has_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "due_on", "id"], condition=Q(state=TouchState.OPEN), name="touch_open_of_assignee"
            ),
            models.Index(
                fields=["-is_urgent", "due_on", "id"], condition=Q(state=TouchState.OPEN), name="touch_open_by_need"
            ),
            models.Index(fields=["due_from", "id"], condition=Q(state=TouchState.OPEN), name="touch_open_coming"),
            models.Index(fields=["-closed_at", "-id"], condition=Q(state=TouchState.DONE), name="touch_done"),
            models.Index(fields=["client", "-due_on"], name="touch_of_client"),
            models.Index(
                fields=["due_on", "assignee"],
                condition=Q(is_late=False) & ~Q(state=TouchState.CANCELLED),
                name="touch_by_day_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id} {self.due_on}"


class CallAttempt(models.Model):
    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField(default=now)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=CallOutcome.choices)
    note = models.TextField(blank=True)
    call_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.touch_id} {self.outcome}"


class Coverage(models.Model):
    """Says that an order or a contract has had its consequence: the database allows each just once."""

    kind = models.CharField(max_length=16, choices=CoverageKind.choices)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="coverages")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="coverages")
    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, null=True, related_name="coverages")
    message = models.ForeignKey("gateways.OutboxMessage", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "order"], condition=Q(order__isnull=False), name="coverage_order_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "contract"], condition=Q(contract__isnull=False), name="coverage_contract_once"
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True, contract__isnull=False) | Q(order__isnull=False, contract__isnull=True),
                name="coverage_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id or self.contract_id}"


class PendingFact(models.Model):
    """A fact that lacks its consequence: what a sweep reads instead of searching every order.

    Triggers on orders, hand-offs and assignments write it in the transaction of the fact, whoever writes that; the
    sweep of ``kind`` deletes it in the transaction of the consequence. It only points: no keys to check on the way.
    """

    kind = models.CharField(max_length=16, choices=FactKind.choices)
    client = models.ForeignKey(Client, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True)
    contract = models.ForeignKey(Contract, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "id"], name="pending_fact_of_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"
