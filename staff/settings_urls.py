from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from staff.views import company


class DayConverter:
    """An ISO day; one that is not in the calendar is no route."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "settings"
urlpatterns = [
    path("", company.company, name="company"),
    path("hours/", company.hours, name="hours"),
    path("calendar/", company.calendar, name="calendar"),
    path("calendar/<day:day>/remove/", company.remove_override, name="remove_override"),
    path("audit/", company.company_audit, name="audit"),
    path("audit/users/<int:pk>/", company.user_audit, name="audit_user"),
]
