"""The owner's photo in letters: the only thing of this room that is shown without logging in."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from clients.letters import PHOTO_SALT
from staff.models import User


@require_safe
def letter_photo(request: HttpRequest, token: str) -> FileResponse:
    """The signature stands for the permission: only a letter that we wrote holds one."""
    try:
        user_id = Signer(salt=PHOTO_SALT).unsign(token)
    except BadSignature as error:
        raise Http404 from error
    user = User.objects.filter(pk=user_id).exclude(photo="").first()
    if user is None:
        raise Http404
    try:
        response = FileResponse(user.photo.open("rb"))
    except FileNotFoundError as error:
        raise Http404 from error
    response["Cache-Control"] = "public, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response
