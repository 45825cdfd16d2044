from __future__ import annotations

from django.urls import path

from feedback.views import letters

app_name = "letters"

urlpatterns = [
    path("", letters.template_list, name="list"),
    path("<int:pk>/", letters.template_edit, name="edit"),
    path("<int:pk>/preview/", letters.template_preview, name="preview"),
]
