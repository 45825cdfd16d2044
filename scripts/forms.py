"""The script editor works without JavaScript: each button posts the whole form and gets it back changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scripts.enums import AnswerKind
from scripts.rules import MOST_QUESTIONS, QuestionData, moved


class ScriptForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    number = forms.IntegerField(widget=forms.HiddenInput)
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_QUESTIONS)

    def __init__(self, *args: Any, row_count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row_count = min(row_count, MOST_QUESTIONS)
        for place in range(self.row_count):
            self.fields[f"code_{place}"] = forms.SlugField(widget=forms.HiddenInput, required=False, max_length=64)
            self.fields[f"text_{place}"] = forms.CharField(label=_("Question"), max_length=500)
            self.fields[f"kind_{place}"] = forms.ChoiceField(label=_("Answer"), choices=AnswerKind.choices)

    def question_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "place": place,
                "code": self[f"code_{place}"],
                "text": self[f"text_{place}"],
                "kind": self[f"kind_{place}"],
            }
            for place in range(self.row_count)
        ]

    def questions(self) -> list[QuestionData]:
        """Also of a form that is not valid yet: what was typed is only being moved about."""
        rows = []
        for place in range(self.row_count):
            kind = str(self[f"kind_{place}"].value() or "")
            rows.append(
                QuestionData(
                    text=str(self[f"text_{place}"].value() or ""),
                    code=str(self[f"code_{place}"].value() or ""),
                    answer_kind=AnswerKind(kind) if kind in AnswerKind.values else AnswerKind.TEXT,
                )
            )
        return rows


def script_form(*, title: str, number: int, questions: Sequence[QuestionData]) -> ScriptForm:
    initial: dict[str, Any] = {"title": title, "number": number, "rows": len(questions)}
    for place, question in enumerate(questions):
        initial |= {f"code_{place}": question.code, f"text_{place}": question.text}
        initial[f"kind_{place}"] = question.answer_kind
    return ScriptForm(initial=initial, row_count=len(questions))


def rearranged(questions: Sequence[QuestionData], action: str) -> list[QuestionData] | None:
    """``action`` is add, up:2, down:2 or drop:2; nothing for one that does not rearrange."""
    rows = list(questions)
    name, _colon, place = action.partition(":")
    index = int(place) if place.isdecimal() and len(place) < 4 else -1
    if name == "add":
        return [*rows, QuestionData(text="")][:MOST_QUESTIONS]
    if name == "up":
        return moved(rows, index, -1)
    if name == "down":
        return moved(rows, index, 1)
    if name == "drop":
        return [row for at, row in enumerate(rows) if at != index]
    return None
