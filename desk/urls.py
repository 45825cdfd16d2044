from __future__ import annotations

from django.urls import path

from desk import palette, styleguide, views

app_name = "desk"
urlpatterns = [
    path("", views.start, name="start"),
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
    path("counts/", views.counts, name="counts"),
    path("palette/", palette.palette, name="palette"),
    path("styleguide/", styleguide.page, name="styleguide"),
]
