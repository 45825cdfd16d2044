from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.enums import ClientKind
from clients.forms.base import NOTHING
from clients.models import Client, Industry, Region
from clients.permissions import visible_clients
from core import inn as rules
from core.enums import Tier
from core.fields import DateField, OneLine
from core.forms import EditForm, OnceForm
from staff.enums import DEPARTMENT_ROLES
from staff.models import User
from staff.zone_select import ZoneSelect
from staff.zones import known_zones, zone_choices


class ParentField(forms.CharField):
    """Found by ИНН or by the whole name; a list of a hundred thousand names would be no help."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=320, required=False, **kwargs)
        self.clients = Client.objects.none()

    def prepare_value(self, value: Any) -> Any:
        found = self.clients.filter(pk=int(value)).first() if str(value).isdecimal() and len(str(value)) < 10 else None
        return (found.inn or found.name) if found else value

    def clean(self, value: Any) -> Client | None:
        text = str(super().clean(value)).strip()
        if not text:
            return None
        by_key = Q(inn=text) | Q(external_id=text) | Q(name__iexact=text)
        if text.isdecimal() and len(text) < 10:
            by_key |= Q(pk=int(text))
        found = list(self.clients.filter(by_key).order_by("id")[:2])
        if not found:
            raise forms.ValidationError(_("There is no such client: enter the INN or the exact name."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several clients are called so: enter the INN."))
        return found[0]


class ClientFields(forms.Form):
    name = OneLine(label=gettext_lazy("Name"), max_length=300)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ClientKind.choices, initial=ClientKind.LEGAL)
    inn = forms.CharField(label=gettext_lazy("INN"), max_length=20, required=False)
    kpp = forms.CharField(label=gettext_lazy("KPP"), max_length=20, required=False)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices, initial=Tier.B)
    industry = forms.ModelChoiceField(
        label=gettext_lazy("Industry"), queryset=Industry.objects.all(), required=False, empty_label=NOTHING
    )
    region = forms.ModelChoiceField(
        label=gettext_lazy("Region"), queryset=Region.objects.all(), required=False, empty_label=NOTHING
    )
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), initial="Europe/Moscow", widget=ZoneSelect)
    parent = ParentField(
        label=gettext_lazy("Parent company"), help_text=gettext_lazy("INN or exact name; for a branch only.")
    )
    created_on = DateField(label=gettext_lazy("Client since"), initial=localdate)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        zone = self.fields["timezone"]
        present = str(self.initial.get("timezone") or "")
        choices = list(zone_choices())
        if present and present in known_zones() and present not in dict(choices):
            choices.append((present, present))
        zone.choices = choices  # type: ignore[attr-defined]
        self.fields["parent"].clients = visible_clients(user)  # type: ignore[attr-defined]
        for name in ("inn", "kpp"):
            self.fields[name].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("kind")
        legal = kind == ClientKind.LEGAL
        data["inn"], data["kpp"] = rules.bare(data.get("inn", "")), rules.bare(data.get("kpp", "")).upper()
        if data["inn"] and (problem := rules.inn_problem(data["inn"], legal=legal)):
            self.add_error("inn", problem)
        if data["kpp"] and (problem := rules.kpp_problem(data["kpp"], legal=legal)):
            self.add_error("kpp", problem)
        return data


class NewClientForm(OnceForm, ClientFields):
    owner = forms.ModelChoiceField(label=gettext_lazy("Owner"), queryset=User.objects.none(), empty_label=None)
    field_order = ("name", "kind", "inn", "kpp", "tier", "owner", "industry", "region", "timezone")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        people = User.objects.filter(is_active=True, roles__overlap=list(DEPARTMENT_ROLES)).order_by("name", "id")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["owner"].initial = user.pk


class ClientForm(EditForm, ClientFields):
    pass
