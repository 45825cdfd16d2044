"""/settings/refusal-reasons/"""

from __future__ import annotations

from django.urls import path

from retention.views import reasons

app_name = "refusal_reasons"
urlpatterns = [
    path("", reasons.settings_page, name="list"),
    path("<int:pk>/", reasons.rename, name="rename"),
    path("<int:pk>/retire/", reasons.retire, name="retire"),
]
