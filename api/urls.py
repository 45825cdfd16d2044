"""Addresses under /api/v1/. Anything else there is a JSON 404, not a page."""

from __future__ import annotations

from django.urls import path, re_path

from api.clients import ClientsView, ClientView
from api.docs import DocsView, SchemaView
from api.handoffs import AcceptView, HandoffsView, HandoffView, ReturnView
from api.nothing import NothingView
from api.orders import OrderView
from api.renewals import RenewalsView, RenewalView
from api.reports import BehindView, CohortsView, KpiView
from api.stops import ResumeView, StopsView, StopView

app_name = "api"

urlpatterns = [
    path("handoffs", HandoffsView.as_view(), name="handoffs"),
    path("handoffs/<int:pk>", HandoffView.as_view(), name="handoff"),
    path("handoffs/<int:pk>/accept", AcceptView.as_view(), name="handoff_accept"),
    path("handoffs/<int:pk>/return", ReturnView.as_view(), name="handoff_return"),
    path("orders/<path:external_id>", OrderView.as_view(), name="order"),
    path("stops", StopsView.as_view(), name="stops"),
    path("stops/<int:pk>", StopView.as_view(), name="stop"),
    path("stops/<int:pk>/resume", ResumeView.as_view(), name="stop_resume"),
    path("clients", ClientsView.as_view(), name="clients"),
    path("clients/<int:pk>", ClientView.as_view(), name="client"),
    path("reports/kpi", KpiView.as_view(), name="reports_kpi"),
    path("reports/cohorts", CohortsView.as_view(), name="reports_cohorts"),
    path("reports/kpi/<slug:metric>/clients", BehindView.as_view(), name="reports_behind"),
    path("renewals", RenewalsView.as_view(), name="renewals"),
    path("renewals/<int:pk>", RenewalView.as_view(), name="renewal"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(), name="docs"),
    re_path(r"^", NothingView.as_view(), name="nothing"),
]
