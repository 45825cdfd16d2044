from __future__ import annotations

from django.urls import path

from work import views

app_name = "policies"
urlpatterns = [path("", views.policy_page, name="page")]
