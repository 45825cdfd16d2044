"""Routes of the whole product, one include per room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("desk.urls")),
    path("api/v1/", include("api.urls")),
    path("account/", include("staff.account_urls")),
    path("clients/", include("clients.urls")),
]

handler400 = "core.error_pages.bad_request"
handler403 = "core.error_pages.forbidden"
handler404 = "core.error_pages.not_found"
handler500 = "core.error_pages.server_error"
