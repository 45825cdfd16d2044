"""The living page of the design system, for those who build pages. Its data are samples, nobody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from core.charts import Chart, Marker, Point, Series, Sparkline, Unit
from staff.models import User
from staff.permissions import leads

MONTHS = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
RENEWED = (0.5, 0.52, 0.48, 0.55, None, 0.61, 0.64, 0.63, 0.7, 0.74, 0.81, 0.85)
PLAN = (0.5, 0.5, 0.55, 0.55, 0.6, 0.6, 0.65, 0.65, 0.7, 0.7, 0.75, 0.75)
INCOME = (620_000, 710_000, 540_000, 880_000, 930_000, 1_120_000, 990_000, 1_240_000, 1_310_000, 1_280_000, 1_450_000)


class SampleForm(forms.Form):
    name = forms.CharField(label="Название", help_text="Как в договоре")
    inn = forms.CharField(label="ИНН", required=False)
    tier = forms.ChoiceField(label="Категория", choices=[("A", "A"), ("B", "B"), ("C", "C")])
    signed = forms.DateField(label="Подписан", widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label="Боли клиента", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    urgent = forms.BooleanField(label="Срочно", required=False)


def line_chart() -> Chart:
    fact = [
        Point(month, value, url="?month=1" if value else "", note="17 из 20")
        for month, value in zip(MONTHS, RENEWED, strict=True)
    ]
    plan = [Point(month, value) for month, value in zip(MONTHS, PLAN, strict=True)]
    return Chart(
        id="sample-line",
        title="Доля продлений",
        series=[
            Series("Факт", fact, tone=1, unit=Unit.SHARE),
            Series("План", plan, tone=0, dashed=True, unit=Unit.SHARE),
        ],
        markers=[Marker("апр", "создан отдел"), Marker("окт", "новый скрипт")],
    )


def bar_chart() -> Chart:
    points = [Point(month, value, url="?month=2") for month, value in zip(MONTHS, INCOME, strict=False)]
    return Chart(id="sample-bar", title="Выручка", series=[Series("Выручка", points, unit=Unit.MONEY)], kind="bar")


def grouped_chart() -> Chart:
    new = [Point(month, value) for month, value in zip(MONTHS[:6], (12, 14, 9, 16, 18, 21), strict=True)]
    lost = [Point(month, value) for month, value in zip(MONTHS[:6], (7, 6, 8, 4, 3, 2), strict=True)]
    series = [Series("Пришли", new, tone=2), Series("Ушли", lost, tone=4)]
    return Chart(id="sample-grouped", title="Клиенты", series=series, kind="bar")


def area_chart() -> Chart:
    points = [Point(f"{week} нед", value) for week, value in enumerate((31, 28, 34, 40, 38, 45, 47, 52), start=1)]
    return Chart(id="sample-area", title="Активные клиенты", series=[Series("Клиенты", points, tone=2)])


def samples(user: User) -> dict[str, Any]:
    now = timezone.now()
    rows = [
        ("ООО «Северный ветер»", user, "good", "circle-check", 87, 1_240_000, 12, 2),
        ("АО «Вектор Плюс»", "Илья Носов", "warn", "triangle-alert", 62, 860_000, 23, 9),
        ("ИП Гаврилов", "Анна Ким", "bad", "flame", 31, 310_000.5, 3, 34),
        (
            "Строительная компания «Ромашка-Логистик Северо-Запад»",
            "Мария Пак",
            "good",
            "circle-check",
            92,
            2105000,
            60,
            1,
        ),
    ]
    keys = ("name", "owner", "tone", "icon", "score", "amount", "ends", "touched")
    tabs = [
        {"label": "Все", "url": "?", "active": True, "count": 148},
        {"label": "В зоне риска", "url": "?risk=1", "count": 7, "tone": "bad"},
        {"label": "Продление ≤ 30 дней", "url": "?due=30", "count": 12},
        {"label": "Без ответа", "url": "?silent=1"},
    ]
    return {
        "rows": [
            {
                **dict(zip(keys, row, strict=True)),
                "ends_at": now + timedelta(days=row[6]),
                "touched_at": now - timedelta(days=row[7]),
            }
            for row in rows
        ],
        "tabs": tabs,
        "facts": [("ИНН", "7707083893"), ("Категория", "A"), ("Часовой пояс", "Новосибирск"), ("Промокод", None)],
        "line": line_chart(),
        "bars": bar_chart(),
        "grouped": grouped_chart(),
        "area": area_chart(),
        "nothing": Chart(id="sample-empty", title="NPS", series=[Series("NPS", [Point("янв", None)])]),
        "rising": Sparkline([31, 28, 34, 40, 38, 45, 52], "растёт с 31 до 52", 2),
        "falling": Sparkline([12, 10, 11, 9, 8, 8, 7], "падает с 12 до 7", 2),
        "form": SampleForm(prefix="clean"),
        "wrong_form": SampleForm({"wrong-tier": "Z", "wrong-name": "ООО"}, prefix="wrong"),
        "now": now,
        "hour_ago": now - timedelta(hours=1),
        "people": [user, "Илья Носов", "Мария Пак", "Анна Ким", "Олег"],
        "tones": ("neutral", "accent", "good", "warn", "bad", "info"),
        "sections": ("page_head", "stat", "chart", "table", "badge", "form", "dialog", "timeline", "notice", "empty"),
    }


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    if not leads(user):
        raise PermissionDenied
    return render(request, "desk/styleguide.html", samples(user))
