"""Winning clients back, one function per use case."""

from __future__ import annotations

from retention.services.winbacks.campaigns import CampaignData, close_campaign, create_campaign, fill_campaign
from retention.services.winbacks.opening import take_into_win_back
from retention.services.winbacks.outcomes import lose, reopen, win
from retention.services.winbacks.talking import make_offer, move_stage, pass_on, plan_step

__all__ = [
    "CampaignData",
    "close_campaign",
    "create_campaign",
    "fill_campaign",
    "lose",
    "make_offer",
    "move_stage",
    "pass_on",
    "plan_step",
    "reopen",
    "take_into_win_back",
    "win",
]
