from __future__ import annotations

from django.urls import path

from scripts import views

app_name = "scripts"
urlpatterns = [
    path("", views.script_list, name="list"),
    path("new/<slug:code>/", views.new, name="new"),
    path("<int:pk>/", views.view, name="view"),
    path("<int:pk>/edit/", views.edit, name="edit"),
]
