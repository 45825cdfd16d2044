"""What clients open from their letters."""

from __future__ import annotations

from django.urls import path, register_converter

from portal import views

app_name = "portal"


class Token:
    """URL-safe base64, no longer than anything we ever made."""

    regex = "[A-Za-z0-9_-]{1,100}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Token, "survey_token")

urlpatterns = [
    path("<survey_token:token>/", views.survey, name="survey"),
    path("<survey_token:token>/thanks/", views.thanks, name="thanks"),
]
