"""The hand-off as a salesperson fills it in. What was typed is kept raw, so that a draft loses nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.enums import ClientKind, Pain, ReturnReason
from clients.models import Client, Industry, Product, Region
from clients.queries.handoffs import managers, salespeople_of
from core.enums import AddressForm, Tier
from core.inn import bare, inn_problem, kpp_problem
from core.models import new_external_id
from core.money import parse_money
from core.phones import PhoneError, normalize_phone
from staff.models import User
from staff.zones import RUSSIAN, known_zones

NOT_KEPT = {"csrfmiddlewaretoken", "action", "key", "contract-signed_file"}
ROWS = 1


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class Section(forms.Form):
    """A part of the page: the tags around it belong to the template."""

    use_required_attribute = False
    columns: tuple[tuple[str, ...], ...] = ()

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        if self.columns:
            helper.layout = Layout(*(Div(*row, css_class="field-row") for row in self.columns))
        return helper


class ClientSection(Section):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ClientKind.choices, initial=ClientKind.LEGAL)
    inn = forms.CharField(label=gettext_lazy("INN"), max_length=20, required=False)
    kpp = forms.CharField(label=gettext_lazy("KPP"), max_length=20, required=False)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices, initial=Tier.B)
    timezone = forms.CharField(label=gettext_lazy("Time zone"), initial=settings.TIME_ZONE)
    industry = forms.CharField(label=gettext_lazy("Industry"), max_length=120, required=False)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=120, required=False)

    columns = (("name",), ("kind", "inn", "kpp"), ("tier", "timezone"), ("industry", "region"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, known in (("industry", Industry), ("region", Region)):
            names = known.objects.values_list("name", flat=True)[:200]
            self.fields[name].widget.attrs["list"] = f"known-{name}"
            setattr(self, f"known_{name}", names)
        self.fields["timezone"].widget = forms.Select(choices=self._zones())

    def _zones(self) -> list[tuple[str, str]]:
        given = self["timezone"].value()
        known = [(zone, str(label)) for zone, label in RUSSIAN]
        return known if given in dict(known) or given not in known_zones() else [*known, (given, given)]

    def clean_timezone(self) -> str:
        zone: str = self.cleaned_data["timezone"]
        if zone not in known_zones():
            raise forms.ValidationError(_("This time zone is unknown; an example: Asia/Novosibirsk."))
        return zone

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        legal = values.get("kind") == ClientKind.LEGAL
        for field, check in (("inn", inn_problem), ("kpp", kpp_problem)):
            values[field] = bare(values.get(field, ""))
            if values[field] and (problem := check(values[field], legal=legal)):
                self.add_error(field, problem)
        return values


class ContactSection(Section):
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=200)
    position = forms.CharField(label=gettext_lazy("Position"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phones = forms.CharField(
        label=gettext_lazy("Phones"), max_length=300, required=False, help_text=gettext_lazy("Several through “;”.")
    )
    greeting = forms.CharField(
        label=gettext_lazy("Greeting"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Hello, Max!")}),
    )
    address_form = forms.ChoiceField(
        label=gettext_lazy("Form of address"), choices=AddressForm.choices, initial=AddressForm.VY
    )

    columns = (("name", "position"), ("email", "phones"), ("greeting", "address_form"))

    def clean_phones(self) -> list[str]:
        texts = [text.strip() for text in re.split(r"[;\n]", self.cleaned_data["phones"]) if text.strip()]
        try:
            return [normalize_phone(text) for text in texts]
        except PhoneError as error:
            raise forms.ValidationError(str(error.detail)) from error


class ContactRows(forms.BaseFormSet[ContactSection]):
    """As many people as there are; rows that nobody filled in do not count."""

    may_be_empty = False

    def clean(self) -> None:
        filled = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        if not filled and self.may_be_empty:
            return
        if not any(one.get("email") or one.get("phones") for one in filled) and not any(self.errors):
            raise forms.ValidationError(_("At least one contact needs an e-mail or a phone."))


ContactFormSet = forms.formset_factory(ContactSection, formset=ContactRows, extra=0, max_num=30, absolute_max=30)


class ContractSection(Section):
    number = forms.CharField(label=gettext_lazy("Number"), max_length=64, required=False)
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    signed_on = day_field(gettext_lazy("Signed on"))
    starts_on = day_field(gettext_lazy("First day"))
    ends_on = day_field(gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: open-ended."))
    prolongation_months = forms.IntegerField(
        label=gettext_lazy("Prolongs itself by, months"), min_value=1, max_value=240, required=False
    )
    notice_days = forms.IntegerField(label=gettext_lazy("Notice, days"), min_value=0, max_value=3650, required=False)
    product_codes = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Products"),
        queryset=Product.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    signed_file = forms.FileField(
        label=gettext_lazy("Signed contract"),
        required=False,
        help_text=gettext_lazy("PDF, picture or document, up to 25 MB."),
    )

    columns = (
        ("number", "amount"),
        ("signed_on", "starts_on", "ends_on"),
        ("prolongation_months", "notice_days"),
        ("product_codes",),
        ("signed_file",),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        products = Product.objects.filter(archived_at=None)
        field = self.fields["product_codes"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = products

    def clean_amount(self) -> Any:
        amount = parse_money(self.cleaned_data["amount"])
        if amount is None or amount < 0:
            raise forms.ValidationError(_("Enter an amount, for example 120 000,50."))
        return amount

    def clean_product_codes(self) -> list[str]:
        return [product.code for product in self.cleaned_data["product_codes"]]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        starts, ends = values.get("starts_on"), values.get("ends_on")
        for name in ("signed_on", "starts_on", "ends_on"):
            if values.get(name) and not 1990 <= values[name].year <= 2199:
                self.add_error(name, _("The year must lie between 1990 and 2199."))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day cannot be before the first."))
        return values


class PromisesSection(Section):
    goal = forms.CharField(label=gettext_lazy("The client's goal"), max_length=20_000, widget=forms.Textarea)
    promises = forms.CharField(label=gettext_lazy("Promises made"), max_length=20_000, widget=forms.Textarea)
    terms = forms.CharField(label=gettext_lazy("Terms"), max_length=20_000, widget=forms.Textarea)
    pains = forms.MultipleChoiceField(
        label=gettext_lazy("Pains"), choices=Pain.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("goal", "promises", "terms"):
            self.fields[name].widget.attrs["rows"] = 3


class HandoffForm:
    """All sections of one page, bound to what was posted or filled from what was kept."""

    def __init__(
        self,
        *,
        data: QueryDict | None = None,
        files: Any = None,
        kept: Mapping[str, Any] | None = None,
        existing: Client | None = None,
        extra_rows: int = 0,
    ) -> None:
        self.existing = existing
        raw = dict(kept or {})
        bound = data if data is None else with_rows(data)
        self.client = ClientSection(bound, prefix="client", initial=_section(raw, "client"))
        people = _people(raw)
        self.contacts = ContactFormSet(bound, prefix="contacts", initial=people or None)
        assert isinstance(self.contacts, ContactRows)
        self.contacts.may_be_empty = existing is not None
        if data is None:
            self.contacts.extra = max(ROWS - len(people), 0) + extra_rows
        for number, form in enumerate(self.contacts.forms):
            form.empty_permitted = number > 0 or existing is not None
        self.contract = ContractSection(bound, files, prefix="contract", initial=_section(raw, "contract"))
        self.promises = PromisesSection(bound, prefix="promises", initial=_section(raw, "promises"))

    @property
    def sections(self) -> list[Any]:
        client = [] if self.existing else [self.client]
        return [*client, self.contacts, self.contract, self.promises]

    def is_valid(self) -> bool:
        valid = [section.is_valid() for section in self.sections]  # each shows its errors
        return all(valid)

    @property
    def has_errors(self) -> bool:
        return any(section.is_bound and not section.is_valid() for section in self.sections)

    def cleaned(self, *, source: str, key: str) -> dict[str, Any]:
        """The values in the shape of the API's body."""
        filled = [form.cleaned_data for form in self.contacts.forms if form.has_changed() and form.cleaned_data]
        contacts = [
            {**one, "tone": "", "channel": "", "hours": "", "is_primary": number == 0}
            for number, one in enumerate(filled)
        ]
        contract = {**self.contract.cleaned_data, "external_id": ""}
        return {
            "source": source,
            "external_id": key,
            "client": _client_values(self.existing)
            if self.existing
            else {**self.client.cleaned_data, "external_id": key},
            "contacts": contacts,
            "contract": contract,
            **self.promises.cleaned_data,
        }


class ReturnForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=ReturnReason.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=gettext_lazy("Comment for sales"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RedirectForm(forms.Form):
    user = forms.ModelChoiceField(label=gettext_lazy("Account manager"), queryset=User.objects.none())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = managers()


class AskSalesForm(forms.Form):
    salesperson = forms.ModelChoiceField(label=gettext_lazy("Salesperson"), queryset=User.objects.none())
    text = forms.CharField(
        label=gettext_lazy("What the client wants"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, client: Client, **options: Any) -> None:
        super().__init__(*args, **options)
        people = salespeople_of(client)
        field = self.fields["salesperson"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(pk__in=people.values("pk"))
        first = people.first()
        field.initial = first.pk if first else None


class DismissForm(forms.Form):
    because = forms.CharField(
        label=gettext_lazy("Why nothing comes of it"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


def kept_values(data: QueryDict) -> dict[str, Any]:
    """Everything that was typed, for the draft."""
    values = {name: texts for name, texts in data.lists() if name not in NOT_KEPT}
    return {"form": {name: [text.replace("\x00", "") for text in texts] for name, texts in values.items()}}


def with_rows(data: QueryDict) -> QueryDict:
    """The same data with a count of contacts that can be trusted."""
    copied = data.copy()
    total = copied.get("contacts-TOTAL_FORMS", "")
    number = int(total) if total.isascii() and total.isdigit() and len(total) < 4 else ROWS
    copied["contacts-TOTAL_FORMS"] = str(min(max(number, 1), 30))
    copied["contacts-INITIAL_FORMS"] = "0"
    return copied


def existing_key(kept: Mapping[str, Any]) -> str:
    """The id of the client that was chosen among those who exist already."""
    return str((kept.get("form", {}).get("existing") or [""])[-1])


def new_key() -> str:
    return new_external_id()


def _section(kept: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    form = kept.get("form")
    if form is None:
        given = kept if prefix == "promises" else kept.get(prefix, {})
        return dict(given) if isinstance(given, Mapping) else {}
    start = f"{prefix}-"
    lists = {"product_codes", "pains"}
    return {
        name.removeprefix(start): texts if name.removeprefix(start) in lists else texts[0]
        for name, texts in form.items()
        if name.startswith(start) and texts
    }


def _people(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    form = kept.get("form")
    if form is None:
        return [{**one, "phones": "; ".join(one.get("phones") or [])} for one in kept.get("contacts", [])]
    numbers = sorted({int(found[1]) for name in form if (found := re.match(r"contacts-(\d{1,2})-", name))})
    rows = [_section(kept, f"contacts-{number}") for number in numbers]
    return [row for row in rows if any(value for name, value in row.items() if name != "address_form")]


def _client_values(client: Client) -> dict[str, Any]:
    values = {name: getattr(client, name) for name in ("external_id", "name", "kind", "inn", "kpp", "tier", "timezone")}
    return {**values, "industry": "", "region": ""}
