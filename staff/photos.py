"""A photo from outside is never kept as it came: it is decoded within limits and drawn anew."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DomainError

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
SIDE = 512


def clean_photo(upload: IO[bytes], *, size: int) -> bytes:
    """A square JPEG without metadata; ``DomainError`` for anything that is not a sane JPEG, PNG or WebP."""
    if size > MAX_BYTES:
        raise DomainError(_("The photo is larger than 8 MB."), code="too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(upload, formats=["JPEG", "PNG", "WEBP"])
            if picture.width * picture.height > MAX_PIXELS:
                raise DomainError(_("The photo has too many pixels."), code="too_large")
            return _drawn_anew(picture)
    except Image.DecompressionBombError as error:
        raise DomainError(_("The photo has too many pixels."), code="too_large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise DomainError(_("This is not a JPEG, PNG or WebP picture."), code="not_a_picture") from error


def _drawn_anew(picture: Image.Image) -> bytes:
    picture.draft("RGB", (SIDE * 2, SIDE * 2))
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    square = ImageOps.fit(upright, (SIDE, SIDE))
    canvas = Image.new("RGB", square.size, "white")
    canvas.paste(square, mask=square.getchannel("A"))
    out = BytesIO()
    canvas.save(out, "JPEG", quality=86, optimize=True)
    return out.getvalue()
