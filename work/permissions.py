"""The one gate to planned contacts."""

from __future__ import annotations

from django.db.models import QuerySet

from staff.models import User
from staff.permissions import in_department
from work.models import Touch


def visible_touches(user: User) -> QuerySet[Touch]:
    """The department sees and may take every contact (anyone may help anyone); sales see none."""
    return Touch.objects.all() if in_department(user) else Touch.objects.none()
