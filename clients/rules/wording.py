"""Placeholders of letters. One strict pass over the wording: what a value holds is never looked at again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.enums import AddressForm

#: What every letter to a contact may say; a template of one occasion has a few more (``docs/letters.md``).
PLACEHOLDERS = frozenset(
    {"greeting", "name", "client", "owner", "owner_phone", "owner_email", "department", "company"},
)
_TOKEN = re.compile(r"\{\{\s*(?P<name>[a-z][a-z0-9_]{0,39})\s*\}\}|\[\[(?P<vy>[^\[\]|\n]*)\|(?P<ty>[^\[\]|\n]*)\]\]")
_BUTTON = re.compile(r"(?P<label>[^\n]{1,80}?)\s*(?:→|:)\s*(?P<url>https?://[^\s<>\"]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a letter, or a button when the paragraph is «label: link»."""

    text: str
    url: str = ""


def fill(wording: str, values: Mapping[str, str], *, address_form: str = AddressForm.VY) -> str:
    """Replaces known ``{{ names }}`` and picks of ``[[вам|тебе]]``; anything else stays as it was typed."""

    def replace(match: re.Match[str]) -> str:
        name = match["name"]
        if name is not None:
            return values.get(name, match[0])
        return match["ty"] if address_form == AddressForm.TY else match["vy"]

    return _TOKEN.sub(replace, wording)


def unknown_placeholders(wording: str, known: Iterable[str]) -> list[str]:
    names = {match["name"] for match in _TOKEN.finditer(wording) if match["name"] is not None}
    return sorted(names - set(known))


def blocks(text: str) -> list[Block]:
    """Paragraphs of a finished text, parted by empty lines."""
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip()):
        bare = paragraph.strip()
        button = _BUTTON.fullmatch(bare)
        if button:
            found.append(Block(text=button["label"], url=button["url"]))
        elif bare:
            found.append(Block(text=bare))
    return found


def with_greeting(text: str, greeting: str) -> str:
    """A letter that a person wrote by hand greets the contact as well."""
    body = text.strip()
    return body if body.startswith(greeting) else f"{greeting}\n\n{body}"
