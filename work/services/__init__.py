"""Writes of this room, one function per use case."""

from __future__ import annotations

from work.services.planning import plan_follow_ups
from work.services.policies import change_policy
from work.services.thanks import plan_thanks
from work.services.touches import cancel_touch, close_touch, move_touch, open_urgent_touch, plan_touch

__all__ = [
    "cancel_touch",
    "change_policy",
    "close_touch",
    "move_touch",
    "open_urgent_touch",
    "plan_follow_ups",
    "plan_thanks",
    "plan_touch",
]
