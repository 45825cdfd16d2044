"""How a contact is greeted when nobody wrote down how (row C33)."""

from __future__ import annotations

from core.enums import AddressForm

_PATRONYMIC = ("вич", "вна", "ична", "инична", "оглы", "кызы")
_SURNAME = (
    "ов", "ова", "ев", "ева", "ёв", "ёва", "ский", "ская", "цкий", "цкая", "енко", "чук", "швили", "дзе", "янц", "ых",
)  # fmt: skip
_GIVEN_DESPITE_ENDING = frozenset({"яков", "лев", "лева", "пров", "ева"})
_WORDS = {
    "ru": {AddressForm.VY: "Здравствуйте", AddressForm.TY: "Привет"},
    "en": {AddressForm.VY: "Hello", AddressForm.TY: "Hi"},
}


def greeting_for(*, greeting: str, name: str, address_form: str, language: str = "ru") -> str:
    """The contact's own greeting word for word; otherwise one built from the name and the form of address."""
    own = " ".join(greeting.split())
    if own:
        return own
    form = AddressForm(address_form)
    word = _WORDS.get(language, _WORDS["ru"])[form]
    called = _called(name.split(), form)
    return f"{word}, {called}!" if called else f"{word}!"


def _called(words: list[str], form: AddressForm) -> str:
    """«Орлов Максим Сергеевич» → «Максим Сергеевич» or «Максим»; unsure – the name as it is written."""
    for place, word in enumerate(words):
        if place and word.lower().endswith(_PATRONYMIC):
            given = words[place - 1]
            return given if form == AddressForm.TY else f"{given} {word}"
    if len(words) != 2:
        return " ".join(words)
    surname_first = _is_surname(words[0]) and not _is_surname(words[1])
    return words[1] if surname_first else words[0]


def _is_surname(word: str) -> bool:
    return word.lower().endswith(_SURNAME) and word.lower() not in _GIVEN_DESPITE_ENDING
