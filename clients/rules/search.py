"""What a person typed into the search box, made into words to look for."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
LONGEST = 100
MOST_WORDS = 6
#: Legal forms say nothing about whom one means: «ооо кофе» looks for «кофе».
_FORMS = frozenset({"ооо", "оао", "ао", "зао", "пао", "ип", "тд", "гк", "llc", "ltd"})
_PHONE = re.compile(r"\+?[\d\s()\u00a0-]{5,24}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One way to read the query: each of ``words`` must begin a word of the client; ``exact`` begins a key."""

    words: tuple[str, ...] = ()
    key: str = ""


def fold(text: str) -> str:
    return text.lower().replace("ё", "е")


def readings(text: str) -> list[Wanted]:
    """The query as typed; a number may have been written in two ways."""
    typed = " ".join(text.replace("\x00", " ").split())[:LONGEST].lower()
    if _PHONE.fullmatch(typed):
        return _numbers(re.sub(r"\D", "", typed))
    wanted = _wanted(typed)
    return [wanted] if wanted.words or wanted.key else []


def other_readings(text: str) -> list[Wanted]:
    """The query as it would be on the other keyboard layout («rkbtyn» → «клиент»), if that is another one."""
    swapped = swap_layout(text.lower())
    return readings(swapped) if swapped != text.lower() else []


def swap_layout(text: str) -> str:
    """Only a text wholly of one alphabet was typed on the wrong layout."""
    letters = [sign for sign in text if sign.isalpha()]
    if not letters:
        return text
    if all(sign in _LATIN for sign in letters):
        return text.translate(_TO_CYRILLIC)
    if all(sign in _CYRILLIC for sign in letters):
        return text.translate(_TO_LATIN)
    return text


def _wanted(text: str) -> Wanted:
    every = re.findall(r"[^\W_]+", fold(text))
    words = tuple([word for word in every if word not in _FORMS] or every)[:MOST_WORDS]
    is_key = " " not in text and ("@" in text or "." in text)
    return Wanted(words=words, key=fold(text) if is_key else "")


def _numbers(digits: str) -> list[Wanted]:
    """An ИНН or a phone: 8 and +7 before ten digits mean the same."""
    keys = [digits]
    if len(digits) > 1 and digits[0] in "78":
        keys.append(digits[1:])
    return [Wanted(words=(key,)) for key in keys if key]
