from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.enums import OrderStatus
from clients.forms.base import NOTHING
from clients.models import Client, Contract, Order, Product, ProductCategory
from core.fields import DateField, MomentField, MoneyField, OneLine
from core.forms import EditForm, OnceForm


def _products(chosen: Any = ()) -> Any:
    """Those on sale, and those that the row holds already."""
    ids = [getattr(item, "pk", item) for item in chosen or ()]
    on_sale = Product.objects.filter(archived_at__isnull=True)
    return (on_sale | Product.objects.filter(pk__in=ids)).order_by("name", "id")


class ProductsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = forms.CheckboxSelectMultiple


class ContractFields(forms.Form):
    number = OneLine(label=gettext_lazy("Number"), max_length=64, required=False)
    signed_on = DateField(label=gettext_lazy("Signed on"), initial=localdate)
    starts_on = DateField(label=gettext_lazy("First day"), initial=localdate)
    ends_on = DateField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: open-ended."))
    amount = MoneyField(
        label=gettext_lazy("Amount"), help_text=gettext_lazy("For the whole term; a year's amount when open-ended.")
    )
    prolongation_months = forms.IntegerField(
        label=gettext_lazy("Prolongs itself by, months"), required=False, min_value=1, max_value=120
    )
    notice_days = forms.IntegerField(label=gettext_lazy("Notice, days"), required=False, min_value=0, max_value=730)
    products = ProductsField(label=gettext_lazy("Products"), queryset=Product.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["products"].queryset = _products(self.initial.get("products"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts = data.get("starts_on")
        for name in ("ends_on", "terminated_on"):
            if starts and data.get(name) and data[name] < starts:
                self.add_error(name, _("The last day cannot be before the first."))
        return data


class NewContractForm(OnceForm, ContractFields):
    pass


class ContractForm(EditForm, ContractFields):
    terminated_on = DateField(
        label=gettext_lazy("Terminated, last covered day"),
        required=False,
        help_text=gettext_lazy("Only when it ended before its term."),
    )


class OrderFields(forms.Form):
    ordered_at = MomentField(label=gettext_lazy("Ordered"), initial=now)
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=OrderStatus.choices, initial=OrderStatus.NEW)
    completed_at = MomentField(
        label=gettext_lazy("Completed"), required=False, help_text=gettext_lazy("Empty for a completed order: now.")
    )
    amount = MoneyField(label=gettext_lazy("Amount"))
    cost = MoneyField(label=gettext_lazy("Cost"), required=False)
    contract = forms.ModelChoiceField(
        label=gettext_lazy("Contract"), queryset=Contract.objects.none(), required=False, empty_label=NOTHING
    )
    products = ProductsField(label=gettext_lazy("Products"), queryset=Product.objects.none(), required=False)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        self.client = client
        super().__init__(*args, **kwargs)
        self.fields["products"].queryset = _products(self.initial.get("products"))  # type: ignore[attr-defined]
        self.fields["contract"].queryset = client.contracts.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("status") == OrderStatus.NEW and data.get("completed_at"):
            self.add_error("completed_at", _("An order in progress has no completion time."))
        return data


class NewOrderForm(OnceForm, OrderFields):
    pass


class OrderForm(EditForm, OrderFields):
    pass


class RefundForm(EditForm):
    """What was paid back; the whole amount today is proposed, ``original`` says what is stored."""

    refunded_amount = MoneyField(label=gettext_lazy("Refunded in all"))
    refunded_on = DateField(label=gettext_lazy("Refunded on"))

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        stored = {"refunded_amount": order.refunded_amount, "refunded_on": order.refunded_on}
        super().__init__(*args, initial=stored, **kwargs)
        if not order.refunded_amount:
            self.initial = {"refunded_amount": order.amount, "refunded_on": localdate()}


class ProductFields(forms.Form):
    code = OneLine(label=gettext_lazy("Code"), max_length=64)
    name = OneLine(label=gettext_lazy("Name"), max_length=200)
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"), queryset=ProductCategory.objects.all(), required=False, empty_label=NOTHING
    )
    is_complex = forms.BooleanField(label=gettext_lazy("Complex: made of several works"), required=False)
    price = MoneyField(label=gettext_lazy("Price"), required=False)
    cost = MoneyField(label=gettext_lazy("Cost"), required=False)


class NewProductForm(OnceForm, ProductFields):
    pass


class ProductForm(EditForm, ProductFields):
    pass


class TaxonomyForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("List"),
        choices=[
            ("industry", gettext_lazy("Industries")),
            ("region", gettext_lazy("Regions")),
            ("category", gettext_lazy("Product categories")),
        ],
    )
    name = OneLine(label=gettext_lazy("Name"), max_length=120)
