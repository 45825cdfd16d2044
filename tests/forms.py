"""What a browser would send back."""

from __future__ import annotations

from typing import Any


def shown(response: Any, form: Any = None) -> dict[str, Any]:
    """The present values of every field of the shown form."""
    data = {bound.html_name: bound.value() for bound in form or response.context["form"]}
    return {name: "" if value is None else value for name, value in data.items() if value is not False}
