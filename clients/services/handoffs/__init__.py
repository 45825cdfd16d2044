"""From a signed client to one who has a manager: drafts, offers, answers, what follows."""

from __future__ import annotations

from clients.services.handoffs.data import HandoffData, build_handoff, digest_of, products_named
from clients.services.handoffs.decide import accept_handoff, redirect_handoff, return_handoff
from clients.services.handoffs.drafts import discard_draft, save_draft
from clients.services.handoffs.offer import Offered, offer_handoff, resend_handoff
from clients.services.handoffs.overdue import mark_overdue_handoffs
from clients.services.handoffs.requests import ask_sales_back, dismiss_request

__all__ = [
    "HandoffData",
    "Offered",
    "accept_handoff",
    "ask_sales_back",
    "build_handoff",
    "digest_of",
    "discard_draft",
    "dismiss_request",
    "mark_overdue_handoffs",
    "offer_handoff",
    "products_named",
    "redirect_handoff",
    "resend_handoff",
    "return_handoff",
    "save_draft",
]
