"""What may stand in the address of the client list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientKind
from clients.queries.listing import SORTS, ClientFilter
from core.enums import Tier

MINE = "me"
WITHOUT_TOUCH = "none"


class _Quiet(forms.ChoiceField):
    """A value that is not on the list counts as not chosen: an old link still opens."""

    def clean(self, value: Any) -> Any:
        return value if value and self.valid_value(value) else ""


class _Id(forms.IntegerField):
    def clean(self, value: Any) -> int | None:
        text = str(value or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


class ClientFilterForm(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=200, strip=True)
    owner = forms.CharField(label=_("Owner"), required=False)
    tier = _Quiet(label=_("Tier"), choices=[("", _("any")), *Tier.choices], required=False)
    kind = _Quiet(label=_("Kind"), choices=[("", _("any")), *ClientKind.choices], required=False)
    industry = _Id(label=_("Industry"), required=False)
    region = _Id(label=_("Region"), required=False)
    product = _Id(label=_("Product"), required=False)
    state = _Quiet(
        label=_("State"),
        choices=[("", _("active")), ("archived", _("archived")), ("all", _("all"))],
        required=False,
    )
    touch = _Quiet(label=_("Contact"), choices=[("", ""), (WITHOUT_TOUCH, "")], required=False)
    frozen = _Quiet(label=_("Frozen"), choices=[("", ""), ("1", "")], required=False)
    lapsed = _Quiet(label=_("Contract over, still buying"), choices=[("", ""), ("1", "")], required=False)
    distribute = _Quiet(label=_("To distribute"), choices=[("", ""), ("1", "")], required=False)
    sort = _Quiet(
        choices=[("", ""), *[(sign + name, name) for name in SORTS for sign in ("", "-")]],
        required=False,
    )

    def wanted(self, user_id: int) -> ClientFilter:
        """Never refuses: what cannot be understood is left out."""
        self.is_valid()
        data = self.cleaned_data
        owner = data.get("owner", "")
        return ClientFilter(
            text=data.get("q", ""),
            owner_id=user_id if owner == MINE else _Id(required=False).clean(owner),
            tier=data["tier"],
            kind=data["kind"],
            industry_id=data["industry"],
            region_id=data["region"],
            product_id=data["product"],
            state=data["state"] or "active",
            to_distribute=data["distribute"] == "1",
            sort=data["sort"] or "name",
        )
