"""Forms of accounts: they check shapes, the services check rules."""

from __future__ import annotations

from datetime import time
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.fields import DateInput, TimeInput
from core.forms import EditForm
from core.phones import normalize_phone
from staff import rules
from staff.enums import Role, Scope, Theme
from staff.models import User
from staff.permissions import administers
from staff.photos import MAX_BYTES, clean_photo
from staff.zone_select import ZoneSelect
from staff.zones import zone_choices


class LogInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail")
        self.fields["login"].widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        self.fields["login"].max_length = 254
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.fields["remember"].label = _("Keep me logged in on this device")


class PhoneField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=32, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}), **kwargs
        )

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        try:
            return normalize_phone(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.detail)) from error


class ProfileForm(EditForm):
    """What a person may change about himself."""

    name = forms.CharField(label=_("Full name"), max_length=200)
    phone = PhoneField(label=_("Phone"), required=False)
    extension = forms.CharField(label=_("Extension"), max_length=16, required=False)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, widget=ZoneSelect)
    work_starts = forms.TimeField(label=_("Works from"), required=False, widget=TimeInput())
    work_ends = forms.TimeField(
        label=_("Works until"), required=False, widget=TimeInput(), help_text=_("Empty: the company's working hours.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        starts: time | None = cleaned.get("work_starts")
        ends: time | None = cleaned.get("work_ends")
        if (starts is None) != (ends is None) and not {"work_starts", "work_ends"} & set(self.errors):
            self.add_error("work_ends" if ends is None else "work_starts", _("Give both hours or none."))
        elif starts is not None and ends is not None and ends <= starts:
            self.add_error("work_ends", _("The day ends before it begins."))
        return cleaned

    @classmethod
    def initial_of(cls, user: User) -> dict[str, Any]:
        return {name: getattr(user, name) for name in cls.base_fields if name != "original"}


class UserForm(ProfileForm):
    """An account as the head or an administrator edits it."""

    username = forms.CharField(
        label=_("Log-in name"),
        max_length=150,
        validators=[RegexValidator(r"^[\w.@+-]+$", _("Letters, digits and . @ + - _ only."))],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)

    field_order = ["name", "username", "email", "roles", "phone", "extension", "timezone"]

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not administers(actor):
            roles = [choice for choice in Role.choices if choice[0] != Role.ADMIN]
            self.fields["roles"].choices = roles  # type: ignore[attr-defined]


class InviteForm(UserForm):
    """A new person. The log-in name is what he types, so it is decided here."""

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        for name in ("original", "theme"):
            del self.fields[name]
        self.fields["email"].required = True


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP up to 8 MB. Clients see it in letters."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def clean_photo(self) -> bytes:
        upload = self.cleaned_data["photo"]
        try:
            return clean_photo(upload, size=upload.size or MAX_BYTES + 1)
        except DomainError as error:
            raise forms.ValidationError(str(error.detail)) from error


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.SearchInput())
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("any role")), *Role.choices])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("active", _("at work")), ("inactive", _("deactivated")), ("all", _("all"))],
    )


class AbsenceForm(forms.Form):
    starts_on = forms.DateField(label=_("First day away"), widget=DateInput())
    ends_on = forms.DateField(label=_("Last day away"), widget=DateInput())
    note = forms.CharField(label=_("Reason"), max_length=200, required=False)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What it is for"), max_length=100)
    scopes = forms.MultipleChoiceField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(
        label=_("Valid for, days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty: until it is revoked."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = rules.grantable_scopes(user.roles, is_superuser=user.is_superuser)
        choices = [(scope.value, f"{scope.label} ({scope.value})") for scope in Scope if scope in allowed]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]
