from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class AccountingCrmConfig(AppConfig):
    name = "accounting_crm"
    default = True

    def ready(self) -> None:
        from accounting_crm import celery, checks  # noqa: F401  # the task queue and the checks register themselves


class OwnStaticFilesConfig(StaticFilesConfig):
    """Leaves out what packages bring and no page of ours asks for."""

    ignore_patterns = [  # as Django declares it
        *StaticFilesConfig.ignore_patterns,
        "*.map",
        "bootstrap*",
        "redoc",
        "rest_framework",
        "htmax*",
        "htmx-4*",
    ]
