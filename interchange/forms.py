from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interchange.kinds import kinds
from interchange.readers import kind_of

UPLOAD_LIMIT = 300 * 1024**2


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files of one input; each is checked as one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        items = data if isinstance(data, list | tuple) and data else [None]
        return [super(ManyFilesField, self).clean(item, initial) for item in items]


class ImportForm(forms.Form):
    uploads = ManyFilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy("CSV or XLSX, each named after what it holds: clients.csv, orders.xlsx …"),
        widget=ManyFilesInput(attrs={"accept": ".csv,.xlsx"}),
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Dry run"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Shows what would be created, changed and rejected; nothing is written."),
    )
    all_or_nothing = forms.BooleanField(
        label=gettext_lazy("All or nothing"),
        required=False,
        help_text=gettext_lazy("If any row is rejected, none is taken."),
    )

    def clean_uploads(self) -> Sequence[UploadedFile]:
        uploads: list[UploadedFile] = self.cleaned_data["uploads"]
        known = kinds(settings.TIME_ZONE)
        seen: set[str] = set()
        for upload in uploads:
            path = Path(str(upload.name))
            if path.suffix.lower() not in {".csv", ".xlsx"} or kind_of(path) not in known:
                raise forms.ValidationError(
                    _("“%(name)s”: expected a .csv or .xlsx file named %(names)s.")
                    % {"name": path.name, "names": ", ".join(known)}
                )
            if kind_of(path) in seen:
                raise forms.ValidationError(_("“%(name)s”: this kind of file is given twice.") % {"name": path.name})
            if (upload.size or 0) > UPLOAD_LIMIT:
                raise forms.ValidationError(_("“%(name)s” is larger than 300 MB.") % {"name": path.name})
            seen.add(kind_of(path))
        return uploads


class IssueFilter(forms.Form):
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
