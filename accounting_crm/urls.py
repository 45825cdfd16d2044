"""Routes of the whole product, one include per room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from accounting_crm import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("desk.urls")),
    path("api/v1/", include("api.urls")),
    path("", include("staff.urls")),
    path("account/", include("staff.account_urls")),
    path("settings/", include("staff.settings_urls")),
    path("", include("feedback.call_urls")),
    path("touches/", include("work.urls")),
    path("scripts/", include("scripts.urls")),
    path("settings/policies/", include("work.policy_urls")),
    path("clients/", include("desk.client_urls")),
    path("complaints/", include("feedback.complaint_urls")),
    path("renewals/", include("reports.renewals_urls")),
    path("winback/", include("retention.winbacks_urls")),
    path("attention/", include("retention.attention_urls")),
    path("surveys/", include("feedback.survey_urls")),
    path("mail/", include("desk.mail.urls")),
    path("settings/letters/", include("feedback.letter_urls")),
    path("s/", include("portal.urls")),
    path("imports/", include("interchange.urls")),
    path("reports/", include("reports.urls")),
    path("handoffs/", include("clients.handoff_urls")),
    path("refusals/", include("retention.refusals_urls")),
    path("freezes/", include("retention.freezes_urls")),
    path("settings/refusal-reasons/", include("retention.reasons_urls")),
]

handler400 = "core.error_pages.bad_request"
handler403 = "core.error_pages.forbidden"
handler404 = "core.error_pages.not_found"
handler500 = "accounting_crm.failures.failed"
