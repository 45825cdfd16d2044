"""/clients/: the list and the card are composed in this room, everything else comes from the clients' own."""

from __future__ import annotations

from django.urls import path

from clients.urls import urlpatterns as clients_urlpatterns
from desk import client_card, client_list

app_name = "clients"
urlpatterns = [
    path("", client_list.client_list, name="list"),
    path("<int:pk>/", client_card.client_card, name="card"),
    path("<int:pk>/contracts/", client_card.client_contracts, name="contracts"),
    path("<int:pk>/orders/", client_card.client_orders, name="orders"),
    *clients_urlpatterns,
]
