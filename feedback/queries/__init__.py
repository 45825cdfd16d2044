"""Reads of this room, one module per subject."""

from __future__ import annotations

from feedback.queries.complaints import (
    ComplaintCounts,
    ComplaintLine,
    client_for_complaint,
    complaint_counts,
    complaint_for_page,
    complaint_lines,
    complaint_list,
    complaints_of,
    scores_of,
    surroundings,
)
from feedback.queries.surveys import ANSWER, INVITATION, Answer, Invitation, answer_list, invitation_list

__all__ = [
    "ANSWER",
    "INVITATION",
    "Answer",
    "ComplaintCounts",
    "ComplaintLine",
    "Invitation",
    "answer_list",
    "client_for_complaint",
    "complaint_counts",
    "complaint_for_page",
    "complaint_lines",
    "complaint_list",
    "complaints_of",
    "invitation_list",
    "scores_of",
    "surroundings",
]
