"""/renewals/: the forecast is answered by this room's facts, everything else comes from the renewals' own."""

from __future__ import annotations

from django.urls import path

from reports.forecast import forecast
from retention.renewals_urls import urlpatterns as renewals_urlpatterns
from retention.views.renewals import boards

app_name = "renewals"
urlpatterns = [path("forecast/", boards.forecast, {"ask": forecast}, name="forecast"), *renewals_urlpatterns]
