"""What a script may look like, decided from values alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.enums import AnswerKind

MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class QuestionData:
    """``code`` carries a question through the versions; empty for a new one."""

    text: str
    code: str = ""
    answer_kind: AnswerKind = AnswerKind.TEXT


def with_codes(questions: Sequence[QuestionData], *, used: Sequence[str] = ()) -> list[QuestionData]:
    """New questions get the next free code: answers to an old question never count for another one."""
    taken = {*used, *(question.code for question in questions if question.code)}
    finished = []
    number = 1
    for question in questions:
        code = question.code
        while not code:
            candidate, number = f"q{number}", number + 1
            code = "" if candidate in taken else candidate
        taken.add(code)
        finished.append(QuestionData(text=question.text.strip(), code=code, answer_kind=question.answer_kind))
    return finished


def moved(questions: Sequence[QuestionData], place: int, step: int) -> list[QuestionData]:
    """The question at ``place`` changes places with its neighbour; at the edge nothing moves."""
    rows = list(questions)
    other = place + step
    if 0 <= place < len(rows) and 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    return rows
