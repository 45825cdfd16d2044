from __future__ import annotations

from typing import Any

from django import forms
from django.template.defaultfilters import capfirst
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract
from core.enums import Tier
from core.fields import DateField
from core.forms import EditForm, OnceForm
from retention.enums import ReasonKind
from retention.forms.base import (
    Quiet,
    ReasonField,
    colleagues,
    day_of,
    id_of,
    named_colleagues,
    one_of,
    period_of,
    text_field,
)
from retention.models import ExitInterview, Refusal, RefusalReason, Retro
from retention.queries.refusal_list import NOT_YET, VIEWS, RefusalFilter, all_reasons
from retention.services.interviews import STORY
from retention.services.retros import LESSON
from scripts.models import Objection
from staff.models import User


class RefusalForm(OnceForm):
    contract = forms.ModelChoiceField(
        label=_("Contract"), queryset=Contract.objects.none(), required=False, empty_label=_("the client as a whole")
    )
    refused_on = DateField(label=_("Refused on"))
    stated_reason = ReasonField(label=_("Reason as the client states it"))
    stated_words = text_field(_("In the client's words"))
    tried = text_field(_("What was tried"), help_text=_("What was offered to keep the client, and what he answered."))

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = self.fields["contract"]
        assert isinstance(contracts, forms.ModelChoiceField)
        contracts.queryset = Contract.objects.filter(client=client)
        _offer(self, "stated_reason")


def _offer(form: forms.Form, name: str, keep: RefusalReason | None = None) -> None:
    field = form.fields[name]
    assert isinstance(field, ReasonField)
    field.offer(keep=keep)


class StatedForm(EditForm):
    stated_reason = ReasonField(label=_("Reason as the client states it"))
    stated_words = text_field(_("In the client's words"))
    tried = text_field(_("What was tried"))

    def __init__(self, *args: Any, refusal: Refusal, **kwargs: Any) -> None:
        names = ("stated_words", "tried")
        initial = {name: getattr(refusal, name) for name in names} | {"stated_reason": refusal.stated_reason_id}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        _offer(self, "stated_reason", refusal.stated_reason)


class WithdrawForm(forms.Form):
    note = text_field(_("What changed the client's mind"), rows=2)
    version = forms.IntegerField(widget=forms.HiddenInput)


class InterviewForm(EditForm):
    liked = text_field(_("What was good"))
    missed = text_field(_("What was missing"))
    turning_point = text_field(_("When and why the client decided to leave"))
    would_return = text_field(_("What would bring the client back"))
    established_reason = ReasonField(label=_("The real reason"), required=False)
    declined = forms.BooleanField(label=_("The client would not talk"), required=False)

    def __init__(self, *args: Any, interview: ExitInterview, refusal: Refusal, **kwargs: Any) -> None:
        initial = {name: getattr(interview, name) for name in (*STORY, "declined")}
        kwargs["initial"] = initial | {"established_reason": refusal.established_reason_id}
        super().__init__(*args, **kwargs)
        _offer(self, "established_reason", refusal.established_reason)


class InterviewerForm(EditForm):
    interviewer = forms.ModelChoiceField(label=_("Interviewer"), queryset=User.objects.none())

    def __init__(self, *args: Any, interview: ExitInterview, **kwargs: Any) -> None:
        kwargs["initial"] = {"interviewer": interview.interviewer_id}
        super().__init__(*args, **kwargs)
        people = self.fields["interviewer"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = colleagues().exclude(pk=interview.owner_id)


class RetroForm(EditForm):
    first_sign = text_field(_("First sign, and when it was seen"), required=True)
    could_have = text_field(_("What could have been done"), required=True)
    will_change = text_field(_("What we change"), required=True)
    responsible = forms.ModelChoiceField(label=_("Responsible"), queryset=User.objects.none(), required=False)
    due_on = DateField(label=_("By"), required=False)

    def __init__(self, *args: Any, retro: Retro | None, **kwargs: Any) -> None:
        """Nothing is written yet: seen were empty fields."""
        names = (*LESSON, "responsible_id", "due_on")
        initial = {name.removesuffix("_id"): getattr(retro, name) if retro else "" for name in names}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        people = self.fields["responsible"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = colleagues()


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class MetObjectionForm(forms.Form):
    """Either one of the library that was met again, or a new one."""

    known = forms.ModelChoiceField(
        label=_("Met before"),
        queryset=Objection.objects.none(),
        required=False,
        empty_label=_("a new one, written below"),
    )
    kind = forms.ChoiceField(label=_("About"), choices=ReasonKind.choices, required=False)
    text = forms.CharField(label=_("What the client said"), max_length=300, required=False)
    answer = text_field(_("What to answer"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.fields["known"]
        assert isinstance(known, forms.ModelChoiceField)
        known.queryset = Objection.objects.filter(archived_at__isnull=True)


class ReasonForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=ReasonKind.choices)
    name = forms.CharField(label=_("Reason"), max_length=120)


class RenameForm(EditForm):
    name = forms.CharField(label=_("Reason"), max_length=120)


class RetireForm(VersionForm):
    retired = forms.BooleanField(required=False)


def reason_code(text: str) -> str:
    """A kind of reasons, one reason by its id, or "not found out yet"."""
    return text if text in {*ReasonKind.values, NOT_YET} or id_of(text) else ""


class RefusalFilterForm(forms.Form):
    since = Quiet(day_of)
    until = Quiet(day_of)
    manager = Quiet(id_of)
    tier = Quiet(one_of(*Tier.values))
    said = Quiet(reason_code)
    true = Quiet(reason_code)
    view = Quiet(one_of(*VIEWS))
    objection = Quiet(id_of)
    differs = Quiet(one_of("1"))

    def wanted(self) -> RefusalFilter:
        self.is_valid()
        data = self.cleaned_data
        return RefusalFilter(
            period=period_of(data["since"], data["until"]),
            manager_id=data["manager"],
            tier=data["tier"],
            said=data["said"],
            true=data["true"],
            view=data["view"],
            objection_id=data["objection"],
            differs=bool(data["differs"]),
        )


def filter_bar(form: RefusalFilterForm) -> dict[str, Any]:
    """What the filters offer, and what is chosen; ``named`` are all reasons by their ids."""
    known = all_reasons()
    kinds = [(kind, capfirst(str(label))) for kind, label in ReasonKind.choices]
    in_use = [(kind, [(row.id, row.name) for row in known if row.in_use and row.kind == kind]) for kind in ReasonKind]
    return {
        "chosen": form.cleaned_data,
        "people": named_colleagues(),
        "tiers": [(tier, tier) for tier in Tier.values],
        "kinds": kinds,
        "true_kinds": [(NOT_YET, _("not found out yet")), *kinds],
        "reasons": [(capfirst(str(kind.label)), rows) for kind, rows in in_use if rows],
        "named": {row.id: row for row in known},
    }
