"""Writes of this room, one function per use case."""

from __future__ import annotations

from feedback.services.answers import (
    Answer,
    SurveyClosedError,
    record_answer,
    record_phone_response,
    record_recommendation,
)
from feedback.services.complaints import (
    ComplaintData,
    edit_complaint,
    open_complaint,
    reassign_complaint,
    resolve_complaint,
)
from feedback.services.planning import plan_surveys
from feedback.services.sending import close_surveys, send_surveys

__all__ = [
    "Answer",
    "ComplaintData",
    "SurveyClosedError",
    "close_surveys",
    "edit_complaint",
    "open_complaint",
    "plan_surveys",
    "reassign_complaint",
    "record_answer",
    "record_phone_response",
    "record_recommendation",
    "resolve_complaint",
    "send_surveys",
]
