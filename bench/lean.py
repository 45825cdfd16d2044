"""What the stack allows: the same answers by minimal Django, without permissions, audit, language or frame.

The measure of every page. It stays lean: log-in by session, plain templates, at most three queries (the card eight).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import connection, models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template import Context, Engine
from django.urls import path
from django.utils.timezone import localdate
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients.models import Client, Contact, ContactPhone, Contract, TimelineEvent

PAGE = 50
SHOWN = ["pk", "name", "inn", "tier", "sort_key", "standing__last_order_at", "standing__owner__name"]
FRAME = """<!DOCTYPE html><html><head><title>{% block title %}{% endblock %}</title></head><body>
<nav><a href="/">Клиенты</a> {{ user.name }}</nav>{% block content %}{% endblock %}</body></html>"""
LIST = """{% extends "frame" %}{% block title %}Клиенты{% endblock %}{% block content %}
<form><input name="q" value="{{ q }}"></form><table>{% for c in clients %}<tr>
<td><a href="/c/{{ c.pk }}/">{{ c.name }}</a></td><td>{{ c.inn }}</td><td>{{ c.tier }}</td><td>{{ c.standing__owner__name }}</td>
<td>{{ c.standing__last_order_at|date:"d.m.Y" }}</td></tr>{% endfor %}</table>
<a href="?after={{ after }}">Дальше</a>{% endblock %}"""
CARD = """{% extends "frame" %}{% block title %}{{ c.name }}{% endblock %}{% block content %}
<h1>{{ c.name }}</h1><p>{{ c.inn }} {{ c.tier }} {{ c.industry.name }} {{ c.region.name }} {{ c.standing.owner.name }}</p>
<ul>{% for p in contacts %}<li>{{ p.name }} {{ p.email }} {% for n in p.phones.all %}{{ n.number }} {% endfor %}</li>{% endfor %}</ul>
<ul>{% for k in contracts %}<li>{{ k.number }} {{ k.starts_on|date:"d.m.Y" }} {{ k.ends_on|date:"d.m.Y" }} {{ k.amount }}</li>{% endfor %}</ul>
<ul>{% for o in orders %}<li>{{ o.ordered_at|date:"d.m.Y" }} {{ o.status }} {{ o.amount }}</li>{% endfor %}</ul>
<ul>{% for e in events %}<li>{{ e.at|date:"d.m.Y H:i" }} {{ e.kind }} {{ e.summary }}</li>{% endfor %}</ul>
{% endblock %}"""
KPI = """{% extends "frame" %}{% block title %}Показатели{% endblock %}{% block content %}<table>{% for r in rows %}<tr>
<td>{{ r.0|date:"m.Y" }}</td>{% for v in r.1 %}<td>{{ v }}</td>{% endfor %}</tr>{% endfor %}</table>{% endblock %}"""
_TEXTS = {"frame": FRAME, "list": LIST, "card": CARD, "kpi": KPI}
ENGINE = Engine(
    loaders=[("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", _TEXTS)])]
)


def _page(request: HttpRequest, name: str, values: dict[str, Any]) -> HttpResponse:
    return HttpResponse(ENGINE.get_template(name).render(Context({"user": request.user, **values})))


def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_required
def client_list(request: HttpRequest) -> HttpResponse:
    clients = Client.objects.filter(archived_at=None)
    text = request.GET.get("q", "")
    if text:
        clients = clients.extra(  # the shortest way to a prefix search of stored text
            tables=["clients_clientsearch"],
            where=["clients_clientsearch.client_id = clients_client.id", "document @@ to_tsquery('simple', %s)"],
            params=[f"{text}:*"],
        )
    if after := request.GET.get("after"):
        name, _sign, pk = after.rpartition("~")
        clients = clients.filter(Q(sort_key__gte=name), Q(sort_key__gt=name) | Q(sort_key=name, pk__gt=pk))
    rows = list(clients.values(*SHOWN).order_by("sort_key", "pk")[:PAGE])
    last = f"{rows[-1]['sort_key']}~{rows[-1]['pk']}" if rows else ""
    return _page(request, "list", {"clients": rows, "q": text, "after": last})


@login_required
def card(request: HttpRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(Client.objects.select_related("industry", "region", "standing__owner"), pk=pk)
    return _page(
        request,
        "card",
        {
            "c": client,
            "contacts": client.contacts.prefetch_related("phones"),
            "contracts": client.contracts.values("number", "starts_on", "ends_on", "amount")[:10],
            "orders": client.orders.values("ordered_at", "status", "amount")[:10],
            "events": TimelineEvent.objects.filter(client=client).values("at", "kind", "summary")[:20],
        },
    )


@login_required
def kpi(request: HttpRequest) -> HttpResponse:
    """Twenty-four months of ready sums, as a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, array_agg(round(value, 2) ORDER BY name) FROM bench_cube WHERE month >= %s GROUP BY month ORDER BY month",
            [localdate() - timedelta(days=730)],
        )
        rows = cursor.fetchall()
    return _page(request, "kpi", {"rows": rows})


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Client
        fields = ["name", "kind", "inn", "tier", "timezone"]


@login_required
def create(request: HttpRequest) -> HttpResponse:
    form = ClientForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400)
    form.instance.created_on = localdate()
    Bare._default_manager.create(
        name=form.cleaned_data["name"], inn=form.cleaned_data["inn"], tier=form.cleaned_data["tier"]
    )
    return HttpResponseRedirect("/")


class Bare(models.Model):
    """A table without a trail, in the database of the bench only."""

    name = models.TextField()
    inn = models.TextField(default="")
    tier = models.TextField(default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    ordered_at = models.DateTimeField(null=True)
    client = models.ForeignKey(Client, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_bare"

    def __str__(self) -> str:
        return self.name


TABLES = """
CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, name text NOT NULL, inn text NOT NULL, tier text NOT NULL,
    amount numeric(14, 2) NOT NULL, ordered_at timestamptz, client_id bigint);
CREATE INDEX IF NOT EXISTS bench_bare_client ON bench_bare (client_id);
DROP TABLE IF EXISTS bench_cube;
CREATE TABLE bench_cube (month date, name text, value numeric, PRIMARY KEY (month, name));
INSERT INTO bench_cube
SELECT m.month, n.name, CASE n.name WHEN 'orders' THEN m.orders WHEN 'sum' THEN m.total WHEN 'buyers' THEN m.buyers
    ELSE m.total / n.k END
FROM (SELECT date_trunc('month', ordered_at)::date AS month, count(*) AS orders, sum(net) AS total,
             count(DISTINCT client_id) AS buyers FROM clients_order WHERE status = 'completed' GROUP BY 1) m,
     (VALUES ('orders', 1), ('sum', 1), ('buyers', 1), ('a', 7), ('b', 11), ('c', 13), ('d', 17), ('e', 19), ('f', 23), ('g', 29),
     ('h', 31), ('i', 37), ('j', 41), ('k', 43), ('l', 47), ('m', 53), ('n', 59), ('o', 61), ('p', 67), ('q', 71)) n (name, k)
WHERE NOT EXISTS (SELECT FROM bench_cube);
"""


def create_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


class PhoneOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = ContactPhone
        fields = ["number"]


class ContactOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    phones = PhoneOut(many=True)

    class Meta:
        model = Contact
        fields = ["id", "external_id", "name", "position", "email", "greeting", "is_primary", "phones"]


class ContractOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Contract
        fields = ["id", "external_id", "number", "signed_on", "starts_on", "ends_on", "amount", "products"]


class ClientOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    contacts = ContactOut(many=True)
    contracts = ContractOut(many=True)

    class Meta:
        model = Client
        fields = [
            *["id", "external_id", "name", "kind", "inn", "kpp", "tier", "timezone", "created_on"],
            *["contacts", "contracts"],
        ]


class OrderIn(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Bare
        fields = ["id", "name", "amount", "ordered_at"]


class ReadView(APIView):
    authentication_classes: Any = []
    permission_classes: Any = []
    throttle_classes: Any = []

    def get(self, request: Request, pk: int) -> Response:
        return Response(ClientOut(get_object_or_404(Client, pk=pk)).data)


class InsertView(ReadView):
    def put(self, request: Request, external_id: str) -> Response:
        body = OrderIn(data={**request.data, "name": external_id})
        body.is_valid(raise_exception=True)
        body.save()
        return Response(body.data, status=201)


urlpatterns = [
    path("noop/", noop),
    path("clients/", client_list),
    path("clients/<int:pk>/", card),
    path("clients/new/", create),
    path("reports/kpi/", kpi),
    path("api/v1/clients/<int:pk>", ReadView.as_view()),
    path("api/v1/orders/<path:external_id>", InsertView.as_view()),
]
