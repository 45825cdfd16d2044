from __future__ import annotations

from django.urls import path

from desk.mail import views

app_name = "mail"

urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("retry/", views.retry, name="retry"),
    path("<int:pk>/", views.letter, name="letter"),
    path("<int:pk>/html/", views.letter_html, name="letter_html"),
    path("<int:pk>/decide/", views.decide, name="decide"),
]
