from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import DateInput, MomentInput
from feedback.rules.calls import CallRecord
from scripts.enums import AnswerKind
from scripts.models import Question
from work.enums import CallOutcome


def _question_field(question: Question) -> forms.Field:
    if question.answer_kind == AnswerKind.YES_NO:
        choices = [("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(label=question.text, required=False, choices=choices, widget=forms.RadioSelect)
    if question.answer_kind == AnswerKind.SCORE:
        return forms.IntegerField(label=question.text, required=False, min_value=1, max_value=10)
    return forms.CharField(
        label=question.text, required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class CallForm(forms.Form):
    """The script's questions, a note, when to call back and what comes next; the outcome is the button pressed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(choices=CallOutcome.choices, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    call_back_at = forms.DateTimeField(
        label=_("Call back at (client's time)"),
        required=False,
        widget=MomentInput(),
    )
    next_touch_on = forms.DateField(label=_("Next contact on"), required=False, widget=DateInput())
    next_subject = forms.CharField(label=_("About"), required=False, max_length=300)
    no_next = forms.BooleanField(label=_("No further contact is needed"), required=False)

    def __init__(self, *args: Any, questions: Sequence[Question], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.questions = {f"q{question.pk}": question for question in questions}
        for name, question in self.questions.items():
            self.fields[name] = _question_field(question)

    def question_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.questions]

    def clean_call_back_at(self) -> datetime | None:
        """What was typed is the clock on the client's wall."""
        typed: datetime | None = self.cleaned_data["call_back_at"]
        return timezone.make_naive(typed).replace(tzinfo=self.zone) if typed else None

    def record(self) -> CallRecord:
        data = self.cleaned_data
        answers = {q.pk: str(data[name]) for name, q in self.questions.items() if data[name] not in {None, ""}}
        scores = [data[name] for name, q in self.questions.items() if q.answer_kind == AnswerKind.SCORE]
        return CallRecord(
            outcome=CallOutcome(data["outcome"]),
            note=data["note"],
            answers=answers,
            score=scores[0] if scores else None,
            call_back_at=data["call_back_at"],
            next_touch_on=data["next_touch_on"],
            next_subject=data["next_subject"],
            no_next=data["no_next"],
        )


class PeriodForm(forms.Form):
    """Days from … until, both included; the last thirty when nothing sensible was asked for."""

    from_on = forms.DateField(label=_("From"), widget=DateInput())
    until_on = forms.DateField(label=_("Until"), widget=DateInput())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("from_on") and data.get("until_on") and data["from_on"] > data["until_on"]:
            self.add_error("until_on", _("The last day cannot be before the first."))
        return data

    def period(self, today: date) -> tuple[date, date]:
        if self.is_bound and self.is_valid():
            return self.cleaned_data["from_on"], self.cleaned_data["until_on"]
        return today - timedelta(days=30), today
