from __future__ import annotations

from django.urls import path

from interchange import views

app_name = "imports"
urlpatterns = [
    path("", views.import_list, name="list"),
    path("<int:pk>/", views.import_run, name="run"),
    path("<int:pk>/issues.csv", views.import_issues, name="issues"),
    path("<int:pk>/undo/", views.import_undo, name="undo"),
    path("export/<slug:kind>.csv", views.export_file, name="export"),
]
