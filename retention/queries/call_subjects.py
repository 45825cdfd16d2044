"""What stands beside the script in a call that keeping has planned."""

from __future__ import annotations

from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.models import Contract
from clients.permissions import visible_clients
from feedback.queries.subjects import CallSubject
from retention.permissions import visible_freezes, visible_refusals
from staff.models import User
from work.models import Touch


def _id(touch: Touch) -> int:
    """The row that a rule such as ``exit:refusal:7`` was made for."""
    return int(str(touch.rule).rsplit(":", 1)[1])


def exit_interview(touch: Touch, user: User) -> CallSubject | None:
    rows = visible_refusals(user).select_related("owner", "contract", "stated_reason")
    refusal = rows.filter(pk=_id(touch)).first()
    if refusal is None:
        return None
    forbidden = ""
    if refusal.owner_id == user.pk:
        forbidden = _("You looked after this client: somebody else asks why the client left.")
    return CallSubject(
        "retention/refusals/_call_panel.html",
        {"refusal": refusal},
        url=reverse("refusals:detail", args=[refusal.pk]),
        forbidden=forbidden,
    )


def save_call(touch: Touch, user: User) -> CallSubject | None:
    """The outcome of the call leads to the stop's page, where the reason is asked for."""
    freeze = visible_freezes(user).select_related("contract", "recorded_by", "closed_by").filter(pk=_id(touch)).first()
    if freeze is None:
        return None
    url = reverse("freezes:detail", args=[freeze.pk])
    return CallSubject("retention/freezes/_call_panel.html", {"freeze": freeze, "today": localdate()}, url=url)


def unexplained(touch: Touch, user: User) -> CallSubject | None:
    """Once the client has said why, the refusal is written down."""
    contract = Contract.objects.filter(pk=_id(touch), client__in=visible_clients(user)).first()
    if contract is None:
        return None
    url = f"{reverse('refusals:create', args=[contract.client_id])}?contract={contract.pk}"
    return CallSubject("retention/refusals/_unexplained_panel.html", {"contract": contract}, url=url)
