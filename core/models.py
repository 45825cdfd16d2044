"""Shared kernel: the company's own settings and calendar. Knows no client."""

from __future__ import annotations

import secrets

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def new_external_id() -> str:
    """Key of a row that was born here, so that it can be exported and imported again."""
    return f"crm-{secrets.token_hex(8)}"


class TimeStamped(models.Model):
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that people edit: ``version`` grows by one with each write and is checked by it."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


@pghistory.track()
class Company(Versioned):
    """The one row of settings that a head or an admin changes in the product's own page."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(_("company"), max_length=200, blank=True)
    department_name = models.CharField(_("department"), max_length=200, default="Отдел сопровождения")
    department_started_on = models.DateField(_("department started on"), null=True, blank=True)
    accept_hours = models.PositiveSmallIntegerField(
        _("working hours to accept a hand-off"), default=4, validators=[MinValueValidator(1), MaxValueValidator(80)]
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace after a contract's end, days"), default=30, validators=[MaxValueValidator(365)]
    )
    early_days = models.PositiveSmallIntegerField(
        _("early renewal window, days"), default=60, validators=[MaxValueValidator(365)]
    )
    active_days = models.PositiveSmallIntegerField(
        _("a buyer is active for, days"), default=180, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    low_score = models.PositiveSmallIntegerField(
        _("a score is low up to"), default=6, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    high_score = models.PositiveSmallIntegerField(
        _("a recommendation is asked for from"), default=9, validators=[MinValueValidator(2), MaxValueValidator(10)]
    )
    complaint_hours = models.PositiveSmallIntegerField(_("working hours to solve a complaint"), default=9)
    answer_edit_hours = models.PositiveSmallIntegerField(_("a survey answer may be edited for, hours"), default=24)
    letter_hour = models.PositiveSmallIntegerField(
        _("letters leave at (client's time)"), default=10, validators=[MaxValueValidator(23)]
    )
    morning_letter = models.BooleanField(_("a letter to the head on the morning of every working day"), default=True)
    regular_orders = models.PositiveSmallIntegerField(
        _("a client is regular from, orders"), default=3, validators=[MinValueValidator(2)]
    )
    regular_days = models.PositiveSmallIntegerField(
        _("within so many days of the first"),
        default=365,
        validators=[MinValueValidator(30), MaxValueValidator(3650)],
    )
    attention_per_day = models.PositiveSmallIntegerField(
        _("new attention calls for one manager a day, at most"), default=10, validators=[MaxValueValidator(200)]
    )
    acquisition_cost = models.DecimalField(
        _("cost of winning a new client"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    acquisition_factor = models.DecimalField(
        _("or, unknown, so many times the cost of keeping one"),
        max_digits=4,
        decimal_places=1,
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    weight_a = models.DecimalField(_("weight of a client of tier A"), max_digits=4, decimal_places=2, default=3)
    weight_b = models.DecimalField(_("weight of a client of tier B"), max_digits=4, decimal_places=2, default=2)
    weight_c = models.DecimalField(_("weight of a client of tier C"), max_digits=4, decimal_places=2, default=1)

    class Meta:
        verbose_name = _("company settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="company_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(low_score__lt=models.F("high_score")), name="company_low_below_high"
            ),
            models.CheckConstraint(
                condition=models.Q(acquisition_cost__isnull=True) | models.Q(acquisition_cost__gte=0),
                name="company_acquisition_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.department_name


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class WorkingPeriod(models.Model):
    """A stretch of working time on a weekday (0 = Monday); a lunch break is the gap between two."""

    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=models.Q(starts__lt=models.F("ends")), name="working_period_ordered"),
            models.UniqueConstraint(fields=["weekday", "starts"], name="working_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}–{self.ends:%H:%M}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class WorkdayOverride(models.Model):
    """A day that differs from the production calendar, as the company decided."""

    day = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class SweepRun(models.Model):
    """One slot of a periodic job: the unique key makes two beats do each slot once."""

    name = models.CharField(max_length=64)
    slot = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="sweep_slot_once")]
        indexes = [models.Index(fields=["name", "-finished_at"], name="sweep_last_finished")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M}"


class SubmittedForm(models.Model):
    """A form that has been taken: its key makes a double click or a step back give the first result again."""

    key = models.CharField(max_length=64, primary_key=True)
    user_id = models.BigIntegerField()
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="submitted_form_by_age")]

    def __str__(self) -> str:
        return self.key
