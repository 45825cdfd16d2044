"""Writing a hand-off: kept at any moment, whole or not, and sent once it is complete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.enums import HandoffStatus
from clients.forms.handoffs import HandoffForm, existing_key, kept_values, new_key
from clients.models import Client, Handoff, StoredFile
from clients.permissions import may_edit_handoff, visible_clients, visible_handoffs
from clients.queries.handoffs import brought_its_client
from clients.queries.search import pick
from clients.rules.files import MAX_BYTES, SIGNED
from clients.services.files import store_file
from clients.services.handoffs import (
    build_handoff,
    digest_of,
    offer_handoff,
    resend_handoff,
    save_draft,
)
from clients.views.handoffs import person
from core.errors import ConflictError, DomainError, IdempotencyConflictError
from staff.models import User
from staff.permissions import sells

KEY_LENGTH = 100


@login_required
@require_http_methods(["GET", "POST"])
def handoff_new(request: HttpRequest) -> HttpResponse:
    if not sells(person(request)):
        raise PermissionDenied
    key = request.POST.get("key", "")[:KEY_LENGTH].replace("\x00", "") or new_key()
    if request.method == "POST":
        return _posted(request, None, key)
    chosen = _chosen(person(request), request.GET.get("client", ""))
    return _show(request, None, key, HandoffForm(existing=chosen))


@login_required
@require_http_methods(["GET", "POST"])
def handoff_edit(request: HttpRequest, pk: int) -> HttpResponse:
    handoff = get_object_or_404(visible_handoffs(person(request)).select_related("client", "signed_file"), pk=pk)
    if not may_edit_handoff(person(request), handoff):
        if handoff.status == HandoffStatus.DRAFT or request.method == "POST":
            raise PermissionDenied
        return redirect("handoffs:detail", pk=pk)
    if request.method == "POST":
        return _posted(request, handoff, handoff.external_id)
    chosen = _known(person(request), handoff, existing_key(handoff.draft))
    return _show(request, handoff, handoff.external_id, HandoffForm(kept=handoff.draft, existing=chosen))


def _posted(request: HttpRequest, handoff: Handoff | None, key: str) -> HttpResponse:
    action, user = request.POST.get("action", "save"), person(request)
    existing = _known(user, handoff, request.POST.get("existing", ""))
    if action in {"add_contact", "search"}:
        extra = 1 if action == "add_contact" else 0
        form = HandoffForm(kept=kept_values(request.POST), existing=existing, extra_rows=extra)
        return _show(request, handoff, key, form)
    form = HandoffForm(data=request.POST, files=request.FILES, existing=existing)
    try:
        stored = _file(request, handoff, user)
    except DomainError as refused:
        stored = None
        form.contract.add_error("signed_file", str(refused.detail))
        action = "refused"
    if action == "offer" and form.is_valid():
        return _send(request, handoff, key, form, stored)
    return _keep(request, handoff, key, form, stored, show_errors=action != "save")


def _send(
    request: HttpRequest, handoff: Handoff | None, key: str, form: HandoffForm, stored: StoredFile | None
) -> HttpResponse:
    user, kept = person(request), kept_values(request.POST)
    source = handoff.source if handoff else "form"
    try:
        data = build_handoff(form.cleaned(source=source, key=key), signed_file=stored)
        if handoff is not None and handoff.status == HandoffStatus.RETURNED:
            sent = resend_handoff(handoff=handoff, data=data, actor=user, now=now(), payload=kept)
        else:
            sent = offer_handoff(data=data, digest=digest_of(kept), actor=user, now=now(), payload=kept).handoff
    except IdempotencyConflictError:
        return _already_sent(request, key)
    except DomainError as refused:
        messages.error(request, str(refused.detail))
        return _keep(request, handoff, key, form, stored, show_errors=True)
    messages.success(request, _("Handed off. %(manager)s has been asked.") % {"manager": sent.proposed_owner})
    return redirect("handoffs:detail", pk=sent.pk)


def _keep(
    request: HttpRequest,
    handoff: Handoff | None,
    key: str,
    form: HandoffForm,
    stored: StoredFile | None,
    *,
    show_errors: bool,
) -> HttpResponse:
    """Kept in any case; after a refused sending the page comes back with the errors at their places."""
    user, kept = person(request), kept_values(request.POST)
    try:
        draft = save_draft(key=key, payload=kept, actor=user, now=now(), handoff=handoff, signed_file=stored)
    except ConflictError:
        return _already_sent(request, key)
    if show_errors:
        return _show(request, draft, key, form, status=422)
    messages.success(request, _("The draft is kept."))
    return redirect("handoffs:edit", pk=draft.pk)


def _already_sent(request: HttpRequest, key: str) -> HttpResponse:
    sent = get_object_or_404(visible_handoffs(person(request)), source="form", external_id=key)
    messages.warning(request, _("This hand-off was sent already; here it is."))
    return redirect("handoffs:detail", pk=sent.pk)


def _show(
    request: HttpRequest,
    handoff: Handoff | None,
    key: str,
    form: HandoffForm,
    *,
    status: int = 200,
) -> HttpResponse:
    text = request.POST.get("search", request.GET.get("search", ""))[:200].replace("\0", "")
    context: dict[str, Any] = {
        "handoff": handoff,
        "key": key,
        "form": form,
        "search": text,
        "found": pick(visible_clients(person(request)), text, limit=10),
        "is_returned": handoff is not None and handoff.status == HandoffStatus.RETURNED,
    }
    return render(request, "handoffs/form.html", context, status=status)


def _file(request: HttpRequest, handoff: Handoff | None, user: User) -> StoredFile | None:
    upload = request.FILES.get("contract-signed_file")
    if upload is not None:
        data = upload.read(MAX_BYTES + 1)
        return store_file(client=None, name=upload.name or "", data=data, actor=user, now=now(), allowed=SIGNED)
    return handoff.signed_file if handoff else None


def _known(user: User, handoff: Handoff | None, key: str) -> Client | None:
    """A returned hand-off keeps its client, who may be corrected only while nobody else knows him."""
    if handoff is not None and handoff.client is not None:
        return None if brought_its_client(handoff, handoff.client) else handoff.client
    return _chosen(user, key)


def _chosen(user: User, key: str) -> Client | None:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return visible_clients(user).filter(pk=int(key)).first()
