"""/refusals/"""

from __future__ import annotations

from django.urls import path

from retention.views import lessons, reasons, refusals

app_name = "refusals"
urlpatterns = [
    path("", refusals.refusal_list, name="list"),
    path("reasons/", reasons.reasons_page, name="reasons"),
    path("interviews/", lessons.interviews, name="interviews"),
    path("retros/", lessons.retros, name="retros"),
    path("unexplained/", lessons.unexplained, name="unexplained"),
    path("new/<int:client_id>/", refusals.create, name="create"),
    path("<int:pk>/", refusals.detail, name="detail"),
    path("<int:pk>/edit/", refusals.edit, name="edit"),
    path("<int:pk>/withdraw/", refusals.withdraw, name="withdraw"),
    path("<int:pk>/interview/", lessons.interview, name="interview"),
    path("<int:pk>/interviewer/", lessons.interviewer, name="interviewer"),
    path("<int:pk>/retro/", lessons.retro, name="retro"),
    path("<int:pk>/retro/done/", lessons.retro_done, name="retro_done"),
    path("<int:pk>/objection/", lessons.objection, name="objection"),
]
