"""What is put on a client's record: notes, letters, files."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.forms.people import FileForm, LetterForm, NoteForm
from clients.letters import compose, send_to_contact
from clients.models import Client, LetterTemplate, StoredFile
from clients.queries import current_owner
from clients.rules.files import MAX_BYTES
from clients.services import store_file
from clients.services.notes import add_note
from clients.views.clients import card_url, form_methods
from clients.views.common import Page, create, of_visible_client, visible_client
from core.errors import DomainError
from core.idempotency import run_once
from staff.access import only, person
from staff.permissions import in_department


@require_POST
@only(in_department)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    user = person(request)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A note needs a text."))
        return redirect(card_url(pk))

    def save() -> str:
        add_note(client=client, text=form.cleaned_data["text"], actor=user, now=now())
        return card_url(pk)

    return redirect(run_once(key=form.cleaned_data["once"], user_id=user.pk, action=save))


@form_methods
@only(in_department)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a wording, edit it, send it; the first GET without a template offers the wordings."""
    client = visible_client(request, pk)
    form = LetterForm(request.POST or None, client=client, initial=_draft(request, client))
    page = Page(
        title=_("Letter"),
        subtitle=client.name,
        back_url=card_url(pk),
        done=_("The letter is on its way."),
        submit=_("Send"),
        template="clients/letter_form.html",
    )

    def save(data: dict[str, Any]) -> str:
        send_to_contact(
            contact=data["contact"],
            subject=data["subject"],
            body=data["body"],
            actor=person(request),
            key=f"hand:{form.cleaned_data['once']}:{data['contact'].pk}",
            now=now(),
        )
        return card_url(pk)

    return create(
        request,
        form,
        save,
        page,
        client=client,
        templates=LetterTemplate.objects.filter(for_hand=True, language="ru"),
        chosen=request.GET.get("template", "") or "note_by_hand",
        writable=form.fields["contact"].queryset.exists(),  # type: ignore[attr-defined]
    )


def _draft(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The wording of the chosen template, filled in for the contact, for the person to edit."""
    people = client.contacts.filter(archived_at__isnull=True).exclude(email="").select_related("client")
    wanted = request.GET.get("contact", "")
    contact = (people.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 16 else None) or (
        people.first()
    )
    if contact is None:
        return {}
    code = request.GET.get("template", "").replace("\0", "") or "note_by_hand"
    if not LetterTemplate.objects.filter(code=code, for_hand=True).exists():
        code = "note_by_hand"
    try:
        composed = compose(template_code=code, contact=contact, owner=current_owner(client))
    except DomainError:
        return {"contact": contact.pk}
    body = composed.text.rpartition("\n\n—")[0]
    return {"contact": contact.pk, "template": code, "subject": composed.subject, "body": body}


@form_methods
@only(in_department)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    client = visible_client(request, pk)
    page = Page(
        title=_("Attach a file"),
        subtitle=client.name,
        back_url=card_url(pk),
        done=_("The file is attached."),
        submit=_("Attach"),
        multipart=True,
    )

    def save(data: dict[str, Any]) -> str:
        content = data["content"]
        store_file(
            client=client,
            name=content.name,
            data=content.read(MAX_BYTES + 1),
            actor=person(request),
            now=now(),
        )
        return card_url(pk)

    form = FileForm(request.POST or None, request.FILES or None)
    return create(request, form, save, page)


@require_safe
@only(lambda user: user.is_active)
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Always as a download, never shown inside our origin."""
    stored: StoredFile = of_visible_client(request, StoredFile.objects.all(), pk)
    try:
        content = stored.content.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, content_type=stored.content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}"
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return cast("HttpResponse", response)
