"""Writes about renewals, one function per use case."""

from __future__ import annotations

from retention.services.renewals.offers import OfferData, decide_offer, offer_terms
from retention.services.renewals.opening import open_renewals
from retention.services.renewals.outcomes import refuse, renew_by_contract, renew_by_new_contract, reopen
from retention.services.renewals.policies import change_keeping_policy, change_limit
from retention.services.renewals.signals import refresh_signals
from retention.services.renewals.talking import give_verdict, move_stage, postpone, set_opinion
from retention.services.renewals.tallies import count_renewals

__all__ = [
    "OfferData",
    "change_keeping_policy",
    "change_limit",
    "count_renewals",
    "decide_offer",
    "give_verdict",
    "move_stage",
    "offer_terms",
    "open_renewals",
    "postpone",
    "refresh_signals",
    "refuse",
    "renew_by_contract",
    "renew_by_new_contract",
    "reopen",
    "set_opinion",
]
