from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from core.page_links import page_urls
from core.pagination import keyset_page
from desk.mail.forms import DecisionForm, OutboxFilter
from gateways.enums import Decision, MessageClass, MessageState
from gateways.models import OutboxMessage
from gateways.queries import OutboxHealth, outbox_health, outbox_list
from gateways.rules import decisions_for, without_secrets
from gateways.services import decide_letter, retry_failed
from staff.enums import Role
from staff.models import User
from staff.permissions import leads

_TONES = {
    MessageState.SENT: "good",
    MessageState.UNCERTAIN: "warn",
    MessageState.FAILED: "bad",
    MessageState.SENDING: "info",
    MessageState.CLAIMED: "info",
}
#: A letter is somebody's HTML: no scripts, no forms, nothing from elsewhere, only its own inline styles.
_LETTER_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


def _leaders_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not leads(_user(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@require_GET
@_leaders_only
def outbox(request: HttpRequest) -> HttpResponse:
    form = OutboxFilter(request.GET)
    form.is_valid()
    data = form.cleaned_data
    rows = outbox_list(
        state=data.get("state", ""), message_class=data.get("message_class", ""), search=data.get("search", "")
    )
    page = keyset_page(rows, order=("-id",), after=data.get("after", ""), before=data.get("before", ""))
    health = outbox_health()
    context = {
        "rows": page.rows,
        "form": form,
        "health": health,
        "failed": health.counts.get(MessageState.FAILED, 0),
        "tones": _TONES,
        "tabs": _tabs(data.get("state", ""), health),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "mail/outbox.html", context)


def _tabs(state: str, health: OutboxHealth) -> list[dict[str, object]]:
    shown = [MessageState.QUEUED, MessageState.SENT, MessageState.UNCERTAIN, MessageState.FAILED]
    tones = {MessageState.UNCERTAIN: "warn", MessageState.FAILED: "bad"}
    everything: dict[str, object] = {"label": _("All"), "url": "?", "active": not state}
    items = [everything]
    for one in shown:
        count = health.counts.get(one, 0)
        items.append(
            {
                "label": one.label,
                "url": f"?state={one.value}",
                "count": None if one == MessageState.SENT else count,
                "active": state == one,
                "tone": tones.get(one, "") if count else "",
            }
        )
    return items


@require_GET
@_leaders_only
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(OutboxMessage, pk=pk)
    text = message.text if _may_see_links(_user(request), message) else without_secrets(message.text)
    texts = {
        Decision.RESEND: _("The letter goes into the queue once more. If it did arrive, the person gets it twice."),
        Decision.ARRIVED: _("The letter is marked as sent and is not sent again."),
        Decision.CANCEL: _("The letter is never sent."),
    }
    decisions = [
        {"value": one.value, "label": one.label, "text": texts[one], "id": f"decide-{one.value}"}
        for one in decisions_for(MessageState(message.state))
    ]
    context = {"letter": message, "text": text, "decisions": decisions, "tone": _TONES.get(message.state, "neutral")}  # type: ignore[call-overload]
    return render(request, "mail/letter.html", context)


@require_GET
@_leaders_only
@xframe_options_sameorigin
def letter_html(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown in a frame that allows nothing."""
    message = get_object_or_404(OutboxMessage, pk=pk)
    html = message.html if _may_see_links(_user(request), message) else without_secrets(message.html)
    return HttpResponse(html, headers={"Content-Security-Policy": _LETTER_POLICY, "Cache-Control": "no-store"})


def _may_see_links(user: User, message: OutboxMessage) -> bool:
    """Without a mail server this page is the mailbox; keys to people's accounts are the administrator's business."""
    is_admin = user.is_superuser or user.has_role(Role.ADMIN)
    return message.delivered_locally and (is_admin or message.message_class != MessageClass.STAFF)


@require_POST
@_leaders_only
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(OutboxMessage, pk=pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            decide_letter(
                message_id=message.pk,
                decision=Decision(form.cleaned_data["decision"]),
                decided_by=str(_user(request)),
                now=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, str(error.detail))
        else:
            messages.success(request, _("Decided."))
    return redirect("mail:letter", pk=pk)


@require_POST
@_leaders_only
def retry(request: HttpRequest) -> HttpResponse:
    count = retry_failed(decided_by=str(_user(request)), now=timezone.now())
    text = ngettext("%(n)d letter is in the queue again.", "%(n)d letters are in the queue again.", count)
    messages.success(request, text % {"n": count})
    return redirect("mail:outbox")
