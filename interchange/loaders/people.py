"""Users and the catalogue."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clients.models import Product
from interchange.loaders.base import (
    Check,
    Loader,
    Present,
    ensure_names,
    only,
)
from interchange.staging import TABLE
from interchange.upserts import Target
from staff.models import User


def _users(present: Present) -> Target:
    values = only(
        present,
        {
            "username": ("username", "s.username"),
            "name": ("name", "s.name"),
            "email": ("email", "coalesce(s.email, '')"),
            "roles": ("roles", "coalesce(string_to_array(s.roles, ';'), ARRAY[]::varchar[])"),
            "phone": ("phone", "coalesce(s.phone, '')"),
            "timezone": ("timezone", f"coalesce(s.timezone, '{settings.TIME_ZONE}')"),
        },
    )
    unusable = "'!' || replace(gen_random_uuid()::text, '-', '')"
    return Target(User, "username", values, {"password": unusable, "is_active": "false"})


USERS = Loader(
    _users,
    (
        Check(
            "username",
            _("there is a user whose name differs in capitals only"),
            "EXISTS (SELECT FROM staff_user u WHERE lower(u.username) = lower(s.username) AND u.username <> s.username)",
        ),
        Check(
            "email",
            _("another user has this e-mail"),
            "EXISTS (SELECT FROM staff_user u WHERE u.email <> '' AND lower(u.email) = lower(s.email)"
            " AND u.username <> s.username)"
            f" OR EXISTS (SELECT FROM {TABLE} o WHERE lower(o.email) = lower(s.email) AND o.line < s.line)",
        ),
    ),
)


def _products(present: Present) -> Target:
    values = only(
        present,
        {
            "code": ("code", "s.code"),
            "name": ("name", "s.name"),
            "category": ("category_id", "g.id"),
            "complex": ("is_complex", "coalesce(s.complex, false)"),
            "price": ("price", "s.price"),
            "cost": ("cost", "s.cost"),
        },
    )
    return Target(Product, "code", values, {}, "LEFT JOIN clients_productcategory g ON g.name = s.category")


PRODUCTS = Loader(_products, before=lambda chunk: ensure_names("category", "clients_productcategory", chunk))
