from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, localdate, make_aware
from django.utils.translation import gettext_lazy as _

from clients.models import Industry, Product, Region
from core.enums import Tier
from core.figures import Period, Segment, add_months
from core.formats import COEFFICIENT, PERCENT
from reports.registry import FIGURES, PUBLIC
from staff.models import User

LONGEST = timedelta(days=366 * 50)
COHORT_MONTHS = 13
LIFECYCLE_MONTHS = 24
#: From which page somebody asks who is behind a number; there the way back leads.
PAGES = ("kpi", "department", "money", "voice", "lifecycle")


class NaturalKeyField(forms.CharField):
    """A row named as people and files name it (user name, product code, name); its number is taken as well."""

    def __init__(self, model: type[Model], lookup: str, **options: Any) -> None:
        super().__init__(required=False, max_length=200, **options)
        self.model, self.lookup = model, lookup

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        rows = self.model._default_manager.all()
        found = rows.filter(**{self.lookup: text}).values_list("pk", flat=True).first()
        if found is None and re.fullmatch(r"[0-9]{1,18}", text):
            found = rows.filter(pk=int(text)).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no such value."), code="unknown")
        return int(found)


class MomentField(forms.Field):
    """A date (its end at the company) or a time with an offset."""

    def to_python(self, value: Any) -> date | datetime | None:
        text = str(value or "").strip().replace(" ", "+")  # "+03:00" arrives as a blank when not encoded
        if not text:
            return None
        try:
            moment = parse_datetime(text) if len(text) > 10 else parse_date(text)
        except ValueError:
            moment = None
        if moment is None or not 1900 <= moment.year <= 2200:
            raise forms.ValidationError(_("Give a date like 2026-01-31 or a time like 2026-01-31T15:00:00+03:00."))
        return make_aware(moment) if isinstance(moment, datetime) and is_naive(moment) else moment


class DayField(forms.DateField):
    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not 1900 <= day.year <= 2200:
            raise forms.ValidationError(_("Give a year between 1900 and 2200."))
        return day


class QuestionForm(forms.Form):
    """What is asked: period, moment and filters. ``from`` and ``to`` are half-open; page and API read the same names."""

    as_of = MomentField(label=_("As of"), required=False)
    manager = NaturalKeyField(User, "username", label=_("Manager"))
    tier = forms.ChoiceField(label=_("Tier"), choices=[("", _("Any")), *Tier.choices], required=False)
    industry = NaturalKeyField(Industry, "name", label=_("Industry"))
    region = NaturalKeyField(Region, "name", label=_("Region"))
    product = NaturalKeyField(Product, "code", label=_("Product"))

    period_required = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", _("From")), ("to", _("The day after the last"))):
            self.fields[name] = DayField(label=label, input_formats=["%Y-%m-%d"], required=self.period_required)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("from"), cleaned.get("to")
        if start and end and start >= end:
            self.add_error("to", _("The period must end after it starts; its last day is not part of it."))
        elif start and end and end - start > LONGEST:
            self.add_error("to", _("The period may not be longer than fifty years."))
        return cleaned

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["from"], self.cleaned_data["to"])

    @property
    def segment(self) -> Segment:
        data = self.cleaned_data
        return Segment(
            manager=data.get("manager"),
            tier=data.get("tier") or None,
            industry=data.get("industry"),
            region=data.get("region"),
            product=data.get("product"),
        )


class DaysForm(QuestionForm):
    """What people pick: the first and the last day, both of them within. Becomes the address's half-open period."""

    period_required = False

    last = DayField(label=_("Until (last day)"), input_formats=["%Y-%m-%d"], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        last, start = cleaned.get("last"), cleaned.get("from")
        if last and start and last < start:
            self.add_error("last", _("The last day may not lie before the first."))
        elif last and not self.errors:
            cleaned["to"] = last + timedelta(days=1)
            if start and cleaned["to"] - start > LONGEST:
                self.add_error("last", _("The period may not be longer than fifty years."))
        return cleaned


class PageForm(DaysForm):
    """The page's own: months are picked as months, the last complete one unless said otherwise."""

    show = forms.ChoiceField(label=_("Show"), choices=[(PERCENT, "%"), (COEFFICIENT, _("coefficient"))], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        this_month = localdate().replace(day=1)
        start, end = cleaned.get("from"), cleaned.get("to")
        if not self.errors:
            start = start or (add_months(end, -1) if end else add_months(this_month, -1))
            cleaned["from"], cleaned["to"] = start, end or add_months(start, 1)
            if cleaned["from"] >= cleaned["to"]:
                self.add_error("from", _("The period must end after it starts."))
        return cleaned

    @property
    def mode(self) -> str:
        return str(self.cleaned_data.get("show") or PERCENT)


class FiguresForm(QuestionForm):
    """``keys``: which figures, by their names with commas between; without it those that every program gets."""

    keys = forms.CharField(required=False, max_length=1000)

    def clean_keys(self) -> list[str]:
        wanted = [key for key in self.cleaned_data["keys"].replace(" ", "").split(",") if key]
        for key in wanted:
            if key not in FIGURES:
                raise forms.ValidationError(_("There is no figure “%(key)s”."), params={"key": key}, code="unknown")
        return wanted or PUBLIC


class WhoForm(QuestionForm):
    show = forms.ChoiceField(label=_("Show"), choices=[(PERCENT, "%"), (COEFFICIENT, "")], required=False)
    page = forms.ChoiceField(choices=[(name, "") for name in PAGES], required=False)
    side = forms.ChoiceField(
        label=_("Numerator or denominator"), choices=[("numerator", ""), ("denominator", "")], required=False
    )
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62)
    before = forms.IntegerField(required=False, min_value=0, max_value=2**62)


class CohortForm(QuestionForm):
    basis = forms.ChoiceField(
        label=_("Cohort map"), choices=[("orders", _("Orders")), ("contracts", _("Contracts"))], required=False
    )


class CohortPageForm(DaysForm, CohortForm):
    """The page's own: without a period the months that the page of figures shows."""

    show = forms.ChoiceField(label=_("Show"), choices=[(PERCENT, "%"), (COEFFICIENT, _("coefficient"))], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not (cleaned.get("from") and cleaned.get("to")):
            this_month = localdate().replace(day=1)
            end = cleaned.get("to") or this_month
            cleaned["from"], cleaned["to"] = cleaned.get("from") or add_months(end, -COHORT_MONTHS), end
            if cleaned["from"] >= cleaned["to"]:
                self.add_error("from", _("The period must end after it starts."))
        return cleaned


class LifecycleForm(PageForm):
    """Without a period two years of new buyers, of whom the older half have been watched for a year."""

    def clean(self) -> dict[str, Any]:
        if not any(self.data.get(name) for name in ("from", "to", "last")):
            end = localdate().replace(day=1)
            self.cleaned_data |= {"from": add_months(end, -LIFECYCLE_MONTHS), "to": end}
        return super().clean()


class DepartmentForm(PageForm):
    view = forms.ChoiceField(choices=[("wall", "")], required=False)


class ServedForm(PageForm):
    """A further page of a list that begins with the dearest."""

    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class GroupForm(PageForm):
    """Who is in a group; further pages go on beyond a client."""

    band = forms.CharField(max_length=10)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62)


class SegmentForm(ServedForm):
    group = forms.ChoiceField(choices=[(name, name) for name in "ABC"], required=False)


class CompareForm(PageForm):
    """Two periods; the earlier one is the same days a year before unless said otherwise."""

    before_from = DayField(label=_("Earlier period: from"), input_formats=["%Y-%m-%d"], required=False)
    before_to = DayField(label=_("Earlier period: the day after"), input_formats=["%Y-%m-%d"], required=False)
    before_last = DayField(label=_("Earlier period: last day"), input_formats=["%Y-%m-%d"], required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end, last = (cleaned.get(name) for name in ("before_from", "before_to", "before_last"))
        if self.errors:
            return cleaned
        end = last + timedelta(days=1) if last else end
        if bool(start) != bool(end):
            self.add_error("before_from", _("Give the first and the last day of the earlier period, or neither."))
        elif start and end and start >= end:
            self.add_error("before_last", _("The last day may not lie before the first."))
        elif start and end and end - start > LONGEST:
            self.add_error("before_last", _("The period may not be longer than fifty years."))
        cleaned["before_to"] = end
        return cleaned

    @property
    def before(self) -> Period | None:
        start = self.cleaned_data["before_from"]
        return Period(start, self.cleaned_data["before_to"]) if start else None


class CellForm(CohortForm):
    """A cell of the cohorts: newcomers of the period, seen in a month."""

    month = DayField(label=_("Month"), input_formats=["%Y-%m-%d"])
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62)
    before = forms.IntegerField(required=False, min_value=0, max_value=2**62)


class KeepViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    shared = forms.BooleanField(label=_("On everybody's tabs"), required=False)
