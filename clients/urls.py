from __future__ import annotations

from django.urls import path

from clients.views import photos

urlpatterns = [
    path("letter-photo/<str:token>/", photos.letter_photo, name="letter_photo"),
]
