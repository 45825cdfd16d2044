from __future__ import annotations

from django.urls import path

from feedback.views import surveys

app_name = "surveys"

urlpatterns = [
    path("", surveys.answer_list, name="list"),
    path("invitations/", surveys.invitation_list, name="invitations"),
]
