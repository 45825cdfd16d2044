"""Contracts, orders, refunds; the product catalogue and the lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.enums import OrderStatus
from clients.forms.business import (
    ContractForm,
    NewContractForm,
    NewOrderForm,
    NewProductForm,
    OrderForm,
    ProductForm,
    RefundForm,
    TaxonomyForm,
)
from clients.models import Contract, Industry, Order, Product, ProductCategory, Region
from clients.services import (
    ContractData,
    OrderData,
    change_contract,
    change_order,
    refund_order,
    sign_contract,
    write_order,
)
from clients.services.contracts import product_ids
from clients.services.products import add_to_taxonomy, archive_product, change_product, create_product
from clients.views.clients import card_url, form_methods, values_of
from clients.views.common import Page, create, edit, of_visible_client, visible_client
from core.errors import DomainError
from core.forms import put_errors
from staff.access import only, person
from staff.permissions import in_department, leads

CONTRACT_FIELDS = (
    "number", "signed_on", "starts_on", "ends_on", "amount", "prolongation_months", "notice_days", "terminated_on",
)  # fmt: skip
ORDER_FIELDS = ("ordered_at", "status", "completed_at", "amount", "cost", "contract")
PRODUCT_FIELDS = ("code", "name", "category", "is_complex", "price", "cost")


@form_methods
@only(in_department)
def new_contract(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = NewContractForm(request.POST or None)
    page = Page(title=_("New contract"), subtitle=client.name, back_url=card_url(pk), done=_("The contract is there."))

    def save(data: dict[str, Any]) -> str:
        contract = ContractData(**{**data, "products": list(data["products"])})
        sign_contract(client=client, data=contract, actor=person(request), now=now())
        return card_url(pk)

    return create(request, form, save, page)


@form_methods
@only(in_department)
def edit_contract(request: HttpRequest, pk: int) -> HttpResponse:
    contract: Contract = of_visible_client(request, Contract.objects.all(), pk)
    initial = {**values_of(contract, CONTRACT_FIELDS), "products": product_ids(contract)}
    user = person(request)
    page = Page(
        title=_("Change contract"),
        subtitle=contract.client.name,
        back_url=card_url(contract.client_id),
        done=_("Saved."),
    )
    return edit(
        request,
        lambda data: ContractForm(data, initial=initial),
        lambda form: change_contract(contract_id=pk, original=form.seen(), mine=form.mine(), actor=user, now=now()),
        page,
    )


@form_methods
@only(in_department)
def new_order(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = NewOrderForm(request.POST or None, client=client)
    page = Page(title=_("New order"), subtitle=client.name, back_url=card_url(pk), done=_("The order is there."))

    def save(data: dict[str, Any]) -> str:
        order = OrderData(**{**data, "status": OrderStatus(data["status"]), "products": list(data["products"])})
        write_order(client=client, data=order, actor=person(request), now=now())
        return card_url(pk)

    return create(request, form, save, page)


@form_methods
@only(in_department)
def edit_order(request: HttpRequest, pk: int) -> HttpResponse:
    order: Order = of_visible_client(request, Order.objects.all(), pk)
    initial = {**values_of(order, ORDER_FIELDS), "products": product_ids(order)}
    user = person(request)
    page = Page(
        title=_("Change order"), subtitle=order.client.name, back_url=card_url(order.client_id), done=_("Saved.")
    )
    return edit(
        request,
        lambda data: OrderForm(data, client=order.client, initial=initial),
        lambda form: change_order(order_id=pk, original=form.seen(), mine=form.mine(), actor=user, now=now()),
        page,
    )


@form_methods
@only(in_department)
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    order: Order = of_visible_client(request, Order.objects.all(), pk)
    page = Page(
        title=_("Refund"),
        subtitle=order.client.name,
        back_url=card_url(order.client_id),
        done=_("The refund is noted."),
        submit=_("Note the refund"),
    )
    user = person(request)
    return edit(
        request,
        lambda data: RefundForm(data, order=order),
        lambda form: refund_order(order_id=pk, original=form.seen(), mine=form.mine(), actor=user, now=now()),
        page,
    )


@require_safe
@only(in_department)
def products(request: HttpRequest) -> HttpResponse:
    archived = request.GET.get("state") == "archived"
    rows = Product.objects.filter(archived_at__isnull=not archived).select_related("category")
    context = {"products": rows[:500], "archived": archived, "may_change": leads(person(request))}
    return render(request, "clients/products.html", context)


@form_methods
@only(leads)
def new_product(request: HttpRequest) -> HttpResponse:
    page = Page(title=_("New product"), back_url=reverse("clients:products"), done=_("The product is there."))

    def save(data: dict[str, Any]) -> str:
        create_product(values=data)
        return page.back_url

    return create(request, NewProductForm(request.POST or None), save, page)


@form_methods
@only(leads)
def edit_product(request: HttpRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    page = Page(title=_("Change product"), back_url=reverse("clients:products"), done=_("Saved."))
    return edit(
        request,
        lambda data: ProductForm(data, initial=values_of(product, PRODUCT_FIELDS)),
        lambda form: change_product(product_id=pk, original=form.seen(), mine=form.mine()),
        page,
    )


@require_POST
@only(leads)
def shelve_product(request: HttpRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    archive_product(product_id=product.pk, archived=product.archived_at is None, now=now())
    return redirect("clients:products")


@form_methods
@only(leads)
def taxonomies(request: HttpRequest) -> HttpResponse:
    form = TaxonomyForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                add_to_taxonomy(**form.cleaned_data)
            except DomainError as error:
                put_errors(form, error)
            else:
                messages.success(request, _("Added."))
                return redirect("clients:taxonomies")
    lists = [
        (_("Industries"), Industry.objects.all()),
        (_("Product categories"), ProductCategory.objects.all()),
        (_("Regions"), Region.objects.all()),
    ]
    return render(request, "clients/taxonomies.html", {"form": form, "lists": lists}, status=status)
