from __future__ import annotations

from django.urls import path

from clients.views import photos

app_name = "clients"
urlpatterns = [
    path("letter-photo/<str:token>/", photos.letter_photo, name="letter_photo"),
]
