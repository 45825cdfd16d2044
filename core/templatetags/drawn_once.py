"""What a row of a list says exactly as the row before: names of columns, and addresses that differ by a number alone.

``{% translate "…" %}`` of a text that stands in the template is looked up once per language and process, the pattern
behind ``{% url "…" number %}`` and the file of ``{% static "…" %}`` once per process. Everything else about these tags is Django's.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import url as do_url
from django.templatetags.i18n import do_translate
from django.templatetags.static import do_static
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.translation import get_language

register = template.Library()


class SaidOnce(Node):
    """``node`` draws the same in one language, whatever the context; its text goes into the page or gets a name."""

    def __init__(self, node: Any) -> None:
        self.name, node.asvar = node.asvar, None
        self.node = node
        self.texts: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        text = self.texts.get(language)
        if text is None:
            text = self.texts[language] = self.node.render(context)
        if self.name:
            context[self.name] = text
            return ""
        return text


@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    node: Any = do_translate(parser, token)
    said = node.filter_expression
    fixed = isinstance(getattr(said.var, "literal", None), str) and not said.filters and node.message_context is None
    return SaidOnce(node) if fixed else node


class DrawnOnce(Node):
    """``node`` draws the same in a process."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.text: str | None = None

    def render(self, context: Context) -> str:
        if self.text is None:
            self.text = self.node.render(context)
        return self.text


@register.tag("static")
def static(parser: Parser, token: Token) -> Node:
    node: Any = do_static(parser, token)
    fixed = isinstance(node.path.var, str) and not node.path.filters and node.varname is None
    return DrawnOnce(node) if fixed else node


MARK = 7_300_000_000_000_000_000  # stands where the numbers of an address go


class NumberedAddress(Node):
    """An address whose view is named in the template; numbers are filled in between words of the template, anything else
    is Django's to reverse.
    """

    def __init__(self, node: Any, view: str) -> None:
        self.node, self.view = node, view
        self.words = tuple(_word(argument) for argument in node.args)
        self.variables = [argument for argument, word in zip(node.args, self.words, strict=True) if word is None]

    def render(self, context: Context) -> str:
        numbers = tuple(argument.resolve(context) for argument in self.variables)
        if all(type(number) is int for number in numbers):
            pattern = _pattern(self.view, self.words, get_urlconf(), get_script_prefix())
            if pattern:
                return self._put(context, pattern % numbers)
        text: str = self.node.render(context)
        return text

    def _put(self, context: Context, address: str) -> str:
        if self.node.asvar:
            context[self.node.asvar] = address
            return ""
        return address


def _word(argument: Any) -> str | None:
    """What stands in the template as it is."""
    return argument.var if isinstance(argument.var, str) and not argument.filters else None


@lru_cache(maxsize=1024)
def _pattern(view: str, words: tuple[str | None, ...], _urlconf: str | None, _prefix: str) -> str:
    """Empty where the address is not made of these words and of numbers as they are."""
    parts = [MARK + place if word is None else word for place, word in enumerate(words)]
    marks = [str(part) for part in parts if isinstance(part, int)]
    try:
        address = reverse(view, args=parts).replace("%", "%%")
    except NoReverseMatch:
        return ""
    for mark in marks:
        address = address.replace(mark, "%d", 1)
    return address if address.count("%d") == len(marks) and address == escape(address) else ""


@register.tag("url")
def url(parser: Parser, token: Token) -> Node:
    node: Any = do_url(parser, token)
    view = node.view_name.var
    fixed = isinstance(view, str) and not (node.view_name.filters or node.kwargs)
    return NumberedAddress(node, view) if fixed else node
