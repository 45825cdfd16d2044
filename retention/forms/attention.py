from __future__ import annotations

from django import forms

from core.enums import Tier
from retention.enums import AttentionKind
from retention.queries.attention import SORTS, AttentionFilter
from retention.rules.silence import Lateness


class AttentionFilterForm(forms.Form):
    """What makes no sense in an address is left out."""

    manager = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    kind = forms.ChoiceField(required=False, choices=AttentionKind.choices)
    tier = forms.ChoiceField(required=False, choices=Tier.choices)
    call = forms.ChoiceField(required=False, choices=[(name, name) for name in ("open", "done", "none")])
    late = forms.ChoiceField(required=False, choices=[(word, word) for word in (Lateness.HEAD, Lateness.RED)])
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS if name])

    def wanted(self) -> AttentionFilter:
        self.is_valid()
        return AttentionFilter(**{name: value for name, value in self.cleaned_data.items() if value and name != "sort"})

    @property
    def order(self) -> str:
        return str(self.cleaned_data.get("sort") or "")
