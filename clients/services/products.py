"""The catalogue and the lists that clients and products are sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clients.models import Industry, Product, ProductCategory, Region
from core.concurrency import write_edit
from core.errors import DomainError

TAXONOMIES: Mapping[str, type[Industry | Region | ProductCategory]] = {
    "industry": Industry,
    "region": Region,
    "category": ProductCategory,
}


def _taken() -> DomainError:
    text = _("Another product has this code.")
    return DomainError(text, code="duplicate", fields={"code": [text]})


def create_product(*, values: Mapping[str, Any]) -> Product:
    try:
        with transaction.atomic():
            return Product.objects.create(**values)
    except IntegrityError as error:
        raise _taken() from error


def change_product(*, product_id: int, original: Mapping[str, Any], mine: Mapping[str, Any]) -> Product:
    try:
        with transaction.atomic():
            product = Product.objects.select_for_update().get(pk=product_id)
            write_edit(product, original=original, mine=mine)
            return product
    except IntegrityError as error:
        raise _taken() from error


def archive_product(*, product_id: int, archived: bool, now: datetime) -> None:
    """A product no longer sold leaves the forms and stays where it was bought."""
    rows = Product.objects.filter(pk=product_id, archived_at__isnull=archived)
    rows.update(archived_at=now if archived else None, updated_at=now)


def add_to_taxonomy(*, kind: str, name: str) -> None:
    """The same name in another case is the same entry."""
    model = TAXONOMIES[kind]
    if model._default_manager.filter(name__iexact=name).exists():
        text = _("It is on the list already.")
        raise DomainError(text, code="duplicate", fields={"name": [text]})
    model._default_manager.create(name=name)
