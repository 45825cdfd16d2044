"""Pictures from outside: whatever comes is refused at once or drawn anew."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageFile

from core.errors import DomainError
from staff.enums import Role
from staff.photos import MAX_BYTES, SIDE, clean_photo
from tests.factories import make_user

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 1).save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are a huge picture."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 4096)) + chunk(b"IEND", b"")


def png_with_text_bomb() -> bytes:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 100_000_000))
    plain = picture("PNG")
    return plain[:33] + bomb + plain[33:]


def cleaned(data: bytes) -> bytes:
    return clean_photo(BytesIO(data), size=len(data))


@pytest.mark.parametrize(
    "data",
    [
        picture(),
        picture("PNG", "RGBA"),
        picture("PNG", "P"),
        picture("PNG", "L"),
        picture("WEBP"),
        picture("JPEG", "CMYK"),
        picture("PNG", size=(1, 1)),
        picture("JPEG", size=(3000, 20)),
    ],
)
def test_any_sane_picture_becomes_a_square_jpeg(data: bytes) -> None:
    drawn = Image.open(BytesIO(cleaned(data)))

    assert (drawn.format, drawn.size, drawn.mode) == ("JPEG", (SIDE, SIDE), "RGB")


def test_place_and_camera_do_not_survive_but_the_turn_does() -> None:
    source = Image.new("RGB", (60, 40), "white")
    source.paste("black", (0, 0, 30, 40))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = 3, "Camera 3000", "Иван Петров".encode()
    out = BytesIO()
    source.save(out, "JPEG", exif=exif)

    data = cleaned(out.getvalue())

    drawn = Image.open(BytesIO(data))
    assert not drawn.getexif()
    assert b"Camera" not in data
    assert drawn.convert("L").getpixel((10, 10)) > 200  # type: ignore[operator]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a\x01\x00\x01\x00",
        SVG,
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>" + SVG,
        b"%PDF-1.7",
        b"<html><script>alert(1)</script>",
        picture("GIF", "P"),
        picture("BMP"),
        picture("TIFF"),
        picture()[:-400],
        b"\xff\xd8\xff\xe0" + SVG,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        png_with_text_bomb(),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(DomainError) as refusal:
        cleaned(data)

    assert refusal.value.code == "not_a_picture"


@pytest.mark.parametrize("size", [(7000, 7000), (12_000, 12_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", unpacked.append)

    with pytest.raises(DomainError):
        cleaned(png_of_claimed_size(*size))

    assert unpacked == []


def test_polyglot_loses_its_second_nature() -> None:
    drawn = cleaned(picture() + b"PK\x03\x04" + SVG)

    assert b"<script" not in drawn
    assert b"PK\x03\x04" not in drawn


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_pictures_are_drawn_or_refused_and_nothing_else(kind: str) -> None:
    source, chance = picture(kind, size=(40, 30)), random.Random(7)
    for _ in range(150):
        damaged = bytearray(source)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            cleaned(bytes(damaged))
        except DomainError:
            continue


@pytest.mark.django_db
@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50 * 1024 * 1024 + 1])
def test_too_large_a_file_is_refused_on_the_page(client: Client, tmp_path: Path, settings: Any, size: int) -> None:
    settings.MEDIA_ROOT = tmp_path
    user = make_user(Role.AM)
    client.force_login(user)

    response = client.post(
        f"/staff/users/{user.pk}/photo/", {"photo": SimpleUploadedFile("me.jpg", picture() + b"\0" * size)}
    )

    assert response.status_code == 400
    assert not list(tmp_path.rglob("*.jpg"))


@pytest.mark.django_db
def test_photo_gets_a_name_that_nobody_guesses_and_the_old_one_goes(
    client: Client, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    user = make_user(Role.AM)
    client.force_login(user)
    address, names = f"/staff/users/{user.pk}/photo/", []
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(address, {"photo": SimpleUploadedFile("../../evil.html", picture("PNG"))})
        user.refresh_from_db()
        names.append(user.photo.name)

    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == [names[1]]
    assert names[0] != names[1]
    shown = client.get(f"/media/{names[1]}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Cache-Control"].startswith("public")
    b"".join(shown.streaming_content)  # type: ignore[attr-defined]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"remove": "1"})
    assert not list(tmp_path.rglob("*.jpg"))
