from __future__ import annotations

from django.urls import path

from clients.views import handoff_form, handoffs

app_name = "handoffs"
urlpatterns = [
    path("", handoffs.handoff_list, name="list"),
    path("new/", handoff_form.handoff_new, name="new"),
    path("<int:pk>/", handoffs.handoff_detail, name="detail"),
    path("<int:pk>/edit/", handoff_form.handoff_edit, name="edit"),
    path("<int:pk>/accept/", handoffs.handoff_accept, name="accept"),
    path("<int:pk>/return/", handoffs.handoff_return, name="return"),
    path("<int:pk>/redirect/", handoffs.handoff_redirect, name="redirect"),
    path("<int:pk>/discard/", handoffs.handoff_discard, name="discard"),
    path("<int:pk>/file/", handoffs.handoff_file, name="file"),
    path("ask/<int:client_pk>/", handoffs.ask_sales, name="ask"),
    path("requests/<int:pk>/dismiss/", handoffs.request_dismiss, name="dismiss"),
]
