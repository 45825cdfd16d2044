"""Creating and changing clients, their people, files, notes and letters."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.enums import AssignmentReason, ClientKind
from clients.forms.clients import ClientForm, NewClientForm
from clients.forms.owner import OwnerForm
from clients.forms.people import ContactForm, NewContactForm
from clients.models import Contact
from clients.services import (
    ClientData,
    ContactData,
    add_contact,
    archive_client,
    archive_contact,
    change_client,
    change_contact,
    create_client,
    restore_client,
    transfer_client,
)
from clients.views.common import Page, create, edit, of_visible_client, visible_client
from core.enums import AddressForm, Tier
from staff.access import only, person
from staff.permissions import in_department, leads

form_methods = require_http_methods(["GET", "HEAD", "POST"])
CLIENT_FIELDS = ("name", "kind", "inn", "kpp", "tier", "industry", "region", "timezone", "parent", "created_on")
CONTACT_FIELDS = (
    "name", "position", "email", "greeting", "address_form", "tone", "channel", "hours", "is_primary",
)  # fmt: skip


def card_url(client_id: int) -> str:
    return reverse("clients:card", args=[client_id])


def values_of(row: Model, fields: tuple[str, ...]) -> dict[str, Any]:
    """Initial values of an edit form; a relation by its key."""
    return {name: getattr(row, row._meta.get_field(name).attname) for name in fields}  # type: ignore[union-attr]


@form_methods
@only(in_department)
def new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = NewClientForm(request.POST or None, user=user)
    page = Page(title=_("New client"), back_url=reverse("clients:list"), done=_("The client has been created."))

    def save(data: dict[str, Any]) -> str:
        owner = data.pop("owner")
        values = {**data, "kind": ClientKind(data["kind"]), "tier": Tier(data["tier"])}
        client = create_client(
            data=ClientData(**values), owner=owner, actor=user, now=now(), reason=AssignmentReason.CREATED
        )
        if client.possible_duplicate_of_id:
            messages.warning(request, _("Another client has the same INN: see whether it is the same company."))
        return card_url(client.pk)

    return create(request, form, save, page)


@form_methods
@only(in_department)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    user = person(request)
    page = Page(title=_("Change client"), subtitle=client.name, back_url=card_url(pk), done=_("Saved."))
    return edit(
        request,
        lambda data: ClientForm(data, user=user, initial=values_of(client, CLIENT_FIELDS)),
        lambda form: change_client(client_id=pk, original=form.seen(), mine=form.mine(), actor=user, now=now()),
        page,
    )


@form_methods
@only(leads)
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = OwnerForm(request.POST or None)
    page = Page(
        title=_("Change the owner"), subtitle=client.name, back_url=card_url(pk), done=_("The client has a new owner.")
    )

    def save(data: dict[str, Any]) -> str:
        transfer_client(client=client, user=data["user"], note=data["note"], actor=person(request), now=now())
        return card_url(pk)

    return create(request, form, save, page)


@require_POST
@only(in_department)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    if archive_client(client_id=client.pk, actor=person(request), now=now()):
        messages.success(request, _("The client is in the archive."))
    return redirect(card_url(pk))


@require_POST
@only(in_department)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    if restore_client(client_id=client.pk, actor=person(request), now=now()):
        messages.success(request, _("The client is back."))
    return redirect(card_url(pk))


@form_methods
@only(in_department)
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    form = NewContactForm(request.POST or None)
    page = Page(title=_("New contact"), subtitle=client.name, back_url=card_url(pk), done=_("The contact is there."))

    def save(data: dict[str, Any]) -> str:
        contact = ContactData(**{**data, "address_form": AddressForm(data["address_form"])})
        add_contact(client=client, data=contact, actor=person(request), now=now())
        return card_url(pk)

    return create(request, form, save, page)


@form_methods
@only(in_department)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact: Contact = of_visible_client(request, Contact.objects.all(), pk)
    phones = list(contact.phones.order_by("position", "id").values_list("number", flat=True))
    initial = {**values_of(contact, CONTACT_FIELDS), "phones": phones}
    back = card_url(contact.client_id)
    page = Page(
        title=_("Change contact"),
        subtitle=contact.client.name,
        back_url=back,
        done=_("Saved."),
        template="clients/contact_form.html",
    )
    user = person(request)
    return edit(
        request,
        lambda data: ContactForm(data, initial=initial),
        lambda form: change_contact(contact_id=pk, original=form.seen(), mine=form.mine(), actor=user, now=now()),
        page,
    )


@require_POST
@only(in_department)
def remove_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact: Contact = of_visible_client(request, Contact.objects.all(), pk)
    archive_contact(contact_id=pk, actor=person(request), now=now())
    messages.success(request, _("The contact is written to no more."))
    return redirect(card_url(contact.client_id))
