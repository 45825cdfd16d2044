"""How the published description of the API differs from what the generator would guess."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse

from api.outputs import ErrorOut

_TEXTS = {
    400: "Some fields are wrong, or the body is no JSON",
    401: "No token, or one that is wrong, expired or revoked",
    403: "The token or the person may not do this",
    404: "Nothing here that this person can see",
    406: "Only JSON is answered",
    409: "The state does not allow it any more",
    413: "The body is larger than 1 MB",
    415: "The body must be JSON",
    422: "The same key came with another body",
    429: "Too many requests",
    503: "Not available for a moment",
}
_ALWAYS = (401, 406, 429, 503)


def errors(*statuses: int) -> dict[int, Any]:
    return {status: OpenApiResponse(ErrorOut, description=_TEXTS[status]) for status in sorted({*statuses, *_ALWAYS})}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "staff.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
