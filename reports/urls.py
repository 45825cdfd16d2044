"""/reports/"""

from __future__ import annotations

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("kpi/", views.kpi, name="kpi"),
    path("kpi/<slug:metric>/clients/", views.who, name="who"),
    path("cohorts/", views.cohorts, name="cohorts"),
]
