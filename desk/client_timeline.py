"""How the events of a timeline are shown: an icon and a tone per kind, groups to filter by."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.enums import EventKind as K
from clients.models import Client, Contact, Contract, TimelineEvent
from core import formats

GROUPS: dict[str, tuple[tuple[str, ...], Promise]] = {
    "talk": ((K.LETTER, K.CALL, K.NOTE), gettext_lazy("Contacts")),
    "money": (
        (
            K.CONTRACT_SIGNED, K.CONTRACT_CHANGED, K.ORDER_CREATED, K.ORDER_COMPLETED, K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
        ),
        gettext_lazy("Orders and contracts"),
    ),
    "voice": (
        (K.SURVEY_SENT, K.SURVEY_ANSWERED, K.COMPLAINT_OPENED, K.COMPLAINT_RESOLVED),
        gettext_lazy("Surveys and complaints"),
    ),
    "keep": (
        (
            K.RENEWAL_OPENED, K.RENEWAL_CHANGED, K.RENEWAL_OFFERED, K.RENEWAL_CLOSED, K.REFUSED, K.REFUSAL_ESTABLISHED,
            K.FROZEN, K.FREEZE_ENDED, K.WIN_BACK_OPENED, K.WIN_BACK_CHANGED, K.WIN_BACK_CLOSED,
        ),
        gettext_lazy("Keeping"),
    ),
    "card": (
        (
            K.CLIENT_CREATED, K.CLIENT_CHANGED, K.CLIENT_ARCHIVED, K.CLIENT_RESTORED, K.CONTACT_ADDED,
            K.CONTACT_CHANGED, K.OWNER_CHANGED, K.FILE_ADDED, K.HANDOFF_OFFERED, K.HANDOFF_ACCEPTED,
            K.HANDOFF_RETURNED, K.HANDOFF_OVERDUE, K.SALES_ASKED,
        ),
        gettext_lazy("Card and hand-off"),
    ),
}  # fmt: skip

_LOOK: dict[str, tuple[str, str]] = {
    K.CLIENT_CREATED: ("building-2", "accent"),
    K.CLIENT_CHANGED: ("pencil", "neutral"),
    K.CLIENT_ARCHIVED: ("archive", "neutral"),
    K.CLIENT_RESTORED: ("archive-restore", "neutral"),
    K.CONTACT_ADDED: ("user-round-plus", "neutral"),
    K.CONTACT_CHANGED: ("user-round-pen", "neutral"),
    K.CONTRACT_SIGNED: ("file-pen-line", "good"),
    K.CONTRACT_CHANGED: ("file-pen", "neutral"),
    K.ORDER_CREATED: ("shopping-cart", "info"),
    K.ORDER_COMPLETED: ("package-check", "good"),
    K.ORDER_CANCELLED: ("package-x", "warn"),
    K.ORDER_REFUNDED: ("undo-2", "warn"),
    K.HANDOFF_OFFERED: ("handshake", "info"),
    K.HANDOFF_ACCEPTED: ("handshake", "good"),
    K.HANDOFF_RETURNED: ("undo-2", "warn"),
    K.HANDOFF_OVERDUE: ("alarm-clock", "bad"),
    K.SALES_ASKED: ("megaphone", "info"),
    K.OWNER_CHANGED: ("user-round-check", "accent"),
    K.LETTER: ("mail", "info"),
    K.CALL: ("phone", "info"),
    K.NOTE: ("sticky-note", "neutral"),
    K.SURVEY_SENT: ("message-square-heart", "info"),
    K.SURVEY_ANSWERED: ("star", "good"),
    K.COMPLAINT_OPENED: ("message-square-warning", "bad"),
    K.COMPLAINT_RESOLVED: ("message-square-heart", "good"),
    K.FILE_ADDED: ("paperclip", "neutral"),
    K.RENEWAL_OPENED: ("calendar-sync", "info"),
    K.RENEWAL_CHANGED: ("calendar-sync", "neutral"),
    K.RENEWAL_OFFERED: ("tag", "info"),
    K.RENEWAL_CLOSED: ("calendar-check", "good"),
    K.REFUSED: ("heart-crack", "bad"),
    K.REFUSAL_ESTABLISHED: ("mic", "warn"),
    K.FROZEN: ("snowflake", "info"),
    K.FREEZE_ENDED: ("play", "neutral"),
    K.WIN_BACK_OPENED: ("rotate-ccw", "info"),
    K.WIN_BACK_CHANGED: ("rotate-ccw", "neutral"),
    K.WIN_BACK_CLOSED: ("flag", "neutral"),
}

#: ``get_kind_display`` translates every kind there is to answer one, and a timeline has twenty events.
_LABELS: dict[str, str | Promise] = dict(K.choices)


@dataclass(frozen=True, slots=True)
class Shown:
    title: str
    text: str
    icon: str
    tone: str
    at: datetime
    who: str
    covering: bool


def look_of(kind: str) -> tuple[str, str]:
    """(icon, tone)"""
    return _LOOK.get(kind, ("circle", "neutral"))


def kinds_of(group: str, visible: Collection[str]) -> tuple[str, ...]:
    """The kinds of a group, or of all, that may be read; empty where nothing is left out."""
    if group in GROUPS:
        return tuple(kind for kind in GROUPS[group][0] if kind in visible)
    return () if len(visible) == len(K) else tuple(sorted(visible))


def group_tabs(chosen: str, visible: Collection[str]) -> list[dict[str, Any]]:
    everything = {"label": _("All"), "url": "?#timeline", "active": chosen not in GROUPS}
    groups = [
        {"label": label, "url": f"?events={code}#timeline", "active": chosen == code}
        for code, (_kinds, label) in GROUPS.items()
        if kinds_of(code, visible)
    ]
    return [everything, *groups]


def shown_events(events: Iterable[Any]) -> list[Shown]:
    return [_shown(event) for event in events]


def _shown(event: Any) -> Shown:
    """An event with ``who``, as ``timeline_of`` answers it."""
    icon, tone = look_of(event.kind)
    return Shown(
        title=str(_LABELS.get(event.kind, event.kind)).capitalize(),
        text=_text(event),
        icon=icon,
        tone=tone,
        at=event.at,
        who=event.who or "",
        covering=bool(event.data.get("covering")),
    )


def _text(event: TimelineEvent) -> str:
    parts = [event.summary] if event.summary else []
    amount = event.data.get("amount")
    if amount:
        parts.append(_money(str(amount)))
    fields = event.data.get("fields")
    if isinstance(fields, list):
        parts.append(", ".join(_label(event.kind, str(name)) for name in fields))
    return " · ".join(parts)


def _money(text: str) -> str:
    try:
        return formats.money(Decimal(text))
    except InvalidOperation:
        return text


def _label(kind: str, name: str) -> str:
    model: Any = {K.CONTACT_CHANGED: Contact, K.CONTRACT_CHANGED: Contract}.get(K(kind), Client)
    if name == "phones":
        return _("phones")
    return str(model._meta.get_field(name).verbose_name) if name in {f.name for f in model._meta.get_fields()} else name
