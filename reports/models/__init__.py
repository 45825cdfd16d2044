"""Derived tables (``facts``), which nobody writes by hand, and what people keep beside the figures (``board``),
what the figures pay (``bonus``), and what people have in hand (``tally``).
"""

from __future__ import annotations

from reports.models.board import FigureAlert, SavedView
from reports.models.bonus import BonusRules, BonusStatement
from reports.models.facts import (
    Brought,
    BroughtSum,
    Cohort,
    Cube,
    DirtyClient,
    FactState,
    Heap,
    Overlap,
    Run,
    Trait,
    Unit,
)
from reports.models.tally import OwnerChange, WorkTally

__all__ = [
    "BonusRules",
    "BonusStatement",
    "Brought",
    "BroughtSum",
    "Cohort",
    "Cube",
    "DirtyClient",
    "FactState",
    "FigureAlert",
    "Heap",
    "Overlap",
    "OwnerChange",
    "Run",
    "SavedView",
    "Trait",
    "Unit",
    "WorkTally",
]
