"""Keeping clients: renewals, refusals, freezes, win-back, and what figures are held against."""

from __future__ import annotations

from retention.models.attention import Attention, AttentionWatch
from retention.models.freezes import Freeze
from retention.models.leaving import Candidate, Divergence, LeavingWatch, Mismatch, Return, Tally, Unexplained
from retention.models.policies import DiscountLimit, KeepingPolicy
from retention.models.refusals import ExitInterview, MetObjection, Refusal, RefusalReason, Retro
from retention.models.renewals import Renewal, RenewalOffer, RenewalWatch, SignalWatch
from retention.models.tallies import CampaignTally, ReasonTally, RenewalTally, TallyMark
from retention.models.targets import Annotation, Corridor, HistoricalRate, Target
from retention.models.winbacks import TrustCampaign, WinBack

__all__ = [
    "Annotation",
    "Attention",
    "AttentionWatch",
    "CampaignTally",
    "Candidate",
    "Corridor",
    "DiscountLimit",
    "Divergence",
    "ExitInterview",
    "Freeze",
    "HistoricalRate",
    "KeepingPolicy",
    "LeavingWatch",
    "MetObjection",
    "Mismatch",
    "ReasonTally",
    "Refusal",
    "RefusalReason",
    "Renewal",
    "RenewalOffer",
    "RenewalTally",
    "RenewalWatch",
    "Retro",
    "Return",
    "SignalWatch",
    "Tally",
    "TallyMark",
    "Target",
    "TrustCampaign",
    "Unexplained",
    "WinBack",
]
