"""Lines of a list put together as text."""

from __future__ import annotations

from core.lines import faint, heads, marked, root, symbols


def test_names_of_columns_are_quoted_where_they_need_it() -> None:
    assert heads("Reason", "Last event", 'a"b') == (
        " data-label=Reason", ' data-label="Last event"', ' data-label="a&quot;b"',
    )  # fmt: skip


def test_address_ends_with_its_number() -> None:
    assert root("clients:card") == "/clients/"


def test_words_beside_a_mark_are_text() -> None:
    shown = marked("late", "bad", "<b>", 'a"b')
    assert "href=#mark-late />" in shown
    assert "&lt;b&gt;" in shown
    assert 'title="a&quot;b"' in shown
    assert faint("<i>") == "<span class=muted>&lt;i&gt;</span>"


def test_drawing_takes_the_size_of_whoever_names_it() -> None:
    shown = symbols({"late": "alarm-clock"})
    assert '<symbol id=mark-late viewBox="0 0 24 24"><' in shown
    assert "width=24" not in shown
