from __future__ import annotations

from django.urls import path

from scripts import objection_views, views

app_name = "scripts"
urlpatterns = [
    path("", views.script_list, name="list"),
    path("new/<slug:code>/", views.new, name="new"),
    path("objections/", objection_views.objection_list, name="objections"),
    path("objections/new/", objection_views.objection_new, name="objection_new"),
    path("objections/<int:pk>/", objection_views.objection_edit, name="objection"),
    path("objections/<int:pk>/archive/", objection_views.objection_archive, name="objection_archive"),
    path("<int:pk>/", views.view, name="view"),
    path("<int:pk>/edit/", views.edit, name="edit"),
]
