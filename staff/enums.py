from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles combine: in a small firm one person holds several, and the menus merge."""

    AM = "am", _("account manager")
    FEEDBACK = "feedback", _("feedback specialist")
    GROWTH = "growth", _("growth manager")
    DOCUMENTS = "documents", _("documents specialist")
    TECHNICAL = "technical", _("technical specialist")
    COORDINATOR = "coordinator", _("coordinator")
    SALES = "sales", _("salesperson")
    HEAD = "head", _("head of department")
    ADMIN = "admin", _("administrator")


#: Everyone who works inside the department and therefore sees all of its clients.
DEPARTMENT_ROLES = frozenset(Role) - {Role.SALES}


class Theme(models.TextChoices):
    AUTO = "auto", _("as in the system")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class Scope(models.TextChoices):
    """What an API token may do."""

    HANDOFFS_WRITE = "handoffs:write", _("hand clients off")
    ORDERS_WRITE = "orders:write", _("write orders")
    CLIENTS_READ = "clients:read", _("read clients")
    CLIENTS_WRITE = "clients:write", _("write clients")
    REPORTS_READ = "reports:read", _("read figures")
    STOPS_WRITE = "stops:write", _("tell that a campaign stopped")
