"""/freezes/"""

from __future__ import annotations

from django.urls import path

from retention.views import freezes

app_name = "freezes"
urlpatterns = [
    path("", freezes.freeze_list, name="list"),
    path("figures/", freezes.figures, name="figures"),
    path("new/<int:client_id>/", freezes.create, name="create"),
    path("<int:pk>/", freezes.detail, name="detail"),
    path("<int:pk>/resume/", freezes.resume, name="resume"),
]
