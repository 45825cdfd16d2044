from __future__ import annotations

from django.urls import path

from feedback.views import complaints

app_name = "complaints"

urlpatterns = [
    path("", complaints.complaint_list, name="list"),
    path("new/<int:client_id>/", complaints.complaint_create, name="create"),
    path("<int:pk>/", complaints.complaint_detail, name="detail"),
    path("<int:pk>/edit/", complaints.complaint_edit, name="edit"),
    path("<int:pk>/resolve/", complaints.complaint_resolve, name="resolve"),
    path("<int:pk>/reassign/", complaints.complaint_reassign, name="reassign"),
]
