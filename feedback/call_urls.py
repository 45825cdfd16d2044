"""Calls: the queue, the screen, and what was said."""

from __future__ import annotations

from django.urls import path

from feedback.views import calls

app_name = "calls"
urlpatterns = [
    path("calls/", calls.queue, name="queue"),
    path("calls/<int:pk>/", calls.screen, name="screen"),
    path("scripts/<int:pk>/answers/", calls.answers, name="answers"),
]
