"""Derived tables (``facts``), which nobody writes by hand, and what people keep beside the figures (``board``),
and what the figures pay (``bonus``).
"""

from __future__ import annotations

from reports.models.board import FigureAlert, SavedView
from reports.models.bonus import BonusRules, BonusStatement
from reports.models.facts import Cube, DirtyClient, FactState, Run, Trait, Unit

__all__ = [
    "BonusRules",
    "BonusStatement",
    "Cube",
    "DirtyClient",
    "FactState",
    "FigureAlert",
    "Run",
    "SavedView",
    "Trait",
    "Unit",
]
