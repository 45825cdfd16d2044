from __future__ import annotations

from django.urls import path

from retention.views import attention

app_name = "attention"
urlpatterns = [path("", attention.listing, name="list")]
